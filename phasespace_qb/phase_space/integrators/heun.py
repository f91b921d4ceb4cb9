"""Heun's scheme."""

from phasespace_qb.phase_space.equations import Calculus
from phasespace_qb.phase_space.integrators.base import Integrator, Tableau


class Heun(Integrator):
    """Explicit trapezoidal step; converges to the Stratonovich solution.

    Second order in the drift when the noise vanishes, which is why it allows long steps for weak noise.
    Source: Rümelin, SIAM J. Numer. Anal. 19, 604 (1982).
    """

    calculus, strong_order, weak_order = Calculus.STRATONOVICH, 1.0, 1.0
    tableau = Tableau(nodes=(0.0, 1.0), stages=((), (1.0,)), weights=(0.5, 0.5))

"""The Euler–Maruyama scheme."""

from phasespace_qb.phase_space.equations import Calculus
from phasespace_qb.phase_space.integrators.base import Integrator, Tableau


class EulerMaruyama(Integrator):
    """Explicit Euler step; converges to the Itô solution.  Source: Maruyama 1955."""

    calculus, strong_order, weak_order = Calculus.ITO, 0.5, 1.0
    tableau = Tableau(nodes=(0.0,), stages=((),), weights=(1.0,))

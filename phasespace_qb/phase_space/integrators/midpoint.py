"""The semi-implicit midpoint scheme."""

from phasespace_qb.phase_space.equations import Calculus
from phasespace_qb.phase_space.integrators.base import Integrator, Tableau


class Midpoint(Integrator):
    """Implicit midpoint rule by three evaluations of a fixed-point iteration; converges to the Stratonovich solution.

    z̄ = z + ½k(z̄), z ← z + k(z̄).  More robust than Heun where noise is strong, and a third dearer.  A quadratic drift
    sees a quarter of the variance of a step at its middle, not the half that it has there on average: of first order
    where Heun is of second (additive noise), whatever the number of iterations.  The battery is such a case.
    Source: Drummond and Mortimer, J. Comput. Phys. 93, 144 (1991).
    """

    calculus, strong_order, weak_order = Calculus.STRATONOVICH, 1.0, 1.0
    tableau = Tableau(nodes=(0.5, 0.5, 0.5), stages=((), (0.5,), (0.0, 0.5)), weights=(0.0, 0.0, 1.0))

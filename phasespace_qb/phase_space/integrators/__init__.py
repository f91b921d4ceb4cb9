"""Integration schemes, one a file; INTEGRATORS lists them for tests and error messages."""

from phasespace_qb.phase_space.integrators.base import Integrator, Noise, Tableau
from phasespace_qb.phase_space.integrators.bounded_two_point import BoundedTwoPoint
from phasespace_qb.phase_space.integrators.euler_maruyama import EulerMaruyama
from phasespace_qb.phase_space.integrators.exponential_heun import ExponentialHeun
from phasespace_qb.phase_space.integrators.heun import Heun
from phasespace_qb.phase_space.integrators.midpoint import Midpoint

INTEGRATORS: tuple[type[Integrator], ...] = (EulerMaruyama, Heun, Midpoint, ExponentialHeun, BoundedTwoPoint)

__all__ = [
    "INTEGRATORS",
    "BoundedTwoPoint",
    "EulerMaruyama",
    "ExponentialHeun",
    "Heun",
    "Integrator",
    "Midpoint",
    "Noise",
    "Tableau",
]

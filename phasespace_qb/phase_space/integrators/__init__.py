"""Integration schemes, one a file; INTEGRATORS lists them for tests and error messages."""

from phasespace_qb.phase_space.integrators.base import Integrator, Tableau
from phasespace_qb.phase_space.integrators.euler_maruyama import EulerMaruyama
from phasespace_qb.phase_space.integrators.heun import Heun

INTEGRATORS: tuple[type[Integrator], ...] = (EulerMaruyama, Heun)

__all__ = ["INTEGRATORS", "EulerMaruyama", "Heun", "Integrator", "Tableau"]

"""Conventions of the whole package: units, quadratures, vacuum and operator orderings.

ħ = 1.  Rates are energy-decay rates γ (amplitudes decay at γ/2); energies are counted in quanta ħω_s of
the storage mode.  Quadratures are x = (a + a†)/√2 and p = (a − a†)/(i√2), so the vacuum covariance is ½·I
and one mode is physical if and only if ν = √det V ≥ ½.
"""

from enum import Enum
from math import comb, factorial
from typing import Final

VACUUM_VARIANCE: Final = 0.5
"""Variance of either quadrature in vacuum; also the smallest symplectic eigenvalue of one mode."""

ENERGY_UNIT: Final = "hbar omega_s"
RATE_UNIT: Final = "gamma_s"
"""Unit of all rates where nothing else is said; a system may be given in another one."""

TIME_UNIT: Final = "1/gamma_s"
POWER_UNIT: Final = "hbar omega_s gamma_s"


class Ordering(Enum):
    """Operator ordering whose averages a set of samples gives; the value is Cahill and Glauber's s."""

    NORMAL = 1.0
    SYMMETRIC = 0.0


def normally_ordered(creations: int, annihilations: int, ordering: Ordering) -> list[tuple[int, int, float]]:
    """Expand the normally ordered a†^m a^n in products that are ordered as the samples are.

    a†^m a^n = Σ_k (−(1−s)/2)^k k! C(m,k) C(n,k) {a†^(m−k) a^(n−k)}_s

    Returns a list of (m−k, n−k, weight); one entry where the samples are normally ordered already.
    Source: Cahill and Glauber, Phys. Rev. 177, 1857 (1969), Eq. (5.12).
    """
    shift = -(Ordering.NORMAL.value - ordering.value) / 2
    return [
        (creations - k, annihilations - k, shift**k * factorial(k) * comb(creations, k) * comb(annihilations, k))
        for k in range(min(creations, annihilations) + 1)
        if k == 0 or shift != 0.0
    ]

"""A mode by its position density and the first moments of its momentum at each position: no Fock space, no Gaussian.

What a density matrix is between positions x and x' depends on the momenta at their middle x̄ = (x+x')/2 only:
⟨x|ρ|x'⟩ = ∫ W(x̄, p) e^(ip(x−x')) dp.  A damped mode has narrow, nearly Gaussian momenta at each x̄ even where the state
as a whole is far from Gaussian, so their first four cumulants give ρ; the fourth says what stopping there may cost.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.conventions import VACUUM_VARIANCE, Ordering

Array = NDArray[np.float64]
Matrix = NDArray[np.float64] | NDArray[np.complex128]

FEW_SAMPLES = 3.0
"""Samples per unit of position that stand for what is known of the momentum where there are hardly any."""
FEW_FOR_SHAPE = 100.0
"""The same for its third and fourth cumulants: that many more are needed to know them."""
LARGEST_SHAPE = 1.0
"""Skewness and excess kurtosis of the momentum at one position, beyond which an expansion about a Gaussian is none."""
SMALLEST_VARIANCE = 0.01
"""Of the momentum at one position; vacuum is ½."""
EMPTY = 1e-12
"""Density, relative to its maximum, of positions that are left out."""


@dataclass(frozen=True, eq=False)
class SlicedState:
    """W(x̄, p) by moments of p at the positions x̄_j = j·spacing, |j| ≤ half, for an array of states.

    density: D(x̄) = ∫ W dp, shape (..., 2 half + 1).  mean, variance, third, fourth: cumulants of p at x̄, same shape.
    parity: whether the state is the same at −x̄ with momenta −p; its matrix then falls into an even and an odd block.
    clipped: share of the density at positions whose variance had to be raised to `SMALLEST_VARIANCE`.
    ⟨x|ρ|x'⟩ = D(x̄) exp(i c₁ d − c₂ d²/2) (1 − i c₃ d³/6 + c₄ d⁴/24), d = x − x'.
    """

    density: Array
    mean: Array
    variance: Array
    third: Array
    fourth: Array
    spacing: float
    parity: bool
    clipped: Array | float = 0.0

    @classmethod
    def from_sums(cls, sums: Array, spacing: float, ordering: Ordering, *, parity: bool) -> "SlicedState":
        """From Σ K(x̄_j − x) p^k over samples, shape (..., 5, 2 half + 1); normalised to one.

        Where there are fewer than `FEW_SAMPLES` samples per unit length, the variance approaches that of the whole;
        where there are fewer than `FEW_FOR_SHAPE`, third and fourth cumulants approach 0.  Skewness and excess kurtosis
        stay within ± `LARGEST_SHAPE`.
        Normally ordered momenta lack the variance ½ of the vacuum.
        """
        if parity:
            # Samples and their mirror images are as good as each other: the noise is halved.
            sign = np.array([1.0, -1.0, 1.0, -1.0, 1.0])[:, None]
            sums = 0.5 * (sums + sign * sums[..., ::-1])
        weight = sums[..., 0, :]
        total = weight.sum(axis=-1, keepdims=True)
        spread = sums[..., 2, :].sum(axis=-1, keepdims=True) / total
        number = np.where(weight > 0, weight, 0.0) + FEW_SAMPLES
        first, third = sums[..., 1, :] / number, sums[..., 3, :] / number
        second = (sums[..., 2, :] + FEW_SAMPLES * spread) / number
        fourth = (sums[..., 4, :] + FEW_SAMPLES * 3 * spread**2) / number
        central = second - first**2
        vacuum = VACUUM_VARIANCE if ordering is Ordering.NORMAL else 0.0
        known = number / (number + FEW_FOR_SHAPE)
        variance = central + vacuum
        clipped = np.where(variance < SMALLEST_VARIANCE, np.abs(weight), 0.0).sum(axis=-1) / total[..., 0]
        variance = np.maximum(variance, SMALLEST_VARIANCE)
        third = known * (third - 3 * second * first + 2 * first**3)
        fourth = known * (fourth - 4 * third * first - 3 * second**2 + 12 * second * first**2 - 6 * first**4)
        return cls(
            density=weight / (total * spacing),
            mean=first,
            variance=variance,
            third=_within(third, variance**1.5),
            fourth=_within(fourth, variance**2),
            spacing=spacing,
            parity=parity,
            clipped=clipped,
        )

    @property
    def half(self) -> int:
        return int(self.density.shape[-1] - 1) // 2

    def gaussian_slices(self) -> "SlicedState":
        """The same without third and fourth cumulants."""
        zero = np.zeros_like(self.third)
        return replace(self, third=zero, fourth=zero)

    def rows(self) -> NDArray[np.intp]:
        """Indices i of the positions x_i = (i + ½) h, h = 2·spacing, at which some of the states has a density.

        Of x_i > 0 alone with parity.
        """
        last = (self.half - 1) // 2
        index = np.arange(0 if self.parity else -last - 1, last + 1)
        density = np.abs(self.density[..., 2 * index + 1 + self.half]).reshape(-1, index.size)
        return np.asarray(index[(density > EMPTY * density.max(initial=0.0)).any(axis=0)])

    def blocks(self, rows: NDArray[np.intp]) -> list[Matrix]:
        """h⟨x_i|ρ|x_k⟩ between the positions with these indices; shapes (..., M, M).

        Their eigenvalues are those of ρ up to what lies beyond the grid or beyond momenta of π/h.  Two blocks with
        parity, between (|x⟩ + |−x⟩)/√2 and between (|x⟩ − |−x⟩)/√2; one without.  Real where no momentum has odd
        cumulants.
        """
        direct = self._elements(rows[:, None], rows)
        if not self.parity:
            return [direct]
        across = self._elements(rows[:, None], -rows - 1)
        return [direct + across, direct - across]

    def _elements(self, i: NDArray[np.intp], k: NDArray[np.intp]) -> Matrix:
        at = i + k + 1 + self.half
        d = 2 * self.spacing * (i - k).astype(np.float64)
        size = 2 * self.spacing * self.density[..., at] * np.exp(-0.5 * self.variance[..., at] * d**2)
        even = 1 + self.fourth[..., at] * d**4 / 24
        if not self.mean.any() and not self.third.any():
            return np.asarray(size * even)
        odd = self.third[..., at] * d**3 / 6
        return np.asarray(size * np.exp(1j * self.mean[..., at] * d) * (even - 1j * odd))


def _within(cumulant: Array, unit: Array) -> Array:
    return np.asarray(np.clip(cumulant, -LARGEST_SHAPE * unit, LARGEST_SHAPE * unit))


def number_states(levels: int, spacing: float, rows: NDArray[np.intp], *, parity: bool) -> list[Array]:
    """⟨n|x_i⟩√h for the blocks of a `SlicedState`: of even and of odd n with parity, of all n without; shapes (n, M).

    Number states oscillate faster than the grid can follow, but a state whose momenta stay below π/h does not see it:
    only φ_n without momenta beyond is needed, ∫ φ̃_n(p) e^(ipx) dp/√(2π) over |p| < π/h with φ̃_n = (−i)^n φ_n.
    """
    last = int(np.abs(rows).max(initial=0)) + 1
    even, odd = _number_states(levels, spacing, last)
    sign = np.where(rows < 0, -1.0, 1.0)
    at = np.where(rows < 0, -rows - 1, rows)
    if parity:
        return [np.sqrt(2.0) * even[:, at], np.sqrt(2.0) * odd[:, at]]
    result = np.empty((levels, rows.size))
    result[0::2], result[1::2] = even[:, at], sign * odd[:, at]
    return [result]


@lru_cache(maxsize=64)
def _number_states(levels: int, spacing: float, points: int) -> tuple[Array, Array]:
    """Even and odd φ_n at x_i = (i + ½) h > 0, without momenta beyond π/h."""
    h = 2 * spacing
    x = (np.arange(points) + 0.5) * h
    cut = np.pi / h
    # Half a wave of the integrand takes two nodes or more.
    reach = np.sqrt(2 * levels + 1) + x[-1]
    nodes, weights = np.polynomial.legendre.leggauss(int(40 + 0.75 * reach * cut))
    p = 0.5 * cut * (nodes + 1)
    phi = oscillator(levels, p) * (weights * cut * np.sqrt(h / (2 * np.pi)))
    # (−i)^n e^(ipx), even or odd in p.
    sign = np.where(np.arange(levels) // 2 % 2 == 0, 1.0, -1.0)[:, None]
    phi *= sign
    return phi[0::2] @ np.cos(np.outer(p, x)), phi[1::2] @ np.sin(np.outer(p, x))


def oscillator(levels: int, x: Array) -> Array:
    """Eigenfunctions φ_n(x) of the harmonic oscillator, n < levels, shape (levels, x)."""
    phi = np.zeros((max(levels, 2), x.size))
    phi[0] = np.pi**-0.25 * np.exp(-(x**2) / 2)
    phi[1] = np.sqrt(2.0) * x * phi[0]
    for n in range(1, levels - 1):
        phi[n + 1] = np.sqrt(2 / (n + 1)) * x * phi[n] - np.sqrt(n / (n + 1)) * phi[n - 1]
    return phi[:levels]

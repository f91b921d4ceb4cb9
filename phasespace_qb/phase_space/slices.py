"""What is summed to know the density matrix of a mode: moments of its momentum at given position.

At each save time the plane of a mode is turned, so that the state lies along x, and cut into slices of equal position.
`states.reconstruction` reads the sums.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.phase_space.accumulators import JACKKNIFE_GROUPS, compiled

MOMENTS = 5
"""Powers of the momentum from 0 to 4."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class MomentumSlices:
    """Σ Re K(x_j − x) p^k, k = 0 … 4, over samples x = (αe^(−iφ) + α⁺e^(iφ))/√2, p = (αe^(−iφ) − α⁺e^(iφ))/(i√2).

    With normally ordered samples K(z) = e^(−z²)/√π, and the sums are exact: S₀/N is the position density ⟨x|ρ|x⟩, and
    S_k/S₀ are moments of the momentum at x whose second cumulant lacks the vacuum's ½.  No sample is amplified, unlike
    in an off-diagonal element of ρ.  With symmetrically ordered ones x and p are real, the second cumulant is complete,
    and K is a narrow kernel that changes no moment of x below the sixth.

    Grids x_j = j·spacing, |j| ≤ half, one for each save time; what lies beyond is not summed, so Σ_j S₀ · spacing < N
    says how much is missing.  symbols: the variables that stand for a and a†.
    Sums: flat; see `at`.
    """

    phases: tuple[float, ...]
    spacings: tuple[float, ...]
    halves: tuple[int, ...]
    symbols: tuple[int, int]
    groups: int = JACKKNIFE_GROUPS
    _starts: NDArray[np.int64] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        sizes = MOMENTS * (2 * np.array(self.halves, dtype=np.int64) + 1)
        object.__setattr__(self, "_starts", np.concatenate([[0], np.cumsum(sizes)]))

    def zeros(self) -> Array:
        return np.zeros(self._starts[-1])

    def observe(self, sums: Array, first_save: int, snapshots: Array, first: int, count: int) -> None:
        saves = slice(first_save, first_save + len(snapshots))
        compiled("slice_tally").momentum_slices(
            snapshots,
            count,
            *self.symbols,
            np.array(self.phases[saves]),
            np.array(self.spacings[saves]),
            np.array(self.halves[saves], dtype=np.int64),
            self._starts[saves].copy(),
            sums,
        )

    def at(self, sums: Array, save: int) -> Array:
        """Sums of one save time, [..., k, j + half]; a view."""
        part = sums[..., self._starts[save] : self._starts[save + 1]]
        return part.reshape(*sums.shape[:-1], MOMENTS, 2 * self.halves[save] + 1)

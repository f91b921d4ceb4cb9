"""What must be known of an ensemble before it runs: where its storage mode will be, from a small ensemble."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.conventions import VACUUM_VARIANCE
from phasespace_qb.phase_space.accumulators import Moments
from phasespace_qb.phase_space.moments import MomentReader
from phasespace_qb.phase_space.slices import MOMENTS, MomentumSlices

Array = NDArray[np.float64]

FINEST_NEEDED = 0.3
"""Spacing of positions that resolves momenta up to π/0.6 = 7.4 standard deviations of the vacuum."""
SPREADS = 6.5
"""Standard deviations of the momentum that the grid resolves."""
FINEST = 0.04
LARGEST_SUMS = 2 * 10**6
"""Numbers in the slices of a whole run (16 MB in each of 20 groups); beyond, states are fitted by Gaussian branches."""
LARGEST_PAIRED_SUMS = 4 * 10**5
"""The same up to which slices are repeated with doubled steps; beyond, the step error is that of the branches."""


@dataclass(frozen=True, eq=False)
class Pilot:
    """At each save time, (T,): levels = n̄ + 12 σ_n + 16 that are ever occupied, the phase φ of the direction along
    which the state lies, the spread σ_p of its momentum across, and n̄."""

    levels: Array
    phases: Array
    momentum_spread: Array
    photon_number: Array

    @classmethod
    def from_sums(cls, sums: Array, reader: MomentReader, moments: Moments, *, parity: bool) -> "Pilot":
        """Read the sums of moments, [save, product + 1, part], of all trajectories of the pilot."""

        def moment(creations: int, annihilations: int) -> NDArray[np.complex128]:
            return reader.moment(sums, moments, reader.storage, creations, annihilations)

        with np.errstate(all="ignore"):
            number, pairs, squeezed = moment(1, 1).real, moment(2, 2).real, moment(0, 2)
            levels = 16 + np.ceil(number + 12 * np.sqrt(np.maximum(pairs + number - number**2, 0.0)))
            phases = np.nan_to_num(np.angle(squeezed) / 2 if parity else np.angle(moment(0, 1)))
            across = number + VACUUM_VARIANCE - (squeezed * np.exp(-2j * phases)).real
        return cls(
            np.where(np.isfinite(levels), levels, 16.0),
            phases,
            np.sqrt(np.maximum(np.nan_to_num(across), 0.0)),
            np.nan_to_num(number),
        )

    def slices(self, symbols: tuple[int, int]) -> MomentumSlices | None:
        """Positions up to √(2·levels) at each time, so close that momenta of 6.5 σ_p are resolved; None if too many."""
        needed = np.pi / (2 * SPREADS * np.maximum(self.momentum_spread, 1e-3))
        # A ladder of spacings, so that few tables of number states are needed.
        steps = np.ceil(2 * np.log2(FINEST_NEEDED / np.minimum(needed, FINEST_NEEDED)) - 1e-9)
        spacings = FINEST_NEEDED * 2 ** (-steps / 2)
        if spacings.min() < FINEST:
            return None
        halves = 2 * np.ceil(np.sqrt(2 * self.levels) / (2 * spacings)) - 1
        if MOMENTS * (2 * halves + 1).sum() > LARGEST_SUMS:
            return None
        return MomentumSlices(
            tuple(float(phase) for phase in self.phases),
            tuple(float(spacing) for spacing in spacings),
            tuple(int(half) for half in halves),
            symbols,
        )

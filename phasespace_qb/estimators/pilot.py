"""What must be known of an ensemble before it runs: where its storage mode will be, from a small ensemble."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.conventions import VACUUM_VARIANCE
from phasespace_qb.outcome import Finding, Verdict
from phasespace_qb.phase_space.accumulators import Moments
from phasespace_qb.phase_space.moments import MomentReader
from phasespace_qb.phase_space.slices import MOMENTS, MomentumSlices

Array = NDArray[np.float64]

COARSEST = 0.3
"""Spacing of positions that resolves momenta up to π/0.6 = 7.4 standard deviations of the vacuum."""
SPREADS = 6.5
"""Standard deviations of the momentum that the grid resolves."""
LARGEST_ASIDE = 3.0
"""Mean momentum across the direction of slicing that the grid has to resolve as well."""
FINEST = 0.04
LARGEST_SUMS = 2 * 10**6
"""Numbers in the slices of a whole run (16 MB in each of 20 groups); beyond, states are fitted by Gaussian branches."""
NO_SLICES = Finding(
    Verdict.DOUBT,
    "the density matrix would take too many positions for all these times: the state is too large for so many of them, "
    "or its momenta are spread too widely. The work is that of Gaussian branches with the sampled moments; energies "
    "and moments are not affected. Save fewer times.",
)
"""What a run without slices says of its work."""
LARGEST_PAIRED_SUMS = 10**6
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
            mean = np.zeros_like(squeezed) if parity else moment(0, 1)
            # Along its major axis; along its mean where that lies so far across that the grid would have to be fine.
            phases = np.nan_to_num(np.angle(squeezed - mean**2) / 2)
            aside = np.sqrt(2.0) * np.abs((mean * np.exp(-1j * phases)).imag)
            phases = np.where(aside > LARGEST_ASIDE, np.nan_to_num(np.angle(mean)), phases)
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
        # A ladder of spacings, so that the noise of the pilot does not give every time a grid of its own.
        steps = np.ceil(2 * np.log2(COARSEST / np.minimum(needed, COARSEST)) - 1e-9)
        spacings = COARSEST * 2 ** (-steps / 2)
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

"""Work from the density matrix that an ensemble samples: values for every replicate, and what they leave out."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.conventions import Ordering
from phasespace_qb.outcome import Finding, Verdict
from phasespace_qb.phase_space.ensemble import available_cores
from phasespace_qb.phase_space.slices import MomentumSlices
from phasespace_qb.results.jackknife import perturbed, with_each_left_out
from phasespace_qb.states.reconstruction import SlicedState
from phasespace_qb.work.sliced import EXACT, PassiveEnergies, incoherent_work, passive_energies

Array = NDArray[np.float64]

MOST_LOST = 1e-3
"""Share of the samples that may lie beyond the grid of positions, in the estimator errors with all levels below."""
MOST_NEGATIVE = 0.05
"""Sum of negative eigenvalues from which on a reconstruction is no state."""
REASSIGNED = 5.0
"""Error of a passive energy, in quanta, for each unit of negative eigenvalues: 3 to 5 in exact states at g² = 0.5 … 2,
whose momenta are not Gaussian at all (test_density.py)."""

MOST_GIVEN = 512
"""Longest number distribution that a result holds."""


class _AtOneTime(NamedTuple):
    """Replicates; shifts of W^i, (64,); samples beyond the grid, negative eigenvalues, errors of Σ k r_k, W^i and p_n.

    NaN where negative densities, as of samples with a large imaginary position, make no state.
    """

    energies: PassiveEnergies
    shifts: Array
    lost: float = np.nan
    negative: float = np.nan
    passive_error: float = np.nan
    incoherent_error: float = np.nan
    numbers_error: Array | None = None


class Replicates(NamedTuple):
    """Σ k r_k and W^i, [..., replicate, T], and p_n, [..., replicate, T, n], None where there are too many."""

    passive: Array
    incoherent: Array
    numbers: Array | None

    def half(self, index: int) -> "Replicates":
        """The fine (0) or the coarse (1) half of pairs."""
        numbers = None if self.numbers is None else self.numbers[index]
        return Replicates(self.passive[index], self.incoherent[index], numbers)


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """Passive energies of all replicates; those of `pairs` have an axis fine-or-coarse in front.

    known: where the samples make a state, (T,).  lost: share of the samples beyond the grid.  negative: minus the
    weight of what was no state and left out, negative eigenvalues and clipped variances.  passive_error,
    incoherent_error: what momenta whose distribution at one position is not Gaussian beyond the fourth cumulant may
    change: the whole effect of third and fourth cumulants, and `REASSIGNED` times the negative part; and what lies
    beyond the grid times the levels below; all (T,).
    numbers_error: the same for p_n, [T, n].  incoherent_shifts: how W^i scatters about its value, [64, T]; it has kinks
    wherever two p_n change places, and there neither its bias nor its error is that of a smooth function.
    """

    ordering: Ordering
    known: NDArray[np.bool_]
    lost: Array
    negative: Array
    passive_error: Array
    incoherent_error: Array
    numbers_error: Array | None
    incoherent_shifts: Array
    whole: Replicates
    pairs: Replicates | None

    def findings(self, finite: NDArray[np.bool_]) -> list[Finding]:
        """Where samples that are finite, (T,), make no state."""
        missing = finite & ~self.known
        if not missing.any():
            return []
        beyond = self.lost[missing & (self.lost >= MOST_LOST)]
        why = (
            f"up to {beyond.max():.2%} of them lie beyond the grid"
            if beyond.size
            else "densities or eigenvalues are negative"
        )
        remedy = (
            "trajectories have left the real manifold, or stray. Compare with TruncatedWigner, or with Lindblad while "
            "photon numbers allow it."
            if self.ordering is Ordering.NORMAL
            else "there are too few for a state as broad as this. Use more trajectories, or PositiveP."
        )
        return [
            Finding(
                Verdict.DOUBT,
                f"no density matrix can be reconstructed from the samples at {int(missing.sum())} of {len(missing)} "
                f"times ({why}), and the work there is that of Gaussian branches with the sampled moments: {remedy}",
                at=missing,
            )
        ]


@dataclass(frozen=True)
class DensityReader:
    """Reads sums of `slices`; levels: number states that hold the state at each time."""

    slices: MomentumSlices
    ordering: Ordering
    parity: bool
    levels: tuple[int, ...]

    @property
    def most_levels(self) -> int:
        """Length of the number distributions; 0 where they are too long to be given."""
        most = max(self.levels)
        return most if most <= MOST_GIVEN else 0

    def read(self, sums: Array, pairs: Array | None, counts: Array) -> Reconstruction:
        """From sums [group, …], and those [group, fine or coarse, …] of the blocks with doubled steps.

        counts: number of trajectories in each group, (group,).
        """
        with ThreadPoolExecutor(available_cores(), thread_name_prefix="phasespace_qb") as pool:
            found = list(pool.map(lambda save: self._quietly(save, sums, pairs, counts), range(len(self.levels))))
        scalars = [(each.lost, each.negative, each.passive_error, each.incoherent_error) for each in found]
        lost, negative, passive_error, incoherent_error = np.array(scalars, dtype=np.float64).T
        energies = [each.energies for each in found]
        passive = np.stack([each.passive for each in energies], axis=-1)
        incoherent = np.stack([each.incoherent for each in energies], axis=-1)
        numbers = errors = None
        if self.most_levels:
            each_time = [self._padded(each.numbers, passive.shape[:1], 0.0) for each in energies]
            numbers = np.stack(each_time, axis=1)
            errors = np.array([self._padded(each.numbers_error, (), EXACT) for each in found])
        own = 1 + len(sums)
        return Reconstruction(
            ordering=self.ordering,
            known=(lost < MOST_LOST) & (-negative < MOST_NEGATIVE) & np.isfinite(passive[0]),
            lost=lost,
            negative=negative,
            passive_error=passive_error,
            incoherent_error=incoherent_error,
            numbers_error=errors,
            incoherent_shifts=np.stack([each.shifts for each in found], axis=-1),
            whole=Replicates(passive[:own], incoherent[:own], None if numbers is None else numbers[:own]),
            pairs=None
            if pairs is None
            else Replicates(
                _halved(passive[own:]), _halved(incoherent[own:]), None if numbers is None else _halved(numbers[own:])
            ),
        )

    def _padded(self, numbers: Array | None, shape: tuple[int, ...], beyond: float) -> Array:
        """p_n of one time, [*shape, n], with `beyond` after the levels of that time; NaN where levels were counted."""
        if numbers is None:
            return np.full((*shape, self.most_levels), np.nan)
        width = [(0, 0)] * (numbers.ndim - 1) + [(0, self.most_levels - numbers.shape[-1])]
        return np.pad(numbers, width, constant_values=beyond)

    def _quietly(self, save: int, sums: Array, pairs: Array | None, counts: Array) -> "_AtOneTime":
        # Of trajectories that diverged; the setting belongs to a thread.
        with np.errstate(all="ignore"):
            return self._at(save, sums, pairs, counts)

    def _at(self, save: int, sums: Array, pairs: Array | None, counts: Array) -> "_AtOneTime":
        """All replicates at one time, the whole ensemble first, then those of pairs."""
        spacing = self.slices.spacings[save]
        replicates = with_each_left_out(self.slices.at(sums, save))
        lost = 1 - replicates[0, 0].sum() * spacing / counts.sum()
        if pairs is not None:
            halves = np.moveaxis(self.slices.at(pairs, save), 1, 0)
            replicates = np.concatenate([replicates, *(with_each_left_out(half) for half in halves)])
        # A group that is everything leaves nothing when it is left out; its replicate has no error bar to serve.
        replicates[replicates[:, 0].sum(axis=-1) <= 0] = replicates[0]
        weight = replicates[:, 0]
        if not (np.abs(weight).sum(axis=-1) < (1 + MOST_NEGATIVE) * weight.sum(axis=-1)).all():
            # The levels of a pilot that diverged would fill the memory.
            levels = self.levels[save] if self.most_levels else 0
            nothing = _unknown(len(replicates), levels)
            unknown = perturbed(nothing.passive[: 1 + len(sums)], counts)
            return _AtOneTime(nothing, unknown, numbers_error=np.full(levels, np.nan))
        state = self._state(replicates, spacing)
        found = passive_energies(state, self.levels[save])
        without = passive_energies(self._state(replicates[:1], spacing).gaussian_slices(), self.levels[save])
        # Squeezed beyond what can be, as negative eigenvalues are: both are errors of the same kind.
        negative = found.negative[0] - np.ravel(state.clipped)[0]
        left_out = max(lost, 0.0) * self.levels[save] - REASSIGNED * negative
        own = slice(1 + len(sums))
        copies = (
            perturbed(found.incoherent[own], counts)
            if found.numbers is None
            else incoherent_work(perturbed(found.numbers[own], counts))
        )
        return _AtOneTime(
            found,
            copies - found.incoherent[0],
            lost,
            negative,
            np.abs(found.passive[0] - without.passive[0]) + left_out + found.passive_accuracy,
            np.abs(found.incoherent[0] - without.incoherent[0]) + left_out + found.incoherent_accuracy,
            None
            if found.numbers is None or without.numbers is None
            else np.abs(found.numbers[0] - without.numbers[0]) + EXACT,
        )

    def _state(self, sums: Array, spacing: float) -> SlicedState:
        return SlicedState.from_sums(sums, spacing, self.ordering, parity=self.parity)


def _unknown(replicates: int, levels: int) -> PassiveEnergies:
    nothing = np.full(replicates, np.nan)
    return PassiveEnergies(nothing, nothing, np.full((replicates, levels), np.nan), nothing, np.nan, np.nan)


def _halved(replicates: Array) -> Array:
    """Fine and coarse replicates, one after the other, as [fine or coarse, replicate, …]."""
    return replicates.reshape(2, -1, *replicates.shape[1:])

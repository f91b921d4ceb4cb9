"""How heavy the tails of an ensemble are: mergeable histograms of the size of the drift, and what they say.

Where positive-P loses probability at infinity, a few trajectories run far out before any average shows it.  The drift
is the highest power of the variables that the equations have, so its size sees them first.  Every mode that can run
away has a histogram of its own: the drift of a bright mode beside it would hide the tail.
"""

from dataclasses import dataclass, replace
from functools import cache, cached_property
from math import frexp
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.phase_space.accumulators import compiled
from phasespace_qb.phase_space.equations import Equations

BINS_PER_OCTAVE = 8
LOWEST_OCTAVE, OCTAVES = -32, 128
"""Range of the histogram in units of the largest coefficient of the drift: amplitudes from 10⁻¹⁰ to beyond 10¹⁴."""

BINS = BINS_PER_OCTAVE * OCTAVES

MOST_SETS = 8
"""Histograms that are kept apart; more modes than these share one."""

SHALLOW = 0.05
"""Share of the trajectories from which on the index is compared with deeper ones."""
DEPTHS = (0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001)
"""Shares of the trajectories, from the largest drift on, whose index is judged."""
FEWEST = 20
"""Trajectories that an index needs: its relative standard error is one over the root of their number."""


class TailTerms(NamedTuple):
    """The drift as the compiled module reads it; shapes as in `kernels/drift_tally.py`."""

    first_term: NDArray[np.int64]
    factors: NDArray[np.int64]
    coefficients: NDArray[np.float64]
    lowest: int
    first_member: NDArray[np.int64]
    members: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class DriftSizes:
    """Histograms of |A(z)| = (Σ_v |A_v|²)^½ over trajectories, eight bins in each octave; A is the drift.

    equations: in Itô's calculus.  times: the save times, (T,).  Sums: [save, set, 2 bin + 2], with |A|² and |z|² over
    the variables of one of `sets`: trajectories in each bin; those that are not finite and, in the first set, those of
    which any variable is not real; and Σ |z|² over the trajectories of each bin.  What is smaller or larger than all
    bins is in the outermost ones.
    """

    equations: Equations
    times: NDArray[np.float64]
    groups: int = 1

    def zeros(self) -> NDArray[np.float64]:
        return np.zeros((len(self.times), len(self.sets), 2 * BINS + 2))

    @cached_property
    def sets(self) -> tuple[tuple[int, ...], ...]:
        """{α, α⁺} of each mode whose noise depends on the state; one set if there are too many, or none."""
        noisy = {term.target for term in self.equations.noise if term.depends_on_state}
        modes = [tuple(sorted({v if v >= 0 else ~v for v in symbols})) for symbols in self.equations.symbols]
        found = tuple(mode for mode in modes if noisy & set(mode))
        if not found:
            return (tuple(range(len(self.equations.variables))),)
        return found if len(found) <= MOST_SETS else (tuple(v for mode in found for v in mode),)

    def tails(self, sums: NDArray[np.float64]) -> list["Tails"]:
        """Tails of every set."""
        names, drift = self.equations.variables, self.equations.drift
        result = []
        for number, members in enumerate(self.sets):
            degree = max((len(term.factors) for v in members for term in drift[v]), default=0)
            one_of_many = len(members) <= 2 < len(names)
            name = names[members[0]] if one_of_many else ""
            result.append(replace(tails_of(sums[:, number]), of=name, degree=max(degree, 2)))
        return result

    def observe(
        self, sums: NDArray[np.float64], first_save: int, snapshots: NDArray[np.float64], first: int, count: int
    ) -> None:
        saves = slice(first_save, first_save + len(snapshots))
        terms = self._terms
        compiled("drift_tally").drift_sizes(
            snapshots,
            count,
            terms.first_term,
            terms.factors,
            terms.coefficients[saves],
            terms.lowest,
            terms.first_member,
            terms.members,
            sums[saves],
        )

    @staticmethod
    def sizes(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Number of trajectories in each bin, [..., bin]; a view."""
        return sums[..., :BINS]

    @staticmethod
    def not_finite(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Number of trajectories that are not finite, [...]; a view."""
        return sums[..., BINS]

    @staticmethod
    def squares(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Σ |z|² over the trajectories of each bin, [..., bin]; a view."""
        return sums[..., BINS + 2 :]

    @staticmethod
    def not_real(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Number of trajectories of which any variable has an imaginary part, [save]; a view."""
        return sums[:, 0, BINS + 1]

    @cached_property
    def _terms(self) -> TailTerms:
        drift, variables = self.equations.drift, len(self.equations.variables)
        terms = [term for of_variable in drift for term in of_variable]
        first_term = np.cumsum([0, *map(len, drift)]).astype(np.int64)
        degree = max((len(term.factors) for term in terms), default=0)
        factors = np.full((len(terms), degree), variables, dtype=np.int64)
        for row, term in zip(factors, terms, strict=True):
            row[: len(term.factors)] = term.factors
        samples = np.zeros((len(self.times), len(terms)), dtype=complex)
        for column, term in enumerate(terms):
            samples[:, column] = term.coefficient.sample(self.times)
        # A power of two as the unit leaves the edges of the bins where the bits have them.
        unit = frexp(float(np.abs(samples).max(initial=0.0)) or 1.0)[1]
        lowest = BINS_PER_OCTAVE * (1023 + unit + LOWEST_OCTAVE)
        coefficients = samples.view(np.float64).reshape(*samples.shape, 2)
        first_member = np.cumsum([0, *map(len, self.sets)]).astype(np.int64)
        members = np.array([v for members in self.sets for v in members], dtype=np.int64)
        return TailTerms(first_term, factors, coefficients, lowest, first_member, members)


@dataclass(frozen=True)
class Tails:
    """What the histograms of one set of variables say at each time; all arrays are (T,).

    index: the smallest upper limit, a(1 + 1/√k), of a tail index a that does not rise with depth; infinite if all rise.
    depth: the share of the trajectories, counted from the largest drift, that it was found in.  shallow: the index of
    the top 5 %.  carried: the share of Σ|A| that the top 0.1 % of the trajectories carry.  outward: ⟨|z|²⟩ of the top
    0.5 % over that of all: where the drift is largest because trajectories are far out, and not on their way.  of: the
    first variable of the set, where it is that of one mode among several.  degree: of the drift, at least 2.
    """

    index: NDArray[np.float64]
    depth: NDArray[np.float64]
    shallow: NDArray[np.float64]
    carried: NDArray[np.float64]
    outward: NDArray[np.float64]
    of: str = ""
    degree: int = 2


def tails_of(sums: NDArray[np.float64]) -> Tails:
    """Read the tails of the sums of one set, [save, 2 bin + 2].

    For P(|A| > s) ∝ s^(−a) the index is a at any depth.  For a tail like exp(−s^c) it grows with depth like
    ln(1/share), whatever its size; one that grows by less than the root of that since the top 5 % does not rise.
    """
    counts = DriftSizes.sizes(sums)
    total = counts.sum(axis=-1)
    cumulated = _cumulated(counts)
    shallow, _ = _index(*cumulated, SHALLOW)
    index, depth = np.full(len(counts), np.inf), np.full(len(counts), np.nan)
    for share in DEPTHS:
        found, above = _index(*cumulated, share)
        limit = found * (1 + 1 / np.sqrt(np.maximum(above, 1.0)))
        rising = limit > shallow * np.sqrt(np.log(share) / np.log(SHALLOW))
        smaller = (share * total >= FEWEST) & (above >= FEWEST) & ~rising & (limit < index)
        index[smaller], depth[smaller] = limit[smaller], above[smaller] / total[smaller]
    return Tails(index, depth, shallow, carried_by_top(counts, 0.001), _outward(counts, DriftSizes.squares(sums)))


def _outward(counts: NDArray[np.float64], squares: NDArray[np.float64]) -> NDArray[np.float64]:
    """⟨|z|²⟩ of the top 0.5 % over that of all, (T,); 0 where nothing drifts more than the rest."""
    above, square = (part[:, ::-1].cumsum(axis=-1)[:, ::-1] for part in (counts, squares))
    edge = np.abs(above - 0.005 * above[:, :1]).argmin(axis=-1)
    rows = np.arange(len(counts))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = square[rows, edge] / above[rows, edge] / (square[:, 0] / above[:, 0])
    return np.asarray(np.where(np.isnan(ratio), 0.0, ratio))


def tail_index(counts: NDArray[np.float64], share: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Tail index a of the top `share` of histograms [save, bin], and the number k of trajectories in it; both (T,).

    1/a = ⟨ln s/u⟩ over all sizes s above u, with u the edge of a bin nearest to that share and the middle of its bin
    for s, which shifts a by about a (a/40)².  Standard error: a/√k.  Infinite where there is nothing above u.
    Source: Hill, Ann. Stat. 3, 1163 (1975).
    """
    return _index(*_cumulated(counts), share)


def _cumulated(counts: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Number of trajectories in a bin and all above it, and the sum of the logarithms of their sizes, [save, bin]."""
    _, middle = _logarithms(counts.shape[-1])
    return counts[:, ::-1].cumsum(axis=-1)[:, ::-1], (counts * middle)[:, ::-1].cumsum(axis=-1)[:, ::-1]


def _index(
    above: NDArray[np.float64], logarithms: NDArray[np.float64], share: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    low, _ = _logarithms(above.shape[-1])
    edge = np.abs(above - share * above[:, :1]).argmin(axis=-1)
    rows = np.arange(len(above))
    beyond = above[rows, edge]
    excess = logarithms[rows, edge] - beyond * low[edge]
    return np.divide(beyond, excess, out=np.full(len(above), np.inf), where=excess > 0), beyond


def carried_by_top(counts: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Share of Σ|A| that the top `share` of the trajectories carry, (T,); 0 where there is no drift at all."""
    # In units of the largest size, so that no sum overflows.
    _, middle = _logarithms(counts.shape[-1])
    result = np.zeros(len(counts))
    for row, of_time in enumerate(counts):
        if not of_time.any():
            continue
        sizes = np.exp(np.maximum(middle - middle[np.flatnonzero(of_time)[-1]], -700.0))
        above = of_time[::-1].cumsum()[::-1]
        wanted = share * above[0]
        within = np.clip(wanted - (above - of_time), 0.0, of_time)
        result[row] = (within * sizes).sum() / (of_time * sizes).sum()
    return result


@cache
def _logarithms(bins: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """ln of the lower edge and of the middle of each bin, in units of the lowest edge; both (bins,)."""
    octave, part = np.divmod(np.arange(bins + 1), BINS_PER_OCTAVE)
    edges = np.log(2) * octave + np.log1p(part / BINS_PER_OCTAVE)
    return edges[:-1], (edges[1:] + edges[:-1]) / 2

"""How high the cutoffs must be, and what those that were used may cost.

A state evolved below a cutoff that is too low keeps its trace and looks healthy.  What shows is the population of the
highest levels, of *every* mode, and what happens when the cutoffs change.
"""

import math
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.errors import PhaseSpaceError
from phasespace_qb.lindblad.propagation import Progress
from phasespace_qb.lindblad.run import CutoffReached, Run, Start, propagate
from phasespace_qb.models.system import OpenSystem

Array = NDArray[np.float64]
Cutoffs = tuple[int, ...]

SMALLEST = 6
"""Levels of any mode that a search begins with."""
LARGEST_RATIO = 0.9
"""Ratio of tails beyond which nothing can be extrapolated."""
FULL = 0.02
"""Population of the highest levels from which on the state has hit the wall, and nobody can tell what lies beyond."""
NEGLIGIBLE = 1e-3
"""Ratio of the tails of two modes below which the smaller one plays no part."""
SAFETY = 2.0
"""Cutoff errors are given this many times larger than extrapolated."""
MOST_ELEMENTS = 5_000_000
"""Elements of the density matrix at which a search gives up."""


def reduced(cutoffs: Cutoffs, kept: tuple[bool, ...]) -> Cutoffs:
    """The cutoffs of the companion run: an eighth lower, by at least two levels; modes in `kept` stay as they are.

    Even numbers of levels are taken off, because a conserved parity occupies every other level only.
    """
    return tuple(c if keep else max(c - max(2, 2 * round(c / 16)), 1) for c, keep in zip(cutoffs, kept, strict=True))


def with_companion(
    system: OpenSystem,
    times: Array,
    cutoffs: Cutoffs,
    tolerance: float,
    start: Start,
    kept: tuple[bool, ...],
    progress: Progress | None,
) -> tuple[Run, Run]:
    """A run, and one at lower cutoffs beside it, on a second thread."""
    lower, stopped = reduced(cutoffs, kept), threading.Event()

    def unless_stopped(now: float, end: float) -> None:
        if stopped.is_set():
            raise PhaseSpaceError(f"the run that this one accompanies has ended before t = {now:.3g} of {end:.3g}.")

    with ThreadPoolExecutor(1) as beside:
        begin, accuracy = _cut(start, lower), max(tolerance, 1e-5)
        companion = beside.submit(propagate, system, times, lower, accuracy, begin, unless_stopped)
        try:
            run = propagate(system, times, cutoffs, tolerance, start, progress)
            return run, companion.result()
        finally:
            # Nobody waits for the companion of a run that was refused or interrupted.
            stopped.set()


def remaining_share(run: Run, companion: Run) -> Array:
    """By how much the difference between the runs must be multiplied to estimate the error that is left, (T,).

    If errors fall like the population of the highest levels so far, by r from the lower cutoffs to the higher, the
    rest is r/(1 − r) of the difference.  r is the largest over modes, but for those whose highest levels are emptier
    by far than another's.  The estimate is doubled.  NaN from when highest levels hold more than `FULL`.
    """
    changed = np.array(run.cutoffs) != np.array(companion.cutoffs)
    high, low = (np.maximum(r.tails[:, changed], 0.0) for r in (run, companion))
    counts = low > NEGLIGIBLE * low.max(axis=-1, keepdims=True, initial=0.0)
    ratio = np.divide(high, low, out=np.zeros_like(high), where=counts).max(axis=-1, initial=0.0)
    ratio = np.minimum(ratio, LARGEST_RATIO)
    return np.where((high > FULL).any(axis=-1), np.nan, SAFETY * ratio / (1 - ratio))


def sufficient(
    system: OpenSystem, times: Array, tolerance: float, start: Start, lowest: Cutoffs, kept: tuple[bool, ...]
) -> Cutoffs | None:
    """Cutoffs at which the highest levels of all modes stay nearly empty; None if they would be too large.

    Cutoffs grow by 1.4 until no mode has more than `tolerance`/10 in its two highest levels.  Each try is a run at a
    few of the times, abandoned at the first where a limit is passed.
    """
    few = times[np.unique(np.linspace(0, len(times) - 1, min(len(times), 24)).round().astype(int))]
    limit = np.where(kept, np.inf, 0.1 * tolerance)
    cutoffs = tuple(c if keep else max(c, SMALLEST) for c, keep in zip(lowest, kept, strict=True))
    while math.prod(cutoffs) ** 2 / 2 <= MOST_ELEMENTS:
        try:
            propagate(system, few, cutoffs, max(tolerance, 1e-4), start, tail_limit=limit)
        except CutoffReached as reached:
            cutoffs = tuple(_grown(c) if full else c for c, full in zip(cutoffs, reached.modes, strict=True))
        else:
            return cutoffs
    return None


def _grown(cutoff: int) -> int:
    return 2 * math.ceil(0.7 * cutoff + 0.5)


def _cut(start: Start, cutoffs: Cutoffs) -> Start:
    """The start below lower cutoffs, normalised again, however much of it lies beyond them."""
    if start.matrix is None:
        return replace(start, lost=1.0)
    part = start.matrix[: cutoffs[0], : cutoffs[0]]
    return Start(start.amplitudes, part / np.trace(part).real)

"""How high the cutoffs must be, and what those that were used may cost.

A state evolved below a cutoff that is too low keeps its trace and looks healthy.  What shows is the population of the
highest levels, of *every* mode, and what happens when the cutoffs change.
"""

import math
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.errors import PhaseSpaceError
from phasespace_qb.lindblad.propagation import Progress
from phasespace_qb.lindblad.run import CutoffReached, Run, Start, propagate
from phasespace_qb.models.system import OpenSystem

Array = NDArray[np.float64]
Cutoffs = tuple[int, ...]

SMALLEST = 6
"""Fewest levels of any mode that a search begins with."""
LARGEST_RATIO = 0.9
"""Ratio of tails beyond which nothing can be extrapolated."""
FULL = 0.02
"""Population of the highest levels from which on the state has hit the wall, and nobody can tell what lies beyond."""
NEGLIGIBLE = 1e-3
"""Ratio of the tails of two modes below which the smaller one plays no part."""
SAFETY = 2.0
"""Cutoff errors are given this many times larger than extrapolated."""
MOST_STATES = 3_000
"""Number states of all modes together beyond which a search gives up: single runs would take hours."""
HITS = 0.01
"""Population of the highest levels that a search allows at first, while it doubles cutoffs."""


def reduced(cutoffs: Cutoffs) -> Cutoffs:
    """The cutoffs of the companion run: an eighth lower, by at least two levels.

    Even numbers of levels are taken off, because a conserved parity occupies every other level only.
    """
    return tuple(max(c - max(2, 2 * round(c / 16)), 1) for c in cutoffs)


def lowest(system: OpenSystem) -> Cutoffs:
    """Cutoffs that hold the coherent state of the start."""
    return tuple(int(abs(a) ** 2 + 6 * abs(a)) + SMALLEST for a in system.start_amplitudes)


def with_companion(
    system: OpenSystem, times: Array, cutoffs: Cutoffs, tolerance: float, progress: Progress | None
) -> tuple[Run, Run]:
    """A run, and one at lower cutoffs beside it, on a second thread."""
    start, stopped = Start(system.start_amplitudes), threading.Event()
    # The start is normalised below the companion's cutoffs, however much of it lies beyond them.
    begin = Start(system.start_amplitudes, lost=1.0)

    def unless_stopped(now: float, end: float) -> None:
        if stopped.is_set():
            raise PhaseSpaceError(f"the run that this one accompanies has ended before t = {now:.3g} of {end:.3g}.")

    with ThreadPoolExecutor(1) as beside:
        accuracy = max(tolerance, 1e-5)
        companion = beside.submit(propagate, system, times, reduced(cutoffs), accuracy, begin, unless_stopped)
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
    by far than another's.  The estimate is doubled.  NaN from when highest levels hold more than `FULL`, were it at a
    step of the propagation between two of the times.
    """
    high, low = (np.maximum(r.tails, 0.0) for r in (run, companion))
    counts = low > NEGLIGIBLE * low.max(axis=-1, keepdims=True, initial=0.0)
    ratio = np.divide(high, low, out=np.zeros_like(high), where=counts).max(axis=-1, initial=0.0)
    ratio = np.minimum(ratio, LARGEST_RATIO)
    return np.where((np.maximum(high, run.between) > FULL).any(axis=-1), np.nan, SAFETY * ratio / (1 - ratio))


def sufficient(
    system: OpenSystem, times: Array, tolerance: float, first: Cutoffs, progress: Progress | None = None
) -> Cutoffs | None:
    """Cutoffs at which the highest levels of all modes stay nearly empty; None if they would be too large.

    Cutoffs are doubled until no mode has more than `HITS` in its two highest levels, so that what is hopeless is known
    soon, and then grow by 1.4 until that is `tolerance`/10.  Each try is a run at a few of the times, and some earlier
    ones, abandoned at the first where the limit is passed.
    """
    few = times[np.unique(np.linspace(0, len(times) - 1, min(len(times), 24)).round().astype(int))]
    few = np.unique(np.concatenate([few, times[-1] * 0.7 ** np.arange(1, 24)]))
    cutoffs, start = tuple(max(c, SMALLEST) for c in first), Start(system.start_amplitudes)
    for limit, factor in ((HITS, 2.0), (0.1 * tolerance, 1.4)):
        while True:
            if math.prod(cutoffs) > MOST_STATES:
                return None
            try:
                propagate(system, few, cutoffs, max(limit, 1e-4), start, progress, np.full(len(cutoffs), limit))
            except CutoffReached as reached:
                cutoffs = tuple(
                    _grown(c, factor) if full else c for c, full in zip(cutoffs, reached.modes, strict=True)
                )
            else:
                break
    return cutoffs


def _grown(cutoff: int, factor: float) -> int:
    return 2 * math.ceil(0.5 * factor * cutoff + 0.5)

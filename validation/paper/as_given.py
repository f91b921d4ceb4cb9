"""The master equation at cutoffs as they are given: results without advice on better ones.

The library looks for enough cutoffs where those of a run are far too low, which takes much longer than the run; the
paper's cutoffs are asked about for their own sake, several dozen times.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

import phasespace_qb as qb
from phasespace_qb.lindblad.accuracy import cutoff_errors, step_errors
from phasespace_qb.lindblad.cutoffs import with_companion
from phasespace_qb.lindblad.method import SAME_INSTANT, WATCHED
from phasespace_qb.lindblad.values import at_saved, values_of

Array = NDArray[np.float64]


def solved_as_given(
    battery: qb.DopoBattery, times: Array, cutoffs: tuple[int, int], tolerance: float, off: float
) -> dict[str, Array]:
    """Values, `_cutoff_error` and `_step_error` as of simulate(battery, times, Lindblad(cutoffs, tolerance)).

    A battery that starts empty and whose drive changes at `off` only, if ever.  Shapes (T,) or those of the values.
    """
    system = battery.system()
    followed = _followed(times, off)
    saved = np.searchsorted(followed, times)
    run, companion = with_companion(system, followed, cutoffs, tolerance, None)
    storage = system.modes.index(system.storage_mode)
    values, others = (values_of(each.matrices, storage, followed, True) for each in (run, companion))
    errors = cutoff_errors(system, followed, values, others, run, companion)
    kept = at_saved(values, followed, saved)
    later = step_errors(kept, replace(run, error=run.error[saved]), times)
    return kept | {name: error[saved] for name, error in errors.items()} | later


def _followed(times: Array, off: float) -> Array:
    """`times`, when the drive changes, and the instants between at which every run is compared with its companion."""
    end = float(times[-1])
    more = np.append(np.linspace(0.0, end, WATCHED + 1)[1:-1], [off] if 0 < off < end else [])
    apart = np.abs(more[:, None] - times).min(axis=1) > SAME_INSTANT * end
    return np.union1d(more[apart], times)

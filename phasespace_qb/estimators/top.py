"""The largest power of a sampled curve, which is not the largest of its samples."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.results.jackknife import jackknife
from phasespace_qb.work.charging import maximum_power

Array = NDArray[np.float64]
CLEAR = 8.0
"""Standard errors by which a sample must lie below the top not to be used for it.

With 3, the window follows the scatter of its ends, and true errors of t_max are twice the stated ones.  With 8,
intervals of 95 % hold 93 to 99 % (a Gaussian curve; scatter of 0.1 to 3 %, independent or with a correlation time).
"""
FEWEST = 7
"""Samples of a window below which there is nothing to fit: the curve is as good as exact."""


class Tops(NamedTuple):
    """P_max and t_max of a curve and its jackknife replicates, (1 + G, 2), and what other fits change, (2,)."""

    replicates: Array
    missed: Array


def tops(times: Array, power: Array, counts: Array) -> Tops:
    """Top of a sampled curve and of each of its jackknife replicates.

    The largest of many scattered samples is too large, and it jumps from one to the next where a group is left out,
    which the jackknife would multiply.  So one window serves all replicates: from the first to the last sample that is
    within CLEAR standard errors of the top, as long as none between them lies twice as far below; these are errors of
    the difference to the top, since neighbours err together, and running medians of five are compared.  P_max and t_max
    are those of a cubic through it by least squares; `missed` is the largest change by one more power, or by the inner
    two thirds of the window.  Where the window has fewer than FEWEST samples, or the curve is largest at its first or
    last one, they are those of `maximum_power`, as for exact curves.  t_max is NaN where the cubic has no top.

    times (T,), finite `power` (1 + G, T), the whole curve first; counts (G,), trajectories per group.
    Source: definition; least squares.
    """
    # One sample alone neither makes a top nor a valley.
    smooth = np.median(np.lib.stride_tricks.sliding_window_view(np.pad(power[0], 2, "edge"), 5), axis=-1)
    top = int(np.argmax(smooth))
    scatter = jackknife(power - power[:, [top]], counts)[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        # 0/0 at the top itself; a difference without an error is as clear as can be.
        drop = np.where(smooth < smooth[top], (smooth[top] - smooth) / np.nan_to_num(scatter), 0.0)
    # Another maximum, beyond a valley, is none of this one's business.
    far = np.flatnonzero(drop > 2 * CLEAR)
    low, high = np.append(-1, far[far < top])[-1] + 1, np.append(far[far > top], times.size)[0]
    near = low + np.flatnonzero(drop[low:high] <= CLEAR)
    first, last = int(near[0]), int(near[-1])
    if last - first + 1 < FEWEST or np.argmax(power[0]) in (0, times.size - 1):
        return Tops(np.array([maximum_power(times, row) for row in power]), np.zeros(2))
    found = _of_fit(times, power, first, last, 3)
    sixth = (last - first + 1) // 6
    others = [_of_fit(times, power[:1], first, last, 4), _of_fit(times, power[:1], first + sixth, last - sixth, 3)]
    missed = np.max([np.abs(other[0] - found[0]) for other in others], axis=0)
    # One without a top leaves it anywhere in the window.
    missed[1] = (times[last] - times[first]) / 2 if np.isnan(missed[1]) else missed[1]
    return Tops(found, missed)


def _of_fit(times: Array, power: Array, first: int, last: int, degree: int) -> Array:
    """Largest values inside of a window of the polynomials through all rows, and when, NaN at its ends; (R, 2)."""
    inside = slice(first, last + 1)
    middle, unit = (times[first] + times[last]) / 2, (times[last] - times[first]) / 2
    inverse = np.linalg.pinv(np.vander((times[inside] - middle) / unit, degree + 1))
    fine = np.linspace(times[first], times[last], 20 * (last - first + 1))
    curves = power[:, inside] @ inverse.T @ np.vander((fine - middle) / unit, degree + 1).T
    found = np.array([maximum_power(fine, row) for row in curves])
    found[np.isin(np.argmax(curves, axis=1), (0, fine.size - 1)), 1] = np.nan
    return found

"""How fast a battery charges."""

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.errors import refusal

Array = NDArray[np.float64]


def charging_power(times: Array, ergotropy: Array, *, starts_passive: bool = True) -> Array:
    """Mean power P(t) = W(t)/t since the charging began at t = 0; shapes (T,), (T, ...) -> (T, ...).

    At t = 0 it is 0/0.  From a passive state, vacuum for one, P(0) = 0 is the limit, because W grows as t⁴ at first
    (⟨a²⟩ needs a pump photon, and the pump starts empty); a sampled W(0) is noise and is not read.  With
    `starts_passive=False` there was work before any charging, no limit exists, and P(0) is NaN.

    Units: ħω_s γ_s.  Raises: ValueError if `times` do not increase from 0 or later.
    Source: the paper's Fig. 6.
    """
    times, ergotropy = np.asarray(times, np.float64), np.asarray(ergotropy, np.float64)
    if times.ndim != 1 or np.any(np.diff(times) <= 0) or np.any(times < 0):
        must_be = "a one-dimensional, increasing array that is not negative"
        raise ValueError(refusal("times", must_be, f"an array of shape {times.shape}"))
    elapsed = times.reshape(-1, *[1] * (ergotropy.ndim - 1))
    at_zero = np.full_like(ergotropy, 0.0 if starts_passive else np.nan)
    return np.divide(ergotropy, elapsed, out=at_zero, where=elapsed > 0)


def maximum_power(times: Array, power: Array) -> tuple[float, float]:
    """(P_max, t_max) at the top of the parabola through the largest sample and its neighbours.

    No refinement where the largest sample is the first or the last: charging was not followed past its peak.
    NaN samples are passed over; (NaN, NaN) where no finite one is left.  Shapes: (T,), (T,).
    """
    times, power = np.asarray(times, np.float64), np.asarray(power, np.float64)
    if times.ndim != 1 or power.shape != times.shape:
        raise ValueError(refusal("power", f"of shape {times.shape}, as `times`", f"an array of shape {power.shape}"))
    times, power = times[np.isfinite(power)], power[np.isfinite(power)]
    if times.size == 0:
        return float("nan"), float("nan")
    top = int(np.argmax(power))
    if top in (0, times.size - 1):
        return float(power[top]), float(times[top])
    left, right = times[top - 1] - times[top], times[top + 1] - times[top]
    rise_left, rise_right = (power[top - 1] - power[top]) / left, (power[top + 1] - power[top]) / right
    curvature = (rise_right - rise_left) / (right - left)
    if curvature == 0:
        return float(power[top]), float(times[top])
    slope = rise_left - curvature * left
    offset = -slope / (2 * curvature)
    return float(power[top] + 0.5 * slope * offset), float(times[top] + offset)

"""How fast a battery charges."""

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.errors import refusal

Array = NDArray[np.float64]


def charging_power(times: Array, ergotropy: Array) -> Array:
    """Mean power P(t) = W(t)/(t − t₀) since the charging began at t₀ = times[0]; shapes (T,), (T, ...) -> (T, ...).

    At t₀ it is 0/0.  A battery that starts passive has W(t₀) = 0, and from vacuum W grows as t⁴ (⟨a²⟩ needs a
    pump photon first, and the pump starts empty), so P(t₀) = 0 is the limit.  With W(t₀) ≠ 0 there is no limit:
    the value is NaN there, and the charge that was there before counts in P as in the paper.

    Units: ħω_s γ_s.  Raises: ValueError if `times` do not increase.
    Source: the paper's Fig. 6.
    """
    times, ergotropy = np.asarray(times, np.float64), np.asarray(ergotropy, np.float64)
    if times.ndim != 1 or np.any(np.diff(times) <= 0):
        raise ValueError(refusal("times", "a one-dimensional, increasing array", f"an array of shape {times.shape}"))
    elapsed = (times - times[0]).reshape(-1, *[1] * (ergotropy.ndim - 1))
    power = np.divide(ergotropy, elapsed, out=np.zeros_like(ergotropy), where=elapsed > 0)
    power[0] = np.where(ergotropy[0] == 0, 0.0, np.nan)
    return np.asarray(power)


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

"""How a sampled correlation decays at last, and its integrals over all lags."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from phasespace_qb.results.jackknife import jackknife

Array = NDArray[np.float64]

SIGNIFICANCE = 10.0
"""Standard errors that a correlation must have at the end of what is fitted, and half of it before."""
FEWEST_FITTED = 6
"""Lags in a window of the fit."""
WINDOWS = 12
AGREEMENT = 2.5
"""Standard errors by which the rates of the two halves of a window may differ."""
LEAST_DISTRUST = 0.1
"""Part of the correlation beyond the lags, as fitted, that is taken as its error at least."""


class Decay(NamedTuple):
    """C(τ) ≈ A e^(−r(τ−τ_e)) in a late window.

    rate and amplitude: r and A, (replicate,).  first, last: lags of the window by number; τ_e is the last.
    disagreement: a quarter of what the rates of its two halves differ by beyond one standard error, which is what the
    rate of the whole window is off by if the rest of faster decays does it; all of it where the lags end too early.
    """

    rate: Array
    amplitude: Array
    first: int
    last: int
    disagreement: float


class HalfLine(NamedTuple):
    """∫₀^∞ C(τ) cos ωτ dτ, (replicate, frequency), its error of lag step and tail (frequency,), and what is unseen.

    left: |C| at the last lag that was integrated over its largest value.
    """

    integral: Array
    error: Array
    left: float


def asymptotic(lags: Array, covariance: Array, counts: Array) -> Decay | None:
    """Fit an exponential to the late part of a correlation (replicate, lag); None if there is nothing to fit.

    The window ends at the last lag at which |C| exceeds ten standard errors.  τ₁ is the first lag from which on the
    rates of the two halves agree within 2.5 standard errors of their difference, here and at the next candidate; if
    there is none, where they disagree least.  By τ₁ faster decays have sunk into the noise; the window begins at 3τ₁,
    where they are that much smaller twice more, or in the middle if that comes first.

    The rate is the mean of the steps of −ln|C| from lag to lag, weighted by their variances: the error of a correlation
    is a walk whose steps are all but independent, so that weights of ln|C| itself would waste most of the late lags.
    """
    value, error = jackknife(covariance, counts)
    if not (np.isfinite(error).all() and np.isfinite(value).all()):
        return None
    significant = np.abs(value) > SIGNIFICANCE * error
    if not significant.any():
        return None
    last = int(np.flatnonzero(significant)[-1])
    sign = np.sign(value[last])
    usable = (np.abs(value) > SIGNIFICANCE / 2 * error) & (np.sign(covariance) == sign).all(axis=0)
    breaks = np.flatnonzero(~usable[: last + 1])
    earliest = int(breaks[-1]) + 1 if len(breaks) else 0
    if last + 1 - earliest < FEWEST_FITTED:
        return None
    logs = np.log(np.abs(covariance[:, earliest : last + 1]))
    fitted = lags[earliest : last + 1]
    steps = -np.diff(logs, axis=1) / np.diff(fitted)
    variance = np.log(np.maximum(jackknife(steps, counts)[1], 1e-12) ** 2)
    weights = np.exp(-np.polyval(np.polyfit(fitted[1:], variance - variance.mean(), 1), fitted[1:]))

    def rate(first: int, end: int) -> Array:
        part = slice(first - earliest, end - earliest)
        return np.asarray(steps[:, part] @ (weights[part] / weights[part].sum()))

    def disagreement(start: int) -> tuple[float, float]:
        between = (start + last) // 2
        difference, spread = jackknife(rate(between, last) - rate(start, between), counts)
        return abs(float(difference)), max(float(spread), 1e-12)

    latest = last + 1 - FEWEST_FITTED
    middle = min((earliest + last) // 2, latest)
    starts = [int(start) for start in np.unique(np.linspace(earliest, middle, WINDOWS).round())]
    ratio = np.array([difference / spread for difference, spread in map(disagreement, starts)])
    agrees = (ratio <= AGREEMENT) & (np.append(ratio[1:], 0.0) <= AGREEMENT)
    first = starts[int(agrees.argmax() if agrees.any() else ratio.argmin())]
    start = max(first, min(3 * first, middle))
    difference, spread = disagreement(start)
    slope = rate(start, last)
    late = slice((start + 3 * last) // 4 - earliest, None)
    level = (logs[:, late] + np.multiply.outer(slope, fitted[late] - lags[last])).mean(axis=1)
    # Where the lags end too early for that, faster decays may still be in the window.
    doubt = difference if 3 * first > middle else max(0.0, difference - spread) / 4
    return Decay(slope, sign * np.exp(level), start, last, doubt)


def half_line(lags: Array, covariance: Array, counts: Array, frequencies: Array) -> HalfLine:
    """Integrate a correlation (replicate, lag) against cos ωτ over all lags.

    A cubic spline through the lags is integrated exactly up to the last one at which C is significant, and the fitted
    exponential beyond: Re[A e^(iωτ_e)/(r − iω)].  Error: a tenth of the change with every second lag (the spline is of
    fourth order), and of what lies beyond the lags a tenth, or as much as the halves of the fit disagree.  Where no
    exponential can be fitted, nothing is added, and the error is that of one which falls as C did on average.
    """
    decay = asymptotic(lags, covariance, counts)
    last = len(lags) - 1 if decay is None else decay.last
    last = max(last, 4)
    part = slice(0, last + 1)
    weights = spline_weights(lags[part], frequencies)
    integral = covariance[:, part] @ weights.T
    every_second = np.unique([*range(last, -1, -2), 0])
    coarse = covariance[:1, every_second] @ spline_weights(lags[every_second], frequencies).T
    # As a function of ω the change passes through zero; its largest value counts everywhere.
    error = np.full(len(frequencies), np.abs(integral[0] - coarse[0]).max(initial=0.0) / 10)
    largest = float(np.abs(covariance[0]).max())
    left = float(np.abs(covariance[0, last]) / largest) if largest > 0 else 0.0
    if decay is None:
        late = float(np.abs(covariance[0, -max(2, len(lags) // 10) :]).max())
        fall = np.log(largest / late) / lags[-1] if 0 < late < largest else 0.0
        bound = 0.0 if late == 0 else late / fall if fall > 0 else np.inf
        return HalfLine(integral, error + bound, left)
    with np.errstate(all="ignore"):
        turning = np.exp(1j * frequencies * lags[last]) / (decay.rate[:, None] - 1j * frequencies)
        tail = np.where(decay.rate[:, None] > 0, decay.amplitude[:, None] * turning.real, np.nan)
        distrust = max(LEAST_DISTRUST, decay.disagreement / abs(float(decay.rate[0])))
    return HalfLine(integral + tail, error + distrust * np.abs(tail[0]), left)


def spline_weights(lags: Array, frequencies: Array) -> Array:
    """w with Σ_j w_j(ω) C(τ_j) = ∫ c(τ) cos ωτ dτ for the cubic spline c through C (not-a-knot); (frequency, lag).

    Each piece by a Gauss–Legendre rule of so many points that the product of a cubic and a cosine is exact to rounding.
    """
    spline = CubicSpline(lags, np.eye(len(lags)))
    widths = np.diff(lags)
    points = 10 + int(np.ceil(np.abs(frequencies).max(initial=0.0) * widths.max()))
    nodes, weights = np.polynomial.legendre.leggauss(points)
    at = (lags[:-1, None] + widths[:, None] * (nodes + 1) / 2).ravel()
    measure = (widths[:, None] * weights / 2).ravel()
    return np.asarray((np.cos(np.multiply.outer(frequencies, at)) * measure) @ spline(at))

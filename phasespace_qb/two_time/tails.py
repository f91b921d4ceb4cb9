"""How a sampled correlation decays at last, and its integrals over all lags."""

from dataclasses import dataclass

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
PARTS = (1 / 8, 1 / 4, 1 / 2)
"""Where a window is divided to see whether its rate is one: what is over soon is lost in the average of a half."""
AGREEMENT = 2.5
"""Standard errors by which the rates of the two halves of a window may differ."""
LEAST_DISTRUST = 0.1
"""Part of the correlation beyond the lags, as fitted, that is taken as its error at least."""


@dataclass(frozen=True, eq=False)
class Decay:
    """C(τ) ≈ A e^(−r(τ−τ_e)) in a late window.

    rate and amplitude: r and A, (replicate,).  first, last: lags of the window by number; τ_e is the last.
    weights: of the steps of −ln|C| within the window.  disagreement: a quarter of what the rates of its two halves
    differ by beyond one standard error, which is what the rate of the whole window is off by if the rest of faster
    decays does it; all of it where the lags end too early for that.  Where they end before 1/r, at τ_e, those
    faster decays may be hardly faster, and it is the difference with its standard error, times 2/(r τ_e).
    """

    rate: Array
    amplitude: Array
    first: int
    last: int
    weights: Array
    disagreement: float

    def of(self, lags: Array, covariance: Array) -> tuple[Array, Array]:
        """Rate and amplitude of other replicates (replicate, lag) in the same window; NaN where C changes its sign."""
        part = slice(self.first, self.last + 1)
        with np.errstate(all="ignore"):
            logs = np.log(covariance[:, part] * np.sign(self.amplitude[0]))
            rate = -np.diff(logs, axis=1) / np.diff(lags[part]) @ self.weights
        return rate, _amplitude(lags[part], logs, rate, np.sign(self.amplitude[0]))


@dataclass(frozen=True, eq=False)
class HalfLine:
    """∫₀^∞ C(τ) cos ωτ dτ, (replicate, frequency), its error of lag step and tail (frequency,), and what is unseen.

    extrapolated: part of `error` that comes from beyond the last lag that was integrated.  unseen: |C| there over its
    largest value.  left: the same at the longest lag, or of a C that rings in the last tenth, as far as it is clear of
    its error.  moved: integrals of further replicates.
    """

    integral: Array
    error: Array
    extrapolated: Array
    unseen: float
    left: float
    moved: Array | None


def asymptotic(lags: Array, covariance: Array, counts: Array) -> Decay | None:
    """Fit an exponential to the late part of a correlation (replicate, lag); None if there is nothing to fit.

    Nothing can be fitted where C rings, so that its sign changes beyond doubt: within a lobe it falls faster than its
    envelope.  Otherwise see `fitted`.
    """
    value, error = jackknife(covariance, counts)
    if not (np.isfinite(error).all() and np.isfinite(value).all()):
        return None
    signs = np.sign(value[np.abs(value) > SIGNIFICANCE / 2 * error])
    if not len(signs) or (signs != signs[0]).any():
        return None
    return fitted(lags, covariance, counts)


def fitted(lags: Array, covariance: Array, counts: Array) -> Decay | None:
    """The exponential in the last lobe of a correlation (replicate, lag); None where the lobe is too short.

    The window ends at the last lag at which |C| exceeds ten standard errors.  τ₁ is the first lag from which on the
    rates of two parts agree within 2.5 standard errors of their difference, wherever it is divided, here and at the
    next candidate; if there is none, where they disagree least.  By τ₁ faster decays have sunk into the noise; the
    window begins at 3τ₁, where they are that much smaller twice more, or in the middle if that comes first.

    The rate is the mean of the steps of −ln|C| from lag to lag, weighted by their variances: the error of a correlation
    is a walk whose steps are all but independent, so that weights of ln|C| itself would waste most of the late lags.
    """
    value, error = jackknife(covariance, counts)
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
    within = lags[earliest : last + 1]
    steps = -np.diff(logs, axis=1) / np.diff(within)
    variance = np.log(np.maximum(jackknife(steps, counts)[1], 1e-12) ** 2)
    weights = np.exp(-np.polyval(np.polyfit(within[1:], variance - variance.mean(), 1), within[1:]))

    def rate(first: int, end: int) -> Array:
        part = slice(first - earliest, end - earliest)
        return np.asarray(steps[:, part] @ (weights[part] / weights[part].sum()))

    def disagreement(start: int, part: float = 0.5) -> tuple[float, float]:
        between = start + max(1, int(part * (last - start)))
        difference, spread = jackknife(rate(between, last) - rate(start, between), counts)
        return abs(float(difference)), max(float(spread), 1e-12)

    latest = last + 1 - FEWEST_FITTED
    middle = min((earliest + last) // 2, latest)
    starts = [int(start) for start in np.unique(np.linspace(earliest, middle, WINDOWS).round())]
    parts = [[disagreement(start, part) for part in PARTS] for start in starts]
    ratio = np.array([max(difference / spread for difference, spread in each) for each in parts])
    agrees = (ratio <= AGREEMENT) & (np.append(ratio[1:], 0.0) <= AGREEMENT)
    first = starts[int(agrees.argmax() if agrees.any() else ratio.argmin())]
    start = max(first, min(3 * first, middle))
    difference, spread = disagreement(start)
    slope = rate(start, last)
    seen = float(slope[0] * lags[last])
    if not seen >= 1:
        doubt = 2 * (difference + spread) / seen if seen > 0 else np.inf
    elif 3 * first > middle or not agrees.any():
        doubt = difference
    else:
        doubt = max(0.0, difference - spread) / 4
    own = weights[start - earliest : last - earliest]
    part = slice(start - earliest, None)
    amplitude = _amplitude(within[part], logs[:, part], slope, sign)
    return Decay(slope, amplitude, start, last, own / own.sum(), doubt)


def _amplitude(lags: Array, logs: Array, rate: Array, sign: float) -> Array:
    """A of ln|C| (replicate, lag) within a window, from its last quarter."""
    late = slice(3 * (len(lags) - 1) // 4, None)
    level = (logs[:, late] + np.multiply.outer(rate, lags[late] - lags[-1])).mean(axis=1)
    return np.asarray(sign * np.exp(level))


def half_line(
    lags: Array, covariance: Array, counts: Array, frequencies: Array, moved: Array | None = None
) -> HalfLine:
    """Integrate a correlation (replicate, lag) against cos ωτ over all lags.

    A cubic spline through the lags is integrated exactly up to the last one at which C is significant, and the fitted
    exponential beyond: Re[A e^(iωτ_e)/(r − iω)].  Error: a tenth of the change with every second lag (the spline is of
    fourth order), and of what lies beyond the lags a tenth, or as much as the halves of the fit disagree.  Where no
    exponential can be fitted, or one that grows in any replicate, all lags are integrated, nothing is added, and the
    error is the integral of the envelope beyond (see `envelope`); NaN where that does not fall.

    moved: further replicates, which are integrated in the same way, (replicate, lag) -> (replicate, frequency).
    """
    decay = asymptotic(lags, covariance, counts)
    if decay is not None and not (decay.rate > 0).all():
        decay = None
    last = len(lags) - 1 if decay is None else max(decay.last, 4)
    part = slice(0, last + 1)
    weights = spline_weights(lags[part], frequencies)

    def integrated(of: Array) -> Array:
        seen = of[:, part] @ weights.T
        return np.asarray(seen if decay is None else seen + _tail(*decay.of(lags, of), lags[last], frequencies))

    integral = integrated(covariance)
    every_second = np.unique([*range(last, -1, -2), 0])
    coarse = covariance[:1, every_second] @ spline_weights(lags[every_second], frequencies).T
    fine = covariance[:1, part] @ weights.T
    # As a function of ω the change passes through zero; its largest value counts everywhere.
    error = np.full(len(frequencies), np.abs(fine[0] - coarse[0]).max(initial=0.0) / 10)
    value, spread = jackknife(covariance, counts)
    end = slice(-1 if decay else -max(2, len(lags) // 10), None)
    clear = np.maximum(np.abs(value) - 3 * np.nan_to_num(spread), 0.0)[end].max()
    largest = float(np.abs(covariance[0]).max())
    unseen, left = (float(size / largest) if largest > 0 else 0.0 for size in (np.abs(covariance[0, last]), clear))
    if decay is None:
        beyond = np.full(len(frequencies), envelope(lags, covariance[0]))
    else:
        tail = _tail(decay.rate[:1], decay.amplitude[:1], lags[last], frequencies)[0]
        beyond = max(LEAST_DISTRUST, decay.disagreement / float(decay.rate[0])) * np.abs(tail)
    if np.isinf(beyond).any():
        integral = np.full_like(integral, np.nan)  # there is none
    shifted = None if moved is None else integrated(moved)
    return HalfLine(integral, error + beyond, beyond, unseen, left, shifted)


def _tail(rate: Array, amplitude: Array, end: float, frequencies: Array) -> Array:
    """∫_τe^∞ A e^(−r(τ−τ_e)) cos ωτ dτ, (replicate, frequency)."""
    with np.errstate(all="ignore"):
        turning = np.exp(1j * frequencies * end) / (rate[:, None] - 1j * frequencies)
    return np.asarray(np.where(rate[:, None] > 0, amplitude[:, None] * turning.real, np.nan))


def envelope(lags: Array, value: Array) -> float:
    """∫ beyond the lags of an exponential that falls as |C| does from its largest value to that of the last third.

    A third of the lags, because a ringing C is small near its zeros.  ∞ for one that does not fall, and for NaN.
    """
    size = np.abs(value)
    late = lags >= 2 / 3 * lags[-1]
    largest, level = float(size.max()), float(size[late].max())
    if level == 0:
        return 0.0
    apart = float(lags[late][size[late].argmax()] - lags[size.argmax()])
    if not 0 < level < largest or not apart > 0:
        return np.inf
    fall = np.log(largest / level) / apart
    return float(level * np.exp(-fall * (lags[-1] - lags[late][size[late].argmax()])) / fall)


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

"""The zero of η along one row of points, as their g⁽²⁾ tells it, and how far everything can move it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.threshold.universal import COHERENCE_AT_THRESHOLD, PHOTONS_AT_THRESHOLD, coherence

Array = NDArray[np.float64]

WINDOW = 1.0
"""Points with |η| below it, as g⁽²⁾ says it, take part in the fit; farther ones where there are fewer than three."""
FEWEST = 3
PARABOLA = 5
"""Points from which on the fit is a parabola, one less without noise: at finite g, η as g⁽²⁾ says it bends by g η²."""
SHIFT = 1.5
"""Bound on how far, over g, the crossing is from η = 0: ½ for a mode with two-photon loss alone, larger where the fast
mode behind that loss is hardly faster than the mode itself."""
SURE = 5.0
"""Standard errors beyond which a point is not surer to be on its side."""
_ETA = np.linspace(-3.0, 3.0, 2401)
_COHERENCE = coherence(_ETA)
_SLOPE = np.gradient(_COHERENCE, _ETA)


class Row(NamedTuple):
    """Crossing along one row of points: value, errors, width, number of points, λ there, and dλ/dparameter."""

    value: float
    stderr: float
    step: float
    cutoff: float
    estimator: float
    width: float
    width_stderr: float
    ratio: float
    slope: float
    used: float


TOO_FAR = -1
"""In place of the number of points: there is a crossing, and there are too few points beside it."""
_NOTHING = Row(np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, 0)


def located(
    where: Array, g2: Array, n: Array, ratio: Array, stderr: Array, *bounds: Array, correlated: bool = False
) -> NDArray[np.float64]:
    """The numbers of `Row`; bounds: in the order of BOUNDS.  correlated: whether sampling errors may be, in any way."""
    order = np.argsort(where)
    valid = np.isfinite(g2) & np.isfinite(stderr) & (g2 > _COHERENCE[-1]) & (g2 < _COHERENCE[0])
    above = g2 > COHERENCE_AT_THRESHOLD
    known = order[(np.isfinite(g2) & np.isfinite(stderr))[order]]
    turns = np.flatnonzero(np.diff(above[known]))
    if not turns.size:
        return np.array(_NOTHING)
    eta = np.interp(-g2, -_COHERENCE, _ETA)
    turn = _turn(turns, g2[known] - COHERENCE_AT_THRESHOLD, stderr[known])
    chosen = _around(known, turn, valid, eta)
    if len(chosen) < FEWEST:
        return np.array(_NOTHING._replace(used=TOO_FAR))
    x, y = where[chosen], eta[chosen]
    to_eta = 1 / np.abs(np.interp(y, _ETA, _SLOPE))
    noise = stderr[chosen] * to_eta
    weight = np.where(noise > 0, noise, 1.0) if (noise > 0).all() else np.ones_like(noise)
    degree = 2 if len(chosen) >= (PARABOLA if noise.any() else PARABOLA - 1) else 1
    value, slopes, steepness, of_steepness = _crossing(x, y, weight, degree)
    if degree == 2 and not _inside(value, x):  # noise can lift a parabola off the axis
        degree = 1
        value, slopes, steepness, of_steepness = _crossing(x, y, weight, degree)
    other, of_other, _, _ = _crossing(x, y, weight, degree + 1)
    if not _inside(value, x):
        return np.array(_NOTHING._replace(used=TOO_FAR))
    step, cutoff, estimator = (float(np.abs(slopes) @ (each[chosen] * to_eta)) for each in bounds)
    bend = (other - value) ** 2 - float(np.sum((of_other * noise) ** 2))
    n_there = np.exp(np.interp(value, np.sort(x), np.log(n[chosen])[np.argsort(x)]))
    shift = SHIFT * PHOTONS_AT_THRESHOLD / n_there / abs(steepness)
    estimator += float(np.sqrt(max(np.nan_to_num(bend, nan=np.ptp(x) ** 2), 0.0)) + shift)
    there, per_unit = (np.nan, np.nan) if np.isnan(ratio).any() else _line(x, ratio[chosen], value)
    return np.array(
        Row(
            value=value,
            stderr=together(slopes * noise, correlated),
            step=step,
            cutoff=cutoff,
            estimator=estimator,
            width=1 / abs(steepness),
            width_stderr=together(of_steepness * noise, correlated) / steepness**2,
            ratio=there,
            slope=per_unit,
            used=len(chosen),
        )
    )


def together(parts: Array, correlated: bool) -> float:
    """Standard error of a sum from those of its parts; their sum, which no correlation exceeds, if there may be any."""
    return float(np.abs(parts).sum() if correlated else np.sqrt(np.sum(parts**2)))


def _turn(turns: NDArray[np.intp], excess: Array, stderr: Array) -> int:
    """The turn that best parts the points into those above the value at threshold and those below.

    Each point counts by its distance in standard errors, so that far from the threshold, where g⁽²⁾ is noisy, a few
    points on the wrong side do not make a threshold.
    """
    sure = np.full(len(excess), SURE)
    counts = np.sign(excess) * np.minimum(np.divide(np.abs(excess), stderr, out=sure, where=stderr > 0), SURE)
    parted = 2 * np.cumsum(counts) - counts.sum()
    return int(turns[np.argmax(np.abs(parted[turns]))])


def _inside(value: float, x: Array) -> bool:
    """Whether a crossing is among the points, or beside them by less than their mean distance; not if it is NaN."""
    beside = np.ptp(x) / (len(x) - 1)
    return bool(x.min() - beside <= value <= x.max() + beside)


def _around(known: NDArray[np.intp], turn: int, valid: NDArray[np.bool_], eta: Array) -> NDArray[np.intp]:
    """Indices of the points of the fit: from the crossing outwards, while they count and are close enough."""
    first, last = turn, turn + 1
    inside = valid[known] & (np.abs(eta[known]) <= WINDOW)
    while first > 0 and inside[first] and inside[first - 1]:
        first -= 1
    while last < len(known) - 1 and inside[last] and inside[last + 1]:
        last += 1
    chosen = [place for place in range(first, last + 1) if valid[known[place]]]
    while 0 < len(chosen) < FEWEST:
        beside = [place for place in (chosen[0] - 1, chosen[-1] + 1) if 0 <= place < len(known) and valid[known[place]]]
        if not beside:
            break
        chosen = sorted([*chosen, min(beside, key=lambda place: abs(eta[known[place]]))])
    return known[chosen]


def _crossing(x: Array, y: Array, sigma: Array, degree: int) -> tuple[float, Array, float, Array]:
    """Zero of a weighted fit and its derivatives by y; slope of the fit there, and derivatives of a line's slope."""
    if len(x) <= degree:
        return np.nan, np.full(len(x), np.nan), np.nan, np.full(len(x), np.nan)
    centre, scale = float(x.mean()), float(np.ptp(x))
    powers = ((x - centre) / scale)[:, None] ** np.arange(degree + 1)
    solve = np.linalg.pinv(powers / sigma[:, None]) / sigma
    fit = solve @ y
    roots = np.polynomial.polynomial.polyroots(fit)
    real = roots[np.isreal(roots)].real
    if not real.size:
        return np.nan, np.full(len(x), np.nan), np.nan, np.full(len(x), np.nan)
    root = float(real[np.argmin(np.abs(real))])
    slope = float(np.polynomial.polynomial.polyval(root, np.polynomial.polynomial.polyder(fit)))
    moved = -(root ** np.arange(degree + 1)) @ solve / slope
    return centre + scale * root, scale * moved, slope / scale, solve[1] / scale


def _line(x: Array, y: Array, at: float) -> tuple[float, float]:
    """Value and slope of a line, which λ is along its parameter, or a parabola at most."""
    fit = np.polynomial.Polynomial.fit(x, y, min(2, len(x) - 1))
    return float(fit(at)), float(fit.deriv()(at))

"""Where a curve that is known at some points, with errors, is largest."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import NDArray

from phasespace_qb.results.protocols import Place

Array = NDArray[np.float64]

LOWEST = 0.8
"""Part of the largest value below which a point is too far from the top to tell about it."""
SIGNIFICANT = 6.0
"""Errors by which a curve must bend down for its top to be found; with less, chance would choose the points."""


@dataclass(frozen=True)
class Optimum:
    """Position and value of the top, their errors by suffix, and whether there is one.

    Anywhere but inside the position is NaN, the value the largest that is known, and errors of the position are NaN.
    """

    position: float
    value: float
    place: Place
    position_errors: dict[str, float] = field(default_factory=dict)
    value_errors: dict[str, float] = field(default_factory=dict)


def optimum(positions: Array, values: Array, errors: Mapping[str, Array]) -> Optimum:
    """Top of a polynomial through the points around the largest one, by least squares.

    Where values are exact, as an error of 0 or none at all says, the parabola through three points.  Where they
    scatter, a cubic through more of them, one and a half times as wide as it takes to show that the curve bends down;
    where an error among these is NaN, nobody can tell a top from scatter, and the place is unknown.  The error of the
    value is that of errors of one sign; that of the position the same on either side of the top, but with the two sides
    independent: points that share random numbers have errors that change slowly from one to the next, so that many are
    no better than one.
    `_estimator_error` includes the difference to other fits: with one more power, or through more points.

    positions, values (N,); errors: sizes by suffix, (N,); values that are not finite are passed over.
    """
    finite = np.isfinite(values)
    x, y = positions[finite], values[finite]
    sizes = {suffix: np.asarray(each, np.float64)[finite] for suffix, each in errors.items()}
    if not len(x):
        return _without(np.nan, Place.UNKNOWN, dict.fromkeys(sizes, np.nan))
    top = int(np.argmax(y))
    at_top = {suffix: float(each[top]) for suffix, each in sizes.items()}
    if len(x) < 3:
        return _without(float(y[top]), Place.UNKNOWN, at_top)
    if top in (0, len(x) - 1):
        return _without(float(y[top]), Place.FIRST if top == 0 else Place.LAST, at_top)
    total = np.sqrt(np.sum([each**2 for each in sizes.values()], axis=0)) + np.zeros(len(x))
    halves = _halves(y, top)
    enough = next((half for half in halves if _bends_down(x, y, total, top, half)), None)
    # A cubic through five points would follow their scatter.
    wide = enough if enough in (None, 1) else min(max(3, round(1.5 * enough)), halves[-1])
    half = halves[-1] if wide is None else wide
    if np.isnan(total[top - half : top + half + 1]).any():
        return _without(float(y[top]), Place.UNKNOWN, at_top)
    fit = None if wide is None else _Fit.around(x, y, top, wide, 2 if wide < 3 else 3)
    return _without(float(y[top]), Place.FLAT, at_top) if fit is None else fit.result(sizes)


def _without(value: float, place: Place, at_top: dict[str, float]) -> Optimum:
    return Optimum(np.nan, value, place, dict.fromkeys(at_top, np.nan), at_top)


def _halves(y: Array, top: int) -> list[int]:
    """Numbers of neighbours to either side that are all near enough to the top."""
    most = min(top, len(y) - 1 - top)
    near = [half for half in range(1, most + 1) if min(y[top - half], y[top + half]) >= LOWEST * y[top]]
    return near or [1]


def _bends_down(x: Array, y: Array, total: Array, top: int, half: int) -> bool:
    """Whether the second derivative of the parabola through 2·half + 1 points is negative beyond its error."""
    window = slice(top - half, top + half + 1)
    weights = np.linalg.pinv(np.vander(x[window] - x[top], 3, increasing=True))[2]
    return bool(weights @ y[window] < -SIGNIFICANT * np.sqrt(np.sum((weights * total[window]) ** 2)))


@dataclass(frozen=True)
class _Fit:
    """The top of a polynomial, how it depends on each value of a window, and how far off others are."""

    position: float
    value: float
    moves: Array
    raises: Array
    window: slice
    side: NDArray[np.bool_]
    missed: float

    @classmethod
    def around(cls, x: Array, y: Array, top: int, half: int, degree: int) -> "_Fit | None":
        """Least squares through 2·half + 1 points; None where the polynomial has no maximum among them."""
        window = slice(top - half, top + half + 1)
        unit = float(x[window][-1] - x[window][0]) / 2
        u, powers = (x[window] - x[top]) / unit, np.arange(degree + 1)
        inverse = np.linalg.pinv(np.vander(u, degree + 1, increasing=True))
        curve = Polynomial(inverse @ y[window])
        peak = _maximum(curve, 0.0, u)
        if peak is None:
            return None
        raises = peak**powers @ inverse
        slopes = (powers[1:] * peak ** powers[:-1]) @ inverse[1:]
        moves = -slopes / float(curve.deriv(2)(peak)) * unit
        missed = 0.0
        for wide, power in _others(window, len(x), degree):
            v = (x[wide] - x[top]) / unit
            other = _maximum(Polynomial.fit(v, y[wide], power).convert(), peak, v)
            missed = max(missed, unit * (1.0 if other is None else abs(other - peak)))
        return cls(float(x[top] + peak * unit), float(curve(peak)), moves, raises, window, u < peak, missed)

    def result(self, sizes: Mapping[str, Array]) -> Optimum:
        moved, raised = {}, {}
        for suffix, each in sizes.items():
            parts = np.abs(self.moves) * each[self.window]
            moved[suffix] = float(np.hypot(parts[self.side].sum(), parts[~self.side].sum()))
            raised[suffix] = float(np.abs(self.raises) @ each[self.window])
        moved["_estimator_error"] = moved.get("_estimator_error", 0.0) + self.missed
        raised.setdefault("_estimator_error", 0.0)
        return Optimum(self.position, self.value, Place.INSIDE, moved, raised)


def _others(window: slice, count: int, degree: int) -> list[tuple[slice, int]]:
    """Points and degrees of other fits, as good as the one whose error they tell."""
    if degree > 2:
        return [(window, degree + 1)]
    # Three points are a parabola and tell no more; curves of sorted populations have kinks, which no power shows.
    first, last = window.start, window.stop
    others = [(slice(first - 1, last), 3), (slice(first, last + 1), 3), (slice(first - 1, last + 1), 2)]
    return [(wide, power) for wide, power in others if wide.start >= 0 and wide.stop <= count]


def _maximum(curve: Polynomial, near: float, u: Array) -> float | None:
    """The maximum of a polynomial nearest to `near` and inside of u; None without one."""
    # Powers that are rounding put roots at infinity, and cost all digits of the others.
    roots = np.atleast_1d(curve.deriv().trim(1e-9 * np.abs(curve.coef[1:]).max()).roots())
    tops = [float(root.real) for root in roots if abs(root.imag) < 1e-9 and u[0] <= root.real <= u[-1]]
    tops = [root for root in tops if float(curve.deriv(2)(root)) < 0]
    return min(tops, key=lambda root: abs(root - near), default=None)

"""Runs as curves of a panel."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from validation.paper.choices import two_branches
from validation.paper.computing import Result
from validation.paper.intervals import reach
from validation.paper.page import Curve, Route
from validation.paper.runs import curve

Array = NDArray[np.float64]
POINTS = 101
"""Points of a curve over time, about: more cannot be seen."""


def over_time(label: str, route: Route, result: Result, name: str) -> Curve:
    """One of QUANTITIES over time, between the ends of its 95 % interval and what is known, if it was sampled."""
    times, values, errors, known = curve(result, name)
    kept = slice(None, None, max(1, (len(times) - 1) // (POINTS - 1)))
    return with_errors(label, route, times[kept], values[kept], errors[kept], known[kept])


def with_errors(
    label: str,
    route: Route,
    x: ArrayLike,
    y: ArrayLike,
    error: ArrayLike = 0.0,
    known: ArrayLike = 0.0,
    shown: Callable[[Array], Array] = np.asarray,
) -> Curve:
    """Values with a 95 % interval wherever they have a standard error; all (K,).

    shown: an increasing function, such as np.log, that values and ends of intervals are drawn through.
    """
    values, errors = np.asarray(y, dtype=np.float64), np.asarray(error, dtype=np.float64)
    away = reach(errors, np.asarray(known, dtype=np.float64))
    ends = [_tuple(shown(values + sign * away)) for sign in (-1, 1)] if errors.any() else [None, None]
    return Curve(label, route, _tuple(x), _tuple(shown(values)), *ends)


def trajectories(label: str, result: Result, name: str) -> list[Curve]:
    """A sampled run: positive-P, and the two-branch Gaussian of its moments."""
    branches = over_time(label, Route.BRANCHES, two_branches(result), name)
    return [over_time(label, Route.POSITIVE_P, result, name), branches]


def _tuple(values: ArrayLike) -> tuple[float, ...]:
    return tuple(np.asarray(values, dtype=np.float64).tolist())

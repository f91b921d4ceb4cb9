"""Least-squares fits with the uncertainties of their parameters."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import curve_fit
from scipy.stats import linregress

Array = NDArray[np.float64]


class Line(NamedTuple):
    """y = intercept + slope x, |r|, and standard errors from the scatter about the line."""

    slope: float
    intercept: float
    r: float
    slope_stderr: float
    intercept_stderr: float


class PowerLaw(NamedTuple):
    """y = factor × x^power, and the standard error of the power from the scatter about it."""

    factor: float
    power: float
    power_stderr: float


class Logistic(NamedTuple):
    """y = height / (1 + exp[−steepness (x − middle)]), the paper's Eq. (18), and standard errors of the three."""

    height: float
    steepness: float
    middle: float
    stderr: tuple[float, float, float]


def line(x: ArrayLike, y: ArrayLike) -> Line:
    """Ordinary least squares; shapes (n,), n ≥ 3."""
    found = linregress(np.asarray(x, float), np.asarray(y, float))
    numbers = (found.slope, found.intercept, abs(found.rvalue), found.stderr, found.intercept_stderr)
    return Line(*(float(number) for number in numbers))


def power_law(x: ArrayLike, y: ArrayLike, sizes: ArrayLike) -> PowerLaw:
    """Least squares weighted by 1/sizes², whatever the signs of y are; shapes (n,), n ≥ 3, x > 0."""
    given, values = np.asarray(x, float), np.asarray(y, float)
    start = (float(values @ given / (given @ given)), 1.0)
    found, covariance = curve_fit(_power_law, given, values, start, sigma=np.asarray(sizes, float))
    return PowerLaw(float(found[0]), float(found[1]), float(np.sqrt(covariance[1, 1])))


def _power_law(x: Array, factor: float, power: float) -> Array:
    return np.asarray(factor * x**power)


def logistic(x: ArrayLike, y: ArrayLike) -> Logistic:
    """Least squares from a start at half of the largest value; shapes (n,), n ≥ 4."""
    given, values = np.asarray(x, float), np.asarray(y, float)
    start = (values.max(), 5.0, float(np.interp(values.max() / 2, values, given)))
    found, covariance = curve_fit(equation_18, given, values, start)
    (height, steepness, middle), errors = found.tolist(), np.sqrt(np.diag(covariance)).tolist()
    return Logistic(height, steepness, middle, (errors[0], errors[1], errors[2]))


def equation_18(x: Array, height: float, steepness: float, middle: float) -> Array:
    """The function of `Logistic`, at any number of points (n,)."""
    return np.asarray(height / (1 + np.exp(-steepness * (x - middle))))

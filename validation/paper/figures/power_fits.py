"""The mean charging power of a run, where it is largest, and the lines through its maxima."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.work.charging import maximum_power
from validation.paper.choices import Charged, grid, two_branches
from validation.paper.computing import Result
from validation.paper.fits import line
from validation.paper.runs import curve
from validation.paper.scaling import Top, top

Array = NDArray[np.float64]
PUMPS = grid(2.2, 3.0, 0.2)
"""F_p of the curves of the paper's Fig. 6(a)."""
GRIDS = {
    "F_p = 2.2 … 3 in 0.2": PUMPS,
    "F_p = 2 … 3 in 0.2": grid(2.0, 3.0, 0.2),
    "F_p = 2 … 3 in 0.1": grid(2.0, 3.0, 0.1),
}
SLOPE = ("P_slope", "P_intercept", "P_r")


def grids(*, quick: bool) -> dict[str, list[float]]:
    """Through which F_p the paper may have fitted its line."""
    return {name: pumps for name, pumps in GRIDS.items() if not (quick and "0.1" in name)}


def highest(result: Result) -> Top:
    """Top of P: of a sampled curve as a smooth fit finds it, of any other the parabola through three saved times."""
    times, power, error, known = power_of(result)
    if error.any():
        return top(times, power, error, known)
    value, when = maximum_power(times, power)
    inside = times[0] < when < times[-1]
    return Top(when if inside else float("nan"), 0.0, 0.0, value, 0.0, 0.0, "inside" if inside else "last")


def branches_of(sample: Result) -> Result:
    """The two-branch Gaussian of a sampled run, with the errors of that: it scatters as much, and is fitted alike."""
    branches = two_branches(sample)
    return branches | {"work": branches["work"] | {name: sample["work"][name] for name in ("error", "known")}}


def power_of(result: Result) -> tuple[Array, Array, Array, Array]:
    """Times, W/t, standard errors and known bounds, t = 0 left out."""
    times, values, error, known = (each[1:] for each in curve(result, "work"))
    return times, values / times, error / times, known / times


def fit(pumps: Iterable[float], charged: Charged) -> tuple[float, ...]:
    """Slope, intercept and |r| of ln P_max against F_p."""
    every = list(pumps)
    return line(every, np.log([highest(charged(pump)).value for pump in every]))[:3]


def slope_of(pumps: Array, values: Array) -> tuple[float, ...]:
    """The same of given maxima."""
    return line(pumps, np.log(values))[:3]

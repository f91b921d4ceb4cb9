"""Where W^c and P = W/t are largest over λ and g²: which runs, the limit, and how it is approached."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from validation.paper.computing import Result, Results, Task
from validation.paper.fits import power_law
from validation.paper.intervals import reach_of_fit
from validation.paper.runs import Cutoffs, exact, sampled
from validation.paper.scaling import PAPER_NOISE, Point, Top, top_of
from validation.references.charging_limit import ChargingLimit

NARROW = 0.25
"""√Var n / n_ss below which the shift of the coherent peak is fitted."""
EARLY = 0.06
"""y at which the delay by the pump mode is measured: amplified, not yet depleted."""
DELAYED = (16.0, 64.0)
CUTOFFS: dict[tuple[float, float], Cutoffs] = {
    (1.25, 1 / 8): (28, 10),
    (1.5, 1 / 8): (36, 11),
    (2.0, 1 / 8): (48, 12),
    (1.25, PAPER_NOISE): (48, 12),
    (1.5, PAPER_NOISE): (56, 14),
    (2.0, PAPER_NOISE): (84, 16),
}
"""Converged ones, where the master equation is affordable."""


class Found(NamedTuple):
    """Both peaks at one point, by trajectories and, where affordable, by the master equation."""

    point: Point
    sampled: dict[str, Top]
    exact: dict[str, Top] | None


def points(*, quick: bool) -> list[Point]:
    """λ and g² that are tried."""
    if quick:
        return [Point(1.5, noise) for noise in (PAPER_NOISE, 1e-2, 1e-3)] + [Point(2.0, 1e-2)]
    grid = [Point(ratio, noise) for ratio in (1.25, 1.5, 2.0) for noise in (1 / 8, PAPER_NOISE, 1e-2, 1e-3, 1e-4)]
    return [Point(1.1, 1e-3), Point(1.1, 1e-4), *grid]


@lru_cache(maxsize=256)
def limit_peaks(point: Point) -> dict[str, float]:
    """Peaks of W^c and of P as g² → 0 with this pump mode; NaN where P has none in this limit."""
    limit = ChargingLimit(point.ratio, point.delay)
    try:
        power = limit.power_peak(point.noise)
    except ValueError:
        power = float("nan")
    return {"coherent": limit.coherent_peak(point.noise), "power": power}


def charging(point: Point) -> Task:
    """Positive-P around both peaks; at the paper's κ the run that the figures use."""
    if point.is_papers:
        return sampled(pump=point.pump)
    peaks, rate = limit_peaks(point), point.ratio - 1
    last = np.nanmax(list(peaks.values()))
    until = last + (4 if point.noise > 5e-3 else 2) / rate
    return point.sampled(round(float(until), 1), 121, round(0.5 * peaks["coherent"], 1))


def solved(point: Point) -> Task | None:
    """The master equation at the same point, if it is affordable."""
    cutoffs = CUTOFFS.get((point.ratio, point.noise))
    if cutoffs is None:
        return None
    if point.is_papers:
        return exact(cutoffs, pump=point.pump)
    return point.exact(cutoffs, 22.0, 221)


def early(gamma_p: float) -> Task:
    """Positive-P until amplified vacuum is about to deplete the pump, at two speeds of the pump mode."""
    point = Point(1.5, 1e-3, gamma_p)
    time = round(ChargingLimit(point.ratio, point.delay).time_of(EARLY, point.noise), 1)
    return point.sampled(time, 3, time - 1, 50_000)


def peaks_at(results: Results, point: Point, *, quick: bool) -> Found:
    """Both peaks there."""

    def tops(result: Result) -> dict[str, Top]:
        return {name: top_of(result, name) for name in ("coherent", "power")}

    task = None if quick else solved(point)
    return Found(point, tops(results[charging(point)]), None if task is None else tops(results[task]))


def narrowness(point: Point) -> float:
    """√Var n / n_ss of the steady state, linearised."""
    rate = point.ratio - 1
    return float(np.sqrt(point.noise * (point.ratio - 0.5 + rate * point.delay)) / rate)


def shift_of(found: list[Found]) -> tuple[float, float, float, int] | None:
    """Power of s = √Var n/n_ss that r × (peak of W^c − limit) goes with, its half interval, factor, and the points.

    Every point below NARROW with a measured peak counts, whatever its shift is, by its own uncertainty.
    """
    rows = []
    for each in found:
        top, rate = each.sampled["coherent"], each.point.ratio - 1
        if narrowness(each.point) < NARROW and top.exists:
            moved = top.time - limit_peaks(each.point)["coherent"]
            rows.append((narrowness(each.point), rate * moved, rate * top.reach))
    if len(rows) < 3:
        return None
    fitted = power_law(*np.array(rows).T)
    return fitted.power, reach_of_fit(fitted.power_stderr, len(rows)), fitted.factor, len(rows)

"""When to switch the drive off, measured: for W^c, W and power, held for some time, over λ and g²."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

import phasespace_qb as qb
from validation.evidence import KNOWN_ERRORS
from validation.paper.computing import Result, Task
from validation.paper.runs import QUANTITIES, Cutoffs, numbers
from validation.paper.scaling import Point, Top, top
from validation.references.charging_limit import ChargingLimit

Array = NDArray[np.float64]
KEPT = ("work", "coherent")
"""Of QUANTITIES; power is the first of them over time."""
COUNT = 15
"""Times to switch off that are tried."""


def switched(
    point: Point, holds: tuple[float, ...], cutoffs: Cutoffs | None = None, trajectories: int = 20_000
) -> Task:
    """Task: the battery switched off at COUNT times around the best ones, and left alone for each of `holds`, in 1/γ_s.

    Positive-P, or with cutoffs the master equation.  Result: `at` (N,), `holds` (H,), and for each of KEPT `value`,
    `error` and `known`, (H, N).
    """
    return Task.of(
        switch,
        20.0,
        battery=(point.pump, point.kappa, point.gamma_p),
        at=instants(point),
        holds=holds,
        cutoffs=cutoffs,
        trajectories=trajectories,
    )


def instants(point: Point) -> tuple[float, ...]:
    """COUNT multiples of one interval, from before the first peak of the limit until well after the second."""
    limit, rate = ChargingLimit(point.ratio, point.delay), point.ratio - 1
    first, last = 0.7 * limit.coherent_peak(point.noise), limit.power_peak(point.noise) + 3 / rate
    interval = round((last - first) / (COUNT - 1), 2)
    start = max(1, round(first / interval))
    return tuple(round((start + k) * interval, 6) for k in range(COUNT))


def switch(
    battery: tuple[float, float, float],
    at: tuple[float, ...],
    holds: tuple[float, ...],
    cutoffs: Cutoffs | None,
    trajectories: int,
) -> Result:
    """What the task `switched` does."""
    pump, kappa, gamma_p = battery
    method = qb.PositiveP(trajectories, rng=1) if cutoffs is None else qb.Lindblad(cutoffs, tolerance=1e-7)
    found = qb.switch_off(qb.DopoBattery(pump, kappa=kappa, gamma_p=gamma_p), at, holds, method)
    result: Result = {"at": list(at), "holds": list(holds), "verdict": found.attrs["verdict"]}
    for ours in KEPT:
        name = QUANTITIES[ours]
        value = found[name].transpose("hold", "switch_off")
        zero = np.zeros(value.shape)
        error = found[f"{name}_stderr"].transpose(*value.dims).values if f"{name}_stderr" in found else zero
        bounds = [found[name + each].transpose(*value.dims).values for each in KNOWN_ERRORS if name + each in found]
        parts = {"value": value.values, "error": error, "known": np.sum(bounds, axis=0) if bounds else zero}
        result[ours] = {key: [numbers(row, 7 if key == "value" else 3) for row in each] for key, each in parts.items()}
    return result


def held(result: Result, name: str, hold: float) -> tuple[Array, Array, Array, Array]:
    """Times of the switch, values at the end of the hold, standard errors and known bounds; `power` is W/(t + hold)."""
    part, row = result["work" if name == "power" else name], result["holds"].index(hold)
    times = np.array(result["at"])
    values, error, known = (np.array(part[key][row]) for key in ("value", "error", "known"))
    if name == "power":
        values, error, known = (each / (times + hold) for each in (values, error, known))
    return times, values, error, known


def best(result: Result, name: str, hold: float) -> Top:
    """When to switch off for the largest `coherent`, `work` or `power`."""
    return top(*held(result, name, hold))


@lru_cache(maxsize=512)
def limit_of(point: Point, name: str, hold: float) -> float:
    """The same as g² → 0; infinite for W, which only rises, NaN where there is no maximum."""
    limit = ChargingLimit(point.ratio, point.delay, hold)
    if name == "work":
        return float("inf")
    try:
        return limit.coherent_peak(point.noise) if name == "coherent" else limit.power_peak(point.noise)
    except ValueError:
        return float("nan")

"""When to switch the drive of a battery off.

The dataset of `switch_off`, over the times `switch_off` and `hold`:

- `energy`, `ergotropy`, `ergotropy_coherent`, `ergotropy_incoherent` and `charging_power`, with all their errors;
- `verdict_by_point`;
- over purpose and hold: `best_switch_off`, `best_value`, with errors, and `best_place`, which says whether there is a
  best time inside of those that were tried.
"""

import json
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import fields
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from phasespace_qb import __version__
from phasespace_qb.charging.optimum import Optimum, optimum
from phasespace_qb.charging.runs import (
    Progress,
    carried_out,
    checked_method,
    common_attributes,
    over_points,
    with_common_steps,
)
from phasespace_qb.conventions import RATE_UNIT, TIME_UNIT
from phasespace_qb.errors import refusal, require_increasing
from phasespace_qb.methods import Method
from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.results.protocols import MEANINGS, OF_SWITCHING, QUANTITIES, Place
from phasespace_qb.results.schema import SUFFIXES, VERDICTS, dataset

Array = NDArray[np.float64]

PURPOSES = ("ergotropy_coherent", "ergotropy", "charging_power")
"""What a time to switch off may be best for."""


def switch_off(
    battery: DopoBattery,
    at: ArrayLike,
    hold: ArrayLike = 0.0,
    method: Method | None = None,
    executor: Executor | None = None,
    *,
    progress: Progress | None = None,
) -> xr.Dataset:
    """What a battery is worth whose drive is switched off at `at` and which is then left alone for `hold`.

    W, W^c, W^i and E at t = at + hold, and W/t, the mean power over both; over switch_off (N,) and hold (H,).  At
    hold = 0 it is the driven battery itself.  The best time for each purpose and hold is the top of a polynomial, a
    parabola for exact values and a cubic for such that scatter (`phasespace_qb.charging.optimum`); where the largest
    value is the first or the last of those tried, the curve is flat within its errors, or these are not known,
    `best_switch_off` is NaN, `best_place` says why, and `best_value` is the largest value.  A point is trusted no more
    than the driven battery when it was switched off.
    (`maximum_power` of a single run is the largest power at hold 0, of the times that this run saved.)

    battery: of a constant drive.  at: increasing positive times; hold: increasing, not negative; units 1/γ_s.
    method, executor: as `simulate`.  All points have the same random numbers, and until they are switched off on the
    same steps where `at` are multiples of one interval: their differences are smoother than their errors.
    progress: called with the number of finished runs and of all runs.

    Shapes: at (N,), hold (H,) -> (switch_off, hold), and best times (purpose, hold): what is in
    `phasespace_qb.results.protocols.OF_SWITCHING`.
    Raises: TypeError or ValueError before any work starts, for what `simulate` refuses as well.
    """
    if not isinstance(battery, DopoBattery):
        raise TypeError(refusal("battery", "a DopoBattery", battery))
    instants = require_increasing("at", at, positive=True)
    pauses = require_increasing("hold", hold)
    chosen = checked_method(method, executor, progress)
    switched = [battery.switched_off(float(instant)) for instant in instants]
    chosen = with_common_steps(battery, instants, chosen)
    later = pauses[pauses > 0]
    count = 1 + (len(instants) if len(later) else 0)

    def tell(before: int) -> Progress | None:
        return None if progress is None else lambda done, _: progress(before + done, count)

    driven = carried_out([(battery, instants)], chosen, executor, tell(0))[0]
    runs = []
    if len(later):
        protocols = [(off, instant + later) for off, instant in zip(switched, instants, strict=True)]
        runs = carried_out(protocols, chosen, executor, tell(1))
    now = len(later) < len(pauses)
    rows = []
    for index in range(len(instants)):
        first = [driven.isel(time=index)] if now else []
        rows.append([*first, *(runs[index].isel(time=j) for j in range(len(later)))])
    values = over_points(rows, QUANTITIES)
    verdicts = np.array([[int(point["verdict_by_time"]) for point in row] for row in rows], dtype=np.int8)
    before = np.column_stack([driven["verdict_by_time"].values, verdicts])
    values |= {"verdict_by_point": np.maximum.accumulate(before, axis=1)[:, 1:]}
    values |= best_of(instants, values, PURPOSES, "best_switch_off")
    attributes = common_attributes([driven, *runs]) | {
        "model": f"{type(battery).__name__}, switched off",
        "parameters": json.dumps({f.name: repr(getattr(battery, f.name)) for f in fields(battery)}),
        "phasespace_qb_version": __version__,
    }
    labels = {"switch_off": instants, "hold": pauses, "purpose": list(PURPOSES)}
    unit = RATE_UNIT if battery.gamma_s == 1.0 else "rate unit"
    result = dataset(values, labels, attributes, unit, OF_SWITCHING)
    result["verdict_by_point"].attrs.update(flag_values=np.arange(3, dtype=np.int8), flag_meanings=" ".join(VERDICTS))
    return with_places(
        with_times(result, {"switch_off": "time at which the drive is switched off", "hold": _HOLD}, unit)
    )


_HOLD = "time since the drive was switched off"
_SYMBOLS = {"switch_off": r"t_\mathrm{off}", "hold": r"t_\mathrm{hold}", "charge": r"t_\mathrm{charge}"}


def best_of(positions: Array, values: Mapping[str, Array], purposes: tuple[str, ...], name: str) -> dict[str, Any]:
    """Best position and value of each purpose, (P, H) or (P,), with errors; `values` (N, H) or (N,) by name."""
    columns = {key: each.reshape(len(positions), -1) for key, each in values.items()}
    shape = (len(purposes), *values[purposes[0]].shape[1:])
    tops = []
    for purpose in purposes:
        known = {s: columns[f"{purpose}{s}"] for s in SUFFIXES if f"{purpose}{s}" in columns}
        for column in range(columns[purpose].shape[1]):
            errors = {s: each[:, column] for s, each in known.items()}
            tops.append(optimum(positions, columns[purpose][:, column], errors))
    result: dict[str, Any] = {
        name: np.reshape([top.position for top in tops], shape),
        "best_value": np.reshape([top.value for top in tops], shape),
        "best_place": np.reshape([int(top.place) for top in tops], shape).astype(np.int8),
    }
    for suffix in SUFFIXES:
        if any(suffix in top.value_errors for top in tops):
            result[f"{name}{suffix}"] = np.reshape([_error_of(top, suffix) for top in tops], shape)
            result[f"best_value{suffix}"] = np.reshape([top.value_errors.get(suffix, 0.0) for top in tops], shape)
    return result


def _error_of(top: Optimum, suffix: str) -> float:
    """Error of a position; of one that is not known, it is not known either."""
    return top.position_errors.get(suffix, 0.0 if top.place is Place.INSIDE else np.nan)


def with_places(result: xr.Dataset) -> xr.Dataset:
    """Say what the numbers of `best_place` mean."""
    flags = np.arange(len(MEANINGS), dtype=np.int8)
    result["best_place"].attrs.update(flag_values=flags, flag_meanings=" ".join(MEANINGS))
    return result


def with_times(result: xr.Dataset, meanings: Mapping[str, str], unit: str) -> xr.Dataset:
    """Units, meaning and symbol of coordinates that are times."""
    for name, meaning in meanings.items():
        own = _SYMBOLS[name]
        symbol = rf"$\gamma_s {own}$" if unit == RATE_UNIT else f"${own}$ / {TIME_UNIT.replace(RATE_UNIT, unit)}"
        result[name].attrs.update(units=TIME_UNIT.replace(RATE_UNIT, unit), long_name=meaning, symbol=symbol)
    return result

"""How long to charge a battery that feeds a load again and again.

The dataset of `charging_cycles`, over the time `charge`: `delivered_ergotropy` and `delivered_energy`, the load's gain
in a cycle, `discharge_time`, `duration`, `cycle_rate`, `delivered_power`, `energy_drawn`, `cycle_efficiency` and the
`ergotropy` of the battery when the load is coupled, each with all errors that are known; and over purpose
`best_charge`, `best_value` with errors, and `best_place`.
"""

import json
from concurrent.futures import Executor
from dataclasses import fields
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from phasespace_qb import __version__
from phasespace_qb.charging.balance import energy_balance
from phasespace_qb.charging.runs import (
    KEPT,
    Progress,
    carried_out,
    checked_method,
    common_attributes,
    with_common_steps,
)
from phasespace_qb.charging.switching import best_of, with_places, with_times
from phasespace_qb.conventions import RATE_UNIT
from phasespace_qb.discharging.protocol import discharge
from phasespace_qb.errors import refusal, require_increasing, require_real
from phasespace_qb.methods import Method
from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.results.protocols import OF_CYCLES
from phasespace_qb.results.schema import SUFFIXES, VERDICTS, dataset

Array = NDArray[np.float64]

PURPOSES = ("delivered_power", "cycle_efficiency", "delivered_ergotropy")
"""What a charge time may be best for."""
FILLING, SINCE = 6, 120
"""Lifetimes of the driven field in which it fills, and save times for the rest of the charging."""


def charging_cycles(
    battery: DopoBattery,
    charge: ArrayLike,
    hold: float = 0.0,
    *,
    coupling: float = 10.0,
    gamma_a: float = 1.0,
    detuning: float = 0.0,
    method: Method | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Charge, hold with the drive off, discharge into a two-level load until its first maximum of η_a; and again.

    T = charge + hold + t_a with the time t_a of the maximum; η_a^max/T is the power delivered, η_a^max/E_drawn the
    efficiency of a cycle, with E_drawn as in `energy_balance` and ω_a = ω_s.  Best times as in `switch_off`.

    A two-level load takes one quantum at most, whatever the battery holds: beyond a few quanta, longer charging buys
    next to nothing, and the efficiency of a large battery is low for this reason alone.  Each cycle begins in vacuum
    and with a fresh load; what is left in the battery counts as lost, and time to empty it is not counted.  A load
    that is never inverted has `delivered_ergotropy` 0 and no duration.

    charge: increasing positive times; hold: how long, not negative; units 1/γ_s.  coupling (g_a), gamma_a (γ_a),
    detuning (ω_a − ω_s): as `discharge`.  method, executor: as `simulate`; one run serves all charge times if there is
    no hold.  progress: called with the number of finished runs and discharges, and of all.

    Shapes: charge (N,) -> over charge (N,), and best times over purpose (3,): what is in
    `phasespace_qb.results.protocols.OF_CYCLES`.
    Raises: TypeError or ValueError before any work starts, for what `simulate` and `discharge` refuse as well.
    Source: own definition of the cycle; the paper's Eqs. (19)–(24) for its discharge.
    """
    if not isinstance(battery, DopoBattery):
        raise TypeError(refusal("battery", "a DopoBattery", battery))
    times = require_increasing("charge", charge, positive=True)
    pause = require_real("hold", hold, "a finite time, not negative (units of 1/gamma_s)", lambda t: t >= 0)
    require_real("coupling", coupling, "a finite positive rate", lambda g: g > 0)
    require_real("gamma_a", gamma_a, "a finite rate that is not negative", lambda g: g >= 0)
    require_real("detuning", detuning, "a finite real rate")
    switched = [battery.switched_off(float(instant)) for instant in times]
    chosen = checked_method(method, executor, progress)
    count = 1 + len(times) * (2 if pause else 1)

    def tell(before: int) -> Progress | None:
        return None if progress is None else lambda done, _: progress(before + done, count)

    saved = save_times_of(battery, times)
    driven = carried_out([(battery, saved)], chosen, executor, tell(0))[0]
    sources = [driven.sel(time=[instant]) for instant in times]
    if pause:
        protocols = [(off, np.array([instant + pause])) for off, instant in zip(switched, times, strict=True)]
        sources = carried_out(protocols, with_common_steps(battery, times, chosen), executor, tell(1))
    found = []
    for source in sources:
        found.append(discharge(source, coupling=coupling, gamma_a=gamma_a, detuning=detuning))
        if progress is not None:
            progress(count - len(times) + len(found), count)
    whole = energy_balance(battery, driven)
    balance = whole.sel(time=times)
    values = _of_cycles(times + pause, found, balance)
    # Of the driven run is the energy drawn, and of its end every held one.
    values["verdict_by_point"] = np.maximum(values["verdict_by_point"], balance["verdict_by_time"].values)
    values |= best_of(times, values, PURPOSES, "best_charge")
    attributes = common_attributes([whole, *found]) | {
        name: driven.attrs[name] for name in KEPT if name in driven.attrs
    }
    attributes |= {
        "model": f"{type(battery).__name__}, cycles into a two-level load",
        "parameters": json.dumps({f.name: repr(getattr(battery, f.name)) for f in fields(battery)}),
        "phasespace_qb_version": __version__,
        **{"hold": pause, "coupling": float(coupling), "gamma_a": float(gamma_a), "detuning": float(detuning)},
    }
    unit = RATE_UNIT if battery.gamma_s == 1.0 else "rate unit"
    result = dataset(values, {"charge": times, "purpose": list(PURPOSES)}, attributes, unit, OF_CYCLES)
    result["verdict_by_point"].attrs.update(flag_values=np.arange(3, dtype=np.int8), flag_meanings=" ".join(VERDICTS))
    return with_places(with_times(result, {"charge": "time for which the battery is charged"}, unit))


def save_times_of(battery: DopoBattery, times: Array) -> Array:
    """Times from 0 to the last of `times` (N,) that hold all of them and follow the driven field while it fills."""
    last = float(times[-1])
    lifetime = 2 / battery.losses[battery.driven_mode]
    filled = min(FILLING * lifetime, last)
    filling, since = np.linspace(0.0, filled, 4 * FILLING + 1), np.linspace(filled, last, SINCE + 1)[1:]
    grid = np.unique(np.concatenate([filling, since]))
    grid = grid[grid < last]
    # Not beside a time that is wanted anyway.
    apart = np.abs(grid[:, None] - times).min(axis=1) > 0.3 * np.gradient(grid)
    return np.union1d(np.concatenate([[0.0], grid[apart]]), times)


def _of_cycles(before: Array, found: list[xr.Dataset], balance: xr.Dataset) -> dict[str, Any]:
    """All quantities of the cycles and their errors; before: time until the load is coupled, (N,)."""

    def of(name: str) -> Array:
        return np.array([float(run[name]) if name in run else 0.0 for run in found])

    eta, taken, drawn = of("load_ergotropy_maximum"), of("load_ergotropy_maximum_time"), balance["energy_drawn"].values
    duration = before + taken
    with np.errstate(invalid="ignore"):
        # No inversion takes no time, but no work either.
        power = np.where(eta == 0, 0.0, eta / duration)
    values: dict[str, Any] = {
        "delivered_ergotropy": eta,
        "delivered_energy": np.array([_at_maximum(run, "load_excitation") for run in found]),
        "discharge_time": taken,
        "duration": duration,
        "cycle_rate": 1 / duration,
        "delivered_power": power,
        "energy_drawn": drawn,
        "cycle_efficiency": eta / drawn,
        "ergotropy": np.array([float(run["ergotropy"][0]) for run in found]),
        "verdict_by_point": np.array([VERDICTS.index(run.attrs["verdict"]) for run in found], dtype=np.int8),
    }
    for suffix in SUFFIXES:
        if not any(f"load_ergotropy_maximum{suffix}" in run for run in found):
            continue
        high, late = of(f"load_ergotropy_maximum{suffix}"), of(f"load_ergotropy_maximum_time{suffix}")
        late = np.where(np.isnan(taken), np.nan, late)
        much = balance[f"energy_drawn{suffix}"].values if f"energy_drawn{suffix}" in balance else np.zeros_like(drawn)
        with np.errstate(invalid="ignore"):
            errors = {
                "delivered_ergotropy": high,
                "delivered_energy": np.array([_at_maximum(run, f"load_excitation{suffix}") for run in found]),
                "discharge_time": late,
                "duration": late,
                "cycle_rate": late / duration**2,
                "delivered_power": np.where(eta == 0, high / before, high / duration + power * late / duration),
                "energy_drawn": much,
                "cycle_efficiency": high / drawn + eta * much / drawn**2,
                "ergotropy": np.array([float(run.get(f"ergotropy{suffix}", run["time"] * 0)[0]) for run in found]),
            }
        if f"energy_drawn{suffix}" not in balance:
            del errors["energy_drawn"]
        values |= {f"{name}{suffix}": error for name, error in errors.items()}
    return values


def _at_maximum(run: xr.Dataset, name: str) -> float:
    """Value of a variable of a discharge at the first maximum of η_a; NaN without one, 0 for an error that it lacks."""
    instant = float(run["load_ergotropy_maximum_time"])
    if np.isnan(instant) or name not in run:
        return np.nan if name in run else 0.0
    return float(np.interp(instant, run["time"].values, run[name].values))

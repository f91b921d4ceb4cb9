"""From a charged battery to a load: its discharge, and whole cycles."""

import json
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from phasespace_qb import __version__
from phasespace_qb.discharging import jaynes_cummings as exact
from phasespace_qb.discharging.disconnection import WORK, Disconnected, disconnected
from phasespace_qb.discharging.response import load_response
from phasespace_qb.errors import refusal, require_count, require_real
from phasespace_qb.methods import Method, PositiveP
from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.outcome import Finding, Verdict
from phasespace_qb.results.schema import dataset
from phasespace_qb.simulation import attributes_of_verdict, save_times, simulate
from phasespace_qb.states.density_matrix import DensityMatrix
from phasespace_qb.work.extraction import extractable_work

Array = NDArray[np.float64]

PERIODS = 3
"""First Rabi periods that are followed unless times are given."""
SAMPLES = 401
MOST_SAMPLES = 20_000
LIFETIMES = 20
"""After so many of the slowest loss a battery and its load are empty."""
LONGEST = 1_000_000
"""Longest time that is followed, over the shortest of all in the dynamics: some minutes."""


class Cycle(NamedTuple):
    """Charging and holding, as one result over time from 0, and the discharge after it, over time since then."""

    charging: xr.Dataset
    discharging: xr.Dataset


class _Load(NamedTuple):
    """g_a, γ_s', γ_a and ω_a − ω_s."""

    coupling: float
    gamma_s: float
    gamma_a: float
    detuning: float


def discharge(
    source: xr.Dataset | DensityMatrix,
    times: ArrayLike | None = None,
    *,
    coupling: float = 10.0,
    at: float | None = None,
    gamma_s: float | None = None,
    gamma_a: float = 1.0,
    detuning: float = 0.0,
) -> xr.Dataset:
    """Couple a two-level load to a charged battery and follow what either of them is worth.

    η_s = W_s/ω_s is the variable `ergotropy`, η_a = W_a/ω_a the variable `load_ergotropy`; see
    `phasespace_qb.discharging.jaynes_cummings` for the equations.

    source: a result of `simulate` – the exact density matrix where it has one, otherwise the Gaussian, or the two
    branches, that have its moments – or a density matrix of one state.  The excitation of the load depends on the
    number distribution alone; where that was sampled, no shape of the state is assumed for it.
    at: which of the source's times, the last unless given.
    times: since then, from three first Rabi periods, or 20 of the longest lifetime, unless given.  coupling (g_a),
    gamma_s (γ_s'), gamma_a (γ_a) and detuning (ω_a − ω_s) in one unit of rate; times in its inverse.
    gamma_s: the loss of the battery while it discharges, unless given that of the DopoBattery that was charged; 1.0
    where the source does not say (an OpenSystem, a density matrix).  The attribute `gamma_s_from` tells which.
    Errors: `_step_error` of the propagation, and what the source says of its own errors.  Those of the number
    distribution are carried to the load exactly; those of its moments where there is no more (`Disconnected`).
    Shapes: times (T,) -> by the schema over time (T,).  Units: ħω_s of the battery, ħω_a of the load.
    Raises: TypeError or ValueError for anything else, and for a battery with more than 400 levels.
    Source: the paper's Eqs. (19)–(24).
    """
    load = _load(coupling, 0.0 if gamma_s is None else gamma_s, gamma_a, detuning)
    chosen = None if times is None else save_times(times)
    found = disconnected(source, at)
    load = load._replace(gamma_s=loss_of(found, gamma_s))
    if chosen is None:
        chosen = rabi_times(found.numbers, [load.coupling], losses=(load.gamma_s, load.gamma_a))
    _require_duration(chosen, load, found.state.cutoff)
    run = exact.discharge(found.state, chosen, *load)
    response = load_response(len(found.numbers), chosen, *load)
    excitation = response @ found.numbers
    eta = exact.qubit_ergotropy(excitation, run.coherence)
    errors = {"_step_error": 2 * run.error}
    for suffix, size in found.errors_of(response).items():
        errors[suffix] = errors.get(suffix, 0.0) + size
    values: dict[str, Any] = {"load_excitation": excitation, "load_ergotropy": eta}
    for suffix, size in errors.items():
        values[f"load_excitation{suffix}"] = size
        values[f"load_ergotropy{suffix}"] = _error_of_ergotropy(excitation, run.coherence, size, found.has_parity)
    values |= _battery(run, found) | _maximum(chosen, values, errors, response, found)
    findings = list(found.findings)
    if np.isnan(values["load_ergotropy_maximum"]):  # not 0 either: the curve may rise after the last time
        findings.append(Finding(Verdict.DOUBT, "the load's ergotropy has no maximum within these times."))
    limit = {}
    if load.detuning == 0 and found.has_parity:
        limit["strong_coupling_limit"] = exact.strong_coupling_limit(found.numbers)
    attributes = attributes_of_verdict(findings) | {
        "method": f"discharge from {found.method}",
        "model": "two-level load",
        "parameters": json.dumps({name: repr(value) for name, value in load._asdict().items()}),
        "phasespace_qb_version": __version__,
        **load._asdict(),
        "gamma_s_from": "given" if gamma_s is not None else "assumed" if found.own_loss is None else "source",
        **limit,
        **found.attributes,
    }
    return dataset(values, {"time": chosen}, attributes, found.rate_unit)


def cycle(
    battery: DopoBattery,
    *,
    charge: float = 10.0,
    hold: float = 0.0,
    times: ArrayLike | None = None,
    coupling: float = 10.0,
    gamma_a: float = 1.0,
    detuning: float = 0.0,
    method: Method | None = None,
    samples: int = 201,
) -> Cycle:
    """Charge from vacuum, hold with the pump off, and discharge into a two-level load, as one protocol.

    charge, hold: how long, units 1/γ_s.  times: since the load is coupled; see `discharge`.  method: how the battery
    is simulated, PositiveP() unless given.  samples: save times until the load is coupled.  coupling, gamma_a: as
    `discharge`.  The battery keeps its own loss rate while it discharges; `detuning` is the load's.

    Shapes: times (T,) -> Cycle(charging over time (samples,), discharging over time (T,)), both by the schema.
    Raises: TypeError or ValueError as `simulate` and `discharge`, and for a battery whose pump depends on time already.
    """
    length = require_real("charge", charge, "a finite positive time (units of 1/gamma_s)", lambda t: t > 0)
    pause = require_real("hold", hold, "a finite time, not negative (units of 1/gamma_s)", lambda t: t >= 0)
    if not isinstance(battery, DopoBattery):
        raise TypeError(refusal("battery", "a DopoBattery", battery))
    load = _load(coupling, battery.gamma_s, gamma_a, detuning)
    chosen = None if times is None else save_times(times)
    count = require_count("samples", samples, at_least=2, at_most=100_000)
    switched = battery.switched_off(length)
    before = np.linspace(0.0, length + pause, count)
    charging = simulate(switched if pause else battery, before, PositiveP() if method is None else method)
    rates = load._asdict() | {"gamma_s": None}  # the result knows it
    return Cycle(charging, discharge(charging, chosen, **rates))


def loss_of(found: Disconnected, given: float | None) -> float:
    """γ_s': as given, else the battery's own, else 1.0."""
    if given is not None:
        return float(given)
    return 1.0 if found.own_loss is None else found.own_loss


def rabi_times(
    numbers: Array, couplings: list[float], periods: float = PERIODS, losses: tuple[float, ...] = ()
) -> Array:
    """Times from 0 that show the first Rabi periods of the weakest coupling and resolve the strongest.

    losses: decay rates γ; nothing is left to be shown after 20 lifetimes of the slowest one that acts.
    Raises: ValueError for couplings so different that their times would be too many.
    """
    mean = max(float(numbers @ np.arange(len(numbers))), 0.1)
    period = np.pi / np.sqrt(mean + 1) / np.array(couplings)
    slowest = min((rate for rate in losses if rate > 0), default=0.0)
    end, faded = periods * float(period.max()), LIFETIMES / slowest if slowest else np.inf
    count = (SAMPLES - 1) / PERIODS * min(end, faded) / float(period.min())
    if count > 10 * MOST_SAMPLES:
        must_be = f"rates that {MOST_SAMPLES:,} times can show together"
        raise ValueError(refusal("coupling", must_be, couplings, "Give `times`, or discharge into each by itself."))
    if faded < end:
        count = max(count, SAMPLES - 1)
    return np.linspace(0.0, min(end, faded), round(min(count, MOST_SAMPLES)) + 1)


def _require_duration(times: Array, load: _Load, levels: int) -> None:
    fastest = 2 * load.coupling * np.sqrt(levels) + abs(load.detuning) + load.gamma_a + load.gamma_s * levels
    if times[-1] * fastest > LONGEST:
        must_be = f"at most {LONGEST / fastest:.3g} with these rates, for the discharge to be followed in minutes"
        raise ValueError(refusal("times", must_be, float(times[-1]), "Give times that end earlier."))


def _load(coupling: float, gamma_s: float, gamma_a: float, detuning: float) -> _Load:
    return _Load(
        require_real("coupling", coupling, "a finite positive rate", lambda g: g > 0),
        require_real("gamma_s", gamma_s, "a finite rate that is not negative", lambda g: g >= 0),
        require_real("gamma_a", gamma_a, "a finite rate that is not negative", lambda g: g >= 0),
        require_real("detuning", detuning, "a finite real rate"),
    )


def _error_of_ergotropy(excitation: Array, coherence: NDArray[Any], size: Array, parity: bool) -> Array:
    """By how much η_a may change if P_e is off by `size`, and |ρ_eg| as well unless parity forbids it."""
    length, moved = np.abs(coherence), np.zeros_like(size) if parity else size
    eta = exact.qubit_ergotropy(excitation, length)
    above = exact.qubit_ergotropy(excitation + size, length + moved)
    below = exact.qubit_ergotropy(excitation - size, np.maximum(length - moved, 0.0))
    return np.maximum(above - eta, eta - below)


def _battery(run: exact.Discharge, found: Disconnected) -> dict[str, Any]:
    """Work values of the battery with the errors that they had when it was disconnected.

    Where the state was reconstructed, its work may differ from what the source knew: an error of the estimator.
    """
    start = dict(zip(WORK, (getattr(extractable_work(found.state), n) for n in _PARTS), strict=True))
    curves = dict(zip(WORK, (run.energy, run.ergotropy, run.coherent, run.incoherent), strict=True))
    values: dict[str, Any] = dict(curves)
    for name, curve in curves.items():
        errors = {"_step_error": run.error * (found.state.cutoff - 1)}
        for suffix, size in found.work_errors.get(name, {}).items():
            errors[suffix] = errors.get(suffix, 0.0) + np.full(len(curve), size)
        if found.method != "a density matrix":
            missed = abs(float(start[name]) - found.attributes[f"charging_{name}"])
            if missed > 1e-6:
                errors["_estimator_error"] = errors.get("_estimator_error", 0.0) + np.full(len(curve), missed)
        values |= {f"{name}{suffix}": size for suffix, size in errors.items()}
    return values


_PARTS = ("energy", "ergotropy", "coherent", "incoherent")


def _maximum(
    times: Array, values: dict[str, Any], errors: dict[str, Array], response: Array, found: Disconnected
) -> dict[str, Any]:
    """First maximum of η_a and its time, with errors: δη at that time, and δt = δη̇/|η̈|.

    0, at no time, where a load is never inverted although its excitation has passed a maximum; NaN where times are
    too few to tell.
    """
    eta, excitation = values["load_ergotropy"], values["load_excitation"]
    when, height = exact.first_maximum(times, eta)
    past = len(times) > 2 and excitation[-1] < max(excitation.max(), exact.NOTHING)
    if past and eta.max() <= exact.NOTHING:
        largest = {f"load_ergotropy_maximum{suffix}": values[f"load_ergotropy{suffix}"].max() for suffix in errors}
        empty = {"load_ergotropy_maximum": 0.0, "load_ergotropy_maximum_time": np.nan}
        return {name: np.asarray(value) for name, value in (empty | largest).items()}
    result = {"load_ergotropy_maximum": np.asarray(height), "load_ergotropy_maximum_time": np.asarray(when)}
    top = 0 if np.isnan(when) else int(np.argmin(np.abs(times[1:-1] - when))) + 1
    lost = np.nan if np.isnan(when) else 1.0
    for suffix in errors:
        size = lost * np.interp(0.0 if np.isnan(when) else when, times, values[f"load_ergotropy{suffix}"])
        result[f"load_ergotropy_maximum{suffix}"] = np.asarray(size)
    if top:
        before, after = times[top] - times[top - 1], times[top + 1] - times[top]
        rise, fall = (eta[top] - eta[top - 1]) / before, (eta[top] - eta[top + 1]) / after
        curvature = (rise + fall) / (0.5 * (before + after))
        slope = (response[[top + 1]] - response[[top - 1]]) / (before + after)
        for suffix, size in found.errors_of(slope).items():
            result[f"load_ergotropy_maximum_time{suffix}"] = np.asarray(2 * float(size[0]) / curvature)
    return result

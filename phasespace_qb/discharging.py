"""From a charged battery to a load: the state at the moment of disconnection, its discharge, and whole cycles."""

import json
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from phasespace_qb import __version__
from phasespace_qb.conventions import RATE_UNIT
from phasespace_qb.errors import refusal, require_real
from phasespace_qb.lindblad import discharge as exact
from phasespace_qb.methods import Method, PositiveP
from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.outcome import Finding, Verdict
from phasespace_qb.results.schema import dataset
from phasespace_qb.simulation import attributes_of_verdict, save_times, simulate
from phasespace_qb.states.branches import TwoBranchState
from phasespace_qb.states.density_matrix import DensityMatrix
from phasespace_qb.states.gaussian import GaussianState

Array = NDArray[np.float64]

MOST_LEVELS = 400
"""Number states of a battery that can be discharged: its density matrix with the load is followed as a whole."""
LEFT_OUT = 1e-8
"""Population that the levels kept of a reconstructed state may miss."""
SAMPLES = 401


class Cycle(NamedTuple):
    """Charging and holding, as one result over time from 0, and the discharge after it, over time since then."""

    charging: xr.Dataset
    discharging: xr.Dataset


def discharge(
    source: xr.Dataset | DensityMatrix,
    times: ArrayLike | None = None,
    *,
    coupling: float = 10.0,
    at: float | None = None,
    gamma_s: float = 1.0,
    gamma_a: float = 1.0,
    detuning: float = 0.0,
) -> xr.Dataset:
    """Couple a two-level load to a charged battery and follow what either of them is worth.

    η_s = W_s/ω_s is the variable `ergotropy`, η_a = W_a/ω_a the variable `load_ergotropy`; see
    `phasespace_qb.lindblad.discharge` for the equations.

    source: a result of `simulate` – the exact density matrix where it has one, otherwise the Gaussian, or the two
    branches, that have its moments – or a density matrix of one state.  Without odd coherences (conserved parity) the
    load depends on the number distribution alone; where that was sampled, no shape of the state is assumed for it.
    at: which of the source's times, the last unless given.
    times: since then, from three first Rabi periods unless given.  coupling (g_a), gamma_s (γ_s'), gamma_a (γ_a) and
    detuning (ω_a − ω_s) in one unit of rate; times in its inverse.
    Errors: `_step_error` of the propagation; of the load's quantities also what the source knows of its own state:
    half of Σ|δp_n| bounds the change of P_e by errors δp_n of the number distribution.
    Raises: TypeError or ValueError for anything else, and for a battery with more than 400 levels.
    Source: the paper's Eqs. (19)–(24).
    """
    rates = {
        "coupling": require_real("coupling", coupling, "a finite positive rate", lambda g: g > 0),
        "gamma_s": require_real("gamma_s", gamma_s, "a finite rate that is not negative", lambda g: g >= 0),
        "gamma_a": require_real("gamma_a", gamma_a, "a finite rate that is not negative", lambda g: g >= 0),
        "detuning": require_real("detuning", detuning, "a finite real rate"),
    }
    found = _source(source, at)
    if times is None:
        rabi = rates["coupling"] * np.sqrt(max(float(found.state.photon_number), 0.1) + 1)
        chosen = np.linspace(0.0, 3 * np.pi / rabi, SAMPLES)
    else:
        chosen = save_times(times)
    run = exact.discharge(found.state, chosen, *rates.values())
    if found.numbers is not None:
        # Populations of the load come from populations of the battery alone, and those were sampled.
        run = run.with_load_of(exact.discharge(found.numbers, chosen, *rates.values()))
    when, height = run.first_maximum(chosen)
    step = run.error
    bounds = {"_step_error": 2 * step} | {suffix: np.full(len(chosen), size) for suffix, size in found.errors.items()}
    values: dict[str, Any] = {
        "energy": run.energy,
        "ergotropy": run.ergotropy,
        "ergotropy_coherent": run.coherent,
        "ergotropy_incoherent": run.incoherent,
        "load_excitation": run.excitation,
        "load_ergotropy": run.load_ergotropy,
        "load_ergotropy_maximum": np.asarray(height),
        "load_ergotropy_maximum_time": np.asarray(when),
    }
    for name in ("energy", "ergotropy", "ergotropy_coherent", "ergotropy_incoherent"):
        values[f"{name}_step_error"] = step * (found.state.cutoff - 1)
        for suffix, size in found.work_errors.get(name, {}).items():
            values[f"{name}{suffix}"] = np.full(len(chosen), size)
    for suffix, bound in bounds.items():
        values[f"load_excitation{suffix}"] = bound
        values[f"load_ergotropy{suffix}"] = 2 * bound
        values[f"load_ergotropy_maximum{suffix}"] = np.asarray(2 * bound.max())
    findings = list(found.findings)
    if np.isnan(height):
        findings.append(Finding(Verdict.DOUBT, "the load's ergotropy has no maximum within these times."))
    limit = {}
    if rates["detuning"] == 0 and found.parity:
        numbers = (found.numbers or found.state).number_distribution()
        limit["strong_coupling_limit"] = exact.strong_coupling_limit(numbers)
    attributes = attributes_of_verdict(findings) | {
        "method": f"discharge from {found.method}",
        "model": "two-level load",
        "parameters": json.dumps({name: repr(value) for name, value in rates.items()}),
        "phasespace_qb_version": __version__,
        **rates,
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
    method: Method | None = None,
    samples: int = 201,
) -> Cycle:
    """Charge from vacuum, hold with the pump off, and discharge into a two-level load, as one protocol.

    charge, hold: how long, units 1/γ_s.  times: since the load is coupled; see `discharge`.  method: how the battery
    is simulated, PositiveP() unless given.  samples: save times until the load is coupled.  The battery keeps its own
    loss rate while it discharges.
    Raises: as `simulate` and `discharge`; ValueError for a battery whose pump depends on time already.
    """
    length = require_real("charge", charge, "a finite positive time (units of 1/gamma_s)", lambda t: t > 0)
    pause = require_real("hold", hold, "a finite time, not negative (units of 1/gamma_s)", lambda t: t >= 0)
    if not isinstance(battery, DopoBattery):
        raise TypeError(refusal("battery", "a DopoBattery", battery))
    driven = battery.switched_off(length) if pause else battery
    before = np.linspace(0.0, length + pause, samples)
    charging = simulate(driven, before, PositiveP() if method is None else method)
    after = discharge(charging, times, coupling=coupling, gamma_s=battery.gamma_s, gamma_a=gamma_a)
    return Cycle(charging, after)


class _Source(NamedTuple):
    """A state and what is known of its errors: of P_e, by suffix, and of the battery's work values, by name.

    numbers: the sampled number distribution as a diagonal state, if the load depends on it alone.
    """

    state: DensityMatrix
    numbers: DensityMatrix | None
    method: str
    parity: bool
    errors: dict[str, float]
    work_errors: dict[str, dict[str, float]]
    findings: list[Finding]
    attributes: dict[str, Any]
    rate_unit: str


def _source(source: xr.Dataset | DensityMatrix, at: float | None) -> _Source:
    if isinstance(source, DensityMatrix):
        if source.shape:
            raise ValueError(refusal("source", "one state", f"an array of {source.shape}"))
        _require_levels(source.cutoff)
        return _Source(source, None, "a density matrix", _has_parity(source.matrix), {}, {}, [], {}, RATE_UNIT)
    if not isinstance(source, xr.Dataset) or "time" not in source.dims or "photon_number" not in source:
        raise TypeError(refusal("source", "a result of `simulate` or a DensityMatrix", source))
    instant = _instant(source, at)
    moment = source.sel(time=instant)
    state = _exact_state(moment) if "density_matrix" in moment else _reconstructed(moment)
    parity, numbers = _has_parity(state.matrix), None
    errors: dict[str, float] = {}
    if "number_distribution" in moment:
        for suffix in ("_stderr", "_cutoff_error"):
            if f"number_distribution{suffix}" in moment:
                sizes = moment[f"number_distribution{suffix}"].values
                # Sampling errors of the p_n are nearly independent; others may all have the same sign.
                errors[suffix] = float(np.sqrt(np.sum(sizes**2)) if suffix == "_stderr" else 0.5 * np.abs(sizes).sum())
        if "density_matrix" not in moment:
            sampled = moment["number_distribution"].values
            if parity:
                numbers = DensityMatrix(np.diag(sampled / sampled.sum()))
            else:
                assumed = state.number_distribution(len(sampled))
                errors["_estimator_error"] = float(0.5 * np.abs(sampled - assumed).sum())
    elif "density_matrix" not in moment:
        relative = float(moment["ergotropy_estimator_error"] / max(float(moment["energy"]), 1e-12))
        errors["_estimator_error"] = relative
        errors["_stderr"] = float(moment.get("energy_stderr", 0.0) / max(float(moment["energy"]), 1e-12))
    names = ("energy", "ergotropy", "ergotropy_coherent", "ergotropy_incoherent")
    work = {
        name: {
            suffix: float(moment[f"{name}{suffix}"])
            for suffix in ("_stderr", "_cutoff_error", "_estimator_error")
            if f"{name}{suffix}" in moment
        }
        for name in names
    }
    findings = [
        Finding(Verdict[str(source.attrs.get("verdict", "doubt")).upper()], f"of the charging: {reason}")
        for reason in json.loads(source.attrs.get("verdict_reasons", "[]"))
    ]
    attributes = {
        "disconnected_at": instant,
        "levels": state.cutoff,
        "charging_parameters": source.attrs.get("parameters", ""),
        "charging_ergotropy": float(moment["ergotropy"]),
    }
    method = str(source.attrs.get("method", "a result"))
    rate_unit = RATE_UNIT if "gamma_s" in source["time"].attrs.get("units", "") else "rate unit"
    return _Source(state, numbers, method, parity, errors, work, findings, attributes, rate_unit)


def _instant(source: xr.Dataset, at: float | None) -> float:
    times = source["time"].values
    if at is None:
        return float(times[-1])
    wanted = require_real("at", at, "a finite time (units of 1/gamma_s)")
    nearest = float(times[np.argmin(np.abs(times - wanted))])
    if abs(nearest - wanted) > 1e-9 * max(1.0, abs(wanted)):
        must_be = f"one of the {len(times)} times of the result, from {times[0]:g} to {times[-1]:g}"
        raise ValueError(refusal("at", must_be, wanted, f"The nearest is {nearest:g}."))
    return nearest


def _exact_state(moment: xr.Dataset) -> DensityMatrix:
    matrix = np.asarray(moment["density_matrix"].values)
    filled = np.flatnonzero(np.diagonal(matrix).real > LEFT_OUT * 1e-4)
    cutoff = max(int(filled.max(initial=0)) + 1, 2)
    _require_levels(cutoff)
    kept = matrix[:cutoff, :cutoff]
    return DensityMatrix(kept / np.trace(kept).real)


def _reconstructed(moment: xr.Dataset) -> DensityMatrix:
    """The Gaussian, or the two branches, that have the moments of the storage mode."""
    mode = moment.sel(mode=moment.attrs["storage_mode"])
    mean, number = complex(mode["mean_field"]), float(mode["photon_number"])
    pair, pairs = complex(mode["pair_amplitude"]), float(mode["pair_number"])
    if not np.isfinite([number, pairs, abs(mean), abs(pair)]).all():
        raise ValueError(refusal("source", "a result that is finite at this time", "an average that is NaN"))
    noise = complex(mode["mean_field_stderr"]) if "mean_field_stderr" in mode else 0j
    centred = abs(mean.real) <= 5 * noise.real + 1e-12 and abs(mean.imag) <= 5 * noise.imag + 1e-12
    state: GaussianState | TwoBranchState = (
        TwoBranchState.from_moments(np.asarray(number), np.asarray(pair), np.asarray(pairs))
        if centred
        else GaussianState.from_moments(np.asarray(mean), np.asarray(number), np.asarray(pair))
    )
    cutoff = 16
    while True:
        _require_levels(cutoff)
        if 1 - float(state.number_distribution(cutoff).sum()) < LEFT_OUT:
            break
        cutoff = int(1.25 * cutoff)
    matrix = state.density_matrix(cutoff)
    return DensityMatrix(matrix / np.trace(matrix).real)


def _require_levels(cutoff: int) -> None:
    if cutoff > MOST_LEVELS:
        must_be = f"a battery whose photon number stays below {MOST_LEVELS}"
        raise ValueError(refusal("source", must_be, "an occupation of higher levels", "Use a larger noise parameter."))


def _has_parity(matrix: NDArray[Any]) -> bool:
    n = np.arange(matrix.shape[-1])
    return not np.any(matrix[(n[:, None] - n) % 2 == 1])

"""Where the energy of a battery comes from, and where it goes.

The dataset of `energy_balance`, over time: what is in OF_BALANCE, each with all errors that are known.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from phasespace_qb.charging.quadrature import FEWEST_TIMES, SaveTimes
from phasespace_qb.conventions import RATE_UNIT
from phasespace_qb.errors import refusal
from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.outcome import Verdict, merged_verdict
from phasespace_qb.results.protocols import COPIED, OF_BALANCE
from phasespace_qb.results.schema import SUFFIXES, dataset

Array = NDArray[np.float64]
Integrand = Callable[[Array, NDArray[Any]], Array]

KEPT = (*("method", "model", "parameters", "storage_mode", "trajectories", "seed", "cutoffs", "about", "title"),)
"""Attributes that hold for the balance of a run as well."""
STANDARD_ERRORS = 2.0
"""How many of them a balance may be off; they are bounds, as errors at all times add up in them."""
ROUNDING = 1e-9
"""Quanta that are rounding."""


def energy_balance(battery: DopoBattery, run: xr.Dataset) -> xr.Dataset:
    """What a battery has drawn from its drive until each time, what it lost, what it holds, and its efficiency.

    The drive i√γ_p (F_p a_p† − h.c.) does work at the rate P_drawn = 4√γ_p Re(F_p* ⟨a_p⟩), units ħω_s γ_s: a quantum of
    the driven mode counts twice (ω_p = 2ω_s), and conversion of one into two of the signal costs nothing.  So

        n_s + 2n_p + ∫(γ_s n_s + 2γ_p n_p) dt = ∫P_drawn dt,   P_sent = 2|F_p|²,

    an identity of the master equation in the rotating frame; a detuning Δ of the signal changes energies by Δ/ω_s,
    which is left out.  `balance_residual` is its left side less its right one, and an independent check of the run:
    beyond two of its standard errors and all its bounds, the verdict is "doubt" at least.

    The work of that term is no bill, though: the light that the driven mode loses leaves through the mirror that the
    drive comes in by and interferes with what is reflected there, so that `energy_drawn` can exceed `energy_sent`
    several times.  Missing from the beam is `energy_absorbed` = n_s + 2n_p + ∫γ_s n_s dt, which is E_drawn less that
    loss.  Hence W over each of the three: `work_efficiency`, `sent_efficiency`, `absorbed_efficiency`; and
    `storage_efficiency`, the energy E of the storage mode over E_drawn.

    run: a result of `simulate` for this battery, saved from 0 on, at the jumps of the drive, and at 5 times or more in
    each stretch between them; densely while the driven mode fills, within a few 1/γ_p.
    Variables over time, `energy_lost` and `mode_energy` also over mode: `phasespace_qb.results.protocols.OF_BALANCE`.
    `_step_error` holds the difference to every second time, besides the run's own.  Sampling errors of integrals are
    ∫σ dt, which covers them however errors at different times are correlated, and is too large by as much as they are
    not.  Efficiencies are 0 at t = 0, their limit.
    Shapes: (time, …) -> (time,) and (time, mode).
    Raises: TypeError for what is no battery and no dataset, ValueError for what is no such result.
    Source: own derivation, from the paper's Eqs. (6)–(8).
    """
    _require(battery, run)
    times = run["time"].values
    saved = SaveTimes.under(times, battery.drive_at, battery.drive_breakpoints)
    _require_stretches(saved)
    modes = [str(mode) for mode in run["mode"].values]
    flows = _Flows(battery, saved, modes)
    field, numbers = run["mean_field"].sel(mode=battery.driven_mode).values, run["photon_number"].values
    values: dict[str, Any] = {name: run[name].values for name in COPIED} | flows.values(field, numbers)
    errors = _errors_of(run, flows)
    grid = errors.setdefault("_step_error", {})
    for name, size in flows.grid_errors(field, numbers).items():
        grid[name] = grid.get(name, 0.0) + size
    for found in errors.values():
        for name in ("mode_energy", "energy_lost", "energy_drawn"):
            found.setdefault(name, np.zeros(values[name].shape))
        found["balance_residual"] = (found["mode_energy"] + found["energy_lost"]).sum(axis=-1) + found["energy_drawn"]
    values["balance_residual"] = (values["mode_energy"] + values["energy_lost"]).sum(axis=-1) - values["energy_drawn"]
    for part in (values, *errors.values()):
        part["energy_absorbed"] = _absorbed(part, modes.index(battery.driven_mode))
    values |= {f"{name}{suffix}": size for suffix, found in errors.items() for name, size in found.items()}
    values |= _efficiencies(values, errors)
    attributes = {name: run.attrs[name] for name in KEPT if name in run.attrs}
    values["verdict_by_time"], verdict = _verdict(run, values["balance_residual"], errors)
    attributes |= verdict
    unit = RATE_UNIT if RATE_UNIT in run["time"].attrs.get("units", RATE_UNIT) else "rate unit"
    return dataset(values, {"time": times, "mode": modes}, attributes, unit, OF_BALANCE)


@dataclass(frozen=True, eq=False)
class _Flows:
    """What flows into and out of the modes of a battery, integrated over save times."""

    battery: DopoBattery
    saved: SaveTimes
    modes: list[str]

    def values(self, field: NDArray[Any], numbers: Array) -> dict[str, Array]:
        """Energies from ⟨a⟩ of the driven mode (T,) and the photon numbers (T, modes)."""
        return {
            "power_drawn": self._drawn(self.saved.times, field),
            "mode_energy": numbers * self._quanta,
            "energy_drawn": self.saved.integral(field, self._drawn),
            "energy_sent": self.saved.integral(field, self._sent),
            "energy_lost": self._per_mode(self.saved.integral, numbers),
        }

    def grid_errors(self, field: NDArray[Any], numbers: Array) -> dict[str, Array]:
        """What the distance of the save times may cost."""
        return {
            "energy_drawn": self.saved.grid_error(field, self._drawn),
            "energy_sent": self.saved.grid_error(field, self._sent),
            "energy_lost": self._per_mode(self.saved.grid_error, numbers),
        }

    def bounds(self, field: NDArray[Any], numbers: Array) -> dict[str, Array]:
        """Errors of energies from the sizes of errors, however these are correlated in time."""
        return {
            "power_drawn": self._drawn_at_most(self.saved.times, field),
            "mode_energy": numbers * self._quanta,
            "energy_drawn": self.saved.bound(field, self._drawn_at_most),
            "energy_lost": self._per_mode(self.saved.bound, numbers),
        }

    @property
    def _quanta(self) -> Array:
        return np.array([self.battery.quanta[mode] for mode in self.modes])

    def _drawn(self, at: Array, field: NDArray[Any]) -> Array:
        return self.battery.drawn_power(self.battery.drive_at(at), field)

    def _drawn_at_most(self, at: Array, size: NDArray[Any]) -> Array:
        """From sizes of errors of the real and of the imaginary part of the field."""
        drive = self.battery.drive_at(at)
        real = self.battery.drawn_power(np.abs(drive.real) + 0j, size.real + 0j)
        return real + self.battery.drawn_power(np.abs(drive.imag) + 0j, size.imag + 0j)

    def _sent(self, at: Array, _: NDArray[Any]) -> Array:
        return self.battery.sent_power(self.battery.drive_at(at))

    def _per_mode(self, of: Callable[[NDArray[Any], Integrand], Array], numbers: Array) -> Array:
        def lost(rate: float) -> Integrand:
            return lambda _, number: rate * number

        rates = [self.battery.losses[mode] * self.battery.quanta[mode] for mode in self.modes]
        return np.stack([of(numbers[:, mode], lost(rate)) for mode, rate in enumerate(rates)], axis=-1)


def _errors_of(run: xr.Dataset, flows: _Flows) -> dict[str, dict[str, Array]]:
    """Errors of the run, and what follows from them, by suffix and name."""
    errors: dict[str, dict[str, Array]] = {}
    for suffix in SUFFIXES:
        found = {name: run[f"{name}{suffix}"].values for name in COPIED if f"{name}{suffix}" in run}
        if f"photon_number{suffix}" in run and f"mean_field{suffix}" in run:
            field = run[f"mean_field{suffix}"].sel(mode=flows.battery.driven_mode).values
            found |= flows.bounds(field.astype(complex), run[f"photon_number{suffix}"].values)
        if found:
            errors[suffix] = found
    return errors


def _verdict(
    run: xr.Dataset, residual: Array, errors: Mapping[str, Mapping[str, Array]]
) -> tuple[NDArray[np.int8], dict[str, str]]:
    """Verdict at each time, and attributes: those of the run, and doubt where energy is not conserved."""
    weights = {suffix: STANDARD_ERRORS if suffix == "_stderr" else 1.0 for suffix in errors}
    allowed = sum((weight * errors[suffix]["balance_residual"] for suffix, weight in weights.items()), 0.0 * residual)
    off = np.abs(residual) > allowed + ROUNDING * np.abs(residual).max(initial=1.0)
    own = [run.attrs] if "verdict" in run.attrs else []
    by_time = run["verdict_by_time"].values if "verdict_by_time" in run else np.zeros(len(residual), np.int8)
    if off.any():
        worst = int(np.argmax(np.where(off, np.abs(residual) / np.maximum(allowed, 1e-300), 0.0)))
        reason = (
            f"the balance of energies is off by {abs(residual[worst]):.2g} at t = {float(run['time'][worst]):.4g}, "
            f"where errors allow for {allowed[worst]:.2g}: one of them is too small, or there are too few save times."
        )
        own = [*own, {"verdict": Verdict.DOUBT.name.lower(), "verdict_reasons": json.dumps([reason])}]
    reasons = [text for each in own for text in json.loads(each.get("verdict_reasons", "[]"))]
    worst_of = merged_verdict(own)["verdict"]
    return (
        np.maximum(by_time, np.where(off, Verdict.DOUBT, Verdict.TRUST)).astype(np.int8),
        {"verdict": worst_of, "verdict_reasons": json.dumps(reasons)},
    )


def _absorbed(parts: Mapping[str, Any], driven: int) -> Array:
    """Energy in the modes and lost by all but the driven one: nothing cancels in it, as it does in E_drawn − loss."""
    lost = np.delete(parts["energy_lost"], driven, axis=-1)
    return np.asarray(parts["mode_energy"].sum(axis=-1) + lost.sum(axis=-1))


EFFICIENCIES = {
    "work_efficiency": ("ergotropy", "energy_drawn"),
    "sent_efficiency": ("ergotropy", "energy_sent"),
    "absorbed_efficiency": ("ergotropy", "energy_absorbed"),
    "storage_efficiency": ("energy", "energy_drawn"),
}
"""What is divided by what."""


def _efficiencies(values: Mapping[str, Any], errors: Mapping[str, Mapping[str, Array]]) -> dict[str, Array]:
    result = {}
    for name, (part, whole) in EFFICIENCIES.items():
        spent = values[whole]
        zero = np.zeros_like(spent)
        share = np.divide(values[part], spent, out=zero.copy(), where=spent > 0)
        result[name] = share
        for suffix, sizes in errors.items():
            total = sizes.get(part, zero) + np.abs(share) * sizes.get(whole, zero)
            result[f"{name}{suffix}"] = np.divide(total, spent, out=zero.copy(), where=spent > 0)
    return result


def _require(battery: object, run: object) -> None:
    if not isinstance(battery, DopoBattery):
        raise TypeError(refusal("battery", "a DopoBattery", battery))
    must_be = "a result of `simulate` for this battery"
    if not isinstance(run, xr.Dataset):
        raise TypeError(refusal("run", must_be, run))
    if run.attrs.get("model") != type(battery).__name__ or "parameters" not in run.attrs:
        raise ValueError(refusal("run", must_be, f"an other one, of {run.attrs.get('model', 'no model')}"))
    _require_same(battery, run)
    lacking = [name for name in ("mean_field", "photon_number", *COPIED) if name not in run]
    if lacking or set(battery.quanta) != set(np.atleast_1d(run["mode"].values if "mode" in run.dims else [])):
        remedy = "Use a method that follows all modes, and keep `time` and `mode`."
        got = f"an incomplete one: {', '.join(lacking) or 'not all modes'}"
        raise ValueError(refusal("run", f"a result with the fields of both modes {list(battery.quanta)}", got, remedy))
    times = np.atleast_1d(run["time"].values)
    if "time" not in run.dims or len(times) < FEWEST_TIMES or times[0] != 0 or not np.isfinite(times[-1]):
        must_be = f"saved at {FEWEST_TIMES} times or more, the first of them 0"
        raise ValueError(refusal("run", must_be, f"an array of {len(times)} times from {times[0]:g}"))


def _require_same(battery: DopoBattery, run: xr.Dataset) -> None:
    """Refuse a run of another battery, or of the same one under another drive."""
    times = np.atleast_1d(run["time"].values) if "time" in run.coords else np.array([np.nan])
    known, until = run.attrs.get("fingerprint"), float(times[-1])
    if known is not None and np.isfinite(until):
        try:
            if battery.system().fingerprint(until) == known:
                return
        except ValueError:
            pass  # its drive is not known for so long
    must_be = "a result of `simulate` for this battery"
    declared: dict[str, str] = json.loads(run.attrs["parameters"])
    mine = {name: repr(getattr(battery, name)) for name in declared}
    differing = [name for name, value in declared.items() if value != mine[name]]
    if differing:
        shown, other = (", ".join(f"{name} = {each[name]}" for name in differing) for each in (mine, declared))
        raise ValueError(refusal("run", f"{must_be}, {shown}", f"an other one: {other}"))
    # Part of a run is known by what it says of its drive, if that says all.
    if known is not None and any("..." in value or " at 0x" in value for value in declared.values()):
        remedy = "Give the battery that was simulated, and the run up to its last time."
        raise ValueError(refusal("run", must_be, "an other one, whose drive has other values", remedy))


def _require_stretches(saved: SaveTimes) -> None:
    for stretch in saved.stretches():
        if saved.saved_in(stretch) < FEWEST_TIMES:
            must_be = f"saved at {FEWEST_TIMES} times or more from {stretch[0]:g} to {stretch[1]:g}, both included"
            remedy = "There the drive jumps or the run ends."
            raise ValueError(refusal("run", must_be, f"an other one: {saved.saved_in(stretch)} of its times", remedy))

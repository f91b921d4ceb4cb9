"""Do two results of the same system agree?  Every number that both have, at the times that both have.

Sampling errors σ are statistical and add in quadrature.  Step, cutoff and estimator errors b say only how far a value
may be off, to either side; they are added up, and what they cover is not held against anybody:

    z = sign(d) · max(0, |d| − Σ b) / √(σ₁² + σ₂²),   d = run − reference.

Where neither result has a sampling error, z is 0 if Σ b covers d, and infinite if not.  An allowance for rounding is
part of Σ b.  Each quantity gets the chance of its z-scores (`phasespace_qb.results.significance`) times the number of
its components and of all quantities, and the verdict follows from the smallest.

The dataset of a comparison; a component is a real number over time, such as `energy`, `mean_field[signal].imag` or
`number_distribution[3]`:

- over component and time: `difference`, `stderr`, `bound`, `z`, `detectable`;
- over quantity: `largest_z`, `largest_z_time`, `largest_z_component`, `mean_square_z`, `share_above_2`,
  `share_above_3`, `chance`, `overrun`, `detectable_share`, `compared`, `missing`, `rare`.

Their meaning is in DESCRIBED, and in the attribute `long_name` of each.
"""

import json
from enum import IntEnum
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from phasespace_qb.errors import refusal
from phasespace_qb.results.differences import Differences, differences, has_errors
from phasespace_qb.results.schema import VARIABLES
from phasespace_qb.results.significance import DISAGREE_BELOW, DOUBT_BELOW

Array = NDArray[np.float64]

COMPARED = (
    "energy",
    "ergotropy",
    "ergotropy_coherent",
    "ergotropy_incoherent",
    "passive_energy",
    "charging_power",
    "mean_field",
    "photon_number",
    "pair_amplitude",
    "pair_number",
    "quadrature_covariance",
    "number_distribution",
    "load_ergotropy",
    "load_excitation",
)
"""Quantities that are compared.  The maximum of the power is a property of its curve and of the times; not counted."""

CONSTANT = "eliminated steady state"
"""The method whose results are the same at all times, so that they may be compared with a steady state at time ∞."""

OVERRUN = 2.0
"""How many times the stated bounds a difference between two results without sampling may reach before they disagree."""

DESCRIBED = {
    "difference": "run minus reference",
    "stderr": "standard error of the difference",
    "bound": "sum of all other stated errors of both results, and rounding",
    "z": "difference beyond the bound, over the standard error; infinite where there is none",
    "detectable": "smallest difference that would have been doubted",
    "largest_z": "z that is farthest from zero",
    "largest_z_time": "time of the largest z",
    "largest_z_component": "component of the largest z",
    "mean_square_z": "mean of z²; below 1 where bounds cover part of the differences",
    "share_above_2": "share of |z| above 2",
    "share_above_3": "share of |z| above 3",
    "chance": "probability of such z-scores in this quantity if nothing differs",
    "overrun": "largest difference over its bound where neither result is sampled",
    "detectable_share": "median of the smallest detectable difference over the largest value of the quantity",
    "compared": "points that were compared",
    "missing": "points that are NaN or without error bar in at least one result",
    "rare": "probabilities with fewer than 100 expected trajectories, not compared",
}
"""Every variable of a comparison."""


class Agreement(IntEnum):
    """Whether two results agree; the worst finding decides."""

    AGREE = 0
    DOUBT = 1
    DISAGREE = 2


def agreement(run: xr.Dataset, reference: xr.Dataset) -> xr.Dataset:
    """Compare two results of one system, with all their errors, and say whether they agree.

    run, reference: datasets of `simulate` or `load`, of the same model and parameters; methods, seeds and accuracies
    may differ.  Quantities that state no error of any kind in one of the two are listed in the attribute
    `without_errors` and not compared.

    Attribute `verdict`: "agree" unless the largest differences have a chance below 1 % over everything that was
    compared; "disagree" below 0.1 %, or if results without sampling are further apart than twice their bounds;
    otherwise "doubt".  A run that its own verdict rejects, or numbers that only one of the two knows, cannot agree.
    `verdict_reasons` (JSON) says why.

    A result that is constant in time by its method (EliminatedSteadyState) is compared at its last time with one that
    has the single time ∞ (`steady_state`).

    Shapes: (time, …), (time, …) -> (component, time) and (quantity,), at the times of both; the variables are those of
    `phasespace_qb.results.comparison.DESCRIBED`.  Units: those of the quantity (`units_of`); z and shares are pure.
    Raises: TypeError for what is no dataset; ValueError if models or parameters differ, or nothing is in common.
    Source: own derivation, at the top of `phasespace_qb.results.comparison`.
    """
    for name, given in (("run", run), ("reference", reference)):
        _require_result(name, given)
    _require_same_system(run, reference)
    run, reference = _at_rest(run, reference), _at_rest(reference, run)
    mine, theirs = _common_times(run["time"].values, reference["time"].values)
    one, other = run.isel(time=mine), reference.isel(time=theirs)
    shared = [name for name in COMPARED if name in run and name in reference]
    claimed = [name for name in shared if has_errors(one, name) and has_errors(other, name)]
    parts = [part for part in (differences(name, one, other) for name in claimed) if part.labels]
    if not parts:
        wanted = "a result that has quantities with errors in common with `run`"
        raise ValueError(refusal("reference", wanted, f"an incomplete one: {list(reference)}"))
    attributes = _judge(parts, run, reference) | {
        "model": run.attrs["model"],
        "parameters": run.attrs["parameters"],
        "times_in_one_only": run.sizes["time"] + reference.sizes["time"] - 2 * len(mine),
        "without_errors": json.dumps([name for name in shared if name not in claimed]),
    }
    for role, result in (("run", run), ("reference", reference)):
        attributes[f"{role}_method"] = str(result.attrs.get("method", "unknown"))
        attributes[f"{role}_verdict"] = str(result.attrs.get("verdict", "unknown"))
    return _dataset(parts, one["time"], attributes)


def _require_result(name: str, given: object) -> None:
    if not isinstance(given, xr.Dataset):
        raise TypeError(refusal(name, "a result of `simulate` or `load`", given))
    lacking = [key for key in ("model", "parameters") if key not in given.attrs]
    if not given.sizes.get("time") or lacking:
        got = f"an instant or another dataset, of sizes {dict(given.sizes)} and attributes {list(given.attrs)}"
        raise ValueError(refusal(name, "a result over `time` with the attributes model and parameters", got))


def _require_same_system(run: xr.Dataset, reference: xr.Dataset) -> None:
    remedy = "Only results of one system can agree; simulate both with the same parameters."
    if run.attrs["model"] != reference.attrs["model"]:
        wanted = f"a result of the same model as `run`, {run.attrs['model']}"
        raise ValueError(refusal("reference", wanted, reference.attrs["model"], remedy))
    mine, theirs = _declared(run, reference)
    differing = [name for name in sorted({*mine, *theirs}) if mine.get(name) != theirs.get(name)]
    if differing:
        shown = [", ".join(f"{name} = {given.get(name)}" for name in differing) for given in (mine, theirs)]
        wanted = f"a result with the parameters of `run`, {shown[0]}"
        raise ValueError(refusal("reference", wanted, f"an other one: {shown[1]}", remedy))


def _declared(*results: xr.Dataset) -> list[dict[str, str]]:
    """What results of one system have in common: its parameters, and the battery and the instant of a discharge."""
    found: list[dict[str, str]] = [json.loads(result.attrs["parameters"]) for result in results]
    # A mere density matrix does not say where it comes from, and a constant state is the same at whatever instant.
    if all(result.attrs.get("charging_parameters") for result in results):
        constant = any(CONSTANT in result.attrs.get("method", "") for result in results)
        for declared, result in zip(found, results, strict=True):
            of_battery = json.loads(result.attrs["charging_parameters"])
            declared |= {f"charging {name}": value for name, value in of_battery.items()}
            if not constant:
                declared["disconnected_at"] = f"{float(result.attrs['disconnected_at']):.9g}"
    return found


def _at_rest(result: xr.Dataset, other: xr.Dataset) -> xr.Dataset:
    """A result that is constant in time at the time ∞, if the other one is known there alone."""
    if result.attrs.get("method") == CONSTANT and other.sizes["time"] == 1 and np.isinf(other["time"]).all():
        return result.isel(time=[-1]).assign_coords(time=other["time"])
    return result


def _common_times(mine: Array, theirs: Array) -> tuple[list[int], list[int]]:
    """Indices of the times that are the same up to rounding."""
    same_exactly = mine[:, None] == theirs[None, :]
    with np.errstate(invalid="ignore"):  # ∞ − ∞, which is settled already
        nearest = np.where(same_exactly, 0.0, np.abs(mine[:, None] - theirs[None, :])).argmin(axis=1)
    same = np.isclose(mine, theirs[nearest], rtol=1e-9, atol=1e-12)
    if not same.any():
        got = f"an array from {theirs.min():g} to {theirs.max():g} without any of them"
        raise ValueError(refusal("reference", "saved at times of `run`", got, "Give both the same `times`."))
    return np.flatnonzero(same).tolist(), nearest[same].tolist()


def _judge(parts: list[Differences], run: xr.Dataset, reference: xr.Dataset) -> dict[str, Any]:
    """The verdict, its reasons, and the chance over all quantities."""
    found: list[tuple[Agreement, str]] = []
    for part in parts:
        chance = min(1.0, len(parts) * part.chance)
        if chance < DOUBT_BELOW:
            z, when, where = part.largest()
            found.append(
                (
                    Agreement.DISAGREE if chance < DISAGREE_BELOW else Agreement.DOUBT,
                    f"{part.name} differs: z = {z:.2g} in {where} at t = {when:.4g}, mean z² = "
                    f"{_mean(part.z[part.sampled] ** 2):.2g}. If nothing differed, the chance of that would be "
                    f"{chance:.1g} over all quantities and times.",
                )
            )
        if part.overrun > 1:
            found.append(
                (
                    Agreement.DISAGREE if part.overrun > OVERRUN else Agreement.DOUBT,
                    f"{part.name} differs by {part.overrun:.3g} times the errors that the results state, where "
                    "neither is sampled.",
                )
            )
        if lost := int((part.one_sided & ~part.rare).sum()):
            text = f"{part.name} is NaN or has no error bar at {lost} of {part.z.size} points in one result only."
            found.append((Agreement.DOUBT, text))
    for role, result in (("run", run), ("reference", reference)):
        if result.attrs.get("verdict") == "reject":
            method = result.attrs.get("method", "unknown method")
            text = f"the {role} ({method}) is rejected by its own verdict and can agree with nothing."
            found.append((Agreement.DOUBT, text))
    mine, theirs = ((each.attrs.get("seed"), each.attrs.get("random_numbers")) for each in (run, reference))
    if mine == theirs and mine[0] is not None:
        text = f"both results are of seed {run.attrs['seed']}: their sampling errors are not independent."
        found.append((Agreement.DOUBT, text))
    known = [role for role, result in (("run", run), ("reference", reference)) if "charging_parameters" in result.attrs]
    if len(known) == 1:
        found.append((Agreement.DOUBT, f"only the {known[0]} says which battery was disconnected, and when."))
    if not any(part.usable.any() for part in parts):
        found.append((Agreement.DOUBT, "no point could be compared: all are NaN or have no error bar."))
    return {
        "verdict": max((verdict for verdict, _ in found), default=Agreement.AGREE).name.lower(),
        "verdict_reasons": json.dumps([reason for _, reason in found]),
        "chance": min(1.0, len(parts) * min(part.chance for part in parts)),
    }


def _dataset(parts: list[Differences], time: xr.DataArray, attributes: dict[str, Any]) -> xr.Dataset:
    limits = [part.detectable(len(parts)) for part in parts]
    over_time = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in ("difference", "stderr", "bound", "z")
    }
    largest = [part.largest() for part in parts]
    sizes = [np.abs(part.z[part.usable]) for part in parts]
    per_quantity = {
        "largest_z": [z for z, _, _ in largest],
        "largest_z_time": [when for _, when, _ in largest],
        "largest_z_component": [where for _, _, where in largest],
        "mean_square_z": [_mean(size**2) for size in sizes],
        "share_above_2": [_mean(size > 2) for size in sizes],
        "share_above_3": [_mean(size > 3) for size in sizes],
        "chance": [part.chance for part in parts],
        "overrun": [part.overrun for part in parts],
        "detectable_share": [_share(part, limit) for part, limit in zip(parts, limits, strict=True)],
        "compared": [int(part.usable.sum()) for part in parts],
        "missing": [int((part.missing & ~part.rare).sum()) for part in parts],
        "rare": [int(part.rare.sum()) for part in parts],
    }
    data: dict[str, Any] = {
        name: (("component", "time"), values)
        for name, values in (over_time | {"detectable": np.concatenate(limits)}).items()
    } | {name: (("quantity",), values) for name, values in per_quantity.items()}
    coordinates: dict[str, Any] = {
        "component": [label for part in parts for label in part.labels],
        "quantity": [part.name for part in parts],
        "time": time.values,
    }
    result = xr.Dataset(data, coordinates, attributes)
    result["time"].attrs.update(time.attrs)
    owners = [part.name for part in parts for _ in part.labels]
    result = result.assign_coords(
        quantity_of=("component", owners), units_of=("quantity", [VARIABLES[part.name].units for part in parts])
    )
    for name, meaning in DESCRIBED.items():
        result[name].attrs["long_name"] = meaning
    return result


def _mean(values: NDArray[Any]) -> float:
    return float(values.mean()) if values.size else np.nan


def _share(part: Differences, limit: Array) -> float:
    known = limit[part.usable]
    return float(np.median(known)) / part.scale if known.size and part.scale > 0 else np.nan

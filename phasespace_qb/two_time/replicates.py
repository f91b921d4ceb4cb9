"""Correlations as those read them who derive something: replicates of a covariance, labels, verdicts carried on."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from phasespace_qb.conventions import RATE_UNIT, TIME_UNIT
from phasespace_qb.errors import refusal
from phasespace_qb.outcome import Finding, Verdict
from phasespace_qb.results.jackknife import jackknife
from phasespace_qb.results.schema import dataset
from phasespace_qb.two_time.variables import DESCRIBED, SYMMETRIC

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

PRODUCTS = (
    "first_order",
    "anomalous",
    "field_before",
    "field_after",
    "number_before",
    "number_after",
    "intensity",
)
"""What `two_time_average` keeps, in this order; symmetrically ordered samples have no intensity."""
CLEARLY = 0.002
"""Share of a quantity by which the step may change it unnoticed."""
_CARRIED = (
    *("method", "model", "parameters", "storage_mode", "ordering", "trajectories", "seed", "integrator", "step"),
    *("since", "until", "origins", "photon_loss", "keeps_parity", "phasespace_qb_version"),
    *("threshold_ratio", "noise_parameter", "loss_ratio"),
)


def require_correlations(corr: object) -> xr.Dataset:
    """Return a result of `correlations`; refuse anything else."""
    if not isinstance(corr, xr.Dataset):
        raise TypeError(refusal("corr", "a result of `correlations`", corr))
    if "two_time_average" not in corr or "trajectories_in_group" not in corr:
        raise ValueError(refusal("corr", "a result of `correlations`", "an other dataset"))
    return corr


def average(corr: xr.Dataset, product: str, steps: str | None = None) -> ComplexArray:
    """Replicates of one two-time average, (replicate, lag); steps: of those repeated, by "single" or "doubled" ones."""
    if steps is None:
        return np.asarray(corr["two_time_average"].sel(product=product).values)
    return np.asarray(corr["two_time_average_by_step"].sel(stepping=steps, product=product).values)


def field_correlation(corr: xr.Dataset, steps: str | None = None) -> Array:
    """Re ⟨a†(t)a(t+τ)⟩ without subtracting a mean, (replicate, lag)."""
    return np.asarray(average(corr, "first_order", steps).real)


def quadrature_covariance(corr: xr.Dataset, angle: float, steps: str | None = None) -> Array:
    """C(τ) = Re[e^(−2iθ) C_m(τ)] + Re C_n(τ) of x_θ = (a e^(−iθ) + a† e^(iθ))/√2, means subtracted; (replicate, lag).

    C_m = ⟨a(t+τ)a(t)⟩, C_n = ⟨a†(t)a(t+τ)⟩.  Where parity is conserved the mean field vanishes, and is left alone.
    """
    normal, anomalous = average(corr, "first_order", steps), average(corr, "anomalous", steps)
    if not corr.attrs["keeps_parity"]:
        before, after = average(corr, "field_before", steps), average(corr, "field_after", steps)
        normal, anomalous = normal - before.conj() * after, anomalous - before * after
    return np.asarray((np.exp(-2j * angle) * anomalous).real + normal.real)


def intensity_covariance(corr: xr.Dataset, steps: str | None = None) -> Array:
    """⟨a†(t)a†(t+τ)a(t+τ)a(t)⟩ − ⟨n(t)⟩⟨n(t+τ)⟩, (replicate, lag)."""
    product = average(corr, "number_before", steps) * average(corr, "number_after", steps)
    return np.asarray((average(corr, "intensity", steps) - product).real)


def moved_by_steps(corr: xr.Dataset, covariance: Callable[[str | None], Array]) -> Array | None:
    """C with the change that doubled steps make added to it, (replicate, lag), the replicates those of the repeated.

    Computed from these, a quantity says what the step does to it, wherever C itself is known well.  None without pairs.
    """
    if "two_time_average_by_step" not in corr:
        return None
    return np.asarray(covariance(None)[0] + covariance("doubled") - covariance("single"))


def step_error(corr: xr.Dataset, value: Array, moved: Array) -> Array:
    """What doubled steps change, with the standard error of that; `value` of the whole, moved (replicate, …)."""
    with np.errstate(all="ignore"):
        shift, error = jackknife(moved - value, np.asarray(corr["trajectories_in_step_group"].values, dtype=np.float64))
    return np.asarray(np.abs(shift) + error)


def of_step(values: Mapping[str, Any], what: str = "correlations") -> list[Finding]:
    """Whether the step changes any of the values, real or imaginary part, by more than their sampling error."""
    for name in [name for name in values if f"{name}_step_error" in values]:
        value, error, moved = (values[f"{name}{end}"] for end in ("", "_stderr", "_step_error"))
        with np.errstate(invalid="ignore"):
            least = CLEARLY * np.nanmax(np.abs(value), initial=0.0)
            parts = ((moved.real, error.real), (moved.imag, error.imag))
            too_long = any(bool((shift > 2 * np.nan_to_num(own) + least).any()) for shift, own in parts)
        if too_long:
            reason = f"the time step changes {what} by more than twice the sampling error: use a shorter step."
            return [Finding(Verdict.DOUBT, reason)]
    return []


def in_groups(corr: xr.Dataset) -> Array:
    """Trajectories in each jackknife group, (group,)."""
    return np.asarray(corr["trajectories_in_group"].values, dtype=np.float64)


def derived(
    corr: xr.Dataset,
    values: Mapping[str, Any],
    coordinates: Mapping[str, Any],
    findings: list[Finding],
    attributes: Mapping[str, Any],
) -> xr.Dataset:
    """A dataset by DESCRIBED of what was derived from correlations, with their origin and all reasons to doubt."""
    own = max((finding.verdict for finding in findings), default=Verdict.TRUST)
    inherited = Verdict[str(corr.attrs["verdict"]).upper()]
    reasons = [finding.reason for finding in sorted(findings, key=lambda finding: -finding.verdict)]
    old = json.loads(corr.attrs["verdict_reasons"])
    kept = {name: corr.attrs[name] for name in _CARRIED if name in corr.attrs}
    said = {
        "verdict": max(own, inherited).name.lower(),
        "verdict_reasons": json.dumps(reasons + old if own > inherited else old + reasons),
    }
    unit = corr["lag"].attrs["units"].removeprefix("1/")
    return labelled(values, coordinates, {**kept, **attributes, **said}, unit)


def labelled(
    values: Mapping[str, Any], coordinates: Mapping[str, Any], attributes: Mapping[str, Any], rate_unit: str
) -> xr.Dataset:
    """A dataset by DESCRIBED whose lags and frequencies have symbols and units as well."""
    result = dataset(values, coordinates, attributes, rate_unit, DESCRIBED)
    own = rate_unit == RATE_UNIT
    if attributes.get("ordering") == "symmetric":
        for name, (symbol, meaning) in SYMMETRIC.items():
            for each in (name, f"{name}_stderr", f"{name}_step_error"):
                if each in result:
                    said = result[each].attrs["long_name"].replace(DESCRIBED[name].meaning, meaning)
                    result[each].attrs.update(symbol=symbol, long_name=said)
    if "lag" in result.coords:
        unit = TIME_UNIT.replace(RATE_UNIT, rate_unit)
        symbol = r"$\gamma_s\tau$" if own else rf"$\tau$ / {unit}"
        result["lag"].attrs.update(units=unit, long_name="lag", symbol=symbol)
    if "frequency" in result.coords:
        symbol = r"$\omega/\gamma_s$" if own else rf"$\omega$ / {rate_unit}"
        result["frequency"].attrs.update(units=rate_unit, long_name="frequency", symbol=symbol)
    if "angle" in result.coords:
        result["angle"].attrs.update(units="rad", long_name="angle of the quadrature", symbol=r"$\theta$")
    return result

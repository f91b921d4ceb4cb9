"""Correlations as those read them who derive something: replicates of a covariance, labels, verdicts carried on."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from phasespace_qb.conventions import RATE_UNIT, TIME_UNIT
from phasespace_qb.errors import refusal
from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.outcome import Finding, Verdict
from phasespace_qb.results.schema import dataset
from phasespace_qb.two_time.variables import DESCRIBED

Array = NDArray[np.float64]

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


def average(corr: xr.Dataset, product: str) -> NDArray[np.complex128]:
    """Replicates of one two-time average, (replicate, lag)."""
    return np.asarray(corr["two_time_average"].sel(product=product).values)


def quadrature_covariance(corr: xr.Dataset, angle: float) -> Array:
    """C(τ) = Re[e^(−2iθ) C_m(τ)] + Re C_n(τ) of x_θ = (a e^(−iθ) + a† e^(iθ))/√2, means subtracted; (replicate, lag).

    C_m = ⟨a(t+τ)a(t)⟩, C_n = ⟨a†(t)a(t+τ)⟩.  Where parity is conserved the mean field vanishes, and is left alone.
    """
    normal, anomalous = average(corr, "first_order"), average(corr, "anomalous")
    if not corr.attrs["keeps_parity"]:
        before, after = average(corr, "field_before"), average(corr, "field_after")
        normal, anomalous = normal - before.conj() * after, anomalous - before * after
    return np.asarray((np.exp(-2j * angle) * anomalous).real + normal.real)


def intensity_covariance(corr: xr.Dataset) -> Array:
    """⟨a†(t)a†(t+τ)a(t+τ)a(t)⟩ − ⟨n(t)⟩⟨n(t+τ)⟩, (replicate, lag)."""
    product = average(corr, "number_before") * average(corr, "number_after")
    return np.asarray((average(corr, "intensity") - product).real)


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


def rate_unit_of(system: object) -> str:
    """What rates are in units of: γ_s if a battery says γ_s = 1, otherwise a unit of the user's own."""
    return RATE_UNIT if isinstance(system, DopoBattery) and system.gamma_s == 1.0 else "rate unit"

"""Points of a sweep in the units of the threshold, in which all small g lie on one curve."""

import json
from typing import Any

import numpy as np
import xarray as xr

from phasespace_qb.conventions import VACUUM_VARIANCE
from phasespace_qb.errors import refusal
from phasespace_qb.results.schema import SUFFIXES
from phasespace_qb.threshold.reading import at_last_time, errors, origin, position, require_points
from phasespace_qb.threshold.universal import DESCRIBED

COLLAPSED = {
    "scaled_photon_number": ("photon_number", 1.0),
    "second_order_coherence": ("second_order_coherence", 0.0),
    "scaled_passive_energy": ("passive_energy", 0.5),
    "scaled_ergotropy": ("ergotropy", 1.0),
    "scaled_ergotropy_coherent": ("ergotropy_coherent", 1.0),
    "scaled_ergotropy_incoherent": ("ergotropy_incoherent", 1.0),
}
"""What is scaled, and the power of g that it is multiplied by."""


def collapse(swept: xr.Dataset) -> xr.Dataset:
    """The last time of each point of a sweep on resonance, in the variables of `universal_threshold`, with errors.

    eta = (λ − 1)/g, a coordinate; scaled_photon_number g n̄, scaled_variance g V_x (the larger principal variance over
    that of vacuum), second_order_coherence, scaled_passive_energy √g (E_passive + ½), scaled_ergotropy g W and its
    parts, as far as the sweep has them.  They lie on the universal curves up to corrections of relative order g, W and
    W^c up to √g; g n̄ with relative error |η| g far from the threshold.

    swept: with the coordinates threshold_ratio (λ) and noise_parameter (g²), as sweeps of a battery have them.  The
    last time must be late enough: near λ = 1 the steady state is approached with the time 0.9/(γ_s g).

    Shapes: (points…, [solver,] time, …) -> (points…, [solver]); verdict over the same.
    Raises: TypeError for what is no dataset; ValueError without these coordinates, or with a detuning.
    Source: definition of the variables, see `universal_threshold`.
    """
    points = at_last_time(require_points(swept, "photon_number"))
    ratio, noise = (_required(points, name) for name in ("threshold_ratio", "noise_parameter"))
    _require_resonance(swept)
    g = np.sqrt(noise)
    data: dict[str, xr.DataArray] = {}
    for name, (source, power) in COLLAPSED.items():
        if source not in points:
            continue
        shift = 0.5 if name == "scaled_passive_energy" else 0.0
        data[name] = (points[source] + shift) * g**power
        for suffix, error in errors(points, source):
            data[f"{name}{suffix}"] = error * g**power
    if "quadrature_covariance" in points:
        for suffix, variance in _largest_variance(points).items():
            data[f"scaled_variance{suffix}"] = variance * g / VACUUM_VARIANCE
    if "verdict" in points:
        data["verdict"] = points["verdict"]
    bare = {name: array.drop_vars([c for c in array.coords if c not in array.dims]) for name, array in data.items()}
    result = xr.Dataset(bare, attrs=points.attrs | origin(points))
    eta = (ratio - 1) / g
    result = result.assign_coords(eta=eta, threshold_ratio=ratio, noise_parameter=noise)
    return _described(result)


def _required(points: xr.Dataset, name: str) -> xr.DataArray:
    found = position(points, name)
    if found is None:
        remedy = "Sweep a battery, or add the coordinate: assign_coords."
        raise ValueError(
            refusal("swept", f"a result with the coordinate {name}", f"an other one: {list(points)}", remedy)
        )
    return found


def _require_resonance(swept: xr.Dataset) -> None:
    detuning = position(swept, "detuning")
    if detuning is None:
        declared = swept["parameters"].values if "parameters" in swept else swept.attrs.get("parameters", "{}")
        each = [json.loads(text or "{}").get("detuning", 0.0) for text in np.ravel(declared)]
        detuning = xr.DataArray([float(value) for value in each])
    if bool((detuning != 0).any()):
        remedy = "With detuning the threshold and its scales are others."
        got = f"an other one, detuned by {float(detuning.values[detuning.values != 0].flat[0]):g}"
        raise ValueError(refusal("swept", "a result on resonance", got, remedy))


def _largest_variance(points: xr.Dataset) -> dict[str, xr.DataArray]:
    """The larger principal variance and its errors, by suffix; ∂v/∂V_ij = e_i e_j with its axis e."""
    axes = ("quadrature", "quadrature_")
    matrix = points["quadrature_covariance"].transpose(..., *axes)
    known = np.isfinite(matrix.values).all(axis=(-1, -2), keepdims=True)
    # Rounding may leave V_xp and V_px apart; NaN has no axes.
    filled = np.where(known, matrix.values, np.eye(2))
    variances, directions = np.linalg.eigh(0.5 * (filled + np.swapaxes(filled, -1, -2)))
    axis = directions[..., :, -1]
    largest = np.where(known[..., 0, 0], variances[..., -1], np.nan)
    found = {"": matrix.isel(quadrature=0, quadrature_=0, drop=True).copy(data=largest)}
    slope = np.abs(axis[..., :, None] * axis[..., None, :])
    for suffix, error in errors(points, "quadrature_covariance"):
        bound = (slope * error.transpose(..., *axes).values).sum(axis=(-1, -2))
        found[suffix] = found[""].copy(data=bound)
    return found


def _described(result: xr.Dataset) -> xr.Dataset:
    for name, (symbol, meaning) in DESCRIBED.items():
        for suffix in ("", *SUFFIXES):
            if f"{name}{suffix}" in result:
                said: dict[str, Any] = {"units": "1", "symbol": symbol, "long_name": meaning}
                result[f"{name}{suffix}"].attrs = said | (
                    {"long_name": f"{SUFFIXES[suffix]}: {meaning}"} if suffix else {}
                )
    result["eta"].attrs = {"units": "1", "symbol": r"$\eta = (\lambda - 1)/g$"}
    return result

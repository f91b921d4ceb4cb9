"""Spectra of squeezing from sampled correlations: inside the resonator and in the light that leaves it."""

from functools import partial

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from phasespace_qb.errors import refusal, require_reals
from phasespace_qb.outcome import Finding, Verdict
from phasespace_qb.results.jackknife import jackknife
from phasespace_qb.two_time.replicates import (
    derived,
    in_groups,
    moved_by_steps,
    of_step,
    quadrature_covariance,
    require_correlations,
    step_error,
)
from phasespace_qb.two_time.settled import of_field, of_one_origin
from phasespace_qb.two_time.tails import HalfLine, half_line

Array = NDArray[np.float64]

MUCH_LEFT = 0.05
"""Part of a correlation that the last lag must not leave: most of the spectrum at ω = 0 would be a guess."""


def squeezing_spectrum(corr: xr.Dataset, frequencies: ArrayLike, angles: ArrayLike = (0.0, np.pi / 2)) -> xr.Dataset:
    """Spectra of the quadratures x_θ of the storage mode and of the light that it loses.

    S_N(ω) = 2 ∫₀^∞ C(τ) cos ωτ dτ,  C = Re[e^(−2iθ) C_m] + Re C_n,  S(ω) = 1 + 2γ S_N(ω),  with
    C_m = ⟨a(t+τ)a(t)⟩ and C_n = ⟨a†(t)a(t+τ)⟩ less the product of their means, and γ all of the mode's photon loss.
    1 is the level of coherent light, 0 perfect squeezing.

    corr: a result of `correlations`.  Shapes: (…, lag) -> (angle, frequency).  Units: S a pure number, S_N 1/γ_s.
    frequencies (K,): from the mode's own frame, units γ_s.  angles (A,): θ in radians.  -> `intracavity_spectrum` and
    `output_spectrum` over (angle, frequency); without photon loss there is no output.  Errors: `_stderr` by jackknife;
    `_estimator_error` for the distance of the lags and for what lies beyond them (see `tails.half_line`); `_step_error`
    for what doubled steps change.
    Raises: TypeError or ValueError for anything else, and for symmetrically ordered correlations: a detector of the
    light outside sees normal order, and what symmetric order adds inside is not the vacuum outside.
    Source: Collett and Gardiner, Phys. Rev. A 30, 1386 (1984).
    """
    require_correlations(corr)
    if corr.attrs["ordering"] == "symmetric":
        raise ValueError(
            refusal(
                "corr",
                "normally ordered, as a detector sees the light",
                "an ensemble of truncated Wigner, in symmetric order",
                "Symmetric order inside is not what leaves; use PositiveP.",
            )
        )
    must_be = "one finite real number or a list of them"
    omega, theta = (require_reals(*given, must_be) for given in (("frequencies", frequencies), ("angles", angles)))
    lags, counts = corr["lag"].values, in_groups(corr)
    rows: dict[str, list[Array]] = {name: [] for name in ("", "_stderr", "_estimator_error", "_step_error")}
    findings = [*of_field(corr), *of_one_origin(corr)]
    for angle in (float(each) for each in theta):
        covariance = partial(quadrature_covariance, corr, angle)
        found = half_line(lags, covariance(), counts, omega, moved_by_steps(corr, covariance))
        value, error = jackknife(2 * found.integral, counts)
        rows[""].append(np.asarray(value))
        rows["_stderr"].append(error)
        rows["_estimator_error"].append(2 * found.error)
        if found.moved is not None:
            rows["_step_error"].append(step_error(corr, 2 * found.integral[0], 2 * found.moved))
        findings += _of_lags(corr, found, np.nan_to_num(error) / 2, angle)
    port = float(corr.attrs["photon_loss"])
    values = {f"intracavity_spectrum{end}": np.array(row) for end, row in rows.items() if row}
    findings += of_step(values, "the spectrum")
    if port > 0:
        values |= {name.replace("intracavity", "output"): 2 * port * value for name, value in values.items()}
        values["output_spectrum"] = 1 + values["output_spectrum"]
    return derived(corr, values, {"angle": theta, "frequency": omega}, findings, {})


def _of_lags(corr: xr.Dataset, found: HalfLine, error: Array, angle: float) -> list[Finding]:
    """What is not seen of a correlation: beyond the longest lag, or in the noise before it."""
    whose = f"the correlation of the quadrature at angle {angle:.4g}"
    if not (np.isfinite(found.integral[0]).all() and np.isfinite(found.error).all()):
        return [Finding(Verdict.REJECT, f"{whose} does not decay, or is NaN: there is no stationary spectrum.")]
    if found.left > MUCH_LEFT:
        branch = ""
        if corr.attrs["keeps_parity"] and corr.attrs.get("threshold_ratio", 0.0) > 1:
            branch = " Or start in a branch, so that the field has a mean to subtract."
        reason = (
            f"{found.left:.0%} of {whose} is left at the longest lag, and the rest was extrapolated: use longer lags."
        )
        return [Finding(Verdict.DOUBT, reason + branch)]
    if found.unseen > MUCH_LEFT and found.extrapolated.max() > 2 * error.max():
        reason = (
            f"the last {found.unseen:.0%} of {whose} is lost in its error, and was extrapolated with an error "
            "larger than that of sampling: use more trajectories."
        )
        return [Finding(Verdict.DOUBT, reason)]
    return []

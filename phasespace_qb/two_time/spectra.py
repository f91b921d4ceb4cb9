"""Spectra of squeezing from sampled correlations: inside the resonator and in the light that leaves it."""

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from phasespace_qb.errors import refusal
from phasespace_qb.outcome import Finding, Verdict
from phasespace_qb.results.jackknife import jackknife
from phasespace_qb.two_time.replicates import derived, in_groups, quadrature_covariance, require_correlations
from phasespace_qb.two_time.tails import half_line

Array = NDArray[np.float64]

MUCH_LEFT = 0.05
"""Part of a correlation that the last lag must not leave: most of the spectrum at ω = 0 would be a guess."""


def squeezing_spectrum(corr: xr.Dataset, frequencies: ArrayLike, angles: ArrayLike = (0.0, np.pi / 2)) -> xr.Dataset:
    """Spectra of the quadratures x_θ of the storage mode and of the light that it loses.

    S_N(ω) = 2 ∫₀^∞ C(τ) cos ωτ dτ,  C = Re[e^(−2iθ) C_m] + Re C_n,  S(ω) = 1 + 2γ S_N(ω),  with
    C_m = ⟨a(t+τ)a(t)⟩ and C_n = ⟨a†(t)a(t+τ)⟩ less the product of their means, and γ all of the mode's photon loss.
    1 is the level of coherent light, 0 perfect squeezing.

    frequencies (K,): from the mode's own frame, units γ_s.  angles (A,): θ in radians.  -> `intracavity_spectrum` and
    `output_spectrum` over (angle, frequency); without photon loss there is no output.  Errors: `_stderr` by jackknife;
    `_estimator_error` for the distance of the lags and for what lies beyond them (see `tails.half_line`).
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
    omega, theta = _reals("frequencies", frequencies), _reals("angles", angles)
    lags, counts = corr["lag"].values, in_groups(corr)
    spectra, errors, estimator, findings = [], [], [], []
    for angle in theta:
        found = half_line(lags, quadrature_covariance(corr, float(angle)), counts, omega)
        value, error = jackknife(2 * found.integral, counts)
        spectra.append(value)
        errors.append(error)
        estimator.append(2 * found.error)
        findings += _of_lags(found.left, found.integral[0], float(angle))
    port = float(corr.attrs["photon_loss"])
    values = {
        "intracavity_spectrum": np.array(spectra),
        "intracavity_spectrum_stderr": np.array(errors),
        "intracavity_spectrum_estimator_error": np.array(estimator),
    }
    if port > 0:
        values |= {name.replace("intracavity", "output"): 2 * port * value for name, value in values.items()}
        values["output_spectrum"] = 1 + values["output_spectrum"]
    return derived(corr, values, {"angle": theta, "frequency": omega}, findings, {})


def _of_lags(left: float, integral: Array, angle: float) -> list[Finding]:
    whose = f"the correlation of the quadrature at angle {angle:.4g}"
    if np.isnan(integral).any():
        return [Finding(Verdict.REJECT, f"{whose} does not decay, or is NaN: there is no stationary spectrum.")]
    if left <= MUCH_LEFT:
        return []
    return [
        Finding(
            Verdict.DOUBT,
            f"{left:.0%} of {whose} is left at the longest lag, and the rest was extrapolated: use longer lags. Above "
            "threshold start in a branch, so that the field has a mean to subtract.",
        )
    ]


def _reals(name: str, given: ArrayLike) -> Array:
    must_be = "one finite real number or a list of them"
    try:
        numbers = np.atleast_1d(np.asarray(given, dtype=np.float64))
    except (TypeError, ValueError):
        raise TypeError(refusal(name, must_be, given)) from None
    if numbers.ndim != 1 or not len(numbers) or not np.isfinite(numbers).all():
        raise ValueError(refusal(name, must_be, given))
    return numbers

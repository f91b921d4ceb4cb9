"""How long field and intensity remember: correlation times, and the mean time between the two branches."""

import json
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from phasespace_qb.errors import require_real
from phasespace_qb.outcome import Finding, Verdict
from phasespace_qb.results.jackknife import jackknife
from phasespace_qb.two_time.replicates import (
    average,
    derived,
    in_groups,
    intensity_covariance,
    quadrature_covariance,
    require_correlations,
)
from phasespace_qb.two_time.tails import Decay, asymptotic, half_line

Array = NDArray[np.float64]


def correlation_time(corr: xr.Dataset, angle: float = 0.0) -> xr.Dataset:
    """Correlation times of the quadrature x_θ ("field") and of the photon number ("intensity").

    `correlation_time` = ∫₀^∞ C(τ)/C(0) dτ, and `asymptotic_rate` r of C(τ) ~ e^(−rτ) at late lags, with means
    subtracted where parity does not make them vanish.  r is the gap of the Liouvillian: its slowest eigenvalue is −r in
    the antisymmetric sector for the field, and in the symmetric one (besides 0) for the intensity, as far as the
    operator reaches it and a slower but weaker part does not hide in the noise.

    The rate is fitted in the window that `tails.asymptotic` chooses; attributes `field_window` and `intensity_window`.
    Symmetrically ordered correlations have no intensity.  Errors: `_stderr` by jackknife, and `_estimator_error` from
    the halves of the window, the distance of the lags and what lies beyond them.
    Raises: TypeError or ValueError for what is no result of `correlations`, or an angle that is not real.
    """
    require_correlations(corr)
    theta = require_real("angle", angle, "a finite real number (radians)")
    covariances = {"field": quadrature_covariance(corr, theta)}
    if corr.attrs["ordering"] != "symmetric":
        covariances["intensity"] = intensity_covariance(corr)
    lags, counts = corr["lag"].values, in_groups(corr)
    names = ("correlation_time", "asymptotic_rate")
    rows: dict[str, list[float]] = {f"{name}{end}": [] for name in names for end in ("", "_stderr", "_estimator_error")}
    findings: list[Finding] = []
    windows: dict[str, str] = {}
    for observable, covariance in covariances.items():
        found = half_line(lags, covariance, counts, np.zeros(1))
        with np.errstate(all="ignore"):
            integrated = jackknife(found.integral[:, 0] / covariance[:, 0], counts)
            estimator = float(found.error[0] / abs(covariance[0, 0]))
        decay = asymptotic(lags, covariance, counts)
        rate = (np.nan, np.nan) if decay is None else jackknife(decay.rate, counts)
        unsure = np.nan if decay is None else decay.disagreement
        for name, number in zip(rows, (*integrated, estimator, *rate, unsure), strict=True):
            rows[name].append(float(number))
        if decay is None:
            findings.append(_nothing_to_fit(observable))
        else:
            windows[f"{observable}_window"] = _window(lags, decay)
    values: dict[str, Any] = {name: np.array(row) for name, row in rows.items()}
    return derived(corr, values, {"observable": list(covariances)}, findings, {**windows, "angle": theta})


def switching_time(corr: xr.Dataset) -> xr.Dataset:
    """Mean time T in which an oscillator goes from one of its two branches to the other.

    Re ⟨a†(t)a(t+τ)⟩ ~ e^(−2τ/T) at late lags: −2/T is the least eigenvalue of the Liouvillian in its antisymmetric
    sector, with a mean time T from either branch to the other.  A start in a branch gives the same correlation as one
    that keeps parity, so no mean is subtracted.  `switching_time` T and `switching_rate` 2/T; the lags should reach to
    about T, beyond all that happens within a branch.

    Errors: `_stderr` by jackknife, `_estimator_error` from the halves of the window of the fit (attribute `window`).
    Raises: TypeError or ValueError for what is no result of `correlations`.
    Source: Drummond and Kinsler, Phys. Rev. A 40, 4813 (1989).
    """
    require_correlations(corr)
    lags, counts = corr["lag"].values, in_groups(corr)
    decay = asymptotic(lags, average(corr, "first_order").real, counts)
    if decay is None:
        unknown = {name: np.asarray(np.nan) for name in ("switching_time", "switching_rate")}
        return derived(corr, unknown, {}, [_nothing_to_fit("field")], {})
    findings = []
    rate, error = jackknife(decay.rate, counts)
    if not rate > 2 * error:
        reason = "the correlation of the field does not decay within these lags: use longer ones, or more trajectories."
        findings.append(Finding(Verdict.REJECT, reason))
    with np.errstate(all="ignore"):
        time, time_error = jackknife(2 / decay.rate, counts)
    values = {
        "switching_rate": np.asarray(rate),
        "switching_rate_stderr": np.asarray(error),
        "switching_rate_estimator_error": np.asarray(decay.disagreement),
        "switching_time": np.asarray(time),
        "switching_time_stderr": np.asarray(time_error),
        "switching_time_estimator_error": np.asarray(2 * decay.disagreement / rate**2),
    }
    return derived(corr, values, {}, findings, {"window": _window(lags, decay)})


def _window(lags: Array, decay: Decay) -> str:
    return json.dumps([float(lags[decay.first]), float(lags[decay.last])])


def _nothing_to_fit(observable: str) -> Finding:
    return Finding(
        Verdict.DOUBT,
        f"the {observable} correlation has too few lags at which it is clear of its error and of one sign: there is no "
        "asymptotic rate. Use more trajectories, or closer lags.",
    )

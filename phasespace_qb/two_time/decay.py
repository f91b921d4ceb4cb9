"""How long field and intensity remember: correlation times, and the mean time between the two branches."""

import json
from collections.abc import Callable
from functools import partial

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from phasespace_qb.errors import require_real
from phasespace_qb.outcome import Finding, Verdict
from phasespace_qb.results.jackknife import jackknife
from phasespace_qb.two_time.replicates import (
    derived,
    field_correlation,
    in_groups,
    intensity_covariance,
    moved_by_steps,
    of_step,
    quadrature_covariance,
    require_correlations,
    step_error,
)
from phasespace_qb.two_time.settled import of_field, of_one_origin
from phasespace_qb.two_time.tails import Decay, asymptotic, half_line

Array = NDArray[np.float64]
Covariance = Callable[[str | None], Array]

AT_THRESHOLD = 2.188
"""g⁽²⁾(0) of the quartic well at threshold, Γ(¼)Γ(5/4)/Γ(¾)²: above, the field has one hump about zero."""


def correlation_time(corr: xr.Dataset, angle: float = 0.0) -> xr.Dataset:
    """Correlation times of the quadrature x_θ ("field") and of the photon number ("intensity").

    `correlation_time` = ∫₀^∞ C(τ)/C(0) dτ, and `asymptotic_rate` r of C(τ) ~ e^(−rτ) at late lags, with means
    subtracted where parity does not make them vanish.  r is the gap of the Liouvillian: its slowest eigenvalue is −r in
    the antisymmetric sector for the field, and in the symmetric one (besides 0) for the intensity, as far as the
    operator reaches it and a slower but weaker part does not hide in the noise.

    The rate is fitted in the window that `tails.asymptotic` chooses; attributes `field_window` and `intensity_window`.
    Symmetrically ordered correlations have no intensity.  Errors: `_stderr` by jackknife, and `_estimator_error` from
    the halves of the window, the distance of the lags and what lies beyond them, `_step_error` of doubled steps.

    corr: a result of `correlations`.  angle: θ in radians.  Units: 1/γ_s, and γ_s of the rate.
    Shapes: (…, lag) -> over observable, "field" and "intensity" (2,), or "field" alone.
    Raises: TypeError or ValueError for what is no result of `correlations`, or an angle that is not real.
    Source: definition; Gardiner and Zoller, Quantum Noise (2004), on correlations of stationary states.
    """
    require_correlations(corr)
    theta = require_real("angle", angle, "a finite real number (radians)")
    covariances: dict[str, Covariance] = {"field": partial(quadrature_covariance, corr, theta)}
    if corr.attrs["ordering"] != "symmetric":
        covariances["intensity"] = partial(intensity_covariance, corr)
    findings = [*of_field(corr), *of_one_origin(corr)]
    columns: list[dict[str, Array]] = []
    windows: dict[str, str] = {}
    for observable, covariance in covariances.items():
        column, decay, found = _times(corr, covariance, observable)
        columns.append(column)
        findings += found
        if decay is not None:
            windows[f"{observable}_window"] = _window(corr["lag"].values, decay)
    values = {name: np.array([column[name] for column in columns]) for name in columns[0]}
    findings += of_step(values, "correlation times")
    return derived(corr, values, {"observable": list(covariances)}, findings, {**windows, "angle": theta})


def _times(
    corr: xr.Dataset, covariance: Covariance, observable: str
) -> tuple[dict[str, Array], Decay | None, list[Finding]]:
    """Integral and late rate of one correlation with their errors, the fit, and what there is to say of it."""
    lags, counts, own, moved = corr["lag"].values, in_groups(corr), covariance(None), moved_by_steps(corr, covariance)
    found = half_line(lags, own, counts, np.zeros(1), moved)
    decay = asymptotic(lags, own, counts)
    values: dict[str, Array] = {}
    with np.errstate(all="ignore"):
        times = found.integral[:, 0] / own[:, 0]
        values["correlation_time"], values["correlation_time_stderr"] = _estimate(times, counts)
        values["correlation_time_estimator_error"] = found.error[0] / abs(own[0, 0])
        if moved is not None and found.moved is not None:
            values["correlation_time_step_error"] = step_error(corr, times[0], found.moved[:, 0] / moved[:, 0])
    values |= _rate(corr, decay, moved, "asymptotic_rate")
    whose = f"the {observable} correlation"
    known = np.isfinite(values["correlation_time"]) and np.isfinite(found.error[0])
    if not known:
        return values, decay, [Finding(Verdict.REJECT, f"{whose} does not decay within these lags, or is NaN.")]
    return values, decay, of_decay(whose, lags, decay, values, "asymptotic_rate", Verdict.DOUBT)


def switching_time(corr: xr.Dataset) -> xr.Dataset:
    """Mean time T in which an oscillator goes from one of its two branches to the other.

    Re ⟨a†(t)a(t+τ)⟩ ~ e^(−2τ/T) at late lags: −2/T is the least eigenvalue of the Liouvillian in its antisymmetric
    sector, with a mean time T from either branch to the other.  A start in a branch gives the same correlation as one
    that keeps parity, so no mean is subtracted.  `switching_time` T and `switching_rate` 2/T; the lags should reach to
    about T, beyond all that happens within a branch.  Where they end before T/2 the result is doubted.

    Errors: `_stderr` by jackknife, `_step_error` of doubled steps, and `_estimator_error` from the halves of the window
    of the fit (attribute `window`); of T it is ∞ where the rate may be zero.

    corr: a result of `correlations`.  Shapes: (…, lag) -> ().  Units: 1/γ_s, and γ_s of the rate.
    Raises: TypeError or ValueError for what is no result of `correlations`.
    Source: Drummond and Kinsler, Phys. Rev. A 40, 4813 (1989).
    """
    require_correlations(corr)
    lags, counts = corr["lag"].values, in_groups(corr)
    covariance = partial(field_correlation, corr)
    decay, moved = asymptotic(lags, covariance(), counts), moved_by_steps(corr, covariance)
    values = _rate(corr, decay, moved, "switching_rate")
    findings = of_decay("the correlation of the field", lags, decay, values, "switching_rate", Verdict.REJECT)
    if decay is None:
        unknown = {name.replace("rate", "time"): value for name, value in values.items()}
        return derived(corr, values | unknown, {}, findings, {})
    rate, unsure = float(values["switching_rate"]), decay.disagreement
    with np.errstate(all="ignore"):
        values["switching_time"], values["switching_time_stderr"] = _estimate(2 / decay.rate, counts)
        if moved is not None:
            values["switching_time_step_error"] = step_error(corr, 2 / decay.rate[0], 2 / decay.of(lags, moved)[0])
    # Where the rate may be anything down to zero, the time has no upper bound.
    slowest = 2 / (rate - unsure) if 0 <= unsure < rate else np.inf
    values["switching_time_estimator_error"] = np.asarray(slowest - 2 / rate if rate > 0 else np.inf)
    findings += [*of_one_origin(corr), *_of_branches(corr), *of_step(values, "the switching time")]
    return derived(corr, values, {}, findings, {"window": _window(lags, decay)})


def _rate(corr: xr.Dataset, decay: Decay | None, moved: Array | None, name: str) -> dict[str, Array]:
    """The late rate with all its errors; NaN where nothing could be fitted."""
    ends = ("", "_stderr", "_estimator_error", *(() if moved is None else ("_step_error",)))
    if decay is None:
        return {f"{name}{end}": np.asarray(np.nan) for end in ends}
    rate, error = _estimate(decay.rate, in_groups(corr))
    values = {name: rate, f"{name}_stderr": error, f"{name}_estimator_error": np.asarray(decay.disagreement)}
    if moved is not None:
        values[f"{name}_step_error"] = step_error(corr, decay.rate[0], decay.of(corr["lag"].values, moved)[0])
    return values


def of_decay(
    whose: str, lags: Array, decay: Decay | None, values: dict[str, Array], name: str, nothing: Verdict
) -> list[Finding]:
    """Whether a late rate was found, whether it is one of a decay, and whether the lags reach far enough for it.

    nothing: what it means that there is nothing to fit.
    """
    if decay is None:
        return [
            Finding(
                nothing,
                f"{whose} has no asymptotic rate: it has too few lags at which it is clear of its error and of one "
                "sign, or it rings. Use more trajectories, or closer lags.",
            )
        ]
    rate, error = float(values[name]), float(values[f"{name}_stderr"])
    if not rate > 2 * error:
        reason = f"{whose} does not decay within these lags: use longer ones, or more trajectories."
        return [Finding(Verdict.REJECT, reason)]
    end = float(lags[decay.last])
    if rate * end >= 1:
        return []
    longest = decay.last == len(lags) - 1
    remedy = "Use longer lags." if longest else "Use more trajectories, so that later lags are clear of their error."
    return [
        Finding(
            Verdict.DOUBT,
            f"{whose} is followed up to a lag of {end:.3g} only, less than the {1 / rate:.3g} of a fall to 1/e: "
            f"faster decays may still be in the fit, and the rate be too large. {remedy}",
        )
    ]


def _of_branches(corr: xr.Dataset) -> list[Finding]:
    """Whether there are two branches to switch between."""
    if (ratio := float(corr.attrs.get("threshold_ratio", np.inf))) <= 1:
        why = f"the drive is {ratio:.3g} of its threshold"
    elif "second_order_correlation" in corr and _is_one_hump(corr):
        coherence = float(corr["second_order_correlation"][0])
        why = f"g⁽²⁾(0) = {coherence:.3g}, and it is {AT_THRESHOLD:.3g} where one branch becomes two"
    else:
        return []
    reason = (
        f"there are no two branches to switch between: {why}. The time is 2/r, with r the slowest rate of the field."
    )
    return [Finding(Verdict.DOUBT, reason)]


def _is_one_hump(corr: xr.Dataset) -> bool:
    value, error = (float(corr[f"second_order_correlation{end}"][0]) for end in ("", "_stderr"))
    return bool(value - 2 * np.nan_to_num(error) > AT_THRESHOLD)


def _estimate(replicates: Array, counts: Array) -> tuple[Array, Array]:
    value, error = jackknife(replicates, counts)
    return np.asarray(value), np.asarray(error)


def _window(lags: Array, decay: Decay) -> str:
    return json.dumps([float(lags[decay.first]), float(lags[decay.last])])

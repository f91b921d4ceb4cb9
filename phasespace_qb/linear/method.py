"""The method `LinearNoise`: mean field and Gaussian fluctuations as a result with values, errors and findings.

Two mean fields are of use for a battery.  From vacuum above threshold the field α_s = 0 is an exact but unstable
solution: `about="start"` is the theory of early times.  `about="branch"` starts in the steady state instead.  A run
from vacuum ends there in either of two mirror images, which makes the state of the storage mode a two-branch one.
"""

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.conventions import VACUUM_VARIANCE
from phasespace_qb.errors import refusal
from phasespace_qb.linear.correction import MOST_MODES, correction_along
from phasespace_qb.linear.covariance import GaussianModes, follow, steady_covariance
from phasespace_qb.linear.fixed_points import FixedPoint, fixed_points
from phasespace_qb.linear.mean_field import MeanField
from phasespace_qb.linear.values import Values, errors, values
from phasespace_qb.models.system import OpenSystem
from phasespace_qb.outcome import Finding, Outcome, Verdict

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

NOTICEABLE = 0.05
"""Share of a quantity from which on its first correction is reported."""
UNNOTICED = 1e-3
"""Correction, in quanta, that is never reported: at the very start everything is small."""


def solve(system: OpenSystem, times: Array, about: str, starts: ComplexArray | None = None) -> Outcome:
    """Linear theory at `times` (T,), units 1/γ_s.

    about: "start" or "branch", see `phasespace_qb.methods.LinearNoise`.  starts: where fixed points are looked for.
    Raises: ValueError if there is no stable fixed point to start from.
    """
    storage = system.modes.index(system.storage_mode)
    parity = system.keeps_parity(system.storage_mode)
    settled = about == "branch"
    start = GaussianModes(system.start_amplitudes, VACUUM_VARIANCE * np.eye(2 * len(system.modes)))
    findings: list[Finding] = []
    if settled:
        point, others = _branch(system, storage, parity, starts)
        start = GaussianModes(point.amplitudes, steady_covariance(system, point.amplitudes))
        findings += _of_other_branches(point, others)
    fluctuations = follow(system, times, start)
    passive = not settled and bool(start.amplitudes[storage] == 0)
    with np.errstate(all="ignore"):
        found = values(fluctuations, times, storage, parity, passive, charging=not settled)
    findings += _of_range(fluctuations, times)
    if len(system.modes) > MOST_MODES:
        return _outcome(found, [*findings, _unchecked()], about)
    correction = correction_along(system, times, start, settled)
    with np.errstate(all="ignore"):
        bounds = errors(found, fluctuations, correction, times, storage, parity)
    findings += _of_correction(found, bounds, times, _growth(system, times, fluctuations.amplitudes))
    return _outcome(found | bounds, findings, about)


def _outcome(found: Values, findings: list[Finding], about: str) -> Outcome:
    numbers = found.get("number_distribution")
    coordinates = {} if numbers is None else {"n": np.arange(numbers.shape[-1])}
    return Outcome(found, findings, coordinates, {"about": about})


def _branch(
    system: OpenSystem, storage: int, parity: bool, starts: ComplexArray | None
) -> tuple[FixedPoint, list[FixedPoint]]:
    """The stable fixed point with most energy in the storage mode, and those that are neither it nor its mirror."""
    stable = [point for point in fixed_points(system, starts) if point.stable]
    if not stable:
        raise ValueError(
            refusal("about", '"start" for a system without a stable fixed point', "branch", "It may be at a threshold.")
        )
    chosen = max(stable, key=lambda point: round(float(np.abs(point.amplitudes[storage])), 6))
    mirror = chosen.amplitudes.copy()
    mirror[storage] *= -1
    images = [chosen.amplitudes, mirror] if parity else [chosen.amplitudes]
    reach = 1e-6 * (1 + np.abs(mirror).max())
    others = [p for p in stable if all(np.abs(p.amplitudes - image).max() > reach for image in images)]
    return chosen, others


def _of_other_branches(point: FixedPoint, others: list[FixedPoint]) -> list[Finding]:
    if not others:
        return []
    return [
        Finding(
            Verdict.DOUBT,
            f"the mean field has {len(others)} more stable fixed point{'s' if len(others) > 1 else ''}; this is the "
            f"linear theory about amplitudes {np.array2string(point.amplitudes, precision=4)} alone, and linear theory "
            "does not say how often each is reached. Use PositiveP or TruncatedWigner.",
        )
    ]


def _of_range(fluctuations: GaussianModes, times: Array) -> list[Finding]:
    finite = np.isfinite(fluctuations.amplitudes).all(axis=-1) & np.isfinite(fluctuations.covariance).all(axis=(-1, -2))
    if finite.all():
        return []
    return [
        Finding(
            Verdict.REJECT,
            f"the mean field or its covariance has grown beyond all bounds before t = {times[np.argmin(finite)]:.3g}; "
            "values are NaN from there on.",
        )
    ]


def _unchecked() -> Finding:
    return Finding(
        Verdict.DOUBT,
        f"whether the fluctuations are small was not checked: the first correction is computed up to {MOST_MODES} "
        "modes. Compare with PositiveP or TruncatedWigner.",
    )


def _growth(system: OpenSystem, times: Array, amplitudes: ComplexArray) -> float:
    """The rate at which fluctuations about the last finite mean field grow; negative where they decay, units γ_s."""
    finite = np.flatnonzero(np.isfinite(amplitudes).all(axis=-1))
    if not len(finite):
        return 0.0
    jacobian, _ = MeanField.of(system).linearised(float(times[finite[-1]]), amplitudes[finite[-1]])
    return float(np.linalg.eigvals(jacobian).real.max())


def _of_correction(found: Values, bounds: Values, times: Array, growth: float) -> list[Finding]:
    """The linear theory is to be doubted from where its own first correction is no longer small."""
    worst, since = 0.0, np.inf
    for name in ("energy", "ergotropy"):
        size, bound = np.abs(found[name]), np.nan_to_num(bounds[f"{name}_estimator_error"], nan=np.inf)
        large = np.isfinite(size) & (bound > NOTICEABLE * size + UNNOTICED)
        if large.any():
            share = np.divide(bound, size, out=np.full_like(size, np.inf), where=size > 0)
            worst = max(worst, float(share[large].max()))
            since = min(since, float(times[np.argmax(large)]))
    if worst == 0.0:
        return []
    shown = f"up to {worst:.0%}" if worst < 10 else "more than tenfold"
    remedy = (
        "Use PositiveP, or TruncatedWigner at large photon numbers."
        if growth <= 0
        else f"The mean field is unstable: fluctuations about it grow at the rate {growth:.3g} without end. Use "
        'LinearNoise(about="branch") for the steady state, or PositiveP.'
    )
    return [
        Finding(
            Verdict.DOUBT,
            f"linear theory is too coarse from t = {since:.3g} on: twice its first correction changes the energy or "
            f"the ergotropy by {shown}. {remedy}",
        )
    ]

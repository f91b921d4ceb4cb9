"""Rules that look at what came out of a run: counts, values and their errors."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.conventions import VACUUM_VARIANCE
from phasespace_qb.outcome import Finding, Verdict
from phasespace_qb.phase_space.equations import Equations
from phasespace_qb.phase_space.hazards.runaway import ever_since
from phasespace_qb.phase_space.kernels.emit import TILE

NOTICEABLE_DEVIATION = 0.02
NOTICEABLE_STEP_ERROR = 0.002
LARGEST_SKEWNESS = 1.9
"""Mismatch of the number skewness from which on the calibrated error of the branches means nothing."""

FEW_PHOTONS = 10.0
"""Below this photon number the terms that truncated Wigner drops are known to matter."""


def of_counts(
    not_finite: NDArray[np.float64], trajectories: int, groups: NDArray[np.float64], run: str = ""
) -> list[Finding]:
    """Rules about how many trajectories there were, and how many had diverged at each time, (T,).

    run: which run they are of, in words, if it is not the one that was asked for.
    """
    whose = f" of {run}" if run else ""
    findings = []
    if not_finite.any():
        findings.append(
            Finding(
                Verdict.REJECT,
                f"{int(not_finite[-1]):,} of {trajectories:,} trajectories{whose} became infinite or NaN; averages "
                "are NaN from then on, because dropping such trajectories would bias them. Use Lindblad, or "
                "TruncatedWigner where photon numbers are large.",
                at=ever_since(not_finite > 0),
            )
        )
    if (groups == 0).any():
        findings.append(
            Finding(
                Verdict.DOUBT,
                f"{trajectories:,} trajectories are too few for error bars: they need {len(groups)} groups. "
                f"Use {len(groups) * TILE:,} or more.",
            )
        )
    return findings


def of_dropped_terms(equations: Equations, photon_number: NDArray[np.float64]) -> list[Finding]:
    """Truncation matters where photon numbers are small; shape of photon_number: (T,), of the storage mode."""
    few = photon_number < FEW_PHOTONS
    if not equations.dropped or not few.any():
        return []
    when = "at the end" if few[-1] else "at some times"
    return [
        Finding(
            Verdict.DOUBT,
            f"third-order derivatives were dropped and the photon number is below {FEW_PHOTONS:g} {when}: truncated "
            "Wigner is biased there by an amount of the order of the noise parameter. Use PositiveP.",
            at=few,
        )
    ]


def of_values(values: Mapping[str, NDArray[Any]]) -> list[Finding]:
    """Work that is NaN although the energy is not: the moments fit no state that the estimator knows."""
    known = np.isfinite(values["energy"])
    names = ("ergotropy", "ergotropy_coherent", "ergotropy_incoherent")
    missing = known & ~np.all([np.isfinite(values[name]) for name in names], axis=0)
    if not missing.any():
        return []
    return [
        Finding(
            Verdict.REJECT,
            "the moments of the storage mode fit no Gaussian and no pair of Gaussian branches at some times; its work "
            "is NaN there. Use more trajectories, or another method.",
            at=missing,
        )
    ]


def of_step(values: Mapping[str, NDArray[Any]], run_away: NDArray[np.bool_] | None = None) -> list[Finding]:
    """The error of the step should not be what limits the result.

    run_away: times at which trajectories run away, (T,); what doubled steps change then is no error of the step.
    """
    with np.errstate(invalid="ignore"):
        scale = np.nanmax(np.abs(values["energy"]), initial=0.0)
        allowed = 2 * np.nan_to_num(values["energy_stderr"]) + NOTICEABLE_STEP_ERROR * scale
        too_long = values["energy_step_error"] > allowed
    if run_away is not None:
        too_long &= ~run_away
    if not too_long.any():
        return []
    worst = float(np.nanmax(values["energy_step_error"][too_long]))
    return [
        Finding(
            Verdict.DOUBT,
            f"the time step changes the energy by up to {worst:.2g}, more than twice the sampling error: use a shorter "
            "step.",
            at=too_long,
        )
    ]


def of_uncertainty(symplectic_eigenvalue: NDArray[np.float64], stderr: NDArray[np.float64]) -> list[Finding]:
    """ν ≥ ½ must hold within the sampling error; both (T,)."""
    with np.errstate(invalid="ignore"):
        violated = symplectic_eigenvalue < VACUUM_VARIANCE - 5 * stderr - 1e-9
    if not violated.any():
        return []
    return [
        Finding(
            Verdict.REJECT,
            f"the uncertainty relation is violated by more than five standard errors at {int(violated.sum())} of "
            f"{len(violated)} times: the ensemble is no quantum state.",
            at=ever_since(violated),
        )
    ]


def of_shape(values: Mapping[str, NDArray[Any]], parity: bool) -> list[Finding]:
    """Whether Gaussian branches describe the state well enough for its work."""
    with np.errstate(invalid="ignore"):
        if parity:
            # Near vacuum the skewness is a ratio of two small numbers.
            filled = values["energy"] > np.maximum(0.1, 5 * np.nan_to_num(values["energy_stderr"]))
            poor = filled & (values["non_gaussianity"] > LARGEST_SKEWNESS)
            if not poor.any():
                return []
            return [
                Finding(
                    Verdict.DOUBT,
                    f"two Gaussian branches describe the state poorly at {int(poor.sum())} of {len(poor)} times "
                    "(number skewness off by more than its calibration); energies and moments are not affected.",
                    at=poor,
                )
            ]
        deviation, error = values["variance_deviation"], values["variance_deviation_stderr"]
        significant = np.abs(deviation) > np.maximum(NOTICEABLE_DEVIATION, 5 * np.nan_to_num(error))
    if not significant.any():
        return []
    worst = float(np.abs(deviation[significant]).max())
    return [
        Finding(
            Verdict.DOUBT,
            f"ergotropy is that of one Gaussian, but the photon number variance differs from a Gaussian's by up to "
            f"{worst:.0%}; energies and moments are not affected.",
            at=significant,
        )
    ]

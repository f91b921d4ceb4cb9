"""May this ensemble be trusted?  Rules that look at the equations before a run and at what came out of it."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.conventions import VACUUM_VARIANCE, Ordering
from phasespace_qb.phase_space.equations import Equations

NOTICEABLE_DEVIATION = 0.02

FEW_PHOTONS = 10.0
"""Below this photon number the terms that truncated Wigner drops are known to matter."""


class Verdict(IntEnum):
    """How far a result may be trusted; the worst finding decides."""

    TRUST = 0
    DOUBT = 1
    REJECT = 2


@dataclass(frozen=True)
class Finding:
    """One reason to doubt or reject a result, in words for the user."""

    verdict: Verdict
    reason: str


def of_equations(equations: Equations) -> list[Finding]:
    """Rules that need the parameters only."""
    findings = []
    if equations.ordering is Ordering.NORMAL:
        noisy = {term.target for term in equations.noise if term.root_depends_on_state or term.factors}
        rotating = [
            variable
            for variable in noisy
            for term in equations.drift[variable]
            if term.factors == (variable,) and any(number.imag for number, _ in term.coefficient.terms)
        ]
        if rotating:
            findings.append(
                Finding(
                    Verdict.DOUBT,
                    f"{equations.variables[min(rotating)]} rotates (detuning) and carries multiplicative noise: "
                    "positive-P trajectories can leave the real manifold and spike, at any coupling; shorter steps "
                    "make it worse. Compare with TruncatedWigner.",
                )
            )
    return findings


def of_counts(not_finite: int, trajectories: int, groups: NDArray[np.float64]) -> list[Finding]:
    """Rules about how many trajectories there were and how many diverged."""
    findings = []
    if not_finite:
        findings.append(
            Finding(
                Verdict.REJECT,
                f"{not_finite:,} of {trajectories:,} trajectories became infinite or NaN; averages are NaN from then "
                "on, because dropping such trajectories would bias them. Use TruncatedWigner or a smaller coupling.",
            )
        )
    if (groups == 0).any():
        findings.append(
            Finding(
                Verdict.DOUBT,
                f"{trajectories:,} trajectories are too few for error bars: they need {len(groups)} groups. "
                "Use 2,560 or more.",
            )
        )
    return findings


def of_dropped_terms(equations: Equations, photon_number: NDArray[np.float64]) -> list[Finding]:
    """Truncation matters where photon numbers are small; shape of photon_number: (T,), of the storage mode."""
    if not equations.dropped or not (photon_number < FEW_PHOTONS).any():
        return []
    when = "at the end" if photon_number[-1] < FEW_PHOTONS else "early in the run"
    return [
        Finding(
            Verdict.DOUBT,
            f"third-order derivatives were dropped and the photon number is below {FEW_PHOTONS:g} {when}: "
            "truncated Wigner is biased there by up to about 0.1 quanta and 10 %. Use PositiveP.",
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
        )
    ]


def of_shape(non_gaussianity: NDArray[np.float64], parity: bool) -> list[Finding]:
    """A single Gaussian is an assumption; say so where the photon number variance contradicts it by over 2 %."""
    if parity or not (non_gaussianity > NOTICEABLE_DEVIATION).any():
        return []
    worst = float(np.nanmax(non_gaussianity))
    return [
        Finding(
            Verdict.DOUBT,
            f"ergotropy is that of one Gaussian, but the photon number variance differs from a Gaussian's by up to "
            f"{worst:.0%}; energies and moments are not affected.",
        )
    ]

"""Rules about trajectories that run away: power-law tails, infinite variances, roots that stop being real."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.outcome import Finding, Verdict
from phasespace_qb.phase_space.equations import Equations, Factors
from phasespace_qb.phase_space.integrators import BoundedTwoPoint
from phasespace_qb.phase_space.tails import Tails

# Calibrated on systems other than those that `python -m validation hazards` reports on.
HEAVY_TAIL = 3.0
"""Tail index of the drift, upper limit, below which biases were seen to follow; clean runs stayed above 5.

Every wrong run was below 1.6 when it was first wrong."""
INFINITE_VARIANCE = 2.0
"""Tail index below which a distribution has no variance, and averages of it no standard error."""
CARRIED = 0.2
"""Share of the drift that 0.1 % of the trajectories must not carry; in clean runs they carried 0.06 at most."""
OUTWARD = 1.3
"""⟨|z|²⟩ of the largest drifts over that of all, from which on they belong to trajectories that run away: 1.8 and more.

Where a large ensemble has settled and a few are still on their way, their drifts fall off like a power law too, but
these trajectories lie within the others: 1.0 and less."""
OUTSIDE = 0.01
"""Share of the trajectories that may leave an interval which exact solutions do not leave."""


def ever_since(found: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """From the first time on: trajectories that went wrong stay in the average, even if they come back."""
    return np.logical_or.accumulate(found)


def of_tails(tails: Tails) -> list[Finding]:
    """Whether positive-P may be losing probability at infinity, and whether averages have a variance at all."""
    infinite = without_variance(tails)
    heavy = ever_since(((tails.index < HEAVY_TAIL) | (tails.carried > CARRIED)) & (tails.outward > OUTWARD)) & ~infinite
    findings = []
    if heavy.any():
        consequence = "trajectories run away, and positive-P averages are or will be biased"
        findings.append(Finding(Verdict.DOUBT, f"{_tail(tails, heavy)}: {consequence}{_REMEDY}", at=heavy))
    if infinite.any():
        consequence = "averages are biased, and they have no variance, hence no error bars"
        findings.append(Finding(Verdict.REJECT, f"{_tail(tails, infinite)}: {consequence}{_REMEDY}", at=infinite))
    return findings


_REMEDY = "; shorter steps do not show it. Use Lindblad, or TruncatedWigner where photon numbers are large."


def _tail(tails: Tails, at: NDArray[np.bool_]) -> str:
    """What was seen when it was first seen."""
    first = int(at.argmax())
    if not tails.index[first] < HEAVY_TAIL:
        return f"0.1% of the trajectories carry {tails.carried[first]:.0%} of the drift"
    return (
        f"the largest {100 * tails.depth[first]:.2g}% of the drifts fall off like a power law of index "
        f"{tails.index[first]:.2g} or less, no faster further out"
    )


def without_variance(tails: Tails) -> NDArray[np.bool_]:
    """From when on the variance is infinite, (T,)."""
    return ever_since((tails.index < INFINITE_VARIANCE) & (tails.outward > OUTWARD))


def without_error_bars(values: Mapping[str, NDArray[Any]], at: NDArray[np.bool_]) -> dict[str, NDArray[Any]]:
    """The same values with NaN for every standard error at these times, (T,), and for those of the whole run.

    The scatter of an ensemble without a variance is no error bar: the larger the ensemble, the larger it grows.
    """
    if not at.any():
        return dict(values)
    result = dict(values)
    for name, errors in values.items():
        if name.endswith("_stderr"):
            unknown = np.nan * (1 + 1j) if np.iscomplexobj(errors) else np.nan
            known = ~at.reshape(-1, *[1] * (errors.ndim - 1)) if errors.ndim else np.asarray(False)
            result[name] = np.where(known, errors, unknown)
    return result


def of_interval(equations: Equations, not_real: NDArray[np.float64], trajectories: int) -> list[Finding]:
    """Trajectories of real equations that left the square in which exact solutions stay.

    Where every noise is √(A − Bz²) of its own variable, a real start inside ± √(A/B) stays real for ever; a step beyond
    the end makes the root imaginary.  Other equations leave the real numbers by themselves, which is no fault.
    not_real: how many trajectories are not real, (T,).
    """
    outside = not_real > OUTSIDE * trajectories
    if not outside.any() or BoundedTwoPoint().refuses(equations) or _starts_outside(equations):
        return []
    return [
        Finding(
            Verdict.DOUBT,
            f"the steps of up to {not_real.max() / trajectories:.0%} of the trajectories went beyond the interval in "
            "which exact solutions stay real: averages can be biased. Use PositiveP(integrator=BoundedTwoPoint()), or "
            "shorter steps.",
            at=ever_since(outside),
        )
    ]


def _starts_outside(equations: Equations) -> bool:
    at_start = np.zeros(1)
    for noise in equations.noise:
        parts: dict[Factors, complex] = {p.factors: p.coefficient.sample(at_start)[0] for p in noise.radicand}
        inside = parts[()] + parts[noise.target, noise.target] * equations.start_mean[noise.target] ** 2
        if inside.real < 0:
            return True
    return False

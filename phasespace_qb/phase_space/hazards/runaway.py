"""Rules about trajectories that run away: power-law tails, infinite variances, roots that stop being real."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.outcome import Finding, Verdict
from phasespace_qb.phase_space.equations import Equations, Factors
from phasespace_qb.phase_space.integrators import BoundedTwoPoint
from phasespace_qb.phase_space.tails import Tails

# Calibrated on systems other than those that `python -m validation --full` reports on.
HEAVY_TAIL = 3.0
"""Tail index of the drift, upper limit, below which biases were seen to follow; clean runs stayed above 5.

Every wrong run was below 1.6 when it was first wrong."""
INFINITE_VARIANCE = 2.0
"""Tail index below which a distribution has no variance, and averages of it no standard error."""
CARRIED = 0.2
"""Share of the drift that 0.1 % of the trajectories must not carry; in clean runs they carried 0.01 at most."""
OUTWARD = 1.3
"""⟨|z|²⟩ of the largest drifts over that of all, from which on they belong to trajectories that run away: 1.8 and more.

Where a large ensemble has settled and a few are still on their way, their drifts fall off like a power law too, but
these trajectories lie within the others: 1.0 and less."""
OUTSIDE = 0.01
"""Share of the trajectories that may leave an interval which exact solutions do not leave."""


def ever_since(found: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """From the first time on: trajectories that went wrong stay in the average, even if they come back."""
    return np.logical_or.accumulate(found)


def of_tails(tails: Sequence[Tails]) -> list[Finding]:
    """Whether positive-P may be losing probability at infinity, and whether averages have a variance at all.

    tails: of each set of variables; the worst one speaks, the first that was found and among those the heaviest.
    """
    infinite = without_variance(tails)
    each = [((of.index < HEAVY_TAIL) | (of.carried > CARRIED)) & (of.outward > OUTWARD) for of in tails]
    heavy = ever_since(np.any(each, axis=0)) & ~infinite
    findings = []
    if heavy.any():
        consequence = "trajectories run away, and positive-P averages are or will be biased"
        findings.append(Finding(Verdict.DOUBT, f"{_tail(tails, heavy)}: {consequence}{_REMEDY}", at=heavy))
    if infinite.any():
        consequence = "averages are biased, and they have no variance, hence no error bars"
        findings.append(Finding(Verdict.REJECT, f"{_tail(tails, infinite)}: {consequence}{_REMEDY}", at=infinite))
    return findings


_REMEDY = "; shorter steps do not show it. Use Lindblad, or TruncatedWigner where photon numbers are large."


def _tail(tails: Sequence[Tails], at: NDArray[np.bool_]) -> str:
    """What was seen when it was first seen, of the set that was worst then."""
    first = int(at.argmax())
    far_out = [of for of in tails if of.outward[first] > OUTWARD]
    worst = min(far_out, key=lambda of: of.index[first])
    if not worst.index[first] < HEAVY_TAIL:
        worst = max(far_out, key=lambda of: of.carried[first])
    whose = f" of {worst.of}" if worst.of else ""
    if not worst.index[first] < HEAVY_TAIL:
        return f"0.1% of the trajectories carry {worst.carried[first]:.0%} of the drift{whose}"
    return (
        f"the largest {100 * worst.depth[first]:.2g}% of the drifts{whose} fall off like a power law of index "
        f"{worst.index[first]:.2g} or less, no faster further out"
    )


def without_variance(tails: Sequence[Tails], moment: int = 2) -> NDArray[np.bool_]:
    """From when on the variance of a moment, of this degree in the variables, is infinite, (T,).

    With |A| ~ |z|^d, P(|A| > s) ∝ s^(−a) gives |z|^(2m) a mean only for a > 2m/d.
    """
    limits = [max(INFINITE_VARIANCE, 2 * moment / of.degree) for of in tails]
    each = [(of.index < limit) & (of.outward > OUTWARD) for of, limit in zip(tails, limits, strict=True)]
    return ever_since(np.any(each, axis=0))


def without_error_bars(values: Mapping[str, NDArray[Any]], tails: Sequence[Tails]) -> dict[str, NDArray[Any]]:
    """The same values with NaN for every standard error while its variance is infinite, and for those of the whole run.

    The scatter of an ensemble without a variance is no error bar: the larger the ensemble, the larger it grows.  Pair
    numbers and coherences, which are of fourth degree, lose theirs first.
    """
    result = dict(values)
    lost = {degree: without_variance(tails, degree) for degree in (2, 4)}
    for name, errors in values.items():
        at = lost[4 if name in ("pair_number_stderr", "second_order_coherence_stderr") else 2]
        if name.endswith("_stderr") and at.any():
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

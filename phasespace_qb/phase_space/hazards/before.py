"""Rules that need the equations, the times and the scheme only, and so can speak before a run."""

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.conventions import Ordering
from phasespace_qb.outcome import Finding, Verdict
from phasespace_qb.phase_space.equations import Equations
from phasespace_qb.phase_space.hazards.results import NOTICEABLE_STEP_ERROR
from phasespace_qb.phase_space.integrators import BoundedTwoPoint, Integrator
from phasespace_qb.phase_space.nonlinear_loss import strongest_nonlinear_loss
from phasespace_qb.phase_space.step_size import ERROR_AT_UNITY, fastest_rate

# Calibrated on systems other than those that `python -m validation hazards` reports on.
STRONG_LOSS = 0.5
"""Γ/γ from which on positive-P ensembles grow power-law tails as a rule; at 0.4 one of ten did, at 0.25 none."""
HOPELESS_LOSS = 2.0
"""Γ/γ from which on all of them did, at the latest by Γt = 8."""


def of_equations(equations: Equations, times: NDArray[np.float64], integrator: Integrator) -> list[Finding]:
    """Rules that need the Itô equations, the save times (T,) and the scheme only; they can speak before a run."""
    if equations.ordering is not Ordering.NORMAL:
        return []
    return _of_rotation(equations) + ([] if integrator.bounded else _of_strength(equations, times))


def _of_rotation(equations: Equations) -> list[Finding]:
    # Linear equations have closed moments: with them, a rotation is a change of frame.
    if all(len(term.factors) < 2 for terms in equations.drift for term in terms):
        return []
    noisy = {term.target for term in equations.noise if term.root_depends_on_state or term.factors}
    rotating = [
        variable
        for variable in noisy
        for term in equations.drift[variable]
        if term.factors == (variable,) and any(number.imag for number, _ in term.coefficient.terms)
    ]
    if not rotating:
        return []
    return [
        Finding(
            Verdict.DOUBT,
            f"{equations.variables[min(rotating)]} rotates (detuning) and carries multiplicative noise: "
            "positive-P trajectories can leave the real manifold and spike, at any coupling; shorter steps "
            "make it worse. Compare with TruncatedWigner and LinearNoise or, at small photon numbers, with Lindblad.",
        )
    ]


def _of_strength(equations: Equations, times: NDArray[np.float64]) -> list[Finding]:
    loss = strongest_nonlinear_loss(equations, times)
    if loss is None or loss.ratio < STRONG_LOSS:
        return []
    seen = "run away" if loss.ratio >= HOPELESS_LOSS else "can run away"
    size = f"{loss.ratio:.3g} times its linear damping" if loss.damping else "without any linear damping"
    # With a real start in the square that it does not leave, one scheme stays exact at any strength.
    bounded = BoundedTwoPoint().refuses(equations) == ""
    remedy = "PositiveP(integrator=BoundedTwoPoint())" if bounded else "Lindblad"
    return [
        Finding(
            Verdict.DOUBT,
            f"{loss.variable} loses quanta in pairs at an effective rate of {loss.rate:.3g}, {size}; where that rate "
            f"is more than {STRONG_LOSS:g} of the damping, positive-P trajectories {seen} and bias averages before any "
            "of them becomes infinite. "
            f"Use {remedy}, or TruncatedWigner where photon numbers are large.",
        )
    ]


def of_step_length(equations: Equations, integrator: Integrator, end: float, step: float) -> list[Finding]:
    """Whether a step that was asked for is so near to the longest one that its error will be seen; before a run."""
    expected = ERROR_AT_UNITY[integrator.exact_linear] * (step * fastest_rate(equations, integrator, end)) ** 2
    if expected <= NOTICEABLE_STEP_ERROR:
        return []
    return [
        Finding(
            Verdict.DOUBT,
            f"a step of {step:.3g} is near the longest one that works: it is expected to change photon numbers by "
            f"{expected:.1%}. Use a shorter step, or leave it out.",
        )
    ]

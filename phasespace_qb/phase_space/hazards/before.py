"""Rules that need the equations, the times and the scheme only, and so can speak before a run."""

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.conventions import Ordering
from phasespace_qb.outcome import Finding, Verdict
from phasespace_qb.phase_space.equations import Equations
from phasespace_qb.phase_space.hazards.results import NOTICEABLE_STEP_ERROR
from phasespace_qb.phase_space.integrators import BoundedTwoPoint, Integrator
from phasespace_qb.phase_space.nonlinear_loss import strongest_nonlinear_loss

# Calibrated on systems other than those that `python -m validation --full` reports on.
STRONG_LOSS = 0.5
"""Γ/γ from which on positive-P ensembles grow power-law tails as a rule; at 0.4 one of ten did, at 0.25 none."""
HOPELESS_LOSS = 2.0
"""Γ/γ from which on all of them did, at the latest by Γt = 8."""
PHASE_SAMPLES, PHASE_ROUNDING = 257, 1e-9
"""Instants at which the phase of a drive is looked at, and how far it may seem to turn."""


def of_equations(equations: Equations, times: NDArray[np.float64], integrator: Integrator) -> list[Finding]:
    """Rules that need the Itô equations, the save times (T,) and the scheme only; they can speak before a run."""
    if equations.ordering is not Ordering.NORMAL:
        return []
    return _of_rotation(equations, float(times[-1])) + ([] if integrator.bounded else _of_strength(equations, times))


def _of_rotation(equations: Equations, end: float) -> list[Finding]:
    # With closed moments a rotation is a change of frame.
    if equations.has_linear_drift:
        return []
    noisy = {term.target for term in equations.noise if term.depends_on_state}
    under_roots = {v for term in equations.noise for part in term.radicand for v in part.factors}
    rotating = {v for v in noisy | under_roots if _rotates(equations, v)}
    if rotating & noisy:
        variable, what = min(rotating & noisy), "rotates (detuning) and carries multiplicative noise"
    elif rotating:
        variable, what = min(rotating), "rotates (detuning) under the root of a multiplicative noise"
    else:
        chirped = [v for v in _felt_by(noisy, equations) if _is_chirped(equations, v, end)]
        if not chirped:
            return []
        variable = min(chirped)
        what = "is driven with a phase that changes in time, a detuning by another name, under multiplicative noise"
    return [
        Finding(
            Verdict.DOUBT,
            f"{equations.variables[variable]} {what}: "
            "positive-P trajectories can leave the real manifold and spike, at any coupling; shorter steps "
            "make it worse. Compare with TruncatedWigner and LinearNoise or, at small photon numbers, with Lindblad.",
        )
    ]


def _rotates(equations: Equations, variable: int) -> bool:
    own = (term.coefficient for term in equations.drift[variable] if term.factors == (variable,))
    return any(number.imag for coefficient in own for number, _ in coefficient.terms)


def _felt_by(variables: set[int], equations: Equations) -> set[int]:
    """These variables and all that act on them, directly or through others."""
    felt = set(variables)
    while True:
        terms = [term for v in felt for term in equations.drift[v]]
        terms += [part for noise in equations.noise if noise.target in felt for part in noise.radicand]
        reached = felt | {v for term in terms for v in term.factors}
        if reached == felt:
            return felt
        felt = reached


def _is_chirped(equations: Equations, variable: int, end: float) -> bool:
    """Whether a coefficient leaves a line through the origin; its sign may change."""
    noise = [part for term in equations.noise if term.target == variable for part in term.radicand]
    for term in (*equations.drift[variable], *noise):
        if not term.coefficient.is_constant:
            corners = [instant for instant in term.coefficient.breakpoints if 0 < instant < end]
            values = term.coefficient.sample(np.array([*np.linspace(0.0, end, PHASE_SAMPLES), *corners]))
            largest = values[np.abs(values).argmax()]
            if (np.abs((values * largest.conj()).imag) > PHASE_ROUNDING * abs(largest) ** 2).any():
                return True
    return False


def _of_strength(equations: Equations, times: NDArray[np.float64]) -> list[Finding]:
    loss = strongest_nonlinear_loss(equations, times)
    if loss is None or loss.ratio < STRONG_LOSS:
        return []
    seen = "run away" if HOPELESS_LOSS <= loss.ratio < np.inf else "can run away"
    size = f"{loss.ratio:.3g} times its linear damping" if loss.damping > 0 else "with no net damping"
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


def of_step_length(step: float, expected: float) -> list[Finding]:
    """Whether a step is so long that its relative error, as `expected`, will be seen; before a run."""
    if expected <= NOTICEABLE_STEP_ERROR:
        return []
    return [
        Finding(
            Verdict.DOUBT,
            f"a step of {step:.3g} is near the longest one that works: it is expected to change photon numbers by "
            f"{expected:.1%}. Use a shorter step, or leave it out.",
        )
    ]

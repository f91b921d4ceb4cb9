"""How long a step may be, and whether it follows the drives."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from phasespace_qb.errors import refusal
from phasespace_qb.phase_space.equations import Equations
from phasespace_qb.phase_space.integrators import Integrator
from phasespace_qb.phase_space.schedule import Schedule

DEFAULT_FRACTION: Final = {False: 0.16, True: 0.04}
"""Default step times the fastest rate, for schemes without and with an exact linear part."""
ERROR_AT_UNITY: Final = {False: 0.01, True: 0.25}
"""Relative step error of Heun's schemes in n̄ divided by (step × rate)², measured on the battery's charging curve.

The rate that an exact linear part leaves over is that of the slow motion itself, hence the larger number.
"""
LONGEST_FRACTION: Final = 1.0
"""Step times the fastest rate from which on an explicit scheme cannot be trusted, and is refused."""
MOST_STEPS: Final = 10**7
RESOLVED: Final = 0.05
"""By how much of its largest value a coefficient may differ from a straight line within a step."""
_LARGEST_DENSE = 64
_FOLLOWED = 3_000


@dataclass(frozen=True)
class StepSize:
    """The longest step (units 1/γ_s), the relative error in n̄ that is expected of it, and why."""

    step: float
    error: float
    reason: str


def choose_step(
    equations: Equations, integrator: Integrator, end: float, accuracy: float, asked: float | None
) -> StepSize:
    """The step asked for, or the default for the fastest rate and the accuracy.

    h = f/rate with f = √(accuracy/2C) or DEFAULT_FRACTION, whichever is less: the relative step error, C (h·rate)² with
    C = ERROR_AT_UNITY, stays below half of `accuracy`, the relative sampling error to be expected.
    Raises: ValueError for a step that cannot work, or a run of more than 10⁷ steps.
    """
    rate = fastest_rate(equations, integrator, end)
    constant = ERROR_AT_UNITY[integrator.exact_linear]
    fraction = min(DEFAULT_FRACTION[integrator.exact_linear], float(np.sqrt(accuracy / (2 * constant))))
    default = min(fraction / rate if rate > 0 else np.inf, max(end, 1e-300))
    step = asked if asked is not None else default
    if step * rate >= LONGEST_FRACTION:
        must_be = f"shorter than 1/(fastest rate) = {LONGEST_FRACTION / rate:.3g}"
        raise ValueError(refusal("step", must_be, step, f"Use {default:.3g}, or leave it out."))
    if end > MOST_STEPS * step:
        remedy = "Shorten the run or lengthen the step."
        raise ValueError(refusal("times", f"reachable in {MOST_STEPS:,} steps of {step:.3g}", end, remedy))
    expected = constant * (step * rate) ** 2
    if asked is not None:
        return StepSize(step, expected, f"asked for; {step * rate:.3g}/(fastest rate {rate:.4g})")
    reason = f"{step * rate:.3g}/(fastest rate {rate:.4g}): relative step error of about {expected:.1g}"
    return StepSize(step, expected, f"{reason}, relative sampling error of about {accuracy:.1g}")


def fastest_rate(equations: Equations, integrator: Integrator, end: float) -> float:
    """Largest modulus of an eigenvalue of ∂A_i/∂z_j along the noiseless path from the start (units γ_s).

    Noise that grows with its variable adds its own rate, twice the decay by which Itô and Stratonovich drift differ.

    The path is followed for up to 3 000 of the fastest times; after that only drives change.  What the integrator
    solves exactly does not count.  Conjugates of variables count as variables of their own.  For many variables the
    largest row sum stands for the eigenvalue, which it bounds.
    """
    noiseless = _Noiseless(equations, exclude_own=integrator.exact_linear)
    start = np.array(equations.start_mean, dtype=complex)
    at_start = _largest(_Noiseless(equations, exclude_own=False).jacobian(0.0, start))
    followed = min(end, _FOLLOWED / at_start) if at_start > 0 else end
    if not 0 < followed < _FOLLOWED:
        return _largest(noiseless.jacobian(0.0, start))
    times = np.linspace(0.0, followed, 33)
    with np.errstate(all="ignore"):
        path = solve_ivp(noiseless.drift, (0.0, followed), start, "RK45", times, rtol=1e-3, atol=1e-6)
        states = path.y.T if path.success else start[None]
        visited = [(t, z) for t, z in zip(times, states, strict=False) if np.isfinite(z).all()]
        visited += [(t, visited[-1][1]) for t in np.linspace(followed, end, 33)]
        rate = max(_largest(noiseless.jacobian(float(t), z)) for t, z in visited)
        noise = _Noiseless(replace(equations, drift=equations.noise_drift), exclude_own=False)
        return rate + 2 * max(_largest(noise.jacobian(float(t), z)) for t, z in visited)


def require_resolved(equations: Equations, schedule: Schedule) -> None:
    """Raise ValueError if some drive is not nearly straight within the steps: it would be aliased in silence."""
    ends = schedule.instants((0.0, 0.382, 1.0))
    for coefficient in equations.coefficients:
        if coefficient.is_constant or not len(schedule.lengths):
            continue
        first, middle, last = (coefficient.sample(at) for at in ends)
        missed = np.abs(middle - (0.618 * first + 0.382 * last))
        worst = int(missed.argmax())
        if missed[worst] > RESOLVED * np.abs([first, middle, last]).max():
            raise ValueError(
                refusal(
                    "step",
                    "short enough to follow every drive",
                    float(schedule.lengths[worst]),
                    f"Near t = {schedule.starts[worst]:.4g} a drive changes within it; shorten the step, or give "
                    "the drive breakpoints where it jumps.",
                )
            )


def _largest(matrix: NDArray[np.complex128]) -> float:
    if not np.isfinite(matrix).all():
        return 0.0  # the run will show it: such trajectories are counted
    if len(matrix) <= _LARGEST_DENSE:
        return float(np.abs(np.linalg.eigvals(matrix)).max(initial=0.0))
    return float(np.abs(matrix).sum(axis=1).max())


class _Noiseless:
    """Drift of the equations without noise and its Jacobian over variables and, where they occur, conjugates.

    Terms are padded with a factor that is always 1, so that all are evaluated at once.
    """

    def __init__(self, equations: Equations, *, exclude_own: bool) -> None:
        self._count = len(equations.variables)
        terms = [(row, term) for row, of_row in enumerate(equations.drift) for term in of_row]
        degree = max((len(term.factors) for _, term in terms), default=0)
        one = 2 * self._count  # place of the padding
        self._rows = np.array([row for row, _ in terms], dtype=np.intp)
        self._factors = np.full((len(terms), degree), one, dtype=np.intp)
        for index, (_, term) in enumerate(terms):
            places = [f if f >= 0 else self._count + ~f for f in term.factors]
            self._factors[index, : len(places)] = places
        self._coefficients = [term.coefficient for _, term in terms]
        self._constant = all(coefficient.is_constant for coefficient in self._coefficients)
        self._numbers = self._sample(0.0)
        self._counts = np.array([not (exclude_own and term.factors == (row,)) for row, term in terms], dtype=bool)
        self._size = one if (self._factors[self._factors < one] >= self._count).any() else self._count

    def _sample(self, t: float) -> NDArray[np.complex128]:
        return np.array([coefficient.sample(np.array([t]))[0] for coefficient in self._coefficients], dtype=complex)

    def _values(self, t: float, z: NDArray[np.complex128]) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        numbers = self._numbers if self._constant else self._sample(t)
        return numbers, np.concatenate([z, z.conj(), [1.0]])[self._factors]

    def drift(self, t: float, z: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """A(t, z); shapes (variables,) -> (variables,)."""
        numbers, factors = self._values(t, z)
        result = np.zeros(self._count, dtype=complex)
        np.add.at(result, self._rows, numbers * factors.prod(axis=1))
        return result

    def jacobian(self, t: float, z: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """∂A_i/∂z_j, with the conjugate equations below if conjugates occur."""
        numbers, factors = self._values(t, z)
        matrix = np.zeros((2 * self._count, 2 * self._count + 1), dtype=complex)
        for position in range(self._factors.shape[1]):
            others = np.delete(factors, position, axis=1).prod(axis=1)
            np.add.at(matrix, (self._rows, self._factors[:, position]), self._counts * numbers * others)
        upper = matrix[: self._count, :-1]
        swapped = np.concatenate([upper[:, self._count :], upper[:, : self._count]], axis=1)
        return np.concatenate([upper, swapped.conj()])[: self._size, : self._size]

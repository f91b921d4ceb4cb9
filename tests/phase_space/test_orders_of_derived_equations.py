"""Orders and limits on equations that were derived from systems, with several noises, roots and complex variables.

Weak orders come from the defect of one step, without sampling: the noise's distribution is summed over, and the moments
of the solution after any time are known.  Strong orders come from paths, against short steps of Heun's scheme on the
same numbers after conversion, so that both calculi must reach one solution.
"""

from dataclasses import dataclass
from functools import cache
from itertools import product
from math import comb, factorial

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.phase_space.equations import Calculus, Equations
from phasespace_qb.phase_space.integrators import INTEGRATORS, Heun, Noise
from phasespace_qb.phase_space.interpreter import interpret
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.representations.wigner import WignerRules
from phasespace_qb.phase_space.schedule import plan
from tests.phase_space.test_integrators import EulerDeclaredStratonovich, HeunDeclaredIto, OffCentreHeun, slope
from tests.phase_space.test_weak_noise import CHANCES, POINTS

RATE, KERR, GAMMA, DELTA = 0.2, 0.3, 1.0, 0.5
POWERS = [(m, n) for m in range(4) for n in range(4) if 0 < m + n <= 3]
(a,) = qb.modes("a")


@dataclass(frozen=True)
class Derived:
    """Itô equations with start z_v = 1, the exact ⟨a†^m a^n⟩ (t, m, n), and whether one path fixes the solution."""

    equations: Equations
    moment: object
    commutes: bool
    additive: bool = False


def dephased(t, m, n):
    """Phase diffusion from the coherent state 1."""
    return np.exp(-RATE * (n - m) ** 2 * t / 2)


def kerr_rotated(t, m, n):
    """U/2 a†²a² from the coherent state 1."""
    return np.exp(-0.5j * KERR * t * (n * (n - 1) - m * (m - 1)) + np.expm1(-1j * KERR * t * (n - m)))


def damped(t, m, n):
    """Ornstein–Uhlenbeck from the point 1, ⟨z*^m z^n⟩."""
    mean, width = np.exp(-(GAMMA / 2 + 1j * DELTA) * t), -0.5 * np.expm1(-GAMMA * t)
    terms = (
        factorial(k) * comb(m, k) * comb(n, k) * width**k * np.conj(mean) ** (m - k) * mean ** (n - k)
        for k in range(min(m, n) + 1)
    )
    return sum(terms)


def positive_p(hamiltonian, loss):
    return PositivePRules().equations(qb.OpenSystem(hamiltonian, loss, start={a: 1}))


CASES = {
    "dephasing, positive-P": Derived(positive_p(0 * a.dag * a, {a.dag * a: RATE}), dephased, commutes=True),
    "Kerr, positive-P": Derived(positive_p(0.5 * KERR * a.dag**2 * a**2, {}), kerr_rotated, commutes=True),
    "damped mode, truncated Wigner": Derived(
        WignerRules().equations(qb.OpenSystem(DELTA * a.dag * a, {a: GAMMA})), damped, commutes=True, additive=True
    ),
}
SCHEMES = [scheme() for scheme in INTEGRATORS if not scheme.bounded]
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
multiplicative = pytest.mark.parametrize(
    "case", [c for c in CASES.values() if not c.additive], ids=[k for k, c in CASES.items() if not c.additive]
)
every_scheme = pytest.mark.parametrize("scheme", SCHEMES, ids=repr)
every_noise = pytest.mark.parametrize("noise", [Noise.GAUSSIAN, Noise.FOUR_POINT], ids=lambda noise: noise.value)
every_fault = pytest.mark.parametrize(
    "scheme", [HeunDeclaredIto(), EulerDeclaredStratonovich(), OffCentreHeun()], ids=repr
)


def ends(case, scheme, numbers, until):
    """(variables, N) after one step for each entry of numbers (steps, noises, N)."""
    equations = case.equations.to(scheme.calculus)
    schedule = plan(np.array([until]), [], until / len(numbers))
    assert len(schedule.lengths) == len(numbers)
    return interpret(equations, scheme, schedule, np.ones((len(equations.variables), numbers.shape[-1])), numbers)[-1]


def defect(case, scheme, noise, h):
    """Error of all moments up to third order after one step of length h."""
    points, chances = np.polynomial.hermite_e.hermegauss(8) if noise is Noise.GAUSSIAN else (POINTS, CHANCES)
    count = case.equations.noise_count
    numbers = np.array(list(product(points, repeat=count))).T
    weights = np.array(list(product(chances / chances.sum(), repeat=count))).prod(axis=1)
    z = ends(case, scheme, numbers[None], h)
    symbol, partner = (z[f] if f >= 0 else z[~f].conj() for f in case.equations.symbols[0])
    return np.linalg.norm([weights @ (partner**m * symbol**n) - case.moment(h, m, n) for m, n in POWERS])


def weak_order(case, scheme, noise):
    """One less than the order of the defect; infinite where there is only rounding."""
    counts = [25, 50, 100, 200]
    defects = [defect(case, scheme, noise, 1 / n) for n in counts]
    return np.inf if max(defects) < 1e-13 else slope(counts, defects) - 1


@cache
def paths_and_solution(name):
    """1024 steps of 400 paths, and where Heun's scheme ends on them."""
    numbers = np.random.default_rng(11).normal(size=(1024, CASES[name].equations.noise_count, 400))
    return numbers, ends(CASES[name], Heun(), numbers, 1.0)


def distances(case, scheme, counts):
    """Root mean square distance at t = 1 to the short steps on the same paths."""
    numbers, reference = paths_and_solution(next(name for name in CASES if CASES[name] is case))
    coarser = (numbers.reshape(n, 1024 // n, *numbers.shape[1:]).sum(axis=1) * np.sqrt(n / 1024) for n in counts)
    return [np.sqrt(np.mean(np.abs(ends(case, scheme, xi, 1.0) - reference) ** 2)) for xi in coarser]


def strong_order(case, scheme):
    counts = [4, 8, 16, 32, 64]
    return slope(counts, distances(case, scheme, counts))


def test_the_cases_are_what_they_are_called():
    """One noise that turns both variables; two noises; two constant noises of one complex variable."""
    noises = [case.equations.noise_count for case in CASES.values()]
    assert noises == [1, 2, 2]
    for case in CASES.values():
        depends = any(term.depends_on_state for term in case.equations.noise)
        assert depends != case.additive
        assert case.equations.calculus is Calculus.ITO


@every_case
@every_noise
@every_scheme
def test_weak_order_is_the_declared_one(case, noise, scheme):
    found = weak_order(case, scheme, noise)
    assert found > scheme.weak_order - 0.2
    if not case.additive:
        assert found == pytest.approx(scheme.weak_order, abs=0.2)


@multiplicative
@every_noise
@every_fault
def test_a_wrong_scheme_has_no_weak_order(case, noise, scheme):
    assert weak_order(case, scheme, noise) < 0.2


@every_case
@every_scheme
def test_strong_order_is_the_declared_one(case, scheme):
    """Declared for commutative noise; otherwise ½ is all that increments of the paths allow (Clark and Cameron)."""
    found = strong_order(case, scheme)
    declared = scheme.strong_order if case.commutes else 0.5
    assert found > declared - 0.2
    if not case.additive:
        assert found == pytest.approx(declared, abs=0.2)


@every_fault
def test_a_wrong_scheme_has_no_strong_order(scheme):
    assert strong_order(CASES["Kerr, positive-P"], scheme) < 0.3


@multiplicative
@every_scheme
def test_one_limit_from_either_calculus(case, scheme):
    """Paths meet in short steps after conversion, and do not if Itô equations are only renamed."""
    (met,) = distances(case, scheme, [256])
    renamed = EulerDeclaredStratonovich() if scheme.calculus is Calculus.ITO else HeunDeclaredIto()
    (missed,) = distances(case, renamed, [256])
    assert met < 0.05
    assert missed > 2 * met

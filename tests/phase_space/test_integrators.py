"""Strong and weak orders and the limit of every scheme, on geometric Brownian motion where noise dominates.

dz = a z dt + b z dW has the solution exp((a − b²/2)t + bW) read as Itô and exp(at + bW) read as Stratonovich.
"""

import numpy as np
import pytest

from phasespace_qb.conventions import Ordering
from phasespace_qb.models.algebra import Coefficient
from phasespace_qb.phase_space.equations import Calculus, Equations, NoiseTerm, Term
from phasespace_qb.phase_space.integrators import INTEGRATORS, EulerMaruyama, Heun, Integrator, Midpoint
from phasespace_qb.phase_space.interpreter import interpret
from phasespace_qb.phase_space.schedule import plan

A, B = 0.2, 0.9
ONE = Coefficient(((1.0, ()),))


def brownian(calculus: Calculus, b: float = B, a: float = A) -> Equations:
    """Geometric Brownian motion in one variable, from 1."""
    return Equations(
        representation="by hand",
        variables=("z",),
        modes=("z",),
        drift=((Term(Coefficient(((a, ()),)), (0,)),),),
        noise=(NoiseTerm(0, 0, b, (0,), (Term(ONE, ()),)),),
        noise_drift=((Term(Coefficient(((-0.5 * b**2, ()),)), (0,)),),),
        symbols=((0, 0),),
        ordering=Ordering.NORMAL,
        start_mean=(1.0,),
        start_variance=0.0,
        calculus=calculus,
    )


def solution(calculus: Calculus, wiener: np.ndarray) -> np.ndarray:
    """Value at t = 1 for given W(1)."""
    return np.exp((A if calculus is Calculus.STRATONOVICH else A - B**2 / 2) + B * wiener)


def at_one(scheme: Integrator, equations: Equations, normals: np.ndarray) -> np.ndarray:
    """z(1) by a scheme, one step for each row of normals."""
    schedule = plan(np.array([1.0]), [], 1 / len(normals))
    assert len(schedule.lengths) == len(normals)
    start = np.ones((1, normals.shape[-1]))
    return interpret(equations, scheme, schedule, start, normals[:, None, :])[-1, 0].real


def slope(steps: list[int], errors: list[float]) -> float:
    """Order of convergence: −d ln(error)/d ln(steps) by least squares."""
    return -float(np.polyfit(np.log(steps), np.log(errors), 1)[0])


def strong_order(scheme: Integrator) -> float:
    """From the mean distance to the solution on the same Wiener path."""
    steps = [16, 32, 64, 128, 256]
    fine = np.random.default_rng(3).normal(size=(256, 2000))
    exact = solution(scheme.calculus, fine.sum(axis=0) / 16)
    errors = []
    for n in steps:
        coarse = fine.reshape(n, 256 // n, -1).sum(axis=1) / np.sqrt(256 // n)
        errors.append(np.abs(at_one(scheme, brownian(scheme.calculus), coarse) - exact).mean())
    return slope(steps, errors)


def mean_of_power(scheme: Integrator, steps: int, power: int, equations: Equations | None = None) -> float:
    """⟨z(1)^power⟩ without sampling: every step multiplies z by a factor whose moments Gauss–Hermite gives exactly."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(12)
    schedule = plan(np.array([1 / steps]), [], 1.0)
    start = np.ones((1, len(nodes)))
    chosen = brownian(scheme.calculus) if equations is None else equations
    factor = interpret(chosen, scheme, schedule, start, nodes[None, None, :])[-1, 0].real
    return float((weights @ factor**power) / weights.sum()) ** steps


def exact_mean_of_power(calculus: Calculus, power: int) -> float:
    """⟨z(1)^power⟩ of the solution."""
    rate = A if calculus is Calculus.STRATONOVICH else A - B**2 / 2
    return float(np.exp(power * rate + power**2 * B**2 / 2))


def weak_order(scheme: Integrator, power: int) -> float:
    """From the error of a moment."""
    steps = [32, 64, 128, 256]
    exact = exact_mean_of_power(scheme.calculus, power)
    return slope(steps, [abs(mean_of_power(scheme, n, power) - exact) for n in steps])


class HeunDeclaredIto(Heun):
    """A wrong declaration: the tableau reaches the Stratonovich solution."""

    calculus = Calculus.ITO


class EulerDeclaredStratonovich(EulerMaruyama):
    """A wrong declaration: the tableau reaches the Itô solution."""

    calculus = Calculus.STRATONOVICH


class OffCentreHeun(Heun):
    """A wrong weight: neither limit."""

    tableau = type(Heun.tableau)(nodes=(0.0, 1.0), stages=((), (1.0,)), weights=(0.6, 0.4))


# Bounded schemes solve another kind of equation: see test_bounded_scheme.py.
SCHEMES = [scheme() for scheme in INTEGRATORS if not scheme.bounded]
every_scheme = pytest.mark.parametrize("scheme", SCHEMES, ids=repr)
FAULTS = [HeunDeclaredIto(), EulerDeclaredStratonovich(), OffCentreHeun()]
every_fault = pytest.mark.parametrize("scheme", FAULTS, ids=repr)


@every_scheme
def test_strong_order_is_the_declared_one(scheme):
    assert strong_order(scheme) == pytest.approx(scheme.strong_order, abs=0.15)


@every_scheme
@pytest.mark.parametrize("power", [1, 2, 3])
def test_weak_order_is_the_declared_one(scheme, power):
    assert weak_order(scheme, power) == pytest.approx(scheme.weak_order, abs=0.2)


@every_fault
def test_a_wrong_scheme_has_no_order(scheme):
    assert abs(strong_order(scheme)) < 0.15
    assert abs(weak_order(scheme, 2)) < 0.15


@every_scheme
def test_scheme_reaches_the_limit_of_its_calculus(scheme):
    mean = mean_of_power(scheme, 4000, 1)
    assert mean == pytest.approx(exact_mean_of_power(scheme.calculus, 1), rel=1e-3)
    other = {Calculus.ITO: Calculus.STRATONOVICH, Calculus.STRATONOVICH: Calculus.ITO}[scheme.calculus]
    assert mean != pytest.approx(exact_mean_of_power(other, 1), rel=0.1)


def test_schemes_agree_once_the_equations_are_converted():
    ito = brownian(Calculus.ITO)
    heun = mean_of_power(Heun(), 4000, 2, ito.to(Calculus.STRATONOVICH))
    euler = mean_of_power(EulerMaruyama(), 4000, 2, ito)
    assert heun == pytest.approx(euler, rel=2e-3)
    assert euler == pytest.approx(exact_mean_of_power(Calculus.ITO, 2), rel=2e-3)


def test_heun_is_of_second_order_in_the_drift():
    steps = [16, 32, 64]
    equations = brownian(Calculus.STRATONOVICH, b=0.0, a=-1.0)
    errors = [abs(mean_of_power(Heun(), n, 1, equations) - np.exp(-1)) for n in steps]
    assert slope(steps, errors) == pytest.approx(2.0, abs=0.1)


def test_a_pairing_of_scheme_and_calculus_that_is_wrong_is_refused():
    with pytest.raises(ValueError, match=r"Heun\(\) solves Stratonovich equations; convert them with `to`\."):
        at_one(Heun(), brownian(Calculus.ITO), np.zeros((1, 1)))


@every_scheme
def test_tableau_is_consistent(scheme):
    tableau = scheme.tableau
    assert sum(tableau.weights) == 1.0
    assert len(tableau.nodes) == len(tableau.stages) == len(tableau.weights)
    assert sum(tableau.stages[-1]) == tableau.nodes[-1]
    if not isinstance(scheme, Midpoint):  # whose first iterate is a guess for the middle, taken at the start
        assert [sum(row) for row in tableau.stages] == list(tableau.nodes)


def test_schemes_are_values():
    assert Heun() == Heun()
    assert Heun() != EulerMaruyama()
    assert len({Heun(), Heun(), EulerMaruyama()}) == 2
    assert repr(Heun()) == "Heun()"

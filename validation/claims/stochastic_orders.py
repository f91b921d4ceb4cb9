"""Orders of convergence of every scheme, strong and weak, and the limit: Itô's or Stratonovich's."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from phasespace_qb.conventions import Ordering
from phasespace_qb.models.algebra import Coefficient
from phasespace_qb.phase_space.equations import Calculus, Equations, NoiseTerm, Term
from phasespace_qb.phase_space.integrators import Integrator
from phasespace_qb.phase_space.interpreter import interpret
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.schedule import plan
from validation.claims.langevin_equations import Resonator
from validation.claims.single_paths import sample
from validation.claims.stochastic_paths import SCHEMES, SUBJECT, against, name_of
from validation.evidence import Comparison, compare
from validation.judgement import DEGREES_OF_FREEDOM
from validation.referees import sdeint

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

GROUPS = DEGREES_OF_FREEDOM + 1
ROOT_OF_STEP, STEP = 0.1, 0.05
"""By how much the slope between steps of finite length may differ from the order, which is a whole or half number: the
next term is smaller by the root of the step for paths, by the step for averages."""


def slope(steps: list[int], errors: Array) -> Any:
    """Order of convergence, −d ln(error)/d ln(steps) by least squares; errors [steps, …] -> […]."""
    x = np.log(steps) - np.mean(np.log(steps))
    return -np.tensordot(x, np.log(errors), axes=(0, 0)) / (x @ x)


def strong_order(steps: list[int], squares: list[Array]) -> tuple[float, float]:
    """Order and its standard error from squared distances of trajectories, [steps][trajectory]; a jackknife."""
    groups = np.array([each.reshape(GROUPS, -1).mean(axis=1) for each in squares])
    without = (groups.sum(axis=1, keepdims=True) - groups) / (GROUPS - 1)
    found = slope(steps, np.sqrt(without))
    error = np.sqrt((GROUPS - 1) * np.mean((found - found.mean()) ** 2))
    return float(slope(steps, np.sqrt(groups.mean(axis=1)))), float(error)


def _orders(quantity: str, scheme: Integrator, right: tuple[float, float], wrong: tuple[float, float]) -> Any:
    """The declared strong order against the one found; wrong: against the solution of the control."""
    declared = scheme.strong_order
    assert declared is not None
    # The control's solution is where a wrong equation would have led: no order towards it, so none would be expected.
    yield from compare(quantity, right[0], declared, error=max(right[1], wrong[1]), known=ROOT_OF_STEP, wrong=wrong[0])


@SUBJECT.claim(
    "Every scheme converges pathwise to β(t) = β₀ exp(−iωt + i√Γ_φ W(t)), the solution of a dephased mode, at its "
    "declared order: ½ for Euler's, 1 for the three others.",
    route="compiled trajectories, positive-P, 5 120 for each of five steps",
    referee="closed form on the same Wiener path",
    source="Gardiner, Handbook of Stochastic Methods, Sec. 4.4 (Kubo oscillator)",
    control="the solution of Itô equations read as Stratonovich ones, damped by e^(−Γ_φt/2)",
)
def strong_order_of_dephasing() -> Iterator[Comparison]:
    """Root mean square distance at t = 1 from steps of 1/8 to 1/128."""
    model = Resonator(dephasing=0.9)
    equations = PositivePRules().equations(model.system())
    steps = [8, 16, 32, 64, 128]
    for scheme in SCHEMES:
        right, wrong = [], []
        for count in steps:
            run = sample(equations, scheme, [0.0, 1.0], 1 / count, 256 * GROUPS)
            phase = np.sqrt(model.dephasing) * run.wiener[:, 2].sum(axis=0) - model.frequency
            solution = equations.start_mean[2] * np.exp(1j * phase)
            right.append(np.abs(run.paths[-1, 2] - solution) ** 2)
            wrong.append(np.abs(run.paths[-1, 2] - np.exp(-model.dephasing / 2) * solution) ** 2)
        yield from _orders(
            f"strong order of {name_of(scheme)}", scheme, strong_order(steps, right), strong_order(steps, wrong)
        )


@SUBJECT.claim(
    "The compiled paths of the resonator approach those of a scheme of another kind, for Itô equations, at the order "
    "of the scheme, whether it solves Itô or Stratonovich equations.",
    route="compiled trajectories, positive-P, four schemes, 200 for each of four steps",
    referee="sdeint.itoSRI2 (Rößler, strong order 1) on the Itô equations typed by hand and the same Wiener increments",
    source="A. Rößler, SIAM J. Numer. Anal. 48, 922 (2010)",
    control="the Stratonovich drift given to sdeint as if it were Itô's",
)
def sdeint_limit_of_the_resonator() -> Iterator[Comparison]:
    """Root mean square distance of all four variables at t = 0.4."""
    model, steps, end = Resonator(), [4, 8, 16, 32], 0.4
    equations, lanes = PositivePRules().equations(model.system()), list(range(10 * GROUPS))

    def stratonovich(y: Complex, t: float) -> Complex:
        return model.positive_p(y, t, 1.0)

    references: dict[tuple[int, bool], Complex] = {}
    for scheme in SCHEMES:
        right: list[Array] = []
        wrong: list[Array] = []
        for count in steps:
            run = sample(equations, scheme, [0.0, end], end / count, len(lanes))
            for planted, squares in ((False, right), (True, wrong)):
                if (count, planted) not in references:
                    drift = stratonovich if planted else model.positive_p
                    solved = against(
                        run, [0.0, end], sdeint.Scheme.ITO_SRI2, drift, model.positive_p_noise, lanes=lanes
                    )
                    references[count, planted] = solved[1]
                distance = np.abs(run.paths[-1][:, lanes] - references[count, planted][-1]) ** 2
                squares.append(distance.sum(axis=0))
        yield from _orders(
            f"order in which {name_of(scheme)} meets sdeint",
            scheme,
            strong_order(steps, right),
            strong_order(steps, wrong),
        )


def linear_noise(a: complex, b: complex, calculus: Calculus) -> Equations:
    """dz = a z dt + b z dW from z = 1, read in the given calculus."""

    def term(number: complex) -> Term:
        return Term(Coefficient(((number, ()),)), (0,))

    return Equations(
        representation="by hand",
        variables=("z",),
        modes=("z",),
        drift=((term(a),),),
        noise=(NoiseTerm(0, 0, b, (0,), (Term(Coefficient(((1.0, ()),)), ()),)),),
        noise_drift=((term(-(b**2) / 2),),),
        symbols=((0, ~0),),
        ordering=Ordering.NORMAL,
        start_mean=(1.0,),
        start_variance=0.0,
        calculus=calculus,
    )


MOTIONS = {
    "geometric Brownian motion": (0.3 - 0.5j, 0.6 + 0.3j),
    "Kubo oscillator": (0.9j, 0.8j),
}
MOMENTS: dict[str, Callable[[Any], Any]] = {
    "⟨z⟩": lambda z: z,
    "⟨z²⟩": lambda z: z**2,
    "⟨|z|²⟩": lambda z: np.abs(z) ** 2,
}


def _moment(scheme: Integrator, equations: Equations, steps: int, of: Callable[[Any], Any]) -> complex:
    """⟨of(z(1))⟩ without sampling: each step multiplies z by an independent factor, averaged by Gauss and Hermite."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(16)
    schedule, start = plan(np.array([1 / steps]), [], 1.0), np.ones((1, len(nodes)), complex)
    factor = interpret(equations.to(scheme.calculus), scheme, schedule, start, nodes[None, None, :])[-1, 0]
    return complex(weights @ of(factor) / weights.sum()) ** steps


def _exact_moments(a: complex, b: complex) -> Complex:
    """⟨z⟩, ⟨z²⟩ and ⟨|z|²⟩ at t = 1 for Itô's reading."""
    return np.asarray(np.exp(np.array([a, 2 * a + b**2, 2 * a.real + abs(b) ** 2])))


@SUBJECT.claim(
    "On every Wiener path each scheme approaches z(t) = exp((a − b²/2)t + bW(t)), the solution of the Itô equation "
    "dz = az dt + bz dW, at its declared order: ½ for Euler's, 1 for the three others after conversion.",
    route="every scheme stepped in NumPy on equations given directly, 2 000 paths, the same for all steps",
    referee="closed form on the same Wiener path",
    source="Kloeden and Platen, Numerical Solution of Stochastic Differential Equations, Sec. 4.4",
    control="exp(at + bW), the solution of the Stratonovich equation",
)
def geometric_brownian_motion() -> Iterator[Comparison]:
    """Root mean square distance at t = 1 from 16 to 256 steps; a and b complex."""
    steps, (a, b) = [16, 32, 64, 128, 256], MOTIONS["geometric Brownian motion"]
    fine = np.random.default_rng(7).normal(size=(steps[-1], 1, 100 * GROUPS)) / 16
    equations, start = linear_noise(a, b, Calculus.ITO), np.ones((1, fine.shape[-1]), complex)
    wiener = fine[:, 0].sum(axis=0)
    for scheme in SCHEMES:
        right, wrong = [], []
        for count in steps:
            increments = fine.reshape(count, -1, *fine.shape[1:]).sum(axis=1)
            schedule = plan(np.array([1.0]), [], 1 / count)
            numbers = increments * np.sqrt(count)
            (end,) = interpret(equations.to(scheme.calculus), scheme, schedule, start, numbers)[-1]
            right.append(np.abs(end - np.exp(a - b**2 / 2 + b * wiener)) ** 2)
            wrong.append(np.abs(end - np.exp(a + b * wiener)) ** 2)
        yield from _orders(
            f"strong order of {name_of(scheme)}", scheme, strong_order(steps, right), strong_order(steps, wrong)
        )


@SUBJECT.claim(
    "The averages of dz = az dt + bz dW are, read as Itô's equation, ⟨z⟩ = e^(at), ⟨z²⟩ = e^((2a + b²)t) and "
    "⟨|z|²⟩ = e^((2Re a + |b|²)t), and read as Stratonovich's those with a + b²/2 for a; every scheme reaches them "
    "after conversion. For b = i√γ, a = iω this is the Kubo oscillator: "
    "⟨z⟩ = e^(iωt − γt/2) as Stratonovich's, e^(iωt) as Itô's.",
    route="every scheme stepped in NumPy, averaged over the noise by quadrature, extrapolated from 128 to 1 024 steps",
    referee="closed form",
    source="Gardiner, Handbook of Stochastic Methods, Secs. 4.4.2–4.4.3",
    control="the equation read in the other calculus",
)
def weak_limits_of_linear_noise() -> Iterator[Comparison]:
    """Three moments of two motions in two readings by four schemes, and the order in which the first is reached."""
    steps = [128, 256, 512, 1024]
    for motion, (a, b) in MOTIONS.items():
        readings = {Calculus.ITO: a, Calculus.STRATONOVICH: a + b**2 / 2}
        for calculus, rate in readings.items():
            exact = _exact_moments(rate, b)
            wrong = _exact_moments(next(r for c, r in readings.items() if c is not calculus), b)
            for scheme in SCHEMES:
                equations = linear_noise(a, b, calculus)
                levels = np.array([[_moment(scheme, equations, n, of) for of in MOMENTS.values()] for n in steps])
                # A moment at n steps is a series in 1/n, of which the fourth order is left: 128⁻⁴ = 4·10⁻⁹.
                for order in (1, 2, 3):
                    levels = (2**order * levels[1:] - levels[:-1]) / (2**order - 1)
                yield from compare(
                    f"moments of the {motion}, {calculus.value}, {name_of(scheme)}",
                    levels[0],
                    exact,
                    wrong=wrong,
                    known=2e-8,
                    labels=MOMENTS,
                )


@SUBJECT.claim(
    "The error of an average vanishes as the declared weak order says: as the step, for every scheme.",
    route="every scheme stepped in NumPy, averaged over the noise by quadrature, 64 to 512 steps",
    referee="closed form of ⟨z⟩, ⟨z²⟩ and ⟨|z|²⟩ of dz = az dt + bz dW",
    source="Kloeden and Platen, Numerical Solution of Stochastic Differential Equations, Ch. 14",
    control="the averages of an equation whose b² is 2 % larger",
)
def weak_order_of_linear_noise() -> Iterator[Comparison]:
    """Of geometric Brownian motion with complex a and b."""
    steps, (a, b) = [64, 128, 256, 512], MOTIONS["geometric Brownian motion"]
    for scheme in SCHEMES:
        equations = linear_noise(a, b, Calculus.ITO)
        found = np.array([[_moment(scheme, equations, n, of) for of in MOMENTS.values()] for n in steps])
        right = slope(steps, np.abs(found - _exact_moments(a, b)))
        wrong = slope(steps, np.abs(found - _exact_moments(a + 0.01 * b**2, b * 1.02**0.5)))
        yield from compare(
            f"weak order of {name_of(scheme)}",
            right,
            np.full(3, scheme.weak_order),
            known=STEP,
            wrong=wrong,
            labels=MOMENTS,
        )


@SUBJECT.claim(
    "Where noise is weak the step costs little: without noise Heun's scheme, the midpoint scheme and Heun's with an "
    "exact linear part are of second order, Euler's of first.",
    route="mean-field motion of the driven resonator, each scheme stepped in NumPy with its noise switched off",
    referee="an adaptive solver (SciPy, DOP853) of the equations typed by hand",
    source="Rümelin, SIAM J. Numer. Anal. 19, 604 (1982); Cox and Matthews, J. Comput. Phys. 176, 430 (2002)",
    control="a detuning that is 5 % larger",
)
def second_order_in_the_drift() -> Iterator[Comparison]:
    """Largest distance of four variables at t = 1."""
    model, steps = Resonator(), [32, 64, 128, 256]
    equations = PositivePRules().equations(model.system())
    start = np.array(equations.start_mean)
    for scheme in SCHEMES:
        correction = float(scheme.calculus is Calculus.STRATONOVICH)
        errors = []
        for other in (model, Resonator(detuning=1.05 * model.detuning)):
            solution = _without_noise(other, correction, start)
            errors.append([np.abs(_still(scheme, equations, n) - solution).max() for n in steps])
        order = 1.0 if correction == 0 else 2.0
        yield from compare(
            f"order of {name_of(scheme)} in the drift",
            slope(steps, np.array(errors[0])),
            order,
            known=STEP,
            wrong=slope(steps, np.array(errors[1])),
        )


def _without_noise(model: Resonator, correction: float, start: Complex) -> Complex:
    """z(1) of the equations typed by hand."""

    def drift(t: float, y: Complex) -> Complex:
        return model.positive_p(y, t, correction)

    return np.asarray(solve_ivp(drift, (0, 1), start, "DOP853", rtol=1e-12, atol=1e-12).y[:, -1])


def _still(scheme: Integrator, equations: Equations, steps: int) -> Complex:
    """z(1) when every random number is zero."""
    schedule = plan(np.array([1.0]), [], 1 / steps)
    numbers = np.zeros((steps, equations.noise_count, 1))
    start = np.array(equations.start_mean)[:, None]
    return np.asarray(interpret(equations.to(scheme.calculus), scheme, schedule, start, numbers)[-1, :, 0])

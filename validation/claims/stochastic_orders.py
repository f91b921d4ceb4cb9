"""Orders of convergence: of compiled paths to a closed solution and to sdeint's, and of the drift alone."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from phasespace_qb.phase_space.equations import Calculus, Equations
from phasespace_qb.phase_space.integrators import Integrator
from phasespace_qb.phase_space.interpreter import interpret
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.schedule import plan
from validation.claims.stochastic_paths import SCHEMES, SUBJECT, against, name_of
from validation.evidence import Comparison, compare
from validation.judgement import DEGREES_OF_FREEDOM
from validation.referees import sdeint
from validation.references.langevin_equations import Resonator
from validation.routes.single_paths import sample

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

GROUPS = DEGREES_OF_FREEDOM + 1
FASTEST = 2.0
"""The largest rate of the motions here, in the unit of rates: decay, rotation, drive and noise are of order one."""


def slope(steps: list[int], errors: Array) -> Any:
    """Order of convergence, −d ln(error)/d ln(steps) by least squares; errors [steps, …] -> […]."""
    x = np.log(steps) - np.mean(np.log(steps))
    return -np.tensordot(x, np.log(errors), axes=(0, 0)) / (x @ x)


def half_an_order_off(order: float) -> float:
    """A wrong order for a control: orders are whole and half numbers."""
    return order + 0.5 if order < 1 else order - 0.5


def order_of(steps: list[int], values: list[Array], size: Callable[[Array], Array]) -> tuple[float, float]:
    """Order and its standard error by a jackknife; values: [steps][trajectory], size: the error that their mean is."""
    groups = np.array([each.reshape(GROUPS, -1).mean(axis=1) for each in values])
    without = (groups.sum(axis=1, keepdims=True) - groups) / (GROUPS - 1)
    found = slope(steps, size(without))
    error = np.sqrt((GROUPS - 1) * np.mean((found - found.mean()) ** 2))
    return float(slope(steps, size(groups.mean(axis=1)))), float(error)


def next_term(steps: list[int], duration: float) -> float:
    """By how much the slope may differ from the order.

    An error is C h^p(1 + c h), c a rate: noise of odd powers averages out.  Its slope is p + c h, h averaged as it is.
    """
    return FASTEST * duration * float(np.mean(1 / np.array(steps)))


@SUBJECT.claim(
    "Every scheme converges pathwise to β(t) = β₀ exp(−iωt + i√Γ_φ W(t)), the solution of a mode with H = ωb†b and "
    "dephasing Γ_φD[b†b], at its declared order: ½ for Euler's, 1 for Heun's, the midpoint scheme and Heun's with an "
    "exact linear part; the error of ⟨b†b⟩ = |β₀|² of these three vanishes as the step.",
    route="compiled trajectories, positive-P, 5 120 for each of five steps from 1/32 to 1/512",
    referee="closed form on the same Wiener path",
    source="Gardiner, Handbook of Stochastic Methods, Sec. 4.4 (Kubo oscillator)",
    control="an order that is wrong by ½, the smallest step between orders",
)
def strong_order_of_dephasing() -> Iterator[Comparison]:
    """Root mean square distance and error of the mean intensity at t = 1."""
    model = Resonator(dephasing=0.9)
    equations = PositivePRules().equations(model.system())
    steps = [32, 64, 128, 256, 512]
    for scheme in SCHEMES:
        distances, intensities = [], []
        for count in steps:
            run = sample(equations, scheme, [0.0, 1.0], 1 / count, 256 * GROUPS)
            phase = np.sqrt(model.dephasing) * run.wiener[:, 2].sum(axis=0) - model.frequency
            solution = equations.start_mean[2] * np.exp(1j * phase)
            distances.append(np.abs(run.paths[-1, 2] - solution) ** 2)
            intensities.append((run.paths[-1, 2] * run.paths[-1, 3] - abs(solution) ** 2).real)
        strong = scheme.strong_order
        assert strong is not None
        orders = {"strong": (strong, *order_of(steps, distances, np.sqrt))}
        # Euler's error of the mean intensity is smaller than what 5 120 trajectories scatter.
        if strong == 1:
            orders["weak"] = (scheme.weak_order, *order_of(steps, intensities, np.abs))
        for kind, (declared, found, error) in orders.items():
            yield from compare(
                f"{kind} order of {name_of(scheme)}",
                found,
                declared,
                error=error,
                known=next_term(steps, 1.0),
                wrong=half_an_order_off(declared),
            )


@SUBJECT.claim(
    "For the driven Kerr resonator with parametric drive, two-photon loss and a dephased mode beside it, compiled "
    "paths approach those of a scheme of another kind, which solves the Itô equations typed by hand, at the order of "
    "the scheme: ½ for Euler's, 1 for Heun's, the midpoint scheme and Heun's with an exact linear part.",
    route="compiled trajectories, positive-P, four schemes, 400 for each of three steps from 1/15 to 1/240",
    referee="sdeint.itoSRI2 (Rößler, strong order 1) on the same Wiener increments",
    source="A. Rößler, SIAM J. Numer. Anal. 48, 922 (2010)",
    control="an order that is wrong by ½",
)
def sdeint_limit_of_the_resonator() -> Iterator[Comparison]:
    """Root mean square distance of all four variables at t = 0.4."""
    model, steps, end = Resonator(), [6, 24, 96], 0.4
    equations, lanes = PositivePRules().equations(model.system()), list(range(20 * GROUPS))
    references: dict[int, Complex] = {}
    for scheme in SCHEMES:
        squares: list[Array] = []
        for count in steps:
            run = sample(equations, scheme, [0.0, end], end / count, len(lanes))
            if count not in references:
                solved = against(
                    run, [0.0, end], sdeint.Scheme.ITO_SRI2, model.positive_p, model.positive_p_noise, lanes=lanes
                )
                references[count] = solved[1][-1]
            squares.append((np.abs(run.paths[-1][:, lanes] - references[count]) ** 2).sum(axis=0))
        found, error = order_of(steps, squares, np.sqrt)
        assert scheme.strong_order is not None
        yield from compare(
            f"order in which {name_of(scheme)} meets sdeint",
            found,
            scheme.strong_order,
            error=error,
            known=next_term(steps, end),
            wrong=half_an_order_off(scheme.strong_order),
        )


@SUBJECT.claim(
    "Where noise is weak the step costs little: without noise Heun's scheme, the midpoint scheme and Heun's with an "
    "exact linear part are of second order, Euler's of first.",
    route="mean-field motion of the driven Kerr resonator, each scheme stepped by the library's interpreter with its "
    "noise switched off, steps from 1/64 to 1/512",
    referee="an adaptive solver (SciPy, DOP853) of the equations typed by hand",
    source="Rümelin, SIAM J. Numer. Anal. 19, 604 (1982); Cox and Matthews, J. Comput. Phys. 176, 430 (2002)",
    control="first order for second, and second for first",
)
def second_order_in_the_drift() -> Iterator[Comparison]:
    """Largest distance of four variables at t = 1."""
    model, steps = Resonator(), [64, 128, 256, 512]
    equations = PositivePRules().equations(model.system())
    start = np.array(equations.start_mean)
    for scheme in SCHEMES:
        order = 1.0 if scheme.calculus is Calculus.ITO else 2.0
        solution = _without_noise(model, order - 1, start)
        errors = np.array([np.abs(_still(scheme, equations, n) - solution).max() for n in steps])
        yield from compare(
            f"order of {name_of(scheme)} in the drift",
            slope(steps, errors),
            order,
            known=next_term(steps, 1.0),
            wrong=3 - order,
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

"""Linear equations with multiplicative noise, each scheme averaged exactly over its noise: limits and orders."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.conventions import Ordering
from phasespace_qb.models.algebra import Coefficient
from phasespace_qb.phase_space.equations import Calculus, Equations, NoiseTerm, Term
from phasespace_qb.phase_space.integrators import Integrator
from phasespace_qb.phase_space.interpreter import interpret
from phasespace_qb.phase_space.schedule import plan
from validation.claims.stochastic_orders import half_an_order_off, slope
from validation.claims.stochastic_paths import SCHEMES, SUBJECT, name_of
from validation.evidence import Comparison, compare

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

ROUTE = "four schemes stepped by the library's interpreter, which takes the steps of the compiled code (see there), "
STEPS = [512, 1024, 2048, 4096]
OF_STEP = 2 / STEPS[0]
"""By how much a slope may differ from the order: the next term of an error is smaller by the step times a rate, and the
rates of these motions, 2|a| + |b|² among them, are below 2."""


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


def _steps_of(scheme: Integrator, equations: Equations, steps: int) -> tuple[Complex, Array, Array]:
    """By what one of so many steps multiplies z at each node of a quadrature over its number ξ; nodes and weights."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(16)
    schedule, start = plan(np.array([1 / steps]), [], 1.0), np.ones((1, len(nodes)), complex)
    factor = interpret(equations.to(scheme.calculus), scheme, schedule, start, nodes[None, None, :])[-1, 0]
    return factor, nodes, weights / weights.sum()


def _moment(scheme: Integrator, equations: Equations, steps: int, of: Callable[[Any], Any]) -> complex:
    """⟨of(z(1))⟩ without sampling: each step multiplies z by an independent factor, averaged by Gauss and Hermite."""
    factor, _, weights = _steps_of(scheme, equations, steps)
    return complex(weights @ of(factor)) ** steps


def _distance(scheme: Integrator, a: complex, b: complex, steps: int) -> float:
    """Root mean square of z(1) less exp(a − b²/2 + bW) on the same Wiener path, without sampling."""
    factor, nodes, weights = _steps_of(scheme, linear_noise(a, b, Calculus.ITO), steps)
    exact = np.exp((a - b**2 / 2) / steps + b * nodes / np.sqrt(steps))
    own, joint, other = (weights @ each for each in (abs(factor) ** 2, factor * exact.conj(), abs(exact) ** 2))
    return float(np.sqrt(own**steps - 2 * (joint**steps).real + other**steps))


def _exact_moments(a: complex, b: complex) -> Complex:
    """⟨z⟩, ⟨z²⟩ and ⟨|z|²⟩ at t = 1 for Itô's reading."""
    return np.asarray(np.exp(np.array([a, 2 * a + b**2, 2 * a.real + abs(b) ** 2])))


@SUBJECT.claim(
    "In the mean square over Wiener paths each scheme approaches z(t) = exp((a − b²/2)t + bW(t)), the solution of the "
    "Itô equation dz = az dt + bz dW, at its declared order: ½ for Euler's, 1 for Heun's, the midpoint scheme and "
    "Heun's with an exact linear part, which take the Stratonovich equation of the same process.",
    route=ROUTE + "512 to 4 096 steps, on equations given directly; averaged over the noise by quadrature",
    referee="closed form on the same Wiener path",
    source="Kloeden and Platen, Numerical Solution of Stochastic Differential Equations, Sec. 4.4",
    control="an order that is wrong by ½, the smallest step between orders",
)
def geometric_brownian_motion() -> Iterator[Comparison]:
    """Slope of the root mean square distance at t = 1 for complex a and b."""
    a, b = MOTIONS["geometric Brownian motion"]
    for scheme in SCHEMES:
        found = slope(STEPS, np.array([_distance(scheme, a, b, count) for count in STEPS]))
        assert scheme.strong_order is not None
        wrong = half_an_order_off(scheme.strong_order)
        yield from compare(f"strong order of {name_of(scheme)}", found, scheme.strong_order, known=OF_STEP, wrong=wrong)


@SUBJECT.claim(
    "The averages of dz = az dt + bz dW are, read as Itô's equation, ⟨z⟩ = e^(at), ⟨z²⟩ = e^((2a + b²)t) and ⟨|z|²⟩ = "
    "e^((2Re a + |b|²)t), and read as Stratonovich's those with a + b²/2 for a; Euler's, Heun's, the midpoint scheme "
    "and Heun's with an exact linear part reach them, each on equations converted to its own reading. For b = i√γ, a "
    "= iω this is the Kubo oscillator: ⟨z⟩ = e^(iωt − γt/2) as Stratonovich's, e^(iωt) as Itô's.",
    route=ROUTE + "averaged over the noise by quadrature, and extrapolated from 128 to 1 024 steps",
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
    "The error of the averages ⟨z⟩, ⟨z²⟩ and ⟨|z|²⟩ of dz = az dt + bz dW vanishes as the step, the declared weak "
    "order of Euler's, Heun's, the midpoint scheme and Heun's with an exact linear part.",
    route=ROUTE + "512 to 4 096 steps, averaged over the noise by quadrature",
    referee="closed form of the averages",
    source="Kloeden and Platen, Numerical Solution of Stochastic Differential Equations, Ch. 14",
    control="an order that is wrong by ½",
)
def weak_order_of_linear_noise() -> Iterator[Comparison]:
    """Of geometric Brownian motion with complex a and b."""
    a, b = MOTIONS["geometric Brownian motion"]
    for scheme in SCHEMES:
        equations = linear_noise(a, b, Calculus.ITO)
        found = np.array([[_moment(scheme, equations, n, of) for of in MOMENTS.values()] for n in STEPS])
        yield from compare(
            f"weak order of {name_of(scheme)}",
            slope(STEPS, np.abs(found - _exact_moments(a, b))),
            np.full(3, scheme.weak_order),
            known=OF_STEP,
            wrong=half_an_order_off(scheme.weak_order),
            labels=MOMENTS,
        )

"""Correctness as numbers: orders of the schemes, coverage of step errors, linear theory, and a driven Kerr cavity."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from math import comb, factorial

import numpy as np
from numpy.typing import NDArray

import phasespace_qb as qb
from phasespace_qb.conventions import Ordering
from phasespace_qb.linear.covariance import steady_covariance
from phasespace_qb.linear.spectra import output_spectrum
from phasespace_qb.models.algebra import Coefficient
from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.phase_space import ensemble
from phasespace_qb.phase_space.accumulators import Accumulator, StepPair
from phasespace_qb.phase_space.equations import Equations, NoiseTerm, Term
from phasespace_qb.phase_space.integrators import INTEGRATORS, BoundedTwoPoint, EulerMaruyama, Heun, Integrator, Noise
from phasespace_qb.phase_space.interpreter import interpret
from phasespace_qb.phase_space.moments import STORAGE_MODE, MomentReader
from phasespace_qb.phase_space.noise import Address
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.representations.wigner import WignerRules
from phasespace_qb.phase_space.schedule import plan
from phasespace_qb.results.jackknife import jackknife, with_each_left_out
from phasespace_qb.states.gaussian import GaussianState
from phasespace_qb.work.extraction import extractable_work
from validation.benchmarks import Figure

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]
POWERS = [(m, n) for m in range(4) for n in range(4) if 0 < m + n <= 3]
DEPHASING, DAMPING, DETUNING, GROWTH, SPREAD = 0.2, 1.0, 0.5, 0.2, 0.9
(a,) = qb.modes("a")


@dataclass(frozen=True)
class Case:
    """Itô equations of variables that start at 1, and the exact ⟨(a†)^m a^n⟩ after a time: (t, m, n) ↦ number."""

    name: str
    equations: Equations
    moment: Callable[[float, int, int], complex]
    remark: str = ""


def brownian() -> Case:
    """dz = az dt + bz dW (Itô) from 1: noise dominates, and all of it is multiplicative."""
    one, rate, extra = (Coefficient(((x, ()),)) for x in (1.0, GROWTH, -0.5 * SPREAD**2))
    noise, names = NoiseTerm(0, 0, SPREAD, (0,), (Term(one, ()),)), ("z",)
    terms = [((Term(x, (0,)),),) for x in (rate, extra)]
    equations = Equations("by hand", names, names, terms[0], (noise,), terms[1], ((0, 0),), Ordering.NORMAL, (1,), 0)

    def moment(t: float, m: int, n: int) -> complex:
        return complex(np.exp((m + n) * (GROWTH + 0.5 * (m + n - 1) * SPREAD**2) * t))

    return Case("geometric Brownian motion", equations, moment)


def dephasing() -> Case:
    """Positive-P equations of D[a†a] from a coherent state: four multiplicative noises that do not commute."""
    system = qb.OpenSystem(0 * a.dag * a, {a.dag * a: DEPHASING}, start={a: 1})

    def moment(t: float, m: int, n: int) -> complex:
        return complex(np.exp(-DEPHASING * (n - m) ** 2 * t / 2))

    return Case("dephasing, positive-P", PositivePRules().equations(system), moment, ", not commutative: 0.5")


def damped() -> Case:
    """Truncated-Wigner equations of a detuned damped mode from one point: additive noise, Ornstein–Uhlenbeck."""
    equations = WignerRules().equations(qb.OpenSystem(DETUNING * a.dag * a, {a: DAMPING}))

    def moment(t: float, m: int, n: int) -> complex:
        mean, width = np.exp(-(DAMPING / 2 + 1j * DETUNING) * t), -0.5 * np.expm1(-DAMPING * t)
        terms = [factorial(k) * comb(m, k) * comb(n, k) * width**k * np.conj(mean) ** (m - k) * mean ** (n - k)
                 for k in range(min(m, n) + 1)]  # fmt: skip
        return complex(np.sum(terms))

    return Case("damped mode, truncated Wigner", equations, moment)


def after(case: Case, scheme: Integrator, numbers: Array, until: float) -> ComplexArray:
    """End points in the twin, one step for each entry of numbers (steps, noises, N) -> (variables, N)."""
    schedule = plan(np.array([until]), [], until / len(numbers))
    start = np.ones((len(case.equations.variables), numbers.shape[-1]), complex)
    return np.asarray(interpret(case.equations.to(scheme.calculus), scheme, schedule, start, numbers)[-1])


def step_defect(case: Case, scheme: Integrator, noise: Noise, h: float) -> float:
    """Error of all moments up to third order after one step from a point (root of the sum of squares), not sampled."""
    far, near = np.sqrt(1 + np.sqrt(6)), np.sqrt(1 - np.sqrt(2 / 3))
    four = np.array([-far, -near, near, far]), np.array([1.0, 3.0, 3.0, 1.0])
    points, chances = np.polynomial.hermite_e.hermegauss(8) if noise is Noise.GAUSSIAN else four
    count = case.equations.noise_count
    numbers = np.array(list(product(points, repeat=count))).T
    weights = np.array(list(product(chances / chances.sum(), repeat=count))).prod(axis=1)
    z = after(case, scheme, numbers[None], h)
    symbol, partner = (z[f] if f >= 0 else z[~f].conj() for f in case.equations.symbols[0])
    return float(np.linalg.norm([weights @ (partner**m * symbol**n) - case.moment(h, m, n) for m, n in POWERS]))


def slope(steps: list[float], errors: list[float]) -> float:
    """d ln(error)/d ln(step) by least squares."""
    return float(np.polyfit(np.log(steps), np.log(errors), 1)[0])


def weak_order(case: Case, scheme: Integrator, noise: Noise) -> float:
    """Order of the defect of one step less one: that of the moments at a fixed time.  Infinite if there is none."""
    steps = [0.04, 0.02, 0.01, 0.005]
    defects = [step_defect(case, scheme, noise, h) for h in steps]
    return np.inf if max(defects) < 1e-13 else slope(steps, defects) - 1


def strong_orders(case: Case, schemes: list[Integrator], fine: int = 4096, paths: int = 400) -> list[float]:
    """From the mean distance to Heun's solution in `fine` steps on the same Wiener paths, all variables."""
    numbers = np.random.default_rng(3).normal(size=(fine, case.equations.noise_count, paths))
    reference, counts = after(case, Heun(), numbers, 1.0), [16, 32, 64, 128, 256]
    coarse = [numbers.reshape(n, fine // n, -1, paths).sum(axis=1) * np.sqrt(n / fine) for n in counts]
    errors = [[np.abs(after(case, s, xi, 1.0) - reference).mean() for xi in coarse] for s in schemes]
    return [slope([1 / n for n in counts], of_scheme) for of_scheme in errors]


def bounded_order() -> tuple[float, float]:
    """Weak order of the bounded scheme and its error: n̄ of the oscillator without its pump at steps 0.2 and 0.1."""
    system = qb.OpenSystem(0.375j * (a.dag**2 - a**2), {a: 1.0, a**2: 1.2})
    exact, biases, errors = 0.21706794832998533, [], []  # closed form of PHYSICS.md at λ = 1.5, g² = 2.4
    for step in (0.2, 0.1):
        run = qb.simulate(system, [20.0], qb.PositiveP(2_621_440, rng=5, integrator=BoundedTwoPoint(), step=step))
        biases.append(abs(float(run.energy[0]) - exact))
        errors.append(float(run.energy_stderr[0]) / biases[-1])
    return slope([0.2, 0.1], biases), float(np.linalg.norm(errors) / np.log(2))


def orders() -> list[Figure]:
    """Measured beside declared: weak from the exact defect of a step, strong against fine steps on the same paths."""
    group = "orders of the schemes in the NumPy twin: weak by exact quadrature over one step, strong on 400 paths"
    figures, schemes = [], [kind() for kind in INTEGRATORS if not kind.bounded]
    for case in (brownian(), dephasing(), damped()):
        for scheme, strong in zip(schemes, strong_orders(case, schemes), strict=True):
            name = f"{case.name}: {type(scheme).__name__}"
            for noise in scheme.noises:
                value, declared = weak_order(case, scheme, noise), f"declared {scheme.weak_order:g}"
                figures.append(Figure(group, f"{name}, {noise.value}, weak", value, "order", ratio=declared))
            declared = f"declared {scheme.strong_order:g}" + case.remark
            figures.append(Figure(group, f"{name}, strong", strong, "order", ratio=declared))
    (value, error), name = bounded_order(), "eliminated oscillator: BoundedTwoPoint, weak"
    return [*figures, Figure(group, name, value, "order", f"± {error:.3f}", f"declared {BoundedTwoPoint.weak_order:g}")]


def step_error_coverage() -> list[Figure]:
    """Share of variables and times at which |true step error| ≤ bar; truth: the differences at all smaller steps."""
    group = "share of step errors within their bar, battery at F_p = 2.4, 8 moments x 10 times, wanted 0.9"
    times, figures = np.linspace(1.0, 10.0, 10), []
    for integrator, steps in ((EulerMaruyama(), (0.04, 0.02, 0.01)), (Heun(), (0.08, 0.04, 0.02))):
        pairs = {h: _step_pairs(integrator, h, times) for h in (*steps, steps[-1] / 2, steps[-1] / 4)}
        name, shares = type(integrator).__name__, []
        for step in steps:
            bar = np.abs(pairs[step][0]) + pairs[step][1]
            truth = np.abs(np.sum([shift for h, (shift, _) in pairs.items() if h < step], axis=0))
            shares.append(float(np.mean(truth <= bar)))
            most = f"largest |error|/bar {np.max(truth / bar):.2f}"
            figures.append(Figure(group, f"{name}, step {step:g}", shares[-1], "share", ratio=most))
        figures.append(Figure(group, f"{name}, all three", float(np.mean(shares)), "share"))
    return figures


def _step_pairs(integrator: Integrator, step: float, times: Array) -> tuple[Array, Array]:
    """⟨…⟩ of the moments of both modes at `step` from those at twice that, and the error of it."""
    equations = PositivePRules().equations(DopoBattery(pump=2.4).system()).to(integrator.calculus)
    program = ensemble.compile_program(equations, integrator, plan(times, [], step, even=True), companion=True)
    reader = MomentReader(equations, 0)
    moments = reader.accumulator(len(times))
    pair: list[Accumulator] = [StepPair(moments)]
    sums = ensemble.run(program, pair, 20_480, Address(3), block=1024)[0]
    parts = np.moveaxis(with_each_left_out(sums), 1, 0)
    keys = [(mode, m, n) for mode in (0, 1) for m, n in STORAGE_MODE[:4]]
    fine, coarse = (np.stack([reader.moment(part, moments, *k).real for k in keys], 1) for part in parts)
    difference, error = jackknife(coarse - fine, sums[:, 0, 0, 0, 0])
    return np.asarray(difference, dtype=float), np.asarray(error, dtype=float)


def _battery(ratio: float, delta: float = 0.0, noise: float = 1 / 32, s: float = 1.0, p: float = 16.0) -> DopoBattery:
    """λ, δ and g² in place of F_p, Δ and κ."""
    kappa = np.sqrt(noise * s * p / 2)
    return DopoBattery(ratio * s * np.sqrt(p) / (4 * kappa), kappa=kappa, gamma_s=s, gamma_p=p, detuning=delta * s / 2)


def linear_theory() -> list[Figure]:
    """Largest relative deviations from the closed forms of PHYSICS.md, and |z| against trajectories at g² = 1e-3."""
    group = "linear theory: deviation from closed forms; |z| of what its own error does not cover (20,000 trajectories)"
    below, above, spectra = [], [], []
    for share, delta in product((0.1, 0.5, 0.9, 0.99), (0.0, 0.5, -1.5)):
        battery = _battery(share * np.sqrt(1 + delta**2), delta)
        covariance = steady_covariance(battery.system(), battery.steady_amplitudes()[0])
        state, left = GaussianState(np.zeros(2), covariance[:2, :2]), 1 - share**2
        found = [state.photon_number, state.symplectic_eigenvalue, extractable_work(state).ergotropy]
        expected = [share**2 / (2 * left), 0.5 / np.sqrt(left), 0.5 * (1 / left - 1 / np.sqrt(left))]
        if delta == 0:
            found += [2 * covariance[0, 0], 2 * covariance[1, 1]]
            expected += [1 / (1 - share), 1 / (1 + share)]
        below.append(_deviation(found, expected))
    for lam, (s, p) in product((1.01, 1.5, 4.0), ((1.0, 16.0), (1.0, 0.3), (0.2, 3.0))):
        battery = _battery(lam, s=s, p=p)
        closed = [1 + 1 / (2 * (lam - 1)) + s / p, 0.5 + (lam - 1) * p / (2 * lam * (2 * s + p)),
                  1 + s / p, 1 - (lam - 1) * s / (lam * (2 * s + p))]  # fmt: skip
        found_c = [2 * np.diag(steady_covariance(battery.system(), z)) for z in battery.steady_amplitudes()[1:]]
        above.append(_deviation(found_c, closed))
    omega = np.linspace(-5, 5, 41)
    for lam, angle in product((0.1, 0.6, 0.99), (0.0, np.pi / 2)):
        battery, sign = _battery(lam), 1 if angle == 0 else -1
        spectrum = output_spectrum(battery.system(), battery.steady_amplitudes()[0], omega, "signal", angle)
        spectra.append(_deviation(spectrum, 1 + sign * 4 * lam / ((1 - sign * lam) ** 2 + (2 * omega) ** 2)))
    battery, times = _battery(0.6, noise=1e-3), np.linspace(1.0, 6.0, 6)
    theory, run = (qb.simulate(battery, times, method) for method in (qb.LinearNoise(), qb.PositiveP(20_000, rng=5)))
    closed_forms = {"below threshold: V_x, V_p, n, ν, W": below, "above threshold: four variances of two modes": above,
                    "output spectra below threshold": spectra}  # fmt: skip
    figures = [Figure(group, name, max(found), "relative") for name, found in closed_forms.items()]
    for name in ("photon_number", "pair_number", "quadrature_covariance", "energy", "ergotropy", "passive_energy"):
        away, error = np.abs((theory[name] - run[name]).values), run[f"{name}_stderr"].values
        excess = np.maximum(away - theory[f"{name}_estimator_error"].values, 0)
        known = error > 0
        value, whole = float(np.max(excess[known] / error[known])), f"{np.max(away[known] / error[known]):.1f} in all"
        figures.append(Figure(group, f"{name}, g² = 1e-3", value, "|z|", ratio=whole))
    return figures


def _deviation(found: object, expected: object) -> float:
    return float(np.abs(np.asarray(found, dtype=float) / np.asarray(expected, dtype=float) - 1).max())


def driven_kerr() -> list[Figure]:
    """N = (2F/U)²/|c|² · ₀F₂(1+c, 1+c*; z)/₀F₂(c, c*; z), Drummond and Walls 1980, beside positive-P."""
    group = "driven Kerr cavity: photon number at t = 20, closed form and positive-P with its verdict"
    figures = []
    for delta, kerr, drive in ((0.0, 0.02, 1.5), (1.0, 0.05, 2.4)):
        c, z, k = (-2 * delta - 1j) / kerr, 2 * (2 * drive / kerr) ** 2, np.arange(500)
        upper, lower = (np.sum(np.cumprod(z / (np.abs(x + k) ** 2 * (k + 1)))) + 1 for x in (1 + c, c))
        exact = float((2 * drive / kerr) ** 2 / abs(c) ** 2 * upper / lower)
        hamiltonian = -delta * a.dag * a + 0.5 * kerr * a.dag**2 * a**2 + drive * (a.dag + a)
        run = qb.simulate(qb.OpenSystem(hamiltonian, {a: 1.0}), [20.0], qb.PositiveP(20_000, rng=1))
        found, error = float(run.energy[0]), float(run.energy_stderr[0])
        where = f"Δ = {delta:g}, U = {kerr:g}, F = {drive:g}"
        figures.append(Figure(group, f"{where}: closed form", exact, "photons"))
        judged = run.verdict + (f", z = {(found - exact) / error:+.2f}" if np.isfinite(found) else "")
        figures.append(Figure(group, f"{where}: positive-P", found, "photons", f"± {error:.4f}", judged))
    return figures

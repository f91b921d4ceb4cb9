"""The exponential scheme: what it solves exactly, its order, and steps that another scheme cannot take."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from phasespace_qb.models.algebra import Coefficient, modes
from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.models.drives import Envelope
from phasespace_qb.models.system import OpenSystem
from phasespace_qb.phase_space import ensemble
from phasespace_qb.phase_space.accumulators import Moments
from phasespace_qb.phase_space.integrators import ExponentialHeun, Heun, Midpoint
from phasespace_qb.phase_space.interpreter import interpret
from phasespace_qb.phase_space.layout import mean_exponential
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.representations.wigner import WignerRules
from phasespace_qb.phase_space.schedule import plan
from tests.phase_space.cases import CASE, ring
from tests.phase_space.paths import ADDRESS, Snapshots, compiled_paths, prepared, twin_paths

TIMES = [0.0, 0.3, 0.35, 1.0]
SCHEME = ExponentialHeun()
a, b = modes("a", "b")


def battery(**parameters):
    """Positive-P equations of a battery."""
    return PositivePRules().equations(DopoBattery(**parameters).system())


def swept():
    """A driven mode with a detuning that is swept, in truncated Wigner: the linear rate L depends on time."""
    sweep = Envelope(lambda t: 2 + 5 * t)
    return WignerRules().equations(OpenSystem(sweep * (a.dag * a) + 1.5 * (a.dag + a), {a: 3.0}))


def damped(rate: float, detuning: float = 0.0, drive: float = 0.0):
    """One damped mode in truncated Wigner."""
    return WignerRules().equations(OpenSystem(detuning * a.dag * a + drive * (a.dag + a), {a: rate}))


def steps(equations, integrator, count: int, step: float, start, normals=None):
    """State after `count` steps of the twin, without noise unless given."""
    equations = equations.to(integrator.calculus)
    schedule = plan(np.array([count * step]), [], step)
    assert len(schedule.lengths) == count
    start = np.array(start, complex).reshape(len(equations.variables), -1)
    silence = np.zeros((count, equations.noise_count, start.shape[1]))
    return interpret(equations, integrator, schedule, start, silence if normals is None else normals)[-1]


@pytest.mark.parametrize(
    ("equations", "integrator"),
    [
        pytest.param(battery(), Midpoint(), id="battery, midpoint"),
        pytest.param(battery(), SCHEME, id="battery"),
        pytest.param(CASE["battery, positive-P"].equations, SCHEME, id="battery, detuned, complex pump"),
        pytest.param(CASE["battery, truncated Wigner"].equations, SCHEME, id="battery, Wigner"),
        pytest.param(swept(), SCHEME, id="swept detuning, Wigner"),
        pytest.param(PositivePRules().equations(ring(5)), SCHEME, id="ring of five, by shape"),
    ],
)
def test_compiled_trajectories_are_those_of_the_twin(equations, integrator):
    converted, schedule, program = prepared(equations, integrator, TIMES, 0.02)
    ours = compiled_paths(program, 200)
    twin = twin_paths(converted, integrator, schedule, program, 200)
    scale = np.maximum(1.0, np.abs(twin).max(axis=1))
    assert np.ptp(ours[-1, 0].real) > 0.01
    assert (np.abs(ours - twin).max(axis=1) / scale).max() < 1e-12
    heun = twin_paths(converted, Heun(), schedule, program, 200)
    assert (np.abs(ours - heun).max(axis=1) / scale).max() > 1e-6


# What is exact --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [0.01, 1.0, 50.0])
@pytest.mark.parametrize("detuning", [0.0, 2.0])
def test_decay_and_fixed_point_of_a_driven_mode_are_exact_at_any_step(step, detuning):
    rate, drive = 3.0, 1.5
    equations, decay = damped(rate, detuning, drive), rate / 2 + 1j * detuning
    fixed = -1j * drive / decay
    assert steps(equations, SCHEME, 1, step, [fixed])[0, 0] == pytest.approx(fixed, rel=1e-13)
    expected = fixed + (2 - fixed) * np.exp(-decay * step)
    assert steps(equations, SCHEME, 1, step, [2.0])[0, 0] == pytest.approx(expected, rel=1e-12)
    if step == 1.0:
        assert abs(steps(equations, Heun(), 1, step, [2.0])[0, 0] - expected) > 0.1


def stationary_variance(equations, integrator, step: float, products) -> complex:
    """⟨z z*⟩ or ⟨z z⟩ of a linear variable: what one step adds, over what it takes away, both read off the twin."""
    zero = steps(equations, integrator, 1, step, [0.0])[0, 0]
    factor = steps(equations, integrator, 1, step, [1.0])[0, 0] - zero
    kicks = [
        steps(equations, integrator, 1, step, [0.0], unit[None, :, None])[0, 0] - zero
        for unit in np.eye(equations.noise_count)
    ]
    return sum(products(k) for k in kicks) / (1 - products(factor))


@pytest.mark.parametrize("step", [0.01, 0.3, 2.0, 50.0])
@pytest.mark.parametrize("detuning", [0.0, 4.0])
def test_vacuum_fluctuations_are_exact_at_any_step(step, detuning):
    equations = damped(3.0, detuning)
    assert equations.has_circular_noise(0)
    assert stationary_variance(equations, SCHEME, step, lambda z: abs(z) ** 2) == pytest.approx(0.5, rel=1e-12)
    if step == 0.3:
        assert abs(stationary_variance(equations, Heun(), step, lambda z: abs(z) ** 2) - 0.5) > 0.01


@pytest.mark.parametrize("step", [0.01, 0.3, 2.0])
def test_anomalous_variance_of_squeezed_noise_is_exact_at_any_step(step):
    """dα = −(γ/2 + iΔ)α dt + √ε dW has ⟨α²⟩ = ε/(γ + 2iΔ); a real √φ would turn its phase."""
    rate, detuning, epsilon = 3.0, 0.7, 0.4
    system = OpenSystem(detuning * a.dag * a + 0.5j * epsilon * (a.dag**2 - a**2), {a: rate})
    equations = PositivePRules().equations(system)
    own = tuple(term for term in equations.drift[0] if term.factors == (0,))
    alone = replace(
        equations,
        variables=("a",),
        drift=(own,),
        noise=equations.noise[:1],
        noise_drift=((),),
        start_mean=(0.0,),
    )
    assert not alone.has_circular_noise(0)
    found = stationary_variance(alone, SCHEME, step, lambda z: z**2)
    assert found == pytest.approx(epsilon / (rate + 2j * detuning), rel=1e-12)


def test_phi_has_no_hole_at_zero():
    x = np.array([0, 1e-300, 1e-17, -1e-9, -1e-9j, -800, 2j])
    exact = [1, 1, 1, 1 - 5e-10, 1 - 5e-10j, 1 / 800, np.expm1(2j) / 2j]
    assert mean_exponential(x) == pytest.approx(np.array(exact), rel=1e-13)


@pytest.mark.parametrize("name", ["battery, positive-P", "Kerr, positive-P", "swept"])
def test_deterministic_order_is_two(name):
    equations = swept() if name == "swept" else CASE[name].equations
    start = np.linspace(0.3, 0.6, len(equations.variables)) * np.exp(0.4j)
    exact = steps(equations, Heun(), 4_000, 2.5e-4, start)
    errors = [np.abs(steps(equations, SCHEME, n, 1 / n, start) - exact).max() for n in (50, 100, 200)]
    slope = -np.polyfit(np.log([50, 100, 200]), np.log(errors), 1)[0]
    assert slope == pytest.approx(2.0, abs=0.25)
    # A rate taken at the start of the step, and not its mean, would be of first order where it is swept.
    assert errors[-1] < 2e-3


# Long steps -----------------------------------------------------------------------------------------------------------


def ensemble_mean(integrator, step: float, gamma_p: float = 400.0):
    """n̄(2) of a battery with a fast pump, its error and the fraction of diverged trajectories."""
    _, _, program = prepared(battery(pump=15.0, gamma_p=gamma_p), integrator, [2.0], step)
    accumulator = Moments(1, ((0, 1),))
    with ThreadPoolExecutor(1) as one:
        (sums,) = ensemble.run(program, [accumulator], 20_480, ADDRESS, one)
    means = sums[:, 0, accumulator.row((0, 1)), 0] / sums[:, 0, 0, 0]
    return means.mean(), means.std(ddof=1) / np.sqrt(20), sums[:, 0, 0, 1].sum() / 20_480


def test_a_fast_pump_does_not_limit_the_step():
    """γ_p h/2 = 4 at the step that Heun fails at, where its decay polynomial 1 − x + x²/2 is 5."""
    long, long_error, lost = ensemble_mean(SCHEME, 0.02)
    fine, fine_error, _ = ensemble_mean(Heun(), 0.002)
    assert lost == 0
    assert abs(long - fine) < 3.5 * np.hypot(long_error, fine_error)
    assert long_error < 0.03 * long
    assert ensemble_mean(Heun(), 0.02)[2] == 1.0


def test_only_the_exponential_scheme_lifts_the_limit():
    assert SCHEME.exact_linear
    assert not Heun.exact_linear
    assert not Midpoint.exact_linear


# The sign of a root within a step -------------------------------------------------------------------------------------


def turned(integrator, spoil=lambda source: source):
    """n̄(2) for a pump F minus n̄(2) for −F, which is 0 (α → iα), and its error."""
    found = []
    slightly_complex = 3 * np.exp(1e-6j)  # the kernel of any complex pump
    for pump in (slightly_complex, -slightly_complex):
        _, _, program = prepared(battery(pump=pump, detuning=0.3), integrator, [2.0], 0.05)
        spoilt = replace(program, source=spoil(program.source))
        (kept,) = ensemble.run(spoilt, [Snapshots(1, 4, 20_480)], 20_480, ADDRESS)
        z = kept[0, 0, :, 0] + 1j * kept[0, 0, :, 1]
        found.append((z[0] * z[1]).real.reshape(20, -1).mean(axis=1))
    assert (z[2].real < 0).mean() > 0.99
    assert 0.1 < (z[2].imag < 0).mean() < 0.9  # κα_p lies on both sides of the cut of the principal root
    return found[0].mean() - found[1].mean(), np.hypot(*(means.std(ddof=1) / np.sqrt(20) for means in found))


@pytest.mark.parametrize("integrator", [Heun(), SCHEME], ids=repr)
def test_a_pump_of_the_other_sign_makes_as_many_photons(integrator):
    difference, error = turned(integrator)
    assert abs(difference) < 3.5 * error
    assert error < 0.016


def test_principal_roots_at_every_stage_would_lose_noise_at_their_cut():
    def spoil(source):
        assert source.count("-a if crossed else a") == 1
        return source.replace("-a if crossed else a", "a").replace("-b if crossed else b", "b")

    difference, error = turned(Heun(), spoil)
    assert difference > 4.5 * error


def test_constant_coefficient_is_what_the_exponent_reads():
    """Two terms linear in the own variable are one rate, from the algebra on."""
    equations = damped(3.0, 2.0)
    (term,) = (term for term in equations.drift[0] if term.factors == (0,))
    assert term.coefficient.sample(np.zeros(1))[0] == pytest.approx(-1.5 - 2j)
    assert isinstance(term.coefficient, Coefficient)

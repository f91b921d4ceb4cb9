"""The bounded scheme: one step against its definition, and the steady state of the oscillator without its pump.

The closed form is ⟨a†a⟩ of tests/reference/eliminated_oscillator.py; Euler and Heun leave the square and diverge.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from phasespace_qb import kernel_cache as cache
from phasespace_qb.models.algebra import modes
from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.models.system import OpenSystem
from phasespace_qb.phase_space import ensemble
from phasespace_qb.phase_space.accumulators import Moments
from phasespace_qb.phase_space.integrators import BoundedTwoPoint, EulerMaruyama, Heun
from phasespace_qb.phase_space.interpreter import interpret
from phasespace_qb.phase_space.noise import Address
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.schedule import plan
from phasespace_qb.results.jackknife import jackknife, with_each_left_out
from tests.phase_space.cases import CASE, ring
from tests.phase_space.paths import ADDRESS, Snapshots, compiled_paths, prepared, twin_paths
from tests.reference.eliminated_oscillator import moment

LAMBDA = 1.5
LOSSES = [1.2, 1.5, 5.0]
SCHEME = BoundedTwoPoint()
MIDDLES = (np.arange(200_000) + 0.5) / 200_000
"""Uniform numbers that integrate over u by the midpoint rule."""
(a,) = modes("a")


def oscillator(two_photon: float, epsilon: complex = LAMBDA / 2, count: int = 1):
    """Positive-P equations of oscillators with ε = λγ_s/2 and loss D[a] + Γ D[a²], γ_s = 1; they do not interact."""
    m = modes(*(f"m{j}" for j in range(count)))
    squeeze = sum((0.5j * (epsilon * x.dag**2 - np.conj(epsilon) * x**2) for x in m), 0 * m[0])
    loss = {**dict.fromkeys(m, 1.0), **{x**2: two_photon for x in m}}
    return PositivePRules().equations(OpenSystem(squeeze, loss))


def edge(two_photon: float) -> float:
    """c = √(ε/Γ)."""
    return float(np.sqrt(LAMBDA / 2 / two_photon))


def one_step(integrator, two_photon: float, start, step: float, numbers):
    """Both variables after one step of the twin; start (2,), numbers (2, N)."""
    schedule = plan(np.array([step]), [], step)
    z = np.repeat(np.array(start, complex)[:, None], numbers.shape[-1], axis=1)
    return interpret(oscillator(two_photon), integrator, schedule, z, numbers[None])[-1]


def photon_number(integrator, two_photon: float, step: float, trajectories: int):
    """Estimate, error and fraction of diverged trajectories at late times; three saves that are hardly correlated."""
    _, _, program = prepared(oscillator(two_photon), integrator, [16.0, 20.0, 24.0], step)
    accumulator = Moments(3, ((0, 1),))
    with ThreadPoolExecutor(1) as one:
        (sums,) = ensemble.run(program, [accumulator], trajectories, Address(5), one)
    left_out = with_each_left_out(sums)
    value = left_out[:, :, accumulator.row((0, 1)), 0].sum(1) / left_out[:, :, 0, 0].sum(1)
    estimate, error = jackknife(value, sums[:, 0, 0, 0])
    return float(estimate), float(error), float(sums[:, -1, 0, 1].sum() / trajectories)


# One step -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 5], ids=["fused", "by shape"])
@pytest.mark.parametrize("two_photon", [1.2, 5.0])
def test_compiled_trajectories_are_those_of_the_twin(count, two_photon):
    times = [0.0, 0.3, 0.35, 1.0]
    equations, schedule, program = prepared(oscillator(two_photon, count=count), SCHEME, times, 0.02)
    ours = compiled_paths(program, 200)
    twin = twin_paths(equations, SCHEME, schedule, program, 200)
    assert np.ptp(ours[-1, 0].real) > 0.5 * edge(two_photon)
    assert (ours.imag == 0).all()
    # A spread √v magnifies the rounding of v at the edge.
    assert np.abs(ours - twin).max() < 1e-9
    euler = interpret(equations, EulerMaruyama(), schedule, ours[0], np.zeros((len(schedule.lengths), 2 * count, 200)))
    assert np.abs(ours - euler).max() > 0.1


@pytest.mark.parametrize("two_photon", LOSSES)
@pytest.mark.parametrize("place", [0.0, 0.3, -0.7, 0.95, -0.999, 1.0, -1.0])
@pytest.mark.parametrize("step", [0.2, 0.02])
def test_one_step_has_the_mean_and_variance_of_eulers(two_photon, place, step):
    """Exact over u; Euler's from three Gauss–Hermite points, exact for it."""
    c = edge(two_photon)
    start = np.array([place * c, 0.4 * c])
    ours = one_step(SCHEME, two_photon, start, step, np.stack([MIDDLES, MIDDLES]))[0].real
    nodes, weights = np.polynomial.hermite_e.hermegauss(3)
    euler = one_step(EulerMaruyama(), two_photon, start, step, np.stack([nodes, nodes]))[0].real
    weights = weights / weights.sum()
    mean = weights @ euler
    resolution = 3 * c / len(MIDDLES)  # of a jump of at most 2c between two u
    assert ours.mean() == pytest.approx(mean, abs=resolution)
    most = c**2 - mean**2  # of anything between ± c; reached at ΓΔt = 1, the longest step that is meant
    assert ours.var() == pytest.approx(min(weights @ (euler - mean) ** 2, most), abs=2 * c * resolution)
    assert len(np.unique(ours)) <= 2
    assert np.abs(ours).max() <= c
    if abs(place) == 0.95 and step == 0.2:
        assert np.abs(euler).max() > c  # the mending is needed here


@pytest.mark.parametrize("count", [1, 5], ids=["fused", "by shape"])
@pytest.mark.parametrize("two_photon", LOSSES)
def test_no_trajectory_leaves_the_square(two_photon, count):
    _, _, program = prepared(oscillator(two_photon, count=count), SCHEME, list(np.linspace(0, 5, 101)), 0.05)
    paths = compiled_paths(program, 512)
    assert np.abs(paths).max() <= edge(two_photon) * (1 + 1e-15)
    assert np.abs(paths).max() > 0.999 * edge(two_photon)
    _, _, euler = prepared(oscillator(two_photon), EulerMaruyama(), [5.0], 0.05)
    (kept,) = ensemble.run_block(euler, [Snapshots(1, 2, 512)], ADDRESS, 0, 0, 512)
    assert not np.abs(kept).max() <= edge(two_photon)


def test_a_mean_outside_is_counted_and_not_hidden():
    two_points = cache.load(prepared(oscillator(1.2), SCHEME, [1.0], 0.02)[2].source).two_points
    assert np.isnan(two_points(1.01, 0.1, 1.0, 0.5))
    assert np.isnan(two_points(-1.01, 0.1, 1.0, 0.9))
    assert [two_points(1.0, 0.0, 1.0, u) for u in (0.1, 0.9)] == [1.0, 1.0]
    assert [two_points(0.5, 0.9, 1.0, u) for u in (0.74, 0.76)] == pytest.approx([1.0, -1.0])
    assert [two_points(0.2, 0.04, 1.0, u) for u in (0.1, 0.9)] == pytest.approx([0.4, 0.0])
    assert [two_points(-0.8, 0.09, 1.0, u) for u in (0.1, 0.9)] == pytest.approx([-1.0, -0.35])


# Ensembles ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("two_photon", LOSSES)
def test_steady_state_is_the_closed_form_where_euler_and_heun_fail(two_photon):
    exact = moment(1, 1, LAMBDA, 2 * two_photon).real
    estimate, error, lost = photon_number(SCHEME, two_photon, 0.01, 40_960)
    assert lost == 0
    assert abs(estimate - exact) < 3.5 * error
    assert error < 0.02 * exact
    for other in (EulerMaruyama(), Heun()):
        assert photon_number(other, two_photon, 0.01, 2560)[2] > 0.02


def test_weak_order_is_one():
    """Bias at two steps against the closed form: their ratio is that of the steps, within three errors."""
    exact = moment(1, 1, LAMBDA, 2.4).real
    (long, long_error, _), (short, short_error, _) = (photon_number(SCHEME, 1.2, h, 163_840) for h in (0.2, 0.1))
    assert exact - long > 10 * long_error
    assert abs((exact - long) - 2 * (exact - short)) < 3.5 * np.hypot(long_error, 2 * short_error)


# Refusals -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("equations", "reason"),
    [
        (PositivePRules().equations(DopoBattery().system()), "the noise of signal is not √(A − B z²) of itself"),
        (CASE["Kerr, positive-P"].equations, "the noise of a is not √(A − B z²) of itself"),
        (CASE["eliminated, truncated Wigner"].equations, "the noise of a is not √(A − B z²) of itself"),
        (oscillator(1.2, epsilon=0.75 * np.exp(0.3j)), "a coefficient is complex"),
        (oscillator(1.2, epsilon=-0.75), "the noise of m0 is not √(A − B z²) of itself"),
        (PositivePRules().equations(ring(2)), "a coefficient is complex"),
        (oscillator(1.2), ""),
    ],
    ids=["battery", "Kerr", "Wigner", "complex pump", "negative pump", "ring", "oscillator"],
)
def test_refusals_say_why(equations, reason):
    assert SCHEME.refuses(equations) == reason


def test_a_complex_start_is_refused():
    system = OpenSystem(0.375j * (a.dag**2 - a**2), {a: 1.0, a**2: 1.2}, start={a: 0.1j})
    assert SCHEME.refuses(PositivePRules().equations(system)) == "the start is not real"

"""Random numbers that are not normal: four points for weak convergence, uniform numbers for the bounded scheme."""

import numpy as np
import pytest
from scipy import stats

from phasespace_qb import kernel_cache as cache
from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.phase_space.ensemble import compile_program
from phasespace_qb.phase_space.equations import Calculus
from phasespace_qb.phase_space.integrators import INTEGRATORS, BoundedTwoPoint, EulerMaruyama, Heun, Midpoint, Noise
from phasespace_qb.phase_space.interpreter import interpret
from phasespace_qb.phase_space.noise import Purpose, lane_generators
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.schedule import plan
from tests.phase_space.paths import ADDRESS, compiled_paths, drawn_normals, prepared, start_of
from tests.phase_space.test_bounded_scheme import oscillator
from tests.phase_space.test_integrators import at_one, brownian, exact_mean_of_power, slope, solution
from tests.phase_space.test_noise import LARGEST_Z, largest, pairings, xoshiro, z_of_correlation

FAR, NEAR = np.sqrt(1 + np.sqrt(6)), np.sqrt(1 - np.sqrt(2 / 3))
POINTS = np.array([-FAR, -NEAR, NEAR, FAR])
CHANCES = np.array([1, 3, 3, 1]) / 8
NORMAL_MOMENTS = [0, 1, 0, 3, 0, 15]
BATTERY = PositivePRules().equations(DopoBattery().system())


def four_point_program(times, step):
    """Equations, schedule and program of the battery with Heun's scheme."""
    converted = BATTERY.to(Heun.calculus)
    schedule = plan(np.array(times), [], step)
    return converted, schedule, compile_program(converted, Heun(), schedule, Noise.FOUR_POINT)


@pytest.fixture(scope="module")
def four_points():
    """About 1.3 million numbers, (steps, 2, trajectories)."""
    return drawn_normals(four_point_program([1.0], 1 / 640)[2], 2, 1024)


@pytest.fixture(scope="module")
def uniform():
    """As many uniform numbers."""
    return drawn_normals(prepared(oscillator(1.2), BoundedTwoPoint(), [1.0], 1 / 640)[2], 2, 1024)


# Four points ----------------------------------------------------------------------------------------------------------


def test_five_moments_are_those_of_a_normal_number_and_the_sixth_is_not():
    moments = [float(CHANCES @ POINTS**k) for k in range(1, 7)]
    assert moments[:5] == pytest.approx(NORMAL_MOMENTS[:5], abs=1e-14)
    assert moments[5] == pytest.approx(7 + 4 * np.sqrt(6) / 3)
    assert NORMAL_MOMENTS[5] - moments[5] > 4


def test_only_the_four_values_occur_with_their_chances(four_points):
    values, counts = np.unique(four_points, return_counts=True)
    assert values == pytest.approx(POINTS, rel=1e-7)
    assert stats.chisquare(counts, CHANCES * counts.sum()).pvalue > 1e-3
    for member in (0, 1):
        _, own = np.unique(four_points[:, member], return_counts=True)
        assert stats.chisquare(own, CHANCES * own.sum()).pvalue > 1e-3
    assert stats.chisquare(counts, np.array([1, 3.06, 3, 1]) / 8.06 * counts.sum()).pvalue < 1e-6


def test_sampled_moments(four_points):
    x = four_points.ravel()
    for k in range(1, 7):
        mean = float(CHANCES @ POINTS**k)
        error = np.sqrt((CHANCES @ POINTS ** (2 * k) - mean**2) / x.size)
        assert abs(np.mean(x**k) - mean) < LARGEST_Z * error
        if k == 6:
            assert abs(np.mean(x**k) - 15) > 20 * error


@pytest.mark.parametrize("name", pairings(np.zeros((3, 2, 256))))
def test_four_points_are_independent(four_points, name):
    x, y = pairings(four_points)[name]
    assert largest(z_of_correlation(x, y)) < LARGEST_Z
    joint = np.histogram2d(x.ravel(), y.ravel(), bins=[[-3, -1, 0, 1, 3]] * 2)[0]
    assert stats.chisquare(joint.ravel(), np.outer(CHANCES, CHANCES).ravel() * joint.sum()).pvalue > 1e-4
    reused = np.where(np.arange(x.shape[-1]) % 25 == 0, x, y)
    assert largest(z_of_correlation(x, reused)) > 2 * LARGEST_Z


def test_four_points_are_bits_40_to_46_of_xoshiro():
    program = four_point_program([1.0], 1 / 100)[2]
    ours = drawn_normals(program, 2, 128)
    bits = xoshiro(lane_generators(ADDRESS.stream(0, Purpose.LANES), 128), 100) >> np.uint64(40)
    for member, shift in ((0, 0), (1, 4)):
        own = (bits >> np.uint64(shift)) & np.uint64(7)
        expected = np.where(own & np.uint64(3) == 0, FAR, NEAR) * np.where(own & np.uint64(4) == 0, -1, 1)
        assert np.abs(ours[:, member] - expected).max() < 1e-6


def test_sum_of_two_keeps_mean_variance_and_kurtosis(four_points):
    combined = cache.load(four_point_program([1.0], 0.01)[2].source).combined
    first, second = (np.ascontiguousarray(four_points[k::2], np.float32).ravel() for k in (0, 1))
    joined = second.copy()
    combined(first, joined)
    assert np.abs(joined - (first + second) / np.sqrt(2)).max() < 1e-6
    assert len(np.unique(joined.round(4))) == 9  # ten pairs of four, two of which cancel
    for k, mean, other in ((1, 0, 1), (2, 1, 3), (3, 0, 15), (4, 3, 105)):
        assert abs(np.mean(joined.astype(float) ** k) - mean) < LARGEST_Z * np.sqrt((other - mean**2) / joined.size)


def test_compiled_trajectories_are_those_of_the_twin():
    equations, schedule, program = four_point_program([0.0, 0.3, 0.35, 1.0], 0.02)
    ours = compiled_paths(program, 200)
    numbers = drawn_normals(program, 2, 200)
    start = start_of(equations, 200)
    assert np.abs(ours - interpret(equations, Heun(), schedule, start, numbers)).max() < 1e-12
    assert np.abs(ours - interpret(equations, Heun(), schedule, start, numbers[:, ::-1])).max() > 0.05


def moment_with(points, chances, scheme, steps, power):
    """⟨z(1)^power⟩ of geometric Brownian motion without sampling: one factor for each step and each point."""
    schedule = plan(np.array([1 / steps]), [], 1.0)
    start = np.ones((1, len(points)))
    factor = interpret(brownian(scheme.calculus), scheme, schedule, start, points[None, None, :])[-1, 0].real
    return float(chances @ factor**power) ** steps


@pytest.mark.parametrize("scheme", [Heun(), EulerMaruyama(), Midpoint()], ids=repr)
@pytest.mark.parametrize("power", [1, 2, 3])
def test_moments_converge_with_four_points_as_declared(scheme, power):
    steps = [32, 64, 128, 256]
    exact = exact_mean_of_power(scheme.calculus, power)
    errors = [abs(moment_with(POINTS, CHANCES, scheme, n, power) - exact) for n in steps]
    assert slope(steps, errors) == pytest.approx(scheme.weak_order, abs=0.2)
    wrong = np.array([-1.06, 1.06])  # a variance 12 % too large
    assert abs(moment_with(wrong, np.array([0.5, 0.5]), scheme, 256, 2) - exact_mean_of_power(scheme.calculus, 2)) > 0.1


def test_two_points_would_do_for_the_first_order_but_not_for_the_third_moment():
    """Why four: with ± 1 the fourth moment of a step is 1 and not 3, an error of its own of first order."""
    exact = exact_mean_of_power(Calculus.STRATONOVICH, 3)
    two = moment_with(np.array([-1.0, 1.0]), np.array([0.5, 0.5]), Heun(), 64, 3)
    four = moment_with(POINTS, CHANCES, Heun(), 64, 3)
    assert abs(four - exact) < abs(two - exact)


def test_four_points_converge_in_distribution_only():
    """On a given path W nothing is approached: the distance to the solution with independent W stays of order 1."""
    rng = np.random.default_rng(6)
    distances = []
    for steps in (16, 64, 256):
        numbers = rng.choice(POINTS, p=CHANCES, size=(steps, 4000))
        path = rng.normal(size=4000)  # the four points belong to no Wiener path
        ends = at_one(Heun(), brownian(Calculus.STRATONOVICH), numbers)
        distances.append(np.abs(ends - solution(Calculus.STRATONOVICH, path)).mean())
        at_steps = np.sort(ends) - np.sort(solution(Calculus.STRATONOVICH, path))
    assert abs(slope([16, 64, 256], distances)) < 0.1
    assert np.abs(at_steps).mean() < 0.15 * distances[-1]  # and yet the distributions agree


# The second moment at the middle of a step ----------------------------------------------------------------------------


def test_midpoint_is_of_first_order_where_heun_is_of_second():
    """dx = −2x dt + √2 dW, dy = (x² − y)dt by the exact implicit midpoint: the source of its bias in the battery.

    z̄ holds a quarter of a step's variance, on average over the step it is a half, so ẏ misses ¼·2h.
    """
    rate, steps = 2.0, 0.02

    def stationary(of_step):
        """Fixed point of (⟨x²⟩, ⟨y⟩) under a step, from its action on x² and x ξ."""
        x, y = 0.5, 0.5
        for _ in range(4000):
            x, y = of_step(x, y)
        return y

    h = steps

    def midpoint(x2, y):
        damping = 1 + rate * h / 2
        middle = (x2 + 2 * h / 4) / damping**2
        after = (((1 - rate * h / 2) ** 2) * x2 + 2 * h) / damping**2
        return after, ((1 - h / 2) * y + h * middle) / (1 + h / 2)

    def heun(x2, y):
        factor = 1 - rate * h
        predicted = factor**2 * x2 + 2 * h
        slope_here, y_predicted = x2 - y, y + h * (x2 - y)
        decay = 1 - rate * h + (rate * h) ** 2 / 2
        after = decay**2 * x2 + 2 * h * (1 - rate * h / 2) ** 2
        return after, y + h / 2 * (slope_here + predicted - y_predicted)

    assert stationary(midpoint) - 0.5 == pytest.approx(-h / 2, rel=0.05)
    assert abs(stationary(heun) - 0.5) < 0.1 * h / 2


# Uniform numbers ------------------------------------------------------------------------------------------------------


def test_uniform_numbers_are_uniform_and_never_0_or_1(uniform):
    assert 0.0 < uniform.min() < 1e-5
    assert 1 - 1e-5 < uniform.max() < 1.0
    for member in (0, 1):
        sample = uniform[:, member, ::3].ravel()
        assert stats.kstest(sample, "uniform").pvalue > 1e-3
        assert stats.kstest(sample**1.02, "uniform").pvalue < 1e-6


@pytest.mark.parametrize("name", pairings(np.zeros((3, 2, 256))))
def test_uniform_numbers_are_independent(uniform, name):
    """As normal numbers, to use their test."""
    x, y = (stats.norm.ppf(part) for part in pairings(uniform)[name])
    assert largest(z_of_correlation(x, y)) < LARGEST_Z
    reused = np.where(np.arange(x.shape[-1]) % 50 == 0, x, y)
    assert largest(z_of_correlation(x, reused)) > 2 * LARGEST_Z


def test_uniform_numbers_are_the_high_bits_of_xoshiro():
    program = prepared(oscillator(1.2), BoundedTwoPoint(), [1.0], 1 / 100)[2]
    bits = xoshiro(lane_generators(ADDRESS.stream(0, Purpose.LANES), 128), 100)
    ours = drawn_normals(program, 2, 128)
    assert (ours[:, 0] == ((bits >> np.uint64(41)).astype(float) + 0.5) / 2**23).all()
    assert (ours[:, 1] == (((bits >> np.uint64(18)) & np.uint64(2**23 - 1)).astype(float) + 0.5) / 2**23).all()


def test_extreme_words_stay_inside():
    """The largest word would round to 1 in single precision with one more bit."""
    for word in (0, 2**23 - 1):
        assert 0 < (np.float32(word) + np.float32(0.5)) * np.float32(2.0**-23) < 1
    assert (np.float32(2**24 - 1) + np.float32(0.5)) * np.float32(2.0**-24) == 1


def test_every_scheme_says_which_noise_it_takes():
    for scheme in INTEGRATORS:
        wanted = (Noise.UNIFORM,) if scheme.bounded else (Noise.GAUSSIAN, Noise.FOUR_POINT)
        assert scheme.noises == wanted

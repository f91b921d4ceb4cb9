"""The companion at half the resolution: same numbers, which blocks have it, and does it tell the error of a step."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.phase_space import ensemble
from phasespace_qb.phase_space.accumulators import JACKKNIFE_GROUPS, Moments, StepPair
from phasespace_qb.phase_space.integrators import BoundedTwoPoint, EulerMaruyama, Heun, Noise
from phasespace_qb.phase_space.interpreter import interpret
from phasespace_qb.phase_space.noise import Address
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.schedule import plan
from phasespace_qb.results.jackknife import jackknife, with_each_left_out
from tests.phase_space.paths import ADDRESS, Snapshots, drawn_normals, start_of
from tests.phase_space.test_bounded_scheme import oscillator
from tests.reference.master_equation import solve

BATTERY = PositivePRules().equations(DopoBattery().system())
TIMES = np.array([0.0, 0.3, 0.35, 1.0])
SAVES = len(TIMES)


def prepared_pair(integrator, step=0.02, noise=None, equations=BATTERY, times=TIMES):
    """Equations, the even schedule and a program with a companion."""
    converted = equations.to(integrator.calculus)
    schedule = plan(times, converted.breakpoints, step, even=True)
    return converted, schedule, ensemble.compile_program(converted, integrator, schedule, noise, companion=True)


def both_halves(program, trajectories, saves=SAVES, variables=4):
    """Trajectories of one block, [fine or coarse, save, variable, trajectory]."""
    keeper = StepPair(Snapshots(saves, variables, trajectories))
    (kept,) = ensemble.run_block(program, [keeper], ADDRESS, 0, 0, trajectories)
    return kept[:, :, :, 0] + 1j * kept[:, :, :, 1]


CASES = [
    pytest.param(BATTERY, EulerMaruyama(), Noise.GAUSSIAN, id="Euler"),
    pytest.param(BATTERY, Heun(), Noise.GAUSSIAN, id="Heun"),
    pytest.param(BATTERY, Heun(), Noise.FOUR_POINT, id="Heun, four points"),
    pytest.param(oscillator(1.2), BoundedTwoPoint(), Noise.UNIFORM, id="bounded"),
]


@pytest.mark.parametrize(("equations", "integrator", "noise"), CASES)
def test_coarse_half_is_the_twin_with_doubled_steps_on_the_same_numbers(equations, integrator, noise):
    equations, schedule, program = prepared_pair(integrator, noise=noise, equations=equations)
    variables = len(equations.variables)
    fine, coarse = both_halves(program, 128, variables=variables)
    numbers, start = drawn_normals(program, 2, 128), start_of(equations, 128)
    pairs = numbers.reshape(len(numbers) // 2, 2, 2, 128)
    joined = pairs[:, 0] if noise is Noise.UNIFORM else pairs.sum(axis=1) / np.sqrt(2)
    doubled = schedule.in_pairs()
    assert doubled.lengths.sum() == pytest.approx(schedule.lengths.sum())
    # The kernel adds in single precision.
    tolerance = 1e-9 if noise is Noise.UNIFORM else 3e-6
    assert np.abs(fine - interpret(equations, integrator, schedule, start, numbers)).max() < 1e-9
    assert np.abs(coarse - interpret(equations, integrator, doubled, start, joined)).max() < tolerance
    wrong = interpret(equations, integrator, doubled, start, pairs[:, 1])
    assert np.abs(coarse - wrong).max() > 0.05
    assert np.abs(coarse - fine).max() > 1e-3


def test_a_schedule_of_odd_intervals_has_no_companion():
    with pytest.raises(ValueError, match=r"`schedule` must be planned with even=True"):
        ensemble.compile_program(BATTERY, EulerMaruyama(), plan(np.array([0.3]), [], 0.1), companion=True)


# Which trajectories ---------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Visits:
    """Counts the trajectories of each block; a block is recognised by its first trajectory."""

    size: int
    blocks: int
    groups: int = 1

    def zeros(self):
        """Nothing seen."""
        return np.zeros(self.blocks)

    def observe(self, sums, first_save, snapshots, first, count):
        """Count at the last save."""
        sums[first // self.size] += count if first_save + len(snapshots) == SAVES else 0


@pytest.mark.parametrize(
    ("block", "paired"), [(128, 128), (512, 128), (1024, 128), (2048, 256), (16 * 1024, 2048)], ids=str
)
@pytest.mark.parametrize("last", [1, 100, 128])
def test_the_first_eighth_of_every_block_has_a_companion(block, paired, last):
    _, _, program = prepared_pair(EulerMaruyama(), 0.25)
    (seen,) = ensemble.run(program, [StepPair(Visits(block, 3), 1)], 2 * block + last, ADDRESS, block=block)
    assert seen.tolist() == [[[paired, paired, last]] * 2]


@pytest.mark.parametrize(("blocks", "filled"), [(7, 7), (20, 20), (47, 20)])
def test_every_group_has_a_companion_from_twenty_blocks_on(blocks, filled):
    _, _, program = prepared_pair(EulerMaruyama(), 0.05)
    (sums,) = ensemble.run(program, [StepPair(Moments(SAVES, ((0, 1),)))], 128 * blocks, ADDRESS, block=128)
    counts = sums[:, :, 0, 0, 0]
    assert sums.shape[0] == JACKKNIFE_GROUPS
    assert (counts > 0).sum(axis=0).tolist() == [filled, filled]
    assert (counts[:, 0] == counts[:, 1]).all()


def test_fine_half_is_the_ordinary_sum_over_those_trajectories():
    _, _, program = prepared_pair(Heun())
    inner = Moments(SAVES, ((0, 1), (0, 0)))
    for block, blocks in ((128, 20), (512, 5)):
        ordinary, pair = ensemble.run(program, [inner, StepPair(inner)], block * blocks, ADDRESS, block=block)
        expected = np.zeros_like(ordinary)
        for k in range(blocks):
            expected[k % JACKKNIFE_GROUPS] += ensemble.run_block(program, [inner], ADDRESS, k, block * k, 128)[0]
        assert pair[:, 0].tobytes() == expected.tobytes()
        assert (pair[:, 0].tobytes() == ordinary.tobytes()) is (block == 128)
        (alone,) = ensemble.run(program, [inner], block * blocks, ADDRESS, block=block)
        assert alone.tobytes() == ordinary.tobytes()  # a companion leaves the run as it is


def test_same_bits_for_any_executor():
    _, _, program = prepared_pair(Heun())
    asked = [Moments(SAVES, ((0, 1),)), StepPair(Moments(SAVES, ((0, 1),)))]
    results = [[x.tobytes() for x in ensemble.run(program, asked, 3000, ADDRESS)]]
    for workers in (1, 3):
        with ThreadPoolExecutor(workers) as pool:
            results.append([x.tobytes() for x in ensemble.run(program, asked, 3000, ADDRESS, pool)])
    assert results[0] == results[1] == results[2]


def test_a_second_half_continues_the_first():
    _, _, program = prepared_pair(Heun())
    asked = [StepPair(Moments(SAVES, ((0, 1),)))]
    whole = ensemble.run(program, asked, 128 * 44, ADDRESS, block=128)
    half = ensemble.run(program, asked, 128 * 22, ADDRESS, block=128)
    rest = ensemble.run(program, asked, 128 * 44, ADDRESS, block=128, after=half)
    assert np.allclose(rest[0], whole[0], rtol=1e-13)


# The error of a step --------------------------------------------------------------------------------------------------

AT = np.array([2.0])
TRAJECTORIES = 25_600
"""All with a companion, in blocks of one tile."""


@pytest.fixture(scope="module")
def exact() -> float:
    """n̄(2) of the battery from its density matrix."""
    return float(solve(3.0, np.append(0.0, AT), cutoffs=(20, 10)).photon_number[-1])


def step_errors(integrator, step: float):
    """n̄(2) of the fine and of the coarse half with errors, and the difference with its error."""
    _, _, program = prepared_pair(integrator, step, times=AT)
    inner = Moments(1, ((0, 1),))
    with ThreadPoolExecutor(1) as one:
        (sums,) = ensemble.run(program, [StepPair(inner)], TRAJECTORIES, Address(11), one, block=128)
    row = inner.row((0, 1))
    left_out, counts = with_each_left_out(sums), sums[:, 0, 0, 0, 0]
    fine, coarse = (left_out[:, k, 0, row, 0] / left_out[:, k, 0, 0, 0] for k in (0, 1))
    return jackknife(fine, counts), jackknife(coarse, counts), jackknife(coarse - fine, counts)


@pytest.mark.parametrize("step", [0.02, 0.04, 0.08])
def test_the_difference_is_the_error_of_eulers_step(step, exact):
    """Of first order: coarse − fine is the bias of the fine half."""
    (fine, error), _, (difference, own_error) = step_errors(EulerMaruyama(), step)
    assert own_error < 0.5 * error  # the same numbers on both sides
    curvature = 0.35 * abs(difference)  # of second order in the step
    assert abs((fine - exact) - difference) < 3.5 * np.hypot(error, own_error) + curvature


def test_the_difference_grows_with_the_step_and_an_unpaired_one_would_not_show_it():
    sizes = [step_errors(EulerMaruyama(), step)[2] for step in (0.02, 0.04, 0.08)]
    values, errors = (np.array([float(x[k]) for x in sizes]) for k in (0, 1))
    assert (np.abs(values[1:]) > 4 * errors[1:]).all()
    ratio, uncertainty = values[2] / values[1], np.hypot(errors[2], 2 * errors[1]) / abs(values[1])
    assert abs(ratio - 2.0) < 3.5 * uncertainty + 0.5
    assert np.sign(values[2]) == np.sign(values[1])


@pytest.mark.parametrize("step", [0.01, 0.02, 0.04])
def test_the_difference_bounds_the_error_of_heuns_step(step, exact):
    """Of second order here: fine − exact is a third of coarse − fine, or less than what the sample can tell."""
    (fine, error), (coarse, coarse_error), (difference, own_error) = step_errors(Heun(), step)
    assert own_error < 0.5 * error
    assert abs(fine - exact) < abs(difference) + 3.5 * error
    assert abs((coarse - exact) - difference) < abs(difference) / 2 + 3.5 * coarse_error

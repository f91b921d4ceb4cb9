"""Blocks and ensembles: the same bits however the work is spread, and averages that an exact solution confirms."""

import random
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

from phasespace_qb.conventions import Ordering
from phasespace_qb.models.algebra import modes
from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.models.system import OpenSystem
from phasespace_qb.phase_space import ensemble
from phasespace_qb.phase_space.accumulators import Moments, Portrait
from phasespace_qb.phase_space.ensemble import Program, block_count, block_size, run
from phasespace_qb.phase_space.equations import Equations
from phasespace_qb.phase_space.integrators import EulerMaruyama, Heun
from phasespace_qb.phase_space.interpreter import interpret
from phasespace_qb.phase_space.noise import Address
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.representations.wigner import WignerRules
from phasespace_qb.phase_space.schedule import plan
from phasespace_qb.phase_space.slices import MomentumSlices
from tests.phase_space.faults import FAULTS
from tests.phase_space.paths import ADDRESS, Paths, Snapshots, compiled_paths, prepared

PRODUCTS = ((0,), (0, 1), (0, 0), (2, 3))
TIMES = [0.0, 0.4, 1.0]
TRAJECTORIES = 3000
"""24 blocks of 128, the last one with 56."""


@pytest.fixture(scope="module")
def program() -> Program:
    """The battery of the paper, Euler."""
    equations = PositivePRules().equations(DopoBattery().system())
    return prepared(equations, EulerMaruyama(), TIMES, 0.01)[2]


class ShuffledExecutor(Executor):
    """Runs nothing until a result is asked for, and then everything that waits, in random order."""

    def __init__(self, seed: int, width: int) -> None:
        self._waiting: list[tuple[Future, Callable, tuple]] = []
        self._random = random.Random(seed)
        self._max_workers = width
        self.order: list[int] = []

    def submit(self, fn, /, *arguments, **_):
        """Accept a block."""
        future = _Impatient(self)
        self._waiting.append((future, fn, arguments))
        return future

    def run_all(self) -> None:
        """Everything that waits, in random order."""
        self._random.shuffle(self._waiting)
        while self._waiting:
            future, fn, arguments = self._waiting.pop()
            if future.set_running_or_notify_cancel():
                self.order.append(arguments[3])
                future.set_result(fn(*arguments))


class _Impatient(Future):
    def __init__(self, owner: ShuffledExecutor) -> None:
        super().__init__()
        self._owner = owner

    def result(self, timeout=None):
        if not self.done():
            self._owner.run_all()
        return super().result(timeout)


def accumulators() -> list:
    """One of each kind."""
    edges = tuple(np.linspace(-3, 3, 13))
    return [
        Moments(3, PRODUCTS),
        MomentumSlices((0.0, 0.3, 0.0), (0.3, 0.3, 0.3), (9, 15, 15), (0, 1)),
        Portrait((0, 2), (0.0, 0.0), (0, 1), edges, 500),
    ]


def sums_with(program: Program, executor: Executor | None) -> list[bytes]:
    """The bits of all sums."""
    return [total.tobytes() for total in run(program, accumulators(), TRAJECTORIES, ADDRESS, executor)]


def test_same_bits_for_any_number_of_threads(program):
    expected = sums_with(program, None)
    for workers in (1, 2, 4):
        with ThreadPoolExecutor(workers) as pool:
            assert sums_with(program, pool) == expected


@pytest.mark.parametrize(("seed", "width"), [(1, 1), (2, 3), (3, 50)])
def test_same_bits_for_any_order_of_the_blocks(program, seed, width):
    executor = ShuffledExecutor(seed, width)
    assert sums_with(program, executor) == sums_with(program, None)
    assert executor.order != sorted(executor.order)
    assert sorted(executor.order) == list(range(24))


@pytest.mark.parametrize(("name", "value"), [("SLAB", 128), ("SLAB", 256), ("_SNAPSHOT_BYTES", 1)])
def test_same_bits_for_any_size_of_the_buffers(program, monkeypatch, name, value):
    keeper = [Snapshots(3, 4, 700)]
    expected = ensemble.run_block(program, [*keeper, Moments(3, PRODUCTS)], ADDRESS, 0, 0, 700)
    monkeypatch.setattr(ensemble, name, value)
    again = ensemble.run_block(program, [*keeper, Moments(3, PRODUCTS)], ADDRESS, 0, 0, 700)
    assert [part.tobytes() for part in again] == [part.tobytes() for part in expected]


def test_another_seed_point_or_block_gives_other_numbers(program):
    addresses = [ADDRESS, Address(1), replace(ADDRESS, pilot=True), replace(ADDRESS, point=(1,))]
    paths = [compiled_paths(program, 64, address, block).tobytes() for address in addresses for block in (0, 1)]
    assert len(set(paths)) == 8


def test_a_larger_ensemble_begins_with_the_same_blocks(program):
    assert block_size(2500) == block_size(3000) == 128
    small, large = (Snapshots(3, 4, n) for n in (2500, 3000))
    first, second = (run(program, [keeper], keeper.trajectories, ADDRESS)[0][0] for keeper in (small, large))
    assert (first[..., :2432] == second[..., :2432]).all()


def test_every_trajectory_is_counted_once_and_differs_from_the_others(program):
    (kept,) = run(program, [Snapshots(3, 4, TRAJECTORIES)], TRAJECTORIES, ADDRESS)
    assert len(np.unique(kept[0, 2, 0, 0])) == TRAJECTORIES
    moments, slices, portrait = run(program, accumulators(), TRAJECTORIES, ADDRESS)
    assert moments[:, :, 0, 0].sum(axis=0).tolist() == [TRAJECTORIES] * 3
    assert moments[:, 0, 0, 0].tolist() == [256.0] * 3 + [128.0 + 56.0] + [128.0] * 16
    assert accumulators()[2].histogram(portrait[0]).sum() == 2 * TRAJECTORIES
    # A coherent state of amplitude 0.3: ⟨0|ρ|0⟩ in position is e^(−2·0.09)/√π.
    at_start = accumulators()[1].at(slices, 0)[:, 0, 9].sum()
    assert at_start == pytest.approx(TRAJECTORIES / np.sqrt(np.pi))
    z = kept[0, :, :, 0] + 1j * kept[0, :, :, 1]
    row = moments[:, :, Moments(3, PRODUCTS).row((0, 1))].sum(axis=0)
    assert np.allclose(row[:, 0] + 1j * row[:, 1], (z[:, 0] * z[:, 1]).sum(axis=-1), rtol=1e-12)


def test_moments_agree_with_snapshots_group_by_group(program):
    keeper = Snapshots(3, 4, TRAJECTORIES, groups=20)
    kept, moments = run(program, [keeper, Moments(3, PRODUCTS)], TRAJECTORIES, ADDRESS)
    means = kept[:, 2, 0, 0].sum(axis=-1)
    assert np.allclose(moments[:, 2, Moments(3, PRODUCTS).row((0,)), 0], means)


def test_an_ensemble_smaller_than_a_tile(program):
    (sums,) = run(program, [Moments(3, PRODUCTS)], 5, ADDRESS)
    assert sums[0, :, 0].tolist() == [[5, 0]] * 3
    assert (sums[1:] == 0).all()


def test_progress_grows_to_the_total(program):
    seen: list[tuple[int, int]] = []
    run(program, [Moments(3, PRODUCTS)], TRAJECTORIES, ADDRESS, progress=lambda done, total: seen.append((done, total)))
    done = [d for d, _ in seen]
    assert done == sorted(set(done))
    assert done[-1] == TRAJECTORIES
    assert {total for _, total in seen} == {TRAJECTORIES}
    assert len(seen) == block_count(TRAJECTORIES)


def test_an_error_in_a_block_reaches_the_caller_and_stops_the_rest(program):
    class Failing(Snapshots):
        def observe(self, *_):
            raise MemoryError("no room for this snapshot")

    executor = ShuffledExecutor(0, 2)
    with pytest.raises(MemoryError, match="no room"):
        run(program, [Failing(3, 4, 300)], 300, ADDRESS, executor)
    with pytest.raises(MemoryError, match="no room"):
        run(program, [Failing(3, 4, 300)], 300, ADDRESS)


@given(st.integers(1, 10**9))
def test_block_size_is_a_power_of_two_with_enough_blocks_and_not_too_many(trajectories):
    size, count = block_size(trajectories), block_count(trajectories)
    assert size & (size - 1) == 0
    assert size >= ensemble.TILE
    assert (count - 1) * size < trajectories <= count * size
    assert count <= ensemble.LARGEST_BLOCK_COUNT
    if trajectories > 19 * ensemble.TILE:
        assert count >= ensemble.FEWEST_BLOCKS_FOR_ERRORS


SIZES = [(1, 128), (2560, 128), (20_000, 1024), (409_600, 1024), (10**6, 4096)]


@pytest.mark.parametrize(("trajectories", "size"), SIZES)
def test_block_sizes(trajectories, size):
    assert block_size(trajectories) == size


# A parametric amplifier, which has an exact solution ------------------------------------------------------------------


EPSILON, GAMMA, DELTA, AMPLITUDE = 0.5 + 0.3j, 1.5, 0.4, 0.7 - 0.2j
(a,) = modes("a")
SQUEEZING = 0.5j * (EPSILON * a.dag**2 - EPSILON.conjugate() * a**2)
AMPLIFIER = OpenSystem(DELTA * a.dag * a + SQUEEZING, {a: GAMMA}, start={a: AMPLITUDE})
UNTIL = 1.5


def exact_moments() -> np.ndarray:
    """⟨a⟩, ⟨a†a⟩ and ⟨a²⟩ from the Heisenberg equation ȧ = −(γ/2 + iΔ)a + εa† and its products."""
    rate = -(GAMMA / 2 + 1j * DELTA)
    first = expm(UNTIL * np.array([[rate, EPSILON], [np.conj(EPSILON), np.conj(rate)]]))
    # d/dt (n, m, m*, 1): ṅ = −γn + ε*m + εm*, ṁ = 2 rate m + ε(2n + 1)
    generator = np.array(
        [
            [-GAMMA, np.conj(EPSILON), EPSILON, 0],
            [2 * EPSILON, 2 * rate, 0, EPSILON],
            [2 * np.conj(EPSILON), 0, 2 * np.conj(rate), np.conj(EPSILON)],
            [0, 0, 0, 0],
        ]
    )
    start = np.array([abs(AMPLITUDE) ** 2, AMPLITUDE**2, np.conj(AMPLITUDE) ** 2, 1])
    number, pairs, _, _ = expm(UNTIL * generator) @ start
    return np.array([(first @ [AMPLITUDE, np.conj(AMPLITUDE)])[0], number, pairs])


def largest_z(paths: Paths, ordering: Ordering) -> float:
    """Largest deviation of ⟨a⟩, ⟨a†a⟩ and ⟨a²⟩ at the end from the exact ones, in standard errors."""
    alpha = paths[-1, 0]
    partner = paths[-1, 1] if ordering is Ordering.NORMAL else alpha.conj()
    number = alpha * partner - (0.0 if ordering is Ordering.NORMAL else 0.5)
    samples, exact = np.array([alpha, number, alpha**2]), exact_moments()[:, None]
    parts = np.concatenate([(samples - exact).real, (samples - exact).imag])
    noisy = parts[parts.std(axis=1) > 1e-12]  # a photon number of Wigner samples has no imaginary part
    return float((np.abs(noisy.mean(axis=1)) / noisy.std(axis=1)).max() * np.sqrt(noisy.shape[1]))


def from_numpy(equations: Equations) -> Paths:
    """16 384 trajectories of the twin on normals of NumPy."""
    rng = np.random.default_rng(11)
    converted = equations.to(Heun.calculus)
    schedule = plan(np.array([UNTIL]), [], 0.05)
    count = 16384
    start = np.repeat(np.array(equations.start_mean)[:, None], count, axis=1)
    fluctuation = rng.normal(size=(2, *start.shape))
    start = start + np.sqrt(equations.start_variance / 2) * (fluctuation[0] + 1j * fluctuation[1])
    normals = rng.normal(size=(len(schedule.lengths), max(1, equations.noise_count), count))
    return interpret(converted, Heun(), schedule, start, normals)


RULES = pytest.mark.parametrize("rules", [PositivePRules(), WignerRules()], ids=lambda rules: rules.name)


@RULES
def test_amplifier_has_its_exact_moments(rules):
    assert largest_z(from_numpy(rules.equations(AMPLIFIER)), rules.ordering) < 4


def test_amplifier_has_its_exact_moments_from_the_compiled_kernel():
    equations = PositivePRules().equations(AMPLIFIER)
    _, _, program = prepared(equations, Heun(), [UNTIL], 0.02)
    (kept,) = run(program, [Snapshots(1, 2, 50_000)], 50_000, ADDRESS)
    assert largest_z(kept[0, :, :, 0] + 1j * kept[0, :, :, 1], Ordering.NORMAL) < 4


@RULES
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_in_the_equations_is_seen(rules, fault):
    assert largest_z(from_numpy(fault(rules.equations(AMPLIFIER))), rules.ordering) > 8


def test_a_wigner_start_without_vacuum_fluctuations_is_seen():
    equations = replace(WignerRules().equations(AMPLIFIER), start_variance=0.0)
    assert largest_z(from_numpy(equations), Ordering.SYMMETRIC) > 8

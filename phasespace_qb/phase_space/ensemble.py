"""Many trajectories: tiles in slabs in blocks, on any executor, merged in order of the blocks.

A tile (128 trajectories) lives in the first-level cache; a slab is the unit that is snapshotted; a block is the unit of
randomness and of merging.  The result depends on the request alone: not on the executor, the number of workers, or the
order in which blocks finish.
"""

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasespace_qb import kernel_cache
from phasespace_qb.phase_space.accumulators import Accumulator, StepPair
from phasespace_qb.phase_space.equations import Equations
from phasespace_qb.phase_space.integrators import Integrator, Noise
from phasespace_qb.phase_space.kernels.emit import TILE
from phasespace_qb.phase_space.kernels.generate import kernel_source
from phasespace_qb.phase_space.layout import kinds_of, layout_of
from phasespace_qb.phase_space.noise import Address, Purpose, lane_generators
from phasespace_qb.phase_space.schedule import Schedule, coefficient_rows

SLAB = 1024
LARGEST_BLOCK_COUNT = 400
COMPANION_SHARE = 8
"""The first eighth of every block carries a companion, one tile at least."""
FEWEST_BLOCKS_FOR_ERRORS = 20
_SNAPSHOT_BYTES = 2**20

Progress = Callable[[int, int], None]
"""Called with the number of finished trajectories and of all."""


@dataclass(frozen=True)
class Steps:
    """The steps of a run: coefficient rows (real and imaginary part of each slot alternating) and their number."""

    rows: NDArray[np.float64]
    row_of: NDArray[np.int64]
    steps_to_save: NDArray[np.int64]


@dataclass(frozen=True)
class Program:
    """Everything that a block needs besides its random numbers; can be pickled.

    fine: the steps asked for.  coarse: the same run in steps of twice the length, for the companion; None without.
    start_mean and start_variance as in Equations.
    """

    source: str
    noise: Noise
    table: NDArray[np.int64]
    fine: Steps
    coarse: Steps | None
    start_mean: tuple[complex, ...]
    start_variance: float


def compile_program(
    equations: Equations,
    integrator: Integrator,
    schedule: Schedule,
    noise: Noise | None = None,
    *,
    companion: bool = False,
) -> Program:
    """Sample the coefficients and write the kernel; equations must be in the calculus of the integrator.

    noise: the integrator's first choice unless given.  companion: prepare for StepPair; the schedule must be even.
    """
    assert equations.calculus is integrator.calculus
    parts = [schedule, schedule.in_pairs()] if companion else [schedule]
    sampled = [coefficient_rows(equations, part, integrator) for part in parts]
    kinds = kinds_of(np.concatenate([part.rows for part in sampled]))
    layout = layout_of(equations, kinds, exact_linear=integrator.exact_linear)
    chosen = noise or integrator.noises[0]
    kernel = kernel_source(layout, integrator, chosen)
    resolutions = [
        Steps(np.ascontiguousarray(rows.rows).view(np.float64), rows.row_of, part.steps_to_save)
        for rows, part in zip(sampled, parts, strict=True)
    ]
    return Program(
        source=kernel.text,
        noise=chosen,
        table=kernel.table,
        fine=resolutions[0],
        coarse=resolutions[1] if companion else None,
        start_mean=equations.start_mean,
        start_variance=equations.start_variance,
    )


def block_size(trajectories: int) -> int:
    """Trajectories in a block; depends on the request only.

    At most 400 blocks of a power of two, 1024 or more; a small ensemble is cut finer, down to one tile, so that it
    still has the 20 blocks that an error bar needs.
    """
    size = max(SLAB, 1 << (-(-trajectories // LARGEST_BLOCK_COUNT) - 1).bit_length())
    while size > TILE and -(-trajectories // size) < FEWEST_BLOCKS_FOR_ERRORS:
        size //= 2
    return size


def block_count(trajectories: int) -> int:
    """Number of blocks; the last one may be smaller than the others."""
    return -(-trajectories // block_size(trajectories))


def run(
    program: Program,
    accumulators: list[Accumulator],
    trajectories: int,
    address: Address,
    executor: Executor | None = None,
    progress: Progress | None = None,
    *,
    block: int | None = None,
    after: list[NDArray[np.float64]] | None = None,
) -> list[NDArray[np.float64]]:
    """Integrate the ensemble and return the sums of each accumulator, [group, …].

    block: trajectories per block, `block_size` unless given.  after: sums of the first half of the blocks, which are
    then not computed again.  Memory does not grow with `trajectories`: only a few blocks wait for their turn.
    """
    size = block or block_size(trajectories)
    count = -(-trajectories // size)
    start = count // 2 if after is not None else 0
    totals = after or [np.zeros((accumulator.groups, *accumulator.zeros().shape)) for accumulator in accumulators]
    with _or_threads(executor) as (pool, ahead):
        given_up = pool.given_up if isinstance(pool, Threads | Inline) else None
        waiting: deque[Future[list[NDArray[np.float64]]]] = deque()
        submitted = start
        try:
            for index in range(start, count):
                while submitted < min(count, index + ahead):
                    length = min(size, trajectories - submitted * size)
                    first = submitted * size
                    waiting.append(
                        pool.submit(run_block, program, accumulators, address, submitted, first, length, given_up)
                    )
                    submitted += 1
                done = waiting.popleft().result()
                with np.errstate(invalid="ignore"):  # ∞ − ∞ of trajectories that diverged, which Moments counts
                    for total, accumulator, sums in zip(totals, accumulators, done, strict=True):
                        total[index % accumulator.groups] += sums
                if progress is not None:
                    progress(min(trajectories, (index + 1) * size), trajectories)
        except BaseException:
            for future in waiting:
                future.cancel()
            raise
    return totals


def run_block(
    program: Program,
    accumulators: list[Accumulator],
    address: Address,
    index: int,
    first: int,
    count: int,
    given_up: threading.Event | None = None,
) -> list[NDArray[np.float64]]:
    """Integrate one block, slab by slab, and return its sums; CancelledError if `given_up` is set meanwhile.

    Its first eighth is integrated once more, with the same random numbers in steps of twice the length.
    """
    sums = [accumulator.zeros() for accumulator in accumulators]
    paired = min(count, TILE * -(-count // (TILE * COMPANION_SHARE)))
    # Who looks at how many trajectories of the block.
    observers: list[tuple[Accumulator, NDArray[np.float64], int]] = []
    companions: list[tuple[Accumulator, NDArray[np.float64], int]] = []
    for accumulator, part in zip(accumulators, sums, strict=True):
        if not isinstance(accumulator, StepPair):
            observers.append((accumulator, part, count))
        else:
            observers.append((accumulator.inner, part[0], paired))
            companions.append((accumulator.inner, part[1], paired))
    for in_pairs, seen_by, length in ((False, observers, count), (True, companions, paired)):
        if not seen_by:
            continue
        for save, snapshots, offset in _slabs(program, address, index, length, in_pairs=in_pairs):
            if given_up is not None and given_up.is_set():
                raise CancelledError
            for accumulator, part, until in seen_by:
                if until > offset:
                    inside = min(snapshots.shape[-1], until - offset)
                    accumulator.observe(part, save, snapshots, first + offset, inside)
    return sums


def _slabs(
    program: Program, address: Address, index: int, count: int, *, in_pairs: bool
) -> Iterator[tuple[int, NDArray[np.float64], int]]:
    """Snapshots of a block: (first save, [save, variable, part, trajectory], first trajectory within the block)."""
    kernel = kernel_cache.load(program.source)
    steps = program.coarse if in_pairs else program.fine
    assert steps is not None
    variables = len(program.start_mean)
    tiles = -(-count // TILE)
    # Both streams are read slab by slab: a block of any size holds one slab in memory.
    lanes = address.stream(index, Purpose.LANES)
    fluctuations = np.random.Generator(address.stream(index, Purpose.START))
    saves = len(steps.steps_to_save)
    steps_before = np.concatenate([[0], np.cumsum(steps.steps_to_save)])
    slab_tiles = min(tiles, SLAB // TILE)
    chunk = int(np.clip(_SNAPSHOT_BYTES // (16 * variables * slab_tiles * TILE), 1, saves))
    for tile in range(0, tiles, slab_tiles):
        inside = min(slab_tiles, tiles - tile)
        y = _start(program, fluctuations, inside).reshape(-1)
        g = lane_generators(lanes, inside * TILE)
        for save in range(0, saves, chunk):
            now = steps.steps_to_save[save : save + chunk]
            snapshots = np.empty((len(now), variables, 2, inside * TILE))
            kernel.advance(
                steps.rows, steps.row_of, steps_before[save], now, y, g, snapshots.reshape(-1), program.table, in_pairs
            )
            yield save, snapshots, tile * TILE


def _start(program: Program, fluctuations: np.random.Generator, tiles: int) -> NDArray[np.float64]:
    """Initial states of a slab, [tile, variable and part, lane]."""
    mean = np.array(program.start_mean).view(np.float64)
    state = np.broadcast_to(mean[None, :, None], (tiles, len(mean), TILE)).copy()
    if program.start_variance:
        state += np.sqrt(program.start_variance / 2) * fluctuations.standard_normal(state.shape)
    return state


class Threads(ThreadPoolExecutor):
    """Threads on all cores; blocks of a large ensemble take minutes, and these give up when a run is interrupted."""

    def __init__(self, given_up: threading.Event | None = None) -> None:
        super().__init__(available_cores(), thread_name_prefix="phasespace_qb")
        self.ahead = 4 * available_cores()
        self.given_up = given_up or threading.Event()

    def __exit__(self, *_: object) -> None:
        self.given_up.set()
        self.shutdown(wait=True, cancel_futures=True)


class Inline(Executor):
    """Runs what is submitted at once, in the thread that submits it."""

    ahead = 1

    def __init__(self, given_up: threading.Event | None = None) -> None:
        self.given_up = given_up

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """A future that is done."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@contextmanager
def _or_threads(executor: Executor | None) -> Iterator[tuple[Executor, int]]:
    """The given executor, or threads on all cores; and how many blocks to keep submitted."""
    if executor is None:
        with Threads() as pool:
            yield pool, pool.ahead
    else:
        # How many workers another one has, and where, is its own affair: it gets all blocks at once, 400 at the most.
        yield executor, getattr(executor, "ahead", sys.maxsize)


def workers(executor: Executor | None) -> int:
    """How many blocks are computed at once; a guess for an executor that does not say."""
    return available_cores() if executor is None else int(getattr(executor, "_max_workers", None) or 4)


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

"""Single trajectories of the compiled kernels with the random numbers that made them, for pathwise comparisons."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasespace_qb import kernel_cache
from phasespace_qb.phase_space.accumulators import StepPair
from phasespace_qb.phase_space.ensemble import compile_program, run_block
from phasespace_qb.phase_space.equations import Equations
from phasespace_qb.phase_space.integrators import Integrator, Noise
from phasespace_qb.phase_space.kernels.generate import numbers_source
from phasespace_qb.phase_space.noise import Address
from phasespace_qb.phase_space.schedule import Schedule, plan
from validation.routes.single_trajectories import Kept

TILE = 128
SEED, BLOCK = 2026, 3

Paths = NDArray[np.complex128]
Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sample:
    """A block of trajectories, the numbers ξ of its steps (ΔW = √h ξ), and the steps themselves.

    paths: [save, variable, trajectory].  doubled: the first 128 of them again, by steps of twice the length.
    numbers: [step, noise, trajectory].  step: length of each.  equations: in the calculus of the scheme.
    """

    paths: Paths
    doubled: Paths
    numbers: Array
    step: float
    schedule: Schedule
    equations: Equations

    @property
    def wiener(self) -> Array:
        """Wiener increments, [step, noise, trajectory]."""
        return np.asarray(np.sqrt(self.step) * self.numbers)


def sample(
    equations: Equations, scheme: Integrator, times: list[float], step: float, trajectories: int = TILE
) -> Sample:
    """Integrate one block by the compiled kernel of a scheme, and draw its random numbers once more.

    times: multiples of the step, which must divide each interval into an even number of steps.
    """
    converted = equations.to(scheme.calculus)
    schedule = plan(np.array(times), converted.breakpoints, step, even=True)
    program = compile_program(converted, scheme, schedule, companion=True)
    kept = Kept(len(times), trajectories, len(equations.variables))
    whole, pair = run_block(program, [kept, StepPair(kept)], Address(SEED), BLOCK, 0, trajectories)
    # Counted here and not read from the schedule, which is under test.
    steps = round(times[-1] / step)
    return Sample(
        paths=whole[:, :, 0] + 1j * whole[:, :, 1],
        doubled=(pair[1, :, :, 0] + 1j * pair[1, :, :, 1])[..., :TILE],
        numbers=drawn(program.noise, steps, converted.noise_count, trajectories),
        step=step,
        schedule=schedule,
        equations=converted,
    )


def lane_seeds(tiles: int, seed: int = SEED, block: int = BLOCK) -> NDArray[np.uint64]:
    """Four words for each lane of each tile, [tile, word, lane], from the address (seed; run 0, block, purpose 0)."""
    stream = np.random.PCG64DXSM(np.random.SeedSequence(seed, spawn_key=(0, block, 0)))
    return np.asarray(stream.random_raw(4 * TILE * tiles), dtype=np.uint64).reshape(tiles, 4, TILE)


def drawn(kind: Noise, steps: int, noises: int, trajectories: int) -> Array:
    """The library's numbers from seeds that are not the library's, [step, noise, trajectory]."""
    draw = kernel_cache.load(numbers_source(kind)).draw
    tiles, pairs = -(-trajectories // TILE), (noises + 1) // 2
    found = np.empty((steps, 2 * pairs, tiles, TILE))
    for tile, seeds in enumerate(lane_seeds(tiles)):
        state, row = seeds.reshape(-1).copy(), np.empty(2 * pairs * TILE, np.float32)
        for step in range(steps):
            draw(state, row, pairs)
            found[step, :, tile] = row.reshape(2 * pairs, TILE)
    return found.reshape(steps, 2 * pairs, -1)[:, :noises, :trajectories]


def words(tiles: int, rounds: int) -> NDArray[np.uint64]:
    """64 random bits of every lane in every round by xoshiro256++, [round, tile, lane].

    Source: Blackman and Vigna, ACM Trans. Math. Softw. 47, 36 (2021).
    """
    s = [lane_seeds(tiles)[:, word] for word in range(4)]
    found = []
    for _ in range(rounds):
        found.append(_turned(s[0] + s[3], 23) + s[0])
        shifted = s[1] << np.uint64(17)
        s[2] = s[2] ^ s[0]
        s[3] = s[3] ^ s[1]
        s[1] = s[1] ^ s[2]
        s[0] = s[0] ^ s[3]
        s[2] = s[2] ^ shifted
        s[3] = _turned(s[3], 45)
    return np.array(found)


def _turned(x: NDArray[np.uint64], by: int) -> NDArray[np.uint64]:
    """Bits moved to the left and in again from the right."""
    return np.asarray((x << np.uint64(by)) | (x >> np.uint64(64 - by)))

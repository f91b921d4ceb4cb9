"""Single trajectories from the compiled kernel, and from the twin on the same normal numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasespace_qb import kernel_cache as cache
from phasespace_qb.phase_space.ensemble import Program, compile_program, run_block
from phasespace_qb.phase_space.equations import Equations
from phasespace_qb.phase_space.integrators import Integrator
from phasespace_qb.phase_space.interpreter import interpret
from phasespace_qb.phase_space.kernels.emit import TILE
from phasespace_qb.phase_space.kernels.generate import numbers_source
from phasespace_qb.phase_space.noise import Address, Purpose, lane_generators
from phasespace_qb.phase_space.schedule import Schedule, plan

Paths = NDArray[np.complex128]
"""Trajectories, [save, variable, trajectory]."""

ADDRESS = Address(20240611)


@dataclass(frozen=True)
class Snapshots:
    """An accumulator that keeps everything: [save, variable, part, trajectory]."""

    saves: int
    variables: int
    trajectories: int
    groups: int = 1

    def zeros(self) -> NDArray[np.float64]:
        """Nothing yet."""
        return np.zeros((self.saves, self.variables, 2, self.trajectories))

    def observe(
        self, sums: NDArray[np.float64], first_save: int, snapshots: NDArray[np.float64], first: int, count: int
    ) -> None:
        """Keep the snapshots of the trajectories that count."""
        sums[first_save : first_save + len(snapshots), :, :, first : first + count] += snapshots[..., :count]


def compiled_paths(program: Program, trajectories: int, address: Address = ADDRESS, block: int = 0) -> Paths:
    """One block from the compiled kernel."""
    keeper = Snapshots(len(program.fine.steps_to_save), len(program.start_mean), trajectories)
    (kept,) = run_block(program, [keeper], address, block, 0, trajectories)
    return kept[:, :, 0] + 1j * kept[:, :, 1]


def drawn_normals(
    program: Program, noises: int, trajectories: int, address: Address = ADDRESS, block: int = 0
) -> NDArray[np.float64]:
    """The normal numbers that the kernel uses in this block, [step, noise, trajectory]."""
    draw = cache.load(numbers_source(program.noise)).draw
    tiles = -(-trajectories // TILE)
    generators = lane_generators(address.stream(block, Purpose.LANES), tiles * TILE)
    steps, pairs = int(program.fine.steps_to_save.sum()), (noises + 1) // 2
    normals = np.empty((steps, 2 * pairs, tiles, TILE))
    for tile in range(tiles):
        state = generators[tile * 4 * TILE : (tile + 1) * 4 * TILE].copy()
        z = np.empty(2 * pairs * TILE, np.float32)
        for step in range(steps):
            draw(state, z, pairs)
            normals[step, :, tile] = z.reshape(2 * pairs, TILE)
    return normals.reshape(steps, 2 * pairs, -1)[:, :noises, :trajectories]


def start_of(equations: Equations, trajectories: int, address: Address = ADDRESS, block: int = 0) -> Paths:
    """Initial states of a block: coherent amplitudes and, for symmetric ordering, vacuum fluctuations."""
    tiles, variables = -(-trajectories // TILE), len(equations.variables)
    start = np.repeat(np.array(equations.start_mean)[:, None], tiles * TILE, axis=1)
    if equations.start_variance:
        fluctuations = np.random.Generator(address.stream(block, Purpose.START))
        normals = fluctuations.standard_normal((tiles, 2 * variables, TILE)).reshape(tiles, variables, 2, TILE)
        parts = normals.transpose(1, 2, 0, 3).reshape(variables, 2, -1)
        start = start + np.sqrt(equations.start_variance / 2) * (parts[:, 0] + 1j * parts[:, 1])
    return start[:, :trajectories]


def twin_paths(
    equations: Equations, integrator: Integrator, schedule: Schedule, program: Program, trajectories: int
) -> Paths:
    """The same trajectories from the twin; `program` says which normal numbers."""
    normals = drawn_normals(program, equations.noise_count, trajectories)
    return interpret(equations, integrator, schedule, start_of(equations, trajectories), normals)


def prepared(
    equations: Equations, integrator: Integrator, times: list[float], step: float
) -> tuple[Equations, Schedule, Program]:
    """Equations in the calculus of the integrator, a schedule and a program."""
    converted = equations.to(integrator.calculus)
    schedule = plan(np.array(times), converted.breakpoints, step)
    return converted, schedule, compile_program(converted, integrator, schedule)

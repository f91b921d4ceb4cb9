"""Single trajectories of the two linear modes, as an ensemble makes them, and the random numbers that they took."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.phase_space import ensemble
from phasespace_qb.phase_space.accumulators import Accumulator, StepPair
from phasespace_qb.phase_space.integrators import Heun
from phasespace_qb.phase_space.kernels.emit import TILE
from phasespace_qb.phase_space.noise import Address
from phasespace_qb.phase_space.representations.wigner import WignerRules
from phasespace_qb.phase_space.schedule import plan
from validation.references import two_linear_modes as two

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Kept:
    """An accumulator that keeps every trajectory, [save, variable, part, trajectory]."""

    saves: int
    trajectories: int
    variables: int = 2
    groups: int = 1

    def zeros(self) -> Array:
        """Nothing yet."""
        return np.zeros((self.saves, self.variables, 2, self.trajectories))

    def observe(self, sums: Array, first_save: int, snapshots: Array, first: int, count: int) -> None:
        """Add the trajectories where they belong; one that came twice would be twice as large."""
        sums[first_save : first_save + len(snapshots), ..., first : first + count] += snapshots[..., :count]


def program(times: Array, step: float, *, companion: bool = False) -> ensemble.Program:
    """Truncated Wigner of the two linear modes by Heun's scheme."""
    equations = WignerRules().equations(two.declared()).to(Heun.calculus)
    schedule = plan(times, [], step, even=companion)
    return ensemble.compile_program(equations, Heun(), schedule, companion=companion)


def paths(program: ensemble.Program, trajectories: int, address: Address, block: int | None = None) -> Array:
    """Samples of r = (Re α, Im α, Re β, Im β), [save, component, trajectory]."""
    kept: Accumulator = Kept(len(program.fine.steps_to_save), trajectories)
    (sums,) = ensemble.run(program, [kept], trajectories, address, block=block)
    return np.asarray(sums[0].reshape(len(sums[0]), 4, trajectories))


def paths_of_both_resolutions(program: ensemble.Program, trajectories: int, address: Address) -> tuple[Array, Array]:
    """Samples in single and in doubled steps, [save, component, trajectory]; of all, in blocks of one tile."""
    pair = StepPair(Kept(len(program.fine.steps_to_save), trajectories), 1)
    (sums,) = ensemble.run(program, [pair], trajectories, address, block=TILE)
    fine, coarse = sums[0].reshape(2, -1, 4, trajectories)
    return fine, coarse


def numbers_of(paths: Array, step: float) -> Array:
    """The normal numbers that made each step, [step, noise, trajectory], from paths saved at t = 0 and every step.

    Heun's scheme makes r' = G r + B (h f + ξ), with noises ξ of variance hD, which is solved for ξ.
    """
    grow, shake = two.heun_maps(step)
    drawn = np.linalg.solve(shake, paths[1:] - grow @ paths[:-1]) - step * two.F[:, None]
    return drawn / np.sqrt(step * np.diag(two.D))[:, None]


def starting_numbers(paths: Array) -> Array:
    """The normal numbers of the vacuum fluctuations of the start, [component, trajectory]."""
    return np.asarray((paths[0] - two.R0[:, None]) / np.sqrt(np.diag(two.V0))[:, None])

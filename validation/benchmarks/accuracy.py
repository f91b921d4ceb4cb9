"""Cost per accuracy: what each scheme charges for a given bias, and whether multilevel sampling would be cheaper."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

import phasespace_qb as qb
from phasespace_qb.phase_space import ensemble
from phasespace_qb.phase_space.accumulators import Accumulator, StepPair
from phasespace_qb.phase_space.integrators import EulerMaruyama, ExponentialHeun, Heun, Integrator, Midpoint, Noise
from phasespace_qb.phase_space.kernels.emit import TILE
from phasespace_qb.phase_space.moments import MomentReader
from phasespace_qb.phase_space.noise import Address
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.schedule import plan
from phasespace_qb.results.jackknife import jackknife, with_each_left_out
from validation.benchmarks import Figure
from validation.benchmarks.record import Figures, Group

TIMES = np.array([2.0, 5.0, 10.0, 15.0, 20.0])
TRAJECTORIES, TIMED = 20_480, 10_240
PAIRS, QUICK_PAIRS = 204_800, 20_480
"""Trajectories with a companion for each halving: as many companions as an ordinary run of eight times that has."""
FOUR_POINT = ("euler", "heun")
"""Schemes that are also tried with four-point noise."""
SURE = 2.0
"""Standard errors that are added to a bias before it is called small."""
WANTED_BIAS = 0.005
STEPS = (0.16, 0.08, 0.04, 0.02, 0.01, 0.005, 0.0025)
SCHEMES: dict[str, Integrator] = {
    "euler": EulerMaruyama(),
    "heun": Heun(),
    "midpoint": Midpoint(),
    "exponential heun": ExponentialHeun(),
}


@dataclass(frozen=True)
class Level:
    """n̄ in steps h against 2h on the same random numbers: difference, its error, variance per pair, CPU per step."""

    step: float
    difference: np.ndarray
    error: np.ndarray
    variance: float
    seconds: float


def levels(
    integrator: Integrator, noise: Noise, steps: tuple[float, ...] = STEPS, size: int = TRAJECTORIES
) -> list[Level]:
    """One level for each step but the longest, which is only the coarse half of the next.

    Each level has random numbers of its own, so that the differences of two are independent.
    """
    equations = PositivePRules().equations(qb.DopoBattery().system()).to(integrator.calculus)
    reader = MomentReader(equations, 0)
    moments = reader.accumulator(len(TIMES))
    found = []
    with ThreadPoolExecutor(1) as one:
        for index, step in enumerate(steps[1:]):
            schedule = plan(TIMES, [], step, even=True)
            program = ensemble.compile_program(equations, integrator, schedule, noise, companion=True)
            pair: list[Accumulator] = [StepPair(moments)]
            # Blocks of one tile, so that every trajectory has its companion, and not an eighth of them.
            sums = ensemble.run(program, pair, size, Address(1, (index,)), block=TILE)[0]
            ensemble.run(program, [moments], 1024, Address(2), one)
            start = time.process_time()
            ensemble.run(program, [moments], TIMED, Address(2), one)
            seconds = (time.process_time() - start) / TIMED
            left_out = with_each_left_out(sums)
            fine, coarse = (reader.moment(left_out[:, half], moments, 0, 1, 1).real for half in (0, 1))
            difference, error = jackknife(coarse - fine, sums[:, 0, 0, 0, 0])
            variance = float(np.max(error**2) * size)
            found.append(Level(step, np.asarray(difference, dtype=float), error, variance, seconds))
    return found


def bias_of(found: list[Level], index: int) -> tuple[np.ndarray, np.ndarray]:
    """Bias of n̄ at each time in the steps of a level, and its standard error.

    b(h) = n̄(h) − n̄(h/2) + n̄(h/2) − … : the differences of all shorter steps, and that of the shortest once more,
    for to first order its own bias is as large as the last change.  For the shortest itself, that change alone.
    """
    weighted = [(1, finer) for finer in found[index + 1 : -1]]
    weighted.append((1 if index == len(found) - 1 else 2, found[-1]))
    bias = np.sum([weight * finer.difference for weight, finer in weighted], axis=0)
    error = np.sqrt(np.sum([(weight * finer.error) ** 2 for weight, finer in weighted], axis=0))
    return bias, error


def bias_table() -> Group:
    """The table of biases, without rows."""
    return Group(
        "bias of n̄ by scheme and step: the largest over t = 2 … 20, from halved steps on the same random numbers",
        ["scheme", "noise", *(f"1/{1 / step:g}" for step in STEPS[1:])],
        notes=[
            "In brackets, the standard error of the last digits; each halving has random numbers of its own.  The bias "
            f"of 1/{1 / STEPS[-1]:g} is taken to be its change from twice that step.",
            f"An asterisk: the longest step at which bias and {SURE:g} standard errors together are below "
            f"{WANTED_BIAS} at each of the times.",
        ],
    )


def coarsest_steps(group: Group, *, quick: bool = False) -> dict[tuple[str, str], float]:
    """Fill the table; the longest step of each scheme, with each noise, whose bias is small enough."""
    longest: dict[tuple[str, str], float] = {}
    for name, integrator in SCHEMES.items():
        for noise in integrator.noises:
            if noise is not Noise.GAUSSIAN and (quick or name not in FOUR_POINT):
                continue
            found = levels(integrator, noise, size=QUICK_PAIRS if quick else PAIRS)
            cells: list[str] = []
            figures: Figures = {}
            for index, level in enumerate(found):
                bias, error = bias_of(found, index)
                worst = int(np.abs(bias).argmax())
                is_small = bool(np.all(np.abs(bias) + SURE * error < WANTED_BIAS))
                is_enough = is_small and (name, noise.value) not in longest
                cells.append(f"{bias[worst]:+.4f}({error[worst] * 1e4:.0f}){'*' if is_enough else ''}")
                figures |= {
                    f"bias at {level.step:g}": float(bias[worst]),
                    f"error at {level.step:g}": float(error[worst]),
                }
                if is_enough:
                    longest[name, noise.value] = level.step
            group.add([name, noise.value, *cells], **figures)
    return longest


def multilevel() -> list[Figure]:
    """Cost of multilevel sampling over that of one level at the same error: (Σ √(V_l C_l))² / (V_0 C_L)."""
    group = "multilevel sampling across steps (Heun): predicted cost over that of a single level at the finest step"
    found = levels(Heun(), Noise.GAUSSIAN)
    run = qb.simulate(qb.DopoBattery(), TIMES, qb.PositiveP(TRAJECTORIES, rng=1))
    single = float(np.max(run.energy_stderr.values**2) * TRAJECTORIES)
    figures = []
    for finest in range(1, len(found)):
        for coarsest in range(finest):
            chain = found[coarsest + 1 : finest + 1]
            terms = [np.sqrt(single * found[coarsest].seconds)]
            terms += [np.sqrt(level.variance * 1.5 * level.seconds) for level in chain]
            ratio = float(np.sum(terms) ** 2 / (single * found[finest].seconds))
            case = f"steps {found[coarsest].step:g} … {found[finest].step:g}"
            figures.append(Figure(group, case, ratio, "x single level"))
    return figures

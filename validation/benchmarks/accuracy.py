"""Cost per accuracy: what each scheme charges for a given bias, and whether multilevel sampling would be cheaper."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

import phasespace_qb as qb
from phasespace_qb.phase_space import ensemble
from phasespace_qb.phase_space.accumulators import Accumulator, StepPair
from phasespace_qb.phase_space.integrators import EulerMaruyama, ExponentialHeun, Heun, Integrator, Midpoint, Noise
from phasespace_qb.phase_space.moments import MomentReader
from phasespace_qb.phase_space.noise import Address
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.schedule import plan
from phasespace_qb.results.jackknife import jackknife, with_each_left_out
from validation.benchmarks import Figure
from validation.benchmarks.peers import blocked_numpy

TIMES = np.array([2.0, 5.0, 10.0, 15.0, 20.0])
TRAJECTORIES = 20_480
WANTED_BIAS = 0.005
STEPS = (0.16, 0.08, 0.04, 0.02, 0.01, 0.005)


@dataclass(frozen=True)
class Level:
    """n̄ in steps h against 2h on the same random numbers: difference, its error, variance per pair, CPU per step."""

    step: float
    difference: np.ndarray
    error: np.ndarray
    variance: float
    seconds: float


def levels(integrator: Integrator, noise: Noise, steps: tuple[float, ...] = STEPS) -> list[Level]:
    """One level for each step but the longest, which is only the coarse half of the next."""
    equations = PositivePRules().equations(qb.DopoBattery().system()).to(integrator.calculus)
    reader = MomentReader(equations, 0)
    moments = reader.accumulator(len(TIMES))
    found = []
    with ThreadPoolExecutor(1) as one:
        for step in steps[1:]:
            schedule = plan(TIMES, [], step, even=True)
            program = ensemble.compile_program(equations, integrator, schedule, noise, companion=True)
            pair: list[Accumulator] = [StepPair(moments)]
            ensemble.run(program, [moments], 1024, Address(2), one)
            # Twenty blocks, so that all of them carry a companion.
            sums = ensemble.run(program, pair, TRAJECTORIES, Address(1), one, block=TRAJECTORIES // 20)[0]
            start = time.process_time()
            ensemble.run(program, [moments], TRAJECTORIES, Address(1), one)
            seconds = (time.process_time() - start) / TRAJECTORIES
            left_out = with_each_left_out(sums)
            fine, coarse = (reader.moment(left_out[:, half], moments, 0, 1, 1).real for half in (0, 1))
            difference, error = jackknife(coarse - fine, sums[:, 0, 0, 0, 0])
            variance = float(np.max(error**2) * TRAJECTORIES)
            found.append(Level(step, np.asarray(difference, dtype=float), error, variance, seconds))
    return found


def accuracy() -> list[Figure]:
    """Bias of n̄ by step, summed over all halvings below it, and CPU time for 10⁶ trajectories on one core."""
    group = "cost per accuracy: largest bias of n over t = 2 … 20, and CPU seconds for 1,000,000 trajectories to t = 20"
    figures = []
    cheapest: dict[str, float] = {}
    for integrator in (EulerMaruyama(), Heun(), Midpoint(), ExponentialHeun()):
        for noise in integrator.noises:
            found = levels(integrator, noise)
            name = f"{type(integrator).__name__}, {noise.value}"
            for index, level in enumerate(found[:-1]):
                below = found[index + 1 :]
                bias = np.sum([finer.difference for finer in below], axis=0)
                error = np.sqrt(np.sum([finer.error**2 for finer in below], axis=0))
                worst = int(np.abs(bias).argmax())
                shown = f"{bias[worst]:+.4f} ± {error[worst]:.4f}"
                figures.append(Figure(group, f"{name}, step {level.step:g}: bias", level.seconds * 1e6, "s", shown))
                if abs(bias[worst]) + error[worst] < WANTED_BIAS:
                    cheapest.setdefault(name, level.seconds * 1e6)
    start = time.process_time()
    blocked_numpy(2048, 1000, 1 / 50, heun=True)
    numpy_seconds = (time.process_time() - start) / 2048 * 1e6
    for name, seconds in cheapest.items():
        ratio = f"{numpy_seconds / seconds:.1f} x cheaper than blocked NumPy (Heun, step 1/50)"
        figures.append(Figure(group, f"{name}: bias below {WANTED_BIAS}", seconds, "s", ratio=ratio))
    return figures


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

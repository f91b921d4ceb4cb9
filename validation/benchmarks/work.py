"""Seconds from a declared battery to its work with all errors, beside its trajectories with moments alone."""

import time

import numpy as np

import phasespace_qb as qb
from phasespace_qb.phase_space import ensemble
from phasespace_qb.phase_space.accumulators import StepPair
from phasespace_qb.phase_space.integrators import Heun
from phasespace_qb.phase_space.moments import MomentReader
from phasespace_qb.phase_space.noise import Address
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.schedule import plan
from validation.benchmarks import Figure

CASES = (
    ("n̄ = 15 (the paper's), 100 000 trajectories, 200 times", 0.5, 100_000, 200),
    ("n̄ = 1 600, 20 000 trajectories, 100 times", 0.05, 20_000, 100),
    ("n̄ = 100 000, 20 000 trajectories, 100 times", 0.00632, 20_000, 100),
)


def work() -> list[Figure]:
    """W, W^c and W^i over the whole curve at λ = 1.5; wall time on all cores, best of 2."""
    group = "work from trajectories, density matrices reconstructed at every time: wall time on all cores"
    figures = []
    for name, kappa, trajectories, saves in CASES:
        battery = qb.DopoBattery(pump=1.5 / kappa, kappa=kappa)
        times = np.linspace(0.0, 40.0, saves)
        seconds = []
        for seed in range(2):
            began = time.perf_counter()
            run = qb.simulate(battery, times, qb.PositiveP(trajectories, rng=seed))
            seconds.append(time.perf_counter() - began)
        alone = _moments_alone(battery, times, trajectories, float(run.attrs["step"]))
        ratio = f"{min(seconds) / alone:.2f}"
        figures.append(Figure(group, f"{name}: moments alone", alone, "s", "", "1.00"))
        figures.append(Figure(group, f"{name}: work", min(seconds), "s", f"{max(seconds):.3g}", ratio))
    return figures


def _moments_alone(battery: qb.DopoBattery, times: np.ndarray, trajectories: int, step: float) -> float:
    equations = PositivePRules().equations(battery.system()).to(Heun.calculus)
    schedule = plan(times, equations.breakpoints, step, even=True)
    program = ensemble.compile_program(equations, Heun(), schedule, companion=True)
    moments = MomentReader(equations, 0).accumulator(len(times))
    best = np.inf
    for seed in range(2):
        began = time.perf_counter()
        ensemble.run(program, [moments, StepPair(moments)], trajectories, Address(seed))
        best = min(best, time.perf_counter() - began)
    return float(best)

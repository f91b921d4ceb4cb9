"""A hundred pump values: wall time beside a loop over single runs, and an extension."""

import time
from collections.abc import Callable

import numpy as np

import phasespace_qb as qb
from validation.benchmarks import Figure

TRAJECTORIES, STEPS, POINTS, MORE = 10_000, 2_000, 100, 10


def sweeps() -> list[Figure]:
    """100 points × 10 000 trajectories × 2 000 Heun steps with work and all errors, on all cores; best of 2."""
    group = f"{POINTS} pump values × {TRAJECTORIES:,} trajectories × {STEPS:,} steps: wall time on all cores"
    battery, times = qb.DopoBattery(), np.array([10.0, 20.0])
    method = qb.PositiveP(TRAJECTORIES, step=20.0 / STEPS, rng=1)
    pumps = np.linspace(0.5, 3.0, POINTS)
    first = time.perf_counter()
    swept = qb.sweep(battery, {"pump": pumps}, times, method)
    first = time.perf_counter() - first
    seconds = [_seconds(lambda: qb.sweep(battery, {"pump": pumps}, times, method)) for _ in range(2)]

    def one_after_the_other() -> None:
        for pump in pumps:
            qb.simulate(qb.DopoBattery(pump), times, method)

    loop = _seconds(one_after_the_other)
    longer = np.concatenate([pumps, np.linspace(3.1, 3.5, MORE)])
    extended = _seconds(lambda: qb.sweep(battery, {"pump": longer}, times, method, extend=swept))
    best = min(seconds)
    return [
        Figure(group, "a loop over `simulate`, once", loop, "s", "", "1.00"),
        Figure(group, "sweep", best, "s", f"{max(seconds):.3g}", f"{best / loop:.2f}"),
        Figure(group, "sweep, the first in this process", first, "s"),
        Figure(group, f"extended by {MORE} values", extended, "s", "", f"{extended / loop:.2f}"),
    ]


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began

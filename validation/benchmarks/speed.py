"""Our own speed: scaling with threads, and cost per oscillator in rings of growing size."""

import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial

import numpy as np

import phasespace_qb as qb
from phasespace_qb.models.algebra import Polynomial
from phasespace_qb.phase_space import ensemble
from phasespace_qb.phase_space.accumulators import Accumulator
from phasespace_qb.phase_space.integrators import EulerMaruyama, Heun, Integrator
from phasespace_qb.phase_space.moments import MomentReader
from phasespace_qb.phase_space.noise import Address
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.schedule import plan
from validation.benchmarks import Figure

UNTIL, STEP, SAVES = 20.0, 1 / 400, 101
REPETITIONS = 3


def ring(oscillators: int) -> qb.OpenSystem:
    """Identical pumped oscillators, each injecting into its neighbour."""
    signals = qb.modes(*[f"s{k}" for k in range(oscillators)])
    pumps = qb.modes(*[f"p{k}" for k in range(oscillators)])
    hamiltonian: Polynomial = 0 * signals[0]
    for k, (s, p) in enumerate(zip(signals, pumps, strict=True)):
        half = 0.25j * s.dag**2 * p + 12j * p.dag + 0.05j * s.dag * signals[(k + 1) % oscillators]
        hamiltonian = hamiltonian + half + half.dag
    return qb.OpenSystem(hamiltonian, loss=dict.fromkeys(signals, 1.0) | dict.fromkeys(pumps, 16.0))


def prepare(
    system: qb.OpenSystem, integrator: Integrator, until: float = UNTIL, step: float = STEP, saves: int = SAVES
) -> tuple[ensemble.Program, list[Accumulator], Callable[[list[np.ndarray]], float]]:
    """Program and moment accumulator of a declared system, and a reader of the final photon number."""
    equations = PositivePRules().equations(system).to(integrator.calculus)
    schedule = plan(np.linspace(0, until, saves), equations.breakpoints, step)
    reader = MomentReader(equations, 0)
    moments = reader.accumulator(saves)

    def photon_number(totals: list[np.ndarray]) -> float:
        return float(reader.moment(totals[0].sum(axis=0), moments, 0, 1, 1)[-1].real)

    return ensemble.compile_program(equations, integrator, schedule), [moments], photon_number


def best_of(
    action: Callable[[], object], clock: Callable[[], float] = time.process_time, repetitions: int = REPETITIONS
) -> tuple[float, float]:
    """Shortest and longest time of several repetitions, in seconds."""
    taken = []
    for _ in range(repetitions):
        start = clock()
        action()
        taken.append(clock() - start)
    return min(taken), max(taken)


def thread_scaling() -> list[Figure]:
    """Wall time of one ensemble with one thread and with all cores."""
    group = "wall time of 65,536 trajectories to t = 20 (Heun, step 1/50), by number of threads"
    program, accumulators, _ = prepare(qb.DopoBattery().system(), Heun(), step=1 / 50)
    figures: list[Figure] = []
    threads = sorted({1, ensemble.available_cores()})
    for count in threads:
        with ThreadPoolExecutor(count) as pool:
            _warm(program, accumulators, pool)
            action = partial(ensemble.run, program, accumulators, 65_536, Address(1), pool)
            low, high = best_of(action, time.perf_counter)
        first = figures[0].value if figures else low
        figures.append(Figure(group, f"{count} threads", low, "s", f"{high:.3g}", f"{first / low:.2f} x faster"))
    return figures


def ring_speed() -> list[Figure]:
    """Cost per oscillator in rings of growing size (Euler)."""
    group = "nanoseconds per oscillator-step in rings of oscillators (Euler, moments included, one core)"
    figures: list[Figure] = []
    for size in (1, 4, 16):
        program, accumulators, _ = prepare(ring(size), EulerMaruyama(), until=2.0, step=1 / 100, saves=3)
        with ThreadPoolExecutor(1) as one:
            _warm(program, accumulators, one)
            low, high = best_of(partial(ensemble.run, program, accumulators, 2048, Address(1), one))
        scale = 1e9 / (2048 * 200 * size)
        first = figures[0].value if figures else low * scale
        figures.append(
            Figure(group, f"{size} oscillators", low * scale, "ns", f"{high * scale:.3g}", f"{low * scale / first:.2f}")
        )
    return figures


def _warm(program: ensemble.Program, accumulators: list[Accumulator], pool: Executor) -> None:
    ensemble.run(program, accumulators, 1024, Address(1), pool)

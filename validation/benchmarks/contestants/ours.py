"""This package: the battery as it is declared, integrated by the generated kernel, or propagated."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

import phasespace_qb as qb
from phasespace_qb.lindblad.run import Start, propagate
from phasespace_qb.phase_space import ensemble
from phasespace_qb.phase_space.integrators import EulerMaruyama, ExponentialHeun, Heun, Integrator, Midpoint, Noise
from phasespace_qb.phase_space.moments import MomentReader
from phasespace_qb.phase_space.noise import Address
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.schedule import plan
from validation.benchmarks.contestants import GAMMA_P, GAMMA_S, PUMP, Ensemble, MasterWork, Sample, Solver, Work

NAME, HOW = "ours", "pip install phasespace-qb"
SCHEMES: dict[str, type[Integrator]] = {
    "euler": EulerMaruyama,
    "heun": Heun,
    "midpoint": Midpoint,
    "exponential heun": ExponentialHeun,
}


def version() -> str:
    """Of this package."""
    return qb.__version__


def trajectories(work: Work) -> Ensemble:
    """arrangement: the noise, as `Noise` names it."""
    integrator, noise = SCHEMES[work.scheme](), Noise(work.arrangement)
    battery = qb.DopoBattery(pump=PUMP, kappa=work.kappa, gamma_s=GAMMA_S, gamma_p=GAMMA_P)
    equations = PositivePRules().equations(battery.system()).to(integrator.calculus)
    schedule = plan(np.linspace(0, work.steps * work.step, work.saves + 1), equations.breakpoints, work.step)
    reader = MomentReader(equations, 0)
    moments = reader.accumulator(work.saves + 1)
    program = ensemble.compile_program(equations, integrator, schedule, noise)

    def run(seed: int) -> Sample:
        with ThreadPoolExecutor(1) as one:
            totals = ensemble.run(program, [moments], work.count, Address(seed), one)[0]
        filled = totals[[bool(group.any()) for group in totals]]
        of_groups = np.array([reader.moment(group, moments, 0, 1, 1)[-1].real for group in filled])
        mean = float(reader.moment(totals.sum(axis=0), moments, 0, 1, 1)[-1].real)
        error = float(of_groups.std(ddof=1) / np.sqrt(len(of_groups))) if len(of_groups) > 1 else float("nan")
        return Sample(work.count, mean, error)

    return run


def master_equation(work: MasterWork) -> Solver:
    """The declared system, propagated."""
    s, p = qb.modes("signal", "pump")
    half = 0.5j * work.kappa * s.dag**2 * p + 1j * work.drive * p.dag + work.push * s.dag
    system = qb.OpenSystem(work.detuning * s.dag * s + half + half.dag, {s: GAMMA_S, p: GAMMA_P})
    start = Start(system.start_amplitudes)

    def run() -> NDArray[np.complex128]:
        found = propagate(system, work.times, work.cutoffs, work.tolerance, start).matrices[0]
        return np.asarray(found, dtype=np.complex128)

    return run

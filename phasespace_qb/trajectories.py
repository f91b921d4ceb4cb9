"""One run of a trajectory method: from a declared system to the values, errors and findings of a dataset."""

import hashlib
import json
import logging
import os
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.conventions import Ordering
from phasespace_qb.errors import refusal
from phasespace_qb.estimators.density import DensityReader
from phasespace_qb.estimators.estimator import Estimator
from phasespace_qb.estimators.pilot import LARGEST_PAIRED_SUMS, NO_SLICES, Pilot
from phasespace_qb.methods import PositiveP, Trajectories, TruncatedWigner
from phasespace_qb.models.system import OpenSystem
from phasespace_qb.outcome import Finding, Outcome, Verdict, verdict_by_time
from phasespace_qb.phase_space import ensemble, hazards
from phasespace_qb.phase_space.accumulators import Accumulator, Portrait, StepPair
from phasespace_qb.phase_space.equations import Equations
from phasespace_qb.phase_space.moments import MomentReader
from phasespace_qb.phase_space.noise import Address, entropy_of
from phasespace_qb.phase_space.representations.base import Representation
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.representations.wigner import WignerRules
from phasespace_qb.phase_space.schedule import Schedule, plan
from phasespace_qb.phase_space.step_size import StepSize, choose_step, require_resolved
from phasespace_qb.phase_space.tails import DriftSizes

REPRESENTATIONS: dict[type[Trajectories], type[Representation]] = {
    PositiveP: PositivePRules,
    TruncatedWigner: WignerRules,
}
"""Which rules belong to which method."""

PILOT_TRAJECTORIES = 1024
PORTRAIT_TIMES = 8
PORTRAIT_BINS = 120
FIRST_ROUND = 20
"""Blocks of the first round when a standard error is asked for; every further round doubles the number."""

_log = logging.getLogger("phasespace_qb")


@dataclass(frozen=True, eq=False)
class Prepared:
    """A run of trajectories before its first step.

    ito: the equations as their representation makes them; equations: those that the scheme solves.  findings: what is
    known to be doubtful before it runs.
    """

    ito: Equations
    equations: Equations
    step: StepSize
    schedule: Schedule
    program: ensemble.Program
    findings: list[Finding]

    def provenance(self, method: Trajectories, trajectories: int, entropy: int) -> dict[str, Any]:
        """Everything that identifies and reproduces the run, besides the system."""
        fine = self.program.fine
        digest = hashlib.sha256(fine.rows.tobytes() + fine.row_of.tobytes()).hexdigest()[:16]
        target = {} if method.target_stderr is None else {"target_stderr": method.target_stderr}
        return target | {
            "integrator": repr(method.integrator),
            "noise": (method.noise or method.integrator.noises[0]).value,
            "trajectories": trajectories,
            "block_size": ensemble.SLAB if method.target_stderr is not None else ensemble.block_size(trajectories),
            "seed": str(entropy),
            "step": float(self.schedule.lengths.max(initial=0.0)),
            "step_reason": self.step.reason,
            "steps": len(self.schedule.lengths),
            "coefficients_sha256": digest,
            "dropped_terms": json.dumps(self.equations.dropped),
        }


def prepared(
    declared: OpenSystem, times: NDArray[np.float64], method: Trajectories, accuracy: float | None = None
) -> Prepared:
    """Derive the equations, choose the step and compile; accuracy: relative, that of the method unless given.

    Raises: ValueError for a scheme that cannot solve these equations, or steps that miss what changes in time.
    """
    ito = REPRESENTATIONS[type(method)]().equations(declared)
    refused = method.integrator.refuses(ito)
    if refused:
        raise ValueError(refusal("integrator", "able to solve this system", method.integrator, f"Here {refused}."))
    equations = ito.to(method.integrator.calculus)
    aim = method.relative_accuracy if accuracy is None else accuracy
    step = choose_step(equations, method.integrator, float(times[-1]), aim, method.step)
    schedule = plan(times, equations.breakpoints, step.step, even=True)
    require_resolved(equations, schedule)
    findings = hazards.of_equations(ito, times, method.integrator)
    if method.step is not None:
        findings += hazards.of_step_length(step.step, step.error)
    program = ensemble.compile_program(equations, method.integrator, schedule, method.noise, companion=True)
    return Prepared(ito, equations, step, schedule, program, findings)


def run_trajectories(
    declared: OpenSystem,
    times: NDArray[np.float64],
    method: Trajectories,
    executor: Executor | None,
    progress: ensemble.Progress | None,
    point: tuple[int, ...] | None = None,
) -> Outcome:
    """Integrate an ensemble, with a pilot first and a companion of doubled steps beside it, and read the sums.

    point: key of its random numbers, where the run is one point of many; these say nothing before they run and keep no
    portrait.
    """
    run = prepared(declared, times, method)
    ito, equations, program = run.ito, run.equations, run.program
    tell = speak if point is None else _stay_silent
    tell(run.findings)

    entropy = entropy_of(method.rng)
    storage = declared.modes.index(declared.storage_mode)
    reader = MomentReader(equations, storage)
    moments = reader.accumulator(len(times))
    require_memory([moments, StepPair(moments)], ensemble.workers(executor))
    key = point or ()
    aside = Address(entropy, key, pilot=True)
    small = ensemble.run(program, [moments], PILOT_TRAJECTORIES, aside, executor)[0].sum(axis=0)
    parity = declared.keeps_parity(declared.storage_mode)
    pilot = Pilot.from_sums(small, reader, moments, parity=parity)
    tell(hazards.of_counts(small[:, 0, 1], PILOT_TRAJECTORIES, np.ones(1), "the pilot run"))
    tell(hazards.of_dropped_terms(ito, pilot.photon_number))
    # Where the equations are linear the state is Gaussian, and its moments are all there is to know.
    slices = None if ito.is_linear else pilot.slices(equations.symbols[storage])
    portraits = [_portrait(reader, pilot)] if point is None else []
    # Everything is sampled first; then what is repeated with doubled steps, in the same order.
    sampled: list[Accumulator] = [moments, *([slices] if slices else [])]
    paired = [part for part in sampled if part.zeros().size <= LARGEST_PAIRED_SUMS or part is moments]
    tailed = [DriftSizes(ito, times)] if ito.ordering is Ordering.NORMAL else []
    accumulators = [*sampled, *(StepPair(part) for part in paired), *tailed, *portraits]
    require_memory(accumulators, ensemble.workers(executor))

    empty = bool(declared.start_amplitudes[storage] == 0)
    levels = tuple(int(each) for each in pilot.levels)
    density = DensityReader(slices, equations.ordering, parity, levels) if slices else None
    estimator = Estimator(times, reader, moments, density, parity, empty)
    address = Address(entropy, key)
    totals, trajectories = _integrate(program, accumulators, method, address, estimator, executor, progress)
    count, pairs = len(sampled), len(sampled) + len(paired)
    values, doubts = estimator.values(totals[:count], totals[count:pairs])
    for portrait, (picture,) in zip(portraits, totals[pairs + len(tailed) :], strict=True):
        values |= {
            "portrait_samples": portrait.samples(picture)[:, :trajectories],
            "portrait_histogram": portrait.histogram(picture),
        }
    findings = [
        *run.findings,
        *([] if slices or ito.is_linear else [NO_SLICES]),
        *hazards.of_counts(totals[0][:, :, 0, 1].sum(axis=0), trajectories, totals[0][:, 0, 0, 0]),
        *hazards.of_dropped_terms(ito, values["photon_number"][:, storage]),
        *hazards.of_values(values),
        *doubts,
    ]
    run_away = np.zeros(len(times), dtype=bool)
    for kind, part in zip(tailed, totals[pairs : pairs + len(tailed)], strict=True):
        tails = kind.tails(part[0])
        of_tails = hazards.of_tails(tails)
        run_away = verdict_by_time(of_tails, len(times)) > Verdict.TRUST
        findings += of_tails + hazards.of_interval(ito, DriftSizes.not_real(part[0]), trajectories)
        values = hazards.without_error_bars(values, tails)
    findings += hazards.of_step(values, run_away)
    coordinates = _coordinates(times, portraits, density, equations.ordering)
    return Outcome(values, findings, coordinates, run.provenance(method, trajectories, entropy))


def _integrate(
    program: ensemble.Program,
    accumulators: list[Accumulator],
    method: Trajectories,
    address: Address,
    estimator: Estimator,
    executor: Executor | None,
    progress: ensemble.Progress | None,
) -> tuple[list[NDArray[np.float64]], int]:
    """Sums of an ensemble of the size asked for, or doubled until the standard error of n̄ is small enough."""
    if method.target_stderr is None:
        count = method.trajectories or 0
        return ensemble.run(program, accumulators, count, address, executor, progress), count
    totals, blocks = None, FIRST_ROUND
    while True:
        count = blocks * ensemble.SLAB
        totals = ensemble.run(
            program, accumulators, count, address, executor, progress, block=ensemble.SLAB, after=totals
        )
        error = float(np.max(estimator.energy_stderr(totals[0])))
        # A NaN, from trajectories that diverged, ends it too, and so do infinite variances: more would not help.
        if not error > method.target_stderr or 2 * count > method.largest or _run_away(accumulators, totals):
            return totals, count
        blocks *= 2


def _portrait(reader: MomentReader, pilot: Pilot) -> Portrait:
    saves = len(pilot.phases)
    at = np.unique(np.linspace(0, saves - 1, min(PORTRAIT_TIMES, saves)).round().astype(int))
    reach = 1.5 * np.sqrt(pilot.levels.max())
    return Portrait(
        at=tuple(int(i) for i in at),
        phases=tuple(float(pilot.phases[i]) for i in at),
        symbols=reader.equations.symbols[reader.storage],
        edges=tuple(np.linspace(-reach, reach, PORTRAIT_BINS + 1)),
    )


def _run_away(accumulators: list[Accumulator], totals: list[NDArray[np.float64]]) -> bool:
    tails = [
        kind.tails(part[0]) for kind, part in zip(accumulators, totals, strict=True) if isinstance(kind, DriftSizes)
    ]
    return any(bool(hazards.without_variance(each).any()) for each in tails)


def speak(findings: list[Finding]) -> None:
    """Warn of what is known before the ensemble runs."""
    for finding in findings:
        _log.warning("%s: %s", finding.verdict.name.lower(), finding.reason)


def _stay_silent(findings: list[Finding]) -> None:
    """Leave it to the verdict of the point."""


def require_memory(
    accumulators: list[Accumulator], workers: int, argument: str = "times", remedy: str = "Save fewer times."
) -> None:
    """Announce what the sums will take, and refuse the argument if that does not fit half of the machine's memory."""
    per_block = sum(accumulator.zeros().nbytes for accumulator in accumulators)
    groups = sum(accumulator.groups * accumulator.zeros().nbytes for accumulator in accumulators)
    # Three copies for replicates and their differences; one block for every worker and those that wait.
    needed = 3 * groups + 5 * workers * per_block
    _log.info("sums need up to %.0f MiB, whatever the number of trajectories", needed / 2**20)
    available = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 2**34
    if needed > available / 2:
        must_be = f"few enough for {available / 2**31:.3g} GiB of sums"
        raise ValueError(refusal(argument, must_be, f"an array that needs {needed / 2**30:.3g} GiB", remedy))


def _coordinates(
    times: NDArray[np.float64],
    portraits: list[Portrait],
    density: DensityReader | None,
    ordering: Ordering,
) -> dict[str, Any]:
    coordinates: dict[str, Any] = {}
    for portrait in portraits:
        centres = (np.array(portrait.edges[1:]) + np.array(portrait.edges[:-1])) / 2
        coordinates = {
            "portrait_time": times[list(portrait.at)],
            "coordinate": ["Re alpha", "Re alpha_plus" if ordering is Ordering.NORMAL else "Im alpha"],
            "bin": centres,
            "bin_": centres,
        }
    if density is not None and density.most_levels:
        coordinates["n"] = np.arange(density.most_levels)
    return coordinates

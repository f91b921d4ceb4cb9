"""The whole pipe on one screen: a declared system, times and a method in; a dataset out."""

import hashlib
import json
import platform
from concurrent.futures import Executor
from dataclasses import fields
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from phasespace_qb import __version__
from phasespace_qb.conventions import Ordering
from phasespace_qb.errors import refusal
from phasespace_qb.estimators import Estimator
from phasespace_qb.linear.method import solve
from phasespace_qb.methods import LinearNoise, Method, PositiveP, Trajectories, TruncatedWigner
from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.models.system import OpenSystem
from phasespace_qb.phase_space import ensemble, hazards
from phasespace_qb.phase_space.accumulators import Accumulator, Moments, NumberDistribution, Portrait
from phasespace_qb.phase_space.equations import Equations
from phasespace_qb.phase_space.moments import MomentReader
from phasespace_qb.phase_space.noise import Address, entropy_of
from phasespace_qb.phase_space.representations.base import Representation
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.representations.wigner import WignerRules
from phasespace_qb.phase_space.schedule import Schedule, plan
from phasespace_qb.results.schema import dataset

REPRESENTATIONS: dict[type[Trajectories], type[Representation]] = {
    PositiveP: PositivePRules,
    TruncatedWigner: WignerRules,
}
STEP_IN_FASTEST_TIMES = 0.16
"""Default step times the fastest decay rate of an amplitude; Heun's bias in n̄ is then below 0.005 at the paper's
parameters."""
MOST_STEPS = 10**9
PILOT_TRAJECTORIES = 1024
MOST_LEVELS = 256
PORTRAIT_TIMES = 8
PORTRAIT_BINS = 120


def simulate(
    system: DopoBattery | OpenSystem,
    times: ArrayLike,
    method: Method | None = None,
    executor: Executor | None = None,
    *,
    progress: ensemble.Progress | None = None,
) -> xr.Dataset:
    """Follow an open system from its start at t = 0 and say what its storage mode is worth at each of `times`.

    times: increasing, not negative, in units 1/γ_s.  method: PositiveP() unless given.  executor: any
    concurrent.futures.Executor; threads on all cores unless given, and the same numbers with any.  progress: called
    with the number of finished trajectories and of all.

    Returns a dataset by the schema (`phasespace_qb.results.schema`): every variable with units, errors under the
    suffixes `_stderr` and `_estimator_error`, and the attributes `verdict` and `verdict_reasons`.
    Raises: TypeError or ValueError before any work starts, NoSecondOrderEquation if the method has none for `system`.
    """
    declared = _as_system(system)
    save_times = _as_times(times)
    chosen = PositiveP() if method is None else method
    if isinstance(chosen, LinearNoise):
        return _linear(system, declared, save_times, chosen)
    if type(chosen) not in REPRESENTATIONS:
        raise TypeError(refusal("method", "PositiveP(…), TruncatedWigner(…) or LinearNoise(…)", chosen))
    if executor is not None and not callable(getattr(executor, "submit", None)):
        raise TypeError(refusal("executor", "a concurrent.futures.Executor or None", executor))
    integrator = chosen.integrator
    ito = REPRESENTATIONS[type(chosen)]().equations(declared)
    equations = ito.to(integrator.calculus)
    schedule = plan(save_times, equations.breakpoints, _step(equations, save_times, chosen))
    program = ensemble.compile_program(equations, integrator, schedule)

    entropy = entropy_of(chosen.rng)
    storage = declared.modes.index(declared.storage_mode)
    reader = MomentReader(equations, storage)
    moments = reader.accumulator(len(save_times))
    pilot = ensemble.run(program, [moments], PILOT_TRAJECTORIES, Address(entropy, pilot=True), executor)[0].sum(axis=0)
    parity = declared.keeps_parity(declared.storage_mode)
    levels, phases = _from_pilot(pilot, reader, moments, parity)
    numbers = _number_distribution(reader, len(save_times), levels)
    portrait = _portrait(reader, levels, phases)
    accumulators: list[Accumulator] = [moments, portrait, *([numbers] if numbers else [])]
    totals = ensemble.run(program, accumulators, chosen.trajectories, Address(entropy), executor, progress)

    empty = bool(declared.start_amplitudes[storage] == 0)
    estimator = Estimator(save_times, reader, moments, numbers, parity, empty)
    values = estimator.values(totals[0], totals[2] if numbers else None)
    findings = [
        *hazards.of_equations(ito),
        *hazards.of_counts(int(totals[0][:, -1, 0, 1].sum()), chosen.trajectories, totals[0][:, 0, 0, 0]),
        *hazards.of_dropped_terms(equations, values["photon_number"][:, storage]),
        *hazards.of_uncertainty(*estimator.symplectic_eigenvalue(values)),
        *hazards.of_shape(values["non_gaussianity"], estimator.parity),
    ]
    values |= {
        "portrait_samples": portrait.samples(totals[1][0])[:, : chosen.trajectories],
        "portrait_histogram": portrait.histogram(totals[1][0]),
    }
    centres = (np.array(portrait.edges[1:]) + np.array(portrait.edges[:-1])) / 2
    coordinates: dict[str, Any] = {
        "time": save_times,
        "mode": list(declared.modes),
        "quadrature": ["x", "p"],
        "quadrature_": ["x", "p"],
        "portrait_time": save_times[list(portrait.at)],
        "coordinate": ["Re alpha", "Re alpha_plus" if isinstance(chosen, PositiveP) else "Im alpha"],
        "bin": centres,
        "bin_": centres,
    }
    if numbers:
        coordinates["n"] = np.arange(numbers.levels)
    return dataset(
        values,
        coordinates,
        {
            **_verdict(findings),
            **_provenance(system, declared, chosen, entropy, equations, schedule, program),
        },
    )


def _linear(
    given: DopoBattery | OpenSystem, declared: OpenSystem, times: NDArray[np.float64], method: LinearNoise
) -> xr.Dataset:
    """The same dataset from the linear theory: nothing is sampled, so there are no standard errors."""
    starts = given.steady_amplitudes() if isinstance(given, DopoBattery) else None
    run = solve(declared, times, method.about, starts)
    coordinates: dict[str, Any] = {
        "time": times,
        "mode": list(declared.modes),
        "quadrature": ["x", "p"],
        "quadrature_": ["x", "p"],
    }
    if "number_distribution" in run.values:
        coordinates["n"] = np.arange(run.values["number_distribution"].shape[-1])
    return dataset(
        run.values,
        coordinates,
        {**_verdict(run.findings), **_origin(given, declared, method), "about": method.about},
    )


def _as_system(system: object) -> OpenSystem:
    if isinstance(system, DopoBattery):
        return system.system()
    if isinstance(system, OpenSystem):
        return system
    raise TypeError(refusal("system", "a DopoBattery or an OpenSystem", system))


def _as_times(times: ArrayLike) -> NDArray[np.float64]:
    must_be = "a list of finite, increasing times, not negative (units of 1/gamma_s)"
    try:
        given = np.atleast_1d(np.asarray(times))
    except (TypeError, ValueError):
        raise TypeError(refusal("times", must_be, times)) from None
    # Texts, dates and truth values convert to float as well; a mask would be forgotten.
    if (given.size and given.dtype.kind not in "iuf") or np.ma.is_masked(times):
        raise TypeError(refusal("times", must_be, times))
    result = given.astype(np.float64)
    if result.ndim != 1 or len(result) == 0:
        raise ValueError(refusal("times", must_be, f"an array of shape {result.shape}"))
    if not np.isfinite(result).all() or result[0] < 0 or (np.diff(result) <= 0).any():
        raise ValueError(refusal("times", must_be, times))
    return result


def _step(equations: Equations, times: NDArray[np.float64], method: Trajectories) -> float:
    """The longest step: the user's, or the default for the fastest rate; refused where it cannot work."""
    rate = equations.fastest_rate(np.linspace(0.0, float(times[-1]), 257))
    step = method.step if method.step is not None else STEP_IN_FASTEST_TIMES / max(rate, STEP_IN_FASTEST_TIMES)
    if step * rate >= 1.0:
        remedy = f"Use {STEP_IN_FASTEST_TIMES / rate:.3g}, or leave it out."
        raise ValueError(refusal("step", f"shorter than 1/(fastest rate) = {1 / rate:.3g}", step, remedy))
    if times[-1] > MOST_STEPS * step:
        remedy = "Shorten the run or lengthen the step."
        raise ValueError(refusal("times", f"reachable in {MOST_STEPS:,} steps of {step:.3g}", float(times[-1]), remedy))
    return step


def _from_pilot(
    sums: NDArray[np.float64], reader: MomentReader, moments: Moments, parity: bool
) -> tuple[float, NDArray[np.float64]]:
    """Levels of the storage mode that are ever occupied, n̄ + 10 σ_n + 8, and the phase (T,) of its amplitude.

    Both must be known before the ensemble; they come from a small ensemble with random numbers of its own.
    """

    def moment(creations: int, annihilations: int) -> NDArray[np.complex128]:
        return reader.moment(sums, moments, reader.storage, creations, annihilations)

    with np.errstate(divide="ignore", invalid="ignore"):
        number, pairs = moment(1, 1).real, moment(2, 2).real
        highest = np.ceil(number + 10 * np.sqrt(np.maximum(pairs + number - number**2, 0.0)))
        phases = np.angle(moment(0, 2)) / 2 if parity else np.angle(moment(0, 1))
    return 8 + float(np.max(highest, initial=0.0, where=np.isfinite(highest))), np.nan_to_num(phases)


def _number_distribution(reader: MomentReader, saves: int, levels: float) -> NumberDistribution | None:
    """The number distribution is sampled where it is short enough and the samples are normally ordered."""
    if levels > MOST_LEVELS or reader.equations.ordering is not Ordering.NORMAL:
        return None
    return NumberDistribution(saves, int(levels), reader.equations.symbols[reader.storage])


def _portrait(reader: MomentReader, levels: float, phases: NDArray[np.float64]) -> Portrait:
    saves = len(phases)
    at = np.unique(np.linspace(0, saves - 1, min(PORTRAIT_TIMES, saves)).round().astype(int))
    reach = 1.5 * np.sqrt(levels)
    return Portrait(
        at=tuple(int(i) for i in at),
        phases=tuple(float(phases[i]) for i in at),
        symbols=reader.equations.symbols[reader.storage],
        edges=tuple(np.linspace(-reach, reach, PORTRAIT_BINS + 1)),
    )


def _verdict(findings: list[hazards.Finding]) -> dict[str, str]:
    return {
        "verdict": max((finding.verdict for finding in findings), default=hazards.Verdict.TRUST).name.lower(),
        "verdict_reasons": json.dumps([finding.reason for finding in findings]),
    }


def _origin(given: DopoBattery | OpenSystem, declared: OpenSystem, method: Method) -> dict[str, str]:
    """What was asked for, and the versions that answered."""
    return {
        "model": type(given).__name__,
        "parameters": json.dumps({f.name: repr(getattr(given, f.name)) for f in fields(given)}),
        "storage_mode": declared.storage_mode,
        "method": method.name,
        "phasespace_qb_version": __version__,
        "numpy_version": np.__version__,
        "python_version": platform.python_version(),
    }


def _provenance(
    given: DopoBattery | OpenSystem,
    declared: OpenSystem,
    method: PositiveP | TruncatedWigner,
    entropy: int,
    equations: Equations,
    schedule: Schedule,
    program: ensemble.Program,
) -> dict[str, Any]:
    """Everything that identifies and reproduces the run."""
    digest = hashlib.sha256(program.fine.rows.tobytes() + program.fine.row_of.tobytes()).hexdigest()[:16]
    return {
        **_origin(given, declared, method),
        "integrator": repr(method.integrator),
        "trajectories": method.trajectories,
        "block_size": ensemble.block_size(method.trajectories),
        "seed": str(entropy),
        "step": float(schedule.lengths.max(initial=0.0)),
        "steps": len(schedule.lengths),
        "coefficients_sha256": digest,
        "dropped_terms": json.dumps(equations.dropped),
    }

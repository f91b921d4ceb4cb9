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
from phasespace_qb.errors import refusal
from phasespace_qb.estimators import Estimator
from phasespace_qb.methods import Method, PositiveP, Trajectories, TruncatedWigner
from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.models.system import OpenSystem
from phasespace_qb.phase_space import ensemble, hazards
from phasespace_qb.phase_space.accumulators import Accumulator, NumberDistribution, Portrait
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
    if type(chosen) not in REPRESENTATIONS:
        raise TypeError(refusal("method", "PositiveP(…) or TruncatedWigner(…)", chosen))
    integrator = chosen.integrator
    equations = REPRESENTATIONS[type(chosen)]().equations(declared).to(integrator.calculus)
    schedule = plan(save_times, equations.breakpoints, _step(equations, save_times, chosen))
    program = ensemble.compile_program(equations, integrator, schedule)

    entropy = entropy_of(chosen.rng)
    storage = declared.modes.index(declared.storage_mode)
    reader = MomentReader(equations, storage)
    moments = reader.accumulator(len(save_times))
    pilot = ensemble.run(program, [moments], PILOT_TRAJECTORIES, Address(entropy, pilot=True), executor)[0].sum(axis=0)
    numbers, portrait = _from_pilot(pilot, reader, moments, save_times, declared)
    accumulators: list[Accumulator] = [moments, portrait, *([numbers] if numbers else [])]
    totals = ensemble.run(program, accumulators, chosen.trajectories, Address(entropy), executor, progress)

    estimator = Estimator(save_times, reader, moments, numbers, declared.keeps_parity(declared.storage_mode))
    values = estimator.values(totals[0], totals[2] if numbers else None)
    findings = [
        *hazards.of_equations(equations),
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
            "verdict": max((finding.verdict for finding in findings), default=hazards.Verdict.TRUST).name.lower(),
            "verdict_reasons": json.dumps([finding.reason for finding in findings]),
            **_provenance(system, declared, chosen, entropy, equations, schedule, program),
        },
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
        result = np.atleast_1d(np.asarray(times, dtype=float))
    except (TypeError, ValueError):
        raise TypeError(refusal("times", must_be, times)) from None
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
    if times[-1] / step > MOST_STEPS:
        remedy = "Shorten the run or lengthen the step."
        raise ValueError(refusal("times", f"reachable in {MOST_STEPS:,} steps of {step:.3g}", float(times[-1]), remedy))
    return step


def _from_pilot(
    sums: NDArray[np.float64], reader: MomentReader, moments: Any, times: NDArray[np.float64], declared: OpenSystem
) -> tuple[NumberDistribution | None, Portrait]:
    """Ranges and angles that must be known before the ensemble: from a small ensemble with numbers of its own."""
    storage, symbols = reader.storage, reader.equations.symbols[reader.storage]
    with np.errstate(divide="ignore", invalid="ignore"):
        number, pairs = (reader.moment(sums, moments, storage, k, k).real for k in (1, 2))
        amplitude, squared = (reader.moment(sums, moments, storage, 0, k) for k in (1, 2))
    spread = np.sqrt(np.maximum(pairs + number - number**2, 0.0))
    highest = float(np.nanmax(number + 10 * spread, initial=0.0, where=np.isfinite(spread)))
    levels = int(np.ceil(highest)) + 16 if highest < MOST_LEVELS else MOST_LEVELS + 1
    sampled = levels <= MOST_LEVELS and symbols[1] >= 0
    at = np.unique(np.linspace(0, len(times) - 1, min(PORTRAIT_TIMES, len(times))).round().astype(int))
    phases = np.angle(squared) / 2 if declared.keeps_parity(declared.storage_mode) else np.angle(amplitude)
    reach = 1.5 * np.sqrt(highest + 1)
    portrait = Portrait(
        at=tuple(int(i) for i in at),
        phases=tuple(float(np.nan_to_num(phases[i])) for i in at),
        symbols=symbols,
        edges=tuple(np.linspace(-reach, reach, PORTRAIT_BINS + 1)),
    )
    return (NumberDistribution(len(times), levels, symbols) if sampled else None), portrait


def _provenance(
    given: DopoBattery | OpenSystem,
    declared: OpenSystem,
    method: Trajectories,
    entropy: int,
    equations: Equations,
    schedule: Schedule,
    program: ensemble.Program,
) -> dict[str, Any]:
    """Everything that identifies and reproduces the run."""
    parameters = {f.name: repr(getattr(given, f.name)) for f in fields(given)}
    digest = hashlib.sha256(program.rows.tobytes() + program.row_of.tobytes()).hexdigest()[:16]
    return {
        "model": type(given).__name__,
        "parameters": json.dumps(parameters),
        "storage_mode": declared.storage_mode,
        "method": method.name,
        "integrator": repr(method.integrator),
        "trajectories": method.trajectories,
        "block_size": ensemble.block_size(method.trajectories),
        "seed": str(entropy),
        "step": float(schedule.lengths.max(initial=0.0)),
        "steps": len(schedule.lengths),
        "coefficients_sha256": digest,
        "dropped_terms": json.dumps(equations.dropped),
        "phasespace_qb_version": __version__,
        "numpy_version": np.__version__,
        "python_version": platform.python_version(),
    }

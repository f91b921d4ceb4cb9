"""The whole pipe on one screen: a declared system, times and a method in; a dataset out."""

import json
import platform
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from phasespace_qb import __version__
from phasespace_qb.conventions import RATE_UNIT
from phasespace_qb.eliminated import method as eliminated_method
from phasespace_qb.errors import refusal, require_increasing
from phasespace_qb.lindblad import method as lindblad
from phasespace_qb.linear import method as linear
from phasespace_qb.methods import EliminatedSteadyState, Lindblad, LinearNoise, Method, PositiveP
from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.models.system import OpenSystem
from phasespace_qb.outcome import Finding, Outcome, Verdict, verdict_by_time
from phasespace_qb.phase_space import ensemble
from phasespace_qb.results.schema import dataset
from phasespace_qb.trajectories import REPRESENTATIONS, run_trajectories


def simulate(
    system: DopoBattery | OpenSystem,
    times: ArrayLike,
    method: Method | None = None,
    executor: Executor | None = None,
    *,
    progress: ensemble.Progress | None = None,
) -> xr.Dataset:
    """Follow an open system from its start at t = 0 and say what its storage mode is worth at each of `times`.

    times: increasing, not negative, in units 1/γ_s.  method: PositiveP() unless given.  executor: of the trajectory
    methods, any concurrent.futures.Executor; threads on all cores unless given, and the same numbers with any; the
    other methods do not use it.  progress: called with how much is done and how much there is, counted in
    trajectories, or in thousandths of the time by Lindblad, in each of its runs; the other methods do not call it.

    Returns a dataset by the schema (`phasespace_qb.results.schema`): every variable with units, errors under the
    suffixes `_stderr` (sampling), `_step_error`, `_cutoff_error` and `_estimator_error` as far as the method makes
    them, and the attributes `verdict` and `verdict_reasons`.

    Shapes: times (T,) -> over time (T,), mode, quadrature, quadrature_, n and n_, as each variable has them.
    Raises: TypeError or ValueError before any work starts, NoSecondOrderEquation if the method has none for `system`;
    PhaseSpaceError where a method finds that it cannot go on (cutoffs "auto" that would be too high).
    Source: the paper's Eq. (8), and (9), (15)–(17) for the work; what a method solves, the method says.
    """
    declared, instants = as_system(system), save_times(times)
    require_executor(executor)
    require_progress(progress)
    chosen = require_method(PositiveP() if method is None else method)
    return carry_out(Task(system, declared, instants, chosen, executor, progress))


def steady_state(
    system: DopoBattery | OpenSystem,
    method: Lindblad | EliminatedSteadyState | None = None,
    *,
    slow_modes: bool = True,
    progress: ensemble.Progress | None = None,
) -> xr.Dataset:
    """Steady state of an open system, directly, and by the master equation also how slowly it is reached.

    L ρ = 0 in the sector of the Liouvillian that holds density matrices, and the slowest eigenvalues of every sector.
    The least negative one of the sector "antisymmetric" is −2/T for an oscillator that tunnels between two branches
    in the mean time T.  method: Lindblad() unless given.  slow_modes: whether Lindblad shall give these eigenvalues;
    the steady state alone takes a fraction of the time.  progress: called with thousandths of the time in each run of
    the search for cutoffs "auto".

    Returns a dataset by the schema (`phasespace_qb.results.schema`) at the single time ∞, without charging power;
    Lindblad adds `liouvillian_eigenvalue`, whose `_step_error` is a residual ‖Lv − λv‖/‖v‖ and no bound.

    Shapes: over time (1,), mode, quadrature, quadrature_, n and n_; eigenvalues (sector, rank), units γ_s.
    Raises: TypeError or ValueError as `simulate`, ValueError for a `system` that depends on time; PhaseSpaceError where
    there is no steady state or it is not unique.
    Source: definition; Drummond and Kinsler, Phys. Rev. A 40, 4813 (1989) on tunnelling.
    """
    declared = as_system(system)
    require_progress(progress)
    chosen = Lindblad() if method is None else method
    if type(chosen) not in (Lindblad, EliminatedSteadyState):
        raise TypeError(refusal("method", _choices([Lindblad, EliminatedSteadyState]), chosen))
    task = Task(system, declared, np.array([np.inf]), chosen, progress=progress)
    run = _settled(task, slow_modes) if isinstance(chosen, Lindblad) else _eliminated(task)
    run.coordinates["time"] = task.times
    return _dataset(system, declared, chosen, run)


class Task(NamedTuple):
    """What a method is asked to do; `declared` is `given` as an open system.

    point: None for a run by itself; otherwise the key of its random numbers among those of a sweep.
    """

    given: DopoBattery | OpenSystem
    declared: OpenSystem
    times: NDArray[np.float64]
    method: Any
    executor: Executor | None = None
    progress: ensemble.Progress | None = None
    point: tuple[int, ...] | None = None


def carry_out(task: Task) -> xr.Dataset:
    """Run a task that has been checked, and label what comes out."""
    run = RUNNERS[type(task.method)](task)
    run.coordinates.setdefault("time", task.times)
    if task.point and "seed" in run.provenance:
        run.provenance["random_numbers"] = "-".join(map(str, task.point))
    return _dataset(task.given, task.declared, task.method, run)


def _trajectories(task: Task) -> Outcome:
    return run_trajectories(task.declared, task.times, task.method, task.executor, task.progress, task.point)


def _linear(task: Task) -> Outcome:
    branches = task.given.steady_amplitudes() if isinstance(task.given, DopoBattery) else None
    return linear.solve(task.declared, task.times, task.method.about, branches)


def _lindblad(task: Task) -> Outcome:
    method, progress = task.method, _in_thousandths(task.progress)
    return lindblad.solve(task.declared, task.times, method.cutoffs, method.tolerance, progress)


def _settled(task: Task, slow_modes: bool) -> Outcome:
    method, progress = task.method, _in_thousandths(task.progress)
    return lindblad.settle(task.declared, method.cutoffs, method.tolerance, slow_modes, progress)


def _eliminated(task: Task) -> Outcome:
    if not isinstance(task.given, DopoBattery):
        raise TypeError(refusal("system", "a DopoBattery for EliminatedSteadyState()", "an OpenSystem"))
    return eliminated_method.solve(task.times, *task.given.dimensionless())


RUNNERS: dict[type, Callable[[Task], Outcome]] = {
    **dict.fromkeys(REPRESENTATIONS, _trajectories),
    LinearNoise: _linear,
    Lindblad: _lindblad,
    EliminatedSteadyState: _eliminated,
}
"""What each method runs."""


def _choices(methods: Iterable[type]) -> str:
    """Methods as they would be written: those with settings as `PositiveP(…)`."""
    *others, last = (f"{method.__name__}({'…' if fields(method) else ''})" for method in methods)
    return f"{', '.join(others)} or {last}"


def _dataset(given: DopoBattery | OpenSystem, declared: OpenSystem, method: Method, run: Outcome) -> xr.Dataset:
    coordinates: dict[str, Any] = {
        "mode": list(declared.modes),
        "quadrature": ["x", "p"],
        "quadrature_": ["x", "p"],
    }
    coordinates |= run.coordinates
    times, unit = np.asarray(coordinates["time"]), rate_unit_of(given)
    said = attributes_of_verdict(run.findings, times, "γ_s t" if unit == RATE_UNIT else "t")
    values = run.values | {"verdict_by_time": verdict_by_time(run.findings, len(times))}
    return dataset(values, coordinates, said | origin_of(given, declared, method, times) | run.provenance, unit)


def _in_thousandths(progress: ensemble.Progress | None) -> Callable[[float, float], None] | None:
    return None if progress is None else lambda now, end: progress(int(1000 * now / end), 1000)


def rate_unit_of(given: DopoBattery | OpenSystem) -> str:
    """What the user's rates are in units of: γ_s if the battery says γ_s = 1, otherwise a unit of the user's own."""
    return RATE_UNIT if isinstance(given, DopoBattery) and given.gamma_s == 1.0 else "rate unit"


def as_system(system: object) -> OpenSystem:
    """What is declared by a battery, or by an open system itself; refuse anything else."""
    if isinstance(system, DopoBattery):
        return system.system()
    if isinstance(system, OpenSystem):
        return system
    raise TypeError(refusal("system", "a DopoBattery or an OpenSystem", system))


def require_method(method: object) -> Any:
    """Return one of the methods of `simulate`; refuse anything else."""
    if type(method) not in RUNNERS:
        raise TypeError(refusal("method", _choices(RUNNERS), method))
    return method


def require_executor(executor: object) -> None:
    """Refuse what is neither None nor an executor."""
    if executor is not None and not callable(getattr(executor, "submit", None)):
        raise TypeError(refusal("executor", "a concurrent.futures.Executor or None", executor))


def require_progress(progress: object) -> None:
    """Refuse what is neither None nor can be called."""
    if progress is not None and not callable(progress):
        raise TypeError(refusal("progress", "a function or None", progress))


def save_times(times: ArrayLike) -> NDArray[np.float64]:
    """The times at which a result is wanted, (T,), increasing and not negative; else refuse them."""
    return require_increasing("times", times)


def until(times: NDArray[np.float64]) -> float:
    """The end of a run; of a steady state, which knows no time, 1."""
    return float(times[-1]) if np.isfinite(times[-1]) else 1.0


def attributes_of_verdict(
    findings: list[Finding], times: NDArray[np.float64] | None = None, symbol: str = "t"
) -> dict[str, str]:
    """Verdict and reasons as attributes of a result; the worst finding decides and stands first.

    times: (T,), to say when a reason holds that does not hold always.  symbol: what they are called.
    """
    ordered = sorted(findings, key=lambda finding: -finding.verdict)
    reasons = [finding.reason + ("" if times is None else _when(finding, times, symbol)) for finding in ordered]
    return {
        "verdict": max((finding.verdict for finding in findings), default=Verdict.TRUST).name.lower(),
        "verdict_reasons": json.dumps(reasons),
    }


def _when(finding: Finding, times: NDArray[np.float64], symbol: str) -> str:
    """At what times a finding holds, as a sentence; empty if it holds at all of them."""
    if finding.at is None or finding.at.all() or not finding.at.any():
        return ""
    first, last = np.flatnonzero(finding.at)[[0, -1]]
    if last == len(times) - 1 and finding.at[first:].all():
        return f" From {symbol} = {times[first]:.4g} on."
    if first == last:
        return f" At {symbol} = {times[first]:.4g}."
    return f" At {int(finding.at.sum())} times from {symbol} = {times[first]:.4g} to {times[last]:.4g}."


def origin_of(
    given: DopoBattery | OpenSystem, declared: OpenSystem, method: Method, times: NDArray[np.float64]
) -> dict[str, Any]:
    """What was asked for, where a battery lies among all batteries, and the versions that answered."""
    return (given.coordinates(float(times[-1])) if isinstance(given, DopoBattery) else {}) | {
        "model": type(given).__name__,
        "parameters": json.dumps({f.name: repr(getattr(given, f.name)) for f in fields(given)}),
        "fingerprint": declared.fingerprint(until(times)),
        "storage_mode": declared.storage_mode,
        "method": method.name,
        "phasespace_qb_version": __version__,
        "numpy_version": np.__version__,
        "python_version": platform.python_version(),
    }

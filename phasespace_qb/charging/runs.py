"""Runs of one battery under many protocols, on common random numbers, and one verdict over all of them."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from phasespace_qb.errors import refusal
from phasespace_qb.methods import EliminatedSteadyState, LinearNoise, Method, PositiveP, Trajectories
from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.outcome import merged_verdict
from phasespace_qb.phase_space.noise import entropy_of
from phasespace_qb.phase_space.step_size import choose_step
from phasespace_qb.results.schema import SUFFIXES
from phasespace_qb.simulation import Task, as_system, require_executor, require_method, require_progress
from phasespace_qb.sweeping.engine import run_all
from phasespace_qb.trajectories import REPRESENTATIONS

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]
"""Called with the number of finished runs and of all runs."""

KEPT = ("method", "storage_mode", "trajectories", "integrator", "step", "seed", "cutoffs", "tolerance", "about")
"""Attributes of a run that hold for all of them."""


def checked_method(method: Method | None, executor: Executor | None, progress: Progress | None) -> Method:
    """A method that follows protocols in time, with its seed drawn, so that all runs have the same random numbers."""
    require_executor(executor)
    require_progress(progress)
    chosen: Method = require_method(PositiveP() if method is None else method)
    if isinstance(chosen, EliminatedSteadyState) or (isinstance(chosen, LinearNoise) and chosen.about == "branch"):
        raise ValueError(refusal("method", "one that follows a battery from vacuum", chosen, "Use PositiveP()."))
    if isinstance(chosen, Trajectories):
        return replace(chosen, rng=entropy_of(chosen.rng))
    return chosen


def with_common_steps(battery: DopoBattery, times: Array, method: Method) -> Method:
    """The method with steps of which all `times` (N,) are even multiples, where that does not take twice as many.

    Then runs that end at different times go through the same steps with the same random numbers.  A step that was
    given is left alone, and so are times that are no multiples of an eighth of their smallest interval.
    """
    if not isinstance(method, Trajectories) or method.step is not None:
        return method
    equations = REPRESENTATIONS[type(method)]().equations(battery.system())
    if method.integrator.refuses(equations):
        return method  # the run says why
    converted = equations.to(method.integrator.calculus)
    longest = choose_step(converted, method.integrator, float(times[-1]), method.relative_accuracy, None).step
    smallest = float(np.diff(times, prepend=0.0).min())
    for parts in range(1, 9):
        unit = smallest / parts
        if np.abs(times / unit - np.round(times / unit)).max() < 1e-6:
            step = unit / (2 * np.ceil(unit / (2 * longest) - 1e-9))
            return replace(method, step=float(step)) if step > longest / 2 else method
    return method


def carried_out(
    protocols: Sequence[tuple[DopoBattery, Array]],
    method: Method,
    executor: Executor | None,
    tell: Progress | None,
) -> list[xr.Dataset]:
    """One result for each battery and its save times.  Raises: what the first run that fails does."""
    tasks = [Task(battery, as_system(battery), times, method, point=()) for battery, times in protocols]
    progress = None if tell is None else lambda done, total, _: tell(done, total)
    results = []
    for answer in run_all(tasks, executor, progress):
        if isinstance(answer, Exception):
            raise answer
        results.append(answer)
    return results


def over_points(rows: Sequence[Sequence[xr.Dataset]], names: Sequence[str]) -> dict[str, Any]:
    """Quantities with all errors that every run has; `rows` of results at one time each, (N, M)."""
    first = rows[0][0]
    every = [name for base in names for name in (base, *(f"{base}{s}" for s in SUFFIXES)) if name in first]
    return {name: np.array([[float(point[name]) for point in row] for row in rows]) for name in every}


def common_attributes(runs: Sequence[xr.Dataset]) -> dict[str, Any]:
    """What holds for all runs, the worst of their verdicts, and each reason with the number of runs that have it."""
    kept = {name: runs[0].attrs[name] for name in KEPT if name in runs[0].attrs}
    return kept | merged_verdict([run.attrs for run in runs])

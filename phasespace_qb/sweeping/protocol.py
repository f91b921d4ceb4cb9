"""A sweep: one system at many parameters, by one method or several, as one dataset."""

import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor

import xarray as xr
from numpy.typing import ArrayLike

from phasespace_qb.methods import Method, PositiveP
from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.results.store import save
from phasespace_qb.results.sweeps import MISSING, combine
from phasespace_qb.simulation import require_executor, save_times
from phasespace_qb.sweeping.engine import Answer, Progress, run_all
from phasespace_qb.sweeping.grid import Declaration, declaration_of, grid_of
from phasespace_qb.sweeping.points import from_checkpoint, known_points, methods_of, requests_of, require_memory

BETWEEN_CHECKPOINTS = 60.0
"""Seconds."""


def sweep(
    system: DopoBattery | Declaration,
    over: Mapping[str, ArrayLike],
    times: ArrayLike,
    method: Method | Sequence[Method] | Mapping[str, Method] | None = None,
    *,
    common_random_numbers: bool = False,
    extend: xr.Dataset | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Simulate a system at all combinations of parameters.

    system: a battery, or a function of what is swept that returns a battery or an open system.  over: for each name its
    values.  Of a battery, these are its arguments and the coordinates of `DopoBattery.at`: {"threshold_ratio": λ,
    "noise_parameter": g²} for one.  times: as `simulate`, the same at every point.  method: one, PositiveP() unless
    given; a list; or a dictionary of methods by label.

    Every point has random numbers of its own, which its coordinates and the seed decide, so that it has the same bits
    in any grid; with `common_random_numbers` all points have those of `simulate`, and differences between points are
    smooth.  The kernel is compiled once for all points of one structure.

    extend: a former sweep.  checkpoint: a file in which finished points are kept, every minute, when the sweep ends
    and when it is interrupted.  Points that either of them holds – the same system, method, times, seed and version –
    are not computed again.  Without a seed, `extend` takes that of the former sweep.
    executor: where whole points are computed, any concurrent.futures.Executor; unless given, on all cores of this
    machine.  progress: called with the number of finished points, of all points, and the seconds that are left.

    Returns a dataset over the swept parameters, `solver` (of several methods), and time, by the schema; see
    `phasespace_qb.results.sweeps`, also for `point`, which gives the result at one point as `simulate` would.  A point
    at which a method refuses is NaN, has the verdict "reject" and says why.
    Raises: TypeError or ValueError before any work starts; whatever a method raises, if it refuses at every point.
    """
    declare, grid, instants = declaration_of(system), grid_of(system, over), save_times(times)
    require_executor(executor)
    known = {} if extend is None else known_points(extend)
    methods, several = methods_of(PositiveP() if method is None else method, extend)
    require_memory(grid, len(methods), instants, modes=1)
    requests = requests_of(declare, grid, instants, methods, common=common_random_numbers)
    most_modes = max(len(request.task.declared.modes) for request in requests)
    require_memory(grid, len(methods), instants, most_modes)
    target = None
    if checkpoint is not None:
        target, stored = from_checkpoint(checkpoint, requests)
        known |= stored
    answers: list[Answer | None] = [known.get(request.identity) for request in requests]
    missing = [number for number, answer in enumerate(answers) if answer is None]
    labels = list(methods) if several else None
    described = system.PARAMETERS if isinstance(system, DopoBattery) else {}

    def together() -> xr.Dataset:
        results: list[xr.Dataset | str] = []
        for request, answer in zip(requests, answers, strict=True):
            if isinstance(answer, xr.Dataset):
                answer.attrs["request"] = request.identity
                results.append(answer)
            else:
                results.append(MISSING if answer is None else f"not computed: {answer}")
        return combine(grid.axes, labels, results, described)

    written = time.monotonic()

    def finished(number: int, answer: Answer) -> None:
        nonlocal written
        answers[missing[number]] = answer
        if target is not None and time.monotonic() > written + BETWEEN_CHECKPOINTS:
            save(together(), target)
            written = time.monotonic()

    try:
        run_all([requests[number].task for number in missing], executor, progress, finished)
    except BaseException:
        if target is not None and any(isinstance(answer, xr.Dataset) for answer in answers):
            save(together(), target)
        raise
    for label in methods:
        own = [answer for request, answer in zip(requests, answers, strict=True) if request.label == label]
        refused = [answer for answer in own if isinstance(answer, Exception)]
        if len(refused) == len(own):
            raise refused[0]
    swept = together()
    if target is not None:
        save(swept, target)
    return swept

"""A sweep: one system at many parameters, by one method or several, as one dataset."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from phasespace_qb.conventions import RATE_UNIT
from phasespace_qb.errors import refusal
from phasespace_qb.methods import Method, PositiveP
from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.results.sweeps import MISSING, combine, kept_part
from phasespace_qb.simulation import require_executor, require_progress, save_times
from phasespace_qb.sweeping.checkpoint import Checkpoint
from phasespace_qb.sweeping.engine import Answer, Progress, run_all
from phasespace_qb.sweeping.grid import Declaration, declaration_of, grid_of
from phasespace_qb.sweeping.points import known_points, methods_of, requests_of, require_memory, require_times


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

    Every point has random numbers of its own, which its coordinates, the method and the seed decide, so that it has the
    same bits in any grid; with `common_random_numbers` all points have those of `simulate`, and differences between
    points are smooth.  The kernel is compiled once for all points of one structure.

    extend: a former sweep.  checkpoint: a file in which finished points are kept, every minute, when the sweep ends
    and when it is interrupted.  Points that either of them holds – the same system, method, times, seed and version –
    are not computed again; values that differ by rounding are taken for theirs, and methods without a seed take theirs.
    executor: where whole points are computed, any concurrent.futures.Executor; unless given, on all cores of this
    machine.  progress: called with the number of finished points (of each method), of all, and the seconds left.

    Returns a dataset over the swept parameters, `solver` (of several methods), and time, by the schema; see
    `phasespace_qb.results.sweeps`, also for `point`, which gives the result at one point as `simulate` would.  A point
    at which a method refuses is NaN, has the verdict "reject" and says why.

    Shapes: times (T,) -> (parameters…, [solver,] time, …) with mode, quadrature and quadrature_ where a variable has
    them; attributes that differ from point to point (OF_A_POINT) are variables over the parameters.
    Units: those of the arguments of DopoBattery; times 1/γ_s.
    Raises: TypeError or ValueError before any work starts; what a method raises, if there is no result at any point.
    """
    declare, grid, instants = declaration_of(system), grid_of(system, over), save_times(times)
    require_executor(executor)
    require_progress(progress)
    if not isinstance(common_random_numbers, bool | np.bool_):
        raise TypeError(refusal("common_random_numbers", "True or False", common_random_numbers))
    file = None if checkpoint is None else Checkpoint(checkpoint)
    known = ({} if extend is None else known_points(extend)) | ({} if file is None else file.known)
    former = [each for each in (extend, None if file is None else file.former) if each is not None]
    for each in former:
        grid = grid.snapped(each)
    methods, several = methods_of(PositiveP() if method is None else method, former[0] if former else None)
    require_memory(grid, len(methods), instants, modes=1)
    requests = requests_of(declare, grid, instants, methods, common=common_random_numbers)
    require_memory(grid, len(methods), instants, max(len(request.task.declared.modes) for request in requests))
    require_times(known, requests)
    if file is not None:
        file.refuse_strangers([request.identity for request in requests])
    answers: list[Answer | None] = [known.get(request.identity) for request in requests]
    missing = [number for number, answer in enumerate(answers) if answer is None]
    labels = list(methods) if several else None
    described = _described(system) if isinstance(system, DopoBattery) else {}

    def together() -> xr.Dataset:
        results: list[xr.Dataset | str] = []
        for request, answer in zip(requests, answers, strict=True):
            if isinstance(answer, xr.Dataset):
                answer.attrs["request"] = request.identity
                results.append(answer)
            else:
                results.append(MISSING if answer is None else f"not computed: {answer}")
        swept = combine(grid.axes, labels, results, described)
        return swept.assign_attrs(common_random_numbers=int(common_random_numbers))

    def finished(number: int, answer: Answer) -> None:
        answers[missing[number]] = answer
        if file is not None:
            file.now_and_then(together)

    done = len(requests) - len(missing)
    told = None if progress is None else lambda new, _, left: progress(done + new, len(requests), left)
    try:
        if told is not None:
            told(0, 0, float("nan") if missing else 0.0)
        run_all([requests[number].task for number in missing], executor, told, finished, kept_part)
    except BaseException:
        if file is not None and any(isinstance(answer, xr.Dataset) for answer in answers):
            file.write(together())
        raise
    refused = [answer for answer in answers if isinstance(answer, Exception)]
    if len(refused) == len(answers):
        raise refused[0]
    swept = together()
    if file is not None:
        file.write(swept)
    return swept


def _described(battery: DopoBattery) -> dict[str, tuple[str, str]]:
    """Symbols and units of a battery's parameters; rates are in units of γ_s if the battery says γ_s = 1."""
    own = battery.gamma_s == 1.0
    return {
        name: (symbol, units if own else units.replace(RATE_UNIT, "rate unit"))
        for name, (symbol, units) in battery.PARAMETERS.items()
    }

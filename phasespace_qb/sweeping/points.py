"""What is to be computed at the points of a sweep, and what is known of them from before."""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from phasespace_qb import __version__
from phasespace_qb.errors import refusal
from phasespace_qb.methods import EliminatedSteadyState, Trajectories
from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.phase_space.noise import entropy_of
from phasespace_qb.results.schema import VARIABLES
from phasespace_qb.results.sweeps import KEPT, SOLVER, point, require_sweep, solvers
from phasespace_qb.simulation import Task, as_system, require_method, until
from phasespace_qb.sweeping.grid import Declaration, Grid, at, declared_at, key_of

Array = NDArray[np.float64]


TEXTS = 4096
"""Bytes of the parameters, reasons and hashes of a point."""


class Request(NamedTuple):
    """A task at a point, the label of its method, and a hash of all that decides its result."""

    task: Task
    label: str
    place: dict[str, float]
    identity: str


def methods_of(given: object, former: xr.Dataset | None = None) -> tuple[dict[str, Any], bool]:
    """Methods by label, and whether there is an axis of methods: for a list or a dictionary, not for one alone.

    Each gets a seed: its own, that of a former sweep, or a fresh one.
    Raises: TypeError or ValueError for what is no method, none at all, and two methods of one name.
    """
    several = isinstance(given, Mapping) or (isinstance(given, Sequence) and not isinstance(given, str))
    each: Iterable[tuple[object, object]]
    if isinstance(given, Mapping):
        each = given.items()
    else:
        chosen = [require_method(method) for method in (given if several else [given])]  # type: ignore[attr-defined]
        each = [(method.name, method) for method in chosen]
    methods: dict[str, Any] = {}
    for label, method in each:
        if not isinstance(label, str) or not label:
            raise TypeError(refusal("method", "a dictionary of methods by their labels", label))
        require_method(method)
        if label in methods:
            remedy = 'Give each a label: {"fine": …, "coarse": …}.'
            got = f"an other one, with two of {label}"
            raise ValueError(refusal("method", "a list of different methods", got, remedy))
        if isinstance(method, Trajectories):
            earlier = None if former is None or method.rng is not None else _seed_of(former, label, method.name)
            method = replace(method, rng=entropy_of(method.rng) if earlier is None else earlier)  # noqa: PLW2901
        methods[label] = method
    if not methods:
        raise ValueError(refusal("method", "at least one method", given))
    return methods, several


def requests_of(
    declare: Declaration, grid: Grid, times: Array, methods: Mapping[str, Any], *, common: bool
) -> list[Request]:
    """Every point with every method, methods varying fastest.

    common: whether all points see the same random numbers.  Raises: TypeError or ValueError for a point that cannot be
    declared, and for EliminatedSteadyState of what is no battery.
    """
    requests = []
    for place in grid.points():
        given = declared_at(declare, place)
        declared = as_system(given)
        told = declared.fingerprint(until(times))
        for label, method in methods.items():
            # Two representations on the same numbers would be neither alike nor independent.
            key = () if common else key_of(place, method.name)
            if isinstance(method, EliminatedSteadyState) and not isinstance(given, DopoBattery):
                got = f"an OpenSystem at {at(place)}"
                raise TypeError(refusal("system", "a DopoBattery for EliminatedSteadyState()", got))
            parts = [__version__, type(given).__name__, told, repr(method), repr(key), repr(sorted(place))]
            identity = hashlib.sha256("\0".join(parts).encode() + times.tobytes()).hexdigest()[:32]
            task = Task(given, declared, times, method, point=key)
            requests.append(Request(task, label, place, identity))
    return requests


def known_points(swept: xr.Dataset, argument: str = "extend") -> dict[str, xr.Dataset]:
    """Results of a former sweep by the hash of what decides them; those without numbers are left out.

    Raises: TypeError or ValueError for what is no sweep, or one of which something has been left out.
    """
    names = require_sweep(swept, argument)
    whole = "a sweep as `sweep` returned it"
    if "request" not in swept or "time" not in swept.dims:
        raise ValueError(refusal(argument, whole, "an incomplete one"))
    named = {name for own in json.loads(swept.attrs["variables"]).values() for name in own}
    if lost := sorted(named - set(swept.variables)):
        raise ValueError(refusal(argument, whole, f"an incomplete one, without {lost[0]}"))
    known: dict[str, xr.Dataset] = {}
    labels = solvers(swept)
    values = [swept[name].values for name in names]
    stored = swept["request"].transpose(*names, *([SOLVER] if labels else [])).values
    for index in np.ndindex(stored.shape):
        if stored[index]:
            place = {name: float(own[i]) for name, own, i in zip(names, values, index, strict=False)}
            known[str(stored[index])] = point(swept, solver=labels[index[-1]] if labels else None, **place)
    return known


def require_times(known: Mapping[str, xr.Dataset], requests: Sequence[Request]) -> None:
    """Refuse former results that have been cut: their times are not those that they were made for."""
    for request in requests:
        former = known.get(request.identity)
        if former is not None and not np.array_equal(former["time"].values, request.task.times):
            got = f"an array of {former.sizes['time']} of its {len(request.task.times)} times"
            raise ValueError(refusal("extend", "a sweep as `sweep` returned it", got))


def require_memory(grid: Grid, methods: int, times: Array, modes: int) -> None:
    """Refuse a sweep whose dataset would not fit half of the machine's memory while it is put together."""
    sizes = {"time": len(times), "mode": modes, "quadrature": 2, "quadrature_": 2}
    described = [variable for variable in VARIABLES.values() if set(variable.dims) <= set(KEPT)]
    # A value and four kinds of errors at the most, complex where there is a mode.
    numbers = sum(5 * (1 + ("mode" in v.dims)) * int(np.prod([sizes[d] for d in v.dims])) for v in described)
    needed = 3 * (8 * numbers + TEXTS) * grid.size * methods
    available = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 2**34
    if needed > available / 2:
        must_be = f"a sweep whose results fit {available / 2**31:.3g} GiB"
        got = f"an array of {grid.size:,} points that needs {needed / 2**30:.3g} GiB"
        raise ValueError(refusal("over", must_be, got, "Sweep fewer values or save fewer times."))


def _seed_of(swept: xr.Dataset, label: str, name: str) -> int | None:
    """The seed of a method in a sweep, by its label or else its name; None if there is none."""
    if SOLVER not in swept.dims and swept.attrs.get("method") != name:
        return None
    if "seed" in swept.attrs:
        return int(swept.attrs["seed"])
    if "seed" not in swept:
        return None
    stored = swept["seed"]
    if SOLVER in stored.dims:
        labels = solvers(swept)
        wanted = label if label in labels else name
        if wanted not in labels:
            return None
        stored = stored.isel({SOLVER: labels.index(wanted)})
    texts = [str(text) for text in np.unique(stored.values.astype(str)) if text]
    return int(texts[0]) if len(texts) == 1 else None

"""The points of a sweep: what is varied, what is declared at each, and the key of its random numbers."""

import hashlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from phasespace_qb.errors import refusal, require_one_of
from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.models.system import OpenSystem
from phasespace_qb.results.schema import VARIABLES, base_name
from phasespace_qb.results.sweeps import KEPT, SAME, SOLVER

Array = NDArray[np.float64]
Declared = DopoBattery | OpenSystem
Declaration = Callable[..., Declared]

MOST_POINTS = 1_000_000
RESERVED = (
    *(SOLVER, *KEPT),
    *(
        "swept",
        "variables",
        "random_numbers",
        "request",
        "verdict",
        "verdict_reasons",
        "model",
        "parameters",
        "fingerprint",
    ),
    *("storage_mode", "method", "integrator", "noise", "trajectories", "block_size", "seed", "step", "step_reason"),
    *("steps", "target_stderr", "coefficients_sha256", "dropped_terms", "cutoffs", "tolerance", "about", "command"),
    *("phasespace_qb_version", "numpy_version", "python_version", "common_random_numbers", "title"),
)
"""Names of dimensions and attributes that a result has already."""


@dataclass(frozen=True, eq=False)
class Grid:
    """All combinations of the values of `axes`, the last name varying fastest; values (N,) of each name."""

    axes: dict[str, Array]

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(len(values) for values in self.axes.values())

    @property
    def size(self) -> int:
        return prod(self.shape)

    def snapped(self, former: xr.Dataset) -> "Grid":
        """The same with the values of a former sweep where both differ by rounding, so that their points are one."""
        axes = {}
        for name, values in self.axes.items():
            axes[name] = values
            if name in former.dims and former[name].size:
                known = former[name].values
                nearest = known[np.abs(values[:, None] - known).argmin(axis=1)]
                axes[name] = np.where(np.isclose(values, nearest, rtol=SAME, atol=0.0), nearest, values)
        return Grid(axes)

    def points(self) -> Iterator[dict[str, float]]:
        """The coordinates of every point, in order."""
        for values in product(*self.axes.values()):
            yield dict(zip(self.axes, map(float, values), strict=True))


def declaration_of(system: object) -> Declaration:
    """A function of the swept parameters that declares the system at a point.

    system: a battery, whose `at` it is, or such a function.  Raises: TypeError for anything else.
    """
    if isinstance(system, DopoBattery):
        return system.at
    if callable(system):
        return system
    remedy = "Write a function of what is swept that returns the system." if isinstance(system, OpenSystem) else ""
    raise TypeError(
        refusal("system", "a DopoBattery, or a function that returns the system at a point", system, remedy)
    )


def grid_of(system: DopoBattery | Declaration, over: Mapping[str, ArrayLike]) -> Grid:
    """Check the names and the values that are to be swept.

    Raises: TypeError or ValueError for no names, a name that the system does not take, no values, values that are not
    real and finite or occur twice, and more than a million points.
    """
    if not isinstance(over, Mapping):
        raise TypeError(refusal("over", 'a dictionary, such as {"kappa": [0.25, 0.5]}', over))
    if not over:
        raise ValueError(refusal("over", "about at least one parameter", over))
    names = _names_of(system)
    axes = {}
    for name, values in over.items():
        if names is not None or not isinstance(name, str):
            require_one_of("over", name, names or ())
        if not name.isidentifier() or base_name(name) in VARIABLES or name in RESERVED:
            remedy = "Call the argument of the function something else."
            raise ValueError(refusal("over", "about names that a result does not have already", name, remedy))
        axes[name] = _values(name, values)
    grid = Grid(axes)
    if grid.size > MOST_POINTS:
        raise ValueError(refusal("over", f"at most {MOST_POINTS:,} points", grid.size, "Sweep fewer values."))
    return grid


def _names_of(system: DopoBattery | Declaration) -> tuple[str, ...] | None:
    """What may be swept; None for a function that takes anything."""
    if isinstance(system, DopoBattery):
        return tuple(system.PARAMETERS)
    try:
        parameters = inspect.signature(system).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return None
    by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return tuple(parameter.name for parameter in parameters if parameter.kind in by_name)


def _values(name: str, values: ArrayLike) -> Array:
    must_be = "a list of finite real numbers, each once"
    try:
        given = np.asarray(values)
    except (TypeError, ValueError):
        raise TypeError(refusal(name, must_be, values)) from None
    if np.ma.is_masked(values):
        raise TypeError(refusal(name, must_be, "an array with masked values"))
    if given.size and given.dtype.kind not in "iuf":
        raise TypeError(refusal(name, must_be, f"an array of type {given.dtype}"))
    if given.ndim != 1 or not given.size:
        raise ValueError(refusal(name, must_be, f"an array of shape {given.shape}", "Give a list, also of one value."))
    result = given.astype(np.float64)
    if not np.isfinite(result).all():
        raise ValueError(refusal(name, must_be, float(result[~np.isfinite(result)][0])))
    ordered = np.sort(result)
    twice = np.diff(ordered) <= SAME * np.abs(ordered[1:])
    if twice.any():
        raise ValueError(refusal(name, must_be, f"an array that has {ordered[1:][twice][0]:g} twice"))
    return result


def declared_at(declare: Declaration, point: Mapping[str, float]) -> Declared:
    """The system at a point.  Raises: TypeError or ValueError, which says where, for what is no system."""
    where = at(point)
    try:
        found = declare(**point)
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{error} (At {where}.)") from error
    if not isinstance(found, DopoBattery | OpenSystem):
        raise TypeError(refusal("system", f"a function that returns a DopoBattery or an OpenSystem; at {where}", found))
    return found


def at(point: Mapping[str, Any]) -> str:
    """A point in words."""
    return ", ".join(f"{name} = {value:.6g}" for name, value in point.items())


def key_of(point: Mapping[str, float], method: str) -> tuple[int, ...]:
    """Key of the random numbers of a method at a point: neither the grid nor the order of names and methods count."""
    text = ";".join([method, *(f"{name}={value.hex()}" for name, value in sorted(point.items()))])
    return tuple(np.frombuffer(hashlib.sha256(text.encode()).digest()[:16], "<u4").tolist())

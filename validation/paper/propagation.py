"""What errors of sampled curves make of numbers that are read off them, and whether sampled curves are right."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from validation.evidence import Comparison, compare
from validation.paper.choices import Charged, Estimate
from validation.paper.computing import Result
from validation.paper.intervals import reach
from validation.paper.runs import UNCERTAIN, curve

Array = NDArray[np.float64]


def worst_case(choice: Callable[[Charged], tuple[float, ...]], result: Result, name: str) -> list[Estimate]:
    """Numbers that a choice reads off one curve of a run; after ± stands the bound Σ_j |∂f/∂v_j| (tσ_j + b_j).

    tσ_j: halves of 95 % intervals, b_j: known bounds.  Values of one run at several times are made of the same
    trajectories; this holds whatever their correlation is.
    """
    _, values, error, known = curve(result, name)
    found = np.array(choice(_always(result)))
    total = np.zeros_like(found)
    for index in np.flatnonzero(sizes := reach(error, known)):
        moved = values.copy()
        moved[index] += sizes[index]
        total += np.abs(np.array(choice(_always(result | {name: result[name] | {"value": moved}}))) - found)
    return [Estimate(float(value), float(size)) for value, size in zip(found, total, strict=True)]


def _always(result: Result) -> Charged:
    return lambda _: result


def independent(
    read: Callable[[Array], tuple[float, ...]], values: ArrayLike, errors: ArrayLike, known: ArrayLike
) -> list[Estimate]:
    """Numbers made of independent values with standard errors and known bounds, (K,) each.

    After ± stands t √Σ_k (∂f/∂v_k σ_k)² + Σ_k |∂f/∂v_k b_k|.
    """
    given = np.asarray(values, dtype=np.float64)
    found, units = np.array(read(given)), np.eye(len(given))

    def shifts(sizes: ArrayLike) -> Array:
        steps = np.asarray(sizes, dtype=np.float64)[:, None] * units
        return np.array([np.array(read(given + step)) - found for step in steps])

    total = reach(np.sqrt(np.sum(shifts(errors) ** 2, axis=0)), np.abs(shifts(known)).sum(axis=0))
    return [Estimate(float(value), float(size)) for value, size in zip(found, total, strict=True)]


def compare_runs(
    quantity: str,
    found: Result,
    expected: Result,
    wrong: Result,
    name: str,
    *,
    per_time: bool = False,
    unit: str = "ħω_s",
) -> list[Comparison]:
    """One of QUANTITIES by positive-P against the master equation, at every time that the former was saved.

    wrong: the master equation with the error of the control.  per_time: compare W/t; 0/0 at t = 0 is left out.
    Raises: ValueError if the other runs were not saved at all of these times.
    """
    times, values, error, known = curve(found, name)
    (right, bounds), (planted, _) = (_at(run, name, times) for run in (expected, wrong))
    bounds = bounds + UNCERTAIN * np.abs(right)
    kept = times > 0 if per_time else np.ones(len(times), dtype=bool)
    scale = 1 / times[kept] if per_time else np.ones(len(times))
    return list(
        compare(
            f"{quantity}, positive-P against the master equation",
            scale * values[kept],
            scale * right[kept],
            error=scale * error[kept],
            known=scale * (known + bounds)[kept],
            wrong=scale * planted[kept],
            unit=unit,
            axis=times[kept],
            axis_name="time t (1/γ_s)",
        )
    )


def _at(run: Result, name: str, times: Array) -> tuple[Array, Array]:
    saved, values, _, known = curve(run, name)
    where = np.abs(saved[:, None] - times).argmin(axis=0)
    if np.abs(saved[where] - times).max() > 1e-6:
        raise ValueError(f"{name} was not saved at all of the {len(times)} times of the other route")
    return values[where], known[where]

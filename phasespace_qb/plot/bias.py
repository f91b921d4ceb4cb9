"""Where a photon number is wrong: off from an exact result by more than all that is known of its errors."""

import json
from collections.abc import Iterable
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from phasespace_qb.errors import refusal
from phasespace_qb.plot.style import require_variables
from phasespace_qb.results.schema import VERDICTS

Mask = NDArray[np.bool_]

TOO_MANY = 4.0
"""Standard errors beyond which a difference is no accident, even among many times."""
ROUNDING = 1e-9


def all_of(reference: xr.Dataset | Iterable[xr.Dataset]) -> tuple[xr.Dataset, ...]:
    """Exact results, one or several, as a tuple.

    Raises: TypeError for what is no result, ValueError for one without energy or at an instant.
    """
    given = (reference,) if isinstance(reference, xr.Dataset) or not isinstance(reference, Iterable) else reference
    results = tuple(given)
    for result in results:
        if not isinstance(result, xr.Dataset):
            raise TypeError(refusal("reference", "exact results of `simulate` or `load`", result))
        require_variables(result, "energy")
    return results


def reference_of(run: xr.Dataset, exact: tuple[xr.Dataset, ...]) -> xr.Dataset | None:
    """The exact result of the same parameters and times as `run`; None if no exact results are given.

    Raises: ValueError if none belongs to `run`, or if nothing is known of the sampling errors of `run`.
    """
    if not exact:
        return None
    _require_error_bars(run)
    same = [result for result in exact if _declared(result) == _declared(run)]
    if not same:
        parameters = ", ".join(f"{name} = {value}" for name, value in _declared(run)[1].items())
        got = f"an incomplete list: nothing for {parameters}"
        raise ValueError(refusal("reference", "exact results, one for each run", got))
    times = run["time"].values
    for result in same:
        if result.sizes["time"] == len(times) and np.allclose(result["time"], times, rtol=1e-9, atol=1e-12):
            return result
    remedy = "Give both the same `times`."
    raise ValueError(refusal("reference", "saved at the times of the run", "an array of other times", remedy))


def _require_error_bars(run: xr.Dataset) -> None:
    """Refuse a run that never stated a sampling error, although it is not rejected: nothing could be called wrong."""
    if "energy_stderr" not in run or np.isfinite(run["energy_stderr"]).any():
        return
    if (~numberless(run) & (run["verdict_by_time"].values < VERDICTS.index("reject"))).any():
        remedy = "Use 2,560 trajectories or more, or leave `reference` out."
        raise ValueError(refusal("runs", "results with error bars, to be held to a reference", "an other one", remedy))


def biased(run: xr.Dataset, exact: xr.Dataset | None) -> Mask:
    """Times at which a run is off by more than its other errors and four standard errors, (T,).

    Where a run has withdrawn an error, the last that it stated is taken for it.
    """
    if exact is None:
        return np.zeros(run.sizes["time"], dtype=bool)
    value, true = run["energy"].values, exact["energy"].values
    allowed = ROUNDING + ROUNDING * np.abs(true) + TOO_MANY * _last_stated(run, "_stderr")
    for result in (run, exact):
        for suffix in ("_step_error", "_cutoff_error", "_estimator_error"):
            allowed = allowed + _last_stated(result, suffix)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(value - true) > allowed)


def numberless(run: xr.Dataset) -> Mask:
    """Times at which a run has no photon number, (T,)."""
    return np.asarray(~np.isfinite(run["energy"].values))


def _last_stated(result: xr.Dataset, suffix: str) -> NDArray[np.float64]:
    """An error of the photon number, (T,); zero if the result has none of this kind, NaN until one is stated."""
    name = f"energy{suffix}"
    if name not in result:
        return np.zeros(result.sizes["time"])
    errors = np.asarray(result[name].values, dtype=float)
    stated = np.maximum.accumulate(np.where(np.isfinite(errors), np.arange(len(errors)), -1))
    return np.where(stated >= 0, errors[stated], np.nan)


def _declared(result: xr.Dataset) -> tuple[Any, dict[str, Any]]:
    """Model and parameters of a result."""
    return result.attrs.get("model"), json.loads(result.attrs.get("parameters", "{}"))

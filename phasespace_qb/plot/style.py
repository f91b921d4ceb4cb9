"""What all pictures share: colours, words, line styles, error bands, titles, and the check at the door."""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from phasespace_qb.conventions import TIME_UNIT
from phasespace_qb.errors import refusal
from phasespace_qb.results.schema import VARIABLES

# Okabe and Ito's palette: distinguishable with any colour vision and in grey.
COLOURS = {
    "energy": "#000000",
    "ergotropy": "#0072B2",
    "ergotropy_coherent": "#D55E00",
    "ergotropy_incoherent": "#009E73",
    "charging_power": "#CC79A7",
}
WORDS = {
    "energy": "stored energy $E$",
    "ergotropy": "ergotropy $W$",
    "ergotropy_coherent": "coherent part $W^c$",
    "ergotropy_incoherent": "incoherent part $W^i$",
    "charging_power": "average power $P = W/t$",
}
RUNS = ("#0072B2", "#D55E00", "#009E73", "#000000", "#CC79A7")
"""Colours where runs, not quantities, are told apart."""
LINES = ("-", "--", ":", "-.")
STYLE: Any = {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False}


def half_width(run: xr.Dataset, name: str) -> NDArray[np.float64]:
    """Half width of the error band: two standard errors plus the errors of estimator, step and cutoff; NaN counts as 0.

    Shape: that of the variable.
    """
    error = np.zeros(run[name].shape)
    for suffix, weight in (("_stderr", 2.0), ("_estimator_error", 1.0), ("_step_error", 1.0), ("_cutoff_error", 1.0)):
        if f"{name}{suffix}" in run:
            error = error + weight * np.nan_to_num(run[f"{name}{suffix}"].values)
    return error


def save_times(run: xr.Dataset, times: ArrayLike | None = None, most: int = 4) -> list[int]:
    """Positions of the save times nearest to `times`; unless given, `most` spread over the run, its last among them.

    Raises: ValueError if a time lies outside the run, or there are more than `most`.
    """
    saved = run["time"].values
    if times is None:
        # The start is vacuum more often than not: shown only where all times are.
        spread = np.linspace(0, len(saved) - 1, most + 1).round()[1:]
        return list(range(len(saved))) if len(saved) <= most else [int(position) for position in spread]
    asked = np.atleast_1d(np.asarray(times, dtype=float))
    if asked.ndim != 1 or not 1 <= asked.size <= most:
        raise ValueError(refusal("times", f"one to {most} save times", times))
    if not np.all((asked >= saved.min()) & (asked <= saved.max())):
        raise ValueError(refusal("times", f"between {saved.min():g} and {saved.max():g}, as the run was", times))
    return [int(np.abs(saved - time).argmin()) for time in asked]


def instant(run: xr.Dataset, time: float) -> str:
    """A time as a title has it."""
    symbol = r"\gamma_s t" if in_own_units(run) else "t"
    return f"${symbol} = {time:.3g}$"


def in_own_units(run: xr.Dataset) -> bool:
    """Whether rates are in units of γ_s, the loss of the battery."""
    return bool(run["time"].attrs.get("units", TIME_UNIT) == TIME_UNIT)


def method_of(run: xr.Dataset) -> str:
    """The method as a legend has it."""
    return str(run.attrs.get("method", "run"))


def require_runs(runs: tuple[xr.Dataset, ...], *names: str) -> None:
    """Refuse no run at all, and each that `require_variables` refuses."""
    if not runs:
        raise ValueError(refusal("runs", "one result or more", runs))
    for run in runs:
        require_variables(run, *names)


def heading(run: xr.Dataset) -> str:
    """What was simulated, and by how many trajectories."""
    parts = [str(run.attrs.get("title", run.attrs.get("model", "")))]
    if "trajectories" in run.attrs:
        parts.append(f"{int(run.attrs['trajectories']):,} {run.attrs['method']} trajectories")
    return ", ".join(part for part in parts if part)


def require_variables(run: xr.Dataset, *names: str) -> None:
    """Refuse what is no result, lacks one of these variables, or has an instant where a picture needs a stretch.

    Raises: TypeError for what is no dataset, ValueError for one that lacks variables or their first dimension.
    """
    if not isinstance(run, xr.Dataset):
        raise TypeError(refusal("run", "a result of `simulate` or `load`", run))
    missing = [name for name in names if name not in run]
    if missing:
        raise ValueError(refusal("run", f"a result with {', '.join(missing)}", f"an incomplete one: {list(run)}"))
    for name in names:
        for along in VARIABLES[name].dims[:1]:
            if along not in run[name].dims:
                remedy = f"Keep it: isel({along}=[i])."
                raise ValueError(refusal("run", f"a result over `{along}`", "an instant", remedy))

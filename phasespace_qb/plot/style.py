"""What all pictures share: colours, words, line styles, error bands, titles, and the check at the door."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike, NDArray

from phasespace_qb.conventions import TIME_UNIT
from phasespace_qb.errors import refusal, require_numbers
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
PICTURES = {
    "charging": "charging_power",
    "discharge": "load_ergotropy",
    "number_distribution": "number_distribution",
    "wigner": "density_matrix",
    "phase_portrait": "portrait_histogram",
    "switch_off": "best_switch_off",
    "energy_balance": "balance_residual",
    "cycles": "best_charge",
}
"""Pictures of one result, and the variable without which there is none."""
RUNS = ("#0072B2", "#D55E00", "#009E73", "#000000", "#CC79A7")
"""Colours where runs, not quantities, are told apart."""
LINES = ("-", "--", ":", "-.")
UNKNOWN: Any = (0, (1, 2.5))
"""Dots instead of a line and its band, where a value is known and its error is not."""
UNKNOWN_WORDS = "dotted: no error known"
STYLE: Any = {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False}


def given_axes(ax: Any) -> NDArray[Any]:
    """Axes that a caller gives as `ax`, one or an array of them, as an array.

    Raises: TypeError for anything else.
    """
    given = np.atleast_1d(np.asarray(ax, dtype=object))
    if not given.size or not all(isinstance(each, Axes) for each in given.ravel()):
        raise TypeError(refusal("ax", "matplotlib axes, or an array of them", ax))
    return given


def two_panels(ax: Any, size: tuple[float, float], heights: tuple[int, int]) -> tuple[Figure, Any]:
    """Figure and two axes, one above the other with a common time: those given as `ax`, or new ones.

    Raises: TypeError for what are no axes, ValueError for other than two.
    """
    if ax is None:
        return plt.subplots(2, 1, figsize=size, sharex=True, height_ratios=heights, layout="constrained")
    axes = given_axes(ax)
    if len(axes) != 2:
        raise ValueError(refusal("ax", "two axes", ax))
    return axes[0].figure, axes


def half_width(run: xr.Dataset, name: str) -> NDArray[np.float64]:
    """Half width of the error band: two standard errors plus the errors of estimator, step and cutoff.

    NaN where one of those that the result has is not finite: the error is not known there.  Shape: the variable's.
    """
    error = np.zeros(run[name].shape)
    for suffix, weight in (("_stderr", 2.0), ("_estimator_error", 1.0), ("_step_error", 1.0), ("_cutoff_error", 1.0)):
        if f"{name}{suffix}" in run:
            error = error + weight * run[f"{name}{suffix}"].values
    return np.where(np.isfinite(error), error, np.nan)


def banded(
    axes: Axes,
    x: NDArray[np.float64],
    value: NDArray[np.float64],
    error: NDArray[np.float64],
    colour: str,
    line: str = "-",
    label: str | None = None,
) -> bool:
    """Draw a curve with its error band, and dots without a band where the error is NaN.

    Shapes: x, value, error (N,).  Returns whether there are such dots.
    """
    unknown = np.isfinite(value) & np.isnan(error)
    axes.plot(x, np.where(unknown, np.nan, value), line, lw=1.4, color=colour, label=label)
    if np.nan_to_num(error).any():
        axes.fill_between(x, value - error, value + error, color=colour, alpha=0.25, lw=0)
    if unknown.any():
        # The dots reach the neighbours, so that one point alone is seen and the curve has no gaps.
        beside = np.convolve(unknown, [1, 1, 1], mode="full")[1:-1] > 0
        axes.plot(x, np.where(beside, value, np.nan), ls=UNKNOWN, lw=1.4, color=colour)
    return bool(unknown.any())


def note_unknown(axes: Axes) -> Line2D:
    """Let the legend of these axes say what the dots are; to be called before the legend is made."""
    return axes.plot([], [], ls=UNKNOWN, lw=1.4, color="0.4", label=UNKNOWN_WORDS)[0]


def nearest(saved: NDArray[np.float64], time: float) -> int:
    """Position of the save time nearest to `time`; ∞ is nearest to itself."""
    same = np.flatnonzero(saved == time)
    return int(same[0]) if len(same) else int(np.abs(saved - time).argmin())


def save_times(run: xr.Dataset, times: ArrayLike | None = None, most: int = 4) -> list[int]:
    """Positions of the save times nearest to `times`; unless given, `most` spread over the run, its last among them.

    Raises: TypeError for what are no numbers, ValueError if a time lies outside the run, or there are more than `most`.
    """
    saved = run["time"].values
    if times is None:
        # The start is vacuum more often than not: shown only where all times are.
        spread = np.linspace(0, len(saved) - 1, most + 1).round()[1:]
        return list(range(len(saved))) if len(saved) <= most else [int(position) for position in spread]
    must_be = f"one to {most} save times"
    asked = np.atleast_1d(require_numbers("times", times, must_be))
    if asked.ndim != 1 or not 1 <= asked.size <= most:
        raise ValueError(refusal("times", must_be, times))
    if not np.all((asked >= saved.min()) & (asked <= saved.max())):
        raise ValueError(refusal("times", f"between {saved.min():g} and {saved.max():g}, as the run was", times))
    return [nearest(saved, float(time)) for time in asked]


def instant(run: xr.Dataset, time: float) -> str:
    """A time as a title has it."""
    symbol = r"\gamma_s t" if in_own_units(run) else "t"
    return rf"${symbol} = \infty$" if np.isinf(time) else f"${symbol} = {time:.3g}$"


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


def heading(run: xr.Dataset, *others: xr.Dataset) -> str:
    """What was simulated, by how many trajectories, and every verdict that is not "trust"."""
    parts = [str(run.attrs.get("title", run.attrs.get("model", "")))]
    if "trajectories" in run.attrs:
        parts.append(f"{int(run.attrs['trajectories']):,} {run.attrs['method']} trajectories")
    return "\n".join(line for line in (", ".join(part for part in parts if part), warning(run, *others)) if line)


def warning(*runs: xr.Dataset) -> str:
    """The verdicts that are not "trust", with the method where there are several runs."""
    methods = [f" ({method_of(run)})" if len(runs) > 1 else "" for run in runs]
    verdicts = [run.attrs.get("verdict", "trust") for run in runs]
    pairs = zip(verdicts, methods, strict=True)
    return ", ".join(dict.fromkeys(f"verdict: {verdict}{method}" for verdict, method in pairs if verdict != "trust"))


def require_variables(run: xr.Dataset, *names: str) -> None:
    """Refuse what is no result, lacks one of these variables, or has an instant where a picture needs a stretch.

    Raises: TypeError for what is no dataset, ValueError for one that lacks variables or their first dimension.
    """
    if not isinstance(run, xr.Dataset):
        raise TypeError(refusal("run", "a result of `simulate` or `load`", run))
    missing = [name for name in names if name not in run]
    if missing:
        others = [
            f"plot.{picture}" for picture, needed in PICTURES.items() if needed in run and not _several(run, needed)
        ]
        remedy = f"Of this result there is {' or '.join(others)}." if others else ""
        if "charging_power" in missing and "energy" in run:
            remedy = f"A steady state, or a branch of linear theory, has no charging curve. {remedy}".strip()
        raise ValueError(refusal("run", f"a result with {', '.join(missing)}", f"an other one ({_kind(run)})", remedy))
    for name in names:
        if several := _several(run, name):
            got = f"an array of them over {', '.join(several)}"
            raise ValueError(refusal("run", "one result", got, "Take one of a sweep with `point`."))
        for along in VARIABLES[name].dims[:1]:
            if along not in run[name].dims:
                remedy = f"Keep it: isel({along}=[i])."
                raise ValueError(refusal("run", f"a result over `{along}`", "an instant", remedy))


def _several(run: xr.Dataset, name: str) -> list[str]:
    """Dimensions of a variable that no single result has; a picture's own variable may have any."""
    own = VARIABLES[name].dims if name in VARIABLES else run[name].dims
    return [str(dim) for dim in run[name].dims if dim not in own]


def _kind(run: xr.Dataset) -> str:
    return str(run.attrs.get("method", "no result of a method"))

"""Pictures of results: datasets in, (figure, axes) out.  Nothing here computes physics."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from phasespace_qb.conventions import POWER_UNIT
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
LINES = ("-", "--", ":", "-.")
MARKED = ("energy", "ergotropy", "ergotropy_coherent", "ergotropy_incoherent")
STYLE: Any = {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False}


def charging(*runs: xr.Dataset, ax: Any = None) -> tuple[Figure, Any]:
    """Energy, ergotropy with its parts, and average charging power over time.

    Bands are ± 2 standard errors plus the errors of estimator, step and cutoff.  Several runs differ by line style.
    ax: two axes (energies, power) to draw on; a new figure unless given.  Returns (figure, both axes).
    Raises: ValueError if a run lacks the variables.
    """
    if not runs:
        raise ValueError(refusal("runs", "one result or more", runs))
    for run in runs:
        _require(run, *MARKED, "charging_power")
    with plt.rc_context(STYLE):
        if ax is None:
            figure, axes = plt.subplots(
                2, 1, figsize=(5.0, 5.4), sharex=True, height_ratios=(2, 1), layout="constrained"
            )
        else:
            axes = np.atleast_1d(ax)
            if len(axes) != 2:
                raise ValueError(refusal("ax", "two axes", ax))
            figure = axes[0].figure
        for run, line in zip(runs, LINES * len(runs), strict=False):
            suffix = f" ({run.attrs.get('method', 'run')})" if len(runs) > 1 else ""
            for name in MARKED:
                _curve(axes[0], run, name, line, suffix)
            _curve(axes[1], run, "charging_power", line, suffix)
            if "maximum_power" in run:
                axes[1].plot(
                    run.maximum_power_time, run.maximum_power, "o", ms=4, mfc="white", color=COLOURS["charging_power"]
                )
        own = runs[0]["charging_power"].attrs.get("units", POWER_UNIT) == POWER_UNIT
        axes[0].set_ylabel(r"energy / $\hbar\omega_s$")
        axes[1].set_ylabel(r"$P$ / $\hbar\omega_s\gamma_s$" if own else r"$P$ / ($\hbar\omega_s \times$ rate unit)")
        axes[1].set_xlabel(f"time {runs[0]['time'].attrs.get('symbol', '$t$')}")
        axes[0].legend(ncols=1 if len(runs) == 1 else 2, loc="best", fontsize=8)
        axes[1].legend(
            loc="lower right", fontsize=8, title="bands: ±2 standard errors + all other errors", title_fontsize=7
        )
        axes[1].set_ylim(bottom=0)
        axes[0].set_title(_title(runs[0]), fontsize=9)
        for panel in axes:
            panel.margins(x=0.01)
    return figure, axes


def phase_portrait(run: xr.Dataset, ax: Any = None) -> tuple[Figure, Any]:
    """Where the trajectories are: the first 2 000 as points, and all of them as a histogram, at up to eight times.

    ax: an array of axes, one for points and one for the histogram of each time; a new figure unless given.
    Returns (figure, axes of shape (2, times)).  Raises: ValueError if the run kept no trajectories.
    """
    _require(run, "portrait_samples", "portrait_histogram")
    times = run["portrait_time"].values
    with plt.rc_context(STYLE):
        if ax is None:
            columns = min(4, len(times))
            bands = -(-len(times) // columns)
            figure, grid = plt.subplots(
                2 * bands,
                columns,
                figsize=(0.4 + 1.75 * columns, 0.5 + 3.3 * bands),
                sharex=True,
                sharey=True,
                squeeze=False,
                layout="constrained",
            )
            points = grid[0::2].ravel()[: len(times)]
            cells = grid[1::2].ravel()[: len(times)]
            for unused in [*grid[0::2].ravel()[len(times) :], *grid[1::2].ravel()[len(times) :]]:
                unused.set_visible(False)
        else:
            given = np.asarray(ax, dtype=object)
            if given.shape != (2, len(times)):
                raise ValueError(refusal("ax", f"an array of axes of shape (2, {len(times)})", given.shape))
            points, cells = given
            figure = points[0].figure
        # Not the start: all trajectories in one cell would use up the scale.
        largest = max(float(run["portrait_histogram"][-1].max()), 2.0)
        reach = _reach(run)
        image: Any = None
        for index, t in enumerate(times):
            sample = run["portrait_samples"].isel(portrait_time=index).values
            points[index].plot(sample[:, 0], sample[:, 1], ".", ms=1.5, alpha=0.5, mew=0, color=COLOURS["ergotropy"])
            unit = r"\gamma_s t" if "gamma" in run["portrait_time"].attrs.get("units", "") else "t"
            points[index].set_title(rf"${unit} = {t:.3g}$", fontsize=9)
            counts = run["portrait_histogram"].isel(portrait_time=index)
            image = cells[index].pcolormesh(
                counts["bin"],
                counts["bin_"],
                np.ma.masked_equal(counts.values.T, 0),
                norm=LogNorm(1, largest),
                cmap="cividis",
                rasterized=True,
            )
            for axes in (points[index], cells[index]):
                axes.set_aspect("equal")
                axes.set(xlim=(-reach, reach), ylim=(-reach, reach))
        second = str(run["coordinate"].values[1])
        horizontal = r"$\mathrm{Re}\,\alpha e^{-i\varphi}$"
        vertical = (
            r"$\mathrm{Re}\,\alpha^+e^{i\varphi}$" if "plus" in second else r"$\mathrm{Im}\,\alpha e^{-i\varphi}$"
        )
        for axes in (*points, *cells):
            shown = axes.get_subplotspec()
            if shown is None or shown.is_last_row():
                axes.set_xlabel(horizontal)
            if shown is None or shown.is_first_col():
                axes.set_ylabel(vertical)
        figure.colorbar(image, ax=list(cells), label="trajectories per cell", shrink=0.8)
        figure.suptitle(_title(run), fontsize=9)
    return figure, np.array([points, cells])


def _curve(axes: Axes, run: xr.Dataset, name: str, line: str, suffix: str) -> None:
    time, value = run["time"].values, run[name].values
    error = np.zeros_like(value)
    if f"{name}_stderr" in run:
        error = error + 2 * np.nan_to_num(run[f"{name}_stderr"].values)
    for kind in ("_estimator_error", "_step_error", "_cutoff_error"):
        if f"{name}{kind}" in run:
            error = error + np.nan_to_num(run[f"{name}{kind}"].values)
    label = WORDS[name] + suffix
    axes.plot(time, value, line, lw=1.4, color=COLOURS[name], label=label)
    axes.fill_between(time, value - error, value + error, color=COLOURS[name], alpha=0.25, lw=0)


def _reach(run: xr.Dataset) -> float:
    """Half width of a square that holds all occupied cells."""
    occupied = run["portrait_histogram"].sum("portrait_time").values > 0
    edges = np.abs(run["bin"].values)
    used = edges[occupied.any(axis=1) | occupied.any(axis=0)]
    width = float(run["bin"].values[1] - run["bin"].values[0])
    return float(used.max(initial=0.0)) + 2 * width


def _title(run: xr.Dataset) -> str:
    parts = [str(run.attrs.get("title", run.attrs.get("model", "")))]
    if "trajectories" in run.attrs:
        parts.append(f"{int(run.attrs['trajectories']):,} {run.attrs['method']} trajectories")
    return ", ".join(part for part in parts if part)


def _require(run: xr.Dataset, *names: str) -> None:
    if not isinstance(run, xr.Dataset):
        raise TypeError(refusal("run", "a result of `simulate` or `load`", run))
    missing = [name for name in names if name not in run]
    if missing:
        raise ValueError(refusal("run", f"a result with {', '.join(missing)}", f"an incomplete one: {list(run)}"))
    for name in names:
        along = VARIABLES[name].dims[0]
        if along not in run[name].dims:
            raise ValueError(refusal("run", f"a result over `{along}`", "an instant", f"Keep it: isel({along}=[i])."))

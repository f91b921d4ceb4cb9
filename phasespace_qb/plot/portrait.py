"""Trajectories in the plane of two phase-space coordinates."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from phasespace_qb.errors import refusal
from phasespace_qb.plot.style import COLOURS, STYLE, given_axes, heading, require_variables


def phase_portrait(run: xr.Dataset, ax: Any = None) -> tuple[Figure, Any]:
    """Where the trajectories are: the first 2 000 as points, and all of them as a histogram, at up to eight times.

    ax: an array of axes, one for points and one for the histogram of each time; a new figure unless given.
    Returns (figure, axes of shape (2, times)).
    Raises: TypeError for what is no dataset, ValueError if the run kept no trajectories.
    """
    require_variables(run, "portrait_samples", "portrait_histogram")
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
            given = given_axes(ax)
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
        figure.suptitle(heading(run), fontsize=9)
    return figure, np.array([points, cells])


def _reach(run: xr.Dataset) -> float:
    """Half width of a square that holds all occupied cells."""
    occupied = run["portrait_histogram"].sum("portrait_time").values > 0
    edges = np.abs(run["bin"].values)
    used = edges[occupied.any(axis=1) | occupied.any(axis=0)]
    width = float(run["bin"].values[1] - run["bin"].values[0])
    return float(used.max(initial=0.0)) + 2 * width

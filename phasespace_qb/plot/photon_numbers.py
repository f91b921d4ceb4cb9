"""The photon number distribution: its body and, on a logarithmic scale, its tail."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from phasespace_qb.errors import refusal
from phasespace_qb.plot.style import (
    LINES,
    RUNS,
    STYLE,
    UNKNOWN,
    given_axes,
    half_width,
    heading,
    instant,
    method_of,
    note_unknown,
    require_runs,
    save_times,
)

FLOOR = 1e-14
"""Lowest probability on the logarithmic scale: below it is rounding."""
BODY = 0.005
"""What the linear scale shows of the largest probability; beyond, only the logarithmic one does."""


def number_distribution(*runs: xr.Dataset, times: ArrayLike | None = None, ax: Any = None) -> tuple[Figure, Any]:
    """p_n of the storage mode at up to four save times, linear (left) and logarithmic (right) up to the cutoff.

    A cutoff is high enough if the logarithmic tail falls steeply to the last n; one that is too low cuts it off, or
    bends it.  Bands are ± 2 standard errors plus the errors of estimator, step and cutoff; dots where these are not
    known.  The first run is filled, the others differ by line style and colour.

    runs: results that have a `number_distribution`.
    times: units as the runs have them, 1/γ_s; the nearest save times are shown, four spread over the first run unless
    given.
    ax: axes of shape (times, 2) to draw on; a new figure unless given.  Returns (figure, axes of shape (times, 2)).
    Raises: TypeError for what is no dataset and no times, ValueError if one lacks `number_distribution` or is
    shorter than `times`.
    """
    require_runs(runs, "number_distribution")
    shown = runs[0]["time"].values[save_times(runs[0], times)]
    positions = [save_times(run, shown) for run in runs]
    with plt.rc_context(STYLE):
        if ax is None:
            figure, axes = plt.subplots(
                len(shown),
                2,
                figsize=(4.2, 0.8 + 1.25 * len(shown)),
                sharex="col",
                squeeze=False,
                layout="constrained",
            )
            figure.suptitle(heading(*runs), fontsize=9)
        else:
            axes = given_axes(ax)
            if axes.shape != (len(shown), 2):
                raise ValueError(refusal("ax", f"an array of axes of shape ({len(shown)}, 2)", axes.shape))
            figure = axes[0, 0].figure
        dotted = False
        for index, (run, at) in enumerate(zip(runs, positions, strict=True)):
            for row, position in zip(axes, at, strict=True):
                dotted |= _steps(row[0], run.isel(time=position), index)
                _steps(row[1], run.isel(time=position), index, resolved_only=True)
        pairs = list(zip(runs, positions, strict=True))
        body, last = max(_last_of_body(*pair) for pair in pairs), max(float(run["n"].max()) for run in runs)
        lowest = max(FLOOR, 0.1 * min(_smallest(*pair) for pair in pairs))
        for row, time in zip(axes, shown, strict=True):
            row[0].set(xlim=(-0.8, body + 0.8), ylabel="$p_n$")
            row[0].set_ylim(bottom=0)
            row[1].set(xlim=(-0.8, last + 0.8), ylim=(lowest, 3), yscale="log")
            row[0].set_title(instant(runs[0], float(time)), loc="right", fontsize=9, pad=2)
        for panel in axes[-1]:
            panel.set_xlabel("photon number $n$")
        if dotted:
            axes[0, 0].legend(handles=[note_unknown(axes[0, 0])], fontsize=7, loc="upper right")
        if len(runs) > 1:
            axes[0, 1].legend(fontsize=8, loc="upper right")
    return figure, axes


def _steps(panel: Axes, run: xr.Dataset, index: int, resolved_only: bool = False) -> bool:
    n, p, error = run["n"].values, run["number_distribution"].values, half_width(run, "number_distribution")
    edges = np.append(n - 0.5, n[-1] + 0.5)
    colour, line = RUNS[index % len(RUNS)], LINES[index % len(LINES)]
    unknown = np.isfinite(p) & np.isnan(error)
    # What is not larger than its error has no logarithm worth a line; the band says how large it may be.
    height = np.where(unknown | ((p > np.nan_to_num(error)) if resolved_only else True), p, np.nan)
    if index == 0:
        panel.stairs(height, edges, fill=True, color=colour, alpha=0.3, lw=0)
    shown = np.where(unknown, np.nan, height)
    panel.stairs(shown, edges, baseline=None, color=colour, ls=line, lw=1.1, label=method_of(run))
    if unknown.any():
        panel.stairs(np.where(unknown, height, np.nan), edges, baseline=None, color=colour, ls=UNKNOWN, lw=1.1)
    if np.nan_to_num(error).any():
        lower, upper = p - error, p + error
        if resolved_only:
            lower, upper = np.maximum(lower, FLOOR), np.maximum(p, 0) + error
        panel.stairs(upper, edges, baseline=lower, fill=True, color=colour, alpha=0.25, lw=0)
    return bool(unknown.any())


def _last_of_body(run: xr.Dataset, at: list[int]) -> float:
    """Largest n on the linear scale; at least 4."""
    p = run["number_distribution"].values[at]
    return float(run["n"].values[(p > BODY * p.max(axis=1, keepdims=True)).any(axis=0)].max(initial=4))


def _smallest(run: xr.Dataset, at: list[int]) -> float:
    """Smallest probability that this run can tell from zero."""
    p, error = run["number_distribution"].values[at], np.nan_to_num(half_width(run, "number_distribution")[at])
    return float(p[(p > error) & (p > 0)].min(initial=1.0))

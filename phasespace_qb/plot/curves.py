"""Energies, ergotropy and power over time."""

from typing import Any

import matplotlib.pyplot as plt
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from phasespace_qb.conventions import POWER_UNIT
from phasespace_qb.plot.style import (
    COLOURS,
    LINES,
    STYLE,
    WORDS,
    banded,
    half_width,
    heading,
    method_of,
    note_unknown,
    require_runs,
    two_panels,
)

MARKED = ("energy", "ergotropy", "ergotropy_coherent", "ergotropy_incoherent")


def charging(*runs: xr.Dataset, ax: Any = None) -> tuple[Figure, Any]:
    """Energy, ergotropy with its parts, and average charging power over time.

    Bands are ± 2 standard errors plus the errors of estimator, step and cutoff; dots where these are not known.
    Several runs differ by line style.
    ax: two axes (energies, power) to draw on; a new figure unless given.  Returns (figure, both axes).
    Raises: TypeError for what is no dataset, ValueError for no runs, or one that lacks the variables.
    """
    require_runs(runs, *MARKED, "charging_power")
    with plt.rc_context(STYLE):
        figure, axes = two_panels(ax, (5.0, 5.4), (2, 1))
        dotted = [False, False]
        for run, line in zip(runs, LINES * len(runs), strict=False):
            suffix = f" ({method_of(run)})" if len(runs) > 1 else ""
            for name in MARKED:
                dotted[0] |= _curve(axes[0], run, name, line, suffix)
            dotted[1] |= _curve(axes[1], run, "charging_power", line, suffix)
            if "maximum_power" in run:
                axes[1].plot(
                    run.maximum_power_time, run.maximum_power, "o", ms=4, mfc="white", color=COLOURS["charging_power"]
                )
        own = runs[0]["charging_power"].attrs.get("units", POWER_UNIT) == POWER_UNIT
        axes[0].set_ylabel(r"energy / $\hbar\omega_s$")
        axes[1].set_ylabel(r"$P$ / $\hbar\omega_s\gamma_s$" if own else r"$P$ / ($\hbar\omega_s \times$ rate unit)")
        axes[1].set_xlabel(f"time {runs[0]['time'].attrs.get('symbol', '$t$')}")
        for panel in axes[dotted]:
            note_unknown(panel)
        axes[0].legend(ncols=1 if len(runs) == 1 else 2, loc="best", fontsize=8)
        axes[1].legend(
            loc="lower right", fontsize=8, title="bands: ±2 standard errors + all other errors", title_fontsize=7
        )
        axes[1].set_ylim(bottom=0)
        axes[0].set_title(heading(*runs), fontsize=9)
        for panel in axes:
            panel.margins(x=0.01)
    return figure, axes


def _curve(axes: Axes, run: xr.Dataset, name: str, line: str, suffix: str) -> bool:
    error = half_width(run, name)
    return banded(axes, run["time"].values, run[name].values, error, COLOURS[name], line, WORDS[name] + suffix)

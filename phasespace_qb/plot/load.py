"""A battery that gives its work to a load."""

from typing import Any

import matplotlib.pyplot as plt
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from phasespace_qb.errors import refusal
from phasespace_qb.plot.style import (
    LINES,
    RUNS,
    STYLE,
    banded,
    half_width,
    heading,
    in_own_units,
    method_of,
    note_unknown,
    require_runs,
    two_panels,
)


def discharge(*runs: xr.Dataset, ax: Any = None) -> tuple[Figure, Any]:
    """Ergotropy of the battery (above) and of its load (below) while one discharges into the other.

    One colour and line style for each run, labelled by its coupling g_a and, where they differ, its method; the load's
    first maximum as an open circle.  Bands are ± 2 standard errors plus the errors of estimator, step and cutoff; dots
    where these are not known.

    runs: results of `discharge`.
    ax: two axes (battery, load) to draw on; a new figure unless given.  Returns (figure, both axes).
    Raises: TypeError for what is no dataset, ValueError for no runs, or one without the variables or the attribute
    `coupling`.
    """
    require_runs(runs, "ergotropy", "load_ergotropy")
    for run in runs:
        if "coupling" not in run.attrs:
            raise ValueError(refusal("run", "a discharge with the attribute `coupling`", "a result without it"))
    with plt.rc_context(STYLE):
        figure, axes = two_panels(ax, (3.6, 4.2), (1, 1))
        several = len({method_of(run) for run in runs}) > 1
        dotted = False
        for index, run in enumerate(runs):
            label = f"{float(run.attrs['coupling']):g}" + (f" ({method_of(run)})" if several else "")
            for panel, name in zip(axes, ("ergotropy", "load_ergotropy"), strict=True):
                dotted |= _curve(panel, run, name, index, label)
            if "load_ergotropy_maximum" in run and "load_ergotropy_maximum_time" in run:
                first = (run["load_ergotropy_maximum_time"], run["load_ergotropy_maximum"])
                axes[1].plot(*first, "o", ms=4.5, mfc="white", color=RUNS[index % len(RUNS)], zorder=5, clip_on=False)
        axes[0].set_ylabel(r"battery  $\eta_s$ / $\hbar\omega_s$")
        axes[1].set_ylabel(r"load  $\eta_a$ / $\hbar\omega_a$")
        axes[1].set_xlabel(f"time {runs[0]['time'].attrs.get('symbol', '$t$')}")
        coupling = r"$g_a/\gamma_s$" if in_own_units(runs[0]) else "$g_a$"
        if dotted:
            note_unknown(axes[1])
        axes[1].legend(title=coupling, fontsize=8, title_fontsize=8, loc="best", ncols=1 + (len(runs) > 3))
        axes[0].set_title(heading(*runs), fontsize=9)
        for panel in axes:
            panel.margins(x=0.01)
            panel.set_ylim(bottom=0)
    return figure, axes


def _curve(panel: Axes, run: xr.Dataset, name: str, index: int, label: str) -> bool:
    colour, line = RUNS[index % len(RUNS)], LINES[index % len(LINES)]
    return banded(panel, run["time"].values, run[name].values, half_width(run, name), colour, line, label)

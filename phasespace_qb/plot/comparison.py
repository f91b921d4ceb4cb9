"""Two results in one picture, and how far apart they are in units of their errors."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from phasespace_qb.errors import refusal
from phasespace_qb.plot.style import (
    COLOURS,
    STYLE,
    UNKNOWN,
    UNKNOWN_WORDS,
    WORDS,
    banded,
    require_variables,
    two_panels,
    warning,
)
from phasespace_qb.results import comparison

MARKED = ("energy", "ergotropy", "ergotropy_coherent", "ergotropy_incoherent")
LEAST_REACH, MOST_REACH = 4.0, 12.0
"""Least and largest |z| at the edge of the lower panel; what lies beyond is marked there."""


def agreement(run: xr.Dataset, reference: xr.Dataset, ax: Any = None) -> tuple[Figure, Any]:
    """Energy and ergotropy of `run`, with error bands, over those of `reference`; below, z-scores over time.

    Bands are ± 2 standard errors of the difference plus all other errors of both, so that a reference inside its band
    has |z| < 2.  The lower panel shades |z| < 2 and |z| < 3; z is `phasespace_qb.agreement`'s, and triangles at the
    edge are beyond it.  ax: two axes to draw on; a new figure unless given.  Returns (figure, both axes).
    Raises: TypeError or ValueError as `phasespace_qb.agreement`, and ValueError if a result lacks the energies.
    """
    for name, result in (("run", run), ("reference", reference)):
        require_variables(result, *MARKED)
        if not np.isfinite(result["time"]).any():
            remedy = "Compare steady states by phasespace_qb.agreement."
            raise ValueError(refusal(name, "a result over finite times", "an other one at the time ∞", remedy))
    found = comparison.agreement(run, reference)
    with plt.rc_context(STYLE):
        figure, axes = two_panels(ax, (5.0, 5.2), (3, 2))
        dotted = [_curves(axes[0], run, reference, found, name) for name in MARKED]
        axes[0].set_ylabel(r"energy / $\hbar\omega_s$")
        _name_lines(axes[0], found, any(dotted))
        axes[0].set_ylim(*_range(run, reference))
        _scores(axes[1], found)
        axes[1].set_xlabel(f"time {run['time'].attrs.get('symbol', '$t$')}")
        axes[0].set_title(_title(run, reference, found), fontsize=9)
        for panel in axes:
            panel.margins(x=0.01)
    return figure, axes


def _curves(axes: Axes, run: xr.Dataset, reference: xr.Dataset, found: xr.Dataset, name: str) -> bool:
    known: NDArray[np.float64] = np.full(found.sizes["time"], np.nan)
    if name in found["component"].values:
        errors = found.sel(component=name)
        known = (2 * errors["stderr"] + errors["bound"]).values
    # Between common times the band goes straight; before and after them there is no difference to have an error.
    error: NDArray[np.float64] = np.asarray(
        np.interp(run["time"], found["time"], np.where(np.isfinite(known), known, np.nan), left=0.0, right=0.0)
    )
    dotted = banded(axes, run["time"].values, run[name].values, error, COLOURS[name])
    # White below the dashes keeps them apart from a curve of the same colour that they lie on.
    axes.plot(reference["time"], reference[name], color="white", lw=1.0)
    axes.plot(reference["time"], reference[name], "--", color=COLOURS[name], lw=1.0, dashes=(3, 2))
    return dotted


def _name_lines(axes: Axes, found: xr.Dataset, dotted: bool) -> None:
    lines = [Line2D([], [], color=COLOURS[name], lw=1.4) for name in MARKED]
    lines += [Line2D([], [], color="0.4", lw=1.4), Line2D([], [], color="0.4", lw=1.0, dashes=(3, 2), ls="--")]
    words = [WORDS[name] for name in MARKED]
    words += [f"{found.attrs['run_method']}, bands: all errors", str(found.attrs["reference_method"])]
    if dotted:
        lines.append(Line2D([], [], color="0.4", lw=1.4, ls=UNKNOWN))
        words.append(UNKNOWN_WORDS)
    axes.legend(lines, words, ncols=2, fontsize=8, loc="upper left", frameon=True, framealpha=0.85, edgecolor="none")


def _range(run: xr.Dataset, reference: xr.Dataset) -> tuple[float, float]:
    """Limits that show the curves, with room for the legend; a theory that grows without end leaves the panel."""
    values = [np.concatenate([result[name].values for name in MARKED]) for result in (run, reference)]
    largest = [float(value[np.isfinite(value)].max(initial=0.0)) for value in values]
    high = min(max(largest), 2 * largest[1] or np.inf) or 1.0
    return -0.12 * high, 1.45 * high


def _scores(axes: Axes, found: xr.Dataset) -> None:
    shown = [name for name in MARKED if name in found["component"].values]
    scores = {name: found["z"].sel(component=name).values for name in shown}
    sizes = np.abs(np.concatenate([*scores.values(), [0.0]]))
    largest = float(sizes[np.isfinite(sizes)].max())
    reach = MOST_REACH if np.isinf(sizes).any() else float(np.clip(1.2 * largest, LEAST_REACH, MOST_REACH))
    for limit, grey in ((3, "0.93"), (2, "0.85")):
        axes.axhspan(-limit, limit, color=grey, lw=0, zorder=0)
    axes.axhline(0.0, color="0.5", lw=0.6, zorder=1)
    time = found["time"].values
    for name, z in scores.items():
        axes.plot(time, np.clip(z, -reach, reach), lw=1.0, color=COLOURS[name])
        for sign, marker in ((1, "^"), (-1, "v")):
            beyond = sign * z > reach
            edge = np.full(int(beyond.sum()), sign * 0.97 * reach)
            axes.plot(time[beyond], edge, marker, ms=3, color=COLOURS[name], ls="none")
    axes.set_ylim(-reach, reach)
    axes.set_ylabel("$z$ = excess / standard error")


def _title(run: xr.Dataset, reference: xr.Dataset, found: xr.Dataset) -> str:
    what = str(run.attrs.get("title", run.attrs["model"]))
    verdict = {"agree": "agree", "doubt": "agreement in doubt", "disagree": "disagree"}[found.attrs["verdict"]]
    return "\n".join(line for line in (f"{what}: {verdict}", warning(run, reference)) if line)

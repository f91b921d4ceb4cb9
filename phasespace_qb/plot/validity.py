"""Where which method may be trusted: verdicts of many runs over the parameters of a battery and time."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from itertools import pairwise
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import NullFormatter, NullLocator
from numpy.typing import NDArray

from phasespace_qb.errors import refusal
from phasespace_qb.plot.bias import all_of, biased, numberless, reference_of
from phasespace_qb.plot.style import STYLE, given_axes, in_own_units, method_of, require_runs
from phasespace_qb.results.schema import VERDICTS

Array = NDArray[np.float64]

COORDINATES = {
    "threshold_ratio": r"drive $\lambda = |F_p|/F_\mathrm{th}$",
    "noise_parameter": r"noise parameter $g^2$",
    "pair_loss": r"two-photon loss $\Gamma/\gamma_s = g^2/2$",
    "loss_ratio": r"$\gamma_p/\gamma_s$",
    "time": r"time $\gamma_s t$",
}
"""What the axes can be, with their labels; all but `pair_loss` and `time` are attributes of a result."""
INDEPENDENT = ("threshold_ratio", "pair_loss", "loss_ratio")
"""Parameters that are drawn without being asked for, if they vary."""

FILLS: Any = (
    {"facecolor": "#DCEBF5", "hatch": None},
    {"facecolor": "#F5CF7A", "hatch": "////"},
    {"facecolor": "#D9855A", "hatch": "xxxx"},
)
"""Trust, doubt, reject over time: each darker than the one before, and hatched, for print without colours."""
MARKERS: Any = (
    {"marker": "o", "mfc": "#DCEBF5"},
    {"marker": "^", "mfc": "#F5CF7A"},
    {"marker": "s", "mfc": "#D9855A"},
)
"""The same where a run is one point."""
HATCHING = "#00000055"
WRONG: Any = {
    "marker": "x",
    "ls": "",
    "ms": 4.5,
    "mew": 1.3,
    "color": "k",
    "path_effects": [patheffects.withStroke(linewidth=3.0, foreground="w")],
}
LOST: Any = {"marker": "o", "ls": "", "ms": 3.2, "mfc": "w", "mec": "k", "mew": 0.8}
WRONG_WORDS, LOST_WORDS = "off by > 4 standard errors", "no number"
MOST_MARKS = 24
"""Marks that a strip of time holds without becoming a bar."""
MOST_TICKS = 9
"""Values of a parameter that are all written at its axis."""
LOGARITHMIC = 10.0
"""Largest over smallest value from which on an axis of a parameter is logarithmic."""


def validity(
    *runs: xr.Dataset,
    x: str | None = None,
    y: str | None = None,
    reference: xr.Dataset | Iterable[xr.Dataset] = (),
    ax: Any = None,
) -> tuple[Figure, Any]:
    """Verdicts of runs of a battery over two of its coordinates, one panel for each method.

    x, y: two of `threshold_ratio` (λ, of the largest amplitude of a time-dependent drive), `noise_parameter` (g²),
    `pair_loss` (Γ/γ_s = g²/2), `loss_ratio` (γ_p/γ_s) and `time`.  Unless given, what varies among the runs: one
    parameter over time, or two against each other.  With time, every run is a strip; runs of equal coordinates share
    one that shows the worst of their verdicts.  Without, every run is a marker that shows its worst verdict.

    reference: exact results, one of the same parameters and times for each run.  Crosses are where a photon number is
    further from the exact one than its step, cutoff and estimator errors and four of its standard errors.  A run whose
    verdict withdraws an error bar is held to the last that it stated.  Circles are where a run has no number at all.

    ax: an axes for each method; a new figure unless given.  Returns (figure, axes), axes of shape (methods,).
    Raises: TypeError for what is no dataset; ValueError for runs without verdicts or of no battery, that differ in
    nothing or in too much, an unknown coordinate, or references that do not belong to the runs.
    """
    require_runs(runs, "verdict_by_time", "energy")
    for run in runs:
        _require_battery(run)
    across, along = _axes_for(runs, x, y)
    exact = all_of(reference)
    pairs = [(run, reference_of(run, exact)) for run in runs]
    methods = list(dict.fromkeys(method_of(run) for run in runs))
    with plt.rc_context(STYLE | {"hatch.linewidth": 0.5}):
        figure, axes, own = _panels(ax, len(methods))
        for panel, method in zip(axes, methods, strict=True):
            panel.set_title(method, fontsize=9)
            _draw(panel, [pair for pair in pairs if method_of(pair[0]) == method], across, along)
            panel.set_xlabel(_label(across, runs[0]))
        axes[0].set_ylabel(_label(along, runs[0]))
        handles = _legend("time" in (across, along), bool(exact), any(numberless(run).any() for run in runs))
        if own:
            figure.legend(handles=handles, loc="outside lower center", ncols=3 if len(methods) > 1 else 2, fontsize=8)
        else:
            axes[-1].legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2, fontsize=8)
    return figure, axes


def coordinate(run: xr.Dataset, name: str) -> float:
    """A parameter of a run; units of γ_s."""
    if name == "pair_loss":
        return float(run.attrs["noise_parameter"]) / 2
    return float(run.attrs[name])


def _require_battery(run: xr.Dataset) -> None:
    lacking = [name for name in COORDINATES if name not in ("time", "pair_loss") and name not in run.attrs]
    if lacking:
        got = f"an other one: a result of {run.attrs.get('model', 'an unknown model')} without {', '.join(lacking)}"
        raise ValueError(refusal("runs", "results of a DopoBattery", got, "Only a battery has these coordinates."))


def _axes_for(runs: tuple[xr.Dataset, ...], x: str | None, y: str | None) -> tuple[str, str]:
    """Names of the two coordinates to draw."""
    for name, value in (("x", x), ("y", y)):
        if value is not None and not (isinstance(value, str) and value in COORDINATES):
            near = get_close_matches(str(value), COORDINATES, n=1, cutoff=0.5)
            remedy = f"Did you mean {near[0]!r}?" if near else ""
            raise ValueError(refusal(name, f"one of {', '.join(COORDINATES)}", value, remedy))
    varying = [name for name in INDEPENDENT if _varies(runs, name)]
    free = [name for name in varying if name not in (x, y)]
    if x is None and y is None:
        x, y = ("time", free[0]) if len(free) == 1 else (free[0], free[1]) if len(free) == 2 else (None, None)
    elif x is None:
        x = "time" if y != "time" else free[0] if len(free) == 1 else None
    elif y is None:
        y = "time" if x != "time" and x in varying and not free else free[0] if len(free) == 1 else None
    if x is None or y is None:
        shown = ", ".join(varying) if varying else "none"
        got = f"an open choice, where these vary: {shown}"
        raise ValueError(refusal("x, y", "two coordinates that the runs differ in, or one and time", got))
    if x == y:
        raise ValueError(refusal("y", "another coordinate than `x`", y))
    for name, value in (("x", x), ("y", y)):
        if value != "time" and not _varies(runs, value):
            got = f"an other one: all have {value} = {coordinate(runs[0], value):g}"
            raise ValueError(refusal("runs", f"results that differ in {value}, as {name} is", got))
        if value == "time" and not all(np.isfinite(run["time"]).all() for run in runs):
            raise ValueError(refusal("runs", "results over finite times", "an other one at the time ∞"))
    return x, y


def _varies(runs: tuple[xr.Dataset, ...], name: str) -> bool:
    values = [coordinate(run, name) for run in runs]
    return not np.allclose(values, values[0], rtol=1e-6, atol=0.0)


def _panels(ax: Any, count: int) -> tuple[Figure, NDArray[Any], bool]:
    if ax is None:
        size = (1.2 + 2.6 * count, 3.3)
        figure, axes = plt.subplots(
            1, count, figsize=size, sharex=True, sharey=True, squeeze=False, layout="constrained"
        )
        return figure, axes[0], True
    axes = given_axes(ax)
    if len(axes) != count:
        raise ValueError(refusal("ax", f"{count} axes, one for each method", ax))
    return axes[0].figure, axes, False


def _draw(panel: Axes, pairs: list[tuple[xr.Dataset, xr.Dataset | None]], across: str, along: str) -> None:
    scaled = [(panel.xaxis, panel.set_xscale, across), (panel.yaxis, panel.set_yscale, along)]
    for axis, set_scale, name in scaled:
        if name == "time":
            continue
        values = np.unique([coordinate(run, name) for run, _ in pairs])
        if values[0] > 0 and values[-1] >= LOGARITHMIC * values[0]:
            set_scale("log")
            axis.set_minor_formatter(NullFormatter())
        if len(values) <= MOST_TICKS:
            axis.set_ticks(values, [f"{value:.2g}" for value in values])
            axis.set_minor_locator(NullLocator())
    (_strips if "time" in (across, along) else _points)(panel, pairs, across, along)


def _points(panel: Axes, pairs: list[tuple[xr.Dataset, xr.Dataset | None]], across: str, along: str) -> None:
    worst: dict[tuple[float, float], tuple[int, bool, bool]] = {}
    for run, exact in pairs:
        at = (coordinate(run, across), coordinate(run, along))
        found = (int(run["verdict_by_time"].max()), bool(biased(run, exact).any()), bool(numberless(run).any()))
        before = worst.get(at, (0, False, False))
        worst[at] = (max(found[0], before[0]), found[1] or before[1], found[2] or before[2])
    for at, (verdict, wrong, lost) in worst.items():
        panel.plot(*at, ls="", ms=9, mec="k", mew=0.8, **MARKERS[verdict])
        if wrong or lost:
            panel.plot(*at, **(WRONG if wrong else LOST))
    panel.margins(0.1)


def _strips(panel: Axes, pairs: list[tuple[xr.Dataset, xr.Dataset | None]], across: str, along: str) -> None:
    """One strip over time for each value of the parameter, as wide as the way to its neighbours."""
    name, upright = (along, False) if across == "time" else (across, True)
    logarithmic = (panel.get_xscale() if upright else panel.get_yscale()) == "log"
    rows: dict[float, list[tuple[xr.Dataset, xr.Dataset | None]]] = {}
    for run, exact in sorted(pairs, key=lambda pair: coordinate(pair[0], name)):
        value = coordinate(run, name)
        same = next((key for key in rows if np.isclose(key, value, rtol=1e-6, atol=0.0)), value)
        rows.setdefault(same, []).append((run, exact))
    edges = _edges(np.array(list(rows)), logarithmic)
    latest = max(float(run["time"].max()) for run, _ in pairs)
    for value, low, high, row in zip(rows, edges[:-1], edges[1:], rows.values(), strict=True):
        for begin, end, verdict in _stretches([run for run, _ in row]):
            box = (low, begin, high - low, end - begin) if upright else (begin, low, end - begin, high - low)
            panel.add_patch(Rectangle(box[:2], *box[2:], lw=0, ec=HATCHING, **FILLS[verdict]))
        for run, exact in row:
            wrong = biased(run, exact)
            for marked, style in ((wrong, WRONG), (numberless(run) & ~wrong, LOST)):
                at = _apart(run["time"].values[marked], latest / MOST_MARKS)
                level = np.full(len(at), value)
                if len(at):  # an empty line that is not clipped would count as one at the figure's corner
                    panel.plot(*((level, at) if upright else (at, level)), clip_on=False, **style)
    for edge in edges[1:-1]:
        (panel.axvline if upright else panel.axhline)(edge, color="w", lw=1.0)
    earliest = min(float(run["time"].min()) for run, _ in pairs)
    limits: Any = ((edges[0], edges[-1]), (earliest, latest if latest > earliest else earliest + 1))
    panel.set(xlim=limits[0 if upright else 1], ylim=limits[1 if upright else 0])


def _stretches(runs: list[xr.Dataset]) -> Iterator[tuple[float, float, int]]:
    """Begin, end and worst verdict of stretches of time; each save time speaks for the way to its neighbours."""
    times = np.unique(np.concatenate([run["time"].values for run in runs]))
    worst = np.zeros(len(times), dtype=int)
    for run in runs:
        known = (times >= run["time"].values[0]) & (times <= run["time"].values[-1])
        nearest = np.abs(times[:, None] - run["time"].values).argmin(axis=1)
        worst[known] = np.maximum(worst, run["verdict_by_time"].values[nearest])[known]
    middles = np.concatenate([times[:1], (times[1:] + times[:-1]) / 2, times[-1:]])
    starts = np.concatenate([[0], np.flatnonzero(np.diff(worst)) + 1, [len(times)]])
    for first, after in pairwise(starts):
        yield float(middles[first]), float(middles[after]), int(worst[first])


def _edges(values: Array, logarithmic: bool) -> Array:
    """Ends of strips around ascending values, halfway to the neighbours, (N,) -> (N + 1,)."""
    if len(values) == 1:
        return np.array([0.5, 1.5]) * float(values[0])
    places = np.log(values) if logarithmic else values
    half = np.diff(places) / 2
    edges = np.concatenate([[places[0] - half[0]], places[:-1] + half, [places[-1] + half[-1]]])
    return np.exp(edges) if logarithmic else edges


def _apart(times: Array, least: float) -> Array:
    """Those times that are at least so far from the one before, so that marks do not merge."""
    kept: list[float] = []
    for time in times:
        if not kept or time - kept[-1] >= least * (1 - 1e-9):
            kept.append(float(time))
    return np.array(kept)


def _label(name: str, run: xr.Dataset) -> str:
    return COORDINATES[name] if name != "time" or in_own_units(run) else "time $t$"


def _legend(timed: bool, compared: bool, lost: bool) -> list[Any]:
    if timed:
        handles: list[Any] = [
            Patch(ec=HATCHING, lw=0.5, label=word, **fill) for word, fill in zip(VERDICTS, FILLS, strict=True)
        ]
    else:
        handles = [
            Line2D([], [], ls="", ms=7, mec="k", mew=0.8, label=word, **marker)
            for word, marker in zip(VERDICTS, MARKERS, strict=True)
        ]
    if compared:
        handles.append(Line2D([], [], label=WRONG_WORDS, **WRONG))
    if lost:
        handles.append(Line2D([], [], label=LOST_WORDS, **LOST))
    return handles

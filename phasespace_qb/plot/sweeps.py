"""What is stored, against what was swept."""

from collections.abc import Iterable
from itertools import product
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from phasespace_qb.errors import refusal, require_one_of, require_real
from phasespace_qb.plot.style import (
    COLOURS,
    LINES,
    RUNS,
    STYLE,
    WORDS,
    banded,
    given_axes,
    half_width,
    instant,
    method_of,
    nearest,
    note_unknown,
)
from phasespace_qb.results.schema import VARIABLES, VERDICTS
from phasespace_qb.results.sweeps import SOLVER, require_sweep, solvers, without_foreign

QUANTITIES = ("energy", "ergotropy", "ergotropy_coherent", "ergotropy_incoherent")
MARKS: tuple[dict[str, Any], ...] = (
    {"marker": "o", "ms": 3.5},
    {"marker": "o", "ms": 4.5, "mfc": "white"},
    {"marker": "x", "ms": 5.5},
)
"""How a point is marked for each of VERDICTS."""
UNITS = {"sqrt(gamma_s)": r"$\sqrt{\gamma_s}$", "gamma_s": r"$\gamma_s$"}
FAR_APART = 100.0
"""Ratio of the largest values of two curves from which on a linear axis would hide one of them."""
MOST_NAMED = 9
"""Curves in a legend."""
LOGARITHMIC = 20.0
"""Ratio of the values of an axis from which on it is logarithmic, if they are spaced so."""

Array = NDArray[np.float64]


def sweep(
    swept: xr.Dataset, x: str | None = None, quantities: Any = None, time: float | None = None, ax: Any = None
) -> tuple[Figure, Any]:
    """Energy, ergotropy and its parts, or other quantities over time, against a swept parameter.

    x: the parameter along the axis, the first unless given; all combinations of the others, and the methods, have
    curves of their own.  quantities: names of variables over time.  time: which save time, the last unless given,
    units 1/γ_s.
    Markers: full where the verdict is trust, open for doubt, crosses for reject; bands are ± 2 standard errors plus the
    other errors.  A single curve of each quantity is drawn in one panel, more in a panel for each quantity.

    ax: one axes, or one for each quantity.  Returns (figure, axes, as an array).
    Raises: TypeError or ValueError for what is no sweep, and for a name or time that it does not have.
    """
    names = require_sweep(swept)
    along = names[0] if x is None else require_one_of("x", x, names)
    shown = _shown(swept, quantities)
    snapshot = _snapshot(swept, time)
    curves = _curves(snapshot, along, names)
    with plt.rc_context(STYLE):
        figure, axes = _axes(ax, len(shown), single=len(curves) == 1)
        values = swept[along].values
        colours = _colours(1 + max(place for (place, _), _, _ in curves))
        for number, name in enumerate(shown):
            panel = axes[number % len(axes)]
            dotted = False
            for place, curve, label in curves:
                colour = COLOURS.get(name, RUNS[0]) if len(curves) == 1 else colours[place[0]]
                words = WORDS.get(name, VARIABLES[name].symbol) if len(curves) == 1 else label
                # Where methods agree, their marks lie on each other: the first ones are larger.
                size = 1.0 + 0.6 * (snapshot.sizes.get(SOLVER, 1) - 1 - place[1])
                dotted |= _curve(panel, values, curve, name, (colour, LINES[place[1] % len(LINES)], size), words)
            if dotted:
                note_unknown(panel)
            _scale(panel, [float(curve[name].max()) for _, curve, _ in curves])
            if len(axes) > 1:
                panel.set_ylabel(f"{VARIABLES[name].symbol} / {_unit(swept, name)}")
        units = {_unit(swept, name) for name in shown}
        if len(axes) == 1:
            axes[0].set_ylabel(
                f"energy / {units.pop()}" if len(shown) > 1 else f"{VARIABLES[shown[0]].symbol} / {units.pop()}"
            )
        for panel in axes:
            if _is_geometric(values):
                panel.set_xscale("log")
        for panel in axes[-2:] if len(axes) > 2 else axes[-1:]:
            panel.set_xlabel(_axis(swept, along))
        handles, words = axes[0].get_legend_handles_labels()
        # Of a fine grid, enough curves to read the others off their colours.
        kept = np.unique(np.linspace(0, len(words) - 1, min(len(words), MOST_NAMED)).round().astype(int))
        axes[0].legend(
            [handles[i] for i in kept],
            [words[i] for i in kept],
            fontsize=8,
            title=_others(swept, along, names) if len(curves) > 1 else None,
            title_fontsize=8,
        )
        figure.suptitle(_heading(swept, instant(swept, float(snapshot["time"][0]))), fontsize=9)
    return figure, axes


def _shown(swept: xr.Dataset, quantities: Any) -> tuple[str, ...]:
    """Names of the quantities to draw, which the sweep has over time."""
    if quantities is not None and not isinstance(quantities, Iterable):
        raise TypeError(refusal("quantities", "one name or more", quantities))
    shown = QUANTITIES if quantities is None else (quantities,) if isinstance(quantities, str) else tuple(quantities)
    if not shown:
        raise ValueError(refusal("quantities", "one name or more", quantities))
    for name in shown:
        require_one_of("quantities", name, [n for n in VARIABLES if n in swept and VARIABLES[n].dims == ("time",)])
    return shown


def _snapshot(swept: xr.Dataset, time: float | None) -> xr.Dataset:
    """The sweep at the save time nearest to `time`, the last unless given, with an axis of time."""
    if "time" not in swept.dims:
        raise ValueError(refusal("swept", "a sweep over `time`", "an instant", "Keep it: isel(time=[-1])."))
    saved = swept["time"].values
    if time is None:
        return swept.isel(time=[-1])
    wanted = f"from {saved.min():g} to {saved.max():g}"
    return swept.isel(time=[nearest(saved, require_real("time", time, wanted, lambda t: saved[0] <= t <= saved[-1]))])


def _scale(panel: Axes, tops: list[float]) -> None:
    """A logarithmic axis where the largest values of the curves are far apart."""
    if min(tops) > 0 and max(tops) > FAR_APART * min(tops):
        panel.set_yscale("log", nonpositive="mask")
        # Far below there is only the rounding of what is zero.
        panel.set_ylim(bottom=max(panel.get_ylim()[0], 1e-3 * min(tops)))


def _axes(ax: Any, quantities: int, *, single: bool) -> tuple[Figure, Any]:
    if ax is not None:
        axes = given_axes(ax).ravel()
        if len(axes) not in (1, quantities):
            raise ValueError(refusal("ax", f"one axes, or {quantities}", f"an array of {len(axes)}"))
        return axes[0].figure, axes
    if single or quantities == 1:
        figure, one = plt.subplots(figsize=(4.6, 3.4), layout="constrained")
        return figure, np.array([one])
    rows = -(-quantities // 2)
    figure, axes = plt.subplots(rows, 2, figsize=(7.0, 2.4 * rows + 0.4), sharex=True, layout="constrained")
    for spare in axes.ravel()[quantities:]:
        spare.remove()
    return figure, axes.ravel()[:quantities]


def _curves(snapshot: xr.Dataset, along: str, names: list[str]) -> list[tuple[tuple[int, int], xr.Dataset, str]]:
    """Each combination of the other parameters and methods: (number of both), its points, its label."""
    others = [name for name in names if name != along]
    methods: list[str | None] = [*solvers(snapshot)] or [None]
    curves = []
    for place, index in enumerate(product(*(range(snapshot.sizes[name]) for name in others))):
        for number, method in enumerate(methods):
            at: dict[str, int] = dict(zip(others, index, strict=True))
            words = [f"{float(snapshot[name][i]):.4g}" for name, i in at.items()]
            if method is not None:
                at[SOLVER] = number
                words.append(method)
            curve = without_foreign(snapshot.isel(at))
            curves.append(((place if others else number, number), curve, ", ".join(words)))
    return curves


def _colours(count: int) -> list[Any]:
    """As many colours; of a sequence where there are more than can be told apart."""
    if count <= len(RUNS):
        return list(RUNS[:count])
    return list(plt.get_cmap("viridis")(np.linspace(0.0, 0.9, count)))


def _curve(panel: Axes, x: Array, curve: xr.Dataset, name: str, look: tuple[str, str, float], label: str) -> bool:
    """Draw one quantity; look: colour, line and size of its marks.  Returns whether some error is not known."""
    colour, line, size = look
    one = curve.isel(time=0)
    value, error, order = one[name].values, half_width(one, name), np.argsort(x)
    unknown = banded(panel, x[order], value[order], error[order], colour, line, label)
    verdicts = one["verdict_by_time"].values
    for verdict, mark in zip(range(len(VERDICTS)), MARKS, strict=True):
        here = verdicts == verdict
        panel.plot(x[here], value[here], ls="", color=colour, **mark | {"ms": size * mark["ms"]})
    return unknown


def _is_geometric(values: Array) -> bool:
    """Whether values span a wide range and lie closer at its lower end."""
    ordered = np.sort(values)
    return bool(ordered[0] > 0 and ordered[-1] >= LOGARITHMIC * ordered[0] and np.median(ordered) < 0.3 * ordered[-1])


def _unit(swept: xr.Dataset, name: str) -> str:
    units = str(swept[name].attrs.get("units", VARIABLES[name].units))
    return units.replace("hbar omega_s", r"$\hbar\omega_s$").replace("gamma_s", r"$\gamma_s$")


def _axis(swept: xr.Dataset, name: str) -> str:
    """Symbol and unit of a parameter."""
    symbol, units = (str(swept[name].attrs.get(key, "")) for key in ("symbol", "units"))
    return (symbol or name) + (f" / {UNITS.get(units, units)}" if units not in ("", "1") else "")


def _others(swept: xr.Dataset, along: str, names: list[str]) -> str:
    parts = [_axis(swept, name) for name in names if name != along]
    return ", ".join([*parts, *(["method"] if SOLVER in swept.dims else [])])


def _heading(swept: xr.Dataset, moment: str) -> str:
    parts = [moment] if SOLVER in swept.dims else [method_of(swept), moment]
    if "trajectories" in swept.attrs:
        parts.append(f"{int(swept.attrs['trajectories']):,} trajectories a point")
    counts = [int((swept["verdict"] == verdict).sum()) for verdict in range(len(VERDICTS))]
    lines = [", ".join(parts)]
    if any(counts[1:]):
        lines.append(
            ", ".join(f"{word}: {count}" for word, count in zip(VERDICTS, counts, strict=True) if count) + " points"
        )
    return "\n".join(lines)

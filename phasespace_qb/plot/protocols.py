"""Protocols of charging: when to switch off, where the energy goes, how long a cycle should be."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from phasespace_qb.conventions import TIME_UNIT
from phasespace_qb.errors import refusal
from phasespace_qb.plot.style import (
    COLOURS,
    LINES,
    RUNS,
    STYLE,
    banded,
    given_axes,
    half_width,
    heading,
    note_unknown,
)
from phasespace_qb.results.protocols import OF_BALANCE, OF_CYCLES, OF_SWITCHING, Place
from phasespace_qb.results.schema import base_name

MOST_HOLDS = 6
TOP: Any = {"marker": "o", "ms": 4.5, "mfc": "white", "capsize": 2, "elinewidth": 1, "zorder": 5, "ls": ""}
"""The best time with its error."""
BEYOND: Any = {"marker": ">", "ms": 4, "mfc": "white", "zorder": 5, "ls": ""}
BEYOND_WORDS = "largest at the end"
OF_EACH = {"best_switch_off": OF_SWITCHING, "balance_residual": OF_BALANCE, "best_charge": OF_CYCLES}
"""Variables of the results of each tool, by one that no other has."""


def switch_off(result: xr.Dataset, ax: Any = None) -> tuple[Figure, Any]:
    """Ergotropy, its coherent part and mean power over the time at which the drive is switched off, for each hold.

    Circles are the best times, with their errors; a triangle stands where the largest value is the last, so that a
    later time may be better.  Bands and bars are ± 2 standard errors plus the errors of estimator, step and cutoff.

    ax: three axes (W, W^c, P) to draw on; a new figure unless given.  Returns (figure, axes).
    Raises: TypeError or ValueError for what is no result of `switch_off`, or one of more than 6 holding times.
    """
    result = _whole(result, "best_switch_off", "switch_off", "purpose", restored="hold")
    holds = result["hold"].values
    if len(holds) > MOST_HOLDS:
        must_be = f"a result of {MOST_HOLDS} holding times at most"
        raise ValueError(refusal("result", must_be, f"an other one, of {len(holds)}", "Choose some: sel(hold=[…])."))
    own = TIME_UNIT in result["switch_off"].attrs.get("units", TIME_UNIT)
    labels = {
        "ergotropy": r"$W$ / $\hbar\omega_s$",
        "ergotropy_coherent": r"$W^c$ / $\hbar\omega_s$",
        "charging_power": r"$P$ / $\hbar\omega_s\gamma_s$" if own else "$P$",
    }
    x = result["switch_off"].values
    with plt.rc_context(STYLE):
        figure, panels = _panels(ax, (3.5, 5.6), (1, 1, 1))
        beyond, unknown = False, False
        for panel, (name, label) in zip(panels, labels.items(), strict=True):
            error = half_width(result, name)
            for j, hold in enumerate(holds):
                colour, line = RUNS[j % len(RUNS)], LINES[j % len(LINES)]
                unknown |= banded(panel, x, result[name].values[:, j], error[:, j], colour, line, f"{hold:.3g}")
                beyond |= _mark(panel, result.isel(hold=j).sel(purpose=name), "best_switch_off", x, colour)
            panel.set_ylabel(label)
            panel.set_ylim(0, _headroom(result[name].values + np.nan_to_num(error)))
            panel.margins(x=0.02)
        if beyond:
            panels[0].plot([], [], color="0.4", label=BEYOND_WORDS, **BEYOND)
        if unknown:
            note_unknown(panels[0])
        title = r"held for $\gamma_s t_\mathrm{hold}$" if own else r"held for $t_\mathrm{hold}$"
        _legend(panels[0], ax, title, min(len(holds) + beyond, 3))
        panels[-1].set_xlabel(f"switched off at {result['switch_off'].attrs.get('symbol', '$t$')}")
        panels[0].set_title(_title(result), fontsize=9)
    return figure, panels


def energy_balance(result: xr.Dataset, ax: Any = None) -> tuple[Figure, Any]:
    """Energies that a battery drew, lost and holds, its efficiencies, and by how much the balance is off, over time.

    Bands are ± 2 standard errors plus the errors of estimator, step and cutoff; those of the residual must hold zero.

    ax: three axes (energies, efficiencies, residual) to draw on; a new figure unless given.  Returns (figure, axes).
    Raises: TypeError or ValueError for what is no result of `energy_balance`.
    """
    result = _whole(result, "balance_residual", "time", restored="mode")
    times = result["time"].values
    with plt.rc_context(STYLE):
        figure, panels = _panels(ax, (3.5, 6.4), (3, 2, 1.2))
        lost = half_width(result, "energy_lost")
        curves = [("drawn", "energy_drawn", "#000000", "-"), ("sent", "energy_sent", "#CC79A7", "-.")]
        curves += [("absorbed", "energy_absorbed", "#009E73", "-")]
        for word, name, colour, line in curves:
            _positive(panels[0], times, result[name].values, half_width(result, name), colour, line, word)
        for index, mode in enumerate(result["mode"].values):
            value, style = result["energy_lost"].values[:, index], (RUNS[1], LINES[1 + index])
            _positive(panels[0], times, value, lost[:, index], *style, f"lost by {mode}")
        for word, name, line in (("stored, $E$", "energy", "--"), ("stored, $W$", "ergotropy", "-")):
            _positive(panels[0], times, result[name].values, half_width(result, name), COLOURS["ergotropy"], line, word)
        panels[0].set_yscale("log")
        highest = max(float(np.nanmax(result[name].values)) for name in ("energy_drawn", "energy_sent"))
        panels[0].set_ylim(1e-4 * highest, 2 * highest)
        panels[0].set_ylabel(r"energy / $\hbar\omega_s$")
        shares = (("absorbed", "#009E73", "-"), ("sent", "#CC79A7", "-."), ("drawn", "#000000", "--"))
        for word, colour, line in shares:
            name = "work_efficiency" if word == "drawn" else f"{word}_efficiency"
            value, error = result[name].values, half_width(result, name)
            banded(panels[1], times, 100 * value, 100 * error, colour, line, rf"$W/E_\mathrm{{{word}}}$")
        panels[1].set_ylabel("efficiency / %")
        panels[1].set_ylim(0, 100 * _headroom(result["absorbed_efficiency"].values))
        off = half_width(result, "balance_residual")
        banded(panels[2], times, result["balance_residual"].values, off, RUNS[0])
        panels[2].axhline(0, color="0.6", lw=0.8, zorder=0)
        panels[2].set_ylabel(r"residual / $\hbar\omega_s$")
        panels[2].set_xlabel(f"time {result['time'].attrs.get('symbol', '$t$')}")
        panels[0].legend(fontsize=7.5, loc="lower right", ncols=2, handlelength=1.8, columnspacing=1.0)
        panels[1].legend(fontsize=8, loc="best")
        panels[0].set_title(heading(result), fontsize=9)
        for panel in panels:
            panel.margins(x=0.01)
    return figure, panels


def cycles(result: xr.Dataset, ax: Any = None) -> tuple[Figure, Any]:
    """What a load gains in a cycle, per unit time, and of the energy drawn, over the time of charging.

    Circles are the best times, with their errors; a triangle stands where the largest value is the last.  Bands and
    bars are ± 2 standard errors plus the errors of estimator, step and cutoff.

    ax: three axes (gain, power, efficiency) to draw on; a new figure unless given.  Returns (figure, axes).
    Raises: TypeError or ValueError for what is no result of `charging_cycles`.
    """
    result = _whole(result, "best_charge", "charge", "purpose")
    x = result["charge"].values
    own = TIME_UNIT in result["charge"].attrs.get("units", TIME_UNIT)
    rows = (
        ("delivered_ergotropy", 1.0, r"$\eta_a^\mathrm{max}$ / $\hbar\omega_a$"),
        (
            "delivered_power",
            100.0,
            r"$\eta_a^\mathrm{max}/T$ / $10^{-2}$" + (r"$\hbar\omega_a\gamma_s$" if own else ""),
        ),
        ("cycle_efficiency", 1e4, r"$\eta_a^\mathrm{max}/E_\mathrm{drawn}$ / $10^{-4}$"),
    )
    with plt.rc_context(STYLE):
        figure, panels = _panels(ax, (3.5, 5.0), (1, 1, 1))
        beyond = False
        for panel, (name, scale, label), colour in zip(panels, rows, RUNS, strict=False):
            value, error = scale * result[name].values, scale * half_width(result, name)
            banded(panel, x, value, error, colour)
            beyond |= _mark(panel, result.sel(purpose=name), "best_charge", x, colour, scale)
            panel.set_ylabel(label)
            panel.set_ylim(0, _headroom(value + np.nan_to_num(error)))
            panel.margins(x=0.02)
        if beyond:
            panels[0].plot([], [], color="0.4", label=BEYOND_WORDS, **BEYOND)
            panels[0].legend(fontsize=8, loc="upper left")
        panels[-1].set_xlabel(f"charged for {result['charge'].attrs.get('symbol', '$t$')}")
        panels[0].set_title(_title(result), fontsize=9)
    return figure, panels


def _mark(panel: Axes, best: xr.Dataset, name: str, x: Any, colour: str, scale: float = 1.0) -> bool:
    """Mark the best time; whether the largest value is the last."""
    place, height = int(best["best_place"]), scale * float(best["best_value"])
    if place == Place.INSIDE:
        error = float(half_width(best, name))
        panel.errorbar(float(best[name]), height, xerr=error if np.isfinite(error) else None, color=colour, **TOP)
    if place == Place.LAST:
        panel.plot(x[-1], height, color=colour, clip_on=False, **BEYOND)
    return place == Place.LAST


def _positive(panel: Axes, x: Any, value: Any, error: Any, colour: str, line: str, label: str) -> None:
    """A curve on a logarithmic axis: without its zeros, and with its band down to a hundredth of it."""
    shown = np.where(value > 0, value, np.nan)
    panel.plot(x, shown, ls=line, lw=1.3, color=colour, label=label)
    panel.fill_between(x, np.maximum(shown - error, 0.01 * shown), shown + error, color=colour, alpha=0.25, lw=0)


def _headroom(values: Any) -> float:
    """Upper end of an axis with room above a curve."""
    highest = float(np.nanmax(np.where(np.isfinite(values), values, np.nan), initial=0.0))
    return 1.12 * highest if highest > 0 else 1.0


def _legend(panel: Axes, ax: Any, title: str, columns: int) -> None:
    """Below all panels in a figure of one's own, in as many columns as its width has room for; else inside."""
    options: Any = {"fontsize": 8, "title": title, "title_fontsize": 8, "handlelength": 1.8, "columnspacing": 1.2}
    if ax is None:
        figure: Any = panel.figure
        for number in range(columns, 0, -1):
            words = panel.get_legend_handles_labels()
            drawn = figure.legend(*words, loc="outside lower center", ncols=number, **options)
            if number == 1 or drawn.get_window_extent(figure.canvas.get_renderer()).width < figure.bbox.width:
                break
            drawn.remove()
    else:
        panel.legend(loc="best", ncols=columns, **options)


def _title(result: xr.Dataset) -> str:
    """What was simulated; `heading` without the words for the protocol, which the axes have."""
    named = result.assign_attrs(title=str(result.attrs.get("title", result.attrs.get("model", ""))).split(",")[0])
    return heading(named)


def _panels(ax: Any, size: tuple[float, float], heights: tuple[float, ...]) -> tuple[Figure, Any]:
    if ax is None:
        return plt.subplots(len(heights), 1, figsize=size, sharex=True, height_ratios=heights, layout="constrained")
    axes = given_axes(ax)
    if len(axes) != len(heights):
        raise ValueError(refusal("ax", "three axes", ax))
    return axes[0].figure, axes


def _whole(result: object, variable: str, *along: str, restored: str = "") -> xr.Dataset:
    """A result with these dimensions; one of which a single place was selected has it again, if it may be restored."""
    tools = {"best_switch_off": "switch_off", "balance_residual": "energy_balance", "best_charge": "charging_cycles"}
    must_be = f"a result of `{tools[variable]}`"
    if not isinstance(result, xr.Dataset):
        raise TypeError(refusal("result", must_be, result))
    lacking = [dim for dim in along if dim not in result.dims]
    if restored and restored not in result.dims and restored not in result.coords:
        lacking.append(restored)
    if variable not in result or lacking:
        others = [tool for name, tool in tools.items() if name in result and name != variable]
        remedy = f"This one is of `{others[0]}`." if others else f"Keep it whole, with `{[*lacking, *along][0]}`."
        raise ValueError(refusal("result", must_be, f"an other one, of sizes {dict(result.sizes)}", remedy))
    if not restored or restored in result.dims:
        return result
    known = OF_EACH[variable]
    bases = {str(name): base_name(str(name)) for name in result}
    own = [name for name, base in bases.items() if base in known and restored in known[base].dims]
    return result.drop_vars(restored).assign({name: result[name].expand_dims(restored, axis=-1) for name in own})

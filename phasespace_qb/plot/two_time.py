"""Correlations between two times, and spectra of squeezing."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from phasespace_qb.errors import refusal
from phasespace_qb.plot.style import (
    LINES,
    RUNS,
    STYLE,
    banded,
    given_axes,
    half_width,
    method_of,
    note_unknown,
    two_panels,
    warning,
)

VACUUM_LINE: Any = {"color": "0.45", "lw": 0.8, "ls": (0, (6, 3)), "zorder": 0}


def correlations(*corr: xr.Dataset, ax: Any = None) -> tuple[Figure, Any]:
    """Correlation of the field (above) and second-order coherence g⁽²⁾ (below) over the lag.

    Above ⟨a†(t)a(t+τ)⟩, and broken ⟨a(t+τ)a(t)⟩, of both the real part; one colour for each result.  By TruncatedWigner
    these are other operators, in symmetric order; the legend says which where both orders are drawn.  Below
    g⁽²⁾(τ) of those that have it, with the level 1 of coherent light.  Bands are ± 2 standard errors plus the error of
    the step; dots where these are not known.

    corr: one result of `correlations` or more.
    ax: two axes (field, intensity) to draw on; a new figure unless given.  Returns (figure, both axes).
    Raises: TypeError or ValueError for what is no result of `correlations`.
    """
    _require(corr, "first_order_correlation", "correlations", "lag")
    with plt.rc_context(STYLE):
        figure, axes = two_panels(ax, (3.6, 4.2), (3, 2))
        upper, lower = axes
        names, dotted = _names(corr), False
        if len({_ordering(run) for run in corr}) > 1:
            names = [f"{name}, {_ordering(run)} order" for name, run in zip(names, corr, strict=True)]
        for index, run in enumerate(corr):
            colour = RUNS[index % len(RUNS)]
            dotted |= _curve(upper, run, "first_order_correlation", colour, "-", names[index])
            dotted |= _curve(upper, run, "anomalous_correlation", colour, "--", None)
            if "second_order_correlation" in run:
                dotted |= _curve(lower, run, "second_order_correlation", colour, "-", None)
        lower.axhline(1.0, **VACUUM_LINE)
        kinds = [
            Line2D([], [], color="0.3", lw=1.4, ls=line, label=word)
            for line, word in zip(("-", "--"), _symbols(corr), strict=True)
        ]
        runs = upper.get_legend_handles_labels()[0] if len(corr) > 1 else []
        unknown = [note_unknown(upper)] if dotted else []
        upper.legend(handles=[*kinds, *runs, *unknown], fontsize=8, loc="best")
        upper.set_ylabel("field correlation / quanta")
        lower.set_ylabel(r"$g^{(2)}(\tau)$")
        lower.set_xlabel(f"lag {corr[0]['lag'].attrs.get('symbol', 'τ')}")
        upper.set_title(warning(*corr), fontsize=9)
        for panel in axes:
            panel.margins(x=0.0)
    return figure, axes


def spectrum(*spec: xr.Dataset, ax: Axes | None = None) -> tuple[Figure, Axes]:
    """Spectra of squeezing over the frequency, with the level of the vacuum as a broken line.

    One colour for each angle and one line style for each result: the output spectrum S on a logarithmic scale, or
    without photon loss the spectrum S_N inside.  Bands are ± 2 standard errors plus the error of the estimator; dots
    where these are not known.

    spec: one result of `squeezing_spectrum` or more.
    ax: axes to draw on; a new figure unless given.  Returns (figure, axes).
    Raises: TypeError or ValueError for what is no result of `squeezing_spectrum`.
    """
    _require(spec, "intracavity_spectrum", "squeezing_spectrum", "angle", "frequency")
    outside = all("output_spectrum" in run for run in spec)
    name = "output_spectrum" if outside else "intracavity_spectrum"
    with plt.rc_context(STYLE):
        axes: Axes = plt.subplots(figsize=(3.6, 2.8), layout="constrained")[1] if ax is None else given_axes(ax)[0]
        figure = axes.figure
        assert isinstance(figure, Figure)
        names, dotted = _names(spec), False
        angles = list(dict.fromkeys(float(angle) for run in spec for angle in run["angle"].values))
        for index, run in enumerate(spec):
            for row, angle in enumerate(run["angle"].values):
                colour = RUNS[angles.index(float(angle)) % len(RUNS)]
                value, error = run[name].values[row], half_width(run, name)[row]
                x = run["frequency"].values
                dotted |= banded(axes, x, value, error, colour, LINES[index % len(LINES)])
        level = 1.0 if outside else 0.0
        axes.axhline(level, **VACUUM_LINE)
        if outside:
            axes.set_yscale("log")
            axes.yaxis.set_major_formatter("{x:g}")
            # Where less than two decades are shown, one decade's label says little.
            low, high = axes.get_ylim()
            marks = [mark for mark in (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100) if low <= mark <= high]
            if 2 <= len(marks) <= 9:
                axes.set_yticks(marks)
                axes.yaxis.set_minor_formatter("")
        colours = [
            Line2D([], [], color=RUNS[i % len(RUNS)], lw=1.4, label=_angle(angle)) for i, angle in enumerate(angles)
        ]
        lines = [
            Line2D([], [], color="0.3", lw=1.4, ls=LINES[i % len(LINES)], label=names[i]) for i in range(len(spec))
        ]
        unknown = [note_unknown(axes)] if dotted else []
        vacuum = Line2D([], [], label="vacuum", **VACUUM_LINE)
        axes.legend(handles=[*colours, vacuum, *(lines if len(spec) > 1 else []), *unknown], fontsize=8, loc="best")
        axes.set_xlabel(f"frequency {spec[0]['frequency'].attrs.get('symbol', 'ω')}")
        axes.set_ylabel(r"output spectrum $S(\omega)$" if outside else r"spectrum inside $S_N(\omega)$")
        axes.set_title(warning(*spec), fontsize=9)
        axes.margins(x=0.0)
    return figure, axes


def _curve(panel: Axes, run: xr.Dataset, name: str, colour: str, line: str, label: str | None) -> bool:
    complete = run[name].values.real
    error = half_width(run.map(np.real, keep_attrs=True), name)
    return banded(panel, run["lag"].values, complete, error, colour, line, label)


def _ordering(run: xr.Dataset) -> str:
    """The order of the operators in a word."""
    return "symmetric" if run.attrs.get("ordering") == "symmetric" else "normal"


def _symbols(runs: tuple[xr.Dataset, ...]) -> list[str]:
    """What the two kinds of curves are; in words where they are other operators for each result."""
    names = ("first_order_correlation", "anomalous_correlation")
    symbols = [list(dict.fromkeys(run[name].attrs["symbol"] for run in runs)) for name in names]
    words = ("first-order correlation", "anomalous correlation")
    return [each[0] if len(each) == 1 else word for each, word in zip(symbols, words, strict=True)]


def _angle(angle: float) -> str:
    """θ in parts of π where it is a simple one."""
    parts = {0.0: "0", 0.25: r"\pi/4", 0.5: r"\pi/2", 0.75: r"3\pi/4", 1.0: r"\pi"}
    near = [text for part, text in parts.items() if abs(angle / np.pi - part) < 1e-9]
    return rf"$\theta = {near[0] if near else f'{angle:.3g}'}$"


def _names(runs: tuple[xr.Dataset, ...]) -> list[str]:
    """What tells the results apart: their method, and λ where that is the same."""
    names = [method_of(run) for run in runs]
    if len(set(names)) < len(names) and all("threshold_ratio" in run.attrs for run in runs):
        return [
            f"{name}, $\\lambda = {run.attrs['threshold_ratio']:.3g}$" for name, run in zip(names, runs, strict=True)
        ]
    return names


def _require(runs: tuple[xr.Dataset, ...], name: str, origin: str, *along: str) -> None:
    if not runs:
        raise ValueError(refusal("runs", "one result or more", runs))
    for run in runs:
        if not isinstance(run, xr.Dataset):
            raise TypeError(refusal("run", f"a result of `{origin}`", run))
        if name not in run:
            raise ValueError(refusal("run", f"a result of `{origin}`", "an other dataset"))
        for each in along:
            if each not in run[name].dims:
                remedy = f"Keep it: sel({each}=[…])."
                raise ValueError(refusal("run", f"a result over `{each}`", f"an array at one {each} only", remedy))

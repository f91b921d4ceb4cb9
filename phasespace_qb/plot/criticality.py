"""Pictures of a threshold: photon numbers, coherence and work of sweeps across it, and the curves they collapse on."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from phasespace_qb.errors import refusal, require_one_of
from phasespace_qb.plot.style import COLOURS, STYLE, given_axes, half_width
from phasespace_qb.results.sweeps import SOLVER
from phasespace_qb.threshold.reading import REJECTED
from phasespace_qb.threshold.scaling import collapse
from phasespace_qb.threshold.universal import COHERENCE_AT_THRESHOLD, universal_threshold

Array = NDArray[np.float64]

AGAINST = {
    "eta": r"distance from threshold $\eta = (\lambda - 1)/g$",
    "threshold_ratio": r"drive $\lambda = |F|/F_\mathrm{th}$",
}
NOISES = ("#56B4E9", "#E69F00", "#CC79A7", "#000000", "#999999")
"""Colours of noise parameters: those of Okabe and Ito that no quantity has."""
MARKERS = ("o", "s", "^", "D", "v", "P")
CLOSE = 5.0
"""Largest |η| that is drawn."""
MOST_COHERENCE = 6.0
"""Upper end of the axis for g⁽²⁾ at most; far below threshold it grows as 1/n̄."""
UNIVERSAL_WORDS = r"universal, $g \to 0$"
WORK = ("ergotropy", "ergotropy_coherent", "ergotropy_incoherent")
SYMBOLS = {"ergotropy": "W", "ergotropy_coherent": "W^c", "ergotropy_incoherent": "W^i"}


class _Curve(NamedTuple):
    """Points of one g² and method: in order of λ, with values and half widths of errors by name; all (N,)."""

    noise: float
    method: str
    eta: Array
    ratio: Array
    values: dict[str, Array]
    errors: dict[str, Array]


def threshold(*swept: xr.Dataset, against: str = "eta", ax: Any = None) -> tuple[Figure, Any]:
    """Photon number and second-order coherence across the threshold, for each noise parameter g².

    against: "eta" for the collapse, g n̄ and g⁽²⁾ over η = (λ − 1)/g up to |η| = 5 with their universal curves (black);
    "threshold_ratio" for n̄, on a logarithmic axis, and g⁽²⁾ over λ.  Thin lines mark the threshold and g⁽²⁾ there.
    Error bars are ± 2 standard errors plus the errors of estimator, step and cutoff; without one, it is not known.
    Arrows stand for points beyond an axis.  Points whose verdict is "reject" are left out.

    swept: sweeps of a battery on resonance; those of one g² are joined.
    ax: two axes (photon number, coherence); a new figure unless given.  Returns (figure, both axes).
    Raises: TypeError or ValueError as `collapse`; ValueError for no sweep and for other than two axes.
    """
    require_one_of("against", against, AGAINST)
    names = ("scaled_photon_number", "second_order_coherence")
    curves = _curves(swept, names)
    with plt.rc_context(STYLE):
        figure, axes = _axes(ax, 2)
        for panel, name in zip(axes, names, strict=True):
            if against != "eta" and panel is axes[0]:
                panel.set_yscale("log")
            panel.axvline(0 if against == "eta" else 1, color="0.75", lw=0.8, zorder=0)
            for number, curve in enumerate(curves):
                unit = 1 / np.sqrt(curve.noise) if against != "eta" and name == names[0] else 1.0
                _points(panel, curve, name, against, unit, NOISES[number % len(NOISES)], MARKERS[number % len(MARKERS)])
            panel.set_xlabel(AGAINST[against])
        axes[1].axhline(COHERENCE_AT_THRESHOLD, color="0.75", lw=0.8, zorder=0)
        axes[0].set_ylabel(r"photon number $\bar n$" if against != "eta" else r"$g\,\bar n$")
        axes[1].set_ylabel(r"second-order coherence $g^{(2)}$")
        handles = _handles(curves)
        if against == "eta":
            left, right = _span(curves)
            places = np.linspace(left, right, 201)
            limit = universal_threshold(places)
            for panel, name in zip(axes, names, strict=True):
                panel.plot(places, limit[name].values, "k-", lw=1.2, zorder=1)
                panel.set_xlim(left, right)
            axes[0].set_ylim(0, 1.08 * float(limit[names[0]].max()))
            _beyond(axes[0], curves, names[0], against)
            handles.append(Line2D([], [], color="k", lw=1.2, label=UNIVERSAL_WORDS))
        axes[1].set_ylim(0.8, _highest(curves, against))
        _beyond(axes[1], curves, names[1], against)
        axes[0].legend(handles=handles, loc="upper left" if against == "eta" else "lower right", fontsize=8)
    return figure, axes


def threshold_work(*swept: xr.Dataset, against: str = "threshold_ratio", ax: Any = None) -> tuple[Figure, Axes]:
    """Coherent and incoherent part of the ergotropy across the threshold, for each noise parameter g².

    against: "threshold_ratio" for W, W^c and W^i on a logarithmic axis over λ, where their errors leave them a sign;
    "eta" for g W^c and g W^i over η = (λ − 1)/g with their universal curves (black), which W^c approaches from below as
    √g.  Error bars as in `threshold`.

    swept: as in `threshold`.  ax: one axes; a new figure unless given.  Returns (figure, axes).
    Raises: TypeError or ValueError as `collapse`; ValueError for no sweep, or one without ergotropy.
    """
    require_one_of("against", against, AGAINST)
    shown = WORK if against == "threshold_ratio" else WORK[1:]
    curves = _curves(swept, tuple(f"scaled_{name}" for name in shown))
    with plt.rc_context(STYLE):
        figure, (axes,) = _axes(ax, 1)
        axes.axvline(0 if against == "eta" else 1, color="0.75", lw=0.8, zorder=0)
        if against != "eta":
            axes.set_yscale("log")
        for number, curve in enumerate(curves):
            for name in shown:
                unit = 1 / np.sqrt(curve.noise) if against != "eta" else 1.0
                marker = MARKERS[number % len(MARKERS)]
                _points(axes, curve, f"scaled_{name}", against, unit, COLOURS[name], marker)
        parts = [Line2D([], [], color=COLOURS[name], lw=1.4, label=f"${SYMBOLS[name]}$") for name in shown]
        if "ergotropy" in shown:
            parts[0].set(lw=2.6, alpha=0.45)
        handles = [*parts, *_handles(curves, "0.3")]
        if against == "eta":
            left, right = _span(curves)
            places = np.linspace(left, right, 201)
            limit = universal_threshold(places)
            for name in shown:
                axes.plot(places, limit[f"scaled_{name}"].values, "k-", lw=1.2, zorder=1)
            axes.set(xlim=(left, right), ylim=(0, 1.08 * float(limit["scaled_ergotropy_incoherent"].max())))
            axes.set_ylabel(r"$g\,W^c$, $g\,W^i$ / $\hbar\omega_s$")
            handles.append(Line2D([], [], color="k", lw=1.2, label=UNIVERSAL_WORDS))
        else:
            axes.set_ylim(*_decades([curve.values["scaled_ergotropy"] / np.sqrt(curve.noise) for curve in curves]))
            axes.set_ylabel(r"ergotropy / $\hbar\omega_s$")
        axes.set_xlabel(AGAINST[against])
        axes.legend(handles=handles, loc="upper left", fontsize=8)
    return figure, axes


def _curves(swept: tuple[xr.Dataset, ...], names: tuple[str, ...]) -> list[_Curve]:
    """The points of all sweeps by g² and method, largest g² first."""
    if not swept:
        raise ValueError(refusal("swept", "one sweep or more", swept))
    found: dict[tuple[float, str], list[tuple[float, ...]]] = {}
    for each in swept:
        points = collapse(each)
        missing = [name for name in names if name not in points]
        if missing:
            got = f"an other one: {list(each)}"
            raise ValueError(refusal("swept", f"a result with {', '.join(missing)}", got))
        for key, row in _rows(points, names):
            found.setdefault(key, []).append(row)
    curves = []
    for (noise, method), rows in sorted(found.items(), key=lambda item: -item[0][0]):
        table = np.array(sorted(rows)).T
        values, errors = dict(zip(names, table[2::2], strict=True)), dict(zip(names, table[3::2], strict=True))
        curves.append(_Curve(noise, method, table[1], table[0], values, errors))
    return curves


def _rows(points: xr.Dataset, names: tuple[str, ...]) -> Iterator[tuple[tuple[float, str], tuple[float, ...]]]:
    """(g², method) and (λ, η, value, error, value, error, …) of each point."""
    numbers: dict[str, xr.DataArray] = {}
    for name in names:
        numbers |= {name: points[name], f"{name} error": points[name].copy(data=half_width(points, name))}
    if "verdict" in points:
        numbers = {name: array.where(points["verdict"] < REJECTED) for name, array in numbers.items()}
    numbers = {"ratio": points["threshold_ratio"], "eta": points["eta"]} | numbers
    bare = [array.reset_coords(drop=True) for array in (points["noise_parameter"], *numbers.values())]
    together = xr.broadcast(*bare)
    method = str(points.attrs.get("method", "run"))
    labels = together[0][SOLVER].broadcast_like(together[0]).values if SOLVER in together[0].dims else None
    columns = [array.values.ravel() for array in together]
    for place, noise in enumerate(columns[0]):
        label = method if labels is None else str(labels.ravel()[place])
        yield (float(f"{noise:.9g}"), label), tuple(float(column[place]) for column in columns[1:])


def _points(axes: Axes, curve: _Curve, name: str, against: str, unit: float, colour: str, marker: str) -> None:
    below = name == "scaled_ergotropy"  # the parts lie on it
    x = curve.eta if against == "eta" else curve.ratio
    value, error = curve.values[name], np.nan_to_num(curve.errors[name])
    close = np.isfinite(value)
    if against == "eta":
        close &= np.abs(curve.eta) <= CLOSE
    elif axes.get_yscale() == "log":
        close &= value > error
    axes.errorbar(
        x[close],
        unit * curve.values[name][close],
        unit * curve.errors[name][close],
        fmt=marker,
        ls="-" if against != "eta" else "",
        lw=2.6 if below else 0.9,
        ms=0 if below else 3.5,
        mfc="w",
        mew=0.9,
        capsize=0 if below else 1.5,
        elinewidth=0 if below else 0.9,
        color=colour,
        alpha=0.45 if below else 1.0,
        zorder=1 if below else 2,
    )


def _highest(curves: list[_Curve], against: str) -> float:
    """Upper end of an axis for g⁽²⁾: with all points, as far as these leave the universal values legible."""
    shown = np.concatenate([curve.values["second_order_coherence"][_shown(curve, against)] for curve in curves])
    return float(np.clip(1.06 * np.max(shown[np.isfinite(shown)], initial=0.0), 3.4, MOST_COHERENCE))


def _shown(curve: _Curve, against: str) -> NDArray[np.bool_]:
    return np.abs(curve.eta) <= CLOSE if against == "eta" else np.ones(len(curve.eta), dtype=bool)


def _beyond(panel: Axes, curves: list[_Curve], name: str, against: str) -> None:
    """An arrow at the upper end of an axis for each point that is above it."""
    top = panel.get_ylim()[1]
    for number, curve in enumerate(curves):
        above = _shown(curve, against) & (curve.values[name] > top)
        x = (curve.eta if against == "eta" else curve.ratio)[above]
        if len(x):
            colour = NOISES[number % len(NOISES)]
            panel.plot(
                x, np.full(len(x), top), color=colour, marker=r"$\uparrow$", ms=7, ls="", clip_on=False, zorder=3
            )


def _handles(curves: list[_Curve], colour: str | None = None) -> list[Line2D]:
    several = len({curve.method for curve in curves}) > 1
    return [
        Line2D(
            [],
            [],
            ls="",
            marker=MARKERS[number % len(MARKERS)],
            ms=4.5,
            mfc="w",
            color=colour or NOISES[number % len(NOISES)],
            label=_named(curve.noise) + (f", {curve.method}" if several else ""),
        )
        for number, curve in enumerate(curves)
    ]


def _named(noise: float) -> str:
    """g² as a legend has it: 1/8, or a power of ten."""
    inverse = 1 / noise
    if inverse < 99 and abs(inverse - round(inverse)) < 1e-6 * inverse:
        return f"$g^2 = 1/{round(inverse)}$" if round(inverse) != 1 else "$g^2 = 1$"
    mantissa, exponent = f"{noise:.2e}".split("e")
    factor = "" if float(mantissa) == 1 else rf"{float(mantissa):g} \times "
    return f"$g^2 = {factor}10^{{{int(exponent)}}}$"


def _span(curves: list[_Curve]) -> tuple[float, float]:
    eta = np.concatenate([curve.eta for curve in curves])
    close = eta[np.abs(eta) <= CLOSE]
    if not close.size:
        return -CLOSE, CLOSE
    return float(min(close.min(), -1.0)) - 0.15, float(max(close.max(), 1.0)) + 0.15


def _decades(values: list[Array]) -> tuple[float, float]:
    """Ends of a logarithmic axis: what is positive, a decade below the smallest at most."""
    all_of_them = np.concatenate(values)
    positive = all_of_them[all_of_them > 0]
    if not positive.size:
        return 0.1, 10.0
    return float(0.3 * positive.min()), float(3 * positive.max())


def _axes(ax: Any, count: int) -> tuple[Figure, NDArray[Any]]:
    if ax is None:
        figure, axes = plt.subplots(1, count, figsize=(3.4 * count, 3.0), layout="constrained", squeeze=False)
        return figure, axes[0]
    given = given_axes(ax)
    if len(given) != count:
        raise ValueError(refusal("ax", "two axes" if count == 2 else "one axes", ax))
    return given[0].figure, given

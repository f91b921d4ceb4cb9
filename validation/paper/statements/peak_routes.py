"""How far trajectories bear out the limit and the master equation while a battery charges around its peaks."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from validation.evidence import Comparison, Table, compare
from validation.paper.computing import Results
from validation.paper.intervals import reach
from validation.paper.limits import name_of
from validation.paper.runs import curve
from validation.paper.scaling import Point
from validation.paper.statements.peak_measures import DELAYED, Found, charging, early, solved
from validation.references.charging_limit import ChargingLimit

Array = NDArray[np.float64]


def delay_table(results: Results) -> Table:
    """The pump mode as a delay, at two speeds of it."""
    rows = []
    for gamma_p in DELAYED:
        point = Point(1.5, 1e-3, gamma_p)
        times, values, error, known = curve(results[early(gamma_p)], "energy")
        rate = point.ratio - 1
        expected = _early_energy(point, times)[-1]
        wrong = expected * np.exp(-2 * point.delay)
        rows.append(
            (
                f"{gamma_p:g}",
                f"{times[-1]:g}",
                f"{values[-1]:.2f} ± {reach(float(error[-1]), float(known[-1])):.2f}",
                f"{expected:.2f}",
                f"{expected * np.exp(2 * rate * point.delay):.2f}",
                f"{wrong:.2f}",
            )
        )
    return Table(
        "The pump mode as a delay: n̄ of amplified vacuum, λ = 1.5, g² = 1e-3",
        ("γ_p/γ_s", "γ_s t", "n̄, positive-P", "n̄, delay 2/γ_p", "n̄, no delay", "n̄, factor e^(−2λγ_s/γ_p)"),
        tuple(rows),
    )


def _early_energy(point: Point, times: Array) -> Array:
    limit = ChargingLimit(point.ratio, point.delay)
    return limit.stored(limit.growth(times, point.noise)) * (point.ratio - 1) / point.noise


def early_comparisons(results: Results) -> Iterator[Comparison]:
    """Amplified vacuum against the limit; known: the squeezed quadrature, which takes up to ¼ from n̄, and depletion.

    The limit neglects commutators where it depletes, y of n̄ each of them, once and again.
    """
    columns, labels = [], []
    for gamma_p in DELAYED:
        point = Point(1.5, 1e-3, gamma_p)
        times, values, error, known = curve(results[early(gamma_p)], "energy")
        expected = _early_energy(point, times)
        neglected = 0.25 + 3 * ChargingLimit(point.ratio, point.delay).growth(times, point.noise)
        columns.append((values, expected, error, known + neglected, expected * np.exp(-2 * point.delay)))
        labels += [f"γ_p = {gamma_p:g} γ_s, γ_s t = {time:g}" for time in times]
    values, expected, error, known, wrong = (np.concatenate(each) for each in zip(*columns, strict=True))
    yield from compare(
        "n̄ of amplified vacuum: positive-P and the limit g² → 0",
        values,
        expected,
        error=error,
        known=known,
        wrong=wrong,
        labels=labels,
    )


def comparisons(results: Results, found: list[Found]) -> Iterator[Comparison]:
    """W and W^c over time by trajectories and by the master equation, wherever both were computed."""
    for each in found:
        task = solved(each.point)
        if each.exact is None or task is None:
            continue
        for name, word in (("work", "W"), ("coherent", "W^c")):
            times, values, error, known = curve(results[charging(each.point)], name)
            at, expected, _, bound = curve(results[task], name)
            shared = (times > 0) & (times <= at[-1])
            where = f"λ = {each.point.ratio:g}, g² = {name_of(each.point.noise)}"
            yield from compare(
                f"{word} over time, {where}: positive-P and master equation",
                values[shared],
                np.interp(times[shared], at, expected),
                error=error[shared],
                known=(known + np.interp(times, at, bound) + _between(at, expected))[shared],
                wrong=np.interp(times[shared] - 0.5, at, expected),
                unit="ħω_s",
                axis=times[shared],
                axis_name="γ_s t",
            )


def _between(at: Array, values: Array) -> float:
    """What a straight line between two saved times may be off: an eighth of the second difference."""
    return float(np.abs(np.diff(values, 2)).max() / 8)

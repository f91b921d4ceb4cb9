"""“Coherent ergotropy and power peak together at γ_s t ≈ 10”: two times, each with a law of its own."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from validation.evidence import Comparison, Table, compare
from validation.paper.computing import Results, Task
from validation.paper.page import Curve, Panel, Route, Section, Verdict
from validation.paper.runs import Cutoffs, curve, exact
from validation.paper.statements.peak_measures import (
    DELAYED,
    NARROW,
    Found,
    charging,
    early,
    limit_peaks,
    narrowness,
    peaks_at,
    points,
    shift_of,
    solved,
)
from validation.paper.statements.scaling import Point, Top, top_of
from validation.references.charging_limit import ChargingLimit

Array = NDArray[np.float64]
PAPER_CUTOFFS: Cutoffs = (33, 10)
TOGETHER = 0.1
"""Share of their mean within which two times are called the same."""
NEAR = 0.05
"""Share of a measured time within which a formula is of use."""


def tasks(*, quick: bool) -> list[Task]:
    """Runs around the peaks, and two early ones."""
    at = points(quick=quick)
    solving = [] if quick else [task for point in at if (task := solved(point)) is not None]
    return [
        *map(charging, at),
        *solving,
        exact(PAPER_CUTOFFS, pump=3.0),
        *(early(gamma_p) for gamma_p in DELAYED),
    ]


def tell(results: Results, *, quick: bool) -> Section:
    """Both peaks against their laws."""
    found = [peaks_at(results, point, quick=quick) for point in points(quick=quick)]
    paper = {name: top_of(results[exact(PAPER_CUTOFFS, pump=3.0)], name, alone=True) for name in ("coherent", "power")}
    there = next(each for each in found if each.point.is_papers and each.point.ratio == 1.5)
    both = [each for each in found if all(top.exists for top in each.sampled.values())]
    same = [each for each in both if _together(each.sampled)]
    shift = shift_of(found)
    limit = ChargingLimit(1.5)
    return Section(
        name="peaks-together",
        title="Coherent ergotropy and power peak together at γ_s t ≈ 10",
        printed="At F_p = 3, W^c and P = W/t are both largest around γ_s t ≈ 10 (Figs. 4 and 6).",
        verdicts=_verdicts(paper, there, both, same),
        answer=_answer(paper, there, both, same),
        text=(
            "Above threshold each run amplifies vacuum: a normal deviate ξ, one for each run, decides when it reaches "
            "its branch. As g² → 0 everything depends on y = λg²(e^(rt) − 1)/4(λ−1)² with r = (λ−1)γ_s. W^i sets in "
            f"at y = 1 and W^c is largest at y = {limit.coherent_top[0]:.3f}, where it is "
            f"{limit.coherent_top[1]:.3f} n_ss; P is largest where rt y F′(y) = F(y) with F = W/n_ss, which goes to "
            "y = π(rt)²/8. So both times grow as ln(1/g²)/r, and P falls behind W^c by a logarithm of a logarithm.",
            "A pump mode that fills first is a delay of 2/γ_p, and one that follows late speeds up the depletion; for "
            "γ_p = 16 γ_s the two nearly cancel. The lines have both.",
            f"{_shift_sentence(shift)} {_useful(found)}",
        ),
        panels=(*_panels(found), _shift_panel(found)),
        tables=(_table(found), _delay_table(results)),
        comparisons=tuple(_comparisons(results, found)) + tuple(_early_comparisons(results)),
    )


def _together(tops: dict[str, Top]) -> bool:
    first, second = tops["coherent"].time, tops["power"].time
    return abs(first - second) <= TOGETHER * (first + second) / 2


def _verdicts(paper: dict[str, Top], there: Found, both: list[Found], same: list[Found]) -> tuple[Verdict, ...]:
    at_cutoffs = all(top.exists for top in paper.values()) and _together(paper)
    tops = there.exact or there.sampled
    converged = all(top.exists for top in tops.values()) and _together(tops)
    everywhere = len(same) == len(both)
    return (
        Verdict(
            "together at the paper’s cutoffs" if at_cutoffs else "apart at the paper’s cutoffs",
            "holds" if at_cutoffs else "fails",
        ),
        Verdict("together, converged" if converged else "apart, converged", "holds" if converged else "fails"),
        Verdict(
            f"together at {len(same)} of {len(both)} points (λ, g²)",
            "holds" if everywhere else "partly" if same else "fails",
        ),
    )


def _answer(paper: dict[str, Top], there: Found, both: list[Found], same: list[Found]) -> str:
    tops = there.exact or there.sampled
    route = "converged" if there.exact else "by trajectories"
    before = sum(each.sampled["power"].time < each.sampled["coherent"].time for each in both)
    order = (
        f"P comes first at {before} of {len(both)} points, W^c at the others, as g² falls"
        if 0 < before < len(both)
        else f"{'P' if before else 'W^c'} comes first at all {len(both)} points"
    )
    return (
        f"W^c and P peak at γ_s t = {_when(paper['coherent'])} and {_when(paper['power'])} with the paper’s "
        f"cutoffs, at {tops['coherent'].written()} and {tops['power'].written()} {route}. Over λ and g² they are "
        f"{'the same' if len(same) == len(both) else 'two different'} times: {order}, and "
        f"{len(same)} of {len(both)} points have them within {TOGETHER:.0%} of each other."
    )


def _when(top: Top) -> str:
    return f"{top.time:.1f}" if top.exists else "(none)"


def _useful(found: list[Found]) -> str:
    def near(name: str) -> tuple[int, int]:
        pairs = [(each.sampled[name], limit_peaks(each.point)[name]) for each in found]
        known = [(top.time, limit) for top, limit in pairs if top.exists and np.isfinite(limit)]
        return sum(abs(limit - time) <= NEAR * time for time, limit in known), len(known)

    (c_near, c_all), (p_near, p_all) = near("coherent"), near("power")
    none = [each for each in found if not each.sampled["coherent"].exists]
    where = ", ".join(f"({each.point.ratio:g}, {each.point.noise:.3g})" for each in none)
    absent = f" W^c has no peak that could be measured at (λ, g²) = {where}." if none else ""
    return (
        f"Within {NEAR:.0%} of the measured time is the formula for P at {p_near} of {p_all} points, and the one for "
        f"W^c at {c_near} of {c_all}.{absent}"
    )


def _shift_sentence(shift: tuple[float, float, float, int] | None) -> str:
    if shift is None:
        return "Too few peaks of W^c are known well enough to say how they approach the limit."
    power, error, factor, count = shift
    return (
        "At finite g² the peak of W^c comes later, because number noise blurs the distribution that W^i is made of: "
        f"measured at {count} points, r(t − t_limit) = {factor:.1f} s^p with p = {power:.2f} ± {1.96 * error:.2f} and "
        f"s = √Var n/n_ss ≈ g√(λ−½)/(λ−1) below {NARROW:g}."
    )


def _panels(found: list[Found]) -> Iterator[Panel]:
    for ratio in sorted({each.point.ratio for each in found}):
        row = sorted((each for each in found if each.point.ratio == ratio), key=lambda each: each.point.noise)
        if len(row) < 3:
            continue
        noises = np.geomspace(row[0].point.noise, row[-1].point.noise, 25)
        limits = [limit_peaks(Point(ratio, float(noise))) for noise in noises]
        curves: list[Curve] = []
        for name, label in (("coherent", "W^c"), ("power", "P")):
            known = [(float(noise), each[name]) for noise, each in zip(noises, limits, strict=True)]
            known = [(noise, time) for noise, time in known if np.isfinite(time)]
            curves.append(Curve(label, Route.CLOSED_FORM, *map(tuple, zip(*known, strict=True))))
            curves.extend(_points_of(label, Route.POSITIVE_P, [(each.point, each.sampled[name]) for each in row]))
            solved_ones = [(each.point, each.exact[name]) for each in row if each.exact is not None]
            curves.extend(_points_of(label, Route.CONVERGED, solved_ones))
        yield Panel(
            f"λ = {ratio:g}: when W^c and P are largest", "g²", "γ_s t of the peak", tuple(curves), logarithmic_x=True
        )


def _points_of(label: str, route: Route, tops: list[tuple[Point, Top]]) -> Iterator[Curve]:
    kept = [(point, top) for point, top in tops if top.exists]
    if kept:
        yield Curve(
            label,
            route,
            tuple(point.noise for point, _ in kept),
            tuple(top.time for _, top in kept),
            tuple(top.time - top.reach for _, top in kept),
            tuple(top.time + top.reach for _, top in kept),
        )


def _shift_panel(found: list[Found]) -> Panel:
    curves = []
    for ratio in sorted({each.point.ratio for each in found}):
        found_here: list[tuple[float, float, float, float]] = []
        for each in found:
            top, point = each.sampled["coherent"], each.point
            moved = (ratio - 1) * (top.time - limit_peaks(point)["coherent"])
            reach = (ratio - 1) * top.reach
            if point.ratio == ratio and top.exists and moved > reach:
                found_here.append((narrowness(point), moved, moved - reach, moved + reach))
        if found_here:
            curves.append(Curve(f"λ = {ratio:g}", Route.POSITIVE_P, *map(tuple, zip(*found_here, strict=True))))
    return Panel(
        "How late the peak of W^c is",
        "√Var n / n_ss",
        "(λ−1)γ_s (t − t_limit)",
        tuple(curves),
        logarithmic_x=True,
        logarithmic_y=True,
        note="Points where the shift is larger than its error.",
    )


def _table(found: list[Found]) -> Table:
    rows = []
    for each in found:
        limits = limit_peaks(each.point)
        row = [f"{each.point.ratio:g}", f"{each.point.noise:.4g}"]
        for name in ("coherent", "power"):
            solved_one = "–" if each.exact is None else each.exact[name].written()
            formula = f"{limits[name]:.2f}" if np.isfinite(limits[name]) else "none"
            row += [formula, each.sampled[name].written(), solved_one]
        rows.append(tuple(row))
    return Table(
        "When W^c and P are largest, γ_s t; ± is the 95 % interval and what is known to be off",
        (
            "λ",
            "g²",
            "W^c: limit g² → 0",
            "W^c: positive-P",
            "W^c: master equation",
            "P: limit g² → 0",
            "P: positive-P",
            "P: master equation",
        ),
        tuple(rows),
    )


def _delay_table(results: Results) -> Table:
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
                f"{values[-1]:.2f} ± {1.96 * error[-1] + known[-1]:.2f}",
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


def _early_comparisons(results: Results) -> Iterator[Comparison]:
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


def _comparisons(results: Results, found: list[Found]) -> Iterator[Comparison]:
    """W and W^c over time by trajectories and by the master equation, wherever both were computed."""
    for each in found:
        task = solved(each.point)
        if each.exact is None or task is None:
            continue
        for name, word in (("work", "W"), ("coherent", "W^c")):
            times, values, error, known = curve(results[charging(each.point)], name)
            at, expected, _, bound = curve(results[task], name)
            shared = (times > 0) & (times <= at[-1])
            where = f"λ = {each.point.ratio:g}, g² = {each.point.noise:.4g}"
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

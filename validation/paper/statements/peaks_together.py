"""“Coherent ergotropy and power peak together at γ_s t ≈ 10”: two times, each with a law of its own."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from validation.evidence import Table
from validation.paper.choices import PAPER_CUTOFFS
from validation.paper.computing import Results, Task
from validation.paper.limits import name_of
from validation.paper.page import Curve, Panel, Route, Section, Verdict
from validation.paper.runs import exact
from validation.paper.scaling import Point, Top, top_of
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
from validation.paper.statements.peak_routes import comparisons, delay_table, early_comparisons
from validation.references.charging_limit import ChargingLimit

Array = NDArray[np.float64]
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
        printed="W^c and P = W/t are said to reach their maxima at essentially the same moment, γ_s t ≈ 10 "
        "(Figs. 4 to 6).",
        verdicts=(verdicts := _verdicts(paper, there, both, same)),
        conclusions=(_concluded(verdicts),),
        answer=_answer(paper, there, both, same),
        text=(
            "Above threshold each run amplifies vacuum: a normal deviate ξ, one for each run, decides when it reaches "
            "its branch. As g² → 0 everything depends on y = λg²(e^(rt) − 1)/[4(λ−1)²] with r = (λ−1)γ_s. W^i sets in "
            f"at y = 1 and W^c is largest at y = {limit.coherent_top[0]:.3f}, where it is "
            f"{limit.coherent_top[1]:.3f} n_ss; P is largest where rt y F′(y) = F(y) with F = W/n_ss, which goes to "
            "y = π(rt)²/8. So both times grow as ln(1/g²)/r, and P falls behind W^c by a logarithm of a logarithm.",
            f"In this limit a pump mode that fills first is a delay of 2/γ_p = {2 * there.point.delay:.3f}/γ_s; one "
            "that follows late speeds up the depletion: at λ = 1.5 the two together move the peak of W^c by "
            f"{_moved(there.point):+.3f}/γ_s. The lines of the pictures have both.",
            f"{_shift_sentence(shift)} {_useful(found)}",
        ),
        panels=(*_panels(found), _shift_panel(found)),
        tables=(_table(found), delay_table(results)),
        comparisons=(*comparisons(results, found), *early_comparisons(results)),
    )


def _moved(point: Point) -> float:
    """By how much the pump mode moves the peak of W^c in the limit, in 1/γ_s."""
    with_it, without = ChargingLimit(point.ratio, point.delay), ChargingLimit(point.ratio)
    return with_it.coherent_peak(point.noise) - without.coherent_peak(point.noise)


def _together(tops: dict[str, Top]) -> bool:
    first, second = tops["coherent"].time, tops["power"].time
    return abs(first - second) <= TOGETHER * (first + second) / 2


def _verdicts(paper: dict[str, Top], there: Found, both: list[Found], same: list[Found]) -> tuple[Verdict, ...]:
    at_cutoffs = all(top.exists for top in paper.values()) and _together(paper)
    tops = there.exact or there.sampled
    converged = all(top.exists for top in tops.values()) and _together(tops)
    everywhere = len(same) == len(both)
    return (
        _peaks(at_cutoffs, paper, "at the paper’s cutoffs"),
        _peaks(converged, tops, "converged" if there.exact else "by trajectories"),
        Verdict(
            f"W^c and P peak together at {len(same)} of {len(both)} points (λ, g²)",
            "remark" if not both else "holds" if everywhere else "partly" if same else "fails",
        ),
    )


def _peaks(are_together: bool, tops: dict[str, Top], how: str) -> Verdict:
    """Whether the two times of the paper's battery are one."""
    what = "one time for W^c and P" if are_together else "different times for W^c and P"
    times = f"γ_s t = {_when(tops['coherent'])} and {_when(tops['power'])}"
    if any(top.place in ("flat", "unknown") for top in tops.values()):
        return Verdict(f"{how}: not known whether one time, {times}", "remark")
    return Verdict(f"{how}: {what}, {times}", "holds" if are_together else "fails")


def _concluded(verdicts: tuple[Verdict, ...]) -> Verdict:
    """The paper's statement at its parameters, converged."""
    if verdicts[1].kind in ("holds", "remark"):
        return Verdict("W^c and P peak at one moment", verdicts[1].kind)
    cause = "so only at the paper’s cutoffs" if verdicts[0].kind == "holds" else "no effect of cutoffs"
    times = verdicts[1].words.partition(", ")[2]
    return Verdict(f"W^c and P peak at one moment ({times}; {cause})", "fails")


def _answer(paper: dict[str, Top], there: Found, both: list[Found], same: list[Found]) -> str:
    tops = there.exact or there.sampled
    route = "converged" if there.exact else "by trajectories"
    at_papers = (
        f"At F_p = 3 W^c and P peak at γ_s t = {_when(paper['coherent'])} and {_when(paper['power'])} with the paper’s "
        f"cutoffs, at {tops['coherent'].written()} and {tops['power'].written()} {route}."
    )
    if not both:
        return f"{at_papers} At no other λ and g² both peaks could be measured."
    before = sum(each.sampled["power"].time < each.sampled["coherent"].time for each in both)
    order = (
        f"P is largest first at {before} of {len(both)} points (λ, g²) and W^c at the others"
        if 0 < before < len(both)
        else f"{'P' if before else 'W^c'} is largest first at all {len(both)} points (λ, g²)"
    )
    return (
        f"{at_papers} Over λ and g² they are "
        f"{'one time' if len(same) == len(both) else 'two different times: ' + order}; they are within "
        f"{TOGETHER:.0%} of each other at {len(same)} of {len(both)} points."
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
    where = ", ".join(f"({each.point.ratio:g}, {name_of(each.point.noise)})" for each in none)
    absent = f" W^c has no peak that could be measured at (λ, g²) = {where}." if none else ""
    return (
        f"Within {NEAR:.0%} of the measured time is the formula for P at {p_near} of {p_all} points, and the one for "
        f"W^c at {c_near} of {c_all}.{absent}"
    )


def _shift_sentence(shift: tuple[float, float, float, int] | None) -> str:
    if shift is None:
        return "Too few peaks of W^c are known well enough to say how they approach the limit."
    power, away, factor, count = shift
    return (
        f"At finite g² the peak of W^c comes {'later' if factor > 0 else 'earlier'} than in the limit, "
        "most likely because number noise blurs the distribution that W^i "
        f"is made of: measured at {count} points, r(t − t_limit) = {factor:.1f} s^p with "
        f"p = {power:.2f} ± {away:.2f} and s = √Var n/n_ss ≈ g√(λ−½)/(λ−1) below {NARROW:g}."
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
        "√Var n / n_ss, relative number noise",
        "(λ−1)γ_s (t − t_limit)",
        tuple(curves),
        logarithmic_x=True,
        logarithmic_y=True,
        note="Points where the shift is larger than its error.",
    )


def _unsolved(point: Point) -> str:
    return "too many photons" if solved(point) is None else "in the full audit only"


def _table(found: list[Found]) -> Table:
    rows = []
    for each in found:
        limits = limit_peaks(each.point)
        row = [f"{each.point.ratio:g}", f"{name_of(each.point.noise)}"]
        for name in ("coherent", "power"):
            solved_one = _unsolved(each.point) if each.exact is None else each.exact[name].written()
            formula = f"{limits[name]:.2f}" if np.isfinite(limits[name]) else "none"
            row += [formula, each.sampled[name].written(), solved_one]
        rows.append(tuple(row))
    return Table(
        "When W^c and P are largest, γ_s t",
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

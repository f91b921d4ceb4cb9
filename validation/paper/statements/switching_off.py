"""“Switching off at γ_s t ≈ 10 is best”: for what, after which hold, and at which λ and g²."""

from collections.abc import Iterator
from typing import Literal

import numpy as np

from validation.evidence import Comparison, Table, compare
from validation.paper.computing import Result, Results, Task
from validation.paper.page import Curve, Panel, Route, Section, Verdict
from validation.paper.runs import Cutoffs
from validation.paper.statements.scaling import PAPER_NOISE, Point, Top
from validation.paper.statements.switching_measures import best, held, limit_of, switched

PRINTED, MARGIN = 10.0, 1.0
"""γ_s t at which the paper switches off, and how far “about” reaches."""
NAMES = {"power": "P", "coherent": "W^c", "work": "W"}
CHECKED = Point(2.0, 1 / 8)
CUTOFFS: Cutoffs = (48, 12)
"""Where the master equation is affordable for each time to switch off."""
PAPERS = Point(1.5, PAPER_NOISE)


def holds(*, quick: bool) -> tuple[float, ...]:
    """Holding times in 1/γ_s."""
    return (0.0, 1.0) if quick else (0.0, 0.5, 1.0, 2.0)


def points(*, quick: bool) -> list[Point]:
    """λ and g² that are tried."""
    if quick:
        return [PAPERS, Point(1.5, 1e-3)]
    return [Point(ratio, noise) for ratio in (1.5, 2.0) for noise in (PAPER_NOISE, 1e-2, 1e-3)] + [Point(1.25, 1e-3)]


def tasks(*, quick: bool) -> list[Task]:
    """Switched-off batteries by trajectories, and one by both routes."""
    found = [_task(point, quick) for point in points(quick=quick)]
    if not quick:
        found += [_task(CHECKED, quick), switched(CHECKED, holds(quick=quick), CUTOFFS)]
    return found


def _task(point: Point, quick: bool) -> Task:
    trajectories = 100_000 if point.is_papers and not quick else 20_000
    return switched(point, holds(quick=quick), trajectories=trajectories)


def tell(results: Results, *, quick: bool) -> Section:
    """Best times by purpose and hold."""
    pauses = holds(quick=quick)
    runs = {point: results[_task(point, quick)] for point in points(quick=quick)}
    paper = {(name, hold): best(runs[PAPERS], name, hold) for name in NAMES for hold in pauses}
    others = [best(run, name, 0.0) for point, run in runs.items() if point != PAPERS for name in ("power", "coherent")]
    known = [top.time for top in others if top.exists]
    return Section(
        name="switching-off",
        title="Switching off at γ_s t ≈ 10 is optimal",
        printed="The pump is best switched off at γ_s t ≈ 10: P and W^c are said to be largest there, and W little "
        "smaller than when charged to the end.",
        verdicts=(
            *(_verdict(name, paper[name, 0.0]) for name in NAMES),
            _verdict_elsewhere(known),
        ),
        answer=f"At the paper’s parameters the best time is {_word(paper['power', 0.0])} for P, "
        f"{_word(paper['coherent', 0.0])} for W^c, {_word(paper['work', 0.0])} for W; held for 1/γ_s, "
        f"{_word(paper['power', 1.0])}, {_word(paper['coherent', 1.0])} and {_word(paper['work', 1.0])}. "
        + (
            f"Over λ and g² the best times of P and W^c lie between {min(known):.1f} and {max(known):.1f}."
            if known
            else "Nowhere else was a best time found."
        ),
        text=(
            "What is best depends on the purpose. W rises all the time; it has no best time unless time costs "
            "something. P = W/(t + h), with t the time of the switch and h the hold, is the work per cycle time.",
            "As g² → 0 and γ_p → ∞ a hold takes every run from n to n e^(−h)/(1 + g²n(1 − e^(−h))), because the "
            "undriven pump mode still takes pairs: W(h) = n_ss (e^(−h)/b) F(by) with b = 1 + (λ−1)(1 − e^(−h)). "
            "The best time for P follows from r(t + h) z F′(z) = F(z) at z = by: a hold moves it by −ln b/r and, "
            "through t + h, forward by less. For W^c it is the time of the largest W^c, earlier by ln b/r. The limits "
            "in the table have the pump mode too.",
            _hold_sentence(runs, pauses),
            _gain_sentence(runs[PAPERS]),
        ),
        panels=tuple(_panel(name, runs, pauses) for name in ("power", "coherent")),
        tables=(_table(runs, pauses),),
        comparisons=() if quick else tuple(_comparisons(results, pauses)),
    )


def _word(top: Top) -> str:
    return top.written(1) if top.exists else f"({top.written()})"


def _verdict(name: str, top: Top) -> Verdict:
    if not top.exists:
        return Verdict(f"for {NAMES[name]} there is no best time ({top.place})", "fails")
    holds_there = abs(top.time - PRINTED) <= MARGIN + top.reach
    return Verdict(f"for {NAMES[name]}: {top.written(1)}", "holds" if holds_there else "fails")


def _verdict_elsewhere(known: list[float]) -> Verdict:
    near = sum(abs(time - PRINTED) <= MARGIN for time in known)
    kind: Literal["holds", "partly", "fails"] = "holds" if near == len(known) else "partly" if near else "fails"
    return Verdict(f"near 10 for {near} of {len(known)} best times at other λ and g²", kind)


def _hold_sentence(runs: dict[Point, Result], pauses: tuple[float, ...]) -> str:
    """Where a hold of 1/γ_s moves the best times, measured."""
    words = []
    for name in ("power", "coherent"):
        pairs = [(best(run, name, pauses[0]), best(run, name, 1.0)) for run in runs.values()]
        moved = [
            (after.time - before.time, float(np.hypot(before.reach, after.reach)))
            for before, after in pairs
            if before.exists and after.exists
        ]
        later = sum(by > reach for by, reach in moved)
        earlier = sum(by < -reach for by, reach in moved)
        words.append(f"{NAMES[name]} later at {later} and earlier at {earlier} of {len(moved)} points")
    return (
        f"Measured, a hold of 1/γ_s moves the best time of {' and that of '.join(words)}, beyond errors. The limit "
        "has W^c always earlier; it is not reached at these g²."
    )


def _gain_sentence(run: Result) -> str:
    """W and W^c at the paper's time against those at the end of what was tried."""
    parts = []
    for name in ("work", "coherent"):
        times, values, _, _ = held(run, name, 0.0)
        now, then = np.interp(PRINTED, times, values), values[-1]
        parts.append(f"{NAMES[name]} is {now / then:.2f} times")
        last = times[-1]
    return f"At γ_s t = {PRINTED:g} {' and '.join(parts)} what it is at γ_s t = {last:.0f}."


def _panel(name: str, runs: dict[Point, Result], pauses: tuple[float, ...]) -> Panel:
    curves = []
    for point, run in runs.items():
        label = f"λ = {point.ratio:g}, g² = {point.noise:.3g}"
        limits = [limit_of(point, name, hold) for hold in pauses]
        if point.noise < PAPER_NOISE:
            curves.append(Curve(label, Route.CLOSED_FORM, pauses, tuple(limits)))
        tops = [(hold, best(run, name, hold)) for hold in pauses]
        tops = [(hold, top) for hold, top in tops if top.exists]
        if tops:
            curves.append(
                Curve(
                    label,
                    Route.POSITIVE_P,
                    tuple(hold for hold, _ in tops),
                    tuple(top.time for _, top in tops),
                    tuple(top.time - top.reach for _, top in tops),
                    tuple(top.time + top.reach for _, top in tops),
                )
            )
    return Panel(
        f"Best time to switch off for {NAMES[name]}",
        "held for γ_s h",
        "best γ_s t",
        tuple(curves),
        note="Lines: the limit g² → 0, drawn for g² below the paper’s.",
    )


def _table(runs: dict[Point, Result], pauses: tuple[float, ...]) -> Table:
    rows = []
    for point, run in runs.items():
        for hold in pauses:
            row = [f"{point.ratio:g}", f"{point.noise:.4g}", f"{hold:g}"]
            for name in ("power", "coherent"):
                row += [best(run, name, hold).written(), f"{limit_of(point, name, hold):.2f}"]
            rows.append((*row, best(run, "work", hold).written()))
    headings = ("λ", "g²", "γ_s h", "P", "P: limit g² → 0", "W^c", "W^c: limit g² → 0", "W")
    return Table("Best γ_s t to switch off, by trajectories, for what is there after the hold h", headings, tuple(rows))


def _comparisons(results: Results, pauses: tuple[float, ...]) -> Iterator[Comparison]:
    """Switched-off batteries by trajectories and by the master equation.

    Planted: a hold that leaves out the pairs that the pump mode still takes, which shows where there is a hold.
    """
    free, solved = results[_task(CHECKED, False)], results[switched(CHECKED, pauses, CUTOFFS)]
    for name in ("work", "coherent"):
        parts = []
        for hold in pauses:
            times, values, error, known = held(free, name, hold)
            _, expected, _, bound = held(solved, name, hold)
            undriven = 1 + (CHECKED.ratio - 1) * (1 - np.exp(-hold))
            parts.append((values, expected, error, known + bound, expected * undriven))
        values, expected, error, known, wrong = (np.concatenate(each) for each in zip(*parts, strict=True))
        where = f"λ = {CHECKED.ratio:g}, g² = {CHECKED.noise:g}"
        yield from compare(
            f"{NAMES[name]} after the hold, {where}: positive-P and master equation",
            values,
            expected,
            error=error,
            known=known,
            wrong=wrong,
            unit="ħω_s",
            labels=[f"off at {time:g}, held for {hold:g}" for hold in pauses for time in times],
        )

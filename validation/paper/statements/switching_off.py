"""“Switching off at γ_s t ≈ 10 is best”: for what, after which hold, and at which λ and g²."""

from collections.abc import Iterator
from typing import Literal, TypeAlias

import numpy as np

from validation.evidence import Comparison, Table, compare
from validation.paper.choices import at_time, converged
from validation.paper.computing import Result, Results, Task
from validation.paper.limits import name_of
from validation.paper.page import Curve, Panel, Route, Section, Verdict
from validation.paper.runs import Cutoffs, exact
from validation.paper.scaling import PAPER_NOISE, Point, Top
from validation.paper.statements.switching_measures import best, held, limit_of, switched

PRINTED, MARGIN = 10.0, 1.0
"""γ_s t at which the paper switches off, and how far “about” reaches."""
NAMES = {"power": "P", "coherent": "W^c", "work": "W"}
END = 30.0
"""γ_s t of the steady state that the paper compares with."""
SOMEWHAT, MUCH = 0.25, 0.5
"""By which share W may be smaller and still be "somewhat" smaller, and from which on it is something else."""
SIGNIFICANTLY = 0.1
"""By which share W^c must be larger to be "significantly" larger."""
CHECKED = Point(2.0, 1 / 8)
CUTOFFS: Cutoffs = (48, 12)
"""Where the master equation is affordable for each time to switch off."""
PAPERS = Point(1.5, PAPER_NOISE)
Kind: TypeAlias = Literal["holds", "partly", "fails", "remark"]


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
    found = [_task(point, quick) for point in points(quick=quick)] + [_charging(quick)]
    if not quick:
        found += [_task(CHECKED, quick), switched(CHECKED, holds(quick=quick), CUTOFFS)]
    return found


def _task(point: Point, quick: bool) -> Task:
    trajectories = 10_000 if quick else 100_000 if point.is_papers else 20_000
    return switched(point, holds(quick=quick), trajectories=trajectories)


def _charging(quick: bool) -> Task:
    """The paper's battery by the master equation, always driven."""
    return exact(converged(PAPERS.pump, quick=quick), pump=PAPERS.pump)


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
        printed="The pump is best switched off at γ_s t ≈ 10: P and W^c are said to be largest there, W somewhat "
        "smaller and W^c significantly larger than in a battery that is charged until γ_s t = 30.",
        verdicts=(
            *(_verdict(name, paper[name, 0.0]) for name in ("power", "coherent")),
            *_against_the_end(results[_charging(quick)]),
            _verdict_elsewhere(known),
        ),
        conclusions=(_concluded(paper),),
        answer=f"At the paper’s parameters the best γ_s t is {_word(paper['power', 0.0])} for P, "
        f"{_word(paper['coherent', 0.0])} for W^c, and {_word(paper['work', 0.0])} for W; for what is left 1/γ_s "
        f"later, {_word(paper['power', 1.0])}, {_word(paper['coherent', 1.0])} and {_word(paper['work', 1.0])}. "
        + _elsewhere(known),
        text=(
            f"What is best depends on the purpose. {_rising(paper['work', 0.0])}A battery that is held is left alone "
            "for a time h after the switch; P = W/(t + h) is then "
            "the work per cycle time.",
            "As g² → 0 and γ_p → ∞ a hold takes every run from n to n e^(−h)/(1 + g²n(1 − e^(−h))), because the "
            "undriven pump mode still takes pairs: W(h) = n_ss (e^(−h)/b) F(by) with b = 1 + (λ−1)(1 − e^(−h)). "
            "The best time for P follows from r(t + h) z F′(z) = F(z) at z = by: a hold moves it by −ln b/r and, "
            "through t + h, forward by less. For W^c it is the time of the largest W^c, earlier by ln b/r. The limits "
            "in the table have the pump mode too.",
            _hold_sentence(runs, pauses),
        ),
        panels=tuple(_panel(name, runs, pauses) for name in ("power", "coherent")),
        tables=(_table(runs, pauses),),
        comparisons=() if quick else tuple(_comparisons(results, pauses)),
    )


def _word(top: Top) -> str:
    if top.exists:
        return top.written(1)
    none, _, reason = top.written().partition(": ")
    return f"{none} ({reason})" if reason else none


def _elsewhere(known: list[float]) -> str:
    if not known:
        return "At other λ and g² no best time was found."
    if len(known) == 1:
        return f"At other λ and g² one best time was found, {known[0]:.1f}."
    return f"At other λ and g² the best times of P and W^c lie between {min(known):.1f} and {max(known):.1f}."


def _concluded(paper: dict[tuple[str, float], Top]) -> Verdict:
    """For which of the two quantities the paper's time is the best, at its parameters."""
    words = f"γ_s t ≈ {PRINTED:g} is the best time to switch off"
    kinds = {name: _kind(paper[name, 0.0]) for name in ("power", "coherent")}
    told = "; ".join(f"for {NAMES[name]}: {_word(paper[name, 0.0])}" for name in kinds)
    if "remark" in kinds.values():
        return Verdict(f"{words} (not known well enough; {told})", "remark")
    if len(set(kinds.values())) > 1:
        return Verdict(f"{words} ({told})", "partly")
    return Verdict(f"{words} for P and W^c", kinds["power"])


def _kind(top: Top) -> Kind:
    """Whether a best time is about the paper's; none of it where it is known no better than "about" means."""
    if top.place in ("flat", "unknown") or (top.exists and top.reach > MARGIN):
        return "remark"
    return "holds" if top.exists and abs(top.time - PRINTED) <= MARGIN else "fails"


def _verdict(name: str, top: Top) -> Verdict:
    where = f"at γ_s t = {top.written(1)}" if top.exists else f"{top.written()}"
    return Verdict(f"best for {NAMES[name]}: {where}", _kind(top))


def _against_the_end(run: Result) -> tuple[Verdict, Verdict]:
    """W somewhat smaller and W^c significantly larger than in the steady state, as the paper says."""
    work, coherent = (at_time(run, name, PRINTED) / at_time(run, name, END) for name in ("work", "coherent"))
    at = f"at γ_s t = {PRINTED:g} over that at {END:g}"
    less: Kind = "holds" if 1 - SOMEWHAT <= work < 1 else "partly" if 1 - MUCH <= work < 1 else "fails"
    more: Kind = "holds" if coherent >= 1 + SIGNIFICANTLY else "partly" if coherent > 1 else "fails"
    return Verdict(f"W {at}: {work:.2f}", less), Verdict(f"W^c {at}: {coherent:.2f}", more)


def _verdict_elsewhere(known: list[float]) -> Verdict:
    if not known:
        return Verdict("at other λ and g² no best time was found", "remark")
    near = sum(abs(time - PRINTED) <= MARGIN for time in known)
    kind: Literal["holds", "partly", "fails"] = "holds" if near == len(known) else "partly" if near else "fails"
    return Verdict(f"at other λ and g², {near} of {len(known)} best times are near {PRINTED:g}", kind)


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
        # The loop ends with W^c, of which the limit says that it moves to earlier times.
        contrary = len(moved) - earlier
    against = "The limit has W^c earlier everywhere" + ("." if contrary else ", as it is here.")
    against += f" It is not reached at {contrary} of these points." if contrary else ""
    return f"Measured, a hold of 1/γ_s moves the best time of {' and that of '.join(words)}, beyond errors. {against}"


def _rising(work: Top) -> str:
    """That W has no best time, where that is what was found."""
    return (
        "W still rises at the last time; it has no best time unless time costs something. "
        if work.place == "last"
        else ""
    )


def _panel(name: str, runs: dict[Point, Result], pauses: tuple[float, ...]) -> Panel:
    curves = []
    for point, run in runs.items():
        label = f"λ = {point.ratio:g}, g² = {name_of(point.noise)}"
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
        "time γ_s h after the switch",
        "best γ_s t",
        tuple(curves),
        note="Closed form: the limit g² → 0, drawn for g² below the paper’s.",
    )


def _limit(point: Point, name: str, hold: float) -> str:
    when = limit_of(point, name, hold)
    return f"{when:.2f}" if np.isfinite(when) else "none"


def _table(runs: dict[Point, Result], pauses: tuple[float, ...]) -> Table:
    rows = []
    for point, run in runs.items():
        for hold in pauses:
            row = [f"{point.ratio:g}", f"{name_of(point.noise)}", f"{hold:g}"]
            for name in ("power", "coherent"):
                row += [best(run, name, hold).written(), _limit(point, name, hold)]
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
        where = f"λ = {CHECKED.ratio:g}, g² = {name_of(CHECKED.noise)}"
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

"""“Coherent ergotropy saturates with the pump”: it is the width of the number distribution, and grows as √n̄."""

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from validation.evidence import Comparison, Table, compare
from validation.paper.choices import PAPER_CUTOFFS
from validation.paper.computing import Results, Task
from validation.paper.limits import name_of, number_variance
from validation.paper.page import Curve, Panel, Route, Section, Verdict
from validation.paper.printed import CLAIMS
from validation.paper.runs import Cutoffs, eliminated, exact, settled
from validation.paper.scaling import PAPER_NOISE, PAPER_THRESHOLD, RATIOS, Point, late
from validation.paper.statements.steady_coherence import (
    Steady,
    fitted_powers,
    last_powers,
    papers_fit,
    steady_coherent,
    truncated,
)
from validation.paper.steady import by_samples
from validation.references.charging_limit import ChargingLimit

Array = NDArray[np.float64]
CONVERGED: dict[float, Cutoffs] = {2.5: (48, 12), 3.0: (56, 14), 3.5: (64, 14), 4.0: (84, 16)}
"""By F_p; beyond, the master equation is not affordable here and trajectories go on."""
FLAT = 0.05
"""Largest rise from F_p = 3.5 on that is called saturation, as a share of the value there; a fall is none."""
LAST_TENTH = 0.1
NOT_FAR_FROM_HALF = 0.03


def pumps(*, quick: bool) -> tuple[float, ...]:
    """F_p of the paper's oscillator."""
    return (3.0, 3.5, 6.0) if quick else (2.5, 3.0, 3.5, 4.0, 5.0, 6.0)


def grid(*, quick: bool) -> list[Point]:
    """λ and g² of the steady states by trajectories."""
    ratios = (1.5, 3.0) if quick else (1.25, 1.5, 2.0, 3.0, 4.0)
    return [Point(ratio, noise) for noise in noises(quick=quick) for ratio in ratios]


def noises(*, quick: bool) -> tuple[float, ...]:
    """Values of g²."""
    return (PAPER_NOISE, 1e-2, 1e-3) if quick else (1 / 8, PAPER_NOISE, 1e-2, 1e-3, 1e-4)


def steady(point: Point) -> Task:
    """Positive-P until stragglers are at most a hundredth of the width.

    Those with small ξ come last: a share √(2/πy) ∝ e^(−rt/2) is still below the branch.
    """
    rate = point.ratio - 1
    settling = max(10.0, 2 * np.log(100 * rate / np.sqrt(point.noise)))
    until = ChargingLimit(point.ratio, point.delay).coherent_peak(point.noise) + settling / rate
    step = 0.0025 if point.noise < 5e-4 else 0.005
    return settled(round(float(until), 1), point.pump, point.kappa, point.gamma_p, step)


def tasks(*, quick: bool) -> list[Task]:
    """Steady states by four routes."""
    found = [truncated(PAPER_CUTOFFS, pumps(quick=quick))]
    found += [by_samples(pump, quick=quick) for pump in pumps(quick=quick)]
    if not quick:
        found += [exact(cutoffs, pump=pump) for pump, cutoffs in CONVERGED.items()]
    found += [steady(point) for point in grid(quick=quick)]
    return found + [eliminated(RATIOS, noise) for noise in noises(quick=quick)]


def tell(results: Results, *, quick: bool) -> Section:
    """Steady W^c against pump and noise."""
    at = pumps(quick=quick)
    few = results[truncated(PAPER_CUTOFFS, at)]["coherent"]
    cut = {pump: Steady(value, 0.0, 0.0) for pump, value in zip(at, few, strict=True)}
    free = {pump: _late(results, by_samples(pump, quick=quick)) for pump in at}
    solved = {} if quick else {pump: _late(results, exact(CONVERGED[pump], pump=pump)) for pump in CONVERGED}
    points = {point: _late(results, steady(point)) for point in grid(quick=quick)}
    works = {point: _late(results, steady(point), "work") for point in points}
    numbers = {point: _late(results, steady(point), "energy") for point in points}
    powers = fitted_powers(points, numbers)
    rises = {name: _rise(values) for name, values in (("cut", cut), ("free", free))}
    middle = float(np.mean([power for power, _ in powers.values()]))
    least, most = (which(power for power, _ in powers.values()) for which in (min, max))
    unsure = max(away for _, away in powers.values())
    last = last_powers(points, numbers)
    is_root = all(abs(power - 0.5) <= NOT_FAR_FROM_HALF for power in last)
    smallest = min(points, key=lambda point: (point.noise, abs(point.ratio - 1.5)))
    return Section(
        name="saturation",
        title="Coherent ergotropy saturates with the pump",
        printed=f"W^c_ss(F_p) is fitted by a logistic curve, Eq. (18), of height {CLAIMS['height'].value}; its "
        "slope is largest around F_p = 2.4, and it is said to saturate at an upper limit, about 8.0.",
        verdicts=(
            _flatness("at the paper’s cutoffs", rises["cut"], max(at)),
            _flatness("without cutoffs", rises["free"], max(at)),
            Verdict(f"found instead: W^c_ss ∝ n̄^{middle:.2f}{', close to √n̄' if is_root else ''}", "remark"),
        ),
        conclusions=(_concluded(rises),),
        answer=f"From F_p = 3.5 to {max(at):g}, W^c_ss changes by {rises['cut']:+.0%} at cutoffs {PAPER_CUTOFFS} "
        f"and by {rises['free']:+.0%} without cutoffs, from {free[3.5].written()} to {free[max(at)].written()}. "
        + (
            "The plateau up to F_p = 3.5 is an effect of the cutoffs."
            if rises["cut"] <= FLAT < rises["free"]
            else "There is a plateau without a cutoff as well."
            if abs(rises["free"]) <= FLAT
            else "Neither has a plateau; the cutoffs change the curve."
        ),
        text=(
            "W^c is the mean rank of the number distribution less the passive energy. For a branch well above "
            "threshold it is W^c_ss ≈ √(8 Var n/π) − √(V_xV_p), Var n = [(λ−½) + (λ−1)γ_s/γ_p]/g², with the two "
            "variances of the branch in units of vacuum; it has no free parameter.",
            f"Fitted for each λ over g² < 1/10, W^c_ss ∝ n̄^p with p = {least:.3f} … {most:.3f} over λ, each known to "
            f"± {unsure:.3f} or better, and between the two smallest g² with p = {min(last):.3f} … {max(last):.3f}"
            f"{': the width of the number distribution, since Var n ∝ n̄ at fixed λ' if is_root else ''}. "
            f"W^c/W is {points[smallest].value / works[smallest].value:.3f} at λ = {smallest.ratio:g}, "
            f"g² = {name_of(smallest.noise)}. For g² → 0 "
            "the steady state is approached only as e^(−(λ−1)γ_s t/2), because runs that start near ξ = 0 come late.",
            "A robust statement: W^c_ss grows as √(λ−½)/g, while its share of W_ss falls as g."
            if is_root
            else "W^c_ss does not grow as √n̄ at every λ, even at the smallest g².",
        ),
        panels=(_pump_panel(cut, free, solved), _scaling_panel(results, points, quick=quick)),
        tables=(_pump_table(cut, free, solved), _grid_table(results, points, works)),
        comparisons=tuple(_comparisons(results, free, solved, points)),
    )


def _late(results: Results, task: Task, name: str = "coherent") -> Steady:
    return Steady(*late(results[task], name, LAST_TENTH))


def _rise(values: dict[float, Steady]) -> float:
    return values[max(values)].value / values[3.5].value - 1


def _flatness(where: str, rise: float, last: float) -> Verdict:
    word = "falls" if rise < -FLAT else "grows" if rise > FLAT else "saturates"
    return Verdict(f"{where} W^c_ss {word} from F_p = 3.5 to {last:g}: {rise:+.0%}", _kind(abs(rise) <= FLAT))


def _concluded(rises: dict[str, float]) -> Verdict:
    words = "W^c saturates with the pump"
    if abs(rises["free"]) <= FLAT:
        return Verdict(words, "holds")
    cause = "an effect of the cutoffs" if rises["cut"] <= FLAT else "with or without cutoffs it does not"
    return Verdict(f"{words} ({cause})", "fails")


def _kind(holds: bool) -> Literal["holds", "fails"]:
    return "holds" if holds else "fails"


def _pump_panel(cut: dict[float, Steady], free: dict[float, Steady], solved: dict[float, Steady]) -> Panel:
    fine = np.linspace(2.2, max(free), 60)
    formula = [steady_coherent(pump / PAPER_THRESHOLD, PAPER_NOISE, 1 / 16) for pump in fine if pump > 2.4]
    curves = [
        Curve("W^c_ss", Route.PRINTED, tuple(fine), tuple(papers_fit(fine))),
        Curve("W^c_ss", Route.CLOSED_FORM, tuple(fine[fine > 2.4]), tuple(formula)),
        _curve("W^c_ss", Route.PAPER_CUTOFFS, cut),
        _curve("W^c_ss", Route.POSITIVE_P, free),
    ]
    if solved:
        curves.append(_curve("W^c_ss", Route.CONVERGED, solved))
    return Panel("W^c_ss against the pump", "F_p (√γ_s)", "W^c_ss (ħω_s)", tuple(curves))


def _curve(label: str, route: Route, values: dict[float, Steady]) -> Curve:
    return Curve(
        label,
        route,
        tuple(values),
        tuple(each.value for each in values.values()),
        tuple(each.value - each.reach for each in values.values()),
        tuple(each.value + each.reach for each in values.values()),
    )


def _scaling_panel(results: Results, points: dict[Point, Steady], *, quick: bool) -> Panel:
    """g W^c_ss over λ: the same for all g² where W^c_ss ∝ √n̄."""
    curves = []
    fine = np.linspace(1.1, max(RATIOS), 60)
    limit = [float(np.sqrt(8 / np.pi * number_variance(ratio, 1.0, 1 / 16))) for ratio in fine]
    curves.append(Curve("g² → 0", Route.CLOSED_FORM, tuple(fine), tuple(limit)))
    for noise in noises(quick=quick):
        g = float(np.sqrt(noise))
        closed = results[eliminated(RATIOS, noise)]["coherent"]["value"]
        label = f"g² = {name_of(noise)}"
        curves.append(Curve(label, Route.CLOSED_FORM, RATIOS, tuple(g * value for value in closed)))
        here = {point.ratio: each for point, each in points.items() if point.noise == noise}
        scaled = {ratio: Steady(g * value, g * error, g * known) for ratio, (value, error, known) in here.items()}
        curves.append(_curve(label, Route.POSITIVE_P, scaled))
    return Panel(
        "W^c_ss times g",
        "λ = F_p/F_th",
        "g W^c_ss (ħω_s)",
        tuple(curves),
        note="Lines at finite g²: closed form without the pump mode; the line g² → 0: √(8 Var n/π) at γ_p = 16 γ_s.",
    )


def _pump_table(cut: dict[float, Steady], free: dict[float, Steady], solved: dict[float, Steady]) -> Table:
    rows = tuple(
        (
            f"{pump:g}",
            f"{float(papers_fit(np.array(pump))):.2f}",
            f"{cut[pump].value:.2f}",
            f"{solved[pump].value:.2f}" if pump in solved else _unsolved(pump),
            free[pump].written(),
            f"{steady_coherent(pump / PAPER_THRESHOLD, PAPER_NOISE, 1 / 16):.2f}",
        )
        for pump in free
    )
    headings = (
        "F_p (√γ_s)",
        "Eq. (18)",
        f"cutoffs {PAPER_CUTOFFS}",
        "converged",
        "positive-P",
        "√(8 Var n/π) − √(V_xV_p)",
    )
    return Table("W^c_ss (ħω_s) at the paper’s κ and γ_p", headings, rows)


def _unsolved(pump: float) -> str:
    return "in the full audit only" if pump in CONVERGED else "too many photons"


def _grid_table(results: Results, points: dict[Point, Steady], works: dict[Point, Steady]) -> Table:
    rows = []
    for point, each in points.items():
        closed = _closed(results, point)
        share = each.value / works[point].value
        formula = steady_coherent(point.ratio, point.noise, point.delay)
        rows.append(
            (
                f"{point.ratio:g}",
                f"{name_of(point.noise)}",
                f"{works[point].value:.1f}",
                each.written(),
                f"{closed.value:.2f} ± {closed.known:.2f}",
                f"{formula:.2f} ({formula / each.value - 1:+.1%})",
                f"{share:.3f}",
            )
        )
    return Table(
        "Steady state over λ and g², γ_p = 16 γ_s; in brackets, how far the formula is from the trajectories",
        (
            "λ",
            "g²",
            "W_ss (ħω_s)",
            "W^c_ss, positive-P",
            "W^c_ss, γ_p → ∞",
            "√(8 Var n/π) − √(V_xV_p)",
            "W^c_ss/W_ss",
        ),
        tuple(rows),
    )


def _closed(results: Results, point: Point) -> Steady:
    part = results[eliminated(RATIOS, point.noise)]["coherent"]
    at = RATIOS.index(point.ratio)
    return Steady(part["value"][at], 0.0, part["known"][at])


def _comparisons(
    results: Results, free: dict[float, Steady], solved: dict[float, Steady], points: dict[Point, Steady]
) -> Iterator[Comparison]:
    """W^c_ss by trajectories, by the master equation, and by the closed form with its stated error of elimination.

    Planted: a width without the ½ of λ − ½, which is what vacuum adds to it.
    """
    both = [pump for pump in free if pump in solved]
    if both:
        expected = np.array([solved[pump].value for pump in both])
        ratios = np.array(both) / PAPER_THRESHOLD
        yield from compare(
            "W^c_ss at the paper’s κ: positive-P and master equation",
            [free[pump].value for pump in both],
            expected,
            error=[free[pump].error for pump in both],
            known=[free[pump].known + solved[pump].known for pump in both],
            wrong=expected * np.sqrt((ratios - 1) / (ratios - 0.5)),
            unit="ħω_s",
            axis=both,
            axis_name="F_p (√γ_s)",
        )
    for noise in sorted({point.noise for point in points}, reverse=True):
        here = [point for point in points if point.noise == noise]
        closed = [_closed(results, point) for point in here]
        ratios = np.array([point.ratio for point in here])
        expected = np.array([each.value for each in closed])
        yield from compare(
            f"W^c_ss at g² = {name_of(noise)}: positive-P at γ_p = 16 γ_s and the closed form without the pump mode",
            [points[point].value for point in here],
            expected,
            error=[points[point].error for point in here],
            known=[points[point].known + each.known for point, each in zip(here, closed, strict=True)],
            wrong=expected * np.sqrt((ratios - 1) / (ratios - 0.5)),
            unit="ħω_s",
            axis=ratios,
            axis_name="λ",
        )

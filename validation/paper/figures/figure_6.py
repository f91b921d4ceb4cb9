"""Fig. 6: the mean charging power P = W/t, its maximum against F_p, and when that is reached."""

from collections.abc import Iterable, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.work.charging import maximum_power
from validation.evidence import Table
from validation.paper.choices import (
    READINGS,
    Charged,
    Estimate,
    charging,
    converged,
    grid,
    number,
    scan,
    two_branches,
)
from validation.paper.computing import Result, Results, Task
from validation.paper.fits import line
from validation.paper.limits import NOISE, THRESHOLD
from validation.paper.page import Curve, Number, Panel, Route, Section
from validation.paper.pictures import with_errors
from validation.paper.printed import CLAIMS
from validation.paper.propagation import compare_runs, independent
from validation.paper.rules import Measured, judge
from validation.paper.runs import curve, exact
from validation.paper.statements.scaling import Point, Top, top
from validation.paper.steady import by_samples, planted, planted_tasks
from validation.paper.steady import trajectories as count_of
from validation.paper.verdicts import held, of_row
from validation.references import charging_limit

Array = NDArray[np.float64]
PUMPS = grid(2.2, 3.0, 0.2)
"""F_p of the curves of the paper's Fig. 6(a)."""
GRIDS = {
    "F_p = 2.2 … 3 in 0.2": PUMPS,
    "F_p = 2 … 3 in 0.2": grid(2.0, 3.0, 0.2),
    "F_p = 2 … 3 in 0.1": grid(2.0, 3.0, 0.1),
}
SLOPE = ("P_slope", "P_intercept", "P_r")
STRAIGHT = 0.05
"""How much the slope may vary, between neighbouring F_p, where a line is called straight."""
STARTED = 0.1
"""Largest y = λg²/[4(λ−1)²] at t = 0 for which the limit g² → 0 means anything."""


def grids(*, quick: bool) -> dict[str, list[float]]:
    """Through which F_p the paper may have fitted its line."""
    return {name: pumps for name, pumps in GRIDS.items() if not (quick and "0.1" in name)}


def quieter(pump: float, noise: float, *, quick: bool) -> Task:
    """Positive-P at the λ of this F_p and another g², until P has passed its maximum."""
    ratio = pump / THRESHOLD
    until = float(np.ceil((np.log(1 / noise) + 6) / (ratio - 1)))
    return Point(ratio, noise).sampled(until, 201, trajectories=count_of(quick) // 5)


def noises(*, quick: bool) -> tuple[float, ...]:
    """g² of the runs at larger amplitude."""
    return (1e-2,) if quick else (1e-2, 1e-3)


def tasks(*, quick: bool) -> list[Task]:
    """The master equation and trajectories at all F_p of the fits; at lower g² trajectories at those of Fig. 6(a)."""
    found: list[Task] = []
    for pump in sorted({pump for pumps in grids(quick=quick).values() for pump in pumps}):
        cutoffs = [*(reading.cutoffs() for reading in READINGS), converged(pump, quick=quick)]
        found += [exact(each, pump=pump) for each in cutoffs] + [by_samples(pump, quick=quick)]
    found += planted_tasks(PUMPS, quick=quick)
    return found + [quieter(pump, noise, quick=quick) for pump in PUMPS for noise in noises(quick=quick)]


def highest(result: Result) -> Top:
    """Top of P: of a sampled curve as a smooth fit finds it, of any other the parabola through three saved times."""
    times, power, error, known = _power(result)
    if error.any():
        return top(times, power, error, known)
    value, when = maximum_power(times, power)
    inside = times[0] < when < times[-1]
    return Top(when if inside else float("nan"), 0.0, 0.0, value, 0.0, 0.0, "inside" if inside else "last")


def _power(result: Result) -> tuple[Array, Array, Array, Array]:
    """Times, W/t, standard errors and known bounds, t = 0 left out."""
    times, values, error, known = (each[1:] for each in curve(result, "work"))
    return times, values / times, error / times, known / times


def fit(pumps: Iterable[float], charged: Charged) -> tuple[float, ...]:
    """Slope, intercept and |r| of ln P_max against F_p."""
    every = list(pumps)
    return line(every, np.log([highest(charged(pump)).value for pump in every]))[:3]


def slope_of(pumps: Array, values: Array) -> tuple[float, ...]:
    """The same of given maxima."""
    return line(pumps, np.log(values))[:3]


PEAK = {"": lambda charged: (highest(charged(PUMPS[-1])).time,)}


def tell(results: Results, *, quick: bool) -> Section:
    """The section."""
    runs = charging(results)
    choices = {name: partial(fit, pumps) for name, pumps in grids(quick=quick).items()}
    found = scan(runs, SLOPE, choices, quick=quick) | scan(runs, ("power_peak",), PEAK, quick=quick)
    rows = {key: judge(CLAIMS[key], each) for key, each in found.items()}
    return Section(
        name="figure-6",
        title="Fig. 6: the charging power W/t",
        printed="P = W/t over time for F_p = 2.2 … 3.0, and ln P_max against F_p with a straight line through it. "
        "P_max is said to grow exponentially with F_p, and P to peak near γ_s t = 10 for F_p = 3.",
        verdicts=(
            of_row("slope of ln P_max", rows["P_slope"]),
            held(f"P is largest at γ_s t = {found['power_peak'].converged:.1f}", rows["power_peak"].confirmed),
        ),
        answer=_answer(found, rows["power_peak"].confirmed),
        text=_text(results, quick),
        numbers=_numbers(results, found, quick),
        panels=(_over_time(results, quick), _maxima(results, quick, times=False), _maxima(results, quick, times=True)),
        tables=(_table(results, quick),),
        comparisons=tuple(
            comparison
            for pump in PUMPS
            for comparison in compare_runs(
                f"P(t), F_p = {pump:g}",
                results[by_samples(pump, quick=quick)],
                _converged(results, quick)(pump),
                planted(results, quick=quick)(pump),
                "work",
                per_time=True,
                unit="ħω_sγ_s",
            )
        ),
    )


def _converged(results: Results, quick: bool) -> Charged:
    return charging(results)(partial(converged, quick=quick))


def _answer(found: dict[str, Measured], at_peak: bool) -> str:
    slope, peak = found["P_slope"], found["power_peak"]
    when = f"γ_s t = {peak.converged:.2f}"
    told = f"{when}, as the paper says" if at_peak else f"{when}, and not near {CLAIMS['power_peak'].value:g}"
    return (
        f"ln P_max rises by {slope.value:.3f} per √γ_s at the paper's cutoffs ({slope.key}) and by "
        f"{slope.converged:.3f} converged; other choices give {slope.low:.3f} to {slope.high:.3f}. "
        f"P is largest at {told}."
    )


def _text(results: Results, quick: bool) -> tuple[str, ...]:
    limit = _converged(results, quick)
    logs = np.log([highest(limit(pump)).value for pump in PUMPS])
    steps = np.diff(logs) / np.diff(PUMPS)
    spread = float((steps.max() - steps.min()) / steps.mean())
    local = ", ".join(f"{step:.2f}" for step in steps)
    first, last = (highest(limit(pump)).time for pump in (PUMPS[0], PUMPS[-1]))
    at_noise = {
        noise: [highest(results[quieter(pump, noise, quick=quick)]).value for pump in PUMPS]
        for noise in noises(quick=quick)
    }
    slopes = {noise: np.diff(np.log(each)) / np.diff(PUMPS) for noise, each in at_noise.items()}
    lower = "; ".join(f"{each[0]:.2f} to {each[-1]:.2f} at g² = {noise:g}" for noise, each in slopes.items())
    curved = (
        f"constant to {spread:.0%}"
        if spread <= STRAIGHT
        else f"not constant, though |r| is close to 1: it varies by {spread:.0%}"
    )
    return (
        f"Between neighbouring F_p the slope of ln P_max is {local}: it is {curved}. At the same λ and smaller g² it "
        f"goes from {lower}, per √γ_s of the F_p here.",
        f"The time of the maximum moves from {first:.1f} at F_p = {PUMPS[0]:g} to {last:.1f} at F_p = {PUMPS[-1]:g}. "
        "As g² → 0, P is largest where r t · d ln W/d ln y = 1, r = (λ−1)γ_s, with y → π(rt)²/8 for r t ≫ 1; W at that "
        "time tends to n_ss = (λ−1)/g², so P_max → (λ−1)²γ_s/(g² ln(1/g²)): a power of λ − 1.",
    )


def _numbers(results: Results, found: dict[str, Measured], quick: bool) -> tuple[Number, ...]:
    pumps = GRIDS[found["P_slope"].key]
    runs = [results[by_samples(pump, quick=quick)] for pump in pumps]
    sampled = _fitted(pumps, runs)
    branches = slope_of(np.array(pumps), np.array([highest(two_branches(run)).value for run in runs]))
    noisy = {noise: [results[quieter(F, noise, quick=quick)] for F in PUMPS] for noise in noises(quick=quick)}
    fits = {noise: _fitted(PUMPS, each) for noise, each in noisy.items()}
    start = float(charging_limit.growth(0.0, PUMPS[0] / THRESHOLD, NOISE))
    none = f"none: the limit needs y(0) ≪ 1, and it is {start:.2f} at F_p = {PUMPS[0]:g}"
    remark = "" if pumps == PUMPS else f" (F_p = {PUMPS[0]:g} … {PUMPS[-1]:g})"
    rows = [
        number(
            key,
            found[key],
            positive_p=sampled[index],
            branches=branches[index],
            closed_form=none,
            with_noise=_with_noise(fits, index, key) + remark,
        )
        for index, key in enumerate(SLOPE)
    ]
    last, ratio = runs[-1], PUMPS[-1] / THRESHOLD
    peak = highest(last)
    rows.append(
        number(
            "power_peak",
            found["power_peak"],
            positive_p=Estimate(peak.time, peak.reach) if peak.exists else peak.written(1),
            branches=highest(two_branches(last)).time,
            closed_form=f"{charging_limit.power_peak(ratio, NOISE, 1 / 16):.1f} (the limit g² → 0, taken at this g²)",
            with_noise="; ".join(
                f"{highest(each[-1]).written(1)} at g² = {noise:g} "
                f"(limit {charging_limit.power_peak(ratio, noise, 1 / 16):.1f})"
                for noise, each in noisy.items()
            ),
        )
    )
    return tuple(rows)


def _fitted(pumps: list[float], runs: list[Result]) -> list[Estimate]:
    """The line through the maxima of sampled runs, which are independent of each other."""
    tops = [highest(run) for run in runs]
    read = partial(slope_of, np.array(pumps))
    return independent(read, [top.value for top in tops], [top.value_error + top.value_known for top in tops])


def _with_noise(fits: Mapping[float, list[Estimate]], index: int, key: str) -> str:
    digits = 4 if key.endswith("_r") else 3
    return "; ".join(
        f"{each[index].value:.{digits}f} ± {each[index].error:.1g} at g² = {noise:g}" for noise, each in fits.items()
    )


def _over_time(results: Results, quick: bool) -> Panel:
    curves: list[Curve] = []
    for pump in PUMPS:
        label, sample = f"F_p = {pump:g}", results[by_samples(pump, quick=quick)]
        for route, run in (
            (Route.PAPER_CUTOFFS, results[exact(READINGS[-1].cutoffs(), pump=pump)]),
            (Route.CONVERGED, _converged(results, quick)(pump)),
            (Route.POSITIVE_P, sample),
            (Route.BRANCHES, two_branches(sample)),
        ):
            step = max(1, len(run["times"]) // 100)
            times, power, error, known = (each[::step] for each in _power(run))
            curves.append(with_errors(label, route, times, power, error, known))
    return Panel("Charging power (a)", "time γ_s t", "power W/t (ħω_sγ_s)", tuple(curves))


def _maxima(results: Results, quick: bool, *, times: bool) -> Panel:
    """ln P_max, or its time, against F_p."""
    label, pumps = "time of P_max" if times else "P_max", max(grids(quick=quick).values(), key=len)

    def shown(top: Top) -> float:
        return top.time if times else float(np.log(top.value))

    def drawn(route: Route, at: list[float], charged: Charged) -> Curve:
        return Curve(label, route, tuple(at), tuple(shown(highest(charged(pump))) for pump in at))

    curves = [
        drawn(Route.PAPER_CUTOFFS, pumps, lambda pump: results[exact(READINGS[-1].cutoffs(), pump=pump)]),
        drawn(Route.CONVERGED, pumps, _converged(results, quick)),
    ]
    tops = {pump: highest(results[by_samples(pump, quick=quick)]) for pump in pumps}
    found = {pump: top for pump, top in tops.items() if top.exists or not times}
    values = [top.time if times else top.value for top in found.values()]
    errors = [top.error if times else top.value_error for top in found.values()]
    known = [top.known if times else top.value_known for top in found.values()]
    curves.append(
        with_errors(label, Route.POSITIVE_P, list(found), values, errors, known, np.asarray if times else np.log)
    )
    curves.append(drawn(Route.BRANCHES, pumps, lambda pump: two_branches(results[by_samples(pump, quick=quick)])))
    if not times:
        line_of_paper = [CLAIMS["P_slope"].value * pump + CLAIMS["P_intercept"].value for pump in PUMPS]
        curves.append(Curve(label, Route.PRINTED, tuple(PUMPS), tuple(line_of_paper)))
        return Panel("Largest power (b)", "F_p (√γ_s)", "ln [P_max/(ħω_sγ_s)]", tuple(curves))
    limits = [pump for pump in PUMPS if charging_limit.growth(0.0, pump / THRESHOLD, NOISE) < STARTED]
    if limits:
        peaks = [charging_limit.power_peak(pump / THRESHOLD, NOISE, 1 / 16) for pump in limits]
        curves.append(Curve(label, Route.CLOSED_FORM, tuple(limits), tuple(peaks)))
    return Panel("When the power is largest", "F_p (√γ_s)", "time γ_s t", tuple(curves))


def _table(results: Results, quick: bool) -> Table:
    rows = []
    for pump in PUMPS:
        exactly = [results[exact(READINGS[-1].cutoffs(), pump=pump)], _converged(results, quick)(pump)]
        found = highest(results[by_samples(pump, quick=quick)])
        texts = [f"{each.value:.4f} at {each.time:.2f}" for each in map(highest, exactly)]
        reach = 1.96 * found.value_error + found.value_known
        rows.append((f"{pump:g}", *texts, f"{found.value:.4f} ± {reach:.1g} at {found.written()}"))
    headings = ("F_p (√γ_s)", "paper's cutoffs: P_max (ħω_sγ_s) at γ_s t", "converged", "positive-P")
    return Table("The largest power and when it is reached", headings, tuple(rows))

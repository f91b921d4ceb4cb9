"""Fig. 6: the mean charging power P = W/t, its maximum against F_p, and when that is reached."""

from collections.abc import Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from validation.evidence import Table
from validation.paper.choices import (
    PAPER_CUTOFFS,
    READINGS,
    Charged,
    Estimate,
    charging,
    converged,
    number,
    scan,
    two_branches,
    verdicts,
    with_error,
)
from validation.paper.computing import Result, Results, Task
from validation.paper.figures.power_fits import (
    GRIDS,
    PUMPS,
    SLOPE,
    branches_of,
    fit,
    grids,
    highest,
    power_of,
    slope_of,
)
from validation.paper.intervals import reach
from validation.paper.limits import NOISE, THRESHOLD
from validation.paper.page import Curve, Number, Panel, Route, Section, Verdict
from validation.paper.pictures import with_errors
from validation.paper.printed import CLAIMS
from validation.paper.propagation import compare_runs, independent
from validation.paper.rules import Measured, held, judge
from validation.paper.runs import exact
from validation.paper.scaling import Point, Top
from validation.paper.steady import by_samples, planted, planted_tasks
from validation.references.charging_limit import ChargingLimit, growth

Array = NDArray[np.float64]
STRAIGHT = 0.05
"""How much the slope may vary, between neighbouring F_p, where a line is called straight."""
AN_EXPONENTIAL = 1.25
"""Largest over smallest local slope of a logarithm up to which it is called close to a straight line."""
STARTED = 0.1
"""Largest y = λg²/[4(λ−1)²] at t = 0 for which the limit g² → 0 means anything."""


def quieter(pump: float, noise: float, *, quick: bool) -> Task:
    """Positive-P at the λ of this F_p and another g², until P has passed its maximum."""
    ratio = pump / THRESHOLD
    until = float(np.ceil((np.log(1 / noise) + 6) / (ratio - 1)))
    return Point(ratio, noise).sampled(until, 201, trajectories=4_000 if quick else 20_000)


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
        "P_max is said to grow exponentially with F_p, and P to peak around γ_s t ≈ 10; we take "
        "that to be for F_p = 3.",
        verdicts=(
            *verdicts(numbers := _numbers(results, found, quick)),
            held(f"P is largest at γ_s t = {found['power_peak'].converged:.1f}", rows["power_peak"].confirmed),
            _straight(_steps(results, quick)),
        ),
        conclusions=(held("P is largest near γ_s t = 10 at F_p = 3", rows["power_peak"].confirmed),),
        answer=_answer(found, rows["power_peak"].confirmed),
        text=_text(results, quick),
        numbers=numbers,
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
        f"{slope.converged:.3f} converged; other readings and grids give {slope.low:.3f} to {slope.high:.3f}. "
        f"P is largest at {told}."
    )


def _steps(results: Results, quick: bool) -> Array:
    """Slopes of ln P_max between neighbouring F_p, converged."""
    limit = _converged(results, quick)
    return np.asarray(np.diff(np.log([highest(limit(pump)).value for pump in PUMPS])) / np.diff(PUMPS))


def _straight(steps: Array) -> Verdict:
    bend = steps.max() / steps.min()
    words = f"local slope of ln P_max {steps.min():.2f} … {steps.max():.2f} per √γ_s"
    if bend <= 1 + STRAIGHT:
        return Verdict(f"exponential: {words}", "holds")
    if bend <= AN_EXPONENTIAL:
        return Verdict(f"close to an exponential here: {words}", "partly")
    return Verdict(f"not an exponential: {words}", "fails")


def _text(results: Results, quick: bool) -> tuple[str, ...]:
    limit, steps = _converged(results, quick), _steps(results, quick)
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
        f"Between neighbouring F_p the slope of ln P_max is {local}: it is {curved}. At smaller g² and the same λ it "
        f"goes from {lower}, per √γ_s of the F_p here.",
        f"The time of the maximum moves from {first:.1f} at F_p = {PUMPS[0]:g} to {last:.1f} at F_p = {PUMPS[-1]:g}. "
        "As g² → 0, P is largest where r t · d ln W/d ln y = 1, r = (λ−1)γ_s, with y → π(rt)²/8 for r t ≫ 1; W at that "
        "time tends to n_ss = (λ−1)/g², so P_max → (λ−1)²γ_s/(g² ln(1/g²)): a power of λ − 1.",
    )


def _numbers(results: Results, found: dict[str, Measured], quick: bool) -> tuple[Number, ...]:
    pumps = GRIDS[found["P_slope"].key]
    runs = [results[by_samples(pump, quick=quick)] for pump in pumps]
    sampled = _fitted(pumps, runs)
    branches = slope_of(np.array(pumps), np.array([highest(branches_of(run)).value for run in runs]))
    noisy = {noise: [results[quieter(F, noise, quick=quick)] for F in PUMPS] for noise in noises(quick=quick)}
    fits = {noise: _fitted(PUMPS, each) for noise, each in noisy.items()}
    start = float(growth(0.0, PUMPS[0] / THRESHOLD, NOISE))
    none = f"none: the limit needs y(0) ≪ 1, and it is {start:.2f} at F_p = {PUMPS[0]:g}"
    remark = "" if pumps == PUMPS else f" (F_p = {PUMPS[0]:g} … {PUMPS[-1]:g})"
    rows = [
        number(
            key,
            found[key],
            positive_p=sampled[index],
            branches=branches[index],
            closed_form=none,
            with_noise=_with_noise(fits, index) + remark,
        )
        for index, key in enumerate(SLOPE)
    ]
    last, limit = runs[-1], ChargingLimit(PUMPS[-1] / THRESHOLD, 1 / 16)
    peak = highest(last)
    rows.append(
        number(
            "power_peak",
            found["power_peak"],
            positive_p=Estimate(peak.time, peak.reach) if peak.exists else peak.written(1),
            branches=_time(highest(branches_of(last))),
            closed_form=f"{limit.power_peak(NOISE):.1f} (the limit g² → 0, taken at this g²)",
            with_noise="; ".join(
                f"{highest(each[-1]).written(1)} at g² = {noise:g} (limit {limit.power_peak(noise):.1f})"
                for noise, each in noisy.items()
            ),
        )
    )
    return tuple(rows)


def _time(top: Top) -> float | str:
    return top.time if top.exists else top.written(1)


def _fitted(pumps: list[float], runs: list[Result]) -> list[Estimate]:
    """The line through the maxima of sampled runs, which are independent of each other."""
    tops = [highest(run) for run in runs]
    read = partial(slope_of, np.array(pumps))
    values, errors, known = zip(*((top.value, top.value_error, top.value_known) for top in tops), strict=True)
    return independent(read, values, errors, known)


def _with_noise(fits: Mapping[float, list[Estimate]], index: int) -> str:
    return "; ".join(f"{with_error(each[index])} at g² = {noise:g}" for noise, each in fits.items())


def _over_time(results: Results, quick: bool) -> Panel:
    curves: list[Curve] = []
    for pump in PUMPS:
        label, sample = f"F_p = {pump:g}", results[by_samples(pump, quick=quick)]
        for route, run in (
            (Route.PAPER_CUTOFFS, results[exact(PAPER_CUTOFFS, pump=pump)]),
            (Route.CONVERGED, _converged(results, quick)(pump)),
            (Route.POSITIVE_P, sample),
            (Route.BRANCHES, two_branches(sample)),
        ):
            step = max(1, len(run["times"]) // 100)
            times, power, error, known = (each[::step] for each in power_of(run))
            curves.append(with_errors(label, route, times, power, error, known))
    return Panel("Charging power (a)", "time γ_s t", "power W/t (ħω_sγ_s)", tuple(curves))


def _maxima(results: Results, quick: bool, *, times: bool) -> Panel:
    """ln P_max, or its time, against F_p."""
    label, pumps = "time of P_max" if times else "P_max", max(grids(quick=quick).values(), key=len)

    def shown(top: Top) -> float:
        return top.time if times else float(np.log(top.value))

    def drawn(route: Route, at: list[float], charged: Charged) -> Curve:
        tops = {pump: top for pump in at if (top := highest(charged(pump))).exists or not times}
        return Curve(label, route, tuple(tops), tuple(shown(top) for top in tops.values()))

    curves = [
        drawn(Route.PAPER_CUTOFFS, pumps, lambda pump: results[exact(PAPER_CUTOFFS, pump=pump)]),
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
    curves.append(drawn(Route.BRANCHES, pumps, lambda pump: branches_of(results[by_samples(pump, quick=quick)])))
    if not times:
        line_of_paper = [CLAIMS["P_slope"].value * pump + CLAIMS["P_intercept"].value for pump in PUMPS]
        curves.append(Curve(label, Route.PRINTED, tuple(PUMPS), tuple(line_of_paper)))
        return Panel("Largest power (b)", "F_p (√γ_s)", "ln [P_max/(ħω_sγ_s)]", tuple(curves))
    limits = [pump for pump in PUMPS if growth(0.0, pump / THRESHOLD, NOISE) < STARTED]
    if limits:
        peaks = [ChargingLimit(pump / THRESHOLD, 1 / 16).power_peak(NOISE) for pump in limits]
        curves.append(Curve(label, Route.CLOSED_FORM, tuple(limits), tuple(peaks)))
    return Panel("When the power is largest", "F_p (√γ_s)", "time γ_s t", tuple(curves))


def _table(results: Results, quick: bool) -> Table:
    rows = []
    for pump in PUMPS:
        exactly = [results[exact(PAPER_CUTOFFS, pump=pump)], _converged(results, quick)(pump)]
        found = highest(results[by_samples(pump, quick=quick)])
        texts = [f"{each.value:.4f} at {each.time:.2f}" for each in map(highest, exactly)]
        most = Estimate(found.value, reach(found.value_error, found.value_known))
        rows.append((f"{pump:g}", *texts, f"{with_error(most)} at {found.written()}"))
    headings = ("F_p (√γ_s)", "paper's cutoffs: P_max (ħω_sγ_s) at γ_s t", "converged", "positive-P")
    return Table("The largest power and when it is reached", headings, tuple(rows))

"""Fig. 5: the ergotropy and its two parts after the pump has been switched off at γ_s t = 40."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from validation.evidence import Table
from validation.paper.choices import (
    PAPER_CUTOFFS,
    READINGS,
    Charged,
    CutoffsAt,
    Estimate,
    converged,
    number,
    scan,
    two_branches,
    verdicts,
    with_error,
)
from validation.paper.computing import Result, Results, Task
from validation.paper.fading import Fading
from validation.paper.figures.decay_fits import (
    CHOICES,
    KEYS,
    OFF,
    PUMP,
    SAVES,
    STEP,
    SYMBOLS,
    UNTIL,
    VANISHED,
)
from validation.paper.limits import NOISE, THRESHOLD
from validation.paper.page import Curve, Number, Panel, Route, Section, Verdict
from validation.paper.pictures import over_time, trajectories, with_errors
from validation.paper.printed import CLAIMS
from validation.paper.propagation import compare_runs, worst_case
from validation.paper.rules import Measured
from validation.paper.runs import Cutoffs, curve, exact, sampled
from validation.paper.scaling import Point
from validation.paper.steady import PLANTED
from validation.paper.steady import trajectories as count_of
from validation.references import self_discharge

RATIO, GAMMA_P = PUMP / THRESHOLD, 16.0
PARTS = {"W": "work", "W^c": "coherent", "W^i": "incoherent"}
FASTEST = 6.0
"""Largest local rate that is drawn, in γ_s."""


def switched(cutoffs: Cutoffs, pump: float = PUMP) -> Task:
    """The master equation; the pump is on until γ_s t = 40."""
    return exact(cutoffs, until=UNTIL, saves=SAVES, pump=pump, off=OFF, since=OFF)


def drawn(noise: float = NOISE, *, quick: bool) -> Task:
    """The same by positive-P, at this g² and the same λ."""
    point = Point(RATIO, noise)
    count = count_of(quick) if point.is_papers else count_of(quick) // 2
    return sampled(
        UNTIL, SAVES, pump=point.pump, kappa=point.kappa, gamma_p=GAMMA_P, off=OFF, since=OFF, trajectories=count
    )


def noises(*, quick: bool) -> tuple[float, ...]:
    """g² of the runs at larger amplitude."""
    return (1e-2,) if quick else (1e-2, 1e-3)


def tasks(*, quick: bool) -> list[Task]:
    """Self-discharge at every cutoff, by trajectories, with a pump too strong by PLANTED, and at lower noise."""
    limit = converged(PUMP, quick=quick)
    found = [switched(reading.cutoffs()) for reading in READINGS] + [switched(limit), _planted(quick=quick)]
    return found + [drawn(noise, quick=quick) for noise in (NOISE, *noises(quick=quick))]


def _planted(*, quick: bool) -> Task:
    return switched(converged(PUMP, quick=quick), round(PUMP * (1 + PLANTED), 6))


def tell(results: Results, *, quick: bool) -> Section:
    """The section."""
    found: dict[str, Measured] = {}
    for name, keys in KEYS.items():
        found |= scan(_runs(results), keys, CHOICES[name], quick=quick)
    limit, sample = results[switched(converged(PUMP, quick=quick))], results[drawn(quick=quick)]
    planted = results[_planted(quick=quick)]
    return Section(
        name="figure-5",
        title="Fig. 5: W, W^c and W^i after the pump is switched off",
        printed="F_p = 3 until γ_s t = 40 and no pump afterwards: W, W^c and W^i over time, and straight lines through "
        "ln W^c and ln W^i with their correlation coefficients. The times that are fitted are not stated.",
        verdicts=(*verdicts(numbers := _numbers(results, found, quick)), *_spans(found)),
        answer=_answer(found),
        text=_text(limit, found),
        numbers=numbers,
        panels=(_decay(results, quick), _lines(results, found, quick), _rates(results, quick)),
        tables=tuple(_windows(name, found[keys[0]], found[keys[2]]) for name, keys in KEYS.items()),
        comparisons=tuple(
            comparison
            for symbol, name in PARTS.items()
            for comparison in compare_runs(f"{symbol}(t) after the switch", sample, limit, planted, name)
        ),
    )


def _runs(results: Results) -> Callable[[CutoffsAt], Charged]:
    return lambda at: lambda pump: results[switched(at(pump), pump)]


def _answer(found: dict[str, Measured]) -> str:
    parts = []
    for name, keys in KEYS.items():
        slope = found[keys[0]]
        parts.append(
            f"The slope of ln {SYMBOLS[name]} is {slope.value:.3f} at the paper’s cutoffs, over {slope.key}, and "
            f"{slope.converged:.3f} converged; other windows give {slope.low:.2f} to {slope.high:.2f}"
        )
    spread = [found[keys[0]].high - found[keys[0]].low for keys in KEYS.values()]
    shift = [abs(found[keys[0]].converged - found[keys[0]].value) for keys in KEYS.values()]
    cause = "the window" if max(spread) > max(shift) else "the cutoffs"
    return f"{'. '.join(parts)}. The slopes depend on {cause} most."


def _spans(found: dict[str, Measured]) -> list[Verdict]:
    """What the choice of the window makes of each slope."""
    slopes = {SYMBOLS[name]: found[keys[0]] for name, keys in KEYS.items()}
    return [
        Verdict(f"slope of ln {symbol} by window: {slope.low:.2f} … {slope.high:.2f}", "remark")
        for symbol, slope in slopes.items()
    ]


def _text(limit: Result, found: dict[str, Measured]) -> tuple[str, ...]:
    fading = Fading(limit, OFF)
    spans = {}
    for name in KEYS:
        rates, _, times = fading.rate(name)
        spans[name] = (float(rates[0]), float(rates[times <= min(2.4, times[-1])][-1]))
    values = curve(limit, "incoherent")[1]
    after = values[np.flatnonzero(values < VANISHED)[0] + 1 :] if (values < VANISHED).any() else values[-1:]
    ending = (
        f"W^i is exactly 0 from γ_s(t − 40) = {fading.end:.2f} on (at most {after.max():.0e} ħω_s here), when p_n only "
        "falls with n; ln W^i diverges there, and a line through it depends on where one stops."
        if after.max() < 1e-9
        else f"W^i does not vanish within these times: it is still {after.max():.1e} ħω_s."
    )
    (c0, c1), (i0, i1) = spans["coherent"], spans["incoherent"]
    return (
        f"Over γ_s(t − 40) up to 2.4 the local rate −d ln W^c/dt goes from {c0:.2f} γ_s just after the switch to "
        f"{c1:.2f} γ_s, and that of W^i from {i0:.2f} γ_s to {i1:.2f} γ_s.",
        ending,
        "For g² → 0, n̄ and the variance F n̄ of the photon number follow from the linearised branch: W^i → n̄ and "
        "W^c → √(8F n̄/π), whose rates begin near λγ_s, because the signal still makes pump photons, and tend to γ_s "
        "and γ_s/2. At finite g² W^i ≈ n̄ − W^c, and ends.",
    )


def _numbers(results: Results, found: dict[str, Measured], quick: bool) -> tuple[Number, ...]:
    sample = results[drawn(quick=quick)]
    moved = {noise: results[drawn(noise, quick=quick)] for noise in noises(quick=quick)}
    rows = []
    for name, keys in KEYS.items():
        choice = CHOICES[name][found[keys[0]].key]
        positive_p, branches = worst_case(choice, sample, name), choice(lambda _: two_branches(sample))
        closed = choice(lambda _: fading_limit(NOISE))
        at_noise = {noise: worst_case(choice, run, name) for noise, run in moved.items()}
        for index, key in enumerate(keys):
            rows.append(
                number(
                    key,
                    found[key],
                    positive_p=positive_p[index],
                    branches=_or_none(branches[index]),
                    closed_form=_or_none(closed[index]),
                    with_noise=_with_noise(at_noise, index),
                )
            )
    return tuple(rows)


def _with_noise(at_noise: Mapping[float, list[Estimate]], index: int) -> str:
    return "same window: " + "; ".join(
        f"{with_error(found[index])} at g² = {noise:g}" for noise, found in at_noise.items()
    )


def _or_none(value: float) -> float | str:
    return value if np.isfinite(value) else "none: fewer than three points of this window are positive"


def fading_limit(noise: float) -> Result:
    """W^c = √(8F n̄/π) and W^i = n̄ − W^c over time, n̄ and F from the linearised branch, as a run at this g²."""
    since = np.linspace(0.0, UNTIL - OFF, SAVES)
    filling, fano = self_discharge.with_pump_mode(since, RATIO, GAMMA_P)
    photons = filling / noise
    coherent = np.sqrt(8 * fano * photons / np.pi)
    parts = {"energy": photons, "work": photons, "coherent": coherent, "incoherent": photons - coherent}
    none = [0.0] * SAVES
    return {"times": (OFF + since).tolist()} | {
        name: {"value": part.tolist(), "error": none, "known": none} for name, part in parts.items()
    }


def _routes(results: Results, quick: bool) -> list[tuple[Route, Result]]:
    sample = results[drawn(quick=quick)]
    return [
        (Route.PAPER_CUTOFFS, results[switched(PAPER_CUTOFFS)]),
        (Route.CONVERGED, results[switched(converged(PUMP, quick=quick))]),
        (Route.POSITIVE_P, sample),
        (Route.BRANCHES, two_branches(sample) | {"energy": sample["energy"]}),
        (Route.CLOSED_FORM, fading_limit(NOISE)),
    ]


def _decay(results: Results, quick: bool) -> Panel:
    curves: list[Curve] = []
    for symbol, name in PARTS.items():
        for route, run in _routes(results, quick):
            if route is Route.POSITIVE_P:
                curves += trajectories(symbol, run, name)
            elif route is not Route.BRANCHES:
                there = over_time(symbol, route, run, name)
                curves.append(_positive(there) if route is Route.CLOSED_FORM else there)
    return Panel(
        "After the switch (a)",
        "time γ_s t",
        "ergotropy (ħω_s)",
        tuple(curves),
        note="Closed form: leading order for g² → 0, taken at the paper’s g²; W^i, where it would be negative, is left "
        "out.",
    )


def _positive(curve: Curve) -> Curve:
    """Without the negative values of a formula that has none to give there."""
    kept = [(x, y) for x, y in zip(curve.x, curve.y, strict=True) if y >= 0]
    return replace(curve, x=tuple(x for x, _ in kept), y=tuple(y for _, y in kept))


def _lines(results: Results, found: dict[str, Measured], quick: bool) -> Panel:
    curves: list[Curve] = []
    for name, keys in KEYS.items():
        symbol = SYMBOLS[name]
        for route, run in _routes(results, quick):
            times, values, error, known = curve(run, name)
            end = int(np.cumprod(values > VANISHED).sum())
            kept = slice(0, min(end, round(3.5 / STEP)), 2)
            curves.append(
                with_errors(symbol, route, times[kept], values[kept], error[kept], known[kept], shown=_logarithm)
            )
        slope, intercept = CLAIMS[keys[0]].value, CLAIMS[keys[1]].value
        ends = (OFF, OFF + 2.6)
        curves.append(Curve(symbol, Route.PRINTED, ends, tuple(slope * t + intercept for t in ends)))
    return Panel(
        "ln W^c and ln W^i with the paper’s lines (b)",
        "time γ_s t",
        "ln (W/ħω_s)",
        tuple(curves),
        note=f"Until γ_s t = {OFF + 3.5:g}, and W^i down to {VANISHED:g} ħω_s.",
    )


def _logarithm(values: object) -> np.ndarray:
    return np.log(np.maximum(np.asarray(values, dtype=np.float64), VANISHED / 10))


def _rates(results: Results, quick: bool) -> Panel:
    curves: list[Curve] = []
    for name in KEYS:
        for route, run in _routes(results, quick):
            rates, reach, since = Fading(run, OFF, as_it_is=route is not Route.POSITIVE_P).rate(name)
            kept = rates < FASTEST
            low, high = (rates + sign * reach for sign in (-1, 1))
            ends = (_tuple(low[kept]), _tuple(high[kept])) if route is Route.POSITIVE_P else (None, None)
            curves.append(Curve(SYMBOLS[name], route, _tuple(OFF + since[kept]), _tuple(rates[kept]), *ends))
    return Panel(
        "Local decay rates",
        "time γ_s t",
        "−d ln W/dt (γ_s)",
        tuple(curves),
        note=f"Up to {FASTEST:g}γ_s; that of W^i diverges where W^i ends.",
    )


def _tuple(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(each) for each in values)


def _windows(name: str, slope: Measured, r: Measured) -> Table:
    """Windows from the switch on under the best reading: those that begin a little later differ less."""
    reading = slope.choice.split(";")[0]
    kept = sorted(which for which in slope.others if which.startswith(f"{reading}; γ_s t from {OFF:g} to"))
    return Table(
        f"Slopes of ln {SYMBOLS[name]} by window, {reading}",
        ("window", "slope (γ_s)", "|r|"),
        tuple((which.split("; ")[1], f"{slope.others[which]:.3f}", f"{r.others[which]:.4f}") for which in kept),
    )

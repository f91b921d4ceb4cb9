"""Fig. 2: the ergotropy at F_p = 3 for several cutoffs, and which cutoffs it takes."""

from math import pi, sqrt

import numpy as np

from validation.evidence import Table
from validation.paper.choices import (
    FULL_BANDS,
    READINGS,
    Charged,
    at_time,
    charging,
    converged,
    estimates,
    number,
    scan,
    verdicts,
)
from validation.paper.computing import Results, Task
from validation.paper.limits import NOISE, THRESHOLD, coherent_above, eliminated, linear_above, quieter
from validation.paper.page import Number, Panel, Route, Section, Verdict
from validation.paper.pictures import over_time, trajectories, with_errors
from validation.paper.rules import Measured
from validation.paper.runs import Cutoffs, curve, exact
from validation.paper.steady import Routes, at_other_noise, by_samples, compare_over_time, noises

PUMP = 3.0
RATIO = PUMP / THRESHOLD
DRAWN = READINGS[1]
"""The reading of "cutoff" in the panels: the one that the fits of Figs. 3 and 7 single out."""
SIGNALS, PUMPS = (24, 28, 32, 36), (3, 5, 7, 9)
GOOD = 1e-3
"""Share of W_ss that a cutoff may cost where it is called enough."""


def steady_work(charged: Charged) -> tuple[float]:
    """W_ss at F_p = 3."""
    return (at_time(charged(PUMP), "work"),)


def ladders(*, quick: bool) -> tuple[list[Cutoffs], list[Cutoffs]]:
    """Cutoffs of the signal below the converged ones, and of the pump, lowest first."""
    signals, pumps = converged(PUMP, quick=quick)
    lower = [(lower, pumps) for lower in range(24, signals, 8 if quick else 4)]
    return lower, [(signals, lower) for lower in range(5 if quick else 3, pumps, 2)]


def tasks(*, quick: bool) -> list[Task]:
    """The curves of both panels, the numbers under both readings, the ladders, and the other routes."""
    shown = {DRAWN.cutoffs(signals) for signals in SIGNALS} | {DRAWN.cutoffs(32, pumps) for pumps in PUMPS}
    shown |= {reading.cutoffs(signals) for reading in READINGS for signals in (32, 36)}
    first, second = ladders(quick=quick)
    found = [exact(cutoffs, pump=PUMP) for cutoffs in (*sorted(shown), *first, *second, converged(PUMP, quick=quick))]
    if not quick:
        found += [exact(cutoffs, pump=top) for top, cutoffs in FULL_BANDS]
    found += [quieter(RATIO, noise, quick=quick) for noise in noises(quick)]
    return [*found, by_samples(PUMP, quick=quick), eliminated(RATIO)]


def tell(results: Results, *, quick: bool) -> Section:
    """The section."""
    routes, runs = Routes(results, quick), charging(results)
    found = scan(runs, ("W_32",), {"": steady_work}, quick=quick)
    found |= scan(runs, ("W_36",), {"": steady_work}, quick=quick, signals=36)
    numbers = tuple(_number(key, measured, routes) for key, measured in found.items())
    limit, theirs = found["W_32"].converged, found["W_32"]
    short = 1 - theirs.value / limit
    at_cutoffs = " or ".join(f"{value:.2f} ({name})" for name, value in theirs.others.items())
    first, second = ladders(quick=quick)
    return Section(
        name="figure-2",
        title="Fig. 2: the ergotropy at F_p = 3 for several cutoffs",
        printed="W(t) at F_p = 3 for N_s = 24, 28, 32, 36 with N_p = 9, and for N_p = 3, 5, 7, 9 with N_s = 32. The "
        "ergotropy is said to approach 14.5 in the first case and 14 in the second; N_s = 32 and N_p = 9 are kept.",
        verdicts=verdicts(numbers),
        conclusions=(_concluded(short),),
        answer=f"At N_s = 32, N_p = 9 W_ss is {at_cutoffs}; converged it is {limit:.2f}. "
        f"The cutoffs that are kept {_judged(short)}.",
        text=(_why(limit), _enough(results, first, second, limit)),
        numbers=numbers,
        panels=(_panel(routes, "signal"), _panel(routes, "pump")),
        tables=(_costs(results, [*first, *second], limit), *([] if quick else [_bands(results)])),
        comparisons=tuple(compare_over_time(routes, (PUMP,), "work", "W", runs(lambda _: DRAWN.cutoffs()))),
    )


def _number(key: str, measured: Measured, routes: Routes) -> Number:
    (sampled,) = estimates(steady_work, routes.positive_p)
    return number(
        key,
        measured,
        positive_p=sampled,
        branches=steady_work(routes.branches)[0],
        closed_form=f"{steady_work(routes.closed_form)[0]:.2f} for γ_p → ∞; {linear_above(RATIO):.2f} for g² → 0",
        with_noise=at_other_noise(routes, steady_work)[0],
    )


def _judged(short: float) -> str:
    if abs(short) <= GOOD:
        return f"change it by {abs(short):.2%} and are enough"
    return f"cost {short:.1%} of W_ss" if short > 0 else f"add {-short:.1%} to W_ss"


def _concluded(short: float) -> Verdict:
    words = "N_s = 32 and N_p = 9 are enough at F_p = 3"
    if abs(short) <= GOOD:
        return Verdict(words, "holds")
    return Verdict(f"{words} (they {_judged(short)})", "fails")


def _why(limit: float) -> str:
    photons, spread = (RATIO - 1) / NOISE, coherent_above(RATIO) / sqrt(8 / pi)
    return (
        f"Above threshold photon numbers spread about n̄ ≈ (λ − 1)/g² = {photons:.0f} with the variance "
        f"(λ − ½)/g² + (λ − 1)γ_s/(γ_p g²), a standard deviation of {spread:.1f}: 32 levels end "
        f"{(31 - photons) / spread:.1f} of them above the mean, and what lies beyond is missing. Without cutoffs, two "
        f"Gaussian branches about the mean field, W = n̄ − 2(ν − ½) − ½, give {linear_above(RATIO):.2f}, which differs "
        f"from {limit:.2f} by {abs(linear_above(RATIO) - limit):.2f}; the difference vanishes with g²."
    )


def _enough(results: Results, first: list[Cutoffs], second: list[Cutoffs], limit: float) -> str:
    parts = []
    for cutoffs, which, name in ((first, 0, "signal"), (second, 1, "pump")):
        enough = [each for each in cutoffs if abs(_at(results, each) / limit - 1) <= GOOD]
        words = (
            f"{enough[0][which]} levels of the {name}"
            if enough
            else f"more than {cutoffs[-1][which]} levels of the {name}"
        )
        parts.append(words)
    return f"For W_ss to {GOOD:.1%} it takes {parts[0]} and {parts[1]}, of those tried, each with the other converged."


def _at(results: Results, cutoffs: Cutoffs) -> float:
    return at_time(results[exact(cutoffs, pump=PUMP)], "work")


def _panel(routes: Routes, mode: str) -> Panel:
    shown = {f"N_s = {each}": DRAWN.cutoffs(each) for each in SIGNALS}
    if mode == "pump":
        shown = {f"N_p = {each}": DRAWN.cutoffs(32, each) for each in PUMPS}
    curves = [
        over_time(label, Route.PAPER_CUTOFFS, routes.results[exact(cutoffs, pump=PUMP)], "work")
        for label, cutoffs in shown.items()
    ]
    sampled, ends = routes.positive_p(PUMP), (30.0, 40.0)
    settled = steady_work(routes.closed_form)[0]
    return Panel(
        title=f"Ergotropy at F_p = 3, cutoffs of the {mode} ({DRAWN.name})",
        x_name="time γ_s t",
        y_name="ergotropy W (ħω_s)",
        curves=(
            *curves,
            over_time("no cutoff", Route.CONVERGED, routes.converged(PUMP), "work"),
            *trajectories("no cutoff", sampled, "work"),
            with_errors("W_ss, γ_p → ∞", Route.CLOSED_FORM, ends, [settled] * 2),
            with_errors("W_ss, g² → 0", Route.CLOSED_FORM, ends, [linear_above(RATIO)] * 2),
        ),
    )


def _costs(results: Results, ladder: list[Cutoffs], limit: float) -> Table:
    rows = []
    for cutoffs in ladder:
        _, values, _, known = curve(results[exact(cutoffs, pump=PUMP)], "work")
        stated = f"{known[-1] / values[-1]:.1e}" if np.isfinite(known[-1]) else "no bound: the last levels are filled"
        rows.append((str(cutoffs[0]), str(cutoffs[1]), f"{values[-1]:.4f}", f"{values[-1] / limit - 1:+.1e}", stated))
    return Table(
        f"What cutoffs cost W_ss at F_p = 3 (converged: {limit:.4f} ħω_s)",
        (
            "levels of the signal",
            "levels of the pump",
            "W_ss (ħω_s)",
            "off by (share)",
            "bound that the run states (share)",
        ),
        tuple(rows),
    )


def _bands(results: Results) -> Table:
    rows = []
    for top, cutoffs in FULL_BANDS:
        run, shares = results[exact(cutoffs, pump=top)], []
        for name in ("work", "coherent"):
            _, values, _, known = curve(run, name)
            shares.append(f"{known.max() / values.max():.0e}")
        rows.append((f"{top:g}", *map(str, cutoffs), *shares))
    return Table(
        "Cutoffs taken for converged, and the largest error that a companion run at lower ones leaves room for",
        ("F_p up to (√γ_s)", "levels of the signal", "of the pump", "error of W (share)", "error of W^c (share)"),
        tuple(rows),
    )

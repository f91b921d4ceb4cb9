"""Fig. 3: the ergotropy at several F_p, and whether that of the steady state grows exponentially."""

from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from validation.evidence import Table
from validation.paper.choices import (
    PAPER_CUTOFFS,
    Charged,
    Choices,
    estimates,
    every_choice,
    grid,
    number,
    printed,
    scan,
    verdicts,
)
from validation.paper.computing import Results, Task
from validation.paper.fits import line
from validation.paper.limits import GAMMA_P, NOISE, THRESHOLD, linear_above, linear_below, name_of
from validation.paper.page import Curve, Number, Panel, Route, Section, Verdict
from validation.paper.pictures import over_time, trajectories, with_errors
from validation.paper.printed import CLAIMS
from validation.paper.rules import Measured
from validation.paper.steady import (
    SLOWNESS_AT,
    WHEN,
    Routes,
    at_other_noise,
    compare_over_time,
    compare_steady,
    noises,
    planted,
    planted_tasks,
    slow_pump,
    tasks_at,
    uncertainties,
    values,
)

Array = NDArray[np.float64]
KEYS = ("W_slope", "W_intercept", "W_r")
SHOWN = grid(1.0, 3.0, 0.5)
COARSE = grid(0.5, 3.0, 0.5)
SLOWNESSES = (16.0, 32.0, 64.0)
"""γ_p/γ_s at which the limit γ_p → ∞ is approached."""
AN_EXPONENTIAL = 1.25
"""Largest over smallest local slope of a logarithm up to which it is called a straight line."""
NEAR_THRESHOLD = 0.15
"""Distance of λ from 1 within which g² → 0 has no closed form in terms of elementary functions that is drawn."""


def pumps(*, quick: bool) -> list[float]:
    """All F_p of the fits, in √γ_s."""
    return COARSE if quick else sorted({*COARSE, *grid(1.0, 3.0, 0.1)})


def choices(*, quick: bool) -> Choices:
    """The points that the paper may have fitted, and when it may have read them."""
    grids = {"F_p = 0.5 … 3 in 0.5": COARSE, "F_p = 1 … 3 in 0.5": SHOWN}
    if not quick:
        grids["F_p = 1 … 3 in 0.1"] = grid(1.0, 3.0, 0.1)
    return {
        f"{name}, {words}": partial(fit, pumps, time)
        for name, pumps in grids.items()
        for words, time in list(WHEN.items())[: 1 if quick else 2]
    }


def fit(pumps: list[float], time: float, charged: Charged) -> tuple[float, ...]:
    """Slope, intercept and |r| of ln W_ss against F_p."""
    return line(pumps, np.log(values(charged, pumps, "work", time)))[:3]


def tasks(*, quick: bool) -> list[Task]:
    """All routes at all F_p, the control, and slower pump modes."""
    others = [*planted_tasks(SHOWN, quick=quick), *(slow_pump(gamma_p, quick=quick) for gamma_p in SLOWNESSES)]
    return tasks_at(pumps(quick=quick), quick=quick) + others


def tell(results: Results, *, quick: bool) -> Section:
    """The section."""
    routes = Routes(results, quick, has_settled=not quick)
    found = scan(routes.exact, KEYS, choices(quick=quick), quick=quick)
    numbers = _numbers(found, routes)
    local = _local_slopes(values(routes.converged, COARSE, "work"))
    bend = local.max() / local.min()
    slope, intercept, r = (printed(CLAIMS[key]) for key in KEYS)
    law = "is close to an exponential" if bend <= AN_EXPONENTIAL else "is not an exponential"
    return Section(
        name="figure-3",
        title="Fig. 3: the ergotropy and its steady state against F_p",
        printed="W(t) for F_p = 1 … 3. The steady ergotropy is fitted by "
        f"ln W_ss = {intercept} + {slope} F_p with |r| = {r}, and said to "
        "grow exponentially, approximately.",
        verdicts=(*verdicts(numbers), _exponential(local, bend)),
        answer=f"The paper’s line is found at its cutoffs with slope {found['W_slope'].value:.3f}, and converged with "
        f"{found['W_slope'].converged:.3f}. The curve itself {law}: from F_p = {COARSE[0]:g} to {COARSE[-1]:g} "
        f"the local slope of ln W_ss lies between {local.min():.2f} and {local.max():.2f} per √γ_s.",
        text=(_why(bend), _with_noise(routes), _slow(results, routes, quick)),
        numbers=numbers,
        panels=(_charging(routes), _steady(routes, pumps(quick=quick))),
        tables=(
            every_choice(found, KEYS, "The line under every choice that is left open, at the paper’s cutoffs"),
            _slopes(routes, local),
            _approach(results, routes, quick),
        ),
        comparisons=(
            *compare_over_time(routes, SHOWN, "work", "W", planted(results, quick=quick)),
            *compare_steady(routes, pumps(quick=quick), "work", "W_ss"),
        ),
    )


def _numbers(found: dict[str, Measured], routes: Routes) -> tuple[Number, ...]:
    chosen = choices(quick=routes.quick)[found[KEYS[0]].key]
    sampled, branches, limit = estimates(chosen, routes.positive_p), chosen(routes.branches), chosen(routes.closed_form)
    quieter = at_other_noise(routes, chosen)
    return tuple(
        number(
            key,
            found[key],
            positive_p=sampled[k],
            branches=branches[k],
            closed_form=limit[k],
            with_noise=quieter[k] + (" (F_p in units of F_th/2)" if key != "W_r" else ""),
        )
        for k, key in enumerate(KEYS)
    )


def _exponential(local: Array, bend: float) -> Verdict:
    words = "close to" if bend <= AN_EXPONENTIAL else "not"
    span = f"{local.min():.1f} … {local.max():.1f}"
    return Verdict(
        f"{words} an exponential: local slope of ln W_ss {span} per √γ_s",
        "holds" if bend <= AN_EXPONENTIAL else "fails",
    )


def _local_slopes(work: Array) -> Array:
    return np.asarray(np.diff(np.log(work)) / np.diff(COARSE))


def _why(bend: float) -> str:
    consequence = "so the logarithm bends twice" if bend > AN_EXPONENTIAL else "and here the two nearly join"
    return (
        "Below threshold W_ss = ½[1/(1 − λ²) − 1/√(1 − λ²)], whatever g² is; above it W_ss ≈ (λ − 1)/g², which is "
        f"linear in F_p. Between them W_ss climbs by a factor of order 1/g² within a window of λ that closes as g → 0, "
        f"{consequence}. The slope of a line through all of it depends on the window and on g²."
    )


def _with_noise(routes: Routes) -> str:
    def steepest(charged: Charged) -> float:
        return float(_local_slopes(values(charged, COARSE, "work")).max() * THRESHOLD)

    steps = [f"{steepest(routes.quieter(noise)):.1f} at {noise:g}" for noise in noises(routes.quick)]
    return (
        f"Between points half a √γ_s apart (λ apart by {0.5 / THRESHOLD:g}), the largest slope d ln W_ss/dλ is "
        f"{steepest(routes.converged):.1f} at g² = {name_of(NOISE)}, {' and '.join(steps)}. For small g², "
        "away from the threshold, the two laws on either side hold."
    )


def _slow(results: Results, routes: Routes, quick: bool) -> str:
    scaled = [gap * gamma_p for gamma_p, gap in _gaps(results, routes, quick, "work")]
    steady = max(scaled) - min(scaled) < 0.2 * max(map(abs, scaled))
    words = "falls as γ_s/γ_p" if steady else "does not yet fall as γ_s/γ_p"
    return (
        f"The closed form is exact for γ_p → ∞. At the paper’s γ_p = {GAMMA_P:g} γ_s W_ss differs from it by "
        f"{scaled[0] / GAMMA_P:+.3f} ħω_s at F_p = {SLOWNESS_AT:g}; from γ_p = {SLOWNESSES[0]:g} to "
        f"{SLOWNESSES[-1]:g} γ_s the difference {words}."
    )


def _gaps(results: Results, routes: Routes, quick: bool, name: str) -> list[tuple[float, float]]:
    """γ_p, and what it makes W or W^c smaller or larger by than γ_p → ∞ would."""
    limit = values(routes.closed_form, (SLOWNESS_AT,), name)[0]
    found = []
    for gamma_p in SLOWNESSES:
        run = results[slow_pump(gamma_p, quick=quick)]
        found.append((gamma_p, float(run[name]["value"][-1] - limit)))
    return found


def _approach(results: Results, routes: Routes, quick: bool) -> Table:
    rows = []
    both = zip(*(_gaps(results, routes, quick, name) for name in ("work", "coherent")), strict=True)
    for (gamma_p, work), (_, coherent) in both:
        rows.append(
            (f"{gamma_p:g}", *(f"{each:+.4f}" for each in (work, work * gamma_p, coherent, coherent * gamma_p)))
        )
    headings = ("γ_p/γ_s", "W − W(∞)", "times γ_p/γ_s", "W^c − W^c(∞)", "times γ_p/γ_s")
    return Table(f"The way to γ_p → ∞ at F_p = {SLOWNESS_AT:g}, steady state (energies in ħω_s)", headings, tuple(rows))


def _charging(routes: Routes) -> Panel:
    curves: list[Curve] = []
    for pump in SHOWN:
        label = f"F_p = {pump:g}"
        theirs = routes.exact(lambda _: PAPER_CUTOFFS)(pump)
        curves.append(over_time(label, Route.PAPER_CUTOFFS, theirs, "work"))
        curves.append(over_time(label, Route.CONVERGED, routes.converged(pump), "work"))
        curves += trajectories(label, routes.positive_p(pump), "work")
        settled = values(routes.closed_form, [pump] * 2, "work")
        curves.append(with_errors(label, Route.CLOSED_FORM, (30.0, 40.0), settled))
    note = "Closed form: the steady state for γ_p → ∞."
    return Panel("Ergotropy at several F_p", "time γ_s t", "ergotropy W (ħω_s)", tuple(curves), note=note)


def _steady(routes: Routes, pumps: list[float]) -> Panel:
    label = "W_ss"
    theirs = values(routes.exact(lambda _: PAPER_CUTOFFS), pumps, "work")
    fitted = CLAIMS["W_intercept"].value + CLAIMS["W_slope"].value * np.array(SHOWN)
    below = [F for F in pumps if F / THRESHOLD <= 1 - NEAR_THRESHOLD]
    above = [F for F in pumps if F / THRESHOLD >= 1 + NEAR_THRESHOLD]
    sampled = values(routes.positive_p, pumps, "work"), *uncertainties(routes.positive_p, pumps, "work")
    limits = [linear_below(F / THRESHOLD) for F in below], [linear_above(F / THRESHOLD) for F in above]
    draw = partial(with_errors, shown=np.log)
    curves = (
        with_errors("ln W_ss = a + b F_p", Route.PRINTED, SHOWN, fitted),
        draw(label, Route.PAPER_CUTOFFS, pumps, theirs),
        draw(label, Route.CONVERGED, pumps, values(routes.converged, pumps, "work")),
        draw(label, Route.POSITIVE_P, pumps, *sampled),
        draw(label, Route.BRANCHES, pumps, values(routes.branches, pumps, "work")),
        draw("γ_p → ∞", Route.CLOSED_FORM, pumps, values(routes.closed_form, pumps, "work")),
        draw("g² → 0, below threshold", Route.CLOSED_FORM, below, limits[0]),
        draw("g² → 0, above threshold", Route.CLOSED_FORM, above, limits[1]),
    )
    return Panel("Ergotropy of the steady state", "F_p (√γ_s)", "ln of W_ss/ħω_s", curves)


def _slopes(routes: Routes, local: Array) -> Table:
    limit = _local_slopes(values(routes.closed_form, COARSE, "work"))
    columns = [
        local,
        limit,
        *(_local_slopes(values(routes.quieter(noise), COARSE, "work")) for noise in noises(routes.quick)),
    ]
    rows = tuple(
        (f"{low / THRESHOLD:g} … {high / THRESHOLD:g}", *(f"{column[k] * THRESHOLD:.2f}" for column in columns))
        for k, (low, high) in enumerate(pairwise(COARSE))
    )
    headings = (
        "λ",
        f"g² = {name_of(NOISE)}, master equation",
        "the same, γ_p → ∞",
        *(f"g² = {noise:g}" for noise in noises(routes.quick)),
    )
    return Table("Local slope d ln W_ss/dλ", headings, rows)

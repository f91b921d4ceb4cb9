"""Fig. 7: the coherent ergotropy at several F_p, Eq. (18) for its steady state, and whether that saturates."""

from collections.abc import Iterable
from functools import partial
from itertools import pairwise
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from validation.evidence import Table
from validation.paper.choices import (
    PAPER_CUTOFFS,
    Charged,
    Choices,
    Estimate,
    estimates,
    every_choice,
    grid,
    number,
    scan,
    verdicts,
    with_error,
)
from validation.paper.computing import Results, Task
from validation.paper.fits import equation_18, logistic
from validation.paper.intervals import reach
from validation.paper.limits import NOISE, THRESHOLD, coherent_above, eliminated, name_of
from validation.paper.page import Curve, Number, Panel, Route, Section, Verdict
from validation.paper.pictures import over_time, trajectories, with_errors
from validation.paper.printed import CLAIMS
from validation.paper.rules import Measured, held
from validation.paper.steady import (
    WHEN,
    Routes,
    at_other_noise,
    compare_over_time,
    compare_steady,
    noises,
    planted,
    planted_tasks,
    tasks_at,
    uncertainties,
    values,
)

Array = NDArray[np.float64]
KEYS = ("height", "steepness", "middle")
SHOWN = grid(2.2, 3.0, 0.2)
TO_3, TO_3_5 = grid(2.0, 3.0, 0.1), grid(2.0, 3.5, 0.1)
STRONG, STRONGEST = 3.0, 3.5
"""F_p between which it is asked whether W^c_ss still grows."""
WINDOWS = (3.0, 3.5, 4.0, 6.0)
"""Largest F_p of fits of Eq. (18) from F_p = 2 on, which show what its height depends on."""
SATURATED = 0.05
"""Growth between the two, as a share, up to which it is called saturated; Eq. (18) itself is below."""


def pumps(*, quick: bool) -> list[float]:
    """All F_p of the fits, in √γ_s."""
    return [*TO_3, STRONGEST] if quick else TO_3_5


def choices(*, quick: bool) -> Choices:
    """The points that the paper may have fitted, and when it may have read them."""
    grids = {"F_p = 2 … 3 in 0.1": TO_3} | ({} if quick else {"F_p = 2 … 3.5 in 0.1": TO_3_5})
    return {
        f"{name}, {words}": partial(fit, pumps, time)
        for name, pumps in grids.items()
        for words, time in list(WHEN.items())[: 1 if quick else 2]
    }


def fit(pumps: list[float], time: float, charged: Charged) -> tuple[float, ...]:
    """Height, steepness and middle of Eq. (18)."""
    return logistic(pumps, values(charged, pumps, "coherent", time))[:3]


def steepest(charged: Charged) -> tuple[float]:
    """F_p where W^c_ss rises fastest, among points 0.1 apart."""
    return (TO_3[int(np.gradient(values(charged, TO_3, "coherent"), TO_3).argmax())],)


def strongest(charged: Charged) -> tuple[float]:
    """W^c_ss at the largest F_p of the paper."""
    return (float(values(charged, [STRONGEST], "coherent")[0]),)


def tasks(*, quick: bool) -> list[Task]:
    """All routes at all F_p, and the control."""
    wide = [eliminated(F / THRESHOLD) for F in grid(TO_3[0], max(WINDOWS), 0.1)]
    return tasks_at(pumps(quick=quick), quick=quick) + planted_tasks(SHOWN, quick=quick) + wide


def tell(results: Results, *, quick: bool) -> Section:
    """The section."""
    routes = Routes(results, quick, has_settled=not quick)
    found = scan(routes.exact, KEYS, choices(quick=quick), quick=quick, largest=STRONGEST)
    found |= scan(routes.exact, ("steepest",), {"": steepest}, quick=quick)
    found |= scan(routes.exact, ("saturation",), {"": strongest}, quick=quick, largest=STRONGEST)
    theirs, ours = (_growth(charged) for charged in (_papers(routes), routes.converged))
    still = f"still grows by {ours:.1%}" if ours > SATURATED else f"changes by {ours:+.1%}"
    printed = [CLAIMS[key].value for key in KEYS]
    return Section(
        name="figure-7",
        title="Fig. 7: the coherent ergotropy against F_p",
        printed="W^c(t) for F_p = 2.2 … 3, and its steady value for F_p = 2 … 3.5 in steps of 0.1 with its derivative. "
        f"Eq. (18) is fitted, W^c_ss = {printed[0]}/(1 + exp[−{printed[1]}(F_p − {printed[2]})]); W^c_ss is said to "
        "approach 8.0 for strong driving, and to rise fastest around F_p = 2.4.",
        verdicts=(*verdicts(numbers := _numbers(found, routes)), _levelling(theirs, ours)),
        conclusions=(_steepest(numbers),),
        answer=f"Eq. (18) is found at the paper’s cutoffs with height {found['height'].value:.3f}, and converged with "
        f"{found['height'].converged:.3f}. From F_p = {STRONG:g} to {STRONGEST:g} W^c_ss {still} when converged, "
        f"and by {theirs:+.1%} at the paper’s cutoffs: {_judged(theirs, ours)}.",
        text=(_why(routes, ours), _with_noise(routes)),
        numbers=numbers,
        panels=(_charging(routes), _steady(routes, pumps(quick=quick)), _derivative(routes, pumps(quick=quick))),
        tables=(
            every_choice(found, KEYS, "Eq. (18) under every choice that is left open, at the paper’s cutoffs"),
            _windows(routes),
            _scaled(routes, pumps(quick=quick)),
        ),
        comparisons=(
            *compare_over_time(routes, SHOWN, "coherent", "W^c", planted(results, quick=quick)),
            *compare_steady(routes, pumps(quick=quick), "coherent", "W^c_ss"),
        ),
    )


def _papers(routes: Routes) -> Charged:
    return routes.exact(lambda _: PAPER_CUTOFFS)


def _growth(charged: Charged) -> float:
    weak, strong = values(charged, [STRONG, STRONGEST], "coherent")
    return float(strong / weak - 1)


def _judged(theirs: float, ours: float) -> str:
    if ours <= SATURATED:
        return "it saturates by either"
    return "it does not saturate" if theirs > SATURATED else "that it levels off is an effect of the cutoffs"


def _levelling(theirs: float, ours: float) -> Verdict:
    grows = f"F_p = {STRONG:g} to {STRONGEST:g}: {theirs:+.0%} at the paper’s cutoffs, {ours:+.0%} converged"
    return Verdict(f"W^c_ss from {grows}", "holds" if ours <= SATURATED else "fails")


def _steepest(numbers: Iterable[Number]) -> Verdict:
    (found,) = (each for each in numbers if each.quantity == CLAIMS["steepest"].quantity)
    return held("W^c_ss rises fastest near F_p = 2.4", found.remains)


def _numbers(found: dict[str, Measured], routes: Routes) -> tuple[Number, ...]:
    numbers = []
    chosen = choices(quick=routes.quick)[found[KEYS[0]].key]
    for way, keys in ((chosen, KEYS), (steepest, ("steepest",)), (strongest, ("saturation",))):
        sampled, branches, limit = estimates(way, routes.positive_p), way(routes.branches), way(routes.closed_form)
        quieter = at_other_noise(routes, way)
        for k, key in enumerate(keys):
            in_units = " (F_p in units of F_th/2)" if key not in ("height", "saturation") else ""
            in_units += ", of points 0.1 apart" if key == "steepest" else ""
            numbers.append(
                number(
                    key,
                    found[key],
                    positive_p=_on_grid(sampled[k]) if key == "steepest" else sampled[k],
                    branches=branches[k],
                    closed_form=limit[k],
                    with_noise=quieter[k] + in_units,
                )
            )
    return tuple(numbers)


def _on_grid(found: Estimate) -> Estimate:
    """A place among points 0.1 apart is known to half of that at best."""
    return Estimate(found.value, found.reach + 0.05)


def _why(routes: Routes, ours: float) -> str:
    expected = coherent_above(STRONGEST / THRESHOLD) / coherent_above(STRONG / THRESHOLD) - 1
    heights = [fit(grid(TO_3[0], last, 0.1), 40.0, routes.closed_form)[0] for last in WINDOWS]
    rises = all(later > (1 + SATURATED / 5) * earlier for earlier, later in pairwise(heights))
    words = "grows with the window" if rises else "does not depend much on the window"
    return (
        "Sorted by probability, the photon numbers of a wide Gaussian have the mean rank √(8/π) standard "
        "deviations, so that above threshold, for "
        "g² → 0, W^c_ss ≈ √(8/π)√[(λ − ½)/g² + (λ − 1)γ_s/(γ_p g²)]. This is the number noise of the two bright "
        f"branches, which grows as √F_p without a limit: by {expected:.1%} between F_p = {STRONG:g} and {STRONGEST:g}, "
        f"where W^c_ss grows by {ours:.1%}. The height of Eq. (18) {words}: {heights[0]:.2f} for F_p up to "
        f"{WINDOWS[0]:g}, {heights[-1]:.2f} up to {WINDOWS[-1]:g} (γ_p → ∞)."
    )


def _with_noise(routes: Routes) -> str:
    where = [f"{steepest(routes.converged)[0] / THRESHOLD:.2f} at g² = {name_of(NOISE)}"]
    where += [f"{steepest(routes.quieter(noise))[0] / THRESHOLD:.2f} at {noise:g}" for noise in noises(routes.quick)]
    return (
        f"W^c_ss rises fastest at λ = {', '.join(where)} (points {0.1 / THRESHOLD:g} apart). "
        f"At λ = {STRONG / THRESHOLD:g} and these g² it is {_heights(routes)}."
    )


def _heights(routes: Routes) -> str:
    """W^c_ss at one λ for all g², and whether it comes closer to the law of g² → 0."""
    found = [(NOISE, routes.converged), *((noise, routes.quieter(noise)) for noise in noises(routes.quick))]
    heights = [(noise, float(values(charged, [STRONG], "coherent")[0])) for noise, charged in found]
    away = [1 - height / coherent_above(STRONG / THRESHOLD, noise) for noise, height in heights]
    listed = ", ".join(f"{height:.1f} ({name_of(noise)})" for noise, height in heights)
    shares = ", ".join(f"{each:.0%}" for each in away)
    comes = all(abs(later) < (1 - SATURATED) * abs(earlier) for earlier, later in pairwise(away))
    law = "so the height is set by g² and grows as 1/g" if comes else "so this law is not yet reached"
    return f"{listed}, which is {shares} below the square root above: {law}"


def _charging(routes: Routes) -> Panel:
    curves: list[Curve] = []
    for pump in SHOWN:
        label = f"F_p = {pump:g}"
        curves.append(over_time(label, Route.PAPER_CUTOFFS, _papers(routes)(pump), "coherent"))
        curves.append(over_time(label, Route.CONVERGED, routes.converged(pump), "coherent"))
        curves += trajectories(label, routes.positive_p(pump), "coherent")
        settled = values(routes.closed_form, [pump] * 2, "coherent")
        curves.append(with_errors(label, Route.CLOSED_FORM, (30.0, 40.0), settled))
    note = "Closed form: the steady state for γ_p → ∞."
    name = "coherent ergotropy W^c (ħω_s)"
    return Panel("Coherent ergotropy at several F_p", "time γ_s t", name, tuple(curves), note=note)


def _steady(routes: Routes, pumps: list[float]) -> Panel:
    label, above = "W^c_ss", [F for F in pumps if F > THRESHOLD]
    sampled = values(routes.positive_p, pumps, "coherent"), *uncertainties(routes.positive_p, pumps, "coherent")
    curves = (
        with_errors("Eq. (18)", Route.PRINTED, TO_3_5, _printed(TO_3_5)),
        with_errors(label, Route.PAPER_CUTOFFS, pumps, values(_papers(routes), pumps, "coherent")),
        with_errors(label, Route.CONVERGED, pumps, values(routes.converged, pumps, "coherent")),
        with_errors(label, Route.POSITIVE_P, pumps, *sampled),
        with_errors(label, Route.BRANCHES, pumps, values(routes.branches, pumps, "coherent")),
        with_errors("γ_p → ∞", Route.CLOSED_FORM, pumps, values(routes.closed_form, pumps, "coherent")),
        with_errors("g² → 0", Route.CLOSED_FORM, above, [coherent_above(F / THRESHOLD) for F in above]),
    )
    return Panel("Coherent ergotropy of the steady state", "F_p (√γ_s)", "W^c_ss (ħω_s)", curves)


def _derivative(routes: Routes, pumps: list[float]) -> Panel:
    pumps = TO_3 if STRONGEST in pumps and len(pumps) <= len(TO_3) + 1 else pumps
    x = np.array(pumps)
    errors, known = uncertainties(routes.positive_p, pumps, "coherent")

    def slope(y: ArrayLike) -> Array:
        return np.asarray(np.gradient(np.asarray(y, dtype=np.float64), x))

    def beside(error: Array) -> tuple[Array, Array]:
        """Errors at the two points that a difference is taken of; one-sided at the ends."""
        low, high = np.maximum(np.arange(len(x)) - 1, 0), np.minimum(np.arange(len(x)) + 1, len(x) - 1)
        return error[low] / (x[high] - x[low]), error[high] / (x[high] - x[low])

    curves = (
        with_errors("Eq. (18)", Route.PRINTED, x, slope(_printed(pumps))),
        with_errors("dW^c_ss/dF_p", Route.PAPER_CUTOFFS, x, slope(values(_papers(routes), pumps, "coherent"))),
        with_errors("dW^c_ss/dF_p", Route.CONVERGED, x, slope(values(routes.converged, pumps, "coherent"))),
        with_errors(
            "dW^c_ss/dF_p",
            Route.POSITIVE_P,
            x,
            slope(values(routes.positive_p, pumps, "coherent")),
            np.hypot(*beside(errors)),
            np.add(*beside(known)),
        ),
        with_errors("dW^c_ss/dF_p", Route.BRANCHES, x, slope(values(routes.branches, pumps, "coherent"))),
        with_errors("γ_p → ∞", Route.CLOSED_FORM, x, slope(values(routes.closed_form, pumps, "coherent"))),
    )
    note = f"Differences between points {x[1] - x[0]:.1g} apart."
    return Panel("How fast it rises", "F_p (√γ_s)", "dW^c_ss/dF_p (ħω_s/√γ_s)", curves, note=note)


def _printed(pumps: list[float]) -> Array:
    return equation_18(np.array(pumps), *(CLAIMS[key].value for key in KEYS))


def _windows(routes: Routes) -> Table:
    rows = []
    for last in WINDOWS:
        fits: dict[str, Charged] = {"γ_p → ∞, closed form": routes.closed_form}
        if not routes.quick and last <= STRONGEST:
            fits["converged"] = routes.converged
        for name, charged in fits.items():
            found = fit(grid(TO_3[0], last, 0.1), 40.0, charged)
            rows.append((f"{TO_3[0]:g} … {last:g}", name, *(f"{each:.3f}" for each in found)))
    headings = ("F_p (√γ_s)", "route", "height (ħω_s)", "steepness", "middle (√γ_s)")
    return Table("Eq. (18) fitted to more and more of the curve, without cutoffs", headings, tuple(rows))


def _scaled(routes: Routes, pumps: list[float]) -> Table:
    """g W^c_ss, which has a limit as g → 0."""
    rows = []
    for pump in [each for each in (2.2, 2.4, 2.6, 2.8, 3.0, 3.5) if each in pumps]:
        ratio, row = pump / THRESHOLD, []
        exact = sqrt(NOISE) * values(routes.converged, [pump], "coherent")[0]
        for noise in noises(routes.quick):
            value = values(routes.quieter(noise), [pump], "coherent")[0]
            errors, known = uncertainties(routes.quieter(noise), [pump], "coherent")
            row.append(with_error(Estimate(sqrt(noise) * value, float(sqrt(noise) * reach(errors[0], known[0])))))
        limit = sqrt(NOISE) * coherent_above(ratio)
        rows.append((f"{ratio:g}", f"{exact:.4f}", *row, f"{limit:.4f}"))
    headings = (
        "λ",
        f"g² = {name_of(NOISE)}, master equation",
        *(f"g² = {noise:g}" for noise in noises(routes.quick)),
        "g² → 0",
    )
    return Table("g W^c_ss (ħω_s)", headings, tuple(rows))

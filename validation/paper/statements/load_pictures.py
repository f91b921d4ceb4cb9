"""Pictures and tables of loads: by coupling, by the instant of connection, and by the size of the battery."""

from collections.abc import Iterable

import numpy as np

from validation.evidence import Table
from validation.paper.computing import Result
from validation.paper.intervals import reach
from validation.paper.limits import name_of
from validation.paper.page import Curve, Panel, Route
from validation.paper.printed import CLAIMS
from validation.paper.statements.decay_cases import GAMMA_P
from validation.paper.statements.load_tasks import CHARGED, INSTANTS, PAPER, STEADY, Battery, at, maximum
from validation.references import strong_load

ByBattery = dict[Battery, Result]
SHOWN = (6.0, 10.0, 15.0, 20.0, 40.0)
"""Instants γ_s t₀ of the table."""
LARGEST = 1e8
"""Largest y that is drawn."""


def panels(
    papers: dict[str, Result], exact: ByBattery, samples: ByBattery, single: ByBattery, limits: Result
) -> tuple[Panel, ...]:
    """Largest η_a against g_a; η_∞ against t₀; η_∞ against y; 1 − η_∞ in the steady state against n̄."""
    instant = "instant of connection γ_s t₀"
    by_time = [_over_time(b, r, Route.CONVERGED) for b, r in exact.items()]
    by_time += [_over_time(b, r, Route.POSITIVE_P) for b, r in samples.items()]
    return (
        Panel(
            f"Largest gain of the load, {PAPER.name}",
            "coupling g_a (γ_s)",
            "largest η_a (ħω_a)",
            tuple(_by_coupling(papers, exact[PAPER], samples[PAPER])),
            logarithmic_x=True,
        ),
        Panel("Its limit for g_a → ∞", instant, "η_∞", tuple(by_time)),
        Panel(
            "The limit while charging, batteries of all sizes",
            "y = λg²e^((λ−1)γ_s t₀)/[4(λ−1)²]",
            "η_∞",
            tuple(_by_growth(exact, samples, single, limits)),
            logarithmic_x=True,
            note=f"Beyond y = {LARGEST:.0e}, in the steady state, nothing changes; those instants are left out.",
        ),
        Panel(
            "What is missing in the steady state, λ = 1.5",
            "photon number n̄",
            "1 − η_∞",
            tuple(_missing(exact, samples, single)),
            logarithmic_x=True,
            logarithmic_y=True,
        ),
    )


def tables(papers: dict[str, Result], exact: ByBattery, samples: ByBattery, single: ByBattery) -> tuple[Table, ...]:
    """The numbers of the pictures."""
    return (
        _coupling_table(papers, exact[PAPER], samples[PAPER]),
        _instant_table(exact, samples),
        _steady_table(exact, samples, single),
    )


def _curve(label: str, route: Route, x: Iterable[float], y: Iterable[float], reach: Iterable[float] = ()) -> Curve:
    xs, ys, sizes = tuple(map(float, x)), tuple(map(float, y)), tuple(map(float, reach))
    if not any(sizes):
        return Curve(label, route, xs, ys)
    low, high = (tuple(v + sign * size for v, size in zip(ys, sizes, strict=True)) for sign in (-1, 1))
    return Curve(label, route, xs, ys, low, high)


def _reach(part: Result, prefix: str = "") -> list[float]:
    return [reach(e, k) for e, k in zip(part[prefix + "error"], part[prefix + "known"], strict=True)]


def _over_time(battery: Battery, result: Result, route: Route) -> Curve:
    kept = [index for index, instant in enumerate(result["instants"]) if instant in INSTANTS]
    reach = _reach(result, "limit_")
    x, y, size = ([values[k] for k in kept] for values in (result["instants"], result["limit"], reach))
    return _curve(battery.name, route, x, y, size)


def _by_coupling(papers: dict[str, Result], ours: Result, samples: Result) -> list[Curve]:
    key = f"{CHARGED:g}"
    found = [
        _curve(f"t₀ = {key}, {name}", Route.PAPER_CUTOFFS, result["couplings"], result["maxima"][key]["value"])
        for name, result in papers.items()
    ]
    fine = np.geomspace(min(ours["couplings"]), max(ours["couplings"]), 60)
    for instant in (CHARGED, STEADY):
        key = f"{instant:g}"
        for route, result in ((Route.CONVERGED, ours), (Route.POSITIVE_P, samples)):
            part = result["maxima"][key]
            found.append(_curve(f"t₀ = {key}", route, result["couplings"], part["value"], _reach(part)))
        first_order = at(ours, "limit", instant) - at(ours, "slope", instant) / fine
        found.append(_curve(f"t₀ = {key}, η_∞ − c/g_a", Route.CLOSED_FORM, fine, first_order))
    printed = CLAIMS["eta_strong"].value
    return [*found, _curve(f"t₀ = {CHARGED:g}", Route.PRINTED, (10.0, 17.0), (printed, printed))]


def _by_growth(exact: ByBattery, samples: ByBattery, single: ByBattery, limits: Result) -> list[Curve]:
    found = []
    for route, batteries in ((Route.CONVERGED, exact), (Route.POSITIVE_P, samples), (Route.POSITIVE_P, single)):
        for battery, result in batteries.items():
            if batteries is single and battery in samples:
                continue  # its p_n is there, with smaller bounds
            y = [battery.growth(instant) for instant in result["instants"]]
            kept = [k for k, value in enumerate(y) if value <= LARGEST]
            reach = _reach(result, "limit_")
            y, heights, sizes = ([values[k] for k in kept] for values in (y, result["limit"], reach))
            found.append(_curve(battery.name, route, y, heights, sizes))
    return [*found, _curve("g² → 0", Route.CLOSED_FORM, limits["y"], limits["limit"])]


def _fano(ratio: float) -> float:
    """Var n/n̄ of the steady state for g² → 0."""
    return (2 * ratio - 1) / (2 * (ratio - 1)) + 1 / GAMMA_P


def _steady(exact: ByBattery, samples: ByBattery, single: ByBattery) -> list[tuple[Battery, Route, Result, int]]:
    """The last instant of each battery, if it is in its steady state."""
    routes = ((Route.CONVERGED, exact), (Route.POSITIVE_P, samples), (Route.POSITIVE_P, single))
    rows = [
        (battery, route, result, len(result["instants"]) - 1)
        for route, batteries in routes
        for battery, result in batteries.items()
        if battery.growth(result["instants"][-1]) > 1e5 and not (batteries is single and battery in samples)
    ]
    return sorted(rows, key=lambda row: (row[0].ratio, -row[0].noise))


def _missing(exact: ByBattery, samples: ByBattery, single: ByBattery) -> list[Curve]:
    found = []
    for route in (Route.CONVERGED, Route.POSITIVE_P):
        rows = [row for row in _steady(exact, samples, single) if row[1] is route and row[0].ratio == PAPER.ratio]
        reach = [_reach(result, "limit_")[last] for _, _, result, last in rows]
        x = [result["energy"][last] for _, _, result, last in rows]
        found.append(_curve("1 − η_∞", route, x, [1 - result["limit"][last] for _, _, result, last in rows], reach))
    photons = np.geomspace(2, 2e4, 60)
    fano = _fano(PAPER.ratio)
    narrow = [1 - strong_load.narrow(n, fano * n) for n in photons]
    return [*found, _curve(f"exp[−π²F/(8n̄)], F = {fano:.3g}", Route.CLOSED_FORM, photons, narrow)]


def _coupling_table(papers: dict[str, Result], ours: Result, samples: Result) -> Table:
    rows = []
    for coupling in ours["couplings"]:
        row = [f"{coupling:g}", *(f"{maximum(result, CHARGED, coupling):.4f}" for result in papers.values())]
        for instant in (CHARGED, STEADY):
            first_order = at(ours, "limit", instant) - at(ours, "slope", instant) / coupling
            row += [f"{maximum(ours, instant, coupling):.4f}", f"{first_order:.4f}"]
            if coupling not in samples["couplings"]:
                row.append("not computed")
                continue
            size = _reach(samples["maxima"][f"{instant:g}"])[samples["couplings"].index(coupling)]
            row.append(f"{maximum(samples, instant, coupling):.4f} ± {size:.4f}")
        rows.append(tuple(row))
    limits = ["∞", *(f"{at(result, 'limit', CHARGED):.4f}" for result in papers.values())]
    for instant in (CHARGED, STEADY):
        size = _reach(samples, "limit_")[samples["instants"].index(instant)]
        limits += [f"{at(ours, 'limit', instant):.4f}"] * 2 + [f"{at(samples, 'limit', instant):.4f} ± {size:.4f}"]
    headings = ("g_a (γ_s)", *(f"t₀ = {CHARGED:g}, the paper’s {name}" for name in papers))
    for instant in (CHARGED, STEADY):
        headings += tuple(f"t₀ = {instant:g}, {route}" for route in ("converged", "η_∞ − c/g_a", "positive-P"))
    return Table(
        f"Largest η_a, {PAPER.name}, γ_s' = γ_a = γ_s, γ_s t₀ = {CHARGED:g} and {STEADY:g}",
        headings,
        (*rows, tuple(limits)),
    )


def _instant_table(exact: ByBattery, samples: ByBattery) -> Table:
    rows = []
    for name, batteries in (("master equation", exact), ("positive-P", samples)):
        for battery, result in batteries.items():
            row = [f"{battery.ratio:g}", name_of(battery.noise), name]
            for instant in SHOWN:
                size = _reach(result, "limit_")[result["instants"].index(instant)]
                error = f" ± {size:.3f}" if size >= 5e-4 else ""
                row.append(f"{at(result, 'limit', instant):.3f}{error}; {at(result, 'work', instant):.2f}")
            rows.append(tuple(row))
    headings = ("λ", "g²", "route", *(f"γ_s t₀ = {instant:g}" for instant in SHOWN))
    return Table("η_∞, and the work W of the battery (ħω_s), by the instant of connection", headings, tuple(rows))


def _steady_table(exact: ByBattery, samples: ByBattery, single: ByBattery) -> Table:
    rows = []
    for battery, route, result, last in _steady(exact, samples, single):
        photons = result["energy"][last]
        fano = _fano(battery.ratio)
        rows.append(
            (
                f"{battery.ratio:g}",
                name_of(battery.noise),
                route.value,
                f"{photons:.4g}",
                f"{result['limit'][last]:.4f} ± {_reach(result, 'limit_')[last]:.4f}",
                f"{strong_load.narrow(photons, fano * photons):.4f}",
            )
        )
    headings = ("λ", "g²", "route", "n̄", "η_∞", "exp[−π²F/(8n̄)], F = (2λ−1)/[2(λ−1)] + γ_s/γ_p")
    return Table("The limit of a battery in its steady state", headings, tuple(rows))

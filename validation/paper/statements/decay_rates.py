"""The coherent part is said to decay half as fast as the incoherent part, once the pump is off: when does it?"""

from dataclasses import replace
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from validation.evidence import Comparison, Table, compare
from validation.paper.choices import PAPER_CUTOFFS
from validation.paper.computing import Result, Results, Task
from validation.paper.fading import NEAR_HALF, Fading
from validation.paper.limits import name_of
from validation.paper.page import Curve, Panel, Route, Section, Verdict
from validation.paper.printed import CLAIMS
from validation.paper.runs import curve
from validation.paper.statements.decay_cases import (
    GAMMA_P,
    PAPER,
    Case,
    cases,
    fade_without_pump_mode,
)
from validation.references import self_discharge

Array = NDArray[np.float64]
SHARE_OF_ALL, SHARE_OF_MOST = 0.9, 0.5
"""Of the time until W^i ends: from which on "half as fast" holds throughout, or for the most part."""
DRAWN = 4.0
"""Largest rate that is drawn, in γ_s."""


def tasks(*, quick: bool) -> list[Task]:
    """All cases, the paper's at its cutoffs too, and one battery without its pump mode."""
    at_paper = Case(*PAPER, PAPER_CUTOFFS)
    return [case.task(_trajectories(quick)) for case in (at_paper, *cases(quick=quick))] + [_no_pump_mode(quick)]


def _trajectories(quick: bool) -> int:
    return 5_000 if quick else 20_000


def _no_pump_mode(quick: bool) -> Task:
    noise, levels = (1 / 8, 30) if quick else (1 / 32, 60)
    return Task.of(fade_without_pump_mode, 3.0, ratio=1.5, noise=noise, levels=levels)


def tell(results: Results, *, quick: bool) -> Section:
    """The section: local rates by all routes, their limits, and fitted slopes against the end of the fit."""
    trajectories = _trajectories(quick)
    told = {case: Fading(results[case.task(trajectories)], case.off) for case in cases(quick=quick)}
    papers = Fading(results[Case(*PAPER, PAPER_CUTOFFS).task(trajectories)], 40.0, as_it_is=True)
    converged = next(each for case, each in told.items() if case.cutoffs and (case.ratio, case.noise) == PAPER)
    by_noise = sorted((c for c in told if c.ratio == PAPER[0] and c.cutoffs is None), key=lambda case: -case.noise)
    smallest = by_noise[-1]
    verdicts = (
        _verdict(Case(*PAPER), converged.share_near_half),
        _verdict(smallest, told[smallest].share_near_half),
        _robust(converged),
        _late(converged),
    )
    return Section(
        "decay-rates",
        "Does the coherent part decay half as fast as the incoherent part?",
        "Exponentials fitted to both parts after the pump is switched off at γ_s t = 40, F_p = 3, decay at "
        f"{_PRINTED[0]:g} and {_PRINTED[1]:g} γ_s; the coherent part is said to decay roughly half as fast, and to be "
        "more robust.",
        verdicts,
        _answer(papers, converged, {case: told[case] for case in by_noise}),
        (*_text(converged), _windows(converged)),
        panels=_panels(told, papers),
        tables=(_table(told), _slopes(papers, converged)),
        conclusions=(_concluded(verdicts),),
        comparisons=(*_between_routes(told), *_of_numbers(results[_no_pump_mode(quick)])),
    )


def _verdict(case: Case, share: float) -> Verdict:
    if not np.isfinite(share):
        return Verdict(f"half as fast: not known at {case.name}, for the end of W^i is not resolved", "remark")
    kind: Literal["holds", "partly", "fails"]
    kind = "holds" if share >= SHARE_OF_ALL else "partly" if share >= SHARE_OF_MOST else "fails"
    return Verdict(f"half as fast, to {NEAR_HALF:.0%}, for {share:.0%} of the time until W^i ends ({case.name})", kind)


def _robust(converged: Fading) -> Verdict:
    """Whether W^c decays more slowly than W^i, as the paper says, while there is W^i."""
    times, ratio = converged.ratio
    if not len(times) or not np.isfinite(converged.end):
        return Verdict("W^c more slowly than W^i: not known, for the end of W^i is not resolved", "remark")
    share = float(np.mean(ratio < 1))
    kind: Literal["holds", "partly", "fails"]
    kind = "holds" if share >= SHARE_OF_ALL else "partly" if share >= SHARE_OF_MOST else "fails"
    return Verdict(f"W^c decays more slowly than W^i for {share:.0%} of the time until W^i ends", kind)


def _late(converged: Fading) -> Verdict:
    """What is left at last."""
    last, energy = converged.late_rate, converged.late_energy_rate
    if not np.isfinite(last):
        return Verdict("the last rate of W^c is not resolved", "remark")
    return Verdict(f"in the end W^c decays at {last:.2f} γ_s, the energy at {energy:.2f} γ_s", "remark")


def _concluded(verdicts: tuple[Verdict, ...]) -> Verdict:
    """Half as fast, and more robust, at the paper's parameters."""
    half, robust = verdicts[0].kind, verdicts[2].kind
    if half in ("holds", "remark"):
        return Verdict("W^c decays half as fast as W^i", half)
    slower = "but more slowly nearly throughout" if robust == "holds" else "nor more slowly throughout"
    words = f"W^c decays half as fast as W^i (only in passing, so that it depends on the window; {slower})"
    return Verdict(words, "partly" if half == "partly" or robust == "holds" else "fails")


def _answer(papers: Fading, converged: Fading, by_noise: dict[Case, Fading]) -> str:
    """Whether the ratio is a constant at the paper's parameters, and what becomes of it at smaller g²."""
    if not np.isfinite([converged.end, papers.end]).all():
        return "At the paper’s parameters the end of W^i is not resolved, and the rates before it are not compared."
    early, late = 0.5, 0.8 * converged.end
    stays = converged.share_near_half >= SHARE_OF_ALL
    seen = {case: each.share_near_half for case, each in by_noise.items() if np.isfinite(each.end)}
    shares = list(seen.values())
    grows = len(shares) > 1 and shares[-1] > shares[0] and min(np.diff(shares)) >= 0
    return (
        f"At the paper’s parameters the rate of W^c over that of W^i {'stays at' if stays else 'only passes'} one "
        f"half: it is {converged.ratio_at(early):.2f} at γ_s(t − t_off) = {early:g} and "
        f"{converged.ratio_at(late):.2f} at {late:.2f}; W^i is exactly 0 from {converged.end:.2f} on "
        f"({papers.end:.2f} at the paper’s cutoffs). "
        + (
            f"At smaller g² it is within {NEAR_HALF:.0%} of one half for {'longer' if grows else 'no longer'}: "
            + ", ".join(f"{share:.0%}" for share in shares)
            + " of the time until W^i ends at g² = "
            + ", ".join(name_of(case.noise) for case in seen)
            + "."
            if shares
            else "At other g² the end of W^i is not resolved."
        )
    )


def _text(converged: Fading) -> tuple[str, ...]:
    ratio = converged.late_rate / converged.late_energy_rate
    last = f"in the end W^c decays {ratio:.1f} times as fast as the energy" if np.isfinite(ratio) else ""
    return (
        "Switched off, the pump mode still takes pairs from the signal. With u = g²n̄, λ − 1 at the switch, and g² → 0, "
        "n̄ decays at (1 + u)γ_s, and the Fano factor F = Var n/n̄ obeys dF/dt = −(1 + 3u)F + 1 + 2u. W^i is n̄, "
        "W^c = √(8Fn̄/π) the width of p_n. Once the pump mode is empty both rates begin near λγ_s; that of W^i ends at "
        "γ_s and that of W^c at γ_s/2.",
        "W^i is 0 when p_n only falls. The Poisson distribution that is left does so from n̄ = 1 on, "
        "γ_s(t − t_off) = ln[(λ−1)/(λg²)] + 2λγ_s/γ_p. There ln W^i diverges: a fitted rate says where the fit ended. "
        "Then W^c = 2|ρ_02|², which decays at (2 + g²)γ_s.",
        "A robust statement: while n̄ ≫ 1 ≫ g²n̄, W^i falls as n̄ and W^c as √n̄; "
        f"{last or 'the last rate of W^c is not resolved'}.",
    )


def _windows(converged: Fading) -> str:
    ends = [end for end in (1.0, 1.5, 2.0) if end < converged.end]
    if not ends:
        return "W^i ends too early for fits over several windows."
    slopes = [(end, *converged.slopes(end)) for end in ends]
    words = "; ".join(f"{end:g}: {c:.2f} and {i:.2f}" for end, c, i in slopes)
    return f"Fitted rates of W^c and W^i in γ_s, by where the fit ends, γ_s(t − t_off): {words}."


def _between_routes(told: dict[Case, Fading]) -> list[Comparison]:
    """Exact against positive-P; the errors planted: no pairs are lost to the pump mode, and the parts are exchanged."""
    found: list[Comparison] = []
    for case, solved in told.items():
        other = told.get(Case(case.ratio, case.noise))
        if case.cutoffs is None or other is None:
            continue
        parts = (("energy", "n̄", ""), ("coherent", "W^c", "incoherent"), ("incoherent", "W^i", "coherent"))
        for name, symbol, exchanged in parts:
            (times, mine, error, known), (_, theirs, _, bound) = curve(other.result, name), curve(solved.result, name)
            found += compare(
                f"{symbol} after the switch, positive-P against the master equation, {case.name}",
                mine,
                theirs,
                error=error,
                known=known + bound,
                wrong=theirs[0] * np.exp(case.off - times) if name == "energy" else curve(solved.result, exchanged)[1],
                unit="ħω_s",
                axis=times - case.off,
                axis_name="time since the switch, γ_s(t − t_off)",
            )
    return found


def _of_numbers(result: Result) -> list[Comparison]:
    """The master equation of the signal alone against rates of its p_n; the error planted: pairs are not lost."""
    found: list[Comparison] = []
    for name, symbol in (("energy", "n̄"), ("incoherent", "W^i")):
        part = result[name]
        found += compare(
            f"{symbol} without a pump mode, density matrix against rates of p_n",
            part["value"],
            part["rates"],
            known=np.array(part["known"]) + 1e-6,
            wrong=part["thinned"],
            unit="ħω_s",
            axis=result["times"],
            axis_name="time since the switch, γ_s(t − t_off)",
        )
    return found


def _panels(told: dict[Case, Fading], papers: Fading) -> tuple[Panel, ...]:
    time = "time since the switch, γ_s(t − t_off)"
    main = {case: each for case, each in told.items() if case.ratio == 1.5}
    panels = []
    for name, symbol, limit in (("coherent", "W^c", 0), ("incoherent", "W^i", 1)):
        curves = [
            each.rate_curve(name, f"g² = {name_of(case.noise)}", _route(case), DRAWN) for case, each in main.items()
        ]
        times = np.linspace(0.0, 9.0, 181)
        rate = _limit_rates(1.5)[limit]
        curves.append(Curve("g² → 0", Route.CLOSED_FORM, tuple(times), tuple(np.interp(times, _grid(), rate))))
        note = f"Rates above {DRAWN:g} γ_s, near the end of W^i, are beyond the picture." if limit else ""
        panels.append(
            Panel(f"Local rate of {symbol}, λ = 1.5", time, f"−d ln {symbol}/dt (γ_s)", tuple(curves), note=note)
        )
    curves = [
        each.ratio_curve(f"g² = {name_of(case.noise)}", _route(case))
        for case, each in main.items()
        if case.noise <= PAPER[1]
    ]
    coherent, incoherent = _limit_rates(1.5)
    kept = _grid() <= 9
    curves.append(Curve("g² → 0", Route.CLOSED_FORM, tuple(_grid()[kept]), tuple((coherent / incoherent)[kept])))
    note = "Until W^i has fallen to one per mille of its first value; other λ and g² = 1/8 are in the table."
    panels.append(Panel("Rate of W^c over rate of W^i, λ = 1.5", time, "ratio of rates", tuple(curves), note=note))
    for name, symbol, power in (("coherent", "W^c/√n̄₀", 0.5), ("incoherent", "W^i/n̄₀", 1.0)):
        curves = [each.scaled(name, power, f"g² = {name_of(case.noise)}", _route(case)) for case, each in main.items()]
        filled, fano = self_discharge.with_pump_mode(_grid(), 1.5, GAMMA_P)
        shape = filled / filled[0] if power == 1 else np.sqrt(8 / np.pi * fano * filled / filled[0])
        kept = _grid() <= 8
        curves.append(Curve("g² → 0", Route.CLOSED_FORM, tuple(_grid()[kept]), tuple(shape[kept])))
        title = f"{symbol}, λ = 1.5, n̄₀ photons at the switch"
        panels.append(Panel(title, time, f"{symbol} (ħω_s)", tuple(curves), logarithmic_y=True))
    solved = {case: each for case, each in told.items() if (case.ratio, case.noise) == PAPER}
    routes = [(Route.PAPER_CUTOFFS, papers), *((_route(case), each) for case, each in solved.items())]
    curves = [each.slope_curve(name, symbol, route) for route, each in routes for name, symbol in _PARTS]
    ends = (0.5, papers.end)
    curves += [
        Curve(symbol, Route.PRINTED, ends, (rate, rate)) for (_, symbol), rate in zip(_PARTS, _PRINTED, strict=True)
    ]
    window = "end of the fit, γ_s(t − t_off)"
    panels.append(Panel("Fitted rates, from the switch, F_p = 3", window, "fitted rate (γ_s)", tuple(curves)))
    return tuple(_with_points(panel) for panel in panels)


def _with_points(panel: Panel) -> Panel:
    """Without curves that have no point, which its note names."""
    empty = [f"{each.label} ({each.route.value})" for each in panel.curves if not each.x]
    if not empty:
        return panel
    note = f"{panel.note} Not resolved: {', '.join(empty)}.".strip()
    return replace(panel, curves=tuple(each for each in panel.curves if each.x), note=note)


_PARTS = (("coherent", "W^c"), ("incoherent", "W^i"))
_PRINTED = (-CLAIMS["c_slope"].value, -CLAIMS["i_slope"].value)
"""The rates of the paper's Fig. 5b, in γ_s."""


def _route(case: Case) -> Route:
    return Route.POSITIVE_P if case.cutoffs is None else Route.CONVERGED


def _grid() -> Array:
    return np.linspace(0.0, 12.0, 241)


@cache
def _limit_rates(ratio: float) -> tuple[Array, Array]:
    """Rates of W^c and of W^i for g² → 0 with the pump mode, on the grid."""
    filled, fano = self_discharge.with_pump_mode(_grid(), ratio, GAMMA_P)
    coherent = -0.5 * np.gradient(np.log(fano * filled), _grid(), edge_order=2)
    return coherent, -np.gradient(np.log(filled), _grid(), edge_order=2)


def _table(told: dict[Case, Fading]) -> Table:
    rows = []
    for case, each in sorted(told.items(), key=lambda item: (item[0].ratio, -item[0].noise, item[0].cutoffs is None)):
        limit = self_discharge.emptying(case.ratio, case.noise, 1 / GAMMA_P)
        rows.append(
            (
                f"{case.ratio:g}",
                name_of(case.noise),
                "positive-P" if case.cutoffs is None else f"master equation, cutoffs {case.cutoffs}",
                f"{each.energy[0]:.4g}",
                *(each.rates_in_words(instant) for instant in (0.5, 1.0, 2.0, 4.0)),
                each.window_in_words,
                each.end_in_words,
                f"{limit:.2f}",
                f"{each.at_end:.2f}" if np.isfinite(each.end) else "not resolved",
                f"{each.late_rate:.3f}" if np.isfinite(each.late_rate) else "not resolved",
                f"{2 + case.noise:.3f}",
            )
        )
    headings = ("λ", "g²", "route", "n̄ at the switch", *(f"rates of W^c, W^i at {t:g} (γ_s)" for t in (0.5, 1, 2, 4)))
    headings += (f"ratio within {NEAR_HALF:.0%} of ½ during", "W^i ends at", "limit: n̄ = 1 at", "W^c then (ħω_s)")
    headings += ("last rate of W^c (γ_s)", "2 + g²")
    return Table("Local rates; times are γ_s(t − t_off)", headings, tuple(rows))


def _slopes(papers: Fading, converged: Fading) -> Table:
    rows = []
    none = "W^i is 0" if np.isfinite([papers.end, converged.end]).all() else "not resolved"
    for end in np.arange(0.5, converged.end if np.isfinite(converged.end) else 0.0, 0.25):
        kept = [each.slopes(float(end)) if end < each.end else (float("nan"),) * 2 for each in (papers, converged)]
        rows.append(
            (f"{end:.2f}", *(f"{value:.3f}" if np.isfinite(value) else none for pair in kept for value in pair))
        )
    at_papers = f"cutoffs {PAPER_CUTOFFS}"
    headings = ("end of the fit", f"W^c, {at_papers}", f"W^i, {at_papers}", "W^c, converged", "W^i, converged")
    return Table("Fitted rates (γ_s) from the switch, F_p = 3, κ = γ_s/2, γ_p = 16γ_s", headings, tuple(rows))

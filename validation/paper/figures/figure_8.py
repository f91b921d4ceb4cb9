"""Fig. 8: what a two-level load gets from the battery, and what the battery keeps, for several couplings."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from validation.evidence import Comparison, Table, compare
from validation.paper.choices import (
    PAPER_CUTOFFS,
    READINGS,
    Charged,
    CutoffsAt,
    Estimate,
    converged,
    number,
    scan,
    verdicts,
    with_error,
)
from validation.paper.computing import Result, Results, Task
from validation.paper.intervals import reach
from validation.paper.limits import NOISE, THRESHOLD
from validation.paper.loads import large_battery_load, largest_loads, loaded, sampled_load
from validation.paper.page import Curve, Number, Panel, Route, Section, Verdict
from validation.paper.pictures import with_errors
from validation.paper.printed import CLAIMS
from validation.paper.rules import Measured, held
from validation.paper.runs import UNCERTAIN, Cutoffs
from validation.paper.scaling import Point
from validation.paper.steady import PLANTED
from validation.paper.steady import trajectories as count_of
from validation.references.charging_limit import ChargingLimit
from validation.references.strong_load import universal

Array = NDArray[np.float64]
PUMP, CHARGE = 3.0, 10.0
RATIO = PUMP / THRESHOLD
COUPLINGS = (3.0, 6.5, 10.0, 13.5, 17.0)
ASKED = {"eta": "10", "eta_strong": "17"}
"""Couplings at which the paper states what the load gets."""
SATURATED = CLAIMS["eta"].margin
"""By how much η_a may still rise from g_a = 10γ_s to 17γ_s where it is said to saturate."""
NEAR_LIMIT = 0.1
"""Share of its limit that η_a may be short of at g_a = 10γ_s where saturation is said to hold in part."""
SYMBOLS = {"load": "η_a", "battery": "η_s"}


def couplings(*, quick: bool) -> tuple[float, ...]:
    """g_a in γ_s."""
    return tuple(float(each) for each in ASKED.values()) if quick else COUPLINGS


def by_samples(*, quick: bool) -> Task:
    """Charging by positive-P, and the discharge of the density matrix that it samples."""
    return sampled_load(couplings(quick=quick), trajectories=count_of(quick))


def exactly(cutoffs: Cutoffs, *, quick: bool, pump: float = PUMP) -> Task:
    """Charging by the master equation."""
    return loaded(cutoffs, couplings(quick=quick), pump=pump)


def moments_of_switching(*, quick: bool) -> tuple[float, ...]:
    """γ_s t₀ that the paper may mean."""
    return (8.0, 10.0, 12.0) if quick else (8.0, 9.0, 10.0, 11.0, 12.0, 40.0)


def others(*, quick: bool) -> dict[tuple[float, str], Task]:
    """What other F_p and t₀ give, at the paper's cutoffs and converged."""
    pumps = (PUMP,) if quick else (2.5, PUMP)
    asked = tuple(float(each) for each in ASKED.values())
    found = {}
    for pump in pumps:
        for name, cutoffs in ((READINGS[0].name, READINGS[0].cutoffs()), ("converged", converged(pump, quick=quick))):
            found[pump, name] = largest_loads(cutoffs, asked, moments_of_switching(quick=quick), pump)
    return found


def noises(*, quick: bool) -> tuple[float, ...]:
    """g² of the runs at larger amplitude."""
    return (1e-2,) if quick else (1e-2, 1e-3)


def quieter(noise: float, coupling: float, *, quick: bool, same_time: bool) -> Task:
    """Positive-P at the same λ and lower noise: connected at the same time, or when as large a share is charged."""
    point, later = Point(RATIO, noise), np.log(NOISE / noise) / (RATIO - 1)
    charge = CHARGE if same_time else round(float(CHARGE + later), 6)
    return large_battery_load(coupling, charge, point.pump, point.kappa, count_of(quick) // 2)


def tasks(*, quick: bool) -> list[Task]:
    """Discharges by every route, for other F_p and t₀, with an F_p too large by PLANTED, and at lower noise."""
    limit = converged(PUMP, quick=quick)
    found = [exactly(reading.cutoffs(), quick=quick) for reading in READINGS]
    found += [exactly(limit, quick=quick), exactly(limit, quick=quick, pump=PUMP * (1 + PLANTED))]
    found += [by_samples(quick=quick), *others(quick=quick).values()]
    return found + [
        quieter(noise, float(coupling), quick=quick, same_time=same_time)
        for noise in noises(quick=quick)
        for coupling in ASKED.values()
        for same_time in (True, False)
    ]


def maxima(charged: Charged) -> tuple[float, ...]:
    """Largest η_a at both couplings of the paper's statements."""
    run = charged(PUMP)["couplings"]
    return tuple(run[coupling]["maximum"] for coupling in ASKED.values())


def tell(results: Results, *, quick: bool) -> Section:
    """The section."""
    found = scan(_runs(results, quick), tuple(ASKED), {"": maxima}, quick=quick)
    limit, sample = results[exactly(converged(PUMP, quick=quick), quick=quick)], results[by_samples(quick=quick)]
    wrong = results[exactly(converged(PUMP, quick=quick), quick=quick, pump=PUMP * (1 + PLANTED))]
    at_ten, at_seventeen = found["eta"], found["eta_strong"]
    saturates = at_seventeen.converged - at_ten.converged <= SATURATED
    first = all(is_first_largest(each, limit["times"]) for each in limit["couplings"].values())
    return Section(
        name="figure-8",
        title="Fig. 8: discharging into a two-level load",
        printed="η_s of the battery and η_a of the load over time, for g_a = 3, 6.5, 10, 13.5 and 17 γ_s', after the "
        "pump is switched off at γ_s t₀ = 10; γ_a = γ_s'. The largest η_a is said to saturate at about 0.43 for "
        "g_a ≳ 10, and the first maximum to be the best. F_p is not stated, and t₀ as an example.",
        verdicts=(
            *verdicts(numbers := _numbers(results, found, limit, quick)),
            _rise(at_ten.converged, at_seventeen.converged, float(limit["limit"])),
            held(f"the first maximum of η_a {'is' if first else 'is not'} the largest", first),
        ),
        conclusions=(held("the load gets most at the first maximum of η_a", first),),
        answer=_answer(found, saturates, first, float(limit["limit"])),
        text=_text(results, limit, sample, quick),
        numbers=numbers,
        panels=(*(_over_time(results, part, quick) for part in ("load", "battery")), _against_coupling(results, quick)),
        tables=(_other_choices(results, quick),),
        comparisons=tuple(
            comparison
            for coupling in limit["couplings"]
            for part in ("load", "battery")
            for comparison in _compared(sample, limit, wrong, coupling, part)
        ),
    )


def _runs(results: Results, quick: bool) -> Callable[[CutoffsAt], Charged]:
    return lambda at: lambda pump: results[exactly(at(pump), quick=quick, pump=pump)]


def is_first_largest(part: Result, times: list[float]) -> bool:
    """Whether no later value of η_a exceeds its first maximum."""
    later = np.array(times) > 1.5 * part["maximum_time"]
    return bool((np.array(part["load"]["value"])[later] <= part["maximum"]).all())


def _rise(ten: float, seventeen: float, limit: float) -> Verdict:
    """Whether η_a still grows beyond g_a = 10γ_s, and how near to its limit it is there."""
    rise = seventeen - ten
    if rise <= SATURATED:
        return Verdict(f"η_a rises by {rise:.3f} from g_a = 10 to 17: it saturates", "holds")
    words = f"η_a still rises by {rise:.3f} from g_a = 10 to 17; at 10 it is {1 - ten / limit:.0%} below its limit"
    return Verdict(words, "partly" if ten >= (1 - NEAR_LIMIT) * limit else "fails")


def _answer(found: dict[str, Measured], saturates: bool, first: bool, limit: float) -> str:
    ten, seventeen = found["eta"], found["eta_strong"]
    rises = "does not rise further" if saturates else "keeps rising"
    return (
        f"With F_p = 3 the largest η_a at g_a = 10 is {ten.value:.3f} at the paper's cutoffs and {ten.converged:.3f} "
        f"converged. It {rises}: {seventeen.value:.3f} and {seventeen.converged:.3f} at g_a = 17, and {limit:.3f} for "
        f"g_a → ∞. The first maximum is {'the' if first else 'not the'} largest."
    )


def _text(results: Results, limit: Result, sample: Result, quick: bool) -> tuple[str, ...]:
    branches = max(
        abs(sample["branches"][each]["maximum"] - part["maximum"]) for each, part in limit["couplings"].items()
    )
    drawn = max(
        abs(sample["couplings"][each]["maximum"] - part["maximum"]) for each, part in limit["couplings"].items()
    )
    shapes = (
        "on its way from vacuum to two branches at this time, and neither describes it"
        if branches > 5 * drawn
        else "near that of two branches already"
    )
    y = float(ChargingLimit(RATIO, 1 / 16).growth(CHARGE, NOISE))
    early, late = (largest(results, quick, time) for time in (CHARGE, moments_of_switching(quick=quick)[-1]))
    parts = limit["couplings"]
    span = abs(parts[ASKED["eta_strong"]]["maximum"] - parts[ASKED["eta"]]["maximum"])
    return (
        "Coupling and losses never mix ρ_mn of different m − n, so η_a follows from the photon-number distribution: "
        "without losses η_a = −Σ p_n cos(2g_a t√n), whose first maximum is the limit of strong coupling. Losses take "
        "less the shorter the Rabi period is, 1/g_a: this is why the maximum rises slowly with g_a.",
        "What limits η_a is therefore the width of p_n in √n, and the ergotropy only through it. When the load is "
        f"connected matters {'more' if abs(late - early) > span else 'less'} than how strongly: at g_a = 10 it gets "
        f"{late:.3f} at γ_s t₀ = {moments_of_switching(quick=quick)[-1]:g} and {early:.3f} at {CHARGE:g}.",
        f"The battery is {shapes}: the two-branch state with the same moments is off by up to {branches:.3f}, the "
        f"density matrix of the samples by {drawn:.3f}. As g² → 0 the limit of strong coupling depends on "
        f"y = λg²e^((λ−1)γ_s t₀)/[4(λ−1)²] alone; at y = {y:.1f}, as here, it would be "
        f"{universal(y)[0]:.3f}.",
    )


def largest(results: Results, quick: bool, time: float) -> float:
    """Largest η_a at g_a = 10, converged, of a battery that is disconnected at this time."""
    index = moments_of_switching(quick=quick).index(time)
    return float(results[others(quick=quick)[PUMP, "converged"]]["maxima"][index][0])


def _sampled(result: Result) -> str:
    return with_error(Estimate(result["maximum"], reach(result["error"], 0.0)))


def _numbers(results: Results, found: dict[str, Measured], limit: Result, quick: bool) -> tuple[Number, ...]:
    sample = results[by_samples(quick=quick)]
    rows = []
    for key, coupling in ASKED.items():
        part = sample["couplings"][coupling]
        lower = []
        for noise in noises(quick=quick):
            same, later = (
                results[quieter(noise, float(coupling), quick=quick, same_time=each)] for each in (True, False)
            )
            charge = dict(quieter(noise, float(coupling), quick=quick, same_time=False).arguments)["charge"]
            lower.append(
                f"{_sampled(same)} at g² = {noise:g}, and {_sampled(later)} if connected at {charge:.1f}, at the same y"
            )
        rows.append(
            number(
                key,
                found[key],
                positive_p=Estimate(part["maximum"], reach(part["maximum_error"], part["maximum_known"])),
                branches=sample["branches"][coupling]["maximum"],
                closed_form=f"{limit['limit']:.3f} for g_a → ∞, from p_n",
                with_noise="; ".join(lower),
            )
        )
    return tuple(rows)


def _routes(results: Results, quick: bool) -> list[tuple[Route, Result]]:
    sample = results[by_samples(quick=quick)]
    return [
        (Route.PAPER_CUTOFFS, results[exactly(PAPER_CUTOFFS, quick=quick)]["couplings"]),
        (Route.CONVERGED, results[exactly(converged(PUMP, quick=quick), quick=quick)]["couplings"]),
        (Route.POSITIVE_P, sample["couplings"]),
        (Route.BRANCHES, sample["branches"]),
    ]


def _over_time(results: Results, part: str, quick: bool) -> Panel:
    times = np.array(results[by_samples(quick=quick)]["times"])
    curves: list[Curve] = []
    for coupling in couplings(quick=quick):
        for route, run in _routes(results, quick):
            step = 1 if part == "load" else 4
            value, error, known = (each[::step] for each in _arrays(run[f"{coupling:g}"][part]))
            curves.append(with_errors(f"g_a = {coupling:g}", route, times[::step], value, error, known))
    quantity, unit = ("load", "ħω_a") if part == "load" else ("battery", "ħω_s")
    title = f"{'(b)' if part == 'load' else '(a)'} Ergotropy of the {quantity}"
    name = f"{SYMBOLS[part]} ({unit})"
    note = f"The paper’s cutoffs: {READINGS[-1].name}."
    return Panel(title, "time since the load is coupled (1/γ_s)", name, tuple(curves), note=note)


def _against_coupling(results: Results, quick: bool) -> Panel:
    found = couplings(quick=quick)
    curves = []
    for route, run in _routes(results, quick):
        parts = [run[f"{coupling:g}"] for coupling in found]
        errors, known = ([part[name] for part in parts] for name in ("maximum_error", "maximum_known"))
        if route is not Route.POSITIVE_P:
            errors = known = [0.0] * len(parts)
        curves.append(with_errors("largest η_a", route, found, [part["maximum"] for part in parts], errors, known))
    limit = results[exactly(converged(PUMP, quick=quick), quick=quick)]["limit"]
    ends = (found[0], found[-1])
    curves.append(Curve("largest η_a", Route.CLOSED_FORM, ends, (limit, limit)))
    return Panel(
        "Largest ergotropy of the load",
        "coupling g_a (γ_s)",
        "largest η_a (ħω_a)",
        tuple(curves),
        note="Closed form: the limit g_a → ∞ from the photon-number distribution.",
    )


def _other_choices(results: Results, quick: bool) -> Table:
    rows = []
    for (pump, name), task in others(quick=quick).items():
        for time, values in zip(moments_of_switching(quick=quick), results[task]["maxima"], strict=True):
            rows.append((f"{pump:g}", f"{time:g}", name, *(f"{value:.3f}" for value in values)))
    headings = ("F_p (√γ_s)", "γ_s t₀", "cutoffs", *(f"largest η_a, g_a = {each}" for each in ASKED.values()))
    return Table("What other F_p and t₀ would give", headings, tuple(rows))


def _compared(sample: Result, limit: Result, wrong: Result, coupling: str, part: str) -> list[Comparison]:
    value, error, known = _arrays(sample["couplings"][coupling][part])
    right, _, bounds = _arrays(limit["couplings"][coupling][part])
    planted = _arrays(wrong["couplings"][coupling][part])[0]
    return list(
        compare(
            f"{SYMBOLS[part]}(t) at g_a = {coupling}, positive-P against the master equation",
            value,
            right,
            error=error,
            known=known + bounds + UNCERTAIN,
            wrong=planted,
            unit="ħω_a" if part == "load" else "ħω_s",
            axis=limit["times"],
            axis_name="time since the load is coupled (1/γ_s)",
        )
    )


def _arrays(part: Result) -> tuple[Array, Array, Array]:
    value, error, known = (np.array(part[name], dtype=np.float64) for name in ("value", "error", "known"))
    return value, error, known

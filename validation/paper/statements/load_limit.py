"""The discharge is said to saturate at 0.43, limited by the ergotropy that the battery holds: at what, and by what?"""

import numpy as np

from validation.evidence import Comparison, compare
from validation.paper.choices import READINGS
from validation.paper.computing import Result, Results, Task
from validation.paper.page import Section, Verdict
from validation.paper.printed import CLAIMS
from validation.paper.statements.load_pictures import panels, tables
from validation.paper.statements.load_tasks import (
    CHARGED,
    GROWTHS,
    INSTANTS,
    PAPER,
    STEADY,
    Battery,
    at,
    maximum,
    points,
    sampled,
    solved,
    universal,
)

UNIVERSAL = universal(tuple(round(float(y), 6) for y in np.geomspace(0.1, 1e4, 21)))
"""The limit g² → 0."""
CLOSE = 0.01
"""Of the limit, how far a value that has saturated may be from it."""
MUCH = 0.1
"""Share by which a gain must differ to count as another one."""


def tasks(*, quick: bool) -> list[Task]:
    """All batteries by all routes."""
    return [
        *_papers(quick).values(),
        *_solved(quick).values(),
        *_sampled(quick).values(),
        *_points(quick).values(),
        UNIVERSAL,
    ]


def _couplings(quick: bool) -> tuple[float, ...]:
    return (3.0, 10.0, 17.0) if quick else (3.0, 6.5, 10.0, 13.5, 17.0, 40.0, 100.0, 400.0)


def _papers(quick: bool) -> dict[str, Task]:
    readings = [reading.cutoffs() for reading in (READINGS[:1] if quick else READINGS)]
    return {f"cutoffs {each}": solved(PAPER, each, INSTANTS, (CHARGED,), _couplings(quick)) for each in readings}


def _solved(quick: bool) -> dict[Battery, Task]:
    if quick:
        return {PAPER: solved(PAPER, (48, 11), INSTANTS, (CHARGED, STEADY), _couplings(True))}
    at = {
        PAPER: (56, 14),
        Battery(1.5, 1 / 8): (28, 12),
        Battery(1.25, 1 / 32): (48, 12),
        Battery(2.0, 1 / 8): (44, 14),
    }
    loaded = {battery: (CHARGED, STEADY) if battery == PAPER else () for battery in at}
    return {
        battery: solved(battery, each, INSTANTS, loaded[battery], _couplings(False) if loaded[battery] else ())
        for battery, each in at.items()
    }


def _sampled(quick: bool) -> dict[Battery, Task]:
    trajectories, couplings = (5_000, (10.0,)) if quick else (40_000, (3.0, 10.0, 17.0, 100.0))
    large = Battery(1.5, 1e-2)
    others = (large,) if quick else (Battery(1.5, 1 / 8), Battery(1.25, 1 / 32), Battery(2.0, 1 / 8), large)
    found = {PAPER: sampled(PAPER, trajectories, INSTANTS, (CHARGED, STEADY), couplings)}
    for battery in others:
        more = [battery.time_of(y) for y in GROWTHS] if battery == large else []
        found[battery] = sampled(battery, trajectories, tuple(sorted({*INSTANTS, *more})))
    return found


def _points(quick: bool) -> dict[Battery, Task]:
    which = [Battery(1.5, g2) for g2 in ((1e-2, 1e-4) if quick else (1e-2, 1e-3, 1e-4))]
    which += [] if quick else [Battery(2.0, 1e-3), Battery(1.25, 1e-3)]
    return {b: points(b, tuple(b.time_of(y) for y in GROWTHS), 1 if quick else 6) for b in which}


def tell(results: Results, *, quick: bool) -> Section:
    """The section: gain against coupling, its limit against the instant of connection and against size."""
    papers = {name: results[task] for name, task in _papers(quick).items()}
    exact = {battery: results[task] for battery, task in _solved(quick).items()}
    samples = {battery: results[task] for battery, task in _sampled(quick).items()}
    single = {battery: results[task] for battery, task in _points(quick).items()}
    limits = results[UNIVERSAL]
    ours, printed = exact[PAPER], CLAIMS["eta_strong"].value
    limit, slope, full = (at(ours, name, when) for name, when in _THREE)
    ten, strongest = maximum(ours, CHARGED, 10.0), maximum(ours, CHARGED, 17.0)
    every = exact | {battery: samples[battery] for battery in samples if battery not in exact}
    pair, agrees = discordant(every, CHARGED), concordant(every, CHARGED)
    best = {battery: _best(result) for battery, result in (samples | exact).items()}
    has_saturated = limit - ten <= CLOSE * limit
    late = limit >= (1 - MUCH) * full
    verdicts = (
        Verdict(
            f"largest η_a about {printed:g}: {ten:.3f} at g_a = 10, {strongest:.3f} at 17, {limit:.3f} for g_a → ∞",
            "holds"
            if has_saturated and abs(limit - printed) <= CLOSE
            else "partly"
            if ten >= (1 - MUCH) * limit
            else "fails",
        ),
        Verdict(
            "not limited by the ergotropy stored: a battery with more gives less"
            if pair
            else "limited by the ergotropy stored: of the batteries computed, those with more give more"
            if agrees
            else "limited by the ergotropy stored: not known, no two of the batteries differ in both",
            "fails" if pair else "holds" if agrees else "remark",
        ),
        Verdict(
            f"connected at γ_s t₀ = {CHARGED:g} the load gets {limit:.3f} at most, at {STEADY:g} {full:.3f}",
            "holds" if late else "fails",
        ),
    )
    at_papers = " or ".join(f"{maximum(result, CHARGED, 10.0):.3f}" for result in papers.values())
    answer = (
        f"At g_a = 10 γ_s the load gets {at_papers} at the paper’s cutoffs and {ten:.3f} converged; it "
        f"{'stays there' if has_saturated else f'goes on as {limit:.3f} − {slope:.3f} γ_s/g_a'}. The limit belongs to "
        f"the instant: connected at γ_s t₀ = {STEADY:g} instead of {CHARGED:g}, the same battery gives at most "
        f"{full:.3f}."
    )
    losses = [loss for y, loss in zip(limits["y"], limits["loss"], strict=True) if y >= 1]
    text = (
        "The coherence ρ_eg of the load stays 0 and, without loss, η_a = −⟨cos(2g_a t√n)⟩: its maximum η_∞ depends on "
        "the relative spread of √n and on no energy. " + _in_words(pair),
        "Losses in the half Rabi period take c/g_a; c follows from one loss at any instant. For g² → 0 only that of "
        f"the load counts, and c = {min(losses):.2f} … {max(losses):.2f} γ_a/√n_ss for y ≥ 1.",
        "While charging, η_∞ tends to a function of y = λg²e^((λ−1)γ_s t₀)/[4(λ−1)²] alone. In the steady state it is "
        "exp[−π² Var n/(8n̄²)]. " + _best_in_words(best),
        _robust(ours, single),
    )
    return Section(
        "load-limit",
        "Does the discharge saturate at 0.43?",
        f"The largest normalised ergotropy of the load, η_a, is said to saturate at about {printed:g} for "
        "g_a/γ_s' ≳ 10 with γ_s t₀ = 10, limited by the ergotropy that the battery holds.",
        verdicts,
        answer,
        text,
        conclusions=(_concluded(verdicts, limit, full),),
        panels=panels(papers, exact, samples, single, limits),
        tables=tables(papers, exact, samples, single),
        comparisons=tuple(_comparisons(exact, samples, single)),
    )


def _concluded(verdicts: tuple[Verdict, ...], limit: float, full: float) -> Verdict:
    """Of the paper's saturation at its instant."""
    words = "the discharge saturates at 0.43 for strong coupling"
    if verdicts[0].kind == "holds":
        return Verdict(words, "holds")
    return Verdict(f"{words} (its limit at γ_s t₀ = 10 is {limit:.3f}; connected later, {full:.3f})", verdicts[0].kind)


_THREE = (("limit", CHARGED), ("slope", CHARGED), ("limit", STEADY))


def discordant(batteries: dict[Battery, Result], instant: float) -> tuple[str, float, float, str, float, float] | None:
    """Two batteries of which the first holds clearly more work and gives clearly less: name, W and η_∞ of both."""
    rows = _stored_and_gained(batteries, instant)
    pairs = [(x, y) for x in rows for y in rows if x[1] > (1 + MUCH) * y[1] and x[2] < (1 - MUCH) * y[2]]
    if not pairs:
        return None
    more, less = max(pairs, key=lambda pair: pair[0][1] / pair[1][1])
    return (*more, *less)


def concordant(batteries: dict[Battery, Result], instant: float) -> bool:
    """Whether some battery holds clearly more work than another and gives clearly more."""
    rows = _stored_and_gained(batteries, instant)
    return any(x[1] > (1 + MUCH) * y[1] and x[2] * (1 - MUCH) > y[2] for x in rows for y in rows)


def _stored_and_gained(batteries: dict[Battery, Result], instant: float) -> list[tuple[str, float, float]]:
    return [(b.name, at(r, "work", instant), at(r, "limit", instant)) for b, r in batteries.items()]


def _in_words(pair: tuple[str, float, float, str, float, float] | None) -> str:
    if pair is None:
        return "Of the batteries computed, none holds more work and gives less."
    return (
        f"At γ_s t₀ = {CHARGED:g} a battery at {pair[0]} holds W = {pair[1]:.1f} ħω_s and gives at most {pair[2]:.2f}; "
        f"one at {pair[3]} holds {pair[4]:.1f} and gives {pair[5]:.2f}."
    )


def _best_in_words(best: dict[Battery, float]) -> str:
    if set(best.values()) == {max(INSTANTS)}:
        return f"At every λ and g² computed the load gets most at the last instant, γ_s t₀ = {max(INSTANTS):g}."
    instants = ", ".join(f"{time:g} ({battery.name})" for battery, time in best.items())
    return f"Of the instants computed, the load gets most at γ_s t₀ = {instants}."


def _best(result: Result) -> float:
    kept = [index for index, instant in enumerate(result["instants"]) if instant in INSTANTS]
    return float(result["instants"][max(kept, key=lambda index: result["limit"][index])])


def _robust(ours: Result, single: dict[Battery, Result]) -> str:
    """What brings η_a close to 1 in the steady state: the coupling, the size, both or none."""
    gains = [maximum(ours, STEADY, coupling) for coupling in sorted(ours["couplings"])]
    rises = {"a stronger coupling": bool((np.diff(gains) > 0).all()), "a larger battery": _tends_to_one(single)}
    causes = [cause for cause, does in rises.items() if does]
    if not causes:
        return "In the steady state neither a stronger coupling nor a larger battery brings η_a closer to 1 here."
    bring = "bring" if len(causes) > 1 else "brings"
    return f"A robust statement: connected in the steady state, {' and '.join(causes)} {bring} η_a closer to 1."


def _tends_to_one(single: dict[Battery, Result]) -> bool:
    """Whether 1 − η_∞ in the steady state falls with g²."""
    found = [
        1 - single[battery]["limit"][-1] for battery in sorted(single, key=lambda b: -b.noise) if battery.ratio == 1.5
    ]
    return len(found) > 1 and bool((np.diff(found) < 0).all())


def _comparisons(
    exact: dict[Battery, Result], samples: dict[Battery, Result], single: dict[Battery, Result]
) -> list[Comparison]:
    found: list[Comparison] = []
    axis = {"unit": "1"}
    for battery in (each for each in exact if each in samples):
        mine, theirs = samples[battery], exact[battery]
        found += compare(
            f"η_∞, p_n of positive-P against the master equation, {battery.name}",
            mine["limit"],
            theirs["limit"],
            error=mine["limit_error"],
            known=np.array(mine["limit_known"]) + theirs["limit_known"],
            wrong=theirs["shifted"],
            axis=mine["instants"],
            axis_name="instant of connection γ_s t₀",
            **axis,
        )
    for instant in (CHARGED, STEADY):
        mine, theirs, key = samples[PAPER], exact[PAPER], f"{instant:g}"
        where = [theirs["couplings"].index(each) for each in mine["couplings"]]
        found += compare(
            f"largest η_a at γ_s t₀ = {key}, positive-P against the master equation, {PAPER.name}",
            mine["maxima"][key]["value"],
            np.array(theirs["maxima"][key]["value"])[where],
            error=mine["maxima"][key]["error"],
            known=np.array(mine["maxima"][key]["known"]) + np.array(theirs["maxima"][key]["known"])[where],
            wrong=np.full(len(where), at(theirs, "shifted", instant)),
            axis=mine["couplings"],
            axis_name="coupling g_a (γ_s)",
            **axis,
        )
        # Two losses take d/g_a².  d is measured at the two weakest couplings; at the others twice as much is allowed.
        couplings = np.sort(theirs["couplings"])
        gains = np.array([maximum(theirs, instant, coupling) for coupling in couplings])
        without, one = at(theirs, "limit", instant), at(theirs, "slope", instant)
        second = np.abs((gains - without + one / couplings) * couplings**2)[:2].max()
        couplings, gains = couplings[2:], gains[2:]
        found += compare(
            f"largest η_a at γ_s t₀ = {key}, master equation with the load against one loss at most "
            f"(second order measured: {second:.3f} γ_s²/g_a²)",
            gains,
            without - one / couplings,
            known=2 * second / couplings**2 + 1e-6,
            wrong=without - at(theirs, "slope_of_battery", instant) / couplings,
            axis=couplings,
            axis_name="coupling g_a (γ_s)",
            **axis,
        )
    for battery in (each for each in samples if each in single):
        mine, theirs = single[battery], samples[battery]
        where = [theirs["instants"].index(each) for each in mine["instants"]]
        pick = {name: np.array(theirs[name])[where] for name in ("limit", "limit_error", "limit_known")}
        grown = np.log([battery.growth(instant) for instant in mine["instants"]])
        found += compare(
            f"η_∞, points of the positive-P function against p_n, {battery.name}",
            mine["limit"],
            pick["limit"],
            error=np.hypot(mine["limit_error"], pick["limit_error"]),
            known=np.array(mine["limit_known"]) + pick["limit_known"],
            # Planted: vacuum of twice the amplitude, which is four times y.
            wrong=np.interp(grown + np.log(4), grown, pick["limit"]),
            axis=mine["instants"],
            axis_name="instant of connection γ_s t₀",
            **axis,
        )
    return found

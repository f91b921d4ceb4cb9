"""What the paper leaves open, its numbers under each of the choices and by each route, and their way onto the page."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from math import floor, inf, isfinite, log10, nan
from typing import NamedTuple, TypeAlias

import numpy as np

from validation.evidence import Table
from validation.paper.computing import Result, Results
from validation.paper.intervals import reach
from validation.paper.page import Number, Verdict
from validation.paper.printed import CLAIMS, Claim
from validation.paper.rules import Measured, judge
from validation.paper.runs import QUANTITIES, Cutoffs, curve, exact

Charged: TypeAlias = Callable[[float], Result]
"""By one route, the run at a pump amplitude F_p, or at whatever else the runs of a figure differ in."""
Choices: TypeAlias = Mapping[str, Callable[[Charged], tuple[float, ...]]]
"""By name, what the paper may have done with its runs: it gives one number for each key."""
CutoffsAt: TypeAlias = Callable[[float], Cutoffs]

DRAWS = 200
"""How often a fit is repeated to see what sampling errors make of it."""
FULL_BANDS = ((1.5, (28, 8)), (2.0, (40, 10)), (2.6, (48, 12)), (3.0, (56, 14)), (3.5, (64, 14)))
QUICK_BANDS = ((1.5, (24, 7)), (2.0, (36, 9)), (2.6, (42, 10)), (3.0, (48, 11)), (3.5, (56, 12)))
"""Up to which F_p, at κ = γ_s/2 and γ_p = 16γ_s, which cutoffs are enough; Fig. 2 says how well."""


class Reading(NamedTuple):
    """What "cutoff N_s = 32, N_p = 9" means: so many number states, or the highest number state."""

    name: str
    beyond: int

    def cutoffs(self, signals: int = 32, pumps: int = 9) -> Cutoffs:
        """Number states of signal and pump."""
        return signals + self.beyond, pumps + self.beyond


READINGS = (Reading("N = number of levels", 0), Reading("N = highest level", 1))

PAPER_CUTOFFS = READINGS[-1].cutoffs()
"""The reading that is drawn as "the paper's cutoffs" and tabled where no number of the paper chooses another.

With it the fits of Figs. 3b and 7b come out to the last digit.
"""


def converged(pump: float, *, quick: bool) -> Cutoffs:
    """Cutoffs beyond which the work values up to this F_p do not move.

    Raises: ValueError beyond the largest F_p of the paper.
    """
    for top, cutoffs in QUICK_BANDS if quick else FULL_BANDS:
        if pump <= top + 1e-9:
            return cutoffs
    raise ValueError(f"`pump` must be at most 3.5, where cutoffs are known to be high enough, got {pump}")


def charging(results: Results) -> Callable[[CutoffsAt], Charged]:
    """The runs `exact(cutoffs at F_p, pump=F_p)`, as `scan` asks for them."""
    return lambda at: lambda pump: results[exact(at(pump), pump=pump)]


def scan(
    runs: Callable[[CutoffsAt], Charged],
    keys: tuple[str, ...],
    choices: Choices,
    *,
    quick: bool,
    signals: int = 32,
    largest: float = 3.0,
) -> dict[str, Measured]:
    """All `keys` under every reading and choice; the best choice is one for all keys together.

    runs: from cutoffs to runs at these cutoffs.  signals: N_s.  largest: F_p that needs the highest cutoffs.
    """

    def at(reading: Reading) -> CutoffsAt:
        return lambda _: reading.cutoffs(signals)

    found = {(reading, name): choice(runs(at(reading))) for name, choice in choices.items() for reading in READINGS}
    targets = [CLAIMS[key] for key in keys]

    def distance(values: tuple[float, ...]) -> float:
        away = sum(abs(v - claim.value) / claim.margin for v, claim in zip(values, targets, strict=True))
        # A choice without a value is the furthest of all; NaN would be kept by `min` where it comes first.
        return away if isfinite(away) else inf

    best = min(found, key=lambda which: distance(found[which]))
    limit = choices[best[1]](runs(partial(converged, quick=quick)))
    names = {which: "; ".join(part for part in (which[0].name, which[1]) if part) for which in found}
    return {
        key: Measured(
            found[best][index],
            *_ends(values[index] for values in found.values()),
            limit[index],
            names[best],
            str(converged(largest, quick=quick)),
            {names[which]: values[index] for which, values in found.items()},
            best[1],
        )
        for index, key in enumerate(keys)
    }


def _ends(values: Iterable[float]) -> tuple[float, float]:
    """The smallest and the largest of the values that there are; NaN twice if there is none."""
    known = [value for value in values if isfinite(value)]
    return (min(known), max(known)) if known else (nan, nan)


class Estimate(NamedTuple):
    """A number, half of its 95 % interval and what is known to be off; 0 where nothing is sampled."""

    value: float
    reach: float = 0.0


def estimates(choice: Callable[[Charged], tuple[float, ...]], charged: Charged) -> list[Estimate]:
    """A choice on runs with errors: its numbers, how they scatter if runs move by their errors, and what bounds change.

    Each run moves as a whole, by one normal number of standard errors; that is right for numbers that are read off at
    one time of each run.  Of the known bounds of all runs the changes are added up.
    """
    asked: dict[float, Result] = {}

    def noted(pump: float) -> Result:
        return asked.setdefault(pump, charged(pump))

    values = np.array(choice(noted))
    spread = np.array([choice(_scattered(asked, seed)) for seed in range(DRAWS)]).std(axis=0)
    changes = [np.array(choice(_bounded(asked, pump))) - values for pump in sorted(asked)]
    found = reach(spread, np.abs(changes).sum(axis=0))
    # What is the same in every draw has a deviation of rounding only.
    found[found < 1e-12 * np.abs(values)] = 0.0
    return [Estimate(float(value), float(away)) for value, away in zip(values, found, strict=True)]


def _scattered(runs: Mapping[float, Result], seed: int) -> Charged:
    random = np.random.default_rng(seed)
    moved = {pump: _moved(run, random.standard_normal(), 0.0) for pump, run in runs.items()}
    return lambda pump: moved[pump]


def _bounded(runs: Mapping[float, Result], which: float) -> Charged:
    moved = _moved(runs[which], 0.0, 1.0)
    return lambda pump: moved if pump == which else runs[pump]


def _moved(run: Result, by_errors: float, by_bounds: float) -> Result:
    return {"times": run["times"]} | {
        name: {"value": value + by_errors * error + by_bounds * known, "error": error, "known": known}
        for name in QUANTITIES
        if name in run
        for _, value, error, known in [curve(run, name)]
    }


def two_branches(result: Result) -> Result:
    """Of a sampled run, the two-branch Gaussian as a run of its own, without errors."""
    zeros = [0.0] * len(result["times"])
    parts = {name: {"value": value, "error": zeros, "known": zeros} for name, value in result["branches"].items()}
    return {"times": result["times"]} | parts


def at_time(result: Result, name: str, time: float = 40.0) -> float:
    """One of QUANTITIES at the saved time nearest to `time`."""
    times, values, _, _ = curve(result, name)
    return float(values[np.abs(times - time).argmin()])


def grid(first: float, last: float, step: float) -> list[float]:
    """Pump amplitudes, both ends included."""
    return [round(first + step * k, 6) for k in range(round((last - first) / step) + 1)]


def digits_of(claim: Claim) -> int:
    """Decimals that the paper prints; one more than it reads off a curve."""
    return max(0, round(-log10(2 * claim.margin))) + int(claim.kind == "read")


def printed(claim: Claim) -> str:
    """A number as the paper has it."""
    return f"about {claim.value:g}" if claim.kind == "read" else f"{claim.value:.{digits_of(claim)}f}"


def number(
    key: str,
    measured: Measured,
    *,
    positive_p: Estimate | str,
    branches: float | str,
    closed_form: float | str,
    with_noise: str,
) -> Number:
    """A number of the paper as an entry of the page; words where a route has none say why."""
    claim = CLAIMS[key]
    row, digits = judge(claim, measured), digits_of(claim)

    def shown(value: float | str) -> str:
        return value if isinstance(value, str) else f"{value:.{digits}f}"

    tried = f", {measured.tried} choices" if measured.tried else ""
    tried += f", {measured.without} of them without a value" if measured.without else ""
    span = f" ({shown(measured.low)} … {shown(measured.high)}{tried})" if measured.low < measured.high else ""
    if isinstance(positive_p, Estimate):
        positive_p = with_error(positive_p) if positive_p.reach > 0 else f"{shown(positive_p.value)} in every draw"
    return Number(
        figure=claim.figure,
        quantity=claim.quantity,
        printed=printed(claim),
        paper_cutoffs=shown(measured.value) + span,
        converged=shown(measured.converged),
        cutoffs=measured.cutoffs,
        positive_p=positive_p,
        branches=shown(branches),
        closed_form=shown(closed_form),
        reproduced=row.reproduced + (f" ({measured.choice})" if measured.choice else ""),
        confirmed="yes" if row.confirmed else "no",
        with_noise=with_noise,
        found=row.found,
        remains=row.confirmed,
        is_known=isfinite(measured.value) and isfinite(measured.converged),
    )


def with_error(estimate: Estimate) -> str:
    """A number with what stands after ±, to two digits of that; four digits of a number without."""
    value, away = estimate
    if not away > 0:
        return f"{value:.4g}"
    decimals = max(0, 1 - floor(log10(away)))
    return f"{value:.{decimals}f} ± {away:.{decimals}f}"


def verdicts(numbers: Iterable[Number]) -> tuple[Verdict, Verdict]:
    """How many numbers of a figure the paper's cutoffs give, and how many of them remain when these are raised.

    A number within the range of many choices is reproduced in part: with enough of them nearly any number is.
    """
    numbers = list(numbers)
    found, ranged = (sum(each.found in kinds for each in numbers) for kinds in (("in full", "in part"), ("in part",)))
    only = f", {ranged} of them only within the range of the choices" if ranged else ""

    def verdict(words: str, count: int, weak: int) -> Verdict:
        if not numbers:
            return Verdict(f"no {words}: none was asked for", "remark")
        whole = count == len(numbers) and not weak
        return Verdict(f"{count} of {len(numbers)} {words}", "holds" if whole else "partly" if count else "fails")

    return (
        verdict(f"numbers reproduced at the paper’s cutoffs{only}", found, ranged),
        verdict("confirmed when converged", sum(each.remains for each in numbers), 0),
    )


def every_choice(found: Mapping[str, Measured], keys: tuple[str, ...], title: str) -> Table:
    """What each choice makes of the numbers of a fit, at the paper's cutoffs; the nearest one is marked."""
    first, digits = found[keys[0]], [digits_of(CLAIMS[key]) for key in keys]
    rows = [("the paper", *(printed(CLAIMS[key]) for key in keys))]
    for name in first.others:
        marked = f"{name} (nearest)" if name == first.choice else name
        rows.append((marked, *(f"{found[key].others[name]:.{d}f}" for key, d in zip(keys, digits, strict=True))))
    return Table(title, ("choice", *(CLAIMS[key].quantity for key in keys)), tuple(rows))


def lost(numbers: Iterable[Number]) -> list[str]:
    """Numbers that the paper's cutoffs are known to give, and here did not, or that came to nothing: an audit fails."""
    known = {(claim.figure, claim.quantity): claim.reproduced for claim in CLAIMS.values()}
    return [
        f"Fig. {each.figure}: {each.quantity}"
        for each in numbers
        if (each.found == "no" and known[each.figure, each.quantity]) or not each.is_known
    ]

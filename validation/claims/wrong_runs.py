"""Does every wrong run say so in time, and are right ones left alone?"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import product

import numpy as np

from validation.evidence import Comparison, Subject, Table, Tier, compare
from validation.hazards import Row, alarms_of, missed, rows_of, trials_of
from validation.hazards.calibration import calibrate, describe
from validation.hazards.grids import Case, absorbers, batteries, clean, clean_grid, grid_under_test, kerr
from validation.hazards.trials import Trial

SUBJECT = Subject("Verdicts")

ALLOWED = 0.01
"""Share of clean runs that may be doubted."""


@contextmanager
def quietly() -> Iterator[None]:
    """Wrong runs are meant to be wrong; their warnings are not shown."""
    logger = logging.getLogger("phasespace_qb")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


WRONG, ASTRAY = "runs more than 4σ wrong", "runs astray by a fifth of the largest photon number"
MEANINGS = {"wrong": WRONG, "astray": ASTRAY}


def _flagged(
    trials: list[Trial], least: dict[tuple[str, str], int], alone: tuple[str, ...] = ("wrong", "astray")
) -> Iterator[Comparison | Table]:
    """Counts of bad runs against counts of flagged ones, and the table.

    least: how many bad runs of a system, in one of the two meanings, there must be for a count of them to say anything.
    alone: meanings in which the rules that look at what came out of the run must do without those about parameters.
    """
    table: list[tuple[str, Row]] = []
    counts: dict[tuple[str, str], int] = {}
    for bad, meaning in MEANINGS.items():
        rows = rows_of(trials, bad)
        table += [(meaning, row) for row in rows]
        present = [row for row in rows if row.wrong]
        counts |= {(row.family, bad): row.wrong for row in present}
        found_by = {"flagged in time": [row.flagged for row in present]}
        if bad in alone:
            found_by["flagged in time by what came out of the run"] = [row.at_run_time for row in present]
        for what, found in found_by.items():
            yield from compare(
                f"{meaning}, {what}",
                found,
                [row.wrong for row in present],
                # Half of the runs that go far astray become infinite, which the usual checks see as well.
                wrong=[row.usual for row in present] if bad == "wrong" else None,
                labels=[row.family for row in present],
                unit="runs",
            )
    labels = tuple(f"{family}, {MEANINGS[bad]}" for family, bad in least)
    needed = list(least.values())
    yield from compare(
        "bad runs that there are, counted up to as many as are needed",
        [min(counts.get(key, 0), number) for key, number in least.items()],
        needed,
        wrong=np.zeros(len(needed)),
        labels=labels,
        unit="runs",
    )
    lost = missed(trials)
    yield from compare("runs with a bad time that is not flagged", len(lost), 0, unit="runs", labels=("all",))
    headings = (
        "system",
        "bad means",
        "runs",
        "bad",
        "flagged in time",
        "by what came out of the run",
        "by the usual two checks",
        "bad, and parameters gave no warning",
        "largest z",
    )
    numbers = []
    for meaning, row in table:
        counted = row.runs, row.wrong, row.flagged, row.at_run_time, row.usual, row.silent
        numbers.append((row.family, meaning, *map(str, counted), f"{row.worst:.1f}"))
    yield Table("Runs that go wrong, and which were flagged at or before the first bad time", headings, tuple(numbers))
    if lost:
        yield Table("Missed", ("run",), tuple((name,) for name in lost))


USUAL = "the usual two checks alone: whether halving the step changes the energy, and counting infinite trajectories"


@SUBJECT.claim(
    "Positive-P says so when it goes wrong, at or before the first time at which a moment is wrong by more than 4σ or "
    "the photon number is off by a fifth of its largest value; and it does so by what comes out of the run, also where "
    "it runs with parameters that give no warning beforehand (the driven Kerr cavity on resonance).",
    route="two-photon absorbers, loss γ D[a] + Γ D[a²] (Γ/γ = 0.7, 0.9, 1.1 and 1.5, α = 3), batteries "
    "(Γ/γ_s = κ²/(γ_p γ_s) = 1.1 and 3.1, 0.6 times the threshold) and Kerr cavities (U/γ = 0.4, F/γ = 0.9 and 1.2, "
    "Δ = 0), 10 000 trajectories.  The parameters are those at which runs went wrong in the claim about the full grid, "
    "which has other random numbers; below Γ/γ = 0.55 no absorber and no battery of that grid did.  Batteries and Kerr "
    "cavities do not become wrong by 4σ, as their error bars grow with the error: they go astray only",
    referee="the package's master equation, which QuTiP checks in the chapter on the exact solver",
    source="Gilchrist, Gardiner and Drummond, Phys. Rev. A 55, 3014 (1997), for the failure and its tails",
    control=f"{USUAL}; no bad run among them",
)
def wrong_runs_are_flagged_in_time() -> Iterator[Comparison | Table]:
    """A few runs."""
    cases = [
        *absorbers((0.9, 1.1, 1.5), (3.0,), (8.0,), 2_500),
        *absorbers((0.7,), (3.0,), (25.0,), 2_550),
        *batteries((1.1, 3.1), (0.6,), (0.7, 2.0), 2_600),
    ]
    times = np.linspace(0, 12, 49)
    for seed, (drive, _) in enumerate(product((0.9, 1.2), range(2)), start=2_650):
        cases.append(Case("Kerr", f"F = {drive:g}", kerr(0.4, drive, 0.0), times, seed, (40,)))
    with quietly():
        least = {("absorber", "wrong"): 3, ("battery", "astray"): 2, ("Kerr", "astray"): 1}
        yield from _flagged(trials_of(cases), least)


@SUBJECT.claim(
    "Every run that is more than 4σ wrong, or whose photon number is off by a fifth of its largest value, is flagged "
    "at or before the first such time.  For those more than 4σ wrong, what comes out of the run is enough; of those "
    "astray, one battery (Γ/γ_s = 5.5) is so at one save time and its tails are seen at the next, but its parameters "
    "had given warning.",
    route="219 runs of 10 000 trajectories: two-photon absorbers, batteries, the oscillator without its pump mode, "
    "driven Kerr cavities, detuned and switched-off batteries (positive-P), and truncated Wigner at few photons",
    referee="the package's master equation, which QuTiP checks in the chapter on the exact solver",
    source="Gilchrist, Gardiner and Drummond, Phys. Rev. A 55, 3014 (1997), for the failure and its tails; thresholds "
    "were set on other systems, in the last table",
    control=f"{USUAL}; no bad run among them",
    tier=Tier.FULL,
)
def every_wrong_run_is_flagged_in_time() -> Iterator[Comparison | Table]:
    """The whole grid."""
    least = {
        ("absorber", "wrong"): 10,
        ("eliminated", "wrong"): 3,
        ("truncated Wigner", "wrong"): 3,
        ("absorber", "astray"): 10,
        ("battery", "astray"): 10,
        ("Kerr", "astray"): 1,
    }
    with quietly():
        yield from _flagged(trials_of(grid_under_test()), least, alone=("wrong",))
        lines = describe(calibrate())
    yield Table("What the thresholds were set by, on other systems", ("",), tuple((line,) for line in lines))


def _undoubted(cases: Iterable[Case], wrong: float) -> Iterator[Comparison | Table]:
    """Share of clean runs that were doubted for trajectories that run away."""
    with quietly():
        count, alarms = alarms_of(cases)
    doubted = sum(alarm.by_tails for alarm in alarms)
    quantity = "share of clean runs that are doubted for trajectories that run away"
    yield from compare(quantity, doubted / count, 0.0, known=ALLOWED, wrong=wrong)
    rows = tuple((alarm.name, "yes" if alarm.by_tails else "no", "; ".join(alarm.reasons)) for alarm in alarms)
    title = f"Doubted among {count:,} clean runs: {doubted} for their trajectories, {len(alarms) - doubted} otherwise"
    yield Table(title, ("run", "for trajectories that run away", "reasons"), rows)


LEVELS = 30
"""Levels of the signal up to which clean runs of the quick claim are compared with the master equation."""


@SUBJECT.claim(
    "Of nine runs in which two-photon loss is weak, none is doubted for trajectories that run away, and those with few "
    "enough photons for a master equation are right: no moment is more than 4σ off at any time.",
    route="nine runs of the battery on resonance (positive-P) with Γ/γ_s from 0.008 to 0.245, Γ = κ²/γ_p, driven at "
    "0.3 to 2 times the threshold, of all ages, steps and sizes, some switched off",
    referee="for runs that need no more than 30 levels of the signal the package's master equation, which QuTiP checks "
    "in the chapter on the exact solver; the others are right by construction only: loss is weak, Γ ≤ γ_s/4, where no "
    "failure of positive-P was ever seen",
    source="Gilchrist, Gardiner and Drummond, Phys. Rev. A 55, 3014 (1997)",
    control="one doubted run; one wrong run",
)
def clean_runs_are_not_doubted() -> Iterator[Comparison | Table]:
    """A few runs."""
    # Complex pumps need a kernel of their own.
    cases = [case for case in clean(15, (0.008, 0.245), 30_000) if "θ = 0," in case.name]
    yield from _undoubted(cases, 1 / len(cases))
    small = [replace(case, cutoffs=case.would_need) for case in cases if case.would_need[0] <= LEVELS]
    with quietly():
        trials = trials_of(small)
    yield from compare(
        "runs more than 4σ wrong", [float(each.wrong.any()) for each in trials], np.zeros(len(small)), wrong=1.0
    )
    rows = tuple((each.case.name, f"{each.z:.1f}") for each in trials)
    yield Table("Clean runs beside the master equation", ("run", "largest deviation (standard errors)"), rows)


@SUBJECT.claim(
    "At most 1 % of runs in which two-photon loss is weak are doubted for trajectories that run away.",
    route="1 000 runs of the battery on resonance (positive-P) with Γ/γ_s from 0.008 to 0.245, Γ = κ²/γ_p, driven at "
    "0.3 to 2 times the threshold, of all ages, steps and sizes, drives switched off and complex; four of them with "
    "κ = 0.1, γ_p = 1 and F_p = 1, 2, 2.5 and 3",
    referee="by construction: loss is weak, Γ ≤ γ_s/4, where no failure of positive-P was ever seen",
    source="Gilchrist, Gardiner and Drummond, Phys. Rev. A 55, 3014 (1997)",
    control="three doubted runs in a hundred",
    tier=Tier.FULL,
)
def one_clean_run_in_a_hundred_is_doubted_at_most() -> Iterator[Comparison | Table]:
    """Sampled parameters."""
    yield from _undoubted(clean_grid(996), 0.03)

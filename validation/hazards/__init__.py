"""Do the rules see every wrong run in time, and do they leave right ones alone?"""

from collections.abc import Iterable
from dataclasses import dataclass

from phasespace_qb.trajectories import run_trajectories
from validation.hazards.grids import Case
from validation.hazards.trials import KINDS, Trial, method_of, trial

RUNTIME = tuple(kind for kind in KINDS if kind != "parameters")
"""Rules that look at what came out of the run, and not at the parameters alone."""
RUNAWAY = ("tails", "interval")
USUAL = ("infinite", "step")
"""What one has without these rules: counting what became infinite, and halving the step."""


@dataclass(frozen=True)
class Row:
    """Runs of a family: how many were bad, and of how many each set of rules spoke at or before the first bad time.

    silent: bad runs of which no rule about the parameters spoke.
    """

    family: str
    runs: int
    wrong: int
    flagged: int
    at_run_time: int
    usual: int
    silent: int
    worst: float


@dataclass(frozen=True)
class Alarm:
    """A clean run that was doubted, and the reasons."""

    name: str
    by_tails: bool
    reasons: list[str]


def trials_of(cases: Iterable[Case]) -> list[Trial]:
    """Every case beside its exact solution."""
    return [trial(case) for case in cases]


def alarms_of(cases: Iterable[Case]) -> tuple[int, list[Alarm]]:
    """How many clean runs there are, and those that were doubted."""
    alarms = [_alarm(case) for case in cases]
    return len(alarms), [alarm for alarm in alarms if alarm is not None]


def missed(trials: list[Trial]) -> list[str]:
    """Runs with a bad time and no verdict against it, or of which nothing had been said when the first one came."""
    return [f"{each.case.family}: {each.case.name}" for each in trials if _missed(each)]


def _missed(found: Trial) -> bool:
    """Whether a bad time had no verdict against it, or nothing had been said when the first one came."""
    return any(
        bad.any() and not (found.caught(bad) and found.flagged[bad].all()) for bad in (found.wrong, found.astray)
    )


def rows_of(trials: list[Trial], bad: str) -> list[Row]:
    """Counts by family and of all; bad: "wrong" or "astray"."""
    rows = []
    for family in [*dict.fromkeys(each.case.family for each in trials), "all"]:
        members = [each for each in trials if family in (each.case.family, "all")]
        marked = [(each, getattr(each, bad)) for each in members]
        marked = [(each, mask) for each, mask in marked if mask.any()]
        flagged, run_time, usual, foreseen = (
            sum(each.caught(mask, *kinds) for each, mask in marked) for kinds in ((), RUNTIME, USUAL, ("parameters",))
        )
        worst = max((each.z for each, _ in marked), default=0.0)
        silent = len(marked) - foreseen
        rows.append(Row(family, len(members), len(marked), flagged, run_time, usual, silent, worst))
    return rows


def _alarm(case: Case) -> Alarm | None:
    findings = run_trajectories(case.system, case.times, method_of(case), None, None).findings
    if not findings:
        return None
    by_tails = any(KINDS[kind](finding) for kind in RUNAWAY for finding in findings)
    return Alarm(case.name, by_tails, [finding.reason for finding in findings])

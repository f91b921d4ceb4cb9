"""Do the rules see every wrong run in time, and do they leave right ones alone?"""

import json
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from phasespace_qb.trajectories import run_trajectories
from validation.hazards.calibration import Calibration, calibrate, describe
from validation.hazards.grids import Case, clean_grid, grid_under_test
from validation.hazards.trials import KINDS, SIGMAS, Trial, method_of, trial

LARGEST_SHARE_OF_FALSE_ALARMS = 0.01
RUNTIME = tuple(kind for kind in KINDS if kind != "parameters")
RUNAWAY = ("tails", "interval")
CUSTOMARY = ("infinite", "step")
"""What one has without these rules: counting what became infinite, and halving the step."""


@dataclass(frozen=True)
class Row:
    """Runs of a family: how many were bad, and how many of them each set of rules saw in time and at all bad times."""

    family: str
    bad: str
    runs: int
    wrong: int
    flagged: int
    at_run_time: int
    customary: int
    worst: float


@dataclass(frozen=True)
class Alarm:
    """A clean run that was doubted, and the reasons."""

    name: str
    by_tails: bool
    reasons: list[str]


@dataclass(frozen=True)
class Report:
    """Everything that was measured."""

    rows: list[Row]
    missed: list[str]
    clean: int
    alarms: list[Alarm]
    calibration: Calibration | None

    @property
    def false_alarms(self) -> int:
        """Clean runs that the rules about trajectories that run away doubted."""
        return sum(alarm.by_tails for alarm in self.alarms)

    @property
    def failed(self) -> bool:
        """Whether a wrong run was missed, or more clean ones doubted than promised."""
        return bool(self.missed) or self.false_alarms > LARGEST_SHARE_OF_FALSE_ALARMS * self.clean


def run(path: Path | None = None, *, quick: bool = False, console: Console | None = None) -> int:
    """Run the grids, print what was found, write JSON if a path is given, and return the exit code.

    0: every wrong run was flagged at or before the first wrong time, and at most 1 % of the clean ones were doubted by
    the rules about trajectories that run away; otherwise 1.
    """
    console = console or Console(highlight=False, width=None)
    start = time.process_time()
    logger = logging.getLogger("phasespace_qb")
    level = logger.level
    # Wrong runs are meant to be wrong.
    logger.setLevel(logging.ERROR)
    try:
        with console.status("runs …") as status:
            report = measure(quick=quick, progress=status.update)
    finally:
        logger.setLevel(level)
    show(report, console)
    console.print(f"{time.process_time() - start:.0f} s of processor time{', quick grids' if quick else ''}")
    if path is not None:
        record = asdict(report) | {"false_alarms": report.false_alarms, "sigmas": SIGMAS}
        path.write_text(json.dumps(record, indent=1, ensure_ascii=False), encoding="utf-8")
    return int(report.failed)


def measure(*, quick: bool, progress: Callable[[str], None]) -> Report:
    """Calibrate, unless quick; then run the grids under test."""
    calibration = None if quick else calibrate(progress)
    trials = trials_of(grid_under_test(quick=quick), progress)
    clean, alarms = alarms_of(clean_grid(quick=quick), progress)
    return Report([*rows_of(trials, "wrong"), *rows_of(trials, "astray")], missed(trials), clean, alarms, calibration)


def trials_of(cases: Iterable[Case], progress: Callable[[str], None]) -> list[Trial]:
    """Every case beside its exact solution."""
    trials = []
    for case in cases:
        progress(f"{case.family}, {case.name}")
        trials.append(trial(case))
    return trials


def alarms_of(cases: Iterable[Case], progress: Callable[[str], None]) -> tuple[int, list[Alarm]]:
    """How many clean runs there are, and those that were doubted."""
    alarms, clean = [], 0
    for case in cases:
        progress(f"clean: {case.name}")
        clean += 1
        alarm = _alarm(case)
        if alarm is not None:
            alarms.append(alarm)
    return clean, alarms


def missed(trials: list[Trial]) -> list[str]:
    """Runs with a bad time and no verdict against it, or of which nothing had been said when the first one came."""
    return [f"{each.case.family}: {each.case.name}" for each in trials if _missed(each)]


def show(report: Report, console: Console) -> None:
    """The calibration, the table, and what went wrong."""
    if report.calibration is not None:
        console.print(f"calibration, on other systems than below\n{describe(report.calibration)}\n", soft_wrap=True)
    table = Table(title="bad runs, and which rules saw them at or before the first bad time", title_justify="left")
    table.add_column("system")
    table.add_column("bad means")
    headings = ("runs", "bad", "any rule", "at run time", "step halving or infinite", "largest z")
    for heading in headings:
        table.add_column(heading, justify="right")
    for row in report.rows:
        counts = (row.runs, row.wrong, row.flagged, row.at_run_time, row.customary)
        table.add_row(row.family, row.bad, *map(str, counts), f"{row.worst:.1f}")
    console.print(table)
    console.print(
        f"wrong: photon number, pair amplitude or pair number off by more than {SIGMAS:.3g} standard errors (as rare "
        "for 20 groups as 4 for a normal distribution), the stated step error and 0.2%\nastray: the photon number is "
        "off by a fifth of its largest value, whatever the errors\nat run time: all rules but those on parameters",
        soft_wrap=True,
    )
    console.print(f"missed    {'; '.join(report.missed) or 'none'}", soft_wrap=True)
    console.print(f"clean     {report.clean} runs, {report.false_alarms} doubted for their tails or their interval")
    for alarm in report.alarms:
        console.print(f"          - {alarm.name}: {'; '.join(alarm.reasons)}", soft_wrap=True)


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
        flagged, run_time, customary = (
            sum(each.caught(mask, *kinds) for each, mask in marked) for kinds in ((), RUNTIME, CUSTOMARY)
        )
        worst = max((each.z for each, _ in marked), default=0.0)
        rows.append(Row(family, bad, len(members), len(marked), flagged, run_time, customary, worst))
    return rows


def _alarm(case: Case) -> Alarm | None:
    findings = run_trajectories(case.system, case.times, method_of(case), None, None).findings
    if not findings:
        return None
    by_tails = any(KINDS[kind](finding) for kind in RUNAWAY for finding in findings)
    return Alarm(case.name, by_tails, [finding.reason for finding in findings])

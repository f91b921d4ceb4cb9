"""Speed beside the tools that people use today, and start-up, memory and correctness as numbers.

Each tool of the race runs in a process of its own, on one core, with the equations typed by hand for it, and its
photon number or its states are compared with ours.  Who is not installed is named as such.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from validation.benchmarks.record import Group, Record, check_writable, show, surroundings

SKIPPED = (
    "trajectories: the slower arrangements of each tool, and three of five repetitions",
    "master equation at cutoffs (64, 12), and the whole of QuTiP's and dynamiqs' runs at (32, 9)",
    "bias of four-point noise, and multilevel sampling",
    "work, sweeps, scaling with threads, rings, our own start-up, memory, orders, step errors, linear theory, Kerr",
)
"""What a quick run leaves out."""


@dataclass(frozen=True)
class Figure:
    """One measured number; ratio is to the reference of its group, spread to the worst of the repetitions."""

    group: str
    case: str
    value: float
    unit: str
    spread: str = ""
    ratio: str = ""


def run_all(path: Path | None = None, *, quick: bool = False) -> int:
    """Measure everything, print each table as it is done, write the record if a path is given; the exit code.

    0: all that is installed ran and agrees with ours; 1: something failed or disagrees; 2: the path takes no record,
    and nothing was measured.
    """
    if path is not None:
        try:
            check_writable(path)
        except OSError as error:
            print(f"python -m validation: --json must be a file that can be written: {error}", file=sys.stderr)
            return 2
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 118)
    record = Record(surroundings(quick=quick), skipped=list(SKIPPED) if quick else [])
    for name, value in record.surroundings.items():
        console.print(f"{name:>14}  {value}")
    console.print()
    for group in race(record, console, quick=quick):
        _keep(record, group, console)
    if not quick:
        for measure in _own_measures():
            _keep(record, as_group(measure()), console)
    for words in (*(f"skipped: {what}" for what in record.skipped), *record.wrong):
        console.print(words)
    if path is not None:
        path.write_text(record.text(), encoding="utf-8")
        console.print(f"record: {path.resolve()}", soft_wrap=True)
    return int(bool(record.wrong))


def race(record: Record, console: Console, *, quick: bool) -> Iterator[Group]:
    """The tables of the race, one after the other; says first who takes part and who is not installed."""
    from validation.benchmarks.contest import Contest
    from validation.benchmarks.contestants import MODULES
    from validation.benchmarks.first_calls import first_calls
    from validation.benchmarks.master_equation import FULL, QUICK, MasterRace
    from validation.benchmarks.trajectories import Race

    with Contest(dict.fromkeys(MODULES)) as contest:
        for peer in contest.peers.values():
            console.print(f"{peer.name:>14}  {peer.version or peer.state}")
            # Missing is no failure; to be there and not to start is one.
            if peer.state.startswith("failed"):
                record.wrong.append(peer.state)
        console.print()
        record.peers[:] = contest.peers.values()
        if "ours" not in contest.running:
            record.wrong.append("without ours there is no race")
            return
        trajectories = Race(contest, record, quick=quick)
        yield trajectories.speed()
        yield from trajectories.accuracy()
        yield MasterRace(contest, record).table(QUICK if quick else FULL)
        yield first_calls(set(contest.running), record)
        record.peers[:] = contest.peers.values()


def _own_measures() -> tuple[Callable[[], list[Figure]], ...]:
    from validation.benchmarks.accuracy import multilevel
    from validation.benchmarks.measures import driven_kerr, linear_theory, orders, step_error_coverage
    from validation.benchmarks.memory import peak_memory
    from validation.benchmarks.speed import ring_speed, thread_scaling
    from validation.benchmarks.startup import compile_times, startup
    from validation.benchmarks.sweeps import sweeps
    from validation.benchmarks.work import work

    measures = (orders, step_error_coverage, linear_theory, driven_kerr)
    return (work, sweeps, multilevel, *measures, thread_scaling, ring_speed, startup, compile_times, peak_memory)


def as_group(figures: list[Figure]) -> Group:
    """A table of single figures."""
    group = Group(figures[0].group, ["case", "value", "unit", "worst repetition, or bias", "ratio"])
    for each in figures:
        group.add([each.case, f"{each.value:.4g}", each.unit, each.spread, each.ratio], value=each.value)
    return group


def _keep(record: Record, group: Group, console: Console) -> None:
    record.groups.append(group)
    show(group, console)

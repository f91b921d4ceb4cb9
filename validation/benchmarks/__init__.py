"""Speed beside the tools that people use today, and start-up and memory as numbers.

Each tool of the race runs in a process of its own, on one core, with the equations typed by hand for it, and its
photon number or its states are compared with ours.  Who is not installed is named as such.
"""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console

from phasespace_qb.results.store import replace_file
from validation.benchmarks.contest import Contest, ContestantFailed
from validation.benchmarks.record import Group, Record, check_writable, show, surroundings

PASSED, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
COMMAND = "python -m validation benchmarks"
SKIPPED = (
    "trajectories: the slower arrangements of each tool, and one of three repetitions",
    "master equation at cutoffs (64, 12), and the longer stretches of QuTiP's and dynamiqs' runs at (32, 9)",
    "bias of four-point noise, and multilevel sampling",
    "work, sweeps, scaling with threads, rings, our own start-up, memory",
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
    """Measure everything, print each table as it is done, and keep the record up to date if a path is given.

    0: all that is installed ran and agrees with ours.  1: something failed or disagrees, or the record could not be
    written.  2: the path takes no record, and nothing was measured.  130: interrupted; what was measured until then is
    in the record, which says that it is not complete.
    """
    if path is not None:
        try:
            check_writable(path)
        except OSError as error:
            print(f"{COMMAND}: --json must be a file that can be written: {error}", file=sys.stderr)
            return BAD_INPUT
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    # A scheduler that ends the run gets what was measured, and leaves no tool behind.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        record = Record(surroundings(quick=quick), skipped=list(SKIPPED) if quick else [])
        code = _measure(record, path, console, quick=quick)
    except OSError as error:
        print(f"{COMMAND}: the record could not be written: {error}", file=sys.stderr)
        return FAILED
    finally:
        signal.signal(signal.SIGTERM, before)
    if path is not None:
        console.print(f"record: {path.resolve()}", soft_wrap=True)
    return code


def _measure(record: Record, path: Path | None, console: Console, *, quick: bool) -> int:
    """Fill the record, which is written after each table; the exit code."""
    try:
        for name, value in record.surroundings.items():
            console.print(f"{name:>14}  {value}")
        console.print()
        try:
            for group in race(record, console, quick=quick):
                show(group, console)
                _write(record, path)
        except ContestantFailed as trouble:
            # Ours: those of another tool are dealt with where they happen.
            record.wrong.append(f"{trouble}; the race ended there")
        for measure in () if quick else _own_measures():
            try:
                show(record.started(as_group(measure())), console)
            except (OSError, ValueError, RuntimeError, ArithmeticError, subprocess.SubprocessError) as error:
                record.wrong.append(f"failed: {measure.__name__}: {type(error).__name__}: {error}")
            _write(record, path)
    except KeyboardInterrupt:
        _write(record, path)
        print(f"{COMMAND}: interrupted", file=sys.stderr)
        return INTERRUPTED
    record.complete = True
    _write(record, path)
    for words in (*(f"skipped: {what}" for what in record.skipped), *record.wrong):
        console.print(words)
    return FAILED if record.wrong else PASSED


def _write(record: Record, path: Path | None) -> None:
    if path is not None:
        replace_file(path, partial(Path.write_text, data=record.text(), encoding="utf-8"))


def race(record: Record, console: Console, *, quick: bool) -> Iterator[Group]:
    """The tables of the race, one after the other; says first who takes part and who is not installed."""
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
    from validation.benchmarks.memory import peak_memory
    from validation.benchmarks.speed import ring_speed, thread_scaling
    from validation.benchmarks.startup import compile_times, startup
    from validation.benchmarks.sweeps import sweeps
    from validation.benchmarks.work import work

    return (work, sweeps, multilevel, thread_scaling, ring_speed, startup, compile_times, peak_memory)


def as_group(figures: list[Figure]) -> Group:
    """A table of single figures."""
    group = Group(figures[0].group, ["case", "value", "unit", "worst repetition, or bias", "ratio"])
    for each in figures:
        group.add([each.case, f"{each.value:.4g}", each.unit, each.spread, each.ratio], value=each.value)
    return group

"""The audit of the paper on a terminal: what holds, every number, where our routes agree, and what did not pass."""

import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from time import perf_counter

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from validation.paper.page import Number
from validation.paper.summary import Audit
from validation.report.paper_headline import headline
from validation.report.paper_numbers import Count
from validation.report.paper_section import fault_words
from validation.report.terminal import WIDTH
from validation.report.typeset import spaced
from validation.report.words import short, typeset

STYLES = {"holds": "green", "partly": "yellow", "fails": "bold red", "remark": "dim"}
SHORTEST, TOLD_EVERY = 42, 30.0
"""Signs of a task's name that are shown, and seconds between two lines where there is no terminal."""


def show_paper(audit: Audit, console: Console) -> None:
    """Verdicts, numbers, routes, and what did not pass."""
    width = min(WIDTH, console.width)
    for sentence in headline(audit):
        console.print(_filled(sentence, width, ""))
    console.print(Text("\nWhat holds", style="bold"))
    for told in audit.told:
        section = told.section
        words = [Text(typeset(section.title), style="bold")]
        words += [Text(f"[{typeset(spaced(each.words))}]", style=STYLES[each.kind]) for each in section.verdicts]
        console.print(Text("  ").join(words), soft_wrap=True)
        console.print(_filled(section.answer, width, "    "))
    _numbers(audit.numbers, console, width)
    _routes(audit, console, width)
    for fault in audit.faults:
        for sentence in fault_words(fault):
            where = f"{fault.section}: " if fault.section else ""
            console.print(Text(_filled(f"– {where}{sentence}", width, "", "  "), style="bold red"))
    console.print(Text(summary(audit), style="bold"), soft_wrap=True)


def summary(audit: Audit) -> str:
    """The audit in a line."""
    count, record = Count.of(audit.comparisons), audit.record
    state = "passed" if audit.passed else "INCOMPLETE" if not record.complete else "NOT PASSED"
    which = "quick" if record.quick else "full"
    return (
        f"{state}: {which} audit, {len(audit.numbers)} numbers of the paper; two routes compared {count.comparisons} "
        f"times at {count.points} points: {count.outcome}; controls: {count.controls}; {record.seconds:.0f} s"
    )


@contextmanager
def tasks_done(
    total: int, console: Console
) -> Iterator[tuple[Callable[[str], None], Callable[[dict[str, float]], None]]]:
    """What to call when a task has ended, with trouble or "", and with what is running; lines, unless on a terminal."""
    start, done, told = perf_counter(), 0, 0.0
    columns = (BarColumn(20), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("starting …", total=total)

        def on_done(trouble: str) -> None:
            nonlocal done
            done += 1
            bar.advance(task)
            if trouble:
                bar.console.print(Text(f"not computed: {trouble}", style="red"), soft_wrap=True)

        def on_step(running: dict[str, float]) -> None:
            nonlocal told
            words = "; ".join(f"{_shortened(name)} {seconds:.0f} s" for name, seconds in running.items())
            bar.update(task, description=words)
            seconds = perf_counter() - start
            if not console.is_terminal and seconds - told >= TOLD_EVERY:
                told = seconds
                console.print(Text(f"{done} of {total} tasks, {seconds:.0f} s; running: {words}"), soft_wrap=True)

        yield on_done, on_step


def _shortened(name: str) -> str:
    return name if len(name) <= SHORTEST else f"{name[: SHORTEST - 1]}…"


def _numbers(numbers: list[Number], console: Console, width: int) -> None:
    console.print(Text("\nNumbers of the paper, and ours", style="bold"))
    table = _table(width, header=True)
    console.print(table)
    for figure, group in groupby(numbers, key=lambda each: each.figure):
        console.print(Text(f"Fig. {figure}", style="bold"))
        for each in group:
            reproduced, _, choice = each.reproduced.partition(" (")
            table = _table(width)
            table.add_row(
                *(Text(typeset(words)) for words in (each.quantity, each.printed, each.paper_cutoffs, each.converged)),
                _judged(reproduced),
                _judged(each.confirmed),
            )
            console.print(table)
            routes = (
                ("positive-P", each.positive_p),
                ("two-branch", each.branches),
                ("closed form", each.closed_form),
                ("cutoffs", each.cutoffs),
                ("with g²", each.with_noise),
                ("choice", choice.removesuffix(")")),
            )
            words = "; ".join(f"{name}: {value}" for name, value in routes if value)
            console.print(Text(_filled(words, width, "    "), style="dim"))


def _routes(audit: Audit, console: Console, width: int) -> None:
    console.print(Text("\nWhere two of our routes were compared", style="bold"))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", width=width)
    for name in ("section", "points", "outcome", "largest / noticed", "controls"):
        table.add_column(name, overflow="fold")
    for told in audit.told:
        count = Count.of(told.section.comparisons)
        if count.comparisons:
            words = (told.section.title, str(count.points), count.outcome, short(count.worst), count.controls)
            table.add_row(
                *(Text(typeset(each), style="bold red" if "NOT" in each or "DIS" in each else "") for each in words)
            )
    console.print(table)
    console.print()


def _table(width: int, *, header: bool = False) -> Table:
    table = Table(box=None, show_header=header, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim", width=width)
    sizes = {"the paper": 12, "at its cutoffs": 22, "converged": 14, "reproduced": 10, "confirmed": 9}
    table.add_column("  quantity", width=max(14, width - sum(sizes.values()) - 6), overflow="fold")
    for name, size in sizes.items():
        table.add_column(name, width=size, overflow="fold")
    return table


def _judged(words: str) -> Text:
    return Text(typeset(words), style="yellow" if words.casefold().startswith("no") else "")


def _filled(words: str, width: int, indent: str, further: str | None = None) -> str:
    after = indent if further is None else further
    return textwrap.fill(typeset(spaced(words)), width - 2, initial_indent=indent, subsequent_indent=after)

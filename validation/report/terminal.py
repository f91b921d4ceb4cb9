"""An audit on a terminal: a line for each claim, what failed in words, and how it went meanwhile."""

import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from validation.audit import Findings, Record
from validation.evidence import Claim
from validation.judgement import Outcome
from validation.report.words import comparisons_in, control_words, rule, troubles, visible

WIDTH = 100
COLOURS = {
    Outcome.AGREES: "green",
    Outcome.BIASED_AS_DECLARED: "yellow",
    Outcome.DISAGREES: "bold red",
    Outcome.NOT_CHECKED: "magenta",
}


def console_for_output() -> Console:
    """As wide as the terminal, and as wide as the table where there is none."""
    console = Console(highlight=False, emoji=False, markup=False)
    return console if console.is_terminal else Console(highlight=False, emoji=False, markup=False, width=WIDTH)


def show(findings: Findings, console: Console) -> None:
    """The table by chapters, a summary, and what failed."""
    console.print(_table(header=True))
    for chapter in dict.fromkeys(claim.subject for claim in findings.claims):
        console.print(Text(f"\n{chapter}", style="bold"))
        table = _table()
        for claim, record in findings.pairs:
            if claim.subject == chapter:
                _row(table, claim, record)
        console.print(table)
    console.print()
    _failures(findings, console)
    console.print(Text(summary(findings), style="bold"), soft_wrap=True)
    console.print(Text(rule(), style="dim"))


def summary(findings: Findings) -> str:
    """How many claims came to what."""
    counts = [f"{findings.count(outcome)} {_counted(outcome)}" for outcome in Outcome if findings.count(outcome)]
    unseen = sum(not record.control_fails for _, record in findings.pairs if not record.trouble)
    if unseen:
        counts.append(f"of {unseen} the control is not seen")
    compared, numbers = comparisons_in(findings.pairs)
    words = f"{len(findings.claims)} of {findings.known} claims: {', '.join(counts)}; "
    words += f"{compared} comparisons of {numbers} numbers in {findings.seconds:.0f} s"
    return words if findings.complete else f"INCOMPLETE.  {words}"


def show_list(claims: list[Claim], console: Console) -> None:
    """Names, tiers and statements of claims."""
    chapter = ""
    for claim in claims:
        if claim.subject != chapter:
            console.print(Text(f"\n{claim.subject}" if chapter else claim.subject, style="bold"))
            chapter = claim.subject
        console.print(Text.assemble("  ", (claim.name, "cyan"), f"  [{claim.tier.value}]"), soft_wrap=True)
        console.print(textwrap.fill(claim.statement, WIDTH - 2, initial_indent=" " * 6, subsequent_indent=" " * 6))


@contextmanager
def progress(
    total: int, console: Console
) -> Iterator[tuple[Callable[[Record], None], Callable[[dict[str, float]], None]]]:
    """What to call when a claim is done, and with what is running; silent unless the console is a terminal."""
    columns = (BarColumn(20), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("starting …", total=total)

        def on_done(record: Record) -> None:
            bar.advance(task)
            if console.is_terminal and not record.passed:
                bar.console.print(Text(f"{record.claim}: {control_or_outcome(record)}", style="red"))

        def on_step(running: dict[str, float]) -> None:
            bar.update(task, description=", ".join(f"{name} {seconds:.0f} s" for name, seconds in running.items()))

        yield on_done, on_step


def control_or_outcome(record: Record) -> str:
    """What is wrong with a claim that did not pass, in few words."""
    stands = record.outcome in (Outcome.AGREES, Outcome.BIASED_AS_DECLARED)
    return f"its control {control_words(record)}" if stands else record.outcome.words


def _table(*, header: bool = False) -> Table:
    table = Table(box=None, show_header=header, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("claim", width=38, overflow="fold")
    table.add_column("outcome", width=18)
    table.add_column("error that would be seen", width=16, justify="right", overflow="fold")
    table.add_column("its control", width=17)
    table.add_column("s", width=5, justify="right")
    return table


def _row(table: Table, claim: Claim, record: Record) -> None:
    control = control_words(record)
    table.add_row(
        textwrap.fill(claim.name, 38, initial_indent="  ", subsequent_indent="    "),
        Text(record.outcome.words, style=COLOURS[record.outcome]),
        visible(record),
        Text(control, style="bold red" if control.isupper() else ""),
        f"{record.seconds:.1f}",
    )


def _failures(findings: Findings, console: Console) -> None:
    for claim, record in findings.failed_if_reached:
        console.print(Text(f"{claim.name}: {control_or_outcome(record)}", style="bold red"))
        console.print(textwrap.fill(claim.statement, WIDTH - 2, initial_indent="  ", subsequent_indent="  "))
        for sentence in troubles(record):
            console.print(textwrap.fill(f"– {sentence}", WIDTH - 2, initial_indent="  ", subsequent_indent="    "))
        if not record.trouble and not record.control_fails:
            console.print(textwrap.fill(f"– its control: {claim.control}", WIDTH - 2, initial_indent="  "))
        console.print()


def _counted(outcome: Outcome) -> str:
    return {Outcome.AGREES: "agree", Outcome.DISAGREES: "disagree"}.get(outcome, outcome.words)

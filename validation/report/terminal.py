"""An audit on a terminal: a line for each claim, what failed in words, and how it went meanwhile."""

import contextlib
import os
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from validation.audit import Findings, Record
from validation.evidence import Claim
from validation.judgement import Outcome
from validation.report.words import comparisons_in, control_words, rule, troubles, visible

WIDTH, NARROW = 100, 72
"""Columns that the whole table needs, and below which the seconds are left out."""
LEGEND = (
    "Error that would be seen: the smallest common error of all values, as a share of them (± where 0 is expected), "
    "in the least sharp comparison of the claim; exact: any error."
)
COLOURS = {
    Outcome.AGREES: "green",
    Outcome.BIASED_AS_DECLARED: "yellow",
    Outcome.DISAGREES: "bold red",
    Outcome.NOT_CHECKED: "magenta",
}


class _Console(Console):
    """Rich ends the program where nobody reads on; what that means for the exit code is not its affair."""

    def on_broken_pipe(self) -> None:
        """Nobody reads on."""
        raise BrokenPipeError("nobody reads it")


def console_for_output() -> Console:
    """As wide as the terminal, and as wide as the table where there is none."""
    if isinstance(sys.stdout, TextIOWrapper):
        # Where there are no Greek letters, a table with question marks is better than none.
        sys.stdout.reconfigure(errors="replace")
    console = _Console(highlight=False, emoji=False, markup=False)
    return console if console.is_terminal else _Console(highlight=False, emoji=False, markup=False, width=WIDTH)


def printed(what: Callable[[Console], None], name: str, command: str) -> bool:
    """Print something; if the output takes no more, say so in the name of the command, and go on."""
    try:
        what(console_for_output())
        sys.stdout.flush()
    except (OSError, UnicodeError) as error:
        print(f"{command}: the {name} could not be printed: {error}", file=sys.stderr)
        # What nobody reads cannot be flushed when Python ends either, and that would change the exit code.
        with contextlib.suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            os.close(nowhere)
        return False
    return True


def show(findings: Findings, console: Console) -> None:
    """The table by chapters, a summary, and what failed."""
    console.print(_table(console.width, header=True))
    for chapter in dict.fromkeys(claim.subject for claim in findings.claims):
        console.print(Text(f"\n{chapter}", style="bold"))
        table = _table(console.width)
        for claim, record in findings.pairs:
            if claim.subject == chapter:
                _row(table, claim, record)
        console.print(table)
    console.print(Text(f"\n{LEGEND}\n", style="dim"))
    _failures(findings, console)
    console.print(Text(summary(findings), style="bold"), soft_wrap=True)
    console.print(Text(rule(), style="dim"))


def summary(findings: Findings) -> str:
    """How many claims came to what."""
    counts = [f"{findings.count(outcome)} {_counted(outcome)}" for outcome in Outcome if findings.count(outcome)]
    unseen = sum(not record.control_fails for _, record in findings.pairs if not record.trouble)
    if unseen:
        counts.append(f"of {unseen} the control is not seen")
    compared, numbers, planted = comparisons_in(findings.pairs)
    words = f"{len(findings.claims)} of {findings.known} claims: {', '.join(counts)}; {numbers} numbers in "
    words += f"{findings.seconds:.0f} s; {planted} of {compared} comparisons carry a control"
    return words if findings.complete else f"INCOMPLETE.  {words}"


def show_list(claims: list[Claim], console: Console) -> None:
    """Names, tiers and statements of claims."""
    chapter = ""
    for claim in claims:
        if claim.subject != chapter:
            console.print(Text(f"\n{claim.subject}" if chapter else claim.subject, style="bold"))
            chapter = claim.subject
        console.print(Text.assemble("  ", (claim.name, "cyan"), f"  [{claim.tier.value}]"), soft_wrap=True)
        console.print(_filled(claim.statement, console, " " * 6))


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


def _table(width: int, *, header: bool = False) -> Table:
    """Columns that fit: of a narrow table, the control is told below the outcome, and the seconds may be missing."""
    table = Table(box=None, show_header=header, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    others = {"outcome": 18, "error that would be seen": 16, "its control": 18, "s": 5}
    if width < WIDTH:
        del others["its control"]
    if width < NARROW:
        del others["s"]
    left = width - sum(others.values()) - len(others)
    table.add_column("claim", width=max(14, min(38, left)), overflow="fold")
    for name, size in others.items():
        right = name not in ("outcome", "its control")
        heading = f" {name}" if name == "its control" else name
        table.add_column(heading, width=size, justify="right" if right else "left", overflow="fold")
    return table


def _row(table: Table, claim: Claim, record: Record) -> None:
    outcome, control = Text(record.outcome.words, style=COLOURS[record.outcome]), control_words(record)
    told = Text(control, style="bold red" if control.isupper() else "")
    columns = [str(column.header).strip() for column in table.columns]
    if "its control" not in columns and control.isupper():
        outcome = Text.assemble(outcome, ("\ncontrol NOT SEEN", "bold red"))
    cells: dict[str, Text | str] = {
        "claim": textwrap.fill(claim.name, table.columns[0].width or 38, initial_indent="  ", subsequent_indent="    "),
        "outcome": outcome,
        "error that would be seen": visible(record),
        # A space more, after figures that end at the right.
        "its control": Text.assemble(" ", told),
        "s": f"{record.seconds:.1f}",
    }
    table.add_row(*(cells[name] for name in columns))


def _failures(findings: Findings, console: Console) -> None:
    for claim, record in findings.failed_if_reached:
        console.print(Text(f"{claim.name}: {control_or_outcome(record)}", style="bold red"))
        console.print(_filled(claim.statement, console, "  "))
        for sentence in troubles(record):
            console.print(_filled(f"– {sentence}", console, "  ", "    "))
        if not record.trouble and not record.control_fails:
            console.print(_filled(f"– its control: {claim.control}", console, "  ", "    "))
        console.print()


def _filled(words: str, console: Console, indent: str, further: str | None = None) -> str:
    """A paragraph of lines that are not too long to be read, the first one indented, and further ones."""
    width = min(WIDTH, console.width) - 2
    return textwrap.fill(words, width, initial_indent=indent, subsequent_indent=indent if further is None else further)


def _counted(outcome: Outcome) -> str:
    return {Outcome.AGREES: "agree", Outcome.DISAGREES: "disagree"}.get(outcome, outcome.words)

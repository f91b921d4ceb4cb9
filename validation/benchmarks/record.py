"""What was measured, as it is printed and as it is kept: strings with units for readers, bare figures beside them."""

import json
import math
import os
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from validation import surroundings as machine

Figures = dict[str, float]
RATIO = ("× ours, ratio of medians", "min … max of ratios")
"""Headings of the two columns that compare a tool with ours."""
BINDS = hasattr(os, "sched_setaffinity")
"""Whether a process can be bound to one core: on Linux."""


@dataclass(frozen=True)
class Peer:
    """A tool of the race: name, version, and whether it ran, is not installed, or failed (and how)."""

    name: str
    version: str
    state: str


@dataclass
class Group:
    """One table: rows of finished strings, and for each row its bare figures by name."""

    title: str
    columns: list[str]
    rows: list[list[str]] = field(default_factory=list)
    figures: list[Figures] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, cells: Sequence[str], **figures: float) -> None:
        """Append a row and its figures."""
        if len(cells) != len(self.columns):
            raise ValueError(f"a row must have {len(self.columns)} cells, got {len(cells)}.")
        self.rows.append(list(cells))
        self.figures.append(figures)


@dataclass
class Record:
    """All of a run.  wrong: what failed or disagrees, in words; skipped: what a quick run leaves out.

    complete: not before the end of the run, so that a record which an interrupted one has left says so.
    """

    surroundings: dict[str, str]
    peers: list[Peer] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    complete: bool = False

    def started(self, group: Group) -> Group:
        """Keep a table before it has rows: those measured until something ends the run are part of the record."""
        self.groups.append(group)
        return group

    def text(self) -> str:
        """Valid JSON: what is not a finite number is null."""
        return json.dumps(_finite(asdict(self)), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def surroundings(*, quick: bool) -> dict[str, str]:
    """Machine, versions and date; the load says whether the machine was quiet."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        **machine.surroundings(),
        "load": f"{os.getloadavg()[0]:.2f} processes on average in the minute before",
        "clock": "process CPU time, user and system, of one core, unless a table says wall time",
        "binding": "each tool bound to one core" if BINDS else "one thread each, bound to no core: not on this system",
        "tier": "quick" if quick else "full",
    }


def check_writable(path: Path) -> None:
    """Raise OSError, before any work, if the record could not be written there; leaves nothing behind."""
    existed = path.exists()
    with path.open("a", encoding="utf-8"):
        pass
    if not existed:
        path.unlink()


def three(value: float) -> str:
    """Three digits, without an exponent for large numbers."""
    return f"{value:,.0f}" if abs(value) >= 999.5 else f"{value:#.3g}".rstrip(".")


def span(values: Sequence[float]) -> str:
    """Smallest … largest."""
    return f"{three(min(values))} … {three(max(values))}"


def ratio_of(theirs: Sequence[float], ours: Sequence[float]) -> tuple[float, list[float]]:
    """Ratio of the medians, and the ratios of neighbours in time, whose span is the spread."""
    pairs = [a / b for a, b in zip(theirs, ours, strict=True)]
    return statistics.median(theirs) / statistics.median(ours), pairs


def show(group: Group, console: Console) -> None:
    """Print one table and what there is to say of it."""
    table = Table(title=group.title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    for index, name in enumerate(group.columns):
        side: Literal["left", "right"] = "right" if index and _is_number(group, index) else "left"
        table.add_column(name, justify=side, overflow="fold", no_wrap=not index and len(group.columns) > 5)
    for row in group.rows:
        table.add_row(*row)
    console.print(table)
    for note in group.notes:
        console.print(Padding(note, (0, 0, 0, 2)))
    console.print()


def _is_number(group: Group, index: int) -> bool:
    cells = [row[index] for row in group.rows if row[index]]
    return bool(cells) and sum(cell[0] in "0123456789+−-±" for cell in cells) > len(cells) / 2

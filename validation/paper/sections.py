"""Which sections the audit of the paper has, in the order of its page, and how they are made of results."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Protocol, TypeAlias, cast

from validation.paper.computing import Results, Task
from validation.paper.page import Section, Verdict

FIGURES = tuple(f"figure_{number}" for number in range(2, 9))
STATEMENTS = (
    "peaks_together",
    "saturation",
    "exponential_growth",
    "switching_off",
    "decay_rates",
    "load_limit",
)
"""Modules of `figures` and of `statements`; what a folder has beside these plays no part in the audit."""


class Teller(Protocol):
    """What a module of a figure or of a statement has."""

    def tasks(self, *, quick: bool) -> list[Task]:
        """What it needs computed."""

    def tell(self, results: Results, *, quick: bool) -> Section:
        """What came of it; nothing expensive."""


@dataclass(frozen=True, eq=False)
class Part:
    """A module of a section: its name, whether it is about a figure (or about a statement), and what it does."""

    name: str
    is_figure: bool
    teller: Teller


@dataclass(frozen=True, eq=False)
class Told:
    """A section as it came out.  trouble: why it could not be written, and then the section says so."""

    section: Section
    is_figure: bool
    trouble: str = ""


Parts: TypeAlias = Callable[[], list[Part]]


def all_parts() -> list[Part]:
    """Figures, then statements."""
    found = [Part(name, True, _teller("figures", name)) for name in FIGURES]
    return found + [Part(name, False, _teller("statements", name)) for name in STATEMENTS]


def all_tasks(parts: list[Part], *, quick: bool) -> list[Task]:
    """What all sections need, each task once."""
    every = {task.key: task for part in parts for task in part.teller.tasks(quick=quick)}
    return list(every.values())


def tell_all(parts: list[Part], results: Results, *, quick: bool) -> list[Told]:
    """All sections; one that cannot be written, for want of a result say, does not cost the others."""
    return [_told(part, results, quick=quick) for part in parts]


def _told(part: Part, results: Results, *, quick: bool) -> Told:
    try:
        return Told(part.teller.tell(results, quick=quick), part.is_figure)
    except Exception as error:
        words = str(error.args[0]) if isinstance(error, KeyError) and error.args else f"{type(error).__name__}: {error}"
        title = part.name.replace("_", " ").capitalize()
        section = Section(
            name=part.name.replace("_", "-"),
            title=title,
            printed="",
            verdicts=(Verdict("not computed", "remark"),),
            answer=f"This section could not be written: {words}.",
        )
        return Told(section, part.is_figure, f"{title} could not be written: {words}")


def _teller(folder: str, name: str) -> Teller:
    module: ModuleType = import_module(f"validation.paper.{folder}.{name}")
    return cast(Teller, module)

"""Every claim, by chapters; a chapter is a file that declares a `SUBJECT` and its claims."""

import traceback
from collections.abc import Callable, Iterator
from importlib import import_module

from validation.evidence import Claim, Comparison, Subject, Tier

CHAPTERS = (
    "stochastic_equations",
    "linear_modes",
    "nonlinear_modes",
    "battery",
    "exact_solver",
    "states_and_work",
    "discharge",
    "threshold",
    "random_numbers",
    "merging",
    "statistics",
    "coverage",
    "verdicts",
    "planted_bugs",
)
"""Modules of this folder, in the order of the report."""

Chapters = Callable[[], dict[str, Subject]]
"""Chapters by the names of their modules; a function of a module, so that another process can call it too."""


def all_chapters() -> dict[str, Subject]:
    """The chapters of this project; of one that cannot be imported, a claim that says so."""
    found: dict[str, Subject] = {}
    for module in CHAPTERS:
        try:
            found[module] = import_module(f"{__name__}.{module}").SUBJECT
        except Exception:
            found[module] = _broken(module, traceback.format_exc())
    return found


def claims_of(chapters: dict[str, Subject]) -> dict[str, Claim]:
    """Claims by name, in the order of the report.

    Raises: ValueError if two have one name.
    """
    found: dict[str, Claim] = {}
    for subject in chapters.values():
        for claim in subject.claims:
            if claim.name in found:
                raise ValueError(f"two claims are called {claim.name}")
            found[claim.name] = claim
    return found


def _broken(module: str, trouble: str) -> Subject:
    subject = Subject(f"Chapter {module.replace('_', ' ')}")

    def check() -> Iterator[Comparison]:
        raise ImportError(trouble)
        yield

    check.__name__ = f"{module}_is_importable"
    words = dict.fromkeys(("route", "referee", "source", "control"), "none: the chapter cannot be imported")
    subject.claim("The claims of this chapter can be imported.", **words, tier=Tier.QUICK)(check)
    return subject

"""Every claim, by chapters; a chapter is a file that declares a `SUBJECT` and its claims."""

from importlib import import_module

from validation.evidence import Claim, Subject

CHAPTERS = (
    "stochastic_equations",
    "linear_modes",
    "nonlinear_modes",
    "battery",
    "exact_solver",
    "states_and_work",
    "discharge",
    "threshold",
    "statistics",
)
"""Modules of this folder, in the order of the report."""


def subjects() -> list[Subject]:
    """All chapters with their claims."""
    return [import_module(f"{__name__}.{chapter}").SUBJECT for chapter in CHAPTERS]


def all_claims() -> dict[str, Claim]:
    """All claims by name, in the order of the report.

    Raises: ValueError if two have one name.
    """
    found: dict[str, Claim] = {}
    for subject in subjects():
        for claim in subject.claims:
            if claim.name in found:
                raise ValueError(f"two claims are called {claim.name}")
            found[claim.name] = claim
    return found

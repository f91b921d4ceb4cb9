"""What goes wrong, in three types, and the one sentence pattern that says it."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any

import numpy as np


class PhaseSpaceError(Exception):
    """A calculation that started correctly and cannot be completed."""


class NoSecondOrderEquation(PhaseSpaceError, ValueError):
    """The chosen representation of this system is not a diffusion, so it has no stochastic equation."""


class UnphysicalState(PhaseSpaceError, ValueError):
    """A state violates positivity or the uncertainty relation beyond its own error."""


def refusal(name: str, must_be: str, got: object, remedy: str = "") -> str:
    """Word a refusal: what the argument must be, what it was, and what to do about it."""
    shown = got if isinstance(got, str) and got.startswith("an ") else repr(got)
    text = f"`{name}` must be {must_be}, got {shown}."
    return f"{text} {remedy}" if remedy else text


def require_real(
    name: str, value: Any, must_be: str, accept: Callable[[float], bool] = lambda _: True, remedy: str = ""
) -> float:
    """Return `value` as a float if it is one finite real number that `accept` takes; else refuse it.

    Raises: TypeError for what is no real number, ValueError for one out of range.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(refusal(name, must_be, value, remedy))
    try:
        number = float(value)
    except OverflowError:
        raise ValueError(refusal(name, must_be, "an integer too large for a float", remedy)) from None
    if not np.isfinite(number) or not accept(number):
        raise ValueError(refusal(name, must_be, number, remedy))
    return number


def require_count(name: str, value: Any, at_least: int = 1, at_most: int = 10**12, remedy: str = "") -> int:
    """Return `value` as an int if it is a whole number in at_least … at_most; else refuse it.

    Raises: TypeError for what is no number, ValueError for a fraction or one out of range.
    """
    must_be = f"a whole number from {at_least:,} to {at_most:,}"
    number = require_real(name, value, must_be, remedy=remedy)
    if number != int(number) or not at_least <= number <= at_most:
        raise ValueError(refusal(name, must_be, value, remedy))
    return int(number)


def require_one_of(name: str, value: Any, choices: Iterable[str]) -> str:
    """Return `value` if it is one of the `choices`; else refuse it, naming the nearest of them.

    Raises: TypeError for what is no text, ValueError for another one.
    """
    known = list(choices)
    must_be = f"one of {', '.join(known)}"
    if not isinstance(value, str):
        raise TypeError(refusal(name, must_be, value))
    if value not in known:
        near = get_close_matches(value, known, n=1, cutoff=0.5)
        raise ValueError(refusal(name, must_be, value, f"Did you mean {near[0]}?" if near else ""))
    return value

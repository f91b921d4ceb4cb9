"""What goes wrong, in three types, and the one sentence pattern that says it."""

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray


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


def is_refusal(error: Exception) -> bool:
    """Whether an error says that something cannot be done, in our words; others are faults."""
    return isinstance(error, PhaseSpaceError) or re.match(r"`[^`]+` must be ", str(error)) is not None


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


def require_numbers(name: str, value: Any, must_be: str, kinds: str = "iuf", remedy: str = "") -> NDArray[Any]:
    """Return `value` as an array of any shape if it holds numbers of these `kinds` (NumPy's letters); else refuse it.

    NaN and infinity pass.
    Raises: TypeError for what are no such numbers.
    """
    try:
        given = np.asarray(value)
    except (TypeError, ValueError):
        raise TypeError(refusal(name, must_be, value, remedy)) from None
    # Texts, dates and truth values convert to float as well; a mask would be forgotten.
    if (given.size and given.dtype.kind not in kinds) or np.ma.is_masked(value):
        raise TypeError(refusal(name, must_be, value, remedy))
    return given


def require_reals(name: str, value: Any, must_be: str, remedy: str = "") -> NDArray[np.float64]:
    """Return `value`, a number or a list of them, as floats (N,), N ≥ 1, if all are finite and real; else refuse it.

    Raises: TypeError for what are no real numbers, ValueError for other shapes and for numbers that are not finite.
    """
    given = np.atleast_1d(require_numbers(name, value, must_be, remedy=remedy))
    if given.ndim != 1 or not given.size:
        raise ValueError(refusal(name, must_be, f"an array of shape {given.shape}", remedy))
    result = given.astype(np.float64)
    if not np.isfinite(result).all():
        raise ValueError(refusal(name, must_be, value, remedy))
    return result


def require_increasing(name: str, value: Any, *, positive: bool = False) -> NDArray[np.float64]:
    """Return increasing finite times, (T,), a single number as one of them, not negative; else refuse them.

    positive: refuse 0 as well.
    Raises: TypeError for what are no real numbers, ValueError for what is not finite, not increasing or negative.
    """
    which = "increasing, positive times" if positive else "increasing times, not negative"
    must_be = f"a list of finite, {which} (units of 1/gamma_s)"
    times = require_reals(name, value, must_be)
    if times[0] < 0 or (positive and times[0] == 0) or (np.diff(times) <= 0).any():
        raise ValueError(refusal(name, must_be, value))
    return times


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

"""Numbers and outcomes in words, the same in every form of the report."""

import re
from dataclasses import dataclass

import numpy as np

from validation.audit import Record
from validation.evidence import Array, Claim, Comparison
from validation.judgement import DISAGREES_BELOW, Outcome

EXACT = 1e-17
"""Below this a visible error is any at all: whole numbers are compared without a tolerance."""


@dataclass(frozen=True)
class Point:
    """The point of a comparison that stands out most, and by how much: an absolute difference, and in words."""

    index: int
    difference: float
    excess: str


def worst_point(each: Comparison, expected: Array | None = None) -> Point:
    """Where the values found differ most from what is expected, measured by what would be noticed."""
    difference = np.abs(each.found - (each.expected if expected is None else expected))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(difference == 0, 0.0, difference / each.noticed)
    index = int(np.argmax(np.where(np.isnan(share), np.inf, share)))
    return Point(index, float(difference[index]), _excess(difference[index], each.known[index], each.error[index]))


def _excess(difference: float, known: float, error: float) -> str:
    if not np.isfinite(difference):
        return "not a number"
    if difference == 0:
        return "none"
    if difference <= known:
        return f"{short(difference / known)} of the known bound"
    if error > 0:
        beyond = " beyond the known bound" if known > 0 else ""
        return f"{short((difference - known) / error)} standard errors{beyond}"
    return f"{short(difference / known)} × the known bound" if known > 0 else "no error was allowed"


def place(each: Comparison, index: int) -> str:
    """Where a point of a comparison is; empty if there is but one."""
    if each.axis is not None:
        return f"at {typeset(each.axis_name) or 'x'} = {each.axis[index]:.4g}"
    if each.labels:
        return f"for {each.labels[index]}"
    return f"at point {index + 1} of {len(each.found)}" if len(each.found) > 1 else ""


def failure(each: Comparison) -> str:
    """A sentence about a comparison that disagrees."""
    point = worst_point(each)
    i = point.index
    unit = unit_of(each)
    digits = digits_of(each.found[i], point.difference)
    error = f" ± {short(each.error[i])}" if each.error[i] > 0 else ""
    where = place(each, i)
    words = f"{each.quantity}{' ' + where if where else ''}: found {each.found[i]:.{digits}g}{error}{unit}, "
    words += f"expected {each.expected[i]:.{digits}g}{unit}, off by {short(point.difference)}: {point.excess}"
    if each.declared.any():
        words += f"; the bias declared here is at most {short(each.declared[i])}"
    if each.error.any():
        many = f" all {len(each.found)} points" if len(each.found) > 1 else " it"
        words += f"; sampling alone makes{many} look so bad with a chance of {short(each.chance)}"
    return words


def unseen_control(each: Comparison) -> str:
    """A sentence about a comparison in which the control's error is not seen."""
    assert each.wrong is not None
    point = worst_point(each, each.wrong)
    return (
        f"{each.quantity}: the planted error is not seen; with it, found and expected differ by "
        f"{short(point.difference)}{unit_of(each)} at most: {point.excess}"
    )


def troubles(record: Record) -> list[str]:
    """Why a claim did not pass, in sentences; none if it did."""
    if record.trouble:
        return [f"not checked: {last_line(record.trouble)}"]
    found = [failure(each) for each in record.comparisons if each.outcome is Outcome.DISAGREES]
    found += [unseen_control(each) for each in record.comparisons if each.control_fails is False]
    if not record.passed and not found:
        found.append("no comparison shows what its control's error would change")
    return found


def last_line(trouble: str) -> str:
    """What a traceback comes to; of other words the first line."""
    lines = trouble.strip().splitlines() or [""]
    return lines[-1] if lines[0].startswith("Traceback") else lines[0]


def visible(record: Record) -> str:
    """The error that the least sharp comparison of a claim would have seen: a share, or if none is one, absolute."""
    judged = [each for each in record.comparisons if each.outcome is not Outcome.DISAGREES]
    if record.trouble or not judged:
        return "–"

    def rank(each: Comparison) -> tuple[bool, bool, float]:
        is_exact = each.smallest_visible < EXACT
        return not is_exact, each.is_relative and not is_exact, each.smallest_visible

    return visible_of(max(judged, key=rank))


def visible_of(each: Comparison) -> str:
    """The smallest error that a comparison would have seen: a share, or ± an absolute one in its unit."""
    if each.outcome is Outcome.DISAGREES:
        return "–"
    if not np.isfinite(each.smallest_visible):
        return "none"
    if each.smallest_visible < EXACT:
        return "exact"
    if not each.is_relative:
        return f"±{scientific(each.smallest_visible)}{unit_of(each)}"
    percent = each.smallest_visible >= 1e-4
    return f"{scientific(100 * each.smallest_visible)} %" if percent else scientific(each.smallest_visible)


def control_words(record: Record) -> str:
    """What became of the control."""
    if record.trouble:
        return "–"
    return "fails, as it must" if record.control_fails else "IS NOT SEEN"


def comparisons_in(records: list[tuple[Claim, Record]]) -> tuple[int, int, int]:
    """How many comparisons were made, of how many numbers, and how many of them carry a control."""
    every = [each for _, record in records for each in record.comparisons]
    return len(every), sum(len(each.found) for each in every), sum(each.wrong is not None for each in every)


def rule() -> str:
    """The one rule of judgement in a sentence."""
    return (
        "A comparison disagrees if sampling alone would make it look as bad as it does with a chance below "
        f"{DISAGREES_BELOW:g}, after what is known beforehand of step, cutoff and rounding; the limit never moves."
    )


def unit_of(each: Comparison) -> str:
    """The unit with a space before it; nothing for a pure number."""
    return "" if each.unit in ("", "1") else f" {typeset(each.unit)}"


def typeset(words: str) -> str:
    """Units of a result in letters, and the index of battery, pump and load as an index: ħωₛ, γₚ."""
    for name, letter in (("hbar ", "ħ"), ("omega", "ω"), ("gamma", "γ"), ("rate unit", "unit of rates")):
        words = words.replace(name, letter)
    return re.sub(r"(?<=[α-ω])_([spa])\b", lambda found: {"s": "ₛ", "p": "ₚ", "a": "ₐ"}[found[1]], words)


def short(number: float) -> str:
    """Two figures."""
    number = float(number)
    if number == 0 or not np.isfinite(number):
        return f"{number:g}"
    text = f"{number:.2g}"
    if "e" not in text:
        return text
    mantissa, exponent = text.split("e")
    power = int(exponent)
    return f"{number:.0f}" if 0 < power <= 3 else f"{mantissa}e{power:+03d}"


def scientific(number: float) -> str:
    """Two figures, and a power of ten as it is printed."""
    mantissa, _, exponent = short(number).partition("e")
    if not exponent:
        return mantissa
    return power_of_ten(int(exponent)) if mantissa == "1" else f"{mantissa}·{power_of_ten(int(exponent))}"


def power_of_ten(power: int) -> str:
    """10ⁿ."""
    return "10" + str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def digits_of(value: float, difference: float) -> int:
    """How many figures of a value show a difference of this size."""
    if not (np.isfinite(value) and np.isfinite(difference)) or not value or not difference:
        return 6
    return int(np.clip(np.ceil(np.log10(abs(value) / abs(difference))) + 2, 4, 16))

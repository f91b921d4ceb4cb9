"""What a physicist wants to know first: which numbers are found again, and which conclusions hold."""

from collections.abc import Iterable

from validation.paper.page import Number, Section, Verdict
from validation.paper.summary import Audit

READINGS = ("N = number of levels", "N = highest level")
"""What a cutoff may mean, as choices name it."""
KINDS = {"holds": "What holds", "partly": "What holds in part", "fails": "What does not hold"}


def headline(audit: Audit) -> list[str]:
    """Sentences with the notation of the paper: counts of numbers, then its conclusions by how far they hold.

    None for an incomplete audit: what is missing could be counted as not found.
    """
    if not audit.record.complete:
        return []
    return [*_numbers(audit.numbers), *_conclusions(told.section for told in audit.told)]


def readings(numbers: Iterable[Number]) -> str:
    """For how many numbers each meaning of a cutoff is the nearest one."""
    chosen = [each.reproduced for each in numbers]
    counts = [f"“{name}” for {sum(name in each for each in chosen)}" for name in READINGS]
    return f"Of the two meanings of a cutoff, the nearest is {' and '.join(counts)} of the {len(chosen)} numbers."


def _numbers(numbers: list[Number]) -> list[str]:
    if not numbers:
        return []
    missed = [f"{each.quantity} (Fig. {each.figure})" for each in numbers if each.found == "no"]
    reproduced, confirmed = len(numbers) - len(missed), sum(each.remains for each in numbers)
    without = f" Not found: {'; '.join(missed)}." if missed else ""
    return [
        f"Of {len(numbers)} numbers that the paper gives, {reproduced} are found again at its cutoffs "
        f"({_how(numbers)}), and {confirmed} remain when the cutoffs are raised until nothing changes.{without}"
    ]


def _how(numbers: list[Number]) -> str:
    """How closely they are found."""
    ways = {
        "exact": "to the digits that are printed",
        "range": "within what the open choices of a fit give",
        "near": "within 1%",
        "yes": "as far as they can be read off a curve",
    }
    counts = {way: sum(each.reproduced.startswith(begin) for each in numbers) for begin, way in ways.items()}
    return ", ".join(f"{count} {way}" for way, count in counts.items() if count)


def _conclusions(sections: Iterable[Section]) -> list[str]:
    found: dict[str, list[Verdict]] = {kind: [] for kind in KINDS}
    for section in sections:
        for each in section.conclusions:
            if each.kind in found:
                found[each.kind].append(each)
    return [f"{KINDS[kind]}: {'; '.join(each.words for each in those)}." for kind, those in found.items() if those]

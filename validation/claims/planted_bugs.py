"""Fifty mistakes that a physicist could make: each, planted alone, makes a claim fall."""

from collections.abc import Iterator

from validation.evidence import Comparison, Subject, Table, Tier, compare
from validation.planted.bugs import BUGS
from validation.planted.trials import hunt_all

SUBJECT = Subject("Planted bugs")


@SUBJECT.claim(
    "None of fifty mistakes in this library would have gone unnoticed: planted one at a time in a copy, each makes "
    "at least one claim of the quick tier fall. The list was fixed before any claim was run against it.",
    route="a copy of the library for each of them, with one wrong line; claims are checked, the quickest first, up "
    "to the first that falls",
    referee="the claims of the quick tier of this report, by themselves: no test of the project takes part",
    source="validation/planted: signs, factors, conjugates, vacuum noise, exchanged variables, reused random numbers, "
    "times that are off by one, wrong merges",
    control="nothing is planted: no claim may fall, and one that did would count as a mistake seen where there is none",
    tier=Tier.FULL,
)
def planted_bugs_are_caught() -> Iterator[Comparison | Table]:
    """1 for each bug that was caught, and how many claims fall without one."""
    nothing, hunts = hunt_all(BUGS, _quick_claims())
    caught = [float(each.caught) for each in hunts]
    yield from compare("bug caught: 1, missed: 0", caught, 1.0, unit="1", labels=[bug.name for bug in BUGS])
    yield from compare("claims that fall where nothing is planted", float(nothing.caught), 0.0, wrong=1.0)
    yield Table(
        "Each bug, and the first claim that fell",
        ("bug", "kind", "mistake", "caught by", "in the quantity", "how", "claims checked"),
        tuple(
            (
                bug.name,
                bug.kind,
                bug.mistake,
                found.claim or "nobody",
                found.quantity,
                found.how or found.trouble,
                str(len(found.seconds)),
            )
            for bug, found in zip(BUGS, hunts, strict=True)
        ),
    )


def _quick_claims() -> list[str]:
    # Imported late: this chapter is one of them.
    from validation.claims import all_chapters, claims_of

    claims = claims_of(all_chapters())
    return [claim.name for claim in claims.values() if claim.tier is Tier.QUICK]

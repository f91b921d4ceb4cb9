"""Fifty mistakes that a physicist could make: each, planted alone, makes a claim fall."""

from collections.abc import Iterator

from validation.claims import all_chapters, claims_of
from validation.evidence import Comparison, Subject, Table, Tier, compare
from validation.planted.bugs import BUGS
from validation.planted.trials import HOW, hunt_all

SUBJECT = Subject("Planted bugs")


@SUBJECT.claim(
    "None of fifty mistakes in this library goes unnoticed: planted one at a time in a copy, each makes at least one "
    "claim of the quick tier fall.",
    route="a copy of the library for each of them, with one wrong line; claims are checked, the quickest first, up "
    "to the first that disagrees; a copy that cannot be imported counts as a mistake that was missed",
    referee="the claims of the quick tier of this report, by themselves: no test of the project takes part",
    source="the list in validation/planted, frozen in a commit of its own, 2026-11-22, before any claim was run "
    "against it: signs, factors, conjugates, vacuum noise, exchanged variables, reused random numbers, times that are "
    "off by one, wrong merges. 47 of 50 were caught at first; claims on the kernel for many modes, on the chance that "
    "two results agree and on the work in truncated-Wigner samples were then added, and one on normal order, the lack "
    "of which had been seen by an error message alone",
    control="nothing is planted: no claim may fall, and one that did would count as a mistake seen where there is "
    "none; this is the control of all fifty, which have no other",
    tier=Tier.FULL,
)
def planted_bugs_are_caught() -> Iterator[Comparison | Table]:
    """How many claims fall without a bug, and 1 for each bug that was caught."""
    quick = [claim.name for claim in claims_of(all_chapters()).values() if claim.tier is Tier.QUICK]
    nothing, hunts = hunt_all(BUGS, quick)
    yield from compare("claims that fall where nothing is planted", float(nothing.caught), 0.0, wrong=1.0)
    if nothing.caught:
        fallen = (nothing.claim, nothing.quantity, nothing.how)
        yield Table("Nothing is planted, and yet falls", ("claim", "in the quantity, or the error", "how"), (fallen,))
        return
    caught = [float(each.caught) for each in hunts]
    yield from compare("bug caught: 1, missed: 0", caught, 1.0, unit="1", labels=[bug.name for bug in BUGS])
    counts = ", ".join(f"{sum(each.how == how for each in hunts)} {how}" for how in HOW)
    yield Table(
        f"Each bug, and the first claim that disagreed, or else fell: {counts}, {caught.count(0.0)} missed",
        ("bug", "kind", "mistake", "caught by", "in the quantity, or the error", "how", "claims checked"),
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

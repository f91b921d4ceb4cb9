"""What the audit of the paper comes to: whether our routes agree, and what is known to be reproduced still is."""

from collections.abc import Iterable
from dataclasses import dataclass

from validation.evidence import Comparison
from validation.judgement import Outcome
from validation.paper.choices import lost
from validation.paper.page import Number
from validation.paper.printed import CLAIMS
from validation.paper.record import Record
from validation.paper.sections import Told


@dataclass(frozen=True, eq=False)
class Audit:
    """An audit of the paper: its record, and the sections made of it, in order."""

    record: Record
    told: list[Told]

    @property
    def numbers(self) -> list[Number]:
        """Of all sections."""
        return [each for told in self.told for each in told.section.numbers]

    @property
    def comparisons(self) -> list[Comparison]:
        """Of all sections."""
        return [each for told in self.told for each in told.section.comparisons]

    @property
    def faults(self) -> list["Fault"]:
        """Everything because of which the audit does not pass; none if it does."""
        record = self.record
        found = [Fault("", f"{key} was not computed: {why}") for key, why in record.not_computed.items()]
        if record.interrupted:
            found.insert(0, Fault("", "The audit was interrupted."))
        for told in self.told:
            name = told.section.name
            if told.trouble:
                found.append(Fault(name, told.trouble))
            found += [Fault(name, "", each) for each in told.section.comparisons if not stands(each)]
            found += [
                Fault(name, f"{each} is known to be reproduced, and is not") for each in missed(told.section.numbers)
            ]
        return found

    @property
    def passed(self) -> bool:
        """Whether all routes agree, all controls are seen, and nothing is missing or lost."""
        return not self.faults


@dataclass(frozen=True, eq=False)
class Fault:
    """Why an audit does not pass: words, or a comparison that does not stand.  section: where; empty if nowhere."""

    section: str
    words: str
    comparison: Comparison | None = None


def stands(each: Comparison) -> bool:
    """Whether two routes agree, or differ by no more than was declared, and the control is seen where it is planted."""
    return each.outcome in (Outcome.AGREES, Outcome.BIASED_AS_DECLARED) and each.control_fails is not False


def missed(numbers: Iterable[Number]) -> list[str]:
    """Numbers that came to nothing, or are not reproduced although that is known to be possible."""
    known = {(claim.figure, claim.quantity) for claim in CLAIMS.values()}
    numbers = list(numbers)
    further = [each for each in numbers if (each.figure, each.quantity) not in known]
    others = [f"Fig. {each.figure}: {each.quantity}" for each in further if each.found == "no"]
    return lost(each for each in numbers if (each.figure, each.quantity) in known) + others

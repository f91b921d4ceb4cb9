"""Check claims, several at once in processes of their own, and keep what they came to."""

import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from validation.claims import Chapters, all_chapters, claims_of
from validation.crew import work_through
from validation.evidence import Claim, Comparison, MissingReferee, Table, Tier
from validation.judgement import Outcome

PATIENCE = {Tier.QUICK: 600.0, Tier.FULL: 7200.0}
"""Seconds after which a claim of a tier is given up, as not checked.  The slowest quick one takes about ten of them."""


@dataclass(frozen=True, eq=False)
class Record:
    """What became of a claim.  trouble: why it could not be checked.  seconds: of wall-clock time."""

    claim: str
    seconds: float
    comparisons: list[Comparison] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    trouble: str = ""

    @property
    def outcome(self) -> Outcome:
        """The worst of the comparisons; not checked, if there is none or if something went wrong."""
        if self.trouble or not self.comparisons:
            return Outcome.NOT_CHECKED
        return max(each.outcome for each in self.comparisons)

    @property
    def control_fails(self) -> bool:
        """Whether the error of the control is seen wherever it is planted, and it is planted somewhere."""
        planted = [each.control_fails for each in self.comparisons if each.control_fails is not None]
        return bool(planted) and all(planted)

    @property
    def passed(self) -> bool:
        """Whether the claim stands and its control falls."""
        return self.outcome in (Outcome.AGREES, Outcome.BIASED_AS_DECLARED) and self.control_fails


@dataclass
class Findings:
    """An audit: the claims that were to be checked, in order, and the records of those that were.

    known: claims that exist, in this selection or not.  full: whether all tiers were asked for.
    """

    claims: list[Claim]
    known: int
    full: bool
    records: dict[str, Record] = field(default_factory=dict)
    started: float = field(default_factory=time.time)
    seconds: float = 0.0
    interrupted: bool = False

    @property
    def complete(self) -> bool:
        """Whether nothing broke it off."""
        return not self.interrupted and len(self.records) == len(self.claims)

    @property
    def passed(self) -> bool:
        """Whether all claims stand, and all their controls fall."""
        return self.complete and all(record.passed for record in self.records.values())

    @property
    def pairs(self) -> list[tuple[Claim, Record]]:
        """Claims with their records, in the order of the report; one that was not reached has a record that says so."""
        unreached = "the audit was broken off before this claim"
        return [
            (each, self.records.get(each.name) or Record(each.name, 0.0, trouble=unreached)) for each in self.claims
        ]

    @property
    def failed(self) -> list[tuple[Claim, Record]]:
        """Those that do not stand, were not checked, or whose control is not seen."""
        return [pair for pair in self.pairs if not pair[1].passed]

    @property
    def failed_if_reached(self) -> list[tuple[Claim, Record]]:
        """Those of them that were begun."""
        return [pair for pair in self.failed if pair[1].claim in self.records]

    def count(self, outcome: Outcome) -> int:
        """Claims of this outcome."""
        return sum(record.outcome is outcome for _, record in self.pairs)


def examine(name: str, chapters: Chapters = all_chapters) -> Record:
    """Check one claim; an error that it raises is part of the record.

    Raises: LookupError if no chapter that can be imported has a claim of this name.
    """
    claim = claims_of(chapters()).get(name)
    if claim is None:
        raise LookupError(f"no chapter that can be imported has a claim {name!r}")
    start = time.perf_counter()
    comparisons: list[Comparison] = []
    tables: list[Table] = []
    trouble = ""
    try:
        for found in claim.check():
            if isinstance(found, Comparison):
                comparisons.append(found)
            else:
                tables.append(found)
        for each in comparisons:
            # Judged here, where several claims are checked at once; the numbers travel with the record.
            _ = each.outcome, each.control_fails, each.smallest_visible
        if not comparisons:
            trouble = "the check compared nothing"
    except MissingReferee as missing:
        trouble = str(missing)
    except (Exception, SystemExit):
        trouble = traceback.format_exc()
    return Record(name, time.perf_counter() - start, comparisons, tables, trouble)


def examine_all(
    claims: Iterable[Claim],
    on_done: Callable[[Record], None],
    *,
    chapters: Chapters = all_chapters,
    on_step: Callable[[dict[str, float]], None] = lambda running: None,
    patience: Mapping[Tier, float] = PATIENCE,
) -> list[Record]:
    """Check claims, as many at once as there are cores, and return the records in the order of the claims.

    patience: seconds after which a claim of a tier is ended, as not checked.
    on_step gets, several times a second, the seconds for which each running claim has run.  Ctrl-C stops everything:
    on_done gets the claims that were running, as not checked, before KeyboardInterrupt goes on.
    """
    limits = {claim.name: patience[claim.tier] for claim in claims}
    records: dict[str, Record] = {}

    def on_end(name: str, result: object | None, seconds: float, trouble: str) -> None:
        record = result if isinstance(result, Record) else Record(name, seconds, trouble=trouble)
        records[name] = record
        on_done(record)

    work_through(limits, partial(examine, chapters=chapters), on_end, on_step)
    return [records[name] for name in limits]

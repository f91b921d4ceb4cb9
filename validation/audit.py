"""Run claims, each in a process of its own kind, and keep what they came to."""

import os
import time
import traceback
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context

from validation.claims import all_claims
from validation.evidence import Claim, Comparison, MissingReferee, Table
from validation.judgement import Outcome


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


def examine(name: str) -> Record:
    """Check one claim; an error that it raises is part of the record."""
    claim = all_claims()[name]
    start = time.perf_counter()
    comparisons: list[Comparison] = []
    tables: list[Table] = []
    trouble = ""
    try:
        for found in claim.check():
            (comparisons if isinstance(found, Comparison) else tables).append(found)  # type: ignore[arg-type]
        if not comparisons:
            trouble = "the check compared nothing"
    except MissingReferee as missing:
        trouble = str(missing)
    except Exception:
        trouble = traceback.format_exc()
    return Record(name, time.perf_counter() - start, comparisons, tables, trouble)


def examine_all(claims: Iterable[Claim], on_done: Callable[[Record], None]) -> list[Record]:
    """Check claims, as many at once as there are cores, and return the records in the order of the claims."""
    names = [claim.name for claim in claims]
    records: dict[str, Record] = {}
    # New processes: threads of compiled code do not survive a fork, and a check that crashes takes nothing with it.
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    pool = ProcessPoolExecutor(min(cores, len(names)), mp_context=get_context("spawn"))
    try:
        for future in as_completed([pool.submit(examine, name) for name in names]):
            record = future.result()
            records[record.claim] = record
            on_done(record)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return [records[name] for name in names]

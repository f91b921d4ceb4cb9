"""The audit of all claims: which ones, how it goes, what came of them, and the exit code."""

import signal
import sys
import time
from argparse import Namespace
from difflib import get_close_matches
from pathlib import Path

from rich.console import Console

from validation.audit import Findings, Record, examine_all
from validation.claims import Chapters, all_chapters, claims_of
from validation.evidence import Claim, Subject, Tier
from validation.report import check_folder, surroundings, write
from validation.report.terminal import printed, progress, show, show_list

PASSED, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
COMMAND = "python -m validation"


def run(given: Namespace, chapters: Chapters = all_chapters) -> int:
    """Check the claims asked for, print and write what was found, and return the exit code.

    0: all stand and their controls fall.  1: something failed, could not be checked, or the report not be written.
    2: bad input, refused before any work.  130: interrupted; what was found until then is written, as incomplete.
    """
    try:
        claims = chosen(chapters(), given.only, full=given.full or given.list)
        if given.list:
            return PASSED if printed(lambda console: show_list(claims, console), "list", COMMAND) else FAILED
        folder = Path(given.out or ".").expanduser()
        check_folder(folder)
    except (ValueError, OSError, RuntimeError) as refusal:
        print(f"{COMMAND}: {refusal}", file=sys.stderr)
        return BAD_INPUT
    findings = Findings(claims, len(claims_of(chapters())), given.full)
    # Before the claims, while nobody waits: after Ctrl-C the report must come at once.
    surroundings()
    _examine(findings, chapters)
    return _report(findings, folder)


def chosen(chapters: dict[str, Subject], only: list[str], *, full: bool) -> list[Claim]:
    """The claims that are asked for, in the order of the report; what is named by itself is taken whatever its tier.

    Raises: ValueError for a name that is none, and if nothing is left.
    """
    claims = claims_of(chapters)
    titles = {title.casefold(): subject for name, subject in chapters.items() for title in _titles(name, subject)}
    asked: dict[str, bool] = {}
    for name in only:
        subject = titles.get(name.casefold())
        if name in claims:
            asked[name] = True
        elif subject is not None:
            asked |= {claim.name: asked.get(claim.name, False) for claim in subject.claims}
        else:
            near = get_close_matches(name.casefold(), [*claims, *titles], n=1, cutoff=0.5)
            nearest = f"; the nearest one is {near[0]!r}" if near else ""
            raise ValueError(f"--only must name a claim or a chapter (--list shows them), got {name!r}{nearest}.")
    wanted = [
        claim
        for claim in claims.values()
        if (not only or claim.name in asked) and (full or asked.get(claim.name) or claim.tier is Tier.QUICK)
    ]
    if not wanted:
        raise ValueError("there is no claim of the quick tier among those; add --full.")
    return wanted


def _titles(module: str, subject: Subject) -> set[str]:
    return {module, module.replace("_", "-"), subject.title}


def _examine(findings: Findings, chapters: Chapters) -> None:
    start = time.perf_counter()
    errors = Console(stderr=True, highlight=False)
    # A scheduler that ends the audit gets what was found, too.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with progress(len(findings.claims), errors) as (on_done, on_step):

            def keep(record: Record) -> None:
                findings.records[record.claim] = record
                on_done(record)

            examine_all(findings.claims, keep, chapters=chapters, on_step=on_step)
    except KeyboardInterrupt:
        findings.interrupted = True
    finally:
        signal.signal(signal.SIGTERM, before)
    findings.seconds = time.perf_counter() - start


def _report(findings: Findings, folder: Path) -> int:
    """Write the report first: nothing that happens to the screen may cost what was found."""
    code = INTERRUPTED if findings.interrupted else PASSED if findings.passed else FAILED
    where = ""
    try:
        page, record = write(findings, folder)
        where = f"report: {page.resolve()}\nrecord: {record.resolve()}"
    except OSError as error:
        print(f"{COMMAND}: the report could not be written into {folder}: {error}", file=sys.stderr)
        code = code or FAILED

    def print_all(console: Console) -> None:
        show(findings, console)
        console.print(where, soft_wrap=True)

    if not printed(print_all, "table", COMMAND):
        print(where, file=sys.stderr)
    return code

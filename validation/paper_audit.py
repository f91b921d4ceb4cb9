"""`python -m validation paper`: compute what the sections about the paper need, keep it, and write their page."""

import signal
import sys
import time
from argparse import Namespace
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from rich.console import Console

from phasespace_qb.results.store import replace_file
from validation.crew import work_through
from validation.paper.computing import PATIENCE, Result, Task
from validation.paper.record import Record, as_json, plain, read
from validation.paper.sections import Parts, all_parts, all_tasks, tell_all
from validation.paper.summary import Audit
from validation.report import PAPER_PAGE, PAPER_RECORD, check_folder, surroundings
from validation.report.paper_page import measured_before, paper_page
from validation.report.paper_terminal import show_paper, tasks_done
from validation.report.terminal import printed

PASSED, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
COMMAND = "python -m validation paper"


def run(given: Namespace, parts: Parts = all_parts) -> int:
    """Audit the paper, or write the page of an audit again, and return the exit code.

    given: `folder` and `record`, paths or None, and `quick`.
    0: all our routes agree, all controls are seen, and what is known to be reproduced is.  1: something of that is not
    so, could not be computed, or not be written.  2: bad input, refused before any work.  130: interrupted; what was
    computed until then is in the record, which says that it is incomplete.
    """
    try:
        if given.record is not None and given.quick:
            raise ValueError("--quick must come without --from: a record is of a quick audit, or is not.")
        old = None if given.record is None else read(Path(given.record).expanduser())
        folder = Path(given.folder or ".").expanduser()
        check_folder(folder, (PAPER_PAGE, PAPER_RECORD))
        measured = measured_before()
    except (ValueError, OSError, RuntimeError) as refusal:
        print(f"{COMMAND}: {refusal}", file=sys.stderr)
        return BAD_INPUT
    record = old if old is not None else _computed(all_tasks(parts(), quick=given.quick), quick=given.quick)
    paths: list[Path] = []
    try:
        # First of all: nothing that happens to the page may cost what was computed.
        if old is None:
            paths.append(_write(folder / PAPER_RECORD, as_json(record)))
        audit = told(record, parts)
        if old is None:
            _write(folder / PAPER_RECORD, as_json(audit.record))
        paths.append(_write(folder / PAPER_PAGE, paper_page(audit, measured)))
        code = PASSED if audit.passed else FAILED
    except OSError as error:
        print(f"{COMMAND}: the report could not be written into {folder}: {error}", file=sys.stderr)
        audit, code = told(record, parts), FAILED
    where = "\n".join(f"{'page' if path.suffix == '.html' else 'record'}: {path.resolve()}" for path in paths)

    def print_all(console: Console) -> None:
        show_paper(audit, console)
        console.print(where, soft_wrap=True)

    if not printed(print_all, "table", COMMAND):
        print(where, file=sys.stderr)
    if record.interrupted and old is None:
        print(f"{COMMAND}: interrupted; {len(record.results)} results were kept.", file=sys.stderr)
        return INTERRUPTED
    return code


def told(record: Record, parts: Parts = all_parts) -> Audit:
    """The sections made of a record, and the record with their verdicts."""
    sections = tell_all(parts(), record.told_from, quick=record.quick)
    verdicts = [(each.section.name, each.section.title, each.section.verdicts) for each in sections]
    return Audit(replace(record, verdicts=verdicts), sections)


def _computed(tasks: list[Task], *, quick: bool) -> Record:
    """The record of all tasks; those that fail, and those that Ctrl-C leaves, are named in it."""
    around = surroundings()
    results: dict[str, Result] = {}
    troubles: dict[str, str] = {}
    start, date, interrupted = time.perf_counter(), datetime.now(UTC).strftime("%-d %B %Y"), False
    by_cost = sorted(tasks, key=lambda task: -task.seconds)
    # A scheduler that ends the audit gets what was computed, too.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with tasks_done(len(tasks), Console(stderr=True, highlight=False, markup=False)) as (on_done, on_step):

            def on_end(key: str, result: object | None, seconds: float, trouble: str) -> None:
                if isinstance(result, dict):
                    results[key] = result
                    on_done("")
                else:
                    troubles[key] = str(result or trouble)
                    on_done(f"{key}: {troubles[key]}")

            do = partial(_do, {task.key: task for task in tasks})
            work_through({task.key: PATIENCE for task in by_cost}, do, on_end, on_step)
    except KeyboardInterrupt:
        interrupted = True
        troubles |= {task.key: "interrupted before it" for task in tasks if task.key not in results | troubles}
    finally:
        signal.signal(signal.SIGTERM, before)
    seconds = round(time.perf_counter() - start, 1)
    return Record(results, quick, around, date, seconds, dict(sorted(troubles.items())), interrupted)


def _do(tasks: dict[str, Task], key: str) -> Result | str:
    """A task's result as the record gives it back, or why there is none."""
    start = time.perf_counter()
    try:
        found = plain(tasks[key].do())
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return {"seconds": round(time.perf_counter() - start, 2)} | found


def _write(path: Path, words: str) -> Path:
    return replace_file(path, partial(Path.write_text, data=words, encoding="utf-8"))

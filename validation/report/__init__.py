"""The report of an audit: a table on the terminal, every number as JSON, and a page to read; and one on the paper."""

import tempfile
from functools import partial
from pathlib import Path

from phasespace_qb.results.store import replace_file
from validation.audit import Findings
from validation.paper.record import COMMITTED, Record, read
from validation.report.document import NO_AUDIT, document
from validation.report.record import as_json
from validation.surroundings import surroundings

__all__ = ["PAGE", "PAPER_PAGE", "PAPER_RECORD", "RECORD", "check_folder", "surroundings", "write"]

PAGE, RECORD = "validation.html", "validation.json"
PAPER_PAGE, PAPER_RECORD = "paper.html", "paper.json"


def check_folder(folder: Path, names: tuple[str, ...] = (PAGE, RECORD, PAPER_PAGE)) -> None:
    """Make the folder unless it is there, and write into it once; names: files that it is to hold.

    Raises: OSError with a message for people if that cannot be done.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OSError(f"--out must be a folder that can be written to, got {folder}: {error.strerror}.") from None
    for name in names:
        if (folder / name).is_dir():
            raise OSError(f"--out must have no folder called {name}, got {folder}.")


def write(findings: Findings, folder: Path, last: Path = COMMITTED) -> list[Path]:
    """Write page and record, each complete or not at all; the page's path is the first.

    Beside them goes the page about the paper as the last full audit left it; last: the record of that audit.
    """
    around = surroundings()
    texts = {RECORD: as_json(findings, around)}
    paper: Record | str = NO_AUDIT
    try:
        if last.exists():
            paper = read(last)
            texts[PAPER_PAGE] = last.with_suffix(".html").read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        # Whatever became of that record, this audit keeps what it found.
        paper = str(error)
    texts = {PAGE: document(findings, around, paper)} | texts
    paths = [
        replace_file(folder / name, partial(Path.write_text, data=words, encoding="utf-8"))
        for name, words in texts.items()
    ]
    return paths[:2]

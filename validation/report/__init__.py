"""The report of an audit: a table on the terminal, every number as JSON, and a page to read."""

import tempfile
from functools import partial
from pathlib import Path

from phasespace_qb.results.store import replace_file
from validation.audit import Findings
from validation.report.document import document
from validation.report.record import as_json
from validation.report.surroundings import surroundings

__all__ = ["PAGE", "RECORD", "check_folder", "surroundings", "write"]

PAGE, RECORD = "validation.html", "validation.json"


def check_folder(folder: Path) -> None:
    """Make the folder unless it is there, and write into it once.

    Raises: OSError with a message for people if that cannot be done.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OSError(f"--out must be a folder that can be written to, got {folder}: {error.strerror}.") from None
    for name in (PAGE, RECORD):
        if (folder / name).is_dir():
            raise OSError(f"--out must have no folder called {name}, got {folder}.")


def write(findings: Findings, folder: Path) -> list[Path]:
    """Write page and record, each complete or not at all; the page's path is the first."""
    around = surroundings()
    page, record = document(findings, around), as_json(findings, around)
    return [
        replace_file(folder / name, partial(Path.write_text, data=words, encoding="utf-8"))
        for name, words in ((PAGE, page), (RECORD, record))
    ]

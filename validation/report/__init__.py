"""The report of an audit: a table on the terminal, every number as JSON, and a page to read."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from validation.audit import Findings
from validation.report.document import Section, document
from validation.report.record import as_json
from validation.report.surroundings import surroundings

__all__ = ["PAGE", "RECORD", "Section", "check_folder", "surroundings", "write"]

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


def write(findings: Findings, folder: Path, sections: Iterable[Section] = ()) -> list[Path]:
    """Write page and record, each complete or not at all; the page's path is the first."""
    around = surroundings()
    page, record = document(findings, around, sections), as_json(findings, around)
    return [_replace(folder / PAGE, page), _replace(folder / RECORD, record)]


def _replace(target: Path, words: str) -> Path:
    temporary = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(words)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    return target

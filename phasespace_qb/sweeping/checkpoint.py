"""The file that finished points of a sweep are kept in."""

import logging
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import xarray as xr

from phasespace_qb.errors import refusal
from phasespace_qb.results.store import check_writable, read, save
from phasespace_qb.sweeping.points import known_points

BETWEEN_WRITES = 60.0
"""Seconds."""

_log = logging.getLogger("phasespace_qb")


class Checkpoint:
    """A file that holds points of one sweep, and of no other.

    Somebody else may write it meanwhile: what is there then is left alone, and ours goes to a file beside it.
    Raises: ValueError or PermissionError, before any work, for a file that cannot be written or holds anything else.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.target = check_writable(path, "checkpoint")
        self.former: xr.Dataset | None = read(self.target, "checkpoint") if self.target.exists() else None
        self.known = {} if self.former is None else known_points(self.former, "checkpoint")
        self._state = _state_of(self.target)
        self._written = time.monotonic()

    def refuse_strangers(self, identities: Sequence[str]) -> None:
        """Raise ValueError if the file holds points that are not asked for: they would be lost."""
        strangers = len(set(self.known) - set(identities))
        if strangers:
            got = f"an older one with {strangers:,} points of another sweep ({self.target})"
            remedy = "Ask for these as well, with the same seed, or name another file."
            raise ValueError(refusal("checkpoint", "a new file, or one with points of this sweep only", got, remedy))

    def now_and_then(self, together: Callable[[], xr.Dataset]) -> None:
        """Write what there is once a minute; a full disk now may have room later, and must not end the sweep."""
        if time.monotonic() > self._written + BETWEEN_WRITES:
            try:
                self.write(together())
            except OSError as error:
                _log.warning("finished points could not be written, and will be tried again: %s", error)
            self._written = time.monotonic()

    def write(self, swept: xr.Dataset) -> None:
        """Replace the file, or write another one if it is not as we left it."""
        if _state_of(self.target) != self._state:
            beside = self.target.with_name(f"{self.target.stem}.{os.getpid()}{self.target.suffix}")
            _log.warning("%s was written by somebody else; this sweep goes to %s", self.target, beside)
            self.target = beside
        save(swept, self.target)
        self._state = _state_of(self.target)


def _state_of(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size

"""Plant each bug in a copy of the project, and see which claim falls."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phasespace_qb.phase_space.ensemble import available_cores
from validation.planted.bug import Bug

PROJECT = Path(__file__).parents[2]
PATIENCE, LONGER = 900.0, 3600.0
"""Seconds after which a hunt is given up: a bug that makes the library hang is not caught.  The second one is for the
hunts without a bug, which check every claim and compile every kernel."""
HOW = ("disagrees", "control is not seen", "raised an error")
"""The ways in which a claim falls, that which says most first."""


@dataclass(frozen=True)
class Hunt:
    """The claims that were checked and their seconds; the first that disagreed or, if none did, fell in another way.

    quantity: in which it fell, or with what error.  how: one of HOW.  trouble: why the hunt came to no end; a package
    that does not start is caught by nobody.
    """

    seconds: dict[str, float]
    claim: str = ""
    quantity: str = ""
    how: str = ""
    trouble: str = ""

    @property
    def caught(self) -> bool:
        """Whether a claim fell."""
        return bool(self.claim)


def plant(bug: Bug | None, folder: Path, project: Path = PROJECT) -> None:
    """Copy the package and its validation to `folder`, with the bug in it.

    Raises: ValueError if the text that the bug changes is no longer there, or more than once.
    """
    for part in ("phasespace_qb", "validation"):
        shutil.copytree(project / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    if bug is None:
        return
    target = folder / "phasespace_qb" / bug.file
    text = target.read_text(encoding="utf-8")
    if text.count(bug.old) != 1:
        raise ValueError(f"the text that {bug.name} changes is {text.count(bug.old)} times in {bug.file}, not once")
    target.write_text(text.replace(bug.old, bug.new), encoding="utf-8")


def hunt(
    bug: Bug | None, claims: Sequence[str], kernels: Path, patience: float = PATIENCE, project: Path = PROJECT
) -> Hunt:
    """Check claims in this order, in a process of its own, on a copy with this bug, or with none."""
    with tempfile.TemporaryDirectory(prefix="planted-") as name:
        folder = Path(name)
        plant(bug, folder, project)
        # The current folder comes first on Python's path, so the copy is what is imported.
        environment = os.environ | {"PHASESPACE_QB_CACHE": str(kernels), "PYTHONPATH": str(folder)}
        command = [sys.executable, "-m", "validation.planted.hunt"]
        trouble = ""
        try:
            done = subprocess.run(
                command,
                input="\n".join(claims),
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=patience,
                check=False,
            )
            output: str | bytes | None = done.stdout
            if done.returncode:
                trouble = (done.stderr.strip().splitlines() or ["the process died"])[-1]
        except subprocess.TimeoutExpired as late:
            output, trouble = late.stdout, f"no end after {patience:g} s"
    checked = _checked(output)
    seconds = {each["claim"]: each["seconds"] for each in checked}
    if trouble:
        trouble = " ".join([trouble, *(f"in {claim}" for claim in [c for c in claims if c not in seconds][:1])])
    fallen = sorted((each for each in checked if each["how"]), key=lambda each: HOW.index(each["how"]))
    best = {key: fallen[0][key] for key in ("claim", "quantity", "how")} if fallen else {}
    return Hunt(seconds, trouble=trouble, **best)


def _checked(output: str | bytes | None) -> list[dict[str, Any]]:
    """The lines of a hunt that are complete."""
    text = output.decode(errors="replace") if isinstance(output, bytes) else output or ""
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def hunt_all(bugs: Sequence[Bug], claims: Sequence[str]) -> tuple[Hunt, list[Hunt]]:
    """Without a bug, then each of them, by the quickest claims first; one on each core.

    Compiled kernels are shared between the copies, since their names are hashes of their sources.  If a claim falls
    without a bug, no bugs are planted: it would fall with each of them.
    Raises: RuntimeError if not all claims could be checked without a bug.
    """
    with (
        tempfile.TemporaryDirectory(prefix="planted-kernels-") as folder,
        ThreadPoolExecutor(available_cores()) as pool,
    ):
        kernels = Path(folder)
        # The first pass compiles the kernels, the second says what a claim takes with them.
        for _ in range(2):
            nothing = hunt(None, claims, kernels, LONGER)
            if nothing.caught:
                return nothing, []
            missing = [claim for claim in claims if claim not in nothing.seconds]
            if nothing.trouble or missing:
                unchecked = f"{len(missing)} of {len(claims)} claims were not checked"
                raise RuntimeError(f"where nothing is planted, {unchecked}: {nothing.trouble or 'no reason is known'}")
        quickest = sorted(nothing.seconds, key=nothing.seconds.__getitem__)
        return nothing, list(pool.map(lambda bug: hunt(bug, quickest, kernels), bugs))

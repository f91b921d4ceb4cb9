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

from validation.planted.bug import Bug

PROJECT = Path(__file__).parents[2]
PATIENCE = 900
"""Seconds after which a hunt is given up: a bug that makes the library hang is not caught."""


@dataclass(frozen=True)
class Hunt:
    """The claims that were checked and their seconds, and the one that fell, in which quantity and how.

    trouble: why the hunt came to no end; a package that does not start is caught by nobody.
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


def hunt(bug: Bug | None, claims: Sequence[str], kernels: Path) -> Hunt:
    """Check claims in this order, in a process of its own, on a copy with this bug, or with none."""
    with tempfile.TemporaryDirectory(prefix="planted-") as name:
        folder = Path(name)
        plant(bug, folder)
        # The current folder comes first on Python's path, so the copy is what is imported.
        environment = os.environ | {"PHASESPACE_QB_CACHE": str(kernels), "PYTHONPATH": str(folder)}
        command = [sys.executable, "-m", "validation.planted.hunt"]
        try:
            done = subprocess.run(
                command,
                input="\n".join(claims),
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Hunt({}, trouble=f"no end after {PATIENCE} s")
    checked = [json.loads(line) for line in done.stdout.splitlines()]
    seconds = {each["claim"]: each["seconds"] for each in checked}
    if done.returncode:
        return Hunt(seconds, trouble=(done.stderr.strip().splitlines() or ["the process died"])[-1])
    last = checked[-1] if checked else {"how": ""}
    return Hunt(seconds, last["claim"], last["quantity"], last["how"]) if last["how"] else Hunt(seconds)


def hunt_all(bugs: Sequence[Bug], claims: Sequence[str]) -> tuple[Hunt, list[Hunt]]:
    """Without a bug, then each of them, by the quickest claims first; one on each core.

    Compiled kernels are shared between the copies, since their names are hashes of their sources.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with tempfile.TemporaryDirectory(prefix="planted-kernels-") as folder, ThreadPoolExecutor(cores) as pool:
        kernels = Path(folder)
        # The first pass compiles the kernels, the second says what a claim takes with them.
        for _ in range(2):
            nothing = hunt(None, claims, kernels)
        quickest = sorted(nothing.seconds, key=nothing.seconds.__getitem__)
        return nothing, list(pool.map(lambda bug: hunt(bug, quickest, kernels), bugs))

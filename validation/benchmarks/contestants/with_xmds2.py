"""XMDS2: the script is translated to C++, compiled, and run."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from validation.benchmarks.contestants import Ensemble, Sample, Work
from validation.benchmarks.contestants.xmds2_script import lattice, script

NAME, HOW = "XMDS2", "the system's package xmds2, as apt install xmds2"
PATIENCE = 120.0
"""Seconds after which a translation, or a run, is given up."""
_STREAM = re.compile(r'<Stream><Metalink Format="Text"[^>]*/>\s*(.*?)</Stream>', re.DOTALL)


def version() -> str:
    """As it prints it; raises FileNotFoundError without the program."""
    if shutil.which("xmds2") is None:
        raise FileNotFoundError("no program xmds2 on the path")
    printed = subprocess.run(["xmds2", "--help"], capture_output=True, text=True, check=False, timeout=PATIENCE).stdout
    found = re.search(r"xmds2 version (\S+)", printed)
    return found.group(1) if found else "of unknown version"


def trajectories(work: Work) -> Ensemble:
    """Translate and compile; the seeds are in the script, so that every run is the same one."""
    folder = tempfile.TemporaryDirectory(prefix="xmds2-")
    place = Path(folder.name)
    (place / "battery.xmds").write_text(script(work), encoding="utf-8")
    made = subprocess.run(
        ["xmds2", "battery.xmds"], cwd=place, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    if not (place / "battery").exists():
        raise RuntimeError(f"xmds2 did not compile the script: {made.stdout[-300:]} {made.stderr[-300:]}")

    def run(_seed: int, folder: tempfile.TemporaryDirectory[str] = folder) -> Sample:
        subprocess.run(["./battery"], cwd=folder.name, capture_output=True, check=True, timeout=PATIENCE)
        return read((place / "battery.xsil").read_text(encoding="utf-8"), work)

    return run


def read(text: str, work: Work) -> Sample:
    """The last line of its output; sums over the lattice, means over paths.  Columns: t, n, pair, pump, square, …"""
    last = [float(word) for word in _STREAM.findall(text)[-1].strip().splitlines()[-1].split()]
    mean, square = last[1] / lattice(work), last[4] / lattice(work)
    return Sample(work.count, mean, float(((square - mean**2) / work.count) ** 0.5))

"""On what an audit ran: versions, machine, state of the checkout."""

import os
import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from phasespace_qb.phase_space.ensemble import available_cores

PACKAGES = ("phasespace-qb", "numpy", "scipy", "numba", "xarray", "qutip", "sdeint", "thewalrus")
ROOT = Path(__file__).parents[1]


@cache
def surroundings() -> dict[str, str]:
    """What there is to know, by its name."""
    return {
        **versions(),
        "checkout": checkout(),
        "Python": platform.python_version(),
        "platform": platform.platform(),
        "processor": processor(),
        "cores": f"{available_cores()} usable of {os.cpu_count()}",
    }


def versions() -> dict[str, str]:
    """Of the library under test, of what it stands on, and of the referees."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def processor() -> str:
    """The name by which the machine calls its processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def checkout() -> str:
    """The commit, and whether files differ from it, new Python files included."""
    commit = _git("rev-parse", "--short=12", "HEAD")
    if not commit:
        return "unknown"
    listed = _git("status", "--porcelain", "--untracked-files=all", "--", "phasespace_qb", "validation")
    if listed is None:
        return f"{commit}, unknown whether changed"
    changed = [line for line in listed.splitlines() if not line.startswith("??") or line.rstrip('"').endswith(".py")]
    return f"{commit}, with changes" if changed else commit


def _git(*arguments: str) -> str | None:
    """What git says; None if it fails or takes long."""
    # Without the option, asking for the state would lock the index before somebody else's commit.
    command = ["git", "--no-optional-locks", "-C", str(ROOT), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()

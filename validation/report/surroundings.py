"""On what an audit ran: versions, machine, state of the checkout."""

import os
import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("phasespace-qb", "numpy", "scipy", "numba", "xarray", "qutip", "sdeint", "thewalrus")
ROOT = Path(__file__).parents[2]


@cache
def surroundings() -> dict[str, str]:
    """What there is to know, by its name."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        **versions(),
        "checkout": checkout(),
        "Python": platform.python_version(),
        "platform": platform.platform(),
        "processor": processor(),
        "cores": f"{cores} usable of {os.cpu_count()}",
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
    """The commit, and whether files differ from it."""
    commit = _git("rev-parse", "--short=12", "HEAD")
    if not commit:
        return "unknown"
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", "phasespace_qb", "validation")
    return f"{commit}, with changes" if changed else commit


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, timeout=2, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()

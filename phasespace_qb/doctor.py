"""Is this installation in order?  Versions, where things are, and a short run with a known answer."""

import os
import platform
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from phasespace_qb import __version__
from phasespace_qb.kernel_cache import CACHE_VARIABLE, cache_folder, wanted_folder
from phasespace_qb.methods import LinearNoise, PositiveP
from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.phase_space.ensemble import available_cores
from phasespace_qb.results.store import load, save
from phasespace_qb.simulation import simulate

PACKAGES = ("numpy", "scipy", "numba", "xarray", "h5netcdf", "matplotlib")
LARGEST_SCORE = 4.5


@dataclass(frozen=True)
class Check:
    """One line of the report: what was looked at, what was found, and whether it is in order."""

    what: str
    found: str
    good: bool = True


def examine() -> list[Check]:
    """Everything, in the order in which a person would ask; takes about five seconds with an empty kernel cache."""
    checks = [
        Check("phasespace_qb", f"{__version__} in {Path(__file__).parent}"),
        Check("Python", f"{platform.python_version()} on {platform.platform()}"),
        *(Check(name, version(name)) for name in PACKAGES),
        Check("cores", f"{available_cores()} usable of {os.cpu_count()}"),
        _kernel_cache(),
    ]
    return [*checks, *_known_answer()]


def _kernel_cache() -> Check:
    folder, wanted = cache_folder(), wanted_folder()
    if wanted is None or folder != wanted.resolve():
        remedy = f"set {CACHE_VARIABLE} to a writable folder, or every process compiles anew"
        return Check("kernel cache", f"{folder} (temporary; {remedy})", good=False)
    return Check("kernel cache", f"{folder}, {sum(1 for _ in folder.glob('phasespace_qb_kernel_*'))} kernels")


def _known_answer() -> list[Check]:
    """Compiled trajectories of a weakly nonlinear battery against its linear theory, and a file written and read."""
    battery, times = DopoBattery(pump=20.0, kappa=0.02), np.linspace(0.0, 10.0, 11)  # λ = 0.4, g² = 5·10⁻⁵
    start = time.perf_counter()
    run = simulate(battery, times, PositiveP(20_000, rng=1))
    first = time.perf_counter() - start
    start = time.perf_counter()
    run = simulate(battery, times, PositiveP(20_000, rng=1))
    again = time.perf_counter() - start
    theory = simulate(battery, times, LinearNoise())
    error = np.hypot(run.energy_stderr, theory.energy_estimator_error)[1:]
    score = float(np.abs((run.energy - theory.energy)[1:] / error).max())
    steps = 21_024 * int(run.attrs["steps"])
    with tempfile.TemporaryDirectory() as folder:
        same = load(save(run, Path(folder) / "run.nc")).identical(run)
    return [
        Check(
            "compiled kernels", f"first run {first:.1f} s, second {again:.2f} s, {again / steps * 1e9:.1f} ns a step"
        ),
        Check("photon number against theory", f"largest |z| = {score:.2f} of 10", good=score < LARGEST_SCORE),
        Check("verdict of the run", run.attrs["verdict"], good=run.attrs["verdict"] == "trust"),
        Check("results on disk", "read back as written" if same else "differ when read back", good=same),
    ]

"""What a user waits for: import, help, first and second run, and compilation against the number of modes."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from validation.benchmarks import Figure

_RING = """
import time, sys
start = time.perf_counter()
from validation.benchmarks.speed import prepare, ring
from phasespace_qb.phase_space import ensemble
from phasespace_qb.phase_space.integrators import Heun
from phasespace_qb.phase_space.noise import Address
program, accumulators, _ = prepare(ring(int(sys.argv[1])), Heun(), until=1.0, step=0.02, saves=2)
ensemble.run(program, accumulators, 128, Address(1))
print(time.perf_counter() - start)
"""
_IMPORT = """
import time
start = time.perf_counter()
import phasespace_qb
print(time.perf_counter() - start)
"""


def _python(*arguments: str, cache: str) -> tuple[float, str]:
    """Wall time of a Python process, and what it printed."""
    environment = os.environ | {"PHASESPACE_QB_CACHE": cache}
    start = time.perf_counter()
    done = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, check=True)
    return time.perf_counter() - start, done.stdout


def startup() -> list[Figure]:
    """Import, help, and the main job with an empty and with a filled kernel cache; wall time."""
    group = "start-up, wall time"
    with tempfile.TemporaryDirectory() as cache:
        _python("-c", _IMPORT, cache=cache)
        inside = min(float(_python("-c", _IMPORT, cache=cache)[1]) for _ in range(5))
        loaded = _python(
            "-c",
            "import sys, phasespace_qb; print([m for m in ('xarray','numba','matplotlib') if m in sys.modules])",
            cache=cache,
        )[1].strip()
        helping = min(_python("-m", "phasespace_qb", "--help", cache=cache)[0] for _ in range(5))
        out = str(Path(cache) / "charge.nc")
        charge = ("-m", "phasespace_qb", "charge", "--seed=1", f"--out={out}")
        cold = _python(*charge, cache=cache)[0]
        warm = min(_python(*charge, cache=cache)[0] for _ in range(2))
    return [
        Figure(group, f"import phasespace_qb (heavy packages loaded: {loaded})", inside, "s"),
        Figure(group, "phasespace-qb --help", helping, "s"),
        Figure(group, "charge, 100,000 trajectories, empty kernel cache", cold, "s"),
        Figure(group, "charge, 100,000 trajectories, second run", warm, "s", ratio=f"{cold / warm:.2f} x faster"),
    ]


def compile_times() -> list[Figure]:
    """First call and call with a filled cache for rings of oscillators; wall time inside the process."""
    group = "first call for a ring (imports, derivation, compilation, 128 trajectories), wall time"
    figures = []
    for size in (1, 4, 8):
        with tempfile.TemporaryDirectory() as cache:
            first = float(_python("-c", _RING, str(size), cache=cache)[1])
            cached = min(float(_python("-c", _RING, str(size), cache=cache)[1]) for _ in range(2))
        figures.append(Figure(group, f"{size} oscillators, first", first, "s"))
        figures.append(
            Figure(group, f"{size} oscillators, cached", cached, "s", ratio=f"{first / cached:.1f} x faster")
        )
    return figures

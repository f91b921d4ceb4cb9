"""Peak memory against the number of trajectories."""

import subprocess
import sys

from validation.benchmarks import Figure

_RUN = """
import re, sys
import numpy as np, phasespace_qb as qb
qb.simulate(qb.DopoBattery(), np.linspace(0, 20, 101), qb.PositiveP(int(sys.argv[1]), rng=1))
# Not ru_maxrss: a child process inherits that peak from its parent.
print(int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read()).group(1)) / 1024)
"""


def peak_memory() -> list[Figure]:
    """Peak resident memory of `simulate` in a process of its own."""
    group = "peak memory of simulate, t = 20, 101 times"
    figures: list[Figure] = []
    subprocess.run([sys.executable, "-c", _RUN, "1000"], capture_output=True, check=True)  # compiles, once
    for count in (10_000, 100_000, 400_000):
        done = subprocess.run([sys.executable, "-c", _RUN, str(count)], capture_output=True, text=True, check=True)
        value = float(done.stdout)
        first = figures[0].value if figures else value
        figures.append(Figure(group, f"{count:,} trajectories", value, "MiB", ratio=f"{value / first:.3f}"))
    return figures

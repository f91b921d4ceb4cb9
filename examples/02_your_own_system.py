"""Simulate a system of your own: a driven Kerr cavity, declared at operator level.

The same declaration gives positive-P equations (two complex variables, exact while their distribution has thin tails)
and truncated-Wigner equations (one variable, approximate, never diverge).  The mean photon number has a closed form
(Drummond and Walls 1980) to compare with; for these parameters it is 8.11725 in the steady state.

    python examples/02_your_own_system.py [trajectories]
"""

import json
import sys

import numpy as np

import phasespace_qb as qb

trajectories = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000

delta, kerr, drive, gamma = 0.0, 0.02, 1.5, 1.0
(a,) = qb.modes("a")
cavity = qb.OpenSystem(
    -delta * a.dag * a + 0.5 * kerr * a.dag**2 * a**2 + drive * (a.dag + a),
    loss={a: gamma},
)
times = np.linspace(0, 20, 81)
for method in (qb.PositiveP(trajectories, rng=2), qb.TruncatedWigner(trajectories, rng=2)):
    run = qb.simulate(cavity, times, method)
    last = run.isel(time=-1)
    print(f"{method.name}: n = {float(last.energy):.3f} ± {float(last.energy_stderr):.3f}, verdict {run.verdict}")
    for reason in json.loads(run.verdict_reasons):
        print("   ", reason)

"""A ring of parametric oscillators, each injecting into its neighbour: the smallest Ising machine.

Every oscillator is the battery of the paper.  Mutual injection is a shared loss, D[s_k − s_(k+1)] at the rate J: equal
phases of neighbours cost nothing, opposite ones do, so all settle on one of two common phases and store together what
each would store alone.  A single kernel serves every size: it is compiled for the shape of one oscillator.

    python examples/04_ring_of_oscillators.py [trajectories] [oscillators]
"""

import sys

import numpy as np

import phasespace_qb as qb

trajectories = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
size = int(sys.argv[2]) if len(sys.argv) > 2 else 8
kappa, gamma_p, drive, injection = 0.5, 16.0, 2.6, 0.2

signals = qb.modes(*[f"s{k}" for k in range(size)])
pumps = qb.modes(*[f"p{k}" for k in range(size)])
H = 0 * signals[0]
for k in range(size):
    s, p = signals[k], pumps[k]
    half = 0.5j * kappa * s.dag**2 * p + 1j * np.sqrt(gamma_p) * drive * p.dag
    H = H + half + half.dag
injected = {signals[k] - signals[(k + 1) % size]: injection for k in range(size)}
ring = qb.OpenSystem(H, loss=dict.fromkeys(signals, 1.0) | dict.fromkeys(pumps, gamma_p) | injected)

run = qb.simulate(ring, np.linspace(0, 20, 21), qb.PositiveP(trajectories, rng=4))
alone = qb.simulate(qb.DopoBattery(pump=drive), np.linspace(0, 20, 21), qb.PositiveP(trajectories, rng=4))

print("   t   n per oscillator       alone")
for t in (5.0, 10.0, 15.0, 20.0):
    number = run.photon_number.sel(time=t).values[:size]
    print(f"{t:4.0f}   {number.mean():10.3f} ± {number.std() / size**0.5:.3f}  {float(alone.energy.sel(time=t)):10.3f}")
print("verdict:", run.verdict, run.verdict_reasons)

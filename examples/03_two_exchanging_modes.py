"""Two modes that exchange photons: one is charged by a pulse train, the other fills through it.

H = J (a†b + b†a) + iF(t)(a† − a).  All is linear, so the state stays coherent: the energy of each mode is pure
ergotropy, and it swings between them at the rate 2J while both leak.  The storage mode is b.

    python examples/03_two_exchanging_modes.py [trajectories]
"""

import sys

import numpy as np

import phasespace_qb as qb

trajectories = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000

a, b = qb.modes("charger", "store")
pulses = qb.PulseTrain(3.0, width=0.5, period=3.0, count=3)
system = qb.OpenSystem(
    1.0 * (a.dag * b + b.dag * a) + 1j * pulses * (a.dag - a),
    loss={a: 0.5, b: 0.1},
    storage=b,
)
times = np.linspace(0, 12, 49)
run = qb.simulate(system, times, qb.TruncatedWigner(trajectories, rng=3))
theory = qb.simulate(system, times, qb.LinearNoise())

print("   t   n(charger)   n(store)     theory    W(store)")
for t in (0.5, 1.5, 3.0, 6.0, 9.0, 12.0):
    now, exact = run.sel(time=t), theory.sel(time=t)
    charger, store = now.photon_number.values
    print(f"{t:4.1f}   {charger:9.3f}   {store:9.3f}  {float(exact.energy):9.3f}   {float(now.ergotropy):9.3f}")
print("verdict:", run.verdict)

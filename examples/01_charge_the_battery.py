"""Charge the paper's battery and switch its pump off.

Above threshold the signal mode leaves vacuum by parametric amplification: at first it is squeezed vacuum, whose work
is all coherent, then two branches of opposite phase form and the incoherent part grows.  When the pump is switched
off, the energy leaks out at the rate γ_s.

    python examples/01_charge_the_battery.py [trajectories]
"""

import sys

import numpy as np

import phasespace_qb as qb

trajectories = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000

battery = qb.DopoBattery(pump=qb.SwitchedOff(3.0, at=30.0))
times = np.linspace(0, 40, 161)  # in units of 1/gamma_s
run = qb.simulate(battery, times, qb.PositiveP(trajectories, rng=1))

for t in (2.0, 10.0, 30.0, 32.0, 36.0):
    at = run.sel(time=t)
    print(
        f"t = {t:4.1f}   W = {float(at.ergotropy):7.3f} ± {float(at.ergotropy_stderr):.3f}"
        f"   coherent {float(at.ergotropy_coherent):6.3f}   incoherent {float(at.ergotropy_incoherent):6.3f}"
    )
print("verdict:", run.verdict, run.verdict_reasons)

figure, _ = qb.plot.charging(run)
figure.savefig("switched_off.png", dpi=200)

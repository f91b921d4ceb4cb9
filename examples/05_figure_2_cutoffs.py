"""Figure 2 of the paper: how many number states the battery needs.

The master equation is solved below cutoffs N_s of the signal and N_p of the pump mode.  At F_p = 3, which is
1.5 times threshold, the number distribution of the signal reaches beyond n = 32, so every cutoff of the paper takes
work away from the battery.  Positive-P trajectories know no cutoff: they show where the curves converge to.

    python examples/05_figure_2_cutoffs.py [quick]
"""

import sys

import matplotlib.pyplot as plt
import numpy as np

import phasespace_qb as qb

quick = "quick" in sys.argv
pump = 3.0
signal_cutoffs, pump_cutoffs = ((24, 32), (7, 9)) if quick else ((24, 28, 32, 36), (3, 5, 7, 9))
until, trajectories = (2.0, 25_000) if quick else (40.0, 100_000)
times = np.linspace(0, until, 10 * int(until) + 1)  # in units of 1/gamma_s
colours, dashes = ("#0072B2", "#D55E00", "#E69F00", "#CC79A7"), (":", "--", "-.", "-")

battery = qb.DopoBattery(pump=pump)
runs = {}
free = qb.simulate(battery, times, qb.PositiveP(trajectories, rng=1))
plt.rcParams |= {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False}
figure, panels = plt.subplots(1, 2, figsize=(7.0, 2.9), sharey=True, layout="constrained")
print(f"W at gamma_s t = {until:g}, F_p = {pump:g}:")
for panel, cutoffs, varied in (
    (panels[0], [(n, 9) for n in signal_cutoffs], "s"),
    (panels[1], [(32, n) for n in pump_cutoffs], "p"),
):
    for cutoff, colour, dash in zip(cutoffs, colours, dashes, strict=False):
        if cutoff not in runs:
            runs[cutoff] = qb.simulate(battery, times, qb.Lindblad(cutoff))
        run = runs[cutoff]
        panel.plot(times, run.ergotropy, dash, color=colour, lw=1.4, label=f"{cutoff[varied == 'p']}")
        last = run.isel(time=-1)
        print(f"  cutoffs {cutoff!s:8}  {float(last.ergotropy):7.3f}   {run.verdict}", flush=True)
    error = 2 * free.ergotropy_stderr + free.ergotropy_estimator_error
    panel.fill_between(times, free.ergotropy - error, free.ergotropy + error, color="k", alpha=0.3, lw=0)
    panel.plot(times, free.ergotropy, color="k", lw=0.8, label="none")
    fixed = "N_p = 9" if varied == "s" else "N_s = 32"
    panel.legend(title=f"cutoff $N_{varied}$ (${fixed}$)", fontsize=8, title_fontsize=8, loc="upper left", ncols=3)
    panel.set_xlabel(r"time $\gamma_s t$")
    panel.margins(x=0.01)
panels[0].set_ylabel(r"ergotropy $W$ / $\hbar\omega_s$")
panels[0].set_ylim(0, 1.45 * float(free.ergotropy.max()))
for panel, letter in zip(panels, "ab", strict=True):
    panel.set_title(f"({letter})", loc="left", fontsize=9)
last = free.isel(time=-1)
print(f"  no cutoff         {float(last.ergotropy):7.3f} ± {float(last.ergotropy_stderr):.3f}   {free.verdict}")
print("paper (time 40): approaches 14 at N_s = 32 and 14.5 at N_s = 36")
figure.savefig("figure_2.png", dpi=200)

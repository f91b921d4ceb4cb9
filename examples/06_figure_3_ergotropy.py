"""Figure 3 of the paper: ergotropy over time for several pumps, and how its steady value grows with F_p.

Below threshold (F_th = 2) the work is that of squeezed vacuum; above, that of two bright branches.  The paper fits
ln W_ss by a line in F_p.  Its numbers follow from six pumps, F_p = 0.5 … 3, and 33 x 10 number states, the cutoffs 32
and 9 being the highest ones.  The curve is not a line: it is steepest near threshold and bends over beyond it, which
the trajectories, which have no cutoff, show as well.

    python examples/06_figure_3_ergotropy.py [quick]
"""

import sys

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import linregress

import phasespace_qb as qb

quick = "quick" in sys.argv
pumps = (0.5, 1.0, 1.5) if quick else (0.5, 1.0, 1.5, 2.0, 2.5, 3.0)
cutoffs, until, trajectories = ((16, 5), 6.0, 25_000) if quick else ((33, 10), 40.0, 100_000)
times = np.linspace(0, until, 5 * int(until) + 1)  # in units of 1/gamma_s
colours = ("#000000", "#E69F00", "#CC79A7", "#009E73", "#0072B2", "#D55E00")
dashes = ((0, (1, 3)), ":", "--", (0, (6, 2)), "-.", "-")

plt.rcParams |= {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False}
figure, (left, right) = plt.subplots(1, 2, figsize=(7.0, 3.0), layout="constrained")
steady, sampled, errors = [], [], []
print(" F_p   exact below cutoffs   positive-P, none")
for pump, colour, dash in zip(pumps, colours, dashes, strict=False):
    battery = qb.DopoBattery(pump=pump)
    exact = qb.simulate(battery, times, qb.Lindblad(cutoffs))
    run = qb.simulate(battery, times, qb.PositiveP(trajectories, rng=1))
    error = 2 * run.ergotropy_stderr + run.ergotropy_estimator_error
    left.fill_between(times, run.ergotropy - error, run.ergotropy + error, color=colour, alpha=0.3, lw=0)
    left.plot(times, exact.ergotropy, ls=dash, color=colour, lw=1.4, label=f"{pump:.1f}")
    steady.append(float(exact.ergotropy[-1]))
    sampled.append(float(run.ergotropy[-1]))
    errors.append(float(error[-1]))
    print(f"{pump:4.1f}   {steady[-1]:10.4f}            {sampled[-1]:8.4f} ± {errors[-1] / 2:.4f}", flush=True)
left.set_xlabel(r"time $\gamma_s t$")
left.set_ylabel(r"ergotropy $W$ / $\hbar\omega_s$")
left.legend(title=r"$F_p/\sqrt{\gamma_s}$", fontsize=8, title_fontsize=8, loc="upper left", ncols=2)
left.set_ylim(0, 1.55 * max(steady))
left.margins(x=0.01)

x = np.linspace(min(pumps), max(pumps), 2)
rows = ((steady, "s", "#0072B2", f"exact, {cutoffs}"), (sampled, "o", "k", "positive-P"))
for values, marker, colour, name in rows:
    fit = linregress(pumps, np.log(values))
    bars = None if values is steady else np.divide(errors, values)
    right.errorbar(pumps, np.log(values), bars, fmt=marker, ms=4, mfc="none", color=colour, capsize=2, label=name)
    right.plot(x, fit.intercept + fit.slope * x, "-" if values is steady else "--", color=colour, lw=1)
    terms = f"({fit.intercept:.3f} ± {fit.intercept_stderr:.3f}) + ({fit.slope:.3f} ± {fit.stderr:.3f}) F_p"
    print(f"{name:16} ln W_ss = {terms},  r = {fit.rvalue:.4f}")
print("paper            ln W_ss = -5.330 + 2.742 F_p,  r = 0.9974")
right.set_xlabel(r"pump $F_p/\sqrt{\gamma_s}$")
right.set_ylabel(r"$\ln\,(W_\mathrm{ss}/\hbar\omega_s)$")
right.legend(fontsize=8, loc="upper left")
for panel, letter in ((left, "a"), (right, "b")):
    panel.set_title(f"({letter})", loc="left", fontsize=9)
figure.savefig("figure_3.png", dpi=200)

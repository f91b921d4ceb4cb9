"""Figure 7 of the paper: the coherent part of the ergotropy, and whether it saturates.

The paper fits the steady W^c by a logistic function of F_p, Eq. (18), and concludes that it approaches 8.  Its three
parameters follow to four digits from F_p = 2, 2.1, … 3, W^c read at γ_s t = 40, and 33 x 10 number states.  But the
plateau is where the cutoffs bite: without them, W^c keeps growing with the amplitude of the branches.

    python examples/10_figure_7_coherent.py [quick]
"""

import sys

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import curve_fit

import phasespace_qb as qb

quick = "quick" in sys.argv
shown = (2.2, 2.6) if quick else (2.2, 2.4, 2.6, 2.8, 3.0)
pumps = (
    (1.0, 1.4, 1.6, 1.8, 2.0, 2.2, 2.6) if quick else (2.0, 2.1, 2.2, 2.3, 2.4, 2.5, 2.6, 2.7, 2.8, 2.9, 3.0, 3.25, 3.5)
)
cutoffs, until, trajectories = ((16, 6), 5.0, 25_000) if quick else ((33, 10), 40.0, 25_000)
times = np.linspace(0, until, 4 * int(until) + 1)  # in units of 1/gamma_s
colours, dashes = ("#D55E00", "#E69F00", "#CC79A7", "#009E73", "#0072B2"), (":", "--", (0, (6, 2)), "-.", "-")


def logistic(pump, height, steepness, middle):
    """Eq. (18)."""
    return height / (1 + np.exp(-steepness * (pump - middle)))


plt.rcParams |= {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False}
figure, (left, middle, right) = plt.subplots(1, 3, figsize=(7.2, 2.8), layout="constrained")
steady = {"exact": ([], []), "positive-P": ([], [])}  # pumps, W^c
errors = []
print(" F_p   W^c exact below cutoffs   positive-P, none")
for index, pump in enumerate(pumps):
    battery = qb.DopoBattery(pump=pump)
    exact = qb.simulate(battery, times, qb.Lindblad(cutoffs, tolerance=1e-4))
    steady["exact"][0].append(pump)
    steady["exact"][1].append(float(exact.ergotropy_coherent[-1]))
    print(f"{pump:4.1f}   {steady['exact'][1][-1]:8.3f}", end="", flush=True)
    if index % 2 and index < len(pumps) - 1:
        print()
        continue
    run = qb.simulate(battery, times, qb.PositiveP(trajectories, rng=1))
    error = 2 * run.ergotropy_coherent_stderr + run.ergotropy_coherent_estimator_error
    steady["positive-P"][0].append(pump)
    steady["positive-P"][1].append(float(run.ergotropy_coherent[-1]))
    errors.append(float(error[-1]))
    print(f"                {steady['positive-P'][1][-1]:8.3f} ± {errors[-1]:.3f}", flush=True)
    if pump in shown:
        colour, dash = colours[shown.index(pump)], dashes[shown.index(pump)]
        value = run.ergotropy_coherent
        left.fill_between(times, value - error, value + error, color=colour, alpha=0.3, lw=0)
        left.plot(times, exact.ergotropy_coherent, ls=dash, color=colour, lw=1.4, label=f"{pump:.1f}")
left.set_xlabel(r"time $\gamma_s t$")
left.set_ylabel(r"coherent part $W^c$ / $\hbar\omega_s$")
left.set_ylim(0, 1.5 * max(steady["positive-P"][1]) if quick else 15)
left.legend(title=r"$F_p/\sqrt{\gamma_s}$", fontsize=8, title_fontsize=8, loc="upper left", ncols=2)

x = np.linspace(min(pumps), max(pumps), 200)
for (name, (at, values)), marker, colour, line in zip(
    steady.items(), "so", ("#0072B2", "#D55E00"), ("-", "--"), strict=True
):
    label = f"exact, ${cutoffs[0]} \\times {cutoffs[1]}$" if name == "exact" else name
    bars = errors if name == "positive-P" else None
    middle.errorbar(at, values, bars, fmt=marker, ms=3.5, mfc="none", color=colour, capsize=2, lw=1, label=label)
    right.plot(at, np.gradient(values, at), line, marker=marker, ms=3.5, mfc="none", color=colour, lw=1)
    fitted = np.array(at) < 3.05  # the range that gives the numbers of Eq. (18)
    found, covariance = curve_fit(
        logistic, np.array(at)[fitted], np.array(values)[fitted], (max(values), 5.0, 2.3), maxfev=5000
    )
    error = np.sqrt(np.diag(covariance))
    middle.plot(x, logistic(x, *found), line, color=colour, lw=1)
    terms = [f"{value:.4f} ± {bar:.4f}" for value, bar in zip(found, error, strict=True)]
    steepest = at[int(np.gradient(values, at).argmax())]
    print(f"{name:11} height {terms[0]}, steepness {terms[1]}, middle {terms[2]}; steepest at F_p = {steepest:g}")
print("paper       height 8.2016, steepness 5.4097, middle 2.3605; steepest at 2.4")
middle.set_ylabel(r"steady $W^c_\mathrm{ss}$ / $\hbar\omega_s$")
middle.legend(fontsize=8, loc="lower right")
middle.set_ylim(bottom=0)
right.set_ylabel(r"$dW^c_\mathrm{ss}/dF_p$ / $\hbar\omega_s\gamma_s^{-1/2}$")
right.axhline(0, color="0.7", lw=0.8)
for panel in (middle, right):
    panel.set_xlabel(r"pump $F_p/\sqrt{\gamma_s}$")
for panel, letter in ((left, "a"), (middle, "b"), (right, "c")):
    panel.set_title(f"({letter})", loc="left", fontsize=9)
figure.savefig("figure_7.png", dpi=200)

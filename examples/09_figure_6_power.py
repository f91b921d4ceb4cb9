"""Figure 6 of the paper: the average charging power P = W/t, and how its maximum grows with the pump.

The stronger the pump, the sooner the amplified vacuum fluctuations reach saturation, but they must also grow further:
above F_p = 2.7 the time of the largest power stays near γ_s t = 10.  ln P_max is close to a line in F_p.

    python examples/09_figure_6_power.py [quick]
"""

import sys

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import linregress

import phasespace_qb as qb

quick = "quick" in sys.argv
pumps = (1.0, 1.4, 1.8) if quick else (2.2, 2.4, 2.6, 2.8, 3.0)
cutoffs, until, trajectories = ((16, 5), 5.0, 25_000) if quick else ((32, 9), 40.0, 100_000)
times = np.linspace(0, until, 10 * int(until) + 1)  # in units of 1/gamma_s
colours, dashes = ("#D55E00", "#E69F00", "#CC79A7", "#009E73", "#0072B2"), (":", "--", (0, (6, 2)), "-.", "-")

plt.rcParams |= {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False}
figure, (left, right) = plt.subplots(1, 2, figsize=(7.0, 3.0), layout="constrained")
steps = {"exact": ([], []), "positive-P": ([], [])}  # P_max and its error
print(" F_p    P_max exact at t       P_max positive-P at t")
for pump, colour, dash in zip(pumps, colours, dashes, strict=False):
    battery = qb.DopoBattery(pump=pump)
    exact = qb.simulate(battery, times, qb.Lindblad(cutoffs))
    run = qb.simulate(battery, times, qb.PositiveP(trajectories, rng=1))
    error = 2 * run.charging_power_stderr + run.charging_power_estimator_error
    left.fill_between(times, run.charging_power - error, run.charging_power + error, color=colour, alpha=0.3, lw=0)
    left.plot(times, exact.charging_power, ls=dash, color=colour, lw=1.4, label=f"{pump:.1f}")
    left.plot(float(exact.maximum_power_time), float(exact.maximum_power), "o", ms=4, mfc="w", color=colour)
    for name, found in (("exact", exact), ("positive-P", run)):
        steps[name][0].append(float(found.maximum_power))
    top = int(run.charging_power.values.argmax())
    steps["positive-P"][1].append(float(error[top]))
    print(
        f"{pump:4.1f}   {float(exact.maximum_power):.4f} at {float(exact.maximum_power_time):5.2f}     "
        f"{float(run.maximum_power):.4f} ± {float(run.charging_power_stderr[top]):.4f} at "
        f"{float(run.maximum_power_time):5.2f}",
        flush=True,
    )
left.set_xlabel(r"time $\gamma_s t$")
left.set_ylabel(r"average power $P$ / $\hbar\omega_s\gamma_s$")
left.set_ylim(0, 1.35 * max(steps["positive-P"][0]))
left.legend(title=r"$F_p/\sqrt{\gamma_s}$", fontsize=8, title_fontsize=8, loc="upper right", ncols=3)
left.margins(x=0.01)

x = np.linspace(min(pumps), max(pumps), 2)
for (name, (height, error)), marker, colour, line in zip(
    steps.items(), "so", ("#0072B2", "k"), ("-", "--"), strict=True
):
    fit = linregress(pumps, np.log(height))
    bars = np.divide(error, height) if error else None
    right.errorbar(pumps, np.log(height), bars, fmt=marker, ms=4, mfc="none", color=colour, capsize=2)
    label = f"exact, ${cutoffs[0]} \\times {cutoffs[1]}$" if name == "exact" else name
    right.plot(x, fit.intercept + fit.slope * x, line, color=colour, lw=1, marker=marker, mfc="none", ms=0, label=label)
    print(
        f"{name:11} ln P_max = ({fit.slope:.3f} ± {fit.stderr:.3f}) F_p + "
        f"({fit.intercept:.3f} ± {fit.intercept_stderr:.3f}),  r = {fit.rvalue:.4f}"
    )
print("paper       ln P_max = 2.049 F_p - 6.222,  r = 0.9995")
right.set_xlabel(r"pump $F_p/\sqrt{\gamma_s}$")
right.set_ylabel(r"$\ln\,(P_\mathrm{max}/\hbar\omega_s\gamma_s)$")
right.legend(fontsize=8, loc="upper left")
for panel, letter in ((left, "a"), (right, "b")):
    panel.set_title(f"({letter})", loc="left", fontsize=9)
figure.savefig("figure_6.png", dpi=200)

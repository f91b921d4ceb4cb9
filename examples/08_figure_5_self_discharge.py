"""Figure 5 of the paper: what is left of the work after the pump has been switched off.

The paper fits exponentials to both parts and finds W^i to decay twice as fast.  Neither decay is one: with the loss,
the number distribution slides down to n = 0, and the moment it only falls, W^i is exactly zero, a little more than two
lifetimes after the switch.  ln W^i diverges there, and the slope of a line through it depends on where the fit ends.
W^c starts as the coherence of two branches, and ends as that of weakly squeezed vacuum, which decays at 2 γ_s.

    python examples/08_figure_5_self_discharge.py [quick]
"""

import sys

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import linregress

import phasespace_qb as qb

quick = "quick" in sys.argv
pump, off = (2.5, 3.0) if quick else (3.0, 40.0)
cutoffs, enough = ((16, 6), (18, 6)) if quick else ((32, 9), (48, 11))
first, last_coherent, last_incoherent = 0.05, 2.55, 2.25  # fits, counted from the switch; the paper does not say
smallest = 1e-3  # of what is fitted
parts = {
    "ergotropy": ("$W$", "#CC79A7", "-"),
    "ergotropy_coherent": ("$W^c$", "#D55E00", ":"),
    "ergotropy_incoherent": ("$W^i$", "#0072B2", "--"),
}

times = np.concatenate([np.linspace(0, off, 81)[:-1], off + np.linspace(0, 6, 121)])  # in units of 1/gamma_s
battery = qb.DopoBattery(pump=pump).switched_off(off)
plt.rcParams |= {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False}
figure, (left, right) = plt.subplots(1, 2, figsize=(7.0, 3.0), layout="constrained")
for cutoff, lw in ((cutoffs, 1.5), (enough, 0.7)):
    run = qb.simulate(battery, times, qb.Lindblad(cutoff))
    print(f"cutoffs {cutoff}, verdict {run.verdict}")
    for name, (symbol, colour, line) in parts.items():
        panel_label = symbol if cutoff == cutoffs else None
        left.plot(times, run[name], line, color=colour, lw=lw, label=panel_label)
        if name == "ergotropy":
            continue
        end = off + (last_coherent if name == "ergotropy_coherent" else last_incoherent)
        values = run[name].values
        fitted = (times >= off + first - 1e-9) & (times <= end + 1e-9) & (values > smallest)
        shown = (times >= off) & (values > 1e-4)
        if fitted.sum() > 2:
            fit = linregress(times[fitted], np.log(values[fitted]))
            marker, fill = ("o" if name == "ergotropy_coherent" else "s"), "none"
            if cutoff == cutoffs:
                right.plot(times[shown][::3], np.log(values[shown][::3]), marker, ms=3.5, mfc=fill, color=colour)
                x = np.array([off, end])
                right.plot(
                    x,
                    fit.intercept + fit.slope * x,
                    "--",
                    color=colour,
                    lw=1.2,
                    label=f"{symbol}, slope {fit.slope:.3f}",
                )
            else:
                right.plot(times[shown], np.log(values[shown]), "-", color=colour, lw=0.7)
            print(
                f"  {symbol.strip('$')} from {off + first:g} to {times[fitted][-1]:.2f}:  ln W = "
                f"({fit.slope:.3f} ± {fit.stderr:.3f}) γ_s t + ({fit.intercept:.2f} ± {fit.intercept_stderr:.2f}),  "
                f"|r| = {abs(fit.rvalue):.4f}"
            )
    late = (times >= off + 4) & (times <= off + 5.5)
    rate = linregress(times[late], np.log(run.ergotropy_coherent.values[late])).slope
    gone = times[(times >= off) & (run.ergotropy_incoherent.values < 1e-9)]
    print(f"  W^c decays at {-rate:.3f} γ_s from {off + 4:g} on; W^i is zero from {gone[0]:.2f} on")
print("paper (40 on):  ln W^c = -1.127 γ_s t + 47.17, |r| = 0.9996;  ln W^i = -2.082 γ_s t + 85.48, |r| = 0.9881")
left.set_xlim(off - min(4, off), off + 6)
left.axvline(off, color="0.7", lw=0.8)
left.set_ylabel(r"work / $\hbar\omega_s$")
left.plot([], [], "k-", lw=1.5, label=f"cutoffs {cutoffs[0]}, {cutoffs[1]}")
left.plot([], [], "k-", lw=0.7, label=f"cutoffs {enough[0]}, {enough[1]}")
left.legend(fontsize=8, loc="upper right")
left.set_ylim(bottom=0)
right.set_ylabel(r"$\ln\,(\mathrm{work}/\hbar\omega_s)$")
right.legend(fontsize=8, loc="upper right")
for panel, letter in ((left, "a"), (right, "b")):
    panel.set_xlabel(r"time $\gamma_s t$")
    panel.set_title(f"({letter})", loc="left", fontsize=9)
figure.savefig("figure_5.png", dpi=200)

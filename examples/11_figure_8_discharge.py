"""Figure 8 of the paper: the charged battery gives its work to a two-level load.

The pump is switched off at γ_s t_0 = 10 and the load is coupled with strength g_a; both lose energy at γ_s.  The state
has a definite parity, so the load never becomes coherent: all it can gain is a population inversion, and the best it
can do is the first maximum.  It grows with g_a, slower and slower, to a limit set by the photon number distribution.

    python examples/11_figure_8_discharge.py [quick]
"""

import sys

import matplotlib.pyplot as plt
import numpy as np

import phasespace_qb as qb

quick = "quick" in sys.argv
pump, charged = (2.0 if quick else 3.0), 10.0  # the paper does not state F_p here
cutoffs, enough = ((24, 8), (26, 8)) if quick else ((32, 9), (52, 12))
couplings = (3.0, 10.0) if quick else (3.0, 6.5, 10.0, 13.5, 17.0)
times = np.linspace(0, 0.5, 101 if quick else 801)  # since t_0, in units of 1/gamma_s
colours = ("#D55E00", "#E69F00", "#009E73", "#0072B2", "#CC79A7")
dashes = ("-", "-.", (0, (6, 2)), "--", ":")

battery = qb.DopoBattery(pump=pump)
plt.rcParams |= {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False}
figure, (left, right) = plt.subplots(1, 2, figsize=(7.0, 3.0), layout="constrained")
print("largest ergotropy of the load, in its own quanta")
for cutoff in (cutoffs, enough):
    charging = qb.simulate(battery, [charged / 2, charged], qb.Lindblad(cutoff))
    print(f"cutoffs {cutoff}: battery holds W = {float(charging.ergotropy[-1]):.3f}   [{charging.verdict}]", flush=True)
    for coupling, colour, dash in zip(couplings, colours, dashes, strict=False):
        run = qb.discharge(charging, times, coupling=coupling, at=charged)
        top = int(run.load_ergotropy.values.argmax())
        print(f"  g_a = {coupling:4.1f}   {float(run.load_ergotropy[top]):.4f} at {times[top]:.4f}", flush=True)
        if cutoff == cutoffs:
            left.plot(times, run.ergotropy, ls=dash, color=colour, lw=1.4, label=f"{coupling:g}")
            right.plot(times, run.load_ergotropy, ls=dash, color=colour, lw=1.4)
            right.plot(times[top], float(run.load_ergotropy[top]), "o", ms=4, mfc="w", color=colour, zorder=5)
        else:
            left.plot(times[::32], run.ergotropy[::32], ".", ms=3, color=colour)
            right.plot(times[top], float(run.load_ergotropy[top]), "x", ms=5, color=colour, zorder=5)
print("paper: saturates at about 0.43 for g_a of 10 and more")
left.plot([], [], "k.", ms=3, label=f"{enough[0]}, {enough[1]}")
right.plot([], [], "ko", ms=4, mfc="w", label=f"first maximum, cutoffs {cutoffs[0]}, {cutoffs[1]}")
right.plot([], [], "kx", ms=5, label=f"the same, cutoffs {enough[0]}, {enough[1]}")
right.axhline(0.43, color="0.6", lw=0.8, zorder=0, label="0.43 (paper)")
left.legend(title=r"$g_a/\gamma_s$", fontsize=8, title_fontsize=8, ncols=2, loc="upper right")
right.legend(fontsize=8, loc="upper right")
left.set_ylabel(r"battery $W_s$ / $\hbar\omega_s$")
right.set_ylabel(r"load $W_a$ / $\hbar\omega_a$")
right.set_ylim(0, 0.65)
right.set_xlim(0, 0.25)
for panel, letter in ((left, "a"), (right, "b")):
    panel.set_xlabel(r"time since $t_0$, $\gamma_s(t - t_0)$")
    panel.set_title(f"({letter})", loc="left", fontsize=9)
    panel.margins(x=0.01)
figure.savefig("figure_8.png", dpi=200)

"""How large may a battery be?  From number states to half a million photons, with one declaration.

The paper's battery holds fifteen photons: its noise parameter g² = 2κ²/(γ_s γ_p) is 1/32, and photon numbers scale as
1/g².  A laboratory oscillator has 10⁵ or more, far beyond any number cutoff.  Here the same battery, 1.5 times above
threshold, is charged at smaller and smaller g².  Where the master equation can follow, it says the same as positive-P
trajectories; beyond, trajectories go on alone, at a cost that hardly depends on the number of photons.

Size changes three things.  (a) Charging starts from quantum noise, and a larger battery takes longer to grow out of it:
by ln(1/g²)/[γ_s(λ−1)].  (b) All but one quantum of the energy becomes work, however large it is.  The coherent part of
the work, though, is of the order of n̄ only while the battery charges.  Then the state breaks up into two branches of
opposite phase, and √n̄ is left in the steady state: the number distribution of such a mixture holds almost as much work
without any coherence.  At the fifteen photons of the paper, the two can hardly be told apart.  (c) What both cost.

    python examples/17_large_amplitude.py [trajectories]
"""

import sys
import time

import matplotlib.pyplot as plt
import numpy as np

import phasespace_qb as qb

trajectories = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
quick = trajectories < 5_000

ratio = 1.5  # F_p/F_th
noises = [1 / 8, 1 / 32, 1e-2] if quick else [1 / 8, 1 / 32, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6]
times = np.linspace(0, 60, 9 if quick else 31)  # in units of 1/gamma_s
cutoffs = {1 / 8: (28, 12), 1 / 16: (40, 14), 1 / 32: (52, 16)}  # what the master equation needs
if quick:
    cutoffs = {1 / 8: (28, 12)}
base = qb.DopoBattery().at(threshold_ratio=ratio)

method = qb.PositiveP(trajectories, step=0.0125, rng=1)
swept, seconds = None, []
for count in range(1, len(noises) + 1):  # a sweep that is extended computes only what is new
    begin = time.perf_counter()
    swept = qb.sweep(base, {"noise_parameter": noises[:count]}, times, method, extend=swept)
    seconds.append(time.perf_counter() - begin)

exact, cost = {}, {}
for noise, levels in cutoffs.items():
    begin = time.perf_counter()
    exact[noise] = qb.simulate(base.at(noise_parameter=noise), times, qb.Lindblad(levels, tolerance=1e-5))
    cost[noise] = time.perf_counter() - begin

plt.rcParams |= {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False}
figure, (left, middle, right) = plt.subplots(1, 3, figsize=(10.0, 3.4), layout="constrained")
colours = plt.get_cmap("viridis")(np.linspace(0, 0.9, len(noises)))
for noise, colour in zip(noises, colours, strict=True):
    run = qb.point(swept, noise_parameter=noise)
    power = np.log10(noise)
    name = rf"$10^{{{power:.0f}}}$" if abs(power - round(power)) < 1e-9 else f"1/{1 / noise:.0f}"
    left.plot(times, noise * run.ergotropy, "-", color=colour, label=name)
    error = noise * (2 * run.ergotropy_stderr + run.ergotropy_step_error + run.ergotropy_estimator_error)
    left.fill_between(
        times, noise * run.ergotropy - error, noise * run.ergotropy + error, color=colour, alpha=0.3, lw=0
    )
    if noise in exact:
        left.plot(times, noise * exact[noise].ergotropy, "k:", lw=1.6)
left.plot([], [], "k:", lw=1.6, label="master equation")
left.axhline(ratio - 1, color="0.6", lw=0.8)
left.set_xlabel(r"time $\gamma_s t$")
left.set_ylabel(r"scaled work $g^2 W$ / $\hbar\omega_s$")
left.legend(title="$g^2$", fontsize=7, title_fontsize=8, loc="lower right")

last = swept.isel(time=-1)
number = last.energy.values
for name, marker, colour, label in (
    ("passive_energy", "s", "#000000", "passive energy"),
    ("ergotropy_coherent", "o", "#D55E00", r"coherent work $W^c$"),
):
    middle.errorbar(number, last[name], 2 * last[f"{name}_stderr"], fmt=marker, color=colour, ms=4, label=label)
peak = swept.ergotropy_coherent.isel(time=slice(1, None)).max("time")
middle.plot(number, peak, "^", color="#D55E00", mfc="w", ms=5, label="its largest while charging")
middle.plot(number, number, "-", color="0.6", lw=0.8, label=r"$\bar n$")
limit = np.sqrt(8 / np.pi * (ratio - 0.5) / (ratio - 1)) * np.sqrt(number)  # of W^c for g → 0 above threshold
middle.plot(number, limit, "--", color="0.6", lw=0.8, label=r"limit of $W^c$, $\propto\sqrt{\bar n}$")
middle.set(xscale="log", yscale="log", xlabel=r"photon number $\bar n$", ylabel=r"energy / $\hbar\omega_s$")
middle.legend(fontsize=7)

right.plot(number[1:], seconds[1:], "o-", ms=4, color="#0072B2", label=f"positive-P, {trajectories:,} trajectories")
photons = [float(exact[noise].energy[-1]) for noise in cost]
right.plot(photons, list(cost.values()), "ks:", ms=4, label="master equation")
right.set(xscale="log", yscale="log", xlabel=r"photon number $\bar n$", ylabel="seconds for one charging curve")
right.set_ylim(min([*seconds[1:], *cost.values()]) / 5, max([*seconds, *cost.values()]) * 20)
right.legend(fontsize=7)
for panel, letter in zip((left, middle, right), "abc", strict=True):
    panel.set_title(f"({letter})", loc="left", fontsize=9)
figure.savefig("large_amplitude.png", dpi=200)

print("g²        n̄             W/n̄      W^c/√n̄   largest W^c/n̄   verdict")
for index, noise in enumerate(noises):
    point = last.isel(noise_parameter=index)
    n = float(point.energy)
    words = ("trust", "doubt", "reject")[int(point.verdict)]
    coherent, largest = float(point.ergotropy_coherent) / np.sqrt(n), float(peak[index]) / n
    values = f"{float(point.ergotropy) / n:.4f}   {coherent:.3f}     {largest:.3f}"
    print(f"{noise:<8.2g}  {n:<12.5g}  {values}           {words}")
for noise, reference in exact.items():
    if noise in noises:
        found = qb.agreement(qb.point(swept, noise_parameter=noise), reference)
        print(f"against the master equation at g² = {noise:.4g}: {found.attrs['verdict']}")

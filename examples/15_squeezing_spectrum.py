"""Squeezed light from a battery: the spectrum of what leaks out, below and above threshold.

Light that leaves the resonator carries the correlations of the signal mode.  A detector of the quadrature x_θ sees
S(ω) = 1 + 2γ_s S_N(ω), with S_N the Fourier transform of the normally and time-ordered correlation of x_θ inside, which
positive-P trajectories give without any ordering terms; 1 is the level of the vacuum.  Below threshold one quadrature
is stretched and the other squeezed, S_p = 1 − 4λ/[(1+λ)² + (2ω/γ_s)²], at ω = 0 perfectly so for λ → 1.  Above
threshold the field has a mean, and the squeezing of what fluctuates about it is less deep and wider.  There the battery
starts in one branch: from vacuum it is a mixture of both, whose mean is zero and whose slow switching would be a peak
at ω = 0.

Points are trajectories, with ± 2 standard errors; lines are linear theory, which is exact for so weak a coupling.

    python examples/15_squeezing_spectrum.py [trajectories]
"""

import sys

import matplotlib.pyplot as plt
import numpy as np

import phasespace_qb as qb
from phasespace_qb.linear.spectra import output_spectrum

trajectories = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000

noise, gamma_p = 1e-4, 16.0  # g² and γ_p/γ_s: some 5 000 quanta at twice the threshold
below, above = 0.5, 1.5  # F_p/F_th
settle, record = 20.0, 150.0  # in units of 1/gamma_s
lags = np.linspace(0, 20, 101)
omega = np.linspace(0, 6, 41)
angles = {0.0: (r"$S_x$", "#0072B2"), np.pi / 2: (r"$S_p$", "#D55E00")}
method = qb.PositiveP(trajectories, rng=15, integrator=qb.ExponentialHeun())

plt.rcParams |= {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False}
figure, panels = plt.subplots(1, 2, figsize=(7.0, 3.0), sharey=True, layout="constrained")
for panel, ratio, start in ((panels[0], below, "vacuum"), (panels[1], above, "branch")):
    battery = qb.DopoBattery(gamma_p=gamma_p).at(threshold_ratio=ratio, noise_parameter=noise)
    system = battery.system(start=start)
    corr = qb.correlations(system, lags, method, since=settle, until=settle + record)
    spectrum = qb.squeezing_spectrum(corr, omega, list(angles))
    amplitudes = battery.steady_amplitudes()[:2][-1]
    print(f"lambda = {ratio}, {trajectories:,} trajectories, verdict: {spectrum.verdict}")
    for angle, (name, colour) in angles.items():
        found = spectrum.sel(angle=angle)
        theory = output_spectrum(system, amplitudes, omega, "signal", angle)
        missed = found.output_spectrum.values / theory - 1
        error = np.hypot(2 * found.output_spectrum_stderr, found.output_spectrum_estimator_error).values
        fine = np.linspace(0, omega[-1], 400)
        panel.plot(fine, output_spectrum(system, amplitudes, fine, "signal", angle), "-", lw=1.2, color=colour)
        panel.errorbar(
            omega, found.output_spectrum, error, fmt="o", ms=2.8, mfc="w", mew=0.9, lw=0.9, color=colour, label=name
        )
        value, stderr = float(found.output_spectrum[0]), float(found.output_spectrum_stderr[0])
        print(
            f"    {name[1:-1]}(0) = {value:.4f} ± {stderr:.4f}, linear theory {theory[0]:.4f}; over the whole band "
            f"within {np.abs(missed).max():.2%}"
        )
    panel.axhline(1.0, color="0.45", lw=0.8, ls=(0, (6, 3)), zorder=0)
    panel.annotate("vacuum", (omega[-1], 1.0), (0, 3), textcoords="offset points", ha="right", va="bottom", color="0.4")
    panel.set_xlabel(r"frequency $\omega/\gamma_s$")
    panel.set_xlim(-0.1, omega[-1])
panels[0].set_title(rf"(a)  below threshold, $\lambda = {below}$", loc="left", fontsize=9)
panels[1].set_title(rf"(b)  above threshold, $\lambda = {above}$", loc="left", fontsize=9)
panels[0].set_yscale("log")
panels[0].set_yticks([0.1, 0.2, 0.5, 1, 2, 5, 10], minor=False)
panels[0].yaxis.set_major_formatter("{x:g}")
panels[0].yaxis.set_minor_formatter("")
panels[0].set_ylabel(r"output spectrum $S(\omega)$")
panels[0].legend(loc="upper right", title="lines: linear theory", title_fontsize=8)
figure.savefig("squeezing_spectrum.png", dpi=200)

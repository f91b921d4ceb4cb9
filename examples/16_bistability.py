"""Bistability: how long a battery stays in one of its two branches.

Above threshold the signal has two equally good phases, and quantum noise takes it from one to the other in a mean time
T.  The field then forgets its sign, Re ⟨a†(t)a(t+τ)⟩ ~ e^(−2τ/T), and −2/T is the slowest eigenvalue of the Liouvillian
among operators of odd parity.  T grows like exp(2Φ/g²): as 1/g² counts quanta, a few more of them make the memory of
the phase all but permanent.

Four ways to T: positive-P trajectories, which are exact; the Liouvillian itself at small photon numbers; the tunnelling
formula of the eliminated oscillator, whose exponent is right and whose prefactor is good where 1/g² is large; and
truncated Wigner.  Its noise is classical and goes over a barrier through which quantum noise tunnels: its times are too
short here by a fifth, far beyond its error bars, and rise too steeply, so that no larger photon number makes it right.

    python examples/16_bistability.py [trajectories]
"""

import logging
import sys

import matplotlib.pyplot as plt
import numpy as np

import phasespace_qb as qb

trajectories = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
quick = trajectories < 10_000

ratio = 1.5  # F_p/F_th
noises = (0.25, 0.4) if quick else (0.16, 0.2, 0.25, 0.32, 0.4)  # g²
cutoffs = (16, 8) if quick else (28, 10)  # number states of signal and pump
shown = 0.25
step = 0.01  # in units of 1/gamma_s: shorter than by default, for the rare large excursions of positive-P
methods = {
    "positive-P": (qb.PositiveP(trajectories, step=step, rng=16), "#0072B2", "o"),
    "truncated Wigner": (qb.TruncatedWigner(trajectories, step=step, rng=16), "#D55E00", "s"),
}
logging.getLogger("phasespace_qb").setLevel(logging.ERROR)  # truncated Wigner would warn of small photon numbers


def tunnelling(noise):
    """T of the eliminated oscillator for noise → 0, by its potential barrier."""
    sigma = 1 - noise / 2
    barrier = ratio - sigma - sigma * np.log(ratio / sigma)
    return 2 * np.pi * np.sqrt((ratio + sigma) / (ratio * (ratio - sigma) ** 2)) * np.exp(2 / noise * barrier)


def battery(noise):
    """The battery with noise parameter g²."""
    return qb.DopoBattery().at(threshold_ratio=ratio, noise_parameter=noise)


exact, sampled, pictures = [], {name: [] for name in methods}, {}
for noise in noises:
    state = qb.steady_state(battery(noise), qb.Lindblad(cutoffs))
    gap = -float(state.liouvillian_eigenvalue.sel(sector="antisymmetric").real.max())
    exact.append(2 / gap)
    lags = np.linspace(0, np.ceil(2 / gap), 61)
    line = f"g2 = {noise:.2f}   T exact {2 / gap:7.3f}   formula {tunnelling(noise):7.3f}"
    for name, (method, _, _) in methods.items():
        corr = qb.correlations(battery(noise), lags, method, since=12.0, until=12.0 + lags[-1])
        found = qb.switching_time(corr)
        time, error = float(found.switching_time), float(found.switching_time_stderr)
        sampled[name].append((time, 2 * error + float(found.switching_time_estimator_error)))
        line += f"   {name} {time:7.3f} ± {error:.3f} ({(time - 2 / gap) / error:+.1f} standard errors)"
        if noise == shown:
            pictures[name] = corr
    print(line, flush=True)

plt.rcParams |= {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False}
figure, (left, right) = plt.subplots(1, 2, figsize=(7.0, 3.0), layout="constrained")
inverse, fine = 1 / np.array(noises), np.linspace(min(noises), max(noises), 100)
left.plot(inverse, exact, "k-", lw=1.4, marker="_", ms=9, label="Liouvillian, exact")
left.plot(1 / fine, tunnelling(fine), color="0.55", ls="--", lw=1.2, label="tunnelling formula")
for name, (_, colour, marker) in methods.items():
    time, error = np.array(sampled[name]).T
    left.errorbar(
        inverse, time, error, fmt=marker, ms=4.5, mfc="w", color=colour, capsize=2, lw=1, label=name, zorder=5
    )
left.set_yscale("log")
left.set_yticks([20, 30, 50, 70])
left.yaxis.set_major_formatter("{x:g}")
left.yaxis.set_minor_formatter("")
left.set_ylim(0.8 * min(exact + [t for t, _ in sampled["truncated Wigner"]]), 1.3 * max(exact))
left.set_xlabel("inverse noise parameter $1/g^2$")
left.set_ylabel(r"switching time $\gamma_s T$")
left.legend(loc="upper left", fontsize=8)
left.set_title(rf"(a)  $\lambda = {ratio}$", loc="left", fontsize=9)
for name, corr in pictures.items():
    _, colour, _ = methods[name]
    value, error = corr.first_order_correlation.values.real, corr.first_order_correlation_stderr.values.real
    order = ", symmetric order" if corr.ordering == "symmetric" else ""
    right.plot(corr.lag, value, lw=1.4, color=colour, label=name + order)
    right.fill_between(corr.lag, value - 2 * error, value + 2 * error, color=colour, alpha=0.25, lw=0)
    if name == "positive-P":
        middle = len(corr.lag) // 2
        decay = value[middle] * np.exp(-2 * (corr.lag - corr.lag[middle]) / exact[noises.index(shown)])
        right.plot(corr.lag, decay, "k:", lw=1.2, label=r"$\propto e^{-2\tau/T}$, exact $T$", zorder=6)
right.set_yscale("log")
right.set_yticks([0.2, 0.5, 1, 2])
right.yaxis.set_major_formatter("{x:g}")
right.yaxis.set_minor_formatter("")
right.set_xlabel(r"lag $\gamma_s\tau$")
right.set_ylabel(r"$\mathrm{Re}\,\langle a^\dagger(t)\,a(t+\tau)\rangle$ / quanta")
right.margins(x=0)
right.legend(loc="upper right", fontsize=8)
right.set_title(rf"(b)  $g^2 = {shown}$", loc="left", fontsize=9)
figure.savefig("bistability.png", dpi=200)

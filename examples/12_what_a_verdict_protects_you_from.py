"""What a verdict protects you from: a battery that seems to keep its charge.

Positive-P is exact while its distribution falls off fast enough at large |α|; then no boundary terms are lost when
the master equation is turned into a Fokker-Planck equation.  Where one quantum matters, κ² ≈ γ_s γ_p, two-photon loss
at the rate Γ = κ²/γ_p gives the distribution power-law tails soon after the drive is switched off.  Trajectories that
run away come back before they become infinite, and averages are wrong: the battery seems to discharge too slowly.

Nothing that is usually looked at shows it.  Here ten batches are averaged as one would by hand: their scatter gives a
small error bar, almost no trajectory becomes infinite, and steps of half the length give the same wrong curve.  The
master equation disagrees, and so does the verdict, which looks at the tails of the drift: it withdraws the error bars
before the average is off.  Panel (b) shows it for batteries of other couplings; circles are where a trajectory did
become infinite in the end, so that there is no average.

    python examples/12_what_a_verdict_protects_you_from.py [trajectories]
"""

import logging
import sys

import matplotlib.pyplot as plt
import numpy as np

import phasespace_qb as qb

trajectories = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
quick = trajectories < 10_000

gamma_p, ratio = 256.0, 4.0  # in units of gamma_s; F_p/F_th
times = np.linspace(0, 5, 41)  # in units of 1/gamma_s
step = 8e-4 if quick else 2e-4
losses = (0.25, 1.0) if quick else (0.1, 0.2, 0.35, 0.5, 0.7, 1.0)
batches = 10
logging.getLogger("phasespace_qb").setLevel(logging.ERROR)  # every run would warn that it is doubtful


def battery(loss):
    """A battery of two-photon loss Γ = κ²/γ_p that is charged until γ_s t = 1 and then left alone."""
    still = qb.DopoBattery(kappa=np.sqrt(loss * gamma_p), gamma_p=gamma_p)
    return qb.DopoBattery(qb.SwitchedOff(ratio * still.threshold, at=1.0), kappa=still.kappa, gamma_p=gamma_p)


def by_hand(step, seed):
    """Mean photon number of batches of trajectories, its standard error, and how many batches became infinite."""
    each = [
        qb.simulate(battery(1.0), times, qb.PositiveP(trajectories // batches, step=step, rng=seed + batch)).energy
        for batch in range(batches)
    ]
    finite = [values for values in each if np.isfinite(values).all()]
    return np.mean(finite, axis=0), np.std(finite, axis=0, ddof=1) / np.sqrt(len(finite)), batches - len(finite)


runs = [qb.simulate(battery(loss), times, qb.PositiveP(trajectories, step=step, rng=3)) for loss in losses]
exact = [qb.simulate(battery(loss), times, qb.Lindblad("auto", tolerance=1e-4)) for loss in losses]
shown = losses.index(1.0)
verdicts, truth = runs[shown].verdict_by_time.values, exact[shown].energy.values

plt.rcParams |= {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False}
figure, (left, right) = plt.subplots(1, 2, figsize=(7.0, 3.6), layout="constrained")
left.plot(times[1:], truth[1:], "k-", lw=1.4, label="master equation")
tries = (
    (step, 100, "o", "#0072B2", f"positive-P, {batches} × {trajectories // batches:,} trajectories"),
    (step / 2, 200, "s", "#CC79A7", "the same, steps halved"),
)
for length, seed, marker, colour, name in tries:
    mean, error, lost = by_hand(length, seed)
    some = slice(2 if marker == "o" else 4, None, 4)
    left.errorbar(
        times[some], mean[some], error[some], fmt=marker, ms=4, mfc="w", color=colour, capsize=2, lw=1, label=name
    )
    off = np.abs(mean - truth) > 4 * error + 1e-4 * truth.max()
    print(f"{name}: {lost} of {batches} batches became infinite; the others are off by more than four standard")
    print(
        f"    errors from t = {times[off.argmax()]:.3f} on, if at all; rejected from {times[verdicts.argmax()]:.3f} on"
    )
    for t in (1.0, 1.5, 2.0, 3.0, 4.0, 5.0):
        i = int(np.abs(times - t).argmin())
        print(
            f"    t = {t:.1f}   n = {mean[i]:.4f} ± {error[i]:.4f}, exact {truth[i]:.4f}: {mean[i] / truth[i]:4.2f} "
            f"times, {(mean[i] - truth[i]) / error[i]:5.1f} standard errors   verdict {verdicts[i]}"
        )
shades = ((1, "#F5CF7A", "doubt"), (2, "#D9855A", "reject"))
for verdict, colour, word in shades:
    since = times[(verdicts == verdict).argmax()]
    until = times[(verdicts > verdict).argmax()] if (verdicts > verdict).any() else times[-1]
    if (verdicts == verdict).any():
        left.axvspan(since, until, color=colour, alpha=0.35, lw=0)
        left.text((since + until) / 2, 0.02, word, transform=left.get_xaxis_transform(), ha="center", va="bottom")
left.set_yscale("log")
left.set_xlabel(r"time $\gamma_s t$")
left.set_ylabel(r"photon number $\bar n$")
left.margins(x=0)
left.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), fontsize=8)
qb.plot.validity(*runs, y="pair_loss", reference=exact, ax=right)
for panel, letter in ((left, "a"), (right, "b")):
    panel.set_title(f"({letter})", loc="left", fontsize=9)
figure.savefig("verdict.png", dpi=200)

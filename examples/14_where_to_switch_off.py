"""Where to switch the battery off, and for what purpose.

The paper recommends γ_s t ≈ 10 and gives two reasons, the largest average power P = W/t and the largest coherent work
W^c.  They are not the same time.  Power peaks when the growth of the branches slows down; W^c still grows then, until
the number distribution has a peak away from zero and W^i takes over what W^c loses.  W itself has no best time: it
rises to its steady value.  If the battery must wait before it is used, the best times move on: with the drive off W^i
decays faster, W is soon all coherence, and what counts is how many quanta survive.

Panel (a): the battery at the moment of the switch, each curve over its largest value.  A laser of constant power makes
W over the energy that it sent the same curve as P; over what the battery absorbed, W is best at half that time, while
little is lost yet.  Panel (b): the best time against the holding time; arrows where it is later than all that were
tried, or the curve so flat that it cannot be told.

    python examples/14_where_to_switch_off.py [trajectories]
"""

import sys

import matplotlib.pyplot as plt
import numpy as np

import phasespace_qb as qb

trajectories = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
quick = trajectories < 10_000

battery = qb.DopoBattery(pump=3.0)
at = np.arange(6.0, 20.1, 1.0 if quick else 0.5)  # in units of 1/gamma_s
holds = (0.0, 0.5, 1.0) if quick else (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
filling = np.linspace(0, 1, 33)  # the pump mode fills within a few 1/gamma_p
since = np.arange(1.0, 20.1, 0.5 if quick else 0.125)
method = qb.PositiveP(trajectories, rng=1)
purposes = {
    "charging_power": ("power $P$", "#CC79A7", "o"),
    "ergotropy_coherent": ("coherent work $W^c$", "#D55E00", "s"),
    "ergotropy": ("work $W$", "#0072B2", "$\\uparrow$"),
}


def error(result, name):
    """Two standard errors and everything else that is known to be off."""
    kinds = (("_stderr", 2), ("_step_error", 1), ("_estimator_error", 1))
    return sum(weight * result[f"{name}{kind}"] for kind, weight in kinds)


found = qb.switch_off(battery, at, holds, method)
run = qb.simulate(battery, np.union1d(filling, since), method)
balance = qb.energy_balance(battery, run)

print(f"best times to switch off, {trajectories:,} trajectories   [{found.verdict}]")
for purpose, (label, *_) in purposes.items():
    print(f"  {label.replace('$', '')}")
    for hold in holds:
        best = found.sel(purpose=purpose, hold=hold)
        place = found.best_place.attrs["flag_meanings"].split()[int(best.best_place)]
        when = f"{float(best.best_switch_off):5.2f} ± {float(error(best, 'best_switch_off')):.2f}"
        what = f"{float(best.best_value):7.4f} ± {float(error(best, 'best_value')):.4f}"
        print(f"    held {hold:4.2f}: {when if place == 'inside' else f'none ({place})':>13}   value {what}")
print("energy efficiency when switched off")
for word in ("work", "sent", "absorbed"):
    share = balance[f"{word}_efficiency"]
    top = int(share.values.argmax())
    of = "drawn" if word == "work" else word
    print(
        f"  W/E_{of:9} largest at {float(run.time[top]):5.2f}: "
        f"{100 * float(share[top]):.2f} ± {100 * float(error(balance, share.name)[top]):.2f} %"
    )
residual, bound = balance.balance_residual, error(balance, "balance_residual")
print(
    f"  energy balance off by {float(abs(residual).max()):.2f} of {float(balance.energy_drawn[-1]):.0f} quanta,",
    end=" ",
)
print("within its errors" if (abs(residual) <= bound).all() else "beyond its errors")

plt.rcParams |= {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False}
figure, (left, right) = plt.subplots(1, 2, figsize=(7.0, 3.2), layout="constrained")
for (name, (label, colour, _)), line in zip(purposes.items(), ("-", "--", "-."), strict=True):
    scale = float(abs(run[name].sel(time=slice(1, None))).max())
    value, size = run[name] / scale, error(run, name) / scale
    left.plot(run.time, value, line, color=colour, lw=1.4, label=label)
    left.fill_between(run.time, value - size, value + size, color=colour, alpha=0.25, lw=0)
share = balance.absorbed_efficiency / float(balance.absorbed_efficiency.max())
left.plot(run.time, share, ":", color="#009E73", lw=1.4, label=r"$W/E_\mathrm{absorbed}$")
left.axvline(10.0, color="0.6", lw=0.8, zorder=0)
left.set_xlabel(r"switched off at $\gamma_s t_\mathrm{off}$")
left.set_ylabel("value over its maximum")
left.set_ylim(0, 1.08)
left.legend(fontsize=8, loc="lower right")
for purpose, (label, colour, marker) in purposes.items():
    best = found.sel(purpose=purpose)
    inside = (best.best_place == 0).values
    x = np.array(holds)
    bars = error(best, "best_switch_off").values
    shown = best.best_switch_off.values[inside]
    right.errorbar(x[inside], shown, bars[inside], marker=marker, ls="", ms=4, mfc="w", color=colour, capsize=2)
    beyond = x[~inside] + {"ergotropy": 0.025, "ergotropy_coherent": -0.025}.get(purpose, 0.0)
    right.plot(beyond, np.full(beyond.size, at[-1] + 0.6), marker="$\\uparrow$", ls="", ms=7, color=colour)
    size = 7 if marker.startswith("$") else 4
    right.plot([], [], marker=marker, ls="", ms=size, mfc=colour if size > 4 else "w", color=colour, label=label)
right.axhline(10.0, color="0.6", lw=0.8, zorder=0)
right.text(2.05, 10.0, "paper", ha="right", va="bottom", fontsize=8, color="0.4")
right.set_xlabel(r"held for $\gamma_s t_\mathrm{hold}$")
right.set_ylabel(r"best $\gamma_s t_\mathrm{off}$")
right.set_ylim(8.5, at[-1] + 1.6)
right.legend(fontsize=8, loc="center left", bbox_to_anchor=(0.0, 0.72))
for panel, letter in ((left, "a"), (right, "b")):
    panel.set_title(f"({letter})", loc="left", fontsize=9)
figure.savefig("switch_off.png", dpi=200)

"""A battery at its threshold, from the deep quantum regime to half a million quanta.

Two parameters decide how a degenerate oscillator charges: λ, the drive over its threshold, and g², the noise of one
quantum; photon numbers scale as 1/g².  Linear theory has a divergence at λ = 1.  What is really there is universal:
within |λ − 1| of about g all small g lie on the same curves of η = (λ − 1)/g, with g n̄ = 0.338 and g⁽²⁾ = 2.188 at
threshold, and every change takes the time 0.9/(γ_s g).

Work follows.  Below threshold the battery holds squeezing: all of its work is coherent, as populations fall off with
n.  At η = 1, that is from λ = 1 + g on, they have a maximum, and incoherent work sets in; it soon takes all that is
added, while the coherent part stays at 2/(√π g).  So whether the onset of incoherent work is sharp is a matter of g.

Because the second-order coherence falls from 3 to 1 through a known value, trajectories say where the threshold is,
with an error bar, without any theory of this oscillator.  The mode that is driven follows the signal at once here
(large γ_p), so that one mode is left to simulate.  Every g² has times and drives that suit it.

    python examples/13_threshold.py [trajectories]
"""

import sys

import matplotlib.pyplot as plt
import numpy as np

import phasespace_qb as qb

trajectories = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
quick = trajectories < 5_000

noises = (1 / 8, 1e-2) if quick else (1 / 8, 1e-2, 1e-4, 1e-6)
close = np.array([-1.5, -0.8, -0.3, 0.2, 0.7, 1.5, 3.0]) if quick else np.linspace(-1.5, 3.0, 10)  # η
wide = (0.2, 1.6) if quick else (0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 1.05, 1.1, 1.2, 1.4, 1.6, 2.0)  # λ


def battery(threshold_ratio, noise_parameter):
    """One mode: the driven one follows it at once."""
    return qb.DopoBattery().at(threshold_ratio=threshold_ratio, noise_parameter=noise_parameter).eliminated()


near, far = [], []
for noise in noises:
    g = np.sqrt(noise)
    count = trajectories * (1 if noise < 1e-5 else 4)  # early times are cheap
    method = qb.PositiveP(count, rng=13)
    ratios = 1 + g * close[close > -0.9 / g]
    at = {"noise_parameter": [noise], "threshold_ratio": ratios}
    near.append(qb.sweep(battery, at, [7 / g], method))  # e^(-7/0.9) of the way is left at η = 0
    outside = [ratio for ratio in wide if abs(ratio - 1) > 3 * g]
    if outside:
        at = {"noise_parameter": [noise], "threshold_ratio": outside}
        # From one quantum to 1/g² of them, and then as above.
        until = (7 - np.log(noise)) / min(abs(ratio - 1) for ratio in outside)
        far.append(qb.sweep(battery, at, [until], method))

place = qb.locate_threshold(*near)
for noise in reversed(noises):
    here = {name: float(value.sel(noise_parameter=noise)) for name, value in place.items() if value.dims}
    print(
        f"g² = {noise:7.1e}: threshold at λ − 1 = {here['threshold'] - 1:9.2e} ± {here['threshold_stderr']:.1e} "
        f"(sampling) ± {here['threshold_estimator_error']:.1e} (finite g); width {here['width']:.2e}"
    )
limit = float(place.threshold_limit) - 1
error = float(place.threshold_limit_stderr), float(place.threshold_limit_estimator_error)
print(f"g² → 0: λ − 1 = {limit:.1e} ± {error[0]:.1e} (sampling) ± {error[1]:.1e} (finite g)")
points = qb.collapse(near[-1])
nearest = int(np.abs(points.eta.values).argmin())
limits = qb.universal_threshold(points.eta.values.ravel()[nearest])
for name in ("scaled_photon_number", "second_order_coherence", "scaled_passive_energy"):
    value, error = (float(points[key].values.ravel()[nearest]) for key in (name, f"{name}_stderr"))
    print(f"g² = {noises[-1]:.0e}, λ = {float(points.threshold_ratio.values.ravel()[nearest]):.5g}: ", end="")
    print(f"{name} {value:.4f} ± {error:.4f}, universal {float(limits[name][0]):.4f}")

plt.rcParams |= {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False}
figure, axes = plt.subplots(2, 2, figsize=(7.0, 5.8), layout="constrained")
qb.plot.threshold_work(*near, *far, ax=axes[0, 0])
qb.plot.threshold(*near, *far, ax=(axes[0, 1], axes[1, 0]))
qb.plot.threshold_work(*near, *far, against="eta", ax=axes[1, 1])
for panel, letter in zip(axes.flat, "abcd", strict=True):
    panel.set_title(f"({letter})", loc="left", fontsize=9)
figure.savefig("threshold.png", dpi=200)

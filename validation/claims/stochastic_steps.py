"""Single steps that are exact: of the scheme with an exact linear part, and of the one that stays in an interval."""

from collections.abc import Iterator

import numpy as np

import phasespace_qb as qb
from phasespace_qb import kernel_cache
from phasespace_qb.phase_space.integrators import ExponentialHeun, Noise
from phasespace_qb.phase_space.interpreter import interpret
from phasespace_qb.phase_space.kernels.generate import numbers_source
from phasespace_qb.phase_space.representations.wigner import WignerRules
from phasespace_qb.phase_space.schedule import plan
from validation.claims.stochastic_paths import SUBJECT
from validation.evidence import Comparison, compare
from validation.references.langevin_equations import A


@SUBJECT.claim(
    "With the linear part solved exactly, mean and variance of a mode with H = Δa†a, loss γ↓D[a] and gain γ↑D[a†] are "
    "exact for steps of any length: with γ = γ↓ − γ↑ and n̄_th = γ↑/γ, in truncated Wigner ⟨α⟩ = α₀e^(−(γ/2 + iΔ)t), "
    "⟨|δα|²⟩ = ½e^(−γt) + (n̄_th + ½)(1 − e^(−γt)).",
    route="truncated Wigner, Heun's scheme with an exact linear part, by the library's interpreter, one to five steps "
    "of lengths from 0.7 to 3, response to each random number separately",
    referee="closed form",
    source="Uhlenbeck and Ornstein, Phys. Rev. 36, 823 (1930)",
    control="a detuning 2 % larger; noise that is not damped within the step",
)
def exact_linear_part() -> Iterator[Comparison]:
    """Amplitude and variance at the end of runs of one, two, three and five steps."""
    down, up, detuning, alpha = 1.3, 0.4, 0.6, 1.2 - 0.7j
    system = qb.OpenSystem(detuning * A.dag * A, {A: down, A.dag: up}, {A: alpha})
    equations = WignerRules().equations(system)
    scheme, rate = ExponentialHeun(), down - up
    cases = [(1, 0.7), (2, 1.5), (3, 3.0), (5, 1.0)]
    means, variances, undamped = [], [], []
    for count, h in cases:
        schedule = plan(np.array([count * h]), [], h)
        single = np.eye(count * equations.noise_count).reshape(count, equations.noise_count, -1)
        numbers = np.concatenate([np.zeros((count, equations.noise_count, 1)), single], axis=2)
        start = np.full((1, numbers.shape[2]), alpha)
        (end,) = interpret(equations.to(scheme.calculus), scheme, schedule, start, numbers)[-1]
        means.append(end[0])
        decayed = np.exp(-rate * count * h)
        variances.append((np.abs(end[1:] - end[0]) ** 2).sum() + 0.5 * decayed)
        steps = np.exp(-rate * h * np.arange(count)).sum()
        undamped.append(0.5 * decayed + (down + up) / 2 * h * steps)
    times = np.array([count * h for count, h in cases])
    labels = [f"{count} steps of {h}" for count, h in cases]
    expected = alpha * np.exp(-(rate / 2 + 1j * detuning) * times)
    turned = alpha * np.exp(-(rate / 2 + 1.02j * detuning) * times)
    yield from compare("mean amplitude ⟨α⟩", means, expected, wrong=turned, known=1e-13, labels=labels)
    thermal = up / rate
    variance = 0.5 * np.exp(-rate * times) - (thermal + 0.5) * np.expm1(-rate * times)
    yield from compare("variance ⟨|δα|²⟩", variances, variance, wrong=undamped, known=1e-13, labels=labels)


@SUBJECT.claim(
    "The scheme for noise √(A − Bz²) never leaves |z| ≤ √(A/B), and its step has the mean m and the variance v of "
    "Euler's wherever such a step exists.",
    route="compiled two-point step, at points inside, near the edge and on it",
    referee="m and v themselves; the chance of each point found by bisection of the uniform number",
    source="own derivation: m ± √v, or the edge with probability v/(v + (c − |m|)²)",
    control="a mean 1 % nearer to 0 and a variance 2 % larger; an edge 1 % nearer",
)
def bounded_two_point_step() -> Iterator[Comparison]:
    """Mean, variance and largest distance for eight pairs of mean and variance."""
    step = kernel_cache.load(numbers_source(Noise.GAUSSIAN)).two_points
    edge = 1.3
    given = [(0.0, 0.2), (0.4, 0.3), (-0.7, 0.1), (1.1, 0.2), (-1.1, 0.3), (1.25, 0.05), (-1.29, 0.01), (0.2, 1.2)]
    means, variances, largest = [], [], []
    for mean, variance in given:
        low, high = 0.0, 1.0
        first, last = step(mean, variance, edge, 0.0), step(mean, variance, edge, 1.0)
        for _ in range(52):
            middle = (low + high) / 2
            low, high = (middle, high) if step(mean, variance, edge, middle) == first else (low, middle)
        average = low * first + (1 - low) * last
        means.append(average)
        variances.append(low * (first - average) ** 2 + (1 - low) * (last - average) ** 2)
        largest.append(max(abs(first), abs(last)))
    labels = [f"m = {mean}, v = {variance}" for mean, variance in given]
    m, v = np.array(given).T
    yield from compare("mean of the step", means, m, wrong=0.99 * m, known=1e-13, labels=labels)
    yield from compare("variance of the step", variances, v, wrong=1.02 * v, known=1e-13, labels=labels)
    outside = np.maximum(np.array(largest) - edge, 0.0)
    # At 0.99 of the edge the steps that end on it would have been outside.
    nearer = np.where(np.array(largest) >= edge, 0.01 * edge, 0.0)
    yield from compare("how far the step leads outside", outside, 0.0, wrong=nearer, known=1e-15, labels=labels)

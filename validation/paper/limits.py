"""Steady states in closed form, exact where γ_p → ∞ or where g² → 0, and what tests them; the tasks among them."""

from math import pi, sqrt

import numpy as np

import phasespace_qb as qb
from validation.paper.computing import Result, Task
from validation.paper.runs import QUANTITIES, Cutoffs, amplitudes, numbers, sampled
from validation.references.branches import branch_of_battery

GAMMA_P = 16.0
NOISE = 1 / 32
"""g² = 2κ²/(γ_sγ_p) of the paper."""
THRESHOLD = 2.0
"""F_th = γ_s√γ_p/(4κ) of the paper, in √γ_s."""
STEADY_DIGITS = 10
"""Significant digits of steady states in the record."""
FOREVER = 1e6
"""γ_s t that stands for t → ∞ in a result."""
SETTLED = 300.0
"""γ_s t until which runs at lower noise go, because they start further from their steady state."""


def eliminated(ratio: float, noise: float = NOISE) -> Task:
    """Task: the closed form of the steady state for γ_p → ∞ at λ = ratio and g² = noise.

    Result: as of `exact`, at one time that stands for all; `known` is what γ_p = 16 γ_s is expected to change.
    `runs.eliminated` has many λ in one task.
    """
    return Task.of(solve_in_closed_form, 0.1, ratio=round(float(ratio), 9), noise=float(noise))


def solve_in_closed_form(ratio: float, noise: float) -> Result:
    """What the task `eliminated` does."""
    run = qb.steady_state(_battery(ratio, noise), qb.EliminatedSteadyState())
    found: Result = {"times": [40.0]}
    for ours, name in QUANTITIES.items():
        known = numbers(run[name + "_estimator_error"].values, 3)
        found[ours] = {"value": numbers(run[name].values, STEADY_DIGITS), "error": [0.0], "known": known}
    return found


def one_mode(ratio: float, noise: float = NOISE, levels: int = 90) -> Task:
    """Task: the master equation of the signal alone, H = i(ε/2)(a†² − a²), ε = λγ_s/2, losses γ_s and g²γ_s/2 of pairs.

    Result: the steady state as of `exact`, at one time that stands for all.
    """
    return Task.of(solve_one_mode, 0.5, ratio=round(float(ratio), 9), noise=float(noise), levels=levels)


def solve_one_mode(ratio: float, noise: float, levels: int) -> Result:
    """What the task `one_mode` does."""
    (a,) = qb.modes("signal")
    pairs = 0.25j * ratio * a.dag**2
    system = qb.OpenSystem(pairs + pairs.dag, loss={a: 1.0, a**2: noise / 2})
    return _of(system, levels, 40.0)


def settled(cutoffs: Cutoffs, pump: float, kappa: float = 0.5, gamma_p: float = GAMMA_P) -> Task:
    """Task: the steady state of the master equation of both modes, as of `exact`, at the one time FOREVER.

    `runs.settled` is a long run by positive-P.
    """
    seconds = 1e-5 * (cutoffs[0] * cutoffs[1]) ** 2 * gamma_p / 16
    return Task.of(
        solve_for_steady_state, seconds, cutoffs=cutoffs, battery=(float(pump), float(kappa), float(gamma_p))
    )


def solve_for_steady_state(cutoffs: Cutoffs, battery: tuple[float, float, float]) -> Result:
    """What the task `settled` does."""
    pump, kappa, gamma_p = battery
    return _of(qb.DopoBattery(pump, kappa=kappa, gamma_p=gamma_p), cutoffs, FOREVER)


def _of(system: qb.DopoBattery | qb.OpenSystem, cutoffs: Cutoffs | int, time: float) -> Result:
    run = qb.steady_state(system, qb.Lindblad(cutoffs, tolerance=1e-8), slow_modes=False)
    found: Result = {"times": [time]}
    for ours, name in QUANTITIES.items():
        known = run[name + "_cutoff_error"].values + run[name + "_step_error"].values
        found[ours] = {"value": numbers(run[name].values, STEADY_DIGITS), "error": [0.0], "known": numbers(known, 3)}
    return found


def quieter(ratio: float, noise: float, *, quick: bool) -> Task:
    """Task: positive-P at λ = ratio, g² = noise and γ_p = 16 γ_s, saved twice, when it has settled."""
    pump, kappa = amplitudes(ratio, noise)
    return sampled(
        since=0.75 * SETTLED,
        until=SETTLED,
        saves=2,
        pump=pump,
        kappa=kappa,
        gamma_p=GAMMA_P,
        trajectories=4_000 if quick else 20_000,
    )


def name_of(noise: float) -> str:
    """A value of g² in words: large ones, such as the paper's, as a fraction."""
    return f"1/{1 / noise:g}" if noise >= NOISE else f"{noise:g}"


def linear_below(ratio: float) -> float:
    """W for g² → 0 below threshold: ½[1/(1−λ²) − 1/√(1−λ²)], in ħω_s, at any γ_p."""
    return 0.5 * (1 / (1 - ratio**2) - 1 / sqrt(1 - ratio**2))


def linear_above(ratio: float, noise: float = NOISE, gamma_p: float = GAMMA_P) -> float:
    """W of two branches, n̄ − 2(ν − ½) − ½, above threshold, with n̄ and ν to second order in the noise, in ħω_s.

    Source: linear theory of both modes about one branch; the even and odd blocks halve each eigenvalue.
    """
    branch = branch_of_battery(ratio, noise, 0.0, gamma_p, 0.0)
    return branch.photons - 2 * sqrt(float(np.linalg.det(branch.covariance))) + 0.5


def number_variance(ratio: float, noise: float, delay: float) -> float:
    """Var n of the steady state, linearised: n_ss V_x = [(λ−½) + (λ−1)γ_s/γ_p]/g², delay = γ_s/γ_p."""
    return ((ratio - 0.5) + (ratio - 1) * delay) / noise


def coherent_above(ratio: float, noise: float = NOISE, gamma_p: float = GAMMA_P) -> float:
    """W^c for g² → 0 above threshold, leading order: √(8/π)√Var n, Var n = (λ−½)/g² + (λ−1)γ_s/(γ_p g²), in ħω_s.

    Sorted populations of a wide Gaussian of standard deviation σ have the mean rank 2σ√(2/π).
    """
    return sqrt(8 / pi * number_variance(ratio, noise, 1 / gamma_p))


def _battery(ratio: float, noise: float) -> qb.DopoBattery:
    pump, kappa = amplitudes(ratio, noise)
    return qb.DopoBattery(pump, kappa=kappa, gamma_p=GAMMA_P)

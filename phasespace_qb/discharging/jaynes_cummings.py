"""A battery mode that gives its work to a two-level load: Jaynes–Cummings coupling, losses of both.

H' = (ω_a − ω_s) σ₊σ₋ + g_a (a σ₊ + a† σ₋),  loss γ_s' D[a] + γ_a D[σ₋], in the frame that rotates at ω_s, which
changes no ergotropy.  A bosonic mode cut off at two levels *is* a two-level system, so the exact solver takes the load
as it is.  Excitations are never created, so the levels of the start are enough at all times: there is no cutoff error.
Source: the paper's Eqs. (19)–(23).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.lindblad.run import Start, propagate
from phasespace_qb.models.algebra import modes
from phasespace_qb.models.system import OpenSystem
from phasespace_qb.states.density_matrix import DensityMatrix
from phasespace_qb.work.extraction import extractable_work

Array = NDArray[np.float64]

TOLERANCE = 1e-8
"""Largest estimated error of the state."""
NOTHING = 1e-9
"""Ergotropy of the load, in ħω_a, below which it has no maximum."""


@dataclass(frozen=True, eq=False)
class Discharge:
    """Battery and load over time: work values of the battery (T,), and of the load P_e, ρ_eg and η_a = W_a/ω_a, (T,).

    error: estimated error of the state, (T,).
    """

    energy: Array
    ergotropy: Array
    coherent: Array
    incoherent: Array
    excitation: Array
    coherence: NDArray[np.complex128]
    load_ergotropy: Array
    error: Array


def discharge(
    state: DensityMatrix, times: Array, coupling: float, gamma_s: float, gamma_a: float, detuning: float
) -> Discharge:
    """Follow ρ_s ⊗ |g⟩⟨g| for `times` (T,) after the load is coupled.

    coupling: g_a; gamma_s, gamma_a: energy decay rates γ_s' and γ_a; detuning: ω_a − ω_s; all in one unit of rate.
    Raises: ValueError for what does not fit in memory.
    """
    a, sigma = modes("battery", "load")
    exchange = coupling * a * sigma.dag
    system = OpenSystem(detuning * sigma.dag * sigma + exchange + exchange.dag, loss={a: gamma_s, sigma: gamma_a})
    start = Start(np.zeros(2, complex), np.asarray(state.matrix, dtype=complex))
    run = propagate(system, times, (state.cutoff, 2), TOLERANCE, start)
    battery, load = run.matrices
    work = extractable_work(DensityMatrix(battery))
    excitation, coherence = load[:, 1, 1].real, load[:, 1, 0] + 0j
    return Discharge(
        work.energy,
        work.ergotropy,
        work.coherent,
        work.incoherent,
        excitation,
        coherence,
        qubit_ergotropy(excitation, coherence),
        run.error,
    )


def qubit_ergotropy(excitation: Array, coherence: NDArray[np.complex128]) -> Array:
    """Work of a two-level system in units of its own quantum: W_a/ω_a = P_e − ½ + √[(P_e − ½)² + |ρ_eg|²]; (...)."""
    bias = excitation - 0.5
    return np.asarray(bias + np.hypot(bias, np.abs(coherence)))


def first_maximum(times: Array, eta: Array) -> tuple[float, float]:
    """Time and height of the first maximum of η_a (T,), from the parabola through three samples; NaN without one."""
    tops = np.flatnonzero((eta[1:-1] > NOTHING) & (eta[1:-1] >= eta[:-2]) & (eta[1:-1] > eta[2:]))
    if not len(tops):
        return float("nan"), float("nan")
    at = slice(tops[0], tops[0] + 3)
    a, b, c = np.polyfit(times[at] - times[at][1], eta[at], 2)
    return float(times[at][1] - b / (2 * a)), float(c - b**2 / (4 * a))


def strong_coupling_limit(numbers: Array) -> float:
    """First maximum of η_a on resonance as g_a → ∞, when no loss has time to act, for a battery without odd coherences.

    η_a = max(0, 2P_e − 1), P_e(θ) = Σ_n p_n sin²(√n θ), θ = g_a t; 0 if none of the first maxima exceeds ½.
    """
    n = np.arange(len(numbers))
    mean = max(float(numbers @ n), 0.1)
    theta = np.linspace(0.0, 3 * np.pi / np.sqrt(mean + 1), 6001)
    excited = np.sin(np.sqrt(n) * theta[:, None]) ** 2 @ numbers
    height = first_maximum(theta, np.maximum(0.0, 2 * excited - 1))[1]
    return 0.0 if np.isnan(height) else height

"""What a two-level load can gain from a battery when losses have little time to act, from p_n alone.

On resonance, from a battery without odd coherences, ρ_eg = 0 and η_a = 2P_e − 1 = −⟨cos(φ√n)⟩ with φ = 2g_a t, where
positive.  The maximum, η_∞, knows the spread of √n and nothing else.  Losses during the half Rabi period take c/g_a.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from validation.references.charging_limit import distribution

Array = NDArray[np.float64]
REACH, POINTS = 3.0, 1500
"""Of the first search: φ up to 3π/√(n̄ + 1), and at how many values."""
NODES = 48
"""Of the quadrature over the time at which a loss acts; the integrands are entire functions of it."""

CELLS, SCALE = 4_000, 100.0
"""Of n/n_ss, and √n_ss."""


class Best(NamedTuple):
    """Height η_∞ of the first maximum, and φ = 2g_a t where it is."""

    height: float
    angle: float


def limit(numbers: Array) -> Best:
    """First maximum of −⟨cos(φ√n)⟩ over p_n (N,); (0, NaN) if the load is never inverted."""
    n = np.arange(len(numbers))
    return limit_of_amplitudes(np.sqrt(n), numbers)


def limit_of_amplitudes(roots: Array, weights: Array) -> Best:
    """The same for values √n (K,) with weights (K,); a root of a negative number, imaginary, is given as negative.

    cos(φ√m) of the samples m = αα⁺ < 0 of a positive-P function is cosh(φ√|m|).
    """

    def minus(angle: float) -> float:
        inverted = np.where(roots < 0, np.cosh(angle * np.minimum(roots, 0)), np.cos(angle * roots))
        return float(weights @ inverted)

    mean = float(weights @ (np.sign(roots) * roots**2))
    angles = np.linspace(0.0, REACH * np.pi / np.sqrt(max(mean, 0.1) + 1), POINTS)
    values = np.array([minus(angle) for angle in angles])
    tops = np.flatnonzero((values[1:-1] < 0) & (values[1:-1] <= values[:-2]) & (values[1:-1] < values[2:])) + 1
    if not len(tops):
        return Best(0.0, float("nan"))
    first = tops[0]
    found = minimize_scalar(minus, bounds=(angles[first - 1], angles[first + 1]), method="bounded")
    return Best(-float(found.fun), float(found.x))


def first_loss(numbers: Array, angle: float, gamma_s: float = 1.0, gamma_a: float = 1.0) -> float:
    """c of η_a = η_∞ − c/g_a + O(1/g_a²), in units of the rates, for p_n (N,) and φ = angle.

    One loss, at any instant of the half Rabi period, to first order in γ: δP_e = ∫ dθ' Tr[O(θ−θ') D ρ(θ')] / g_a with
    θ = φ/2 and |n,g⟩ → cos(√nθ')|n,g⟩ − i sin(√nθ')|n−1,e⟩.  The battery's jump leads to the pair of n − 1.
    """
    n = np.arange(len(numbers), dtype=np.float64)
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    theta = angle / 2
    change = np.zeros(len(numbers))
    for instant, weight in zip(theta / 2 * (nodes + 1), theta / 2 * weights, strict=True):
        cos, sin = np.cos(np.sqrt(n) * instant), np.sin(np.sqrt(n) * instant)
        left = theta - instant
        # O in the pair of n: ⟨n,g|O|n,g⟩ = S², ⟨n−1,e|O|n−1,e⟩ = C², and what is between them, CS times i or −i.
        ahead, behind = np.sqrt(n) * left, np.sqrt(np.maximum(n - 1, 0)) * left
        stay = (cos**2, sin**2, cos * sin)
        # The populations lose their share; the coherence of the pair decays at the mean of its two rates.
        ground, excited = gamma_s * n, gamma_s * (n - 1) + gamma_a
        kept = -ground * stay[0] * np.sin(ahead) ** 2 - excited * stay[1] * np.cos(ahead) ** 2
        kept -= (ground + excited) / 2 * stay[2] * 2 * np.cos(ahead) * np.sin(ahead)
        jumped = gamma_s * n * stay[0] * np.sin(behind) ** 2 + gamma_s * (n - 1) * stay[1] * np.cos(behind) ** 2
        jumped += gamma_s * np.sqrt(n * np.maximum(n - 1, 0)) * stay[2] * 2 * np.cos(behind) * np.sin(behind)
        # The load's own jump leaves |n−1,g⟩.
        jumped += gamma_a * stay[1] * np.sin(behind) ** 2
        change += weight * (kept + jumped)
    change[0] = 0.0
    return -2 * float(change @ numbers)


def narrow(photons: float, variance: float) -> float:
    """η_∞ of a narrow distribution of n: √n has the variance Var n/(4n̄), and φ = π/√n̄, so exp[−π² Var n/(8n̄²)]."""
    return float(np.exp(-(np.pi**2) * variance / (8 * photons**2)))


def universal(y: float) -> tuple[float, float]:
    """η_∞ and c√n_ss/γ_a while charging with g² → 0, at y of `charging_limit`.

    c√n_ss = (3/8)φ(η_∞ + ⟨sin(φr)/(φr)⟩) γ_a with r = √(n/n_ss): the battery's loss slows all Rabi oscillations alike
    and is free, that of the load takes (3/4)γ_a t⟨sin x/x − cos x⟩.
    """
    probabilities = distribution(y, CELLS)
    roots = np.sqrt((np.arange(CELLS) + 0.5) / CELLS)
    # Nothing depends on n_ss; it only has to be large for the range of the search.
    best = limit_of_amplitudes(SCALE * roots, probabilities)
    angle = SCALE * best.angle
    return best.height, float(3 / 8 * angle * (best.height + probabilities @ np.sinc(angle * roots / np.pi)))

"""A battery on one of its two branches above threshold, to second order in its fluctuations."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_continuous_lyapunov


class Branch(NamedTuple):
    """Pump F and κ of the battery, n̄ and the covariance V of its signal on a branch, vacuum ½."""

    pump: complex
    kappa: float
    photons: float
    covariance: NDArray[np.float64]


def branch_of_battery(ratio: float, noise: float, detuning: float, loss: float, phase: float) -> Branch:
    """Field and noise of a battery on a branch, with γ_s = 1: pump, κ, n̄ and V of the signal.

    α̇_s = −(½ + iΔ)α_s + κα_s*α_p, α̇_p = −(γ_p/2)α_p − (κ/2)α_s² + √γ_p F; |α_s|² = (√(λ² − 4Δ²) − 1)/g².
    Drift A and vacuum noise: AV + VAᵀ + diag(1, 1, γ_p, γ_p)/2 = 0.  The fluctuations move the mean to second order, as
    symmetric averages κ⟨δα_s*δα_p⟩ and −(κ/2)⟨δα_s²⟩ say, which n̄ shows in order g⁰.
    """
    kappa = np.sqrt(noise * loss / 2)
    photons, complex_loss = (np.sqrt(ratio**2 - 4 * detuning**2) - 1) / noise, 0.5 + 1j * detuning
    # √γ_p F = α_s²/|α_s|² times this.
    force = loss * complex_loss / (2 * kappa) + kappa * photons / 2
    s = np.sqrt(photons) * np.exp(0.5j * (phase - np.angle(force)))
    p = complex_loss * s / (kappa * np.conj(s))
    drift = np.array(
        [
            [-complex_loss, kappa * p, kappa * np.conj(s), 0],
            [kappa * np.conj(p), -np.conj(complex_loss), 0, kappa * s],
            [-kappa * s, 0, -loss / 2, 0],
            [0, -kappa * np.conj(s), 0, -loss / 2],
        ]
    )
    # α = (x + ip)/√2, α* = (x − ip)/√2.
    turn = np.kron(np.eye(2), np.array([[1, 1j], [1, -1j]]) / np.sqrt(2))
    real = (turn.conj().T @ drift @ turn).real
    v = solve_continuous_lyapunov(real, -0.5 * np.diag([1, 1, loss, loss]))
    products = turn @ v @ turn.T
    second = np.array([kappa * products[1, 2], -0.5 * kappa * products[0, 0]])
    shift = np.linalg.solve(drift, -np.array([second[0], second[0].conj(), second[1], second[1].conj()]))[0]
    number = photons + 2 * (np.conj(s) * shift).real + 0.5 * (v[0, 0] + v[1, 1] - 1)
    return Branch(abs(force) / np.sqrt(loss) * np.exp(1j * phase), kappa, number, v[:2, :2])

"""A two-level load on a battery by hand: the closed form without losses, and QuTiP with them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from validation.referees import qutip as referee

Array = NDArray[np.float64]


class Load(NamedTuple):
    """P_e, ρ_eg, and η_a = W_a/ω_a of a two-level load over time."""

    excitation: Array
    coherence: NDArray[np.complex128]

    @property
    def ergotropy(self) -> Array:
        """η_a = P_e − ½ + √((P_e − ½)² + |ρ_eg|²)."""
        return np.asarray(self.excitation - 0.5 + np.sqrt((self.excitation - 0.5) ** 2 + np.abs(self.coherence) ** 2))


def without_losses(matrix: NDArray[Any], times: Array, coupling: float, detuning: float) -> Load:
    """|n, g⟩ becomes C_n|n, g⟩ + S_n|n−1, e⟩, with Ω_n = √(δ² + 4g²n):

    C_n = e^(−iδt/2) [cos(Ω_n t/2) + i(δ/Ω_n) sin(Ω_n t/2)],  S_n = −i e^(−iδt/2) (2g√n/Ω_n) sin(Ω_n t/2),
    P_e = Σ |S_n|² ρ_nn,  ρ_eg = Σ S_(n+1) C_n* ρ_(n+1)n.
    """
    n = np.arange(len(matrix))
    rabi = np.sqrt(detuning**2 + 4 * coupling**2 * n)
    half, turned = 0.5 * np.outer(times, rabi), np.exp(-0.5j * detuning * times)[:, None]
    stayed = turned * (np.cos(half) + 1j * detuning / rabi * np.sin(half))
    moved = -1j * turned * 2 * coupling * np.sqrt(n) / rabi * np.sin(half)
    coherence = (moved[:, 1:] * stayed[:, :-1].conj()) @ np.diagonal(matrix, -1)
    return Load(np.abs(moved) ** 2 @ np.diagonal(matrix).real, coherence)


def coherent(amplitude: complex, levels: int) -> NDArray[np.complex128]:
    """Number amplitudes e^(−|β|²/2) βⁿ/√n!, normalised below the cutoff."""
    n = np.arange(levels)
    vector = np.exp(n * np.log(complex(amplitude)) - 0.5 * gammaln(n + 1.0))
    return np.asarray(vector / np.linalg.norm(vector))


def pure(vector: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """|ψ⟩⟨ψ|."""
    return np.outer(vector, vector.conj())


def thermal(mean: float, levels: int) -> NDArray[np.complex128]:
    """p_n ∝ (n̄/(n̄ + 1))ⁿ."""
    p = (mean / (mean + 1)) ** np.arange(levels)
    return np.diag(p / p.sum()).astype(complex)


def number(n: int) -> NDArray[np.complex128]:
    """|n⟩⟨n|."""
    return pure(np.eye(n + 1, dtype=complex)[n])


def coupled_in_qutip(
    battery: NDArray[Any], times: Sequence[float], coupling: float, gamma_s: float, gamma_a: float, detuning: float
) -> tuple[NDArray[np.complex128], Load]:
    """Density matrices of the battery, (T, N, N), and the load, which starts in its ground state."""
    levels = len(battery)
    a, sigma = referee.ladders(levels, 2)
    exchange = coupling * a * sigma.dag()
    hamiltonian = detuning * sigma.dag() * sigma + exchange + exchange.dag()
    start = referee.state_of(battery, np.diag([1.0, 0.0]))
    states = referee.evolve(hamiltonian, [(a, gamma_s), (sigma, gamma_a)], start, times)
    load = referee.reduced(states, 1)
    return referee.reduced(states, 0), Load(load[:, 1, 1].real, load[:, 1, 0])


def work_of(states: NDArray[Any]) -> tuple[Array, Array, Array, Array]:
    """n̄, W, W^c and W^i of density matrices (T, N, N) by sorting."""
    k = np.arange(float(states.shape[-1]))
    populations = np.diagonal(states, axis1=1, axis2=2).real
    diagonal, passive = np.sort(populations)[:, ::-1] @ k, np.linalg.eigvalsh(states)[:, ::-1] @ k
    energy = populations @ k
    return energy, energy - passive, diagonal - passive, energy - diagonal

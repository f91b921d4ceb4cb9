"""Operators and open systems as dense matrices in a truncated Fock space: slow, obvious, without normal ordering."""

from functools import reduce

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.models.algebra import Polynomial
from phasespace_qb.models.system import OpenSystem

Matrix = NDArray[np.complex128]


def annihilation(cutoff: int) -> Matrix:
    """⟨n−1|a|n⟩ = √n; shape (cutoff, cutoff)."""
    return np.diag(np.sqrt(np.arange(1.0, cutoff)), 1).astype(complex)


def matrix(operator: Polynomial, modes: tuple[str, ...], cutoff: int, instant: float = 0.0) -> Matrix:
    """The operator at one instant on the tensor product of all modes, the first mode slowest."""
    a = annihilation(cutoff)
    total = np.zeros((cutoff ** len(modes),) * 2, dtype=complex)
    for monomial, drives, value in operator:
        powers = {name: (m, n) for name, m, n in monomial}
        factors = []
        for name in modes:
            m, n = powers.get(name, (0, 0))
            factors.append(np.linalg.matrix_power(a.conj().T, m) @ np.linalg.matrix_power(a, n))
        number = value
        for drive, conjugated in drives:
            sample = drive(np.array([instant]))[0]
            number *= sample.conj() if conjugated else sample
        total += number * reduce(np.kron, factors)
    return total


def low_levels(operator: Matrix, modes: int, cutoff: int, levels: int) -> Matrix:
    """The part of a matrix between states with fewer than `levels` quanta in every mode."""
    shape = operator.reshape((cutoff,) * (2 * modes))
    return shape[(slice(levels),) * (2 * modes)].reshape(levels**modes, levels**modes)


def coherent(amplitudes: list[complex], cutoff: int) -> NDArray[np.complex128]:
    """The normalised product of coherent states, shape (cutoff^modes,)."""
    states = []
    for amplitude in amplitudes:
        state = np.ones(cutoff, dtype=complex)
        for n in range(1, cutoff):
            state[n] = state[n - 1] * amplitude / np.sqrt(n)
        states.append(state / np.linalg.norm(state))
    return reduce(np.kron, states)


def master_equation(system: OpenSystem, rho: Matrix, cutoff: int) -> Matrix:
    """−i[H, ρ] + Σ γ (LρL† − ½L†Lρ − ½ρL†L)."""
    h = matrix(system.hamiltonian, system.modes, cutoff)
    result = -1j * (h @ rho - rho @ h)
    for jump, rate in system.loss.items():
        l = matrix(jump, system.modes, cutoff)
        number = l.conj().T @ l
        result += rate * (l @ rho @ l.conj().T - 0.5 * (number @ rho + rho @ number))
    return result

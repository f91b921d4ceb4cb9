"""Master equations as sparse matrices on vec ρ (rows of ρ one after the other), written out without any symmetry."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array, eye_array, kron

Complex = NDArray[np.complex128]


def annihilator(levels: Sequence[int], mode: int) -> csr_array:
    """a of one of several modes, each cut off at a number of levels."""
    result: Any = eye_array(1, dtype=complex)
    for index, count in enumerate(levels):
        own = diags_array(np.sqrt(np.arange(1.0, count)), offsets=1, shape=(count, count))
        result = kron(result, own if index == mode else eye_array(count))
    return csr_array(result)


def dagger(operator: Any) -> csr_array:
    """The Hermitian conjugate."""
    return csr_array(operator.conj().T)


def liouvillian(hamiltonian: Any, jumps: Iterable[tuple[float, Any]]) -> csr_array:
    """L with d(vec ρ)/dt = L vec ρ for dρ/dt = −i[H, ρ] + Σ γ(JρJ† − ½J†Jρ − ½ρJ†J)."""
    one = eye_array(hamiltonian.shape[0])
    result = -1j * (kron(hamiltonian, one) - kron(one, hamiltonian.T))
    for rate, jump in jumps:
        number = dagger(jump) @ jump
        result = result + rate * (kron(jump, jump.conj()) - 0.5 * kron(number, one) - 0.5 * kron(one, number.T))
    return csr_array(result)


def vacuum(size: int) -> Complex:
    """vec of |0⟩⟨0|."""
    result = np.zeros(size**2, dtype=complex)
    result[0] = 1
    return result


def mean(operator: Any, rho: Complex) -> complex:
    """Tr(Oρ) of vec ρ."""
    size = operator.shape[0]
    return complex((operator @ rho.reshape(size, size)).trace())


def reduced(rho: Complex, levels: tuple[int, int]) -> Complex:
    """The state of the first of two modes, (N, N), from vec ρ."""
    return np.asarray(np.trace(rho.reshape(*levels, *levels), axis1=1, axis2=3))


def oscillator(detuning: float, pair: complex, loss: float, two_photon: float, levels: int) -> csr_array:
    """L of H = Δa†a + (i/2)(εa†² − ε*a²) with the losses γ D[a] and Γ D[a²]."""
    a = annihilator([levels], 0)
    pairs = 0.5j * pair * dagger(a) @ dagger(a)
    return liouvillian(detuning * dagger(a) @ a + pairs + dagger(pairs), [(loss, a), (two_photon, a @ a)])

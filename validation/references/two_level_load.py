"""A two-level load on a battery by hand: the closed form without losses, and QuTiP with them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

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


class Maximum(NamedTuple):
    """A maximum of η_a, and how far a parabola through samples may be from it."""

    time: float
    height: float
    time_error: float
    height_error: float


def first_maximum(matrix: NDArray[Any], times: Array, coupling: float, detuning: float) -> Maximum:
    """The maximum of the closed form next to the largest of its samples at even `times`.

    A parabola through samples h apart misses the height by η⁗h⁴/24 + η‴²h⁴/(72|η″|) and the time by η‴h²/(6|η″|) at
    most; derivatives from differences of the samples around the maximum.
    """

    def minus(t: float) -> float:
        return -float(without_losses(matrix, np.array([t]), coupling, detuning).ergotropy[0])

    samples, h = without_losses(matrix, times, coupling, detuning).ergotropy, times[1] - times[0]
    top = int(np.argmax(samples))
    best = minimize_scalar(minus, bounds=tuple(times[[top - 1, top + 1]]), method="bounded", options={"xatol": 1e-10})
    near = samples[top - 3 : top + 4]
    second, third, fourth = (float(np.abs(np.diff(near, k)).max()) / h**k for k in (2, 3, 4))
    time_error = third * h**2 / (6 * second)
    return Maximum(best.x, -best.fun, time_error, fourth * h**4 / 24 + third**2 * h**4 / (72 * second))


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

"""States and their work by brute force: The Walrus's matrices, kernels between positions, sorted eigenvalues."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.special import gammaln

from validation.referees import the_walrus

Array = NDArray[np.float64]


class Sorted(NamedTuple):
    """n̄, Σ k r_(k), W, W^c and W^i of one state."""

    energy: float
    passive: float
    ergotropy: float
    coherent: float
    incoherent: float


def work_of(matrix: NDArray[Any]) -> Sorted:
    """All work values of a density matrix between number states, normalised first."""
    rho = matrix / np.trace(matrix).real
    k = np.arange(float(len(rho)))
    populations = np.diagonal(rho).real
    energy, diagonal = float(populations @ k), float(np.sort(populations)[::-1] @ k)
    passive = float(np.sort(eigh(rho, eigvals_only=True))[::-1] @ k)
    return Sorted(energy, passive, energy - passive, diagonal - passive, energy - diagonal)


def mixed_with_its_mirror_image(matrix: NDArray[Any]) -> NDArray[Any]:
    """½ (ρ + Π ρ Π) with Π = (−1)^n."""
    sign = (-1.0) ** np.arange(len(matrix))
    return np.asarray(0.5 * (matrix + sign[:, None] * matrix * sign))


def ellipse(large: float, small: float, angle: float) -> Array:
    """Covariance with these variances, the larger along the direction `angle`."""
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray(turn @ np.diag([large, small]) @ turn.T)


def between_positions(position: float, variance_x: float, variance_p: float, points: int) -> Array:
    """h⟨x|ρ|x'⟩ of ½(ρ₊ + Πρ₊Π) on a grid, ρ₊ Gaussian with these variances and the mean (position, 0).

    ⟨x|ρ₊|x'⟩ = (2πV_x)^(−½) exp[−(x̄ − x₀)²/(2V_x) − V_p (x − x')²/2], x̄ = (x + x')/2.  The trapezoidal rule converges
    faster than any power, so the eigenvalues are those of ρ once grid and momenta hold the state.
    """
    reach = position + 9 * np.sqrt(variance_x)
    x = np.linspace(-reach, reach, points)
    middle, apart = 0.5 * (x[:, None] + x), x[:, None] - x
    spread = np.exp(-0.5 * variance_p * apart**2) / np.sqrt(2 * np.pi * variance_x)
    both = sum(np.exp(-((middle - sign * position) ** 2) / (2 * variance_x)) for sign in (-1, 1))
    return np.asarray(0.5 * (x[1] - x[0]) * spread * both)


def passive_energy_of(spectrum: Array) -> float:
    """Σ k r_(k)."""
    return float(np.sort(spectrum)[::-1] @ np.arange(float(len(spectrum))))


def coherent(amplitude: complex, levels: int) -> NDArray[np.complex128]:
    """Number amplitudes e^(−|β|²/2) βⁿ/√n!."""
    n = np.arange(levels)
    return np.asarray(np.exp(n * np.log(complex(amplitude)) - 0.5 * gammaln(n + 1.0) - 0.5 * abs(amplitude) ** 2))


def gaussian(mean: Array, covariance: Array, cutoff: int) -> NDArray[np.complex128]:
    """The Walrus's matrix, by a name that says what it is."""
    return the_walrus.density_matrix(mean, covariance, cutoff)


def pure(vector: NDArray[Any]) -> NDArray[Any]:
    """|ψ⟩⟨ψ| normalised."""
    return np.asarray(np.outer(vector, vector.conj()) / np.vdot(vector, vector).real)

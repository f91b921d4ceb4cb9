"""Density matrices of one mode between number states or positions, and the work that they hold by sorting."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]


class Work(NamedTuple):
    """Values of states (...), in ħω_s, by the names that results have."""

    energy: Any
    passive_energy: Any
    ergotropy: Any
    ergotropy_coherent: Any
    ergotropy_incoherent: Any


def work_of(rho: NDArray[Any]) -> Work:
    """n̄, Σ k r_(k), W, W^c and W^i of density matrices (..., N, N) of trace 1.

    W = n̄ − Σ k r_(k) with eigenvalues in descending order, W^i = n̄ − Σ k p_(k) with populations so, W^c = W − W^i.
    """
    k = np.arange(float(rho.shape[-1]))
    populations = np.diagonal(rho, axis1=-2, axis2=-1).real
    energy, diagonal = populations @ k, np.sort(populations, axis=-1)[..., ::-1] @ k
    passive = np.linalg.eigvalsh(rho)[..., ::-1] @ k
    return Work(energy, passive, energy - passive, diagonal - passive, energy - diagonal)


def passive_energy_of(spectrum: NDArray[Any]) -> float:
    """Σ k r_(k) of eigenvalues, or of populations."""
    return float(np.sort(np.asarray(spectrum, dtype=float))[::-1] @ np.arange(float(len(spectrum))))


def coherent(amplitude: complex, levels: int) -> Complex:
    """Number amplitudes e^(−|β|²/2) βⁿ/√n!."""
    steps = np.concatenate([[np.exp(-0.5 * abs(amplitude) ** 2)], amplitude / np.sqrt(np.arange(1.0, levels))])
    return np.asarray(np.cumprod(steps.astype(complex)))


def pure(vector: NDArray[Any]) -> Complex:
    """|ψ⟩⟨ψ|, of trace 1 whatever the length of ψ."""
    return np.asarray(np.outer(vector, vector.conj()) / np.vdot(vector, vector).real, dtype=complex)


def number(n: int, levels: int | None = None) -> Complex:
    """|n⟩⟨n|."""
    return pure(np.eye(levels or n + 1)[n])


def thermal(mean: float, levels: int) -> Complex:
    """p_n ∝ (n̄/(n̄ + 1))ⁿ."""
    p = (mean / (mean + 1)) ** np.arange(levels)
    return np.diag(p / p.sum()).astype(complex)


def of_trace_one(rho: NDArray[Any]) -> NDArray[Any]:
    """A matrix that lost a little of its trace beyond its cutoff, normalised."""
    return np.asarray(rho / np.trace(rho).real)


def mixed_with_its_mirror_image(rho: NDArray[Any]) -> NDArray[Any]:
    """½ (ρ + Π ρ Π) with Π = (−1)^n."""
    sign = (-1.0) ** np.arange(len(rho))
    return np.asarray(0.5 * (rho + sign[:, None] * rho * sign))


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

"""Two coupled modes with squeezing, drive and loss: their exact Gaussian state, and what Heun's scheme makes of it.

H = Δ_a a†a + Δ_b b†b + (J a†b + h.c.) + [(iε/2) a†² + h.c.] + (F b† + h.c.), losses γ_a D[a] + γ_b D[b].
With the real vector r = (Re α, Im α, Re β, Im β) of Wigner samples: dr = (M r + f) dt + noise of covariance D dt.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm, solve_continuous_lyapunov

import phasespace_qb as qb

Array = NDArray[np.float64]

DETUNINGS, LOSSES, COUPLING, SQUEEZING, DRIVE = (0.4, -0.7), (1.3, 2.1), 0.3 - 0.4j, 0.25 + 0.2j, 0.7 + 0.5j
START = (0.6 - 0.3j, -0.5 + 0.2j)


def declared(drive: complex = DRIVE) -> qb.OpenSystem:
    """The system as a user declares it."""
    a, b = qb.modes("a", "b")
    half = COUPLING * a.dag * b + 0.5j * SQUEEZING * a.dag**2 + drive * b.dag
    hamiltonian = DETUNINGS[0] * a.dag * a + DETUNINGS[1] * b.dag * b + half + half.dag
    return qb.OpenSystem(hamiltonian, {a: LOSSES[0], b: LOSSES[1]}, {a: START[0], b: START[1]})


def _drift(a: complex, b: complex, drive: complex) -> Array:
    """Heisenberg's equations of the two amplitudes."""
    da = -(LOSSES[0] / 2 + 1j * DETUNINGS[0]) * a - 1j * COUPLING * b + SQUEEZING * np.conj(a)
    db = -(LOSSES[1] / 2 + 1j * DETUNINGS[1]) * b - 1j * np.conj(COUPLING) * a - 1j * drive
    return np.array([da.real, da.imag, db.real, db.imag])


M = np.stack([_drift(a, b, 0.0) for a, b in ((1, 0), (1j, 0), (0, 1), (0, 1j))], axis=1)
F = _drift(0, 0, DRIVE)
D = np.diag(np.repeat(LOSSES, 2)) / 4
R0 = np.array([START[0].real, START[0].imag, START[1].real, START[1].imag])
V0 = np.eye(4) / 4


@dataclass(frozen=True)
class Gaussian:
    """Mean and covariance of r, (T, 4) and (T, 4, 4)."""

    mean: Array
    covariance: Array

    def values(self) -> dict[str, NDArray[np.inexact]]:
        """Normally ordered moments of both modes by the name of the variable, (T, 2)."""
        x, y = self.mean[:, ::2], self.mean[:, 1::2]
        xx, yy, xy = (self.covariance[:, i::2, j::2].diagonal(0, 1, 2) for i, j in ((0, 0), (1, 1), (0, 1)))
        field = x + 1j * y
        return {
            "mean_field": field,
            "photon_number": np.abs(field) ** 2 + xx + yy - 0.5,
            "pair_amplitude": field**2 + xx - yy + 2j * xy,
        }

    def variances(self) -> dict[str, Array]:
        """Variance of one trajectory's contribution to ⟨Re a⟩ and to n̄, (T, 2)."""
        x, y = self.mean[:, ::2], self.mean[:, 1::2]
        xx, yy, xy = (self.covariance[:, i::2, j::2].diagonal(0, 1, 2) for i, j in ((0, 0), (1, 1), (0, 1)))
        spread = 2 * (xx**2 + yy**2 + 2 * xy**2) + 4 * (x**2 * xx + y**2 * yy + 2 * x * y * xy)
        return {"mean_field": xx, "photon_number": spread}


def exact(times: Array) -> Gaussian:
    """Mean and covariance from dr̄/dt = M r̄ + f and dV/dt = M V + V Mᵀ + D."""
    rest, settled = -np.linalg.solve(M, F), solve_continuous_lyapunov(M, -D)
    grown = [expm(M * t) for t in times]
    mean = [rest + e @ (R0 - rest) for e in grown]
    return Gaussian(np.array(mean), np.array([settled + e @ (V0 - settled) @ e.T for e in grown]))


def by_heun(step: float, steps: int) -> Gaussian:
    """The same after each of so many steps of Heun's scheme, which is an affine map of r and of the noise."""
    grow, shake = heun_maps(step)
    mean, covariance = [R0], [V0]
    for _ in range(steps):
        mean.append(grow @ mean[-1] + step * shake @ F)
        covariance.append(grow @ covariance[-1] @ grow.T + step * shake @ D @ shake.T)
    return Gaussian(np.array(mean), np.array(covariance))


def heun_maps(step: float) -> tuple[Array, Array]:
    """What a step does to r, 1 + hM + (hM)²/2, and to the noise and the drive of the step, 1 + hM/2."""
    return np.eye(4) + step * M + step**2 / 2 * M @ M, np.eye(4) + step / 2 * M


def spread_of_doubled_steps(step: float, pairs: int) -> Array:
    """Variance of r in steps of 2h less r in steps of h on the same noise, after each pair of steps, (pairs + 1, 4)."""
    grow, shake = heun_maps(step)
    wide, far = heun_maps(2 * step)
    move = np.block([[grow @ grow, np.zeros((4, 4))], [np.zeros((4, 4)), wide]])
    noise = np.block([[grow @ shake, shake], [far, far]])
    strength = noise @ np.kron(np.eye(2), step * D) @ noise.T
    joint, minus = np.tile(V0, (2, 2)), np.hstack([-np.eye(4), np.eye(4)])
    found = [np.zeros(4)]
    for _ in range(pairs):
        joint = move @ joint @ move.T + strength
        found.append(np.diag(minus @ joint @ minus.T))
    return np.array(found)

"""Squeezing inside the resonator and in the light that leaves it, from the linear theory about a fixed point."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phasespace_qb.errors import PhaseSpaceError, refusal, require_count, require_numbers, require_real, require_reals
from phasespace_qb.linear.mean_field import MeanField, frozen_at, require_amplitudes
from phasespace_qb.models.system import OpenSystem

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]


def quadrature_variance(covariance: Array, mode: int, angle: float = 0.0) -> Array:
    """⟨δx_θ²⟩ of x_θ = x cos θ + p sin θ of one mode inside the resonator, vacuum = ½.

    mode: its number; angle: θ in radians.  Shapes: covariance (..., 2·modes, 2·modes) -> (...).
    Units: the variance of vacuum is ½.
    Raises: TypeError for what are no real numbers, ValueError for another shape and for a number that no mode has.
    Source: definition.
    """
    must_be = "real numbers, an array of shape (..., 2·modes, 2·modes)"
    covariance = require_numbers("covariance", covariance, must_be)
    shape = covariance.shape
    if covariance.ndim < 2 or shape[-1] != shape[-2] or shape[-1] % 2 or not shape[-1]:
        raise ValueError(refusal("covariance", must_be, f"an array of shape {shape}"))
    mode = require_count("mode", mode, 0, shape[-1] // 2 - 1)
    angle = require_real("angle", angle, "a finite real number (radians)")
    direction = np.array([np.cos(angle), np.sin(angle)])
    here = slice(2 * mode, 2 * mode + 2)
    return np.asarray(np.einsum("i,...ij,j->...", direction, covariance[..., here, here], direction))


def output_spectrum(
    system: OpenSystem, amplitudes: ComplexArray, frequencies: ArrayLike, mode: str, angle: float = 0.0
) -> Array:
    """Spectrum S(ω) of the quadrature x_θ in the light that `mode` of a system loses, vacuum = 1.

    a_out = √γ a − a_in with γ all of the mode's photon loss, so S = 1 + 2γ uᵀ S_N(ω) u with u = (cos θ, sin θ) and the
    normally ordered S_N(ω) = (iω − A)⁻¹ D_N (iω − A)⁻†.  1 is the level of coherent light, 0 perfect squeezing.

    Shapes: amplitudes (modes,), a stable fixed point; frequencies (K,), units γ_s, from the mode's own frame -> (K,).
    angle: θ in radians.
    Raises: TypeError for what is no system and no real numbers, ValueError for amplitudes, frequencies or an angle that
    do not fit or are not finite, and if the mode is unknown or has no photon loss; PhaseSpaceError if the point is not
    stable.
    Source: Collett and Gardiner, Phys. Rev. A 30, 1386 (1984).
    """
    field = MeanField.of(system)
    if not isinstance(mode, str):
        raise TypeError(refusal("mode", f"one of the modes {system.modes}", mode))
    if mode not in system.modes:
        raise ValueError(refusal("mode", f"one of the modes {system.modes}", mode))
    require_real("angle", angle, "a finite real number (radians)")
    omega = require_reals("frequencies", frequencies, "a list of finite real numbers (units of gamma_s)")
    port = photon_loss(system, mode)
    if port == 0.0:
        raise ValueError(refusal("mode", "a mode with photon loss, which is the output port", mode))
    a, d = field.linearised(frozen_at(0.0), require_amplitudes("amplitudes", amplitudes, len(system.modes)))
    if not np.linalg.eigvals(a).real.max() < 0:
        raise PhaseSpaceError("No stationary spectrum: fluctuations about these amplitudes grow. Use a stable point.")
    u = np.zeros(len(a))
    index = 2 * system.modes.index(mode)
    u[index], u[index + 1] = np.cos(angle), np.sin(angle)
    # uᵀ(iω − A)⁻¹ is one linear system for each frequency.
    matrix = 1j * omega[:, None, None] * np.eye(len(a)) - a
    row = np.linalg.solve(matrix.swapaxes(-1, -2), np.broadcast_to(u[:, None] + 0j, (len(omega), len(a), 1)))[..., 0]
    return np.asarray(1 + 2 * port * np.einsum("ki,ij,kj->k", row, d, row.conj()).real)


def photon_loss(system: OpenSystem, mode: str) -> float:
    """Total rate γ at which `mode` loses single photons: Σ γ_L |c|² over jumps L = c·a, units γ_s."""
    single = ((mode, 0, 1),)
    terms = [(rate, list(jump)) for jump, rate in system.loss.items()]
    return float(sum(rate * abs(t[0][2]) ** 2 for rate, t in terms if len(t) == 1 and t[0][0] == single))

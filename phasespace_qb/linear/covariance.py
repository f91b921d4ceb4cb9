"""Fluctuations about the mean field to first order: covariances along it and in its steady states.

With r = (x₁, p₁, x₂, p₂, …) and ṙ = A r + noise about α(t), the normally ordered covariance obeys Ṅ = AN + NAᵀ + D_N,
where A and D_N are those of the positive-P equations at α⁺ = α*.  The symmetrically ordered one is V = N + ½I, so
V̇ = AV + VAᵀ + D with D = D_N − ½(A + Aᵀ); for photon loss alone D = ½γ_j on every quadrature, the noise of vacuum.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_continuous_lyapunov

from phasespace_qb.conventions import VACUUM_VARIANCE
from phasespace_qb.errors import PhaseSpaceError, refusal, require_count, require_increasing, require_numbers
from phasespace_qb.linear.mean_field import (
    MeanField,
    doubled,
    frozen_at,
    integrate,
    longest_step,
    require_amplitudes,
    to_quadratures,
)
from phasespace_qb.models.system import OpenSystem

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]


@dataclass(frozen=True, eq=False)
class GaussianModes:
    """Amplitudes and symmetrically ordered covariance of all modes, at one time or at many.

    Shapes: amplitudes (..., modes), units √quanta; covariance (..., 2·modes, 2·modes) over x₁, p₁, x₂, p₂, …,
    vacuum ½I.  Source: definition.
    """

    amplitudes: ComplexArray
    covariance: Array

    def of_mode(self, mode: int) -> tuple[Array, Array]:
        """Mean and covariance of the quadratures of the mode with the number `mode`.

        Shapes: (..., 2) and (..., 2, 2).  Units: the variance of vacuum is ½.
        Raises: TypeError for what is no number, ValueError for one that no mode has.
        Source: definition.
        """
        mode = require_count("mode", mode, 0, np.shape(self.amplitudes)[-1] - 1)
        here = slice(2 * mode, 2 * mode + 2)
        amplitude = self.amplitudes[..., mode]
        mean = np.sqrt(2) * np.stack([amplitude.real, amplitude.imag], axis=-1)
        return mean, self.covariance[..., here, here]


def follow(system: OpenSystem, times: Array, start: GaussianModes | None = None) -> GaussianModes:
    """Mean field and covariance of a system at `times`, from `start` at t = 0 or from the declared coherent states.

    Around an unstable mean field, such as the dark one above threshold, V grows without bound: the theory then holds
    early only.  NaN from where a number has become infinite.

    Shapes: times (T,), increasing; start of shape () -> GaussianModes of shape (T,).  Units of time: 1/γ_s.
    Raises: TypeError for what is no system, no times or no GaussianModes; ValueError for times that do not increase
    and for a start that does not fit.
    Source: the paper's Eqs. (12)–(13) and own derivation (above) of V̇ = AV + VAᵀ + D.
    """
    field, times = MeanField.of(system), require_increasing("times", times)
    modes = len(system.modes)
    if start is None:
        start = GaussianModes(system.start_amplitudes, VACUUM_VARIANCE * np.eye(2 * modes))
    start = _require_start(start, modes)

    def rate(t: float, y: ComplexArray) -> ComplexArray:
        z, normal = doubled(y[:modes]), y[modes:].reshape(2 * modes, -1)
        flow = field.jacobian(t, z) @ normal
        return np.concatenate([field.drift(t, z)[::2], (flow + flow.T + field.diffusion(t, z)).ravel()])

    # In the complex basis (α₁, α₁⁺, …), where the polynomials are given.
    first = np.concatenate([start.amplitudes, complex_basis(normally_ordered(start.covariance)).ravel()])
    y = integrate(rate, first, times, field.breakpoints, longest_step(field, start.amplitudes, times))
    normal = real_basis(y[:, modes:].reshape(len(y), 2 * modes, -1))
    return GaussianModes(y[:, :modes], normal + VACUUM_VARIANCE * np.eye(2 * modes))


def _require_start(start: Any, modes: int) -> GaussianModes:
    """Return `start` if it is a state of this many modes at one time; else refuse it."""
    if not isinstance(start, GaussianModes):
        raise TypeError(refusal("start", "GaussianModes", start))
    amplitudes = require_amplitudes("start.amplitudes", start.amplitudes, modes)
    must_be = f"real numbers, an array of shape ({2 * modes}, {2 * modes})"
    covariance = require_numbers("start.covariance", start.covariance, must_be)
    if covariance.shape != (2 * modes, 2 * modes):
        raise ValueError(refusal("start.covariance", must_be, f"an array of shape {covariance.shape}"))
    return GaussianModes(amplitudes, covariance)


def steady_covariance(system: OpenSystem, amplitudes: ComplexArray, *, at: float = 0.0) -> Array:
    """V of a system with AV + VAᵀ + D = 0 at a stable fixed point.

    Shapes: amplitudes (modes,), units √quanta -> (2·modes, 2·modes) over x₁, p₁, …, vacuum ½I.
    at: the time (units 1/γ_s) at which drives are frozen.
    Raises: TypeError for what is no system, no amplitudes or no time; ValueError for amplitudes or a time that do not
    fit; PhaseSpaceError where the point is not stable, because no steady covariance exists there.
    Source: Gardiner and Zoller, Quantum Noise (2004), on linear systems; D by own derivation (above).
    """
    field = MeanField.of(system)
    point = require_amplitudes("amplitudes", amplitudes, len(system.modes))
    a, d = field.linearised(frozen_at(at), point)
    fastest = np.linalg.eigvals(a).real.max()
    if not fastest < 0:
        raise PhaseSpaceError(
            f"No steady covariance: fluctuations about {np.array2string(point, precision=4)} grow at "
            f"the rate {fastest:.3g}. Use a stable fixed point."
        )
    normal = solve_continuous_lyapunov(a, -d)
    return np.asarray(0.5 * (normal + normal.T) + VACUUM_VARIANCE * np.eye(len(a)))


def normally_ordered(covariance: Array) -> Array:
    """N = V − ½I, shape (..., 2·modes, 2·modes)."""
    return covariance - VACUUM_VARIANCE * np.eye(covariance.shape[-1])


def complex_basis(matrix: Array) -> ComplexArray:
    """Second moments of (α₁, α₁⁺, …) from those of (x₁, p₁, …), shape (..., 2·modes, 2·modes)."""
    back = np.linalg.inv(to_quadratures(matrix.shape[-1] // 2))
    return np.asarray(back @ matrix @ back.T)


def real_basis(matrix: ComplexArray) -> Array:
    """Second moments of (x₁, p₁, …) from those of (α₁, α₁⁺, …), shape (..., 2·modes, 2·modes)."""
    forth = to_quadratures(matrix.shape[-1] // 2)
    return np.asarray((forth @ matrix @ forth.T).real)

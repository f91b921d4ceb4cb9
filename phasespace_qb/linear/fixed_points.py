"""Where the mean field can rest, and whether it returns there after a small push."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, qmc

from phasespace_qb.errors import refusal, require_numbers
from phasespace_qb.linear.mean_field import MeanField, doubled, frozen_at
from phasespace_qb.models.system import OpenSystem

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

STARTS = 256
RADII = (1e-1, 1e4)
"""Distances from the origin, in √quanta, at which Newton's method starts unless told where."""
MOST_ITERATIONS = 200
RESIDUAL = 1e-12
"""Largest drift at a fixed point, in units of the terms that cancel in it."""
SAME = 1e-6
"""Fixed points closer than this, in units of 1 + amplitude, are one: a root of higher order is found no better."""


@dataclass(frozen=True, eq=False)
class FixedPoint:
    """A resting point of the mean field.

    Shapes: amplitudes (modes,), units √quanta; eigenvalues (2·modes,) of the Jacobian there, units γ_s, the one with
    the largest real part first.  residual: largest component of the drift, relative to the terms that cancel in it.
    """

    amplitudes: ComplexArray
    eigenvalues: ComplexArray
    residual: float

    @property
    def stable(self) -> bool:
        """Whether every small deviation decays; False at a marginal point, such as a threshold."""
        return bool(self.eigenvalues[0].real < -1e-10 * np.abs(self.eigenvalues).max())


def fixed_points(system: OpenSystem, starts: ComplexArray | None = None, *, at: float = 0.0) -> list[FixedPoint]:
    """Fixed points of α̇ = A(α, α*), found by Newton's method and ordered by their total photon number.

    starts: amplitudes to start from, shape (K, modes), such as `DopoBattery.steady_amplitudes()`; unless given, the
    origin, the declared start, and 256 points of a Halton sequence at radii 0.1 … 10⁴.  at: the time (units 1/γ_s)
    at which drives are frozen.  Amplitudes are in units of √quanta.

    A polynomial system may have more fixed points than any number of starts finds.  Of a continuous family, such as
    the free phase of a laser, single points are returned; they are marginal and not `stable`.
    Raises: TypeError for what is no system, no amplitudes or no time; ValueError if the shape of `starts` does not fit
    or the time is not finite.
    Source: the paper's Eqs. (12)–(13), for any `system`.
    """
    field = MeanField.of(system)
    modes = len(system.modes)
    must_be = f"an array of shape (K, {modes})"
    first = _default_starts(system) if starts is None else require_numbers("starts", starts, must_be, "iufc") + 0j
    if first.ndim != 2 or first.shape[1] != modes:
        raise ValueError(refusal("starts", must_be, f"an array of shape {first.shape}"))
    t = frozen_at(at)
    found: list[FixedPoint] = []
    z = _newton(field, t, doubled(first))
    with np.errstate(all="ignore"):
        size = np.maximum(field.drift.size(t, z).max(axis=-1), np.finfo(float).tiny)
        residuals = np.abs(field.drift(t, z)).max(axis=-1) / size
    for point, residual in zip(z, residuals, strict=True):
        reach = SAME * (1 + np.abs(point).max())
        is_new = all(np.abs(known.amplitudes - point[::2]).max() > reach for known in found)
        if residual <= RESIDUAL and is_new:
            eigenvalues = np.asarray(np.linalg.eigvals(field.jacobian(t, point)), dtype=complex)
            order = np.lexsort([eigenvalues.imag, -eigenvalues.real])
            found.append(FixedPoint(point[::2], eigenvalues[order], float(residual)))
    return sorted(found, key=_order)


def _order(point: FixedPoint) -> tuple[float, tuple[float, ...]]:
    """By photon number, which rounding must not order, then by phases."""
    number = float(np.sum(np.abs(point.amplitudes) ** 2))
    return float(f"{number:.8e}"), tuple(-np.round(np.angle(point.amplitudes), 6))


def _default_starts(system: OpenSystem) -> ComplexArray:
    modes = len(system.modes)
    sequence = qmc.Halton(2 * modes + 1, scramble=False)
    sequence.fast_forward(1)  # its first point is 0, a direction at infinity
    u = sequence.random(STARTS)
    directions = norm.ppf(u[:, 1:])
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    low, high = np.log(RADII)
    points = np.exp(low + (high - low) * u[:, :1]) * (directions[:, ::2] + 1j * directions[:, 1::2])
    return np.concatenate([np.zeros((1, modes)), system.start_amplitudes[None], points])


def _newton(field: MeanField, t: float, z: ComplexArray) -> ComplexArray:
    """Damped Newton's method on A(z) = 0 for many z (B, symbols) at once."""

    def length(points: ComplexArray) -> Array:
        return np.asarray(np.linalg.norm(field.drift(t, points), axis=-1))

    active = np.arange(len(z))
    z = z.copy()
    with np.errstate(all="ignore"):
        for _ in range(MOST_ITERATIONS):
            here = z[active]
            step = _step(field, t, here)
            share = np.ones(len(here))
            before = length(here)
            for _ in range(12):
                worse = ~(length(here + share[:, None] * step) < before)
                share[worse] /= 2
                if not worse.any():
                    break
            # Where no part of the step helps, rounding is all that is left.
            share[worse] = 0.0
            z[active] = here + share[:, None] * step
            moved = np.abs(step).max(axis=1) > 2 * np.finfo(float).eps * np.abs(here).max(axis=1)
            active = active[~worse & moved & np.isfinite(step).all(axis=1) & (before > 0)]
            if not len(active):
                break
    return z


def _step(field: MeanField, t: float, z: ComplexArray) -> ComplexArray:
    jacobian, drift = field.jacobian(t, z), field.drift(t, z)[..., None]
    try:
        solution = np.linalg.solve(jacobian, drift)
    except np.linalg.LinAlgError:
        solution = np.linalg.pinv(np.nan_to_num(jacobian)) @ drift
    step = np.asarray(-solution[..., 0], dtype=complex)
    # Rounding would leave the classical points α⁺ = α* near a singular Jacobian, and there are other roots.
    return doubled(0.5 * (step[:, ::2] + step[:, 1::2].conj()))

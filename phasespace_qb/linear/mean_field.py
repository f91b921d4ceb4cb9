"""The classical field of all modes: its equation of motion, the derivatives of it, and its solutions.

α̇ = A(α, α*) with A the drift of the positive-P equations at α⁺ = α*; for the battery the paper's Eqs. (12)–(13).
"""

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import LSODA

from phasespace_qb.errors import refusal, require_increasing, require_numbers, require_real
from phasespace_qb.linear.polynomials import PolynomialTensor
from phasespace_qb.models.system import OpenSystem
from phasespace_qb.phase_space.representations.positive_p import PositivePRules

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

LARGEST = 1e40
"""A number that only what has escaped, or is growing without end, passes."""


@dataclass(frozen=True, eq=False)
class MeanField:
    """Drift A and normally ordered diffusion D of an open system, as polynomials in z = (α₁, α₁⁺, α₂, α₂⁺, …).

    Derivatives of the phase-space equation above second order do not enter a linear theory and are left out, so any
    polynomial system has one.
    """

    modes: tuple[str, ...]
    drift: PolynomialTensor
    diffusion: PolynomialTensor

    @classmethod
    def of(cls, system: OpenSystem) -> "MeanField":
        """Derive both from the declaration of `system`, by the rules of the positive-P representation.

        Raises: TypeError for what is no OpenSystem.
        """
        if not isinstance(system, OpenSystem):
            raise TypeError(refusal("system", "an OpenSystem", system, "Of a DopoBattery it is battery.system()."))
        planck = PositivePRules().fokker_planck(system)
        count = 2 * len(system.modes)
        drift = [((i,), term) for i, terms in planck.drift.items() for term in terms]
        diffusion = [(pair, term) for pair, terms in planck.diffusion.items() for term in terms]
        return cls(
            system.modes,
            PolynomialTensor(count, 1, tuple(drift)),
            PolynomialTensor(count, 2, tuple(diffusion)),
        )

    @cached_property
    def jacobian(self) -> PolynomialTensor:
        """∂A_i/∂z_j."""
        return self.drift.derivative()

    @property
    def breakpoints(self) -> set[float]:
        """Instants (units 1/γ_s) at which some coefficient is not smooth."""
        terms = [term for _, term in (*self.drift.entries, *self.diffusion.entries)]
        return {instant for term in terms for instant in term.coefficient.breakpoints}

    @property
    def is_constant(self) -> bool:
        """Whether no coefficient depends on time."""
        return all(term.coefficient.is_constant for _, term in (*self.drift.entries, *self.diffusion.entries))

    def velocity(self, t: float, amplitudes: ComplexArray) -> ComplexArray:
        """α̇; shapes (..., modes) -> (..., modes), units √(quanta) γ_s."""
        return self.drift(t, doubled(amplitudes))[..., ::2]

    def linearised(self, t: float, amplitudes: ComplexArray) -> tuple[Array, Array]:
        """A and D of ṙ = A r + noise for the quadratures r = (x₁, p₁, x₂, p₂, …), D normally ordered.

        The noise that vacuum has in addition is −½(A + Aᵀ), see `covariance`.
        Shapes: amplitudes (..., modes) -> twice (..., 2·modes, 2·modes), units γ_s.
        """
        z = doubled(amplitudes)
        to_real = to_quadratures(len(self.modes))
        back = np.linalg.inv(to_real)
        return (to_real @ self.jacobian(t, z) @ back).real, (to_real @ self.diffusion(t, z) @ to_real.T).real


def doubled(amplitudes: ComplexArray) -> ComplexArray:
    """The point α⁺ = α* of phase space; shapes (..., modes) -> (..., 2·modes)."""
    return np.stack([amplitudes, amplitudes.conj()], axis=-1).reshape(*amplitudes.shape[:-1], -1)


def to_quadratures(modes: int) -> ComplexArray:
    """The matrix that takes (α₁, α₁⁺, α₂, …) to (x₁, p₁, x₂, …): x = (α + α⁺)/√2, p = (α − α⁺)/(i√2)."""
    return np.kron(np.eye(modes), np.array([[1, 1], [-1j, 1j]]) / np.sqrt(2))


def require_amplitudes(name: str, value: Any, modes: int) -> ComplexArray:
    """Return one finite amplitude (units √quanta) for each mode, shape (modes,); else refuse them.

    Raises: TypeError for what are no numbers, ValueError for another shape and for numbers that are not finite.
    """
    must_be = f"finite numbers, an array of shape ({modes},)"
    given = require_numbers(name, value, must_be, "iufc").astype(np.complex128)
    if given.shape != (modes,):
        raise ValueError(refusal(name, must_be, f"an array of shape {given.shape}"))
    if not np.isfinite(given).all():
        raise ValueError(refusal(name, must_be, value))
    return given


def frozen_at(time: float) -> float:
    """An instant just after `time`, so that a jump there has happened.

    Raises: TypeError for what is no number, ValueError for one that is not finite.
    """
    return float(np.nextafter(require_real("at", time, "a finite time (units of 1/gamma_s)"), np.inf))


def mean_field(system: OpenSystem, times: Array, start: ComplexArray | None = None) -> ComplexArray:
    """The classical amplitudes of all modes at `times`, from `start` at t = 0 or the declared start.

    Shapes: times (T,), increasing from 0 or later, units 1/γ_s; start (modes,) -> (T, modes).
    NaN from where the field has escaped to infinity.
    Raises: TypeError for what is no system, no times or no amplitudes; ValueError for times that do not increase and
    for a start that does not fit.
    Source: the paper's Eqs. (12)–(13), for any system.
    """
    field, times = MeanField.of(system), require_increasing("times", times)
    first = system.start_amplitudes if start is None else require_amplitudes("start", start, len(system.modes))
    return integrate(field.velocity, first, times, field.breakpoints, longest_step(field, first, times))


def longest_step(field: MeanField, amplitudes: ComplexArray, times: Array) -> float:
    """A step that does not pass over a short pulse of a drive; no limit without drives.

    0.2/(fastest rate at the start), or 1/20 000 of the run where that is longer.
    """
    if field.is_constant:
        return np.inf
    rate = float(np.abs(field.jacobian(0.0, doubled(amplitudes))).sum(axis=-1).max())
    last = float(np.max(times, initial=0.0))
    return max(min(0.2 / rate if rate else np.inf, last / 200), last / 20_000) or np.inf


def integrate(
    rate: Callable[[float, ComplexArray], ComplexArray],
    start: ComplexArray,
    times: Array,
    breakpoints: Iterable[float],
    longest: float = np.inf,
    tolerance: float = 1e-11,
) -> ComplexArray:
    """Solve ẏ = rate(t, y) from y(0) = start, piece by piece between breakpoints.

    `rate` is evaluated inside a piece only, so a jump at a breakpoint is not smeared.
    Shapes: start (n,), times (T,) -> (T, n); NaN from where the solution has left the range of numbers.
    """
    wanted = np.asarray(times, dtype=float)
    result = np.full((len(wanted), len(start)), np.nan + 0j)
    result[wanted == 0] = start
    last = float(wanted.max(initial=0.0))
    edges = sorted({0.0, last, *(b for b in breakpoints if 0 < b < last)})
    y = np.ascontiguousarray(start, dtype=complex)
    for left, right in pairwise(edges):
        here = (wanted > left) & (wanted <= right)
        solved = _piece(_real(rate, left, right), y, np.array([left, *wanted[here], right]), longest, tolerance)
        result[here] = solved[:-1]
        y = solved[-1]
        if not np.isfinite(y).all():
            break
    return result


def _piece(
    rate: Callable[[float, Array], Array], start: ComplexArray, times: Array, longest: float, tolerance: float
) -> ComplexArray:
    """The solution from `start` at times[0], at all other times; NaN from where it escapes."""
    solved = np.full((len(times) - 1, len(start)), np.nan + 0j)
    # LSODA changes to implicit steps where a fast mode has settled.  It knows real numbers only.
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a step that fails ends the loop
        solver = LSODA(
            rate, times[0], start.view(float), times[-1], max_step=longest, rtol=tolerance, atol=tolerance * 1e-2
        )
        done = 0
        while solver.status == "running":
            solver.step()
            if not np.abs(solver.y).max() < LARGEST:
                break
            until = int(np.searchsorted(times[1:], solver.t, side="right"))
            if until > done:
                at: Array = solver.dense_output()(times[1 + done : 1 + until])
                solved[done:until] = np.ascontiguousarray(at.T).view(complex)
                done = until
    return solved


def _real(
    rate: Callable[[float, ComplexArray], ComplexArray], left: float, right: float
) -> Callable[[float, Array], Array]:
    """`rate` of the real and imaginary parts, at times strictly between `left` and `right`."""
    first, last = float(np.nextafter(left, right)), float(np.nextafter(right, left))

    def rate_of_parts(t: float, y: Array) -> Array:
        rates = rate(min(max(t, first), last), np.ascontiguousarray(y).view(complex))
        return np.ascontiguousarray(rates, dtype=complex).view(float)

    return rate_of_parts

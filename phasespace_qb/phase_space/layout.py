"""Equations with their numbers taken out: every coefficient becomes a numbered slot.

The layout decides the source of a kernel; the values of the slots are run-time arguments.  Two runs whose layouts are
equal share one compiled kernel, whatever their parameters, drives and steps.
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.models.algebra import Coefficient
from phasespace_qb.phase_space.equations import Equations, Factors, NoiseTerm


class Kind(Enum):
    """Which parts of a slot's value are not zero throughout the run; fewer parts make faster code."""

    REAL = "r"
    IMAGINARY = "i"
    COMPLEX = "c"


@dataclass(frozen=True)
class SlotTerm:
    """Value of a slot times a product of factors."""

    slot: int
    kind: Kind
    factors: Factors


@dataclass(frozen=True)
class SlotNoise:
    """scale · √(Σ radicand) · normal number `noise`; no radicand: the scale holds the root; no scale: it is 1."""

    noise: int
    scale: SlotTerm | None
    radicand: tuple[SlotTerm, ...]


@dataclass(frozen=True)
class SlotEquation:
    """Increment of one variable; held terms are taken at the start of the step in every stage."""

    drift: tuple[SlotTerm, ...]
    held: tuple[SlotTerm, ...]
    noise: tuple[SlotNoise, ...]


@dataclass(frozen=True)
class Layout:
    """All increments, the number of slots and of random numbers per step; hashable."""

    equations: tuple[SlotEquation, ...]
    slot_count: int
    noise_count: int


class Role(Enum):
    """What a slot holds of a coefficient c, an amplitude a and a step h.

    With the linear part L of the slot's variable solved exactly, φ₁ = (e^(Lh) − 1)/(Lh) and φ = (e^(2Lh) − 1)/(2Lh),
    with Re L in φ for circular noise; otherwise both are 1.
    """

    DRIFT = "c h φ₁"
    RADICAND = "c h φ"
    ROOT = "a √(c h φ)"
    SCALE = "a"


@dataclass(frozen=True)
class Slot:
    """One number of the equations of variable `target`.

    circular: the noise keeps ⟨|z|²⟩ exact, which the real part of L damps; otherwise ⟨z²⟩.
    """

    role: Role
    target: int
    coefficient: Coefficient | None = None
    amplitude: complex = 1.0
    circular: bool = False

    def sample(
        self, times: NDArray[np.float64], lengths: NDArray[np.float64], exponent: NDArray[np.complex128]
    ) -> NDArray[np.complex128]:
        """Values for steps of given lengths h, with coefficients taken at `times`; exponent: L h; shapes (T,)."""
        if self.coefficient is None:
            return np.full(len(times), self.amplitude, dtype=complex)
        integrated = self.coefficient.sample(times) * lengths
        damping = 2 * (exponent.real.astype(complex) if self.circular else exponent)
        match self.role:
            case Role.DRIFT:
                return integrated * mean_exponential(exponent)
            case Role.RADICAND:
                return integrated * mean_exponential(damping)
            case _:
                return self.amplitude * np.sqrt(integrated * mean_exponential(damping))


def mean_exponential(x: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """(e^x − 1)/x, the mean of e^(xt) over 0 ≤ t ≤ 1; 1 at x = 0."""
    return np.divide(np.expm1(x), x, out=np.ones_like(x), where=x != 0)


def slots_of(equations: Equations) -> list[Slot]:
    """All slots in the order in which `layout_of` numbers them."""
    slots = [Slot(Role.DRIFT, v, term.coefficient) for v, terms in enumerate(equations.drift) for term in terms]
    for term in equations.noise:
        circular = equations.has_circular_noise(term.target)
        if term.root_depends_on_state:
            slots += [Slot(Role.SCALE, term.target, amplitude=term.amplitude)] if _has_scale(term) else []
            slots += [Slot(Role.RADICAND, term.target, part.coefficient, circular=circular) for part in term.radicand]
        else:
            total = Coefficient(tuple(piece for part in term.radicand for piece in part.coefficient.terms))
            slots.append(Slot(Role.ROOT, term.target, total, term.amplitude, circular))
    return slots


def _has_scale(term: NoiseTerm) -> bool:
    return not term.root_depends_on_state or bool(term.factors) or term.amplitude != 1


def kinds_of(rows: NDArray[np.complex128]) -> list[Kind]:
    """Kind of each slot from all its values; shapes (R, slots) -> slots."""
    has_real, has_imaginary = (rows.real != 0).any(axis=0), (rows.imag != 0).any(axis=0)
    return [
        Kind.COMPLEX if real and imaginary else Kind.IMAGINARY if imaginary else Kind.REAL
        for real, imaginary in zip(has_real, has_imaginary, strict=True)
    ]


def layout_of(equations: Equations, kinds: list[Kind], *, exact_linear: bool = False) -> Layout:
    """Number the slots of `equations`; with `exact_linear`, terms linear in their own variable are held."""
    number = iter(range(len(kinds)))

    def slot_term(factors: Factors) -> SlotTerm:
        slot = next(number)
        return SlotTerm(slot, kinds[slot], factors)

    drift: list[list[SlotTerm]] = [[] for _ in equations.variables]
    held: list[list[SlotTerm]] = [[] for _ in equations.variables]
    noise: list[list[SlotNoise]] = [[] for _ in equations.variables]
    for variable, terms in enumerate(equations.drift):
        for term in terms:
            kept = held if exact_linear and term.factors == (variable,) else drift
            kept[variable].append(slot_term(term.factors))
    for noise_term in equations.noise:
        scale = slot_term(noise_term.factors) if _has_scale(noise_term) else None
        parts = noise_term.radicand if noise_term.root_depends_on_state else ()
        radicand = tuple(slot_term(part.factors) for part in parts)
        noise[noise_term.target].append(SlotNoise(noise_term.noise, scale, radicand))
    return Layout(
        tuple(SlotEquation(tuple(d), tuple(h), tuple(n)) for d, h, n in zip(drift, held, noise, strict=True)),
        len(kinds),
        equations.noise_count,
    )

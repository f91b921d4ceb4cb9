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
    """Increment of one variable."""

    drift: tuple[SlotTerm, ...]
    noise: tuple[SlotNoise, ...]


@dataclass(frozen=True)
class Layout:
    """All increments, the number of slots and of normal numbers per step; hashable."""

    equations: tuple[SlotEquation, ...]
    slot_count: int
    noise_count: int


@dataclass(frozen=True)
class Slot:
    """How a slot's value follows from a coefficient c and a step h: c·h, amplitude·√(c·h), or the amplitude itself."""

    coefficient: Coefficient | None
    amplitude: complex | None

    def sample(self, times: NDArray[np.float64], lengths: NDArray[np.float64]) -> NDArray[np.complex128]:
        """Values for steps of given lengths whose coefficients are taken at `times`; shapes (T,), (T,) -> (T,)."""
        if self.coefficient is None:
            return np.full(len(times), self.amplitude, dtype=complex)
        integrated = self.coefficient.sample(times) * lengths
        return integrated if self.amplitude is None else self.amplitude * np.sqrt(integrated)


def slots_of(equations: Equations) -> list[Slot]:
    """All slots in the order in which `layout_of` numbers them."""
    slots = [Slot(term.coefficient, None) for terms in equations.drift for term in terms]
    for term in equations.noise:
        if term.root_depends_on_state:
            slots += [Slot(None, term.amplitude)] if _has_scale(term) else []
            slots += [Slot(part.coefficient, None) for part in term.radicand]
        else:
            total = Coefficient(tuple(piece for part in term.radicand for piece in part.coefficient.terms))
            slots.append(Slot(total, term.amplitude))
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


def layout_of(equations: Equations, kinds: list[Kind]) -> Layout:
    """Number the slots of `equations`."""
    number = iter(range(len(kinds)))

    def slot_term(factors: Factors) -> SlotTerm:
        slot = next(number)
        return SlotTerm(slot, kinds[slot], factors)

    drift = [tuple(slot_term(term.factors) for term in terms) for terms in equations.drift]
    noise: list[list[SlotNoise]] = [[] for _ in equations.variables]
    for term in equations.noise:
        scale = slot_term(term.factors) if _has_scale(term) else None
        parts = term.radicand if term.root_depends_on_state else ()
        noise[term.target].append(SlotNoise(term.noise, scale, tuple(slot_term(part.factors) for part in parts)))
    return Layout(
        tuple(SlotEquation(d, tuple(n)) for d, n in zip(drift, noise, strict=True)), len(kinds), equations.noise_count
    )

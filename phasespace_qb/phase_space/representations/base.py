"""From a master equation to a Fokker–Planck equation, by a table of rules.

A representation says what multiplication of ρ by a or a†, from the left or the right, does to the distribution.
Applying the rules to the generator gives Σ c ∂^k z^m P; sorted by the order of the derivatives that is
∂P/∂t = Σ −∂_i A_i P + ½ Σ ∂_i∂_j D_ij P + (third order and higher).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from phasespace_qb.conventions import Ordering
from phasespace_qb.errors import PhaseSpaceError
from phasespace_qb.models.algebra import Coefficient, Drives, Monomial, Polynomial, drive_product
from phasespace_qb.models.system import OpenSystem
from phasespace_qb.phase_space.equations import Equations, Term

Symbols = tuple[int, ...]
"""Symbols of a product, sorted, repeated for powers; symbol 2j is α of mode j, 2j+1 its partner (α⁺ or α*)."""

Expansion = dict[tuple[Symbols, Symbols, Drives], complex]
"""Σ c ∂^k z^m P, keyed by (derivatives, factors, drives); all derivatives stand on the left."""


@dataclass(frozen=True)
class PhaseSpaceOperator:
    """A linear combination of multiplications z_i· and derivatives ∂_i for the two symbols of one mode."""

    parts: tuple[tuple[float, bool, int], ...]

    def __add__(self, other: "PhaseSpaceOperator") -> "PhaseSpaceOperator":
        return PhaseSpaceOperator(self.parts + other.parts)

    def __sub__(self, other: "PhaseSpaceOperator") -> "PhaseSpaceOperator":
        return self + -1.0 * other

    def __rmul__(self, number: float) -> "PhaseSpaceOperator":
        return PhaseSpaceOperator(tuple((number * weight, is_derivative, i) for weight, is_derivative, i in self.parts))


def X(symbol: int) -> PhaseSpaceOperator:
    """Multiplication by symbol 0 (α) or 1 (its partner) of the mode."""
    return PhaseSpaceOperator(((1.0, False, symbol),))


def D(symbol: int) -> PhaseSpaceOperator:
    """Derivative with respect to symbol 0 (α) or 1 (its partner) of the mode."""
    return PhaseSpaceOperator(((1.0, True, symbol),))


LEFT, RIGHT = "left", "right"
A, AD = "a", "a†"


@dataclass(frozen=True)
class FokkerPlanck:
    """Drift A and diffusion D as polynomials in the symbols, and the names of the terms of higher order.

    drift[i] and diffusion[i, j] (both (i, j) and (j, i) present) are lists of terms whose factors are symbols.
    """

    drift: dict[int, list[Term]]
    diffusion: dict[tuple[int, int], list[Term]]
    higher: tuple[str, ...]


class Representation(ABC):
    """A phase-space representation: rules, the ordering of its averages, and how symbols become variables."""

    name: ClassVar[str]
    ordering: ClassVar[Ordering]
    rules: ClassVar[dict[tuple[str, str], PhaseSpaceOperator]]
    partner: ClassVar[str]
    """Suffix in the name of a mode's second symbol."""

    @abstractmethod
    def equations(self, system: OpenSystem) -> Equations:
        """Derive the Itô equations of `system` in this representation."""

    def fokker_planck(self, system: OpenSystem) -> FokkerPlanck:
        """Apply the rules to the generator of `system` and sort by the order of the derivatives."""
        total: Expansion = {}
        size: dict[tuple[Symbols, Symbols, Drives], float] = {}
        for number, drives, left, right in _generator(system):
            for key, value in self._expand(system, left, right).items():
                derivatives, factors, _ = key
                slot = (derivatives, factors, drives)
                total[slot] = total.get(slot, 0) + number * value
                size[slot] = size.get(slot, 0.0) + abs(number * value)
        drift: dict[int, list[Term]] = {}
        diffusion: dict[tuple[int, int], list[Term]] = {}
        higher: dict[str, None] = {}
        grouped: dict[tuple[Symbols, Symbols], list[tuple[complex, Drives]]] = {}
        for (derivatives, factors, drives), value in total.items():
            # What cancels exactly can leave the rounding of its own summands behind.
            if abs(value) > 1e-13 * size[derivatives, factors, drives]:
                grouped.setdefault((derivatives, factors), []).append((value, drives))
        for (derivatives, factors), parts in grouped.items():
            match len(derivatives):
                case 0:
                    raise PhaseSpaceError(
                        "The generator does not preserve the trace; do its coefficients differ too much in size?"
                    )
                case 1:
                    coefficient = Coefficient(tuple((-c, drives) for c, drives in parts))
                    drift.setdefault(derivatives[0], []).append(Term(coefficient, factors))
                case 2:
                    i, j = derivatives
                    weight = 2 if i == j else 1
                    term = Term(Coefficient(tuple((weight * c, drives) for c, drives in parts)), factors)
                    for pair in {(i, j), (j, i)}:
                        diffusion.setdefault(pair, []).append(term)
                case _:
                    higher[self._in_words(system, derivatives, factors)] = None
        return FokkerPlanck(drift, diffusion, tuple(higher))

    def symbol_names(self, system: OpenSystem) -> list[str]:
        """Names of all symbols, in their order."""
        return [name + suffix for name in system.modes for suffix in ("", self.partner)]

    def _expand(self, system: OpenSystem, left: Monomial, right: Monomial) -> Expansion:
        """`left` ρ `right` in phase space; the operator nearest to ρ acts first."""
        result: Expansion = {((), (), ()): 1.0}
        index = {name: j for j, name in enumerate(system.modes)}
        for name, m, n in left:
            for kind in [A] * n + [AD] * m:
                result = _apply(self.rules[LEFT, kind], index[name], result)
        for name, m, n in right:
            for kind in [AD] * m + [A] * n:
                result = _apply(self.rules[RIGHT, kind], index[name], result)
        return result

    def _in_words(self, system: OpenSystem, derivatives: Symbols, factors: Symbols) -> str:
        names = self.symbol_names(system)
        return " ".join([f"d/d({names[i]})" for i in derivatives] + [names[i] for i in factors])


def _generator(system: OpenSystem) -> Iterator[tuple[complex, Drives, Monomial, Monomial]]:
    """dρ/dt as Σ number · drives · (left ρ right) with normally ordered left and right."""
    for monomial, drives, value in system.hamiltonian:
        yield -1j * value, drives, monomial, ()
        yield 1j * value, drives, (), monomial
    for jump, rate in system.loss.items():
        if rate == 0.0:
            continue
        adjoint: Polynomial = jump.dag
        for m, d, a in jump:
            for n, e, b in adjoint:
                yield rate * a * b, drive_product(d, e), m, n
        for monomial, drives, value in adjoint * jump:
            yield -0.5 * rate * value, drives, monomial, ()
            yield -0.5 * rate * value, drives, (), monomial


def _apply(operator: PhaseSpaceOperator, mode: int, expansion: Expansion) -> Expansion:
    """Multiply from the left and restore the order: z_i ∂_i^k = ∂_i^k z_i − k ∂_i^(k−1)."""
    result: Expansion = {}

    def add(key: tuple[Symbols, Symbols, Drives], value: complex) -> None:
        result[key] = result.get(key, 0) + value

    for weight, is_derivative, which in operator.parts:
        symbol = 2 * mode + which
        for (derivatives, factors, drives), value in expansion.items():
            if is_derivative:
                add((tuple(sorted((*derivatives, symbol))), factors, drives), weight * value)
                continue
            add((derivatives, tuple(sorted((*factors, symbol))), drives), weight * value)
            power = derivatives.count(symbol)
            if power:
                position = derivatives.index(symbol)
                shorter = derivatives[:position] + derivatives[position + 1 :]
                add((shorter, factors, drives), -power * weight * value)
    return result

"""Number states of all modes below their cutoffs, and normally ordered monomials between them.

A monomial Π a†^m a^n maps a number state to one number state, so its matrix is a single shifted diagonal: a weight
for every target state, and one shift of the occupation numbers.  Operators are kept in that form throughout.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.models.algebra import Monomial, Polynomial

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

Shift = tuple[int, ...]
"""How many quanta an operator adds to each mode."""


@dataclass(frozen=True)
class FockBasis:
    """States |n₁ … n_M⟩ with n_j < cutoffs[j], numbered with the last mode fastest."""

    modes: tuple[str, ...]
    cutoffs: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of states."""
        return int(np.prod(self.cutoffs))

    @cached_property
    def occupations(self) -> Indices:
        """Occupation numbers of every state, shape (modes, states)."""
        return np.indices(self.cutoffs).reshape(len(self.cutoffs), -1)

    def source(self, shift: Shift) -> Indices:
        """The state from which `shift` leads to each state, −1 where there is none; shape (states,)."""
        before = self.occupations - np.array(shift)[:, None]
        inside = ((before >= 0) & (before < np.array(self.cutoffs)[:, None])).all(axis=0)
        return np.where(inside, np.ravel_multi_index(np.where(inside, before, 0), self.cutoffs), -1)

    def diagonal(self, monomial: Monomial) -> tuple[Shift, Array]:
        """Shift and weights of Π a†^m a^n: ⟨k|a†^m a^n|k−s⟩ = √[k! (k−s)!]/(k−m)!, s = m − n, k the target."""
        powers = {name: (m, n) for name, m, n in monomial}
        weight, shift = np.ones(self.size), []
        for name, levels in zip(self.modes, self.occupations, strict=True):
            m, n = powers.get(name, (0, 0))
            shift.append(m - n)
            for factor in range(m):
                weight = weight * np.sqrt(np.maximum(levels - factor, 0.0))
            for factor in range(n):
                weight = weight * np.sqrt(np.maximum(levels - m + n - factor, 0.0))
        return tuple(shift), np.where(self.source(tuple(shift)) >= 0, weight, 0.0)


@dataclass(frozen=True)
class Operator:
    """A constant operator: complex weights of its shifted diagonals, each (states,)."""

    basis: FockBasis
    diagonals: dict[Shift, NDArray[np.complex128]]

    @classmethod
    def of(cls, polynomial: Polynomial, basis: FockBasis) -> "Operator":
        """The matrix of a polynomial without drives."""
        diagonals: dict[Shift, NDArray[np.complex128]] = {}
        for monomial, _, value in polynomial:
            shift, weight = basis.diagonal(monomial)
            diagonals[shift] = diagonals.get(shift, np.zeros(basis.size, complex)) + value * weight
        return cls(basis, diagonals)

    @property
    def dag(self) -> "Operator":
        """Hermitian conjugate."""
        turned = {}
        for shift, weight in self.diagonals.items():
            back = tuple(-s for s in shift)
            source = self.basis.source(back)
            turned[back] = np.where(source >= 0, weight[source].conj(), 0.0)
        return Operator(self.basis, turned)

    def __matmul__(self, other: "Operator") -> "Operator":
        """Product of the truncated matrices, which is what keeps the trace constant."""
        product: dict[Shift, NDArray[np.complex128]] = {}
        for left, a in self.diagonals.items():
            source = self.basis.source(left)
            for right, b in other.diagonals.items():
                shift = tuple(x + y for x, y in zip(left, right, strict=True))
                weight = np.where(source >= 0, a * b[source], 0.0)
                product[shift] = product.get(shift, np.zeros(self.basis.size, complex)) + weight
        return Operator(self.basis, product)

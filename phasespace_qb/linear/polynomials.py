"""Arrays of polynomials in phase-space symbols, evaluated with NumPy and differentiated exactly."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.models.algebra import Coefficient
from phasespace_qb.phase_space.equations import Term, scaled

ComplexArray = NDArray[np.complex128]
Index = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class PolynomialTensor:
    """T_ij…(z, t) = Σ c(t) Π z_k: an array of polynomials, most of them zero.

    Every axis has length `count`, the number of symbols; `rank` is the number of axes.  entries: (index, term).
    """

    count: int
    rank: int
    entries: tuple[tuple[Index, Term], ...]

    def derivative(self) -> "PolynomialTensor":
        """∂T_ij…/∂z_k, with k as a new last axis."""
        entries = []
        for index, term in self.entries:
            for symbol in sorted(set(term.factors)):
                position = term.factors.index(symbol)
                rest = Term(term.coefficient, term.factors[:position] + term.factors[position + 1 :])
                entries.append(((*index, symbol), scaled(rest, term.factors.count(symbol))))
        return PolynomialTensor(self.count, self.rank + 1, tuple(entries))

    def __call__(self, t: float, z: ComplexArray) -> ComplexArray:
        """Values at time t (units 1/γ_s); shapes (..., count) -> (..., count, …, count)."""
        return self._gathered(self._terms(t, z), z.shape[:-1])

    def size(self, t: float, z: ComplexArray) -> NDArray[np.float64]:
        """Σ |c(t) Π z_k|, entry by entry: what rounding of the values is measured against."""
        return self._gathered(np.abs(self._terms(t, z)).astype(complex), z.shape[:-1]).real

    def _terms(self, t: float, z: ComplexArray) -> ComplexArray:
        one = np.ones((*z.shape[:-1], 1))
        values: ComplexArray = np.concatenate([z, one], axis=-1)[..., self._factors].prod(axis=-1)
        return values * self._coefficients(t)

    def _gathered(self, terms: ComplexArray, batch: Index) -> ComplexArray:
        flat = np.zeros((self.count**self.rank, *batch), dtype=complex)
        np.add.at(flat, self._slots, np.moveaxis(terms, -1, 0))
        return np.moveaxis(flat, 0, -1).reshape(*batch, *[self.count] * self.rank)

    @cached_property
    def _slots(self) -> NDArray[np.intp]:
        weights = [self.count**power for power in reversed(range(self.rank))]
        return np.array([sum(w * i for w, i in zip(weights, index, strict=True)) for index, _ in self.entries], np.intp)

    @cached_property
    def _factors(self) -> NDArray[np.intp]:
        degree = max((len(term.factors) for _, term in self.entries), default=0)
        # Shorter products are filled up with the symbol number `count`, which is 1.
        rows = [[*term.factors, *[self.count] * (degree - len(term.factors))] for _, term in self.entries]
        return np.array(rows, np.intp).reshape(len(rows), degree)

    @cached_property
    def _constants(self) -> ComplexArray:
        at_zero = np.zeros(1)
        constant = [term.coefficient for _, term in self.entries if term.coefficient.is_constant]
        values = {coefficient: coefficient.sample(at_zero)[0] for coefficient in constant}
        return np.array([values.get(term.coefficient, 0j) for _, term in self.entries], dtype=complex)

    @cached_property
    def _driven(self) -> list[tuple[int, Coefficient]]:
        return [(row, t.coefficient) for row, (_, t) in enumerate(self.entries) if not t.coefficient.is_constant]

    def _coefficients(self, t: float) -> ComplexArray:
        if not self._driven:
            return self._constants
        values = self._constants.copy()
        for row, coefficient in self._driven:
            values[row] = coefficient.sample(np.array([t]))[0]
        return values

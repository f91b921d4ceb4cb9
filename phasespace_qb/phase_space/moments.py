"""Normally ordered moments of modes from sums of products of phase-space variables."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.conventions import Ordering, normally_ordered
from phasespace_qb.phase_space.accumulators import Moments
from phasespace_qb.phase_space.equations import Equations, Factors

ANY_MODE = ((0, 1), (0, 2), (1, 1), (2, 2))
"""Powers (of a†, of a) of the moments that every mode gets."""

STORAGE_MODE = (*ANY_MODE, (3, 3))
"""Those of the storage mode; the last one judges how well Gaussian branches describe it."""


@dataclass(frozen=True)
class MomentReader:
    """Which products must be summed to know the moments, and how to read the moments from the sums."""

    equations: Equations
    storage: int

    def accumulator(self, saves: int) -> Moments:
        """The accumulator that sums what is needed."""
        products: dict[Factors, None] = {}
        for mode in range(len(self.equations.modes)):
            for m, n in STORAGE_MODE if mode == self.storage else ANY_MODE:
                for j, k, _ in normally_ordered(m, n, self.equations.ordering):
                    for product in self._products(mode, j, k):
                        products[product] = None
        return Moments(saves, tuple(product for product in products if product))

    def moment(
        self, sums: NDArray[np.float64], accumulator: Moments, mode: int, creations: int, annihilations: int
    ) -> NDArray[np.complex128]:
        """⟨a†^m a^n⟩ of a mode; sums [..., save, product + 1, part] -> [..., save].

        Samples are averaged with their Hermitian partner, ½(⟨α⁺^m α^n⟩ + ⟨α⁺^n α^m⟩*), which halves the noise.
        """
        count = sums[..., 0, 0]
        total = np.zeros(count.shape, dtype=complex)
        for j, k, weight in normally_ordered(creations, annihilations, self.equations.ordering):
            products = self._products(mode, j, k)
            for index, product in enumerate(products):
                average = self._average(sums, accumulator, product)
                total += weight / len(products) * (average.conj() if index else average)
        return total

    def _products(self, mode: int, creations: int, annihilations: int) -> list[Factors]:
        a, a_plus = self.equations.symbols[mode]
        product = tuple(sorted([a_plus] * creations + [a] * annihilations))
        partner = tuple(sorted([a_plus] * annihilations + [a] * creations))
        if self.equations.ordering is Ordering.SYMMETRIC or partner == product:
            return [product]
        return [product, partner]

    def _average(self, sums: NDArray[np.float64], accumulator: Moments, product: Factors) -> NDArray[np.complex128]:
        if not product:
            return np.ones(sums.shape[:-2], dtype=complex)
        row = sums[..., accumulator.row(product), :]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((row[..., 0] + 1j * row[..., 1]) / sums[..., 0, 0], dtype=complex)

"""Reduced density matrices of single modes, read from the stored matrix by one sparse product."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from phasespace_qb.lindblad.basis import FockBasis
from phasespace_qb.lindblad.layout import Layout
from phasespace_qb.lindblad.sectors import owners

Array = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Readout:
    """ρ_j = Tr_others ρ for every mode: which elements there can be, and the matrix that sums them up.

    rows, columns: for each mode the levels (n, m), n ≥ m, of its elements that are not zero by symmetry.
    matrix: (numbers, places); its product with a state gives real parts of all elements, then imaginary parts.
    """

    basis: FockBasis
    rows: tuple[Indices, ...]
    columns: tuple[Indices, ...]
    matrix: csr_array
    is_complex: bool

    @cached_property
    def compact(self) -> tuple[Indices, csr_array]:
        """The places that the matrix looks at, and the matrix of these places alone."""
        places = np.unique(self.matrix.indices).astype(np.int64)
        return places, csr_array(self.matrix[:, places])

    @classmethod
    def of(cls, basis: FockBasis, layout: Layout) -> "Readout":
        """The readout of all modes."""
        rows, columns, parts = [], [], []
        for mode in range(len(basis.modes)):
            n, m, elements = _reduction(basis, layout, mode)
            rows.append(n)
            columns.append(m)
            parts.append(elements)
        real = [_matrix(layout, elements, imaginary=False) for elements in parts]
        imaginary = [_matrix(layout, elements, imaginary=True) for elements in parts] if layout.is_complex else []
        total = csr_array(vstack([*real, *imaginary]))
        return cls(basis, tuple(rows), tuple(columns), total, layout.is_complex)

    def density_matrices(self, numbers: Array) -> list[NDArray[Any]]:
        """Matrices (T, N_j, N_j) of all modes from products (T, numbers)."""
        counts = [len(rows) for rows in self.rows]
        ends = np.cumsum(counts)
        result: list[NDArray[Any]] = []
        for mode, cutoff in enumerate(self.basis.cutoffs):
            span = slice(ends[mode] - counts[mode], ends[mode])
            values: NDArray[Any] = numbers[:, span]
            if self.is_complex:
                values = values + 1j * numbers[:, ends[-1] + span.start : ends[-1] + span.stop]
            matrix = np.zeros((len(numbers), cutoff, cutoff), values.dtype)
            matrix[:, self.rows[mode], self.columns[mode]] = values
            matrix[:, self.columns[mode], self.rows[mode]] = values.conj()
            result.append(matrix)
        return result


def _reduction(basis: FockBasis, layout: Layout, mode: int) -> tuple[Indices, Indices, tuple[Indices, Indices]]:
    """Levels n ≥ m of the elements of a mode, and (element, place) of each summand."""
    levels = basis.occupations[mode]
    cutoff = basis.cutoffs[mode]
    stride = int(np.prod(basis.cutoffs[mode + 1 :]))
    owner = owners(basis.size, layout.blocks)
    states = np.flatnonzero(owner >= 0)
    keys, places = [], []
    for down in range(cutoff):
        lower = states[levels[states] >= down]
        upper, lower = lower, lower - down * stride
        kept = owner[upper] == owner[lower]
        upper, lower = upper[kept], lower[kept]
        # Within a block states are in increasing order, so the one with more quanta has the higher row.
        keys.append(levels[upper] * cutoff + levels[lower])
        places.append(layout.place(upper, lower))
    found, element = np.unique(np.concatenate(keys), return_inverse=True)
    return found // cutoff, found % cutoff, (element, np.concatenate(places))


def _matrix(layout: Layout, elements: tuple[Indices, Indices], *, imaginary: bool) -> csr_array:
    element, place = elements
    shape = (int(element.max(initial=-1)) + 1, layout.places)
    return csr_array((np.ones(len(place)), (element, place + (layout.size if imaginary else 0))), shape=shape)

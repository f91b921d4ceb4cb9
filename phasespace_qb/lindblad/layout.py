"""Where the elements of a block-diagonal Hermitian matrix lie in one flat array.

Of each block the lower triangle is stored, row by row, and a band beyond the diagonal that mirrors it: then whatever
an element of the triangle reads, from rows above or below and from columns to either side, is stored in one piece, and
one loop along a row needs no exceptions.  Rows are padded to whole SIMD words; padding stays zero.  A complex matrix
is two such arrays, real parts first.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

WORD = 8
"""Doubles in the longest SIMD word there is."""


def aligned_zeros(rows: int, columns: int) -> Array:
    """Zeros whose rows begin at the borders of cache lines, if `columns` is a number of whole words."""
    line = 8 * WORD
    raw = np.zeros(rows * columns * 8 + line, np.uint8)
    begin = -raw.ctypes.data % line
    return raw[begin : begin + rows * columns * 8].view(np.float64).reshape(rows, columns)


@dataclass(frozen=True, eq=False)
class Layout:
    """Places of the elements of all blocks.

    slot: number of each state in the tables of the kernel, −1 for states that are never reached; shape (states,).
    first: slot of the first state of the block of each slot; start: place of each row's first element; length: how
    many elements the kernel computes in each row; all (slots,).  size: places of one part, real or imaginary.
    """

    blocks: tuple[Indices, ...]
    band: int
    is_complex: bool
    slot: Indices
    first: Indices
    start: Indices
    length: Indices
    size: int

    @classmethod
    def of(cls, blocks: list[Indices], states: int, reach: int, is_complex: bool) -> "Layout":
        """Places for `blocks` of states, with a band that is `reach` wide at least."""
        # A computed row overshoots its diagonal by up to a word, and the band must cover what it leaves there.
        band = max(reach, WORD)
        gap = band + 2 * WORD
        slot = np.full(states, -1, np.int64)
        widths = [int(_whole_words(len(block) + gap)) for block in blocks]
        slots = sum(widths)
        first, start, length = (np.zeros(slots, np.int64) for _ in range(3))
        # Columns without a source are read all the same, with weight zero, up to a block's length away.
        margin = int(_whole_words(gap + max(map(len, blocks))))
        slot_base, place = 0, margin
        for block, width in zip(blocks, widths, strict=True):
            count = len(block)
            rows = np.arange(count)
            slot[block] = slot_base + rows
            inside = slice(slot_base, slot_base + count)
            capacity = _whole_words(rows + 1 + band + WORD)
            first[slot_base : slot_base + width] = slot_base
            start[inside] = place + np.concatenate([[0], np.cumsum(capacity)[:-1]])
            length[inside] = _whole_words(rows + 1)
            place += int(capacity.sum())
            slot_base += width
        return cls(tuple(blocks), band, is_complex, slot, first, start, length, int(_whole_words(place + margin)))

    @property
    def places(self) -> int:
        """Length of the flat array."""
        return self.size * (2 if self.is_complex else 1)

    @property
    def elements(self) -> int:
        """Elements of the lower triangles, what is really computed."""
        return sum(len(block) * (len(block) + 1) // 2 for block in self.blocks)

    def place(self, row: Indices, column: Indices) -> Indices:
        """Place of the element between two states of one block, with row ≥ column; shapes (K,) -> (K,)."""
        r, c = self.slot[row], self.slot[column]
        return np.asarray(self.start[r] + c - self.first[r])

    def put(self, flat: Array, row: int, columns: Indices, values: NDArray[np.complex128]) -> None:
        """Set elements (row, columns) of one block, columns ≤ row, and their mirror images in the band."""
        rows = np.full_like(columns, row)
        mirrored = columns[(self.slot[row] - self.slot[columns] <= self.band) & (columns != row)]
        places = self.place(rows, columns)
        images = self.place(mirrored, np.full_like(mirrored, row))
        flat[places] = values.real
        flat[images] = values.real[np.isin(columns, mirrored)]
        if self.is_complex:
            flat[self.size + places] = values.imag
            flat[self.size + images] = -values.imag[np.isin(columns, mirrored)]

    def make_hermitian(self, flat: Array) -> None:
        """Let the bands mirror the triangles again, and make the diagonal real.

        Whatever rounding leaves there is not decayed by any generator, and would be taken for a steady state.
        """
        images, sources, diagonal = self._mirror
        flat[images] = flat[sources]
        if self.is_complex:
            flat[self.size + images] = -flat[self.size + sources]
            flat[self.size + diagonal] = 0.0

    @cached_property
    def _mirror(self) -> tuple[Indices, Indices, Indices]:
        """Places of the bands, of the elements that they mirror, and of the diagonal."""
        images, sources, diagonal = [], [], []
        for block in self.blocks:
            count, start = len(block), self.start[self.slot[block]]
            for above in range(1, min(self.band, count - 1) + 1):
                row = np.arange(count - above)
                images.append(start[row] + row + above)
                sources.append(start[row + above] + row)
            diagonal.append(start + np.arange(count))
        nothing = [np.zeros(0, np.int64)]
        return np.concatenate(nothing + images), np.concatenate(nothing + sources), np.concatenate(diagonal)

    def pack(self, matrix: NDArray[np.complex128]) -> Array:
        """A full Hermitian matrix (states, states) as a flat array; elements between blocks are not looked at."""
        flat = np.zeros(self.places)
        for block in self.blocks:
            for index, row in enumerate(block):
                self.put(flat, int(row), block[: index + 1], matrix[row, block[: index + 1]])
        return flat

    def unpack(self, flat: Array) -> NDArray[np.complex128]:
        """The full Hermitian matrix (states, states) of a flat array."""
        states = len(self.slot)
        matrix = np.zeros((states, states), complex)
        for block in self.blocks:
            for row in range(len(block)):
                begin = self.start[self.slot[block[row]]]
                values = flat[begin : begin + row + 1] + 0j
                if self.is_complex:
                    values += 1j * flat[self.size + begin : self.size + begin + row + 1]
                matrix[block[row], block[: row + 1]] = values
                matrix[block[: row + 1], block[row]] = values.conj()
        return matrix


def _whole_words(count: Indices | int) -> Indices:
    return -(-np.asarray(count) // WORD) * WORD

"""The generator as tables over rows of the stored matrix: what one compiled loop along each row reads.

dρ_rc = Σ_s K_s(r) ρ_(r−s, c) + Σ_s K_s*(c) ρ_(r, c−s) + Σ_L Σ_de L_d(r) L_e*(c) ρ_(r−d, c−e)
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.lindblad.basis import FockBasis, Shift
from phasespace_qb.lindblad.generator import Generator
from phasespace_qb.lindblad.layout import WORD, Layout, aligned_zeros
from phasespace_qb.lindblad.sectors import Edges, blocks
from phasespace_qb.models.algebra import Coefficient

Array = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Column:
    """How the columns of a row are shifted: by one constant in each block, or by a table.

    source: local column that each slot reads, (slots,).  offset: source minus own column, (slots,), the same in a
    block; None where it is not.
    """

    source: Indices
    offset: Indices | None


@dataclass(frozen=True, eq=False)
class Stencil:
    """Tables of a generator in a layout.

    drift_rows, jump_rows: slot that each slot reads, (slots,) for each shift.  drift_columns, jump_columns: the same
    for columns.  jumps: for each pair of diagonals (d, e) of each jump operator their numbers.  jump_weights: weights
    of all diagonals of all jump operators, (diagonals, slots).
    """

    generator: Generator
    layout: Layout
    drift_rows: list[Indices]
    drift_columns: list[Column]
    jump_rows: list[Indices]
    jump_columns: list[Column]
    jump_pairs: list[tuple[int, int]]
    jump_weights: NDArray[np.complex128]

    @classmethod
    def of(cls, generator: Generator, occupied: Indices, start: Edges, *, whole: bool = False) -> "Stencil":
        """Tables for a start that populates the states `occupied` and has coherences between pairs `start`.

        whole: keep all states in one block, for operators that are no density matrix of that start.
        """
        basis = generator.basis
        found = [np.arange(basis.size)] if whole else _blocks(generator, occupied, start)
        reach = _reach(generator, found)
        layout = Layout.of(found, basis.size, reach, generator.is_complex)
        shifts = [_shifted(basis, layout, shift) for shift in generator.shifts[1:]]
        diagonals = [(shift, weight) for jump in generator.jumps for shift, weight in jump.diagonals.items()]
        moved = [_shifted(basis, layout, shift) for shift, _ in diagonals]
        weights = [_by_slot(layout, basis, shift, weight) for shift, weight in diagonals]
        pairs, count = [], 0
        for jump in generator.jumps:
            numbers = range(count, count + len(jump.diagonals))
            pairs += list(product(numbers, numbers))
            count += len(jump.diagonals)
        return cls(
            generator,
            layout,
            [rows for rows, _ in shifts],
            [columns for _, columns in shifts],
            [rows for rows, _ in moved],
            [columns for _, columns in moved],
            pairs,
            np.array(weights).reshape(len(diagonals), len(layout.start)),
        )

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """Whether the weights of each shift of K are "real", "imaginary" or "complex" at all times."""
        kinds = []
        for shift in self.generator.shifts:
            numbers = [
                number if all(drive.real for drive, _ in drives) else 1 + 1j
                for part in self.generator.parts
                if part.shift == shift
                for number, drives in part.coefficient.terms
            ]
            # Each by its own size: in other units of rate, a detuning may be tiny and is still no rounding.
            real = all(abs(number.imag) <= 1e-12 * abs(number) for number in numbers)
            imaginary = all(abs(number.real) <= 1e-12 * abs(number) for number in numbers)
            kinds.append("real" if real or not self.generator.is_complex else "imaginary" if imaginary else "complex")
        return tuple(kinds)

    @cached_property
    def _tabulated(self) -> tuple[NDArray[np.complex128], list[tuple[int, Coefficient, Array]]]:
        """The constant part of all weights of K, and what is added to which shift with a coefficient of time."""
        shifts = self.generator.shifts
        constant = np.zeros((len(shifts), len(self.layout.start)), complex)
        varying = []
        for part in self.generator.parts:
            index = shifts.index(part.shift)
            table = _by_slot(self.layout, self.generator.basis, part.shift, part.weight).real
            if part.coefficient.is_constant:
                constant[index] += part.coefficient.sample(np.zeros(1))[0] * table
            else:
                varying.append((index, part.coefficient, table))
        return constant, varying

    def drift(self, time: float) -> NDArray[np.complex128]:
        """Weights of K at one instant, (shifts, slots)."""
        constant, varying = self._tabulated
        total = constant.copy()
        for index, coefficient, table in varying:
            total[index] += coefficient.sample(np.array([time]))[0] * table
        return total

    def fastest(self, time: float) -> float:
        """The largest weight of K at one instant, a rate; real and imaginary parts apart."""
        total = self.drift(time)
        return max(float(np.abs(total.real).max()), float(np.abs(total.imag).max()))

    def tables(self, time: float, unit: float = 1.0) -> tuple[Any, ...]:
        """What the compiled right-hand side reads, with the coefficients of one instant, in a unit of rate.

        Weights that one word needs lie side by side: for each word of slots those of K, then those of the jumps, real
        parts first, (slots / 8, weights, 8).
        """
        total, jumps = self.drift(time) / unit, self.jump_weights / np.sqrt(unit)
        parts = [total.real, total.imag, jumps.real, jumps.imag] if self.layout.is_complex else [total.real, jumps.real]
        rows = sum(len(part) for part in parts)
        weights = aligned_zeros(len(self.layout.start) // WORD, rows * WORD)
        stacked = np.concatenate(parts).reshape(rows, -1, WORD)
        weights.reshape(-1, rows, WORD)[:] = stacked.transpose(1, 0, 2)
        return (*self._fixed, weights.ravel())

    @cached_property
    def _fixed(self) -> tuple[Any, ...]:
        layout = self.layout
        firsts = np.array([layout.slot[block[0]] for block in layout.blocks])
        counts = np.array([len(block) for block in layout.blocks])

        def stacked(arrays: list[Indices]) -> Indices:
            return np.array(arrays, np.int64).reshape(len(arrays), len(layout.start))

        def offsets(columns: list[Column]) -> Indices:
            return stacked([c.source if c.offset is None else c.offset for c in columns])

        def sources(columns: list[Column]) -> Indices:
            return stacked([c.source for c in columns])

        drift = (stacked(self.drift_rows), offsets(self.drift_columns), sources(self.drift_columns))
        jumps = (stacked(self.jump_rows), offsets(self.jump_columns), sources(self.jump_columns))
        rows = (layout.start, layout.length, layout.first)
        return (layout.size, layout.band, *rows, firsts, counts, *drift, *jumps)


def _blocks(generator: Generator, occupied: Indices, start: Edges) -> list[Indices]:
    basis = generator.basis
    together = [start, *(edges(basis, part.shift, part.weight) for part in generator.parts)]
    jumps = []
    for jump in generator.jumps:
        parts = [edges(basis, shift, weight) for shift, weight in jump.diagonals.items()]
        jumps.append((np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])))
    return blocks(basis.size, together, jumps, occupied)


def edges(basis: FockBasis, shift: Shift, weight: NDArray[np.complex128] | Array) -> Edges:
    """Targets and sources of the elements of a shifted diagonal that are not zero."""
    source = basis.source(shift)
    used = (source >= 0) & (weight != 0)
    return np.flatnonzero(used), source[used]


def _shifted(basis: FockBasis, layout: Layout, shift: Shift) -> tuple[Indices, Column]:
    """The slot that every slot reads as a row, itself where there is none, and what it reads as a column."""
    states = np.concatenate(layout.blocks)
    slots = layout.slot[states]
    source = basis.source(shift)[states]
    there = np.where(source >= 0, layout.slot[source], -1)
    rows = np.arange(len(layout.start))
    rows[slots] = np.where(there >= 0, there, slots)
    column = rows - layout.first[rows]
    offset = column - (np.arange(len(rows)) - layout.first)
    constant = np.zeros(len(rows), np.int64)
    for block in layout.blocks:
        inside = layout.slot[block]
        moving = inside[rows[inside] != inside]
        if len(moving) and np.ptp(offset[moving]):
            return rows, Column(column, None)
        constant[inside] = offset[moving[0]] if len(moving) else 0
    return rows, Column(column, constant)


def _by_slot(
    layout: Layout, basis: FockBasis, shift: Shift, weight: NDArray[np.complex128] | Array
) -> NDArray[np.complex128]:
    """Weights of states as weights of slots; zero where the source is never reached."""
    states = np.concatenate(layout.blocks)
    source = basis.source(shift)[states]
    total = np.zeros(len(layout.start), complex)
    total[layout.slot[states]] = np.where((source >= 0) & (layout.slot[source] >= 0), weight[states], 0.0)
    return total


def _reach(generator: Generator, found: list[Indices]) -> int:
    """How far beyond the diagonal the rows are read: the largest (column read) − (row read) for column ≤ row."""
    basis = generator.basis
    local = np.full(basis.size, -1)
    for block in found:
        local[block] = np.arange(len(block))
    still = (0,) * len(basis.cutoffs)
    pairs = [(shift, still) for shift in generator.shifts] + [(still, shift) for shift in generator.shifts]
    pairs += [pair for jump in generator.jumps for pair in product(jump.diagonals, jump.diagonals)]
    reach = 0
    for left, right in pairs:
        row, column = basis.source(left), basis.source(right)
        for block in found:
            rows = np.where(row[block] >= 0, local[row[block]], local[block])
            columns = np.maximum.accumulate(np.where(column[block] >= 0, local[column[block]], 0))
            reach = max(reach, int((columns - rows).max()))
    return reach

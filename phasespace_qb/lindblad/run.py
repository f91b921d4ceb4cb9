"""One propagation at fixed cutoffs: from a declared system to reduced density matrices of all modes over time."""

import json
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy

from phasespace_qb.errors import refusal
from phasespace_qb.lindblad.basis import FockBasis
from phasespace_qb.lindblad.generator import Generator
from phasespace_qb.lindblad.propagation import Progress, Propagator, memory_of
from phasespace_qb.lindblad.readout import Readout
from phasespace_qb.lindblad.stencil import Stencil
from phasespace_qb.models.system import OpenSystem

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

MOST_STATES = 2_000_000
"""Number states of all modes together from which on not even the tables are built."""
LOST = 1e-6
"""Weight of a coherent start that may lie beyond the cutoffs."""

_log = logging.getLogger("phasespace_qb")


@dataclass(frozen=True, eq=False)
class Start:
    """The state at t = 0: coherent amplitudes (modes,), or a density matrix of the first mode with the others empty.

    lost: weight of a coherent state that may lie beyond the cutoffs.
    """

    amplitudes: ComplexArray
    matrix: ComplexArray | None = None
    lost: float = LOST


@dataclass(frozen=True, eq=False)
class Run:
    """Reduced density matrices (T, N_j, N_j) of every mode, and the estimated error of each time's state (T,).

    The error is a bound on the Frobenius norm of the whole state's, most often conservative by orders of magnitude.
    between: largest population so far of the two highest levels of each mode at the steps of the propagation,
    (T, modes); none unless given.
    """

    cutoffs: tuple[int, ...]
    matrices: list[NDArray[Any]]
    error: Array
    provenance: dict[str, Any]
    between: Array | float = 0.0

    @property
    def tails(self) -> Array:
        """Largest population at these times so far of the two highest levels of each mode, (T, modes)."""
        tops = [np.diagonal(matrix, axis1=1, axis2=2).real[:, -2:].sum(axis=-1) for matrix in self.matrices]
        return np.maximum.accumulate(np.stack(tops, axis=-1), axis=0)


class CutoffReached(Exception):
    """The population of the highest levels of some modes has passed a limit; which modes, (modes,) of bool."""

    def __init__(self, modes: NDArray[np.bool_]) -> None:
        super().__init__(modes)
        self.modes = modes


def propagate(
    system: OpenSystem,
    times: Array,
    cutoffs: tuple[int, ...],
    tolerance: float,
    start: Start,
    progress: Progress | None = None,
    tail_limit: Array | None = None,
) -> Run:
    """Solve the master equation of `system` below `cutoffs` at `times`.

    tolerance: largest estimated error of the last state.  tail_limit: populations (modes,) of the two highest levels
    at which to give up at once.
    Raises: ValueError for what does not fit in memory, CutoffReached at the limit.
    """
    basis = FockBasis(system.modes, cutoffs)
    _require_states(basis)
    if start.matrix is None:
        generator = Generator.of(system, basis, start.amplitudes)
    else:
        # The phase of the mode whose matrix is given is not free.
        pinned = np.eye(len(cutoffs))[0].astype(complex)
        generator = Generator.of(system, basis, pinned, real_start=bool(np.all(start.matrix.imag == 0)))
    initial = _initial(basis, start, generator.phases)
    stencil = Stencil.of(generator, initial.occupied, initial.edges)
    require_memory(stencil, len(times))
    propagator, readout = Propagator.of(stencil), Readout.of(basis, stencil.layout)
    numbers, errors = np.empty((len(times), readout.matrix.shape[0])), np.empty(len(times))
    places, sums = readout.compact
    highest, between = np.zeros(len(cutoffs)), np.empty((len(times), len(cutoffs)))

    def tops_of(read: Array) -> Array:
        return np.array([m[0].diagonal().real[-2:].sum() for m in readout.density_matrices(read[None])])

    def watch(state: Array) -> None:
        np.maximum(highest, tops_of(sums @ state), out=highest)

    states = propagator.states(initial.packed(stencil), times, tolerance, progress, places, watch)
    for index, (state, error) in enumerate(states):
        numbers[index], errors[index], between[index] = sums @ state, error, highest
        if tail_limit is not None:
            tops = tops_of(numbers[index])
            if np.any(tops > tail_limit):
                raise CutoffReached(tops > tail_limit)
    matrices = turned_back(readout.density_matrices(numbers), generator.phases)
    provenance = {
        "cutoffs": json.dumps(cutoffs),
        "sectors": json.dumps([len(block) for block in stencil.layout.blocks]),
        "arithmetic": "complex" if generator.is_complex else "real",
        "elements": stencil.layout.elements,
    }
    return Run(cutoffs, matrices, errors, provenance, between)


def turned_back(matrices: list[NDArray[Any]], phases: Array) -> list[NDArray[Any]]:
    """Density matrices of turned modes in the modes themselves: ρ_nm e^(iφ(n−m)); a phase of 0 stays real."""
    result = []
    for matrix, phase in zip(matrices, phases, strict=True):
        n = np.arange(matrix.shape[-1])
        result.append(matrix if not phase else matrix * np.exp(1j * phase * np.subtract.outer(n, n)))
    return result


@dataclass(frozen=True, eq=False)
class _Initial:
    """States that the start populates, pairs of them that must share a block, and its matrix elements on demand."""

    occupied: NDArray[np.int64]
    edges: tuple[NDArray[np.int64], NDArray[np.int64]]
    element: Callable[[NDArray[np.int64], NDArray[np.int64]], ComplexArray]

    def packed(self, stencil: Stencil) -> Array:
        """The start in the stored form."""
        layout = stencil.layout
        flat = np.zeros(layout.places)
        for block in layout.blocks:
            part = block[np.isin(block, self.occupied)]
            for index, row in enumerate(part):
                columns = part[: index + 1]
                values = self.element(np.full_like(columns, row), columns)
                layout.put(flat, int(row), columns, values)
        return flat


def _initial(basis: FockBasis, start: Start, phases: Array) -> _Initial:
    if start.matrix is not None:
        matrix = turned_back([start.matrix], -phases[:1])[0]
        stride = int(np.prod(basis.cutoffs[1:]))
        occupied = np.flatnonzero(matrix.diagonal() != 0) * stride
        rows, columns = np.nonzero(matrix)
        edges = (rows.astype(np.int64) * stride, columns.astype(np.int64) * stride)
        return _Initial(occupied, edges, lambda r, c: matrix[r // stride, c // stride])
    vector = np.ones(1, complex)
    for amplitude, phase, cutoff, name in zip(start.amplitudes, phases, basis.cutoffs, basis.modes, strict=True):
        vector = np.kron(vector, _coherent(complex(amplitude * np.exp(-1j * phase)), cutoff, name, start.lost))
    occupied = np.flatnonzero(vector)
    return _Initial(
        occupied, (occupied, np.full_like(occupied, occupied[0])), lambda r, c: vector[r] * vector[c].conj()
    )


def _coherent(amplitude: complex, cutoff: int, name: str, most_lost: float) -> ComplexArray:
    """Fock amplitudes of a coherent state, normalised below the cutoff."""
    n = np.arange(cutoff)
    size = np.exp(xlogy(n, abs(amplitude)) - 0.5 * (abs(amplitude) ** 2 + gammaln(n + 1)))
    lost = 1 - float(size @ size)
    if lost > most_lost:
        needed = int(np.ceil(abs(amplitude) ** 2 + 6 * abs(amplitude) + 6))
        must_be = f"{needed} or more for the mode {name}, which starts in the coherent state of {amplitude:.4g}"
        raise ValueError(refusal("cutoffs", must_be, cutoff))
    return np.asarray(size / np.linalg.norm(size) * np.exp(1j * np.angle(amplitude) * n))


def _require_states(basis: FockBasis) -> None:
    count = int(np.prod(np.array(basis.cutoffs, dtype=object)))
    if count > MOST_STATES:
        size = f"{count:,} number states: a density matrix of {16 * count**2 / 2**30:.3g} GiB"
        remedy = "Trajectories (PositiveP, TruncatedWigner) have no such limit."
        raise ValueError(refusal("cutoffs", f"of at most {MOST_STATES:,} states in all", f"an array of {size}", remedy))


def require_memory(stencil: Stencil, saves: int, vectors: int = 0) -> None:
    """Announce what a run will take, and refuse what does not fit half of the machine's memory.

    vectors: states in the stored form that are kept besides those of the propagation.
    """
    cutoffs = stencil.generator.basis.cutoffs
    results = 5 * 16 * saves * sum(cutoff**2 for cutoff in cutoffs)
    needed = memory_of(stencil.layout) + 8 * stencil.layout.places * vectors + results
    _log.info("density matrices below cutoffs %s need %.0f MiB", cutoffs, needed / 2**20)
    available = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 2**34
    if needed > available / 2:
        must_be = f"low enough for {available / 2**31:.3g} GiB of density matrices"
        remedy = "Lower them, save fewer times, or use trajectories."
        raise ValueError(refusal("cutoffs", must_be, f"an array that needs {needed / 2**30:.3g} GiB", remedy))

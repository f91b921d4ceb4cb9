"""Steady state and slowest relaxation, from the largest eigenvalues of exp(τL) in each sector of the Liouvillian.

The propagation over τ is the operator whose Krylov space Arnoldi's method builds: what decays within τ plays no part,
so the few slow modes stand out, and memory is that of a run.  Eigenvalues of L itself are then Rayleigh quotients,
with their residuals as errors.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigs

from phasespace_qb.errors import PhaseSpaceError
from phasespace_qb.lindblad.basis import FockBasis
from phasespace_qb.lindblad.generator import Generator
from phasespace_qb.lindblad.propagation import Propagator
from phasespace_qb.lindblad.readout import Readout
from phasespace_qb.lindblad.run import require_memory, turned_back
from phasespace_qb.lindblad.stencil import Stencil
from phasespace_qb.models.system import OpenSystem

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

PROPAGATION_TOLERANCE = 1e-9
"""Largest estimated error of exp(τL), for a vector of length 1; the true one is smaller by orders of magnitude."""
SLOW_MODES = 2
"""Eigenvalues of each sector that are looked for."""
MOST_SECTORS = 8


@dataclass(frozen=True, eq=False)
class SlowModes:
    """Slowest modes of one sector.

    name: what the sector holds.  eigenvalues: of the Liouvillian, slowest first, (SLOW_MODES,), NaN where the sector
    has fewer.  residuals: ‖Lv − λv‖/‖v‖ of each.
    """

    name: str
    eigenvalues: NDArray[np.complex128]
    residuals: Array


@dataclass(frozen=True, eq=False)
class Relaxation:
    """Steady state as reduced density matrices (1, N_j, N_j) of all modes, its error, and all sectors' slow modes.

    The first sector is that of density matrices that keep every symmetry, with the eigenvalue 0 of the steady state.
    """

    cutoffs: tuple[int, ...]
    matrices: list[NDArray[np.complex128] | Array]
    residual: float
    sectors: list[SlowModes]
    left_out: int


def relax(system: OpenSystem, cutoffs: tuple[int, ...]) -> Relaxation:
    """Steady state and slow modes of a system whose coefficients are constant (those at t = 0 if they are not).

    Raises: ValueError for what does not fit in memory; PhaseSpaceError if the steady state is not found or not unique
    in its sector.
    """
    basis = FockBasis(system.modes, cutoffs)
    generator = Generator.of(system, basis, np.zeros(len(cutoffs), complex))
    vacuum = np.zeros(1, np.int64)
    stencil = Stencil.of(generator, vacuum, (vacuum, vacuum))
    require_memory(stencil, 1)
    duration = 2.0 / _slowest_loss(system)
    propagator = Propagator.of(stencil)
    start = np.zeros(stencil.layout.places)
    for block in stencil.layout.blocks:
        for state in block[:: max(1, len(block) // 8)]:
            stencil.layout.put(start, int(state), np.array([state]), np.ones(1, complex))
    modes, vectors = _slowest(propagator, start, duration, "symmetric")
    readout = Readout.of(basis, stencil.layout)
    matrices = readout.density_matrices((readout.matrix @ vectors[:, 0].real)[None, :])
    trace = float(np.trace(matrices[0][0]).real)
    if abs(modes.eigenvalues[0]) > 1e-6 / duration or abs(trace) < 1e-12:
        raise PhaseSpaceError(f"the steady state was not found: the slowest mode decays at {modes.eigenvalues[0]:.3g}.")
    if abs(modes.eigenvalues[1]) < 1e-9 / duration:
        raise PhaseSpaceError("the steady state is not unique: it depends on the start. Use simulate to a late time.")
    matrices = [m / trace for m in turned_back(matrices, generator.phases)]
    residual = float(modes.residuals[0] * np.linalg.norm(vectors[:, 0].real) / abs(trace))
    others, left_out = _other_sectors(generator, stencil, duration)
    return Relaxation(cutoffs, matrices, residual, [modes, *others], left_out)


def _slowest_loss(system: OpenSystem) -> float:
    rates = [rate for rate in system.loss.values() if rate > 0]
    if not rates:
        raise PhaseSpaceError("a system without losses has no steady state of its own.")
    return min(rates)


def _other_sectors(generator: Generator, stencil: Stencil, duration: float) -> tuple[list[SlowModes], int]:
    """Slow modes of coherences between blocks, sector by sector."""
    blocks = list(stencil.layout.blocks)
    sectors = _coherence_sectors(generator, blocks)
    if not sectors:
        return [], 0
    everything = np.sort(np.concatenate(blocks))
    whole = Stencil.of(generator, everything, (everything, everything), whole=True)
    require_memory(whole, 1)
    propagator = Propagator.of(whole)
    found = []
    for number, pairs in enumerate(sectors[:MOST_SECTORS]):
        start = np.zeros(whole.layout.places)
        for a, b in pairs:
            for row, column in zip(blocks[a][:8], blocks[b][:8], strict=False):
                upper, lower = max(row, column), min(row, column)
                whole.layout.put(start, int(upper), np.array([lower]), np.ones(1, complex))
        name = "antisymmetric" if len(sectors) == 1 and len(blocks) == 2 else f"coherences {number + 1}"
        found.append(_slowest(propagator, start, duration, name)[0])
    return found, max(len(sectors) - MOST_SECTORS, 0)


def _coherence_sectors(generator: Generator, blocks: list[Indices]) -> list[list[tuple[int, int]]]:
    """Pairs of different blocks whose coherences jumps turn into one another."""
    basis, count = generator.basis, len(blocks)
    owner = np.full(basis.size, -1)
    for number, block in enumerate(blocks):
        owner[block] = number
    edges = []
    for jump in generator.jumps:
        target = np.full(count, -1)
        for shift, weight in jump.diagonals.items():
            source = basis.source(shift)
            used = (source >= 0) & (weight != 0) & (owner >= 0)
            target[owner[source[used]]] = owner[used]
        a, b = np.divmod(np.arange(count**2), count)
        kept = (target[a] >= 0) & (target[b] >= 0)
        edges.append(np.stack([(a * count + b)[kept], (target[a] * count + target[b])[kept]]))
    a, b = np.divmod(np.arange(count**2), count)
    edges.append(np.stack([a * count + b, b * count + a]))
    pairs = np.concatenate(edges, axis=1)
    graph = coo_array((np.ones(pairs.shape[1], np.int8), (pairs[0], pairs[1])), shape=(count**2, count**2))
    labels = connected_components(graph, directed=False)[1]
    sectors = []
    for label in np.unique(labels[a != b]):
        inside = np.flatnonzero((labels == label) & (a > b))
        sectors.append([(int(a[k]), int(b[k])) for k in inside])
    return sectors


def _slowest(
    propagator: Propagator, start: Array, duration: float, name: str
) -> tuple[SlowModes, NDArray[np.complex128]]:
    """The slowest modes of the sector that holds `start`, and their vectors (places, modes)."""
    size = len(start)

    def evolved(vector: Array) -> Array:
        length = float(np.linalg.norm(vector))
        if length == 0.0:
            return np.zeros(size)
        tolerance = PROPAGATION_TOLERANCE
        steps = propagator.states(np.asarray(vector, float).ravel() / length, np.array([duration]), tolerance)
        return length * next(steps)[0]

    operator = LinearOperator((size, size), matvec=evolved, dtype=np.float64)
    try:
        _, vectors = eigs(operator, k=SLOW_MODES, v0=evolved(start), ncv=min(12, size - 1), tol=1e-12, maxiter=200)
    except ArpackNoConvergence as failure:
        raise PhaseSpaceError(f"the slow modes of the {name} sector were not found: {failure}.") from failure
    eigenvalues, residuals = np.empty(SLOW_MODES, complex), np.empty(SLOW_MODES)
    for index in range(SLOW_MODES):
        vector = vectors[:, index]
        slope = propagator.rate(vector.real.copy(), 0.0) + 1j * propagator.rate(vector.imag.copy(), 0.0)
        eigenvalues[index] = np.vdot(vector, slope) / np.vdot(vector, vector)
        residuals[index] = np.linalg.norm(slope - eigenvalues[index] * vector) / np.linalg.norm(vector)
    order = np.argsort(-eigenvalues.real, kind="stable")
    return SlowModes(name, eigenvalues[order], residuals[order]), vectors[:, order]

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

from phasespace_qb.errors import PhaseSpaceError
from phasespace_qb.lindblad.accuracy import smallest_loss
from phasespace_qb.lindblad.basis import FockBasis
from phasespace_qb.lindblad.generator import Generator
from phasespace_qb.lindblad.layout import Layout
from phasespace_qb.lindblad.propagation import Propagator
from phasespace_qb.lindblad.readout import Readout
from phasespace_qb.lindblad.run import require_memory, turned_back
from phasespace_qb.lindblad.sectors import owners
from phasespace_qb.lindblad.stencil import Stencil, edges
from phasespace_qb.models.system import OpenSystem

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]
Indices = NDArray[np.int64]

PROPAGATION_TOLERANCE = 1e-12
"""Largest estimated error of exp(τL), for a vector of length 1: below what `CONVERGED` asks for."""
SLOW_MODES = 2
"""Eigenvalues of each sector that are looked for."""
MOST_VECTORS = 48
KEPT_VECTORS = MOST_VECTORS + 1 + 2 * SLOW_MODES + 4
"""States in the stored form beside those of a propagation: the Krylov space, complex eigenvectors, and a few more."""
CONVERGED = np.array([1e-11, 1e-9])
"""Residuals of the eigenvalues of exp(τL), slowest first, at which the Krylov space is large enough."""
NOT_FOUND = 0.01
"""Share of the gap up to which the slowest mode may decay, or have a residual, to be taken for the steady state."""
CLOSED = 1e-13
"""Length of what a vector adds to the Krylov space below which it adds nothing."""
MOST_SECTORS = 8


@dataclass(frozen=True, eq=False)
class SlowModes:
    """Slowest modes of one sector.

    name: what the sector holds.  eigenvalues: of the Liouvillian, slowest first, NaN where the sector
    has fewer.  residuals: ‖Lv − λv‖/‖v‖ of each, units of rate.
    """

    name: str
    eigenvalues: NDArray[np.complex128]
    residuals: Array


@dataclass(frozen=True, eq=False)
class Relaxation:
    """Steady state as reduced density matrices (1, N_j, N_j) of all modes, its error, and all sectors' slow modes.

    error: of the state in the Frobenius norm, ‖Lρ‖/gap, an estimate, as L is not normal.  gap: rate at which the
    slowest other mode of the same sector decays.
    The first sector is that of density matrices that keep every symmetry, with the eigenvalue 0 of the steady state.
    """

    cutoffs: tuple[int, ...]
    matrices: list[NDArray[np.complex128] | Array]
    error: float
    gap: float
    sectors: list[SlowModes]
    left_out: int


def relax(system: OpenSystem, cutoffs: tuple[int, ...], *, slow_modes: bool = True) -> Relaxation:
    """Steady state and slow modes of a system whose coefficients are constant.

    slow_modes: whether further eigenvalues are wanted; without them real arithmetic may do, and there are no sectors.

    Raises: ValueError for what does not fit in memory; PhaseSpaceError if the steady state is not found or not unique
    in its sector.
    """
    slowest = smallest_loss(system)
    if slowest == 0:
        raise PhaseSpaceError("a system without losses has no steady state of its own.")
    duration = 2.0 / slowest
    basis = FockBasis(system.modes, cutoffs)
    # In real arithmetic half of the operators of a sector would be missing.
    generator = Generator.of(system, basis, np.zeros(len(cutoffs), complex), real_start=not slow_modes)
    everything = np.arange(basis.size)
    stencil = Stencil.of(generator, everything, (everything, everything))
    require_memory(stencil, 1, KEPT_VECTORS)
    if _closed_classes(generator, stencil.layout.blocks) > 1:
        raise PhaseSpaceError("the steady state is not unique: it depends on the start. Use simulate to a late time.")
    start = np.zeros(stencil.layout.places)
    random = np.random.default_rng(1)
    for block in stencil.layout.blocks:
        _fill(stencil.layout, start, block, block, random)
    modes, vectors = _slowest(Propagator.of(stencil), start, duration, "symmetric")
    # A steady state that is real in real arithmetic errs by what is real there: the gap among such modes is the one.
    # A sector that has no second mode is exhausted by the steady state.
    gap = float(np.nan_to_num(abs(modes.eigenvalues[1]), nan=1 / duration))
    unsettled = max(float(modes.residuals[0]), float(abs(modes.eigenvalues[0])))
    if unsettled * duration > 1e-6 or unsettled > NOT_FOUND * gap:
        raise PhaseSpaceError(
            f"the steady state was not found: the slowest mode decays at {modes.eigenvalues[0]:.3g}, with a residual "
            f"of {modes.residuals[0]:.3g}, and the next at {modes.eigenvalues[1]:.3g}."
        )
    readout = Readout.of(basis, stencil.layout)
    matrices = readout.density_matrices((readout.matrix @ vectors[0].real)[None, :])
    trace = float(np.trace(matrices[0][0]).real)
    error = float(modes.residuals[0] / gap * np.linalg.norm(vectors[0].real) / abs(trace))
    matrices = [matrix / trace for matrix in turned_back(matrices, generator.phases)]
    if not slow_modes:
        return Relaxation(cutoffs, matrices, error, gap, [], 0)
    others, left_out = _other_sectors(generator, stencil, duration)
    return Relaxation(cutoffs, matrices, error, gap, [modes, *others], left_out)


def _closed_classes(generator: Generator, blocks: tuple[Indices, ...]) -> int:
    """Sets of blocks that jumps never leave; each has a steady state of its own."""
    leads = np.eye(len(blocks), dtype=bool)
    for targets in _targets(generator, list(blocks)):
        leads[np.flatnonzero(targets >= 0), targets[targets >= 0]] = True
    count, labels = connected_components(coo_array(leads), connection="strong")
    open_classes = {int(labels[a]) for a, b in zip(*np.nonzero(leads), strict=True) if labels[a] != labels[b]}
    return int(count) - len(open_classes)


def _targets(generator: Generator, blocks: list[Indices]) -> list[Indices]:
    """For each jump operator the block to which it leads from each block, −1 where it leads nowhere."""
    basis = generator.basis
    owner = owners(basis.size, blocks)
    found = []
    for jump in generator.jumps:
        target = np.full(len(blocks), -1)
        for shift, weight in jump.diagonals.items():
            targets, sources = edges(basis, shift, weight)
            target[owner[sources]] = owner[targets]
        found.append(target)
    return found


def _other_sectors(generator: Generator, stencil: Stencil, duration: float) -> tuple[list[SlowModes], int]:
    """Slow modes of coherences between blocks, sector by sector."""
    blocks = list(stencil.layout.blocks)
    sectors = _coherence_sectors(generator, blocks)
    if not sectors:
        return [], 0
    everything = np.sort(np.concatenate(blocks))
    whole = Stencil.of(generator, everything, (everything, everything), whole=True)
    require_memory(whole, 1, KEPT_VECTORS)
    propagator = Propagator.of(whole)
    found = []
    for number, pairs in enumerate(sectors[:MOST_SECTORS]):
        start, random = np.zeros(whole.layout.places), np.random.default_rng(number)
        # Coherences between states that all lie far apart, as between n and n + 8 photons, must start somewhere too.
        nearest = min(int(np.abs(np.subtract.outer(blocks[a], blocks[b])).min()) for a, b in pairs)
        for a, b in pairs:
            _fill(whole.layout, start, blocks[a], blocks[b], random, nearest)
        name = "antisymmetric" if len(sectors) == 1 and len(blocks) == 2 else f"coherences {number + 1}"
        found.append(_slowest(propagator, start, duration, name)[0])
    return found, max(len(sectors) - MOST_SECTORS, 0)


def _coherence_sectors(generator: Generator, blocks: list[Indices]) -> list[list[tuple[int, int]]]:
    """Pairs of different blocks whose coherences jumps turn into one another."""
    count, edges = len(blocks), []
    for target in _targets(generator, blocks):
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


def _fill(
    layout: Layout, flat: Array, rows: Indices, columns: Indices, random: np.random.Generator, nearest: int = 0
) -> None:
    """Random elements between the states of two blocks, or within one, few and far from the highest levels.

    nearest: a distance between states that is filled, however far it is.
    """
    for row in rows[: max(1, len(rows) // 2)]:
        for column in columns[: max(1, len(columns) // 2)]:
            if abs(int(row) - int(column)) < max(layout.band, nearest + 1):
                value = np.array([random.standard_normal() + (1j * random.standard_normal() if row != column else 0)])
                layout.put(flat, int(max(row, column)), np.array([min(row, column)]), value)


def _slowest(propagator: Propagator, start: Array, duration: float, name: str) -> tuple[SlowModes, ComplexArray]:
    """The slowest modes of the sector that holds `start`, and their vectors (modes, places), by Arnoldi's method.

    The Krylov space of exp(τL) grows until its largest eigenvalues stand; it closes early in a small sector.
    """

    def evolved(vector: Array) -> Array:
        reached = next(propagator.states(vector, np.array([duration]), PROPAGATION_TOLERANCE))[0]
        propagator.stencil.layout.make_hermitian(reached)
        return reached

    basis = np.empty((MOST_VECTORS + 1, len(start)))
    basis[0] = evolved(start / np.linalg.norm(start))
    basis[0] /= np.linalg.norm(basis[0])
    small = np.zeros((MOST_VECTORS + 1, MOST_VECTORS))
    for count in range(1, MOST_VECTORS + 1):
        new = evolved(basis[count - 1])
        for _ in range(2):  # once more, because rounding spoils what is left after the first time
            overlap = basis[:count] @ new
            new -= overlap @ basis[:count]
            small[:count, count - 1] += overlap
        small[count, count - 1] = rest = float(np.linalg.norm(new))
        values, ritz = np.linalg.eig(small[:count, :count])
        order = np.argsort(-np.abs(values))[:SLOW_MODES]
        closed = rest < CLOSED
        if closed or (count > SLOW_MODES and np.all(rest * np.abs(ritz[-1, order]) < CONVERGED[: len(order)])):
            break
        basis[count] = new / rest
    vectors = np.zeros((SLOW_MODES, len(start)), complex)
    eigenvalues, residuals = np.full(SLOW_MODES, np.nan + 0j), np.full(SLOW_MODES, np.nan)
    for index, column in enumerate(order):
        vectors[index] = vector = ritz[:, column] @ basis[:count]
        slope = propagator.rate(vector.real.copy(), 0.0) + 1j * propagator.rate(vector.imag.copy(), 0.0)
        eigenvalues[index] = np.vdot(vector, slope) / np.vdot(vector, vector)
        residuals[index] = np.linalg.norm(slope - eigenvalues[index] * vector) / np.linalg.norm(vector)
    return SlowModes(name, eigenvalues, residuals), vectors

"""Blocks of number states between which no coherence ever arises: found from the generator's own graph.

ρ stays block diagonal if (1) states that −iH − ½ΣL†L connects share a block, (2) states in the start's support do,
and (3) each jump operator maps a block into one block and each block's sources under it lie in one block.  The finest
such partition is the fixed point of merging.  A conserved parity gives two blocks, a conserved number many.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Indices = NDArray[np.int64]
Edges = tuple[Indices, Indices]
"""Target states and source states of one operator."""


def blocks(size: int, together: Iterable[Edges], jumps: list[Edges], occupied: Indices) -> list[Indices]:
    """States of each block that is ever populated, in increasing order.

    together: pairs of states that must share a block.  jumps: for each jump operator the pairs (target, source) of all
    its elements.  occupied: states that the start populates.
    """
    labels = _labels(size, np.concatenate([np.stack(edge) for edge in together], axis=1))
    while True:
        for targets, sources in jumps:
            # Through an extra node for each source block: all targets of a block belong together …
            extra = [np.stack([targets, size + labels[sources]])]
            # … and so do all sources of a block.
            extra.append(np.stack([sources, 2 * size + labels[targets]]))
            joined = np.concatenate([_edges_of(labels), *extra], axis=1)
            labels = _labels(3 * size, joined)[:size]
            labels = np.unique(labels, return_inverse=True)[1]
        merged = len(np.unique(labels))
        if all(_is_closed(labels, jump) for jump in jumps):
            break
    return [np.flatnonzero(labels == label) for label in _reachable(labels, jumps, occupied, merged)]


def owners(size: int, blocks: Iterable[Indices]) -> Indices:
    """Number of the block of each state, −1 for states in none; shape (size,)."""
    owner = np.full(size, -1)
    for number, block in enumerate(blocks):
        owner[block] = number
    return owner


def _labels(size: int, pairs: Indices) -> Indices:
    graph = coo_array((np.ones(pairs.shape[1], np.int8), (pairs[0], pairs[1])), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _edges_of(labels: Indices) -> Indices:
    """Each state joined to the first of its block."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.stack([np.arange(len(labels)), first[inverse]])


def _is_closed(labels: Indices, jump: Edges) -> bool:
    """Whether blocks map to blocks one to one under this jump operator."""
    pairs = np.unique(np.stack([labels[jump[0]], labels[jump[1]]]), axis=1)
    return all(len(np.unique(row)) == pairs.shape[1] for row in pairs)


def _reachable(labels: Indices, jumps: list[Edges], occupied: Indices, count: int) -> list[int]:
    """Blocks that jumps can populate, starting from the occupied one."""
    reached = np.zeros(count, bool)
    reached[labels[occupied]] = True
    while True:
        before = reached.sum()
        for targets, sources in jumps:
            reached[labels[targets[reached[labels[sources]]]]] = True
        if reached.sum() == before:
            return [int(label) for label in np.flatnonzero(reached)]

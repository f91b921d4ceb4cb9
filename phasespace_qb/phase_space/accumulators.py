"""What is summed over trajectories at save times.

An accumulator is a frozen specification; its sums are one array, so blocks can be computed anywhere and merged by
adding.  Accumulators with several groups keep the blocks of each group apart, for error bars.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from phasespace_qb import kernel_cache
from phasespace_qb.phase_space.equations import Factors

JACKKNIFE_GROUPS = 20


class Accumulator(Protocol):
    """Anything that can be summed over trajectories."""

    @property
    def groups(self) -> int:
        """In how many groups of blocks (block index modulo this number) the sums are kept apart."""

    def zeros(self) -> NDArray[np.float64]:
        """Empty sums of one block."""

    def observe(
        self, sums: NDArray[np.float64], first_save: int, snapshots: NDArray[np.float64], first: int, count: int
    ) -> None:
        """Add snapshots [save, variable, part, trajectory] that start at save `first_save` and at trajectory `first`.

        Only the first `count` trajectories of the snapshots belong to the ensemble.
        """


@dataclass(frozen=True)
class Moments:
    """Sums of products of variables at every save time.

    products: one tuple of factors each (~v for the conjugate of variable v).
    Sums: [save, 1 + product, part]; row 0 holds the number of trajectories and how many of them are not finite.
    """

    saves: int
    products: tuple[Factors, ...]
    groups: int = JACKKNIFE_GROUPS

    def zeros(self) -> NDArray[np.float64]:
        return np.zeros((self.saves, 1 + len(self._tree), 2))

    def observe(
        self, sums: NDArray[np.float64], first_save: int, snapshots: NDArray[np.float64], first: int, count: int
    ) -> None:
        tree = np.array(list(self._tree.values()), dtype=np.int64).reshape(-1, 2)
        compiled("tally").moments(snapshots, count, tree, sums[first_save : first_save + len(snapshots)])

    def row(self, product: Factors) -> int:
        """Where the sum of a product stands."""
        return 1 + list(self._tree).index(tuple(sorted(product)))

    @property
    def _tree(self) -> dict[Factors, tuple[int, int]]:
        """Every product with its (parent, factor), parents first; products on the way to a longer one are kept."""
        return _product_tree(self.products)


@cache
def _product_tree(products: tuple[Factors, ...]) -> dict[Factors, tuple[int, int]]:
    tree: dict[Factors, tuple[int, int]] = {}
    index: dict[Factors, int] = {(): -1}
    for product in products:
        ordered = tuple(sorted(product))
        for length in range(1, len(ordered) + 1):
            head = ordered[:length]
            if head not in index:
                index[head] = len(tree)
                tree[head] = (index[head[:-1]], head[-1])
    return tree


@dataclass(frozen=True)
class StepPair:
    """The sums of another accumulator, [fine or coarse, …], over those blocks that are also run with doubled steps.

    Both halves see the same random numbers, so their difference is the error of the step.
    """

    inner: Accumulator
    groups: int = JACKKNIFE_GROUPS

    def zeros(self) -> NDArray[np.float64]:
        return np.stack([self.inner.zeros()] * 2)

    def observe(
        self, sums: NDArray[np.float64], first_save: int, snapshots: NDArray[np.float64], first: int, count: int
    ) -> None:
        """Not called: the ensemble feeds each half to `inner`."""
        raise TypeError("a StepPair is observed through its inner accumulator")


@dataclass(frozen=True)
class Portrait:
    """Phase-space points of the first trajectories and a histogram of all, at a few save times.

    Coordinates are Re(α e^(−iφ)) and Re(α⁺ e^(iφ)), or Im(α e^(−iφ)) where the partner of α is its conjugate.
    at: save indices.  phases: φ for each.  edges: bin edges of both coordinates.
    Sums: flat, [time, trajectory, coordinate] and then [time, bin, bin]; what lies outside is in the outermost bins.
    """

    at: tuple[int, ...]
    phases: tuple[float, ...]
    symbols: tuple[int, int]
    edges: tuple[float, ...]
    kept: int = 2_000
    groups: int = 1

    def zeros(self) -> NDArray[np.float64]:
        return np.zeros(len(self.at) * (2 * self.kept + (len(self.edges) - 1) ** 2))

    def samples(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points of the first trajectories, [time, trajectory, coordinate]; a view."""
        return sums[: len(self.at) * 2 * self.kept].reshape(len(self.at), self.kept, 2)

    def histogram(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Number of trajectories in each bin, [time, bin, bin]; a view."""
        bins = len(self.edges) - 1
        return sums[len(self.at) * 2 * self.kept :].reshape(len(self.at), bins, bins)

    def observe(
        self, sums: NDArray[np.float64], first_save: int, snapshots: NDArray[np.float64], first: int, count: int
    ) -> None:
        for index, (save, phase) in enumerate(zip(self.at, self.phases, strict=True)):
            if not first_save <= save < first_save + len(snapshots):
                continue
            x, y = self.coordinates(snapshots[save - first_save, :, :, :count], phase)
            fresh = max(0, min(self.kept - first, count))
            self.samples(sums)[index, first : first + fresh] = np.stack([x[:fresh], y[:fresh]], axis=-1)
            bins = len(self.edges) - 1
            inner = np.array(self.edges[1:-1])
            cells = np.searchsorted(inner, x) * bins + np.searchsorted(inner, y)
            self.histogram(sums)[index] += np.bincount(cells, minlength=bins * bins).reshape(bins, bins)

    def coordinates(
        self, snapshot: NDArray[np.float64], phase: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Both coordinates of a snapshot [variable, part, trajectory]."""
        turn = np.exp(-1j * phase)
        own, partner = self.symbols
        with np.errstate(invalid="ignore", over="ignore"):  # of trajectories that diverged, which Moments counts
            alpha = (snapshot[own, 0] + 1j * snapshot[own, 1]) * turn
            if partner < 0:
                return alpha.real, alpha.imag
            return alpha.real, ((snapshot[partner, 0] + 1j * snapshot[partner, 1]) / turn).real


@cache
def compiled(name: str) -> ModuleType:
    """A module of compiled sums, by the name of its file in `kernels`."""
    path = Path(__file__).parent / "kernels" / f"{name}.py"
    return kernel_cache.load(path.read_text(encoding="utf-8"))

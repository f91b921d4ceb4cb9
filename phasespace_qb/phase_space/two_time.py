"""What is summed to know correlations between two times, and sums of anything at few of many save times.

Every `stride`-th save of a record is an origin t; a trajectory's amplitudes at t are kept until t + the last lag.
"""

import threading
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.phase_space.accumulators import JACKKNIFE_GROUPS, Accumulator, compiled
from phasespace_qb.phase_space.equations import Factors
from phasespace_qb.phase_space.kernels.emit import TILE

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

COLUMNS = 5
_OF_ONE_ORIGIN = 6


class _UnderWay(threading.local):
    """Amplitudes at origins whose last lag has not passed: {address of the sums they belong to: ring}.

    A slab comes in chunks of saves, one after the other and in one thread, but several accumulators see each chunk.
    """

    def __init__(self) -> None:
        self.rings: dict[int, Array] = {}


_under_way = _UnderWay()


class Averages(NamedTuple):
    """Two-time averages over origins and trajectories, ordered as the samples are, with Hermitian partners averaged.

    first_order ⟨a†(t)a(t+τ)⟩, anomalous ⟨a(t+τ)a(t)⟩ and intensity ⟨a†(t)a†(t+τ)a(t+τ)a(t)⟩; the mean field and photon
    number (those of the samples) at the origins and one lag after them.  Shapes: (..., lag).
    """

    first_order: ComplexArray
    anomalous: ComplexArray
    intensity: Array
    field_before: ComplexArray
    field_after: ComplexArray
    number_before: Array
    number_after: Array


@dataclass(frozen=True)
class TwoTimes:
    """Sums of α⁺(t)α(t+τ), α(t+τ)α(t) and n(t)n(t+τ), n = α⁺α, over origins t and lags τ of an equidistant record.

    saves: of the record.  lags: τ/δ = 0 … lags − 1, with δ the distance of two saves.  stride: of origins, in saves;
    those whose last lag lies within the record count.  symbols: the variables that stand for a and a†.
    Sums: [lag, 5], then [save, 5]; see `kernels/two_time_tally.py`.
    """

    saves: int
    lags: int
    stride: int
    symbols: Factors
    groups: int = JACKKNIFE_GROUPS

    @property
    def origins(self) -> int:
        """How many origins a trajectory has."""
        return (self.saves - self.lags) // self.stride + 1

    @property
    def under_way(self) -> int:
        """How many origins wait for further lags at once."""
        return (self.lags - 1) // self.stride + 1

    def zeros(self) -> Array:
        return np.zeros((self.lags + self.saves, COLUMNS))

    def observe(self, sums: Array, first_save: int, snapshots: Array, first: int, count: int) -> None:
        rings, place = _under_way.rings, sums.ctypes.data
        if first_save == 0:
            tiles = -(-snapshots.shape[-1] // TILE)
            rings[place] = np.zeros((self.under_way, tiles, _OF_ONE_ORIGIN * TILE))
        compiled("two_time_tally").two_times(
            snapshots,
            count,
            first_save,
            *self.symbols,
            self.lags,
            self.stride,
            self.origins,
            rings[place],
            sums[: self.lags],
            sums[self.lags :],
        )
        if first_save + len(snapshots) == self.saves:
            del rings[place]

    def counts(self, sums: Array) -> Array:
        """Number of trajectories, [...]."""
        return np.asarray(sums[..., self.lags, 0])

    def not_finite(self, sums: Array) -> Array:
        """How many trajectories are not finite at each save, [..., save]."""
        return np.asarray(sums[..., self.lags :, 1])

    def numbers(self, sums: Array) -> Array:
        """⟨n⟩ of the samples at each save, [..., save]."""
        return np.asarray(sums[..., self.lags :, 4] / sums[..., self.lags :, 0])

    def means(self, sums: Array) -> tuple[ComplexArray, Array]:
        """Mean field and ⟨n⟩ of the samples at each save, [..., save]."""
        means = sums[..., self.lags :, 2:] / sums[..., self.lags :, :1]
        return np.asarray((means[..., 0] + 1j * means[..., 1]) / 2, dtype=np.complex128), means[..., 2]

    def averages(self, sums: Array) -> Averages:
        """Read the sums [..., lag + save, 5]."""
        products = sums[..., : self.lags, :] / (self.counts(sums)[..., None, None] * self.origins)
        means = sums[..., self.lags :, :] / sums[..., self.lags :, :1]
        # One lag at a time: all of them together would be as many copies of the record.
        reach = self.stride * (self.origins - 1) + 1
        after = np.empty((*means.shape[:-2], self.lags, COLUMNS))
        for lag in range(self.lags):
            after[..., lag, :] = means[..., lag : lag + reach : self.stride, :].mean(axis=-2)
        field, number = (after[..., 2] + 1j * after[..., 3]) / 2, after[..., 4]
        return Averages(
            np.asarray((products[..., 0] + 1j * products[..., 1]) / 2, dtype=np.complex128),
            np.asarray((products[..., 2] + 1j * products[..., 3]) / 2, dtype=np.complex128),
            products[..., 4],
            np.broadcast_to(field[..., :1], field.shape),
            field,
            np.broadcast_to(number[..., :1], number.shape),
            number,
        )


@dataclass(frozen=True, eq=False)
class AtFew:
    """Another accumulator that is fed with few of the saves: those of numbers `at`, increasing."""

    inner: Accumulator
    at: tuple[int, ...]

    @property
    def groups(self) -> int:
        """Those of the inner accumulator."""
        return self.inner.groups

    def zeros(self) -> Array:
        return self.inner.zeros()

    def observe(self, sums: Array, first_save: int, snapshots: Array, first: int, count: int) -> None:
        for index, save in enumerate(self.at):
            if first_save <= save < first_save + len(snapshots):
                here = save - first_save
                self.inner.observe(sums, index, snapshots[here : here + 1], first, count)

"""Sums over snapshots against NumPy, for whole tiles and for a rest."""

import numpy as np
import pytest

from phasespace_qb.phase_space.accumulators import Accumulator, Moments, Portrait
from tests.phase_space.paths import Snapshots

PRODUCTS = ((0,), (1, 0), (0, 0), (1, 0, 1, 0), (~0, 0), (2, ~1), (~0, ~1, 2))
COUNTS = [1, 127, 128, 129, 300]


def snapshots(seed: int = 0, saves: int = 3, variables: int = 3, lanes: int = 384, spread: float = 0.6) -> np.ndarray:
    """Random snapshots, [save, variable, part, trajectory]."""
    return spread * np.random.default_rng(seed).normal(size=(saves, variables, 2, lanes))


def as_complex(x: np.ndarray) -> np.ndarray:
    """Parts joined, [save, variable, trajectory]."""
    return x[:, :, 0] + 1j * x[:, :, 1]


def summed(accumulator: Accumulator, x: np.ndarray, count: int, first_save: int = 0, first: int = 0) -> np.ndarray:
    """Sums of one call."""
    sums = accumulator.zeros()
    accumulator.observe(sums, first_save, x, first, count)
    return sums


def moment_error(sums: np.ndarray, moments: Moments, x: np.ndarray, count: int) -> float:
    """Largest difference from NumPy over all products and times."""
    z = as_complex(x)[..., :count]
    errors = []
    for product in PRODUCTS:
        value = np.prod([z[:, v] if v >= 0 else z[:, ~v].conj() for v in product], axis=0).sum(axis=-1)
        row = sums[:, moments.row(product)]
        errors.append(np.abs(row[:, 0] + 1j * row[:, 1] - value).max())
    return float(max(errors))


@pytest.mark.parametrize("count", COUNTS)
def test_moments_are_those_of_numpy(count):
    x, moments = snapshots(), Moments(3, PRODUCTS)
    sums = summed(moments, x, count)
    assert moment_error(sums, moments, x, count) < 1e-11
    assert (sums[:, 0] == [count, 0]).all()


def test_a_missing_conjugate_would_be_seen():
    x, moments = snapshots(), Moments(3, PRODUCTS)
    assert moment_error(summed(moments, x * np.array([1.0, -1.0])[:, None], 300), moments, x, 300) > 1


def test_moments_add_up_over_slabs_and_saves():
    x, moments = snapshots(), Moments(3, PRODUCTS)
    whole, parts = summed(moments, x, 300), moments.zeros()
    moments.observe(parts, 0, np.ascontiguousarray(x[:1, ..., :128]), 0, 128)
    moments.observe(parts, 0, np.ascontiguousarray(x[:1, ..., 128:]), 128, 172)
    moments.observe(parts, 1, x[1:], 0, 300)
    assert np.allclose(parts, whole, atol=1e-11)
    assert (parts[1:] == whole[1:]).all()


def test_moments_without_products_count_trajectories():
    assert summed(Moments(3, ()), snapshots(), 300).tolist() == [[[300, 0]]] * 3


def test_order_of_factors_does_not_matter():
    moments = Moments(1, PRODUCTS)
    assert moments.row((0, 1)) == moments.row((1, 0))
    with pytest.raises(ValueError, match="not in list"):
        moments.row((2, 2, 2))


def test_values_that_are_not_finite_are_counted_and_spoil_their_time_only():
    x, moments = snapshots(), Moments(3, PRODUCTS)
    x[1, 0, 0, 5] = np.nan
    x[1, 1, 1, 5] = np.inf
    x[1, 2, 0, 200] = -np.inf
    x[1, 2, 0, 383] = np.nan  # not among the first 300
    sums = summed(moments, x, 300)
    assert sums[:, 0].tolist() == [[300, 0], [300, 2], [300, 0]]
    assert np.isnan(sums[1, moments.row((0,)), 0])
    assert np.isfinite(sums[[0, 2]]).all()


EDGES = tuple(np.linspace(-1.0, 1.0, 9))


def portrait(symbols: tuple[int, int] = (0, 1), kept: int = 100) -> Portrait:
    """At the first and the last save time."""
    return Portrait((0, 2), (0.0, 0.7), symbols, EDGES, kept)


@pytest.mark.parametrize("symbols", [(0, 1), (0, ~0)])
def test_portrait_is_that_of_numpy(symbols):
    x, view = snapshots(), portrait(symbols)
    sums = summed(view, x, 300)
    for index, (save, phase) in enumerate([(0, 0.0), (2, 0.7)]):
        alpha = as_complex(x)[save, 0, :300] * np.exp(-1j * phase)
        partner = as_complex(x)[save, 1, :300] * np.exp(1j * phase)
        first, second = alpha.real, (alpha.imag if symbols[1] < 0 else partner.real)
        assert np.allclose(view.samples(sums)[index], np.stack([first, second], axis=-1)[:100])
        inside = np.clip([first, second], -0.999, 0.999)
        expected, _, _ = np.histogram2d(*inside, bins=[EDGES, EDGES])
        assert (view.histogram(sums)[index] == expected).all()


def test_portrait_counts_every_trajectory_wherever_it_is():
    x = snapshots(spread=5.0)
    x[0, 0, 0, 3], x[0, 1, 0, 4] = np.nan, np.inf
    counts = portrait().histogram(summed(portrait(), x, 300)).sum(axis=(1, 2))
    assert counts.tolist() == [300, 300]


def test_portrait_keeps_the_first_trajectories_of_the_ensemble():
    x, view = snapshots(), portrait(kept=350)
    total = summed(view, x, 300) + summed(view, x, 200, first=300)
    kept = view.samples(total)[0]
    assert np.allclose(kept[:300], kept_of(x, 300))
    assert np.allclose(kept[300:], kept_of(x, 50))
    assert view.histogram(total).sum() == 2 * 500


def kept_of(x: np.ndarray, count: int) -> np.ndarray:
    """Both coordinates at the first save, without a turn."""
    return np.stack([x[0, 0, 0, :count], x[0, 1, 0, :count]], axis=-1)


def test_portrait_ignores_saves_that_are_not_asked_for():
    view = portrait()
    assert (summed(view, snapshots(saves=1), 300, first_save=1) == 0).all()


def test_any_object_with_these_methods_is_an_accumulator():
    x = snapshots()
    kept = summed(Snapshots(3, 3, 300), x, 300)
    assert (kept == x[..., :300]).all()

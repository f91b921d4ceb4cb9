"""Closed forms of a battery left to itself, against density matrices, rates of p_n, and each other."""

from itertools import permutations

import numpy as np
import pytest
from scipy.linalg import expm

from validation.references import self_discharge as own

TIMES = np.linspace(0.0, 6.0, 61)


def narrow(ratio, noise):
    """A normal distribution of n with the mean and the Fano factor of the steady state for g² → 0."""
    mean, fano = (ratio - 1) / noise, (2 * ratio - 1) / (2 * (ratio - 1))
    n = np.arange(int(mean + 9 * np.sqrt(fano * mean)))
    p = np.exp(-((n - mean) ** 2) / (2 * fano * mean))
    return p / p.sum()


def populations(start, time, noise):
    """Diagonal of ρ after losses D[a] and (g²/2)D[a²], from the whole Liouvillian."""
    levels = len(start)
    a, one = np.diag(np.sqrt(np.arange(1.0, levels)), 1), np.eye(levels)
    total = np.zeros((levels**2, levels**2))
    for jump in (a, np.sqrt(noise / 2) * a @ a):
        lost = jump.T @ jump
        total += np.kron(jump, jump) - 0.5 * np.kron(lost, one) - 0.5 * np.kron(one, lost)
    return np.diag((expm(total * time) @ start.ravel()).reshape(levels, levels))


def test_rates_of_the_populations_are_those_of_the_density_matrix():
    draw = np.random.default_rng(3).normal(size=(9, 9))
    start = draw @ draw.T / np.trace(draw @ draw.T)
    found = own.fading(np.diag(start), [0.0, 0.7], 0.4)[1]
    assert found == pytest.approx(populations(start, 0.7, 0.4), abs=1e-12)
    assert found != pytest.approx(populations(start, 0.7, 0.2), abs=1e-3)


def test_thinning_is_the_loss_of_single_photons():
    start = narrow(1.5, 1 / 32)
    assert own.thinned(start, np.exp(-0.5)) == pytest.approx(own.fading(start, [0.0, 0.5], 0.0)[1], abs=1e-10)
    assert own.thinned(start, np.exp(-0.5)) != pytest.approx(own.fading(start, [0.0, 0.5], 1 / 32)[1], abs=1e-3)


@pytest.mark.parametrize("ratio", [1.25, 1.5, 2.0])
def test_mean_and_width_of_large_batteries(ratio):
    noise = 1e-3
    numbers = own.fading(narrow(ratio, noise), TIMES, noise)
    n = np.arange(numbers.shape[1])
    mean = numbers @ n
    fano = (numbers @ n**2 - mean**2) / mean
    assert noise * mean == pytest.approx(own.filling(TIMES, ratio), rel=3e-3)
    assert fano == pytest.approx(own.fano(TIMES, ratio), rel=3e-3)
    only_singles = 1 + (own.fano(0.0, ratio) - 1) * np.exp(-TIMES)
    assert fano != pytest.approx(only_singles, rel=0.05)


@pytest.mark.parametrize("ratio", [1.25, 1.5, 2.0])
def test_rates_are_the_slopes_and_go_from_the_pump_ratio_to_one_half_and_one(ratio):
    fine = np.linspace(0.0, 12.0, 12_001)
    coherent, incoherent = own.rates(fine, ratio)
    slope = -np.gradient(np.log(own.filling(fine, ratio)), fine)
    width = -0.5 * np.gradient(np.log(own.filling(fine, ratio) * own.fano(fine, ratio)), fine)
    assert incoherent[1:-1] == pytest.approx(slope[1:-1], abs=1e-5)
    assert coherent[1:-1] == pytest.approx(width[1:-1], abs=1e-5)
    assert coherent[0] == pytest.approx(ratio)
    assert incoherent[0] == pytest.approx(ratio)
    assert (coherent[-1], incoherent[-1]) == pytest.approx((0.5, 1.0), abs=1e-3)


def test_a_pump_mode_delays_what_is_lost():
    filled, fano = own.with_pump_mode(TIMES, 1.5, 1e4)
    assert filled == pytest.approx(own.filling(TIMES, 1.5), rel=1e-3)
    assert fano == pytest.approx(own.fano(TIMES, 1.5), rel=1e-3)
    loss = 100.0
    filled, fano = own.with_pump_mode(TIMES, 1.5, loss)
    assert fano[0] == pytest.approx(2 + 1 / loss)
    gained = np.log(filled[-1] / own.filling(TIMES[-1], 1.5))
    assert 0 < gained < 2 * 1.5 / loss


def test_the_incoherent_part_ends_when_one_photon_is_left():
    noise, ratio = 1e-3, 1.5
    times = np.linspace(0.0, 8.0, 161)
    numbers = own.fading(narrow(ratio, noise), times, noise)
    work = own.incoherent(numbers)
    ends = times[np.flatnonzero(work < 1e-9)[0]]
    assert ends == pytest.approx(own.emptying(ratio, noise), abs=0.06)
    assert ends != pytest.approx(np.log((ratio - 1) / noise), abs=0.3), "pairs are lost too"
    assert own.emptying(ratio, noise, 1 / 16) - own.emptying(ratio, noise) == pytest.approx(2 * ratio / 16)


def test_incoherent_work_is_that_of_the_best_exchange_of_levels():
    p = np.array([[0.1, 0.4, 0.3, 0.2], [0.4, 0.3, 0.2, 0.1]])
    n = np.arange(4)
    least = [min(float(n @ row[list(order)]) for order in permutations(range(4))) for row in p]
    assert own.incoherent(p) == pytest.approx(p @ n - least)
    assert own.incoherent(p)[1] == 0

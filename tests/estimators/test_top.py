"""The largest power of a sampled curve: its window, its errors, and what happens at the ends."""

import numpy as np
import pytest

from phasespace_qb.estimators.top import tops
from phasespace_qb.results.jackknife import jackknife
from phasespace_qb.work.charging import maximum_power

TIMES = np.linspace(0, 20, 201)
EVEN = np.ones(20)


def sampled(scatter, seed, memory, asymmetry=0.0):
    """Replicates of a curve with its top at t = 10, P = 1; groups scatter with a correlation time `memory`."""
    curve = np.exp(-(((TIMES - 10) / 8) ** 2)) + asymmetry * (TIMES - 10) ** 3 / 8**3
    noise = np.random.default_rng(seed).normal(size=(20, 201))
    if memory:
        correlation = np.exp(-(((TIMES[:, None] - TIMES) / memory) ** 2) / 2)
        noise = noise @ np.linalg.cholesky(correlation + 1e-8 * np.eye(201)).T
    noise *= scatter * np.sqrt(20)
    whole = curve + noise.mean(axis=0)
    return np.concatenate([whole[None], whole + (noise.mean(axis=0) - noise) / 19])


def errors(scatter, memory, asymmetry=0.0, runs=60):
    """True errors of P_max and t_max, and the stated ones: half of 95 %, and what other fits change; (runs, 2) each."""
    off, stated = [], []
    for seed in range(runs):
        found = tops(TIMES, sampled(scatter, seed, memory, asymmetry), EVEN)
        value, error = jackknife(found.replicates, EVEN)
        off.append(value - [1, 10])
        stated.append(2.09 * error + found.missed)
    return np.array(off), np.array(stated)


@pytest.mark.parametrize("memory", [0.0, 0.5, 3.0])
@pytest.mark.parametrize("scatter", [0.003, 0.01, 0.03])
def test_intervals_of_the_top_hold_the_truth(scatter, memory):
    off, stated = errors(scatter, memory)
    held = (np.abs(off) <= stated).mean(axis=0)
    assert (held >= 0.9).all(), held
    # What would hold the truth with errors half as large is told to be too uncertain.
    assert (np.abs(off) <= 0.25 * stated).mean(axis=0).max() < 0.85


def test_the_largest_sample_is_no_substitute():
    replicates = [sampled(0.01, seed, 0.0) for seed in range(20)]
    naive = [jackknife(np.array([maximum_power(TIMES, row) for row in each]), EVEN)[0] for each in replicates]
    fitted = [jackknife(tops(TIMES, each, EVEN).replicates, EVEN)[0] for each in replicates]
    # It jumps where a group is left out, and the jackknife takes twenty times that for a bias.
    assert np.abs(np.array(naive)[:, 1] - 10).max() > 5 > 20 * np.abs(np.array(fitted)[:, 1] - 10).mean()


def test_another_top_beyond_a_valley_does_not_count():
    curve = np.exp(-((TIMES - 5) ** 2)) + 0.99 * np.exp(-((TIMES - 15) ** 2))
    noise = 0.02 / 19 * np.random.default_rng(1).normal(size=(20, 201))
    found = tops(TIMES, np.concatenate([curve[None], curve + noise]), EVEN)
    assert found.replicates[0] == pytest.approx([1, 5], abs=0.02)


def test_without_scatter_the_top_is_that_of_the_parabola():
    power = np.exp(-(((TIMES - 9.72) / 8) ** 2))
    found = tops(TIMES, np.tile(power, (21, 1)), EVEN)
    assert found.replicates[0] == pytest.approx(maximum_power(TIMES, power))
    assert (found.missed == 0).all()


def test_a_curve_that_still_rises_ends_where_it_was_followed_to():
    rising = np.tile(TIMES / (1 + TIMES), (21, 1))
    assert tops(TIMES, rising, EVEN).replicates[0] == pytest.approx([20 / 21, 20])


def test_few_times_are_no_trouble():
    for count in (1, 2, 3, 4):
        power = np.tile(np.arange(count, dtype=float), (21, 1))
        assert tops(TIMES[:count], power, EVEN).replicates.shape == (21, 2)

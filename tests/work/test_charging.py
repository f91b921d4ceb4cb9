"""Charging power and its maximum."""

import numpy as np
import pytest

from phasespace_qb.results.jackknife import jackknife
from phasespace_qb.work.charging import charging_power, maximum_of_replicates, maximum_power


def test_power_is_work_over_time_and_vanishes_at_the_start():
    times = np.linspace(0, 4, 9)
    power = charging_power(times, times**2)
    assert power == pytest.approx(times)
    assert np.isfinite(power).all()


def test_no_limit_at_the_start_of_a_charged_battery():
    power = charging_power(np.array([0.0, 1.0]), np.array([2.0, 3.0]), starts_passive=False)
    assert np.isnan(power[0])
    assert power[1] == 3.0


def test_further_axes_and_late_starts():
    times = np.array([5.0, 6.0, 7.0])
    work = np.array([[0.0, 0.0], [1.0, 2.0], [4.0, 6.0]])
    assert charging_power(times, work) == pytest.approx(np.array([[0, 0], [1 / 6, 2 / 6], [4 / 7, 6 / 7]]))


def test_the_maximum_is_refined_by_a_parabola():
    times = np.array([0.0, 0.7, 1.1, 2.0, 2.6])
    top, when = maximum_power(times, 3 - 2 * (times - 1.3) ** 2)
    assert (top, when) == (pytest.approx(3.0), pytest.approx(1.3))
    assert np.max(3 - 2 * (times - 1.3) ** 2) < 2.95  # the samples alone are lower


def test_a_maximum_at_the_edge_is_not_invented():
    assert maximum_power(np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 2.0])) == (2.0, 2.0)
    assert maximum_power(np.array([0.0, 1.0, 2.0, 3.0]), np.array([np.nan, 1.0, 1.0, 1.0])) == (1.0, 1.0)
    assert np.isnan(maximum_power(np.array([0.0, 1.0]), np.array([np.nan, np.nan]))).all()


def test_bad_shapes_are_refused():
    with pytest.raises(ValueError, match="`times` must be a one-dimensional, increasing array"):
        charging_power(np.array([0.0, 2.0, 1.0]), np.zeros(3))
    with pytest.raises(ValueError, match=r"`power` must be of shape \(3,\), as `times`"):
        maximum_power(np.zeros(3), np.zeros(4))


def sampled_power(scatter=0.01, groups=20, seed=3):
    """A curve with its top at t = 10, P = 1, whose groups scatter independently from time to time."""
    times = np.linspace(0, 20, 201)
    noise = np.random.default_rng(seed).normal(0, scatter * np.sqrt(groups), (groups, times.size))
    whole = np.exp(-(((times - 10) / 8) ** 2)) + noise.mean(axis=0)
    left_out = whole + (noise.mean(axis=0) - noise) / (groups - 1)
    return times, np.concatenate([whole[None], left_out]), np.full(times.size, scatter)


def test_the_top_of_a_sampled_curve_is_that_of_a_fit():
    def largest_samples(times, power, _):
        return np.array([maximum_power(times, row) for row in power])

    def errors(top):
        found = np.array([jackknife(top(*sampled_power(seed=seed)), np.ones(20)) for seed in range(40)])
        return found[:, 0] - [1, 10], found[:, 1]

    (off, stated), (naive, _) = errors(maximum_of_replicates), errors(largest_samples)
    assert np.abs(off[:, 0]).max() < 0.01
    assert (np.abs(np.mean(off / stated, axis=0)) < 1).all()
    assert np.std(off[:, 1] / stated[:, 1]) < 1.5
    # The largest sample jumps where a group is left out, and twenty times that is what its jackknife is off by.
    assert np.abs(naive[:, 1]).max() > 5 > 20 * np.abs(off[:, 1]).mean()


def test_another_top_beyond_a_valley_does_not_count():
    times = np.linspace(0, 20, 201)
    power = np.exp(-((times - 5) ** 2)) + 0.99 * np.exp(-((times - 15) ** 2))
    found = maximum_of_replicates(times, np.array([power, power]), np.full(201, 0.01))
    assert found == pytest.approx(np.array([[1, 5], [1, 5]]), abs=0.02)


def test_without_scatter_the_top_is_that_of_the_parabola():
    times = np.linspace(0, 20, 21)
    power = np.exp(-(((times - 9.7) / 8) ** 2))
    assert maximum_of_replicates(times, power[None], np.zeros(21))[0] == pytest.approx(maximum_power(times, power))

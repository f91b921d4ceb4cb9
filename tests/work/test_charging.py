"""Charging power and its maximum."""

import numpy as np
import pytest

from phasespace_qb.work.charging import charging_power, maximum_power


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

"""Integrals between save times: their order, what jumps cost, and what the error from the grid covers."""

import numpy as np
import pytest

from phasespace_qb.charging.quadrature import SaveTimes


def itself(_, y):
    return y


def test_a_cubic_is_integrated_exactly_and_smooth_curves_to_fourth_order():
    t = np.linspace(0, 2, 9)
    assert SaveTimes(t).integral(t**3, itself) == pytest.approx(t**4 / 4, abs=1e-13)
    errors = []
    for count in (11, 21, 41):
        t = np.linspace(0, 3, count)
        errors.append(np.abs(SaveTimes(t).integral(np.sin(t), itself) - (1 - np.cos(t))).max())
    assert np.log2(errors[0] / errors[1]) == pytest.approx(4, abs=1.2)
    assert np.log2(errors[1] / errors[2]) == pytest.approx(4, abs=1.2)


def kinked(t):
    """Relaxation to 1 until t = 1, and back to 0 after it."""
    return np.where(t < 1, 1 - np.exp(-4 * t), (1 - np.exp(-4)) * np.exp(-4 * (t - 1)))


EXACT = 1 - (1 - np.exp(-4)) / 4 + (1 - np.exp(-4)) * (1 - np.exp(-4)) / 4


def test_a_jump_that_is_known_costs_nothing_and_one_that_is_not_costs_an_order():
    t = np.linspace(0, 2, 41)
    known, unknown = (SaveTimes(t, jumps).integral(kinked(t), itself)[-1] for jumps in ((1.0,), ()))
    assert abs(known - EXACT) < 2e-5
    assert abs(unknown - EXACT) > 5 * abs(known - EXACT)


@pytest.mark.parametrize("count", [11, 21, 41, 81])
def test_the_error_from_the_grid_covers(count):
    t = np.linspace(0, 2, count)
    saved = SaveTimes(t, (1.0,))
    error = abs(saved.integral(kinked(t), itself)[-1] - EXACT)
    assert error < saved.grid_error(kinked(t), itself).max() < 0.2


def test_a_drive_is_followed_between_the_save_times():
    """A rectangular drive that jumps between save times, times a constant field."""

    def drive(t):
        return np.where(t < 0.77, 2.0, 0.0)

    t = np.linspace(0, 2, 9)
    saved = SaveTimes.under(t, drive, (0.77,))
    found = saved.integral(np.ones(9), lambda at, y: drive(at) * y)
    assert found == pytest.approx(2 * np.minimum(t, 0.77), abs=1e-12)


def test_times_in_a_stretch_are_counted_and_its_ends_must_be_saved():
    saved = SaveTimes(np.linspace(0, 2, 9), (1.0, 1.6))
    assert saved.stretches() == [(0.0, 1.0), (1.0, 1.6), (1.6, 2.0)]
    assert [saved.saved_in(stretch) for stretch in saved.stretches()] == [5, 0, 0]


def test_only_jumps_divide_the_times():
    t = np.linspace(0, 2, 9)
    saved = SaveTimes.under(t, lambda at: np.where(at < 1, at, np.where(at < 1.5, 1.0, 0.0)), (1.0, 1.5, 7.0))
    assert saved.jumps == (1.5,)
    assert saved.breakpoints == (1.0, 1.5)


def test_bounds_are_never_negative():
    t = np.linspace(0, 1, 5)
    assert (SaveTimes(t).bound(np.array([0.0, 0.0, 1.0, 0.0, 0.0]), itself) >= 0).all()

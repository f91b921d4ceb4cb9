"""The top of a curve: exact parabolas, skewed ones, noisy ones, and curves without a top."""

import numpy as np
import pytest

from phasespace_qb.charging.optimum import optimum
from phasespace_qb.results.protocols import Place

X = np.linspace(0.0, 4.0, 17)


def test_a_parabola_has_its_top():
    found = optimum(X, 5 - 0.7 * (X - 2.13) ** 2, {"_step_error": np.full(17, 1e-3)})
    assert (found.position, found.value) == pytest.approx((2.13, 5.0), abs=1e-12)
    assert found.place is Place.INSIDE
    assert found.position_errors["_estimator_error"] < 1e-9
    assert found.value_errors["_step_error"] == pytest.approx(1e-3, rel=0.5)


def test_times_need_not_be_evenly_spaced():
    x = np.array([0.0, 1.0, 1.5, 2.0, 2.2, 3.5, 4.0])
    assert optimum(x, 5 - (x - 1.9) ** 2, {}).position == pytest.approx(1.9)


@pytest.mark.parametrize("count", [9, 17, 65])
def test_the_estimator_error_covers_what_a_skewed_curve_costs(count):
    """x e^(−x) has its top at 1, and its third derivative there is −2 times the second."""
    x = np.linspace(0.0, 4.0, count) + 0.07
    found = optimum(x, x * np.exp(-x), {})
    assert 0 < abs(found.position - 1) < 2 * found.position_errors["_estimator_error"] + 1e-4
    assert found.position_errors["_estimator_error"] < 0.2


def scatter(share, seeds=400):
    """Deviations of the top over its stated error where errors are partly common to all points."""
    truth, size = 5 - 0.4 * (X - 2.1) ** 2, 0.05
    deviations = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        noise = np.sqrt(share) * rng.normal() + np.sqrt(1 - share) * rng.normal(size=len(X))
        found = optimum(X, truth + size * noise, {"_stderr": np.full(len(X), size)})
        deviations.append((found.position - 2.1) / found.position_errors["_stderr"])
    return np.array(deviations)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.9])
def test_the_error_of_the_time_is_a_bound_that_is_not_idle(share):
    """Points whose errors have a part in common scatter less; a bound a fifth as large would not hold."""
    found = np.sqrt(np.mean(scatter(share) ** 2))
    assert found < 1
    assert found > (0.2 if share < 0.9 else 0.1)


def test_errors_that_change_slowly_along_the_curve_are_covered():
    """What common random numbers do: neighbours go wrong together, the two sides of the top do not."""
    distance = np.abs(np.subtract.outer(X, X))
    root = np.linalg.cholesky(np.exp(-distance / 2) + 1e-9 * np.eye(len(X)))
    off, stated = [], []
    for seed in range(400):
        noise = root @ np.random.default_rng(seed).normal(size=len(X))
        found = optimum(X, 5 - 0.4 * (X - 2.1) ** 2 + 0.05 * noise, {"_stderr": np.full(len(X), 0.05)})
        off.append(found.position - 2.1)
        stated.append(found.position_errors["_stderr"])
    assert 0.3 < np.std(off) / np.mean(stated) < 1


def test_errors_of_one_sign_move_the_value_and_not_the_time():
    truth = 5 - 0.4 * (X - 2.1) ** 2
    found, moved = (optimum(X, truth + shift, {"_stderr": np.full(17, 0.05)}) for shift in (0.0, 0.05))
    assert moved.position == pytest.approx(found.position)
    assert moved.value - found.value == pytest.approx(0.05)
    assert found.value_errors["_stderr"] > 0.045


@pytest.mark.parametrize(("curve", "place"), [(X, Place.LAST), (-X, Place.FIRST)], ids=["rises", "falls"])
def test_a_curve_that_is_largest_at_an_end_has_no_top(curve, place):
    found = optimum(X, curve, {"_stderr": np.full(17, 0.01)})
    assert found.place is place
    assert np.isnan(found.position)
    assert np.isnan(found.position_errors["_stderr"])
    assert found.value == curve.max()


def test_a_plateau_with_noise_has_no_top():
    """Its largest value is inside by chance; where it is, would be a number without meaning."""
    rng = np.random.default_rng(0)
    found = [optimum(X, 5 + 0.01 * rng.normal(size=17), {"_stderr": np.full(17, 0.01)}).place for _ in range(100)]
    assert sum(place is Place.INSIDE for place in found) < 15


@pytest.mark.parametrize("values", [[1.0, 2.0], [np.nan] * 5, [1.0, np.nan, np.nan]])
def test_too_few_points_say_nothing(values):
    x = np.arange(len(values), dtype=float)
    found = optimum(x, np.array(values), {})
    assert found.place is Place.UNKNOWN
    assert np.isnan(found.position)


@pytest.mark.parametrize("where", [8, slice(None)], ids=["at the top", "everywhere"])
def test_an_unknown_error_makes_the_place_unknown(where):
    """NaN is not 0: nobody knows whether the curve bends down, or scatters."""
    errors = np.full(17, 0.01)
    errors[where] = np.nan
    found = optimum(X, 5 - (X - 2.1) ** 2, {"_stderr": errors, "_step_error": np.zeros(17)})
    assert found.place is Place.UNKNOWN
    assert np.isnan([found.position, *found.position_errors.values()]).all()
    assert found.value == (5 - (X - 2.1) ** 2).max()


def test_an_unknown_error_far_from_the_top_does_not_matter():
    errors = np.full(17, 0.01)
    errors[0] = np.nan
    found = optimum(X, 5 - (X - 2.1) ** 2, {"_stderr": errors})
    assert found.place is Place.INSIDE
    assert np.isfinite(found.position_errors["_stderr"])


def test_points_that_are_nan_are_passed_over():
    values = 5 - (X - 2.1) ** 2
    values[-3:] = np.nan
    assert optimum(X, values, {}).position == pytest.approx(2.1)

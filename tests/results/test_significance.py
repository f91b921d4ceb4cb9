"""Chances of z-scores: tails, independent times, and the two tests of a series."""

import numpy as np
import pytest
from scipy.stats import t as student

from phasespace_qb.results.significance import chance_of, chance_of_series, independent_times, size_at


@pytest.mark.parametrize("size", [0.0, 1.0, 3.0, 6.0, 40.0])
def test_a_single_score_has_the_tails_of_student(size):
    assert chance_of(size) == pytest.approx(2 * student.sf(size, 19), rel=1e-9)
    assert chance_of(-size) == chance_of(size)
    assert size_at(chance_of(size)) == pytest.approx(size, abs=1e-6)


def test_an_infinite_score_is_impossible_and_a_certain_one_is_zero():
    assert chance_of(np.inf) == 0.0
    assert size_at(7.0) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("series", "count"),
    [
        (np.ones(100), 1),
        (-np.ones(1), 1),
        (np.array([]), 1),
        (np.repeat([1.0, -1.0, 2.0], 50), 11),
        (np.resize([1.0, -1.0], 100), 100),
        (np.where(np.arange(100) < 50, np.nan, np.resize([1.0, -1.0], 100)), 50),
        (np.append(np.zeros(50), np.ones(3)), 1),
    ],
    ids=["one side", "one point", "none", "three stretches", "alternating", "half lost", "zeros first"],
)
def test_independent_times_follow_the_changes_of_sign(series, count):
    assert independent_times(series) == count


def test_a_peak_is_charged_for_the_times_and_a_shift_is_not():
    quiet = np.resize([0.5, -0.5], 100)
    peak = quiet.copy()
    peak[30] = 7.0
    assert chance_of_series(peak, peak) == pytest.approx(200 * chance_of(7.0), rel=1e-9)
    shifted = quiet + 4.0
    root_mean_square = np.sqrt(16.25)
    assert chance_of_series(shifted, shifted) == pytest.approx(2 * min(chance_of(4.5), chance_of(root_mean_square)))
    # Many sizeable scores of both signs: none of them is far out, all of them together are.
    restless = np.resize([5.0, -5.0], 400)
    assert chance_of_series(restless, restless) == pytest.approx(2 * chance_of(5.0))


def test_nothing_known_is_no_evidence():
    assert chance_of_series(np.array([]), np.array([])) == 1.0
    assert chance_of_series(np.array([np.nan]), np.array([1.0])) == 1.0

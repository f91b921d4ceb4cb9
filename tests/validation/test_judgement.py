"""One rule for all comparisons: what it lets pass, what it sees, and how often it errs."""

import numpy as np
import pytest
import xarray as xr

from validation.evidence import compare, compare_variable
from validation.judgement import DISAGREES_BELOW, Outcome, chance, judge, noticed, smallest_visible

NOTHING = np.zeros(5)
ONES = np.ones(5)


def test_sampled_values_within_their_errors_agree():
    assert judge(np.array([0.5, -1.0, 2.0, 0.1, -0.3]), NOTHING, ONES, NOTHING) is Outcome.AGREES


def test_a_shift_of_ten_standard_errors_is_seen():
    assert judge(np.array([0, 0, 10.0, 0, 0]), NOTHING, ONES, NOTHING) is Outcome.DISAGREES


def test_a_small_shift_everywhere_is_seen_though_no_point_stands_out():
    shift = np.full(5, 5.3)
    assert (shift < noticed(NOTHING, ONES)).all()
    assert judge(shift, NOTHING, ONES, NOTHING) is Outcome.DISAGREES


@pytest.mark.parametrize(("declared", "outcome"), [(9.0, Outcome.BIASED_AS_DECLARED), (1.0, Outcome.DISAGREES)])
def test_a_bias_must_have_the_declared_size(declared, outcome):
    assert judge(10 * ONES, NOTHING, ONES, declared * ONES) is outcome


def test_a_declared_bias_that_does_not_show_agrees():
    assert judge(NOTHING, NOTHING, ONES, 10 * ONES) is Outcome.AGREES


def test_known_bounds_are_subtracted_first():
    assert judge(10 * ONES, 9 * ONES, ONES, NOTHING) is Outcome.AGREES
    assert judge(30 * ONES, 9 * ONES, ONES, NOTHING) is Outcome.DISAGREES


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_disagrees(number):
    assert judge(np.array([0, number, 0]), np.ones(3), np.ones(3), np.full(3, 5.0)) is Outcome.DISAGREES


def test_an_error_that_is_no_number_disagrees():
    assert judge(ONES, NOTHING, np.full(5, np.nan), NOTHING) is Outcome.DISAGREES


def test_without_an_error_only_the_known_bound_counts():
    assert judge(1e-9 * ONES, 1e-9 * ONES, NOTHING, NOTHING) is Outcome.AGREES
    assert judge(1.001e-9 * ONES, 1e-9 * ONES, NOTHING, NOTHING) is Outcome.DISAGREES
    assert judge(NOTHING, NOTHING, NOTHING, NOTHING) is Outcome.AGREES


def test_nothing_to_compare_is_no_disagreement():
    empty = np.zeros(0)
    assert chance(empty, empty, empty) == 1
    assert smallest_visible(empty, empty, empty, empty, empty) == np.inf


@pytest.mark.parametrize("points", [1, 7])
def test_noticed_is_where_a_point_alone_disagrees(points):
    known, error, none = np.full(points, 0.5), np.full(points, 0.1), np.zeros(points)
    for factor, outcome in ((0.999, Outcome.AGREES), (1.001, Outcome.DISAGREES)):
        difference = np.zeros(points)
        difference[0] = -factor * noticed(known, error)[0]
        assert judge(difference, known, error, none) is outcome


@pytest.mark.parametrize("error", [0.0, 0.02])
@pytest.mark.parametrize("declared", [0.0, 0.3])
def test_smallest_visible_is_the_edge(error, declared):
    rng = np.random.default_rng(1)
    expected = np.linspace(1.0, 3.0, 9)
    difference = (error or 1e-3) * rng.uniform(-1, 1, 9)
    arrays = np.full(9, 2e-3), np.full(9, error), np.full(9, declared)
    edge = smallest_visible(difference, *arrays, expected)

    def seen(size):
        return [judge(difference + sign * size * expected, *arrays) is Outcome.DISAGREES for sign in (-1, 1)]

    assert all(seen(1.0001 * edge))
    assert not all(seen(0.9999 * edge))


def test_no_shift_shows_in_values_that_are_expected_to_vanish_relative_to_them():
    assert smallest_visible(NOTHING, ONES, NOTHING, NOTHING, NOTHING) == np.inf


def test_false_alarms_are_rarer_than_the_limit():
    rng = np.random.default_rng(2)
    known, error = np.zeros(10), np.ones(10)
    # Sets without a point beyond 3 look no worse than this, so that only the others need be judged.
    assert chance(np.full(10, 3.0), known, error) > 0.01
    # The share of sets that look worse than a chance p must not exceed p, whether points are independent or all one.
    for correlated in (False, True):
        z = rng.standard_t(19, (400_000, 1 if correlated else 10)) * np.ones(10)
        chances = np.array([chance(each, known, error) for each in z[np.abs(z).max(axis=1) > 3]])
        for level in (0.01, 1e-3, DISAGREES_BELOW):
            slack = 4 * np.sqrt(level / len(z))
            assert (chances < level).sum() / len(z) <= level + slack


@pytest.mark.parametrize("number", [np.nan, np.inf, -1.0])
@pytest.mark.parametrize("name", ["error", "known", "declared"])
def test_an_error_that_is_none_is_refused(name, number):
    with pytest.raises(ValueError, match=f"`{name}` of n̄ must be finite and not negative"):
        list(compare("n̄", [1.0, 2.0], 1.0, **{name: [0.1, number]}))


@pytest.mark.parametrize("number", [np.nan, np.inf, 1j * np.nan])
@pytest.mark.parametrize("name", ["expected", "wrong"])
def test_expecting_what_is_no_number_is_refused(name, number):
    with pytest.raises(ValueError, match=f"`{name}` of .*n̄ must be finite"):
        list(compare("n̄", **({"found": 1.0, "expected": 1.0} | {name: [1.0, number]})))


def test_nothing_to_compare_is_refused():
    with pytest.raises(ValueError, match="n̄ must be numbers"):
        list(compare("n̄", [], []))


@pytest.mark.parametrize("others", [{"axis": [0.0, 1.0]}, {"axis": 0.0}, {"labels": ["one"]}])
def test_an_axis_or_labels_of_another_length_are_refused(others):
    (name,) = others
    with pytest.raises(ValueError, match=f"`{name}` of n̄ must have shape"):
        list(compare("n̄", np.ones(3), 1.0, **others))


def test_a_value_that_is_no_number_disagrees_and_needs_no_control():
    (each,) = compare("n̄", [1.0, np.nan], 1.0, known=1.0)
    assert (each.outcome, each.control_fails) == (Outcome.DISAGREES, None)


def test_a_real_bound_that_is_added_holds_for_both_parts():
    run = xr.Dataset({"a": ("time", [1 + 1j]), "a_step_error": ("time", [0.1 + 0.2j])}, {"time": [1.0]})
    for extra, bounds in ((0.5, (0.6, 0.7)), (0.5j, (0.1, 0.7)), (None, (0.1, 0.2))):
        others = {} if extra is None else {"known": extra}
        found = [each.known[0] for each in compare_variable(run, "a", 1 + 1j, **others)]
        assert found == pytest.approx(bounds)


def test_a_control_that_leaves_both_parts_is_not_seen():
    parts = list(compare("⟨a⟩", [1 + 2j], [1 + 2j], known=1e-9, wrong=[1 + 2j]))
    assert [each.control_fails for each in parts] == [False, False]


def test_a_complex_quantity_is_two_comparisons_and_a_conjugate_shows_in_one():
    real, imaginary = compare("⟨a⟩", [1 + 2j], [1 + 2j], known=1e-9, wrong=[1 - 2j])
    assert (real.quantity, imaginary.quantity) == ("Re ⟨a⟩", "Im ⟨a⟩")
    assert real.control_fails is None
    assert imaginary.control_fails is True


def test_a_control_that_changes_nothing_real_is_not_seen():
    (each,) = compare("n̄", [1.0], [1.0], known=1e-9, wrong=[1.0])
    assert each.control_fails is False


def test_the_smallest_visible_error_is_absolute_where_nothing_is_expected():
    (each,) = compare("⟨a⟩", [0.0, 0.0], 0.0, known=1e-9)
    assert not each.is_relative
    assert each.smallest_visible == pytest.approx(1e-9, rel=1e-6)

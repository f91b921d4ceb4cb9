"""What the paper leaves open: the nearest choice, the span of all, what errors do to a fit, and entries of the page."""

from dataclasses import replace

import numpy as np
import pytest

from validation.paper.choices import (
    READINGS,
    Estimate,
    at_time,
    converged,
    estimates,
    every_choice,
    grid,
    lost,
    number,
    scan,
    two_branches,
    verdicts,
    with_error,
)
from validation.paper.fits import line
from validation.paper.intervals import INTERVAL
from validation.paper.printed import CLAIMS
from validation.paper.rules import Measured

KEYS = ("W_slope", "W_intercept", "W_r")
MEASURED = Measured(2.7423, 2.70, 2.75, 2.9, "a choice", "(56, 14)", {}, "a choice")
OTHERS = {"branches": 2.7, "closed_form": "none: no drive", "with_noise": "5.5 at g² = 0.01"}


def charged_by(cutoffs_at):
    """Runs that are nothing but their cutoffs."""
    return lambda pump: {"cutoffs": cutoffs_at(pump)}


def test_the_best_choice_is_one_for_all_parameters_of_a_fit():
    claims = [CLAIMS[key].value for key in KEYS]
    shifted = {"far": (0.1, 0.0, 0.0), "close": (0.002, 0.002, 0.0)}
    choices = {name: (lambda charged, by=by: tuple(np.add(claims, by))) for name, by in shifted.items()}
    found = scan(charged_by, KEYS, choices, quick=True)
    assert {measured.key for measured in found.values()} == {"close"}
    assert all(measured.choice.endswith("; close") for measured in found.values())
    assert found["W_slope"].high == pytest.approx(claims[0] + 0.1)
    assert found["W_intercept"].low == pytest.approx(claims[1])
    assert len(found["W_r"].others) == len(shifted) * len(READINGS)


@pytest.mark.parametrize(("wanted", "name"), [((32, 9), "N = number of levels"), ((33, 10), "N = highest level")])
def test_the_reading_of_the_cutoffs_is_a_choice_and_the_converged_ones_are_others(wanted, name):
    value = CLAIMS["W_32"].value
    seen = {}

    def choice(charged):
        cutoffs = charged(3.0)["cutoffs"]
        seen[cutoffs] = value if cutoffs == wanted else value + 1 + cutoffs[0] / 100
        return (seen[cutoffs],)

    found = scan(charged_by, ("W_32",), {"": choice}, quick=False)["W_32"]
    assert (found.choice, found.value) == (name, value)
    assert set(seen) == {(32, 9), (33, 10), converged(3.0, quick=False)}
    assert found.converged == seen[converged(3.0, quick=False)]
    assert found.high > value == found.low


def test_a_choice_without_a_value_is_never_the_nearest():
    claims = [CLAIMS[key].value for key in KEYS]
    offsets = {"none": (np.nan,) * 3, "close": (0.002, 0.0, 0.0)}
    choices = {name: (lambda charged, by=by: tuple(np.add(claims, by))) for name, by in offsets.items()}
    found = scan(charged_by, KEYS, choices, quick=True)["W_slope"]
    assert found.key == "close"
    assert found.low == found.high == found.value
    assert (found.tried, found.without) == (2 * len(READINGS), len(READINGS))
    del choices["close"]
    assert np.isnan(scan(charged_by, KEYS, choices, quick=True)["W_slope"].low)


def test_every_choice_has_a_row_and_the_nearest_is_marked():
    claims = [CLAIMS[key].value for key in KEYS]
    choices = {name: (lambda charged, by=by: tuple(np.add(claims, by))) for name, by in (("a", 0.1), ("b", 0.0))}
    table = every_choice(scan(charged_by, KEYS, choices, quick=True), KEYS, "all")
    assert [row[0] for row in table.rows if "(nearest)" in row[0]] == ["N = number of levels; b (nearest)"]
    assert table.rows[0] == ("the paper", "2.742", "-5.330", "0.9974")
    assert ("N = highest level; a", "2.842", "-5.230", "1.0974") in table.rows


def test_no_cutoffs_are_known_beyond_the_paper():
    with pytest.raises(ValueError, match=r"at most 3\.5.*got 3\.6"):
        converged(3.6, quick=True)


def run(value, error, known=0.0):
    """A run with one quantity at one time."""
    return {"times": [40.0], "work": {"value": [value], "error": [error], "known": [known]}}


def test_errors_of_runs_become_errors_of_a_fit():
    pumps, errors = grid(1.0, 3.0, 0.1), {}
    x = np.array(pumps)
    errors = 0.01 * np.ones(len(x))

    def charged(pump):
        return run(1 + pump, 0.01)

    def choice(charged):
        return line(pumps, [at_time(charged(F), "work") for F in pumps])[:2]

    slope, intercept = estimates(choice, charged)
    assert (slope.value, intercept.value) == pytest.approx((1, 1))
    expected = errors[0] / np.sqrt(((x - x.mean()) ** 2).sum())
    assert slope.reach == pytest.approx(INTERVAL * expected, rel=0.15)
    assert slope.reach != pytest.approx(expected, rel=0.15)


def test_known_bounds_count_too_and_a_run_moves_as_a_whole():
    def choice(charged):
        first, again = (at_time(charged(1.0), "work") for _ in range(2))
        assert first == again
        return (first,)

    (found,) = estimates(choice, lambda _: run(5.0, 0.0, 0.3))
    assert found.reach == pytest.approx(0.3)
    assert estimates(choice, lambda _: run(5.0, 0.0)) == [(5.0, 0.0)]


def test_two_branches_are_read_like_a_run():
    result = run(5.0, 0.1) | {"branches": {"work": [4.0]}}
    assert at_time(two_branches(result), "work") == 4.0
    assert at_time(result, "work") == 5.0


def test_an_entry_has_the_digits_of_the_paper():
    entry = number("W_slope", MEASURED, positive_p=Estimate(2.9123, 0.00456), **OTHERS)
    assert (entry.printed, entry.paper_cutoffs) == ("2.742", "2.742 (2.700 … 2.750)")
    assert (entry.positive_p, entry.branches, entry.closed_form) == ("2.9123 ± 0.0046", "2.700", "none: no drive")
    assert (entry.reproduced, entry.confirmed) == ("exact (a choice)", "no")
    settled = number("W_slope", MEASURED, positive_p=Estimate(2.9123, 0.0), **OTHERS)
    assert settled.positive_p == "2.912 in every draw"
    read = number("W_32", replace(MEASURED, value=14.0, low=14.0, high=14.0), positive_p="none: why", **OTHERS)
    assert (read.printed, read.paper_cutoffs) == ("about 14", "14.0")


def test_an_empty_entry_is_refused():
    with pytest.raises(ValueError, match="must say why it has no with_noise"):
        number("W_slope", MEASURED, positive_p="none", **OTHERS | {"with_noise": ""})


@pytest.mark.parametrize(
    ("change", "expected"),
    [({}, []), ({"value": 3.5, "low": 3.5, "high": 3.5}, 1), ({"value": np.nan}, 1), ({"converged": np.nan}, 1)],
)
def test_what_is_lost_is_named(change, expected):
    entry = number("W_slope", replace(MEASURED, **change), positive_p="none", **OTHERS)
    assert lost([entry]) == (["Fig. 3b: slope of ln W_ss"] if expected else [])


def test_what_was_never_reproduced_is_not_lost():
    wrong = replace(MEASURED, value=13.0, low=13.0, high=13.0)
    entry = number("coherent_peak", wrong, positive_p="none", **OTHERS)
    assert entry.reproduced.startswith("NO")
    assert lost([entry]) == []


def test_verdicts_count():
    good = number("W_slope", replace(MEASURED, converged=2.742), positive_p="none", **OTHERS)
    bad = number("W_slope", replace(MEASURED, value=5, low=5, high=5), positive_p="none", **OTHERS)
    assert [each.kind for each in verdicts([good, good])] == ["holds", "holds"]
    assert [each.kind for each in verdicts([good, bad])] == ["partly", "partly"]
    assert [each.kind for each in verdicts([bad])] == ["fails", "fails"]
    assert verdicts([good, bad])[0].words == "1 of 2 numbers reproduced at the paper’s cutoffs"


@pytest.mark.parametrize(
    ("estimate", "expected"),
    [((48.8086, 0.0439), "48.809 ± 0.044"), ((498.27, 1.6), "498.3 ± 1.6"), ((8.77342, 0.0), "8.773")],
)
def test_an_error_has_two_digits(estimate, expected):
    assert with_error(Estimate(*estimate)) == expected

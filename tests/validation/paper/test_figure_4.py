"""Fig. 4 on invented curves: readings, verdicts that follow the data, and errors of readings."""

from functools import cache

import numpy as np
import pytest

from tests.validation.paper.invented_charging import results_of, run_of
from validation.judgement import Outcome
from validation.paper.choices import converged
from validation.paper.figures import figure_4
from validation.paper.intervals import INTERVAL
from validation.paper.propagation import compare_runs, independent, worst_case


def parts_of(times, given, *, onset=8.0, peak=10.0):
    """W^i a ramp from `onset` to its last value, W^c a parabola with its top at `peak`."""
    pump = given["battery"][0]
    incoherent = np.clip((times - onset) / 4, 0.0, 1.0) * pump
    coherent = pump * np.maximum(9 - (times - peak) ** 2 / 20, 4.0)
    return {"work": incoherent + coherent, "incoherent": incoherent, "coherent": coherent}


@cache
def told(**shape):
    tasks = figure_4.tasks(quick=True)
    return figure_4.tell(results_of(tasks, lambda times, given: parts_of(times, given, **shape)), quick=True)


def test_the_onset_is_where_one_per_cent_of_the_last_value_is_passed_for_the_last_time():
    times = np.linspace(0, 40, 401)
    run = run_of(times, parts_of(times, {"battery": (3.0,)}))
    assert figure_4.onset(run) == pytest.approx(8.04, abs=1e-9)
    flat = run_of(times, {name: np.ones(401) for name in ("work", "coherent", "incoherent")})
    assert np.isnan(figure_4.onset(flat))


def test_verdicts_follow_the_data():
    kinds = [[each.kind for each in told(**shape).verdicts] for shape in ({}, {"peak": 13.0}, {"onset": 15.0})]
    assert kinds == [["holds"] * 3, ["partly", "partly", "fails"], ["partly", "partly", "holds"]]
    assert [told(onset=each).conclusions[0].kind for each in (8.0, 15.0)] == ["holds", "fails"]
    assert "as it says too" in told().answer
    assert "it has reached" in told(peak=13.0).answer
    assert "not near 8" in told(onset=15.0).answer


def test_every_entry_of_its_numbers_is_filled_and_the_routes_share_a_panel():
    section = told(peak=12.9)
    assert [each.figure for each in section.numbers] == ["4", "4"]
    assert section.numbers[1].converged == "12.9"
    assert len({each.route for each in section.panels[0].curves}) == 5
    assert all(each.low is not None for each in section.panels[0].curves if each.route.value == "positive-P")


def test_comparisons_agree_and_see_the_planted_pump():
    for comparison in told().comparisons:
        assert comparison.outcome is Outcome.AGREES
        assert comparison.control_fails


def test_a_curve_that_is_off_disagrees_and_one_without_the_times_is_refused():
    times = np.linspace(0, 40, 41)
    right, sample = (run_of(times, parts_of(times, {"battery": (3.0,)}), error) for error in (0.0, 1e-3))
    off = run_of(times, parts_of(times, {"battery": (3.05,)}))
    (same,), (other,) = (compare_runs("W", sample, each, off, "work") for each in (right, off))
    assert (same.outcome, other.outcome) == (Outcome.AGREES, Outcome.DISAGREES)
    short = run_of(times[:5], parts_of(times[:5], {"battery": (3.0,)}))
    with pytest.raises(ValueError, match="was not saved at all of the 41 times"):
        compare_runs("W", sample, short, right, "work")


def test_errors_of_readings_are_those_of_linear_algebra():
    times, weights = np.linspace(0, 1, 5), np.array([1.0, -2.0, 0.5, 0.0, 3.0])
    run = run_of(times, {name: np.arange(5.0) for name in ("work", "coherent", "incoherent")}, 0.1, 0.2)

    def read(charged):
        return (float(weights @ np.array(charged(3.0)["work"]["value"])),)

    (found,) = worst_case(read, run, "work")
    assert found.value == pytest.approx(weights @ np.arange(5))
    assert found.reach == pytest.approx(np.abs(weights) @ ((0.1 * INTERVAL + 0.2) * (np.arange(5) + 1e-6)))
    (other,) = independent(lambda values: (float(weights @ values),), np.arange(5.0), np.full(5, 0.1), np.full(5, 0.2))
    expected = INTERVAL * 0.1 * np.sqrt(weights @ weights) + 0.2 * np.abs(weights).sum()
    assert other.reach == pytest.approx(expected)


def test_its_runs_are_those_that_are_enough():
    cutoffs = {dict(each.arguments).get("cutoffs") for each in figure_4.tasks(quick=False)}
    assert converged(3.0, quick=False) in cutoffs

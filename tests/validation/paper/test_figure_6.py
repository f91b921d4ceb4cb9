"""Fig. 6 on invented curves: maxima, the line through their logarithms, and verdicts that follow the data."""

from functools import cache

import numpy as np
import pytest

from tests.validation.paper.invented_charging import results_of, run_of
from validation.judgement import Outcome
from validation.paper.figures import figure_6


def parts_of(times, given, *, slope=2.049, peak=10.0, power=None):
    """W = P t with P a smooth hump of height e^(slope·F_p − 6.222) at γ_s t = peak."""
    pump, kappa = given["battery"][:2]
    papers = pump * kappa / 0.5
    height = np.exp(slope * papers - 6.222) if power is None else power(papers)
    work = height * times * (times / peak) ** 2 * np.exp(2 - 2 * times / peak)
    return {"work": work, "coherent": work, "incoherent": 0 * work}


@cache
def told(**shape):
    tasks = figure_6.tasks(quick=True)
    return figure_6.tell(results_of(tasks, lambda times, given: parts_of(times, given, **shape)), quick=True)


@pytest.mark.parametrize("error", [0.0, 1e-3])
def test_the_largest_power_is_found_between_saved_times(error):
    times = np.linspace(0, 40, 201)
    run = run_of(times, parts_of(times, {"battery": (3.0, 0.5)}, peak=9.93), error)
    top = figure_6.highest(run)
    assert top.time == pytest.approx(9.93, abs=0.02)
    assert top.value == pytest.approx(np.exp(2.049 * 3 - 6.222), rel=1e-3)


def test_without_a_maximum_there_is_no_time_of_it():
    times = np.linspace(0, 4, 21)
    assert not figure_6.highest(run_of(times, parts_of(times, {"battery": (3.0, 0.5)}))).exists


def test_verdicts_follow_the_data():
    assert [each.kind for each in told().verdicts[2:]] == ["holds", "holds"]
    steeper = told(slope=2.3)
    assert steeper.numbers[0].confirmed == "no"
    assert steeper.verdicts[3].kind == "holds"
    assert told(peak=14.0).verdicts[2].kind == "fails"
    assert told(power=lambda pump: (pump - 1.9) ** 2).verdicts[3].kind == "fails"


def test_what_it_says_of_a_straight_line_follows_the_data():
    assert "constant to 0%" in told().text[0]
    assert "not constant" in told(power=lambda pump: (pump - 1.9) ** 2).text[0]


def test_the_fit_is_that_of_the_exponential_by_every_route():
    slope = next(each for each in told().numbers if each.quantity.startswith("slope"))
    for found in (slope.converged, slope.branches, slope.positive_p.split(" ± ")[0]):
        assert float(found) == pytest.approx(2.049, abs=2e-3)
    assert float(slope.positive_p.split(" ± ")[1]) > 0
    assert slope.closed_form.startswith("none: the limit needs")


def test_comparisons_agree_and_see_the_planted_pump():
    comparisons = told().comparisons
    assert [each.outcome for each in comparisons] == [Outcome.AGREES] * 5
    assert all(each.control_fails for each in comparisons)

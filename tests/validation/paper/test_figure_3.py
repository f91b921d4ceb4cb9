"""What is told of Fig. 3 depends on what was computed."""

import numpy as np
import pytest

from tests.validation.paper.invented_battery import InventedBattery
from validation.judgement import Outcome
from validation.paper.figures import figure_3
from validation.paper.intervals import INTERVAL


def told(quick=True, **change):
    """The section about an invented battery, by default with the paper's own line."""
    battery = InventedBattery(**change)
    return figure_3.tell(battery.results(figure_3.tasks(quick=quick)), quick=quick)


def bent(pump):
    """Slow, fast and slow again."""
    return np.exp(2 * np.tanh(2 * (pump - 2)))


@pytest.mark.parametrize("quick", [True, False])
def test_the_papers_own_line_is_found(quick):
    section = told(quick)
    assert "is close to an exponential" in section.answer
    assert [each.reproduced.split()[0] for each in section.numbers] == ["exact", "exact", "NO"], "|r| is 1 here"
    assert section.numbers[0].closed_form == "2.742"
    assert len(section.comparisons) == len(figure_3.SHOWN) + 2


def test_a_curve_that_bends_is_no_exponential():
    section = told(work=bent)
    assert "is not an exponential" in section.answer
    assert all(each.reproduced.startswith("NO") for each in section.numbers)


def test_what_the_cutoffs_do_is_told_apart():
    section = told(lost=0.3)
    slope = section.numbers[0]
    assert slope.converged == "2.742"
    assert float(slope.paper_cutoffs.split()[0]) < 2.7


def test_the_routes_agree_and_the_planted_drive_is_seen():
    for comparison in told().comparisons:
        assert comparison.outcome is Outcome.AGREES
        assert comparison.control_fails


@pytest.mark.parametrize(("change", "wrong"), [({"off": 9}, 6), ({"limit_off": 1e-4}, 1)])
def test_a_route_that_is_wrong_disagrees(change, wrong):
    outcomes = [comparison.outcome for comparison in told(**change).comparisons]
    assert outcomes.count(Outcome.DISAGREES) == wrong


def test_errors_of_trajectories_become_errors_of_the_slope():
    entry = told(noisy=1e-2).numbers[0].positive_p
    value, error = map(float, entry.split(" ± "))
    x = np.array(figure_3.SHOWN)
    assert value == pytest.approx(2.742, abs=1e-3)
    # The chosen points are either from 0.5 or from 1 on.
    assert 0.5 < error / INTERVAL / (1e-2 / np.sqrt(((x - x.mean()) ** 2).sum())) < 1.2


def test_the_approach_to_a_fast_pump_is_judged():
    (text,) = [text for text in told().text if "γ_p → ∞" in text]
    assert "difference" in text
    *_, approach = told().tables
    assert [row[0] for row in approach.rows] == ["16", "32", "64"]
    assert len({row[1] for row in approach.rows}) == 3


def test_pictures_have_every_route():
    charging, steady = told().panels
    assert len({curve.route for curve in charging.curves}) == 5
    assert len({curve.route for curve in steady.curves}) == 6

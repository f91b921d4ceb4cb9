"""What is told of Fig. 2 depends on what was computed."""

import pytest

from tests.validation.paper.invented_battery import InventedBattery
from validation.judgement import Outcome
from validation.paper.choices import scan
from validation.paper.figures import figure_2
from validation.paper.printed import CLAIMS
from validation.paper.rules import judge
from validation.paper.runs import exact


def told(quick=True, **change):
    """The section about an invented battery whose ergotropy is 14.5 ħω_s."""
    battery = InventedBattery(work=lambda _: 14.5, **change)
    return figure_2.tell(battery.results(figure_2.tasks(quick=quick)), quick=quick)


@pytest.mark.parametrize("quick", [True, False])
def test_cutoffs_that_cost_much_are_called_so(quick):
    section = told(quick, lost=0.04)
    assert "cost 4.0% of W_ss" in section.answer
    assert "13.92 (N = number of levels) or 13.92 (N = highest level)" in section.answer
    assert [each.reproduced.split()[0] for each in section.numbers] == ["yes", "yes"]
    assert len(section.tables) == (1 if quick else 2)
    assert "more than" not in section.text[1]


def test_cutoffs_that_cost_nothing_are_enough():
    section = told(lost=0.0)
    assert "are enough" in section.answer
    assert "24 levels of the signal and 5 levels of the pump" in section.text[1]
    assert [each.kind for each in section.verdicts] == ["holds", "holds"]


def test_the_lost_states_are_seen_by_trajectories():
    (comparison,) = told(lost=0.04).comparisons
    assert comparison.outcome is Outcome.AGREES
    assert comparison.control_fails
    assert len(comparison.found) == 201


def test_trajectories_that_are_wrong_disagree():
    (comparison,) = told(lost=0.04, off=8).comparisons
    assert comparison.outcome is Outcome.DISAGREES


def test_every_route_is_drawn():
    signal, pump = told().panels
    for panel in (signal, pump):
        assert len({curve.route for curve in panel.curves}) == 5
    assert {"N_s = 24", "N_s = 36"} <= {curve.label for curve in signal.curves}
    assert {"N_p = 3", "N_p = 9"} <= {curve.label for curve in pump.curves}


def test_a_run_that_is_missing_is_named():
    battery = InventedBattery()
    results = battery.results(figure_2.tasks(quick=True))
    missing = exact((33, 10), pump=3.0)
    del results.by_key[missing.key]
    with pytest.raises(KeyError, match="no result of solve_exactly"):
        figure_2.tell(results, quick=True)


def test_numbers_of_another_battery_are_not_reproduced():
    battery = InventedBattery(work=lambda _: 12.0)
    section = figure_2.tell(battery.results(figure_2.tasks(quick=True)), quick=True)
    assert all(each.reproduced.startswith("NO") for each in section.numbers)
    assert {each.positive_p for each in section.numbers} == {"12.000 ± 0.024"}


@pytest.mark.parametrize(("share", "expected"), [(1.0, "yes"), (0.95, "NO")])
def test_the_ergotropy_is_reproduced_unless_the_drive_is_too_weak(share, expected):
    """By the master equation itself; the paper's cutoffs stand for the converged ones."""

    def runs(at):
        cutoffs = at(3.0)
        task = exact(cutoffs if cutoffs[0] < 40 else (33, 10), pump=3.0 * share, saves=2)
        return lambda _: task.do()

    found = scan(runs, ("W_32",), {"": figure_2.steady_work}, quick=True)["W_32"]
    assert judge(CLAIMS["W_32"], found).reproduced == expected
    if share == 1:
        assert (found.low, found.high) == pytest.approx((13.620, 13.897), abs=1e-3)

"""The section on decay rates with invented runs: what it says follows from them."""

import numpy as np
import pytest

from validation.judgement import Outcome
from validation.paper.computing import Results
from validation.paper.fading import Fading
from validation.paper.intervals import INTERVAL
from validation.paper.limits import name_of
from validation.paper.page import Route
from validation.paper.statements import decay_rates
from validation.paper.statements.decay_cases import Case, cases, fade_without_pump_mode

ENDS = 5.5


def run(off, coherent=0.5, incoherent=1.0, ends=ENDS, saves=181, known=0.0, late=2.0):
    """W^c and W^i that decay at constant rates until W^i drops to 0, after which W^c decays at another one."""
    since = np.linspace(0.0, 9.0, saves)
    kept = since < ends
    w_c = np.where(kept, 8 * np.exp(-coherent * since), 8 * np.exp(-coherent * ends - late * (since - ends)))
    w_i = np.where(kept, 7 * np.exp(-incoherent * since), 0.0)
    values = {"energy": 15 * np.exp(-since), "coherent": w_c, "incoherent": w_i, "work": w_c + w_i}
    zeros = np.zeros(saves)
    found = {name: {"value": value, "error": zeros, "known": zeros + known} for name, value in values.items()}
    return found | {"times": since + off}


def told(**changes):
    """The section of runs that are all alike."""
    results = {}
    for case in (Case(*decay_rates.PAPER, decay_rates.PAPER_CUTOFFS), *cases(quick=True)):
        results[case.task(decay_rates._trajectories(True)).key] = run(case.off, **changes)
    results[decay_rates._no_pump_mode(True).key] = NO_PUMP_MODE
    return decay_rates.tell(Results(results), quick=True)


NO_PUMP_MODE = fade_without_pump_mode(1.5, 1 / 8, 24)


def test_half_as_fast_throughout_holds():
    section = told()
    assert [verdict.kind for verdict in section.verdicts[:2]] == ["holds", "holds"]
    assert "stays at one half" in section.answer


def test_a_ratio_that_is_no_half_fails():
    section = told(coherent=0.8)
    assert [verdict.kind for verdict in section.verdicts[:2]] == ["fails", "fails"]
    assert "only passes one half" in section.answer
    assert "0.80" in section.answer


def test_robustness_is_judged_while_there_is_an_incoherent_part():
    assert told().verdicts[2].kind == "holds"
    assert told(coherent=1.3).verdicts[2].kind == "fails"
    slow = told(late=0.4)
    assert "W^c decays at 0.40 γ_s" in slow.verdicts[3].words
    assert "0.4 times as fast" in slow.text[2]


def test_runs_are_found_under_the_tasks_that_are_computed():
    for quick in (True, False):
        keys = [task.key for task in decay_rates.tasks(quick=quick)]
        assert len(set(keys)) == len(keys)
    with pytest.raises(KeyError, match="no result of solve_exactly"):
        decay_rates.tell(Results({}), quick=True)


def test_numbers_without_a_pump_mode_agree_and_lost_pairs_are_seen():
    section = told()
    of_numbers = [each for each in section.comparisons if "without a pump mode" in each.quantity]
    assert len(of_numbers) == 2
    for comparison in of_numbers:
        assert comparison.outcome is Outcome.AGREES
        assert comparison.control_fails


def test_every_comparison_sees_its_planted_error():
    section = told()
    assert len(section.comparisons) == 8
    assert all(each.outcome is Outcome.AGREES and each.control_fails for each in section.comparisons)


def test_a_part_that_differs_between_routes_is_seen():
    results = {}
    for case in (Case(*decay_rates.PAPER, decay_rates.PAPER_CUTOFFS), *cases(quick=True)):
        results[case.task(decay_rates._trajectories(True)).key] = run(
            case.off, known=1e-4, incoherent=1.0 + (not case.cutoffs) / 50
        )
    results[decay_rates._no_pump_mode(True).key] = NO_PUMP_MODE
    section = decay_rates.tell(Results(results), quick=True)
    wrong = {each.quantity for each in section.comparisons if each.outcome is not Outcome.AGREES}
    assert wrong
    assert all(name.startswith("W^i after") for name in wrong)


def test_local_rates_fits_and_the_end():
    fading = Fading(run(40.0), 40.0)
    rate, reach, times = fading.rate("coherent")
    kept = times < ENDS - 0.3
    assert rate[kept] == pytest.approx(0.5)
    assert reach[kept] == pytest.approx(0.0)
    assert fading.slopes(3.0) == pytest.approx((0.5, 1.0))
    assert fading.end == pytest.approx(ENDS, abs=0.051)
    assert fading.late_rate == pytest.approx(2.0)
    assert fading.late_energy_rate == pytest.approx(1.0)


def test_an_end_that_bounds_hide_is_not_resolved():
    hidden = Fading(run(40.0, known=0.05), 40.0)
    assert np.isnan(hidden.end)
    assert hidden.end_in_words == "not resolved"
    assert np.isnan(hidden.share_near_half)
    assert told(known=0.05).verdicts[0].kind == "remark"
    assert np.isfinite(Fading(run(40.0, known=0.05), 40.0, as_it_is=True).end)


def test_a_rate_has_the_reach_of_its_errors():
    found = run(0.0)
    found["coherent"]["error"] = 0.01 * found["coherent"]["value"]
    _, reach, _ = Fading(found, 0.0).rate("coherent")
    assert reach == pytest.approx(INTERVAL * 0.01 * np.sqrt(2) / 0.4)


def test_pictures_have_points_and_the_routes():
    section = told()
    assert all(len(curve.x) == len(curve.y) > 0 for panel in section.panels for curve in panel.curves)
    routes = {curve.route for panel in section.panels for curve in panel.curves}
    assert routes >= {Route.CONVERGED, Route.POSITIVE_P, Route.CLOSED_FORM, Route.PAPER_CUTOFFS, Route.PRINTED}


def test_curves_that_are_not_resolved_are_named():
    section = told(known=1.45)
    assert any("Not resolved" in panel.note for panel in section.panels)
    assert not any("Not resolved" in panel.note for panel in told().panels)


def test_late_rates_that_are_not_resolved_are_no_judgement():
    section = told(known=1.59)
    assert section.verdicts[3].kind == "remark"
    assert "not resolved" in section.verdicts[3].words


def test_noise_parameters_are_written_as_they_are_said():
    assert [name_of(noise) for noise in (1 / 8, 1 / 32, 1e-2, 3e-3, 1e-4)] == ["1/8", "1/32", "0.01", "0.003", "0.0001"]

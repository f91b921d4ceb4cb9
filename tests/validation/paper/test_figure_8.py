"""Fig. 8: sampled density matrices against the exact one, and sections of invented discharges."""

from functools import cache

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.results.jackknife import jackknife
from tests.validation.paper.invented_charging import rabi, results_of
from validation.judgement import Outcome
from validation.paper.figures import figure_8
from validation.paper.loads import TIMES, load_exactly, sampled_states


@cache
def told(heights=(0.43, 0.43), *, later=1.0):
    """Largest η_a at g_a = 10 and 17; later: the second maximum over the first."""

    def loads(given):
        low = given.get("cutoffs") == (32, 9)
        share = 1.0 if low else given["battery"][0] / 3.0
        by_coupling = {"3": 0.38, "10": heights[0], "17": heights[1]}
        couplings = {name: rabi(share * height, 0.3 / float(name), 9.0 * share) for name, height in by_coupling.items()}
        for part in couplings.values():
            after = 1.5 * part["maximum_time"] < TIMES
            part["load"]["value"] = np.where(after, later * np.array(part["load"]["value"]), part["load"]["value"])
            part["load"]["value"] = part["load"]["value"].tolist()
        return {"times": TIMES.tolist(), "limit": 0.47, "couplings": couplings, "branches": couplings}

    def maxima(given):
        return {"maxima": [[0.3, 0.3] for _ in given["charges"]]}

    others = {
        "load_exactly": loads,
        "sample_loads": loads,
        "find_largest_loads": maxima,
        "load_of_large_battery": lambda _: {"maximum": 0.4, "error": 0.01, "photons": 20.0},
    }
    return figure_8.tell(results_of(figure_8.tasks(quick=True), lambda *_: {}, **others), quick=True)


def test_verdicts_follow_the_data():
    kinds = [
        [each.kind for each in section.verdicts[2:]]
        for section in (told(), told((0.43, 0.46)), told((0.50, 0.50)), told(later=1.3))
    ]
    assert kinds == [
        ["holds", "holds"],
        ["partly", "holds"],
        ["holds", "holds"],
        ["holds", "fails"],
    ]
    assert "does not rise further" in told().answer
    assert "keeps rising" in told((0.43, 0.46)).answer


def test_comparisons_agree_and_see_the_planted_pump():
    comparisons = told().comparisons
    assert len(comparisons) == 6
    assert all(each.outcome is Outcome.AGREES and each.control_fails for each in comparisons)


def test_numbers_are_filled_and_the_sampled_one_has_an_error():
    ten, seventeen = told((0.43, 0.46)).numbers
    assert [float(each) for each in ten.positive_p.split(" ± ")] == pytest.approx([0.43, 0.0031])
    assert seventeen.reproduced.startswith("NO")
    assert "at the same y" in ten.with_noise


def test_the_sampled_density_matrix_is_the_exact_one_within_its_errors():
    battery, time = (2.4, 0.5, 16.0), 4.0
    states, counts = sampled_states(battery, time, 8_000, 5)
    run = qb.simulate(qb.DopoBattery(2.4), [0.0, time], qb.Lindblad((30, 8), tolerance=1e-7))
    exact = run.density_matrix.values[-1][:6, :6].real
    value, error = jackknife(states[:, :6, :6], counts)
    assert np.trace(states[0]) == pytest.approx(1.0)
    assert np.abs(states[0] - states[0].T).max() < 1e-12
    even = (np.add.outer(np.arange(6), np.arange(6)) % 2) == 0
    bound = 5 * error + 0.01 * exact[0, 0]
    assert (np.abs(value - exact) <= bound)[even].all()
    assert not value[~even].any()
    # The planted error: coherences of the other sign, as a state turned by a quarter would have them.
    turned = exact * (1 - 2 * (np.subtract.outer(np.arange(6), np.arange(6)) % 4 == 2))
    assert not (np.abs(value - turned) <= bound)[even].all()
    diagonal, _ = sampled_states(battery, time, 8_000, 5, diagonal=True)
    assert diagonal[0, :6] == pytest.approx(np.diagonal(states[0])[:6], abs=1e-5)


def test_a_load_has_the_maxima_of_the_closed_form_where_losses_have_no_time():
    found = load_exactly((14, 5), (300.0,), 2.0, (2.0, 0.5, 16.0))
    run = qb.simulate(qb.DopoBattery(2.0), [0.0, 2.0], qb.Lindblad((14, 5), tolerance=1e-7))
    numbers, n = np.diagonal(run.density_matrix.values[-1]).real, np.arange(14)
    angles = np.linspace(0, 6, 60_001)
    eta = -np.cos(2 * angles[:, None] * np.sqrt(n)) @ numbers
    assert found["limit"] == pytest.approx(max(eta.max(), 0.0), abs=1e-6)
    assert found["couplings"]["300"]["maximum"] == pytest.approx(max(eta.max(), 0.0), abs=0.02)

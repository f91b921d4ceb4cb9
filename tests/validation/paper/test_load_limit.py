"""Closed forms of a load against brute force, and the section on its limit with invented results."""

import numpy as np
import pytest
from scipy.linalg import expm

from phasespace_qb.discharging.jaynes_cummings import strong_coupling_limit
from validation.judgement import Outcome
from validation.paper.computing import Results
from validation.paper.page import Route
from validation.paper.statements import load_limit, load_tasks
from validation.references import charging_limit, strong_load


def gain(numbers, time, coupling, gamma_s, gamma_a):
    """2P_e − 1 of the load, from the whole Liouvillian of battery and load."""
    levels = len(numbers)
    a = np.kron(np.diag(np.sqrt(np.arange(1.0, levels)), 1), np.eye(2))
    lower = np.kron(np.eye(levels), np.array([[0.0, 1.0], [0.0, 0.0]]))
    h, one = coupling * (a @ lower.T + a.T @ lower), np.eye(2 * levels)
    total = -1j * (np.kron(h, one) - np.kron(one, h.T))
    for rate, jump in ((gamma_s, a), (gamma_a, lower)):
        lost = jump.T @ jump
        total = total + rate * (np.kron(jump, jump) - 0.5 * np.kron(lost, one) - 0.5 * np.kron(one, lost.T))
    start = np.kron(np.diag(numbers), np.diag([1.0, 0.0])).ravel()
    end = (expm(total * time) @ start).reshape(2 * levels, 2 * levels)
    return 2 * float(np.trace(lower.T @ lower @ end).real) - 1


POPULATIONS = np.array([0.02, 0.08, 0.2, 0.3, 0.25, 0.15])


@pytest.mark.parametrize(("gamma_s", "gamma_a"), [(1.0, 0.0), (0.0, 1.0), (1.0, 1.0), (0.5, 2.0)])
def test_the_first_loss_is_that_of_the_master_equation(gamma_s, gamma_a):
    best, small = strong_load.limit(POPULATIONS), 1e-5
    found = gain(POPULATIONS, best.angle / 2, 1.0, small * gamma_s, small * gamma_a)
    expected = (best.height - found) / small
    assert strong_load.first_loss(POPULATIONS, best.angle, gamma_s, gamma_a) == pytest.approx(expected, rel=1e-3)
    assert strong_load.first_loss(POPULATIONS, best.angle, gamma_s, gamma_a + 0.2) != pytest.approx(expected, rel=1e-2)


def test_the_limit_is_what_the_load_gains_without_loss():
    best = strong_load.limit(POPULATIONS)
    scan = [gain(POPULATIONS, angle / 2, 1.0, 0.0, 0.0) for angle in np.linspace(0.9, 1.1, 21) * best.angle]
    assert best.height == pytest.approx(max(scan), abs=1e-9)
    assert best.height == pytest.approx(strong_coupling_limit(POPULATIONS), abs=1e-6)
    assert strong_load.limit_of_amplitudes(np.sqrt(np.arange(1, 7)), POPULATIONS).height != pytest.approx(
        max(scan), abs=0.01
    )


def test_a_thermal_load_gains_nothing():
    assert strong_load.limit(0.5 ** np.arange(1, 31)).height == 0
    assert np.isnan(strong_load.limit(0.5 ** np.arange(1, 31)).angle)


def test_samples_below_zero_count_as_cosh():
    roots, weights = np.array([-0.1, 3.0]), np.array([0.3, 0.7])
    best = strong_load.limit_of_amplitudes(roots, weights)
    angles = np.linspace(0.8, 1.3, 100_001)
    assert best.height == pytest.approx(
        float(np.max(-0.3 * np.cosh(0.1 * angles) - 0.7 * np.cos(3 * angles))), abs=1e-8
    )


def test_a_narrow_distribution_of_many_photons():
    n, mean, variance = np.arange(1200), 800.0, 1600.0
    p = np.exp(-((n - mean) ** 2) / (2 * variance))
    height = strong_load.limit(p / p.sum()).height
    assert 1 - strong_load.narrow(mean, variance) == pytest.approx(1 - height, rel=0.02)
    assert 1 - strong_load.narrow(mean, mean) != pytest.approx(1 - height, rel=0.2)


def brute_force(y):
    """max over φ of −⟨cos φ√(n/n_ss)⟩."""
    probabilities = charging_limit.distribution(y, 20_000)
    roots = np.sqrt((np.arange(20_000) + 0.5) / 20_000)
    return max(-(probabilities @ np.cos(angle * roots)) for angle in np.linspace(0.0, 20.0, 2001))


@pytest.mark.parametrize("y", [1.0, 5.0, 50.0])
def test_the_universal_limit_is_that_of_the_distribution(y):
    height, loss = strong_load.universal(y)
    assert height == pytest.approx(brute_force(y), abs=1e-3)
    draws = np.random.default_rng(1).normal(size=100_000) ** 2 * y
    photons = np.round(150 * draws / (1 + draws)).astype(int)
    numbers = np.bincount(photons) / len(photons)
    best = strong_load.limit(numbers)
    assert best.height == pytest.approx(height, abs=0.02)
    assert np.sqrt(150) * strong_load.first_loss(numbers, best.angle) == pytest.approx(loss, rel=0.03)
    assert strong_load.universal(1e6)[1] == pytest.approx(3 * np.pi / 8, rel=2e-3)


def invented(limits, work, couplings, scale=1.0, slope=0.25, instants=load_limit.INSTANTS, error=1e-4):
    """A result of a load that gains η_∞ − c/g_a, with one η_∞ for each instant."""
    count = len(instants)
    maxima = {
        f"{instant:g}": {
            "value": [limit - scale * slope / g for g in couplings],
            "error": [error] * len(couplings),
            "known": [error] * len(couplings),
        }
        for instant, limit in zip(instants, limits, strict=True)
    }
    values = {"limit": limits, "work": work, "energy": work, "variance": work, "slope": [slope] * count}
    values |= {"slope_of_battery": [slope / 9] * count, "shifted": [limit + 0.05 for limit in limits]}
    return values | {
        "limit_error": [error] * count,
        "limit_known": [error] * count,
        "instants": list(instants),
        "couplings": list(couplings),
        "maxima": maxima,
    }


RISING = [0.0, 0.11, 0.31, 0.468, 0.58, 0.69, 0.78, 0.82, 0.824]
WORK = [1.4, 4.7, 7.0, 9.3, 11.0, 12.6, 13.9, 14.5, 14.6]


def told(limits=RISING, large_work=22.0, large_limit=0.4, slope=0.25, samples_off=0.0, last=0.999):
    """The section of invented results of the quick tasks."""
    results = {}
    for task in load_limit.tasks(quick=True):
        given = dict(task.arguments)
        if task.function is load_tasks.solve_universally:
            results[task.key] = {"y": list(given["growths"]), "limit": [0.5] * 21, "loss": [1.1] * 21}
            continue
        instants, at_paper = given["instants"], given["battery"] == (1.5, 1 / 32)
        if task.function is load_tasks.connect_points:
            heights = [*np.linspace(0.2, 0.9, len(instants) - 1), last if given["battery"][1] < 1e-3 else 0.95]
            found = {"instants": list(instants), "limit": heights, "energy": [100.0] * len(instants)}
            results[task.key] = found | {"limit_error": [0.0] * len(instants), "limit_known": [0.01] * len(instants)}
        elif at_paper:
            shift = samples_off if task.function is load_tasks.connect_samples else 0.0
            moved = [limit + shift for limit in limits]
            results[task.key] = invented(moved, WORK, given["couplings"], slope=slope)
        else:
            on_the_way = [time for time in instants if time not in load_limit.INSTANTS]
            points = dict(zip(on_the_way, [*np.linspace(0.2, 0.9, len(on_the_way) - 1), 0.95], strict=True))
            heights = [points.get(time, large_limit) for time in instants]
            results[task.key] = invented(heights, [large_work] * len(instants), (), instants=instants)
    return load_limit.tell(Results(results), quick=True)


def test_more_work_and_less_gain_refutes_the_explanation():
    section = told()
    assert [verdict.kind for verdict in section.verdicts] == ["partly", "fails", "fails"]
    assert "22.0" in section.text[0]
    assert "0.468 − 0.250 γ_s/g_a" in section.answer


def test_without_such_a_pair_it_is_not_refuted():
    section = told(large_limit=0.6)
    assert section.verdicts[1].kind == "holds"
    assert "none holds more work and gives less" in section.text[0]


def test_a_gain_that_saturates_at_the_printed_number_holds():
    section = told(limits=[0.43] * 9, slope=0.01)
    assert section.verdicts[0].kind == "holds"
    assert section.verdicts[2].kind == "holds"
    assert "stays there" in section.answer


def test_a_gain_that_still_rises_much_fails():
    assert told(slope=1.5).verdicts[0].kind == "fails"


def test_where_the_load_gets_most_is_read_from_the_gains():
    assert "40 (λ = 1.5, g² = 1/32)" in told().text[2]
    falling = told(limits=RISING[::-1]).text[2]
    assert "3 (λ = 1.5, g² = 1/32)" in falling
    assert "at the last instant, γ_s t₀ = 40" in load_limit._best_in_words({load_tasks.PAPER: 40.0})


def test_the_tendency_to_one_is_read_from_the_sizes():
    assert "a stronger coupling and a larger battery bring" in told().text[-1]
    assert "a stronger coupling brings" in told(last=0.9).text[-1]
    assert "neither a stronger coupling nor" in told(last=0.9, slope=-0.25).text[-1]


def test_batteries_that_differ_in_one_only_decide_nothing():
    same = {
        name: {"instants": [10.0], "work": [w], "limit": [0.4]}
        for name, w in ((load_tasks.PAPER, 9.0), (load_tasks.Battery(1.5, 0.01), 22.0))
    }
    assert not load_limit.concordant(same, 10.0)
    assert load_limit.discordant(same, 10.0) is None


def test_comparisons_agree_and_see_planted_errors():
    section = told()
    assert len(section.comparisons) == 6
    assert all(each.outcome is Outcome.AGREES and each.control_fails for each in section.comparisons)


def test_routes_that_differ_are_seen():
    wrong = [each for each in told(samples_off=0.02).comparisons if each.outcome is not Outcome.AGREES]
    assert len(wrong) == 3
    assert all("positive-P against the master equation" in each.quantity for each in wrong)


def test_pictures_have_points_and_the_routes():
    section = told()
    assert all(len(curve.x) == len(curve.y) > 0 for panel in section.panels for curve in panel.curves)
    routes = {curve.route for panel in section.panels for curve in panel.curves}
    assert routes == {Route.PAPER_CUTOFFS, Route.CONVERGED, Route.POSITIVE_P, Route.CLOSED_FORM, Route.PRINTED}


def test_tasks_are_named_apart():
    for quick in (True, False):
        keys = [task.key for task in load_limit.tasks(quick=quick)]
        assert len(set(keys)) == len(keys)
    with pytest.raises(KeyError, match="no result of"):
        load_limit.tell(Results({}), quick=True)

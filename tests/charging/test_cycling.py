"""Cycles into a load: each is what one does by hand, and the best charge time that of a dense exact curve."""

from functools import cache

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.charging import cycling, runs
from phasespace_qb.charging.cycling import save_times_of
from phasespace_qb.results.protocols import OF_CYCLES
from tests.charging.cases import METHOD, SMALL, exact

CHARGE = np.array([1.6, 2.0, 2.4, 2.8, 3.2, 3.6, 4.0])


@cache
def _cycles(hold):
    return qb.charging_cycles(SMALL, CHARGE, hold, coupling=15.0, gamma_a=0.5, method=METHOD)


def cycles(hold=0.0):
    """`charging_cycles` of SMALL by the master equation; a copy."""
    return _cycles(hold).copy(deep=True)


@pytest.mark.parametrize("hold", [0.0, 0.1])
def test_a_cycle_is_what_one_does_by_hand(hold):
    found = cycles(hold).sel(charge=2.4)
    by_hand = qb.cycle(SMALL, charge=2.4, hold=hold, coupling=15.0, gamma_a=0.5, method=METHOD, samples=5).discharging
    assert float(found.delivered_ergotropy) == pytest.approx(float(by_hand.load_ergotropy_maximum), abs=1e-5)
    assert float(found.discharge_time) == pytest.approx(float(by_hand.load_ergotropy_maximum_time), abs=1e-4)
    assert float(found.duration) == pytest.approx(2.4 + hold + float(found.discharge_time))
    assert float(found.delivered_power) == pytest.approx(float(found.delivered_ergotropy / found.duration))
    assert float(found.cycle_rate) == pytest.approx(1 / float(found.duration))
    # The other hold would be seen.
    other = cycles(0.1 if hold == 0 else 0.0).sel(charge=2.4)
    assert abs(float(other.delivered_ergotropy - found.delivered_ergotropy)) > 1e-3


def test_a_load_without_coherence_holds_half_a_quantum_more_than_half_its_work():
    found = cycles()
    inverted = found.delivered_ergotropy > 0
    assert int(inverted.sum()) >= 3
    energy = (1 + found.delivered_ergotropy) / 2
    assert found.delivered_energy.values[inverted] == pytest.approx(energy.values[inverted], abs=1e-3)
    assert float(found.delivered_ergotropy.max()) < 1


def test_what_was_drawn_is_that_of_a_dense_balance():
    found = cycles()
    dense = qb.energy_balance(SMALL, exact(samples=161)).energy_drawn.sel(time=[1.6, 2.0], method="nearest")
    allowed = found.energy_drawn_step_error.values[:2]
    assert (np.abs(found.energy_drawn.values[:2] - dense.values) < allowed).all()
    assert (allowed < 0.02 * dense.values).all()
    efficiency = found.delivered_ergotropy / found.energy_drawn
    assert found.cycle_efficiency.values == pytest.approx(efficiency.values)


def test_the_best_time_is_that_of_a_dense_curve():
    times = np.arange(2.6, 4.0, 0.1)
    run = qb.simulate(SMALL, times, METHOD)
    eta = [qb.discharge(run, at=t, coupling=15.0, gamma_a=0.5) for t in times]
    gain = np.array([(float(each.load_ergotropy_maximum), float(each.load_ergotropy_maximum_time)) for each in eta])
    power = gain[:, 0] / (times + gain[:, 1])
    best = cycles().sel(purpose="delivered_power")
    top = float(times[int(np.nanargmax(power))])
    assert int(best.best_place) == 0
    assert abs(float(best.best_charge) - top) < float(best.best_charge_estimator_error) + 0.1
    assert float(best.best_value) == pytest.approx(np.nanmax(power), rel=0.02)


def test_a_load_that_is_never_inverted_takes_nothing():
    found = qb.charging_cycles(SMALL, CHARGE[:3], coupling=0.1, method=METHOD)
    assert not found.delivered_ergotropy.any()
    assert not found.delivered_power.any()
    assert np.isnan(found.duration).all()
    assert (found.best_place != 0).all()


def test_trajectories_have_sampling_errors_and_one_run_serves_all():
    told = []
    method = qb.PositiveP(3_000, rng=1)
    found = qb.charging_cycles(
        qb.DopoBattery(), [8.0, 9.0], method=method, progress=lambda done, total: told.append((done, total))
    )
    for name in (
        "delivered_ergotropy",
        "duration",
        "delivered_power",
        "energy_drawn",
        "cycle_efficiency",
        "best_charge",
    ):
        assert f"{name}_stderr" in found
    assert told[-1] == (3, 3)
    assert found.attrs["method"] == "positive-P"
    assert 0.2 < float(found.delivered_ergotropy[0]) < 0.4


def test_it_survives_the_disk_and_every_variable_says_what_it_is(tmp_path):
    found = cycles(0.1)
    assert qb.load(qb.save(found, tmp_path / "cycles.nc")).identical(found)
    for name in (*found, "charge"):
        assert found[name].attrs["units"]
        assert found[name].attrs["long_name"]
    assert set(OF_CYCLES) <= set(found)
    assert (found.attrs["hold"], found.attrs["coupling"]) == (0.1, 15.0)


def test_doubts_of_the_driven_run_are_handed_on(monkeypatch):
    """It says what was drawn, of which no held run knows."""

    def rejected(protocols, *rest):
        found = carried_out(protocols, *rest)
        if protocols[0][0] == SMALL:
            found[0]["verdict_by_time"][found[0].time.values > 2.2] = 2
            found[0].attrs |= {"verdict": "reject", "verdict_reasons": '["planted."]'}
        return found

    carried_out = cycling.carried_out
    monkeypatch.setattr(cycling, "carried_out", rejected)
    found = qb.charging_cycles(SMALL, [2.0, 2.4], 0.1, method=METHOD)
    assert found.attrs["verdict"] == "reject"
    assert "planted. (In 1 of 3 runs.)" in found.attrs["verdict_reasons"]
    assert found.verdict_by_point[0] < 2 == found.verdict_by_point[1]


@pytest.mark.parametrize("charge", [[0.02], [0.1], [1e-6, 0.02]], ids=str)
def test_short_charging_has_save_times_enough(charge):
    found = qb.charging_cycles(SMALL, charge, method=METHOD)
    assert (found.energy_drawn > 0).all()
    assert not found.delivered_ergotropy.any()
    assert (found.energy_drawn_step_error < 0.01 * found.energy_drawn).all()


def test_save_times_hold_all_that_are_wanted():
    times = save_times_of(SMALL, np.array([0.01, 0.5, 2.0]))
    assert set(times) >= {0.0, 0.01, 0.5, 2.0}
    assert (np.diff(times) > 1e-3).all()
    assert np.diff(times).min() < 0.05


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"charge": [0.0]}, "charge"),
        ({"charge": [2.0, 1.0]}, "charge"),
        ({"hold": -1.0}, "hold"),
        ({"hold": [0.0, 1.0]}, "hold"),
        ({"coupling": 0.0}, "coupling"),
        ({"gamma_a": -1.0}, "gamma_a"),
        ({"detuning": np.nan}, "detuning"),
        ({"battery": "paper"}, "battery"),
        ({"battery": SMALL.switched_off(1.0)}, "pump"),
        ({"method": qb.EliminatedSteadyState()}, "method"),
        ({"executor": 2}, "executor"),
    ],
    ids=str,
)
def test_bad_input_is_refused_before_any_work(options, says, monkeypatch):
    monkeypatch.setattr(runs, "run_all", lambda *_: pytest.fail("a run was started"))
    given = {"battery": SMALL, "charge": [1.0, 2.0]} | options
    with pytest.raises((TypeError, ValueError), match=f"^`{says}` must be"):
        qb.charging_cycles(given.pop("battery"), given.pop("charge"), **given)

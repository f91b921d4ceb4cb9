"""Whole cycles, what a discharge hands on of its source, and what is refused before any work."""

import json

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.discharging import protocol as discharging
from phasespace_qb.discharging.disconnection import MOST_LEVELS
from tests.discharging.test_discharging import STRONG, exact, maximum, moments_only

# Cycles


def test_a_cycle_is_what_one_does_by_hand():
    method = qb.Lindblad((32, 12))
    charging, discharged = qb.cycle(STRONG, charge=1.0, hold=0.5, coupling=8.0, gamma_a=0.3, method=method, samples=7)
    by_hand = qb.simulate(STRONG.switched_off(1.0), np.linspace(0, 1.5, 7), method)
    assert charging.identical(by_hand)
    assert discharged.identical(qb.discharge(by_hand, coupling=8.0, gamma_a=0.3))
    assert float(discharged.ergotropy[0]) == pytest.approx(float(charging.ergotropy[-1]), abs=1e-6)


def test_without_a_pause_the_load_takes_over_at_once():
    method = qb.Lindblad((32, 12))
    times = np.linspace(0, 0.2, 21)
    charging, discharged = qb.cycle(STRONG, charge=2.0, times=times, method=method, samples=6, detuning=2.0)
    assert charging.identical(exact())
    assert discharged.identical(qb.discharge(exact(), times, detuning=2.0))


def test_the_battery_keeps_its_own_loss_and_unit():
    battery = qb.DopoBattery(pump=2.0, kappa=3.0, gamma_s=2.0, gamma_p=20.0)
    found = qb.cycle(battery, charge=0.5, method=qb.Lindblad((16, 6)), samples=3).discharging
    assert found.attrs["gamma_s"] == 2.0
    assert found.time.attrs["units"] == "1/rate unit"


def test_a_stored_battery_keeps_its_own_loss_too():
    """The loss rate of the paper is not every battery's."""
    battery = qb.DopoBattery(pump=2.0, kappa=3.0, gamma_s=2.0, gamma_p=20.0)
    charging, discharged = qb.cycle(battery, charge=0.5, method=qb.Lindblad((16, 6)), samples=3)
    found = qb.discharge(charging)
    assert (found.attrs["gamma_s"], found.attrs["gamma_s_from"]) == (2.0, "source")
    assert found.identical(discharged)
    assert json.loads(found.attrs["parameters"])["gamma_s"] == "2.0"
    given = qb.discharge(charging, gamma_s=1.0)
    assert (given.attrs["gamma_s"], given.attrs["gamma_s_from"]) == (1.0, "given")


def test_the_loss_of_a_source_that_does_not_say_is_assumed():
    matrix = qb.DensityMatrix(exact().density_matrix.values[-1])
    open_system = qb.simulate(STRONG.system(), [1.0], qb.Lindblad((16, 8)))
    for source in (matrix, open_system):
        found = qb.discharge(source)
        assert (found.attrs["gamma_s"], found.attrs["gamma_s_from"]) == (1.0, "assumed")


# Loads that get little


def test_a_load_that_is_never_inverted_has_the_maximum_zero_and_no_doubt():
    found = qb.discharge(exact(), coupling=0.2)
    assert not found.load_ergotropy.any()
    assert found.attrs["verdict"] == "trust"
    assert float(found.load_ergotropy_maximum) == 0.0
    assert float(found.load_ergotropy_maximum_step_error) < 1e-3
    assert np.isnan(found.load_ergotropy_maximum_time)
    vacuum = qb.discharge(qb.DensityMatrix(np.diag([1.0, 0.0])))
    assert (vacuum.attrs["verdict"], float(vacuum.load_ergotropy_maximum)) == ("trust", 0.0)


@pytest.mark.parametrize("coupling", [1e-9, 1e-3, 0.05])
def test_a_weak_load_is_followed_until_all_is_lost_and_no_longer(coupling):
    found = qb.discharge(exact(), coupling=coupling, gamma_a=0.5)
    assert float(found.time[-1]) == 40.0  # 20 lifetimes of the load
    assert found.sizes["time"] == 401
    assert float(found.load_ergotropy_maximum) == 0.0


def test_without_loss_a_weak_load_takes_its_time():
    found = qb.discharge(exact(), coupling=1e-9, gamma_s=0.0, gamma_a=0.0)
    strong = qb.discharge(exact(), coupling=1.0, gamma_s=0.0, gamma_a=0.0)
    assert found.time.values == pytest.approx(1e9 * strong.time.values)
    assert float(found.load_ergotropy_maximum) == pytest.approx(float(strong.load_ergotropy_maximum), abs=1e-6)


@pytest.mark.parametrize("more", [{"detuning": 5.0}, {"gamma_s": 1e-9, "gamma_a": 1.0}], ids=str)
def test_what_would_take_for_ever_is_refused(more):
    options = {"coupling": 1e-9, "gamma_s": 0.0, "gamma_a": 0.0} | more
    with pytest.raises(ValueError, match=r"^`times` must be at most .* with these rates.* earlier\."):
        qb.discharge(exact(), **options)


def test_couplings_that_no_times_can_show_together_are_refused():
    numbers = np.array([0.0, 1.0])
    assert len(discharging.rabi_times(numbers, [0.01, 10.0], losses=(1.0, 1.0))) == 12_005
    with pytest.raises(ValueError, match=r"^`coupling` must be rates that 20,000 times can show together"):
        discharging.rabi_times(numbers, [1e-5, 10.0])


# What is refused, and when


CYCLES = [
    {"charge": 0.0},
    {"charge": np.nan},
    {"hold": -1.0},
    {"coupling": 0.0},
    {"coupling": "10"},
    {"gamma_a": -1.0},
    {"detuning": np.inf},
    {"times": [0.0, 0.0]},
    {"samples": 1},
    {"samples": 2.5},
    {"battery": qb.DopoBattery(qb.SwitchedOff(3.0, at=2.0))},
    {"battery": qb.DopoBattery(qb.SwitchedOff(3.0, at=2.0)), "hold": 1.0},
    {"battery": STRONG.system()},
]


@pytest.mark.parametrize("options", CYCLES, ids="-".join)
def test_a_bad_cycle_is_refused_before_any_work(options, monkeypatch):
    monkeypatch.setattr(discharging, "simulate", lambda *_: pytest.fail("the run was started"))
    with pytest.raises(
        (TypeError, ValueError), match=r"^`(charge|hold|coupling|gamma_a|detuning|times|samples|pump|battery)` must be"
    ):
        qb.cycle(options.pop("battery", STRONG), **options)


@pytest.mark.parametrize(
    "options",
    [
        {"coupling": -1.0},
        {"coupling": np.nan},
        {"coupling": True},
        {"gamma_s": -0.1},
        {"gamma_a": np.inf},
        {"detuning": "x"},
        {"times": [-1.0, 2.0]},
        {"times": []},
        {"at": 0.123},
        {"at": np.nan},
        {"at": 5.0},
    ],
    ids=str,
)
def test_bad_options_are_refused(options):
    (name,) = options
    with pytest.raises((TypeError, ValueError), match=rf"^`{name}` must be"):
        qb.discharge(exact(), **options)


def test_the_nearest_time_is_offered():
    with pytest.raises(
        ValueError, match=r"one of the 6 times of the result, from 0 to 2, got 0\.9\. The nearest is 0\.8"
    ):
        qb.discharge(exact(), at=0.9)


@pytest.mark.parametrize(
    "source",
    [
        "charge.nc",
        None,
        lambda: exact().isel(time=-1),
        lambda: qb.discharge(exact()),
        lambda: exact().drop_vars("photon_number"),
        lambda: exact().drop_attrs(),
        lambda: exact() * np.nan,
        lambda: moments_only(exact()) * np.nan,
        lambda: qb.DensityMatrix(np.array([np.eye(2) / 2] * 3)),
        lambda: qb.DensityMatrix(np.full((2, 2), np.nan)),
        lambda: qb.DensityMatrix(np.eye(MOST_LEVELS + 1) / (MOST_LEVELS + 1)),
    ],
)
def test_what_is_no_source_is_refused(source):
    with pytest.raises((TypeError, ValueError), match=r"^`source` must be .*, got "):
        qb.discharge(source() if callable(source) else source)


def test_a_time_of_a_density_matrix_is_refused():
    with pytest.raises(ValueError, match=r"^`at` must be left out with a density matrix"):
        qb.discharge(qb.DensityMatrix(np.eye(3) / 3), at=1.0)


def test_a_state_that_is_too_large_is_refused_with_a_way_out():
    large = qb.simulate(qb.DopoBattery(60.0, kappa=0.05), [1.0, 2.0], qb.LinearNoise("branch"))
    assert "number_distribution" not in large
    with pytest.raises(ValueError, match=r"photon number stays below 400, .* Disconnect it earlier, or charge it less"):
        qb.discharge(large)


def test_a_source_that_is_nan_later_on_can_be_discharged_before():
    run = exact()
    late = run.where(run.time < 1.9).assign_attrs(run.attrs)
    assert maximum(late, at=1.6) == maximum(run, at=1.6)
    with pytest.raises(ValueError, match="finite at this time"):
        qb.discharge(late)


def test_doubts_of_the_charging_are_handed_on():
    rejected = exact().assign_attrs(verdict="reject", verdict_reasons=json.dumps(["of old age."]))
    found = qb.discharge(rejected)
    assert found.attrs["verdict"] == "reject"
    assert json.loads(found.attrs["verdict_reasons"]) == ["of the charging: of old age."]
    silent = qb.discharge(exact().assign_attrs(verdict="doubt", verdict_reasons="[]"))
    assert silent.attrs["verdict"] == "doubt"


def test_a_load_that_never_peaks_is_doubted_and_has_no_errors():
    found = qb.discharge(exact(), np.linspace(0, 0.01, 11))
    assert found.attrs["verdict"] == "doubt"
    assert "no maximum within these times" in found.attrs["verdict_reasons"]
    for name in found:
        if name.startswith("load_ergotropy_maximum"):
            assert np.isnan(found[name])

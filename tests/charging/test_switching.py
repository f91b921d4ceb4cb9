"""When to switch off: values of every point, best times against dense exact curves, and what is refused."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.charging import runs, switching
from phasespace_qb.charging.switching import PURPOSES
from phasespace_qb.results.protocols import OF_SWITCHING, Place
from tests.charging.cases import AT, METHOD, SMALL, switched

PAPER = qb.DopoBattery()
FEW = qb.PositiveP(3_000, rng=1)
QUANTITIES = ("energy", "ergotropy", "ergotropy_coherent", "ergotropy_incoherent", "charging_power")


def test_every_point_is_a_run_of_its_own():
    found = switched()
    driven = qb.simulate(SMALL, AT, METHOD)
    for name in QUANTITIES:
        assert found[name].sel(hold=0).values == pytest.approx(driven[name].values, abs=1e-7)
        for instant in (AT[2], AT[-1]):
            alone = qb.simulate(SMALL.switched_off(instant), [instant + 0.2], METHOD)
            assert float(found[name].sel(switch_off=instant, hold=0.2)) == pytest.approx(
                float(alone[name][0]), abs=1e-6
            )
    # A hold that is off by a tenth would be seen.
    late = qb.simulate(SMALL.switched_off(AT[2]), [AT[2] + 0.22], METHOD)
    assert abs(float(found.energy[2, 1] - late.energy[0])) > 1e-3


def test_errors_are_handed_on():
    found = switched()
    for name in QUANTITIES:
        assert f"{name}_cutoff_error" in found
        assert f"{name}_step_error" in found
    assert not any(name.endswith("_stderr") for name in found)
    assert found.verdict_by_point.dims == found.energy.dims == ("switch_off", "hold")


def test_a_battery_left_alone_loses_what_it_has():
    """A signal of few quanta loses γ_s n_s once the driven mode is empty, for conversion back is of second order."""
    battery = qb.DopoBattery(pump=2.0, kappa=0.2, gamma_p=64.0)
    found = qb.switch_off(battery, [1.0, 2.0, 3.0], [0.5, 1.0, 2.0], qb.Lindblad((12, 8)))
    share = found.energy.sel(hold=2.0) / found.energy.sel(hold=0.5)
    assert share.values == pytest.approx(np.exp(-1.5), rel=2e-3)
    assert share.values != pytest.approx(np.exp(-1.5 * 1.01), rel=2e-3)


def test_best_times_are_those_of_a_dense_curve():
    fine = np.linspace(0.6, 5.0, 441)
    driven = qb.simulate(SMALL, fine, METHOD)
    best = switched().sel(hold=0)
    inside = 0
    for purpose in PURPOSES:
        top = int(driven[purpose].values.argmax())
        found = best.sel(purpose=purpose)
        if top in (0, len(fine) - 1):
            assert int(found.best_place) > 0
            continue
        inside += 1
        errors = [float(found[f"best_switch_off{s}"]) for s in ("_estimator_error", "_cutoff_error", "_step_error")]
        assert int(found.best_place) == 0
        assert abs(float(found.best_switch_off) - fine[top]) < sum(errors) + 0.005
        assert sum(errors) < 0.25
        assert float(found.best_value) == pytest.approx(float(driven[purpose][top]), rel=0.01)
    assert inside >= 2
    assert float(driven.maximum_power_time) == pytest.approx(
        float(best.sel(purpose="charging_power").best_switch_off), abs=0.1
    )


def test_a_best_time_beyond_those_that_were_tried_is_not_invented():
    early = qb.switch_off(SMALL, AT[:4], method=METHOD)
    assert early.best_place.attrs["flag_meanings"].split()[int(early.best_place[1, 0])] == "last"
    assert np.isnan(early.best_switch_off[1, 0])
    assert float(early.best_value[1, 0]) == float(early.ergotropy[-1, 0])


def test_points_share_their_random_numbers():
    """At hold 0 the result is that of one run; differences along the curve are smoother than independent ones."""
    at = np.arange(4.0, 8.01, 0.5)
    found = qb.switch_off(PAPER, at, [0.0, 0.5], FEW)
    driven = qb.simulate(PAPER, at, qb.PositiveP(3_000, rng=1, step=found.attrs["step"]))
    assert np.array_equal(found.ergotropy.sel(hold=0), driven.ergotropy)
    assert np.array_equal(found.ergotropy_stderr.sel(hold=0), driven.ergotropy_stderr)

    def roughness(curve):
        """Second differences over what independent errors would make of them."""
        return float(np.sqrt(np.mean(np.diff(curve, 2) ** 2) / (6 * np.mean(sigma**2))))

    sigma = found.energy_stderr.sel(hold=0.5).values
    common = roughness(found.energy.sel(hold=0.5).values)
    separate = [
        float(qb.simulate(PAPER.switched_off(t), [t + 0.5], qb.PositiveP(3_000, rng=10 + i)).energy[0])
        for i, t in enumerate(at)
    ]
    assert common < 0.6
    assert roughness(np.array(separate)) > 0.6
    assert found.attrs["seed"] == "1"


def test_a_battery_that_is_hardly_held_is_the_driven_one():
    """The same numbers fall on the same steps until the switch: what is left is noise of the last 1e-6."""
    found = qb.switch_off(PAPER, np.arange(4.0, 6.1, 0.5), [0.0, 1e-6], FEW)
    moved = np.abs(found.energy.diff("hold").values[:, 0])
    assert moved.max() < 5e-3 * float(found.energy_stderr.min())
    other = qb.switch_off(PAPER, np.arange(4.0, 6.1, 0.5), 1e-6, qb.PositiveP(3_000, rng=2))
    apart = np.abs(other.energy.values[:, 0] - found.energy.values[:, 0])
    assert apart.max() > 0.1 * float(found.energy_stderr.min())


def test_an_executor_changes_no_number_and_progress_ends_at_the_end():
    at, told = [5.0, 6.0], []
    first = qb.switch_off(PAPER, at, [0.0, 0.5], FEW, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (3, 3)
    assert told == sorted(told)
    with ThreadPoolExecutor(2) as pool:
        assert qb.switch_off(PAPER, at, [0.0, 0.5], FEW, pool).identical(first)


def test_a_seed_that_was_not_given_is_drawn_once():
    found = qb.switch_off(PAPER, [5.0, 6.0], method=qb.PositiveP(1_024, rng=np.random.default_rng(5)))
    again = qb.switch_off(PAPER, [5.0, 6.0], method=qb.PositiveP(1_024, rng=int(found.attrs["seed"])))
    assert np.array_equal(found.energy, again.energy)


def test_the_worst_verdict_is_that_of_the_whole():
    low = qb.switch_off(SMALL, [0.5, 1.0], [0.0, 0.2], qb.Lindblad((14, 6)))
    assert low.attrs["verdict"] == ["trust", "doubt", "reject"][int(low.verdict_by_point.max())] == "reject"
    assert " of 3 runs.)" in low.attrs["verdict_reasons"]


def test_a_held_point_is_trusted_no_more_than_the_driven_battery():
    """At 4 the cutoffs are far too low; after a hold of 3 next to nothing is left, and that is wrong by a fifth."""
    low = qb.switch_off(SMALL, [2.0, 4.0], [3.0], qb.Lindblad((10, 5)))
    assert low.attrs["verdict"] == "reject"
    assert (low.verdict_by_point == 2).all()


def test_doubts_of_the_driven_run_are_handed_on(monkeypatch):
    def doubtful(protocols, *rest):
        found = carried_out(protocols, *rest)
        if protocols[0][0] == SMALL:
            found[0]["verdict_by_time"][1:] = 1
            found[0].attrs |= {"verdict": "doubt", "verdict_reasons": '["planted."]'}
        return found

    carried_out = switching.carried_out
    monkeypatch.setattr(switching, "carried_out", doubtful)
    found = qb.switch_off(SMALL, [0.5, 1.0], [0.1, 0.2], METHOD)
    assert found.verdict_by_point.values.tolist() == [[0, 0], [1, 1]]
    assert found.attrs["verdict"] == "doubt"
    assert found.attrs["verdict_reasons"] == '["planted. (In 1 of 3 runs.)"]'


@pytest.mark.parametrize("seed", [1, 2])
def test_without_error_bars_there_is_no_best_time(seed):
    found = qb.switch_off(PAPER, np.arange(6.0, 16.1), method=qb.PositiveP(500, rng=seed))
    assert np.isnan(found.ergotropy_stderr).all()
    assert np.isnan(found.best_switch_off).all()
    assert not (found.best_place == Place.INSIDE).any()


def test_it_survives_the_disk_and_every_variable_says_what_it_is(tmp_path):
    found = switched()
    assert qb.load(qb.save(found, tmp_path / "switch_off.nc")).identical(found)
    for name in (*found, "switch_off", "hold"):
        assert found[name].attrs["units"]
        assert found[name].attrs["long_name"]
    assert set(OF_SWITCHING) <= set(found)


def test_units_are_those_of_the_battery():
    battery = qb.DopoBattery(pump=2.0, kappa=3.0, gamma_s=2.0, gamma_p=20.0)
    found = qb.switch_off(battery, [0.2, 0.4, 0.6], 0.1, qb.Lindblad((16, 6)))
    assert found.switch_off.attrs["units"] == found.best_switch_off.attrs["units"] == "1/rate unit"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"at": []}, "at"),
        ({"at": [0.0, 1.0]}, "at"),
        ({"at": [2.0, 1.0]}, "at"),
        ({"at": [1.0, np.nan]}, "at"),
        ({"at": "10"}, "at"),
        ({"at": [True]}, "at"),
        ({"hold": [-0.1]}, "hold"),
        ({"hold": [0.5, 0.5]}, "hold"),
        ({"hold": None}, "hold"),
        ({"battery": SMALL.system()}, "battery"),
        ({"battery": SMALL.switched_off(3.0)}, "pump"),
        ({"method": "positive-P"}, "method"),
        ({"method": qb.EliminatedSteadyState()}, "method"),
        ({"method": qb.LinearNoise("branch")}, "method"),
        ({"executor": 4}, "executor"),
    ],
    ids=str,
)
def test_bad_input_is_refused_before_any_work(options, says, monkeypatch):
    monkeypatch.setattr(runs, "run_all", lambda *_: pytest.fail("a run was started"))
    given = {"battery": SMALL, "at": [1.0, 2.0]} | options
    with pytest.raises((TypeError, ValueError), match=f"^`{says}` must be"):
        qb.switch_off(given.pop("battery"), given.pop("at"), **given)


@pytest.mark.slow
def test_the_papers_battery():
    """Power is largest at 10.3, coherent work at 12.9: the master equation at converged cutoffs."""
    at = np.arange(7.0, 19.0, 0.5)
    exact = qb.switch_off(PAPER, at, method=qb.Lindblad((52, 12))).best_switch_off.sel(hold=0)
    assert float(exact.sel(purpose="charging_power")) == pytest.approx(10.3, abs=0.1)
    assert float(exact.sel(purpose="ergotropy_coherent")) == pytest.approx(12.92, abs=0.1)
    ratios = []
    for seed in range(10):
        found = qb.switch_off(PAPER, at, method=qb.PositiveP(20_000, rng=seed)).sel(hold=0)
        for purpose in ("charging_power", "ergotropy_coherent"):
            best = found.sel(purpose=purpose)
            allowed = float(best.best_switch_off_estimator_error) + float(best.best_switch_off_step_error)
            off = abs(float(best.best_switch_off) - float(exact.sel(purpose=purpose)))
            ratios.append(off / (allowed + 2 * float(best.best_switch_off_stderr)))
    assert np.mean(np.array(ratios) > 1) <= 0.1
    assert np.max(ratios) > 0.3

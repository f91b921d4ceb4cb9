"""Energy is conserved: by the master equation, by trajectories and by linear theory; and planted errors are seen."""

import json

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.results.protocols import OF_BALANCE
from tests.charging.cases import METHOD, SMALL, exact
from tests.runs import paper_run

PAPER = qb.DopoBattery()


def worst(balance, first=1):
    """Largest residual over everything that was stated about it."""
    allowed = sum(balance.get(f"balance_residual{s}", 0.0) for s in ("_step_error", "_cutoff_error"))
    if "balance_residual_stderr" in balance:
        allowed = allowed + 2 * balance.balance_residual_stderr
    return float((abs(balance.balance_residual) / allowed)[first:].max())


def test_the_master_equation_conserves_energy_up_to_the_grid():
    residuals = []
    for samples in (41, 81, 161):
        balance = qb.energy_balance(SMALL, exact(samples=samples))
        assert worst(balance) < 1
        residuals.append(float(abs(balance.balance_residual).max()))
    assert residuals[2] < 3e-3
    assert np.log2(residuals[1] / residuals[2]) > 3
    assert float(balance.energy_drawn[-1]) > 30


def test_a_switch_is_no_smooth_instant():
    run = exact(off=1.0, samples=161)
    balance = qb.energy_balance(SMALL.switched_off(1.0), run)
    assert worst(balance) < 1
    assert float(abs(balance.balance_residual).max()) < 3e-3
    late = balance.sel(time=slice(1.0, None))
    assert np.ptp(late.energy_drawn.values) < 1e-9
    assert not late.power_drawn.any()
    # After the switch nothing comes in: what the modes lose is what they no longer hold.
    assert (np.diff(late.mode_energy.sum("mode")) < 0).all()


@pytest.mark.parametrize(
    "battery",
    [
        qb.DopoBattery(1.5, kappa=1.5, detuning=0.7),
        qb.DopoBattery(1.5j + 0.5, kappa=1.5),
        qb.DopoBattery(qb.Ramp(0.0, 2.0, 0.3, 0.9), kappa=1.5),
        qb.DopoBattery(qb.PulseTrain(2.0, 0.3, 0.5, 3), kappa=1.5),
    ],
    ids=["detuned", "complex", "ramp", "pulses"],
)
def test_energy_is_conserved_under_any_drive(battery):
    balance = qb.energy_balance(battery, qb.simulate(battery, np.linspace(0, 1.5, 121), METHOD))
    assert worst(balance) < 1
    # A fifth of a percent of it would be seen.
    assert float(balance.balance_residual_step_error[-1]) < 2e-2 * float(balance.energy_drawn[-1])


@pytest.mark.parametrize("fault", ["quantum", "loss", "drive", "field"])
def test_a_wrong_law_is_seen(fault, monkeypatch):
    battery, run = SMALL, exact(samples=161)
    if fault == "quantum":
        monkeypatch.setattr(qb.DopoBattery, "quanta", {"signal": 1.0, "pump": 1.0})
    if fault == "loss":
        monkeypatch.setattr(qb.DopoBattery, "losses", {"signal": 1.02, "pump": 16.0})
    if fault == "drive":
        right = qb.DopoBattery.drawn_power
        monkeypatch.setattr(qb.DopoBattery, "drawn_power", lambda self, drive, field: 0.99 * right(self, drive, field))
    if fault == "field":
        run["mean_field"] = run.mean_field * np.exp(0.1j)
    assert worst(qb.energy_balance(battery, run)) > 1


def test_trajectories_conserve_energy_within_their_errors():
    balance = qb.energy_balance(PAPER, paper_run())
    assert worst(balance) < 1
    for name in ("energy_drawn", "energy_lost", "work_efficiency", "balance_residual"):
        assert f"{name}_stderr" in balance
        assert f"{name}_step_error" in balance


@pytest.mark.slow
@pytest.mark.parametrize("method", [qb.PositiveP(20_000, rng=1), qb.TruncatedWigner(20_000, rng=1)])
def test_trajectories_conserve_energy_on_a_fine_grid(method):
    battery = PAPER.switched_off(6.0)
    balance = qb.energy_balance(battery, qb.simulate(battery, np.linspace(0, 8, 321), method))
    assert worst(balance) < 1
    assert float(balance.balance_residual_step_error[-1]) < 5e-3 * float(balance.energy_drawn[-1])
    planted = qb.simulate(battery, np.linspace(0, 8, 321), method)
    planted["mean_field"] = 1.05 * planted.mean_field
    assert worst(qb.energy_balance(battery, planted)) > 1


@pytest.mark.slow
def test_sampling_errors_are_bounds():
    """Twenty ensembles scatter by less than they state, and by no less than a tenth of it."""
    times = np.linspace(0, 6, 61)
    runs = [qb.simulate(PAPER, times, qb.PositiveP(3_000, rng=seed)) for seed in range(20)]
    found = [qb.energy_balance(PAPER, run) for run in runs]
    for name in ("energy_drawn", "balance_residual"):
        spread = np.std([float(each[name][-1]) for each in found], ddof=1)
        stated = np.mean([float(each[f"{name}_stderr"][-1]) for each in found])
        assert 0.02 < spread / stated < 1.2


def test_without_conversion_energy_is_that_of_a_driven_damped_mode():
    """Mean field of a weakly coupled battery: ⟨a_p⟩ = (2F/√γ_p)(1 − e^(−γ_p t/2)), n_p = |⟨a_p⟩|²."""
    battery = qb.DopoBattery(pump=0.5, kappa=1e-4)
    times = np.linspace(0, 2, 201)
    balance = qb.energy_balance(battery, qb.simulate(battery, times, qb.LinearNoise()))
    rate, field = 8.0, 2 * 0.5 / 4
    drawn = 4 * 4 * 0.5 * field * (times - (1 - np.exp(-rate * times)) / rate)
    assert balance.energy_drawn.values == pytest.approx(drawn, abs=1e-4)
    assert balance.energy_sent.values == pytest.approx(2 * 0.25 * times)
    held = 2 * field**2 * (1 - np.exp(-rate * times)) ** 2
    assert balance.energy_absorbed.values == pytest.approx(held, abs=1e-4)


def test_what_is_absorbed_is_what_was_drawn_and_not_lost_again():
    balance = qb.energy_balance(SMALL, exact(samples=161))
    back = balance.energy_drawn - balance.energy_lost.sel(mode="pump")
    assert balance.energy_absorbed.values == pytest.approx((back + balance.balance_residual).values, abs=1e-9)
    assert balance.work_efficiency.values[1:] == pytest.approx((balance.ergotropy / balance.energy_drawn).values[1:])
    assert float(balance.work_efficiency[0]) == 0.0
    assert (balance.energy_absorbed <= balance.energy_sent + balance.balance_residual_step_error).all()


def test_it_survives_the_disk_and_every_variable_says_what_it_is(tmp_path):
    balance = qb.energy_balance(PAPER, paper_run())
    assert qb.load(qb.save(balance, tmp_path / "balance.nc")).identical(balance)
    for name in balance:
        assert balance[name].attrs["units"]
        assert balance[name].attrs["long_name"]
    assert set(OF_BALANCE) <= set(balance)
    assert balance.attrs["verdict"] == paper_run().attrs["verdict"]
    assert json.loads(balance.attrs["parameters"])["kappa"] == "0.5"


def test_a_result_from_the_disk_has_the_same_balance(tmp_path):
    run = exact()
    stored = qb.load(qb.save(run, tmp_path / "run.nc"))
    assert qb.energy_balance(SMALL, stored).identical(qb.energy_balance(SMALL, run))


@pytest.mark.parametrize(
    ("battery", "run", "says"),
    [
        (PAPER, exact, r"^`run` must be a result of `simulate` for this battery, pump = .*, kappa = 0\.5"),
        (SMALL.switched_off(1.0), exact, r"^`run` must be .* for this battery, pump = \(2\+0j\)|SwitchedOff"),
        (SMALL.system(), exact, r"^`battery` must be a DopoBattery"),
        (
            SMALL,
            lambda: exact().isel(time=slice(0, 4)),
            r"^`run` must be saved at 5 times or more, the first of them 0",
        ),
        (
            SMALL,
            lambda: exact().isel(time=slice(3, None)),
            r"the first of them 0, got an array of 78 times from 0\.075",
        ),
        (SMALL, lambda: exact().isel(time=-1), r"^`run` must be saved at 5 times or more"),
        (SMALL.switched_off(1.51), lambda: exact(off=1.51), r"saved at 5 times or more from 0 to 1\.51, both included"),
        (SMALL, lambda: exact().sel(mode=["signal"]), r"^`run` must be a result with the fields of both modes"),
        (SMALL, lambda: exact().drop_vars("mean_field"), r"an incomplete one: mean_field"),
        (
            SMALL,
            lambda: qb.simulate(SMALL.system(), [0.0, 0.1], METHOD),
            r"^`run` must be .* got an other one, of OpenSystem",
        ),
        (SMALL, lambda: "run.nc", r"^`run` must be a result"),
    ],
)
def test_what_has_no_balance_is_refused(battery, run, says):
    with pytest.raises((TypeError, ValueError), match=says):
        qb.energy_balance(battery, run())


def test_a_battery_without_its_second_mode_is_refused():
    alone = qb.simulate(SMALL.eliminated(), np.linspace(0, 1, 6), qb.Lindblad(24))
    with pytest.raises(ValueError, match=r"^`run` must be a result of `simulate` for this battery, got an other one"):
        qb.energy_balance(SMALL, alone)


# -- which battery it was --

KNOTS = np.linspace(0.0, 1.0, 2001)


def tabulated(shift=0.0):
    """A drive whose text leaves most of its numbers out."""
    values = 1 + 0.5 * np.sin(2 * np.pi * KNOTS)
    values[500:1500] += shift
    return qb.DopoBattery(qb.Tabulated(KNOTS, values), kappa=1.5)


def envelope(size=1.0):
    return qb.DopoBattery(qb.Envelope(lambda t: size * t), kappa=1.5)


@pytest.mark.parametrize("declared", [tabulated, envelope])
def test_a_drive_is_known_by_its_values_and_not_by_its_text(declared):
    run = qb.simulate(declared(), np.linspace(0, 0.9, 31), qb.Lindblad((10, 5)))
    assert worst(qb.energy_balance(declared(), run)) < 1
    with pytest.raises(ValueError, match=r"^`run` must be a result of `simulate` for this battery.*, got an other one"):
        qb.energy_balance(declared(0.2), run)


def test_a_battery_whose_drive_ends_before_the_run_is_another():
    run = qb.simulate(tabulated(), np.linspace(0, 0.9, 31), qb.Lindblad((10, 5)))
    short = qb.DopoBattery(qb.Tabulated([0.0, 0.5], [1.0, 1.0]), kappa=1.5)
    with pytest.raises(ValueError, match=r"^`run` must be a result of `simulate` for this battery"):
        qb.energy_balance(short, run)


def test_part_of_a_run_has_a_balance_too():
    run, battery = exact(off=1.0, samples=161), SMALL.switched_off(1.0)
    part = qb.energy_balance(battery, run.isel(time=slice(0, 121)))
    assert part.energy_drawn.values == pytest.approx(qb.energy_balance(battery, run).energy_drawn.values[:121])


def test_a_run_that_has_no_fingerprint_is_known_by_its_parameters():
    run = exact()
    run.attrs.pop("fingerprint", None)
    assert "energy_drawn" in qb.energy_balance(SMALL, run)
    with pytest.raises(ValueError, match=r"for this battery, kappa = 0\.5, got an other one: kappa = 1\.5\."):
        qb.energy_balance(qb.DopoBattery(2.0), run)


# -- a balance that is off --


def test_energy_that_is_not_conserved_is_a_reason_to_doubt():
    run = exact(samples=161)
    assert qb.energy_balance(SMALL, run).attrs["verdict"] == "trust"
    run["mean_field"] = 1.02 * run.mean_field
    balance = qb.energy_balance(SMALL, run)
    assert balance.attrs["verdict"] == "doubt"
    (reason,) = json.loads(balance.attrs["verdict_reasons"])
    assert reason.startswith("the balance of energies is off by ")
    assert balance.verdict_by_time[0] == 0 < balance.verdict_by_time[-1]
    run.attrs |= {"verdict": "reject", "verdict_reasons": '["planted."]'}
    assert qb.energy_balance(SMALL, run).attrs["verdict"] == "reject"

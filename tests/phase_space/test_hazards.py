"""Each rule, where it must speak, where it must not, and what it says."""

import json

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb import cli
from phasespace_qb.outcome import Finding, Verdict, verdict_by_time
from phasespace_qb.phase_space import hazards
from phasespace_qb.phase_space.hazards import runaway
from phasespace_qb.phase_space.integrators import BoundedTwoPoint, ExponentialHeun, Heun
from phasespace_qb.phase_space.nonlinear_loss import strongest_nonlinear_loss
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.representations.wigner import WignerRules
from phasespace_qb.phase_space.step_size import choose_step
from phasespace_qb.phase_space.tails import Tails
from validation.hazards.grids import Case, absorber, battery, kerr
from validation.hazards.trials import trial

TIMES = np.linspace(0.0, 4.0, 5)
a, b, c = qb.modes("a", "b", "c")


def positive_p(system):
    declared = system.system() if isinstance(system, qb.DopoBattery) else system
    return PositivePRules().equations(declared)


def before(system, integrator=None, rules=positive_p):
    """What is said of the equations, as texts."""
    return [finding.reason for finding in hazards.of_equations(rules(system), TIMES, integrator or Heun())]


# --- strength of the nonlinear loss -----------------------------------------------------------------------------------


def loss_of(system):
    return strongest_nonlinear_loss(positive_p(system), TIMES)


def pair_of_modes():
    """Pairs a†b† from a damped mode c: the noise is shared by two variables, D_ab = κ c."""
    hamiltonian = 0.3j * a.dag * b.dag * c
    return qb.OpenSystem(hamiltonian + hamiltonian.dag, {a: 1.0, b: 1.0, c: 10.0})


LOSSES = {
    "absorber": (absorber(0.7, 2.0), 0.7, 1.0),
    "absorber without damping": (absorber(0.7, 2.0, 0.0), 0.7, 0.0),
    "battery, pump eliminated": (battery(0.3, 1.4).eliminated(), 0.3, 1.0),
    # Γ = κ²/(γ_p + γ_s): 0.5²·16/16 divided by 1 + 1/16.
    "battery": (battery(0.3, 1.4), 0.3 * 16 / 17, 1.0),
    "battery with a slow pump": (battery(1.0, 1.4, gamma_p=0.25), 0.25 / 1.25, 1.0),
    "battery in other units": (qb.DopoBattery(kappa=5.0, gamma_s=10.0, gamma_p=160.0), 25 / 170, 10.0),
    "complex pump": (qb.DopoBattery(pump=3j, kappa=2.0), 4 / 17, 1.0),
    "Kerr": (kerr(0.4, 1.0, 0.0), 0.4, 1.0),
    # a b = (u² − v²)/2 with u, v = (a ± b)/√2: each of them loses pairs at a quarter of 4·0.3²/10.
    "two signals": (pair_of_modes(), 0.3**2 / 11, 1.0),
}


@pytest.mark.parametrize("name", LOSSES)
def test_the_effective_loss_is_read_from_the_equations(name):
    system, rate, damping = LOSSES[name]
    found = loss_of(system)
    assert found.rate == pytest.approx(rate)
    assert found.damping == pytest.approx(damping)
    assert found.ratio == (pytest.approx(rate / damping) if damping else np.inf)


WITHOUT = {
    "parametric amplifier": qb.OpenSystem(0.5j * (a.dag**2 - a**2), {a: 1.0}),
    "detuned amplifier": qb.OpenSystem(0.4 * a.dag * a + 0.5j * (a.dag**2 - a**2), {a: 1.0}),
    "dephasing": qb.OpenSystem(0.4 * a.dag * a + 0.3 * (a + a.dag), {a: 1.0, a.dag * a: 2.0}),
    "thermal": qb.OpenSystem(0.4 * a.dag * a, {a: 2.0, a.dag: 1.5}),
    "exchange": qb.OpenSystem(0.3 * (a.dag * b + b.dag * a), {a: 1.0}),
}


@pytest.mark.parametrize("name", WITHOUT)
def test_linear_systems_have_none_and_are_not_doubted(name):
    assert loss_of(WITHOUT[name]) is None
    assert before(WITHOUT[name]) == []


@pytest.mark.parametrize("loss", [0.0156, 0.25, 0.45])
def test_weak_losses_are_not_doubted(loss):
    assert before(battery(loss, 1.5)) == before(absorber(loss, 3.0)) == []


def test_strong_losses_are_doubted_before_the_run():
    (reason,) = before(qb.DopoBattery(pump=1.0, kappa=10.0))
    assert reason == (
        "signal loses quanta in pairs at an effective rate of 5.88, 5.88 times its linear damping; where that rate is "
        "more than 0.5 of the damping, positive-P trajectories run away and bias averages before any of them becomes "
        "infinite. Use Lindblad, or TruncatedWigner where photon numbers are large."
    )
    (weaker,) = before(battery(0.7, 1.0))
    assert "positive-P trajectories can run away" in weaker
    (undamped,) = before(absorber(0.01, 1.0, damping=0.0))
    assert "at an effective rate of 0.01, with no net damping" in undamped


def test_gain_is_no_damping():
    (van_der_pol,) = before(qb.OpenSystem(0 * a.dag * a, {a.dag: 1.0, a**2: 0.2}))
    assert "at an effective rate of 0.2, with no net damping" in van_der_pol
    (laser,) = before(qb.OpenSystem(0 * a.dag * a, {a: 1.0, a.dag: 1.3, a**2: 0.02}))
    assert "with no net damping" in laser
    assert loss_of(qb.OpenSystem(0 * a.dag * a, {a: 1.5, a.dag: 0.5, a**2: 0.1})).damping == pytest.approx(1.0)
    assert before(qb.OpenSystem(0 * a.dag * a, {a: 1.5, a.dag: 0.5, a**2: 0.1})) == []


def test_the_bounded_scheme_is_recommended_where_it_fits_and_not_doubted():
    system = battery(3.0, 1.4).eliminated()
    assert "Use PositiveP(integrator=BoundedTwoPoint())" in before(system)[0]
    assert before(system, BoundedTwoPoint()) == []


def test_truncated_wigner_is_left_to_its_own_rule():
    assert before(battery(3.0, 1.4).system(), rules=WignerRules().equations) == []


def test_a_pump_that_is_off_at_the_save_times_counts_by_its_coupling():
    assert loss_of(battery(0.3, 1.4).switched_off(0.5)).rate == pytest.approx(0.3 * 16 / 17)


def test_detuning_is_doubted_with_its_fallbacks():
    (reason,) = before(qb.DopoBattery(detuning=0.3))
    assert reason.startswith("signal rotates (detuning) and carries multiplicative noise")
    assert reason.endswith("Compare with TruncatedWigner and LinearNoise or, at small photon numbers, with Lindblad.")


def chirped(pump):
    return qb.DopoBattery(pump=pump, kappa=0.8, gamma_p=8.0)


@pytest.mark.parametrize("eliminated", [False, True])
def test_a_drive_that_turns_its_phase_is_a_detuning(eliminated):
    battery = chirped(lambda t: 1.6 * np.exp(0.8j * t))
    (reason,) = before(battery.eliminated() if eliminated else battery)
    mode = "signal" if eliminated else "pump"
    assert reason.startswith(f"{mode} is driven with a phase that changes in time")
    assert reason.endswith("with Lindblad.")


@pytest.mark.parametrize(
    "pump",
    [1.6j, qb.SwitchedOff(1 + 1j, 2.0), lambda t: (1 + 1j) * np.cos(3 * t), qb.Ramp(0.0, 1.6, 0.0, 2.0), lambda t: 0j],
    ids=["constant", "switched off", "changes sign", "ramp", "off"],
)
def test_a_drive_of_one_phase_is_none(pump):
    assert before(chirped(pump)) == []


def test_a_chirp_matters_only_where_it_reaches_multiplicative_noise():
    turning = qb.Envelope(lambda t: np.exp(0.8j * t), complex_valued=True)
    drive = turning * b.dag
    aside = qb.OpenSystem(drive + drive.dag, {a: 1.0, a**2: 0.1, b: 1.0})
    assert before(aside) == []
    coupling = 0.1 * (a.dag * b + b.dag * a)
    (reason,) = before(qb.OpenSystem(drive + drive.dag + coupling, {a: 1.0, a**2: 0.1, b: 1.0}))
    assert reason.startswith("b is driven with a phase that changes in time")
    linear = qb.OpenSystem(drive + drive.dag, {b: 1.0})
    assert before(linear) == []


def test_a_detuned_mode_under_the_root_is_doubted():
    pairs = 0.2j * a.dag**2 * b
    detuned, resonant = (qb.OpenSystem(pairs + pairs.dag + d * b.dag * b, {a: 1.0, b: 8.0}) for d in (0.4, 0.0))
    (reason,) = before(detuned)
    assert reason.startswith("b rotates (detuning) under the root of a multiplicative noise")
    assert before(resonant) == []


# --- step -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("integrator", "coarse"), [(Heun(), 0.06), (ExponentialHeun(), 0.2)])
def test_a_step_near_the_longest_one_is_doubted(integrator, coarse):
    equations = positive_p(qb.DopoBattery()).to(integrator.calculus)

    def found(asked):
        step = choose_step(equations, integrator, 20.0, 1e-3, asked)
        return hazards.of_step_length(step.step, step.error)

    (finding,) = found(coarse)
    assert finding.verdict is Verdict.DOUBT
    assert finding.reason.startswith(
        f"a step of {coarse:g} is near the longest one that works: it is expected to change"
    )
    assert found(coarse / 4) == []


# --- counts and values ------------------------------------------------------------------------------------------------


def test_what_became_infinite_rejects_from_then_on():
    (finding,) = hazards.of_counts(np.array([0.0, 0, 2, 3, 3]), 10_000, np.ones(20))
    assert finding.verdict is Verdict.REJECT
    assert finding.reason.startswith("3 of 10,000 trajectories became infinite or NaN; averages are NaN from then on")
    assert finding.at.tolist() == [False, False, True, True, True]
    assert hazards.of_counts(np.zeros(5), 10_000, np.ones(20)) == []
    (finding,) = hazards.of_counts(np.ones(5), 1024, np.ones(1), "the pilot run")
    assert finding.reason.startswith("1 of 1,024 trajectories of the pilot run became infinite or NaN")


def test_few_photons_doubt_truncated_wigner_where_they_are_few():
    equations = WignerRules().equations(qb.DopoBattery().system())
    (finding,) = hazards.of_dropped_terms(equations, np.array([0.0, 5.0, 9.9, 10.1, 14.0]))
    assert finding.at.tolist() == [True, True, True, False, False]
    assert hazards.of_dropped_terms(equations, np.full(5, 11.0)) == []
    linear = WignerRules().equations(WITHOUT["parametric amplifier"])
    assert hazards.of_dropped_terms(linear, np.zeros(5)) == []


def test_step_and_uncertainty_say_when():
    energy = {"energy": np.array([0.0, 1, 2, 3]), "energy_stderr": np.full(4, 0.01)}
    (finding,) = hazards.of_step(energy | {"energy_step_error": np.array([0, 0.5, 0.01, 0])})
    run_away = np.array([False, True, True, True])
    assert hazards.of_step(energy | {"energy_step_error": np.array([0, 0.5, 0.01, 0])}, run_away) == []
    assert finding.at.tolist() == [False, True, False, False]
    (finding,) = hazards.of_uncertainty(np.array([0.5, 0.3, 0.6, 0.6]), np.full(4, 0.01))
    # A state that was none may come back between the bounds; its trajectories are the same.
    assert finding.at.tolist() == [False, True, True, True]


# --- tails ------------------------------------------------------------------------------------------------------------


def tails(index, carried=0.004, outward=3.0, of="", degree=3):
    index = np.array(index, dtype=float)
    rest = (np.full(len(index), each) for each in (0.002, 7.0, carried, outward))
    return [Tails(index, *rest, of=of, degree=degree)]


def test_light_tails_are_no_finding():
    assert hazards.of_tails(tails([np.inf, 3.1, 5.0])) == []
    assert not hazards.without_variance(tails([np.inf, 3.1, 2.1])).any()


def test_heavy_tails_are_doubted_and_then_rejected_for_good():
    doubt, reject = hazards.of_tails(tails([np.inf, 2.8, 5.0, 1.6, 4.0]))
    assert (doubt.verdict, reject.verdict) == (Verdict.DOUBT, Verdict.REJECT)
    assert doubt.at.tolist() == [False, True, True, False, False]
    assert reject.at.tolist() == [False, False, False, True, True]
    assert doubt.reason == (
        "the largest 0.2% of the drifts fall off like a power law of index 2.8 or less, no faster further out: "
        "trajectories run away, and positive-P averages are or will be biased; shorter steps do not show it. Use "
        "Lindblad, or TruncatedWigner where photon numbers are large."
    )
    assert "index 1.6 or less" in reject.reason
    assert "averages are biased, and they have no variance, hence no error bars" in reject.reason


def test_one_trajectory_that_carries_the_drift_is_doubted():
    (finding,) = hazards.of_tails(tails([np.inf, np.inf], carried=0.4))
    assert finding.reason.startswith("0.1% of the trajectories carry 40% of the drift: trajectories run away")
    assert hazards.of_tails(tails([np.inf], carried=0.1)) == []


def test_the_worst_set_speaks_and_is_named():
    early, heavy = tails([9, 2.8, 2.7, 2.6], of="early"), tails([9, 9, 1.5, 9], of="heavy")
    doubt, reject = hazards.of_tails([*early, *heavy, *tails([9, 9, 9, 9], of="light")])
    assert doubt.at.tolist() == [False, True, False, False]
    assert doubt.reason.startswith("the largest 0.2% of the drifts of early fall off like a power law of index 2.8 or")
    assert reject.at.tolist() == [False, False, True, True]
    assert "of the drifts of heavy fall off like a power law of index 1.5 or less" in reject.reason
    inward = tails([9, 1.2, 9, 9], of="inward", outward=1.0)
    assert hazards.of_tails([*early, *inward])[0].reason == hazards.of_tails(early)[0].reason
    (carried,) = hazards.of_tails([*tails([9.0], of="one"), *tails([np.inf], carried=0.4, of="other")])
    assert carried.reason.startswith("0.1% of the trajectories carry 40% of the drift of other")


@pytest.mark.parametrize(("degree", "lost"), [(2, [False, True, True, True]), (3, [False, False, True, True]),
                                              (4, [False, False, False, True])])  # fmt: skip
def test_pair_numbers_lose_their_error_bars_first(degree, lost):
    values = {"pair_number_stderr": np.ones((4, 1)), "photon_number_stderr": np.ones((4, 1))}
    masked = hazards.without_error_bars(values, tails([4.1, 2.7, 2.6, 1.9], degree=degree))
    assert np.isnan(masked["pair_number_stderr"][:, 0]).tolist() == lost
    assert np.isnan(masked["photon_number_stderr"][:, 0]).tolist() == [False, False, False, True]
    settled = hazards.without_error_bars(values, tails([4.1, 2.7, 2.6, 1.9], degree=degree, outward=1.0))
    assert np.isfinite(settled["pair_number_stderr"]).all()


def test_there_is_no_error_bar_without_a_variance():
    values = {
        "energy": np.arange(3.0),
        "energy_stderr": np.ones(3),
        "energy_step_error": np.ones(3),
        "mean_field_stderr": np.ones((3, 2), dtype=complex),
        "quadrature_covariance_stderr": np.ones((3, 2, 2)),
        "maximum_power_stderr": np.float64(1.0),
    }
    masked = hazards.without_error_bars(values, tails([9.0, 5.0, 1.9]))
    assert np.isfinite(masked["energy_stderr"]).tolist() == [True, True, False]
    assert np.isnan(masked["mean_field_stderr"][2]).all()
    assert np.isnan(masked["mean_field_stderr"][2].imag).all()
    assert np.isfinite(masked["quadrature_covariance_stderr"][:2]).all()
    assert np.isnan(masked["quadrature_covariance_stderr"][2]).all()
    assert np.isnan(masked["maximum_power_stderr"])
    assert all(masked[name] is values[name] for name in ("energy", "energy_step_error"))
    assert masked["mean_field_stderr"].dtype == complex
    untouched = hazards.without_error_bars(values, tails([9.0, 9.0, 9.0]))
    assert all(untouched[name] is values[name] for name in values)


# --- the real interval ------------------------------------------------------------------------------------------------


def test_steps_beyond_the_real_interval_are_seen():
    equations = positive_p(battery(0.8, 1.5).eliminated())
    (finding,) = hazards.of_interval(equations, np.array([0.0, 90, 400, 0]), 10_000)
    assert finding.verdict is Verdict.DOUBT
    assert finding.at.tolist() == [False, False, True, True]
    assert finding.reason == (
        "the steps of up to 4% of the trajectories went beyond the interval in which exact solutions stay real: "
        "averages can be biased. Use PositiveP(integrator=BoundedTwoPoint()), or shorter steps."
    )
    assert hazards.of_interval(equations, np.array([0.0, 90, 99, 0]), 10_000) == []


@pytest.mark.parametrize(
    "system",
    [
        qb.DopoBattery(),
        qb.DopoBattery(pump=3j).eliminated(),
        absorber(0.2, 1.0),
        qb.DopoBattery(detuning=0.1).eliminated(),
    ],
    ids=["pump mode", "complex pump", "absorber", "detuned"],
)
def test_other_equations_may_leave_the_real_numbers(system):
    assert hazards.of_interval(positive_p(system), np.full(4, 10_000.0), 10_000) == []


def test_a_start_outside_the_interval_may_be_complex():
    hamiltonian = 0.25j * (a.dag**2 - a**2)
    for start, findings in ((0.9, 1), (1.1, 0)):  # ε = 0.5, Γ = 0.5: the interval ends at 1
        system = qb.OpenSystem(hamiltonian, {a: 1.0, a**2: 0.5}, {a: start})
        assert len(hazards.of_interval(positive_p(system), np.full(2, 5_000.0), 10_000)) == findings


# --- whole runs -------------------------------------------------------------------------------------------------------


def test_the_verdict_at_a_time_is_the_worst_that_holds_then():
    at = np.array([False, True, True, False])
    findings = [Finding(Verdict.DOUBT, "a", at), Finding(Verdict.REJECT, "b", ~at & [False, False, True, True])]
    assert verdict_by_time(findings, 4).tolist() == [0, 1, 1, 2]
    assert verdict_by_time([*findings, Finding(Verdict.DOUBT, "always")], 4).tolist() == [1, 1, 1, 2]
    assert verdict_by_time([], 2).tolist() == [0, 0]


def absorbing(loss):
    case = Case("absorber", "", absorber(loss, 1.6), np.linspace(0, 3, 31), 11, (46,), finer=8.0)
    return trial(case)


def test_an_absorber_is_flagged_before_its_bias_shows():
    found = absorbing(1.1)
    assert found.wrong.any()
    first = found.wrong.argmax()
    assert found.by["tails"][:first].any()
    assert found.by["tails"][first:].all()
    assert not found.by["infinite"][: first + 1].any()
    assert not found.by["step"][: first + 1].any()


def test_a_weak_absorber_is_right_and_trusted():
    found = absorbing(0.2)
    assert not found.wrong.any()
    assert not found.flagged.any()
    assert found.tails[0].index.min() > 4.0


@pytest.mark.parametrize("bright", [0.0, 30.0, 1000.0])
def test_a_bright_mode_beside_it_hides_no_tail(bright):
    system = qb.OpenSystem(0 * a.dag * a, {a: 1.0, a**2: 1.1, b: 0.01}, {a: 1.6, b: bright})
    run = qb.simulate(system, np.linspace(0, 3, 7), qb.PositiveP(10_000, rng=11))
    reasons = json.loads(run.attrs["verdict_reasons"])
    assert any("of the drifts of a fall off like a power law" in reason for reason in reasons)
    assert np.isnan(run.energy_stderr.values[2:]).all()
    assert np.isfinite(run.energy_stderr.values[0])


def test_a_run_without_a_variance_has_no_error_bars_from_then_on():
    run = qb.simulate(battery(1.0, 1.5), np.linspace(0, 5, 21), qb.PositiveP(5_000, rng=3))
    verdicts = run.verdict_by_time.values
    assert run.attrs["verdict"] == "reject"
    assert verdicts[0] == 1  # the parameters alone give reason to doubt
    rejected = int((verdicts == 2).argmax())
    assert 2 < rejected < 20
    assert (verdicts[rejected:] == 2).all()
    reasons = json.loads(run.attrs["verdict_reasons"])
    (tail,) = [reason for reason in reasons if "no variance" in reason]
    since = float(tail.rsplit("From γ_s t = ", maxsplit=1)[1].removesuffix(" on."))
    heavy = run.time.values >= since
    for name in ("energy_stderr", "ergotropy_stderr", "quadrature_covariance_stderr"):
        assert np.isnan(run[name].values[heavy]).all()
        assert np.isfinite(run[name].values[1:3]).all()
    assert np.isnan(float(run.maximum_power_stderr))


def test_the_command_speaks_before_and_after_and_prints_no_error_bar(capsys, caplog, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = ["--method=positive-p", "--kappa=10", "--pump=1", "--trajectories=2560", "--until=3", "--samples=5"]
    with pytest.raises(SystemExit) as left:
        cli.main(["charge", *given, "--seed=1"])
    assert left.value.code == cli.FAILED
    assert [record.levelname for record in caplog.records][:2] == ["WARNING"] * 2
    assert caplog.messages[0].startswith("doubt: signal loses quanta in pairs at an effective rate of 5.88")
    assert caplog.messages[1].startswith("reject: ")
    assert "of 1,024 trajectories of the pilot run became infinite or NaN" in caplog.messages[1]
    text = capsys.readouterr().out
    assert "verdict   reject" in text
    assert "loses quanta in pairs" in text
    (energy,) = [line for line in text.splitlines() if "energy E" in line]
    assert [cell.strip() for cell in energy.split("│")[2:4]] == ["nan", "unknown"]


def test_error_bars_are_not_waited_for_where_there_are_none():
    method = qb.PositiveP(target_stderr=1e-4, rng=1)
    run = qb.simulate(battery(2.0, 1.5), [0.0, 2.0], method)
    assert run.attrs["verdict"] == "reject"
    assert run.attrs["trajectories"] <= 40 * 1024


def test_latecomers_of_a_large_ensemble_do_not_run_away(monkeypatch):
    """3 F_th at n̄ ≈ 6 400: most have settled, and the drifts of those on the way fall off like a power law."""
    battery, times = qb.DopoBattery(pump=60.0, kappa=0.05), [0.0, 8.0, 10.0, 12.0]
    method = qb.PositiveP(20_000, rng=1)
    assert qb.simulate(battery, times, method).verdict == "trust"
    monkeypatch.setattr(runaway, "OUTWARD", 0.0)
    assert qb.simulate(battery, times, method).verdict == "reject"

"""What a user must not be told silently: work that the moments do not support, wrong estimators, wrong units."""

import json

import numpy as np
import pytest

import phasespace_qb as qb

(a,) = qb.modes("a")


def test_a_phase_symmetric_laser_is_not_trusted_for_its_work():
    """No squeezing, no branches: the fit has nothing to hold on to, and e^(−N) explodes for wild samples."""
    laser = qb.OpenSystem(0 * a.dag * a, loss={a: 1.0, a.dag: 1.3, a**2: 0.02})
    run = qb.simulate(laser, [5.0, 10.0, 20.0], qb.PositiveP(20_000, rng=1))
    assert run.verdict in ("doubt", "reject")
    assert not (np.abs(run.ergotropy_incoherent) > run.energy + 1).any()


def coupled(injection):
    """Two of the paper's oscillators that exchange signal photons."""
    (s, t), (p, q) = qb.modes("s", "t"), qb.modes("p", "q")
    half = 0.25j * (s.dag**2 * p + t.dag**2 * q) + 12j * (p.dag + q.dag) + injection * s.dag * t
    return qb.OpenSystem(half + half.dag, loss={s: 1.0, t: 1.0, p: 16.0, q: 16.0})


def test_a_joint_parity_counts_as_parity_of_each_member():
    system = coupled(0.05)
    assert system.keeps_parity("s")
    assert system.keeps_parity("t")
    assert not system.keeps_parity("p")
    weak, none = (qb.simulate(coupled(injection), [15.0], qb.PositiveP(10_000, rng=2)) for injection in (1e-6, 0.0))
    assert float(weak.ergotropy[0]) == pytest.approx(float(none.ergotropy[0]), rel=0.02)
    assert weak.branches[0] == none.branches[0]


@pytest.mark.parametrize("broken", ["drive", "start", "jump"])
def test_parity_is_lost_where_the_symmetry_is(broken):
    s, t = qb.modes("s", "t")
    hamiltonian = 0.3 * (s.dag * t + t.dag * s)
    if broken == "drive":
        hamiltonian = hamiltonian + 0.1 * (t + t.dag)
    system = qb.OpenSystem(
        hamiltonian,
        {s: 1.0, t: 1.0} | ({t + t**2: 0.1} if broken == "jump" else {}),
        {t: 1.0} if broken == "start" else {},
    )
    assert not system.keeps_parity("s")
    assert qb.OpenSystem(0.3 * (s.dag * t + t.dag * s), {s: 1.0, t: 1.0}).keeps_parity("s")


def test_a_linear_system_is_gaussian_and_not_doubted_for_its_shape():
    driven = qb.OpenSystem(1j * 2.0 * (a.dag - a), {a: 1.0}, start={a: 5.0})
    run = qb.simulate(driven, [0.0, 1.0, 5.0], qb.TruncatedWigner(20_000, rng=3))
    assert run.verdict == "trust"
    assert float(np.abs(run.variance_deviation).max()) < 0.1


def test_a_kerr_cavity_is_doubted_for_its_shape_and_its_error_says_how_much():
    kerr = qb.OpenSystem(0.15 * a.dag**2 * a**2 + 1.5 * (a + a.dag), {a: 1.0})
    run = qb.simulate(kerr, [6.0], qb.TruncatedWigner(40_000, rng=4))
    assert run.verdict == "doubt"
    assert float(run.ergotropy_estimator_error[0]) > 3 * float(run.ergotropy_stderr[0])
    assert any("one Gaussian" in reason for reason in json.loads(run.verdict_reasons))


def test_units_are_those_of_gamma_s_only_where_it_is_the_unit():
    runs = [qb.simulate(qb.DopoBattery(gamma_s=rate), [0.5], qb.PositiveP(2_560, rng=5)) for rate in (1.0, 2.0)]
    assert [run.time.attrs["units"] for run in runs] == ["1/gamma_s", "1/rate unit"]
    assert [run.charging_power.attrs["units"] for run in runs] == ["hbar omega_s gamma_s", "hbar omega_s rate unit"]
    assert all(run.energy.attrs["units"] == "hbar omega_s" for run in runs)


def test_sums_that_do_not_fit_are_refused_before_the_run():
    with pytest.raises(ValueError, match=r"`times` must be few enough for .* GiB of sums, got an array that needs"):
        qb.simulate(qb.DopoBattery(pump=40.0), np.linspace(0, 10, 2_000_000), qb.PositiveP(2_560, step=1e-5))


def test_an_undeclared_jump_of_the_pump_is_refused_with_the_place():
    with pytest.raises(ValueError, match=r"Near t = 3\.\d+ a drive changes within it; .* breakpoints"):
        qb.simulate(qb.DopoBattery(pump=lambda t: 3.0 if t < 3.333 else 0.0), [5.0], qb.PositiveP(2_560))


METHODS = {
    "positive-P": qb.PositiveP(2_560, rng=7),
    "truncated Wigner": qb.TruncatedWigner(2_560, rng=7),
    "linear noise": qb.LinearNoise(),
    "Lindblad": qb.Lindblad((12, 8)),
    "eliminated": qb.EliminatedSteadyState(),
}


@pytest.mark.parametrize("name", METHODS)
def test_every_method_says_at_each_time_how_far_it_may_be_trusted(name):
    run = qb.simulate(qb.DopoBattery(pump=1.0), [0.5, 1.0, 2.0], METHODS[name])
    verdicts = run.verdict_by_time
    assert verdicts.dtype == np.int8
    assert verdicts.dims == ("time",)
    assert verdicts.attrs["flag_values"].tolist() == [0, 1, 2]
    meanings = verdicts.attrs["flag_meanings"].split()
    assert meanings == ["trust", "doubt", "reject"]
    assert meanings[int(verdicts.max())] == run.verdict


def test_reasons_say_since_when_and_survive_a_file(tmp_path):
    run = qb.simulate(qb.DopoBattery(pump=3.0), np.linspace(0, 12, 7), qb.TruncatedWigner(5_000, rng=8))
    few = run.photon_number.sel(mode="signal").values < 10
    assert 3 < few.sum() < 7
    assert run.verdict_by_time.values.tolist() == few.astype(int).tolist()
    (reason,) = json.loads(run.verdict_reasons)
    last = run.time.values[few][-1]
    assert reason.endswith(f"Use PositiveP. At {few.sum()} times from γ_s t = 0 to {last:g}.")
    assert qb.load(qb.save(run, tmp_path / "run.nc")).identical(run)


def test_steady_states_have_a_verdict_too():
    run = qb.steady_state(qb.DopoBattery(pump=0.5), qb.Lindblad((12, 8)), slow_modes=False)
    assert run.verdict_by_time.shape == (1,)
    assert run.verdict_by_time[0] == 0


def test_few_photons_are_spoken_of_before_the_run(caplog):
    seen = []
    qb.simulate(
        qb.DopoBattery(pump=1.0), [1.0], qb.TruncatedWigner(2_560, rng=9),
        progress=lambda *_: seen.append(caplog.text),
    )  # fmt: skip
    assert "photon number is below 10" in seen[0]


def test_a_coarse_step_is_spoken_of_before_the_run(caplog):
    qb.simulate(qb.DopoBattery(), [1.0], qb.PositiveP(2_560, step=0.06, rng=9))
    assert "doubt: a step of 0.06 is near the longest one that works" in caplog.text


def test_parameter_rules_speak_before_the_run(caplog):
    seen = []
    qb.simulate(
        qb.DopoBattery(detuning=0.5), [0.1], qb.PositiveP(2_560, rng=6),
        progress=lambda *_: seen.append(len(caplog.records)),
    )  # fmt: skip
    assert "detuning" in caplog.text
    assert seen[0] >= 1

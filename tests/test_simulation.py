"""The whole pipe as a user meets it: what is refused, what is reproduced, and identities that every result obeys."""

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import phasespace_qb as qb
from tests.runs import TIMES, TRAJECTORIES, paper_run

FEW = qb.PositiveP(256, rng=1)
MOST_SIGMA = 4.5

a, b = qb.modes("a", "b")
KERR = qb.OpenSystem(0.1 * a.dag**2 * a**2 + a.dag + a, loss={a: 1.0})
LINEAR = qb.OpenSystem(0.3 * a.dag * a + 0.8j * (a.dag - a), loss={a: 1.0}, start={a: 2 + 1j})


def linear_amplitude(times):
    """dα/dt = −(½ + 0.3i) α + 0.8 from 2 + i."""
    rate = 0.5 + 0.3j
    steady = 0.8 / rate
    return steady + (2 + 1j - steady) * np.exp(-rate * np.asarray(times))


def reasons(run):
    return json.loads(run.attrs["verdict_reasons"])


def numbers(run):
    return run.drop_attrs()


BAD_TIMES = {
    "none": None,
    "text": "3",
    "texts": ["1", "2"],
    "words": "soon",
    "complex": [1.0, 2j],
    "truth": True,
    "truths": [False, True],
    "dates": np.array([1, 2], "m8[s]"),
    "dictionary": {},
    "ragged": [[1.0], [1.0, 2.0]],
    "masked": np.ma.masked_array([1.0, 2.0, 3.0], [0, 1, 0]),
    "nan": [0.0, np.nan],
    "infinite": [0.0, np.inf],
    "descending": [2.0, 1.0],
    "repeated": [1.0, 1.0],
    "negative": [-1.0, 0.0],
    "empty": [],
    "two-dimensional": [[0.0, 1.0]],
    "too long": [1e9],
    "far too long": [1e308],
}


@pytest.mark.parametrize("name", BAD_TIMES)
def test_bad_times_are_refused(name):
    with pytest.raises((TypeError, ValueError), match=r"(?s)^`times` must be .*, got .*\."):
        qb.simulate(qb.DopoBattery(), BAD_TIMES[name], FEW)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("system", (None, [1.0], FEW)),
        ("system", (qb.DopoBattery, [1.0], FEW)),
        ("system", ("DopoBattery", [1.0], FEW)),
        ("method", (qb.DopoBattery(), [1.0], qb.PositiveP)),
        ("method", (qb.DopoBattery(), [1.0], "PositiveP")),
        ("method", (qb.DopoBattery(), [1.0], 1_000)),
        ("times", (qb.DopoBattery(), FEW, [1.0])),
        ("executor", (qb.DopoBattery(), [1.0], FEW, 3)),
    ],
)
def test_arguments_of_another_type_are_refused(name, arguments):
    with pytest.raises(TypeError, match=rf"^`{name}` must be .*, got .*\."):
        qb.simulate(*arguments)


@pytest.mark.parametrize("kind", [qb.PositiveP, qb.TruncatedWigner])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("trajectories", value) for value in (0, -1, 1.5, np.nan, np.inf, True, "100", 10**11)],
        *[("step", value) for value in (0, -0.1, np.nan, np.inf, True, "0.1", 1j)],
        *[("integrator", value) for value in (qb.Heun, "Heun", None)],
        *[("rng", value) for value in (-1, 1.0, True, "1", [1], np.random.RandomState(1), np.random.PCG64(1))],
        ("rng", np.random.Generator),
    ],
)
def test_bad_settings_of_a_method_are_refused(kind, name, value):
    with pytest.raises((TypeError, ValueError), match=rf"^`{name}` must be .*, got .*\."):
        kind(**{name: value})


def test_a_step_that_cannot_work_is_refused_with_a_remedy():
    with pytest.raises(ValueError, match=r"^`step` must be shorter than .*, got 1\. Use 0\.02, or leave it out\.$"):
        qb.simulate(qb.DopoBattery(), [1.0], qb.PositiveP(256, step=1))


def test_a_system_beyond_second_order_is_refused():
    with pytest.raises(qb.NoSecondOrderEquation, match="TruncatedWigner"):
        qb.simulate(qb.OpenSystem(a.dag**3 + a**3, loss={a: 1.0}), [1.0], FEW)


# Reproducibility


def test_same_seed_same_numbers_with_any_executor():
    again = qb.simulate(qb.DopoBattery(), TIMES, qb.PositiveP(TRAJECTORIES, rng=1))
    assert again.identical(paper_run())
    for workers in (1, 3):
        with ThreadPoolExecutor(workers) as executor:
            run = qb.simulate(qb.DopoBattery(), TIMES, qb.PositiveP(TRAJECTORIES, rng=1), executor)
        assert run.identical(paper_run()), workers
    other = qb.simulate(qb.DopoBattery(), TIMES, qb.PositiveP(TRAJECTORIES, rng=2))
    assert (other.energy[1:] != paper_run().energy[1:]).all()


@pytest.mark.parametrize(
    "rng",
    [lambda: None, lambda: np.random.default_rng(3), lambda: np.random.SeedSequence(4), lambda: 10**30, lambda: 0],
    ids=["None", "Generator", "SeedSequence", "large", "zero"],
)
def test_the_recorded_seed_reproduces_the_run(rng):
    run = qb.simulate(qb.DopoBattery(), [0.5, 1.0], qb.PositiveP(256, rng=rng()))
    again = qb.simulate(qb.DopoBattery(), [0.5, 1.0], qb.PositiveP(256, rng=int(run.attrs["seed"])))
    assert again.identical(run)


def test_a_generator_is_drawn_from_once_for_each_run():
    method = qb.PositiveP(256, rng=np.random.default_rng(3))
    first, second = (qb.simulate(qb.DopoBattery(), [1.0], method) for _ in range(2))
    assert first.attrs["seed"] != second.attrs["seed"]
    fresh = np.random.default_rng(3)
    assert [int(fresh.integers(0, 2**63)) for _ in range(2)] == [int(r.attrs["seed"]) for r in (first, second)]


def test_saving_fewer_times_changes_nothing_at_those_that_stay():
    for kept in ([0.0, 4.0, 8.0], [8.0]):
        run = qb.simulate(qb.DopoBattery(), kept, qb.PositiveP(TRAJECTORIES, rng=1, step=0.02))
        for name in ("energy", "ergotropy", "pair_number"):
            assert np.allclose(run[name], paper_run()[name].sel(time=kept), rtol=1e-9, atol=1e-12), name
    assert run.sizes["time"] == run.sizes["portrait_time"] == 1


def test_progress_is_told_and_reaches_the_end():
    seen = []
    qb.simulate(qb.DopoBattery(), [1.0], FEW, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(128, 256), (256, 256)]


# What a result says about itself


def test_a_run_says_where_it_comes_from():
    attributes = paper_run().attrs
    assert attributes["verdict"] == "trust"
    assert json.loads(attributes["verdict_reasons"]) == json.loads(attributes["dropped_terms"]) == []
    expected = {"model": "DopoBattery", "storage_mode": "signal", "method": "positive-P", "seed": "1"}
    assert {name: attributes[name] for name in expected} == expected
    assert attributes["trajectories"] == TRAJECTORIES
    assert json.loads(attributes["parameters"])["kappa"] == "0.5"
    assert attributes["step"] * attributes["steps"] == pytest.approx(TIMES[-1])
    assert {"integrator", "block_size", "coefficients_sha256", "phasespace_qb_version", "numpy_version"} <= {
        *attributes
    }
    assert "python_version" in attributes


def test_the_digest_of_the_coefficients_tells_runs_apart():
    def digest(**parameters):
        return qb.simulate(qb.DopoBattery(**parameters), [0.1], FEW).attrs["coefficients_sha256"]

    assert digest(pump=3.0) == digest(pump=3.0 + 0j) != digest(pump=3.1)


def test_a_run_can_be_pickled_and_copied_into_a_file(tmp_path):
    qb.save(paper_run(), tmp_path / "run.nc")
    assert qb.load(tmp_path / "run.nc").identical(paper_run())


# Identities


def test_parts_of_the_energy_add_up():
    run = paper_run()
    assert np.allclose(run.energy, run.passive_energy + run.ergotropy, atol=1e-12)
    assert np.allclose(run.ergotropy, run.ergotropy_coherent + run.ergotropy_incoherent, atol=1e-12)
    assert np.allclose(run.energy, run.photon_number.sel(mode="signal"), atol=1e-12)
    assert np.allclose(run.energy_stderr, run.photon_number_stderr.sel(mode="signal"), atol=1e-12)
    assert np.allclose(run.charging_power[1:], run.ergotropy[1:] / run.time[1:], atol=1e-12)
    assert float(run.charging_power[0]) == 0.0
    assert float(run.maximum_power) >= float(run.charging_power.max()) - 1e-3


def test_covariance_is_that_of_the_moments_and_starts_in_vacuum():
    run = paper_run()
    covariance = run.quadrature_covariance.values
    assert np.array_equal(covariance[0], np.eye(2) / 2)
    assert np.array_equal(covariance, covariance.transpose(0, 2, 1))
    trace = np.trace(covariance, axis1=1, axis2=2)
    assert np.allclose(trace, 2 * run.energy + 1, atol=0.01)  # a mean field of noise would be counted here
    assert np.allclose(covariance[:, 0, 0] - covariance[:, 1, 1], 2 * run.pair_amplitude[:, 0].real, atol=1e-9)


def test_number_distribution_is_one():
    run = paper_run()
    p = run.number_distribution.values
    assert np.abs(p.sum(axis=1) - 1).max() < 1e-6
    assert np.allclose(p[0], np.eye(1, p.shape[1])[0], rtol=0, atol=1e-6)
    assert np.abs(p @ np.arange(p.shape[1]) - run.energy.values).max() < 1e-3
    assert p[-1].min() > -5 * run.number_distribution_stderr.values[-1].max()


def test_rate_of_the_energy_is_what_conversion_brings_and_loss_takes():
    """d(n̄ + 2n̄_p)/dt = 4√γ_p F Re⟨a_p⟩ − γ_s n̄ − 2γ_p n̄_p, integrated over the run: conversion drops out."""
    times = np.linspace(0.0, 4.0, 161)
    run = qb.simulate(qb.DopoBattery(), times, qb.PositiveP(2_560, rng=5))
    n, n_p = run.photon_number.sel(mode="signal").values, run.photon_number.sel(mode="pump").values
    fed = 2 * 4.0 * 3.0 * run.mean_field.sel(mode="pump").real.values
    gained = np.trapezoid(2 * fed - 2 * 16.0 * n_p - n, times)
    assert gained == pytest.approx(n[-1] + 2 * n_p[-1], abs=0.06 * n[-1])
    wrong = np.trapezoid(fed - 2 * 16.0 * n_p - n, times)
    assert wrong != pytest.approx(n[-1] + 2 * n_p[-1], abs=0.06 * n[-1])


# Physics with closed forms


def test_a_coherent_state_is_all_work_and_known_exactly():
    times = [0.0, 0.5, 1.0, 3.0]
    run = qb.simulate(LINEAR, times, qb.PositiveP(2_560, step=0.002, rng=1))
    alpha = linear_amplitude(times)
    assert np.allclose(run.mean_field[:, 0], alpha, atol=1e-5)
    assert np.allclose(run.ergotropy, np.abs(alpha) ** 2, atol=2e-5)
    assert np.allclose(run.passive_energy, 0.0, atol=1e-9)
    assert float(run.ergotropy_stderr.max()) < 1e-12
    assert np.allclose(run.quadrature_covariance, np.eye(2) / 2, atol=1e-9)
    assert run.attrs["verdict"] == "trust"


def test_a_coherent_state_in_truncated_wigner_agrees_within_its_errors():
    times = [0.5, 1.0, 3.0]
    run = qb.simulate(LINEAR, times, qb.TruncatedWigner(8_192, step=0.01, rng=1))
    z = (run.energy - np.abs(linear_amplitude(times)) ** 2) / run.energy_stderr
    assert float(np.abs(z).max()) < MOST_SIGMA
    assert float(run.energy_stderr.min()) > 1e-3
    assert "number_distribution" not in run  # a Gaussian state is known by its moments


def test_a_phase_of_the_pump_turns_the_state_and_stores_the_same():
    run = qb.simulate(qb.DopoBattery(pump=3 * np.exp(0.7j)), TIMES, qb.PositiveP(TRAJECTORIES, rng=11))
    for name in ("energy", "ergotropy", "pair_number"):
        real, turned = paper_run()[name], run[name]
        if "mode" in real.dims:
            real, turned = real.isel(mode=0), turned.isel(mode=0)
        error = np.hypot(paper_run()[f"{name}_stderr"].values[1:], run[f"{name}_stderr"].values[1:])
        error = error if error.ndim == 1 else error[:, 0]
        assert np.abs((turned - real).values[1:] / error).max() < MOST_SIGMA, name
    pair = complex(run.pair_amplitude[-1, 0])
    assert np.angle(pair * np.exp(-0.7j)) == pytest.approx(0.0, abs=0.05)
    assert np.angle(pair) == pytest.approx(0.7, abs=0.05)
    assert pair.imag > 10 * run.pair_amplitude_stderr[-1, 0].values.imag


def test_without_pump_the_energy_decays_at_the_rate_of_the_loss():
    """After the pump mode has rung down (e^(−8) in 1/γ_s), n̄ falls as e^(−t), but for two-photon loss below 0.1 %."""
    battery = qb.DopoBattery(pump=qb.SwitchedOff(20.0, at=4.0), kappa=0.05)
    run = qb.simulate(battery, [4.0, 5.5, 6.5, 7.5], qb.PositiveP(2_560, rng=1))
    energy = run.energy.values
    assert energy[2] / energy[1] == pytest.approx(np.exp(-1.0), rel=2e-3)
    assert energy[3] / energy[1] == pytest.approx(np.exp(-2.0), rel=4e-3)
    assert np.abs(run.mean_field.values[1:, 1]).max() < 1e-3
    kept_on = qb.simulate(qb.DopoBattery(pump=20.0, kappa=0.05), [5.5, 6.5], qb.PositiveP(2_560, rng=1))
    assert kept_on.energy[1] / kept_on.energy[0] > 1


def test_a_pump_that_is_off_stores_nothing():
    run = qb.simulate(qb.DopoBattery(pump=0), [0.0, 1.0], qb.PositiveP(2_560, rng=1))
    assert (run.energy == 0).all()
    assert np.abs(run.ergotropy).max() < 1e-12
    assert np.abs(run.maximum_power) < 1e-12


# Verdicts


@pytest.mark.parametrize("trajectories", [1, 100, 2_432])
def test_too_few_trajectories_have_no_error_bars_and_say_why(trajectories):
    run = qb.simulate(qb.DopoBattery(), TIMES[:3], qb.PositiveP(trajectories, rng=1))
    assert np.isfinite(run.energy).all()
    assert run.energy_stderr.isnull().all()
    assert run.maximum_power_stderr.isnull().all()
    assert run.attrs["verdict"] == "doubt"
    assert any("too few for error bars" in reason for reason in reasons(run))
    assert run.sizes["trajectory"] == min(trajectories, 2_000)


def test_the_number_of_trajectories_that_it_recommends_is_enough():
    run = qb.simulate(qb.DopoBattery(), TIMES[:3], qb.PositiveP(2_560, rng=1))
    assert (run.energy_stderr[1:] > 0).all()
    assert run.attrs["verdict"] == "trust"


def test_diverging_trajectories_reject_the_run_and_leave_no_number_behind():
    run = qb.simulate(qb.DopoBattery(kappa=8, pump=10, gamma_p=1), np.linspace(0, 4, 9), qb.PositiveP(2_560, rng=1))
    assert run.attrs["verdict"] == "reject"
    assert "became infinite or NaN" in reasons(run)[0]
    for name in ("energy", "ergotropy", "photon_number", "pair_amplitude", "quadrature_covariance"):
        lost = run[name].isnull()
        flat = lost.any([dim for dim in lost.dims if dim != "time"])
        assert not flat[0], name
        assert flat[-1], name
        assert (np.diff(flat.values.astype(int)) >= 0).all(), name
    assert run.maximum_power.isnull()
    assert np.isfinite(run.energy_stderr[0])


def test_truncated_wigner_is_doubted_at_few_photons_and_lists_what_it_dropped():
    run = qb.simulate(qb.DopoBattery(pump=1.0), [0.0, 1.0], qb.TruncatedWigner(2_560, rng=1))
    assert run.attrs["verdict"] == "doubt"
    assert any("truncated Wigner is biased" in reason for reason in reasons(run))
    dropped = json.loads(run.attrs["dropped_terms"])
    assert dropped
    assert all("signal" in term for term in dropped)
    assert run.attrs["method"] == "truncated Wigner"


def test_detuned_positive_p_is_doubted():
    run = qb.simulate(qb.DopoBattery(detuning=0.5), [0.0, 1.0], qb.PositiveP(2_560, rng=1))
    assert run.attrs["verdict"] == "doubt"
    assert any("rotates (detuning)" in reason for reason in reasons(run))


def test_a_users_kerr_cavity_takes_the_same_road():
    run = qb.simulate(KERR, [0.0, 0.5, 1.0], qb.TruncatedWigner(2_560, rng=1))
    assert run.attrs["model"] == "OpenSystem"
    assert run.attrs["storage_mode"] == "a"
    assert json.loads(run.attrs["dropped_terms"])
    assert np.isfinite(run.energy).all()
    exact = qb.simulate(KERR, [0.0, 0.5, 1.0], qb.Lindblad((24,)))
    bound = MOST_SIGMA * run.ergotropy_stderr + run.ergotropy_estimator_error
    assert (np.abs(run.ergotropy - exact.ergotropy) <= bound).all()


def test_the_storage_mode_can_be_chosen_and_power_needs_an_empty_start():
    system = qb.OpenSystem(0.4 * (a.dag * b + b.dag * a), loss={a: 1.0, b: 0.5}, start={b: 1.5}, storage=b)
    run = qb.simulate(system, [0.0, 0.5], qb.PositiveP(2_560, rng=1))
    assert run.attrs["storage_mode"] == "b"
    assert float(run.energy[0]) == pytest.approx(2.25)
    assert np.isnan(run.charging_power[0])
    assert np.isfinite(run.maximum_power)

"""Correlations that may not be trusted as they are: unsettled, ringing, too short, too large; and what says so."""

import json

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.two_time.variables import DESCRIBED
from tests.two_time.test_correlations import BELOW, CLEAN, FAST_LAGS, LAGS, OMEGA, SINCE, below


def reasons(result):
    return " ".join(json.loads(result.verdict_reasons))


def test_few_trajectories_have_no_error_and_say_so():
    corr = qb.correlations(CLEAN, FAST_LAGS, qb.PositiveP(500, rng=1), since=1.0)
    assert corr.verdict == "doubt"
    assert np.isnan(corr.first_order_correlation_stderr).all()
    assert np.isfinite(corr.first_order_correlation).all()
    spectrum = qb.squeezing_spectrum(corr, OMEGA)
    assert np.isnan(spectrum.output_spectrum_stderr).all()


def test_an_ensemble_that_diverges_is_rejected():
    wild = qb.DopoBattery(pump=1.0, kappa=10.0)
    corr = qb.correlations(wild, FAST_LAGS, qb.PositiveP(3_000, rng=1), since=5.0)
    assert corr.verdict == "reject"
    assert np.isnan(corr.first_order_correlation[-1])
    assert qb.switching_time(corr).verdict == "reject"
    assert qb.squeezing_spectrum(corr, OMEGA).verdict == "reject"


def test_a_record_that_has_not_settled_is_doubted():
    battery = qb.DopoBattery(pump=1.3, kappa=0.8, gamma_p=6.0)
    early, late = (
        qb.correlations(battery, FAST_LAGS, qb.PositiveP(5_120, rng=1), since=since, until=since + 6)
        for since in (0.0, 12.0)
    )
    assert early.verdict == "doubt"
    assert "the state has not settled at `since`: the photon number is" in reasons(early)
    assert "not settled" not in reasons(late)
    assert late.verdict == "trust"


def test_a_start_in_a_branch_may_decay_but_its_mean_may_not_be_subtracted():
    bright = qb.DopoBattery().at(threshold_ratio=1.5, noise_parameter=0.25).system(start="branch")
    method = qb.PositiveP(2_560, rng=1, step=0.02)
    corr = qb.correlations(bright, np.linspace(0, 24, 49), method, since=10, until=60)
    assert corr.verdict == "trust"
    assert qb.switching_time(corr).verdict == "trust"
    for found in (qb.correlation_time(corr), qb.squeezing_spectrum(corr, OMEGA)):
        assert found.verdict == "doubt"
        assert "the mean field, which is subtracted, has not settled" in reasons(found)


def test_ordinary_ensembles_are_not_doubted_for_what_their_errors_cover():
    for seed in range(3):
        corr = qb.correlations(BELOW, LAGS, qb.PositiveP(2_560, rng=seed), since=20, until=60)
        assert qb.squeezing_spectrum(corr, OMEGA).verdict == "trust"


def test_the_order_of_operators_is_said():
    symmetric, normal = (
        qb.correlations(CLEAN, FAST_LAGS, method(1_280, rng=5), since=SINCE)
        for method in (qb.TruncatedWigner, qb.PositiveP)
    )
    for name in ("first_order_correlation", "anomalous_correlation"):
        assert "symmetric order" in symmetric[name].attrs["long_name"]
        assert symmetric[name].attrs["symbol"] != normal[name].attrs["symbol"] == DESCRIBED[name].symbol
        assert "symmetric order" in symmetric[f"{name}_stderr"].attrs["long_name"]


def test_sums_that_do_not_fit_the_memory_are_refused_before_any_work(monkeypatch):
    monkeypatch.setattr("os.sysconf", lambda name: 2**12 if name == "SC_PAGE_SIZE" else 2**16)
    with pytest.raises(ValueError, match=r"^`until` must be few enough for 0\.125 GiB of sums.*earlier `until`"):
        qb.correlations(CLEAN, FAST_LAGS, since=SINCE, until=10_000)


def test_the_provenance_is_that_of_all_trajectories():
    corr = below()
    run = qb.simulate(BELOW, [1.0], qb.PositiveP(128, rng=2))
    for name in ("coefficients_sha256", "integrator", "noise", "seed", "step", "step_reason", "dropped_terms"):
        assert name in corr.attrs
    assert set(run.attrs) <= set(corr.attrs) | {"title"}


@pytest.mark.slow
@pytest.mark.parametrize("longest", [3, 6])
def test_short_lags_do_not_give_a_switching_time(longest):
    """The exact T is 69.39; without its estimator error the result is wrong by many standard errors."""
    battery = qb.DopoBattery().at(threshold_ratio=1.5, noise_parameter=0.16)
    method = qb.PositiveP(10_000, step=0.01, rng=16)
    found = qb.switching_time(qb.correlations(battery, np.linspace(0, longest, 31), method, since=12, until=32))
    missed, error = abs(float(found.switching_time) - 69.39), float(found.switching_time_stderr)
    assert missed > 3 * error
    assert missed < float(found.switching_time_estimator_error)
    assert found.verdict == "doubt"
    assert "Use longer lags" in reasons(found)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_spectra_of_a_detuned_amplifier_whose_correlations_ring(seed):
    (a,) = qb.modes("a")
    system = qb.OpenSystem(1.5 * a.dag * a + 0.2j * (a.dag**2 - a**2), {a: 1.0})
    corr = qb.correlations(system, np.linspace(0, 10, 101), qb.PositiveP(20_480, rng=seed), since=15, until=35)
    drift = np.array([[-0.5 - 1.5j, 0.4], [0.4, -0.5 + 1.5j]])
    steady = np.linalg.solve(np.kron(drift, np.eye(2)) + np.kron(np.eye(2), drift), [-0.4, 0, 0, -0.4]).reshape(2, 2)
    found = qb.squeezing_spectrum(corr, OMEGA)
    for row, angle in enumerate(found.angle.values):
        inverse = np.linalg.inv(-drift - 1j * OMEGA[:, None, None] * np.eye(2))
        pairs, normal = ((inverse + np.linalg.inv(-drift + 1j * OMEGA[:, None, None] * np.eye(2))) @ steady)[:, 0].T
        exact = (np.exp(-2j * angle) * pairs + normal).real
        each = found.isel(angle=row)
        missed = np.abs(each.intracavity_spectrum - exact) - each.intracavity_spectrum_estimator_error
        assert float((missed - each.intracavity_spectrum_step_error).max()) < 4.2 * float(
            each.intracavity_spectrum_stderr.max()
        )
        assert np.abs(exact).max() > 20 * float(each.intracavity_spectrum_estimator_error.max())
    assert "does not decay" not in reasons(found)


@pytest.mark.slow
def test_what_happens_within_a_branch_is_left_out_of_the_fit_of_small_ensembles_too():
    """T is 24.69.  Halves of all lags agree here; divided elsewhere they do not, and fits from lag 0 were 5 σ off."""
    battery, scores = qb.DopoBattery().at(threshold_ratio=1.5, noise_parameter=0.4), []
    for seed in (16, 19, 23, 26):
        method = qb.PositiveP(2_560, step=0.01, rng=seed)
        found = qb.switching_time(qb.correlations(battery, np.linspace(0, 25, 61), method, since=12, until=37))
        assert json.loads(found.window)[0] > 2
        scores.append(float((found.switching_time - 24.689) / found.switching_time_stderr))
    assert np.abs(scores).max() < 3

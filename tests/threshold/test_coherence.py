"""g⁽²⁾ from every method: against each other, with errors that hold."""

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.results.comparison import COMPARED

BATTERY = qb.DopoBattery(pump=1.5)
TIMES = np.array([0.0, 1.0, 3.0])
SEEDS = 20


def test_it_is_the_pair_number_over_the_photon_number_squared():
    run = qb.simulate(BATTERY, TIMES, qb.Lindblad((20, 8)))
    n, p = run.n.values, run.number_distribution.values[1:]
    value = run.second_order_coherence.sel(mode="signal").values
    assert np.isnan(value[0])
    assert value[1:] == pytest.approx((p @ (n * (n - 1))) / (p @ n) ** 2, rel=1e-9)
    assert "second_order_coherence" not in COMPARED


def test_the_cutoff_error_covers_what_the_cutoff_costs():
    low, high = (qb.simulate(BATTERY, TIMES, qb.Lindblad(cutoffs)) for cutoffs in ((10, 5), (24, 9)))
    gap = np.abs(low.second_order_coherence - high.second_order_coherence).values[1:, 0]
    bound = low.second_order_coherence_cutoff_error.values[1:, 0]
    assert (gap < bound).all()
    assert (gap > 1e-3 * bound).all()


def test_trajectories_state_an_error_that_holds():
    reference = qb.simulate(BATTERY, TIMES, qb.Lindblad((24, 9))).second_order_coherence.values[1:, 0]
    runs = [qb.simulate(BATTERY, TIMES, qb.PositiveP(2_560, rng=seed)) for seed in range(SEEDS)]
    values = np.array([run.second_order_coherence.values[1:, 0] for run in runs])
    errors = np.array([run.second_order_coherence_stderr.values[1:, 0] for run in runs])
    z = (values - reference) / errors
    assert 0.5 < np.mean(z**2) < 1.9
    assert np.isnan(runs[0].second_order_coherence.values[0, 0])
    assert (runs[0].second_order_coherence_step_error.values[1:, 0] < 0.1 * values[0]).all()
    # Pair and photon number vary together: as if they did not, the error would be far too large.
    n, pairs = (np.array([run[name].values[1:, 0] for run in runs]) for name in ("photon_number", "pair_number"))
    e_n, e_pairs = (
        np.array([run[f"{name}_stderr"].values[1:, 0] for run in runs]) for name in ("photon_number", "pair_number")
    )
    independent = values * np.hypot(e_pairs / pairs, 2 * e_n / n)
    assert independent[:, -1].mean() > 1.8 * errors[:, -1].mean()


@pytest.mark.parametrize(("ratio", "noise", "loss_ratio"), [(0.5, 0.5, 4.0), (1.0, 0.5, 16.0), (1.3, 0.3, 8.0)])
def test_the_elimination_states_what_it_costs(ratio, noise, loss_ratio):
    battery = qb.DopoBattery().at(threshold_ratio=ratio, noise_parameter=noise, loss_ratio=loss_ratio)
    without, whole = (
        qb.steady_state(battery, method, **options).isel(time=0, mode=0)
        for method, options in ((qb.EliminatedSteadyState(), {}), (qb.Lindblad((26, 10)), {"slow_modes": False}))
    )
    gap = abs(float(without.second_order_coherence - whole.second_order_coherence))
    assert 0.1 < gap / float(without.second_order_coherence_estimator_error) < 1


def test_the_errors_of_large_states_join_those_of_small_ones():
    at = {"threshold_ratio": 1.0, "loss_ratio": 16.0}
    runs = [
        qb.steady_state(qb.DopoBattery().at(noise_parameter=g2, **at), qb.EliminatedSteadyState()).isel(time=0, mode=0)
        for g2 in (1e-3, 1e-5)
    ]
    small, large = (float(run.second_order_coherence_estimator_error) * float(run.energy) for run in runs)
    assert 1 < large / small < 12


def test_linear_theory_has_that_of_a_gaussian_state():
    run = qb.simulate(qb.DopoBattery(1.0), TIMES, qb.LinearNoise()).isel(mode=0)
    n, pair = run.photon_number.values[1:], run.pair_amplitude.values[1:]
    assert run.second_order_coherence.values[1:] == pytest.approx(2 + np.abs(pair / n) ** 2, rel=1e-9)
    assert (run.second_order_coherence_estimator_error.values[1:] > 0).all()
    assert np.isnan(run.second_order_coherence.values[0])

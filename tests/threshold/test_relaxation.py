"""How long the approach to the steady state takes: invented curves, the Liouvillian's gap, and the universal time."""

import numpy as np
import pytest
import xarray as xr

import phasespace_qb as qb
from phasespace_qb.results.schema import dataset
from phasespace_qb.threshold.relaxation import _exponential

TIMES = np.linspace(0.0, 12.0, 61)


def curve(value, stderr=None):
    """A result with this energy."""
    values = {"energy": np.asarray(value)}
    if stderr is not None:
        values["energy_stderr"] = np.full(len(TIMES), stderr)
    return dataset(values, {"time": TIMES}, {})


@pytest.mark.parametrize("T", [0.8, 2.0, 4.0])
def test_one_exponential_is_found(T):
    found = qb.relaxation_time(curve(3 - 2 * np.exp(-TIMES / T)), "energy")
    assert float(found.relaxation_time) == pytest.approx(T, rel=1e-6)
    assert float(found.relaxation_time_estimator_error) < 1e-5 * T
    assert float(found.steady_value) == pytest.approx(3, rel=1e-6)
    assert float(found.amplitude) == pytest.approx(-2 * np.exp(-float(found.window_start) / T), rel=1e-5)


def test_a_second_exponential_is_covered_by_the_estimator_error():
    found = qb.relaxation_time(curve(3 - 2 * np.exp(-TIMES / 2) + 1.5 * np.exp(-TIMES / 0.7)), "energy")
    off = abs(float(found.relaxation_time) - 2)
    assert 0.2 * float(found.relaxation_time_estimator_error) < off < float(found.relaxation_time_estimator_error)


def test_the_error_holds_whatever_the_correlations():
    """Noise that is the same at neighbouring times moves T by more than independent noise would."""
    rng = np.random.default_rng(5)
    T, sigma, kept = 2.0, 0.01, np.exp(-0.2 / 2.0)
    z, independent = [], []
    for _ in range(60):
        noise = np.empty(len(TIMES))
        noise[0] = rng.standard_normal()
        for k in range(len(TIMES) - 1):
            noise[k + 1] = kept * noise[k] + np.sqrt(1 - kept**2) * rng.standard_normal()
        value = 3 - 2 * np.exp(-TIMES / T) + sigma * noise
        found = qb.relaxation_time(curve(value, sigma), "energy")
        off, begin = float(found.relaxation_time) - T, int(np.searchsorted(TIMES, float(found.window_start)))
        slopes = _exponential(TIMES[begin:], value[begin:], np.full(len(TIMES) - begin, sigma))[1]
        z.append(off / float(found.relaxation_time_stderr))
        independent.append(off / (sigma * np.sqrt(np.sum(slopes**2))))
    assert np.mean(np.abs(z) < 1) > 0.9
    assert np.abs(z).max() < 2
    # It is a bound that says something; and as if times were independent, the error would be too small.
    assert np.std(z) > 0.15
    assert np.mean(np.square(independent)) > 2


def test_what_the_data_do_not_say_is_nan():
    rng = np.random.default_rng(6)
    flat = qb.relaxation_time(curve(3 + 0.1 * rng.standard_normal(61), 0.1), "energy")
    straight = qb.relaxation_time(curve(1 + TIMES), "energy")
    fast = qb.relaxation_time(curve(3 - 2 * np.exp(-TIMES / 0.02)), "energy")
    lost = qb.relaxation_time(curve(np.where(TIMES < 10.5, np.nan, 3 - 2 * np.exp(-TIMES / 2))), "energy")
    for found in (flat, straight, fast):
        assert np.isnan(float(found.relaxation_time))
    assert lost.relaxation_time.shape == ()


@pytest.mark.parametrize(
    ("ratio", "noise", "cutoffs"), [(0.6, 0.5, (18, 7)), pytest.param(1.0, 0.125, (36, 8), marks=pytest.mark.slow)]
)
def test_it_is_the_gap_of_the_liouvillian(ratio, noise, cutoffs):
    battery = qb.DopoBattery().at(threshold_ratio=ratio, noise_parameter=noise)
    exact = qb.steady_state(battery, qb.Lindblad(cutoffs)).liouvillian_eigenvalue.sel(sector="symmetric")
    T = -1 / exact.values[1].real
    run = qb.simulate(battery, np.linspace(0, 16, 49), qb.Lindblad(cutoffs))
    for variable in ("photon_number", "energy"):
        found = qb.relaxation_time(run, variable)
        error = float(found.relaxation_time_estimator_error + found.relaxation_time_step_error)
        assert abs(float(found.relaxation_time) - T) < error < 0.06 * T
    # Of ergotropy, which is no linear function of the state, the same time to leading order.
    assert float(qb.relaxation_time(run, "ergotropy").relaxation_time) == pytest.approx(T, rel=0.15)
    assert abs(float(found.relaxation_time) - 2 * T) > 5 * error


@pytest.mark.slow
def test_it_slows_down_as_one_over_g_at_threshold():
    """γ_s g T from the exact gap at three g, extrapolated in g, is 0.898; a law 1/g² is seen to be wrong."""
    gs, times = np.array([0.4, 0.3, 0.2]), []
    for g in gs:
        battery = qb.DopoBattery().at(threshold_ratio=1.0, noise_parameter=g**2, loss_ratio=64.0)
        exact = qb.steady_state(battery, qb.Lindblad((64 if g < 0.25 else 40, 6)))
        times.append(-1 / exact.liouvillian_eigenvalue.sel(sector="symmetric").values[1].real)
    limit = np.polynomial.Polynomial.fit(gs, gs * np.array(times), 1)(0.0)
    universal = float(qb.universal_threshold(0.0).scaled_relaxation_time[0])
    assert limit == pytest.approx(universal, rel=0.02)
    assert abs(np.polynomial.Polynomial.fit(gs, gs**2 * np.array(times), 1)(0.0)) < 0.2 * universal


def test_every_point_of_a_sweep_has_one():
    ratios = [0.3, 0.6]
    swept = qb.sweep(
        qb.DopoBattery().at(noise_parameter=1e-4), {"threshold_ratio": ratios}, np.linspace(0, 20, 61), qb.LinearNoise()
    )
    found = qb.relaxation_time(swept)
    assert found.relaxation_time.dims == ("threshold_ratio",)
    # Linear theory: 1/(γ_s (1 − λ)), a little longer as the driven mode does not follow at once.
    for ratio, T in zip(ratios, found.relaxation_time.values, strict=True):
        assert pytest.approx(1 / (1 - ratio), rel=0.1) == T
    assert found.threshold_ratio.values.tolist() == ratios


def test_trajectories_agree_with_the_gap_within_the_stated_error():
    battery = qb.DopoBattery().at(threshold_ratio=1.0, noise_parameter=0.125)
    run = qb.simulate(battery, np.linspace(0, 16, 33), qb.PositiveP(5_120, rng=2))
    found = qb.relaxation_time(run)
    T, error = float(found.relaxation_time), float(found.relaxation_time_stderr)
    assert abs(T - 2.646) < error + float(found.relaxation_time_estimator_error)
    assert 0.02 < error / T < 0.5


@pytest.mark.parametrize(
    ("run", "options", "kind", "match"),
    [
        (3, {}, TypeError, "must be a result of"),
        (curve(TIMES), {}, ValueError, "a result with photon_number"),
        (curve(TIMES), {"variable": "energie"}, ValueError, "`variable` must be one of .* Did you mean energy"),
        (curve(TIMES), {"variable": "energy", "remaining": 1.0}, ValueError, "`remaining` must be a share"),
        (curve(TIMES).isel(time=slice(4)), {"variable": "energy"}, ValueError, "5 or more finite times"),
        (curve(TIMES).isel(time=0), {"variable": "energy"}, ValueError, "5 or more finite times"),
        (xr.Dataset(), {}, ValueError, "a result with photon_number"),
    ],
)
def test_what_has_no_curve_is_refused(run, options, kind, match):
    with pytest.raises(kind, match=match):
        qb.relaxation_time(run, **options)


# -- what is not known, and how far it may be trusted --


def rejected(verdict="reject"):
    """A curve whose cutoff error is not known from a time on."""
    run = curve(3 - 2 * np.exp(-TIMES / 2))
    run["energy_cutoff_error"] = ("time", np.where(TIMES < 4, 1e-6, np.nan))
    run["energy_step_error"] = ("time", np.full(len(TIMES), 1e-6))
    return run.assign_attrs(verdict=verdict, verdict_reasons='["cutoffs."]', method="Lindblad", seed="7")


def test_an_error_that_is_not_known_is_not_zero():
    found = qb.relaxation_time(rejected(), "energy")
    assert np.isfinite(found.relaxation_time)
    assert np.isnan(found.relaxation_time_cutoff_error)
    assert 0 < float(found.relaxation_time_step_error) < 1e-4
    assert float(found.relaxation_time_stderr) == 0  # the curve has none


def test_it_says_how_far_the_run_may_be_trusted():
    found = qb.relaxation_time(rejected(), "energy")
    told = {name: found.attrs[name] for name in ("verdict", "verdict_reasons", "method", "seed")}
    assert told == {"verdict": "reject", "verdict_reasons": '["cutoffs."]', "method": "Lindblad", "seed": "7"}


def test_rejected_points_are_left_out_and_reasons_told_once():
    battery = qb.DopoBattery().at(noise_parameter=1e-4)
    over = {"threshold_ratio": [0.3, 0.5, 0.6]}
    swept = qb.sweep(battery, over, np.linspace(0, 20, 61), qb.LinearNoise())
    swept["verdict"][1] = 2
    swept["verdict_reasons"] = ("threshold_ratio", ['["about 1 %."]', '["wrong."]', '["about 2 %."]'])
    found = qb.relaxation_time(swept)
    assert np.isfinite(found.relaxation_time).values.tolist() == [True, False, True]
    assert found.attrs["verdict"] == "reject"
    assert found.attrs["verdict_reasons"] == '["wrong. (In 1 of 3 points.)", "about 1 %. (In 2 of 3 points.)"]'
    assert found["verdict"].values.tolist() == swept["verdict"].values.tolist()
    assert found.attrs["method"] == "linear noise"
    assert "phasespace_qb_version" in found.attrs

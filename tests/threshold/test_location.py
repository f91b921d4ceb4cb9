"""Where the threshold is: from exact sweeps, from noisy ones, and from trajectories."""

import numpy as np
import pytest
import xarray as xr
from scipy.optimize import brentq

import phasespace_qb as qb
from phasespace_qb.eliminated.closed_form import EliminatedOscillator
from phasespace_qb.threshold.universal import COHERENCE_AT_THRESHOLD
from tests.threshold.cases import exact, noisy


def crossing(noise):
    """λ at which the closed form has the universal g⁽²⁾."""

    def excess(ratio):
        state = EliminatedOscillator(ratio, noise)
        return state.moment(2, 2).real / state.moment(1, 1).real ** 2 - COHERENCE_AT_THRESHOLD

    return brentq(excess, 0.9, 1.4, xtol=1e-12)


@pytest.mark.parametrize("noise", [0.125, 1e-2, 1e-4, 1e-6])
def test_an_exact_sweep_is_located_within_its_errors(noise):
    found = qb.locate_threshold(exact(noise)).isel(noise_parameter=0)
    error = float(found.threshold_estimator_error)
    assert abs(float(found.threshold) - 1) < error < 1.6 * noise + 1e-3 * np.sqrt(noise)
    assert float(found.threshold_stderr) == 0
    assert 1 - 3 * np.sqrt(noise) < float(found.width) / np.sqrt(noise) < 1
    # Where the crossing itself is, it finds far better; it moves by 0.4 g² to 0.5 g².
    assert abs(float(found.threshold) - crossing(noise)) < 0.4 * error
    assert 0.35 < (crossing(noise) - 1) / noise < 0.5


def test_many_values_of_g_are_extrapolated_to_none():
    sweeps = [exact(noise) for noise in (0.125, 1 / 32, 1e-2, 1e-4)]
    found = qb.locate_threshold(*sweeps)
    assert found.noise_parameter.values.tolist() == sorted([0.125, 1 / 32, 1e-2, 1e-4])
    shift = abs(float(found.threshold_limit) - 1)
    assert shift < float(found.threshold_limit_estimator_error) < 1e-3
    # The largest g² alone are not at the limit, and their line goes there.
    coarse = qb.locate_threshold(*sweeps[:2])
    assert abs(float(coarse.threshold_limit) - 1) < 0.15 * abs(float(coarse.threshold.max()) - 1)


def test_the_stated_sampling_error_is_the_scatter():
    rng = np.random.default_rng(4)
    swept = exact(1e-4)
    truth = float(qb.locate_threshold(swept).threshold[0])
    found = [qb.locate_threshold(noisy(swept, 0.01, rng)) for _ in range(150)]
    z = np.array([(float(each.threshold[0]) - truth) / float(each.threshold_stderr[0]) for each in found])
    assert abs(z.mean()) < 0.3
    assert 0.75 < np.mean(z**2) < 1.3
    # Half of the error would be seen.
    assert np.mean((2 * z) ** 2) > 2.5
    # The finite-g error is smaller than that of the sampling here.
    assert float(found[0].threshold_estimator_error[0]) < float(found[0].threshold_stderr[0])


def test_a_wrong_value_at_threshold_would_be_seen(monkeypatch):
    """That of a laser, π/2, in place of that of a degenerate oscillator."""
    monkeypatch.setattr("phasespace_qb.threshold.crossing.COHERENCE_AT_THRESHOLD", np.pi / 2)
    monkeypatch.setattr("phasespace_qb.threshold.crossing._ETA", np.linspace(-3.0, 3.0, 2401) - 1.0)
    found = qb.locate_threshold(exact(1e-4)).isel(noise_parameter=0)
    assert abs(float(found.threshold) - 1) > 10 * float(found.threshold_estimator_error)


@pytest.mark.parametrize(("loss_ratio", "noise"), [(16.0, 0.5), (4.0, 0.3)])
def test_a_mode_that_is_not_fast_is_covered(loss_ratio, noise):
    ratios = 1 + np.sqrt(noise) * np.array([-0.2, 0.15, 0.5, 0.9])
    battery = qb.DopoBattery().at(noise_parameter=noise, loss_ratio=loss_ratio)
    runs = [
        qb.steady_state(battery.at(threshold_ratio=ratio), qb.Lindblad((26, 10)), slow_modes=False)[
            ["second_order_coherence", "photon_number", "second_order_coherence_cutoff_error"]
        ]
        for ratio in ratios
    ]
    swept = xr.concat(runs, xr.Variable("threshold_ratio", ratios), combine_attrs="drop_conflicts")
    found = qb.locate_threshold(swept)
    assert 0.2 * float(found.threshold_estimator_error) < float(found.threshold) - 1
    assert float(found.threshold) - 1 < float(found.threshold_estimator_error)
    assert 0 < float(found.threshold_cutoff_error) < 1e-3


def test_any_parameter_of_any_system_will_do():
    """A two-photon drive of one's own, and no λ; the threshold is at ε = γ/2."""

    def oscillator(drive):
        (a,) = qb.modes("a")
        pairs = 0.5j * drive * a.dag**2
        return qb.OpenSystem(pairs + pairs.dag, loss={a: 2.0, a**2: 0.12})  # γ = 2, g² = 2Γ/γ

    found = qb.locate_threshold(
        qb.sweep(oscillator, {"drive": np.linspace(0.9, 1.5, 5)}, [12.0], qb.Lindblad(40, tolerance=1e-4))
    )
    assert found.attrs["along"] == "drive"
    assert "threshold_ratio" not in found
    assert "threshold_limit" not in found
    assert abs(float(found.threshold) - 1) < float(found.threshold_estimator_error) < 0.2
    assert 0.3 < float(found.width) / 0.12**0.5 < 1


def test_a_parameter_that_is_not_lambda_has_both():
    battery = qb.DopoBattery().at(loss_ratio=1e6, noise_parameter=1e-2)
    pumps = battery.threshold * (1 + 0.1 * np.linspace(-1, 2, 9))
    found = qb.locate_threshold(qb.sweep(battery, {"pump": pumps}, [1.0], qb.EliminatedSteadyState()))
    assert float(found.threshold) == pytest.approx(battery.threshold, rel=1e-2)
    assert float(found.threshold_ratio) == pytest.approx(float(found.threshold) / battery.threshold, rel=1e-9)
    relative = float(found.threshold_estimator_error) / battery.threshold
    assert float(found.threshold_ratio_estimator_error) == pytest.approx(relative, rel=1e-6)


def test_trajectories_find_it():
    noise = 0.125
    swept = qb.sweep(
        qb.DopoBattery().at(noise_parameter=noise),
        {"threshold_ratio": [0.85, 0.95, 1.05, 1.15, 1.25, 1.4]},
        [16.0],
        qb.PositiveP(5_120, rng=1),
    )
    found = qb.locate_threshold(swept)
    assert 0.002 < float(found.threshold_stderr) < 0.03
    assert abs(float(found.threshold) - crossing(noise)) < 4 * float(found.threshold_stderr) + 0.02
    assert float(found.threshold_step_error) < float(found.threshold_stderr)


def test_rejected_points_and_nan_are_left_out():
    swept = exact(1e-4)
    spoilt = swept.copy(deep=True)
    spoilt.second_order_coherence[:, 2] = 2.7
    assert float(qb.locate_threshold(spoilt).threshold[0]) != float(qb.locate_threshold(swept).threshold[0])
    spoilt["verdict"][:, 2] = 2
    left_out = swept.isel(threshold_ratio=[0, 1, 3, 4, 5, 6, 7, 8])
    assert float(qb.locate_threshold(spoilt).threshold[0]) == float(qb.locate_threshold(left_out).threshold[0])
    spoilt["verdict"][:, 2] = 0
    spoilt.second_order_coherence[:, 2] = np.nan
    assert float(qb.locate_threshold(spoilt).threshold[0]) == float(qb.locate_threshold(left_out).threshold[0])


def test_rows_without_a_crossing_are_nan_where_others_have_one():
    both = xr.concat([exact(1e-4), exact(1e-2)], "noise_parameter", combine_attrs="override", join="override")
    both.second_order_coherence[1] = 1.01
    found = qb.locate_threshold(both)
    assert np.isfinite(found.threshold.values).tolist() == [True, False]
    assert np.isnan(float(found.threshold_limit))


def test_the_order_of_the_points_and_falling_parameters_do_not_matter():
    swept = exact(1e-4)
    there = float(qb.locate_threshold(swept).threshold[0])
    assert float(qb.locate_threshold(swept.isel(threshold_ratio=[3, 0, 8, 1, 7, 2, 6, 4, 5])).threshold[0]) == (
        pytest.approx(there, rel=1e-12)
    )
    falling = swept.assign_coords(threshold_ratio=2 - swept.threshold_ratio)
    assert float(qb.locate_threshold(falling).threshold[0]) == pytest.approx(2 - there, rel=1e-12)


def test_sweeps_of_one_g_each_are_joined_by_it():
    """g² is a coordinate of their points, and no dimension."""
    each = [exact(noise).isel(noise_parameter=0) for noise in (1e-2, 1e-4)]
    found = qb.locate_threshold(*each)
    assert found.noise_parameter.values == pytest.approx([1e-4, 1e-2])
    assert np.isfinite(float(found.threshold_limit))
    over = {"threshold_ratio": 1 + 0.1 * np.linspace(-1.0, 2.0, 7)}
    battery = qb.DopoBattery().at(noise_parameter=1e-2, loss_ratio=1e7)
    alone = qb.locate_threshold(qb.sweep(battery, over, [1.0], qb.EliminatedSteadyState()))
    assert float(alone.noise_parameter) == pytest.approx(1e-2)


def test_a_method_without_sampling_beside_one_with_it_has_no_such_error():
    """Where one method of a sweep makes an error that another does not, that of the other is NaN in the data."""
    swept = exact(1e-4)
    measured = noisy(swept, 0.01, np.random.default_rng(7))
    known = swept.assign(second_order_coherence_stderr=xr.full_like(swept.second_order_coherence, np.nan))
    drop = [name for name in swept if swept[name].dtype.kind == "O"]
    both = xr.concat(
        [measured.drop_vars(drop), known.drop_vars(drop)],
        xr.Variable("solver", ["sampled", "exact"]),
        combine_attrs="override",
    )
    found = qb.locate_threshold(both).isel(noise_parameter=0)
    alone = qb.locate_threshold(swept).isel(noise_parameter=0)
    assert float(found.threshold.sel(solver="exact")) == pytest.approx(float(alone.threshold), rel=1e-12)
    assert found.threshold_stderr.sel(solver="exact") == 0 < found.threshold_stderr.sel(solver="sampled")
    # An error that is unknown at one point only takes that point out.
    both.second_order_coherence_stderr[0, :, 4] = np.nan
    less = qb.locate_threshold(both).isel(noise_parameter=0)
    assert less.points.values.tolist() == (found.points.values - [1, 0]).tolist()


def test_what_cannot_be_located_is_refused():
    swept = exact(1e-4)
    for given, kind, match in (
        ((), ValueError, "`swept` must be one sweep or more"),
        ((3,), TypeError, "`swept` must be a result of `sweep` or `simulate`, got 3"),
        ((xr.Dataset(),), ValueError, "a result with second_order_coherence, photon_number"),
        ((swept.isel(threshold_ratio=[1, 2]),), ValueError, "`threshold_ratio` must be 3 or more numbers"),
        ((swept.isel(threshold_ratio=slice(5, None)),), ValueError, r"crosses 2.188.*Sweep threshold_ratio across"),
        ((exact(1e-4, (-90.0, -60.0, 50.0, 70.0)),), ValueError, r"Sweep more values close to the threshold"),
        ((swept.isel(noise_parameter=0, threshold_ratio=0),), ValueError, "an open choice: none"),
        ((swept, exact(1e-2).isel(noise_parameter=0, drop=True)), ValueError, "each with its noise_parameter"),
    ):
        with pytest.raises(kind, match=match):
            qb.locate_threshold(*given)
    with pytest.raises(ValueError, match="`along` must be one of noise_parameter, threshold_ratio, got 'kappa'"):
        qb.locate_threshold(swept, along="kappa")
    with pytest.raises(ValueError, match="open choice: detuning, threshold_ratio"):
        qb.locate_threshold(swept.expand_dims(detuning=[0.0, 0.1]))


# -- what is not known, and how far it may be trusted --


@pytest.mark.parametrize("kind", ["step", "cutoff", "estimator"])
def test_an_error_that_is_not_known_is_not_zero(kind):
    swept = exact(1e-4)
    swept[f"second_order_coherence_{kind}_error"] = xr.full_like(swept.second_order_coherence, np.nan)
    found = qb.locate_threshold(swept)
    assert np.isfinite(found.threshold).all()
    assert np.isnan(found[f"threshold_{kind}_error"]).all()
    others = {"step", "cutoff", "estimator"} - {kind}
    assert all(np.isfinite(found[f"threshold_{other}_error"]).all() for other in others)
    both = qb.locate_threshold(swept, exact(1e-2))
    assert np.isfinite(both.threshold_limit)
    assert np.isnan(both[f"threshold_limit_{kind}_error"])


def test_it_says_how_far_its_points_may_be_trusted():
    swept = exact(1e-4)
    swept["verdict"][0, 0], swept["verdict"][0, 8] = 1, 2
    reasons = np.full(swept["verdict"].shape, "[]", dtype="U40")
    reasons[0, 0], reasons[0, 8] = '["few."]', '["wrong."]'
    swept["verdict_reasons"] = swept["verdict"].dims, reasons
    found = qb.locate_threshold(swept)
    assert found.attrs["verdict"] == "doubt"  # what is rejected took no part
    assert found.attrs["verdict_reasons"] == '["wrong. (In 1 of 9 points.)", "few. (In 1 of 9 points.)"]'
    assert {"method", "phasespace_qb_version"} <= set(found.attrs)
    joined = qb.locate_threshold(swept, exact(1e-2))
    assert joined.attrs["verdict"] == "doubt"
    assert "few." in joined.attrs["verdict_reasons"]
    assert qb.collapse(swept).attrs["verdict"] == "reject"


def test_points_without_error_bars_are_told_apart_from_points_far_away():
    swept = noisy(exact(1e-4), 0.01, np.random.default_rng(1))
    swept["second_order_coherence_stderr"][:] = np.nan
    with pytest.raises(ValueError, match=r"standard errors at 3 or more points, got .*with 0\. Use 2,560 trajectories"):
        qb.locate_threshold(swept)
    swept = exact(1e-4)
    swept["verdict"][:] = 2
    with pytest.raises(ValueError, match=r"3 or more points that are not rejected, got .*with 0\. Read their"):
        qb.locate_threshold(swept)


def test_noise_far_below_the_threshold_does_not_make_one():
    """Two points of few quanta, where g⁽²⁾ is hardly known: they cross the value at threshold by chance."""
    noise = 0.125
    ratios = np.array([0.2, 0.4, 0.6, 0.8, 0.9, 1.0, 1.1, 1.25, 1.4, 1.6])
    swept = exact(noise, (ratios - 1) / np.sqrt(noise))
    share = xr.DataArray([1.0, 0.33, 0.05, *[0.02] * 7], dims="threshold_ratio")
    for seed in range(16):
        rng = np.random.default_rng(seed)
        values = swept.second_order_coherence
        measured = swept.assign(
            second_order_coherence=values + share * xr.zeros_like(values).copy(data=rng.standard_normal(values.shape)),
            second_order_coherence_stderr=share + 0 * values,
        )
        measured["second_order_coherence"][:, 0] = 1.5
        found = qb.locate_threshold(measured)
        assert abs(float(found.threshold[0]) - 1) < float(found.threshold_estimator_error[0]) + 4 * float(
            found.threshold_stderr[0]
        )


def test_sampling_errors_of_common_random_numbers_are_added_up():
    """Errors that are the same at all points shift the threshold by more than independent ones would."""
    swept, rng = exact(1e-4), np.random.default_rng(3)
    truth = float(qb.locate_threshold(swept).threshold[0])
    z = {0: [], 1: []}
    for _ in range(100):
        measured = swept.copy(deep=True)
        share = 0.01 * swept.second_order_coherence
        measured["second_order_coherence"] = swept.second_order_coherence + share * rng.standard_normal()
        measured["second_order_coherence_stderr"] = share
        for common, each in z.items():
            found = qb.locate_threshold(measured.assign_attrs(common_random_numbers=common))
            each.append((float(found.threshold[0]) - truth) / float(found.threshold_stderr[0]))
            assert found.attrs["sampling_errors"].startswith("added up" if common else "of independent points")
    assert np.mean(np.square(z[0])) > 2
    assert 0.5 < np.mean(np.square(z[1])) < 1.3


def test_sweeps_that_share_a_seed_share_their_errors():
    rng = np.random.default_rng(5)
    pair = [noisy(exact(noise), 0.01, rng) for noise in (1e-2, 1e-4)]
    apart = qb.locate_threshold(*(each.assign_attrs(seed=str(i)) for i, each in enumerate(pair)))
    same = qb.locate_threshold(*(each.assign_attrs(seed="1") for each in pair))
    assert float(same.threshold_limit_stderr) > float(apart.threshold_limit_stderr)
    assert same.attrs["sampling_errors"].startswith("added up")

"""Spectra and times from correlations that are known: quadrature, tails, windows, errors, verdicts, refusals."""

import json

import numpy as np
import pytest
from scipy.integrate import quad

import phasespace_qb as qb
from phasespace_qb.results.jackknife import jackknife, with_each_left_out
from phasespace_qb.two_time.tails import asymptotic, fitted, half_line, spline_weights
from tests.two_time.invented import GROUPS, LAGS, below_threshold, closed_forms, correlations, decaying

OMEGA = np.linspace(0.0, 10.0, 41)
COUNTS = np.full(GROUPS, 100.0)


def replicates(value, noise=1e-9, seed=0):
    """The same value in all groups but for noise that walks."""
    steps = np.random.default_rng(seed).normal(size=(GROUPS, len(value))) * noise * np.sqrt(GROUPS)
    sums = with_each_left_out(value + steps.cumsum(axis=1))
    return sums / np.array([GROUPS, *[GROUPS - 1] * GROUPS])[:, None]


def test_a_cubic_is_integrated_exactly_against_any_cosine():
    lags = np.array([0.0, 0.5, 1.0, 1.5, 2.5, 3.0])
    weights = spline_weights(lags, np.array([0.0, 0.3, 40.0]))
    for row, omega in zip(weights, (0.0, 0.3, 40.0), strict=True):
        exact = quad(lambda t: 1 - t + 0.2 * t**3, 0, 3, weight="cos", wvar=omega)[0]
        assert row @ (1 - lags + 0.2 * lags**3) == pytest.approx(exact, abs=1e-10)


def test_the_rule_beats_the_trapezoid_by_far_and_knows_its_error():
    lags = np.linspace(0, 30, 121)
    value = np.exp(-0.75 * lags)
    exact = 0.75 / (0.75**2 + OMEGA**2)
    found = half_line(lags, replicates(value, 1e-13), COUNTS, OMEGA)
    missed = np.abs(found.integral[0] - exact)
    trapezoid = np.abs(np.trapezoid(value * np.cos(np.multiply.outer(OMEGA, lags)), lags) - exact)
    assert missed.max() < 1e-5
    assert trapezoid.max() > 100 * missed.max()
    assert (missed <= found.error + 1e-12).all()
    coarse = half_line(lags[::4], replicates(value[::4], 1e-13), COUNTS, OMEGA)
    worst = np.abs(coarse.integral[0] - exact)
    assert 10 * missed.max() < worst.max() < 2 * coarse.error.max()


@pytest.mark.parametrize("longest", [4.0, 12.0])
def test_what_lies_beyond_the_lags_is_fitted(longest):
    lags = np.linspace(0, longest, 41)
    found = half_line(lags, replicates(np.exp(-0.25 * lags), 1e-6), COUNTS, OMEGA)
    exact = 0.25 / (0.25**2 + OMEGA**2)
    assert found.left == pytest.approx(np.exp(-0.25 * longest), rel=1e-3)
    assert np.abs(found.integral[0] - exact).max() < 2e-3
    without = spline_weights(lags, OMEGA) @ np.exp(-0.25 * lags)
    assert np.abs(without - exact).max() > 0.1
    assert found.error[0] > 0.05 * np.abs(without - exact)[0]


def test_where_nothing_can_be_fitted_the_tail_is_bounded():
    ringing = np.exp(-0.2 * LAGS) * np.cos(3 * LAGS)
    found = half_line(LAGS, replicates(ringing), COUNTS, np.zeros(1))
    exact = 0.2 / (0.2**2 + 9)
    assert asymptotic(LAGS, replicates(ringing), COUNTS) is None
    assert np.abs(found.integral[0] - exact) <= found.error
    constant = half_line(LAGS, replicates(np.cos(3 * LAGS)), COUNTS, np.zeros(1))
    assert constant.error[0] == np.inf or constant.error[0] > 1


def asymptotic_scores(lags, noise, *, with_doubt=False):
    """(rate − 0.1)/error over twelve seeds; `with_doubt` after what the fit doubts by itself."""
    value = decaying([(1.0, 0.1), (0.3, 1.0)], lags)
    scores = []
    for seed in range(12):
        decay = asymptotic(lags, replicates(value, noise, seed), COUNTS)
        rate, error = jackknife(decay.rate, COUNTS)
        missed = max(0.0, abs(float(rate) - 0.1) - with_doubt * decay.disagreement)
        scores.append(missed / float(error))
        assert lags[decay.first] > 2.5, "the fast part is left out"
        assert decay.amplitude[0] == pytest.approx(value[decay.last], rel=0.2)
    return np.array(scores)


def test_the_asymptotic_rate_is_that_of_the_slowest_part():
    lags = np.linspace(0, 25, 81)
    for noise in (1e-3, 1e-4, 1e-5):
        scores = asymptotic_scores(lags, noise)
        assert scores.max() < 4.2
        assert np.sqrt(np.mean(scores**2)) < 1.7
    value = decaying([(1.0, 0.1), (0.3, 1.0)], lags)
    naive = -np.polyfit(lags, np.log(value), 1)[0]
    assert (naive - 0.1) / 5e-5 > 8, "a fit of all lags would be wrong"


def test_lags_that_end_too_early_say_so():
    assert asymptotic_scores(LAGS, 1e-5).max() > 8
    assert asymptotic_scores(LAGS, 1e-5, with_doubt=True).max() < 4.2


def test_spectra_below_threshold_are_the_closed_forms():
    spectrum = qb.squeezing_spectrum(below_threshold(noise=2e-5), OMEGA)
    exact = closed_forms(0.5, OMEGA)
    assert np.abs(spectrum.output_spectrum / exact - 1).max() < 0.01
    assert spectrum.intracavity_spectrum.values == pytest.approx((spectrum.output_spectrum.values - 1) / 2)
    deviation = np.abs(spectrum.output_spectrum - exact)
    allowed = 4.2 * spectrum.output_spectrum_stderr + spectrum.output_spectrum_estimator_error
    assert (deviation <= allowed).all()
    assert spectrum.verdict == "trust"
    assert spectrum.output_spectrum.attrs["units"] == "1"
    assert spectrum.intracavity_spectrum.attrs["units"] == "1/gamma_s"


@pytest.mark.parametrize("fault", ["sign of C_m", "λ off by 2 %", "no factor 2"])
def test_a_planted_fault_is_seen(fault):
    corr = below_threshold(0.51 if "λ" in fault else 0.5, noise=2e-5, loss=0.5 if "factor" in fault else 1.0)
    angles = (np.pi / 2, 0.0) if "sign" in fault else (0.0, np.pi / 2)
    spectrum = qb.squeezing_spectrum(corr, OMEGA, angles)
    assert np.abs(spectrum.output_spectrum / closed_forms(0.5, OMEGA) - 1).max() > 0.02


def test_a_mean_field_is_subtracted():
    bright, dark = (below_threshold(noise=1e-6, mean=mean) for mean in (30.0, 0.0))
    spectra = [qb.squeezing_spectrum(corr, OMEGA).output_spectrum for corr in (bright, dark)]
    assert np.abs(spectra[0] / spectra[1] - 1).max() < 2e-3


def test_between_the_quadratures_and_without_a_port():
    corr = below_threshold(noise=1e-6)
    spectrum = qb.squeezing_spectrum(corr, [0.0, 1.0], [0.0, np.pi / 4, np.pi / 2])
    x, between, p = spectrum.intracavity_spectrum.values
    assert between == pytest.approx((x + p) / 2, rel=5e-3)
    closed = qb.squeezing_spectrum(below_threshold(loss=0.0), 0.5)
    assert "output_spectrum" not in closed
    assert closed.intracavity_spectrum.shape == (2, 1)


def test_a_correlation_that_does_not_end_is_doubted():
    for ratio, advised in ((1.5, True), (0.9, False)):
        slow = correlations(*[decaying([(3.0, 0.02)])] * 2, threshold_ratio=ratio)
        spectrum = qb.squeezing_spectrum(slow, OMEGA, 0.0)
        assert spectrum.verdict == "doubt"
        assert "79% of" in json.loads(spectrum.verdict_reasons)[0]
        assert "use longer lags" in json.loads(spectrum.verdict_reasons)[0]
        assert ("start in a branch" in json.loads(spectrum.verdict_reasons)[0]) == advised
    growing = qb.squeezing_spectrum(correlations(*[decaying([(3.0, -0.02)])] * 2), OMEGA, 0.0)
    assert growing.verdict == "reject"
    assert np.isnan(growing.output_spectrum).all()
    assert qb.switching_time(correlations(*[decaying([(3.0, -0.02)])] * 2)).verdict == "reject"


def test_what_correlations_were_doubted_for_stays():
    corr = below_threshold(verdict="doubt", verdict_reasons='["too strong"]')
    for derived in (qb.squeezing_spectrum(corr, OMEGA), qb.correlation_time(corr), qb.switching_time(corr)):
        assert derived.verdict == "doubt"
        assert "too strong" in json.loads(derived.verdict_reasons)


def test_correlation_times_of_field_and_intensity():
    times = qb.correlation_time(below_threshold(noise=1e-6))
    x, p = 0.5, -1 / 6  # C_x(0) and C_p(0); thermal light: C_I = C_n² + C_m² = (C_x² + C_p²)/2
    intensity = (x**2 / 0.5 + p**2 / 1.5) / (x**2 + p**2)
    assert times.correlation_time.values == pytest.approx([4.0, intensity], rel=5e-3)
    assert times.asymptotic_rate.values == pytest.approx([0.25, 0.5], rel=2e-2)
    other = qb.correlation_time(below_threshold(noise=1e-6), np.pi / 2)
    assert float(other.asymptotic_rate.sel(observable="field")) == pytest.approx(0.75, rel=1e-2)
    assert json.loads(times.field_window)[1] <= LAGS[-1]


def test_switching_times():
    both = decaying([(2.0, 0.1), (0.2, 1.5)])
    found = qb.switching_time(correlations(both, both, noise=1e-4).drop_vars("second_order_correlation"))
    assert float(found.switching_rate) == pytest.approx(0.1, abs=4 * float(found.switching_rate_stderr))
    assert float(found.switching_time) == pytest.approx(2 / float(found.switching_rate), rel=1e-4)
    assert 0 < float(found.switching_time_stderr) < 1.0
    assert found.verdict == "trust"
    nothing = qb.switching_time(correlations(both, both, noise=10.0))
    assert nothing.verdict == "reject"
    assert np.isnan([nothing.switching_time, nothing.switching_time_stderr, nothing.switching_rate_stderr]).all()


def test_without_two_branches_there_is_no_switching():
    both = decaying([(2.0, 0.1), (0.2, 1.5)])
    plain = correlations(both, both, noise=1e-4).drop_vars("second_order_correlation")
    assert qb.switching_time(plain.assign_attrs(threshold_ratio=1.2)).verdict == "trust"
    below = qb.switching_time(plain.assign_attrs(threshold_ratio=0.5))
    assert below.verdict == "doubt"
    assert "no two branches to switch between: the drive is 0.5" in json.loads(below.verdict_reasons)[0]
    thermal = qb.switching_time(correlations(both, both, noise=1e-4))
    assert "g⁽²⁾(0) = 3" in json.loads(thermal.verdict_reasons)[0]


def test_lags_that_end_before_half_the_switching_time_are_doubted():
    """A part that decays six times as fast as the field switches: the fit of short lags is wrong by many errors."""
    exact = 0.05
    for longest, verdict in ((4.0, "doubt"), (40.0, "trust")):
        lags = np.linspace(0, longest, 61)
        both = decaying([(2.0, exact), (0.2, 0.3)], lags)
        corr = correlations(both, both, noise=1e-4, lags=lags).drop_vars("second_order_correlation")
        found = qb.switching_time(corr)
        missed, error = abs(float(found.switching_time) - 2 / exact), float(found.switching_time_stderr)
        estimator = float(found.switching_time_estimator_error)
        assert missed <= estimator + 4.2 * error
        assert (missed > 8 * error) == (verdict == "doubt"), "without its estimator error it would be wrong"
        assert found.verdict == verdict
    doubted = json.loads(qb.switching_time(correlations(both[:9], both[:9], lags=lags[:9])).verdict_reasons)
    assert any("Use longer lags." in reason for reason in doubted)


@pytest.mark.parametrize("count", [121, 481])
def test_a_ringing_correlation_is_integrated_and_not_fitted(count):
    """e^(−τ/2) cos 1.45τ; an exponential within the last lobe, which a fit finds, falls three times as fast."""
    lags = np.linspace(0, 12, count)
    ringing = replicates(np.exp(-lags / 2) * np.cos(1.45 * lags), 1e-4 / np.sqrt(count))
    omega = np.linspace(0, 4, 17)
    exact = (0.5 / (0.25 + (omega - 1.45) ** 2) + 0.5 / (0.25 + (omega + 1.45) ** 2)) / 2
    assert asymptotic(lags, ringing, COUNTS) is None
    found = half_line(lags, ringing, COUNTS, omega)
    value, error = jackknife(found.integral, COUNTS)
    assert (np.abs(value - exact) <= 4.2 * error + found.error).all()
    assert found.error.max() < 0.02
    within = fitted(lags, ringing, COUNTS)
    assert within is not None
    rate, error = jackknife(within.rate, COUNTS)
    assert abs(float(rate) - 0.5) > 8 * float(error), "the lobe alone would be wrong"


def test_one_replicate_that_grows_does_not_spoil_a_spectrum():
    lags = np.linspace(0, 6, 61)
    values = replicates(np.exp(-2 * lags) + 0.2, 1e-3, seed=4)
    assert not (fitted(lags, values, COUNTS).rate > 0).all()
    assert np.isfinite(half_line(lags, values, COUNTS, OMEGA).integral).all()


def test_growth_is_rejected_by_all():
    growing = correlations(*[decaying([(3.0, -0.02)])] * 2)
    for found in (qb.correlation_time(growing), qb.switching_time(growing)):
        assert found.verdict == "reject"
        assert "does not decay" in " ".join(json.loads(found.verdict_reasons))
    assert np.isnan(qb.correlation_time(growing).correlation_time[0])


def test_a_step_that_matters_is_seen_in_all_that_is_derived():
    for stepped, verdict in ((0.0, "trust"), (0.05, "doubt")):
        corr = below_threshold(noise=1e-4, stepped=stepped)
        spectrum, times = qb.squeezing_spectrum(corr, OMEGA), qb.correlation_time(corr)
        assert spectrum.verdict == verdict
        expected = stepped * np.abs(spectrum.intracavity_spectrum.values)
        assert spectrum.intracavity_spectrum_step_error.values == pytest.approx(expected, rel=0.05, abs=1e-9)
        assert spectrum.output_spectrum_step_error.values == pytest.approx(2 * expected, rel=0.05, abs=1e-9)
        assert np.abs(times.asymptotic_rate_step_error[0]) < 1e-3, "a factor changes no rate"
        switching = qb.switching_time(corr)
        assert float(switching.switching_time_step_error) < 1e-3 * float(switching.switching_time)
    old = corr.drop_vars(["two_time_average_by_step", "trajectories_in_step_group", "one_time_average"])
    assert "output_spectrum_step_error" not in qb.squeezing_spectrum(old, OMEGA)


def test_a_state_that_has_not_settled_is_doubted_by_what_is_derived():
    def doubted(**options):
        corr = below_threshold(noise=1e-4, lags=np.linspace(0, 16, 65), **options)
        found = (qb.squeezing_spectrum(corr, OMEGA), qb.correlation_time(corr), qb.switching_time(corr))
        return ["has not settled at `since`" in each.verdict_reasons and each.verdict != "trust" for each in found]

    assert doubted(mean=1.0) == [False] * 3
    # Nothing is subtracted for a switching time, whose field decays by what it is.
    assert doubted(mean=1.0, moved=(0.2, 0.0)) == [True, True, False]
    assert doubted(moved=(0.2, 0.0)) == [False] * 3, "parity: there is no mean"
    assert doubted(moved=(0.0, 0.2), origins=1) == [True] * 3


def test_all_that_is_derived_survives_a_file(tmp_path):
    corr = below_threshold()
    again = qb.load(qb.save(corr, tmp_path / "correlations.nc"))
    for derive in (qb.correlation_time, qb.switching_time, lambda c: qb.squeezing_spectrum(c, OMEGA)):
        assert derive(again).identical(derive(corr))
        path = qb.save(derive(corr), tmp_path / "derived.nc")
        assert qb.load(path).identical(derive(corr))


def test_refusals():
    corr = below_threshold()
    with pytest.raises(ValueError, match=r"^`corr` must be normally ordered, .*use PositiveP\.$"):
        qb.squeezing_spectrum(below_threshold(ordering="symmetric"), OMEGA)
    for derive in (qb.correlation_time, qb.switching_time, lambda c: qb.squeezing_spectrum(c, OMEGA)):
        with pytest.raises(TypeError, match=r"^`corr` must be a result of `correlations`, got 3"):
            derive(3)
        with pytest.raises(ValueError, match=r"^`corr` must be a result of `correlations`, got an other dataset"):
            derive(corr.drop_vars("two_time_average"))
    for frequencies in ([], [np.nan], [[1.0]]):
        with pytest.raises(ValueError, match=r"^`frequencies` must be one finite real number or a list"):
            qb.squeezing_spectrum(corr, frequencies)
    for texts in ("x", "1.0", ["1.0"], [True]):
        with pytest.raises(TypeError, match=r"^`angles` must be"):
            qb.squeezing_spectrum(corr, OMEGA, texts)
    with pytest.raises(ValueError, match=r"^`angle` must be a finite real number"):
        qb.correlation_time(corr, np.inf)

"""Correlations from trajectories against closed forms, QuTiP and the exact gap; verdicts and refusals at the door."""

import json
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import pytest
import qutip

import phasespace_qb as qb
from phasespace_qb.linear.spectra import output_spectrum
from phasespace_qb.results.schema import base_name
from phasespace_qb.two_time.variables import DESCRIBED
from tests.two_time.invented import closed_forms, decaying

OMEGA = np.linspace(0.0, 10.0, 41)
LAGS = np.linspace(0.0, 16.0, 65)
BELOW = qb.DopoBattery(gamma_p=4.0).at(threshold_ratio=0.5, noise_parameter=1e-5)
"""Below threshold and so weakly coupled that linear theory holds; a slow γ_p allows for long steps."""
CLEAN = qb.DopoBattery(pump=1.3, kappa=0.8, gamma_p=6.0)
"""Above threshold with two quanta, so that operators do not commute in sight: λ = 1.7, g² = 0.21."""
CUTOFFS = (16, 9)
FAST_LAGS = np.linspace(0.0, 2.4, 13)
SINCE = 2.0


@cache
def below():
    return qb.correlations(BELOW, LAGS, qb.PositiveP(10_000, rng=2), since=20, until=60)


@cache
def clean(method=qb.PositiveP):
    return qb.correlations(CLEAN, FAST_LAGS, method(40_000, rng=5), since=SINCE)


@cache
def exact(pump=1.3):
    """⟨a†(t)a(t+τ)⟩, ⟨a(t+τ)a(t)⟩, ⟨a†(t)n(t+τ)a(t)⟩ and, in the wrong order, ⟨n(t+τ)n(t)⟩ at t = SINCE, by QuTiP."""
    a = qutip.tensor(qutip.destroy(CUTOFFS[0]), qutip.qeye(CUTOFFS[1]))
    p = qutip.tensor(qutip.qeye(CUTOFFS[0]), qutip.destroy(CUTOFFS[1]))
    half = 0.5j * CLEAN.kappa * a.dag() ** 2 * p + 1j * np.sqrt(CLEAN.gamma_p) * pump * p.dag()
    hamiltonian, jumps = half + half.dag(), [a, np.sqrt(CLEAN.gamma_p) * p]
    options = {"atol": 1e-9, "rtol": 1e-7, "nsteps": 100_000, "progress_bar": ""}
    vacuum = qutip.tensor(qutip.fock_dm(CUTOFFS[0], 0), qutip.fock_dm(CUTOFFS[1], 0))
    state = qutip.mesolve(hamiltonian, vacuum, [0.0, SINCE], jumps, options=options).states[-1]
    asked = {"solver": "me", "options": options}
    number = a.dag() * a
    return {
        "first_order_correlation": qutip.correlation_2op_1t(
            hamiltonian, state, FAST_LAGS, jumps, a.dag(), a, reverse=True, **asked
        ),
        "anomalous_correlation": qutip.correlation_2op_1t(hamiltonian, state, FAST_LAGS, jumps, a, a, **asked),
        "intensity_correlation": qutip.correlation_3op_1t(
            hamiltonian, state, FAST_LAGS, jumps, a.dag(), number, a, **asked
        ).real,
        "in the wrong order": qutip.correlation_2op_1t(
            hamiltonian, state, FAST_LAGS, jumps, number, number, **asked
        ).real,
    }


def largest_score(corr, name, reference):
    """|estimate − reference| over the standard error, with the error of the step in the sampling error."""
    error = np.hypot(corr[f"{name}_stderr"].values.real, corr[f"{name}_step_error"].values.real / 2)
    return float((np.abs(corr[name].values.real - np.real(reference)) / error).max())


@pytest.mark.parametrize("name", ["first_order_correlation", "anomalous_correlation", "intensity_correlation"])
def test_correlations_are_those_of_the_master_equation(name):
    assert largest_score(clean(), name, exact()[name]) < 4.2
    assert largest_score(clean(), name, exact(1.25)[name]) > 8, "4 % less of the drive would be seen"
    assert clean().verdict == "trust"


def test_the_order_of_operators_is_seen():
    assert largest_score(clean(), "intensity_correlation", exact()["in the wrong order"]) > 8
    exchanged = exact()["anomalous_correlation"]
    assert largest_score(clean(), "first_order_correlation", exchanged) > 8


def test_g2_is_the_intensity_over_the_photon_numbers():
    corr, average = clean(), clean().two_time_average.sel(replicate=0)
    numbers = (average.sel(product="number_before") * average.sel(product="number_after")).real
    assert corr.second_order_correlation.values == pytest.approx(
        (corr.intensity_correlation / numbers).values, rel=1e-3
    )
    assert float(corr.second_order_correlation[0]) > 1.0


def test_below_threshold_it_is_an_ornstein_uhlenbeck_process():
    """C_x = λ/2(1−λ) e^(−(1−λ)τ/2), C_p = −λ/2(1+λ) e^(−(1+λ)τ/2) of the normally ordered quadratures."""
    corr = below()
    x, p = decaying([(0.5, 0.25)], LAGS), decaying([(-1 / 6, 0.75)], LAGS)
    for name, reference in (("first_order_correlation", (x + p) / 2), ("anomalous_correlation", (x - p) / 2)):
        assert largest_score(corr, name, reference) < 4.2
        assert largest_score(corr, name, 1.05 * reference) > 8
        assert largest_score(corr, name, (x - p) / 2 if name.startswith("first") else (x + p) / 2) > 8
    assert largest_score(corr, "intensity_correlation", (1 / 6) ** 2 + ((x + p) ** 2 + (x - p) ** 2) / 4) < 4.2


def spectral_scores(corr, reference, **options):
    spectrum = qb.squeezing_spectrum(corr, OMEGA, **options)
    missed = np.maximum(np.abs(spectrum.output_spectrum - reference) - spectrum.output_spectrum_estimator_error, 0)
    return float((missed / spectrum.output_spectrum_stderr).max()), float(np.abs(missed / reference).max())


def test_spectra_below_threshold():
    score, relative = spectral_scores(below(), closed_forms(0.5, OMEGA))
    assert score < 4.2
    assert relative < 0.1
    assert spectral_scores(below(), closed_forms(0.53, OMEGA))[0] > 8
    assert spectral_scores(below(), closed_forms(0.5, OMEGA)[::-1])[0] > 8
    times = qb.correlation_time(below())
    assert float(times.asymptotic_rate[0]) == pytest.approx(0.25, abs=4.2 * float(times.asymptotic_rate_stderr[0]))


def test_a_result_says_what_it_is():
    corr = below()
    assert corr.ordering == "normal and time"
    assert corr.photon_loss == 1.0
    assert corr.keeps_parity == 1
    assert (corr.since, corr.until, corr.origins) == (20.0, 60.0, 81)
    assert corr.lag.attrs["units"] == "1/gamma_s"
    assert corr.sizes["replicate"] == corr.sizes["group"] + 1 == 21
    assert int(corr.trajectories_in_group.sum()) == 10_000
    for name, array in corr.data_vars.items():
        assert array.dims == DESCRIBED[base_name(name)].dims, name
    for name in ("first_order", "anomalous", "intensity", "second_order"):
        for suffix in ("_stderr", "_step_error"):
            assert np.isfinite(corr[f"{name}_correlation{suffix}"]).all()


def test_the_same_bits_on_any_executor():
    arguments = (CLEAN, FAST_LAGS, qb.PositiveP(3_000, rng=5))
    with ThreadPoolExecutor(3) as pool:
        other = qb.correlations(*arguments, since=SINCE, until=4.0, executor=pool)
    assert other.identical(qb.correlations(*arguments, since=SINCE, until=4.0))


def test_a_battery_can_start_in_its_branch():
    battery = qb.DopoBattery(pump=3.0)
    bright = battery.system(start="branch")
    assert bright.start_amplitudes == pytest.approx(battery.steady_amplitudes()[1])
    assert not bright.keeps_parity("signal")
    dark = qb.DopoBattery(pump=1.0)
    assert dark.system(start="branch").start_amplitudes == pytest.approx(dark.steady_amplitudes()[0])
    assert dark.system(start="branch").keeps_parity("signal")
    assert battery.system("vacuum") == battery.system()
    with pytest.raises(ValueError, match=r"^`start` must be one of vacuum, branch"):
        battery.system(start="bright")


REFUSED = [
    ({"system": 3}, TypeError, r"^`system` must be a DopoBattery or an OpenSystem"),
    ({"method": qb.LinearNoise()}, TypeError, r"^`method` must be PositiveP\(…\) or TruncatedWigner\(…\)"),
    ({"method": qb.PositiveP(target_stderr=0.1)}, ValueError, r"^`target_stderr` must be left out.*Give trajectories"),
    ({"lags": [0.1, 0.2, 0.3, 0.4, 0.5]}, ValueError, r"^`lags` must be 5 or more equidistant times 0, δ, 2δ"),
    ({"lags": [0.0, 0.1, 0.2, 0.3, 0.5]}, ValueError, r"^`lags` must be 5 or more.*np\.linspace"),
    ({"lags": [0.0, 0.1, 0.2]}, ValueError, r"^`lags` must be 5 or more"),
    ({"lags": "abc"}, TypeError, r"^`lags` must be 5 or more"),
    ({"lags": ["0.0", "1.0", "2.0", "3.0", "4.0"]}, TypeError, r"^`lags` must be 5 or more"),
    ({"since": -1.0}, ValueError, r"^`since` must be a finite time, not negative"),
    ({"until": 1.0}, ValueError, r"^`until` must be a finite time from `since` on"),
    ({"until": 1e9}, ValueError, r"^`until` must be so early that the record has at most 1,000,000 saves"),
    ({"executor": 3}, TypeError, r"^`executor` must be"),
]


@pytest.mark.parametrize(("changed", "error", "message"), REFUSED)
def test_refusals(changed, error, message):
    arguments = {"system": CLEAN, "lags": FAST_LAGS, "method": None, "since": SINCE} | changed
    with pytest.raises(error, match=message):
        qb.correlations(**arguments)


@pytest.mark.slow
def test_truncated_wigner_gives_symmetric_order_and_no_intensities():
    corr = clean(qb.TruncatedWigner)
    assert corr.ordering == "symmetric"
    assert corr.verdict == "doubt"
    assert "intensity_correlation" not in corr
    assert "intensity" not in corr["product"]
    # ½⟨{a†, a}⟩ = n̄ + ½, less the bias of the method.
    assert float(corr.first_order_correlation[0].real) == pytest.approx(
        exact()["first_order_correlation"][0].real + 0.5, abs=0.1
    )
    assert qb.correlation_time(corr).sizes["observable"] == 1
    with pytest.raises(ValueError, match="a detector sees"):
        qb.squeezing_spectrum(corr, OMEGA)


@pytest.mark.slow
@pytest.mark.parametrize("method", [qb.PositiveP, qb.TruncatedWigner])
def test_a_detuned_thermal_mode_turns_the_right_way(method):
    """⟨a†(t)a(t+τ)⟩ = n̄ e^(−(γ−G)τ/2 − iΔτ), n̄ = G/(γ−G), in symmetric order n̄ + ½."""
    (a,) = qb.modes("cavity")
    system = qb.OpenSystem(0.8 * a.dag * a, {a: 1.0, a.dag: 0.4})
    lags = np.linspace(0, 6, 25)
    corr = qb.correlations(system, lags, method(20_000, rng=3), since=12, until=30)
    number = 0.4 / 0.6 + (method is qb.TruncatedWigner) / 2
    for turn, agrees in ((-0.8, True), (0.8, False), (0.0, False)):
        reference = number * np.exp((1j * turn - 0.3) * lags)
        assert (largest_score(corr, "first_order_correlation", reference) < 4.2) == (agrees or turn == 0.8)
        missed = np.abs((corr.first_order_correlation.values - reference).imag)
        error = corr.first_order_correlation_stderr.values.imag + corr.first_order_correlation_step_error.values.imag
        assert bool((missed < 4.2 * error + 1e-12).all()) == agrees
    assert (np.abs(corr.anomalous_correlation) < 5 * np.abs(corr.anomalous_correlation_stderr)).all()


@pytest.mark.slow
def test_a_detuned_battery_is_squeezed_at_the_angle_of_linear_theory():
    battery = qb.DopoBattery(gamma_p=4.0, detuning=0.3).at(threshold_ratio=0.6, noise_parameter=1e-5)
    corr = qb.correlations(battery, LAGS, qb.PositiveP(20_000, rng=2), since=25, until=65)
    dark, angles = battery.steady_amplitudes()[0], (0.0, 0.9, -0.9)

    def linear(sign):
        return np.array([output_spectrum(battery.system(), dark, OMEGA, "signal", sign * angle) for angle in angles])

    assert spectral_scores(corr, linear(1), angles=angles)[0] < 4.2
    assert spectral_scores(corr, linear(-1), angles=angles)[0] > 8


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_spectra_below_threshold_within_one_percent_of_the_whole_band(seed):
    battery = qb.DopoBattery().at(threshold_ratio=0.5, noise_parameter=1e-4)
    method = qb.PositiveP(400_000, rng=seed, integrator=qb.ExponentialHeun())
    corr = qb.correlations(battery, np.linspace(0, 20, 81), method, since=20, until=520)
    spectrum = qb.squeezing_spectrum(corr, OMEGA)
    assert np.abs(spectrum.output_spectrum / closed_forms(0.5, OMEGA) - 1).max() < 0.01
    assert np.abs(spectrum.output_spectrum / closed_forms(0.505, OMEGA) - 1).max() > 0.01
    assert corr.verdict == spectrum.verdict == "trust"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_spectra_above_threshold_are_those_of_two_linearised_modes(seed):
    battery = qb.DopoBattery().at(threshold_ratio=1.5, noise_parameter=1e-4)
    system, amplitudes = battery.system(start="branch"), battery.steady_amplitudes()[1]
    method = qb.PositiveP(100_000, rng=seed, integrator=qb.ExponentialHeun())
    corr = qb.correlations(system, np.linspace(0, 15, 121), method, since=15, until=215)
    spectrum = qb.squeezing_spectrum(corr, OMEGA)

    def linear(about):
        angles = spectrum.angle.values
        return np.array([output_spectrum(about.system(), amplitudes, OMEGA, "signal", angle) for angle in angles])

    assert np.abs(spectrum.output_spectrum / linear(battery) - 1).max() < 0.01
    faster = qb.DopoBattery(gamma_p=20.0).at(threshold_ratio=1.5, noise_parameter=1e-4)
    amplitudes = faster.steady_amplitudes()[1]
    assert np.abs(spectrum.output_spectrum / linear(faster) - 1).max() > 0.01, "another γ_p would be seen"
    assert spectrum.verdict == "trust", json.loads(spectrum.verdict_reasons)


@pytest.mark.slow
@pytest.mark.parametrize(("noise", "ratio"), [(0.2, 1.4), (0.25, 1.5), (0.3, 1.6)])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_switching_is_the_exact_gap(noise, ratio, seed):
    battery = qb.DopoBattery().at(threshold_ratio=ratio, noise_parameter=noise)
    eigenvalues = qb.steady_state(battery, qb.Lindblad(cutoffs=(28, 10))).liouvillian_eigenvalue
    gap = -float(eigenvalues.sel(sector="antisymmetric").max().real)
    lags = np.linspace(0, 40, 61)
    scores = []
    for method in (qb.PositiveP, qb.TruncatedWigner):
        corr = qb.correlations(battery, lags, method(40_000, rng=seed, step=0.01), since=15, until=175)
        found = qb.switching_time(corr)
        error = np.hypot(found.switching_rate_stderr, found.switching_rate_estimator_error)
        scores.append(float(abs(found.switching_rate - gap) / error))
    assert scores[0] < 4.2
    assert scores[1] > 12, "truncated Wigner has the exponent wrong"


@pytest.mark.slow
def test_asymptotic_rates_are_the_gaps_of_both_sectors():
    """Field: antisymmetric, intensity: symmetric; each is far from the other's."""
    battery = qb.DopoBattery().at(threshold_ratio=1.4, noise_parameter=0.2)
    found = qb.steady_state(battery, qb.Lindblad(cutoffs=(28, 10))).liouvillian_eigenvalue.real
    gaps = [-float(found.sel(sector="antisymmetric").max()), -float(found.sel(sector="symmetric").min("rank"))]
    method = qb.PositiveP(40_000, rng=1, step=0.01)
    times = qb.correlation_time(qb.correlations(battery, np.linspace(0, 12, 49), method, since=15, until=95))
    error = np.hypot(times.asymptotic_rate_stderr, times.asymptotic_rate_estimator_error).values
    assert (np.abs(times.asymptotic_rate.values - gaps) < 4.2 * error).all()
    assert (np.abs(times.asymptotic_rate.values - gaps[::-1]) > 40 * error).all()
    assert (error < 0.03 * np.array(gaps)).all()

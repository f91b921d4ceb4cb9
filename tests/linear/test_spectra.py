"""Squeezing spectra: closed forms below threshold, sum rules everywhere, and what is refused."""

from contextlib import suppress

import numpy as np
import pytest
from scipy.integrate import quad

import phasespace_qb as qb
from phasespace_qb.errors import PhaseSpaceError
from phasespace_qb.linear.covariance import steady_covariance
from phasespace_qb.linear.spectra import output_spectrum, photon_loss, quadrature_variance
from tests.linear.cases import FAULTS, battery, plant, wrong_depletion

OMEGA = np.linspace(-5, 5, 41)
a, b = qb.modes("a", "b")


def below_threshold_error(ratio=0.6, gamma_s=1.0):
    parameters = battery(ratio, gamma_s=gamma_s)
    dark, system = parameters.steady_amplitudes()[0], parameters.system()
    reduced = (2 * OMEGA / gamma_s) ** 2
    stretched = output_spectrum(system, dark, OMEGA, "signal", 0.0)
    squeezed = output_spectrum(system, dark, OMEGA, "signal", np.pi / 2)
    between = output_spectrum(system, dark, OMEGA, "signal", np.pi / 4)
    s_x, s_p = 1 + 4 * ratio / ((1 - ratio) ** 2 + reduced), 1 - 4 * ratio / ((1 + ratio) ** 2 + reduced)
    differences = [stretched / s_x - 1, squeezed / s_p - 1, between / (0.5 * (s_x + s_p)) - 1]
    return float(np.abs(differences).max())


@pytest.mark.parametrize("ratio", [0.1, 0.6, 0.99])
@pytest.mark.parametrize("gamma_s", [1.0, 3.0])
def test_closed_forms_below_threshold(ratio, gamma_s):
    assert below_threshold_error(ratio, gamma_s) < 1e-10


@pytest.mark.parametrize("fault", [f for f in FAULTS if f is not wrong_depletion])
def test_a_planted_fault_is_seen(fault, monkeypatch):
    plant(monkeypatch, fault)
    with suppress(PhaseSpaceError):  # no steady state any more
        assert below_threshold_error(0.3) > 1e-2


@pytest.mark.parametrize(("ratio", "delta"), [(0.7, 0.0), (0.7, 0.5), (1.3, 0.0), (2.0, -0.6)])
@pytest.mark.parametrize("angle", [0.0, 0.9])
@pytest.mark.parametrize(("mode", "index"), [("signal", 0), ("pump", 1)])
def test_the_spectrum_integrates_to_the_intracavity_variance(ratio, delta, angle, mode, index):
    """∫ dω/2π (S − 1) = γ (2⟨δx_θ²⟩ − 1): two routes, one in frequency and one through Lyapunov, any branch."""
    parameters = battery(ratio, delta, gamma_p=3.0)
    system, amplitudes = parameters.system(), parameters.steady_amplitudes()[-1]
    port = photon_loss(system, mode)

    def excess(omega):
        return output_spectrum(system, amplitudes, omega, mode, angle)[0] - 1

    total = 2 * quad(excess, 0, np.inf, epsabs=1e-10, limit=200)[0] / (2 * np.pi)
    variance = quadrature_variance(steady_covariance(system, amplitudes), index, angle)
    assert total == pytest.approx(port * (2 * variance - 1), abs=1e-7)


def test_output_squeezing_at_threshold_is_perfect_and_never_negative():
    just_below = battery(1 - 1e-6)
    best = output_spectrum(just_below.system(), just_below.steady_amplitudes()[0], 0.0, "signal", np.pi / 2)
    assert 0 <= best[0] < 1e-6
    above = battery(1.5)
    system, bright = above.system(), above.steady_amplitudes()[1]
    angles = np.linspace(0, np.pi, 13)
    spectra = np.array([output_spectrum(system, bright, OMEGA, "signal", angle) for angle in angles])
    assert spectra.min() > 0
    assert spectra.min() < 0.6
    # A pure state of the port has S_x S_p ≥ 1 at each frequency.
    assert (spectra[0] * spectra[6]).min() >= 1 - 1e-12


def test_intracavity_variance_follows_the_angle():
    covariance = np.array([[2.0, 0.5], [0.5, 1.0]])
    assert quadrature_variance(covariance, 0) == 2.0
    assert quadrature_variance(covariance, 0, np.pi / 2) == pytest.approx(1.0)
    assert quadrature_variance(covariance, 0, np.pi / 4) == pytest.approx(2.0)


def test_photon_loss_of_a_mode():
    system = qb.OpenSystem(a.dag * a + b.dag * b, {a: 1.0, 2 * a: 0.5, a**2: 7.0, a + b: 5.0, a.dag: 0.1})
    assert photon_loss(system, "a") == 3.0
    assert photon_loss(system, "b") == 0.0


def test_refusals():
    parameters = battery(1.5)
    system, (dark, bright, _) = parameters.system(), parameters.steady_amplitudes()
    with pytest.raises(ValueError, match=r"`mode` must be one of the modes \('signal', 'pump'\), got 'idler'"):
        output_spectrum(system, bright, OMEGA, "idler")
    with pytest.raises(PhaseSpaceError, match="No stationary spectrum"):
        output_spectrum(system, dark, OMEGA, "signal")
    with pytest.raises(ValueError, match="`angle` must be a finite real number"):
        output_spectrum(system, bright, OMEGA, "signal", np.nan)
    without = qb.OpenSystem(a.dag * a, {a**2: 1.0})
    with pytest.raises(ValueError, match="`mode` must be a mode with photon loss"):
        output_spectrum(without, np.zeros(1), OMEGA, "a")

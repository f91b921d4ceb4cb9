"""The references themselves, against the defining equations and against each other's limits."""

import numpy as np
import pytest
from scipy.linalg import null_space

from tests.reference import eliminated_oscillator as eliminated
from tests.reference import master_equation


def brute_force_steady_state(lam, noise, delta, theta, cutoff):
    """Null vector of the dense Liouvillian, γ_s = 1."""
    a = np.diag(np.sqrt(np.arange(1.0, cutoff)), 1).astype(complex)
    ad, one = a.T, np.eye(cutoff)
    pair = np.exp(1j * theta) * ad @ ad
    h = 0.5 * delta * ad @ a + 0.25j * lam * (pair - pair.conj().T)
    liouvillian = -1j * (np.kron(h, one) - np.kron(one, h.T))
    for rate, jump in ((1.0, a), (noise / 2, a @ a)):
        n = jump.conj().T @ jump
        liouvillian += rate * (np.kron(jump, jump.conj()) - 0.5 * np.kron(n, one) - 0.5 * np.kron(one, n.T))
    even = [i * cutoff + j for i in range(cutoff) for j in range(cutoff) if (i + j) % 2 == 0]
    rho = np.zeros(cutoff**2, complex)
    rho[even] = null_space(liouvillian[np.ix_(even, even)], rcond=1e-12)[:, 0]
    rho = rho.reshape(cutoff, cutoff)
    return rho / np.trace(rho)


@pytest.mark.parametrize(("lam", "noise", "delta", "theta"), [(0.7, 1.0, 0.0, 0.0), (1.1, 0.8, 0.6, 0.9)])
def test_eliminated_steady_state_is_the_null_vector(lam, noise, delta, theta):
    expected = brute_force_steady_state(lam, noise, delta, theta, cutoff=22)
    assert np.abs(eliminated.density_matrix(22, lam, noise, delta, theta) - expected).max() < 2e-8
    wrong = eliminated.density_matrix(22, lam, noise, -delta - 0.1, theta)
    assert np.abs(wrong - expected).max() > 1e-3


def test_eliminated_moments_are_those_of_its_density_matrix():
    rho = eliminated.density_matrix(60, 1.2, 0.2, 0.3, 0.4)
    a = np.diag(np.sqrt(np.arange(1.0, 60)), 1)
    for m, n in ((0, 0), (1, 1), (0, 2), (2, 2), (1, 3), (3, 3), (0, 1)):
        operator = np.linalg.matrix_power(a.T, m) @ np.linalg.matrix_power(a, n)
        assert eliminated.moment(m, n, 1.2, 0.2, delta=0.3, theta=0.4) == pytest.approx(
            np.trace(rho @ operator), abs=1e-9
        )


def test_eliminated_threshold_scaling():
    g = 0.01
    assert eliminated.moment(1, 1, 1.0, g**2).real == pytest.approx(0.33799 / g - 0.106, abs=5e-3)


def test_master_equation_gives_the_papers_early_photon_numbers():
    run = master_equation.solve(1.0, np.array([0.0, 2.0, 5.0, 10.0]), cutoffs=(20, 8))
    assert run.photon_number == pytest.approx([0.0, 0.071861, 0.137448, 0.153474], abs=2e-6)
    assert np.trace(run.signal[-1]).real == pytest.approx(1.0, abs=1e-8)
    # Ehrenfest, steady: 0 = −γ_p⟨b⟩/2 − κ⟨a²⟩/2 + √γ_p F
    assert run.pair_amplitude[-1] == pytest.approx((4 - 8 * run.pump_amplitude[-1]) / 0.25, abs=2e-3)


def test_phase_of_the_drive_is_a_gauge():
    times = np.array([0.0, 1.0, 3.0])
    plain = master_equation.solve(1.5, times, cutoffs=(14, 8), tolerance=1e-8)
    turned = master_equation.solve(1.5 * np.exp(1j), times, cutoffs=(14, 8), tolerance=1e-8)
    assert turned.photon_number == pytest.approx(plain.photon_number, abs=1e-7)
    assert turned.pair_amplitude == pytest.approx(plain.pair_amplitude * np.exp(1j), abs=1e-7)
    assert turned.pump_amplitude == pytest.approx(plain.pump_amplitude * np.exp(1j), abs=1e-7)


def test_fast_pump_approaches_the_eliminated_oscillator():
    gamma_p, lam, noise = 60.0, 0.8, 0.5
    kappa = np.sqrt(noise * gamma_p / 2)
    pump, times = lam * np.sqrt(gamma_p) / (4 * kappa), np.array([0.0, 12.0])
    run = master_equation.solve(pump, times, kappa=kappa, gamma_p=gamma_p, cutoffs=(16, 5), tolerance=1e-7)
    expected = eliminated.moment(1, 1, lam, noise).real
    assert run.photon_number[-1] == pytest.approx(expected, rel=0.05)
    assert abs(run.photon_number[-1] / expected - 1) > 1e-4  # the two are different models

"""Gaussian states: the generating function against Fock space, and the closed forms."""

import numpy as np
import pytest
from scipy.linalg import expm

from phasespace_qb.states.gaussian import GaussianState, number_windows

FOCK = 140
CASES = [
    # v_large, v_small, angle of squeezing, d_x, d_p
    (0.5, 0.5, 0.0, 0.0, 0.0),
    (0.5, 0.5, 0.0, 1.5, -0.7),
    (1.3, 0.4, 0.0, 1.0, 0.0),
    (2.0, 0.2, 0.4, 0.0, 0.0),
    (1.1, 0.32, -0.6, 3.0, 2.5),
    (0.9, 0.7, 1.1, -2.0, 0.3),
]


def gaussian(large, small, angle, x, p):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return GaussianState(np.array([x, p]), turn @ np.diag([large, small]) @ turn.T)


def fock_matrix(large, small, angle, x, p, *, cutoff=FOCK):
    """ρ = D R S ρ_th S† R† D† with every factor exponentiated in a big Fock space: another route altogether."""
    a = np.diag(np.sqrt(np.arange(1.0, cutoff)), 1).astype(complex)
    nu = np.sqrt(large * small)
    q = (nu - 0.5) / (nu + 0.5)
    thermal = np.diag((1 - q) * q ** np.arange(cutoff))
    beta = (x + 1j * p) / np.sqrt(2)
    squeeze = expm(0.125 * np.log(large / small) * (a.T @ a.T - a @ a))
    rotate = np.diag(np.exp(1j * angle * np.arange(cutoff)))
    u = expm(beta * a.T - np.conj(beta) * a) @ rotate @ squeeze
    return u @ thermal @ u.conj().T


@pytest.mark.parametrize("case", CASES)
def test_number_distribution_and_fock_matrix_agree_with_fock_space(case):
    state, rho = gaussian(*case), fock_matrix(*case)
    p = np.diag(rho).real
    assert np.abs(state.number_distribution(60) - p[:60]).max() < 1e-12
    assert np.abs(state.density_matrix(60) - rho[:60, :60]).max() < 1e-11
    n = np.arange(FOCK)
    assert state.photon_number == pytest.approx(p @ n, abs=1e-8)
    assert state.photon_number_variance == pytest.approx(p @ n**2 - (p @ n) ** 2, abs=1e-6)
    assert np.sort(np.linalg.eigvalsh(rho))[::-1][1] == pytest.approx(thermal_weight(state, 1), abs=1e-10)


def thermal_weight(state, n):
    q = (state.symplectic_eigenvalue - 0.5) / (state.symplectic_eigenvalue + 0.5)
    return (1 - q) * q**n


def test_a_planted_error_in_the_covariance_is_seen():
    state, rho = gaussian(1.1, 0.33, -0.6, 3.0, 2.5), fock_matrix(*CASES[4])
    assert np.abs(state.number_distribution(60) - np.diag(rho).real[:60]).max() > 1e-5
    mirrored = gaussian(1.1, 0.32, 0.6, 3.0, 2.5)
    assert np.abs(mirrored.density_matrix(60) - rho[:60, :60]).max() > 1e-3


@pytest.mark.parametrize("number", [1e-6, 1e-2, 1.0, 30.0, 3e3, 1e6])
def test_a_coherent_state_is_poissonian_from_tiny_to_huge(number):
    state = GaussianState(np.array([[np.sqrt(2 * number), 0.0]]), 0.5 * np.eye(2)[None])
    [(_, start, p)] = list(number_windows(state))
    n = start[0] + np.arange(p.shape[1])
    assert p.sum() == pytest.approx(1, abs=1e-12)
    assert p[0] @ n == pytest.approx(number, rel=1e-9)
    assert p[0] @ (n - number) ** 2 == pytest.approx(number, rel=1e-6)
    assert p.shape[1] <= max(64, 64 * number, 1)
    assert p.shape[1] <= 2**15


@pytest.mark.parametrize("number", [1e-6, 0.01, 1.0, 100.0, 1e4])
def test_a_thermal_state_is_geometric(number):
    state = GaussianState(np.zeros(2), (number + 0.5) * np.eye(2))
    q = number / (number + 1)
    assert np.abs(state.number_distribution(50) - (1 - q) * q ** np.arange(50)).max() < 1e-14


def test_a_window_away_from_zero_lands_at_the_right_numbers():
    state = GaussianState(np.array([40.0, 0.0]), np.diag([0.6, 0.5]))
    p = state.number_distribution(1200)
    assert p @ np.arange(1200) == pytest.approx(state.photon_number, abs=1e-7)
    assert p[:300].max() == 0.0


def test_arrays_of_states_equal_their_elements_and_nan_stays_where_it_is():
    rng = np.random.default_rng(3)
    mean, covariance = rng.normal(size=(3, 4, 2)), np.zeros((3, 4, 2, 2))
    covariance[..., 0, 0], covariance[..., 1, 1] = rng.uniform(0.5, 3, (3, 4)), rng.uniform(0.4, 1, (3, 4))
    mean[1, 2] = np.nan
    many = GaussianState(mean, covariance)
    p = many.number_distribution(30)
    assert p.shape == (3, 4, 30)
    assert np.isnan(p[1, 2]).all()
    assert np.isfinite(np.delete(p.reshape(12, 30), 6, axis=0)).all()
    single = GaussianState(mean[2, 1], covariance[2, 1])
    assert np.abs(single.number_distribution(30) - p[2, 1]).max() < 1e-15
    assert many.photon_number[2, 1] == single.photon_number


def test_slightly_unphysical_estimates_pass_unclipped():
    state = GaussianState(np.zeros(2), np.diag([0.9, 0.27]))
    assert state.symplectic_eigenvalue == pytest.approx(np.sqrt(0.243))
    assert state.symplectic_eigenvalue < 0.5
    assert state.number_distribution(40).sum() == pytest.approx(1, abs=1e-9)
    assert np.isnan(GaussianState(np.zeros(2), np.diag([0.9, -0.1])).number_distribution(4)).all()


@pytest.mark.parametrize(("mean", "covariance", "name"), [((3,), (3, 2), "mean"), ((5, 2), (2, 2), "covariance")])
def test_shapes_that_do_not_fit_are_refused(mean, covariance, name):
    with pytest.raises(ValueError, match=f"`{name}` must be an array of shape"):
        GaussianState(np.zeros(mean), np.zeros(covariance))

"""Two branches: the Gram-matrix spectrum against direct diagonalisation, and the fit to moments."""

import numpy as np
import pytest

from phasespace_qb.states.branches import TwoBranchState, parity_blocks
from phasespace_qb.states.gaussian import GaussianState
from tests.states.test_gaussian import FOCK, fock_matrix, gaussian

CASES = [(1.3, 0.4, 0.0, 1.0, 0.0), (1.0, 0.3, 0.5, 2.0, 1.0), (0.5, 0.5, 0.0, 1.5, -0.7), (2.0, 0.4, 0.2, 0.3, 0.5)]


def mixture(*case):
    """½(ρ₊ + Πρ₊Π), explicitly."""
    rho, parity = fock_matrix(*case), (-1.0) ** np.arange(FOCK)
    return 0.5 * (rho + parity[:, None] * rho * parity)


def moments(rho):
    a = np.diag(np.sqrt(np.arange(1.0, len(rho))), 1)
    n, m, pairs = (np.trace(rho @ o) for o in (a.T @ a, a @ a, a.T @ a.T @ a @ a))
    return n.real, m, pairs.real


@pytest.mark.parametrize("case", CASES)
def test_parity_blocks_have_the_spectrum_of_the_mixture(case):
    state = TwoBranchState(gaussian(*case))
    nu, s = state.branch.symplectic_eigenvalue, state.separation
    blocks = parity_blocks(np.array([nu]), np.array([s]), 60)
    found = np.sort(np.concatenate([np.linalg.eigvalsh(b[0]) for b in blocks]))[::-1][:40]
    expected = np.sort(np.linalg.eigvalsh(mixture(*case)))[::-1][:40]
    assert np.abs(found - expected).max() < 1e-11
    wrong = parity_blocks(np.array([nu]), np.array([1.01 * s]), 60)
    seen = np.sort(np.concatenate([np.linalg.eigvalsh(b[0]) for b in wrong]))[::-1][:40]
    assert np.abs(seen - expected).max() > 1e-4


@pytest.mark.parametrize("nu", [0.5, 0.8, 3.0, 12.0])
@pytest.mark.parametrize("s", [0.0, 0.01, 1.0, 8.0])
def test_parity_is_exponentially_small_in_the_separation(nu, s):
    even, odd = parity_blocks(np.array([nu]), np.array([s]), 400)
    assert np.trace(even[0] + odd[0]) == pytest.approx(1, abs=1e-12)
    assert np.trace(even[0] - odd[0]) == pytest.approx(np.exp(-s) / (2 * nu), abs=1e-12)
    assert np.linalg.eigvalsh(odd[0]).min() > -1e-14


@pytest.mark.parametrize("case", CASES)
def test_density_matrix_and_number_distribution_are_those_of_the_mixture(case):
    state, rho = TwoBranchState(gaussian(*case)), mixture(*case)
    assert np.abs(state.density_matrix(50) - rho[:50, :50]).max() < 1e-11
    assert np.abs(state.number_distribution(50) - np.diag(rho).real[:50]).max() < 1e-12
    assert state.photon_number == pytest.approx(moments(rho)[0], abs=1e-8)


@pytest.mark.parametrize("case", [c for c in CASES if c[2] == 0.0 and c[4] == 0.0])
def test_the_fit_recovers_the_branches_from_their_moments(case):
    fitted = TwoBranchState.from_moments(*(np.asarray(m) for m in moments(mixture(*case))))
    assert np.abs(np.abs(fitted.branch.mean) - [case[3], 0.0]).max() < 1e-6
    assert np.abs(fitted.branch.covariance - np.diag(case[:2])).max() < 1e-6


def test_the_fit_turns_with_the_state_and_matches_the_number_variance():
    n, m, pairs = moments(mixture(1.2, 0.35, 0.0, 2.4, 0.0))
    turned = TwoBranchState.from_moments(n, m * np.exp(1.4j), pairs)
    straight = TwoBranchState.from_moments(n, m, pairs)
    assert turned.separation == pytest.approx(straight.separation, rel=1e-12)
    assert turned.branch.photon_number_variance == pytest.approx(pairs + n - n**2, rel=1e-12)
    direction = np.arctan2(turned.branch.mean[1], turned.branch.mean[0])
    assert direction == pytest.approx(0.7, abs=1e-12)


def test_more_than_gaussian_fluctuations_give_one_gaussian():
    n, m = np.array(0.5), np.array(0.7)
    fitted = TwoBranchState.from_moments(n, m, 2 * n**2 + m**2 + 0.1)
    assert (fitted.branch.mean == 0).all()
    assert fitted.photon_number == pytest.approx(0.5)
    assert np.isnan(TwoBranchState.from_moments(np.array(np.nan), m, n).branch.mean).all()


def test_states_of_an_array_keep_their_places():
    rng = np.random.default_rng(5)
    mean, covariance = rng.normal(size=(2, 3, 2)), np.tile(np.diag([1.0, 0.4]), (2, 3, 1, 1))
    many = TwoBranchState(GaussianState(mean, covariance))
    one = TwoBranchState(GaussianState(mean[1, 2], covariance[1, 2]))
    assert many.shape == (2, 3)
    assert many.separation[1, 2] == pytest.approx(one.separation, rel=1e-14)

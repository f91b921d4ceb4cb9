"""Sorted sums: every switch to a closed form or an extrapolation against the exact sum beside it."""

import numpy as np
import pytest

from phasespace_qb.states.gaussian import GaussianState, window_length
from phasespace_qb.work import passive
from phasespace_qb.work.passive import factorial_cumulant, number_energy, number_shape, sorted_energy, two_branch_energy
from tests.states.test_branches import CASES, mixture
from tests.states.test_gaussian import gaussian


def straight(large, small, x):
    return GaussianState(np.array([x, 0.0]), np.diag([large, small]))


def separation(state):
    return 0.5 * state.mean @ np.linalg.solve(state.covariance, state.mean)


@pytest.mark.parametrize("case", CASES)
def test_two_branch_energy_is_the_sorted_sum_of_the_mixture(case):
    state, exact = gaussian(*case), sorted_energy(np.linalg.eigvalsh(mixture(*case)))
    found = two_branch_energy(state.symplectic_eigenvalue, separation(state))
    assert found == pytest.approx(exact, abs=1e-9)
    assert abs(two_branch_energy(1.01 * state.symplectic_eigenvalue, separation(state)) - exact) > 1e-3


@pytest.mark.parametrize("nu", [0.5, 0.55, 0.9, 2.0, 6.0])
def test_limits_of_one_and_of_two_branches(nu):
    assert two_branch_energy(nu, 0.0) == nu - 0.5
    assert two_branch_energy(nu, 1e-9) == pytest.approx(nu - 0.5, abs=1e-7)
    edge = passive.SEPARATED
    assert two_branch_energy(nu, edge - 1e-9) == pytest.approx(2 * (nu - 0.5) + 0.5, abs=1e-9)
    assert abs(two_branch_energy(nu, 12.0) - (2 * (nu - 0.5) + 0.5)) > 1e-6  # the switch could not come much earlier


def test_pure_branches_have_the_weights_of_the_two_cats():
    s = np.array([0.1, 1.0, 5.0])
    assert two_branch_energy(np.full(3, 0.5), s) == pytest.approx(0.5 * (1 - np.exp(-s)), abs=1e-13)


def test_continues_below_one_half_with_value_and_slope():
    step, s = 1e-3, 0.7
    down, middle, up = two_branch_energy(0.5 + step * np.array([-1, 0, 1]), np.full(3, s))
    assert down + up == pytest.approx(2 * middle, abs=1e-13)
    assert down < middle < up
    assert np.isnan(two_branch_energy(0.8, -0.1))
    assert np.isnan(two_branch_energy(np.nan, 1.0))


def test_extrapolation_to_large_nu(monkeypatch):
    nu, s = np.full(4, 15.0), np.array([0.05, 0.8, 2.0, 7.0])
    extrapolated = two_branch_energy(nu, s)
    monkeypatch.setattr(passive, "LARGEST_MATRIX_NU", 16.0)
    exact = two_branch_energy(nu, s)
    assert np.abs(extrapolated / exact - 1).max() < 1e-5
    assert np.abs((2 * nu - 0.5) / exact - 1).min() > 1e-4  # what no extrapolation would have given


@pytest.mark.parametrize("case", CASES)
def test_number_energy_is_the_sorted_sum_of_the_fock_diagonal(case):
    exact = sorted_energy(np.diag(mixture(*case)).real)
    assert number_energy(gaussian(*case)) == pytest.approx(exact, abs=1e-9)
    assert number_energy(gaussian(1.01 * case[0], *case[1:])) != pytest.approx(exact, abs=1e-4)


@pytest.mark.parametrize(
    ("large", "small", "x"), [(1.0, 0.3, 310.0), (3.0, 0.2, 300.0), (10.0, 0.2, 200.0), (0.5, 0.5, 600.0)]
)
def test_closed_form_of_a_wide_bell(large, small, x, monkeypatch):
    state = straight(large, small, x)
    closed = number_energy(state)
    monkeypatch.setattr(passive, "WIDE", np.inf)
    exact = number_energy(state)
    assert closed != exact
    assert abs(closed - exact) < 1e-6 * (state.photon_number - exact)
    sigma = number_shape(state)[2]
    assert abs(2 * sigma * np.sqrt(2 / np.pi) - 0.5 - exact) > 2 * abs(closed - exact)  # the corrections help


@pytest.mark.parametrize(
    ("large", "small", "x"), [(300.0, 0.2, 90.0), (200.0, 0.3, 60.0), (900.0, 40.0, 50.0), (500.0, 0.25, 0.0)]
)
def test_broad_distributions_are_extrapolated_from_attenuated_ones(large, small, x, monkeypatch):
    state = straight(large, small, x)
    exact = number_energy(state)
    monkeypatch.setattr(passive, "EXACT_WINDOW", 2.0 ** np.floor(np.log2(window_length(state))) / 2)
    attenuated = number_energy(state)
    assert attenuated == pytest.approx(exact, rel=3e-5)


@pytest.mark.parametrize("number", [1e-6, 1e-2, 1.0, 1e3, 1e6])
def test_a_thermal_state_is_passive_at_every_size(number):
    assert number_energy(GaussianState(np.zeros(2), (number + 0.5) * np.eye(2))) == pytest.approx(number, rel=2e-8)


def test_factorial_cumulants_against_the_distribution():
    state = gaussian(1.4, 0.35, 0.6, 1.2, -0.4)
    p, n = state.number_distribution(300), np.arange(300)
    f1, f2, f3 = (p @ np.prod([n - j for j in range(k)], axis=0) for k in (1, 2, 3))
    assert factorial_cumulant(state, 1) == pytest.approx(f1, rel=1e-10)
    assert factorial_cumulant(state, 2) == pytest.approx(f2 - f1**2, rel=1e-9)
    assert factorial_cumulant(state, 3) == pytest.approx(f3 - 3 * f2 * f1 + 2 * f1**3, rel=1e-8)
    skewness, kurtosis, sigma = number_shape(state)
    u = (n - f1) / sigma
    assert (skewness, kurtosis) == (pytest.approx(p @ u**3, rel=1e-8), pytest.approx(p @ u**4 - 3, rel=1e-8))

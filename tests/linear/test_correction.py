"""The first correction to the linear theory: it has the right size, so errors and verdicts may rest on it."""

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.linear.correction import _Sources, correction_along
from phasespace_qb.linear.covariance import GaussianModes, complex_basis, follow, steady_covariance
from phasespace_qb.linear.polynomials import PolynomialTensor
from tests.linear.cases import battery
from tests.reference import eliminated_oscillator, master_equation

VACUUM = 0.5 * np.eye(4)
TIMES = np.array([0.5, 1.0, 2.0, 4.0, 12.0])


def photon_number(modes):
    return (np.abs(modes.amplitudes) ** 2)[..., 0] + 0.5 * np.trace(modes.covariance[..., :2, :2], 0, -2, -1) - 0.5


def change_of_number(at, by):
    mean = 2 * (at.amplitudes.conj() * by.amplitudes).real[..., 0]
    return mean + 0.5 * np.trace(by.covariance[..., :2, :2], 0, -2, -1)


def steady(ratio, noise, delta=0.0):
    """Linear theory and its correction about the last branch, with a pump that is as good as eliminated."""
    parameters = battery(ratio, delta, noise, gamma_p=1e4)
    system, amplitudes = parameters.system(), parameters.steady_amplitudes()[-1]
    linear = GaussianModes(amplitudes, steady_covariance(system, amplitudes))
    by = correction_along(system, np.array([1.0]), linear, settled=True)
    return linear, GaussianModes(by.amplitudes[0], by.covariance[0])


@pytest.mark.parametrize(("ratio", "delta"), [(0.5, 0.0), (0.8, 0.5), (1.5, 0.0), (1.6, 0.8), (3.0, 0.0)])
def test_it_is_the_next_order_of_the_exact_steady_state(ratio, delta):
    """What linear theory misses, n̄ − n̄_linear, is the correction up to a part of order g², n̄ from the closed form."""
    shares = []
    for noise in (2e-3, 1e-3):
        linear, by = steady(ratio, noise, delta)
        exact = eliminated_oscillator.moment(1, 1, ratio, noise, delta=delta).real
        shares.append((exact - photon_number(linear)) / change_of_number(linear, by))
    assert shares[1] == pytest.approx(1, abs=0.03)
    # Linear in g²: extrapolated to 0 only the pump's finite decay rate is left.
    assert 2 * shares[1] - shares[0] == pytest.approx(1, abs=0.002)


def test_without_the_third_cumulants_it_is_not(monkeypatch):
    monkeypatch.setattr(_Sources, "of_third", lambda self, t, z, n: np.zeros((4, 4, 4)))
    linear, by = steady(0.5, 1e-3)
    exact = eliminated_oscillator.moment(1, 1, 0.5, 1e-3).real
    assert abs((exact - photon_number(linear)) / change_of_number(linear, by) - 1) > 0.2


@pytest.fixture(scope="module")
def charging():
    """F_p = 1.5 (λ = 0.75 at κ = 0.5) and detuned, from the density matrix."""
    times = np.concatenate([[0.0], TIMES])
    return master_equation.solve(1.5, times, detuning=0.2, cutoffs=(24, 8), tolerance=1e-9)


def remainders(charging):
    """Largest distance of n̄ and ⟨a²⟩ from the density matrix, without and with the correction, relative to n̄."""
    system = qb.DopoBattery(pump=1.5, detuning=0.2).system()
    start = GaussianModes(np.zeros(2) + 0j, VACUUM)
    linear, by = follow(system, TIMES), correction_along(system, TIMES, start, settled=False)
    first = complex_basis(linear.covariance - VACUUM)
    second = first + complex_basis(by.covariance)
    exact = np.stack([charging.photon_number[1:], charging.pair_amplitude[1:]], axis=-1)
    found = [np.stack([m[:, 0, 1], m[:, 0, 0]], axis=-1) for m in (first, second)]
    return [np.abs(value - exact).max(axis=1) / charging.photon_number[1:] for value in found]


def test_it_closes_most_of_the_gap_to_the_master_equation_while_charging(charging):
    without, with_it = remainders(charging)
    assert (with_it[:3] < 0.35 * without[:3]).all()
    assert (without < 0.3).all()
    assert (with_it < without).all()


def test_a_planted_fault_is_seen(charging, monkeypatch):
    """Noise that does not follow the pump: ∂D = 0."""
    monkeypatch.setattr(_Sources, "gradient", property(lambda self: PolynomialTensor(4, 3, ())))
    without, with_it = remainders(charging)
    assert (with_it[:3] > 0.35 * without[:3]).any()


def test_along_a_trajectory_that_settles_it_becomes_that_of_the_steady_state():
    parameters = battery(1.5, noise=1e-3, theta=0.3)
    system = parameters.system()
    near = parameters.steady_amplitudes()[1] * 0.98
    by = correction_along(system, np.array([60.0]), GaussianModes(near, VACUUM), settled=False)
    amplitudes = parameters.steady_amplitudes()[1]
    settled = GaussianModes(amplitudes, steady_covariance(system, amplitudes))
    expected = correction_along(system, np.array([60.0]), settled, settled=True)
    assert by.amplitudes == pytest.approx(expected.amplitudes, rel=1e-3)
    assert by.covariance == pytest.approx(expected.covariance, rel=1e-3, abs=1e-6)


def test_a_linear_system_needs_no_correction():
    a, b = qb.modes("a", "b")
    hamiltonian = a.dag * b + b.dag * a + 0.1j * (a.dag**2 - a**2) + 1j * (a.dag - a)
    system = qb.OpenSystem(hamiltonian, {a: 1.0, b: 2.0})
    start = GaussianModes(np.array([1.0, 1j]), VACUUM)
    by = correction_along(system, np.array([1.0, 5.0]), start, settled=False)
    assert np.abs(by.amplitudes).max() == 0
    assert np.abs(by.covariance).max() == 0

"""The classical equations of motion: against Eqs. (12)–(13) by hand, their derivatives, and drives that jump."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import phasespace_qb as qb
from phasespace_qb.linear.mean_field import MeanField, doubled, mean_field, to_quadratures
from tests.linear.cases import FAULTS, battery, doubled_diffusion, opposite_diffusion, plant, random_batteries

a, b = qb.modes("a", "b")
ANYTHING = qb.OpenSystem(
    0.3 * a.dag * a + 0.2 * a.dag**2 * a**2 + (0.5j * a.dag**2 * b - 0.5j * b.dag * a**2) + 0.7 * (b + b.dag),
    {a: 1.0, b: 2.0, a**2: 0.1, a.dag * a: 0.4, a + b: 0.3, a.dag: 0.2},
)


def by_hand(parameters, alpha):
    """The paper's Eqs. (12)–(13) with detuning; alpha (..., 2)."""
    p, (s, q) = parameters, np.moveaxis(alpha, -1, 0)
    signal = -(p.gamma_s / 2 + 1j * p.detuning) * s + p.kappa * s.conj() * q
    other = -p.gamma_p / 2 * q - p.kappa / 2 * s**2 + np.sqrt(p.gamma_p) * p.pump
    return np.stack([signal, other], axis=-1)


def random_amplitudes(shape, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


def drift_error():
    worst = 0.0
    for parameters in random_batteries(20, seed=1):
        alpha = 3 * random_amplitudes((50, 2))
        expected = by_hand(parameters, alpha)
        found = MeanField.of(parameters.system()).velocity(0.0, alpha)
        worst = max(worst, float(np.abs(found - expected).max() / np.abs(expected).max()))
    return worst


def test_the_drift_is_that_of_the_papers_equations():
    assert drift_error() < 1e-14


@pytest.mark.parametrize("fault", [f for f in FAULTS if f not in (doubled_diffusion, opposite_diffusion)])
def test_a_fault_in_the_drift_is_seen(fault, monkeypatch):
    plant(monkeypatch, fault)
    assert drift_error() > 1e-3


@pytest.mark.parametrize("system", [ANYTHING, battery(1.4, delta=0.3).system()], ids=["anything", "battery"])
def test_derivatives_are_those_of_the_drift(system):
    """Every derivative against central differences of the one below it; polynomials leave rounding only."""
    field = MeanField.of(system)
    z, step = random_amplitudes(4, seed=2), 1e-4
    for tensor in (field.drift, field.jacobian, field.diffusion, field.jacobian.derivative()):
        found = tensor.derivative()(0.0, z)
        for k, e in enumerate(np.eye(4) * step):
            difference = (tensor(0.0, z + e) - tensor(0.0, z - e)) / (2 * step)
            assert found[..., k] == pytest.approx(difference, abs=1e-6)


def test_many_points_at_once():
    field, z = MeanField.of(ANYTHING), random_amplitudes((3, 5, 4))
    together = field.jacobian(0.0, z)
    assert together.shape == (3, 5, 4, 4)
    assert together[2, 1] == pytest.approx(field.jacobian(0.0, z[2, 1]), abs=1e-14)


def test_quadrature_matrices_are_real_and_are_the_jacobian():
    field, alpha = MeanField.of(ANYTHING), random_amplitudes(2, seed=3)
    matrix, diffusion = field.linearised(0.0, alpha)
    # The same eigenvalues: the same characteristic polynomial.
    assert np.poly(matrix) == pytest.approx(np.poly(field.jacobian(0.0, doubled(alpha))).real)
    forth = to_quadratures(2)
    assert np.abs((forth @ field.diffusion(0.0, doubled(alpha)) @ forth.T).imag).max() < 1e-14
    assert diffusion == pytest.approx(diffusion.T)
    # d/dε of the velocity along x_a and p_a.
    for column, direction in enumerate([1.0, 1j]):
        step = 1e-6 * np.array([direction, 0.0])
        rate = (field.velocity(0.0, alpha + step) - field.velocity(0.0, alpha - step)) / 2e-6
        assert matrix[:, column] == pytest.approx(np.stack([rate.real, rate.imag], axis=-1).ravel(), abs=1e-8)


def test_trajectories_are_those_of_the_papers_equations():
    parameters, times, start = battery(1.5, delta=0.4, theta=0.5), np.array([0.0, 0.7, 5.0, 80.0]), [0.1 - 0.2j, 0.3]
    found = mean_field(parameters.system(), times, np.array(start))
    independent = solve_ivp(
        lambda t, y: by_hand(parameters, y), (0, 80), np.array(start) + 0j, "RK45", times, rtol=1e-10, atol=1e-12
    )
    assert found == pytest.approx(independent.y.T, abs=1e-7)
    assert found[-1] == pytest.approx(parameters.steady_amplitudes()[1], abs=1e-3)


def test_the_declared_start_is_used():
    damped = qb.OpenSystem(2.0 * a.dag * a, {a: 1.0}, start={a: 1.5j})
    times = np.linspace(0, 3, 7)
    assert mean_field(damped, times)[:, 0] == pytest.approx(1.5j * np.exp(-(0.5 + 2j) * times), abs=1e-10)


def switched_field(at, times):
    """A driven, damped mode whose drive stops at `at`."""
    drive = qb.SwitchedOff(2.0, at)
    return mean_field(qb.OpenSystem(1j * (drive * a.dag - drive * a), {a: 1.0}), times)[:, 0]


def test_a_jump_of_a_drive_is_not_smeared():
    times = np.array([0.5, 1.3, 1.3 + 1e-9, 4.0])
    exact = np.where(times <= 1.3, 4 * (1 - np.exp(-times / 2)), 4 * (np.exp(1.3 / 2) - 1) * np.exp(-times / 2))
    assert switched_field(1.3, times) == pytest.approx(exact, abs=1e-9)
    assert np.abs(switched_field(1.31, times) - exact).max() > 1e-3


def test_a_short_pulse_is_not_passed_over():
    """It comes when the field has long been at rest, and the steps of the solver could be large."""
    drive = qb.Envelope(lambda t: np.exp(-(((t - 200) / 0.25) ** 2)))
    system = qb.OpenSystem(1j * (drive * a.dag - drive * a), {a: 1.0})
    area = 0.25 * np.sqrt(np.pi) * np.exp(0.25**2 / 16)
    assert mean_field(system, np.array([205.0]))[0, 0] == pytest.approx(area * np.exp(-2.5), abs=1e-8)


def test_a_field_that_escapes_is_nan_from_then_on():
    escaping = qb.OpenSystem(0.5j * (a.dag**3 - a**3), {a: 1.0}, start={a: 2.0})
    found = mean_field(escaping, np.array([0.01, 5.0]))
    assert np.isfinite(found[0]).all()
    assert np.isnan(found[1]).all()

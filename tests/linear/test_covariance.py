"""Covariances: the closed forms of linear theory, the route through a matrix exponential, and the master equation."""

import numpy as np
import pytest
from scipy.linalg import expm

import phasespace_qb as qb
from phasespace_qb.errors import PhaseSpaceError
from phasespace_qb.linear.covariance import GaussianModes, complex_basis, follow, real_basis, steady_covariance
from phasespace_qb.states.gaussian import GaussianState
from phasespace_qb.work.extraction import extractable_work
from tests.linear.cases import FAULTS, battery, halved_decay, plant, wrong_depletion
from tests.reference import master_equation

VACUUM = 0.5 * np.eye(4)
a, b = qb.modes("a", "b")


def below_threshold_error(ratio, delta, **rates):
    """Largest relative difference of V_x, V_p (on resonance), n̄, ν, W from their closed forms."""
    parameters = battery(ratio, delta, **rates)
    covariance = steady_covariance(parameters.system(), parameters.steady_amplitudes()[0])
    state = GaussianState(np.zeros(2), covariance[:2, :2])
    mu = ratio / np.sqrt(1 + delta**2)
    found = [state.photon_number, state.symplectic_eigenvalue, extractable_work(state).ergotropy]
    expected = [
        mu**2 / (2 * (1 - mu**2)),
        0.5 / np.sqrt(1 - mu**2),
        0.5 * (1 / (1 - mu**2) - 1 / np.sqrt(1 - mu**2)),
    ]
    if delta == 0:
        found += [2 * covariance[0, 0], 2 * covariance[1, 1]]
        expected += [1 / (1 - ratio), 1 / (1 + ratio)]
    error = np.abs(np.array(found) / np.array(expected) - 1).max()
    # The other mode stays in vacuum at this order.
    return max(float(error), float(np.abs(covariance[2:] - VACUUM[2:]).max()))


@pytest.mark.parametrize("delta", [0.0, 0.5, -1.5])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_below_threshold(share, delta):
    assert below_threshold_error(share * np.sqrt(1 + delta**2), delta) < 1e-10
    assert below_threshold_error(share * np.sqrt(1 + delta**2), delta, gamma_s=2.3, gamma_p=0.7, noise=3.0) < 1e-10


def above_threshold_error(ratio, **rates):
    """Largest difference of the four quadrature variances of both modes (vacuum = 1) from their closed forms."""
    parameters = battery(ratio, **rates)
    s, p, lam = parameters.gamma_s, parameters.gamma_p, ratio
    expected = [
        1 + 1 / (2 * (lam - 1)) + s / p,
        0.5 + (lam - 1) * p / (2 * lam * (2 * s + p)),
        1 + s / p,
        1 - (lam - 1) * s / (lam * (2 * s + p)),
    ]
    differences = []
    for amplitudes in parameters.steady_amplitudes()[1:]:
        covariance = steady_covariance(parameters.system(), amplitudes)
        differences.append(np.abs(2 * np.diag(covariance) / expected - 1).max())
    return float(max(differences))


@pytest.mark.parametrize("ratio", [1.01, 1.5, 4.0])
@pytest.mark.parametrize("rates", [{}, {"gamma_p": 0.3}, {"gamma_s": 0.2, "gamma_p": 3.0, "noise": 1e-6}])
def test_above_threshold_both_modes(ratio, rates):
    assert above_threshold_error(ratio, **rates) < 1e-10


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_seen(fault, monkeypatch):
    if fault is halved_decay:  # it turns what is below threshold into something above
        parameters, error = 0.3, below_threshold_error
    elif fault is wrong_depletion:
        parameters, error = 1.5, above_threshold_error
    else:
        parameters, error = 0.5, below_threshold_error
    arguments = (parameters,) if error is above_threshold_error else (parameters, 0.0)
    assert error(*arguments) < 1e-10
    plant(monkeypatch, fault)
    try:
        wrong = error(*arguments)
    except PhaseSpaceError:  # no steady state any more
        return
    assert wrong > 1e-2


def test_the_phase_of_the_drive_rotates_the_ellipse():
    turned, straight = battery(1.5, theta=0.8), battery(1.5)
    first = steady_covariance(turned.system(), turned.steady_amplitudes()[1])[:2, :2]
    second = steady_covariance(straight.system(), straight.steady_amplitudes()[1])[:2, :2]
    c, s = np.cos(0.4), np.sin(0.4)
    rotation = np.array([[c, -s], [s, c]])
    assert first == pytest.approx(rotation @ second @ rotation.T, abs=1e-12)


def test_thermal_and_squeezed_baths_have_their_equilibrium():
    """Loss and gain: V = ½(γ₋ + γ₊)/(γ₋ − γ₊); jump cosh r a + sinh r a†: V = ½ e^(∓2r)."""
    heated = qb.OpenSystem(0.7 * a.dag * a, {a: 1.5, a.dag: 0.5})
    assert steady_covariance(heated, np.zeros(1)) == pytest.approx(np.eye(2), abs=1e-12)
    squeezed = qb.OpenSystem(0.0 * a + 0.0 * a.dag, {np.cosh(0.4) * a + np.sinh(0.4) * a.dag: 1.0})
    covariance = steady_covariance(squeezed, np.zeros(1))
    assert covariance == pytest.approx(0.5 * np.diag([np.exp(-0.8), np.exp(0.8)]), abs=1e-12)


def exponential_error(ratio, start):
    """Covariance along a mean field that rests on the dark branch, against its exact flow by matrix exponentials."""
    parameters = battery(ratio, delta=0.4, theta=0.6)
    dark, times = parameters.steady_amplitudes()[0], np.array([0.0, 0.3, 2.0, 6.0])
    found = follow(parameters.system(), times, GaussianModes(dark, start)).covariance
    s, p, d = parameters.gamma_s, parameters.gamma_p, parameters.detuning
    drive = parameters.kappa * dark[1]
    matrix = np.zeros((4, 4))
    matrix[:2, :2] = [[-s / 2 + drive.real, d + drive.imag], [-d + drive.imag, -s / 2 - drive.real]]
    matrix[2:, 2:] = -p / 2 * np.eye(2)
    noise = np.diag([s, s, p, p]) / 2
    # ∫ e^(Au) D e^(Aᵀu) du from one exponential (Van Loan 1978).
    worst = 0.0
    for t, covariance in zip(times, found, strict=True):
        block = expm(np.block([[-matrix, noise], [np.zeros((4, 4)), matrix.T]]) * t)
        flow = block[4:, 4:].T
        exact = flow @ start @ flow.T + flow @ block[:4, 4:]
        worst = max(worst, np.abs(covariance - exact).max() / np.abs(exact).max())
    return float(worst)


@pytest.mark.parametrize("ratio", [0.5, 1.6])
def test_the_lyapunov_equation_along_a_constant_field(ratio):
    squeezed = VACUUM + 0.1 * np.ones((4, 4))
    assert exponential_error(ratio, VACUUM) < 1e-9
    assert exponential_error(ratio, squeezed) < 1e-9


@pytest.mark.parametrize("fault", [f for f in FAULTS if f is not wrong_depletion])
def test_a_fault_is_seen_along_a_constant_field(fault, monkeypatch):
    plant(monkeypatch, fault)
    assert exponential_error(0.5, VACUUM) > 1e-2


def test_a_trajectory_that_settles_ends_in_the_steady_covariance():
    parameters = battery(1.5, delta=0.3)
    system = parameters.system()
    start = GaussianModes(np.array([0.5 + 0.1j, 0.0]), VACUUM)
    end = follow(system, np.array([80.0]), start)
    steady = steady_covariance(system, parameters.steady_amplitudes()[1])
    assert end.amplitudes[0] == pytest.approx(parameters.steady_amplitudes()[1], abs=1e-8)
    assert end.covariance[0] == pytest.approx(steady, abs=1e-8)


@pytest.mark.parametrize(("ratio", "delta"), [(0.5, 0.0), (1.5, 0.0), (1.5, 0.7)])
def test_uncertainty_holds_along_a_trajectory(ratio, delta):
    """V + iΩ/2 ≥ 0 for both modes together, where V moves most."""
    start = GaussianModes(np.array([0.3, 0.0]) + 0j, VACUUM)
    found = follow(battery(ratio, delta).system(), np.linspace(0, 30, 61), start)
    omega = np.kron(np.eye(2), [[0, 1], [-1, 0]])
    assert np.linalg.eigvalsh(found.covariance + 0.5j * omega).min() > -1e-9
    assert np.linalg.eigvalsh(0.9 * found.covariance + 0.5j * omega).min() < -1e-3


EARLY = np.array([0.3, 0.6, 0.9, 1.2])


@pytest.fixture(scope="module")
def early():
    """A detuned battery at g² = 1/128 before its fluctuations saturate, from the density matrix."""
    times = np.concatenate([[0.0], EARLY])
    return master_equation.solve(3.0, times, kappa=0.25, detuning=0.4, cutoffs=(24, 13), tolerance=1e-8)


def early_error(early):
    """n̄ and ⟨a²⟩, as the largest relative difference from the density matrix."""
    found = follow(qb.DopoBattery(pump=3.0, kappa=0.25, detuning=0.4).system(), EARLY)
    moments = complex_basis(found.covariance - VACUUM)
    number = np.abs(moments[:, 0, 1].real / early.photon_number[1:] - 1).max()
    return max(number, np.abs(moments[:, 0, 0] / early.pair_amplitude[1:] - 1).max())


def test_early_times_against_the_master_equation(early):
    assert early_error(early) < 0.006  # of order g²


@pytest.mark.parametrize("fault", [f for f in FAULTS if f is not wrong_depletion])
def test_a_fault_is_seen_against_the_master_equation(fault, early, monkeypatch):
    plant(monkeypatch, fault)
    assert early_error(early) > 0.1


def test_no_steady_covariance_about_an_unstable_point():
    parameters = battery(1.5)
    with pytest.raises(PhaseSpaceError, match=r"No steady covariance: .* grow at the rate 0\.25"):
        steady_covariance(parameters.system(), parameters.steady_amplitudes()[0])


def test_bases_invert_each_other():
    matrix = np.random.default_rng(0).normal(size=(3, 6, 6))
    assert real_basis(complex_basis(matrix)) == pytest.approx(matrix)


def test_one_mode_of_many():
    amplitudes, covariance = np.array([[1.0, 2.0j]]), np.arange(16.0).reshape(1, 4, 4)
    mean, block = GaussianModes(amplitudes, covariance).of_mode(1)
    assert mean[0] == pytest.approx([0, 2 * np.sqrt(2)])
    assert block[0].tolist() == [[10, 11], [14, 15]]

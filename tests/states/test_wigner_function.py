"""The Wigner function against closed forms, 400-digit numbers, QuTiP, and the properties that define it."""

import numpy as np
import pytest
import qutip

from phasespace_qb.errors import UnphysicalState
from phasespace_qb.states.branches import TwoBranchState
from phasespace_qb.states.gaussian import GaussianState
from phasespace_qb.states.wigner_function import MARGIN, number_states, wigner_function

LINE = np.linspace(-6, 6, 121)
EXACT = 1e-14


def coherent(beta, size):
    """e^(−|β|²/2) β^n/√n!, by a product: n·arg β would round to 1e-13 of a phase."""
    factors = np.full(size, beta, complex) / np.sqrt(np.maximum(np.arange(size), 1))
    factors[0] = np.exp(-0.5 * abs(beta) ** 2)
    return np.cumprod(factors)


def pure(vector):
    return np.outer(vector, vector.conj())


def random_state(size, rank, seed):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(size, rank)) + 1j * rng.normal(size=(size, rank))
    return a @ a.conj().T / np.linalg.norm(a) ** 2


def number_state(n, size):
    rho = np.zeros((size, size))
    rho[n, n] = 1.0
    return rho


def gauss(x, p, mean, covariance):
    d = np.stack(np.broadcast_arrays(x - mean[0], p - mean[1]), axis=-1)
    exponent = -0.5 * np.einsum("...i,ij,...j->...", d, np.linalg.inv(covariance), d)
    return np.exp(exponent) / (2 * np.pi * np.sqrt(np.linalg.det(covariance)))


def test_vacuum_is_a_round_gaussian_of_height_one_over_pi():
    found = wigner_function([[1.0]], LINE, LINE[::3])
    assert found.shape == (41, 121)
    assert np.abs(found - np.exp(-(LINE**2) - LINE[::3, None] ** 2) / np.pi).max() < 2e-16


@pytest.mark.parametrize(
    ("n", "size"), [(0, 1), (1, 2), (7, 9), (63, 64), (64, 70), (255, 256), (254, 256), (1199, 1200)]
)
def test_number_states_alternate_at_the_origin(n, size):
    centre = wigner_function(number_state(n, size), [0.0], [0.0])[0, 0]
    assert centre == pytest.approx((-1) ** n / np.pi, abs=1e-16 * (size + 1))


# Re and Im of the Wigner function of |m⟩⟨n| at x, p by mpmath with 400 digits:
# (−1)^n/π √(n!/m!) e^(−|2α|²/2) (2α*)^(m−n) L_n^(m−n)(4|α|²), α = (x+ip)/√2
HUNDREDS_OF_DIGITS = [
    (255, 255, 22.0, 0.5, -0.016457442537190545, 0.0),
    (255, 255, -3.25, 22.5, 0.007306415576163484, 0.0),
    (255, 255, 24.0, 0.0, 2.167515795745425e-09, 0.0),
    (255, 254, -15.0, 16.0, 0.008259119114899153, 0.00880972705589243),
    (255, 0, 11.25, -2.5, 0.031852373767074595, -0.03202409990747587),
    (255, 128, 20.0, -3.0, 6.76209672754308e-06, 4.0259917151263104e-07),
    (255, 127, 0.125, 19.5, 0.0034676393406424533, 0.0037200556977622532),
    (200, 199, 0.25, -0.25, -0.034823321975982556, -0.034823321975982556),
    (128, 3, 13.0, 6.0, -6.932947637852255e-28, 5.203998799862227e-28),
]


@pytest.mark.parametrize(("m", "n", "x", "p", "real", "imaginary"), HUNDREDS_OF_DIGITS)
def test_single_elements_agree_with_hundreds_of_digits(m, n, x, p, real, imaginary):
    for factor in (1.0, 1j):
        rho = np.zeros((256, 256), complex)
        rho[m, n] += 0.5 * factor
        rho[n, m] += 0.5 * np.conj(factor)
        expected = (factor * (real + 1j * imaginary)).real
        assert wigner_function(rho, [x], [p])[0, 0] == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize("beta", [0.3, 2 - 1j, 10.0, 10j, 10 * np.exp(2.5j)])
def test_coherent_states_are_displaced_vacuum(beta):
    line = np.linspace(-25, 25, 101)
    found = wigner_function(pure(coherent(beta, 256)), line, line)
    expected = gauss(line, line[:, None], np.sqrt(2) * np.array([np.real(beta), np.imag(beta)]), 0.5 * np.eye(2))
    assert np.abs(found - expected).max() < EXACT


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("beta", [1.2 + 0.5j, 10 * np.exp(0.4j)])
def test_cat_states_have_their_fringes(beta, sign):
    line = np.linspace(-20, 20, 143)
    x, p = line, line[:, None]
    norm = 2 * (1 + sign * np.exp(-2 * abs(beta) ** 2))
    found = wigner_function(pure(coherent(beta, 256) + sign * coherent(-beta, 256)) / norm, line, line)
    d = np.sqrt(2) * np.array([np.real(beta), np.imag(beta)])
    hills = gauss(x, p, d, 0.5 * np.eye(2)) + gauss(x, p, -d, 0.5 * np.eye(2))
    fringes = 2 * sign * np.exp(-(x**2) - p**2) * np.cos(2 * (d[1] * x - d[0] * p)) / np.pi
    assert np.abs(found - (hills + fringes) / norm).max() < EXACT
    assert np.abs(found - (hills - fringes) / norm).max() > 0.1
    assert found.min() < -0.13


@pytest.mark.parametrize("number", [0.5, 10.0])
def test_thermal_states_are_broad_gaussians(number):
    q = number / (1 + number)
    rho = np.diag((1 - q) * q ** np.arange(500.0))
    found = wigner_function(rho, LINE, LINE)
    assert np.abs(found - gauss(LINE, LINE[:, None], np.zeros(2), (number + 0.5) * np.eye(2))).max() < EXACT


def test_two_branches_are_two_gaussians():
    mean, covariance = np.array([2.0, 1.0]), np.array([[0.4, 0.1], [0.1, 1.1]])
    rho = TwoBranchState(GaussianState(mean, covariance)).density_matrix(90)
    x, p = LINE, LINE[:, None]
    expected = 0.5 * (gauss(x, p, mean, covariance) + gauss(x, p, -mean, covariance))
    assert np.abs(wigner_function(rho, x, LINE) - expected).max() < 1e-12


def test_marginals_are_the_densities_of_either_quadrature():
    rho = random_state(24, 3, seed=1)
    line = np.linspace(-13, 13, 401)
    step, found = line[1] - line[0], wigner_function(rho, line, line)
    states = number_states(24, line)
    along_x = np.einsum("mx,mn,nx->x", states, rho, states).real
    turned = (-1j) ** np.arange(24)  # ⟨p|n⟩ = (−i)^n φ_n(p)
    along_p = np.einsum("mx,m,mn,n,nx->x", states, turned, rho, turned.conj(), states).real
    assert np.abs(found.sum(axis=0) * step - along_x).max() < 1e-14
    assert np.abs(found.sum(axis=1) * step - along_p).max() < 1e-14
    assert np.abs(along_x - along_p).max() > 0.05
    assert found.sum() * step**2 == pytest.approx(1, abs=1e-13)
    assert np.abs(found).max() < 1 / np.pi


def test_overlaps_of_states_are_integrals_of_products():
    line = np.linspace(-13, 13, 401)
    a, b = random_state(20, 2, seed=2), random_state(20, 20, seed=3)
    product = wigner_function(a, line, line) * wigner_function(b, line, line)
    assert 2 * np.pi * product.sum() * (line[1] - line[0]) ** 2 == pytest.approx(np.trace(a @ b).real, abs=1e-13)


@pytest.mark.parametrize("angle", [0.3, np.pi / 2, -2.0])
def test_a_phase_turns_the_plane(angle):
    rho = random_state(30, 2, seed=4)
    phase = np.exp(-1j * angle * np.arange(30))
    turned = phase[:, None] * rho * phase.conj()
    rng = np.random.default_rng(5)
    alpha = rng.normal(size=12, scale=3) + 1j * rng.normal(size=12, scale=3)
    back = alpha * np.exp(1j * angle)
    found = np.diag(wigner_function(turned, alpha.real, alpha.imag))
    expected = np.diag(wigner_function(rho, back.real, back.imag))
    assert np.abs(found - expected).max() < 1e-14
    forth = alpha * np.exp(-1j * angle)
    assert np.abs(found - np.diag(wigner_function(rho, forth.real, forth.imag))).max() > 1e-2


def test_the_transposed_matrix_is_the_mirror_image():
    rho = random_state(16, 2, seed=6)
    found, mirrored = wigner_function(rho, LINE, LINE), wigner_function(rho.T, LINE, LINE)
    assert np.abs(mirrored - found[::-1]).max() < 1e-15
    assert np.abs(mirrored - found).max() > 0.05


def test_qutip_agrees():
    """Its g = √2 is our a = (x + ip)/√2; with g = 2 the plane has another scale."""
    rho = random_state(40, 3, seed=7)
    line = np.linspace(-9, 9, 45)
    found = wigner_function(rho, line, line[3:])
    assert np.abs(found - qutip.wigner(qutip.Qobj(rho), line, line[3:], g=np.sqrt(2))).max() < 1e-13
    assert np.abs(found - qutip.wigner(qutip.Qobj(rho), line, line[3:], g=2)).max() > 0.01


def test_nothing_comes_back_from_far_away():
    """The sum over y repeats the state along p; no copy may be seen, however far or uneven the points are."""
    rho = random_state(30, 3, seed=8)
    extent = np.sqrt(61) + MARGIN
    far = np.array([1e300, -1e5, 40.0, 2 * extent, np.nextafter(extent, 99), extent, -extent, 0.4, -3.0])
    near = np.array([-3.0, 0.4])
    found = wigner_function(rho, far, far)
    assert np.abs(found[:-2]).max() < 1e-15
    assert np.abs(found[:, :-2]).max() < 1e-15
    assert found[-2:, -2:][::-1, ::-1] == pytest.approx(wigner_function(rho, near, near), abs=1e-15)
    assert wigner_function(rho, [], near).shape == (2, 0)
    assert wigner_function(rho, near, []).shape == (0, 2)


def test_number_states_are_orthonormal_beyond_the_underflow_of_the_gaussian():
    x = np.linspace(-55, 55, 2501)
    states = number_states(1000, x)[[0, 1, 500, 744, 745, 998, 999]]
    overlap = states @ states.T * (x[1] - x[0])
    assert np.abs(overlap - np.eye(7)).max() < 1e-12


def test_nan_stays_nan_and_truncated_states_pass():
    rho = random_state(6, 2, seed=9)
    rho[2, 3] = np.nan
    assert np.isnan(wigner_function(rho, LINE, LINE)).all()
    half = wigner_function(0.5 * np.eye(1), [0.0], [0.0])
    assert half[0, 0] == pytest.approx(0.5 / np.pi)


@pytest.mark.parametrize(
    ("matrix", "x", "p", "name"),
    [
        (np.ones((2, 3)), [0.0], [0.0], "matrix"),
        (np.ones((2, 2, 2)), [0.0], [0.0], "matrix"),
        (np.ones((0, 0)), [0.0], [0.0], "matrix"),
        (np.array([[1.0, 0.1], [0.0, 0.0]]), [0.0], [0.0], "matrix"),
        (np.array([[1.0, 0.1j], [0.1j, 0.0]]), [0.0], [0.0], "matrix"),
        (np.eye(2) / 2, 0.0, [0.0], "x"),
        (np.eye(2) / 2, [0.0], [[0.0]], "p"),
        (np.eye(2) / 2, [np.nan], [0.0], "x"),
        (np.eye(2) / 2, [0.0], [np.inf], "p"),
    ],
)
def test_what_is_no_state_or_no_line_is_refused(matrix, x, p, name):
    with pytest.raises((ValueError, UnphysicalState), match=rf"^`{name}` must be .*, got "):
        wigner_function(matrix, x, p)

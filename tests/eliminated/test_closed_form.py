"""The closed form of the eliminated oscillator: against a slow reference, the Liouvillian, and its limits."""

import numpy as np
import pytest
from scipy.linalg import null_space

from phasespace_qb.eliminated.closed_form import EliminatedOscillator
from phasespace_qb.eliminated.correction import corrected
from phasespace_qb.errors import PhaseSpaceError
from tests.reference import eliminated_oscillator as reference
from tests.reference import master_equation

POINTS = [(0.7, 1.0, 0.0, 0.0), (1.1, 0.8, 0.6, 0.9), (1.4, 0.2, -0.5, 2.0), (2.0, 10.0, 1.5, -1.0)]
MOMENTS = [(1, 1), (0, 2), (2, 0), (2, 2), (3, 3), (1, 3), (0, 4)]
every_point = pytest.mark.parametrize("point", POINTS)


def numbers(oscillator, levels):
    """p_n below a number of levels."""
    first, p = oscillator.number_distribution
    out = np.zeros(max(levels, first + p.size))
    out[first : first + p.size] = p
    return out[:levels]


def largest_differences(point, other):
    """Of moments (relative), of ρ and of p_n between the closed form at one point and the reference at another."""
    oscillator, (lam, noise, delta, theta) = EliminatedOscillator(*point), other
    moments = []
    for m, n in MOMENTS:
        expected = reference.moment(m, n, lam, noise, delta=delta, theta=theta)
        moments.append(abs(oscillator.moment(m, n) / expected - 1))
    rho = reference.density_matrix(24, lam, noise, delta, theta)
    difference = np.abs(oscillator.density_matrix(0, 24) - rho).max()
    return max(moments), difference, np.abs(numbers(oscillator, 24) - np.diag(rho).real).max()


@every_point
def test_it_is_the_reference(point):
    assert max(largest_differences(point, point)) < 1e-13


@pytest.mark.parametrize("shift", [(1e-4, 0, 0, 0), (0, 1e-4, 0, 0), (0, 0, 1e-3, 0), (0, 0, 0, 1e-4)])
def test_a_small_difference_of_any_parameter_would_be_seen(shift):
    assert largest_differences(POINTS[1], tuple(np.add(POINTS[1], shift)))[1] > 1e-6


def liouvillian(lam, noise, delta, theta, cutoff):
    """Dense, for matrices stacked row by row, γ = 1."""
    a = np.diag(np.sqrt(np.arange(1.0, cutoff)), 1).astype(complex)
    one, pairs = np.eye(cutoff), np.exp(1j * theta) * a.T @ a.T
    h = 0.5 * delta * a.T @ a + 0.25j * lam * (pairs - pairs.conj().T)
    result = -1j * (np.kron(h, one) - np.kron(one, h.T))
    for rate, jump in ((1.0, a), (0.5 * noise, a @ a)):
        n = jump.T @ jump
        result += rate * (np.kron(jump, jump) - 0.5 * np.kron(n, one) - 0.5 * np.kron(one, n))
    return result


@pytest.mark.parametrize("point", [(0.9, 0.4, 0.3, 0.5), (1.3, 1.0, -0.7, 2.5), (3.0, 10.0, 1.0, -0.4)])
def test_it_is_the_null_vector_of_the_liouvillian(point):
    cutoff = 30
    generator = liouvillian(*point, cutoff)
    even = np.flatnonzero(np.add.outer(np.arange(cutoff), np.arange(cutoff)).ravel() % 2 == 0)
    rho = np.zeros(cutoff**2, complex)
    rho[even] = null_space(generator[np.ix_(even, even)], rcond=1e-11)[:, 0]
    rho = rho.reshape(cutoff, cutoff) / rho.reshape(cutoff, cutoff).trace()
    found = EliminatedOscillator(*point).density_matrix(0, cutoff)
    assert np.abs(found - rho).max() < 1e-8
    lam, noise, delta, theta = point
    wrong = EliminatedOscillator(lam, noise, -delta, theta).density_matrix(0, cutoff)
    assert np.abs(wrong - rho).max() > 1e-3


@every_point
def test_its_spectrum_and_its_numbers_are_those_of_the_matrix(point):
    oscillator = EliminatedOscillator(*point)
    rho = oscillator.density_matrix(0, 70)
    assert np.allclose(oscillator.spectrum(0, 70), np.linalg.eigvalsh(rho)[::-1], atol=1e-14)
    assert np.allclose(numbers(oscillator, 70), np.diag(rho).real, rtol=1e-9, atol=1e-16)
    assert np.trace(rho).real == pytest.approx(1.0, abs=1e-12)
    assert np.abs(rho[0::2, 1::2]).max() == 0.0


def test_a_window_is_a_part_of_the_matrix():
    oscillator = EliminatedOscillator(2.0, 0.02, 0.4, 0.7)
    whole = oscillator.density_matrix(0, 110)
    assert np.abs(oscillator.density_matrix(13, 95) - whole[13:95, 13:95]).max() < 1e-15


# Limits


@pytest.mark.parametrize("noise", [10.0, 1e-5])
def test_without_drive_it_is_vacuum(noise):
    oscillator = EliminatedOscillator(0.0, noise, 0.3, 0.2)
    assert numbers(oscillator, 4).tolist() == [1, 0, 0, 0]
    assert oscillator.moment(1, 1) == oscillator.moment(0, 2) == 0
    assert np.array_equal(oscillator.density_matrix(0, 3), np.diag([1, 0, 0]))


def threshold_errors(g, lam=1.0):
    """Relative distances of g n̄, of the larger variance times g and of g⁽²⁾ from their limits g → 0."""
    oscillator = EliminatedOscillator(lam, g**2)
    n, pair, pairs = (oscillator.moment(*orders).real for orders in ((1, 1), (0, 2), (2, 2)))
    found = np.array([g * (n + 0.106), 2 * g * (n + pair + 0.5), pairs / n**2])
    return np.abs(found / [0.33799, 1.352, 2.1884] - 1)


def test_threshold_scaling():
    """V_x is in units of vacuum; the corrections of g n̄ that are known are of order g, the others shrink with g."""
    assert threshold_errors(1e-3).max() < 3e-3
    assert threshold_errors(1e-3)[0] < 1e-4
    assert threshold_errors(1e-2).max() > 2 * threshold_errors(1e-3).max()
    assert threshold_errors(1e-3, lam=1.001).min() > 0.01


@pytest.mark.parametrize(("lam", "delta"), [(0.3, 0.0), (0.8, 0.0), (0.9, 0.7)])
def test_below_threshold_it_becomes_linear_theory(lam, delta):
    def error(noise, drive):
        oscillator = EliminatedOscillator(drive, noise, delta)
        n, m = oscillator.moment(1, 1).real, oscillator.moment(0, 2)
        mu = lam / np.sqrt(1 + delta**2)
        nu = np.sqrt((n + 0.5) ** 2 - abs(m) ** 2)
        return max(abs(n / (mu**2 / (2 * (1 - mu**2))) - 1), abs(nu / (0.5 / np.sqrt(1 - mu**2)) - 1))

    assert error(1e-5, lam) < 1e-3
    assert error(1e-3, lam) == pytest.approx(100 * error(1e-5, lam), rel=0.2)
    assert error(1e-5, 1.01 * lam) > 2e-3


@pytest.mark.parametrize(("lam", "noise", "delta"), [(2.0, 1e-4, 0.0), (1.1, 1e-5, 0.0), (2.0, 1e-4, 0.8)])
def test_above_threshold_the_photon_number_is_that_of_the_mean_field(lam, noise, delta):
    oscillator = EliminatedOscillator(lam, noise, delta)
    n = oscillator.moment(1, 1).real
    expected = (np.sqrt(lam**2 - delta**2) - 1) / noise
    assert 8e3 < n < 1.1e4
    assert n == pytest.approx(expected, abs=10)
    assert oscillator.moment(1, 1).real != pytest.approx(expected + 1 / (2 * noise) / 100, abs=10)
    if delta == 0:
        # The next order is −¼ (1 + 1/(λ−1)) + ¼ of linear theory, in the mean and in the fluctuations together.
        assert n - expected == pytest.approx(-0.25 / (lam - 1), rel=0.01)
    first, p = oscillator.number_distribution
    levels = first + np.arange(p.size)
    assert p.sum() == pytest.approx(1.0, abs=1e-9)
    assert p @ levels == pytest.approx(n, rel=1e-9)
    assert p @ (levels * (levels - 1.0)) == pytest.approx(oscillator.moment(2, 2).real, rel=1e-9)


def test_what_is_too_wide_is_left_out_or_refused():
    assert EliminatedOscillator(1.0, 1e-9).number_distribution is None
    with pytest.raises(PhaseSpaceError, match=r"spreads over more than 4,194,304 number states\. Use LinearNoise"):
        EliminatedOscillator(2.0, 1e-15).moment(1, 1)


# The elimination itself


def test_first_order_of_the_elimination_is_the_slope_of_the_two_mode_steady_state():
    """(ρ_two − ρ)/η at two η, extrapolated to η = 0, with detuning."""
    lam, noise, delta, cutoff = 1.2, 0.8, 0.5, 18
    rho, slope = corrected(EliminatedOscillator(lam, noise, delta), 30)
    slopes = []
    for fast in (30.0, 60.0):
        kappa = np.sqrt(noise * fast / 2)
        drive, times = lam * np.sqrt(fast) / (4 * kappa), np.array([0.0, 25.0])
        rates = {"kappa": kappa, "gamma_p": fast, "detuning": delta / 2}
        run = master_equation.solve(drive, times, **rates, cutoffs=(cutoff, 5), tolerance=1e-9)
        slopes.append(fast * (run.signal[-1] - rho[:cutoff, :cutoff]))
    found = 2 * slopes[1] - slopes[0]
    size = np.abs(slope).max()
    assert size > 0.01
    assert np.abs(found - slope[:cutoff, :cutoff]).max() < 0.03 * size
    turned = corrected(EliminatedOscillator(lam, noise, -delta), 30)[1]
    assert np.abs(found - turned[:cutoff, :cutoff]).max() > 0.1 * size


def test_far_above_threshold_half_a_quantum_per_ratio_of_rates_is_lost():
    """Linear theory: δn̄ = −½ γ_s/γ_p at any λ, and as much of the ergotropy."""
    for lam, noise in ((2.0, 0.02), (4.0, 0.05)):
        _, slope = corrected(EliminatedOscillator(lam, noise), 140)
        assert np.diag(slope).real @ np.arange(140) == pytest.approx(-0.5, abs=0.02)
        assert np.trace(slope).real == pytest.approx(0.0, abs=1e-12)

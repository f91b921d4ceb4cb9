"""States known in slices against Gaussian states, Fock-space density matrices and the exact battery."""

from functools import cache

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.conventions import Ordering
from phasespace_qb.states import reconstruction
from phasespace_qb.states.branches import TwoBranchState
from phasespace_qb.states.gaussian import GaussianState
from phasespace_qb.states.reconstruction import SlicedState, number_states, oscillator
from phasespace_qb.work.extraction import extractable_work

SPACING, HALF = 0.3, 61
POSITIONS = np.arange(-HALF, HALF + 1) * SPACING


def of_gaussian(mean, covariance, *, parity):
    """Slices of a Gaussian: momenta at x̄ have mean p₀ + c (x̄ − x₀)/V_x and variance det V/V_x."""
    v = np.asarray(covariance)
    away = POSITIONS - mean[0]
    density = np.exp(-0.5 * away**2 / v[0, 0]) / np.sqrt(2 * np.pi * v[0, 0])
    zero = np.zeros_like(density)
    variance = zero + np.linalg.det(v) / v[0, 0]
    return SlicedState(density, mean[1] + v[0, 1] / v[0, 0] * away, variance, zero, zero, SPACING, parity)


def of_two_branches(x, covariance):
    """Slices of ½(ρ₊ + Πρ₊Π) with branches at ±x and no correlation of x and p."""
    parts = [of_gaussian((sign * x, 0.0), covariance, parity=True) for sign in (1, -1)]
    density = 0.5 * (parts[0].density + parts[1].density)
    return SlicedState(density, *(getattr(parts[0], name) for name in ("mean", "variance", "third", "fourth")),
                       SPACING, True)  # fmt: skip


def spectrum(state):
    values = np.concatenate([np.linalg.eigvalsh(block) for block in state.blocks(state.rows())], axis=-1)
    return np.sort(values)[::-1]


def numbers(state, levels):
    rows = state.rows()
    waves = number_states(levels, state.spacing, rows, parity=state.parity)
    parts = [
        np.einsum("ni,ik,nk->n", wave, block, wave).real for wave, block in zip(waves, state.blocks(rows), strict=True)
    ]
    if len(parts) == 1:
        return parts[0]
    result = np.empty(levels)
    result[0::2], result[1::2] = parts
    return result


GAUSSIANS = {
    "vacuum": ((0.0, 0.0), np.diag([0.5, 0.5])),
    "squeezed": ((0.0, 0.0), np.diag([3.0, 0.2])),
    "10 dB": ((0.0, 0.0), np.diag([8.0, 0.05])),
    "displaced": ((4.0, 0.0), np.diag([1.2, 0.4])),
    "tilted": ((0.0, 0.0), np.array([[2.0, 0.3], [0.3, 0.4]])),
    "tilted and displaced": ((-3.0, 0.3), np.array([[1.0, -0.2], [-0.2, 0.5]])),
}


@pytest.mark.parametrize("case", GAUSSIANS)
def test_a_gaussian_has_its_spectrum_and_number_distribution(case):
    mean, covariance = GAUSSIANS[case]
    exact = GaussianState(np.array(mean), covariance)
    for parity in (False, True) if mean == (0.0, 0.0) else (False,):
        state = of_gaussian(mean, covariance, parity=parity)
        nu = np.sqrt(np.linalg.det(covariance))
        q = (nu - 0.5) / (nu + 0.5)
        assert np.allclose(spectrum(state)[:12], (1 - q) * q ** np.arange(12), atol=1e-8)
        assert np.allclose(numbers(state, 90), exact.number_distribution(90), atol=1e-8)


def test_a_missing_correlation_or_a_wrong_width_would_be_seen():
    mean, covariance = GAUSSIANS["tilted"]
    exact = GaussianState(np.array(mean), covariance).number_distribution(90)
    state = of_gaussian(mean, covariance, parity=False)
    for name, wrong in (("mean", -state.mean), ("mean", 0 * state.mean), ("variance", 1.1 * state.variance)):
        fields = {key: getattr(state, key) for key in ("density", "mean", "variance", "third", "fourth")} | {
            name: wrong
        }
        found = numbers(SlicedState(**fields, spacing=SPACING, parity=False), 90)
        # The sign of a correlation shows in no p_n, but in the matrix: its conjugate.
        if name == "mean" and wrong.any():
            assert np.allclose(found, exact, atol=1e-8)
            continue
        assert np.abs(found - exact).max() > 1e-3


@pytest.mark.parametrize("x", [0.5, 2.0, 6.0])
def test_two_branches_have_their_work(x):
    covariance = np.diag([1.1, 0.35])
    exact = TwoBranchState(GaussianState(np.array([x, 0.0]), covariance))
    state = of_two_branches(x, covariance)
    r, p = spectrum(state), np.sort(numbers(state, 100))[::-1]
    work = extractable_work(exact)
    assert r @ np.arange(r.size) == pytest.approx(float(work.passive_energy), abs=1e-6)
    assert p @ np.arange(p.size) == pytest.approx(float(work.energy - work.incoherent), abs=1e-6)


def slices_of(matrix):
    """Exact slices of a real density matrix in the Fock basis, with parity; nothing where the density is below 10⁻⁹."""
    # ⟨x̄+d/2|ρ|x̄−d/2⟩ = D Σ (id)^k ⟨p^k⟩/k!: a polynomial through 17 values of d.
    d = 0.12 * np.arange(-8, 9)
    across = []
    for each in d:
        ahead, behind = oscillator(len(matrix), POSITIONS + each / 2), oscillator(len(matrix), POSITIONS - each / 2)
        across.append(np.einsum("nx,nm,mx->x", ahead, matrix, behind, optimize=True))
    series = np.linalg.solve(np.vander(d / d[-1], increasing=True), np.array(across))
    moment = [series[0], None, -2 * series[2] / d[-1] ** 2, None, 24 * series[4] / d[-1] ** 4]
    density = np.where(np.abs(moment[0]) < 1e-9, 1e-9, moment[0])
    second, fourth = moment[2] / density, moment[4] / density
    empty = np.abs(moment[0]) < 1e-9
    zero = np.zeros_like(density)
    return SlicedState(
        np.where(empty, 0.0, moment[0]), zero, np.where(empty, 0.5, second), zero,
        np.where(empty, 0.0, fourth - 3 * second**2), SPACING, True,
    )  # fmt: skip


@cache
def exact_run():
    """λ = 1.2 at g² = 1/8: few photons, far from Gaussian."""
    return qb.simulate(qb.DopoBattery(1.2, kappa=1.0), [0.5, 1.0, 3.0, 15.0], qb.Lindblad((40, 12)))


@pytest.mark.parametrize("save", range(4))
def test_four_cumulants_are_enough_for_the_battery(save):
    """The truncation alone: slices of the exact state give its work within 2·10⁻⁴, two cumulants do not."""
    run = exact_run().isel(time=save)
    state = slices_of(run.density_matrix.values)
    errors = []
    for each in (state, state.gaussian_slices()):
        r, p = spectrum(each), np.sort(numbers(each, 60))[::-1]
        errors.append([
            r @ np.arange(r.size) - float(run.passive_energy),
            p @ np.arange(p.size) - float(run.energy - run.ergotropy_incoherent),
        ])  # fmt: skip
    four, two = np.abs(errors).max(axis=1)
    assert four < 2e-4
    assert two > 3 * four


def test_number_states_below_the_grids_momentum_are_orthonormal():
    (wave,) = number_states(8, 0.2, np.arange(-25, 25), parity=False)
    assert np.allclose(wave @ wave.T, np.eye(8), atol=1e-6)
    for block in number_states(8, 0.2, np.arange(25), parity=True):
        assert np.allclose(block @ block.T, np.eye(4), atol=1e-6)


@pytest.mark.parametrize("ordering", [Ordering.NORMAL, Ordering.SYMMETRIC])
def test_sums_of_exact_moments_give_the_state_back(ordering):
    """From sums as an infinite ensemble would make them, for both orderings."""
    v = np.diag([2.0, 0.3])
    vacuum = 0.5 if ordering is Ordering.NORMAL else 0.0
    density = np.exp(-0.5 * POSITIONS**2 / 2.0) / np.sqrt(2 * np.pi * 2.0)
    u = 0.3 - vacuum
    sums = 1e12 * density * np.array([1.0, 0.0, u, 0.0, 3 * u**2])[:, None]
    state = SlicedState.from_sums(sums, SPACING, ordering, parity=True)
    assert np.allclose(spectrum(state)[:8], spectrum(of_gaussian((0, 0), v, parity=True))[:8], atol=1e-6)


def test_mirror_images_are_averaged_with_parity():
    rng = np.random.default_rng(1)
    weight = 100 * np.exp(-(POSITIONS**2) / 8) * (1 + 0.2 * rng.normal(size=POSITIONS.size))
    sums = weight * np.array([1.0, 0.1, -0.2, 0.01, 0.1])[:, None]
    state = SlicedState.from_sums(sums, SPACING, Ordering.NORMAL, parity=True)
    assert np.allclose(state.density, state.density[::-1])
    assert np.allclose(state.mean, -state.mean[::-1])
    assert state.density.sum() * SPACING == pytest.approx(1.0)


def test_a_lone_sample_does_not_make_a_wild_state(monkeypatch):
    """Far from all others and squeezed by itself: its slice takes the variance of the whole."""
    weight = 1e4 * np.exp(-((np.abs(POSITIONS) - 6) ** 2) / 2) / 5
    lone = np.exp(-(POSITIONS**2)) / np.sqrt(np.pi)
    sums = weight * np.array([1.0, 0, -0.1, 0, 0.03])[:, None] + lone * np.array([1.0, 0, -8.0, 0, 64.0])[:, None]
    state = SlicedState.from_sums(sums, SPACING, Ordering.NORMAL, parity=True)
    assert spectrum(state).min() > -2e-4  # two of twenty thousand
    monkeypatch.setattr(reconstruction, "LARGEST_SHAPE", 1e9)
    assert spectrum(SlicedState.from_sums(sums, SPACING, Ordering.NORMAL, parity=True)).min() < -2e-3

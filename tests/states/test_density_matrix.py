"""Density matrices: what is refused at the door, and what they say."""

import numpy as np
import pytest

from phasespace_qb.errors import UnphysicalState
from phasespace_qb.states.density_matrix import DensityMatrix


def random_state(n, seed):
    rng = np.random.default_rng(seed)
    m = rng.normal(size=(n, n)) + 1j * rng.normal(size=(n, n))
    return m @ m.conj().T / np.trace(m @ m.conj().T).real


def test_number_distribution_spectrum_and_energy():
    rho = random_state(7, 1)
    state = DensityMatrix(np.stack([rho, np.diag([0.1, 0.9, 0, 0, 0, 0, 0]).astype(complex)]))
    assert state.spectrum()[0] == pytest.approx(np.sort(np.linalg.eigvalsh(rho))[::-1], abs=1e-14)
    assert state.photon_number == pytest.approx([np.diag(rho).real @ np.arange(7), 0.9])
    assert state.number_distribution(9)[1] == pytest.approx([0.1, 0.9, *[0] * 7])
    assert state.shape == (2,)
    assert state.cutoff == 7


def test_a_real_matrix_stays_real():
    assert DensityMatrix(np.diag([0.5, 0.5])).matrix.dtype == np.float64


def test_nan_stays_in_its_element():
    rho = np.stack([random_state(4, 2), np.full((4, 4), np.nan)])
    spectrum = DensityMatrix(rho).spectrum()
    assert np.isfinite(spectrum[0]).all()
    assert np.isnan(spectrum[1]).all()


def test_what_is_no_density_matrix_is_refused():
    rho = random_state(4, 3)
    with pytest.raises(UnphysicalState, match=r"`matrix` must be of trace 1, got an operator of trace 1\.01"):
        DensityMatrix(1.01 * rho)
    with pytest.raises(UnphysicalState, match="`matrix` must be Hermitian to 1e-06"):
        DensityMatrix(rho + np.diag([1e-3], -3) - np.diag([1e-3], 3))
    with pytest.raises(ValueError, match=r"`matrix` must be an array of shape \(..., N, N\)"):
        DensityMatrix(np.zeros((3, 4)))

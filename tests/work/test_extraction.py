"""Ergotropy and its parts: closed forms, independent routes, and what must hold for every state."""

import numpy as np
import pytest

from phasespace_qb.states.branches import TwoBranchState
from phasespace_qb.states.density_matrix import DensityMatrix
from phasespace_qb.states.gaussian import GaussianState
from phasespace_qb.work.extraction import (
    energy,
    ergotropy,
    ergotropy_coherent,
    ergotropy_incoherent,
    extractable_work,
    passive_energy,
)
from tests.states.test_branches import CASES, mixture
from tests.states.test_density_matrix import random_state
from tests.states.test_gaussian import fock_matrix, gaussian


@pytest.mark.parametrize("case", CASES)
def test_the_three_descriptions_of_one_state_agree(case):
    for state, rho in ((gaussian(*case), fock_matrix(*case)), (TwoBranchState(gaussian(*case)), mixture(*case))):
        ours, exact = extractable_work(state), extractable_work(DensityMatrix(rho))
        for name in ours._fields:
            assert getattr(ours, name) == pytest.approx(getattr(exact, name), abs=1e-7), name
    single, double = extractable_work(gaussian(*case)), extractable_work(TwoBranchState(gaussian(*case)))
    assert double.ergotropy < single.ergotropy - 1e-3
    assert double.incoherent == single.incoherent


@pytest.mark.parametrize("number", [0.01, 1.0, 50.0, 1e6])
def test_known_works(number):
    coherent = GaussianState(np.array([np.sqrt(2 * number), 0.0]), 0.5 * np.eye(2))
    thermal = GaussianState(np.zeros(2), (number + 0.5) * np.eye(2))
    assert ergotropy(coherent) == pytest.approx(number, rel=1e-12)
    assert ergotropy(thermal) == pytest.approx(0, abs=1e-9 * number)
    large = number + 0.5 + np.sqrt(number * (number + 1))
    squeezed = GaussianState(np.zeros(2), np.diag([large, 0.25 / large]))
    assert energy(squeezed) == pytest.approx(number, rel=1e-9)
    assert ergotropy(squeezed) == pytest.approx(number, rel=1e-6)


def test_a_gaussian_gives_photon_number_minus_nu_plus_one_half():
    state = gaussian(1.7, 0.6, 0.3, 0.8, 0.1)
    nu = np.sqrt(1.7 * 0.6)
    assert ergotropy(state) == pytest.approx(0.5 * (1.7 + 0.6 + 0.8**2 + 0.1**2 - 1) - nu + 0.5, rel=1e-12)
    assert ergotropy(state) != pytest.approx(0.5 * (1.7 + 0.6 + 0.8**2 + 0.1**2 - 1) - nu, rel=1e-2)


def test_number_states_and_diagonal_states():
    inverted = DensityMatrix(np.diag([0.1, 0.2, 0.7]))
    work = extractable_work(inverted)
    assert work.ergotropy == pytest.approx(1.6 - 0.4)
    assert work.coherent == pytest.approx(0, abs=1e-15)
    plus = DensityMatrix(np.full((2, 2), 0.5))
    assert extractable_work(plus).coherent == pytest.approx(0.5)
    assert ergotropy_incoherent(plus) == pytest.approx(0)


@pytest.mark.parametrize("seed", range(5))
def test_parts_add_up_and_are_not_negative(seed):
    state = DensityMatrix(random_state(9, seed))
    work = extractable_work(state)
    assert work.ergotropy == pytest.approx(work.coherent + work.incoherent, abs=1e-13)
    assert min(work.coherent, work.incoherent) >= -1e-13
    assert work.coherent == pytest.approx(ergotropy_coherent(state), abs=1e-13)
    unitary = np.linalg.qr(random_state(9, seed + 50))[0]
    turned = DensityMatrix(unitary @ state.matrix @ unitary.conj().T)
    assert passive_energy(turned) == pytest.approx(passive_energy(state), abs=1e-12)


def test_arrays_keep_shape_and_nan_stays_where_it_is():
    mean, covariance = np.zeros((2, 3, 2)), np.tile(np.diag([1.2, 0.4]), (2, 3, 1, 1))
    mean[..., 0] = np.arange(6).reshape(2, 3)
    mean[1, 0] = np.nan
    for state in (GaussianState(mean, covariance), TwoBranchState(GaussianState(mean, covariance))):
        work = extractable_work(state)
        assert all(part.shape == (2, 3) for part in work)
        for part in (work.energy, work.ergotropy, work.coherent, work.incoherent):
            assert np.isnan(part[1, 0])
            assert np.isfinite(np.delete(part.ravel(), 3)).all()


def test_what_is_no_state_is_refused():
    with pytest.raises(TypeError, match="`state` must be a GaussianState, TwoBranchState or DensityMatrix, got dict"):
        passive_energy({})

"""The fit of two branches and its error bound, against exact solutions of the two-mode oscillator."""

import numpy as np
import pytest

from phasespace_qb.states.branches import TwoBranchState
from phasespace_qb.states.density_matrix import DensityMatrix
from phasespace_qb.states.gaussian import GaussianState
from phasespace_qb.work.extraction import extractable_work
from phasespace_qb.work.fit_error import fit_error
from tests.reference.eliminated_oscillator import density_matrix, moment
from tests.reference.master_equation import solve

TIMES = np.array([0.0, 1.0, 2.0, 4.0, 7.0, 12.0])
RUNS = {  # pump, kappa, gamma_p, detuning, cutoffs
    "below threshold": (1.0, 0.5, 16.0, 0.0, (18, 7)),
    "strong coupling": (1.5, 0.8, 16.0, 0.0, (26, 8)),
    "slow pump": (1.0, 1.0, 8.0, 0.0, (22, 10)),
    "detuned, complex drive": (1.2 * np.exp(0.7j), 0.8, 8.0, 0.3, (22, 9)),
}
PARTS = ("ergotropy", "coherent", "incoherent")


@pytest.fixture(scope="module", params=RUNS, ids=lambda name: name.replace(" ", "-"))
def case(request):
    pump, kappa, gamma_p, detuning, cutoffs = RUNS[request.param]
    rates = {"kappa": kappa, "gamma_p": gamma_p, "detuning": detuning}
    run = solve(pump, TIMES, **rates, cutoffs=cutoffs, tolerance=1e-7)
    n = np.arange(cutoffs[0])
    triples = np.einsum("tnn->tn", run.signal).real @ (n * (n - 1) * (n - 2))
    state = TwoBranchState.from_moments(run.photon_number, run.pair_amplitude, run.pair_number)
    return state, extractable_work(DensityMatrix(run.signal)), fit_error(state, run.pair_number, triples)


def test_the_bound_covers_the_true_error_at_every_time(case):
    state, exact, bound = case
    found = extractable_work(state)
    for part in PARTS:
        error = np.abs(getattr(found, part) - getattr(exact, part))
        assert (error <= getattr(bound, part) + 1e-5).all(), part
    assert (bound.ergotropy <= 0.03 * exact.ergotropy + 1e-4).all()


def test_one_gaussian_would_break_the_bound(case):
    state, exact, bound = case
    mean = state.branch.mean
    single = GaussianState(0 * mean, state.branch.covariance + mean[:, :, None] * mean[:, None, :])
    error = np.abs(extractable_work(single).ergotropy - exact.ergotropy)
    if exact.ergotropy[-1] > 0.5:
        assert error[-1] > bound.ergotropy[-1]


@pytest.mark.parametrize(("lam", "noise"), [(0.7, 0.2), (1.0, 0.1), (1.5, 0.1), (2.5, 0.2)])
def test_steady_states_of_the_eliminated_oscillator_are_covered(lam, noise):
    exact = extractable_work(DensityMatrix(density_matrix(70, lam, noise)))
    n, m, pairs, triples = (np.asarray(moment(*k, lam, noise).real) for k in ((1, 1), (0, 2), (2, 2), (3, 3)))
    state = TwoBranchState.from_moments(n, m, pairs)
    found, bound = extractable_work(state), fit_error(state, pairs, triples)
    for part in PARTS:
        assert abs(getattr(found, part) - getattr(exact, part)) <= getattr(bound, part) + 1e-6, part
    assert bound.ergotropy < 0.03 * exact.ergotropy


def test_two_exact_branches_have_no_fit_error():
    branch = GaussianState(np.array([2.0, 0.0]), np.diag([1.0, 0.35]))
    p, n = branch.number_distribution(300), np.arange(300)
    pairs, triples = p @ (n * (n - 1)), p @ (n * (n - 1) * (n - 2))
    state = TwoBranchState.from_moments(p @ n, np.asarray(0.5 * (1.0 - 0.35 + 4.0) + 0j), pairs)
    bound = fit_error(state, pairs, triples)
    assert max(bound) < 1e-6
    assert fit_error(state, pairs, 1.05 * triples).ergotropy > 1e-3


def test_fluctuations_that_no_pair_of_branches_has_are_counted():
    n, m = np.array(0.5), np.array(0.4 + 0j)
    excess = [fit_error(TwoBranchState.from_moments(n, m, g2), g2, np.array(2.0)).ergotropy for g2 in (0.7, 1.0)]
    assert excess[1] > excess[0] > 0


def test_vacuum_has_none_and_nan_stays():
    vacuum = TwoBranchState.from_moments(np.zeros(2), np.zeros(2, complex), np.array([0.0, np.nan]))
    bound = fit_error(vacuum, np.array([0.0, np.nan]), np.zeros(2))
    assert [part[0] for part in bound] == [0.0] * len(bound)
    assert np.isnan(bound.incoherent[1])


def test_a_bound_is_never_negative():
    # Sampling noise: |⟨a²⟩| a little larger than vacuum allows, so ν < ½ and the passive energy is below zero.
    state = TwoBranchState.from_moments(np.array(0.01), np.array(0.11 + 0j), np.array(0.02))
    assert extractable_work(state).passive_energy < 0
    assert min(fit_error(state, np.array(0.02), np.array(0.05))) >= 0

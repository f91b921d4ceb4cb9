"""Which states the work is taken from, and what is said where it is not the density matrix."""

import json

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.conventions import Ordering
from phasespace_qb.estimators import pilot
from phasespace_qb.estimators.density import DensityReader
from phasespace_qb.estimators.pilot import Pilot
from phasespace_qb.phase_space.slices import MomentumSlices
from phasespace_qb.states.branches import TwoBranchState
from phasespace_qb.work.fit_error import fit_error
from phasespace_qb.work.sliced import COUNTED

TIMES = [2.0, 5.0, 10.0]
(a,) = qb.modes("a")


@pytest.fixture
def without_slices(monkeypatch):
    monkeypatch.setattr(pilot, "LARGEST_SUMS", 0)


def test_branches_take_over_with_their_own_errors_and_a_word(without_slices):
    run = qb.simulate(qb.DopoBattery(), TIMES, qb.PositiveP(5_120, rng=1))
    assert run.verdict == "doubt"
    assert "too many positions" in json.loads(run.verdict_reasons)[0]
    assert set(run.branches.values) <= {1.0, 2.0}
    assert "negative_weight" not in run
    storage = run.isel(mode=0)
    moments = (storage[name].values for name in ("photon_number", "pair_amplitude", "pair_number"))
    state = TwoBranchState.from_moments(*moments)
    # ⟨a†³a³⟩ is not in the dataset; δ₃ is, and it enters linearly in the error of W, not in that of W^i.
    number, pairs = storage.photon_number.values, storage.pair_number.values
    sigma = np.sqrt(pairs + number - number**2)
    matched = 3 * pairs * number - 2 * number**3 + sum_of_third(state)
    triples = matched + run.non_gaussianity.values * sigma**3
    expected = fit_error(state, pairs, triples)
    assert np.allclose(run.ergotropy_estimator_error, expected.ergotropy, rtol=0.1, atol=1e-3)
    assert np.allclose(run.ergotropy_incoherent_estimator_error, expected.incoherent, rtol=0.1, atol=1e-3)
    assert not np.allclose(expected.ergotropy, expected.incoherent, rtol=0.1)


def sum_of_third(state):
    from phasespace_qb.work.passive import factorial_cumulant

    return factorial_cumulant(state.branch, 3)


def test_one_gaussian_takes_over_without_parity(without_slices):
    kerr = qb.OpenSystem(0.05 * a.dag**2 * a**2 + 1.5 * (a + a.dag), {a: 1.0})
    run = qb.simulate(kerr, [0.5, 2.0], qb.TruncatedWigner(2_560, rng=4))
    assert run.branches.values.tolist() == [1.0, 1.0]
    assert run.branch_separation.values.tolist() == [0.0, 0.0]


def test_a_linear_system_is_gaussian_and_needs_no_density_matrix():
    """A thermal state of 15 photons: broad in all directions, and known by its moments."""
    bath = qb.OpenSystem(0 * a.dag * a, {a: 16.0, a.dag: 15.0})
    run = qb.simulate(bath, [1.0, 3.0], qb.PositiveP(5_120, rng=1))
    assert run.verdict == "trust"
    assert np.abs(run.passive_energy - 15.0 * -np.expm1([-1.0, -3.0])).max() < 4 * float(
        run.passive_energy_stderr.max()
    )
    assert np.abs(run.ergotropy).max() < 0.1


def test_broad_states_with_few_levels_are_counted_without_numbers():
    """More than 160 positions but fewer than 512 levels: one of two times has no p_n, the other keeps its own."""
    slices = MomentumSlices((0.0, 0.0), (0.05, 0.3), (799, 31), (0, 1))
    rng = np.random.default_rng(3)
    x, y = rng.normal(scale=[[4.0], [1.0]], size=(2, 2_560)), rng.normal(scale=0.4, size=(2, 2_560))
    z = np.stack([(x + y) / np.sqrt(2), (x - y) / np.sqrt(2)], axis=1)
    snapshots = np.ascontiguousarray(np.stack([z, 0 * z], axis=2))
    sums = []
    for part in np.split(snapshots, 20, axis=-1):
        total = slices.zeros()
        slices.observe(total, 0, np.ascontiguousarray(part), 0, part.shape[-1])
        sums.append(total)
    reader = DensityReader(slices, Ordering.NORMAL, True, (300, 40))
    found = reader.read(np.array(sums), None, np.full(20, 128.0))
    assert found.known.all()
    assert found.passive_error[0] > COUNTED > found.passive_error[1]
    assert np.isnan(found.whole.numbers[:, 0]).all()
    assert np.allclose(found.whole.numbers[:, 1].sum(axis=-1), 1.0, atol=1e-3)


def pilot_of(levels, spread):
    times = np.zeros(len(levels))
    return Pilot(np.array(levels), times, np.array(spread), np.array(levels) / 2)


def test_grids_hold_the_state_and_resolve_its_momenta():
    slices = pilot_of([16.0, 400.0, 400.0], [0.7, 0.4, 1.5]).slices((0, 1))
    spacings, halves = np.array(slices.spacings), np.array(slices.halves)
    assert (spacings * (halves + 1) >= np.sqrt(2 * np.array([16.0, 400.0, 400.0]))).all()
    assert (np.pi / (2 * spacings) >= 6.5 * np.array([0.7, 0.4, 1.5])).all()
    assert spacings[2] < spacings[0] == spacings[1] == 0.3


@pytest.mark.parametrize(("levels", "spread"), [([16.0], [50.0]), ([1e12], [0.5]), ([16.0], [1e300])])
def test_states_that_need_too_many_positions_get_no_grid(levels, spread):
    assert pilot_of(levels, spread).slices((0, 1)) is None


def test_a_state_that_lies_across_its_mean_is_sliced_along_its_branches():
    """The paper's oscillator with a weak seed of the signal at right angles to its branches: no parity."""
    s, p = qb.modes("signal", "pump")
    hamiltonian = 0.25j * (s.dag**2 * p - p.dag * s**2) + 12j * (p.dag - p) + 0.2 * (s + s.dag)
    seeded = qb.OpenSystem(hamiltonian, {s: 1.0, p: 16.0})
    exact = qb.simulate(seeded, [3.0], qb.Lindblad((36, 13)))
    run = qb.simulate(seeded, [3.0], qb.PositiveP(10_240, rng=1))
    assert run.branches.values.tolist() == [0.0]
    for name in ("ergotropy", "ergotropy_incoherent", "passive_energy"):
        bound = 4 * run[f"{name}_stderr"] + run[f"{name}_estimator_error"]
        assert np.abs(run[name] - exact[name]) < bound, name


def test_the_coherence_of_what_is_lost_in_the_noise_of_the_vacuum_is_unknown():
    """Symmetric order subtracts ½ from n̄: near the vacuum g⁽²⁾ is a ratio of two noises, of any size and sign."""
    battery, times = qb.DopoBattery(1.0), [0.0, 0.1, 2.0, 5.0]
    wigner = qb.simulate(battery, times, qb.TruncatedWigner(10_240, rng=1)).isel(mode=0)
    number, error = wigner.photon_number.values, wigner.photon_number_stderr.values
    assert (number > 4 * error).tolist() == [False, False, True, True]
    for suffix in ("", "_stderr", "_step_error"):
        assert np.isfinite(wigner[f"second_order_coherence{suffix}"]).values.tolist() == [False, False, True, True]
    with np.errstate(all="ignore"):
        assert abs(wigner.pair_number.values[1] / number[1] ** 2) > 40, "it would be finite nonsense"
    normal = qb.simulate(battery, times, qb.PositiveP(10_240, rng=1)).isel(mode=0).second_order_coherence
    assert np.isfinite(normal).values.tolist() == [False, True, True, True]

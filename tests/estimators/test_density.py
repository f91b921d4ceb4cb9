"""Work from sampled density matrices: what it costs to stop at four cumulants, and where there is none."""

import json
import tracemalloc

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.conventions import Ordering
from phasespace_qb.estimators.density import REASSIGNED, DensityReader
from phasespace_qb.phase_space.slices import MomentumSlices
from phasespace_qb.states.reconstruction import SlicedState
from phasespace_qb.work.sliced import passive_energies
from tests.states.test_reconstruction import SPACING, slices_of


def replicated(state):
    return SlicedState(*(getattr(state, name)[None] for name in ("density", "mean", "variance", "third", "fourth")),
                       state.spacing, state.parity)  # fmt: skip


@pytest.mark.parametrize(
    ("noise", "ratio", "share"), [(0.5, 1.0, 0.3), (0.5, 2.5, 0.3), (2.0, 2.0, 0.3), (0.125, 1.5, 0.0)]
)
def test_the_estimator_error_covers_what_higher_cumulants_do(noise, ratio, share):
    """Exact states that have few photons and strong quantum noise, without any sampling; and not by a wide margin."""
    kappa = np.sqrt(noise * 16 / 2)
    battery = qb.DopoBattery(ratio * np.sqrt(16) / (4 * kappa), kappa=kappa)
    times = [1.0, 2.0, 3.0, 5.0, 10.0]
    exact = qb.simulate(battery, times, qb.Lindblad((44, 12)))
    used = []
    for save in range(len(times)):
        state = replicated(slices_of(exact.density_matrix.values[save]))
        found, without = (passive_energies(each, 60) for each in (state, state.gaussian_slices()))
        floor = -REASSIGNED * found.negative[0]
        passive = abs(found.passive[0] - float(exact.passive_energy[save]))
        incoherent = abs(found.incoherent[0] - float(exact.ergotropy_incoherent[save]))
        for error, each, other in ((passive, found.passive, without.passive),
                                   (incoherent, found.incoherent, without.incoherent)):  # fmt: skip
            bound = abs(each[0] - other[0]) + floor
            assert error <= bound + 3e-4
            used.append(error / (bound + 1e-5))
    assert max(used) >= share


def sums_of(position, momentum, *, groups=20, half=31):
    """Sums as the accumulator makes them, of positive-P samples with these quadratures, at one time."""
    slices = MomentumSlices((0.0,), (SPACING,), (half,), (0, 1))
    alpha = (position + 1j * momentum) / np.sqrt(2)
    plus = (position - 1j * momentum) / np.sqrt(2)
    total = []
    for own, partner in zip(np.split(alpha, groups), np.split(plus, groups), strict=True):
        snapshot = np.array([[own.real, own.imag], [partner.real, partner.imag]])[None]
        sums = slices.zeros()
        slices.observe(sums, 0, np.ascontiguousarray(snapshot), 0, own.size)
        total.append(sums)
    return DensityReader(slices, Ordering.NORMAL, True, (60,)), np.array(total)


def squeezed_samples(size, seed=0):
    """On the real manifold: x real, p imaginary; V_x = ½ + 2, V_p = ½ − 0.3, beyond 3 dB."""
    rng = np.random.default_rng(seed)
    return rng.normal(scale=np.sqrt(2.0), size=size), 1j * rng.normal(scale=np.sqrt(0.3), size=size)


def test_squeezing_beyond_3_db_has_a_finite_error():
    """ν = √(2.5 · 0.2): the coherent kernel's off-diagonal elements have no variance here."""
    errors, values = [], []
    for seed in range(8):
        reader, sums = sums_of(*squeezed_samples(20_000, seed))
        found = reader.read(sums, None, np.full(20, 1_000.0))
        assert found.known.all()
        values.append(found.whole.passive[0, 0])
        errors.append(np.sqrt(19 * np.var(found.whole.passive[1:, 0])))
    exact = np.sqrt(2.5 * 0.2) - 0.5
    assert np.mean(values) == pytest.approx(exact, abs=4 * np.mean(errors) / np.sqrt(8))
    assert np.std(values) < 0.01
    assert 0.4 < np.std(values) / np.mean(errors) < 2.0


def test_samples_beyond_the_grid_make_no_state():
    position, momentum = squeezed_samples(20_000)
    position[:100] = 40.0
    reader, sums = sums_of(position, momentum)
    found = reader.read(sums, None, np.full(20, 1_000.0))
    assert found.lost[0] == pytest.approx(0.005, rel=1e-3)
    assert not found.known.any()
    (finding,) = found.findings(np.array([True]))
    assert "0.50% of them lie beyond the grid" in finding.reason
    assert finding.at.tolist() == [True]
    assert not found.findings(np.array([False]))


def test_samples_far_off_the_real_manifold_make_no_state():
    position, momentum = squeezed_samples(20_000)
    reader, sums = sums_of(position + 4j, momentum)
    found = reader.read(sums, None, np.full(20, 1_000.0))
    assert not found.known.any()
    assert np.isnan(found.whole.passive).all()


def test_a_mean_imaginary_position_that_averages_out_is_allowed():
    """A small spread of Im x, as after a pump has been switched off: the average of e^(−(x̄−x)²) undoes it."""
    position, momentum = squeezed_samples(40_000)
    rng = np.random.default_rng(9)
    reader, sums = sums_of(position + 0.25j * rng.normal(size=40_000), momentum)
    found = reader.read(sums, None, np.full(20, 2_000.0))
    assert found.known.all()
    # ⟨x²⟩ loses 0.25².
    assert found.whole.passive[0, 0] == pytest.approx(np.sqrt((2.5 - 0.0625) * 0.2) - 0.5, abs=0.02)


def test_a_detuned_battery_is_doubted_and_told_where_to_turn():
    run = qb.simulate(qb.DopoBattery(detuning=0.3), [2.0, 12.0], qb.PositiveP(5_120, rng=1))
    assert run.verdict in ("doubt", "reject")
    reasons = " ".join(json.loads(run.verdict_reasons))
    assert "TruncatedWigner" in reasons
    assert "Lindblad" in reasons


def test_a_complex_pump_is_the_real_one_turned():
    runs = [
        qb.simulate(qb.DopoBattery(3 * np.exp(1j * phase)), [1.0, 4.0, 12.0], qb.PositiveP(5_120, rng=2))
        for phase in (0.0, 0.9)
    ]
    for name in ("ergotropy", "ergotropy_coherent", "ergotropy_incoherent", "number_distribution"):
        assert np.allclose(runs[0][name], runs[1][name], rtol=1e-6, atol=1e-6), name
    assert (runs[1].branches == 0).all()


def test_levels_of_a_pilot_that_diverged_do_not_fill_the_memory():
    """16 million levels would be 2.7 GB of p_n that nobody is given."""
    reader, sums = sums_of(np.full(2_000, np.nan), np.zeros(2_000))
    huge = DensityReader(reader.slices, Ordering.NORMAL, True, (2**24,))
    tracemalloc.start()
    found = huge.read(sums, None, np.full(20, 100.0))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**24
    assert not found.known.any()
    assert found.whole.numbers is None


@pytest.mark.slow
def test_an_ensemble_that_runs_away_is_rejected_and_does_not_crash():
    run = qb.simulate(qb.DopoBattery(1.0, kappa=10.0), np.linspace(0, 5, 51), qb.PositiveP(2_560, rng=1))
    assert run.verdict == "reject"
    assert np.isnan(run.ergotropy[-1])
    assert np.isnan(run.energy[-1])

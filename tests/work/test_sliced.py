"""Passive energies of sliced states: eigenvalues against closed forms, counted levels against eigenvalues."""

import numpy as np
import pytest

from phasespace_qb.states.gaussian import GaussianState
from phasespace_qb.states.reconstruction import SlicedState
from phasespace_qb.work import sliced
from phasespace_qb.work.extraction import diagonal_passive_energy, extractable_work
from phasespace_qb.work.sliced import COUNTED, counted_incoherent, counted_passive, passive_energies
from tests.states.test_reconstruction import of_gaussian

SPACING = 0.3


def gaussian(stretched, squeezed):
    """Slices of a zero-mean Gaussian on a grid that holds it; as an array of one state."""
    half = int(7 * np.sqrt(stretched) / SPACING) | 1
    x = np.arange(-half, half + 1) * SPACING
    density = np.exp(-0.5 * x**2 / stretched) / np.sqrt(2 * np.pi * stretched)
    zero = np.zeros_like(density)
    return SlicedState(*(part[None] for part in (density, zero, zero + squeezed, zero, zero)), SPACING, True)


def branches(x0, stretched, squeezed, between=0.0):
    """Two of them at ±x0, with a share `between` of trajectories that are on the way."""
    half = int((x0 + 7 * np.sqrt(stretched)) / SPACING) | 1
    x = np.arange(-half, half + 1) * SPACING
    peak = np.exp(-0.5 * (np.abs(x) - x0) ** 2 / stretched) / np.sqrt(8 * np.pi * stretched)
    way = (np.abs(x) < x0) / (2 * x0) * (1 - np.cos(np.pi * (np.abs(x) - x0) / x0)) if between else 0 * x
    density = (1 - between) * peak + between * way
    density /= density.sum() * SPACING
    zero = np.zeros_like(density)
    variance = zero + squeezed - 0.1 * np.exp(-0.5 * (x / x0) ** 2)
    return SlicedState(*(part[None] for part in (density, zero, variance, zero, zero)), SPACING, True)


@pytest.mark.parametrize(("stretched", "squeezed"), [(0.5, 0.5), (3.0, 0.25), (40.0, 0.2)])
def test_eigenvalues_and_probabilities_of_a_gaussian(stretched, squeezed):
    exact = GaussianState(np.zeros(2), np.diag([stretched, squeezed]))
    found = passive_energies(gaussian(stretched, squeezed), min(1024, int(30 * exact.photon_number) + 40))
    assert found.passive == pytest.approx(np.sqrt(stretched * squeezed) - 0.5, abs=1e-6)
    assert found.incoherent == pytest.approx(float(exact.photon_number - diagonal_passive_energy(exact)), abs=2e-5)
    assert found.passive_accuracy < 1e-5
    assert found.negative > -1e-9


def test_a_distribution_in_order_has_no_incoherent_work_at_all():
    """Thermal: the sum over levels and the one over ranks are one and the same."""
    assert passive_energies(gaussian(0.7, 0.7), 60).incoherent[0] == pytest.approx(0.0, abs=1e-7)


@pytest.mark.parametrize("between", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("x0", [12.0, 25.0])
def test_counted_levels_are_within_their_error(x0, between):
    """Broad states and narrow branches with something in between, small enough for their eigenvalues."""
    state = branches(x0, 1.2, 0.35, between)
    found = passive_energies(state, int(0.5 * (x0 + 8) ** 2) + 60)
    assert found.numbers is not None
    assert np.abs(counted_passive(state) - found.passive) < COUNTED
    assert np.abs(counted_incoherent(state) - found.incoherent) < COUNTED


def test_counting_without_the_zero_point_fails_the_same_comparison(monkeypatch):
    monkeypatch.setattr(sliced, "VACUUM_VARIANCE", 0.0)
    state = branches(12.0, 1.2, 0.35)
    assert np.abs(counted_passive(state) - passive_energies(state, 300).passive) > COUNTED


def test_large_states_are_counted_and_say_so():
    found = passive_energies(gaussian(3e4, 0.2), 600_000)
    assert found.numbers is None
    assert found.passive_accuracy == found.incoherent_accuracy > COUNTED  # n̄ = 15 000
    assert found.passive == pytest.approx(np.sqrt(3e4 * 0.2) - 0.5, abs=COUNTED)
    exact = GaussianState(np.zeros(2), np.diag([3e4, 0.2]))
    assert found.incoherent == pytest.approx(float(extractable_work(exact).incoherent), abs=COUNTED)


def test_negative_eigenvalues_are_left_out_and_reported():
    """Squeezed beyond what its position allows: no state."""
    state = gaussian(0.4, 0.4)
    found = passive_energies(state, 60)
    assert found.negative[0] < -0.05
    values = np.concatenate([np.linalg.eigvalsh(block[0]) for block in state.blocks(state.rows())])
    assert found.negative[0] == pytest.approx(values[values < 0].sum())
    assert found.passive[0] >= 0


def test_a_state_without_parity_has_one_matrix():
    state = of_gaussian((2.0, 0.0), np.diag([1.0, 0.4]), parity=False)
    one = SlicedState(*(getattr(state, name)[None] for name in ("density", "mean", "variance", "third", "fourth")),
                      state.spacing, False)  # fmt: skip
    exact = extractable_work(GaussianState(np.array([2.0, 0.0]), np.diag([1.0, 0.4])))
    found = passive_energies(one, 80)
    assert found.passive[0] == pytest.approx(float(exact.passive_energy), abs=1e-6)
    assert found.incoherent[0] == pytest.approx(float(exact.incoherent), abs=1e-6)

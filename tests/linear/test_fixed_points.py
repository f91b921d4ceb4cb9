"""Fixed points and their stability: closed forms of the battery with detuning, and systems with other structures."""

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.linear.fixed_points import fixed_points
from phasespace_qb.linear.mean_field import MeanField, doubled
from tests.linear.cases import battery, plant, random_batteries, wrong_depletion

a, b = qb.modes("a", "b")


def closed_form_errors(count, seed):
    """At random draws: relative residual, length of one Newton step relative to the amplitude, wrong stability."""
    residual, distance, unstable = 0.0, 0.0, 0
    for parameters in random_batteries(count, seed):
        field, amplitudes = MeanField.of(parameters.system()), parameters.steady_amplitudes()
        z = doubled(amplitudes)
        drift, jacobian = field.drift(0.0, z), field.jacobian(0.0, z)
        residual = max(residual, (np.abs(drift).max(-1) / field.drift.size(0.0, z).max(-1)).max())
        step = np.linalg.solve(jacobian, drift[..., None])
        distance = max(distance, np.abs(step).max() / np.abs(amplitudes).max())
        growth = np.linalg.eigvals(jacobian).real.max(axis=-1)
        bright = len(amplitudes) == 3
        unstable += int((growth[0] < 0) == bright) + int((growth[1:] >= 0).any())
    return residual, distance, unstable


def test_closed_forms_with_detuning_at_ten_thousand_random_draws():
    residual, distance, unstable = closed_form_errors(10_000, seed=1)
    assert residual < 1e-12
    assert distance < 1e-12
    assert unstable == 0


def test_a_wrong_sign_in_the_drift_is_seen(monkeypatch):
    plant(monkeypatch, wrong_depletion)
    assert closed_form_errors(50, seed=1)[0] > 1e-3


def test_a_wrong_sign_of_the_detuning_is_seen(monkeypatch):
    opposite = qb.DopoBattery.steady_amplitudes
    monkeypatch.setattr(qb.DopoBattery, "steady_amplitudes", lambda self: opposite(self).conj())
    assert closed_form_errors(50, seed=1)[0] > 1e-3


def test_the_root_finder_keeps_the_closed_forms():
    for parameters in random_batteries(300, seed=2):
        amplitudes = parameters.steady_amplitudes()
        found = fixed_points(parameters.system(), amplitudes)
        assert len(found) == len(amplitudes)
        for point in found:
            nearest = np.abs(amplitudes - point.amplitudes).max(axis=1).min()
            assert nearest < 1e-12 * np.abs(amplitudes).max()
            assert point.stable == (np.abs(point.amplitudes[0]) > 0 or len(found) == 1)


def test_the_root_finder_needs_no_hint():
    for parameters in random_batteries(60, seed=3):
        amplitudes = parameters.steady_amplitudes()
        found = fixed_points(parameters.system())
        assert len(found) == len(amplitudes)
        for known in amplitudes:
            distance = min(np.abs(point.amplitudes - known).max() for point in found)
            assert distance < 1e-10 * np.abs(amplitudes).max()
        assert max(point.residual for point in found) < 1e-12


@pytest.mark.parametrize("side", [-1, 1])
@pytest.mark.parametrize("delta", [0.0, 0.8, -0.8])
def test_the_dark_branch_loses_stability_at_threshold(delta, side):
    threshold = np.sqrt(1 + delta**2)
    found = fixed_points(battery(threshold * (1 + side * 1e-6), delta=delta).system())
    assert [point.stable for point in found] == ([True] if side < 0 else [False, True, True])


def test_at_threshold_nothing_is_stable():
    found = fixed_points(battery(1.0).system())
    assert [point.stable for point in found] == [False]


@pytest.mark.parametrize("drive", [2.4, 4.0, 5.0, 6.0])
def test_kerr_bistability(drive):
    """n [(Un − Δ)² + γ²/4] = F²: one root, or three of which the middle one is unstable."""
    strength, detuning = 0.05, 3.0
    hamiltonian = -detuning * a.dag * a + strength / 2 * a.dag**2 * a**2 + drive * (a + a.dag)
    found = fixed_points(qb.OpenSystem(hamiltonian, {a: 1.0}))
    roots = np.roots([strength**2, -2 * strength * detuning, detuning**2 + 0.25, -(drive**2)])
    expected = np.sort(roots.real[np.abs(roots.imag) < 1e-9])
    assert [np.abs(p.amplitudes[0]) ** 2 for p in found] == pytest.approx(expected, rel=1e-10)
    assert [p.stable for p in found] == ([True] if len(expected) == 1 else [True, False, True])


def test_a_ring_of_fixed_points_is_marginal():
    """Gain against two-photon loss: the intensity is fixed, the phase is free."""
    found = fixed_points(qb.OpenSystem(0.3 * b.dag * b, {a: 1.0, a.dag: 2.0, a**2: 0.1, b: 1.0}))
    assert len(found) > 10
    assert not any(point.stable for point in found)
    assert np.abs(found[5].amplitudes[0]) ** 2 == pytest.approx(5.0)


def test_four_branches_of_two_coupled_oscillators():
    """Weakly coupled, each above threshold: (±, ±), all stable, besides unstable ones."""
    single = 0.75j * (a.dag**2 - a**2) + 0.75j * (b.dag**2 - b**2)
    coupled = qb.OpenSystem(single + 0.02j * (a.dag * b - b.dag * a), {a: 1.0, b: 1.0, a**2: 0.05, b**2: 0.05})
    stable = [np.sign(p.amplitudes.real) for p in fixed_points(coupled) if p.stable]
    assert sorted(map(tuple, stable)) == [(-1, -1), (-1, 1), (1, -1), (1, 1)]


def test_drives_are_frozen_at_the_time_asked_for():
    system = battery(0.5).system()
    switched = qb.DopoBattery(pump=qb.SwitchedOff(1.0, 2.0)).system()
    assert fixed_points(switched)[0].amplitudes == pytest.approx(fixed_points(system)[0].amplitudes)
    assert fixed_points(switched, at=2.0)[0].amplitudes == pytest.approx(np.zeros(2))


def test_starts_of_a_wrong_shape_are_refused():
    with pytest.raises(ValueError, match=r"`starts` must be an array of shape \(K, 2\), got an array of shape \(2,\)"):
        fixed_points(battery(0.5).system(), np.zeros(2))

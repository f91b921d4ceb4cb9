"""Steady states and slow modes, against dense Liouvillians, the closed form, and the theory of tunnelling."""

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.errors import PhaseSpaceError
from phasespace_qb.lindblad.steady import relax
from tests.models.dense import matrix
from tests.reference import eliminated_oscillator as eliminated


def oscillator(lam, noise, delta=0.0, theta=0.0, gamma_p=16.0):
    """A battery with λ, g², δ and θ; γ_s = 1."""
    kappa = np.sqrt(noise * gamma_p / 2)
    pump = lam * np.sqrt(gamma_p) / (4 * kappa) * np.exp(1j * theta)
    return qb.DopoBattery(pump, kappa=kappa, gamma_p=gamma_p, detuning=delta / 2)


def dense_liouvillian(system, cutoff):
    """Column-stacked −i[H, ·] + Σ γ D[L] of a system of one mode, in truncated matrices."""
    h, one = matrix(system.hamiltonian, system.modes, cutoff), np.eye(cutoff)
    total = -1j * (np.kron(one, h) - np.kron(h.T, one))
    for operator, rate in system.loss.items():
        l = matrix(operator, system.modes, cutoff)
        n = l.conj().T @ l
        total += rate * (np.kron(l.conj(), l) - 0.5 * np.kron(one, n) - 0.5 * np.kron(n.T, one))
    return total


@pytest.mark.parametrize(
    ("lam", "noise", "delta", "theta"), [(1.2, 1.0, 0.0, 0.0), (1.4, 0.5, 0.0, 0.8), (1.3, 0.6, 0.7, 0.0)]
)
def test_slow_modes_are_the_eigenvalues_of_a_dense_liouvillian(lam, noise, delta, theta):
    cutoff = 14
    system = oscillator(lam, noise, delta, theta).eliminated()
    found = relax(system, (cutoff,))
    even = np.array([(i + j) % 2 == 0 for i in range(cutoff) for j in range(cutoff)])
    whole = dense_liouvillian(system, cutoff)
    for sector, kept in zip(found.sectors, (even, ~even), strict=True):
        exact = np.linalg.eigvals(whole[np.ix_(kept, kept)])
        exact = exact[np.argsort(-exact.real)][: len(sector.eigenvalues)]
        # A pair of complex eigenvalues comes in either order.
        assert np.sort_complex(sector.eigenvalues.round(7)) == pytest.approx(np.sort_complex(exact.round(7)), abs=2e-6)
        assert sector.residuals[0] < 1e-6
    wrong = dense_liouvillian(oscillator(lam, 1.05 * noise, delta, theta).eliminated(), cutoff)
    gap = np.sort(np.linalg.eigvals(wrong[np.ix_(~even, ~even)]).real)[-1]
    assert abs(found.sectors[1].eigenvalues[0].real - gap) > 1e-4


@pytest.mark.parametrize("noise", [1.0, 0.4, 0.15])
def test_the_closed_form_is_the_steady_state(noise):
    battery = oscillator(1.3, noise, delta=0.5, theta=0.4)
    cutoff = {1.0: 36, 0.4: 48, 0.15: 64}[noise]
    settled = qb.steady_state(battery.eliminated(), qb.Lindblad(cutoff))
    closed = qb.simulate(battery, [0.0], qb.EliminatedSteadyState())
    levels = min(cutoff, closed.sizes["n"])
    gap = settled.density_matrix[0, :levels, :levels].values - closed.density_matrix[0, :levels, :levels].values
    assert np.abs(gap).max() < 1e-8
    assert float(settled.energy[0]) == pytest.approx(float(closed.energy[0]), abs=1e-8)
    assert float(settled.ergotropy[0]) == pytest.approx(float(closed.ergotropy[0]), abs=1e-8)
    reference = eliminated.density_matrix(levels, 1.3, noise * 1.01, 0.5, 0.4)
    assert np.abs(settled.density_matrix[0, :levels, :levels].values - reference).max() > 1e-5


def test_propagation_ends_in_it():
    battery = oscillator(1.3, 0.5)
    late = qb.simulate(battery.eliminated(), [60.0], qb.Lindblad(44, tolerance=1e-9))
    settled = qb.steady_state(battery.eliminated(), qb.Lindblad(44))
    assert np.abs(late.density_matrix.values - settled.density_matrix.values).max() < 1e-8


def test_two_modes():
    settled = qb.steady_state(qb.DopoBattery(1.2, kappa=0.8, gamma_p=4.0), qb.Lindblad((20, 9)))
    late = qb.simulate(qb.DopoBattery(1.2, kappa=0.8, gamma_p=4.0), [80.0], qb.Lindblad((20, 9), tolerance=1e-9))
    for name in ("energy", "ergotropy", "ergotropy_coherent", "photon_number", "mean_field", "pair_amplitude"):
        assert settled[name].values == pytest.approx(late[name].values, abs=1e-7), name
    assert settled.verdict == "trust"
    assert float(settled.liouvillian_eigenvalue[0, 0].real) == pytest.approx(0.0, abs=1e-9)
    assert "charging_power" not in settled
    alone = qb.steady_state(qb.DopoBattery(1.2, kappa=0.8, gamma_p=4.0), qb.Lindblad((20, 9)), slow_modes=False)
    assert np.abs(alone.density_matrix.values - settled.density_matrix.values).max() < 1e-8
    assert "liouvillian_eigenvalue" not in alone


def tunnelling_time(lam, noise):
    """Semiclassical mean time between the branches, γ_s = 1: Kinsler and Drummond 1991, complex-P potential barrier."""
    sigma = 1 - noise / 2
    exponent = 2 / noise * (lam - sigma - sigma * np.log(lam / sigma))
    return 2 * np.pi * np.sqrt((lam + sigma) / (lam * (lam - sigma) ** 2)) * np.exp(exponent)


def test_tunnelling_between_the_branches():
    lam, noises = 1.6, np.array([0.16, 0.12, 0.09])
    rates = []
    for noise in noises:
        found = relax(oscillator(lam, noise).eliminated(), (int(8 * lam / noise) + 24,))
        rates.append(-found.sectors[1].eigenvalues[0].real)
    exact, theory = np.log(2 / np.array(rates)), np.log([tunnelling_time(lam, noise) for noise in noises])
    slope = np.diff(exact) / np.diff(1 / noises)
    assert slope == pytest.approx(np.diff(theory) / np.diff(1 / noises), rel=0.06)  # the prefactor depends on g too
    assert exact == pytest.approx(theory, abs=0.15)  # the prefactor is known to 5–13 %
    other = np.log([tunnelling_time(1.05 * lam, noise) for noise in noises])
    assert slope != pytest.approx(np.diff(other) / np.diff(1 / noises), rel=0.06)


def test_a_steady_state_that_is_not_unique_is_refused():
    (a,) = qb.modes("cavity")
    with pytest.raises(PhaseSpaceError, match="not unique"):
        qb.steady_state(qb.OpenSystem(0 * a, {a.dag * a: 1.0, a**2: 0.5}), qb.Lindblad(6))
    with pytest.raises(PhaseSpaceError, match="without losses"):
        qb.steady_state(qb.OpenSystem(a.dag * a, {a: 0.0}), qb.Lindblad(6))


def test_only_the_master_equation_has_one():
    with pytest.raises(TypeError, match="Lindblad"):
        qb.steady_state(qb.DopoBattery(), qb.PositiveP(1000))


def test_it_can_be_stored(tmp_path):
    settled = qb.steady_state(oscillator(1.2, 1.0).eliminated(), qb.Lindblad(20))
    assert qb.load(qb.save(settled, tmp_path / "steady.nc")).identical(settled)
    assert list(settled.sector.values) == ["symmetric", "antisymmetric"]
    for name in ("energy", "ergotropy", "liouvillian_eigenvalue"):
        assert np.isfinite(settled[f"{name}_cutoff_error"].values).all()

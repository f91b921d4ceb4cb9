"""Steady states and slow modes, against dense Liouvillians, the closed form, and the theory of tunnelling."""

import os
from dataclasses import replace

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.errors import PhaseSpaceError
from phasespace_qb.lindblad import method, steady
from phasespace_qb.lindblad.run import require_memory
from phasespace_qb.lindblad.steady import relax
from tests.lindblad.cases import liouvillian, stencil_of
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


@pytest.mark.slow
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


def test_coherences_of_an_undriven_mode_decay_number_by_number():
    """|n⟩⟨n + k| of a Kerr mode: slowest at n = 0, λ = −kγ/2 ± i[Δk + Uk(k − 1)/2]; also for k beyond stored bands."""
    (a,) = qb.modes("cavity")
    kerr = qb.OpenSystem(0.3 * a.dag * a + 0.05 * a.dag**2 * a**2, {a: 1.2})
    settled = qb.steady_state(kerr, qb.Lindblad(24))
    k = np.arange(1, 9)
    found = settled.liouvillian_eigenvalue.values[1:, 0]
    assert found.real == pytest.approx(-0.6 * k, abs=1e-6)
    assert np.abs(found.imag) == pytest.approx(0.3 * k + 0.05 * k * (k - 1), abs=1e-6)
    assert np.abs(found.imag) != pytest.approx(0.3 * k + 0.1 * k * (k - 1), abs=1e-2)


A, B = qb.modes("a", "b")
COUPLING, LOSSES = 0.3, {A: 1.0, B: 2.0}


@pytest.mark.parametrize("cutoffs", [(5, 5), (5, 3), (3, 6), (6, 6)])
def test_coherences_of_two_modes_that_exchange_quanta_decay_by_their_drift_matrix(cutoffs):
    """|0⟩⟨k| decays by sums of k eigenvalues of ½γ_j + iH_jk, as long as k quanta fit into either mode."""
    exchange = COUPLING * (A.dag * B + B.dag * A)
    settled = qb.steady_state(qb.OpenSystem(exchange, LOSSES), qb.Lindblad(cutoffs))
    assert settled.density_matrix.values[0, 0, 0] == pytest.approx(1.0, abs=1e-10)
    for coupling, agrees in ((COUPLING, True), (1.05 * COUPLING, False)):
        first, second = np.linalg.eigvals([[0.5, 1j * coupling], [1j * coupling, 1.0]])
        for k in range(1, min(cutoffs)):
            sums = -np.array([(k - j) * first + j * second for j in range(k + 1)])
            found = settled.liouvillian_eigenvalue.values[k, 0]
            nearest = min(np.abs(np.append(sums, sums.conj()) - found))
            if agrees:
                assert found.real == pytest.approx(sums.real.max(), abs=1e-6)
                assert nearest < 1e-6
            elif k % 2:  # an even number may be shared equally, and then the coupling plays no part
                assert nearest > 1e-3


@pytest.mark.parametrize("cutoffs", [(3, 4), (4, 4)])
def test_slow_modes_of_two_modes_that_squeeze_each_other_are_those_of_a_dense_liouvillian(cutoffs):
    pairs = COUPLING * (A.dag * B.dag + B * A)
    system = qb.OpenSystem(pairs, LOSSES)
    found = qb.steady_state(system, qb.Lindblad(cutoffs)).liouvillian_eigenvalue.values[:, 0]
    for changed, agrees in ((system, True), (qb.OpenSystem(1.05 * pairs, LOSSES), False)):
        exact = np.linalg.eigvals(liouvillian(changed, cutoffs))
        # From the second sector on: the first has the eigenvalue 0 in any case.
        distances = np.abs(found[1:, None] - exact).min(axis=1)
        assert (distances[:3].max() < 1e-6) == agrees


def test_a_steady_state_that_is_not_unique_is_refused():
    (a,) = qb.modes("cavity")
    with pytest.raises(PhaseSpaceError, match="not unique"):
        qb.steady_state(qb.OpenSystem(0 * a, {a.dag * a: 1.0, a**2: 0.5}), qb.Lindblad(6))
    with pytest.raises(PhaseSpaceError, match="without losses"):
        qb.steady_state(qb.OpenSystem(a.dag * a, {a: 0.0}), qb.Lindblad(6))


def test_trajectories_have_none():
    with pytest.raises(TypeError, match=r"^`method` must be Lindblad\(…\) or EliminatedSteadyState\(\), got"):
        qb.steady_state(qb.DopoBattery(), qb.PositiveP(1000))


def test_the_closed_form_is_one_at_infinity():
    settled = qb.steady_state(qb.DopoBattery(2.0), qb.EliminatedSteadyState())
    at_once = qb.simulate(qb.DopoBattery(2.0), [3.0], qb.EliminatedSteadyState())
    assert settled.time.values == [np.inf]
    assert float(settled.energy[0]) == float(at_once.energy[0])
    with pytest.raises(TypeError, match="a DopoBattery for EliminatedSteadyState"):
        qb.steady_state(qb.DopoBattery().system(), qb.EliminatedSteadyState())


@pytest.mark.parametrize("given", ["auto", (12, 6)])
@pytest.mark.parametrize("drive", [qb.SwitchedOff(1.0, at=10), lambda t: 1.0 + 0.1 * t])
def test_a_drive_that_changes_has_no_steady_state(drive, given):
    with pytest.raises(ValueError, match=r"^`system` must be constant in time, .*, got .*\. Give the system with"):
        qb.steady_state(qb.DopoBattery(drive), qb.Lindblad(given))
    with pytest.raises(ValueError, match=r"^`pump` must be a number"):
        qb.steady_state(qb.DopoBattery(drive), qb.EliminatedSteadyState())


def test_the_error_of_a_steady_state_is_its_residual_over_the_gap(monkeypatch):
    system = oscillator(1.2, 0.5).eliminated()
    for slow_modes in (True, False):
        found = relax(system, (24,), slow_modes=slow_modes)
        both = relax(system, (24,))
        assert found.gap == pytest.approx(abs(both.sectors[0].eigenvalues[1]), rel=1e-5)
        exact = dense_steady_state(system, 24)
        assert np.linalg.norm(found.matrices[0][0] - exact) < 3 * found.error + 1e-12
    doubted = replace(relax(system, (24,)), error=1e-3)
    monkeypatch.setattr(method, "relax", lambda *_, **__: doubted)
    settled = qb.steady_state(system, qb.Lindblad(24))
    assert settled.verdict == "doubt"
    assert "the steady state is known to 0.001 only" in settled.verdict_reasons


def dense_steady_state(system, cutoff):
    values, vectors = np.linalg.eig(dense_liouvillian(system, cutoff))
    rho = vectors[:, np.argmin(np.abs(values))].reshape(cutoff, cutoff).T
    return rho / np.trace(rho)


def test_what_decays_hardly_slower_than_the_next_is_not_taken_for_steady(monkeypatch):
    """Accepted by its residual alone, but next to it another mode that is as slow as its residual."""
    original = steady._slowest

    def nearly_degenerate(*given):
        modes, vectors = original(*given)
        eigenvalues, residuals = np.array([0.0, -2e-9 + 0j]), np.array([1e-9, 1e-9])
        return steady.SlowModes(modes.name, eigenvalues, residuals), vectors

    monkeypatch.setattr(steady, "_slowest", nearly_degenerate)
    with pytest.raises(PhaseSpaceError, match="was not found"):
        relax(oscillator(1.2, 1.0).eliminated(), (20,), slow_modes=False)


def test_an_eigenvalue_with_a_large_residual_is_doubted(monkeypatch):
    found = relax(oscillator(1.2, 1.0).eliminated(), (20,))
    second = replace(found.sectors[1], residuals=np.array([0.2, 0.2]))
    monkeypatch.setattr(method, "relax", lambda *_, **__: replace(found, sectors=[found.sectors[0], second]))
    settled = qb.steady_state(oscillator(1.2, 1.0).eliminated(), qb.Lindblad(20))
    assert "the slowest eigenvalue of the sector antisymmetric has a residual of 0.2" in settled.verdict_reasons


def test_memory_holds_the_krylov_space_of_a_search_for_modes(monkeypatch):
    asked = []
    original = steady.require_memory

    def counted(stencil, saves, vectors=0):
        asked.append(vectors)
        return original(stencil, saves, vectors)

    monkeypatch.setattr(steady, "require_memory", counted)
    relax(oscillator(1.2, 1.0).eliminated(), (12,))
    assert len(asked) == 2
    assert all(vectors > steady.MOST_VECTORS for vectors in asked)


def test_extra_vectors_count(monkeypatch):
    """A machine on which a run fits, and a Krylov space beside it does not."""
    stencil = stencil_of(oscillator(1.2, 1.0).eliminated(), (64,))
    monkeypatch.setattr(os, "sysconf", lambda name: 1 if "PAGESIZE" in name.replace("_", "") else 2 * 2**20)
    require_memory(stencil, 1)
    with pytest.raises(ValueError, match="GiB of density matrices"):
        require_memory(stencil, 1, 49)


def test_a_density_matrix_that_is_left_out_is_mentioned():
    (a,) = qb.modes("cavity")
    driven = qb.OpenSystem(0.3j * (a.dag - a), {a: 1.0})
    small, large = (qb.steady_state(driven, qb.Lindblad(n), slow_modes=False) for n in (20, 258))
    assert "density_matrix_left_out" not in small.attrs
    assert "density_matrix" not in large
    assert large.attrs["density_matrix_left_out"] == "258 levels, more than 256"


def test_it_can_be_stored(tmp_path):
    settled = qb.steady_state(oscillator(1.2, 1.0).eliminated(), qb.Lindblad(20))
    assert qb.load(qb.save(settled, tmp_path / "steady.nc")).identical(settled)
    assert list(settled.sector.values) == ["symmetric", "antisymmetric"]
    for name in ("energy", "ergotropy", "liouvillian_eigenvalue"):
        assert np.isfinite(settled[f"{name}_cutoff_error"].values).all()

"""Battery and load by three routes: the exact solver, Heisenberg's picture, and QuTiP's master equation."""

import numpy as np
import pytest
import qutip

from phasespace_qb.discharging import jaynes_cummings as exact
from phasespace_qb.discharging.response import load_response
from phasespace_qb.states.branches import TwoBranchState
from phasespace_qb.states.density_matrix import DensityMatrix
from phasespace_qb.states.gaussian import GaussianState

LEVELS = 14
TIMES = np.linspace(0.0, 0.9, 31)
RATES = {"coupling": 4.0, "gamma_s": 1.3, "gamma_a": 0.7, "detuning": 0.0}


def normalised(matrix):
    return DensityMatrix(matrix / np.trace(matrix).real)


def squeezed(amplitude=0.9 + 0.4j):
    gaussian = GaussianState(np.sqrt(2) * np.array([amplitude.real, amplitude.imag]), np.diag([0.9, 0.4]))
    return TwoBranchState(gaussian)


PARITY = normalised(squeezed().density_matrix(LEVELS))
COHERENT = normalised(squeezed().branch.density_matrix(LEVELS))


def number_state(n, levels=LEVELS):
    return normalised(np.diag(np.eye(levels)[n]))


def by_qutip(state, coupling, gamma_s, gamma_a, detuning):
    """P_e, ρ_eg and the battery's ρ over TIMES."""
    a = qutip.tensor(qutip.destroy(state.cutoff), qutip.qeye(2))
    lower = qutip.tensor(qutip.qeye(state.cutoff), qutip.destroy(2))
    h = detuning * lower.dag() * lower + coupling * (a * lower.dag() + a.dag() * lower)
    losses = [np.sqrt(gamma_s) * a, np.sqrt(gamma_a) * lower]
    start = qutip.tensor(qutip.Qobj(state.matrix), qutip.fock_dm(2, 0))
    options = {"atol": 1e-12, "rtol": 1e-10, "nsteps": 100_000}
    states = qutip.mesolve(h, start, TIMES, losses, options=options).states
    load = np.array([s.ptrace(1).full() for s in states])
    return load[:, 1, 1].real, load[:, 1, 0], np.array([s.ptrace(0).full() for s in states])


@pytest.mark.parametrize("state", [PARITY, COHERENT], ids=["parity", "coherent"])
@pytest.mark.parametrize("detuning", [0.0, 3.0])
def test_battery_and_load_are_qutips(state, detuning, monkeypatch):
    seen = {}
    propagate = exact.propagate
    monkeypatch.setattr(exact, "propagate", lambda *a: seen.setdefault("run", propagate(*a)))
    rates = RATES | {"detuning": detuning}
    excitation, coherence, battery = by_qutip(state, **rates)
    found = exact.discharge(state, TIMES, **rates)
    assert np.abs(found.excitation - excitation).max() < 1e-7
    assert np.abs(found.coherence - coherence).max() < 1e-7
    assert np.abs(seen["run"].matrices[0] - battery).max() < 1e-7
    assert np.abs(load_response(LEVELS, TIMES, **rates) @ state.number_distribution() - excitation).max() < 1e-7
    assert found.energy[-1] == pytest.approx(np.diagonal(battery[-1]).real @ np.arange(LEVELS), abs=1e-6)


@pytest.mark.parametrize("wrong", [{"coupling": -4.0}, {"detuning": -3.0}])
def test_signs_matter_for_a_coherent_load(wrong):
    """Negative control: the coherence knows signs that the excitation does not."""
    right = RATES | {"detuning": 3.0}
    expected, coherence, _ = by_qutip(COHERENT, **right)
    found = exact.discharge(COHERENT, TIMES, **(right | wrong))
    assert np.abs(found.excitation - expected).max() < 1e-7
    assert np.abs(found.coherence - coherence).max() > 0.05


@pytest.mark.parametrize("wrong", [{"gamma_s": 1.43}, {"gamma_a": 0.77}, {"coupling": 4.04}, {"detuning": 0.5}])
def test_wrong_rates_are_seen(wrong):
    expected, *_ = by_qutip(PARITY, **RATES)
    assert np.abs(exact.discharge(PARITY, TIMES, **(RATES | wrong)).excitation - expected).max() > 1e-4
    response = load_response(LEVELS, TIMES, **(RATES | wrong))
    assert np.abs(response @ PARITY.number_distribution() - expected).max() > 1e-4


@pytest.mark.parametrize("state", [COHERENT, number_state(5)], ids=["coherent", "number"])
def test_without_loss_populations_flop(state):
    """P_e = Σ p_n sin²(g √n t), whatever the coherences."""
    rates = {"coupling": 2.5, "gamma_s": 0.0, "gamma_a": 0.0, "detuning": 0.0}
    flop = np.sin(2.5 * np.sqrt(np.arange(LEVELS)) * TIMES[:, None]) ** 2
    found = exact.discharge(state, TIMES, **rates)
    assert np.abs(found.excitation - flop @ state.number_distribution()).max() < 1e-7
    assert np.abs(load_response(LEVELS, TIMES, **rates) - flop).max() < 1e-12
    wrong = np.sin(2.5 * np.sqrt(np.arange(LEVELS) + 1) * TIMES[:, None]) ** 2
    assert np.abs(found.excitation - wrong @ state.number_distribution()).max() > 0.05


@pytest.mark.parametrize(("gamma_s", "gamma_a", "g"), [(1.0, 1.0, 5.0), (2.0, 0.5, 3.0), (0.4, 3.0, 0.2)])
def test_one_excitation_decays_as_it_flops(gamma_s, gamma_a, g):
    """P_e = g² e^(−(γ_s+γ_a)t/2) |sin(Ωt)/Ω|², Ω² = g² − ((γ_s−γ_a)/4)²; overdamped in the last case."""
    omega = np.sqrt(complex(g**2 - ((gamma_s - gamma_a) / 4) ** 2))
    expected = g**2 * np.exp(-(gamma_s + gamma_a) * TIMES / 2) * np.abs(np.sin(omega * TIMES) / omega) ** 2
    found = exact.discharge(number_state(1, 2), TIMES, g, gamma_s, gamma_a, 0.0)
    assert np.abs(found.excitation - expected).max() < 1e-8
    assert np.abs(load_response(2, TIMES, g, gamma_s, gamma_a, 0.0)[:, 1] - expected).max() < 1e-12


def test_a_response_is_a_probability_and_vacuum_gives_none():
    response = load_response(60, np.array([0.0, 0.01, 0.5, 40.0]), **RATES)
    assert response.min() > -1e-12
    assert response.max() < 1
    assert (response[:, 0] == 0).all()
    assert (response[0] == 0).all()
    assert response[-1].max() < 1e-6


def test_conserved_parity_gives_a_load_without_coherence():
    assert (exact.discharge(PARITY, TIMES, **RATES).coherence == 0).all()
    assert np.abs(exact.discharge(COHERENT, TIMES, **RATES).coherence).max() > 0.1


def test_work_of_a_qubit_is_the_work_of_two_levels():
    """The battery's own formula, from eigenvalues, and the qubit's are one."""
    from phasespace_qb.work.extraction import ergotropy

    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(200, 3))
    vectors *= (rng.uniform(size=200) ** (1 / 3) / np.linalg.norm(vectors, axis=1))[:, None]
    x, y, z = vectors.T
    excitation, coherence = 0.5 * (1 - z), 0.5 * (x + 1j * y)
    matrix = np.moveaxis(np.array([[1 - excitation, coherence.conj()], [coherence, excitation]]), -1, 0)
    expected = ergotropy(DensityMatrix(matrix))
    assert exact.qubit_ergotropy(excitation, coherence) == pytest.approx(expected, abs=1e-12)
    assert np.abs(np.maximum(2 * excitation - 1, 0) - expected).max() > 0.1  # without the coherence


def test_the_strong_coupling_limit_is_approached():
    state = normalised(squeezed(2.0 + 0j).density_matrix(40))
    limit = exact.strong_coupling_limit(state.number_distribution())
    heights = []
    for g in (10.0, 100.0, 1000.0):
        times = np.linspace(0, 2 / g, 401)
        eta = exact.qubit_ergotropy(load_response(40, times, g, 1.0, 1.0, 0.0) @ state.number_distribution(), 0 * times)
        heights.append(exact.first_maximum(times, eta)[1])
    gaps = limit - np.array(heights)
    assert limit > 0.3
    assert gaps[0] / gaps[1] == pytest.approx(10, rel=0.1)
    assert gaps[1] / gaps[2] == pytest.approx(10, rel=0.1)


@pytest.mark.parametrize("n", [1, 3, 30])
def test_a_number_state_gives_all_at_strong_coupling_and_vacuum_nothing(n):
    assert exact.strong_coupling_limit(np.eye(n + 1)[n]) == pytest.approx(1.0, abs=1e-6)
    assert exact.strong_coupling_limit(np.array([1.0, 0.0])) == 0.0
    assert exact.strong_coupling_limit(np.array([0.6, 0.4])) == 0.0


def test_the_first_maximum_is_found_between_samples():
    times = np.linspace(0, 6, 61)
    for top in (1.234, 2.0, 2.05):
        when, height = exact.first_maximum(times, np.maximum(0.0, 0.3 - (times - top) ** 2))
        assert (when, height) == (pytest.approx(top, abs=1e-12), pytest.approx(0.3, abs=1e-12))


def test_the_first_maximum_is_the_first_not_the_largest():
    times = np.linspace(0, 6, 601)
    when, height = exact.first_maximum(times, np.sin(2 * times) ** 2 * (1 + times))
    assert when < 1.2
    assert height < 2


@pytest.mark.parametrize(
    "curve", [np.zeros(50), np.linspace(0, 1, 50), np.linspace(1, 0, 50), np.full(50, 0.2), np.full(50, np.nan)]
)
def test_where_there_is_no_maximum_it_is_nan(curve):
    assert np.isnan(exact.first_maximum(np.linspace(0, 1, 50), curve)).all()
    assert np.isnan(exact.first_maximum(np.array([0.0, 1.0]), np.array([0.0, 1.0]))).all()

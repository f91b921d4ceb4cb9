"""The adapters of QuTiP and The Walrus: their conventions are ours, and without the program they say so."""

import sys

import numpy as np
import pytest

from validation.evidence import MissingReferee
from validation.referees import qutip, the_walrus

TIMES = [0.0, 0.4, 1.1]


def damped(times, start, loss=0.8, frequency=0.5):
    (a,) = qutip.ladders(30)
    states = qutip.evolve(frequency * a.dag() * a, [(a, loss)], qutip.coherent([30], [start]), times)
    return qutip.averages(a, states), qutip.averages(a.dag() * a, states)


# QuTiP


def test_a_damped_mode_turns_and_decays_at_energy_rates():
    field, photons = damped(TIMES, 1.2 - 0.5j)
    t = np.array(TIMES)
    assert field == pytest.approx((1.2 - 0.5j) * np.exp(-(0.4 + 0.5j) * t), abs=1e-9)
    assert photons == pytest.approx(1.69 * np.exp(-0.8 * t), abs=1e-9)
    assert photons.dtype == float


def test_elements_are_as_good_as_they_are_said_to_be():
    (a,) = qutip.ladders(30)
    start, loss, t = 1.2 - 0.5j, 0.8, 1.1
    (state,) = qutip.evolve(0.5 * a.dag() * a, [(a, loss)], qutip.coherent([30], [start]), [t])
    later = qutip.coherent([30], [start * np.exp(-(loss / 2 + 0.5j) * t)])
    assert np.abs(qutip.reduced(state, 0) - qutip.reduced(later, 0)).max() < qutip.ERROR


def test_the_battery_has_the_mean_fields_of_its_linear_parts():
    pump, gamma_s, gamma_p, detuning, t = 0.3 - 0.2j, 0.7, 1.6, 0.4, 1.3
    cutoffs = 10, 10
    a, b = qutip.ladders(*cutoffs)
    problem = qutip.battery(pump, 0.0, gamma_s, gamma_p, detuning, cutoffs)
    states = qutip.evolve(*problem, qutip.coherent(cutoffs, [0.3j, 0]), [t])
    assert qutip.averages(a, states)[0] == pytest.approx(0.3j * np.exp(-(gamma_s / 2 + 1j * detuning) * t), abs=1e-8)
    driven = 2 * pump / np.sqrt(gamma_p) * (1 - np.exp(-gamma_p * t / 2))
    assert qutip.averages(b, states)[0] == pytest.approx(driven, abs=1e-6)


def test_the_battery_makes_signal_pairs_of_pump_photons():
    cutoffs, kappa = (4, 3), 0.9
    a, b = qutip.ladders(*cutoffs)
    hamiltonian, _ = qutip.battery(0.0, kappa, 0.0, 0.0, 0.0, cutoffs)
    start = qutip.state_of(np.diag([1.0, 0, 0, 0]), np.diag([0, 1.0, 0]))
    (state,) = qutip.evolve(hamiltonian, [(a, 0.0)], start, [0.7])
    # Between |0, 1⟩ and |2, 0⟩ the element of H is κ/√2.
    assert qutip.averages(b.dag() * b, [state])[0] == pytest.approx(np.cos(kappa * 0.7 / np.sqrt(2)) ** 2, abs=1e-9)


def test_times_count_from_the_start_that_is_given():
    (a,) = qutip.ladders(12)
    start = qutip.coherent([12], [0.5])
    first, late = qutip.evolve(0 * a.dag() * a, [(a, 1.0)], start, [2.0, 2.5], begin=2.0)
    assert np.abs(qutip.reduced(first, 0) - qutip.reduced(start, 0)).max() < 1e-12
    assert qutip.averages(a, [late])[0] == pytest.approx(0.5 * np.exp(-0.25), abs=1e-9)
    (only,) = qutip.evolve(0 * a.dag() * a, [(a, 1.0)], start, [2.5], begin=2.0)
    assert np.abs(qutip.reduced(only, 0) - qutip.reduced(late, 0)).max() < 1e-10


def test_modes_keep_their_order():
    a, b = qutip.ladders(9, 7)
    state = qutip.coherent([9, 7], [0.6, -0.3j])
    assert qutip.averages(a, [state])[0] == pytest.approx(0.6, abs=1e-6)
    assert qutip.averages(b, [state])[0] == pytest.approx(-0.3j, abs=1e-6)
    assert [qutip.reduced(state, mode).shape for mode in (0, 1)] == [(9, 9), (7, 7)]
    assert qutip.reduced([state, state], 1).shape == (2, 7, 7)


def test_a_complex_drive_comes_with_its_conjugate():
    (a,) = qutip.ladders(25)
    hamiltonian = qutip.driven(0 * a.dag() * a, (a.dag(), lambda t: (0.3 + 0.2j) * np.exp(0.5j * t)))
    states = qutip.evolve(hamiltonian, [(a, 0.0)], qutip.coherent([25], [0]), [1.5])
    # ȧ = −i f(t)
    expected = -1j * (0.3 + 0.2j) * (np.exp(0.75j) - 1) / 0.5j
    assert qutip.averages(a, states)[0] == pytest.approx(expected, abs=1e-9)


def test_the_steady_state_is_the_null_vector_of_the_liouvillian():
    (a,) = qutip.ladders(8)
    problem = 0.3 * (a + a.dag()), [(a, 1.0), (a.dag(), 0.2)]
    state = qutip.reduced(qutip.steady(*problem), 0)
    assert np.trace(state) == pytest.approx(1)
    assert np.abs(qutip.liouvillian(*problem) @ state.ravel(order="F")).max() < 1e-10


def test_the_product_of_states_is_in_the_order_given():
    state = qutip.state_of(np.diag([0.2, 0.8]), np.diag([1.0, 0.0, 0.0]))
    assert np.diagonal(qutip.reduced(state, 0)).real == pytest.approx([0.2, 0.8])
    assert np.diagonal(qutip.reduced(state, 1)).real == pytest.approx([1, 0, 0])


def test_the_wigner_function_is_over_x_and_p():
    vector = np.array([1.0, 0.6j])
    found = qutip.wigner(np.outer(vector, vector.conj()) / 1.36, np.array([0.0, 0.7]), np.array([0.0, -0.4, 0.4]))
    assert found.shape == (3, 2)
    assert qutip.wigner(np.diag([1.0, 0.0]), np.array([1.0]), np.array([0.0]))[0, 0] == pytest.approx(
        np.exp(-1) / np.pi
    )
    # ⟨p⟩ = √2 Im ⟨a⟩ > 0 for this state.
    assert found[2, 0] > found[1, 0]


# The Walrus


def test_vacuum_has_the_variance_one_half():
    found = the_walrus.density_matrix([0, 0], 0.5 * np.eye(2), 4)
    assert found == pytest.approx(np.diag([1.0, 0, 0, 0]), abs=1e-14)


def test_a_coherent_state_has_its_phase():
    alpha = 0.6 - 0.8j
    mean = np.sqrt(2) * np.array([alpha.real, alpha.imag])
    expected = np.exp(-1) * np.array([[1, alpha.conjugate()], [alpha, 1]])
    assert the_walrus.density_matrix(mean, 0.5 * np.eye(2), 2) == pytest.approx(expected, abs=1e-14)
    vector = the_walrus.state_vector(mean, 0.5 * np.eye(2), 2)
    assert vector[1] / vector[0] == pytest.approx(alpha, abs=1e-14)


def test_photon_numbers_of_a_thermal_state():
    mean, variance = the_walrus.photon_number([0, 0], 2.0 * np.eye(2))
    assert (mean, variance) == pytest.approx((1.5, 1.5 * 2.5))


def test_two_modes_are_refused():
    with pytest.raises(ValueError, match="one mode"):
        the_walrus.density_matrix(np.zeros(4), np.eye(4), 3)


# Without them


@pytest.mark.parametrize(
    ("referee", "module"), [(qutip, "qutip"), (the_walrus, "thewalrus.quantum")], ids=["QuTiP", "Walrus"]
)
def test_a_missing_program_is_named(monkeypatch, referee, module):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingReferee, match="pip install"):
        referee.package()

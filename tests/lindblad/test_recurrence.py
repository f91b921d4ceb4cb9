"""Krylov recurrences whose coefficients are shared by several steps: as accurate as their estimate, and given up."""

import numpy as np
import pytest
from scipy.linalg import expm

import phasespace_qb as qb
from phasespace_qb.lindblad import propagation
from phasespace_qb.lindblad.gauge import turned
from phasespace_qb.lindblad.propagation import Propagator
from phasespace_qb.lindblad.recurrence import FOUND, MOST_FOUND, USED, Recurrence
from phasespace_qb.lindblad.run import Start, _initial
from tests.lindblad import cases

ROUNDING = 2e-13
SYSTEMS = {
    "resonant": (qb.DopoBattery(pump=1.3, kappa=0.8, gamma_p=6.0).system(), (7, 4)),
    "strong coupling": (qb.DopoBattery(pump=1.3, kappa=4.0, gamma_p=6.0).system(), (6, 4)),
    "detuned": (qb.DopoBattery(pump=1.3, kappa=0.8, gamma_p=6.0, detuning=2.0).system(), (6, 4)),
    "complex pump": (qb.DopoBattery(pump=cases.COMPLEX_PUMP, gamma_p=9.0, detuning=0.3).system(), (6, 4)),
    "Kerr with gain": (cases.driven_kerr(), (14,)),
    "two oscillators": (cases.coupled_oscillators(), (5, 5)),
}


@pytest.fixture
def shared(monkeypatch):
    """Few vectors, so that there are many steps; a list of whether each used coefficients of another."""
    used, note = [], Recurrence.note

    def noted(self, length, *, complete):
        used.append(self.known)
        note(self, length, complete=complete)

    monkeypatch.setattr(Recurrence, "note", noted)
    monkeypatch.setattr(propagation, "krylov_vectors", lambda _: 10)
    return used


@pytest.mark.parametrize("name", SYSTEMS)
def test_steps_with_shared_coefficients_keep_to_their_estimate(name, shared):
    system, cutoffs = SYSTEMS[name]
    stencil = cases.stencil_of(system, cutoffs)
    phases = stencil.generator.phases
    jumps = {turned(jump, system.modes, phases): rate for jump, rate in system.loss.items()}
    system = qb.OpenSystem(turned(system.hamiltonian, system.modes, phases), jumps)
    start = _initial(stencil.generator.basis, Start(system.start_amplitudes), phases).packed(stencil)
    generator, times = cases.liouvillian(system, cutoffs), np.array([0.3, 1.0, 4.0])
    vector = stencil.layout.unpack(start).ravel()
    exact = [(expm(t * generator) @ vector).reshape(stencil.layout.unpack(start).shape) for t in times]
    for tolerance in (1e-3, 1e-5, 1e-8, 1e-10):
        shared.clear()
        states = list(Propagator.of(stencil).states(start, times, tolerance))
        true = np.array([np.linalg.norm(stencil.layout.unpack(s) - e) for (s, _), e in zip(states, exact, strict=True)])
        estimated = np.array([error for _, error in states])
        print(f"{name}, tolerance {tolerance:.0e}: true {true}, estimated {estimated}, shared {np.mean(shared):.2f}")
        assert (true <= estimated + ROUNDING).all()
        assert estimated[-1] <= tolerance * (1 + 1e-12)
        assert sum(shared) > len(shared) / 2


def test_wrong_coefficients_make_no_wrong_states(shared, monkeypatch):
    """They make short steps, which are given up; the error that is told stays above the true one."""
    system, cutoffs = SYSTEMS["resonant"]
    stencil = cases.stencil_of(system, cutoffs)
    start = _initial(stencil.generator.basis, Start(system.start_amplitudes), stencil.generator.phases).packed(stencil)
    noted = Recurrence.note

    def spoilt(self, length, *, complete):
        noted(self, length, complete=complete)
        self.own *= -0.7
        self.last[1:] += 2.0

    right = next(iter(Propagator.of(stencil).states(start, np.array([2.0]), 1e-8)))[0]
    shared.clear()
    monkeypatch.setattr(Recurrence, "note", spoilt)
    wrong, estimated = next(iter(Propagator.of(stencil).states(start, np.array([2.0]), 1e-8)))
    assert 0 < sum(shared) < len(shared) / 4
    assert np.linalg.norm(wrong - right) < estimated <= 1e-8 * (1 + 1e-12)


def test_coefficients_serve_a_number_of_steps():
    recurrence = Recurrence.of(5)
    known = []
    for _ in range(2 * (FOUND + USED)):
        known.append(recurrence.known)
        recurrence.note(1.0, complete=True)
    assert known == 2 * ([False] * FOUND + [True] * USED)


def test_short_steps_end_the_sharing_and_the_search_takes_longer_next_time():
    recurrence, rows = Recurrence.of(5), []
    for _ in range(8):
        row = 0
        while not recurrence.known:
            recurrence.note(1.0, complete=True)
            row += 1
        rows.append(row)
        recurrence.note(0.1, complete=True)
    assert rows == [min(FOUND * 2**k, MOST_FOUND) for k in range(8)]


def test_a_step_that_ended_for_another_reason_proves_nothing():
    recurrence = Recurrence.of(5)
    for _ in range(FOUND):
        recurrence.note(1.0, complete=True)
    recurrence.note(0.01, complete=False)
    assert recurrence.known
    assert recurrence.forget()
    assert not recurrence.forget()

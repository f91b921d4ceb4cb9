"""Positive-P and truncated-Wigner moments against the plain master-equation solver, below, at and above threshold."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.phase_space.equations import Term, scaled
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.representations.wigner import WignerRules
from tests.ensembles import agrees, sampled, z_scores
from tests.reference import master_equation

TIMES = np.linspace(3.0, 60.0, 20)
SIGNAL, SIGNAL_PLUS, PUMP, PUMP_PLUS = range(4)
BATTERIES = {
    "below": qb.DopoBattery(pump=0.7 / 0.8, kappa=0.8),
    "at": qb.DopoBattery(pump=1.0 / 1.2, kappa=1.2),
    "above": qb.DopoBattery(pump=1.4 / 1.5 * np.exp(0.7j), kappa=1.5),
}


@cache
def exact(name):
    """Moments of the battery `name` from its density matrix."""
    battery = BATTERIES[name]
    times = np.concatenate([[0.0], TIMES])
    solution = master_equation.solve(battery.pump, times, kappa=battery.kappa, gamma_p=battery.gamma_p)
    return {
        (0, 1, 1): solution.photon_number[1:],
        (0, 0, 2): solution.pair_amplitude[1:],
        (0, 2, 2): solution.pair_number[1:],
        (1, 0, 1): solution.pump_amplitude[1:],
    }


def scores(seed, trajectories, names=tuple(BATTERIES), change=lambda equations: equations):
    """z-scores of the named batteries together, each with random numbers of its own."""
    found = []
    for index, name in enumerate(names):
        equations = change(PositivePRules().equations(BATTERIES[name].system()))
        estimates = sampled(equations, TIMES, trajectories, 1000 * seed + index, exact(name))
        found.append(z_scores(estimates, exact(name)))
    return np.concatenate(found)


def test_positive_p_agrees_with_the_master_equation():
    assert agrees(scores(1, 200_000))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_positive_p_agrees_with_the_master_equation_for_further_seeds(seed):
    assert agrees(scores(seed, 200_000))


def test_the_standard_errors_are_small_enough_to_see_a_difference():
    for index, name in enumerate(BATTERIES):
        equations = PositivePRules().equations(BATTERIES[name].system())
        estimates = sampled(equations, TIMES, 500_000, 7000 + index, exact(name))
        for key, (_, error) in estimates.items():
            assert np.abs(error.real).max() <= 0.005 * np.abs(exact(name)[key]).max()


def with_sign_error(equations):
    """+κ/2 α_s² instead of −κ/2 α_s² in the pump."""
    wrong = [scaled(t, -1) if t.factors == (SIGNAL, SIGNAL) else t for t in equations.drift[PUMP]]
    return replace(equations, drift=(*equations.drift[:PUMP], tuple(wrong), equations.drift[PUMP_PLUS]))


def without_a_conjugate(equations):
    """α_p instead of α_p⁺ in the drift of α_s⁺."""
    wrong = [
        Term(t.coefficient, (SIGNAL, PUMP)) if t.factors == (SIGNAL, PUMP_PLUS) else t
        for t in equations.drift[SIGNAL_PLUS]
    ]
    drift = list(equations.drift)
    drift[SIGNAL_PLUS] = tuple(wrong)
    return replace(equations, drift=tuple(drift))


def with_doubled_noise(equations):
    """2κα_p instead of κα_p under the root of one noise."""
    first, *rest = equations.noise
    return replace(equations, noise=(replace(first, amplitude=np.sqrt(2)), *rest))


def with_a_reused_noise(equations):
    """The same Wiener process for α_s and α_s⁺."""
    return replace(equations, noise=tuple(replace(term, noise=0) for term in equations.noise))


@pytest.mark.parametrize("change", [with_sign_error, without_a_conjugate, with_doubled_noise, with_a_reused_noise])
def test_a_planted_error_is_seen(change):
    """The same check fails with an error planted, at a quarter of the trajectories, and passes without."""
    with np.errstate(all="ignore"):  # some of these diverge
        assert not agrees(scores(1, 50_000, names=("above",), change=change))
    assert np.abs(scores(1, 50_000, names=("above",))).max() <= 4.2


@pytest.mark.parametrize("kappa", [0.5, 1.0])
def test_truncated_wigner_is_biased_in_proportion_to_the_noise_parameter(kappa):
    """Half of threshold: too many photons by 0.3 … 0.6 g², the measured size of the dropped terms, and no more."""
    battery = qb.DopoBattery(pump=0.5 / kappa, kappa=kappa)
    times = np.array([2.0, 5.0, 10.0])
    solution = master_equation.solve(battery.pump, np.concatenate([[0.0], times]), kappa=kappa)
    estimate, error = sampled(WignerRules().equations(battery.system()), times, 400_000, 5, [(0, 1, 1)])[0, 1, 1]
    bias = estimate.real - solution.photon_number[1:]
    assert (bias / error.real > 4).all()
    assert (bias / battery.noise_parameter > 0.2).all()
    assert (bias / battery.noise_parameter < 0.7).all()

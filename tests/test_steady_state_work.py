"""Ergotropy that a trajectory run finds in the steady state, against the closed form of the eliminated oscillator."""

from functools import cache

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.states.branches import TwoBranchState
from phasespace_qb.states.density_matrix import DensityMatrix
from phasespace_qb.states.gaussian import GaussianState
from phasespace_qb.work.extraction import extractable_work
from tests.reference import eliminated_oscillator

PUMP_RATIO = 1.5
FAST_PUMP = 100.0


def battery(noise):
    """λ = 1.5 at the noise parameter g², with a pump that decays fast enough to stand for its elimination."""
    kappa = np.sqrt(noise * FAST_PUMP / 2)
    return qb.DopoBattery(pump=PUMP_RATIO * np.sqrt(FAST_PUMP) / (4 * kappa), kappa=kappa, gamma_p=FAST_PUMP)


def closed_form(noise):
    """n̄ and W: from the exact density matrix, or for large amplitudes from exact moments and linear fluctuations."""
    number = eliminated_oscillator.moment(1, 1, PUMP_RATIO, noise).real
    if number < 50:
        return number, float(extractable_work(DensityMatrix(
            eliminated_oscillator.density_matrix(72, PUMP_RATIO, noise))).ergotropy)  # fmt: skip
    squeezed = 0.5 + (PUMP_RATIO - 1) / (2 * PUMP_RATIO)
    stretched = 1 + 0.5 / (PUMP_RATIO - 1)
    return number, number - (np.sqrt(stretched * squeezed) - 1) - 0.5


@cache
def steady_run(noise):
    """The battery long after switch-on."""
    return qb.simulate(battery(noise), [60.0, 70.0], qb.PositiveP(16_000, rng=11))


@pytest.mark.parametrize(("noise", "tolerance"), [(1 / 32, 0.005), (5e-4, 0.001)])
def test_ergotropy_is_that_of_the_closed_form(noise, tolerance):
    number, work = closed_form(noise)
    run = steady_run(noise)
    assert run.verdict == "trust"
    assert (run.branches == 0).all()  # no Gaussian is assumed
    assert run.energy.values == pytest.approx(number, rel=tolerance)
    assert run.ergotropy.values == pytest.approx(work, rel=tolerance)


@pytest.mark.parametrize("noise", [1 / 32, 5e-4])
def test_a_single_gaussian_for_both_branches_fails_the_same_comparison(noise):
    """It loses about the amplitude: the state that the estimator must not assume."""
    _, work = closed_form(noise)
    run = steady_run(noise).isel(time=-1)
    single = GaussianState(np.zeros(2), run.quadrature_covariance.values)
    assert extractable_work(single).ergotropy < work * (1 - 0.01)
    assert extractable_work(single).energy == pytest.approx(run.energy.values)
    # The same covariance split into two branches is close to what the samples say without an assumption.
    split = TwoBranchState.from_moments(
        run.photon_number.values[0], run.pair_amplitude.values[0], run.pair_number.values[0]
    )
    assert extractable_work(split).ergotropy == pytest.approx(float(run.ergotropy), rel=2e-3)


def test_a_million_photons():
    """n̄ = (λ−1)/g² to leading order, and the two-mode linear theory of the fluctuations about each branch."""
    million = qb.DopoBattery(pump=750.0, kappa=0.002)
    run = qb.simulate(million, [80.0, 90.0], qb.PositiveP(5_000, rng=3))
    assert million.noise_parameter == pytest.approx(0.5e-6)
    assert run.energy.values == pytest.approx(1e6, rel=1e-3)
    stretched, squeezed = 1 + 0.5 / 0.5 + 1 / 16, 0.5 + 0.5 * 16 / (2 * 1.5 * (2 + 16))
    passive = (np.sqrt(stretched * squeezed) - 1) + 0.5
    assert np.abs(run.passive_energy.values - passive).max() < 4 * run.passive_energy_stderr.values.max()
    assert run.passive_energy_stderr.values.max() < 0.05

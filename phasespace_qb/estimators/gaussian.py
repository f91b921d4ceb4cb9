"""Energies of Gaussian branches: replicates to first order where that is enough, and what one Gaussian may miss."""

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.states.gaussian import GaussianState
from phasespace_qb.work.extraction import diagonal_passive_energy, passive_energy

LINEARISED_FROM = 50.0
"""Photon number from which replicates of Gaussian number distributions are computed to first order."""


def gaussian_error(state: GaussianState, variance_deviation: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much passive energy a single Gaussian may have too much, shape (T,).

    Of all states with one covariance the Gaussian is the most mixed.  Where the photon-number variance is off by 5 % or
    more, all of its passive energy is in doubt; below, a proportionate part.
    """
    return np.abs(passive_energy(state)) * np.minimum(1.0, np.abs(variance_deviation) / 0.05)


def diagonal_energy(branch: GaussianState) -> NDArray[np.float64]:
    """Σ k p_(k) of a state and of its replicates, shape (replicate, T); to first order at large photon numbers.

    There each evaluation transforms distributions of up to 2¹⁶ numbers, and replicates differ from the whole by a
    fraction of a standard error: five slopes over that range replace twenty evaluations.  At small numbers the sum has
    kinks where probabilities change places, and every replicate is evaluated.
    """
    parameters = np.concatenate([branch.mean, branch.covariance[..., (0, 0, 1), (0, 1, 1)]], axis=-1)

    def energy(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return diagonal_passive_energy(GaussianState(values[..., :2], values[..., [[2, 3], [3, 4]]]))

    large = branch.photon_number[0] > LINEARISED_FROM
    result = np.empty(parameters.shape[:-1])
    result[:, ~large] = energy(parameters[:, ~large])
    whole = energy(parameters[0, large])
    result[:, large] = whole
    shifts = parameters[:, large] - parameters[0, large]
    for index in range(parameters.shape[-1]):
        reach = np.abs(shifts[..., index]).max(axis=0)
        moved = parameters[0, large]
        moved[:, index] += reach
        slope = np.divide(energy(moved) - whole, reach, out=np.zeros_like(whole), where=reach > 0)
        result[:, large] += slope * shifts[..., index]
    return result

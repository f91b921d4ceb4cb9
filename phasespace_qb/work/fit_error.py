"""How far two Gaussian branches may be from the state they were fitted to, judged by the first moment they miss."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.states.branches import TwoBranchState
from phasespace_qb.states.gaussian import GaussianState
from phasespace_qb.work.extraction import diagonal_passive_energy, passive_energy
from phasespace_qb.work.passive import factorial_cumulant

Array = NDArray[np.float64]


class FitError(NamedTuple):
    """Bounds on |estimate − truth| of W, W^c and W^i in ħω_s, and δ₃, the skewness that the fit misses; each (...)."""

    ergotropy: Array
    coherent: Array
    incoherent: Array
    non_gaussianity: Array


def fit_error(state: TwoBranchState, pair_number: Array, triple_number: Array) -> FitError:
    """Systematic error of W, W^c and W^i from `TwoBranchState.from_moments`, estimated from the run itself.

    The fit matches n̄, ⟨a²⟩ and Var n.  The third cumulant of n is the first that it misses:
    δ₃ = |⟨a†³a³⟩ − the same of the fit| / σ_n³ = difference of the two skewnesses.  With E = Σ k r_k:
    δW   = δ₃ [0.02 + 0.2 (1 − e^(−s))] E + |E(d⁴ = 2ΔVar) − E|,
    δW^i = 0.2 δ₃ min(1, √n̄) + max_± |W^i(d⁴ ± 0.6 δ₃ σ_n²) − W^i|,   δW^c = δW + δW^i.
    The last term of δW acts only where the fit fell back on one Gaussian and misses Var n by ΔVar.

    The numbers 0.02, 0.2 and 0.6 are calibrated, not derived: on 13 exact charging curves with λ = 0.5 … 2,
    κ = 0.3 … 1, γ_p = 4 … 16 and no detuning.  Not used in the calibration, and covered: four detuned curves and
    four steady states without pump mode (some of each in test_fit_error.py).  Sampling noise of the
    moments is not in it.  δ₃ above 2 counts as 2: the fit then knows n̄ only.

    Shapes: a state of shape (...), ⟨a†²a²⟩ and ⟨a†³a³⟩ of shape (...) -> four arrays (...).
    """
    n = state.photon_number
    variance = np.asarray(pair_number) + n - n**2
    skewness = missed_skewness(state, pair_number, triple_number)
    passive, diagonal = passive_energy(state), diagonal_passive_energy(state)
    gap = 2 * np.abs(variance - state.branch.photon_number_variance)
    gap = np.where(gap > 1e-9 * (1 + n**2), gap, 0.0)  # rounding where the variance is matched
    fourth = np.sum(state.branch.mean**2, axis=-1) ** 2

    unmatched = np.abs(passive_energy(_with_displacement(state, fourth + gap)) - passive)
    # Sampling noise can push ν below ½ and the passive energy below zero.
    work = skewness * (0.02 - 0.2 * np.expm1(-state.separation)) * np.abs(passive) + np.fmax(unmatched, 0.0)
    shifts = [
        np.abs(diagonal_passive_energy(_with_displacement(state, fourth + sign * 0.6 * skewness * variance)) - diagonal)
        for sign in (-1, 1)
    ]
    incoherent = 0.2 * skewness * np.minimum(1.0, np.sqrt(np.maximum(n, 0.0))) + np.fmax(shifts[0], shifts[1])
    return FitError(work, work + incoherent, incoherent, skewness)


def missed_skewness(state: TwoBranchState, pair_number: Array, triple_number: Array) -> Array:
    """δ₃ = |⟨a†³a³⟩ − the same of the fit| / σ_n³, at most 2; see `fit_error`."""
    n, pairs = state.photon_number, np.asarray(pair_number)
    missed = np.abs(np.asarray(triple_number) - 3 * pairs * n + 2 * n**3 - factorial_cumulant(state.branch, 3))
    with np.errstate(divide="ignore", invalid="ignore"):
        sigma = np.sqrt(np.maximum(pairs + n - n**2, 0.0))
        return np.where(missed == 0, 0.0, np.minimum(missed / sigma**3, 2.0))


def _with_displacement(state: TwoBranchState, fourth_power: Array) -> TwoBranchState:
    """The same total covariance, split with |d|⁴ = `fourth_power` along its major axis."""
    d, v = state.branch.mean, state.branch.covariance
    total = v + d[..., :, None] * d[..., None, :]
    angle = 0.5 * np.arctan2(2 * total[..., 0, 1], total[..., 0, 0] - total[..., 1, 1])
    length = np.maximum(fourth_power, 0.0) ** 0.25
    mean = length[..., None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    return TwoBranchState(GaussianState(mean, total - mean[..., :, None] * mean[..., None, :]))

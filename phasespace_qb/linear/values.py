"""From mean field and covariance to the quantities of the schema, and from the first correction to their errors."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.linear.covariance import GaussianModes
from phasespace_qb.states.branches import TwoBranchState
from phasespace_qb.states.gaussian import GaussianState
from phasespace_qb.work.charging import charging_power, maximum_power
from phasespace_qb.work.extraction import extractable_work

Array = NDArray[np.float64]
Values = dict[str, NDArray[Any]]

MOST_LEVELS = 256
"""Longest number distribution that a result gets."""
SAFETY = 2.0
"""An estimator error is this many times the first correction, to cover those that follow."""
PART = 0.01
"""Part of the correction that is applied to find the slope of each quantity."""


def values(
    modes: GaussianModes, times: Array, storage: int, parity: bool, starts_passive: bool, charging: bool
) -> Values:
    """Every quantity that Gaussian fluctuations know, named as in the schema.

    modes: amplitudes (T, modes) and covariance over time.  parity: whether a mirror image of the storage mode's
    branch is as likely as the branch.  charging: whether t = 0 is where charging begins, so that W/t is a power.
    """
    found = _at_each_time(modes, storage, parity)
    branch = GaussianState(*modes.of_mode(storage))
    highest = 8 + np.ceil(branch.photon_number + 10 * np.sqrt(branch.photon_number_variance))
    if highest.max() <= MOST_LEVELS:  # False for NaN
        found["number_distribution"] = branch.number_distribution(int(highest.max()))
    if charging:
        power = charging_power(times, found["ergotropy"], starts_passive=starts_passive)
        peak, when = maximum_power(times, power)
        whole = np.isfinite(power[times > 0]).all()
        found["charging_power"] = power
        found["maximum_power"], found["maximum_power_time"] = np.array([peak, when]) if whole else np.full(2, np.nan)
    return found


def errors(
    found: Values, modes: GaussianModes, correction: GaussianModes, times: Array, storage: int, parity: bool
) -> Values:
    """Twice what the first correction does to each quantity, as `_estimator_error`; NaN where it cannot be known.

    The effect of the correction is taken to first order, as its theory is.  It is no bound at an isolated time where
    the correction changes sign.
    """
    smallest = np.linalg.eigvalsh(np.nan_to_num(modes.covariance)).min(axis=-1)
    largest = np.abs(correction.covariance).max(axis=(-1, -2), initial=0.0)
    # A shifted covariance must stay positive.
    part = np.minimum(PART, 0.1 * smallest / np.maximum(largest, np.finfo(float).tiny))
    shifted = GaussianModes(
        modes.amplitudes + part[:, None] * correction.amplitudes,
        modes.covariance + part[:, None, None] * correction.covariance,
    )
    moved = _at_each_time(shifted, storage, parity)
    bounds: Values = {}
    for name, value in moved.items():
        if name in ("branches", "branch_separation"):
            continue
        slope = (value - found[name]) * (SAFETY / part).reshape(-1, *[1] * (value.ndim - 1))
        size = np.abs(slope.real)
        bounds[f"{name}_estimator_error"] = size + 1j * np.abs(slope.imag) if np.iscomplexobj(value) else size
    if "charging_power" in found:
        work = bounds["ergotropy_estimator_error"]
        in_power = np.divide(work, times, out=np.zeros_like(work), where=times > 0)
        power = found["charging_power"]
        bounds["charging_power_estimator_error"] = in_power
        finite = np.isfinite(found["maximum_power"])
        bounds["maximum_power_estimator_error"] = np.asarray(in_power[int(np.nanargmax(power))] if finite else np.nan)
    return bounds


def _at_each_time(modes: GaussianModes, storage: int, parity: bool) -> Values:
    branch = GaussianState(*modes.of_mode(storage))
    state = TwoBranchState(branch) if parity else branch
    work = extractable_work(state)
    each = [GaussianState(*modes.of_mode(mode)) for mode in range(modes.amplitudes.shape[-1])]
    number = np.stack([mode.photon_number for mode in each], axis=-1)
    variance = np.stack([mode.photon_number_variance for mode in each], axis=-1)
    mean, total = modes.amplitudes.copy(), branch.covariance
    if parity:
        mean[:, storage] = 0
        total = total + branch.mean[..., :, None] * branch.mean[..., None, :]
    pairs = variance + number**2 - number
    separation = state.separation if isinstance(state, TwoBranchState) else np.zeros(len(mean))
    return {
        "energy": work.energy,
        "ergotropy": work.ergotropy,
        "ergotropy_coherent": work.coherent,
        "ergotropy_incoherent": work.incoherent,
        "passive_energy": work.passive_energy,
        "mean_field": mean,
        "photon_number": number,
        "pair_amplitude": np.stack([_pair_amplitude(mode) for mode in each], axis=-1),
        "pair_number": pairs,
        "second_order_coherence": np.divide(pairs, number**2, out=np.full(number.shape, np.nan), where=number > 0),
        "quadrature_covariance": total,
        "branches": np.where(separation > 0, 2.0, 1.0),
        "branch_separation": separation,
    }


def _pair_amplitude(state: GaussianState) -> NDArray[np.complex128]:
    """⟨a²⟩ = ½ (⟨x²⟩ − ⟨p²⟩) + i ⟨xp⟩_sym."""
    v, (x, p) = state.covariance, np.moveaxis(state.mean, -1, 0)
    return np.asarray(0.5 * (v[..., 0, 0] - v[..., 1, 1] + x**2 - p**2) + 1j * (v[..., 0, 1] + x * p))

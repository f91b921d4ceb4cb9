"""How far values may be off: by what the cutoffs leave out, and by the error of the propagation.

The cutoff error is what separates a run from its companion at lower cutoffs, extrapolated.  A single number of the two
may agree by chance, at the instant or the level where its difference passes through zero; hence the sums of absolute
differences of matrix elements, the maxima over earlier times and neighbouring levels, and `LEAST`.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.lindblad.cutoffs import remaining_share
from phasespace_qb.lindblad.run import Run
from phasespace_qb.lindblad.values import MOMENTS, Values, coherence_error, difference, moment
from phasespace_qb.models.system import OpenSystem
from phasespace_qb.work.charging import maximum_power

Array = NDArray[np.float64]

LEAST = 0.1
"""Share of the energy's relative difference that every part of it has at least, and of the largest covariance's
difference that the others have.  What the runs tell is smaller where a difference passes through zero."""
SEEN = 1e-6
"""Share of a complex difference below which a part of it is rounding."""
NEIGHBOURS = 2
"""Levels to either side over which differences of matrix elements are compared; with parity, the next of its own."""


def smallest_loss(system: OpenSystem) -> float:
    """The smallest rate of loss that is not zero, or 0."""
    return min((rate for rate in system.loss.values() if rate > 0), default=0.0)


def cutoff_errors(system: OpenSystem, times: Array, values: Values, others: Values, run: Run, companion: Run) -> Values:
    """Cutoff error of each of `values`, of real and imaginary parts apart, in the shape of the value.

    values, others: of the run, and of the companion at lower cutoffs.  What the companion's levels do not tell is the
    error of the levels that it lacks: it is of the order of their population.
    """
    storage, share = system.modes.index(system.storage_mode), remaining_share(run, companion)
    elements = [difference(m, low) for m, low in zip(run.matrices, companion.matrices, strict=True)]
    gaps = {name: np.stack([moment(e, m, n) for e in elements], axis=-1) for name, (m, n) in MOMENTS.items()}
    gaps = {name: _turned(gap) if np.iscomplexobj(values[name]) else gap.real for name, gap in gaps.items()}
    gaps["energy"] = gaps["photon_number"][:, storage]
    for name in ("ergotropy", "ergotropy_coherent", "ergotropy_incoherent", "passive_energy"):
        part = np.divide(values[name], values["energy"], out=np.zeros_like(values[name]), where=values["energy"] > 0)
        gaps[name] = np.maximum(difference(values[name], others[name]), LEAST * np.abs(part) * gaps["energy"])
    covariance = difference(values["quadrature_covariance"], others["quadrature_covariance"])
    least = np.where(covariance > 0, LEAST * covariance.max(axis=(1, 2), keepdims=True), 0.0)
    gaps["quadrature_covariance"] = np.maximum(covariance, least)
    gaps["density_matrix"] = _over_neighbours(elements[storage])

    decay = smallest_loss(system)
    errors: Values = {}
    for name, gap in gaps.items():
        errors[name] = _of_late(share.reshape(-1, *[1] * (gap.ndim - 1)) * gap, times, decay)
    errors["density_matrix"] += _beyond(values["density_matrix"], elements[storage], companion.cutoffs[storage])
    errors["number_distribution"] = np.diagonal(errors["density_matrix"], axis1=1, axis2=2).real.copy()
    if "charging_power" in values:
        work = errors["ergotropy"]
        errors["charging_power"] = np.divide(work, times, out=np.zeros_like(work), where=times > 0)
    if "second_order_coherence" in values:
        errors["second_order_coherence"] = coherence_error(values, errors["photon_number"], errors["pair_number"])
    return {f"{name}_cutoff_error": error for name, error in errors.items()}


def of_maximum_power(values: Values, others: Values, errors: Values, share: Array) -> Values:
    """Cutoff errors of the largest power and of its time, from those of the power; share: as `remaining_share`."""
    when = difference(values["maximum_power_time"], others["maximum_power_time"])
    return {
        "maximum_power_cutoff_error": np.asarray(errors["charging_power_cutoff_error"].max()),
        "maximum_power_time_cutoff_error": np.asarray(share.max() * when),
    }


def _turned(gap: NDArray[Any]) -> NDArray[Any]:
    """Half of the whole for a part that is smaller: an error turns a phase, too.  A part that is 0 stays so."""
    size = np.abs(gap)
    real, imaginary = (
        np.where(part > SEEN * size, np.maximum(part, 0.5 * size), part) for part in (gap.real, gap.imag)
    )
    return np.asarray(real + 1j * imaginary)


def _of_late(errors: NDArray[Any], times: Array, decay: float) -> NDArray[Any]:
    """The largest error so far, (T, …), of which earlier ones are forgotten as a lossy mode forgets, by e^(−γt)."""
    largest = np.array(errors)
    parts = largest.view(np.float64).reshape(len(times), -1)  # of complex numbers both parts, each for itself
    for index in range(1, len(times)):
        kept = np.exp(-decay * (times[index] - times[index - 1]))
        np.maximum(parts[index], kept * parts[index - 1], out=parts[index])
    return largest


def _over_neighbours(elements: NDArray[Any]) -> NDArray[Any]:
    """The largest of (T, N, N) elements n, m and their neighbours n ± k, m ± k, which have the same symmetries."""
    largest = np.array(elements)
    size = elements.shape[-1]
    into, source = (array.view(np.float64).reshape(*array.shape, -1) for array in (largest, np.array(elements)))
    for step in range(1, min(NEIGHBOURS, size - 1) + 1):
        low, high = slice(0, size - step), slice(step, size)
        for to, of in ((low, high), (high, low)):
            np.maximum(into[:, to, to], source[:, of, of], out=into[:, to, to])
    return largest


def _beyond(matrix: NDArray[Any], elements: NDArray[Any], known: int) -> NDArray[Any]:
    """√(p_n p_m) for elements of levels that the companion does not have, but for those that symmetry forbids."""
    p = np.maximum(np.diagonal(matrix, axis1=1, axis2=2).real, 0.0)
    bound = np.sqrt(p[:, :, None] * p[:, None, :])
    bound[:, :known, :known] = 0.0
    if np.iscomplexobj(elements):
        return np.asarray(np.where(elements.real > 0, bound, 0) + 1j * np.where(elements.imag > 0, bound, 0))
    return np.asarray(np.where(elements > 0, bound, 0))


def step_errors(values: Values, run: Run, times: Array) -> Values:
    """e ‖O‖ for each quantity ⟨O⟩, with the estimated error e of the state in the Frobenius norm.

    e does not know that what a Krylov space misses decays quickly.  Against dense exponentials it is 2 to 10³ times the
    state's true error, and the bound of the energy 200 to 10⁵ times the energy's, which leaves room for the trace norm
    that a strict bound would ask for.  Work is bounded as an energy is: eigenvalues move by less than the state does.
    """
    highest = np.array(run.cutoffs) - 1.0
    levels = values["number_distribution"].shape[-1]
    norms: dict[str, Array | float] = {
        "mean_field": np.sqrt(highest),
        "photon_number": highest,
        "pair_amplitude": highest,
        "pair_number": highest**2,
        "quadrature_covariance": 2.0 * levels,
        "number_distribution": 1.0,
        "density_matrix": 1.0,
    }
    energies = ("energy", "ergotropy", "ergotropy_coherent", "ergotropy_incoherent", "passive_energy")
    norms |= dict.fromkeys(energies, levels - 1.0)
    bounds: Values = {}
    for name, norm in norms.items():
        error = run.error.reshape(-1, *[1] * (values[name].ndim - 1)) * norm
        real = np.broadcast_to(error, values[name].shape).copy()
        bounds[f"{name}_step_error"] = real * (1 + 1j) if np.iscomplexobj(values[name]) else real
    if "second_order_coherence" in values:
        of_moments = (bounds[f"{name}_step_error"] for name in ("photon_number", "pair_number"))
        bounds["second_order_coherence_step_error"] = coherence_error(values, *of_moments)
    if "charging_power" in values:
        energy = bounds["energy_step_error"]
        power = np.divide(energy, times, out=np.zeros_like(energy), where=times > 0)
        bounds |= {"charging_power_step_error": power, "maximum_power_step_error": np.asarray(power.max())}
        bounds["maximum_power_time_step_error"] = np.asarray(_of_maximum(times, values["charging_power"], power))
    return bounds


def _of_maximum(times: Array, power: Array, error: Array) -> float:
    """How far the time of the largest power may move if each sample moves by its error."""
    when = maximum_power(times, power)[1]
    if np.isnan(when):
        return float("nan")
    top = int(np.nanargmax(power))
    moved = 0.0
    for index in range(max(top - 1, 0), min(top + 2, len(times))):
        shift = np.where(np.arange(len(times)) == index, error, 0.0)
        moved += max(abs(maximum_power(times, power + sign * shift)[1] - when) for sign in (-1, 1))
    # Any sample that may be the largest.
    rivals = times[power + error >= power[top] - error[top]]
    return max(moved, float(np.abs(rivals - times[top]).max(initial=0.0)))

"""From reduced density matrices to every quantity of the schema."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.states.density_matrix import DensityMatrix
from phasespace_qb.states.gaussian import GaussianState
from phasespace_qb.work.charging import charging_power, maximum_power
from phasespace_qb.work.extraction import extractable_work

Array = NDArray[np.float64]
Values = dict[str, NDArray[Any]]
Matrices = list[NDArray[Any]]
"""Reduced density matrices (T, N_j, N_j) of all modes, real or complex."""

MOMENTS = {"mean_field": (0, 1), "photon_number": (1, 1), "pair_amplitude": (0, 2), "pair_number": (2, 2)}
"""How many a† and a stand in each moment."""
TRACE_TOLERANCE = 1e-6
"""By how much rounding and the propagation may move a trace."""


def moment(matrix: NDArray[Any], creations: int, annihilations: int) -> NDArray[Any]:
    """⟨a†^m a^n⟩ = Σ_k √[(k+m)! (k+n)!]/k! ρ_(k+n, k+m), shapes (T, N, N) -> (T,)."""
    cutoff = matrix.shape[-1]
    k = np.arange(max(cutoff - max(creations, annihilations), 0))
    weight = np.ones(len(k))
    for power in (creations, annihilations):
        for factor in range(1, power + 1):
            weight = weight * np.sqrt(k + factor)
    return np.asarray(matrix[:, k + annihilations, k + creations] @ weight)


def values_of(matrices: Matrices, storage: int, times: Array, starts_empty: bool) -> Values:
    """Every quantity of the schema that density matrices (T, N_j, N_j) of all modes give, battery mode `storage`."""
    work = extractable_work(DensityMatrix(matrices[storage], TRACE_TOLERANCE))
    power = charging_power(times, work.ergotropy, starts_passive=starts_empty)
    peak, when = maximum_power(times, power)
    mean, number, pair, pairs = (
        np.stack([moment(matrix, m, n) for matrix in matrices], axis=-1) for m, n in MOMENTS.values()
    )
    gaussian = GaussianState.from_moments(mean[:, storage] + 0j, number[:, storage].real, pair[:, storage] + 0j)
    return {
        "energy": work.energy,
        "ergotropy": work.ergotropy,
        "ergotropy_coherent": work.coherent,
        "ergotropy_incoherent": work.incoherent,
        "passive_energy": work.passive_energy,
        "charging_power": power,
        "maximum_power": np.asarray(peak),
        "maximum_power_time": np.asarray(when),
        "mean_field": mean.astype(complex),
        "photon_number": number.real,
        "pair_amplitude": pair.astype(complex),
        "pair_number": pairs.real,
        "second_order_coherence": np.divide(
            pairs.real, number.real**2, out=np.full(number.shape, np.nan), where=number.real > 0
        ),
        "quadrature_covariance": gaussian.covariance,
        "number_distribution": np.diagonal(matrices[storage], axis1=1, axis2=2).real.copy(),
        "density_matrix": matrices[storage],
    }


def at_saved(values: Values, times: Array, saved: NDArray[np.intp]) -> Values:
    """Values at these of the times (T,) that were followed; the largest power is that of what was saved."""
    kept = {name: value[saved] if value.ndim else value for name, value in values.items()}
    peak, when = maximum_power(times[saved], kept["charging_power"])
    return kept | {"maximum_power": np.asarray(peak), "maximum_power_time": np.asarray(when)}


def coherence_error(values: Values, number: NDArray[Any], pairs: NDArray[Any]) -> Array:
    """Error of g⁽²⁾ from those of n̄ and of the pair number, to first order and added up, (T, modes); NaN at n̄ = 0.

    It is unknown, NaN, where n̄ is not larger than its error.
    """
    n = values["photon_number"]
    known = n > number
    size = np.where(known, n, np.nan)
    return np.asarray((pairs + 2 * number * values["pair_number"] / size) / size**2)


def difference(value: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    """|value − other|, of real and imaginary parts apart; the shorter of two arrays of levels counts as zero beyond."""
    if value.shape != other.shape:
        padded = np.zeros(value.shape, np.result_type(value, other))
        padded[tuple(slice(0, size) for size in other.shape)] = other
        other = padded
    gap = value - other
    return np.asarray(np.abs(gap.real) + 1j * np.abs(gap.imag) if np.iscomplexobj(gap) else np.abs(gap))

"""From sums over trajectories to everything that the schema has, each with its errors."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.conventions import VACUUM_VARIANCE
from phasespace_qb.phase_space.accumulators import Moments, NumberDistribution
from phasespace_qb.phase_space.moments import MomentReader
from phasespace_qb.results.jackknife import jackknife, with_each_left_out
from phasespace_qb.states.branches import TwoBranchState
from phasespace_qb.states.gaussian import GaussianState
from phasespace_qb.work.charging import charging_power, maximum_power
from phasespace_qb.work.extraction import diagonal_passive_energy, passive_energy
from phasespace_qb.work.fit_error import fit_error
from phasespace_qb.work.passive import sorted_energy

Values = dict[str, NDArray[Any]]

LINEARISED_FROM = 50.0
"""Photon number from which replicates of Gaussian number distributions are computed to first order."""


@dataclass(frozen=True)
class Estimator:
    """Reads sums of one ensemble.

    parity: whether the parity of the storage mode is conserved, so that its state is one zero-mean Gaussian or two
    mirror-image branches; otherwise one Gaussian with a mean is assumed.  starts_empty: whether it starts in vacuum.
    moments and numbers: the accumulators that made the sums; numbers is None where the number distribution was not
    sampled.
    """

    times: NDArray[np.float64]
    reader: MomentReader
    moments: Moments
    numbers: NumberDistribution | None
    parity: bool
    starts_empty: bool

    def values(self, moment_sums: NDArray[np.float64], number_sums: NDArray[np.float64] | None) -> Values:
        """Estimates, standard errors and estimator errors; sums [group, …] as `ensemble.run` returns them."""
        counts = moment_sums[:, 0, 0, 0]
        numbers = None
        # An empty group leaves 0/0, a diverged ensemble ∞ − ∞; all of it comes out as NaN.
        with np.errstate(all="ignore"):
            left_out = with_each_left_out(moment_sums)
            if number_sums is not None:
                numbers = with_each_left_out(number_sums) / left_out[..., 0, :1]
            replicates = self._replicates(left_out, numbers)
        result: Values = {}
        for name, replicate in replicates.items():
            result[name], result[f"{name}_stderr"] = jackknife(replicate, counts)
        with np.errstate(all="ignore"):
            sorting = None if numbers is None else _order_error(numbers, counts)
            result |= self._shape(left_out[0], replicates["charging_power"][0], sorting)
        return result

    def symplectic_eigenvalue(self, values: Values) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """ν of the whole state, and a bound on its standard error; both (T,)."""
        v, e = values["quadrature_covariance"], values["quadrature_covariance_stderr"]
        nu = np.sqrt(np.maximum(v[:, 0, 0] * v[:, 1, 1] - v[:, 0, 1] * v[:, 1, 0], 0.0))
        slope = v[:, 1, 1] * e[:, 0, 0] + v[:, 0, 0] * e[:, 1, 1] + 2 * np.abs(v[:, 0, 1]) * e[:, 0, 1]
        return nu, slope / np.maximum(2 * nu, VACUUM_VARIANCE)

    def _replicates(self, sums: NDArray[np.float64], numbers: NDArray[np.float64] | None) -> Values:
        """Every quantity for each set of sums [replicate, save, product + 1, part]."""
        modes = range(len(self.reader.equations.modes))

        def all_modes(creations: int, annihilations: int) -> NDArray[np.complex128]:
            per_mode = [self.reader.moment(sums, self.moments, mode, creations, annihilations) for mode in modes]
            return np.stack(per_mode, axis=-1)

        state = self._state(sums)
        branch = state.branch if isinstance(state, TwoBranchState) else state
        total = branch.covariance
        if self.parity:
            total = total + branch.mean[..., :, None] * branch.mean[..., None, :]
        energy, passive = state.photon_number, passive_energy(state)
        diagonal = _diagonal_energy(branch) if numbers is None else sorted_energy(numbers)
        power = charging_power(self.times, (energy - passive).T, starts_passive=self.starts_empty).T
        peaks = np.array([maximum_power(self.times, row) for row in power])
        # A maximum over what is left of a diverged run would look like a result.
        peaks[~np.isfinite(power[:, self.times > 0]).all(axis=1)] = np.nan
        values: Values = {
            "energy": energy,
            "ergotropy": energy - passive,
            "ergotropy_coherent": diagonal - passive,
            "ergotropy_incoherent": energy - diagonal,
            "passive_energy": passive,
            "charging_power": power,
            "maximum_power": peaks[:, 0],
            "maximum_power_time": peaks[:, 1],
            "mean_field": all_modes(0, 1),
            "photon_number": all_modes(1, 1).real,
            "pair_amplitude": all_modes(0, 2),
            "pair_number": all_modes(2, 2).real,
            "quadrature_covariance": total,
        }
        if numbers is not None:
            values["number_distribution"] = numbers
        return values

    def _state(self, sums: NDArray[np.float64]) -> GaussianState | TwoBranchState:
        def moment(creations: int, annihilations: int) -> NDArray[np.complex128]:
            return self.reader.moment(sums, self.moments, self.reader.storage, creations, annihilations)

        number, pair = moment(1, 1).real, moment(0, 2)
        if self.parity:
            return TwoBranchState.from_moments(number, pair, moment(2, 2).real)
        a = moment(0, 1)
        number, pair = number - np.abs(a) ** 2, pair - a**2
        x, p, cross = number + pair.real + VACUUM_VARIANCE, number - pair.real + VACUUM_VARIANCE, pair.imag
        covariance = np.stack([np.stack([x, cross], axis=-1), np.stack([cross, p], axis=-1)], axis=-2)
        return GaussianState(np.sqrt(2) * np.stack([a.real, a.imag], axis=-1), covariance)

    def _shape(
        self, sums: NDArray[np.float64], power: NDArray[np.float64], sorting: NDArray[np.float64] | None
    ) -> Values:
        """What was assumed about the state, how far from it the samples are, and what that may cost.

        sorting: error of W^i from sampled number probabilities; None where it comes from the Gaussian branches.
        """
        state = self._state(sums)
        nan = np.full(len(self.times), np.nan)
        pairs, triples = (self.reader.moment(sums, self.moments, self.reader.storage, k, k).real for k in (2, 3))
        if not isinstance(state, TwoBranchState):
            variance = pairs + state.photon_number - state.photon_number**2
            missed = np.abs(variance - state.photon_number_variance)
            deviation = np.divide(missed, variance, out=np.zeros_like(missed), where=missed > 0)
            return {"branches": np.ones(len(nan)), "branch_separation": 0 * nan, "non_gaussianity": deviation}
        error = fit_error(state, pairs, triples)
        incoherent = error.incoherent if sorting is None else sorting
        in_power = np.divide(error.ergotropy, self.times, out=np.zeros_like(nan), where=self.times > 0)
        finite = np.isfinite(power[self.times > 0]).all()
        return {
            "branches": np.where(state.separation > 0, 2.0, 1.0),
            "branch_separation": state.separation,
            "non_gaussianity": error.non_gaussianity,
            "ergotropy_estimator_error": error.ergotropy,
            "passive_energy_estimator_error": error.ergotropy,
            "ergotropy_incoherent_estimator_error": incoherent,
            "ergotropy_coherent_estimator_error": error.ergotropy + incoherent,
            "charging_power_estimator_error": in_power,
            "maximum_power_estimator_error": np.asarray(in_power[int(np.nanargmax(power))] if finite else np.nan),
        }


def _order_error(numbers: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """What Σ k p_(k) may gain because sampled probabilities are in a wrong order, shape (T,).

    Neighbours in the order whose gap is Δ ± σ may in truth stand the other way round with a gap of up to 3σ − Δ; the
    gains of all such pairs are added in quadrature.  The jackknife does not see them where the sample and all its
    parts agree on one order.
    """
    order = np.argsort(-numbers[0], axis=-1)
    gaps = -np.diff(np.take_along_axis(numbers, order[None], axis=-1), axis=-1)
    _, sigma = jackknife(gaps, counts)
    gain = np.maximum(3 * sigma - gaps[0], 0.0)
    return np.asarray(np.sqrt((gain**2).sum(axis=-1)))


def _diagonal_energy(branch: GaussianState) -> NDArray[np.float64]:
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

"""From sums over trajectories to everything that the schema has, each with its errors."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.conventions import VACUUM_VARIANCE
from phasespace_qb.outcome import Finding
from phasespace_qb.phase_space import hazards
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

Sums = list[NDArray[np.float64]]

NORM_TOLERANCE = 0.01
"""How far Σ p_n may be from 1."""

SMALLEST_VARIANCE = 1e-3
"""Photon-number variance below which its relative deviation from a Gaussian's is noise."""

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

    def values(self, sums: Sums, pairs: Sums) -> tuple[Values, list[Finding]]:
        """Estimates with all their errors, and what they give reason to doubt.

        sums: [group, …] of the moments and, if sampled, the number distribution.  pairs: the same [group, fine or
        coarse, …] of the blocks that were also run with doubled steps.
        """
        counts = sums[0][:, 0, 0, 0]
        use_numbers = len(sums) > 1 and self._numbers_hold(sums)
        # An empty group leaves 0/0, a diverged ensemble ∞ − ∞; all of it comes out as NaN.
        with np.errstate(all="ignore"):
            replicates = self._replicates(sums, use_numbers)
            result: Values = {}
            for name, replicate in replicates.items():
                result[name], result[f"{name}_stderr"] = jackknife(replicate, counts)
            result |= self._step_errors(pairs, use_numbers)
            result |= self._shape(sums, replicates)
        findings = [
            *hazards.of_shape(result, self.parity),
            *hazards.of_step(result),
            *hazards.of_uncertainty(*self._symplectic_eigenvalue(result)),
        ]
        if len(sums) > 1 and not use_numbers:
            findings.append(hazards.NUMBERS_UNUSABLE)
        return result, findings

    def energy_stderr(self, moment_sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Standard error of the photon number of the storage mode, (T,)."""
        with np.errstate(all="ignore"):
            left_out = with_each_left_out(moment_sums)
            number = self.reader.moment(left_out, self.moments, self.reader.storage, 1, 1).real
        return jackknife(number, moment_sums[:, 0, 0, 0])[1]

    def _numbers_hold(self, sums: Sums) -> bool:
        """Whether Σ p_n = 1 at all times; the summands explode where α⁺α strays far to the negative."""
        total = sums[1].sum(axis=(0, 2))
        with np.errstate(all="ignore"):
            return bool((np.abs(total / sums[0][:, :, 0, 0].sum(axis=0) - 1) < NORM_TOLERANCE).all())

    def _symplectic_eigenvalue(self, values: Values) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """ν of the whole state, and a bound on its standard error; both (T,)."""
        v, e = values["quadrature_covariance"], values["quadrature_covariance_stderr"]
        nu = np.sqrt(np.maximum(v[:, 0, 0] * v[:, 1, 1] - v[:, 0, 1] * v[:, 1, 0], 0.0))
        slope = v[:, 1, 1] * e[:, 0, 0] + v[:, 0, 0] * e[:, 1, 1] + 2 * np.abs(v[:, 0, 1]) * e[:, 0, 1]
        return nu, slope / np.maximum(2 * nu, VACUUM_VARIANCE)

    def _replicates(self, sums: Sums, use_numbers: bool) -> Values:
        """Every quantity from all groups and with each left out, [replicate, …]."""
        left_out = with_each_left_out(sums[0])
        modes = range(len(self.reader.equations.modes))

        def all_modes(creations: int, annihilations: int) -> NDArray[np.complex128]:
            per_mode = [self.reader.moment(left_out, self.moments, mode, creations, annihilations) for mode in modes]
            return np.stack(per_mode, axis=-1)

        state = self._state(left_out)
        branch = state.branch if isinstance(state, TwoBranchState) else state
        total = branch.covariance
        if self.parity:
            total = total + branch.mean[..., :, None] * branch.mean[..., None, :]
        energy, passive = state.photon_number, passive_energy(state)
        values: Values = {}
        if use_numbers:
            values["number_distribution"] = with_each_left_out(sums[1]) / left_out[..., 0, :1]
            diagonal = sorted_energy(values["number_distribution"])
        else:
            diagonal = _diagonal_energy(branch)
        power = charging_power(self.times, (energy - passive).T, starts_passive=self.starts_empty).T
        peaks = np.array([maximum_power(self.times, row) for row in power])
        # A maximum over what is left of a diverged run would look like a result.
        peaks[~np.isfinite(power[:, self.times > 0]).all(axis=1)] = np.nan
        if not self.parity:
            pairs = self._storage_moment(left_out, 2, 2).real
            spread = branch.photon_number_variance
            excess = pairs + energy - energy**2 - spread
            values["variance_deviation"] = np.where(spread > SMALLEST_VARIANCE, excess / spread, 0.0)
        return values | {
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

    def _storage_moment(self, sums: NDArray[np.float64], creations: int, annihilations: int) -> NDArray[np.complex128]:
        return self.reader.moment(sums, self.moments, self.reader.storage, creations, annihilations)

    def _state(self, sums: NDArray[np.float64]) -> GaussianState | TwoBranchState:
        number, pair = self._storage_moment(sums, 1, 1).real, self._storage_moment(sums, 0, 2)
        if self.parity:
            return TwoBranchState.from_moments(number, pair, self._storage_moment(sums, 2, 2).real)
        return GaussianState.from_moments(self._storage_moment(sums, 0, 1), number, pair)

    def _step_errors(self, pairs: Sums, use_numbers: bool) -> Values:
        """Difference between doubled and single steps on the same random numbers, with its own standard error added.

        For a scheme of weak order one, that difference estimates the error of the single step; Heun's schemes do
        better where drift dominates, and the estimate is then too large.
        """
        counts = pairs[0][:, 0, 0, 0, 0]
        fine = self._replicates([part[:, 0] for part in pairs], use_numbers)
        coarse = self._replicates([part[:, 1] for part in pairs], use_numbers)
        result: Values = {}
        for name, values in fine.items():
            shift, error = jackknife(coarse[name] - values, counts)
            if np.iscomplexobj(shift):
                bound = np.abs(shift.real) + error.real + 1j * (np.abs(shift.imag) + error.imag)
            else:
                bound = np.abs(shift) + error
            result[f"{name}_step_error"] = bound
        return result

    def _shape(self, sums: Sums, replicates: Values) -> Values:
        """What was assumed about the state, how far from it the samples are, and what that may cost."""
        whole = sums[0].sum(axis=0)
        state = self._state(whole)
        zero = np.zeros(len(self.times))
        order = zero
        result: Values = {}
        numbers = replicates.get("number_distribution")
        if numbers is not None:
            order = _order_error(numbers, sums[0][:, 0, 0, 0])
            missing = np.abs(state.photon_number - numbers[0] @ np.arange(numbers.shape[-1]))
            result |= {f"ergotropy_{part}_cutoff_error": missing for part in ("coherent", "incoherent")}
        if isinstance(state, TwoBranchState):
            pairs, triples = (self._storage_moment(whole, k, k).real for k in (2, 3))
            error = fit_error(state, pairs, triples)
            work, incoherent = error.ergotropy, error.incoherent if numbers is None else order
            result |= {
                "branches": np.where(state.separation > 0, 2.0, 1.0),
                "branch_separation": state.separation,
                "non_gaussianity": error.non_gaussianity,
            }
        else:
            work = _gaussian_error(state, replicates["variance_deviation"][0])
            incoherent = work if numbers is None else order
            result |= {"branches": zero + 1, "branch_separation": zero}
        power = replicates["charging_power"][0]
        in_power = np.divide(work, self.times, out=np.zeros_like(work), where=self.times > 0)
        finite = np.isfinite(power[self.times > 0]).all() and len(power) > 0
        return result | {
            "ergotropy_estimator_error": work,
            "passive_energy_estimator_error": work,
            "ergotropy_incoherent_estimator_error": incoherent,
            "ergotropy_coherent_estimator_error": work + incoherent,
            "charging_power_estimator_error": in_power,
            "maximum_power_estimator_error": np.asarray(in_power[int(np.nanargmax(power))] if finite else np.nan),
        }


def _gaussian_error(state: GaussianState, variance_deviation: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much passive energy a single Gaussian may have too much, shape (T,).

    Of all states with one covariance the Gaussian is the most mixed.  Where the photon-number variance is off by 5 % or
    more, all of its passive energy is in doubt; below, a proportionate part.
    """
    return np.abs(passive_energy(state)) * np.minimum(1.0, np.abs(variance_deviation) / 0.05)


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

"""From sums over trajectories to everything that the schema has, each with its errors."""

from dataclasses import dataclass, replace
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from phasespace_qb.conventions import VACUUM_VARIANCE, Ordering
from phasespace_qb.estimators.density import DensityReader, Reconstruction, Replicates
from phasespace_qb.estimators.gaussian import diagonal_energy, gaussian_error
from phasespace_qb.estimators.top import Tops, tops
from phasespace_qb.outcome import Finding
from phasespace_qb.phase_space import hazards
from phasespace_qb.phase_space.accumulators import Moments
from phasespace_qb.phase_space.moments import MomentReader
from phasespace_qb.results.jackknife import jackknife, perturbed, step_bound, with_each_left_out
from phasespace_qb.states.branches import TwoBranchState
from phasespace_qb.states.gaussian import GaussianState
from phasespace_qb.work.charging import charging_power
from phasespace_qb.work.extraction import passive_energy
from phasespace_qb.work.fit_error import fit_error, missed_skewness

Values = dict[str, NDArray[Any]]

Sums = list[NDArray[np.float64]]

SMALLEST_VARIANCE = 1e-3
"""Photon-number variance below which its relative deviation from a Gaussian's is noise."""


DARK = 4.0
"""Standard errors that n̄ must have for a g⁽²⁾ from symmetrically ordered samples, which subtract the vacuum's ½."""


@dataclass(frozen=True)
class Estimator:
    """Reads sums of one ensemble.

    parity: whether the parity of the storage mode is conserved; where no density matrix is known, its state is then one
    zero-mean Gaussian or two mirror-image branches, otherwise one Gaussian with a mean.  starts_empty: whether it
    starts in vacuum.  moments: the accumulator that made the sums.  density: reads those of the slices, None without.
    """

    times: NDArray[np.float64]
    reader: MomentReader
    moments: Moments
    density: DensityReader | None
    parity: bool
    starts_empty: bool

    def values(self, sums: Sums, pairs: Sums) -> tuple[Values, list[Finding]]:
        """Estimates with all their errors, and what they give reason to doubt.

        sums: [group, …] of the moments and of the slices if there are any.  pairs: the same [group, fine or coarse, …]
        of the blocks that were also run with doubled steps; of slices only as far as they were repeated.
        """
        counts = sums[0][:, 0, 0, 0]
        # An empty group leaves 0/0, a diverged ensemble ∞ − ∞; all of it comes out as NaN.  Matrices are small: threads
        # of the linear algebra's own would wait for each other, up to ten times as long as the work takes.
        with np.errstate(all="ignore"), threadpool_limits(1, user_api="blas"):
            found = self._reconstruction(sums, pairs)
            replicates = self._replicates(sums[0], found, None if found is None else found.whole)
            result: Values = {}
            for name, replicate in replicates.items():
                result[name], result[f"{name}_stderr"] = jackknife(replicate, counts)
            result |= self._sorted_parts(result, replicates["ergotropy"], found, counts)
            result |= self._step_errors(pairs[0], found)
            result |= self._coherence(result)
            result |= self._shape(sums[0], replicates, found)
        # How well branches would describe the state matters where they are what describes it.
        shape = ("non_gaussianity", "variance_deviation")
        fitted = {name: np.where(self._fitted(found), result[name], 0.0) for name in shape if name in result}
        findings = [
            *hazards.of_shape(result | fitted, self.parity),
            *hazards.of_uncertainty(*self._symplectic_eigenvalue(result)),
        ]
        if found is not None:
            findings += found.findings(np.isfinite(result["energy"]))
        return result, findings

    def _coherence(self, found: Values) -> Values:
        """g⁽²⁾ and its errors, NaN where n̄ is lost in its own error: a ratio of two noises says nothing."""
        if self.reader.equations.ordering is Ordering.NORMAL:
            return {}
        dark = found["photon_number"] <= DARK * np.nan_to_num(found["photon_number_stderr"])
        names = [name for name in found if name.startswith("second_order_coherence")]
        return {name: np.where(dark, np.nan, found[name]) for name in names}

    def _reconstruction(self, sums: Sums, pairs: Sums) -> Reconstruction | None:
        if self.density is None:
            return None
        found = self.density.read(sums[1], pairs[1] if len(pairs) > 1 else None, sums[0][:, 0, 0, 0])
        number = self._storage_moment(sums[0].sum(axis=0), 1, 1).real
        return replace(found, known=found.known & np.isfinite(number))

    def energy_stderr(self, moment_sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Standard error of the photon number of the storage mode, (T,)."""
        with np.errstate(all="ignore"):
            left_out = with_each_left_out(moment_sums)
            number = self.reader.moment(left_out, self.moments, self.reader.storage, 1, 1).real
        return jackknife(number, moment_sums[:, 0, 0, 0])[1]

    def _symplectic_eigenvalue(self, values: Values) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """ν of the whole state, and a bound on its standard error; both (T,)."""
        v, e = values["quadrature_covariance"], values["quadrature_covariance_stderr"]
        nu = np.sqrt(np.maximum(v[:, 0, 0] * v[:, 1, 1] - v[:, 0, 1] * v[:, 1, 0], 0.0))
        slope = v[:, 1, 1] * e[:, 0, 0] + v[:, 0, 0] * e[:, 1, 1] + 2 * np.abs(v[:, 0, 1]) * e[:, 0, 1]
        return nu, slope / np.maximum(2 * nu, VACUUM_VARIANCE)

    def _replicates(
        self, sums: NDArray[np.float64], found: Reconstruction | None, energies: Replicates | None
    ) -> Values:
        """Every quantity from all groups and with each left out, [replicate, …]; `energies` where they are known."""
        left_out = with_each_left_out(sums)
        modes = range(len(self.reader.equations.modes))

        def all_modes(creations: int, annihilations: int) -> NDArray[np.complex128]:
            per_mode = [self.reader.moment(left_out, self.moments, mode, creations, annihilations) for mode in modes]
            return np.stack(per_mode, axis=-1)

        state = self._state(left_out)
        branch = state.branch if isinstance(state, TwoBranchState) else state
        total = branch.covariance
        if self.parity:
            total = total + branch.mean[..., :, None] * branch.mean[..., None, :]
        energy = state.photon_number
        values: Values = {}
        fitted = self._fitted(found if energies is not None else None)
        passive, diagonal = np.empty_like(energy), np.empty_like(energy)
        if energies is not None:
            passive[:], diagonal[:] = energies.passive, energy - energies.incoherent
            if energies.numbers is not None:
                values["number_distribution"] = np.where(fitted[:, None], np.nan, energies.numbers)
        if fitted.any():
            passive[:, fitted] = passive_energy(_at(state, fitted))
            diagonal[:, fitted] = diagonal_energy(_at(branch, fitted))
        power = charging_power(self.times, (energy - passive).T, starts_passive=self.starts_empty).T
        peaks = self._tops(power, sums).replicates
        if not self.parity:
            pairs = self._storage_moment(left_out, 2, 2).real
            spread = branch.photon_number_variance
            excess = pairs + energy - energy**2 - spread
            values["variance_deviation"] = np.where(spread > SMALLEST_VARIANCE, excess / spread, 0.0)
        number, together = all_modes(1, 1).real, all_modes(2, 2).real
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
            "photon_number": number,
            "pair_amplitude": all_modes(0, 2),
            "pair_number": together,
            "second_order_coherence": np.where(number == 0, np.nan, together / number**2),
            "quadrature_covariance": total,
        }

    def _tops(self, power: NDArray[np.float64], sums: NDArray[np.float64]) -> Tops:
        """P_max and t_max; a maximum over what is left of a diverged run would look like a result, and is NaN."""
        charged = np.isfinite(power[0]) | (self.times > 0)
        if not charged.any() or not np.isfinite(power[:, charged]).all():
            return Tops(np.full((len(power), 2), np.nan), np.full(2, np.nan))
        return tops(self.times[charged], power[:, charged], sums[:, 0, 0, 0])

    def _fitted(self, found: Reconstruction | None) -> NDArray[np.bool_]:
        """Times at which the work is that of Gaussian branches, because no density matrix is known."""
        return np.ones(len(self.times), dtype=bool) if found is None else ~found.known

    def _sorted_parts(
        self, smooth: Values, work: NDArray[np.float64], found: Reconstruction | None, counts: NDArray[np.float64]
    ) -> Values:
        """W^i as it is sampled, W^c = W − W^i, and their errors: root mean squares over copies of all that is sampled.

        The jackknife's correction of the bias and its error are those of a smooth function, which W^i is not.
        smooth: what the jackknife says of all quantities.  work: replicates of W.
        """
        if found is None:
            return {}
        count = counts if (counts > 0).all() else np.full_like(counts, np.nan)
        incoherent, shifts = found.whole.incoherent[0], found.incoherent_shifts
        coherent = smooth["ergotropy"] - incoherent
        work_shifts = perturbed(work, count) - work[0]
        result: Values = {}
        for name, value, shift in (
            ("ergotropy_incoherent", incoherent, shifts),
            ("ergotropy_coherent", coherent, work_shifts - shifts),
        ):
            # Too few groups for errors have none here either.
            error = np.sqrt(np.mean(shift**2, axis=0)) + 0.0 * count.sum()
            result[name] = np.where(found.known, value, smooth[name])
            result[f"{name}_stderr"] = np.where(found.known, error, smooth[f"{name}_stderr"])
        return result

    def _storage_moment(self, sums: NDArray[np.float64], creations: int, annihilations: int) -> NDArray[np.complex128]:
        return self.reader.moment(sums, self.moments, self.reader.storage, creations, annihilations)

    def _state(self, sums: NDArray[np.float64]) -> GaussianState | TwoBranchState:
        number, pair = self._storage_moment(sums, 1, 1).real, self._storage_moment(sums, 0, 2)
        if self.parity:
            return TwoBranchState.from_moments(number, pair, self._storage_moment(sums, 2, 2).real)
        return GaussianState.from_moments(self._storage_moment(sums, 0, 1), number, pair)

    def _step_errors(self, pairs: NDArray[np.float64], found: Reconstruction | None) -> Values:
        """Difference between doubled and single steps on the same random numbers, with its own standard error added.

        For a scheme of weak order one, that difference estimates the error of the single step; Heun's schemes do
        better where drift dominates, and the estimate is then too large.
        """
        counts = pairs[:, 0, 0, 0, 0]
        halves = [None, None] if found is None or found.pairs is None else [found.pairs.half(0), found.pairs.half(1)]
        fine, coarse = (self._replicates(pairs[:, part], found, half) for part, half in enumerate(halves))
        return {f"{name}_step_error": step_bound(values, coarse[name], counts) for name, values in fine.items()}

    def _shape(self, sums: NDArray[np.float64], replicates: Values, found: Reconstruction | None) -> Values:
        """What was assumed about the state, how far from it the samples are, and what that may cost."""
        whole = sums.sum(axis=0)
        state = self._state(whole)
        zero = np.zeros(len(self.times))
        fitted = self._fitted(found)
        work, incoherent = (
            (zero.copy(), zero.copy()) if found is None else (found.passive_error.copy(), found.incoherent_error.copy())
        )
        if isinstance(state, TwoBranchState):
            pairs, triples = (self._storage_moment(whole, k, k).real for k in (2, 3))
            error = fit_error(_at(state, fitted), pairs[fitted], triples[fitted])
            work[fitted], incoherent[fitted] = error.ergotropy, error.incoherent
            branches = np.where(state.separation > 0, 2.0, 1.0)
            result = {
                "branch_separation": state.separation,
                "non_gaussianity": missed_skewness(state, pairs, triples),
            }
        else:
            work[fitted] = gaussian_error(_at(state, fitted), replicates["variance_deviation"][0, fitted])
            incoherent[fitted] = work[fitted]
            branches, result = zero + 1, {"branch_separation": zero}
        power = replicates["charging_power"]
        in_power = np.divide(work, self.times, out=np.zeros_like(work), where=self.times > 0)
        missed = self._tops(power, sums).missed
        at_top = in_power[int(np.nanargmax(power[0]))] if np.isfinite(missed).all() else np.nan
        if found is not None:
            result["negative_weight"] = np.where(fitted, np.nan, -found.negative)
            if found.numbers_error is not None:
                result["number_distribution_estimator_error"] = np.where(fitted[:, None], np.nan, found.numbers_error)
        return result | {
            "branches": np.where(fitted, branches, 0.0),
            "ergotropy_estimator_error": work,
            "passive_energy_estimator_error": work,
            "ergotropy_incoherent_estimator_error": incoherent,
            "ergotropy_coherent_estimator_error": work + incoherent,
            "charging_power_estimator_error": in_power,
            "maximum_power_estimator_error": np.asarray(at_top + missed[0]),
            "maximum_power_time_estimator_error": np.asarray(missed[1]),
        }


@overload
def _at(state: GaussianState, times: NDArray[np.bool_]) -> GaussianState: ...
@overload
def _at(state: TwoBranchState, times: NDArray[np.bool_]) -> TwoBranchState: ...
def _at(state: GaussianState | TwoBranchState, times: NDArray[np.bool_]) -> GaussianState | TwoBranchState:
    """The states at some of the times; the time is the last axis of their shape."""
    if isinstance(state, TwoBranchState):
        return TwoBranchState(_at(state.branch, times))
    return GaussianState(state.mean[..., times, :], state.covariance[..., times, :, :])

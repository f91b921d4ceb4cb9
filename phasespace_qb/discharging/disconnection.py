"""A charged battery at the moment when it is disconnected: its state, its number distribution, and their errors."""

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from phasespace_qb.conventions import RATE_UNIT
from phasespace_qb.errors import refusal, require_real
from phasespace_qb.outcome import Finding, Verdict
from phasespace_qb.results.schema import SUFFIXES
from phasespace_qb.states.branches import TwoBranchState
from phasespace_qb.states.density_matrix import DensityMatrix
from phasespace_qb.states.gaussian import GaussianState

Array = NDArray[np.float64]

MOST_LEVELS = 400
"""Number states of a battery that can be discharged: its density matrix with the load is followed as a whole."""
LEFT_OUT = 1e-8
"""Population that the levels kept of a reconstructed state may miss."""
WORK = ("energy", "ergotropy", "ergotropy_coherent", "ergotropy_incoherent")
SAFETY = 4.0
"""What a fitted state costs a load, over the effect of the first moment that it misses: up to 3.2 on exact charging
curves; where only the error of n̄ is known, up to 3.6 in steady states without their fast mode (test_discharging.py)."""


@dataclass(frozen=True, eq=False)
class Disconnected:
    """State of the battery, its number distribution (N,) and what is known of the errors of both.

    own_loss: energy decay rate of the storage mode as the source declares it, None where it does not.
    number_errors: sizes of the errors of p_n, (N,), by suffix.  moment_errors: by suffix, (order k, size of the error
    of ⟨n^k⟩), each with the lower moments right.  work_errors: by suffix, of the values in WORK.
    """

    state: DensityMatrix
    numbers: Array
    method: str
    number_errors: dict[str, Array] = field(default_factory=dict)
    moment_errors: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    work_errors: dict[str, dict[str, float]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    attributes: dict[str, Any] = field(default_factory=dict)
    rate_unit: str = RATE_UNIT
    own_loss: float | None = None

    @property
    def has_parity(self) -> bool:
        """Whether ρ_mn = 0 for odd m − n."""
        n = np.arange(self.state.cutoff)
        return not np.any(self.state.matrix[(n[:, None] - n) % 2 == 1])

    def errors_of(self, weights: Array) -> dict[str, Array]:
        """Errors of Σ_n w_n p_n by suffix, each (T,); weights (T, N).

        Errors of p_n add up to nothing, so any constant may be taken from w first: the one that gives least is.  The
        errors of a sampled p_n are correlated, since each point of phase space contributes a Poisson distribution:
        by exp[−(m−n)²/(4√(mn))], the overlap of two of them.
        """
        found = {}
        for suffix, sizes in self.number_errors.items():
            covered = _by_sampling if suffix == "_stderr" else _at_most
            found[suffix] = covered(weights, sizes)
        for suffix, moments in self.moment_errors.items():
            effects = [size * _effect(weights, self.numbers, order) for order, size in moments]
            total = np.sqrt(np.sum(np.square(effects), axis=0)) if suffix == "_stderr" else np.sum(effects, axis=0)
            found[suffix] = np.minimum(total, 1.0)
        return found


def _by_sampling(weights: Array, sizes: Array) -> Array:
    n = np.arange(len(sizes))
    overlap = np.exp(-(np.subtract.outer(n, n) ** 2) / (4 * np.sqrt(np.outer(n, n)) + 1e-3))
    covariance = overlap * np.outer(sizes, sizes)
    each = covariance.sum(axis=0)
    if not each.sum() > 0:
        return np.full(len(weights), each.sum())
    # Errors that add up to nothing; what is left is to have the sizes that were given.
    left = covariance - np.outer(each, each) / each.sum()
    scale = np.sum(sizes**2) / np.trace(left)
    variance = scale * np.einsum("tn,nm,tm->t", weights, left, weights, optimize=True)
    return np.asarray(np.sqrt(np.maximum(variance, 0.0)))


def _at_most(weights: Array, sizes: Array) -> Array:
    """min_c Σ |w_n − c| |δp_n|, which the weighted median attains."""
    order = np.argsort(weights, axis=-1)
    below = np.cumsum(sizes[order], axis=-1)
    middle = np.argmax(2 * below >= below[:, -1:], axis=-1)
    median = np.take_along_axis(weights, np.take_along_axis(order, middle[:, None], axis=-1), axis=-1)
    return np.asarray(np.abs(weights - median) @ sizes)


def _effect(weights: Array, numbers: Array, order: int) -> Array:
    """|change of Σ w_n p_n| when ⟨n^k⟩, k = order, grows by one and all lower moments stay, (T,).

    To first order δp_n ∝ p_n q_k(n) with the orthogonal polynomials of p_n.  What passes through 0 does so by chance:
    the largest so far is given.
    """
    n, p = np.arange(len(numbers), dtype=float), np.maximum(numbers, 0.0)
    polynomials: list[Array] = []
    for power in range(order + 1):
        q = (n / max(float(p @ n), 1e-3)) ** power
        for _ in range(2):
            for lower in polynomials:
                q = q - (p * lower * q).sum() * lower
        norm = np.sqrt((p * q * q).sum())
        if not norm > 1e-12:
            return np.zeros(len(weights))
        polynomials.append(q / norm)
    change = p * polynomials[-1] / float((p * polynomials[-1]) @ n**order)
    return np.asarray(np.maximum.accumulate(np.abs(weights @ change)))


def disconnected(source: xr.Dataset | DensityMatrix, at: float | None) -> Disconnected:
    """What is left to a load of a result of `simulate` at the time `at`, the last unless given, or of a state.

    Raises: TypeError or ValueError for what is no such thing, is not finite at this time, or has too many levels.
    """
    if isinstance(source, DensityMatrix):
        if source.shape:
            raise ValueError(refusal("source", "one state", f"an array of {source.shape}"))
        if at is not None:
            raise ValueError(refusal("at", "left out with a density matrix", at))
        _require_finite(source.matrix)
        _require_levels(source.cutoff)
        return Disconnected(source, source.number_distribution(), "a density matrix")
    if not isinstance(source, xr.Dataset) or not {"photon_number", "ergotropy"} <= set(source):
        raise TypeError(refusal("source", "a result of `simulate` or a DensityMatrix", source))
    if "time" not in source.dims or "storage_mode" not in source.attrs:
        raise ValueError(refusal("source", "a result of `simulate`, over time", "an instant or a part of one"))
    instant = _instant(source, at)
    moment = source.sel(time=instant)
    exact = "density_matrix" in moment
    state = _exact_state(moment["density_matrix"].values) if exact else _reconstructed(moment)
    numbers = state.number_distribution()
    if not exact and "number_distribution" in moment and not np.isfinite(moment["number_distribution"]).all():
        # No density matrix at this time; what diverged has no finite moments either.
        moment = moment.drop_vars([name for name in moment if str(name).startswith("number_distribution")])
    if "number_distribution" in moment and not exact:
        sampled = moment["number_distribution"].values
        numbers = sampled / sampled.sum()
    number_errors = {
        suffix: np.abs(moment[f"number_distribution{suffix}"].values[: len(numbers)])
        for suffix in SUFFIXES
        if f"number_distribution{suffix}" in moment
    }
    moment_errors = {
        suffix: _of_moments(moment, suffix)
        for suffix in SUFFIXES
        if suffix not in number_errors and f"energy{suffix}" in moment
    }
    if "number_distribution" not in moment:
        moment_errors.setdefault("_estimator_error", []).extend(_of_shape(moment, state))
    work = {
        name: {suffix: float(moment[f"{name}{suffix}"]) for suffix in SUFFIXES if f"{name}{suffix}" in moment}
        for name in WORK
    }
    return Disconnected(
        state,
        numbers,
        str(source.attrs.get("method", "a result")),
        number_errors,
        moment_errors,
        work,
        _findings(source),
        {
            "disconnected_at": instant,
            "levels": state.cutoff,
            "charging_parameters": source.attrs.get("parameters", ""),
            **{f"charging_{name}": float(moment[name]) for name in WORK},
        },
        RATE_UNIT if "gamma_s" in source["time"].attrs.get("units", "") else "rate unit",
        _own_loss(source),
    )


def _own_loss(source: xr.Dataset) -> float | None:
    """γ_s among the parameters of a battery; an open system declares its losses by operators."""
    declared = json.loads(source.attrs.get("parameters", "{}"))
    return float(declared["gamma_s"]) if "gamma_s" in declared else None


def _findings(source: xr.Dataset) -> list[Finding]:
    verdict = Verdict[str(source.attrs.get("verdict", "doubt")).upper()]
    reasons = json.loads(source.attrs.get("verdict_reasons", "[]"))
    if not reasons and verdict is not Verdict.TRUST:
        reasons = [f"its verdict is {verdict.name.lower()}."]
    return [Finding(verdict, f"of the charging: {reason}") for reason in reasons]


def _of_moments(moment: xr.Dataset, suffix: str) -> list[tuple[int, float]]:
    """Errors of n̄ and ⟨n²⟩; where that of n̄ alone is known, it speaks for all."""
    number = float(moment[f"energy{suffix}"])
    if f"pair_number{suffix}" not in moment:
        return [(1, SAFETY * number)]
    pairs = moment[f"pair_number{suffix}"].sel(mode=moment.attrs["storage_mode"])
    return [(1, number), (2, float(pairs))]


def _of_shape(moment: xr.Dataset, state: DensityMatrix) -> list[tuple[int, float]]:
    """The first moment of n that the reconstruction misses: the third of two branches, the second of one Gaussian."""
    n, p = np.arange(state.cutoff), state.number_distribution()
    spread = float(np.sqrt(p @ (n - p @ n) ** 2))
    if "non_gaussianity" in moment:
        return [(3, SAFETY * float(moment["non_gaussianity"]) * spread**3)]
    if "variance_deviation" in moment:
        return [(2, SAFETY * abs(float(moment["variance_deviation"])) * spread**2)]
    return []


def _instant(source: xr.Dataset, at: float | None) -> float:
    times = source["time"].values
    if at is None:
        return float(times[-1])
    wanted = require_real("at", at, "a finite time (units of 1/gamma_s)")
    nearest = float(times[np.argmin(np.abs(times - wanted))])
    if abs(nearest - wanted) > 1e-9 * max(1.0, abs(wanted)):
        must_be = f"one of the {len(times)} times of the result, from {times[0]:g} to {times[-1]:g}"
        raise ValueError(refusal("at", must_be, wanted, f"The nearest is {nearest:g}."))
    return nearest


def _exact_state(matrix: NDArray[Any]) -> DensityMatrix:
    _require_finite(matrix)
    filled = np.flatnonzero(np.diagonal(matrix).real > LEFT_OUT * 1e-4)
    cutoff = max(int(filled.max(initial=0)) + 1, 2)
    _require_levels(cutoff)
    kept = matrix[:cutoff, :cutoff]
    return DensityMatrix(kept / np.trace(kept).real)


def _reconstructed(moment: xr.Dataset) -> DensityMatrix:
    """The Gaussian, or the two branches, that have the moments of the storage mode."""
    mode = moment.sel(mode=moment.attrs["storage_mode"])
    mean, number = complex(mode["mean_field"]), float(mode["photon_number"])
    pair, pairs = complex(mode["pair_amplitude"]), float(mode["pair_number"])
    _require_finite(np.array([number, pairs, mean, pair]))
    noise = complex(mode["mean_field_stderr"]) if "mean_field_stderr" in mode else 0j
    centred = abs(mean.real) <= 5 * noise.real + 1e-12 and abs(mean.imag) <= 5 * noise.imag + 1e-12
    state: GaussianState | TwoBranchState = (
        TwoBranchState.from_moments(np.asarray(number), np.asarray(pair), np.asarray(pairs))
        if centred
        else GaussianState.from_moments(np.asarray(mean), np.asarray(number), np.asarray(pair))
    )
    cutoff = 16
    while True:
        _require_levels(cutoff)
        # Not one that is NaN either: a distribution too broad to be built.
        if 1 - float(state.number_distribution(cutoff).sum()) < LEFT_OUT:
            break
        cutoff = int(1.25 * cutoff)
    matrix = state.density_matrix(cutoff)
    return DensityMatrix(matrix / np.trace(matrix).real)


def _require_finite(values: NDArray[Any]) -> None:
    if not np.isfinite(values).all():
        raise ValueError(refusal("source", "a result that is finite at this time", "an average that is NaN"))


def _require_levels(cutoff: int) -> None:
    if cutoff > MOST_LEVELS:
        must_be = f"a battery whose photon number stays below {MOST_LEVELS}"
        remedy = "Disconnect it earlier, or charge it less."
        raise ValueError(refusal("source", must_be, "an occupation of higher levels", remedy))

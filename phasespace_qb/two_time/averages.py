"""Two-time averages of the storage mode from trajectories, with their errors and what they rest on."""

from concurrent.futures import Executor
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from phasespace_qb.conventions import VACUUM_VARIANCE, Ordering
from phasespace_qb.errors import refusal
from phasespace_qb.linear.spectra import photon_loss
from phasespace_qb.methods import PositiveP, Trajectories, TruncatedWigner
from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.models.system import OpenSystem
from phasespace_qb.outcome import Finding
from phasespace_qb.phase_space import ensemble, hazards
from phasespace_qb.phase_space.accumulators import Accumulator, StepPair
from phasespace_qb.phase_space.noise import Address, entropy_of
from phasespace_qb.phase_space.tails import DriftSizes
from phasespace_qb.phase_space.two_time import AtFew, TwoTimes
from phasespace_qb.results.jackknife import jackknife, step_bound, with_each_left_out
from phasespace_qb.simulation import (
    as_system,
    attributes_of_verdict,
    origin_of,
    rate_unit_of,
    require_executor,
    require_progress,
)
from phasespace_qb.trajectories import PILOT_TRAJECTORIES, REPRESENTATIONS, prepared, require_memory, speak
from phasespace_qb.two_time import settled
from phasespace_qb.two_time.record import Record, record_of
from phasespace_qb.two_time.replicates import PRODUCTS, labelled, of_step

Array = NDArray[np.float64]

TAIL_TIMES = 32
"""Instants of a record at which the tails of the ensemble are looked at."""


def correlations(
    system: DopoBattery | OpenSystem,
    lags: ArrayLike,
    method: Trajectories | None = None,
    *,
    since: float,
    until: float | None = None,
    executor: Executor | None = None,
    progress: ensemble.Progress | None = None,
) -> xr.Dataset:
    """Correlations of the storage mode between t and t + τ, averaged over trajectories and origins t.

    ⟨a†(t)a(t+τ)⟩ = ⟨α⁺(t)α(t+τ)⟩,  ⟨a(t+τ)a(t)⟩ = ⟨α(t+τ)α(t)⟩,  ⟨a†(t)a†(t+τ)a(t+τ)a(t)⟩ = ⟨n(t)n(t+τ)⟩, n = α⁺α,
    each averaged with its Hermitian partner: normal and time order, which is what detectors see.  By TruncatedWigner
    the order is symmetric (attribute `ordering`), and what it then cannot give is left out: the intensity correlation.

    lags: τ = 0, δ, 2δ, …, equidistant and five or more, units 1/γ_s.  since, until: first and last origin; one origin
    unless `until` is given.  Origins lie δ or a multiple of it apart, so that 32 at most wait for their last lag, and
    the record ends at the last origin plus the longest lag.  One average over all origins is meant for a steady state;
    let the system settle until `since`.  method: PositiveP() unless given, or TruncatedWigner; with a number of
    trajectories.  executor, progress: as in `simulate`.

    Returns a dataset over `lag`: first_order_correlation, anomalous_correlation, intensity_correlation and
    second_order_correlation g⁽²⁾(τ) (see `phasespace_qb.two_time.variables`), with `_stderr` and `_step_error`.
    `two_time_average`, `two_time_average_by_step` and `one_time_average` keep the averages of all groups (replicate 0)
    and without each of them, from which `squeezing_spectrum`, `correlation_time` and `switching_time` have their errors
    and see whether the state had settled, also after saving.  Attributes as of `simulate`.

    Shapes: lags (L,) -> over lag (L,); what is kept of averages, over replicate, product, half, moment, stepping,
    and of the numbers of trajectories, over group.
    Raises: TypeError or ValueError before any work starts, NoSecondOrderEquation if the method has none for `system`.
    Source: Gardiner and Zoller, Quantum Noise, Sec. 6.4 (time-ordered averages from the positive-P representation).
    """
    declared = as_system(system)
    require_executor(executor)
    require_progress(progress)
    chosen = _method(PositiveP() if method is None else method)
    record = record_of(lags, since, until)
    run = prepared(declared, record.times, chosen, chosen.relative_accuracy / float(np.sqrt(record.origins)))
    entropy, count, normal = entropy_of(chosen.rng), chosen.trajectories or 0, run.ito.ordering is Ordering.NORMAL
    symbols = run.equations.symbols[declared.modes.index(declared.storage_mode)]
    sums_of = TwoTimes(len(record.times), len(record.lags), record.stride, symbols)
    few = record.few(TAIL_TIMES)
    tails = DriftSizes(run.ito, record.times[list(few)]) if normal else None
    accumulators: list[Accumulator] = [sums_of, StepPair(sums_of), *([AtFew(tails, few)] if tails else [])]
    remedy = "Use an earlier `until`, or lags that are farther apart."
    require_memory(accumulators, ensemble.workers(executor), "until", remedy)
    speak([*run.findings, *_of_pilot(run.program, sums_of, entropy, executor)])
    totals = ensemble.run(run.program, accumulators, count, Address(entropy), executor, progress)

    in_group = sums_of.counts(totals[0])
    vacuum = 0.0 if normal else VACUUM_VARIANCE
    findings = [
        *run.findings,
        *hazards.of_counts(sums_of.not_finite(totals[0]).sum(axis=0), count, in_group),
        *hazards.of_dropped_terms(run.ito, sums_of.numbers(totals[0].sum(axis=0)) - vacuum),
    ]
    if tails:
        found = tails.tails(totals[2][0])
        seen = hazards.of_tails(found) + hazards.of_interval(run.ito, DriftSizes.not_real(totals[2][0]), count)
        findings += [_at_all_saves(finding, few, len(record.times)) for finding in seen]
        if hazards.without_variance(found).any():
            in_group = np.zeros_like(in_group)  # no error bar can be had, of anything
    halves = settled.by_half(sums_of, totals[0], vacuum)
    averages = _averages(sums_of, totals[0], vacuum)
    by_step = np.stack([_averages(sums_of, totals[1][:, half], vacuum) for half in (0, 1)])
    repeated = sums_of.counts(totals[1][:, 0])
    values = _values(averages, in_group) | _step_errors(by_step, repeated)
    if record.origins > 1:
        before, after = (averages[:, PRODUCTS.index(name)] for name in ("number_before", "number_after"))
        findings += settled.of_number(halves, before, after, in_group)
    findings += of_step(values)
    coordinates = {
        "lag": record.lags,
        "replicate": np.arange(len(averages)),
        "group": np.arange(len(in_group)),
        "product": list(PRODUCTS[: averages.shape[1]]),
        "half": ["first", "second"],
        "moment": list(settled.MOMENTS),
        "stepping": ["single", "doubled"],
    }
    values |= {
        "two_time_average": averages,
        "trajectories_in_group": in_group,
        "one_time_average": halves,
        "two_time_average_by_step": by_step,
        "trajectories_in_step_group": repeated,
    }
    attributes = (
        origin_of(system, declared, chosen, record.times)
        | run.provenance(chosen, count, entropy)
        | _record_attributes(declared, record, normal)
        | attributes_of_verdict(findings, record.times)
    )
    return labelled(values, coordinates, attributes, rate_unit_of(system))


def _of_pilot(program: ensemble.Program, sums_of: TwoTimes, entropy: int, executor: Executor | None) -> list[Finding]:
    """How many of a few trajectories diverge."""
    sums = ensemble.run(program, [sums_of], PILOT_TRAJECTORIES, Address(entropy, pilot=True), executor)[0]
    lost = sums_of.not_finite(sums).sum(axis=0)
    return hazards.of_counts(lost, PILOT_TRAJECTORIES, np.ones(1), "the pilot run")


def _method(method: object) -> PositiveP | TruncatedWigner:
    if type(method) not in REPRESENTATIONS or not isinstance(method, PositiveP | TruncatedWigner):
        raise TypeError(refusal("method", "PositiveP(…) or TruncatedWigner(…)", method))
    if method.target_stderr is not None:
        must_be = "left out for correlations, whose errors are not those of a photon number"
        raise ValueError(refusal("target_stderr", must_be, method.target_stderr, "Give trajectories."))
    return method


def _averages(sums_of: TwoTimes, sums: Array, vacuum: float) -> NDArray[np.complex128]:
    """From sums [group, …] to averages over all groups and without each, [replicate, product, lag].

    vacuum: what samples have too much of n; where it is not zero they are ordered so that they know no intensity.
    """
    with np.errstate(all="ignore"):  # ∞ − ∞ of what diverged, 0/0 of empty groups
        found = sums_of.averages(with_each_left_out(sums))
    found = found._replace(number_before=found.number_before - vacuum, number_after=found.number_after - vacuum)
    names = [name for name in PRODUCTS if name != "intensity" or not vacuum]
    return np.stack([getattr(found, name) + 0j for name in names], axis=1)


def _quantities(averages: NDArray[np.complex128]) -> dict[str, NDArray[Any]]:
    """What is shown of the averages [replicate, product, lag], [replicate, lag]."""
    first, anomalous, *_, before, after = np.moveaxis(averages[:, :6], 1, 0)
    found: dict[str, NDArray[Any]] = {"first_order_correlation": first, "anomalous_correlation": anomalous}
    if averages.shape[1] == len(PRODUCTS):
        intensity = averages[:, PRODUCTS.index("intensity")].real
        with np.errstate(all="ignore"):
            coherence = intensity / (before.real * after.real)
        found |= {"intensity_correlation": intensity, "second_order_correlation": coherence}
    return found


def _values(averages: NDArray[np.complex128], in_group: Array) -> dict[str, Any]:
    result: dict[str, Any] = {}
    with np.errstate(all="ignore"):
        for name, replicates in _quantities(averages).items():
            result[name], result[f"{name}_stderr"] = jackknife(replicates, in_group)
    return result


def _step_errors(by_step: NDArray[np.complex128], counts: Array) -> dict[str, Any]:
    """What doubled steps change on the same random numbers, with the standard error of that."""
    fine, coarse = (_quantities(averages) for averages in by_step)
    with np.errstate(all="ignore"):
        return {f"{name}_step_error": step_bound(values, coarse[name], counts) for name, values in fine.items()}


def _at_all_saves(finding: Finding, few: tuple[int, ...], saves: int) -> Finding:
    """The same finding over all saves of the record, where it was looked for at few of them."""
    if finding.at is None:
        return finding
    latest = np.searchsorted(few, np.arange(saves), side="right") - 1
    return Finding(finding.verdict, finding.reason, finding.at[latest])


def _record_attributes(declared: OpenSystem, record: Record, normal: bool) -> dict[str, Any]:
    """What those need to know who read the result."""
    storage = declared.storage_mode
    return {
        "since": float(record.times[0]),
        "until": float(record.times[(record.origins - 1) * record.stride]),
        "origins": record.origins,
        "ordering": "normal and time" if normal else "symmetric",
        "photon_loss": photon_loss(declared, storage),
        "keeps_parity": int(declared.keeps_parity(storage)),
    }

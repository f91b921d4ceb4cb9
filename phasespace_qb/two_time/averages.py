"""Two-time averages of the storage mode from trajectories, with their errors and what they rest on."""

import json
import logging
import platform
from concurrent.futures import Executor
from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from phasespace_qb import __version__
from phasespace_qb.conventions import VACUUM_VARIANCE, Ordering
from phasespace_qb.errors import refusal, require_real
from phasespace_qb.linear.spectra import photon_loss
from phasespace_qb.methods import PositiveP, Trajectories, TruncatedWigner
from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.models.system import OpenSystem
from phasespace_qb.outcome import Finding, Verdict
from phasespace_qb.phase_space import ensemble, hazards
from phasespace_qb.phase_space.accumulators import Accumulator, StepPair
from phasespace_qb.phase_space.equations import Equations
from phasespace_qb.phase_space.noise import Address, entropy_of
from phasespace_qb.phase_space.schedule import plan
from phasespace_qb.phase_space.step_size import choose_step, require_resolved
from phasespace_qb.phase_space.tails import DriftSizes
from phasespace_qb.phase_space.two_time import AtFew, TwoTimes
from phasespace_qb.results.jackknife import jackknife, with_each_left_out
from phasespace_qb.simulation import as_system, attributes_of_verdict, require_executor
from phasespace_qb.trajectories import PILOT_TRAJECTORIES, REPRESENTATIONS
from phasespace_qb.two_time.replicates import PRODUCTS, labelled, rate_unit_of

Array = NDArray[np.float64]

ORIGINS_UNDER_WAY = 32
"""Origins whose lags are summed at once, at most: closer ones would cost more than the integration and say no more."""
TAIL_TIMES = 32
"""Instants of a record at which the tails of the ensemble are looked at."""
FEWEST_LAGS = 5
MOST_SAVES = 10**6
_CLEARLY = 0.002
"""Share of a correlation by which the step may change it unnoticed."""

_log = logging.getLogger("phasespace_qb")


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
    trajectories.

    Returns a dataset over `lag`: first_order_correlation, anomalous_correlation, intensity_correlation and
    second_order_correlation g⁽²⁾(τ) (see `phasespace_qb.two_time.variables`), with `_stderr` and `_step_error`.
    `two_time_average` keeps the averages of all groups (replicate 0) and without each of them, from which
    `squeezing_spectrum`, `correlation_time` and `switching_time` have their errors, also after saving.
    Attributes as of `simulate`.
    Raises: TypeError or ValueError before any work starts, NoSecondOrderEquation if the method has none for `system`.
    Source: Gardiner and Zoller, Quantum Noise, Sec. 6.4 (time-ordered averages from the positive-P representation).
    """
    declared = as_system(system)
    require_executor(executor)
    chosen = _method(PositiveP() if method is None else method)
    record = _record(_lags(lags), since, until)
    ito = REPRESENTATIONS[type(chosen)]().equations(declared)
    refused = chosen.integrator.refuses(ito)
    if refused:
        raise ValueError(refusal("integrator", "able to solve this system", chosen.integrator, f"Here {refused}."))
    equations = ito.to(chosen.integrator.calculus)
    accuracy = chosen.relative_accuracy / float(np.sqrt(record.origins))
    step = choose_step(equations, chosen.integrator, float(record.times[-1]), accuracy, chosen.step)
    schedule = plan(record.times, equations.breakpoints, step.step, even=True)
    require_resolved(equations, schedule)
    before = hazards.of_equations(ito, record.times, chosen.integrator)
    if chosen.step is not None:
        before += hazards.of_step_length(step.step, step.error)
    program = ensemble.compile_program(equations, chosen.integrator, schedule, chosen.noise, companion=True)

    entropy, count = entropy_of(chosen.rng), chosen.trajectories or 0
    symbols = equations.symbols[declared.modes.index(declared.storage_mode)]
    sums_of = TwoTimes(len(record.times), len(record.lags), record.stride, symbols)
    _warn([*before, *_of_pilot(program, sums_of, entropy, executor)])
    few = tuple(int(save) for save in np.unique(np.linspace(0, len(record.times) - 1, TAIL_TIMES).round()))
    tails = DriftSizes(ito, record.times[list(few)]) if ito.ordering is Ordering.NORMAL else None
    accumulators: list[Accumulator] = [sums_of, StepPair(sums_of), *([AtFew(tails, few)] if tails else [])]
    totals = ensemble.run(program, accumulators, count, Address(entropy), executor, progress)

    in_group = sums_of.counts(totals[0])
    vacuum = 0.0 if ito.ordering is Ordering.NORMAL else VACUUM_VARIANCE
    findings = [
        *before,
        *hazards.of_counts(sums_of.not_finite(totals[0]).sum(axis=0), count, in_group),
        *hazards.of_dropped_terms(ito, sums_of.numbers(totals[0].sum(axis=0)) - vacuum),
    ]
    if tails:
        found = tails.tails(totals[2][0])
        seen = hazards.of_tails(found) + hazards.of_interval(ito, DriftSizes.not_real(totals[2][0]), count)
        findings += [_at_all_saves(finding, few, len(record.times)) for finding in seen]
        if hazards.without_variance(found).any():
            in_group = np.zeros_like(in_group)  # no error bar can be had, of anything
    averages = _averages(sums_of, totals[0], ito.ordering)
    values = _values(averages, in_group) | {"two_time_average": averages, "trajectories_in_group": in_group}
    values |= _step_errors(sums_of, totals[1], ito.ordering)
    findings += _of_step(values)
    coordinates = {
        "lag": record.lags,
        "replicate": np.arange(len(averages)),
        "group": np.arange(len(in_group)),
        "product": list(PRODUCTS[: averages.shape[1]]),
    }
    attributes = _provenance(system, declared, chosen, ito, record) | {
        "trajectories": count,
        "seed": str(entropy),
        "block_size": ensemble.block_size(count),
        "step": float(schedule.lengths.max(initial=0.0)),
        "step_reason": step.reason,
        "steps": len(schedule.lengths),
    }
    return labelled(
        values, coordinates, attributes | attributes_of_verdict(findings, record.times), rate_unit_of(system)
    )


class _Record(NamedTuple):
    """Lags (L,), save times (T,) from the first origin to the end of the last one's lags, and the origins among them.

    stride: distance of two origins in saves.
    """

    lags: Array
    times: Array
    stride: int
    origins: int


def _record(lags: Array, since: float, until: float | None) -> _Record:
    begin = require_real("since", since, "a finite time, not negative (units of 1/gamma_s)", lambda t: t >= 0)
    end = (
        begin if until is None else require_real("until", until, "a finite time from `since` on", lambda t: t >= begin)
    )
    spacing = float(lags[-1]) / (len(lags) - 1)
    stride = -(-(len(lags) - 1) // ORIGINS_UNDER_WAY)
    origins = 1 + int((end - begin) / (stride * spacing) + 1e-9)
    saves = (origins - 1) * stride + len(lags)
    if saves > MOST_SAVES:
        must_be = f"so early that the record has at most {MOST_SAVES:,} saves, {spacing:.3g} apart"
        raise ValueError(refusal("until", must_be, end))
    return _Record(lags, np.asarray(begin + spacing * np.arange(saves), dtype=np.float64), stride, origins)


def _of_pilot(program: ensemble.Program, sums_of: TwoTimes, entropy: int, executor: Executor | None) -> list[Finding]:
    """How many of a few trajectories diverge."""
    sums = ensemble.run(program, [sums_of], PILOT_TRAJECTORIES, Address(entropy, pilot=True), executor)[0]
    lost = sums_of.not_finite(sums).sum(axis=0)
    return hazards.of_counts(lost, PILOT_TRAJECTORIES, np.ones(1), "the pilot run")


def _warn(findings: list[Finding]) -> None:
    for finding in findings:
        _log.warning("%s: %s", finding.verdict.name.lower(), finding.reason)


def _method(method: object) -> Trajectories:
    if type(method) not in REPRESENTATIONS or not isinstance(method, Trajectories):
        raise TypeError(refusal("method", "PositiveP(…) or TruncatedWigner(…)", method))
    if method.target_stderr is not None:
        must_be = "left out for correlations, whose errors are not those of a photon number"
        raise ValueError(refusal("target_stderr", must_be, method.target_stderr, "Give trajectories."))
    return method


def _lags(lags: ArrayLike) -> Array:
    must_be = f"{FEWEST_LAGS} or more equidistant times 0, δ, 2δ, … (units of 1/gamma_s)"
    try:
        given = np.asarray(lags, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(refusal("lags", must_be, lags)) from None
    if given.ndim != 1 or len(given) < FEWEST_LAGS or not np.isfinite(given).all():
        raise ValueError(refusal("lags", must_be, lags))
    distances = np.diff(given)
    if given[0] != 0 or given[-1] <= 0 or np.abs(distances - distances.mean()).max() > 1e-9 * given[-1]:
        raise ValueError(refusal("lags", must_be, lags, "Use np.linspace(0, longest, count)."))
    return given


def _averages(sums_of: TwoTimes, sums: Array, ordering: Ordering) -> NDArray[np.complex128]:
    """From sums [group, …] to averages over all groups and without each, [replicate, product, lag]."""
    with np.errstate(all="ignore"):  # ∞ − ∞ of what diverged, 0/0 of empty groups
        found = sums_of.averages(with_each_left_out(sums))
    if ordering is Ordering.SYMMETRIC:
        found = found._replace(
            number_before=found.number_before - VACUUM_VARIANCE, number_after=found.number_after - VACUUM_VARIANCE
        )
    names = [name for name in PRODUCTS if name != "intensity" or ordering is Ordering.NORMAL]
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


def _step_errors(sums_of: TwoTimes, pairs: Array, ordering: Ordering) -> dict[str, Any]:
    """What doubled steps change on the same random numbers, with the standard error of that."""
    counts = sums_of.counts(pairs[:, 0])
    fine, coarse = (_quantities(_averages(sums_of, pairs[:, half], ordering)) for half in (0, 1))
    result: dict[str, Any] = {}
    with np.errstate(all="ignore"):
        for name, values in fine.items():
            shift, error = jackknife(coarse[name] - values, counts)
            bound = np.abs(shift.real) + error.real
            if np.iscomplexobj(shift):
                bound = bound + 1j * (np.abs(shift.imag) + error.imag)
            result[f"{name}_step_error"] = bound
    return result


def _of_step(values: dict[str, Any]) -> list[Finding]:
    name = "first_order_correlation"
    value, error = values[name].real, values[f"{name}_stderr"].real
    with np.errstate(invalid="ignore"):
        allowed = 2 * np.nan_to_num(error) + _CLEARLY * np.abs(value).max()
        if not (values[f"{name}_step_error"].real > allowed).any():
            return []
    return [
        Finding(
            Verdict.DOUBT,
            "the time step changes correlations by more than twice the sampling error: use a shorter step.",
        )
    ]


def _at_all_saves(finding: Finding, few: tuple[int, ...], saves: int) -> Finding:
    """The same finding over all saves of the record, where it was looked for at few of them."""
    if finding.at is None:
        return finding
    latest = np.searchsorted(few, np.arange(saves), side="right") - 1
    return Finding(finding.verdict, finding.reason, finding.at[latest])


def _provenance(
    given: DopoBattery | OpenSystem, declared: OpenSystem, method: Trajectories, ito: Equations, record: _Record
) -> dict[str, Any]:
    """What was asked for, and what those need to know who read the result."""
    storage = declared.storage_mode
    return (given.coordinates(float(record.times[-1])) if isinstance(given, DopoBattery) else {}) | {
        "model": type(given).__name__,
        "parameters": json.dumps({f.name: repr(getattr(given, f.name)) for f in fields(given)}),
        "storage_mode": storage,
        "method": method.name,
        "since": float(record.times[0]),
        "until": float(record.times[(record.origins - 1) * record.stride]),
        "origins": record.origins,
        "ordering": "symmetric" if isinstance(method, TruncatedWigner) else "normal and time",
        "photon_loss": photon_loss(declared, storage),
        "keeps_parity": int(declared.keeps_parity(storage)),
        "integrator": repr(method.integrator),
        "noise": (method.noise or method.integrator.noises[0]).value,
        "dropped_terms": json.dumps(ito.dropped),
        "phasespace_qb_version": __version__,
        "numpy_version": np.__version__,
        "python_version": platform.python_version(),
    }

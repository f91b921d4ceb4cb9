"""The method `Lindblad`: the master equation itself, below number cutoffs, with what the cutoffs cost.

Every run has a companion at lower cutoffs.  What separates the two, extrapolated by the populations of the highest
levels, is the `_cutoff_error`; the propagation's own error is the `_step_error`.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.errors import PhaseSpaceError, refusal
from phasespace_qb.lindblad.accuracy import cutoff_errors, of_maximum_power, smallest_loss, step_errors
from phasespace_qb.lindblad.cutoffs import (
    MOST_STATES,
    Cutoffs,
    lowest,
    reduced,
    remaining_share,
    sufficient,
    with_companion,
)
from phasespace_qb.lindblad.propagation import Progress
from phasespace_qb.lindblad.run import Run
from phasespace_qb.lindblad.steady import Relaxation, relax
from phasespace_qb.lindblad.values import Values, at_saved, difference, values_of
from phasespace_qb.models.system import OpenSystem
from phasespace_qb.outcome import Finding, Outcome, Verdict

Array = NDArray[np.float64]

DOUBTFUL, WRONG = 0.01, 0.25
"""Cutoff error of energy or ergotropy, in their largest value, from which a result is doubted, or rejected."""
TOO_LARGE = (
    f"no cutoffs of up to {MOST_STATES:,} number states in all, where the search for them ends, hold this state. "
    "Use PositiveP or TruncatedWigner,"
)
UNSURE = 1e-4
"""Error of a steady state from which it is doubted."""
UNSURE_EIGENVALUE = 0.03
"""Residual of an eigenvalue, as a share of it, from which it is doubted."""
WATCHED = 16
"""Instants between t = 0 and the end at which a run is compared with its companion, besides those that are saved."""
SAME_INSTANT = 1e-9
"""Instants closer than this part of the run are one."""
MOST_SAVED_LEVELS = 256
"""Levels of the battery mode up to which its density matrix is kept in the result."""


def solve(
    system: OpenSystem, times: Array, cutoffs: Cutoffs | str, tolerance: float, progress: Progress | None = None
) -> Outcome:
    """The master equation at `times` (T,), units 1/γ_s.

    cutoffs: levels of each mode in the order of `system.modes`, or "auto".  tolerance: largest error of the
    propagation; with "auto" also the share of their largest value by which energy and ergotropy may still move with
    the cutoffs.  Cutoffs are judged over the whole propagation, at the breakpoints of drives among others, for a state
    that was cut off once stays wrong when it has shrunk.
    Raises: ValueError for cutoffs that do not fit the system or memory; PhaseSpaceError if none are enough.
    """
    followed = _followed(system, times)
    saved = np.searchsorted(followed, times)
    if isinstance(cutoffs, str):
        run, companion, values, others = _searched(system, followed, tolerance, progress)
    else:
        run, companion = with_companion(system, followed, _of_modes(cutoffs, system), tolerance, progress)
        values, others = _values(system, followed, run, companion)
    errors = cutoff_errors(system, followed, values, others, run, companion)

    def enough() -> Cutoffs | None:
        return sufficient(system, followed, 1e-4, run.cutoffs, progress)

    findings = _of_cutoffs(run, values | errors, saved, enough)
    values, others = (at_saved(each, followed, saved) for each in (values, others))
    errors = {name: error[saved] for name, error in errors.items()}
    errors |= of_maximum_power(values, others, errors, remaining_share(run, companion))
    errors |= step_errors(values, replace(run, error=run.error[saved]), times)
    coordinates, left_out = _levels(values, errors)
    provenance = run.provenance | {
        "companion_cutoffs": json.dumps(companion.cutoffs),
        "highest_levels": _shown(run.tails[-1]),
        "tolerance": tolerance,
    }
    return Outcome(values | errors, findings, coordinates, provenance | left_out)


def settle(
    system: OpenSystem,
    cutoffs: Cutoffs | str,
    tolerance: float,
    slow_modes: bool,
    progress: Progress | None = None,
) -> Outcome:
    """The steady state directly, without following the way to it, and the slowest decay rates of all sectors.

    With "auto" the cutoffs are those that hold the state until thirty times the slowest loss; `progress` is of that
    search.  `liouvillian_eigenvalue_step_error` is a residual ‖Lv − λv‖/‖v‖: it bounds the error of λ only where L is
    nearly normal, and tells elsewhere how well v is an eigenvector.
    Raises: ValueError as `solve`, and for a Hamiltonian that depends on time; PhaseSpaceError where there is no unique
    steady state.
    """
    _require_constant(system)
    if isinstance(cutoffs, str):
        times = np.linspace(0.0, 30.0 / (smallest_loss(system) or 1.0), 24)
        found = sufficient(system, times, tolerance, lowest(system), progress)
        if found is None:
            raise PhaseSpaceError(f"{TOO_LARGE} or give cutoffs.")
        chosen = found
    else:
        chosen = _of_modes(cutoffs, system)
    settled, lower = (relax(system, c, slow_modes=slow_modes) for c in (chosen, reduced(chosen)))
    run, companion = (Run(r.cutoffs, r.matrices, np.array([r.error]), {}) for r in (settled, lower))
    storage, never = system.modes.index(system.storage_mode), np.array([np.inf])
    values, others = (values_of(r.matrices, storage, never, True) for r in (run, companion))
    for charging in ("charging_power", "maximum_power", "maximum_power_time"):
        del values[charging], others[charging]
    errors = cutoff_errors(system, never, values, others, run, companion)
    findings = _of_cutoffs(run, values | errors, np.array([0]), None) + _of_gap(settled)
    errors |= step_errors(values, run, never)
    coordinates, left_out = _levels(values, errors)
    if slow_modes:
        slow, slower = (np.array([sector.eigenvalues for sector in r.sectors]) for r in (settled, lower))
        share = float(remaining_share(run, companion).max())
        values["liouvillian_eigenvalue"] = slow
        errors["liouvillian_eigenvalue_cutoff_error"] = share * difference(slow, slower)
        residuals = np.array([sector.residuals for sector in settled.sectors])
        errors["liouvillian_eigenvalue_step_error"] = residuals * (1 + 1j)
        findings += _of_eigenvalues(settled)
        coordinates |= {"sector": [sector.name for sector in settled.sectors], "rank": np.arange(slow.shape[1])}
    provenance = {
        "cutoffs": json.dumps(chosen),
        "companion_cutoffs": json.dumps(companion.cutoffs),
        "highest_levels": _shown(run.tails[-1]),
        "sectors_left_out": settled.left_out,
    }
    return Outcome(values | errors, findings, coordinates, provenance | left_out)


def _followed(system: OpenSystem, times: Array) -> Array:
    """The save times (T,), the breakpoints of drives (of many some) and some instants between, up to the last."""
    end = float(times[-1])
    drives = [drive for _, factors, _ in system.hamiltonian for drive, _ in factors]
    edges = np.array(sorted({b for drive in drives for b in drive.breakpoints if 0 < b < end}))
    if len(edges) > WATCHED:
        edges = edges[np.linspace(0, len(edges) - 1, WATCHED).round().astype(int)]
    more = np.concatenate([np.linspace(0.0, end, WATCHED + 1)[1:-1], edges])
    apart = np.abs(more[:, None] - times).min(axis=1) > SAME_INSTANT * end
    return np.union1d(more[apart], times)


def _values(system: OpenSystem, times: Array, *runs: Run) -> list[Values]:
    storage = system.modes.index(system.storage_mode)
    empty = bool(system.start_amplitudes[storage] == 0)
    return [values_of(run.matrices, storage, times, empty) for run in runs]


def _require_constant(system: OpenSystem) -> None:
    drives = [drive for _, factors, _ in system.hamiltonian for drive, _ in factors]
    if drives:
        remedy = "Give the system with the drive that is on when the steady state is reached, or simulate a late time."
        raise ValueError(refusal("system", "constant in time, for there to be a steady state", drives[0], remedy))


def _of_gap(settled: Relaxation) -> list[Finding]:
    """A steady state next to which something decays so slowly that the two are hard to tell apart."""
    if settled.error <= UNSURE:
        return []
    reason = (
        f"the steady state is known to {settled.error:.1g} only: another state decays at "
        f"{settled.gap:.2g}, hardly faster than what is left of this one."
    )
    return [Finding(Verdict.DOUBT, reason)]


def _of_eigenvalues(settled: Relaxation) -> list[Finding]:
    """The slowest eigenvalue of each sector that is not zero, where its residual is no longer small against it."""
    found = []
    for number, sector in enumerate(settled.sectors):
        rank = 1 if number == 0 else 0
        size, residual = abs(sector.eigenvalues[rank]), sector.residuals[rank]
        if residual > UNSURE_EIGENVALUE * size:
            reason = (
                f"the slowest eigenvalue of the sector {sector.name} has a residual of {residual:.2g}, with "
                f"|λ| = {size:.2g}: it may be another."
            )
            found.append(Finding(Verdict.DOUBT, reason))
    return found


def _levels(values: Values, errors: Values) -> tuple[dict[str, Any], dict[str, str]]:
    """Coordinates of the number states; a density matrix that is too large to keep is taken out, with a note."""
    levels = values["number_distribution"].shape[-1]
    coordinates: dict[str, Any] = {"n": np.arange(levels), "n_": np.arange(levels)}
    if levels <= MOST_SAVED_LEVELS:
        return coordinates, {}
    del values["density_matrix"], coordinates["n_"]
    del errors["density_matrix_cutoff_error"], errors["density_matrix_step_error"]
    return coordinates, {"density_matrix_left_out": f"{levels} levels, more than {MOST_SAVED_LEVELS}"}


def _shown(tails: Array) -> str:
    return json.dumps([float(f"{tail:.3g}") for tail in tails])


def _of_modes(cutoffs: Cutoffs, system: OpenSystem) -> Cutoffs:
    if len(cutoffs) != len(system.modes):
        must_be = f"one number of levels for each of the modes {', '.join(system.modes)}"
        raise ValueError(refusal("cutoffs", must_be, cutoffs))
    operators = [system.hamiltonian, *system.loss]
    powers = [(name, max(m, n)) for operator in operators for monomial, _, _ in operator for name, m, n in monomial]
    for mode, levels in zip(system.modes, cutoffs, strict=True):
        needed = max((power for name, power in powers if name == mode), default=0) + 1
        if levels < needed:
            must_be = f"{needed} or more for the mode {mode}: below, some operators would not act at all"
            raise ValueError(refusal("cutoffs", must_be, cutoffs))
    return cutoffs


def _searched(
    system: OpenSystem, times: Array, tolerance: float, progress: Progress | None
) -> tuple[Run, Run, Values, Values]:
    """Run, companion, and the values of both, at cutoffs at which energy and ergotropy have stopped moving."""
    cutoffs: Cutoffs | None = lowest(system)
    while True:
        assert cutoffs is not None
        cutoffs = sufficient(system, times, tolerance, cutoffs, progress)
        if cutoffs is None:
            raise PhaseSpaceError(f"{TOO_LARGE} give cutoffs, or a shorter time.")
        run, companion = with_companion(system, times, cutoffs, min(0.1 * tolerance, 1e-6), progress)
        share = remaining_share(run, companion)
        values, others = _values(system, times, run, companion)
        moved = [
            (share * np.abs(values[n] - others[n])).max() <= tolerance * np.abs(values[n]).max()
            for n in ("energy", "ergotropy")
        ]
        if all(moved):
            return run, companion, values, others
        cutoffs = tuple(c + max(2, c // 4) for c in cutoffs)


def _of_cutoffs(
    run: Run, values: Values, saved: NDArray[np.intp], enough: Callable[[], Cutoffs | None] | None
) -> list[Finding]:
    """A cutoff that is too low for the state; of one that is far too low, the one that would do, if it can be found.

    The error counts against the largest value of the whole run, and again against that of what is saved.
    """
    worst = 0.0
    for name in ("energy", "ergotropy"):
        for part in (slice(None), saved):
            size = np.abs(values[name][part]).max()
            if size > 0:
                share = np.nan_to_num(values[f"{name}_cutoff_error"][part] / size, nan=np.inf)
                worst = max(worst, float(share.max()))
    if worst <= DOUBTFUL:
        return []
    by_how_much = "an amount that cannot be told" if worst > 1 else f"about {worst:.1%} of its largest value"
    remedy = 'Raise them, or let "auto" find them.'
    # Only what is rejected is worth the search: it may take longer than the run.
    if enough is not None and worst > WRONG:
        found = enough()
        useful = found is not None and found != run.cutoffs
        none = f"None of up to {MOST_STATES:,} states in all would do: use trajectories."
        remedy = f"Cutoffs of {found} would do." if useful else none
    return [
        Finding(
            Verdict.REJECT if worst > WRONG else Verdict.DOUBT,
            f"the cutoffs {run.cutoffs} are too low for this state: they change the energy or the ergotropy by "
            f"{by_how_much}. {remedy}",
        )
    ]

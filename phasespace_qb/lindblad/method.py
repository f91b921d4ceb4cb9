"""The method `Lindblad`: the master equation itself, below number cutoffs, with what the cutoffs cost.

Every run has a companion at lower cutoffs.  What separates the two, extrapolated by the populations of the highest
levels, is the `_cutoff_error`; the propagation's own error is the `_step_error`.
"""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.errors import PhaseSpaceError, refusal
from phasespace_qb.lindblad.cutoffs import SMALLEST, Cutoffs, reduced, remaining_share, sufficient, with_companion
from phasespace_qb.lindblad.propagation import Progress
from phasespace_qb.lindblad.run import Run, Start
from phasespace_qb.lindblad.steady import relax
from phasespace_qb.lindblad.values import Values, difference, values_of
from phasespace_qb.models.system import OpenSystem
from phasespace_qb.outcome import Finding, Outcome, Verdict

Array = NDArray[np.float64]

DOUBTFUL, WRONG = 0.01, 0.25
"""Cutoff error of energy or ergotropy, in their largest value, from which a result is doubted, or rejected."""
TOO_LARGE = "no cutoffs that fit in memory hold this state. Use PositiveP or TruncatedWigner, or a shorter time."
MOST_SAVED_LEVELS = 256
"""Levels of the battery mode up to which its density matrix is kept in the result."""


def solve(
    system: OpenSystem,
    times: Array,
    cutoffs: Cutoffs | int | str,
    tolerance: float,
    progress: Progress | None = None,
    start: Start | None = None,
    kept: tuple[bool, ...] | None = None,
) -> Outcome:
    """The master equation at `times` (T,), units 1/γ_s.

    cutoffs: levels of each mode in the order of `system.modes`, or "auto".  tolerance: largest error of the
    propagation; with "auto" also the share of their largest value by which energy and ergotropy may still move with
    the cutoffs.  start: instead of the system's coherent one.  kept: modes whose number of levels is exact.
    Raises: ValueError for cutoffs that do not fit the system or memory; PhaseSpaceError if none are enough.
    """
    begin = Start(system.start_amplitudes) if start is None else start
    exact = (False,) * len(system.modes) if kept is None else kept
    if isinstance(cutoffs, str):
        run, companion = _searched(system, times, tolerance, begin, exact, progress)
    else:
        run, companion = with_companion(system, times, _of_modes(cutoffs, system), tolerance, begin, exact, progress)
    storage = system.modes.index(system.storage_mode)
    empty = bool(begin.matrix is None and begin.amplitudes[storage] == 0)
    values = values_of(run.matrices, storage, times, empty)
    errors = _cutoff_errors(values, values_of(companion.matrices, storage, times, empty), run, companion)

    def enough() -> Cutoffs | None:
        return sufficient(system, times, 1e-4, begin, run.cutoffs, exact)

    findings = _of_cutoffs(run, values | errors, enough)
    errors |= _step_errors(values, run, times)
    coordinates = _levels(values, errors, run.cutoffs[storage])
    provenance = run.provenance | {
        "companion_cutoffs": json.dumps(companion.cutoffs),
        "highest_levels": _shown(run.tails[-1]),
        "tolerance": tolerance,
    }
    return Outcome(values | errors, findings, coordinates, provenance)


def settle(system: OpenSystem, cutoffs: Cutoffs | int | str, tolerance: float, slow_modes: bool) -> Outcome:
    """The steady state directly, without following the way to it, and the slowest decay rates of all sectors.

    With "auto" the cutoffs are those that hold the state until thirty times the slowest loss.
    Raises: as `solve`; PhaseSpaceError where there is no unique steady state.
    """
    kept = (False,) * len(system.modes)
    start = Start(system.start_amplitudes)
    if isinstance(cutoffs, str):
        times = np.linspace(0.0, 30.0 / min((r for r in system.loss.values() if r > 0), default=1.0), 24)
        found = sufficient(system, times, tolerance, start, (SMALLEST,) * len(system.modes), kept)
        if found is None:
            raise PhaseSpaceError(TOO_LARGE)
        chosen = found
    else:
        chosen = _of_modes(cutoffs, system)
    settled, lower = (relax(system, c, slow_modes=slow_modes) for c in (chosen, reduced(chosen, kept)))
    run, companion = (Run(r.cutoffs, r.matrices, np.array([r.residual]), {}) for r in (settled, lower))
    storage, never = system.modes.index(system.storage_mode), np.array([np.inf])
    values, others = (values_of(r.matrices, storage, never, True) for r in (run, companion))
    for charging in ("charging_power", "maximum_power", "maximum_power_time"):
        del values[charging], others[charging]
    errors = _cutoff_errors(values, others, run, companion) | _step_errors(values, run, never)
    coordinates = _levels(values, errors, run.cutoffs[storage]) | {"time": never}
    if slow_modes:
        slow, slower = (np.array([sector.eigenvalues for sector in r.sectors]) for r in (settled, lower))
        share = float(remaining_share(run, companion).max())
        values["liouvillian_eigenvalue"] = slow
        errors["liouvillian_eigenvalue_cutoff_error"] = share * difference(slow, slower)
        errors["liouvillian_eigenvalue_step_error"] = np.array([s.residuals * (1 + 1j) for s in settled.sectors])
        coordinates |= {"sector": [sector.name for sector in settled.sectors], "rank": np.arange(slow.shape[1])}
    provenance = {
        "cutoffs": json.dumps(chosen),
        "companion_cutoffs": json.dumps(companion.cutoffs),
        "highest_levels": _shown(run.tails[-1]),
        "sectors_left_out": settled.left_out,
    }
    findings = _of_cutoffs(run, values | errors, None)
    return Outcome(values | errors, findings, coordinates, provenance)


def _levels(values: Values, errors: Values, levels: int) -> dict[str, Any]:
    """Coordinates of the number states; a density matrix that is too large to keep is taken out."""
    coordinates: dict[str, Any] = {"n": np.arange(levels), "n_": np.arange(levels)}
    if levels > MOST_SAVED_LEVELS:
        del values["density_matrix"], coordinates["n_"]
        del errors["density_matrix_cutoff_error"], errors["density_matrix_step_error"]
    return coordinates


def _shown(tails: Array) -> str:
    return json.dumps([float(f"{tail:.3g}") for tail in tails])


def _of_modes(cutoffs: Cutoffs | int, system: OpenSystem) -> Cutoffs:
    if isinstance(cutoffs, int) or len(cutoffs) != len(system.modes):
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
    system: OpenSystem, times: Array, tolerance: float, start: Start, kept: tuple[bool, ...], progress: Progress | None
) -> tuple[Run, Run]:
    """Cutoffs at which energy and ergotropy have stopped moving."""
    storage = system.modes.index(system.storage_mode)
    cutoffs: Cutoffs | None = tuple(
        len(start.matrix) if start.matrix is not None and index == 0 else int(abs(a) ** 2 + 6 * abs(a)) + 6
        for index, a in enumerate(start.amplitudes)
    )
    while True:
        assert cutoffs is not None
        cutoffs = sufficient(system, times, tolerance, start, cutoffs, kept)
        if cutoffs is None:
            raise PhaseSpaceError(TOO_LARGE)
        run, companion = with_companion(system, times, cutoffs, min(0.1 * tolerance, 1e-6), start, kept, progress)
        share = remaining_share(run, companion)
        values, others = (values_of(r.matrices, storage, times, False) for r in (run, companion))
        moved = [
            (share * np.abs(values[n] - others[n])).max() <= tolerance * np.abs(values[n]).max()
            for n in ("energy", "ergotropy")
        ]
        if all(moved):
            return run, companion
        cutoffs = tuple(c if keep else c + max(2, c // 4) for c, keep in zip(cutoffs, kept, strict=True))


def _cutoff_errors(values: Values, others: Values, run: Run, companion: Run) -> Values:
    share = remaining_share(run, companion)
    errors: Values = {}
    for name, value in values.items():
        factor = share.reshape(-1, *[1] * (value.ndim - 1)) if value.ndim else share.max()
        errors[f"{name}_cutoff_error"] = factor * difference(value, others[name])
    return errors


def _step_errors(values: Values, run: Run, times: Array) -> Values:
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
    if "charging_power" in values:
        energy = bounds["energy_step_error"]
        power = np.divide(energy, times, out=np.zeros_like(energy), where=times > 0)
        bounds |= {"charging_power_step_error": power, "maximum_power_step_error": np.asarray(power.max())}
    return bounds


def _of_cutoffs(run: Run, values: Values, enough: Callable[[], Cutoffs | None] | None) -> list[Finding]:
    """A cutoff that is too low for the state; of one that is far too low, the one that would do, if it can be found."""
    worst = 0.0
    for name in ("energy", "ergotropy"):
        size = np.abs(values[name]).max()
        if size > 0:
            share = np.nan_to_num(values[f"{name}_cutoff_error"] / size, nan=np.inf)
            worst = max(worst, float(share.max()))
    if worst <= DOUBTFUL:
        return []
    by_how_much = "an amount that cannot be told" if worst > 1 else f"about {worst:.1%} of its largest value"
    remedy = 'Raise them, or let "auto" find them.'
    # Only what is rejected is worth the search: it may take longer than the run.
    if enough is not None and worst > WRONG:
        found = enough()
        useful = found is not None and found != run.cutoffs
        remedy = f"Cutoffs of {found} would do." if useful else "None that fit in memory would do: use trajectories."
    return [
        Finding(
            Verdict.REJECT if worst > WRONG else Verdict.DOUBT,
            f"the cutoffs {run.cutoffs} are too low for this state: they change the energy or the ergotropy by "
            f"{by_how_much}. {remedy}",
        )
    ]

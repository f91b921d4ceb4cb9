"""The whole pipe on one screen: a declared system, times and a method in; a dataset out."""

import json
import platform
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import fields
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from phasespace_qb import __version__
from phasespace_qb.conventions import RATE_UNIT
from phasespace_qb.eliminated import method as eliminated_method
from phasespace_qb.errors import refusal
from phasespace_qb.lindblad import method as lindblad
from phasespace_qb.linear import method as linear
from phasespace_qb.methods import EliminatedSteadyState, Lindblad, LinearNoise, Method, PositiveP
from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.models.system import OpenSystem
from phasespace_qb.outcome import Finding, Outcome, Verdict
from phasespace_qb.phase_space import ensemble
from phasespace_qb.results.schema import dataset
from phasespace_qb.trajectories import REPRESENTATIONS, run_trajectories


def simulate(
    system: DopoBattery | OpenSystem,
    times: ArrayLike,
    method: Method | None = None,
    executor: Executor | None = None,
    *,
    progress: ensemble.Progress | None = None,
) -> xr.Dataset:
    """Follow an open system from its start at t = 0 and say what its storage mode is worth at each of `times`.

    times: increasing, not negative, in units 1/γ_s.  method: PositiveP() unless given.  executor: any
    concurrent.futures.Executor; threads on all cores unless given, and the same numbers with any.  progress: called
    with the number of finished trajectories and of all.

    Returns a dataset by the schema (`phasespace_qb.results.schema`): every variable with units, errors under the
    suffixes `_stderr` and `_estimator_error`, and the attributes `verdict` and `verdict_reasons`.
    Raises: TypeError or ValueError before any work starts, NoSecondOrderEquation if the method has none for `system`.
    """
    declared = _as_system(system)
    instants = save_times(times)
    chosen = PositiveP() if method is None else method
    if executor is not None and not callable(getattr(executor, "submit", None)):
        raise TypeError(refusal("executor", "a concurrent.futures.Executor or None", executor))
    if isinstance(chosen, LinearNoise):
        starts = system.steady_amplitudes() if isinstance(system, DopoBattery) else None
        run = linear.solve(declared, instants, chosen.about, starts)
    elif isinstance(chosen, Lindblad):
        run = lindblad.solve(declared, instants, chosen.cutoffs, chosen.tolerance, _in_thousandths(progress))
    elif isinstance(chosen, EliminatedSteadyState):
        if not isinstance(system, DopoBattery):
            raise TypeError(refusal("system", "a DopoBattery for EliminatedSteadyState()", "an OpenSystem"))
        run = eliminated_method.solve(instants, *system.dimensionless())
    elif type(chosen) in REPRESENTATIONS:
        run = run_trajectories(declared, instants, chosen, executor, progress)
    else:
        choices = "PositiveP(…), TruncatedWigner(…), LinearNoise(…), Lindblad(…) or EliminatedSteadyState()"
        raise TypeError(refusal("method", choices, chosen))
    run.coordinates.setdefault("time", instants)
    return _dataset(system, declared, chosen, run)


def steady_state(
    system: DopoBattery | OpenSystem, method: Lindblad | None = None, *, slow_modes: bool = True
) -> xr.Dataset:
    """Steady state of an open system by the master equation, directly, and how slowly it is reached.

    L ρ = 0 in the sector of the Liouvillian that holds density matrices, and the slowest eigenvalues of every sector.
    The least negative one of the sector "antisymmetric" is −2/T for an oscillator that tunnels between two branches
    in the mean time T.  method: Lindblad() unless given.  slow_modes: whether these eigenvalues are wanted; the steady
    state alone takes a fraction of the time.

    Returns a dataset by the schema at the single time ∞, without charging power, with `liouvillian_eigenvalue`.
    Raises: as `simulate`; PhaseSpaceError where the steady state is not unique.
    """
    declared = _as_system(system)
    chosen = Lindblad() if method is None else method
    if not isinstance(chosen, Lindblad):
        raise TypeError(refusal("method", "Lindblad(…)", chosen))
    run = lindblad.settle(declared, chosen.cutoffs, chosen.tolerance, slow_modes)
    return _dataset(system, declared, chosen, run)


def _dataset(given: DopoBattery | OpenSystem, declared: OpenSystem, method: Method, run: Outcome) -> xr.Dataset:
    coordinates: dict[str, Any] = {
        "mode": list(declared.modes),
        "quadrature": ["x", "p"],
        "quadrature_": ["x", "p"],
    }
    attributes = attributes_of_verdict(run.findings) | _origin(given, declared, method) | run.provenance
    return dataset(run.values, coordinates | run.coordinates, attributes, _rate_unit(given))


def _in_thousandths(progress: ensemble.Progress | None) -> Callable[[float, float], None] | None:
    return None if progress is None else lambda now, end: progress(int(1000 * now / end), 1000)


def _rate_unit(given: DopoBattery | OpenSystem) -> str:
    """What the user's rates are in units of: γ_s if the battery says γ_s = 1, otherwise a unit of the user's own."""
    return RATE_UNIT if isinstance(given, DopoBattery) and given.gamma_s == 1.0 else "rate unit"


def _as_system(system: object) -> OpenSystem:
    if isinstance(system, DopoBattery):
        return system.system()
    if isinstance(system, OpenSystem):
        return system
    raise TypeError(refusal("system", "a DopoBattery or an OpenSystem", system))


def save_times(times: ArrayLike) -> NDArray[np.float64]:
    """The times at which a result is wanted, (T,), increasing and not negative; else refuse them."""
    must_be = "a list of finite, increasing times, not negative (units of 1/gamma_s)"
    try:
        given = np.atleast_1d(np.asarray(times))
    except (TypeError, ValueError):
        raise TypeError(refusal("times", must_be, times)) from None
    # Texts, dates and truth values convert to float as well; a mask would be forgotten.
    if (given.size and given.dtype.kind not in "iuf") or np.ma.is_masked(times):
        raise TypeError(refusal("times", must_be, times))
    result = given.astype(np.float64)
    if result.ndim != 1 or len(result) == 0:
        raise ValueError(refusal("times", must_be, f"an array of shape {result.shape}"))
    if not np.isfinite(result).all() or result[0] < 0 or (np.diff(result) <= 0).any():
        raise ValueError(refusal("times", must_be, times))
    return result


def attributes_of_verdict(findings: list[Finding]) -> dict[str, str]:
    """Verdict and reasons as attributes of a result; the worst finding decides."""
    return {
        "verdict": max((finding.verdict for finding in findings), default=Verdict.TRUST).name.lower(),
        "verdict_reasons": json.dumps([finding.reason for finding in findings]),
    }


def _origin(given: DopoBattery | OpenSystem, declared: OpenSystem, method: Method) -> dict[str, str]:
    """What was asked for, and the versions that answered."""
    return {
        "model": type(given).__name__,
        "parameters": json.dumps({f.name: repr(getattr(given, f.name)) for f in fields(given)}),
        "storage_mode": declared.storage_mode,
        "method": method.name,
        "phasespace_qb_version": __version__,
        "numpy_version": np.__version__,
        "python_version": platform.python_version(),
    }

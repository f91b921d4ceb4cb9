"""sdeint (M. Aburn) as a referee: equations written by hand, integrated pathwise on given Wiener increments.

sdeint takes some input that it cannot handle: a real start makes it drop the imaginary part of the drift, an unsigned
one wraps around, descending times give NaN.  All of that is refused here before work starts.
"""

from collections.abc import Callable
from enum import Enum
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from validation.evidence import MissingReferee

State = NDArray[np.complex128]
Function = Callable[[State, float], State]
"""f(y, t) with shape (d,), or G(y, t) with shape (d, m)."""


class Scheme(Enum):
    """A scheme of sdeint, by its name there."""

    ITO_EULER = "itoEuler"
    STRATONOVICH_HEUN = "stratHeun"
    ITO_SRI2 = "itoSRI2"


def paths(
    scheme: Scheme, drift: Function, noise: Function, starts: ArrayLike, times: ArrayLike, increments: ArrayLike
) -> State:
    """Solutions of dy = f dt + G dW at all times; SRI2 is of strong order 1 here if the noise is commutative.

    For commutative noise only I_jk + I_kj matters, so the iterated integrals are given as I_jk = ½(ΔW_j ΔW_k − δ_jk h).
    Shapes: starts (N, d) complex, times (S + 1,) equidistant, increments (N, S, m) -> (N, S + 1, d).
    Raises: ValueError for what sdeint would take and get wrong.
    """
    begin, instants, wiener = _checked_start(starts), _checked_times(times), np.asarray(increments)
    first_drift, first_noise = drift(begin[0], instants[0]), noise(begin[0], instants[0])
    if first_drift.shape != begin.shape[1:]:
        raise ValueError(f"`drift` must have shape {begin.shape[1:]}, got {first_drift.shape}.")
    if first_noise.ndim != 2 or first_noise.shape[0] != begin.shape[1]:
        raise ValueError(f"`noise` must have shape ({begin.shape[1]}, m), got {first_noise.shape}.")
    wanted = len(begin), len(instants) - 1, first_noise.shape[1]
    if wiener.shape != wanted or wiener.dtype.kind != "f" or not np.isfinite(wiener).all():
        raise ValueError(f"`increments` must be finite real numbers of shape {wanted}, got shape {wiener.shape}.")
    solve, step = getattr(_sdeint(), scheme.value), instants[1] - instants[0]
    found = np.empty((len(begin), len(instants), begin.shape[1]), dtype=complex)
    for path, (start, dw) in enumerate(zip(begin, wiener, strict=True)):
        others: dict[str, Any] = {}
        if scheme is Scheme.ITO_SRI2:
            others["I"] = (dw[:, :, None] * dw[:, None, :] - step * np.eye(dw.shape[1])) / 2
        found[path] = solve(drift, noise, start, instants, dW=dw, **others)
    return found


def _checked_start(starts: ArrayLike) -> State:
    """Complex starting points (N, d)."""
    given = np.asarray(starts)
    if given.dtype.kind != "c":
        raise ValueError(
            f"`starts` must be complex, got {given.dtype}: sdeint keeps this type for the whole solution and would "
            "drop the imaginary part of the drift or wrap around."
        )
    if given.ndim != 2 or not given.size or not np.isfinite(given).all():
        raise ValueError(f"`starts` must be finite numbers of shape (paths, variables), got shape {given.shape}.")
    return np.asarray(given, dtype=np.complex128)


def _checked_times(times: ArrayLike) -> NDArray[np.float64]:
    """Ascending and equidistant instants."""
    instants = np.asarray(times, dtype=np.float64)
    if instants.ndim != 1 or len(instants) < 2 or not np.isfinite(instants).all():
        raise ValueError(f"`times` must be two or more finite numbers, got shape {instants.shape}.")
    steps = np.diff(instants)
    if not (steps > 0).all():
        raise ValueError("`times` must ascend: sdeint answers NaN for descending ones.")
    if np.ptp(steps) > 1e-9 * steps[0]:
        raise ValueError("`times` must be equidistant: sdeint takes one length for all steps.")
    return instants


def _sdeint() -> Any:
    """The package."""
    try:
        return import_module("sdeint")
    except ImportError as error:
        raise MissingReferee("sdeint is not installed; pip install sdeint") from error

"""The runs that the figures and the statements are made of: exact ones, trajectories, and loads; all of them tasks."""

from collections.abc import Mapping
from math import sqrt
from typing import Any
from zlib import crc32

import numpy as np
import xarray as xr
from numpy.typing import NDArray

import phasespace_qb as qb
from phasespace_qb.states.branches import TwoBranchState
from phasespace_qb.work.extraction import extractable_work
from validation.evidence import KNOWN_ERRORS
from validation.paper.as_given import solved_as_given
from validation.paper.computing import Result, Task

Array = NDArray[np.float64]
Cutoffs = tuple[int, int]
TOLERANCE = 1e-7
"""Of the propagation; four orders below the last digit of the paper."""
DIGITS = 7
"""Significant digits of values in the record."""
UNCERTAIN = TOLERANCE + 10.0 ** (1 - DIGITS)
"""Share of a value that the tolerance of the propagation and the digits of both values in the record may cost."""
QUANTITIES = {
    "energy": "energy",
    "work": "ergotropy",
    "coherent": "ergotropy_coherent",
    "incoherent": "ergotropy_incoherent",
}
"""Names of ours, and of the variables of a result."""


def amplitudes(ratio: float, noise: float, gamma_p: float = 16.0) -> tuple[float, float]:
    """F_p = λγ_s√γ_p/(4κ) in √γ_s, and κ = √(g²γ_sγ_p/2) in γ_s, at λ = ratio and g² = noise."""
    kappa = sqrt(noise * gamma_p / 2)
    return ratio * sqrt(gamma_p) / (4 * kappa), kappa


def exact(
    cutoffs: Cutoffs,
    until: float = 40.0,
    saves: int = 401,
    pump: float = 3.0,
    kappa: float = 0.5,
    gamma_p: float = 16.0,
    off: float = np.inf,
    since: float = 0.0,
) -> Task:
    """Task: the master equation from vacuum, saved `saves` times from `since` to `until`; the drive ends at `off`.

    Result: `times`, and for each of QUANTITIES `value`, `error` (zeros) and `known` (the cutoff error), all (saves,).
    """
    seconds = 2e-7 * (cutoffs[0] * cutoffs[1]) ** 2 * until * (1 + gamma_p / 16)
    return Task.of(
        solve_exactly,
        seconds,
        cutoffs=cutoffs,
        grid=(float(since), float(until), int(saves)),
        battery=(float(pump), float(kappa), float(gamma_p), float(off)),
    )


def sampled(
    until: float = 40.0,
    saves: int = 201,
    pump: float = 3.0,
    kappa: float = 0.5,
    gamma_p: float = 16.0,
    off: float = np.inf,
    since: float = 0.0,
    trajectories: int = 100_000,
    seed: int = 1,
) -> Task:
    """Task: positive-P from vacuum, otherwise as `exact`.

    Runs with other parameters have other random numbers, so that those which a fit combines are independent.
    Result: the same with `error` a standard error and `known` the errors of step and estimator; `branches` has `work`,
    `coherent` and `incoherent` of the two-branch Gaussian of the sampled moments, (saves,) each, without errors;
    and `step`.
    """
    seconds = 1e-4 * trajectories * until / 40 * max(1.0, gamma_p / 16)
    return Task.of(
        sample,
        seconds,
        grid=(float(since), float(until), int(saves)),
        battery=(float(pump), float(kappa), float(gamma_p), float(off)),
        trajectories=trajectories,
        seed=seed,
    )


def solve_exactly(cutoffs: Cutoffs, grid: tuple[float, float, int], battery: tuple[float, ...]) -> Result:
    """What the task `exact` does."""
    times = np.linspace(*grid)
    return _curves(solved_as_given(_battery(battery), times, cutoffs, TOLERANCE, battery[-1]), times)


def sample(grid: tuple[float, float, int], battery: tuple[float, ...], trajectories: int, seed: int) -> Result:
    """What the task `sampled` does."""
    rng = np.random.SeedSequence([seed, crc32(repr(battery).encode())])
    run = qb.simulate(_battery(battery), np.linspace(*grid), qb.PositiveP(trajectories, rng=rng))
    mode = run.attrs["storage_mode"]
    moments = [run[name].sel(mode=mode).values for name in ("photon_number", "pair_amplitude", "pair_number")]
    work = extractable_work(TwoBranchState.from_moments(*moments))
    return _curves(run, run.time.values) | {
        "branches": {
            "work": numbers(work.ergotropy),
            "coherent": numbers(work.coherent),
            "incoherent": numbers(work.incoherent),
        },
        "step": float(run.attrs["step"]),
    }


def rounding(digits: int) -> float:
    """Share by which the difference of two recorded values may be off: half a unit of the last digit of each."""
    return 10.0 ** (1 - digits)


def numbers(values: Any, digits: int = DIGITS) -> list[float]:
    """So many significant digits: no curve needs more, and the record stays small."""
    return [float(f"{value:.{digits}g}") for value in np.ravel(values)]


def curve(result: Result, name: str) -> tuple[Array, Array, Array, Array]:
    """Times, values, standard errors and known bounds of one of QUANTITIES."""
    part = result[name]
    return np.array(result["times"]), np.array(part["value"]), np.array(part["error"]), np.array(part["known"])


def _battery(values: tuple[float, ...]) -> qb.DopoBattery:
    pump, kappa, gamma_p, off = values
    battery = qb.DopoBattery(pump, kappa=kappa, gamma_p=gamma_p)
    return battery if np.isinf(off) else battery.switched_off(off)


def _curves(run: xr.Dataset | Mapping[str, Array], times: Array) -> Result:
    found: Result = {"times": numbers(times)}
    for ours, name in QUANTITIES.items():
        errors = [np.asarray(run[name + suffix]) for suffix in KNOWN_ERRORS if name + suffix in run]
        error = np.asarray(run[name + "_stderr"]) if name + "_stderr" in run else np.zeros(len(times))
        known = np.sum(errors, axis=0) if errors else np.zeros(len(times))
        found[ours] = {"value": numbers(run[name]), "error": numbers(error, 3), "known": numbers(known, 3)}
    return found


def settled(
    until: float,
    pump: float,
    kappa: float,
    gamma_p: float = 16.0,
    step: float = 0.005,
    trajectories: int = 20_000,
    seed: int = 1,
) -> Task:
    """Task: positive-P from vacuum with steps of its own, saved thrice within the last 2/γ_s before `until`.

    `limits.settled` is the steady state by the master equation.
    At large photon numbers W^c_ss is a small part of W_ss, and the usual step is too long for it.
    Result: as of `exact`, with standard errors.
    """
    return Task.of(
        settle,
        4e-9 * trajectories * until / step,
        until=float(until),
        battery=(float(pump), float(kappa), float(gamma_p), np.inf),
        step=float(step),
        trajectories=trajectories,
        seed=seed,
    )


def settle(until: float, battery: tuple[float, ...], step: float, trajectories: int, seed: int) -> Result:
    """What the task `settled` does."""
    rng = np.random.SeedSequence([seed, crc32(repr(battery).encode())])
    method = qb.PositiveP(trajectories, step=step, rng=rng)
    times = np.linspace(until - 2, until, 3)
    return _curves(qb.simulate(_battery(battery), times, method), times)


def eliminated(ratios: tuple[float, ...], noise: float, gamma_p: float = 16.0) -> Task:
    """Task: the closed form of the steady state without the pump mode, over λ = F_p/F_th at one g².

    Result: `ratios`, and for each of QUANTITIES `value` and `known` (what elimination and fits may cost), (R,).
    """
    return Task.of(eliminate, 0.1 * len(ratios), ratios=ratios, noise=float(noise), gamma_p=float(gamma_p))


def eliminate(ratios: tuple[float, ...], noise: float, gamma_p: float) -> Result:
    """What the task `eliminated` does."""
    parts = []
    for ratio in ratios:
        pump, kappa = amplitudes(ratio, noise, gamma_p)
        battery = qb.DopoBattery(pump, kappa=kappa, gamma_p=gamma_p)
        parts.append(_curves(qb.simulate(battery, [1.0], qb.EliminatedSteadyState()), np.ones(1)))
    joined = {name: {key: [part[name][key][0] for part in parts] for key in ("value", "known")} for name in QUANTITIES}
    return {"ratios": list(ratios)} | joined

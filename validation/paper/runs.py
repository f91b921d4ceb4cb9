"""The runs that the figures and the statements are made of: exact ones, trajectories, and loads; all of them tasks."""

from typing import Any
from zlib import crc32

import numpy as np
import xarray as xr
from numpy.typing import NDArray

import phasespace_qb as qb
from phasespace_qb.states.branches import TwoBranchState
from phasespace_qb.work.extraction import extractable_work
from validation.evidence import KNOWN_ERRORS
from validation.paper.computing import Result, Task

Array = NDArray[np.float64]
Cutoffs = tuple[int, int]
TOLERANCE = 1e-7
"""Of the propagation; four orders below the last digit of the paper."""
QUANTITIES = {
    "energy": "energy",
    "work": "ergotropy",
    "coherent": "ergotropy_coherent",
    "incoherent": "ergotropy_incoherent",
}
"""Names of ours, and of the variables of a result."""


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

    Result: `times`, and for each of QUANTITIES `value`, `error` (zeros) and `known` (the cutoff error), all (saves,);
    `maximum_power` and `maximum_power_time`, of P = W/t over the saved times.
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
    `coherent` and `incoherent` of the two-branch Gaussian of the sampled moments, (saves,) each, without errors; and
    `verdict`, `reasons`, `step`, `maximum_power_error`, `maximum_power_time_error` beside the two numbers.
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
    run = qb.simulate(_battery(battery), np.linspace(*grid), qb.Lindblad(cutoffs, tolerance=TOLERANCE))
    return _curves(run)


def sample(grid: tuple[float, float, int], battery: tuple[float, ...], trajectories: int, seed: int) -> Result:
    """What the task `sampled` does."""
    rng = np.random.SeedSequence([seed, crc32(repr(battery).encode())])
    run = qb.simulate(_battery(battery), np.linspace(*grid), qb.PositiveP(trajectories, rng=rng))
    mode = run.attrs["storage_mode"]
    moments = [run[name].sel(mode=mode).values for name in ("photon_number", "pair_amplitude", "pair_number")]
    work = extractable_work(TwoBranchState.from_moments(*moments))
    return _curves(run) | {
        "branches": {
            "work": numbers(work.ergotropy),
            "coherent": numbers(work.coherent),
            "incoherent": numbers(work.incoherent),
        },
        "maximum_power_error": float(run.maximum_power_stderr),
        "maximum_power_time_error": float(run.maximum_power_time_stderr),
        "step": float(run.attrs["step"]),
    }


def numbers(values: Any, digits: int = 7) -> list[float]:
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


def _curves(run: xr.Dataset) -> Result:
    found: Result = {"times": numbers(run.time.values)}
    for ours, name in QUANTITIES.items():
        errors = [run[name + suffix].values for suffix in KNOWN_ERRORS if name + suffix in run]
        error = run[name + "_stderr"].values if name + "_stderr" in run else np.zeros(run.time.size)
        known = np.sum(errors, axis=0) if errors else np.zeros(run.time.size)
        found[ours] = {"value": numbers(run[name].values), "error": numbers(error, 3), "known": numbers(known, 3)}
    for name in ("maximum_power", "maximum_power_time"):
        found[name] = float(run[name]) if name in run else float("nan")
    return found | {"verdict": run.attrs["verdict"], "reasons": run.attrs["verdict_reasons"]}


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
    return _curves(qb.simulate(_battery(battery), np.linspace(until - 2, until, 3), method))


def eliminated(ratios: tuple[float, ...], noise: float, gamma_p: float = 16.0) -> Task:
    """Task: the closed form of the steady state without the pump mode, over λ = F_p/F_th at one g².

    Result: `ratios`, and for each of QUANTITIES `value` and `known` (what elimination and fits may cost), (R,).
    """
    return Task.of(eliminate, 0.1 * len(ratios), ratios=ratios, noise=float(noise), gamma_p=float(gamma_p))


def eliminate(ratios: tuple[float, ...], noise: float, gamma_p: float) -> Result:
    """What the task `eliminated` does."""
    kappa = np.sqrt(noise * gamma_p / 2)
    parts = []
    for ratio in ratios:
        battery = qb.DopoBattery(ratio * np.sqrt(gamma_p) / (4 * kappa), kappa=kappa, gamma_p=gamma_p)
        parts.append(_curves(qb.simulate(battery, [1.0], qb.EliminatedSteadyState())))
    joined = {name: {key: [part[name][key][0] for part in parts] for key in ("value", "known")} for name in QUANTITIES}
    return {"ratios": list(ratios), "verdicts": [part["verdict"] for part in parts]} | joined

"""Loads on batteries at many instants: what they gain at some couplings, and at most if losses have no time to act."""

from dataclasses import dataclass
from zlib import crc32

import numpy as np
import xarray as xr
from numpy.typing import NDArray

import phasespace_qb as qb
from phasespace_qb.discharging.disconnection import disconnected
from validation.paper.computing import Result, Task
from validation.paper.limits import name_of
from validation.paper.runs import TOLERANCE, Cutoffs, amplitudes, numbers
from validation.paper.statements.decay_cases import GAMMA_P
from validation.references import charging_limit, strong_load

Array = NDArray[np.float64]
KEPT = 2_000
"""Points in phase space that a result keeps at each of a few times."""


@dataclass(frozen=True)
class Battery:
    """λ = ratio and g² = noise."""

    ratio: float
    noise: float

    @property
    def name(self) -> str:
        """In words."""
        return f"λ = {self.ratio:g}, g² = {name_of(self.noise)}"

    @property
    def declared(self) -> qb.DopoBattery:
        """With κ = √(g²γ_sγ_p/2) and F_p = λγ_s√γ_p/(4κ)."""
        pump, kappa = amplitudes(self.ratio, self.noise, GAMMA_P)
        return qb.DopoBattery(pump, kappa=kappa, gamma_p=GAMMA_P)

    def growth(self, time: float) -> float:
        """y = λg²e^((λ−1)γ_s t)/4(λ−1)², less what the pump mode takes to fill."""
        return float(charging_limit.growth(time, self.ratio, self.noise, 1 / GAMMA_P))

    def time_of(self, y: float) -> float:
        """When y is reached, in 1/γ_s."""
        return round(charging_limit.time_of(y, self.ratio, self.noise, 1 / GAMMA_P), 6)


PAPER = Battery(1.5, 1 / 32)
INSTANTS = (3.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0, 30.0, 40.0)
"""γ_s t₀ at which the load is connected."""
CHARGED, STEADY = 10.0, 40.0
"""The paper's γ_s t₀, and one in the steady state."""
GROWTHS = (0.5, 1.0, 2.0, 5.0, 20.0, 200.0, 1e7)
"""y = λg²e^((λ−1)γ_s t)/4(λ−1)² at which batteries of all sizes are compared."""


def at(result: Result, name: str, instant: float) -> float:
    """A value of a result at one of its instants."""
    return float(result[name][result["instants"].index(instant)])


def maximum(result: Result, instant: float, coupling: float) -> float:
    """Largest η_a at one of its couplings."""
    return float(result["maxima"][f"{instant:g}"]["value"][result["couplings"].index(coupling)])


def solved(
    battery: Battery,
    cutoffs: Cutoffs,
    instants: tuple[float, ...],
    loaded: tuple[float, ...],
    couplings: tuple[float, ...],
) -> Task:
    """Task: charged by the master equation and connected to a load at each of `instants`.

    Result: `instants`; `work`, `energy`, `variance` of n, `limit` (η_∞), `shifted` (η_∞ if |n⟩ had the Rabi frequency
    of |n+1⟩), `slope` (c of η_∞ − c/g_a) and `slope_of_battery` (c without the load's loss), with `limit_error` and
    `limit_known`, lists over instants; and
    `maxima` by instant of `loaded`: largest η_a over `couplings`, with `error` and `known`.  γ_s' = γ_a = γ_s.
    """
    seconds = 2e-7 * (cutoffs[0] * cutoffs[1]) ** 2 * instants[-1] + 0.3 * len(loaded) * len(couplings)
    return Task.of(
        connect_exactly,
        seconds,
        battery=(battery.ratio, battery.noise),
        cutoffs=cutoffs,
        instants=instants,
        loaded=loaded,
        couplings=couplings,
    )


def connect_exactly(
    battery: tuple[float, float],
    cutoffs: Cutoffs,
    instants: tuple[float, ...],
    loaded: tuple[float, ...],
    couplings: tuple[float, ...],
) -> Result:
    """What the task `solved` does."""
    times = [0.0, *instants]
    return _read(
        qb.simulate(Battery(*battery).declared, times, qb.Lindblad(cutoffs, tolerance=TOLERANCE)), loaded, couplings
    )


def sampled(
    battery: Battery,
    trajectories: int,
    instants: tuple[float, ...],
    loaded: tuple[float, ...] = (),
    couplings: tuple[float, ...] = (),
    seed: int = 1,
) -> Task:
    """Task: the same by positive-P, which samples p_n."""
    seconds = 1e-4 * trajectories * instants[-1] / 40 + 0.5 * len(loaded) * len(couplings)
    return Task.of(
        connect_samples,
        seconds,
        battery=(battery.ratio, battery.noise),
        trajectories=trajectories,
        instants=instants,
        loaded=loaded,
        couplings=couplings,
        seed=seed,
    )


def connect_samples(
    battery: tuple[float, float],
    trajectories: int,
    instants: tuple[float, ...],
    loaded: tuple[float, ...],
    couplings: tuple[float, ...],
    seed: int,
) -> Result:
    """What the task `sampled` does."""
    method = qb.PositiveP(trajectories, rng=_random(battery, seed))
    return _read(qb.simulate(Battery(*battery).declared, [0.0, *instants], method), loaded, couplings)


def _random(battery: tuple[float, float], seed: int) -> np.random.SeedSequence:
    """Other batteries have other random numbers."""
    return np.random.SeedSequence([seed, crc32(repr(battery).encode())])


def _read(run: xr.Dataset, loaded: tuple[float, ...], couplings: tuple[float, ...]) -> Result:
    instants = [float(time) for time in run.time.values[1:]]
    names = (
        "work",
        "energy",
        "variance",
        "limit",
        "limit_error",
        "limit_known",
        "shifted",
        "slope",
        "slope_of_battery",
    )
    found: dict[str, list[float]] = {name: [] for name in names}
    for instant in instants:
        connected = disconnected(run, instant)
        p, n = connected.numbers, np.arange(len(connected.numbers))
        best = strong_load.limit(p)
        inverted = best.height > 0
        weights = np.sin(np.sqrt(n) * best.angle / 2) ** 2 if inverted else np.zeros(len(p))
        errors = connected.errors_of(weights[None])
        sampling = 2 * float(errors.pop("_stderr", np.zeros(1))[0])
        moment = run.sel(time=instant)
        row = (
            float(moment.ergotropy),
            float(moment.energy),
            float(p @ n**2 - (p @ n) ** 2),
            best.height,
            sampling,
            2 * sum(float(size[0]) for size in errors.values()),
            strong_load.limit_of_amplitudes(np.sqrt(n + 1), p).height,
            strong_load.first_loss(p, best.angle) if inverted else 0.0,
            strong_load.first_loss(p, best.angle, gamma_a=0.0) if inverted else 0.0,
        )
        for name, value in zip(names, row, strict=True):
            found[name].append(value)
    result: Result = {name: numbers(values) for name, values in found.items()}
    maxima = {f"{instant:g}": _maxima(run, instant, couplings) for instant in loaded}
    return result | {"instants": instants, "couplings": list(couplings), "maxima": maxima, "verdict": run.verdict}


def _maxima(run: xr.Dataset, instant: float, couplings: tuple[float, ...]) -> Result:
    name = "load_ergotropy_maximum"
    found: dict[str, list[float]] = {"value": [], "error": [], "known": []}
    for coupling in couplings:
        load = qb.discharge(run, at=instant, coupling=coupling)
        suffixes = [suffix for suffix in ("_step_error", "_cutoff_error", "_estimator_error") if name + suffix in load]
        found["value"].append(float(load[name]))
        found["error"].append(float(load[name + "_stderr"]) if name + "_stderr" in load else 0.0)
        found["known"].append(sum(float(load[name + suffix]) for suffix in suffixes))
    return {key: numbers(values) for key, values in found.items()}


def points(battery: Battery, instants: tuple[float, ...], seeds: int = 4) -> Task:
    """Task: η_∞ from points of the positive-P function at up to 7 instants, for photon numbers beyond any p_n.

    ⟨cos(φ√n)⟩ of the Poisson distribution of mean m = αα⁺ is e^(−φ²/8)cos(φ√m) but for terms of order φ²/8.
    Result: `instants`, `limit`, `limit_error`, `limit_known` and `energy`.
    """
    seconds = 1.5e-4 * KEPT * seeds * instants[-1] / 40
    return Task.of(connect_points, seconds, battery=(battery.ratio, battery.noise), instants=instants, seeds=seeds)


def connect_points(battery: tuple[float, float], instants: tuple[float, ...], seeds: int) -> Result:
    """What the task `points` does."""
    kept = []
    for seed in range(1, seeds + 1):
        method = qb.PositiveP(KEPT, rng=_random(battery, seed))
        run = qb.simulate(Battery(*battery).declared, [0.0, *instants], method)
        kept.append(run.portrait_samples.sel(portrait_time=list(instants)).values)
    products = np.concatenate(kept, axis=1).prod(axis=-1)
    found: dict[str, list[float]] = {"limit": [], "limit_error": [], "limit_known": [], "energy": []}
    for m in products:
        roots = np.sign(m) * np.sqrt(np.abs(m))
        best = strong_load.limit_of_amplitudes(roots, np.full(len(m), 1 / len(m)))
        angle = best.angle if best.height > 0 else 0.0
        inverted = np.where(roots < 0, np.cosh(angle * np.minimum(roots, 0)), np.cos(angle * roots))
        found["limit"].append(best.height * float(np.exp(-(angle**2) / 8)))
        found["limit_error"].append(float(inverted.std() / np.sqrt(len(m))))
        found["limit_known"].append(angle**2 / 8)
        found["energy"].append(float(m.mean()))
    return {name: numbers(values) for name, values in found.items()} | {"instants": list(instants)}


def universal(growths: tuple[float, ...]) -> Task:
    """Task: η_∞ and c√n_ss/γ_a for g² → 0 at each y of `growths`.  Result: `y`, `limit`, `loss`."""
    return Task.of(solve_universally, 0.1 * len(growths), growths=growths)


def solve_universally(growths: tuple[float, ...]) -> Result:
    """What the task `universal` does."""
    found = [strong_load.universal(y) for y in growths]
    limits, losses = zip(*found, strict=True)
    return {"y": list(growths), "limit": numbers(limits), "loss": numbers(losses)}

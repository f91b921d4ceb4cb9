"""The steady state against F_p by every route: what Figs. 3 and 7 are made of."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from validation.evidence import Comparison, compare
from validation.paper.choices import (
    READINGS,
    Charged,
    CutoffsAt,
    at_time,
    charging,
    converged,
    estimates,
    two_branches,
    with_error,
)
from validation.paper.computing import Result, Results, Task
from validation.paper.limits import (
    FOREVER,
    GAMMA_P,
    NOISE,
    STEADY_DIGITS,
    THRESHOLD,
    eliminated,
    one_mode,
    quieter,
    settled,
)
from validation.paper.propagation import compare_runs
from validation.paper.runs import QUANTITIES, TOLERANCE, UNCERTAIN, curve, exact, rounding, sampled

Array = NDArray[np.float64]
WHEN = {"read at γ_s t = 40": 40.0, "of the steady state itself": FOREVER}
"""What may be meant by W_ss, and γ_s t."""
NOISES = (1e-2, 1e-3)
"""g² at which a number is asked for again; 0.03 in the paper.  A quick audit asks at the first one."""
PLANTED = 0.02
"""Share by which F_p is wrong in the control of a comparison."""


def trajectories(quick: bool) -> int:
    """How many there are of each sampled run."""
    return 20_000 if quick else 100_000


def noises(quick: bool) -> tuple[float, ...]:
    """Those of NOISES at which an audit asks."""
    return NOISES[:1] if quick else NOISES


def by_samples(pump: float, *, quick: bool) -> Task:
    """Charging by positive-P at the paper's κ and γ_p."""
    return sampled(pump=pump, trajectories=trajectories(quick))


def tasks_at(pumps: Iterable[float], *, quick: bool) -> list[Task]:
    """Everything that `Routes` has at these F_p."""
    found: list[Task] = []
    for pump in pumps:
        for cutoffs in (*(reading.cutoffs() for reading in READINGS), converged(pump, quick=quick)):
            found += [exact(cutoffs, pump=pump)] + ([] if quick else [settled(cutoffs, pump)])
        ratio = pump / THRESHOLD
        found += [by_samples(pump, quick=quick), eliminated(ratio), one_mode(ratio)]
        found += [quieter(ratio, noise, quick=quick) for noise in noises(quick)]
        found += [eliminated(ratio, noise) for noise in noises(quick)]
    return found


@dataclass(frozen=True)
class Routes:
    """The run at an F_p by each route.  has_settled: whether exact ones have their steady states too."""

    results: Results
    quick: bool
    has_settled: bool = False

    @property
    def exact(self) -> Callable[[CutoffsAt], Charged]:
        """The master equation at given cutoffs, with its steady state if that is there."""
        if not self.has_settled:
            return charging(self.results)
        return lambda at: lambda F: _joined(self.results[exact(at(F), pump=F)], self.results[settled(at(F), F)])

    @property
    def converged(self) -> Charged:
        """The master equation at cutoffs that are high enough."""
        return self.exact(partial(converged, quick=self.quick))

    def positive_p(self, pump: float) -> Result:
        """Trajectories."""
        return self.results[by_samples(pump, quick=self.quick)]

    def branches(self, pump: float) -> Result:
        """The two-branch Gaussian of their moments."""
        return two_branches(self.positive_p(pump))

    def closed_form(self, pump: float, noise: float = NOISE) -> Result:
        """The steady state for γ_p → ∞ at the same λ."""
        return self.results[eliminated(pump / THRESHOLD, noise)]

    def alone(self, pump: float) -> Result:
        """The steady state for γ_p → ∞ by the master equation of the signal alone."""
        return self.results[one_mode(pump / THRESHOLD)]

    def quieter(self, noise: float) -> Charged:
        """Trajectories at the same λ and another g², at the last time."""
        return lambda pump: last_of(self.results[quieter(pump / THRESHOLD, noise, quick=self.quick)])


def at_other_noise(routes: Routes, choice: Callable[[Charged], tuple[float, ...]]) -> list[str]:
    """The numbers of a choice by positive-P at the same λ and each of `noises`, in words; one entry for each number."""
    found = [(noise, estimates(choice, routes.quieter(noise))) for noise in noises(routes.quick)]
    many = len(found[0][1])
    return ["; ".join(f"{with_error(each[k])} at g² = {noise:g}" for noise, each in found) for k in range(many)]


def last_of(run: Result) -> Result:
    """A run at its last time alone."""
    last = {"times": run["times"][-1:]}
    return last | {name: {part: run[name][part][-1:] for part in run[name]} for name in QUANTITIES if name in run}


def _joined(early: Result, last: Result) -> Result:
    joined = {"times": early["times"] + last["times"]}
    for name, parts in early.items():
        if isinstance(parts, dict) and name in last:
            joined[name] = {part: parts[part] + last[name][part] for part in parts}
    return early | joined


def values(charged: Charged, pumps: Iterable[float], name: str, time: float = 40.0) -> Array:
    """One of QUANTITIES at one time against F_p, (K,)."""
    return np.array([at_time(charged(pump), name, time) for pump in pumps])


def uncertainties(charged: Charged, pumps: Iterable[float], name: str) -> tuple[Array, Array]:
    """Its standard errors and known bounds at γ_s t = 40, each (K,)."""
    rows = []
    for pump in pumps:
        times, _, errors, known = curve(charged(pump), name)
        last = np.abs(times - 40.0).argmin()
        rows.append((errors[last], known[last]))
    errors, bounds = np.array(rows).T
    return errors, bounds


def compare_over_time(
    routes: Routes, pumps: Iterable[float], name: str, symbol: str, planted: Charged
) -> list[Comparison]:
    """Positive-P against the converged master equation, at every saved time of each F_p.

    planted: the master equation with the error of the control.
    """
    return [
        comparison
        for pump in pumps
        for comparison in compare_runs(
            f"{symbol}(t), F_p = {pump:g}", routes.positive_p(pump), routes.converged(pump), planted(pump), name
        )
    ]


def compare_steady(routes: Routes, pumps: Iterable[float], name: str, symbol: str) -> list[Comparison]:
    """At every F_p: positive-P against the master equation, and for γ_p → ∞ the closed form against that."""
    pumps = sorted(pumps)
    expected = values(routes.converged, pumps, name)
    errors, known = uncertainties(routes.positive_p, pumps, name)
    _, bounds = uncertainties(routes.converged, pumps, name)
    found = list(
        compare(
            f"{symbol} at γ_s t = 40, positive-P against the master equation",
            values(routes.positive_p, pumps, name),
            expected,
            error=errors,
            known=known + bounds + UNCERTAIN * expected,
            wrong=_with_another_pump(pumps, expected),
            unit="ħω_s",
            axis=pumps,
            axis_name="F_p (√γ_s)",
        )
    )
    alone = values(routes.alone, pumps, name)
    _, bounds = uncertainties(routes.alone, pumps, name)
    found += compare(
        f"{symbol} for γ_p → ∞, closed form against the master equation of the signal alone",
        values(routes.closed_form, pumps, name),
        alone,
        known=bounds + (TOLERANCE + rounding(STEADY_DIGITS)) * alone,
        wrong=_with_another_pump(pumps, alone),
        unit="ħω_s",
        axis=pumps,
        axis_name="F_p (√γ_s)",
    )
    return found


def _with_another_pump(pumps: list[float], expected: Array) -> Array:
    """What a larger F_p makes of a curve, to first order."""
    return np.asarray(expected + PLANTED * np.array(pumps) * np.gradient(expected, pumps))


def planted_tasks(pumps: Iterable[float], *, quick: bool) -> list[Task]:
    """Runs of `planted`."""
    return [_planted(pump, quick) for pump in pumps]


def planted(results: Results, *, quick: bool) -> Charged:
    """The master equation with an F_p that is too large by PLANTED."""
    return lambda pump: results[_planted(pump, quick)]


def _planted(pump: float, quick: bool) -> Task:
    return exact(converged(pump, quick=quick), saves=201, pump=round(pump * (1 + PLANTED), 6))


SLOWNESS_AT = 2.5
"""F_p where the approach to γ_p → ∞ is followed."""


def slow_pump(gamma_p: float, *, quick: bool) -> Task:
    """The steady state of the master equation at the paper's g² and at λ of SLOWNESS_AT, with another γ_p."""
    signals, pumps = converged(SLOWNESS_AT, quick=quick)
    # F_th = γ_s√γ_p/(4κ) does not change with γ_p at fixed g²; there are fewer pump photons, 1/(2g²γ_p).
    kappa = sqrt(NOISE * gamma_p / 2)
    return settled((signals, pumps if gamma_p == GAMMA_P else pumps - 2), SLOWNESS_AT, kappa, gamma_p)

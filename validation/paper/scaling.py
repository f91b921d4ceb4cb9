"""The paper's oscillator at another noise parameter: which run, and where a sampled curve is largest."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.charging.optimum import optimum
from validation.paper.computing import Result, Task
from validation.paper.intervals import reach
from validation.paper.runs import Cutoffs, amplitudes, curve, exact, sampled

Array = NDArray[np.float64]
PAPER_NOISE = 1 / 32
"""g² of the paper."""
PAPER_THRESHOLD = 2.0
"""F_th of the paper in √γ_s."""
RATIOS = tuple(k / 8 for k in range(2, 33))
"""λ of closed forms of the steady state."""


@dataclass(frozen=True)
class Point:
    """λ = F_p/F_th, g² and γ_p/γ_s."""

    ratio: float
    noise: float
    gamma_p: float = 16.0

    @property
    def kappa(self) -> float:
        """κ = √(g²γ_sγ_p/2), in γ_s."""
        return round(amplitudes(self.ratio, self.noise, self.gamma_p)[1], 12)

    @property
    def pump(self) -> float:
        """F_p = λγ_s√γ_p/(4κ), in √γ_s."""
        return round(float(self.ratio * np.sqrt(self.gamma_p) / (4 * self.kappa)), 12)

    @property
    def delay(self) -> float:
        """γ_s/γ_p."""
        return 1 / self.gamma_p

    @property
    def is_papers(self) -> bool:
        """Whether κ and γ_p are those of the paper."""
        return self.noise == PAPER_NOISE and self.gamma_p == 16.0

    def sampled(self, until: float, saves: int, since: float = 0.0, trajectories: int = 20_000) -> Task:
        """Positive-P."""
        return sampled(
            until, saves, pump=self.pump, kappa=self.kappa, gamma_p=self.gamma_p, since=since, trajectories=trajectories
        )

    def exact(self, cutoffs: Cutoffs, until: float, saves: int) -> Task:
        """The master equation."""
        return exact(cutoffs, until, saves, pump=self.pump, kappa=self.kappa, gamma_p=self.gamma_p)


class Top(NamedTuple):
    """Where a curve is largest: standard error and known bound of that, the value with its own; NaN if there is none.

    place: "inside", or why there is no top: "first", "last", "flat" or "unknown".
    """

    time: float
    error: float
    known: float
    value: float
    value_error: float
    value_known: float
    place: str

    @property
    def exists(self) -> bool:
        """Whether the curve has a top inside of its times."""
        return self.place == "inside"

    @property
    def reach(self) -> float:
        """Half of the 95 % interval, and what is known to be off."""
        return reach(self.error, self.known)

    def written(self, digits: int = 2) -> str:
        """Time and error, or why there is none."""
        if not self.exists:
            return {"last": "none: it still rises", "flat": "none: flat within errors"}.get(self.place, "not known")
        return f"{self.time:.{digits}f} ± {self.reach:.{digits}f}"


def top_of(result: Result, name: str, *, alone: bool = False) -> Top:
    """Top of one of QUANTITIES, or of `power`, W/t.

    alone: without the known bounds, for a truncated model that is looked at for its own sake.  The power, too, has the
    top of a fit: the largest of many scattered values is further off than groups of trajectories can tell.
    """
    times, values, error, known = curve(result, "work" if name == "power" else name)
    if alone:
        known = np.zeros_like(known)
    if name != "power":
        return top(times, values, error, known)
    kept = times > 0
    times, values, error, known = (each[kept] for each in (times, values, error, known))
    return top(times, values / times, error / times, known / times)


def top(times: Array, values: Array, error: Array, known: Array) -> Top:
    """Top of a curve with standard errors and known bounds, all (N,)."""
    found = optimum(times, values, {"_stderr": error, "_estimator_error": known})
    return Top(
        found.position,
        found.position_errors["_stderr"],
        found.position_errors["_estimator_error"],
        found.value,
        found.value_errors["_stderr"],
        found.value_errors["_estimator_error"],
        found.place.name.lower(),
    )


def late(result: Result, name: str, share: float = 0.25) -> tuple[float, float, float]:
    """Mean of a quantity over the last share of its times, its standard error and known bound.

    The error is the mean of the errors: values of one run at neighbouring times are not independent.
    """
    times, values, error, known = curve(result, name)
    last = times >= times[-1] - share * (times[-1] - times[0])
    return float(values[last].mean()), float(error[last].mean()), float(known[last].mean())

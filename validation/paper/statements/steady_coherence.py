"""The steady coherent work of two branches, in closed form, and numbers with errors."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import phasespace_qb as qb
from phasespace_qb.lindblad.run import Start, propagate
from phasespace_qb.states.density_matrix import DensityMatrix
from phasespace_qb.work.extraction import extractable_work
from validation.paper.computing import Result, Task
from validation.paper.fits import line
from validation.paper.intervals import reach, reach_of_fit
from validation.paper.limits import number_variance
from validation.paper.printed import CLAIMS
from validation.paper.runs import Cutoffs
from validation.paper.runs import numbers as recorded
from validation.paper.scaling import Point

Array = NDArray[np.float64]


class Steady(NamedTuple):
    """A steady value, its standard error and its known bound."""

    value: float
    error: float
    known: float

    @property
    def reach(self) -> float:
        """Half of the 95 % interval, and what is known to be off."""
        return reach(self.error, self.known)

    def written(self, digits: int = 2) -> str:
        """Value and error."""
        return f"{self.value:.{digits}f} ± {self.reach:.{digits}f}"


def steady_coherent(ratio: float, noise: float, delay: float) -> float:
    """W^c_ss above threshold for two separate Gaussian branches: √(8 Var n/π) − 2ν.

    The mean rank of a normal distribution of numbers is √(8 Var n/π) − ½, the passive energy 2(ν − ½) + ½ with
    ν = ½√(V_x V_p), V_x = 1 + 1/[2(λ−1)] + γ_s/γ_p, V_p = ½ + (λ−1)/[2λ(1 + 2γ_s/γ_p)].
    delay: γ_s/γ_p.
    """
    rate = ratio - 1
    stretched = 1 + 1 / (2 * rate) + delay
    squeezed = 0.5 + rate / (2 * ratio * (1 + 2 * delay))
    return float(np.sqrt(8 / np.pi * number_variance(ratio, noise, delay)) - np.sqrt(stretched * squeezed))


def fitted_powers(points: dict[Point, Steady], numbers: dict[Point, Steady]) -> dict[float, tuple[float, float]]:
    """By λ: power of n̄ that W^c_ss goes with, below g² = 1/10, and half of its 95 % interval."""
    found = {}
    for ratio in sorted({point.ratio for point in points}):
        kept = [point for point in points if point.ratio == ratio and point.noise < 0.1]
        fitted = line([np.log(numbers[each].value) for each in kept], [np.log(points[each].value) for each in kept])
        found[ratio] = (fitted.slope, reach_of_fit(fitted.slope_stderr, len(kept)))
    return found


def last_powers(points: dict[Point, Steady], numbers: dict[Point, Steady]) -> list[float]:
    """The same between the two smallest g² alone, at each λ: nearest to the limit g² → 0."""
    found = []
    for ratio in sorted({point.ratio for point in points}):
        small, large = sorted((point for point in points if point.ratio == ratio), key=lambda point: point.noise)[:2]
        rise, more = (np.log(each[small].value / each[large].value) for each in (points, numbers))
        found.append(float(rise / more))
    return found


def papers_fit(pumps: Array) -> Array:
    """The paper's Eq. (18)."""
    height, steepness, middle = (CLAIMS[key].value for key in ("height", "steepness", "middle"))
    return np.asarray(height / (1 + np.exp(-steepness * (pumps - middle))))


def truncated(cutoffs: Cutoffs, pumps: tuple[float, ...], until: float = 40.0) -> Task:
    """Task: the master equation of so few levels, at the paper's κ and γ_p, at the end of the charging.

    A truncated model for its own sake: no companion tells what the cutoffs cost, which for these pumps is everything.
    Result: `pumps`, `work` and `coherent`, (P,).
    """
    return Task.of(solve_truncated, 1.0 * len(pumps), cutoffs=cutoffs, pumps=pumps, until=float(until))


def solve_truncated(cutoffs: Cutoffs, pumps: tuple[float, ...], until: float) -> Result:
    """What the task `truncated` does."""
    works = []
    for pump in pumps:
        system = qb.DopoBattery(pump, kappa=0.5, gamma_p=16.0).system()
        run = propagate(system, np.array([until]), cutoffs, 1e-6, Start(system.start_amplitudes))
        works.append(extractable_work(DensityMatrix(np.asarray(run.matrices[0], dtype=complex))))
    found = {"work": [work.ergotropy for work in works], "coherent": [work.coherent for work in works]}
    return {"pumps": list(pumps)} | {name: recorded(values) for name, values in found.items()}

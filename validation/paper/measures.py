"""Every number of the paper, at its cutoffs under each choice it leaves open, and at converged cutoffs."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import numpy as np

from validation.paper.printed import CLAIMS
from validation.paper.curves import OFF, STEP, Curve, Curves, Cutoffs
from validation.paper.fits import line, logistic
from validation.paper.rules import Measured


class Reading(NamedTuple):
    """What "cutoff N_s = 32, N_p = 9" means: so many number states, or the highest number state."""

    name: str
    beyond: int

    def cutoffs(self, signals: int, _: float) -> Cutoffs:
        """Number states of signal and pump, at any pump amplitude."""
        return signals + self.beyond, 9 + self.beyond


READINGS = (Reading("N = number of levels", 0), Reading("N = highest level", 1))
VANISHED = 1e-3
"""W^i, in ħω_s, below which it is not fitted: it reaches 0 at a finite time, and its logarithm diverges there."""

CutoffsAt = Callable[[float], Cutoffs]
Choices = Mapping[str, Callable[[CutoffsAt], tuple[float, ...]]]


def scan(curves: Curves, keys: tuple[str, ...], choices: Choices, signals: int = 32) -> dict[str, Measured]:
    """All `keys` under every reading and choice; the best choice is one for all keys together.

    choices: by name, functions of the cutoffs at a pump that give one number for each key.  signals: N_s.
    """
    found = {
        (reading, name): choice(partial(reading.cutoffs, signals))
        for name, choice in choices.items()
        for reading in READINGS
    }
    targets = [CLAIMS[key] for key in keys]

    def distance(values: tuple[float, ...]) -> float:
        return sum(abs(v - claim.value) / claim.margin for v, claim in zip(values, targets, strict=True))

    best = min(found, key=lambda which: distance(found[which]))
    converged = choices[best[1]](curves.converged)
    names = {which: "; ".join(part for part in (which[0].name, which[1]) if part) for which in found}
    return {
        key: Measured(
            found[best][index],
            min(values[index] for values in found.values()),
            max(values[index] for values in found.values()),
            converged[index],
            names[best],
            str(curves.converged(3.5 if key == "saturation" else 3.0)),
            {names[which]: values[index] for which, values in found.items()},
        )
        for index, key in enumerate(keys)
    }


def measure(curves: Curves) -> dict[str, Measured]:
    """Measured values of all claims, figure by figure."""
    found: dict[str, Measured] = {}
    for figure in (figure_2, figure_3, figure_4, figure_5, figure_6, figure_7, figure_8):
        found |= figure(curves)
    return found


def figure_2(curves: Curves) -> dict[str, Measured]:
    """Steady ergotropy at two cutoffs of the signal."""
    choices = {"": partial(steady_ergotropy, curves)}
    return scan(curves, ("W_32",), choices) | scan(curves, ("W_36",), choices, 36)


def steady_ergotropy(curves: Curves, at: CutoffsAt) -> tuple[float]:
    """W at F_p = 3 and γ_s t = 40."""
    return (curves.charging(3.0, at(3.0)).at("ergotropy", OFF),)


def figure_3(curves: Curves) -> dict[str, Measured]:
    """ln W_ss against F_p."""
    grids = {"F_p = 0.5 … 3 in 0.5": grid(0.5, 3.0, 0.5), "F_p = 1 … 3 in 0.5": grid(1.0, 3.0, 0.5)}
    if not curves.quick:
        grids["F_p = 1 … 3 in 0.1"] = grid(1.0, 3.0, 0.1)

    def fit(pumps: list[float], time: float, at: CutoffsAt) -> tuple[float, ...]:
        return line(pumps, np.log([curves.charging(F, at(F)).at("ergotropy", time) for F in pumps]))[:3]

    choices = {
        f"{name}, read at γ_s t = {time:g}": partial(fit, pumps, time)
        for name, pumps in grids.items()
        for time in sorted({OFF, curves.latest})
    }
    return scan(curves, ("W_slope", "W_intercept", "W_r"), choices)


def figure_4(curves: Curves) -> dict[str, Measured]:
    """When the incoherent part sets in, and when the coherent part is largest."""

    def times(at: CutoffsAt) -> tuple[float, ...]:
        curve = curves.charging(3.0, at(3.0))
        return onset(curve), float(curve.times[curve.coherent.argmax()])

    return scan(curves, ("onset", "coherent_peak"), {"": times})


def onset(curve: Curve) -> float:
    """Time after which W^i stays above 1 % of its last value."""
    below = np.flatnonzero(curve.incoherent < 0.01 * curve.incoherent[-1])
    return float(curve.times[below[-1] + 1]) if len(below) and below[-1] + 1 < len(curve.times) else float("nan")


def figure_5(curves: Curves) -> dict[str, Measured]:
    """Exponential fits to the self-discharge; windows begin and end where the paper does not say."""

    def fit(name: str, first: float, end: float, spacing: float, at: CutoffsAt) -> tuple[float, ...]:
        curve = curves.switched_off(at(3.0))
        stride, values = round(spacing / STEP), getattr(curve, name)
        inside = (curve.times >= OFF + first - STEP / 2) & (curve.times <= OFF + end + STEP / 2)
        if name == "incoherent":
            inside &= np.cumprod(values > VANISHED).astype(bool)
        kept = np.flatnonzero(inside)[::stride]
        return line(curve.times[kept], np.log(values[kept]))[:3]

    def windows(name: str, ends: Mapping[str, float]) -> Choices:
        return {
            f"γ_s t from {OFF + first:g} to {label} in {spacing:g}": partial(fit, name, first, end, spacing)
            for first in (0.0, 0.05, 0.1)
            for label, end in ends.items()
            for spacing in (0.05, 0.5)
        }

    ends = {f"{OFF + end:g}": end for end in (2.0, 2.4, 2.5, 2.55, 2.6)}
    coherent = scan(curves, ("c_slope", "c_intercept", "c_r"), windows("coherent", ends))
    ends = {f"{OFF + end:g}": end for end in (2.0, 2.2, 2.25, 2.3)} | {"the end of W^i": 6.0}
    return coherent | scan(curves, ("i_slope", "i_intercept", "i_r"), windows("incoherent", ends))


def figure_6(curves: Curves) -> dict[str, Measured]:
    """ln P_max against F_p, and when P is largest."""
    grids = {
        "F_p = 2.2 … 3 in 0.2": grid(2.2, 3.0, 0.2),
        "F_p = 2 … 3 in 0.2": grid(2.0, 3.0, 0.2),
        "F_p = 2 … 3 in 0.1": grid(2.0, 3.0, 0.1),
    }

    def fit(pumps: list[float], at: CutoffsAt) -> tuple[float, ...]:
        return line(pumps, np.log([curves.charging(F, at(F)).power.max() for F in pumps]))[:3]

    def peak(at: CutoffsAt) -> tuple[float, ...]:
        curve = curves.charging(3.0, at(3.0))
        return (float(curve.times[1:][curve.power.argmax()]),)

    choices = {name: partial(fit, pumps) for name, pumps in grids.items()}
    return scan(curves, ("P_slope", "P_intercept", "P_r"), choices) | scan(curves, ("power_peak",), {"": peak})


def figure_7(curves: Curves) -> dict[str, Measured]:
    """Eq. (18) for W^c_ss, where it rises fastest, and whether it saturates."""
    grids = {"F_p = 2 … 3 in 0.1": grid(2.0, 3.0, 0.1)}
    if not curves.quick:
        grids["F_p = 2 … 3.5 in 0.1"] = grid(2.0, 3.5, 0.1)

    def steady(pumps: list[float], time: float, at: CutoffsAt) -> list[float]:
        return [curves.charging(F, at(F)).at("coherent", time) for F in pumps]

    def fit(pumps: list[float], time: float, at: CutoffsAt) -> tuple[float, ...]:
        return logistic(pumps, steady(pumps, time, at))[:3]

    def steepest(at: CutoffsAt) -> tuple[float, ...]:
        pumps = next(iter(grids.values()))
        return (pumps[int(np.gradient(steady(pumps, OFF, at), pumps).argmax())],)

    choices = {
        f"{name}, read at γ_s t = {time:g}": partial(fit, pumps, time)
        for name, pumps in grids.items()
        for time in sorted({OFF, curves.latest})
    }
    return (
        scan(curves, ("height", "steepness", "middle"), choices)
        | scan(curves, ("steepest",), {"": steepest})
        | scan(curves, ("saturation",), {"": lambda at: (curves.charging(3.5, at(3.5)).at("coherent", OFF),)})
    )


def figure_8(curves: Curves) -> dict[str, Measured]:
    """Largest ergotropy of the load at the coupling where the paper sees it saturate, and at its strongest."""
    choices = {"": lambda at: (curves.load_maximum(10.0, at(3.0)), curves.load_maximum(17.0, at(3.0)))}
    return scan(curves, ("eta", "eta_strong"), choices)


def grid(first: float, last: float, step: float) -> list[float]:
    """Pump amplitudes, both ends included."""
    return [round(first + step * k, 6) for k in range(round((last - first) / step) + 1)]

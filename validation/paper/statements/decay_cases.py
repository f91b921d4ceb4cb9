"""Batteries that are charged and then left to themselves: which, how they are solved, and one without its pump mode."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import phasespace_qb as qb
from validation.paper.computing import Result, Task
from validation.paper.limits import name_of
from validation.paper.runs import Cutoffs, amplitudes, exact, numbers, sampled
from validation.references import self_discharge
from validation.references.charging_limit import time_of

GAMMA_P = 16.0
"""γ_p of all batteries here, in γ_s; that of the paper."""
STEADY = 1e7
"""y = λg²e^((λ−1)γ_s t)/4(λ−1)² at the switch, if that is later than γ_s t = 40: no trajectory is still on its way."""
SPACING, COARSE = 0.05, 0.1
"""Of the saved times, in 1/γ_s, and of those of batteries of more than QUIET photons, which take longer to empty."""
QUIET = 250
PAPER = (1.5, 1 / 32)
"""λ and g² of the paper's Fig. 5."""


@dataclass(frozen=True)
class Case:
    """A battery at λ = ratio and g² = noise, and the cutoffs at which it is solved exactly, if it is."""

    ratio: float
    noise: float
    cutoffs: Cutoffs | None = None

    @property
    def name(self) -> str:
        """λ and g² in words."""
        return f"λ = {self.ratio:g}, g² = {name_of(self.noise)}"

    @property
    def off(self) -> float:
        """γ_s t of the switch: 40 as in the paper, or later where the steady state takes longer."""
        return max(40.0, float(np.ceil(time_of(STEADY, self.ratio, self.noise, 1 / GAMMA_P))))

    def task(self, trajectories: int) -> Task:
        """From the switch until W^i has ended in the limit and 3/γ_s longer."""
        pump, kappa = (round(each, 12) for each in amplitudes(self.ratio, self.noise, GAMMA_P))
        ends = max(self_discharge.emptying(self.ratio, self.noise, 1 / GAMMA_P), 0.0) + 3.0
        spacing = SPACING if self.ratio - 1 < QUIET * self.noise else COARSE
        steps = round(np.ceil(ends / 0.5) * 0.5 / spacing)
        until, off = round(self.off + spacing * steps, 9), round(self.off, 9)
        shape = (until, steps + 1, pump, kappa, GAMMA_P, off, off)
        return sampled(*shape, trajectories) if self.cutoffs is None else exact(self.cutoffs, *shape)


def cases(*, quick: bool) -> list[Case]:
    """Solved exactly where photon numbers allow it, and by trajectories at all g²."""
    if quick:
        solved = [Case(*PAPER, (48, 11)), Case(1.5, 1 / 8, (28, 12))]
        return solved + [Case(1.5, g2) for g2 in (1 / 8, 1 / 32, 1e-2, 1e-4)] + [Case(1.25, 1e-2), Case(2.0, 1e-2)]
    solved = [
        Case(*PAPER, (56, 14)),
        Case(1.5, 1 / 8, (28, 12)),
        Case(1.25, 1 / 32, (48, 12)),
        Case(2.0, 1 / 8, (44, 14)),
    ]
    many = [Case(1.5, g2) for g2 in (1 / 8, 1 / 32, 1e-2, 1e-3, 1e-4)]
    return (
        solved + many + [Case(1.25, g2) for g2 in (1 / 32, 1e-2, 1e-4)] + [Case(2.0, g2) for g2 in (1 / 8, 1e-2, 1e-4)]
    )


def fade_without_pump_mode(ratio: float, noise: float, levels: int) -> Result:
    """The signal alone after the switch, by the master equation, by rates of its p_n, and with lost photons only.

    Result: `times` since the switch, `energy` and `incoherent` with `value`, `known`, `rates` and `thinned`, all (T,).
    """
    pump, kappa = amplitudes(ratio, noise, GAMMA_P)
    battery = qb.DopoBattery(pump, kappa=kappa, gamma_p=GAMMA_P)
    since = np.linspace(0.0, 5.0, 101)
    run = qb.simulate(battery.switched_off(40.0).eliminated(), np.append(0.0, 40 + since), qb.Lindblad((levels,)))
    first = run.number_distribution.values[1]
    fading = self_discharge.fading(first, since, noise)
    thinned = np.array([self_discharge.thinned(first, float(np.exp(-t))) for t in since])
    n = np.arange(levels)
    found: Result = {"times": numbers(since)}
    read_off: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
        "energy": lambda p: np.asarray(p @ n),
        "incoherent": self_discharge.incoherent,
    }
    for ours, name in (("energy", "energy"), ("incoherent", "ergotropy_incoherent")):
        known = run[name + "_cutoff_error"].values + run[name + "_step_error"].values
        found[ours] = {
            "value": numbers(run[name].values[1:], 10),
            "known": numbers(known[1:], 3),
            "rates": numbers(read_off[ours](fading), 10),
            "thinned": numbers(read_off[ours](thinned), 10),
        }
    return found

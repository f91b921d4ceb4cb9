"""The tools of the race, one a file, each with the equations as its user would type them, run in a process of its own.

A contestant is a module with NAME, HOW (to get it), `version()`, and one of
  `trajectories(work)` -> a function of a seed that integrates an ensemble and returns a `Sample`,
  `master_equation(work)` -> a function of no argument that returns the saved states of the first mode.
What is done before that function is returned, and its first call, count as start-up.

The two-mode positive-P equations, of the literature on the degenerate parametric oscillator, in Itô's sense:
ds = (−γ_s s/2 + κ u p) dt + √(κ p) dW₁,   du = (−γ_s u/2 + κ s q) dt + √(κ q) dW₂,
dp = (−γ_p p/2 − κ s²/2 + √γ_p F_p) dt,    dq = (−γ_p q/2 − κ u²/2 + √γ_p F_p) dt;   n̄ = ⟨u s⟩, all from vacuum.
Radicands do not depend on what they drive, so that the Stratonovich equations are the same.
The master equation: H = Δ s†s + (iκ/2 s†²p + iE p† + ε s† + h.c.) with E = √γ_p F_p, losses γ_s and γ_p.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GAMMA_S, GAMMA_P, PUMP = 1.0, 16.0, 3.0
MODULES = {
    "ours": "ours",
    "NumPy": "with_numpy",
    "sdeint": "with_sdeint",
    "XMDS2": "with_xmds2",
    "diffrax": "with_diffrax",
    "torchsde": "with_torchsde",
    "QuTiP": "with_qutip",
    "dynamiqs": "with_dynamiqs",
}
"""Names of the contestants, and their modules in this folder."""


@dataclass(frozen=True)
class Work:
    """An ensemble from vacuum: scheme (euler, heun, midpoint), how the tool is used, sizes; moments at `saves` times.

    `steps` is a multiple of `saves`; the vacuum at t = 0 is a further sample.
    """

    scheme: str
    arrangement: str
    count: int
    steps: int
    step: float
    saves: int = 100
    kappa: float = 0.5


@dataclass(frozen=True)
class Sample:
    """n̄ = ⟨u s⟩ at the end of an ensemble, and its standard error."""

    count: int
    mean: float
    error: float


@dataclass(frozen=True)
class MasterWork:
    """A master equation from vacuum; the first mode's density matrix is saved at t = 0 and `saves` times to `until`."""

    method: str
    cutoffs: tuple[int, int]
    until: float
    saves: int
    tolerance: float
    drive: float
    detuning: float = 0.0
    push: complex = 0.0
    kappa: float = 0.5

    @property
    def times(self) -> NDArray[np.float64]:
        """Saved instants, the first one included."""
        return np.linspace(0.0, self.until, self.saves + 1)


Ensemble = Callable[[int], Sample]
Solver = Callable[[], NDArray[np.complex128]]


def sample(numbers: NDArray[np.float64]) -> Sample:
    """Of the trajectories' Re(u s), (N,)."""
    error = float(numbers.std(ddof=1) / np.sqrt(len(numbers))) if len(numbers) > 1 else float("nan")
    return Sample(len(numbers), float(numbers.mean()), error)

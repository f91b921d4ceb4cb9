"""What an integration scheme is: how it steps, the calculus it solves, its orders, and the noise it accepts."""

from abc import ABC
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from phasespace_qb.phase_space.equations import Calculus, Equations


class Noise(Enum):
    """Distribution of the random numbers of a step, all with mean 0 and variance 1 but the last.

    GAUSSIAN numbers are normal.  FOUR_POINT agrees with them in its first five moments and needs three random bits; it
    converges in distribution only.  UNIFORM numbers in (0, 1) are for schemes that draw their own lots.
    Source: Kloeden and Platen, Numerical Solution of Stochastic Differential Equations (1992), Chap. 14.
    """

    GAUSSIAN = "gaussian"
    FOUR_POINT = "four-point"
    UNIFORM = "uniform"


@dataclass(frozen=True)
class Tableau:
    """An explicit Runge–Kutta tableau whose increments contain drift and noise of the whole step.

    k_s = A(Y_s, t + c_s h) h + B(Y_s, t + c_s h) ΔW,  Y_s = z + Σ_j a_sj k_j,  z ← z + Σ_s b_s k_s.
    An implicit scheme is a fixed number of iterations, written as stages.
    nodes: c_s.  stages: rows a_s, the first one empty.  weights: b_s.
    """

    nodes: tuple[float, ...]
    stages: tuple[tuple[float, ...], ...]
    weights: tuple[float, ...]


class Integrator(ABC):
    """A scheme is its declarations; the compiled kernel and the NumPy twin both read them.

    To add one: a file like `heun.py`, and its class in INTEGRATORS.
    """

    calculus: ClassVar[Calculus]
    strong_order: ClassVar[float | None]
    """Pathwise order for commutative noise; None if the scheme converges in distribution only."""
    weak_order: ClassVar[float]
    tableau: ClassVar[Tableau]
    noises: ClassVar[tuple[Noise, ...]] = (Noise.GAUSSIAN, Noise.FOUR_POINT)
    """What it accepts; the first is the default."""
    exact_linear: ClassVar[bool] = False
    """Whether the decay and rotation of each variable by itself is solved exactly, so that it does not limit steps."""
    bounded: ClassVar[bool] = False
    """Whether variables stay where their radicand is not negative: Euler's mean, two points, no overshoot."""

    def refuses(self, equations: Equations) -> str:
        """Why this scheme cannot solve `equations`, in words; empty if it can."""
        return ""

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

"""What an integration scheme is: a tableau, the calculus it solves, and its orders."""

from abc import ABC
from dataclasses import dataclass
from typing import ClassVar

from phasespace_qb.phase_space.equations import Calculus


@dataclass(frozen=True)
class Tableau:
    """An explicit Runge–Kutta tableau whose increments contain drift and noise of the whole step.

    k_s = A(Y_s, t + c_s h) h + B(Y_s, t + c_s h) ΔW,  Y_s = z + Σ_j a_sj k_j,  z ← z + Σ_s b_s k_s.
    nodes: c_s.  stages: rows a_s, the first one empty.  weights: b_s.
    """

    nodes: tuple[float, ...]
    stages: tuple[tuple[float, ...], ...]
    weights: tuple[float, ...]


class Integrator(ABC):
    """A scheme is its declarations; the compiled kernel and the NumPy twin both read the tableau."""

    calculus: ClassVar[Calculus]
    strong_order: ClassVar[float]
    """Pathwise order for commutative noise."""
    weak_order: ClassVar[float]
    tableau: ClassVar[Tableau]

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

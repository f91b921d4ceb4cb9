"""The equations for sdeint: one trajectory at a time, as its interface has it, or an ensemble as one large state."""

import warnings
from dataclasses import dataclass
from importlib.metadata import version as version_of
from typing import Any

import numpy as np
from numpy.typing import NDArray

from validation.benchmarks.contestants import GAMMA_P, GAMMA_S, PUMP, Ensemble, Sample, Work, sample

NAME, HOW = "sdeint", "pip install sdeint"
State = NDArray[np.complex128]


def version() -> str:
    """Of sdeint; raises ImportError without it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import sdeint  # noqa: F401
    return version_of("sdeint")


@dataclass(frozen=True)
class Diagonal:
    """The noise matrix of many trajectories, (4N, 2N), by its entries (2, N): sdeint asks of it no more than this."""

    entries: State
    ndim: int = 2

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return 2 * self.entries.size, self.entries.size

    def dot(self, dw: NDArray[np.float64]) -> State:
        """G dW."""
        out = np.zeros(2 * self.entries.size, dtype=complex)
        out[: self.entries.size] = (self.entries * dw.reshape(self.entries.shape)).ravel()
        return out

    def __add__(self, other: "Diagonal") -> "Diagonal":
        return Diagonal(self.entries + other.entries)

    def __rmul__(self, factor: float) -> "Diagonal":
        return Diagonal(factor * self.entries)


def trajectories(work: Work) -> Ensemble:
    """arrangement: "one at a time", or "stacked"; sdeint has no midpoint scheme and keeps the path at every step."""
    import sdeint

    solve = {"euler": sdeint.itoEuler, "heun": sdeint.stratHeun}[work.scheme]
    stacked = work.arrangement == "stacked"
    together = work.count if stacked else 1
    drive, kappa = np.sqrt(GAMMA_P) * PUMP, work.kappa

    def f(y: State, _: float) -> State:
        s, u, p, q = y.reshape(4, -1)
        return np.concatenate(
            [
                -GAMMA_S / 2 * s + kappa * u * p,
                -GAMMA_S / 2 * u + kappa * s * q,
                -GAMMA_P / 2 * p - kappa / 2 * s**2 + drive,
                -GAMMA_P / 2 * q - kappa / 2 * u**2 + drive,
            ]
        )

    def g(y: State, _: float) -> Any:
        if stacked:
            return Diagonal(np.sqrt(kappa * y.reshape(4, -1)[2:]))
        matrix = np.zeros((4, 2), dtype=complex)
        matrix[0, 0], matrix[1, 1] = np.sqrt(kappa * y[2]), np.sqrt(kappa * y[3])
        return matrix

    times = np.linspace(0.0, work.steps * work.step, work.steps + 1)

    def run(seed: int) -> Sample:
        generator = np.random.default_rng(seed)
        ends: list[NDArray[np.float64]] = []
        moments: list[State] = []
        for _ in range(work.count // together):
            # A complex start: sdeint drops the imaginary part of the drift for a real one.
            path = solve(f, g, np.zeros(4 * together, dtype=complex), times, generator=generator)
            s, u, p, _q = path[:: max(1, work.steps // work.saves)].reshape(-1, 4, together).swapaxes(0, 1)
            moments += [x.sum(axis=-1) for x in (s * u, s**2, p, (s * u) ** 2)]
            ends.append((s[-1] * u[-1]).real)
        return sample(np.concatenate(ends))

    return run

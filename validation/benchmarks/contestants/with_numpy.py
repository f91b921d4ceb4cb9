"""The equations in NumPy, in blocks that fit the cache."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from validation.benchmarks.contestants import GAMMA_P, GAMMA_S, PUMP, Ensemble, Sample, Work, sample

NAME, HOW = "NumPy", "pip install numpy"
BLOCK = 2048
State = NDArray[np.complex128]


def version() -> str:
    """Of NumPy."""
    return np.__version__


def drift(z: State, kappa: float) -> State:
    """f(z), (4, N) -> (4, N)."""
    s, u, p, q = z
    drive = np.sqrt(GAMMA_P) * PUMP
    return np.stack(
        [
            -GAMMA_S / 2 * s + kappa * u * p,
            -GAMMA_S / 2 * u + kappa * s * q,
            -GAMMA_P / 2 * p - kappa / 2 * s * s + drive,
            -GAMMA_P / 2 * q - kappa / 2 * u * u + drive,
        ]
    )


def advance(scheme: str, step: float, kappa: float) -> Callable[[State, NDArray[np.float64]], State]:
    """One step of a block on given Wiener increments (2, N)."""

    def increment(z: State, dw: NDArray[np.float64]) -> State:
        k = step * drift(z, kappa)
        k[:2] += np.sqrt(kappa * z[2:]) * dw
        return k

    def euler(z: State, dw: NDArray[np.float64]) -> State:
        return z + increment(z, dw)

    def heun(z: State, dw: NDArray[np.float64]) -> State:
        k = increment(z, dw)
        return z + 0.5 * (k + increment(z + k, dw))

    def midpoint(z: State, dw: NDArray[np.float64]) -> State:
        return z + increment(z + 0.5 * increment(z, dw), dw)

    return {"euler": euler, "heun": heun, "midpoint": midpoint}[scheme]


def trajectories(work: Work) -> Ensemble:
    """Blocks of at most 2048 trajectories, one after the other."""
    block = min(BLOCK, work.count)
    every = max(1, work.steps // work.saves)
    next_of = advance(work.scheme, work.step, work.kappa)

    def run(seed: int) -> Sample:
        generator = np.random.Generator(np.random.SFC64(seed))
        moments = np.zeros((work.steps // every, 4), dtype=complex)
        ends = []
        for _ in range(work.count // block):
            z = np.zeros((4, block), dtype=complex)
            for m in range(work.steps):
                z = next_of(z, generator.standard_normal((2, block)) * np.sqrt(work.step))
                if (m + 1) % every == 0:
                    x = z[0] * z[1]
                    moments[m // every] += [x.sum(), (z[0] ** 2).sum(), z[2].sum(), (x**2).sum()]
            ends.append((z[0] * z[1]).real)
        return sample(np.concatenate(ends))

    return run

"""The two-mode positive-P equations as a user would write them for other tools.

Typed by hand from Eqs. (6)–(8), not taken from our derivation: a benchmark in which the peer integrates something else
would be worthless, so the photon numbers of all are printed and compared.
"""

import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

KAPPA, GAMMA_S, GAMMA_P, PUMP = 0.5, 1.0, 16.0, 3.0
BLOCK = 2048
State = NDArray[np.complex128]


def _drift(z: State) -> State:
    s, u, p, q = z
    drive = np.sqrt(GAMMA_P) * PUMP
    return np.stack(
        [
            -GAMMA_S / 2 * s + KAPPA * u * p,
            -GAMMA_S / 2 * u + KAPPA * s * q,
            -GAMMA_P / 2 * p - KAPPA / 2 * s * s + drive,
            -GAMMA_P / 2 * q - KAPPA / 2 * u * u + drive,
        ]
    )


def blocked_numpy(trajectories: int, steps: int, step: float, *, heun: bool) -> float:
    """Mean final photon number, in blocks that fit the cache; saves moments 101 times, like ours."""
    generator = np.random.Generator(np.random.SFC64(5))
    total = 0.0
    sums = np.zeros((101, 4), dtype=complex)
    every = max(1, steps // 100)
    for _ in range(trajectories // BLOCK):
        z = np.zeros((4, BLOCK), dtype=complex)
        for m in range(steps):
            xi = generator.standard_normal((2, BLOCK)) * np.sqrt(step)
            k = step * _drift(z)
            k[:2] += np.sqrt(KAPPA * z[2:]) * xi
            if heun:
                y = z + k
                k2 = step * _drift(y)
                k2[:2] += np.sqrt(KAPPA * y[2:]) * xi
                k = 0.5 * (k + k2)
            z = z + k
            if m % every == 0:
                sums[m // every] += [(z[0] * z[1]).sum(), (z[0] ** 2).sum(), z[2].sum(), ((z[0] * z[1]) ** 2).sum()]
        total += float((z[0] * z[1]).real.sum())
    return total / (trajectories // BLOCK * BLOCK)


def sdeint_one_by_one(trajectories: int, steps: int, step: float, *, heun: bool) -> float:
    """Mean final photon number with sdeint, one trajectory at a time as its interface has it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import sdeint

    def f(z: State, _: float) -> State:
        return _drift(z)

    def g(z: State, _: float) -> State:
        matrix = np.zeros((4, 2), dtype=complex)
        matrix[0, 0], matrix[1, 1] = np.sqrt(KAPPA * z[2]), np.sqrt(KAPPA * z[3])
        return matrix

    integrate: Callable[..., State] = sdeint.stratHeun if heun else sdeint.itoEuler
    times = np.linspace(0.0, steps * step, steps + 1)
    generator = np.random.default_rng(5)
    total = 0.0
    for _ in range(trajectories):
        # A complex start: sdeint drops the imaginary part of the drift for a real one.
        path = integrate(f, g, np.zeros(4, dtype=complex), times, generator=generator)
        total += float((path[-1, 0] * path[-1, 1]).real)
    return total / trajectories

"""The truncated Wigner representation: symmetrically ordered averages from one complex variable per mode."""

from typing import ClassVar

import numpy as np

from phasespace_qb.conventions import VACUUM_VARIANCE, Ordering
from phasespace_qb.errors import NoSecondOrderEquation
from phasespace_qb.models.algebra import Coefficient
from phasespace_qb.models.system import OpenSystem
from phasespace_qb.phase_space.equations import Equations, NoiseTerm, Term, add_terms
from phasespace_qb.phase_space.representations.base import AD, LEFT, RIGHT, A, D, Representation, X
from phasespace_qb.phase_space.representations.diffusion import (
    Diffusion,
    as_factors,
    connected,
    constant_matrices,
    noise_drift,
    noise_term,
    without_rounding,
)


def _factor(symbol: int) -> int:
    """α of mode j is variable j, α* is its conjugate."""
    mode, is_conjugate = divmod(symbol, 2)
    return ~mode if is_conjugate else mode


class WignerRules(Representation):
    """Wigner function without derivatives above second order: the c-number Langevin equations.

    Right where photon numbers are large; what was left out is listed in `Equations.dropped`.
    Source: the paper's Eqs. (10)–(11); Gardiner and Zoller, Quantum Noise, Sec. 4.4.
    """

    name = "truncated Wigner"
    ordering = Ordering.SYMMETRIC
    partner = "_conj"
    rules: ClassVar = {
        (LEFT, A): X(0) + 0.5 * D(1),
        (LEFT, AD): X(1) - 0.5 * D(0),
        (RIGHT, A): X(0) - 0.5 * D(1),
        (RIGHT, AD): X(1) + 0.5 * D(0),
    }

    def equations(self, system: OpenSystem) -> Equations:
        """Itô equations with real noises on the two components of every variable.

        Raises: NoSecondOrderEquation if the diffusion is not non-negative everywhere.
        """
        planck = self.fokker_planck(system)
        count = len(system.modes)
        extra = noise_drift(planck.diffusion, 2 * count, _factor)
        return Equations(
            representation=self.name,
            variables=system.modes,
            modes=system.modes,
            drift=tuple(
                add_terms(
                    (), [Term(t.coefficient, as_factors(t.factors, _factor)) for t in planck.drift.get(2 * j, [])]
                )
                for j in range(count)
            ),
            noise=tuple(_real_noise(planck.diffusion)),
            noise_drift=tuple(tuple(extra[2 * j]) for j in range(count)),
            symbols=tuple((j, ~j) for j in range(count)),
            ordering=self.ordering,
            start_mean=tuple(complex(a) for a in system.start_amplitudes),
            start_variance=VACUUM_VARIANCE,
            dropped=planck.higher,
        )


def _real_noise(diffusion: Diffusion) -> list[NoiseTerm]:
    """Real noises on real and imaginary parts: D in (α, α*) is turned into D in (x, y), α = x + iy."""
    terms: list[NoiseTerm] = []
    count = 0
    for correlated in connected(diffusion):
        group = sorted({symbol & ~1 for symbol in correlated} | {symbol | 1 for symbol in correlated})
        pairs = len(group) // 2
        to_real = np.kron(np.eye(pairs), 0.5 * np.array([[1, 1], [-1j, 1j]]))
        for (factors, drives), matrix in constant_matrices(diffusion, group).items():
            real_matrix = to_real @ matrix @ to_real.T
            is_square = all(factors.count(symbol) == factors.count(symbol ^ 1) for symbol in factors)
            values, vectors = np.linalg.eigh(real_matrix.real)
            size = np.abs(matrix).max()
            if drives or not is_square or np.abs(real_matrix.imag).max() > 1e-12 * size or values[0] < -1e-12 * size:
                raise NoSecondOrderEquation(
                    "This system has no truncated-Wigner stochastic equation: its diffusion is not non-negative "
                    "everywhere. Use PositiveP, or leave out the non-linear loss or gain that causes it."
                )
            radicand = Term(Coefficient(((1.0, ()),)), as_factors(factors, _factor))
            for value, column in zip(values, vectors.T, strict=True):
                if value <= 1e-12 * size:
                    continue
                amplitudes = without_rounding(np.sqrt(value) * (column[0::2] + 1j * column[1::2]))
                terms += [
                    noise_term(group[2 * j] // 2, count, complex(amplitude), [radicand])
                    for j, amplitude in enumerate(amplitudes)
                    if amplitude
                ]
                count += 1
    return terms

"""The generator of an open system below number cutoffs: dρ/dt = Kρ + ρK† + Σ LρL†, as shifted diagonals.

K = −iH − ½ Σ L†L, with rates absorbed in L.  H and L†L are products of the *truncated* matrices, so the trace is
conserved at any cutoff.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.lindblad.basis import FockBasis, Operator, Shift
from phasespace_qb.lindblad.gauge import real_gauge, turned
from phasespace_qb.models.algebra import Coefficient
from phasespace_qb.models.system import OpenSystem

ComplexArray = NDArray[np.complex128]


@dataclass(frozen=True, eq=False)
class Part:
    """One summand of K: a shifted diagonal of weights (states,), times a coefficient that may depend on time."""

    shift: Shift
    coefficient: Coefficient
    weight: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Generator:
    """Parts of K, jump operators with √rate absorbed, and the phases (modes,) by which the modes were turned.

    is_complex: whether any element is complex in the turned modes; if not, a state that starts real stays real.
    """

    basis: FockBasis
    parts: tuple[Part, ...]
    jumps: tuple[Operator, ...]
    phases: NDArray[np.float64]
    is_complex: bool

    @classmethod
    def of(cls, system: OpenSystem, basis: FockBasis, amplitudes: ComplexArray, *, real_start: bool = True) -> Self:
        """The generator of `system`; `amplitudes`: of coherent states that shall be real in the turned modes, if any.

        real_start: whether the start allows a real density matrix at all.
        """
        found = real_gauge(system, amplitudes) if real_start else None
        phases = np.zeros(len(system.modes)) if found is None else found
        parts = [
            Part(shift, Coefficient(((-1j * value, drives),)), weight)
            for monomial, drives, value in turned(system.hamiltonian, system.modes, phases)
            for shift, weight in [basis.diagonal(monomial)]
        ]
        jumps = []
        for polynomial, rate in system.loss.items():
            if rate == 0 or not len(polynomial):
                continue
            jump = Operator.of(turned(polynomial, system.modes, phases), basis)
            jump = Operator(basis, {shift: np.sqrt(rate) * weight for shift, weight in jump.diagonals.items()})
            if found is not None:
                jump = _without_common_phase(jump)
            jumps.append(jump)
            for shift, weight in (jump.dag @ jump).diagonals.items():
                for number, values in ((-0.5, weight.real), (-0.5j, weight.imag)):
                    if np.any(values):
                        parts.append(Part(shift, Coefficient(((number, ()),)), values))
        return cls(basis, tuple(parts), tuple(jumps), phases, found is None)

    @property
    def shifts(self) -> tuple[Shift, ...]:
        """The different shifts in K, no shift first."""
        none = (0,) * len(self.basis.cutoffs)
        return tuple(dict.fromkeys([none, *(part.shift for part in self.parts)]))

    @property
    def is_constant(self) -> bool:
        """Whether no coefficient depends on time."""
        return all(part.coefficient.is_constant for part in self.parts)

    @property
    def breakpoints(self) -> set[float]:
        """Instants at which coefficients are not smooth."""
        return {instant for part in self.parts for instant in part.coefficient.breakpoints}


def _without_common_phase(jump: Operator) -> Operator:
    """LρL† does not see a phase of L; in a real gauge the elements of L then are real."""
    largest = max((w[np.argmax(np.abs(w))] for w in jump.diagonals.values()), key=abs, default=1.0)
    phase = np.conj(largest) / abs(largest) if largest else 1.0
    return Operator(jump.basis, {shift: np.asarray(phase * w).real + 0j for shift, w in jump.diagonals.items()})

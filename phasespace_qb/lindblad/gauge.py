"""Phases of the modes in which an open system is real, if there are such phases.

With a_j → a_j e^(iφ_j) every coefficient turns by a phase.  If −iH and all jump operators (each up to a phase of its
own) become real, a density matrix that starts real stays real, and half of the work goes away.  A complex amplitude
of a drive that only sets the phase of a mode is removed this way.
"""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.models.algebra import Polynomial
from phasespace_qb.models.system import OpenSystem

Array = NDArray[np.float64]

_ROUNDING = 1e-13
"""Angles that differ by less are equal; whatever is larger was meant, and stays in the equations."""


def real_gauge(system: OpenSystem, amplitudes: NDArray[np.complex128]) -> Array | None:
    """Phases φ (modes,) that make −iH, the jump operators and the coherent `amplitudes` real; None if none do.

    Each term asks for arg c + q·φ = 0 modulo π with the whole numbers q that it adds to the modes; phases of jump
    operators are further unknowns.  Integers modulo which the equations hold are tried from 0 up to 1 on a set of
    independent equations; the others must then hold.
    """
    rows, angles = _equations(system, amplitudes)
    if any(np.isnan(angles)):
        return None
    matrix, wanted = np.array(rows, float), -np.array(angles)
    chosen: list[int] = []
    # Small charges first: a cubic term leaves three phases, and a linear one is then a matter of luck.
    for index in np.argsort(np.abs(matrix).sum(axis=1), kind="stable"):
        if np.linalg.matrix_rank(matrix[[*chosen, index]]) > len(chosen):
            chosen.append(index)
    inverse = np.linalg.pinv(matrix[chosen])
    for turns in product((0.0, np.pi), repeat=min(len(chosen), 10)):
        right = wanted[chosen]
        right[: len(turns)] += turns
        phases = inverse @ right
        if np.abs(np.sin(matrix @ phases - wanted)).max() < _ROUNDING:
            found: Array = phases[: len(system.modes)]
            return found
    return None


def turned(polynomial: Polynomial, modes: tuple[str, ...], phases: Array) -> Polynomial:
    """The polynomial in a_j e^(iφ_j)."""
    phase_of = dict(zip(modes, phases, strict=True))
    return Polynomial(
        {
            (monomial, drives): value * np.exp(1j * sum((n - m) * phase_of[name] for name, m, n in monomial))
            for monomial, drives, value in polynomial
        }
    )


def _equations(system: OpenSystem, amplitudes: NDArray[np.complex128]) -> tuple[list[Array], list[float]]:
    """Rows q and angles arg c of all terms; NaN for a coefficient without a fixed phase."""
    modes, jumps = system.modes, list(system.loss)
    width = len(modes) + len(jumps)
    rows, angles = [np.zeros(width)], [0.0]

    def add(charges: dict[str, int], angle: float, jump: int | None = None) -> None:
        row = np.zeros(width)
        for name, charge in charges.items():
            row[modes.index(name)] = charge
        if jump is not None:
            row[len(modes) + jump] = 1
        rows.append(row)
        angles.append(angle)

    for monomial, drives, value in system.hamiltonian:
        fixed = all(drive.real for drive, _ in drives)
        add({name: n - m for name, m, n in monomial}, float(np.angle(-1j * value)) if fixed else np.nan)
    for index, jump in enumerate(jumps):
        for monomial, _, value in jump:
            add({name: n - m for name, m, n in monomial}, float(np.angle(value)), index)
    for name, amplitude in zip(modes, amplitudes, strict=True):
        if amplitude:
            add({name: -1}, float(np.angle(amplitude)))
    return rows, angles

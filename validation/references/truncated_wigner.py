"""Truncated Wigner without trajectories: its Fokker–Planck equation as a matrix between number states.

In ρ, the Wigner variables are α ↔ ½(aρ + ρa), ∂/∂α* ↔ [a, ρ] and ∂/∂α ↔ −[a†, ρ], their conjugates likewise, and a
function of phase space is a "density matrix" that need not be positive.
"""

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.linalg import expm_multiply

from validation.references.battery import Rates
from validation.references.superoperators import annihilator, dagger, liouvillian

Array = NDArray[np.float64]


def _left(operator: Any) -> Any:
    return sp.kron(operator, sp.eye_array(operator.shape[0])).tocsr()


def _right(operator: Any) -> Any:
    return sp.kron(sp.eye_array(operator.shape[0]), operator.T).tocsr()


def _commutator(operator: Any) -> Any:
    return _left(operator) - _right(operator)


def battery_from_vacuum(
    rates: Rates, pump: complex, times: Array, cutoffs: tuple[int, int], *, truncated: bool
) -> dict[str, Any]:
    """n̄ and ⟨a²⟩ of the signal, (T,) each: of the whole master equation, or without its third derivatives.

    The conversion is −i[H, ρ] = (κ/2)[a†²b − a²b†, ρ]; with a†ρ = (α* − ½∂/∂α)ρ and the like its third derivatives are
    (κ/8)([a†,[a†,[b, ρ]]] − [a,[a,[b†, ρ]]]).
    """
    a, b = (annihilator(cutoffs, mode) for mode in (0, 1))
    up, up_b = dagger(a), dagger(b)
    half = 0.5j * rates.kappa * up @ up @ b + 1j * np.sqrt(rates.gamma_p) * pump * up_b
    hamiltonian = rates.detuning * up @ a + half + dagger(half)
    generator: Any = liouvillian(hamiltonian, [(rates.gamma_s, a), (rates.gamma_p, b)])
    if truncated:
        of_pairs = _commutator(up) @ _commutator(up) @ _commutator(b) - _commutator(a) @ _commutator(a) @ _commutator(
            up_b
        )
        generator = generator - rates.kappa / 8 * of_pairs
    # The signal's parity stays: elements between an even and an odd number of its photons remain 0.
    parity = np.repeat(np.arange(cutoffs[0]) % 2, cutoffs[1])
    kept = np.flatnonzero((parity[:, None] == parity).ravel())
    generator, state = generator.tocsr()[kept][:, kept], (kept == 0).astype(complex)
    number, pair = ((up @ a).toarray().ravel()[kept], (a @ a).toarray().T.ravel()[kept])
    found, before = [], 0.0
    for time in times:
        state, before = expm_multiply(generator * (time - before), state), float(time)
        found.append((number @ state, pair @ state))
    values = np.array(found)
    return {"photon_number": values[:, 0].real, "pair_amplitude": values[:, 1]}


def oscillator_at_rest(epsilon: complex, damping: float, pairs: float, detuning: float, levels: int = 36) -> float:
    """n̄ in the steady state of truncated Wigner: drive ε, loss γ D[a] + Γ D[a²], H = Δ a†a + (i/2)(ε a†² − ε* a²).

    ∂W/∂t = {∂/∂α [(γ/2 + iΔ)α + Γ(|α|² − 1)α − εα*] + c.c. + ∂²/∂α∂α* [γ/2 + Γ(2|α|² − 1)]} W.
    """
    a = annihilator([levels], 0)
    up = dagger(a)
    alpha, conjugate = (_left(operator) / 2 + _right(operator) / 2 for operator in (a, up))
    by_alpha, by_conjugate = -_commutator(up), _commutator(a)
    intensity = alpha @ conjugate
    lost = pairs * (intensity - sp.eye_array(levels**2))
    half, turn = damping / 2, 1j * detuning
    generator = (
        by_alpha @ ((half + turn) * alpha + lost @ alpha - epsilon * conjugate)
        + by_conjugate @ ((half - turn) * conjugate + lost @ conjugate - np.conj(epsilon) * alpha)
        + by_alpha @ by_conjugate @ (half * sp.eye_array(levels**2) + pairs * (2 * intensity - sp.eye_array(levels**2)))
    )
    row, column = np.divmod(np.arange(levels**2), levels)
    kept = np.flatnonzero((row + column) % 2 == 0)
    matrix = generator.tocsr()[kept][:, kept].toarray()
    diagonal, right = (row == column)[kept], np.zeros(len(kept), complex)
    # The trace takes the place of one equation, which follows from the others.
    matrix[0], right[0] = diagonal, 1
    return float((np.linalg.solve(matrix, right) @ (diagonal * row[kept])).real)

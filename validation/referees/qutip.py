"""QuTiP as a referee: the same master equations, written down by hand as matrices and solved by its own solvers.

Nothing of the library is imported here.  Operators are truncated matrices, in normal order wherever a Hamiltonian is a
product of them, so that a run of ours with the same cutoffs solves the very same finite problem.
QuTiP's Liouvillian acts on columns stacked one upon another, and for its Wigner function g = √2 means
x = (a + a†)/√2.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from validation.evidence import MissingReferee

Matrix = NDArray[np.complex128]
Operator = Any
"""A qutip.Qobj, which has no types of its own."""
Jumps = Sequence[tuple[Operator, float]]
"""Jump operators with their rates: γ D[L] for each (L, γ)."""

TIGHT = {"method": "vern9", "atol": 1e-14, "rtol": 1e-12, "nsteps": 1_000_000, "progress_bar": ""}
ERROR = 1e-12
"""Of an element of ρ at these tolerances: the relative one, of elements of at most 1 whose errors decay with them."""


def package() -> Any:
    """The module qutip.

    Raises: MissingReferee where it is not installed.
    """
    try:
        import qutip
    except ImportError as missing:
        raise MissingReferee("QuTiP is not installed: pip install qutip") from missing
    return qutip


def ladders(*cutoffs: int) -> list[Operator]:
    """Annihilation operators of so many modes, each acting on the product of all of them."""
    qutip = package()
    ones = [qutip.qeye(levels) for levels in cutoffs]
    return [
        qutip.tensor([*ones[:mode], qutip.destroy(levels), *ones[mode + 1 :]]) for mode, levels in enumerate(cutoffs)
    ]


def coherent(cutoffs: Sequence[int], amplitudes: Sequence[complex]) -> Operator:
    """Product of coherent states, from their number amplitudes and normalised below the cutoffs."""
    qutip = package()
    parts = [
        qutip.coherent(levels, alpha, method="analytic").unit()
        for levels, alpha in zip(cutoffs, amplitudes, strict=True)
    ]
    return qutip.ket2dm(qutip.tensor(parts))


def state_of(*matrices: Matrix) -> Operator:
    """Product state of modes with these density matrices."""
    qutip = package()
    return qutip.tensor([qutip.Qobj(np.asarray(matrix, dtype=complex)) for matrix in matrices])


def driven(constant: Operator, *terms: tuple[Operator, Callable[[float], complex]]) -> Operator:
    """H(t) = H₀ + Σ [f(t) A + f(t)* A†], Hermitian whatever f is."""
    qutip = package()
    parts: list[Any] = [constant]
    for operator, factor in terms:
        parts.append([operator, qutip.coefficient(lambda t, f=factor: complex(f(t)))])
        parts.append([operator.dag(), qutip.coefficient(lambda t, f=factor: complex(f(t)).conjugate())])
    return qutip.QobjEvo(parts)


def evolve(
    hamiltonian: Operator, jumps: Jumps, start: Operator, times: Sequence[float], begin: float = 0.0
) -> list[Any]:
    """States at `times` of a system that starts at `begin`; coefficients are smooth between the two.

    A drive that jumps is two calls, the second from the last state of the first.
    """
    qutip = package()
    collapse = [np.sqrt(rate) * operator for operator, rate in jumps]
    at_begin = bool(np.isclose(times[0], begin, rtol=0, atol=1e-14))
    instants = list(times) if at_begin else [begin, *times]
    states = qutip.mesolve(hamiltonian, start, instants, c_ops=collapse, options=TIGHT).states
    return list(states if at_begin else states[1:])


def liouvillian(hamiltonian: Operator, jumps: Jumps) -> Matrix:
    """The generator as a dense matrix on ρ with its columns stacked."""
    qutip = package()
    collapse = [np.sqrt(rate) * operator for operator, rate in jumps]
    return np.asarray(qutip.liouvillian(hamiltonian, collapse).full())


def steady(hamiltonian: Operator, jumps: Jumps) -> Operator:
    """The steady state, by QuTiP's direct solver."""
    qutip = package()
    return qutip.steadystate(hamiltonian, [np.sqrt(rate) * operator for operator, rate in jumps], method="direct")


def reduced(states: Operator | Sequence[Operator], mode: int) -> Matrix:
    """Density matrix of one mode, (N, N), or of each of several states, (T, N, N)."""
    if isinstance(states, Sequence):
        return np.array([reduced(state, mode) for state in states])
    return np.asarray(states.ptrace(mode).full() if len(states.dims[0]) > 1 else states.full())


def averages(operator: Operator, states: Sequence[Operator]) -> NDArray[Any]:
    """⟨O⟩ in each of the states, (T,), real for a Hermitian O and complex for others."""
    found = np.array([(operator * state).tr() for state in states], dtype=complex)
    return np.asarray(found.real if operator.isherm else found)


def battery(
    pump: complex, kappa: float, gamma_s: float, gamma_p: float, detuning: float, cutoffs: tuple[int, int]
) -> tuple[Operator, list[tuple[Operator, float]]]:
    """H = Δ a†a + [i(κ/2) a†² b + h.c.] + √γ_p (iF b† + h.c.), and the losses γ_s D[a] and γ_p D[b]."""
    a, b = ladders(*cutoffs)
    conversion = 0.5j * kappa * a.dag() * a.dag() * b
    driving = 1j * np.sqrt(gamma_p) * pump * b.dag()
    hamiltonian = detuning * a.dag() * a + conversion + conversion.dag() + driving + driving.dag()
    return hamiltonian, [(a, gamma_s), (b, gamma_p)]


def wigner(matrix: Matrix, x: NDArray[np.float64], p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Wigner function of a density matrix between number states, [p, x], for x = (a + a†)/√2."""
    qutip = package()
    return np.asarray(qutip.wigner(qutip.Qobj(np.asarray(matrix, dtype=complex)), x, p, g=np.sqrt(2)), dtype=float)

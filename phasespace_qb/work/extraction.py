"""Work that a unitary can extract from one mode, and its split in a coherent and an incoherent part."""

from functools import singledispatch
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.states.branches import TwoBranchState
from phasespace_qb.states.density_matrix import DensityMatrix
from phasespace_qb.states.gaussian import GaussianState
from phasespace_qb.work.passive import number_energy, sorted_energy, two_branch_energy

Array = NDArray[np.float64]
State = GaussianState | TwoBranchState | DensityMatrix


class Work(NamedTuple):
    """Each (...), in ħω_s: energy = passive_energy + ergotropy, and ergotropy = coherent + incoherent."""

    energy: Array
    passive_energy: Array
    ergotropy: Array
    coherent: Array
    incoherent: Array


def extractable_work(state: State) -> Work:
    """W and its parts, with p_n = ⟨n|ρ|n⟩ and the eigenvalues r, both in descending order in the sums over k.

    W = n̄ − Σ k r_k,   W^i = n̄ − Σ k p_(k),   W^c = W − W^i = Σ k p_(k) − Σ k r_k.

    Shapes: a state of shape (...) -> five arrays (...).  Units: ħω_s.  NaN stays NaN.
    Raises: TypeError for what is no state.
    Source: Allahverdyan, Balian and Nieuwenhuizen 2004; the paper's Eqs. (9) and (15)–(17).
    """
    passive, total = passive_energy(state), energy(state)
    incoherent = total - diagonal_passive_energy(state)
    return Work(total, passive, total - passive, total - passive - incoherent, incoherent)


def energy(state: State) -> Array:
    """Tr ρH = n̄, the mean photon number, in ħω_s above the ground state; shape (...)."""
    return state.photon_number


@singledispatch
def passive_energy(state: State) -> Array:
    """Σ k r_k, what is left after the best unitary, shape (...).

    One Gaussian: ν − ½.  Two branches: see `two_branch_energy`.  A density matrix: its eigenvalues.
    Raises: TypeError for what is no state.
    """
    raise TypeError(f"`state` must be a GaussianState, TwoBranchState or DensityMatrix, got {type(state).__name__}.")


@passive_energy.register
def _(state: GaussianState) -> Array:
    return np.asarray(state.symplectic_eigenvalue - 0.5)


@passive_energy.register
def _(state: TwoBranchState) -> Array:
    return two_branch_energy(state.branch.symplectic_eigenvalue, state.separation)


@passive_energy.register
def _(state: DensityMatrix) -> Array:
    return sorted_energy(state.spectrum())


def diagonal_passive_energy(state: State) -> Array:
    """Σ k p_(k), what is left after the best exchange of number states, shape (...)."""
    if isinstance(state, DensityMatrix):
        return sorted_energy(state.number_distribution())
    return number_energy(state.branch if isinstance(state, TwoBranchState) else state)


def ergotropy(state: State) -> Array:
    """W = n̄ − Σ k r_k, shape (...).  See `extractable_work`."""
    return energy(state) - passive_energy(state)


def ergotropy_incoherent(state: State) -> Array:
    """W^i = n̄ − Σ k p_(k), what exchanges of number states alone can extract, shape (...)."""
    return energy(state) - diagonal_passive_energy(state)


def ergotropy_coherent(state: State) -> Array:
    """W^c = W − W^i, what the coherences between number states add, shape (...)."""
    return diagonal_passive_energy(state) - passive_energy(state)

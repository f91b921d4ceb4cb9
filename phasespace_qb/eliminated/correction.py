"""What the elimination of a fast mode costs: first-order perturbation theory in γ/γ_fast about the eliminated state.

The mode that stays (a, loss γ) and the one that is eliminated (b, loss γ_f) are coupled by (i/2)√(Γγ_f) (a†²b − a²b†).
With c = a² and η = γ/γ_f → 0 the Nakajima–Zwanzig equation of the reduced steady state is 0 = (L + η L₁ + …) ρ,
L ρ = L₀ρ + Γ D[c] ρ with L₀ the drive, the detuning and γ D[a], and in units of γ
L₁ ρ = −Γ [c†, L₀(cρ)] + (Γ²/2) [c†, c ρ c†c − 2 c²ρ c† + c†c²ρ] + h.c.
The first term is the memory of b while a moves on, the second two pairs in b at a time.
Source: own derivation; checked against two-mode steady states in tests/eliminated/test_closed_form.py.
"""

from typing import Any, Final, NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.linalg import splu

from phasespace_qb.eliminated.closed_form import EliminatedOscillator
from phasespace_qb.work.extraction import Work
from phasespace_qb.work.passive import sorted_energy

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

SLOWEST: Final = 1 / 3
"""Largest γ/γ_fast of the calibration."""
LARGE_STATE: Final = 1.5
"""For states with too many levels: this many times the limit of large photon numbers; it covers the threshold."""
_PART: Final = 1e-4
"""Part of the correction that is applied to find the slope of sums over sorted numbers."""


class EliminationError(NamedTuple):
    """How far the mode that stays may be from the same mode with the fast one beside it; in ħω_s, of g⁽²⁾ a number."""

    energy: float
    passive_energy: float
    ergotropy: float
    coherent: float
    incoherent: float
    coherence: float


def elimination_error(
    oscillator: EliminatedOscillator, slowness: float, levels: int | None, work: Work
) -> EliminationError:
    """Size of the difference between the state with and without the fast mode, to second order in η = `slowness`.

    First order: derived, and exact where `levels` is given.  Where it is None, as there are too many, 1.5 times
    δE = δW = η [½ + δ²/√(λ²−δ²)],  δW^c = η √(2/π) (1+δ²) n̄/σ_n,  δW^i = δW + δW^c,  and a tenth of δE for Σ k r_k.
    On resonance these are the limits of linear theory (signs: all negative but that of W^c); their dependence on δ is
    fitted.  The 1.5 covers exact first order at δ = 0, 0.6, 1.5 and 3 from threshold on, down to g² = 0.001.
    Second order: ½ η² (1+δ²) x/(1+x) for a quantity of size x, calibrated.  On resonance the smallest prefactor that
    covers 65 exact two-mode steady states (λ = 0.4 … 3, g² = 0.2 … 1, γ_f = 4 … 64 γ) is 0.25.  Not used, and covered
    with errors of at most 0.94 of the sum: 36 on resonance (λ = 0.3 … 5, g² = 0.05 … 3, γ_f = 3 … 40 γ; smallest
    prefactor 0.29) and 9 detuned ones (|δ| = 0.5 … 3, γ_f = 4 … 20 γ; 0.28).

    g⁽²⁾: first order exact as above, or 1.5 times the limit 2δE g⁽²⁾/n̄ of large states; second order ½ η² (1+δ²) g⁽²⁾.

    levels: below which the state lies, or None.  work: of the state without the fast mode.
    """
    if levels is None:
        first = _of_large_states(oscillator)
        coherence = 2 * first[0] / float(work.energy)
    else:
        both = corrected(oscillator, levels)
        first, coherence = _of_sums(*both), _of_coherence(*both)
    # Populations that are about to stand in another order have no incoherent work yet: its scale is the whole.
    sizes = np.array([work.energy, work.passive_energy, work.ergotropy, work.ergotropy, work.ergotropy])
    second = 0.5 * slowness**2 * (1 + oscillator.detuning**2) * sizes / (1 + sizes)
    bounds = slowness * np.abs(first) + second
    relative = slowness * abs(coherence) + 0.5 * slowness**2 * (1 + oscillator.detuning**2)
    pairs, number = oscillator.moment(2, 2).real, oscillator.moment(1, 1).real
    of_coherence = relative * pairs / number**2 if number > 0 else np.nan
    return EliminationError(*[*bounds.tolist(), of_coherence])


def corrected(oscillator: EliminatedOscillator, levels: int) -> tuple[ComplexArray, ComplexArray]:
    """(ρ, dρ/dη at η = 0), both (levels, levels) at θ = 0: L dρ/dη = −L₁ρ with trace 0.  Units of γ = 1."""
    beyond = levels + 8  # c²ρ c† and the like reach beyond the cutoff
    centred = EliminatedOscillator(oscillator.ratio, oscillator.noise, oscillator.detuning)
    rho, pair_loss = centred.density_matrix(0, beyond), 0.5 * oscillator.noise
    a, pair, hamiltonian = _operators(oscillator, beyond)
    up, down = pair.T.tocsr(), a.T.tocsr()
    moved = pair @ rho
    half = 0.5 * (down @ (a @ moved) + moved @ (down @ a))
    slow = -1j * (hamiltonian @ moved - moved @ hamiltonian) + a @ moved @ down - half
    quartic = pair @ rho @ up @ pair - 2 * pair @ moved @ up + up @ (pair @ moved)
    inner = -pair_loss * slow + 0.5 * pair_loss**2 * quartic
    source = up @ inner - inner @ up
    source = (source + source.conj().T)[:levels, :levels]
    return rho[:levels, :levels], _solved(oscillator, levels, source)


def _operators(oscillator: EliminatedOscillator, levels: int) -> tuple[Any, Any, Any]:
    a = sp.diags_array(np.sqrt(np.arange(1.0, levels)), offsets=1).tocsr()
    pair = (a @ a).tocsr()
    drive = 0.25j * oscillator.ratio * (pair.T - pair)
    return a, pair, (0.5 * oscillator.detuning * (a.T @ a) + drive).tocsr()


def _solved(oscillator: EliminatedOscillator, levels: int, source: ComplexArray) -> ComplexArray:
    """X with L X = −source and Tr X = 0, where n + m is even; elsewhere it is 0."""
    a, pair, hamiltonian = _operators(oscillator, levels)
    one, pair_loss = sp.eye_array(levels), 0.5 * oscillator.noise
    k = -1j * hamiltonian - 0.5 * (a.T @ a + pair_loss * (pair.T @ pair))
    liouvillian = sp.kron(k, one) + sp.kron(one, k.conj()) + sp.kron(a, a) + pair_loss * sp.kron(pair, pair)
    row, column = np.divmod(np.arange(levels**2), levels)
    even = np.flatnonzero((row + column) % 2 == 0)
    reduced = liouvillian.tocsr()[even][:, even].tolil()
    # The trace takes the place of one equation, which follows from the others.
    reduced[0, :] = 0
    reduced[0, np.flatnonzero(row[even] == column[even])] = 1
    right = -source.ravel()[even]
    right[0] = 0
    found = np.zeros(levels**2, np.complex128)
    found[even] = splu(reduced.tocsc()).solve(right)
    x = found.reshape(levels, levels)
    return 0.5 * (x + x.conj().T)


def _of_sums(rho: ComplexArray, slope: ComplexArray) -> Array:
    """Slopes of energy, passive energy, ergotropy, coherent and incoherent part."""

    def sums(matrix: ComplexArray) -> Array:
        number = np.diagonal(matrix).real
        energy, diagonal = float(number @ np.arange(number.size)), float(sorted_energy(number))
        passive = float(sorted_energy(np.asarray(np.linalg.eigvalsh(matrix), np.float64)))
        return np.array([energy, passive, energy - passive, diagonal - passive, energy - diagonal])

    return np.asarray((sums(rho + _PART * slope) - sums(rho - _PART * slope)) / (2 * _PART))


def _of_coherence(rho: ComplexArray, slope: ComplexArray) -> float:
    """Relative slope of g⁽²⁾ = ⟨a†²a²⟩/n̄²; 0 in vacuum, where there is none."""
    n = np.arange(len(rho))
    p, change = np.diagonal(rho).real, np.diagonal(slope).real
    number, pairs = float(p @ n), float(p @ (n * (n - 1)))
    return float(change @ (n * (n - 1))) / pairs - 2 * float(change @ n) / number if number > 0 else 0.0


def _of_large_states(oscillator: EliminatedOscillator) -> Array:
    n, pairs = oscillator.moment(1, 1).real, oscillator.moment(2, 2).real
    bright = np.sqrt(max(oscillator.ratio**2 - oscillator.detuning**2, 1.0))
    taken = 0.5 + oscillator.detuning**2 / bright
    moved = np.sqrt(2 / np.pi) * (1 + oscillator.detuning**2) * n / np.sqrt(pairs + n - n**2)
    return LARGE_STATE * np.array([taken, 0.1 * taken, taken, moved, taken + moved])

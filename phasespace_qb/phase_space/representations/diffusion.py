"""From a diffusion matrix to noise terms: D = B Bᵀ, with as few roots as possible.

D(z) = Σ_k m_k(z) D_k with monomials m_k and constant symmetric matrices D_k.  A variable that is correlated with no
other gets one noise, √D_ii.  Correlated variables get columns √m_k · C_k with D_k = C_k C_kᵀ.  A monomial with only
even powers takes no root.
"""

from collections import Counter
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.models.algebra import Coefficient, Drives
from phasespace_qb.phase_space.equations import Factors, NoiseTerm, Term
from phasespace_qb.phase_space.representations.base import Symbols

Diffusion = dict[tuple[int, int], list[Term]]
ComplexMatrix = NDArray[np.complex128]


def takagi(matrix: ComplexMatrix) -> ComplexMatrix:
    """Factor a complex symmetric matrix as D = C Cᵀ; one column for each non-zero singular value.

    The Takagi vectors v = p + iq with D v* = σ v are the eigenvectors (p, q) of the real symmetric matrix
    [[Re D, Im D], [Im D, −Re D]] with positive eigenvalues, which stays well defined when singular values coincide.
    Shapes: (n, n) -> (n, rank).  Source: Horn and Johnson, Matrix Analysis, Sec. 4.4.
    """
    n = len(matrix)
    real_form = np.block([[matrix.real, matrix.imag], [matrix.imag, -matrix.real]])
    values, vectors = np.linalg.eigh(real_form)
    keep = values > 1e-12 * np.abs(values).max(initial=0.0)
    takagi_vectors: ComplexMatrix = vectors[:n, keep] + 1j * vectors[n:, keep]
    return without_rounding(takagi_vectors * np.sqrt(values[keep]))


def without_rounding(matrix: ComplexMatrix) -> ComplexMatrix:
    """Set real and imaginary parts that are rounding to zero: they would decide which kernel is compiled."""
    least = 1e-14 * max(np.abs(matrix).max(initial=0.0), 1e-300)
    real, imag = (np.where(np.abs(part) > least, part, 0.0) for part in (matrix.real, matrix.imag))
    result: ComplexMatrix = real + 1j * imag
    return result


def connected(diffusion: Diffusion) -> list[list[int]]:
    """Groups of symbols that are correlated with one another, each sorted."""
    groups: list[set[int]] = []
    for i, j in diffusion:
        touching = [group for group in groups if i in group or j in group]
        groups = [group for group in groups if group not in touching]
        groups.append({i, j}.union(*touching))
    return sorted(sorted(group) for group in groups)


def constant_matrices(diffusion: Diffusion, group: list[int]) -> dict[tuple[Symbols, Drives], ComplexMatrix]:
    """The matrices D_k of one group of symbols, keyed by their monomial and its product of drives."""
    matrices: dict[tuple[Symbols, Drives], ComplexMatrix] = {}
    for row, i in enumerate(group):
        for column, j in enumerate(group):
            for term in diffusion.get((i, j), []):
                for number, drives in term.coefficient.terms:
                    key = (term.factors, drives)
                    matrix = matrices.setdefault(key, np.zeros((len(group), len(group)), dtype=complex))
                    matrix[row, column] += number
    return matrices


def noise_term(target: int, noise: int, amplitude: complex, radicand: Iterable[Term]) -> NoiseTerm:
    """amplitude · √(Σ radicand); the root of a single even monomial is taken here, symbolically."""
    terms = tuple(radicand)
    if len(terms) == 1:
        powers = Counter(terms[0].factors)
        if all(power % 2 == 0 for power in powers.values()):
            half = tuple(sorted(factor for factor, power in powers.items() for _ in range(power // 2)))
            return NoiseTerm(target, noise, amplitude, half, (Term(terms[0].coefficient, ()),))
    return NoiseTerm(target, noise, amplitude, (), terms)


def holomorphic_noise(diffusion: Diffusion) -> list[NoiseTerm]:
    """Noise terms of a diffusion in independent complex variables; symbols are the variables."""
    terms: list[NoiseTerm] = []
    count = 0
    for group in connected(diffusion):
        if len(group) == 1:
            terms.append(noise_term(group[0], count, 1.0, diffusion[group[0], group[0]]))
            count += 1
            continue
        for (factors, drives), matrix in constant_matrices(diffusion, group).items():
            for column in takagi(matrix).T:
                radicand = Term(Coefficient(((1.0, drives),)), factors)
                terms += [noise_term(i, count, complex(c), [radicand]) for i, c in zip(group, column, strict=True) if c]
                count += 1
    return terms


def noise_drift(diffusion: Diffusion, symbols: int, factor_of: Callable[[int], int]) -> list[list[Term]]:
    """−¼ Σ_j ∂_j D_ij for every symbol i: what an Itô drift lacks to be the Stratonovich one."""
    result: list[list[Term]] = [[] for _ in range(symbols)]
    for (i, j), terms in diffusion.items():
        for term in terms:
            power = term.factors.count(j)
            if power:
                rest = list(term.factors)
                rest.remove(j)
                coefficient = Coefficient(tuple((-0.25 * power * c, drives) for c, drives in term.coefficient.terms))
                result[i].append(Term(coefficient, as_factors(rest, factor_of)))
    return result


def as_factors(symbols: Iterable[int], factor_of: Callable[[int], int]) -> Factors:
    """Translate symbols into factors of the equations, in canonical order."""
    return tuple(sorted(factor_of(symbol) for symbol in symbols))

"""From a diffusion matrix to noise terms: D = B Bᵀ, with as few roots as possible.

D(z) = Σ_k m_k(z) D_k with monomials m_k and constant symmetric matrices D_k.  A variable that is correlated with no
other gets one noise, √D_ii.  Correlated variables get columns √m_k · C_k with D_k = C_k C_kᵀ.  A monomial with only
even powers takes no root.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.models.algebra import Coefficient, Drives
from phasespace_qb.phase_space.equations import Factors, NoiseTerm, Term
from phasespace_qb.phase_space.representations.base import Symbols

Diffusion = dict[tuple[int, int], list[Term]]

_ONE = Coefficient(((1.0, ()),))
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


def single_noise(diffusion: Diffusion, group: list[int], noise: int) -> list[NoiseTerm]:
    """One noise for the whole group if D = b bᵀ with monomials b_i, as dephasing has it; otherwise no terms.

    Factoring such a D monomial by monomial would be correct too, but its noises would not commute and would drive
    partners apart that one noise keeps together.
    """
    columns: dict[int, NoiseTerm] = {}
    for i in group:
        term = noise_term(i, noise, 1.0, diffusion.get((i, i), []))
        if len(term.radicand) != 1 or term.radicand[0].factors or not term.radicand[0].coefficient.is_constant:
            return []
        square = sum(number for number, _ in term.radicand[0].coefficient.terms)
        columns[i] = NoiseTerm(i, noise, complex(np.sqrt(complex(square))), term.factors, (Term(_ONE, ()),))
    first = group[0]
    for i in group[1:]:
        product = columns[first].amplitude * columns[i].amplitude
        cross = sum(number for term in diffusion.get((first, i), []) for number, _ in term.coefficient.terms)
        if abs(cross + product) < 1e-12 * abs(product):
            columns[i] = replace(columns[i], amplitude=-columns[i].amplitude)
    for i in group:
        for j in group:
            wanted = tuple(sorted(columns[i].factors + columns[j].factors))
            found = diffusion.get((i, j), [])
            number = sum((c for term in found for c, _ in term.coefficient.terms), 0j)
            product = columns[i].amplitude * columns[j].amplitude
            constant = all(term.coefficient.is_constant and term.factors == wanted for term in found)
            if not constant or abs(number - product) > 1e-12 * abs(product):
                return []
    return list(columns.values())


def holomorphic_noise(diffusion: Diffusion) -> list[NoiseTerm]:
    """Noise terms of a diffusion in independent complex variables; symbols are the variables."""
    terms: list[NoiseTerm] = []
    count = 0
    for group in connected(diffusion):
        if len(group) == 1:
            terms.append(noise_term(group[0], count, 1.0, diffusion[group[0], group[0]]))
            count += 1
            continue
        single = single_noise(diffusion, group, count)
        if single:
            terms += single
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


def column_drift(noise: list[NoiseTerm], variables: int) -> list[list[Term]]:
    """−½ Σ_jl B_jl ∂_j B_il for independent variables, from the noise terms themselves.

    Columns without a root are monomials and are differentiated as such; columns a_i √R of one radicand R give
    −¼ a_i a_j ∂_j R.  For a diagonal D, or one factored monomial by monomial, this is −¼ Σ_j ∂_j D_ij.
    """
    result: list[list[Term]] = [[] for _ in range(variables)]
    for own in noise:
        for other in noise:
            if own.noise != other.noise:
                continue
            j = other.target
            scale = own.amplitude * other.amplitude
            if own.root_depends_on_state:
                for part in own.radicand:
                    result[own.target] += _derivative(part.coefficient, part.factors, j, -0.25 * scale)
            else:
                (part,) = own.radicand
                for term in _derivative(part.coefficient, own.factors, j, -0.5 * scale):
                    result[own.target].append(Term(term.coefficient, tuple(sorted(term.factors + other.factors))))
    return result


def _derivative(coefficient: Coefficient, factors: tuple[int, ...], variable: int, scale: complex) -> list[Term]:
    """scale · coefficient · ∂(Π factors)/∂z_variable, as no or one term."""
    power = factors.count(variable)
    if not power:
        return []
    rest = list(factors)
    rest.remove(variable)
    return [Term(Coefficient(tuple((scale * power * c, drives) for c, drives in coefficient.terms)), tuple(rest))]

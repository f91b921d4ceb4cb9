"""Stochastic equations as data: what an integrator, the twin and the code generator see.

dz_v = Σ c·Π(factors) dt + Σ amplitude · Π(factors) · √(Σ c·Π(factors)) dW_noise,  dW real and independent.

A factor is a number: v ≥ 0 stands for the variable z_v, and ~v (negative) for its complex conjugate.
"""

from dataclasses import dataclass, replace
from enum import Enum

from phasespace_qb.conventions import Ordering
from phasespace_qb.models.algebra import Coefficient

Factors = tuple[int, ...]


class Calculus(Enum):
    """How a stochastic differential equation is to be read."""

    ITO = "Itô"
    STRATONOVICH = "Stratonovich"


@dataclass(frozen=True)
class Term:
    """coefficient(t) · Π factors."""

    coefficient: Coefficient
    factors: Factors


@dataclass(frozen=True)
class NoiseTerm:
    """amplitude · Π factors · √(Σ radicand) dW, added to variable `target` with Wiener process number `noise`."""

    target: int
    noise: int
    amplitude: complex
    factors: Factors
    radicand: tuple[Term, ...]

    @property
    def root_depends_on_state(self) -> bool:
        return any(term.factors for term in self.radicand)

    @property
    def depends_on_state(self) -> bool:
        """Whether the noise is multiplicative."""
        return bool(self.factors) or self.root_depends_on_state


@dataclass(frozen=True)
class Equations:
    """Drift and noise of every variable, with what is needed to read their samples.

    variables: names.  drift: for each variable its terms.  noise: all noise terms.  calculus: how to read them.
    noise_drift: for each variable the polynomial −¼ Σ_j ∂_j D_ij that is added to an Itô drift to make it the
    Stratonovich one.  symbols: for each mode the factors that stand for a and a†.  ordering: of the averages.
    start_mean: coherent amplitudes per variable.  start_variance: ⟨|δz|²⟩ of the start, equal on the real and
    imaginary part.  dropped: derivatives of third and higher order that the representation left out, in words.
    """

    representation: str
    variables: tuple[str, ...]
    modes: tuple[str, ...]
    drift: tuple[tuple[Term, ...], ...]
    noise: tuple[NoiseTerm, ...]
    noise_drift: tuple[tuple[Term, ...], ...]
    symbols: tuple[tuple[int, int], ...]
    ordering: Ordering
    start_mean: tuple[complex, ...]
    start_variance: float
    dropped: tuple[str, ...] = ()
    calculus: Calculus = Calculus.ITO

    @property
    def noise_count(self) -> int:
        """Number of real Wiener processes."""
        return 1 + max((term.noise for term in self.noise), default=-1)

    @property
    def coefficients(self) -> list[Coefficient]:
        """Every coefficient that occurs, with repetitions."""
        drift = [term.coefficient for terms in self.drift for term in terms]
        return drift + [part.coefficient for term in self.noise for part in term.radicand]

    def has_circular_noise(self, variable: int) -> bool:
        """Whether ⟨dz dz⟩ of its noise vanishes, as for vacuum fluctuations of a complex amplitude."""
        squares: dict[object, complex] = {}
        sizes: dict[object, float] = {}
        for term in self.noise:
            if term.target == variable:
                key = term.factors, term.radicand
                squares[key] = squares.get(key, 0) + term.amplitude**2
                sizes[key] = sizes.get(key, 0) + abs(term.amplitude) ** 2
        return all(abs(squares[key]) <= 1e-12 * sizes[key] for key in squares)

    @property
    def has_linear_drift(self) -> bool:
        """Whether the drift is at most linear, so that moments of each order have closed equations."""
        return all(len(term.factors) < 2 for terms in self.drift for term in terms)

    @property
    def is_linear(self) -> bool:
        """Whether the noise does not depend on the state either: a Gaussian stays one."""
        return self.has_linear_drift and not any(term.depends_on_state for term in self.noise)

    @property
    def breakpoints(self) -> set[float]:
        """Instants at which some coefficient is not smooth."""
        return {instant for coefficient in self.coefficients for instant in coefficient.breakpoints}

    def to(self, calculus: Calculus) -> "Equations":
        """The same process read in another calculus; exact, because the conversion is polynomial.

        Itô → Stratonovich adds −½ Σ_jl B_jl ∂_j B_il = −¼ Σ_j ∂_j D_ij to the drift of variable i.
        """
        if calculus is self.calculus:
            return self
        sign = 1 if calculus is Calculus.STRATONOVICH else -1
        drift = tuple(
            add_terms(terms, [scaled(term, sign) for term in extra])
            for terms, extra in zip(self.drift, self.noise_drift, strict=True)
        )
        return replace(self, drift=drift, calculus=calculus)


def scaled(term: Term, number: complex) -> Term:
    """`term` with its coefficient multiplied by `number`."""
    return Term(Coefficient(tuple((number * c, drives) for c, drives in term.coefficient.terms)), term.factors)


def add_terms(left: tuple[Term, ...], right: list[Term]) -> tuple[Term, ...]:
    """Sum of two polynomials, with equal monomials merged and cancelled ones removed."""
    merged: dict[Factors, dict[object, complex]] = {}
    drives_of: dict[object, tuple[object, ...]] = {}
    for term in [*left, *right]:
        bucket = merged.setdefault(term.factors, {})
        for number, drives in term.coefficient.terms:
            bucket[drives] = bucket.get(drives, 0) + number
            drives_of[drives] = drives
    result = []
    for factors, bucket in merged.items():
        parts = tuple((number, drives) for drives, number in bucket.items() if number != 0)
        if parts:
            result.append(Term(Coefficient(parts), factors))  # type: ignore[arg-type]
    return tuple(result)

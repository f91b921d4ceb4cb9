"""Deliberately wrong equations: each is a mistake that a derivation or a code generator can make."""

from collections.abc import Callable
from dataclasses import replace

from phasespace_qb.phase_space.equations import Equations, Term, scaled

Fault = Callable[[Equations], Equations]


def with_drift(equations: Equations, variable: int, terms: list[Term]) -> Equations:
    """The same equations with another drift of one variable."""
    return replace(equations, drift=tuple(tuple(terms) if v == variable else d for v, d in enumerate(equations.drift)))


def wrong_sign(equations: Equations) -> Equations:
    """The last drift term of the first variable has the other sign."""
    *rest, last = equations.drift[0]
    return with_drift(equations, 0, [*rest, scaled(last, -1)])


def missing_conjugate(equations: Equations) -> Equations:
    """Factors α where α* or α⁺ belongs; variable 1 has the coefficients of variable 0 where nothing else differs."""
    if any(factor < 0 for terms in equations.drift for term in terms for factor in term.factors):
        changed = [[Term(t.coefficient, tuple(max(f, ~f) for f in t.factors)) for t in d] for d in equations.drift]
        return replace(equations, drift=tuple(tuple(terms) for terms in changed))
    last = len(equations.variables) - 1
    terms = [
        Term(replace(t.coefficient, terms=tuple((c.conjugate(), d) for c, d in t.coefficient.terms)), t.factors)
        for t in equations.drift[last]
    ]
    return with_drift(equations, last, terms)


def twice_the_noise(equations: Equations) -> Equations:
    """A factor 2 in the variance of the first noise."""
    first, *rest = equations.noise
    return replace(equations, noise=(replace(first, amplitude=2**0.5 * first.amplitude), *rest))


def reused_noise(equations: Equations) -> Equations:
    """All noises are the same number."""
    return replace(equations, noise=tuple(replace(term, noise=0) for term in equations.noise))


FAULTS: list[Fault] = [wrong_sign, missing_conjugate, twice_the_noise, reused_noise]

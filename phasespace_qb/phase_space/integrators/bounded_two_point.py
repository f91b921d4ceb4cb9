"""A weak scheme that cannot leave the interval in which the noise of a variable is real."""

from phasespace_qb.phase_space.equations import Calculus, Equations, NoiseTerm
from phasespace_qb.phase_space.integrators.base import Integrator, Noise, Tableau


class BoundedTwoPoint(Integrator):
    """Euler's mean m and variance v, reached by two points that stay inside |z| ≤ c, the zeros of the radicand.

    For noise √(A − Bz²) with A, B > 0 and c = √(A/B): z ← m ± √v with equal chance.  Where that would pass c, z ← c
    with probability b/(a + b) and m − b with a/(a + b), where a = c − m and b = v/a; mirrored at −c.  Steps with
    hB > 1 would have v > c² − m², more than fits: then z ← ± c, with the mean m and a variance that is too small.
    For real equations such as the oscillator without its fast mode, whose exact solution stays in a square that Euler's
    and Heun's steps leave.  Source: own derivation; the mean and the variance of the step are those of Euler's.
    """

    calculus, strong_order, weak_order = Calculus.ITO, None, 1.0
    tableau = Tableau(nodes=(0.0,), stages=((),), weights=(1.0,))
    noises = (Noise.UNIFORM,)
    bounded = True

    def refuses(self, equations: Equations) -> str:
        """Why not, if in `equations` a noise is not √(A − Bz²) of its own variable, or a number is not real.

        All coefficients and the start must be real.  Source: own derivation.
        """
        for term in equations.noise:
            if not _is_interval(term):
                return f"the noise of {equations.variables[term.target]} is not √(A − B z²) of itself"
        if any(number.imag for c in equations.coefficients for number, _ in c.terms):
            return "a coefficient is complex"
        if any(complex(z).imag for z in equations.start_mean) or equations.start_variance:
            return "the start is not real"
        return ""


def _is_interval(term: NoiseTerm) -> bool:
    """Whether the radicand is A − Bz² with positive constants and z the variable itself."""
    parts = {part.factors: part.coefficient for part in term.radicand}
    if term.amplitude != 1 or term.factors or set(parts) != {(), (term.target, term.target)}:
        return False
    signs = [sum(number for number, _ in parts[key].terms).real for key in ((), (term.target, term.target))]
    return all(c.is_constant for c in parts.values()) and signs[0] > 0 > signs[1]

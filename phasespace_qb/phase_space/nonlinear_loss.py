"""How strong the quantum noise of a nonlinear loss is against linear damping, read from the equations alone."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.models.algebra import Coefficient
from phasespace_qb.phase_space.equations import Equations, Factors, NoiseTerm


@dataclass(frozen=True)
class NonlinearLoss:
    """Quanta of a variable vanish in pairs at the rate Γ, singly at γ; both in the unit of the system's rates.

    γ is net of gain, and negative where gain wins.
    """

    variable: str
    rate: float
    damping: float

    @property
    def ratio(self) -> float:
        """Γ/γ; infinite without net linear damping."""
        return self.rate / self.damping if self.damping > 0 else np.inf


def strongest_nonlinear_loss(equations: Equations, times: NDArray[np.float64]) -> NonlinearLoss | None:
    """The loss with the largest Γ/γ, with the largest coefficients that occur at `times`; None if there is none.

    A noise with the radicand c z_i² on z_i that comes with a drift of third order is such a loss, or a Kerr
    nonlinearity, of the rate Γ = |c|.  If the radicand is c z_v, with dz_v = (−l z_v + d z_i²) dt, then z_v follows
    z_i² and Γ = |c d|/(l + γ/2): without z_v where it is fast (κ²/γ_p for the oscillator), and γ/2 for what becomes of
    z_i² while z_v lags behind.  γ is twice the net linear decay of z_i, at its smallest.
    """
    found = [
        NonlinearLoss(equations.variables[term.target], rate, _damping(equations, term.target, times))
        for term in equations.noise
        for rate in _rates(equations, term, times)
    ]
    return max(found, key=lambda loss: loss.ratio, default=None)


def _rates(equations: Equations, noise: NoiseTerm, times: NDArray[np.float64]) -> Iterator[float]:
    target, drift = noise.target, equations.drift
    mates = {term.target for term in equations.noise if term.noise == noise.noise}
    for part in noise.radicand:
        strength = abs(noise.amplitude) ** 2 * _size(part.coefficient, times)
        factors: Factors = (*noise.factors, *noise.factors, *part.factors)
        if len(factors) == 2 and set(factors) <= mates:
            if any(len(term.factors) > 2 and target in term.factors for term in drift[target]):
                yield strength
        elif len(factors) == 1 and factors[0] not in mates:
            driven = factors[0]
            lag = (_damping(equations, driven, times) + max(_damping(equations, target, times), 0.0)) / 2
            for term in drift[driven]:
                if len(term.factors) == 2 and set(term.factors) <= mates:
                    yield strength * _size(term.coefficient, times) / lag if lag > 0 else np.inf


def _damping(equations: Equations, variable: int, times: NDArray[np.float64]) -> float:
    """Energy damping of a variable by itself, −2 Re of its linear coefficient, at its smallest; negative for gain."""
    own = [term.coefficient.sample(times).real for term in equations.drift[variable] if term.factors == (variable,)]
    return -2 * float(np.sum(own, axis=0).max()) if own else 0.0


def _size(coefficient: Coefficient, times: NDArray[np.float64]) -> float:
    return float(np.abs(coefficient.sample(times)).max())

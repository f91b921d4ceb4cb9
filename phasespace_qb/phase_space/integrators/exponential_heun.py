"""Heun's scheme with the linear part of every variable solved exactly."""

from phasespace_qb.phase_space.equations import Calculus
from phasespace_qb.phase_space.integrators.base import Integrator, Tableau


class ExponentialHeun(Integrator):
    """Exponential trapezoidal step: fast decay does not limit the step; converges to the Stratonovich solution.

    For dz = (Lz + N(z))dt + B(z)dW:  k(Y) = (e^(Lh) − 1)z + hφ₁N(Y) + B(Y)√φ ΔW,  z ← z + ½(k(z) + k(z + k(z))),
    with φ₁ = (e^(Lh) − 1)/(Lh) and φ = (e^(2Lh) − 1)/(2Lh), so that fixed points and the variance of a linear
    variable with constant noise are exact at any step: ⟨|z|²⟩ for circular noise (Re L in φ), else ⟨z²⟩.
    L may change in time; its mean over the step counts.
    Source: Cox and Matthews, J. Comput. Phys. 176, 430 (2002), with the trapezoidal rule for N.
    """

    calculus, strong_order, weak_order = Calculus.STRATONOVICH, 1.0, 1.0
    tableau = Tableau(nodes=(0.0, 1.0), stages=((), (1.0,)), weights=(0.5, 0.5))
    exact_linear = True

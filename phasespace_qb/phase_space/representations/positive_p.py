"""The positive-P representation: normally ordered averages from two independent complex variables per mode."""

from typing import ClassVar

from phasespace_qb.conventions import Ordering
from phasespace_qb.errors import NoSecondOrderEquation
from phasespace_qb.models.system import OpenSystem
from phasespace_qb.phase_space.equations import Equations, add_terms
from phasespace_qb.phase_space.representations.base import AD, LEFT, RIGHT, A, D, Representation, X
from phasespace_qb.phase_space.representations.diffusion import column_drift, holomorphic_noise


class PositivePRules(Representation):
    """ρ = ∫ P(α, α⁺) |α⟩⟨α⁺*|/⟨α⁺*|α⟩; exact as long as no probability escapes to infinity.

    Source: Drummond and Gardiner, J. Phys. A 13, 2353 (1980).
    """

    name = "positive-P"
    ordering = Ordering.NORMAL
    partner = "_plus"
    rules: ClassVar = {(LEFT, A): X(0), (LEFT, AD): X(1) - D(0), (RIGHT, AD): X(1), (RIGHT, A): X(0) - D(1)}

    def equations(self, system: OpenSystem) -> Equations:
        """Itô equations with one real noise per variable where D is diagonal.

        Raises: NoSecondOrderEquation if the generator has derivatives above second order.
        """
        planck = self.fokker_planck(system)
        if planck.higher:
            raise NoSecondOrderEquation(
                f"This system has no positive-P stochastic equation: {', '.join(planck.higher[:3])} "
                f"{'are' if len(planck.higher) > 1 else 'is'} of higher than second order. "
                "Use TruncatedWigner, or lower the degree of H or of the jump operators."
            )
        names = self.symbol_names(system)
        noise = holomorphic_noise(planck.diffusion)
        amplitudes = system.start_amplitudes
        return Equations(
            representation=self.name,
            variables=tuple(names),
            modes=system.modes,
            drift=tuple(add_terms((), planck.drift.get(i, [])) for i in range(len(names))),
            noise=tuple(noise),
            noise_drift=tuple(add_terms((), terms) for terms in column_drift(noise, len(names))),
            symbols=tuple((2 * j, 2 * j + 1) for j in range(len(system.modes))),
            ordering=self.ordering,
            start_mean=tuple(complex(z) for a in amplitudes for z in (a, a.conjugate())),
            start_variance=0.0,
        )

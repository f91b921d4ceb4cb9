"""Two modes that exchange quanta and are created in pairs."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

import phasespace_qb as qb
from validation.claims.gaussian_modes import rounding
from validation.claims.general_modes import all_moments
from validation.evidence import Comparison, Subject, compare_variable
from validation.references.gaussian_modes import Moments, moments

SUBJECT = Subject("Modes with linear equations")


@dataclass(frozen=True)
class TwoModes:
    """H = Δ_a a†a + Δ_b b†b + Ja†b + J*b†a + i(ξa†b† − ξ*ab) with losses γ_a, γ_b and gain G of b."""

    detunings: tuple[float, float] = (0.4, -0.7)
    exchange: complex = 0.6 * np.exp(0.5j)
    pair: complex = 0.45 * np.exp(-0.8j)
    losses: tuple[float, float] = (1.2, 0.7)
    gain: float = 0.15
    start: tuple[complex, complex] = (0.5 + 0.2j, -0.3 + 0.6j)

    def system(self, storage: str = "a") -> qb.OpenSystem:
        """As it is declared to the library."""
        a, b = qb.modes("a", "b")
        joint = self.exchange * a.dag * b + 1j * self.pair * a.dag * b.dag
        hamiltonian = self.detunings[0] * a.dag * a + self.detunings[1] * b.dag * b + joint + joint.dag
        loss = {a: self.losses[0], b: self.losses[1], b.dag: self.gain}
        return qb.OpenSystem(hamiltonian, loss, dict(zip((a, b), self.start, strict=True)), {"a": a, "b": b}[storage])

    def moments(self, times: NDArray[np.float64]) -> Moments:
        """ȧ = −(γ_a/2 + iΔ_a)a − iJb + ξb†,  ḃ = −((γ_b − G)/2 + iΔ_b)b − iJ*a + ξa†."""
        decay = [-rate / 2 - 1j * d for rate, d in zip(self.losses, self.detunings, strict=True)]
        turning = np.array([[decay[0], -1j * self.exchange], [-1j * np.conj(self.exchange), decay[1] + self.gain / 2]])
        pairing = self.pair * np.array([[0, 1], [1, 0]])
        return moments(times, lambda t: turning, lambda t: pairing, lambda t: [0, 0], [0, self.gain], self.start)


@SUBJECT.claim(
    "Two modes that exchange quanta and are created in pairs, H = Δ_a a†a + Δ_b b†b + [Ja†b + iξa†b† + h.c.] with "
    "losses γ_a, γ_b and a gain G of b, keep the moments of ȧ = −(γ_a/2 + iΔ_a)a − iJb + ξb†, ḃ = −((γ_b − G)/2 + "
    "iΔ_b)b − iJ*a + ξa†, each mode its own.",
    route="positive-P trajectories (409 600, Heun's scheme, steps of 0.03) with mode b as storage; linear theory",
    referee="the closed equations of the first and second moments by an eighth-order Runge–Kutta rule (SciPy)",
    source="Walls and Milburn, Quantum Optics, Ch. 5 and 7 (two-mode squeezing)",
    control="both losses 6 % larger",
)
def two_coupled_modes_keep_their_moments() -> Iterator[Comparison]:
    """⟨a⟩, n̄, ⟨a²⟩ and ⟨a†²a²⟩ of both modes, and the quadrature covariance of the second."""
    pair, times = TwoModes(), np.array([0.4, 0.9, 1.5, 2.5])
    reference = pair.moments(times)
    other = replace(pair, losses=(1.06 * pair.losses[0], 1.06 * pair.losses[1])).moments(times)
    sampled = qb.simulate(pair.system("b"), times, qb.PositiveP(409_600, step=0.03, rng=13))
    linear = qb.simulate(pair.system("b"), times, qb.LinearNoise())
    for index, mode in enumerate("ab"):
        right, wrong = reference.of(index), other.of(index)
        for run, words in ((sampled, "positive-P"), (linear, "linear theory")):
            yield from all_moments(run, right, wrong, f"mode {mode}, {words}", mode)
    covariances = [covariance_of(each.normal[:, 1, 1].real, each.anomalous[:, 1, 1]) for each in (reference, other)]
    for run, words in ((sampled, "positive-P"), (linear, "linear theory")):
        for label, at in (("x", (0, 0)), ("p", (1, 1)), ("xp", (0, 1))):
            entry = dict(zip(("quadrature", "quadrature_"), at, strict=True))
            value, planted = (each[label] for each in covariances)
            yield from compare_variable(
                run.isel(entry),
                "quadrature_covariance",
                value,
                wrong=planted,
                quantity=f"covariance V_{label} of mode b, {words}",
                known=rounding(value),
            )


def covariance_of(n: NDArray[np.float64], m: NDArray[np.complex128]) -> dict[str, NDArray[np.float64]]:
    """Quadrature covariance from ⟨δb†δb⟩ and ⟨δb²⟩, vacuum ½."""
    return {"x": 0.5 + n + m.real, "p": 0.5 + n - m.real, "xp": np.asarray(m.imag)}

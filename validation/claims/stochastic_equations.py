"""Stochastic equations whose solution is known in closed form: linear ones, additive and multiplicative."""

from collections.abc import Iterator

import numpy as np

import phasespace_qb as qb
from validation.evidence import Comparison, Subject, compare_variable

SUBJECT = Subject("Stochastic equations with closed solutions")


@SUBJECT.claim(
    "A damped mode that starts in a coherent state loses energy at the rate γ: n̄(t) = |α₀|² e^(−γt).",
    route="truncated Wigner, Heun's scheme, 40 960 trajectories",
    referee="closed form",
    source="Gardiner and Zoller, Quantum Noise, Sec. 6.1",
    control="a decay rate 2 % larger",
)
def a_damped_mode_decays() -> Iterator[Comparison]:
    """⟨a†a⟩ and ⟨a⟩ at ten times."""
    (a,) = qb.modes("a")
    times, start = np.linspace(0.2, 2.0, 10), 3.0
    run = qb.simulate(qb.OpenSystem(0.0 * a.dag * a, {a: 1.0}, {a: start}), times, qb.TruncatedWigner(40_960, rng=1))
    photons = start**2 * np.exp(-times)
    yield from compare_variable(
        run, "photon_number", photons, mode="a", quantity="photon number n̄", wrong=start**2 * np.exp(-1.02 * times)
    )

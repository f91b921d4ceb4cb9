"""A mode with everything that keeps its equations linear, by trajectories and by linear theory."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

import phasespace_qb as qb
from validation.claims.gaussian_modes import rounding
from validation.evidence import MOMENTS, Comparison, Subject, compare_variable
from validation.references.gaussian_modes import OneMode

SUBJECT = Subject("Modes with linear equations")

TIMES = np.array([0.25, 0.6, 0.75, 1.3, 1.9, 2.4])


def all_moments(
    run: Any, expected: dict[str, Any], wrong: dict[str, Any], words: str, mode: str = "a"
) -> Iterator[Comparison]:
    """Compare the four moments of a mode; words: what is said of each of them."""
    for name, quantity in MOMENTS.items():
        control = {"wrong": wrong[name], "known": rounding(expected[name])}
        yield from compare_variable(run, name, expected[name], mode=mode, quantity=f"{quantity}, {words}", **control)


@SUBJECT.claim(
    "Driven, detuned, amplified in pairs, lossy and with gain at once, a mode with H = Δa†a + [i(ε/2)a†² + iFa† + "
    "h.c.], loss γD[a] and gain GD[a†] keeps the moments of ȧ = −[(γ − G)/2 + iΔ]a + εa† + F, with complex ε and F of "
    "which both jump during the run, and holds the work W = n̄ − ν + ½, ν² = (⟨δa†δa⟩ + ½)² − |⟨δa²⟩|².",
    route="positive-P trajectories (614 400, Heun's scheme, steps of 0.025) and linear theory",
    referee="the closed equations of the first and second moments by an eighth-order Runge–Kutta rule (SciPy)",
    source="Heisenberg equation and quantum regression; Gardiner and Zoller, Quantum Noise",
    control="a loss γ 2 % larger",
)
def a_general_mode_by_positive_p() -> Iterator[Comparison]:
    """⟨a⟩, n̄, ⟨a²⟩ and ⟨a†²a²⟩ before, at and after both jumps."""
    mode = OneMode()
    reference, other = mode.moments(TIMES), replace(mode, loss=1.02 * mode.loss).moments(TIMES)
    right, wrong = reference.of(0), other.of(0)
    sampled = qb.simulate(mode.system(), TIMES, qb.PositiveP(614_400, step=0.025, rng=11))
    yield from all_moments(sampled, right, wrong, "positive-P")
    linear = qb.simulate(mode.system(), TIMES, qb.LinearNoise())
    yield from all_moments(linear, right, wrong, "linear theory")
    for run, words in ((sampled, "positive-P"), (linear, "linear theory")):
        work: dict[str, Any] = {"quantity": f"ergotropy W, {words}", "wrong": other.work(0), "known": 2e-9}
        yield from compare_variable(run, "ergotropy", reference.work(0), **work)


@SUBJECT.claim(
    "The truncated Wigner representation is exact for a mode with linear equations: with H = Δa†a + [i(ε/2)a†² + iFa† "
    "+ h.c.], loss γD[a] and gain GD[a†], it keeps the moments of ȧ = −[(γ − G)/2 + iΔ]a + εa† + F, each less its "
    "vacuum noise.",
    route="truncated Wigner trajectories (1 024 000, Heun's scheme, steps of 0.025)",
    referee="the closed equations of the first and second moments by an eighth-order Runge–Kutta rule (SciPy)",
    source="Heisenberg equation; Gardiner and Zoller, Quantum Noise",
    control="a loss γ 12 % larger, and for the photon number once more: vacuum noise a tenth too large",
)
def a_general_mode_by_truncated_wigner() -> Iterator[Comparison]:
    """⟨a⟩, n̄, ⟨a²⟩ and ⟨a†²a²⟩ before, at and after both jumps."""
    mode = OneMode(detuning=-0.35, pair=0.45 * np.exp(-1.1j), loss=1.5, gain=0.35, start=-0.2 + 0.6j)
    reference, other = mode.moments(TIMES), replace(mode, loss=1.12 * mode.loss).moments(TIMES)
    right, wrong = reference.of(0), other.of(0)
    run = qb.simulate(mode.system(), TIMES, qb.TruncatedWigner(1_024_000, step=0.025, rng=12))
    yield from all_moments(run, right, wrong, "truncated Wigner")
    number = right["photon_number"]
    yield from compare_variable(
        run, "photon_number", number, mode="a", quantity="photon number n̄, its vacuum ½", wrong=number + 0.05
    )
    yield from compare_variable(run, "ergotropy", reference.work(0), quantity="ergotropy W", wrong=other.work(0))

"""Systems on which positive-P and truncated Wigner go wrong, and ones on which they do not.

Γ is the rate of two-photon loss, in units of γ_s = γ = 1.  The calibration grid fixed the thresholds of the rules; the
test grid, with other parameters and other random numbers, is what the report is about.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

import phasespace_qb as qb
from phasespace_qb.models.system import OpenSystem
from phasespace_qb.phase_space.integrators import EulerMaruyama, Heun, Integrator, Midpoint

TRAJECTORIES = 10_000
GAMMA_P = 16.0
CLEAN_LOSS = 0.25
"""Γ/γ_s up to which a resonant run counts as clean."""


@dataclass(frozen=True, eq=False)
class Case:
    """One run: its system, its method and what its exact solution needs.

    finer: the default step is divided by this number.  cutoffs: levels of the master equation; None for no reference.
    would_need: the levels that a reference would need, where there is none.
    """

    family: str
    name: str
    system: OpenSystem
    times: NDArray[np.float64]
    seed: int
    cutoffs: tuple[int, ...] | None = None
    finer: float = 1.0
    trajectories: int = TRAJECTORIES
    integrator: Integrator | None = None
    wigner: bool = False
    would_need: tuple[int, ...] = ()


def absorber(loss: float, start: float, damping: float = 1.0) -> OpenSystem:
    """Two-photon absorber, loss γ D[a] + Γ D[a²], from a coherent state."""
    (a,) = qb.modes("a")
    return OpenSystem(0 * a.dag * a, {a**2: loss} | ({a: damping} if damping else {}), {a: start})


def battery(loss: float, ratio: float, gamma_p: float = GAMMA_P, detuning: float = 0.0) -> qb.DopoBattery:
    """The battery with Γ = κ²/γ_p, driven at λ = F_p/F_th."""
    kappa = float(np.sqrt(loss * gamma_p))
    pump = ratio * float(np.sqrt(gamma_p)) / (4 * kappa)
    return qb.DopoBattery(pump=pump, kappa=kappa, gamma_p=gamma_p, detuning=detuning)


def kerr(nonlinearity: float, drive: float, detuning: float) -> OpenSystem:
    """H = −Δ a†a + (U/2) a†²a² + F(a† + a), loss D[a]."""
    (a,) = qb.modes("a")
    return OpenSystem(-detuning * a.dag * a + nonlinearity / 2 * a.dag**2 * a**2 + drive * (a + a.dag), {a: 1.0})


def levels_of(loss: float, ratio: float) -> tuple[int, int]:
    """Cutoffs that hold the battery."""
    photons = max(ratio - 1, 0.0) / (2 * loss)
    return int(24 + 4 * photons + 4 * np.sqrt(photons)), 10 if loss > 0.3 else 12


def absorbers(
    losses: tuple[float, ...], starts: tuple[float, ...], finer: tuple[float, ...], seed: int, damping: float = 1.0
) -> Iterator[Case]:
    """Absorbers to Γt = 4; short steps lose few trajectories to infinity, and hide the bias best."""
    label = "absorber" if damping else "absorber, γ = 0"
    for loss in losses:
        for start in starts:
            for divisor in finer:
                seed += 1
                times = np.linspace(0, min(4.0, 4 / loss), 41)
                name = f"Γ = {loss:g}, α = {start:g}, step/{divisor:g}"
                cutoffs = (int(30 + 8 * start + start**2),)
                yield Case(label, name, absorber(loss, start, damping), times, seed, cutoffs, divisor)


def batteries(
    losses: tuple[float, ...], ratios: tuple[float, ...], finer: tuple[float, ...], seed: int
) -> Iterator[Case]:
    """The two-mode battery on resonance."""
    for loss in losses:
        for ratio in ratios:
            for divisor in finer:
                seed += 1
                name = f"Γ = {loss:g}, λ = {ratio:g}, step/{divisor:g}"
                system = battery(loss, ratio).system()
                yield Case("battery", name, system, np.linspace(0, 8, 33), seed, levels_of(loss, ratio), divisor)


def eliminated(
    losses: tuple[float, ...], ratios: tuple[float, ...], schemes: tuple[Integrator, ...], seed: int
) -> Iterator[Case]:
    """The battery without its pump mode, by schemes that can step beyond the interval of exact solutions."""
    for loss in losses:
        for ratio in ratios:
            for scheme in schemes:
                seed += 1
                name = f"Γ = {loss:g}, λ = {ratio:g}, {scheme}"
                system = battery(loss, ratio).eliminated()
                times, cutoffs = np.linspace(0, 8, 33), levels_of(loss, ratio)[:1]
                yield Case("eliminated", name, system, times, seed, cutoffs, integrator=scheme)


def others(seed: int) -> Iterator[Case]:
    """Kerr cavities, a pump that is switched off, detuned batteries, and truncated Wigner at few photons."""
    times = np.linspace(0, 12, 49)
    for nonlinearity, drive, detuning, cutoff in ((0.05, 2.4, 1.0, 70), (0.4, 0.9, 0.0, 40), (0.8, 0.6, 0.5, 30)):
        for divisor in (1.0, 4.0, 20.0):
            seed += 1
            name = f"U = {nonlinearity:g}, F = {drive:g}, Δ = {detuning:g}, step/{divisor:g}"
            yield Case("Kerr", name, kerr(nonlinearity, drive, detuning), times, seed, (cutoff,), divisor)
    for loss, ratio in ((0.9, 1.4), (1.7, 2.2)):
        seed += 1
        system = battery(loss, ratio).switched_off(3.0).system()
        name = f"Γ = {loss:g}, λ = {ratio:g}"
        yield Case("pump switched off", name, system, np.linspace(0, 8, 33), seed, levels_of(loss, ratio), 4.0)
    for loss, ratio, detuning in ((0.08, 1.81, 0.4), (0.12, 2.2, 0.7)):
        for divisor in (1.0, 4.0):
            seed += 1
            system = battery(loss, ratio, 8.0, detuning).system()
            name = f"Γ = {loss:g}, λ = {ratio:g}, Δ = {detuning:g}, step/{divisor:g}"
            yield Case("detuned", name, system, np.linspace(0, 8, 33), seed, (48, 10), divisor)
    for loss, ratio in ((0.02, 0.45), (0.05, 0.8), (0.12, 1.1), (0.4, 1.3)):
        seed += 1
        system, name = battery(loss, ratio).system(), f"Γ = {loss:g}, λ = {ratio:g}"
        cutoffs = levels_of(loss, ratio)
        yield Case(
            "truncated Wigner", name, system, np.linspace(0, 8, 33), seed, cutoffs, trajectories=40_000, wigner=True
        )


def clean(count: int, losses: tuple[float, float], seed: int) -> Iterator[Case]:
    """Batteries with Γ between `losses`, λ from 0.3 to 2, of all ages, steps and sizes.

    A third is switched off; a fifth has a complex pump, which leaves the real numbers and is a matter of phase only.
    """
    rng = np.random.default_rng(seed)
    for index in range(count):
        loss, ratio = float(np.exp(rng.uniform(*np.log(losses)))), float(rng.uniform(0.3, 2.0))
        end, divisor = float(rng.choice([5.0, 10.0, 20.0])), float(rng.choice([0.7, 1.0, 2.0]))
        trajectories = int(rng.choice([2_560, 5_000, 10_000, 20_000]))
        phase = float(rng.uniform(0.0, 6.0)) if rng.random() < 0.2 else 0.0
        chosen = battery(loss, ratio)
        chosen = replace(chosen, pump=complex(chosen.pump * np.exp(1j * phase)))
        name = f"Γ = {loss:.3g}, λ = {ratio:.3g}, θ = {phase:.2g}, t = {end:g}, step/{divisor:g}, {trajectories:,}"
        if rng.random() < 1 / 3:
            chosen, name = chosen.switched_off(end * float(rng.uniform(0.3, 0.7))), f"{name}, switched off"
        times = np.linspace(0, end, 21)
        levels = levels_of(loss, ratio)
        system = chosen.system()
        yield Case("clean", name, system, times, seed + index, None, divisor, trajectories, would_need=levels)


def papers_battery(seed: int) -> Iterator[Case]:
    """The paper's own runs, to γ_s t = 40."""
    for index, pump in enumerate((1.0, 2.0, 2.5, 3.0)):
        system = qb.DopoBattery(pump=pump).system()
        yield Case("clean", f"the paper's, F_p = {pump:g}", system, np.linspace(0, 40, 41), seed + index)


def calibration_grid() -> Iterator[Case]:
    """What the thresholds were set by; no parameter and no seed of it occurs in the test grid."""
    yield from absorbers((0.25, 0.4, 0.5, 0.6, 0.8, 1.2, 2.0, 6.0), (0.7, 1.2, 2.5), (10.0, 30.0), 1_000)
    yield from absorbers((1.0,), (1.0, 2.0), (3.0, 20.0), 1_100, damping=0.0)
    yield from batteries((0.25, 0.4, 0.5, 0.8, 1.2, 2.0, 6.25), (0.5, 1.0, 1.5, 2.5), (4.0,), 1_200)
    yield from eliminated((0.25, 0.5, 1.0, 1.5), (0.5, 1.5), (EulerMaruyama(), Heun()), 1_300)
    yield from clean(100, (0.02, CLEAN_LOSS), 10_000)


def grid_under_test() -> Iterator[Case]:
    """Runs of which some are wrong."""
    yield from absorbers((0.15, 0.3, 0.55, 0.7, 0.9, 1.1, 1.5, 2.3, 4.0, 8.0), (0.8, 1.6, 3.0), (1.0, 8.0, 25.0), 2_000)
    yield from absorbers((0.7, 1.5), (0.9, 1.7), (8.0, 25.0), 2_100, damping=0.0)
    yield from batteries((0.15, 0.3, 0.45, 0.7, 1.1, 1.8, 3.1, 5.5), (0.6, 1.2, 1.8), (0.7, 2.0, 8.0), 2_200)
    yield from eliminated((0.3, 0.6, 0.9, 1.3, 1.8), (0.8, 1.8), (EulerMaruyama(), Heun(), Midpoint()), 2_300)
    yield from others(2_400)


def clean_grid(count: int) -> Iterator[Case]:
    """Runs that must not be doubted: `count` of them, and the paper's."""
    yield from clean(count, (0.008, 0.245), 20_000)
    yield from papers_battery(21_000)

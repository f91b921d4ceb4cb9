"""A mode with a Kerr nonlinearity: how a coherent state collapses, and how a driven cavity settles."""

from collections.abc import Iterator
from typing import Any

import numpy as np

import phasespace_qb as qb
from validation.claims.nonlinear_loss import EXACT, SAMPLED, a, moments
from validation.evidence import MOMENTS, Comparison, Subject, Tier, compare, compare_variable
from validation.references import nonlinear_mode as published

SUBJECT = Subject("One nonlinear mode")
CAVITY = "H = Δ a†a + (U/2) a†²a² + F a† + F* a with loss γ D[a]"
KERR: dict[str, Any] = {"start": 1.5 * np.exp(0.5j), "kerr": 0.12, "detuning": 0.3, "damping": 0.7}


@SUBJECT.claim(
    "Under H = Δ a†a + (U/2) a†²a² and loss γ D[a] a coherent state collapses by "
    "⟨a⟩ = α₀ exp[−(γ/2 + iΔ)t − |α₀|² iU(1 − e^(−(γ+iU)t))/(γ + iU)], while n̄ only decays.",
    route="positive-P with 163 840 trajectories at short times, and the master equation",
    referee="closed forms of ⟨a⟩, ⟨a²⟩, n̄ and ⟨a†²a²⟩",
    source="Milburn and Holmes, Phys. Rev. Lett. 56, 2237 (1986)",
    control="U and γ larger by 5 %, or by 10⁻⁵ against the master equation",
)
def a_kerr_mode_collapses() -> Iterator[Comparison]:
    """Four moments at uneven times."""
    times = np.array([0.2, 0.5, 0.9, 1.4])
    system = qb.OpenSystem(0.3 * a.dag * a + 0.06 * a.dag**2 * a**2, {a: 0.7}, {a: KERR["start"]})
    expected = published.kerr_moments(**KERR, times=times)
    for method, by, error in (
        (qb.PositiveP(163_840, rng=15), SAMPLED, 0.05),
        (qb.Lindblad(36, tolerance=1e-10), EXACT, 1e-5),
    ):
        changed = {"kerr": KERR["kerr"] * (1 + error), "damping": KERR["damping"] * (1 + error)}
        wrong = published.kerr_moments(**KERR | changed, times=times)
        yield from moments(qb.simulate(system, times, method), by, expected, wrong)


@SUBJECT.claim(
    "Products of operators are brought to normal order with [a, a†] = 1: H = χ(aa†)² is χ(a†²a² + 3a†a + 1), so that "
    "with loss γ D[a] a coherent state collapses as with U = 2χ and Δ = 3χ in H = Δ a†a + (U/2) a†²a².",
    route="the master equation of H = χ(aa†)², multiplied out by the library",
    referee="closed forms of ⟨a⟩ and ⟨a²⟩ for this Δ and U",
    source="Milburn and Holmes, Phys. Rev. Lett. 56, 2237 (1986); a²a†² = a†²a² + 4a†a + 2, aa† = a†a + 1",
    control="one commutator less: Δ = 2χ",
)
def operators_are_put_in_normal_order() -> Iterator[Comparison]:
    """Two moments at uneven times; χ = 0.06."""
    times, start = np.array([0.2, 0.5, 0.9, 1.4]), KERR["start"]
    system = qb.OpenSystem(0.06 * (a * a.dag) * (a * a.dag), {a: 0.7}, {a: start})
    both = [
        published.kerr_moments(start=start, kerr=0.12, detuning=detuning, damping=0.7, times=times)
        for detuning in (0.18, 0.12)
    ]
    # Photon numbers do not depend on Δ.
    right, wrong = ({name: each[name] for name in ("mean_field", "pair_amplitude")} for each in both)
    yield from moments(qb.simulate(system, times, qb.Lindblad(36, tolerance=1e-10)), EXACT, right, wrong)


def kerr_cavity(detuning: float, kerr: float, drive: complex, damping: float) -> qb.OpenSystem:
    """H = Δ a†a + (U/2) a†²a² + F a† + F* a, loss γ."""
    linear = drive * a.dag
    return qb.OpenSystem(detuning * a.dag * a + kerr / 2 * a.dag**2 * a**2 + linear + linear.dag, {a: damping})


ORDERS = {"photon_number": (1, 1), "mean_field": (0, 1), "pair_amplitude": (0, 2), "pair_number": (2, 2)}


@SUBJECT.claim(
    f"The steady state of a driven Kerr cavity, {CAVITY}, has ⟨a†^m a^n⟩ = (−2F/U)^n (−2F*/U)^m "
    "[Γ(c)Γ(c*)/Γ(c+n)Γ(c*+m)] ₀F₂(c+n, c*+m; z)/₀F₂(c, c*; z), c = (2Δ − iγ)/U, z = 2|2F/U|², also where two mean "
    "fields are stable and where U > γ.",
    route="steady state of the package's master equation",
    referee="hypergeometric series, summed here",
    source="Drummond and Walls, J. Phys. A 13, 725 (1980), with Δ for their −Δ",
    control="U larger by one part in 10⁶",
)
def a_driven_kerr_cavity_settles() -> Iterator[Comparison]:
    """Four moments at six points."""
    points = [
        (-0.6, 0.3, 0.9 * np.exp(0.6j), 0.9, 44),
        (0.5, 0.2, 1.1 * np.exp(-1.2j), 1.1, 44),
        # |α|²[(Δ + U|α|²)² + γ²/4] = |F|² has three roots, 0.569, 2.302 and 3.986: the mean field is bistable.
        (-1.2, 0.35, 0.8 + 0.0j, 0.7, 44),
        (-0.8, 0.35, 0.75 * np.exp(0.5j), 1.0, 44),
        (0.6, 3.0, 1.4 - 0.2j, 1.0, 44),
        (-1.0, 0.05, 2.4 + 0.0j, 1.0, 88),
    ]
    for detuning, kerr, drive, damping, levels in points:
        run = qb.steady_state(kerr_cavity(detuning, kerr, drive, damping), qb.Lindblad(levels), slow_modes=False)
        exact = published.driven_kerr(detuning, kerr, drive, damping)
        wrong = published.driven_kerr(detuning, kerr * (1 + 1e-6), drive, damping)
        for name, (m, n) in ORDERS.items():
            quantity = f"{MOMENTS[name]} at Δ = {detuning:g}, U = {kerr:g}, |F| = {abs(drive):.3g}, γ = {damping:g}"
            found = run[name].values[0, 0]
            # The Krylov space of the steady state stops at residuals of 10⁻⁹ of a rate; the gap is of order γ.
            yield from compare(quantity, found, exact(m, n), known=1e-9 * abs(found), wrong=wrong(m, n))


@SUBJECT.claim(
    f"Positive-P finds the steady state of a driven Kerr cavity, {CAVITY}, where the nonlinearity is weak (U = 0.05, "
    "γ = 1.1).",
    route="positive-P, Heun's scheme, 163 840 trajectories, at three late times",
    referee="hypergeometric series, summed here",
    source="Drummond and Walls, J. Phys. A 13, 725 (1980), with Δ for their −Δ",
    control="U larger by 20 %",
    tier=Tier.FULL,
)
def positive_p_finds_a_driven_kerr_cavity() -> Iterator[Comparison]:
    """Four moments."""
    numbers = (0.4, 0.05, 0.8 * np.exp(-0.7j), 1.1)
    run = qb.simulate(kerr_cavity(*numbers), [20.0, 24.0, 28.0], qb.PositiveP(163_840, rng=16))
    exact = published.driven_kerr(*numbers)
    wrong = published.driven_kerr(numbers[0], 1.2 * numbers[1], *numbers[2:])
    for name, (m, n) in ORDERS.items():
        quantity = f"{MOMENTS[name]} by positive-P"
        yield from compare_variable(run, name, exact(m, n), mode="a", quantity=quantity, wrong=wrong(m, n))

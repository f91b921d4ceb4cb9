"""The two-mode battery: trajectories, linear theory and the master equation, and identities between them."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

import phasespace_qb as qb
from validation.claims import battery_identities, battery_large
from validation.claims.battery_large import RATES, both_modes, started
from validation.evidence import Comparison, Subject, compare_variable
from validation.references.battery import Rates
from validation.references.nonlinear_mode import work_of

SUBJECT = Subject(
    battery_large.SUBJECT.title,
    [claim for part in (battery_large, battery_identities) for claim in part.SUBJECT.claims],
)
PAPER = Rates(kappa=0.5, gamma_s=1.0, gamma_p=16.0, detuning=0.0)


@SUBJECT.claim(
    "Positive-P and the master equation of the package follow the battery with detuning, a complex pump that jumps "
    "inside the run, unequal losses and coherent states at the start, in both modes.",
    route="positive-P, Heun's scheme, 327 680 trajectories; the package's master equation below 14 and 8 photons",
    referee="QuTiP's master equation below 14 and 8 photons, written down from the paper's Eqs. (6)–(8)",
    source="the paper's Eqs. (6)–(8); Johansson, Nation and Nori, Comp. Phys. Comm. 184, 1234 (2013)",
    control="κ larger by 5 %, the first pump by 2 %; by 10⁻⁶ of both against the package's master equation",
)
def trajectories_follow_the_master_equation() -> Iterator[Comparison]:
    """Four moments of two modes at five uneven times, two of them after the jump."""
    first, second, at = 1.1 * np.exp(0.6j), 0.5 * np.exp(-1.0j), 1.3
    times, start = np.array([0.3, 0.8, 1.2, 1.7, 2.6]), (0.6 - 0.4j, 0.3 + 0.2j)

    def referee(error: float) -> dict[str, Any]:
        changed = RATES._replace(kappa=RATES.kappa * (1 + error))
        strength = 1 + 0.4 * error
        return changed.by_qutip((14, 8), start, times, lambda t: strength * first if t < at else second, (at,))

    pump = qb.Envelope(lambda t: first if t < at else second, (at,), complex_valued=True)
    system = started(qb.DopoBattery(pump, *RATES), start)
    exact = referee(0.0)
    run = qb.simulate(system, times, qb.Lindblad((14, 8), tolerance=1e-9))
    # The same finite problem on both sides: the cutoff is no difference between them.
    run = run.drop_vars([key for key in run if str(key).endswith("_cutoff_error")])
    yield from both_modes(run, "master equation", exact, referee(1e-6))
    run = qb.simulate(system, times, qb.PositiveP(327_680, step=0.005, rng=21))
    yield from both_modes(run, "positive-P", exact, referee(0.05))


@SUBJECT.claim(
    "At the paper's parameters and F_p = 3 √γ_s positive-P gives the stored energy, the ergotropy W, its coherent and "
    "incoherent parts, the power P = W/t and its maximum.",
    route="positive-P with 163 840 trajectories: density matrix rebuilt from the samples, no Gaussian assumption",
    referee="sorted eigenvalues of ρ from the master equation below 56 and 11 photons; parabola through the top of P",
    source="the paper's Eqs. (9) and (15)–(17), Figs. 4 and 6",
    control="pump amplitude larger by 2 % (for W^i: W^i larger by 0.05 ħω_s)",
)
def work_and_power_of_the_paper() -> Iterator[Comparison]:
    """Energies and work at eight times up to γ_s t = 16, and the top of the power."""
    times = np.array([2.0, 4.0, 7.0, 9.0, 10.0, 11.0, 13.0, 16.0])
    run = qb.simulate(qb.DopoBattery(3.0), times, qb.PositiveP(163_840, rng=22))

    def referee(pump: float) -> tuple[dict[str, Any], Any]:
        exact = qb.simulate(qb.DopoBattery(pump), times, qb.Lindblad((56, 11)))
        each = [work_of(rho) for rho in exact.density_matrix.values]
        work = {name: np.array([one[name] for one in each]) for name in each[0]}
        work["energy"] = exact.density_matrix.values.diagonal(axis1=1, axis2=2).real @ np.arange(56)
        work["charging_power"] = work["ergotropy"] / times
        return work, exact

    expected, exact = referee(3.0)
    wrong, _ = referee(3.06)
    wrong["ergotropy_incoherent"] = expected["ergotropy_incoherent"] + 0.05
    words = {
        "energy": "stored energy",
        "ergotropy": "ergotropy W",
        "ergotropy_coherent": "coherent part W^c",
        "ergotropy_incoherent": "incoherent part W^i",
        "charging_power": "charging power P",
    }
    for name, quantity in words.items():
        known = exact[f"{name}_cutoff_error"].values
        yield from compare_variable(run, name, expected[name], quantity=quantity, known=known, wrong=wrong[name])

    def top(power: NDArray[np.float64]) -> float:
        best = int(np.argmax(power))
        return float(_parabola(times[best - 1 : best + 2], power[best - 1 : best + 2]))

    yield from compare_variable(
        run,
        "maximum_power",
        top(expected["charging_power"]),
        quantity="largest charging power P_max",
        known=float(exact.charging_power_cutoff_error.max()),
        wrong=top(wrong["charging_power"]),
    )


def _parabola(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Top of the parabola through three points."""
    a, b, c = np.polyfit(x, y, 2)
    return float(c - b**2 / (4 * a))


@SUBJECT.claim(
    "Truncated Wigner has too many photons at small photon numbers, by 0.010, 0.016 and 0.014 at F_p = 1 √γ_s and "
    "γ_s t = 2, 5, 10, and by 0.023 at F_p = 2 √γ_s, γ_s t = 5; its bias is of the order of g² = 1/32.",
    route="truncated Wigner, Heun's scheme, 327 680 trajectories, the paper's parameters",
    referee="the package's master equation, which QuTiP checks in this chapter",
    source="sizes of the bias published with the equations of the project, allowed a quarter more",
    control="pump amplitude larger by 25 %",
)
def truncated_wigner_is_biased_as_published() -> Iterator[Comparison]:
    """Photon numbers of the signal."""
    points = {1.0: ([2.0, 5.0, 10.0], [0.010, 0.016, 0.014]), 2.0: ([5.0], [0.023])}
    for pump, (times, bias) in points.items():
        # A detuning that changes nothing, so that the general equations are used.
        battery = qb.DopoBattery(pump * np.exp(0.7j), *PAPER._replace(detuning=1e-9))
        run = qb.simulate(battery, times, qb.TruncatedWigner(327_680, rng=23))
        exact, wrong = (
            qb.simulate(qb.DopoBattery(strength), times, qb.Lindblad((36, 10))).photon_number.sel(mode="signal").values
            for strength in (pump, 1.25 * pump)
        )
        yield from compare_variable(
            run,
            "photon_number",
            exact,
            mode="signal",
            quantity=f"photon number n̄ of the signal, F_p = {pump:g} √γ_s",
            declared=1.25 * np.array(bias),
            wrong=wrong,
        )

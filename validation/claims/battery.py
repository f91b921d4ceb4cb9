"""The two-mode battery: trajectories and the master equation, work and power, and the bias of truncated Wigner."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

import phasespace_qb as qb
from validation.claims import battery_identities, battery_large
from validation.claims.battery_large import both_modes, started
from validation.evidence import MOMENTS, Comparison, Subject, compare, compare_variable
from validation.referees import qutip
from validation.references.battery import MODEL, PAPER, RATES, Rates
from validation.references.density_matrices import work_of
from validation.references.truncated_wigner import battery_from_vacuum

SUBJECT = Subject(
    battery_large.SUBJECT.title,
    [claim for part in (battery_large, battery_identities) for claim in part.SUBJECT.claims],
)
PUBLISHED = Rates(kappa=0.5, gamma_s=1.0, gamma_p=16.0, detuning=0.0)


@SUBJECT.claim(
    f"Positive-P and the package's master equation follow the battery, {MODEL}, with detuning, a complex pump that "
    "jumps inside the run, unequal losses and coherent states at the start, in both modes.",
    route="positive-P, Heun's scheme, 327 680 trajectories; the package's master equation below 14 and 8 photons",
    referee="QuTiP's master equation below 14 and 8 photons, its Hamiltonian and losses written down by hand",
    source=f"{PAPER}, Eqs. (6)–(8); Johansson, Nation and Nori, Comput. Phys. Commun. 184, 1234 (2013)",
    control="κ larger by 5 %, the first pump by 2 %; by 10⁻⁶ of both against the package's master equation",
)
def trajectories_follow_the_master_equation() -> Iterator[Comparison]:
    """Four moments of two modes at five uneven times, two of them after the jump."""
    first, second, at = 1.1 * np.exp(0.6j), 0.5 * np.exp(-1.0j), 1.3
    times, start = np.array([0.3, 0.8, 1.2, 1.7, 2.6]), (0.6 - 0.4j, 0.3 + 0.2j)

    def referee(error: float) -> dict[str, Any]:
        changed, strength = RATES._replace(kappa=RATES.kappa * (1 + error)), 1 + 0.4 * error
        stretches = [(strength * first, [0.3, 0.8, 1.2], at), (second, [1.7, 2.6], 2.7)]
        return changed.by_qutip((14, 8), start, stretches)

    pump = qb.Envelope(lambda t: first if t < at else second, (at,), complex_valued=True)
    system = started(qb.DopoBattery(pump, *RATES), start)
    exact = referee(0.0)
    run = qb.simulate(system, times, qb.Lindblad((14, 8), tolerance=1e-9))
    # The same finite problem on both sides: neither its cutoff nor what it states of its steps is allowed here.
    run = run.drop_vars([key for key in run if str(key).endswith(("_cutoff_error", "_step_error"))])
    yield from both_modes(run, "master equation", exact, referee(1e-6), known=qutip.ERROR)
    run = qb.simulate(system, times, qb.PositiveP(327_680, step=0.005, rng=21))
    yield from both_modes(run, "positive-P", exact, referee(0.05))


@SUBJECT.claim(
    "While the battery with κ = 0.5 γ_s, γ_p = 16 γ_s charges at F_p = 3 √γ_s, positive-P has the stored energy, the "
    "ergotropy W, its coherent part W^c and incoherent part W^i, the power P = W/t and the largest power of the master "
    "equation.",
    route="positive-P with 163 840 trajectories: density matrix rebuilt from the samples, no Gaussian assumption",
    referee="sorted eigenvalues and populations of ρ from the package's master equation below 56 and 11 photons, which "
    "QuTiP checks in the chapter on the exact solver; the largest of P at times 0.1/γ_s apart",
    source=f"{PAPER}, Eqs. (9) and (15)–(17), Figs. 4 and 6",
    control="pump amplitude larger by 2 % (for W^i: W^i larger by 0.05 ħω_s)",
)
def work_and_power_of_the_paper() -> Iterator[Comparison]:
    """Energies and work at nine times up to γ_s t = 16, and the top of the power."""
    times, near = np.array([2.0, 4.0, 7.0, 9.5, 10.0, 10.5, 11.0, 13.0, 16.0]), np.arange(9.6, 11.05, 0.1)
    every = np.union1d(times, near.round(6))
    saved, dense = np.searchsorted(every, times), (every >= 9.5) & (every <= 11)
    run = qb.simulate(qb.DopoBattery(3.0), times, qb.PositiveP(163_840, rng=22))

    def referee(pump: float, at: NDArray[np.float64]) -> tuple[dict[str, Any], Any]:
        exact = qb.simulate(qb.DopoBattery(pump), at, qb.Lindblad((56, 11)))
        work = work_of(exact.density_matrix.values)._asdict()
        work["charging_power"] = work["ergotropy"] / at
        return work, exact

    expected, exact = referee(3.0, every)
    wrong, _ = referee(3.06, times)
    wrong["ergotropy_incoherent"] = expected["ergotropy_incoherent"][saved] + 0.05
    words = {
        "energy": "stored energy",
        "ergotropy": "ergotropy W",
        "ergotropy_coherent": "coherent part W^c",
        "ergotropy_incoherent": "incoherent part W^i",
        "charging_power": "charging power P",
    }
    for name, quantity in words.items():
        known = exact[f"{name}_cutoff_error"].values[saved]
        right = expected[name][saved]
        yield from compare_variable(run, name, right, quantity=quantity, known=known, wrong=wrong[name])
    power = expected["charging_power"]
    # What the top of a parabola through times 0.5/γ_s apart misses: by the exact curve itself, and the grid's 0.05².
    curve = np.polynomial.Polynomial.fit(every[dense], power[dense], 6)
    missed = (
        abs(float(curve.deriv(3)(10.25))) * 0.5**3 / (9 * np.sqrt(3)) + abs(float(curve.deriv(2)(10.25))) * 0.05**2 / 2
    )
    yield from compare_variable(
        run,
        "maximum_power",
        power.max(),
        quantity="largest charging power P_max",
        known=float(exact.charging_power_cutoff_error.values[dense].max()) + missed,
        wrong=wrong["charging_power"].max(),
    )


@SUBJECT.claim(
    "Truncated Wigner drops the third derivatives (κ/8)(∂³/∂α_s²∂α_p* + c.c.) of the Wigner function, and has the bias "
    "that this causes: at κ = 0.5 γ_s, γ_p = 16 γ_s, F_p = √γ_s the signal has 0.0126, 0.0164 and 0.0170 photons too "
    "many at γ_s t = 2, 5 and 10, where it should have 0.072, 0.137 and 0.153.",
    route="truncated Wigner, Heun's scheme, 327 680 trajectories from vacuum; also with detuning and a stronger κ",
    referee="the Fokker–Planck equation without these derivatives, and the master equation, both as matrices between "
    "number states below 14 and 7 photons, exponentiated by SciPy; no trajectories",
    source=f"the Wigner function's equation of motion for the Hamiltonian of {PAPER}, Eq. (6)",
    control="no bias at all; for ⟨a²⟩ a pump larger by 5 %",
)
def truncated_wigner_has_the_bias_of_its_equation() -> Iterator[Comparison]:
    """n̄ less its exact value, and ⟨a²⟩, of the signal at two sets of rates."""
    for words, rates, pump, times in (
        ("κ = 0.5 γ_s", PUBLISHED, np.exp(0.7j), np.array([2.0, 5.0, 10.0])),
        ("κ²/γ_sγ_p = 0.04, detuned", RATES, 0.9 * np.exp(0.7j), np.array([1.0, 2.5, 5.0])),
    ):
        # A detuning that changes nothing, so that the general equations are used.
        detuned = rates._replace(detuning=rates.detuning or 1e-9)
        run = qb.simulate(qb.DopoBattery(pump, *detuned), times, qb.TruncatedWigner(327_680, step=0.03, rng=23))
        cutoffs = (14, 7)
        whole, dropped = (battery_from_vacuum(rates, pump, times, cutoffs, truncated=cut) for cut in (False, True))
        stronger = battery_from_vacuum(rates, 1.05 * pump, times, cutoffs, truncated=True)
        signal, exact = run.sel(mode="signal"), whole["photon_number"]
        yield from compare(
            f"bias of the photon number n̄ of the signal, {words}",
            signal.photon_number.values - exact,
            dropped["photon_number"] - exact,
            error=signal.photon_number_stderr.values,
            known=signal.photon_number_step_error.values,
            wrong=np.zeros(len(times)),
            axis=times,
            axis_name="time t (1/rate unit)",
        )
        yield from compare_variable(
            run,
            "pair_amplitude",
            dropped["pair_amplitude"],
            mode="signal",
            quantity=f"{MOMENTS['pair_amplitude']} of the signal, {words}",
            wrong=stronger["pair_amplitude"],
        )

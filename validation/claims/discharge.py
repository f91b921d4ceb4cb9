"""The battery gives its work to a qubit: given states, whole cycles, and sampled states."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.stats import binom

import phasespace_qb as qb
from validation.claims import discharge_of_states
from validation.claims.discharge_of_states import COUPLED, WORK_OF_LOAD
from validation.claims.exact_solver_elements import BATTERY
from validation.evidence import Comparison, compare, compare_variable
from validation.referees import qutip as referee
from validation.references.battery import PAPER
from validation.references.density_matrices import work_of
from validation.references.two_level_load import Load, coupled_in_qutip, first_maximum, without_losses

SUBJECT = discharge_of_states.SUBJECT

AVERAGE = 1e-10
"""Of averages, below twenty levels, of elements that QuTiP gives to 1e-12."""


@SUBJECT.claim(
    f"A cycle charges from vacuum by {BATTERY}, holds with the pump off, drops the pump mode and discharges into a "
    f"two-level load by {COUPLED}, while the battery keeps its loss γ_s; in the limit of strong coupling the load gets "
    "the first maximum of 2 Σ p_n sin²(√n θ) − 1.",
    route="one cycle with the exact solver, complex pump, 20 × 8 number states",
    referee="QuTiP's mesolve, stage by stage: pump on, pump off, battery ⊗ qubit",
    source=PAPER + ", Eqs. (6)–(8) and (19)–(24)",
    control="γ_s 1 % larger",
)
def a_cycle_of_charging_holding_and_discharging() -> Iterator[Comparison]:
    """Energy and work while charging and holding; P_e, η_a and the battery afterwards."""
    cutoffs, pump, kappa, gamma_p = (20, 8), 2.4 * np.exp(0.7j), 2.0, 12.0
    charged, held, after = [0.0, 0.3, 0.6, 0.9], [1.2], [0.04, 0.08, 0.1, 0.13, 0.3]
    found = qb.cycle(
        qb.DopoBattery(pump, kappa, 1.2, gamma_p),
        charge=0.9,
        hold=0.3,
        times=after,
        coupling=8.0,
        gamma_a=0.5,
        method=qb.Lindblad(cutoffs, tolerance=1e-10),
        samples=5,
    )

    def stages(gamma_s: float) -> tuple[Any, Any, Load]:
        others = (kappa, gamma_s, gamma_p, 0.0, cutoffs)
        states = referee.evolve(*referee.battery(pump, *others), referee.coherent(cutoffs, (0, 0)), charged)
        states += referee.evolve(*referee.battery(0.0, *others), states[-1], held, begin=charged[-1])
        before = referee.reduced(states, 0)
        rates = {"coupling": 8.0, "gamma_s": gamma_s, "gamma_a": 0.5, "detuning": 0.0}
        return before, *coupled_in_qutip(before[-1], after, **rates)

    (before, left, load), (_before, _left, _load) = stages(1.2), stages(1.212)
    for name in ("energy", "ergotropy"):
        for stage, run, right, wrong in (
            ("charging and holding", found.charging, before, _before),
            ("discharging", found.discharging, left, _left),
        ):
            yield from compare(
                f"{name} of the battery, {stage}",
                run[name].values,
                getattr(work_of(right), name),
                wrong=getattr(work_of(wrong), name),
                known=run[f"{name}_step_error"].values + AVERAGE,
                axis=run.time.values,
                axis_name="time t (1/rate unit)",
                unit="ħω_s",
            )
    for name, right, wrong in (
        ("load_excitation", load.excitation, _load.excitation),
        ("load_ergotropy", load.ergotropy, _load.ergotropy),
    ):
        known = found.discharging[f"{name}_step_error"].values + AVERAGE
        symbol = {"load_excitation": "P_e", "load_ergotropy": "η_a"}[name]
        yield from compare(symbol, found.discharging[name].values, right, wrong=wrong, known=known, axis=after)
    limits = [_first_inversion(np.diagonal(states[-1]).real) for states in (before, _before)]
    # A parabola through three of 6 001 samples, h = 10⁻³ apart, misses h⁴ times derivatives of the order of 10³.
    given = found.discharging.attrs["strong_coupling_limit"]
    yield from compare("limit of strong coupling", [given], limits[:1], wrong=limits[1:], known=1e-8, unit="ħω_a")


def _first_inversion(numbers: NDArray[np.float64]) -> float:
    """First maximum of 2 Σ p_n sin²(√n θ) − 1."""
    n = np.arange(len(numbers))

    def minus(theta: float) -> float:
        return 1 - 2 * float(np.sin(np.sqrt(n) * theta) ** 2 @ numbers)

    guess = float(np.pi / 2 / np.sqrt(numbers @ n + 1))
    bounds = 0.5 * guess, 1.8 * guess
    return -float(minimize_scalar(minus, bounds=bounds, method="bounded", options={"xatol": 1e-10}).fun)


@SUBJECT.claim(
    "The density matrix that trajectories of a battery sample has the work and the photon-number distribution p_n of "
    f"the exact one, and excites a two-level load by {COUPLED} as that does: P_e = Σ p_n (4g²n/Ω_n²) sin²(Ω_n t/2) "
    f"with Ω_n² = δ² + 4g²n and {WORK_OF_LOAD}, within the errors that are stated.",
    route="positive-P with Heun's scheme, 81 920 trajectories at twice the threshold with a complex pump, steps of "
    "0.01, then a discharge",
    referee="the package's master equation, which QuTiP checks in the chapter on the exact solver, for the charging, "
    "36 × 10 number states; closed form of Jaynes and Cummings for the discharge",
    source=PAPER + ", Eqs. (6)–(9) and (15)–(24); Jaynes and Cummings, Proc. IEEE 51, 89 (1963)",
    control="a coupling 3 % larger; for p_n and the stored energy 3 % of the quanta lost",
)
def a_discharge_from_trajectories() -> Iterator[Comparison]:
    """p_n and work of the battery, then P_e, η_a and its first maximum."""
    charger = qb.DopoBattery(2.0 * np.exp(0.5j), 1.0, 1.0, 16.0)
    sampled = qb.simulate(charger, [3.0, 5.0], qb.PositiveP(81_920, step=0.01, rng=11))
    exact = qb.simulate(charger, [3.0, 5.0], qb.Lindblad((36, 10)))
    matrix = exact.density_matrix.values[-1]
    yield from _battery(sampled, exact)
    times, coupling, detuning = np.linspace(0.0, 0.6, 61), 3.0, 1.1
    run = qb.discharge(sampled, times, coupling=coupling, gamma_s=0.0, gamma_a=0.0, detuning=detuning)
    right, wrong = (without_losses(matrix, times, g, detuning) for g in (coupling, 1.03 * coupling))
    # What is lost beyond the cutoffs of the exact solver.
    cutoff = 2 * float(exact.number_distribution_cutoff_error.values[-1].sum())
    shown = slice(1, None, 6)
    for name, symbol, expected, planted in (
        ("load_excitation", "P_e", right.excitation, wrong.excitation),
        ("load_ergotropy", "η_a", right.ergotropy, wrong.ergotropy),
    ):
        yield from compare_variable(
            run.isel(time=shown), name, expected[shown], wrong=planted[shown], quantity=symbol, known=cutoff
        )
    best, other = (first_maximum(matrix, times, g, detuning) for g in (coupling, 1.03 * coupling))
    yield from compare_variable(
        run,
        "load_ergotropy_maximum",
        [best.height],
        quantity="height of the first maximum of η_a",
        known=cutoff + best.height_error,
        axis=None,
    )
    yield from compare_variable(
        run,
        "load_ergotropy_maximum_time",
        [best.time],
        wrong=[other.time],
        quantity="time of the first maximum of η_a",
        known=best.time_error,
        axis=None,
    )


def _battery(sampled: xr.Dataset, exact: xr.Dataset) -> Iterator[Comparison]:
    """Work at both times and p_n at the last, found from samples and exactly."""
    for name, symbol in (
        ("energy", "stored energy n̄"),
        ("passive_energy", "passive energy"),
        ("ergotropy", "ergotropy W"),
        ("ergotropy_coherent", "coherent part Wᶜ"),
        ("ergotropy_incoherent", "incoherent part Wⁱ"),
    ):
        expected = exact[name].values
        known = exact.energy_cutoff_error.values + exact.energy_step_error.values
        wrong = 0.97 * expected if name == "energy" else None
        yield from compare_variable(sampled, name, expected, wrong=wrong, quantity=symbol, known=known)
    last, n = sampled.isel(time=-1), np.arange(min(sampled.sizes["n"], 30))
    expected = exact.number_distribution.values[-1]
    lossy = binom.pmf(n[:, None], np.arange(len(expected)), 0.97) @ expected
    known = sum(last[f"number_distribution{e}"].values[n] for e in ("_step_error", "_estimator_error"))
    yield from compare(
        "photon-number distribution p_n at t = 5",
        last.number_distribution.values[n],
        expected[n],
        wrong=lossy,
        error=last.number_distribution_stderr.values[n],
        known=known + exact.number_distribution_cutoff_error.values[-1, n],
        axis=n,
        axis_name="photon number n",
    )

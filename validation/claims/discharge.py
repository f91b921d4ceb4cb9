"""The battery gives its work to a qubit: given states, whole cycles, and sampled states."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

import phasespace_qb as qb
from validation.claims import discharge_of_states
from validation.claims.discharge_references import Load, coupled_in_qutip, without_losses, work_of
from validation.claims.exact_solver_elements import battery
from validation.evidence import Comparison, compare, compare_variable
from validation.referees import qutip as referee

SUBJECT = discharge_of_states.SUBJECT


@SUBJECT.claim(
    "A cycle charges from vacuum, holds with the pump off, drops the pump mode and discharges, and the battery keeps "
    "its loss γ_s throughout; its limit of strong coupling is the first maximum of 2 Σ p_n sin²(√n θ) − 1.",
    route="one cycle with the exact solver, complex pump, 20 × 8 number states",
    referee="QuTiP's mesolve, stage by stage: pump on, pump off, battery ⊗ qubit",
    source="the paper's Eqs. (6)–(8) and (19)–(24)",
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
        states = referee.evolve(*battery(pump, *others), referee.coherent(cutoffs, (0, 0)), charged)
        states += referee.evolve(*battery(0.0, *others), states[-1], held, begin=charged[-1])
        before = referee.reduced(states, 0)
        rates = {"coupling": 8.0, "gamma_s": gamma_s, "gamma_a": 0.5, "detuning": 0.0}
        return before, *coupled_in_qutip(before[-1], after, **rates)

    (before, left, load), (_before, _left, _load) = stages(1.2), stages(1.212)
    for index, name in enumerate(("energy", "ergotropy")):
        for stage, run, right, wrong in (
            ("charging and holding", found.charging, before, _before),
            ("discharging", found.discharging, left, _left),
        ):
            yield from compare(
                f"{name} of the battery, {stage}",
                run[name].values,
                work_of(right)[index],
                wrong=work_of(wrong)[index],
                known=run[f"{name}_step_error"].values + 1e-8,
                axis=run.time.values,
                axis_name="time t (1/rate unit)",
                unit="ħω_s",
            )
    for name, right, wrong in (
        ("load_excitation", load.excitation, _load.excitation),
        ("load_ergotropy", load.ergotropy, _load.ergotropy),
    ):
        known = found.discharging[f"{name}_step_error"].values + 1e-8
        symbol = {"load_excitation": "P_e", "load_ergotropy": "η_a"}[name]
        yield from compare(symbol, found.discharging[name].values, right, wrong=wrong, known=known, axis=after)
    limits = [_first_inversion(np.diagonal(states[-1]).real) for states in (before, _before)]
    # From 6 001 samples with a parabola through three of them.
    given = found.discharging.attrs["strong_coupling_limit"]
    yield from compare("limit of strong coupling", [given], limits[:1], wrong=limits[1:], known=1e-6, unit="ħω_a")


def _first_inversion(numbers: NDArray[np.float64]) -> float:
    """First maximum of 2 Σ p_n sin²(√n θ) − 1."""
    n = np.arange(len(numbers))

    def minus(theta: float) -> float:
        return 1 - 2 * float(np.sin(np.sqrt(n) * theta) ** 2 @ numbers)

    guess = float(np.pi / 2 / np.sqrt(numbers @ n + 1))
    return -float(minimize_scalar(minus, bounds=(0.5 * guess, 1.8 * guess), method="bounded").fun)


@SUBJECT.claim(
    "The number distribution that trajectories sample is as good for a load as the exact one, within the errors that "
    "the discharge states: P_e = Σ p_n (4g²n/Ω_n²) sin²(Ω_n t/2).",
    route="positive-P with Heun's scheme, 81 920 trajectories at twice the threshold, steps of 0.01, then a discharge",
    referee="exact solver for the charging, closed form of Jaynes and Cummings for the discharge",
    source=discharge_of_states.PAPER,
    control="a coupling 3 % larger",
)
def a_discharge_from_trajectories() -> Iterator[Comparison]:
    """P_e, η_a and its first maximum."""
    charger = qb.DopoBattery(2.0 * np.exp(0.5j), 1.0, 1.0, 16.0)
    sampled = qb.simulate(charger, [3.0, 5.0], qb.PositiveP(81_920, step=0.01, rng=11))
    exact = qb.simulate(charger, [3.0, 5.0], qb.Lindblad((36, 10)))
    matrix = exact.density_matrix.values[-1]
    times, coupling, detuning = np.linspace(0.0, 0.6, 61), 3.0, 1.1
    run = qb.discharge(sampled, times, coupling=coupling, gamma_s=0.0, gamma_a=0.0, detuning=detuning)
    right, wrong = (without_losses(matrix, times, g, detuning) for g in (coupling, 1.03 * coupling))
    # What is lost beyond the cutoffs of the exact solver.
    cutoff = float(exact.number_distribution_cutoff_error.values[-1].sum())
    shown = slice(1, None, 6)
    for name, symbol in (("load_excitation", "P_e"), ("load_ergotropy", "η_a")):
        expected, planted = (
            getattr(each, "excitation" if symbol == "P_e" else "ergotropy")[shown] for each in (right, wrong)
        )
        yield from compare_variable(
            run.isel(time=shown), name, expected, wrong=planted, quantity=symbol, known=2 * cutoff
        )
    yield from compare_variable(
        run,
        "load_ergotropy_maximum",
        [float(right.ergotropy.max())],
        quantity="first maximum of η_a",
        # Of 61 samples the largest is this much below the maximum.
        known=2 * cutoff + 1e-3,
        axis=None,
    )

"""The first part of the chapter on discharge: given states of the battery and a load."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

import phasespace_qb as qb
from validation.evidence import Comparison, Subject, compare, compare_variable
from validation.references.battery import PAPER
from validation.references.density_matrices import coherent, number, pure, thermal, work_of
from validation.references.two_level_load import Load, coupled_in_qutip, first_maximum, without_losses

SUBJECT = Subject("Discharge into a two-level load")

Array = NDArray[np.float64]
SOURCE = PAPER + ", Eqs. (19)–(24); Jaynes and Cummings, Proc. IEEE 51, 89 (1963)"
COUPLED = "H = δ σ₊σ₋ + g (a σ₊ + a† σ₋)"
WORK_OF_LOAD = "η_a = P_e − ½ + √((P_e − ½)² + |ρ_eg|²)"
ROUNDING = 1e-12
"""Beside the step errors that a discharge states."""


@SUBJECT.claim(
    f"Without losses, {COUPLED} excites a two-level load as P_e(t) = Σ p_n (4g²n/Ω_n²) sin²(Ω_n t/2) with "
    f"Ω_n² = δ² + 4g²n, the battery loses as much energy, and the load holds the work {WORK_OF_LOAD}.",
    route="discharge of a number state, of a thermal and of a coherent state with a complex amplitude",
    referee="closed form of Jaynes and Cummings",
    source=SOURCE,
    control="a coupling 0.1 % larger; half the coherence",
)
def a_load_without_losses() -> Iterator[Comparison]:
    """P_e, η_a and the energy left, for three batteries."""
    times, coupling, detuning = np.array([0.05, 0.17, 0.4, 0.55, 0.83, 1.6, 3.1]), 2.0, 1.1
    for name, matrix in (
        ("number state |3⟩", number(3)),
        ("thermal state", thermal(0.8, 40)),
        ("coherent state", pure(coherent(1.3 - 0.9j, 30))),
    ):
        run = qb.discharge(
            qb.DensityMatrix(matrix), times, coupling=coupling, gamma_s=0.0, gamma_a=0.0, detuning=detuning
        )
        right, wrong = (without_losses(matrix, times, g, detuning) for g in (coupling, 1.001 * coupling))
        mean = float(np.diagonal(matrix).real @ np.arange(len(matrix)))
        yield from compare_variable(
            run, "load_excitation", right.excitation, wrong=wrong.excitation, quantity=f"P_e, {name}", known=ROUNDING
        )
        if name != "thermal state":  # which never inverts the load
            half = Load(right.excitation, 0.5 * right.coherence)
            planted = half if name == "coherent state" else wrong
            yield from compare_variable(
                run,
                "load_ergotropy",
                right.ergotropy,
                wrong=planted.ergotropy,
                quantity=f"η_a, {name}",
                known=ROUNDING,
            )
        left, planted_left = mean - right.excitation, mean - wrong.excitation
        yield from compare_variable(
            run, "energy", left, wrong=planted_left, quantity=f"energy left in the battery, {name}", known=ROUNDING
        )


@SUBJECT.claim(
    f"With {COUPLED} only coherences between neighbouring number states reach a two-level load: an even cat, whose "
    "parity is that of a battery charged from vacuum, gives it no coherence, and its work is η_a = max(0, 2P_e − 1).",
    route="discharge of an even cat of two coherent states, without losses",
    referee="closed form of Jaynes and Cummings",
    source=SOURCE + "; parity of the exchange a σ₊ + a† σ₋",
    control="the coherence that one of the two branches alone would hand on",
)
def a_symmetric_battery_gives_no_coherence() -> Iterator[Comparison]:
    """η_a and P_e of a cat."""
    times, coupling, detuning = np.linspace(0.03, 1.5, 12), 2.0, 1.1
    branch = coherent(1.3 - 0.9j, 30)
    cat = branch * (np.arange(30) % 2 == 0)
    matrix = pure(cat / np.linalg.norm(cat))
    run = qb.discharge(qb.DensityMatrix(matrix), times, coupling=coupling, gamma_s=0.0, gamma_a=0.0, detuning=detuning)
    right, one = (without_losses(m, times, coupling, detuning) for m in (matrix, pure(branch)))
    inverted = np.maximum(0.0, 2 * right.excitation - 1)
    planted = Load(right.excitation, one.coherence).ergotropy
    yield from compare_variable(run, "load_ergotropy", inverted, wrong=planted, quantity="η_a", known=ROUNDING)
    yield from compare_variable(
        run, "load_excitation", right.excitation, wrong=one.excitation, quantity="P_e", known=ROUNDING
    )


@SUBJECT.claim(
    f"With losses γ_s D[a] and γ_a D[σ₋], load and battery follow the master equation of {COUPLED}: P_e, the work of "
    "the load, and energy, work, coherent and incoherent work that are left in the battery.",
    route="discharge of a coherent state with a complex amplitude, detuned, γ_s ≠ γ_a",
    referee="QuTiP's mesolve for battery ⊗ qubit, sorted eigenvalues",
    source=SOURCE,
    control="a decay rate of the load 1 % larger",
)
def a_load_and_a_battery_with_losses() -> Iterator[Comparison]:
    """Both subsystems."""
    times, rates = [0.1, 0.35, 0.6, 1.1, 2.4], {"coupling": 2.3, "gamma_s": 0.7, "gamma_a": 0.4, "detuning": -0.9}
    matrix = pure(coherent(0.9 + 1.1j, 18))
    run = qb.discharge(qb.DensityMatrix(matrix), times, **rates)
    states, load = coupled_in_qutip(matrix, times, **rates)
    planted, wrong = coupled_in_qutip(matrix, times, **(rates | {"gamma_a": 0.404}))
    names = {
        "energy": "energy of the battery",
        "ergotropy": "ergotropy of the battery",
        "ergotropy_coherent": "its coherent part",
        "ergotropy_incoherent": "its incoherent part",
    }
    right, mistakes = work_of(states), work_of(planted)
    battery = ((key, name, getattr(right, key), getattr(mistakes, key)) for key, name in names.items())
    for variable, name, expected, mistaken in (
        ("load_excitation", "P_e", load.excitation, wrong.excitation),
        ("load_ergotropy", "η_a", load.ergotropy, wrong.ergotropy),
        *battery,
    ):
        yield from compare_variable(run, variable, expected, wrong=mistaken, quantity=name, known=ROUNDING)


@SUBJECT.claim(
    f"One quantum in a lossy battery and a lossy two-level load, {COUPLED}: P_e = |c_e|², n̄ = |c_b|² with "
    "ċ_b = −(γ_s/2) c_b − i g c_e and ċ_e = −(γ_a/2 + iδ) c_e − i g c_b.",
    route="discharge of the number state |1⟩",
    referee="exponential of the 2 × 2 matrix, by its eigenvalues",
    source="Carmichael, Statistical Methods in Quantum Optics 2, Sec. 13.2",
    control="g 0.1 % larger",
)
def one_quantum_with_losses() -> Iterator[Comparison]:
    """P_e and n̄ at six times, overdamped at last."""
    times, gamma_s, gamma_a, detuning = np.array([0.2, 0.5, 0.9, 1.3, 2.0, 4.0]), 1.3, 0.2, 0.6

    def populations(coupling: float) -> tuple[Array, Array]:
        generator = np.array([[-gamma_s / 2, -1j * coupling], [-1j * coupling, -gamma_a / 2 - 1j * detuning]])
        values, vectors = np.linalg.eig(generator)
        weights = np.linalg.solve(vectors, np.array([1.0, 0.0]))
        amplitudes = np.exp(np.outer(times, values)) * weights @ vectors.T
        return np.abs(amplitudes[:, 0]) ** 2, np.abs(amplitudes[:, 1]) ** 2

    run = qb.discharge(
        qb.DensityMatrix(number(1)), times, coupling=1.7, gamma_s=gamma_s, gamma_a=gamma_a, detuning=detuning
    )
    right, wrong = populations(1.7), populations(1.7017)
    for index, (variable, name) in enumerate((("energy", "n̄ of the battery"), ("load_excitation", "P_e"))):
        yield from compare_variable(run, variable, right[index], wrong=wrong[index], quantity=name, known=ROUNDING)


@SUBJECT.claim(
    "Battery and two-level load exchange and lose excitations and never make them: with equal losses "
    "n̄ + P_e = n̄₀ e^(−γt), whatever the coupling.",
    route="discharge of a thermal state and of a coherent state, γ_s = γ_a",
    referee="closed form",
    source="the equation of motion of a†a + σ₊σ₋",
    control="γ 0.1 % larger",
)
def excitations_leave_at_the_common_rate() -> Iterator[Comparison]:
    """n̄ + P_e of two batteries."""
    times, rate = np.array([0.1, 0.4, 0.9, 1.7, 3.0]), 0.8
    for name, matrix in (("thermal state", thermal(1.5, 50)), ("coherent state", pure(coherent(-1.1 + 0.5j, 25)))):
        run = qb.discharge(qb.DensityMatrix(matrix), times, coupling=3.0, gamma_s=rate, gamma_a=rate, detuning=0.4)
        start = float(np.diagonal(matrix).real @ np.arange(len(matrix)))
        yield from compare(
            f"n̄ + P_e, {name}",
            (run.energy + run.load_excitation).values,
            start * np.exp(-rate * times),
            wrong=start * np.exp(-1.001 * rate * times),
            known=(run.energy_step_error + run.load_excitation_step_error).values + ROUNDING,
            axis=times,
            axis_name="time t (1/rate unit)",
        )


@SUBJECT.claim(
    f"The first maximum of the work that a two-level load holds, {WORK_OF_LOAD}, is found in height and time, also "
    "between the samples.",
    route="discharge of a coherent state without losses, 91 samples",
    referee="numerical maximum of the closed form of Jaynes and Cummings",
    source=SOURCE,
    control="the largest of the samples, and its time",
)
def the_first_maximum_of_the_load() -> Iterator[Comparison]:
    """Height and time."""
    coupling, detuning, matrix = 2.0, 1.1, pure(coherent(1.3 - 0.9j, 30))
    times = np.linspace(0.0, 0.9, 91)
    best = first_maximum(matrix, times, coupling, detuning)
    run = qb.discharge(qb.DensityMatrix(matrix), times, coupling=coupling, gamma_s=0.0, gamma_a=0.0, detuning=detuning)
    samples = without_losses(matrix, times, coupling, detuning).ergotropy
    top = int(np.argmax(samples))
    for name, aspect, right, wrong, known, unit in (
        ("load_ergotropy_maximum", "height", best.height, samples[top], best.height_error, "ħω_a"),
        ("load_ergotropy_maximum_time", "time", best.time, times[top], best.time_error, "1/rate unit"),
    ):
        found, quantity = [float(run[name])], f"{aspect} of the first maximum of η_a"
        yield from compare(quantity, found, [right], wrong=[wrong], known=known + 1e-9, unit=unit)

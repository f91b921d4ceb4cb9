"""Stochastic equations whose solution is known in closed form: linear ones, additive and multiplicative.

Random numbers, single paths and orders of the schemes come first, from the modules that are imported; here are
ensembles as a user runs them.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

import phasespace_qb as qb
from validation.claims import stochastic_averages, stochastic_orders, stochastic_rings, stochastic_steps
from validation.claims.stochastic_paths import SUBJECT, name_of
from validation.evidence import Comparison, compare_variable
from validation.references.langevin_equations import A, B, Resonator

__all__ = ["SUBJECT", "stochastic_averages", "stochastic_orders", "stochastic_rings", "stochastic_steps"]

Array = NDArray[np.float64]

LOSS, GAIN, DETUNING, AMPLITUDE = 1.3, 0.4, 0.6, 1.2 - 0.7j
FREQUENCY = 0.5
"""ω of the dephased mode."""
NEXT_ORDER = 0.1
"""The stated error of the step is what doubled steps change, c₁h + 3c₂h² of an error c₁h + c₂h²: what it leaves out is
2(c₂/c₁)h of it.  A step of Heun's multiplies |b|² by 1 + φ⁴/4, φ = √Γ_φ ΔW − ωh: c₁ = ¾Γ_φ²t and c₂/c₁ =
2ω²/Γ_φ + c₁/2, which is 7 % at h = 0.02, ω = 0.5, Γ_φ = 0.3, t = 2.
Of conserved quantities no sampling error hides it."""
DRIVE, OFF = 0.9 + 0.5j, 0.8


def thermal_mode() -> qb.OpenSystem:
    """H = Δ a†a + i(E a† − E* a) until t = 0.8, loss γ↓ D[a], gain γ↑ D[a†]."""
    drive = 1j * qb.SwitchedOff(DRIVE, OFF) * A.dag
    return qb.OpenSystem(DETUNING * A.dag * A + drive + drive.dag, {A: LOSS, A.dag: GAIN}, {A: AMPLITUDE})


def amplitude(t: Array, drive: complex = DRIVE, loss: float = LOSS) -> NDArray[np.complex128]:
    """⟨a⟩ of the thermal mode."""
    rate = (loss - GAIN) / 2 + 1j * DETUNING
    on = np.minimum(t, OFF)
    reached = drive / rate + (AMPLITUDE - drive / rate) * np.exp(-rate * on)
    return np.asarray(reached * np.exp(-rate * (t - on)))


def thermal_number(t: Array, gain: float = GAIN, loss: float = LOSS) -> Array:
    """⟨δa†δa⟩ of the thermal mode."""
    return np.asarray(-gain / (loss - gain) * np.expm1(-(loss - gain) * t))


@SUBJECT.claim(
    "A damped and amplified mode is an Ornstein–Uhlenbeck process: with H = Δa†a + i(Ea† − E*a), the drive E being "
    "switched off at t₀, loss γ↓D[a], gain γ↑D[a†], γ = γ↓ − γ↑ and n̄_th = γ↑/γ, ⟨a⟩ = α(t) with dα/dt = −(γ/2 + "
    "iΔ)α + E, n̄ = |α|² + N with N = n̄_th(1 − e^(−γt)), ⟨a²⟩ = α², ⟨a†²a²⟩ = |α|⁴ + 4|α|²N + 2N².",
    route="truncated Wigner, Heun's scheme, 163 840 trajectories, a drive that is switched off within the run",
    referee="closed form",
    source="Uhlenbeck and Ornstein, Phys. Rev. 36, 823 (1930); Gardiner and Zoller, Quantum Noise",
    control="a drive 3 % larger, and a gain 5 % larger for the photon number and the number of pairs",
)
def ornstein_uhlenbeck_mode() -> Iterator[Comparison]:
    """Four moments at seven times."""
    times: Array = np.array([0.1, 0.25, 0.6, OFF, 1.1, 1.9, 3.0])
    run = qb.simulate(thermal_mode(), times, qb.TruncatedWigner(163_840, step=0.02, rng=11))
    alpha, number = amplitude(times), thermal_number(times)
    louder, hotter = amplitude(times, 1.03 * DRIVE), thermal_number(times, 1.05 * GAIN)

    def pairs(field: NDArray[np.complex128], noise: Array) -> Array:
        size = np.abs(field) ** 2
        return np.asarray(size**2 + 4 * size * noise + 2 * noise**2)

    yield from compare_variable(run, "mean_field", alpha, wrong=louder, quantity="mean field ⟨a⟩", mode="a")
    yield from compare_variable(
        run,
        "photon_number",
        np.abs(alpha) ** 2 + number,
        wrong=np.abs(louder) ** 2 + hotter,
        quantity="photon number n̄",
        mode="a",
    )
    yield from compare_variable(
        run, "pair_amplitude", alpha**2, wrong=louder**2, quantity="pair amplitude ⟨a²⟩", mode="a"
    )
    yield from compare_variable(
        run,
        "pair_number",
        pairs(alpha, number),
        wrong=pairs(louder, hotter),
        quantity="number of pairs ⟨a†²a²⟩",
        mode="a",
    )


@SUBJECT.claim(
    "The covariance of an Ornstein–Uhlenbeck process at two times decays as its mean: for H = Δa†a + i(Ea† − E*a), the "
    "drive being switched off between both times, loss γ↓D[a], gain γ↑D[a†] and γ = γ↓ − γ↑, in symmetric order "
    "½⟨{a†(t), a(t+τ)}⟩ = α*(t)α(t+τ) + (N(t) + ½)e^(−(γ/2 + iΔ)τ) and ⟨a(t+τ)a(t)⟩ = α(t+τ)α(t), with "
    "N = (γ↑/γ)(1 − e^(−γt)).",
    route="correlations in truncated Wigner, Heun's scheme, 163 840 trajectories, origin t = 0.5",
    referee="closed form (quantum regression theorem)",
    source="Gardiner and Zoller, Quantum Noise",
    control="a loss γ↓ 8 % larger, and for ½⟨{a†, a}⟩ once more: N(t) without its vacuum ½",
)
def ornstein_uhlenbeck_covariance() -> Iterator[Comparison]:
    """Two correlations at eight lags, the drive being switched off between them."""
    origin = 0.5
    lags: Array = 0.2 * np.arange(8.0)
    found = qb.correlations(thermal_mode(), lags, qb.TruncatedWigner(163_840, step=0.02, rng=12), since=origin)
    # At τ = 0 the imaginary part is zero but for rounding, and so is its error.
    axis: dict[str, Any] = {"axis": lags, "axis_name": "lag τ (unit of time)", "known": 1e-12 * (1 + 1j)}

    def expected(loss: float, vacuum: float = 0.5) -> tuple[Any, Any]:
        before, after = (amplitude(t, loss=loss) for t in (np.array([origin]), origin + lags))
        number = thermal_number(np.array([origin]), loss=loss)
        decay = np.exp(-((loss - GAIN) / 2 + 1j * DETUNING) * lags)
        return before.conj() * after + (number + vacuum) * decay, before * after

    (first, pair), (first_faster, pair_faster) = expected(LOSS), expected(1.08 * LOSS)
    for words, wrong in (("", first_faster), (", its vacuum ½", expected(LOSS, 0.0)[0])):
        quantity = f"correlation ½⟨{{a†(t), a(t+τ)}}⟩{words}"
        yield from compare_variable(found, "first_order_correlation", first, wrong=wrong, quantity=quantity, **axis)
    yield from compare_variable(
        found, "anomalous_correlation", pair, wrong=pair_faster, quantity="correlation ⟨a(t+τ)a(t)⟩", **axis
    )


@SUBJECT.claim(
    "A mode with H = ωb†b and dephasing Γ_φD[b†b] is Kubo's oscillator: coherences decay as ⟨b⟩ = β e^(−iωt − Γ_φt/2) "
    "and ⟨b²⟩ = β² e^(−2iωt − 2Γ_φt), while ⟨b†b⟩ = |β|² and ⟨b†²b²⟩ = |β|⁴ stay; Euler's scheme for Itô equations "
    "and three for Stratonovich ones agree, each on equations of its own calculus.",
    route="positive-P, four schemes, 40 960 trajectories each; a resonator that is not coupled to the mode runs along",
    referee="closed form",
    source="Gardiner and Zoller, Quantum Noise; R. Kubo, J. Math. Phys. 4, 174 (1963)",
    control="a dephasing rate 20 % larger for ⟨b⟩ and ⟨b²⟩, and intensities |β|² 2 % larger for the two others",
)
def dephasing_is_a_kubo_oscillator() -> Iterator[Comparison]:
    """Four moments at four times by each scheme."""
    model = Resonator(frequency=FREQUENCY)
    times, beta = np.array([0.3, 0.5, 1.2, 2.0]), 1.2 + 0.5j
    turning, rate = np.exp(-1j * model.frequency * times), model.dephasing
    number = np.full(4, abs(beta) ** 2)
    schemes = (qb.EulerMaruyama(), qb.Heun(), qb.Midpoint(), qb.ExponentialHeun())
    for seed, scheme in enumerate(schemes):
        step = 0.005 if seed == 0 else 0.02
        method = qb.PositiveP(40_960, step=step, integrator=scheme, rng=seed)
        run = qb.simulate(model.system(), times, method)
        rows = {
            "mean_field": ("⟨b⟩", [beta * turning * np.exp(-r * times / 2) for r in (rate, 1.2 * rate)]),
            "pair_amplitude": ("⟨b²⟩", [(beta * turning) ** 2 * np.exp(-2 * r * times) for r in (rate, 1.2 * rate)]),
            "photon_number": ("⟨b†b⟩", [number, 1.02 * number]),
            "pair_number": ("⟨b†²b²⟩", [number**2, 1.02**2 * number**2]),
        }
        for variable, (symbol, (right, wrong)) in rows.items():
            next_order = NEXT_ORDER * run[f"{variable}_step_error"].sel(mode="b").values
            quantity = f"{symbol} by {name_of(scheme)}"
            yield from compare_variable(
                run, variable, right, wrong=wrong, known=next_order, mode="b", quantity=quantity
            )


@SUBJECT.claim(
    "Two-time averages of a mode with H = ωb†b and dephasing Γ_φD[b†b] keep the intensity and lose the phase: "
    "⟨b†(t)b(t+τ)⟩ = |β|²e^(−iωτ − Γ_φτ/2), ⟨b(t+τ)b(t)⟩ = β²e^(−iω(2t+τ) − Γ_φ(4t+τ)/2), ⟨b†(t)b†(t+τ)b(t+τ)b(t)⟩ = "
    "|β|⁴.",
    route="correlations in positive-P, Heun's scheme, 40 960 trajectories, origin t = 0.4",
    referee="closed form (phase diffusion)",
    source="Gardiner and Zoller, Quantum Noise",
    control="a dephasing rate 30 % larger for the first two, and for the last, which does not know of it, |β|⁴ 4 % "
    "larger",
)
def two_time_averages_of_a_dephased_mode() -> Iterator[Comparison]:
    """Three correlations at six lags."""
    model, origin, beta = Resonator(frequency=FREQUENCY), 0.4, 1.2 + 0.5j
    lags: Array = 0.3 * np.arange(6.0)
    method = qb.PositiveP(40_960, step=0.02, rng=21)
    found = qb.correlations(replace(model.system(), storage=B), lags, method, since=origin)

    def coherence(rate: float) -> NDArray[np.complex128]:
        return np.asarray(abs(beta) ** 2 * np.exp(-(1j * model.frequency + rate / 2) * lags))

    def pair(rate: float) -> NDArray[np.complex128]:
        turned = -1j * model.frequency * (2 * origin + lags)
        return np.asarray(beta**2 * np.exp(turned - rate / 2 * (4 * origin + lags)))

    rate, intensity = model.dephasing, np.full(6, abs(beta) ** 4)
    rows: dict[str, tuple[str, Any, Any]] = {
        "first_order_correlation": ("⟨b†(t)b(t+τ)⟩", coherence(rate), coherence(1.3 * rate)),
        "anomalous_correlation": ("⟨b(t+τ)b(t)⟩", pair(rate), pair(1.3 * rate)),
        "intensity_correlation": ("⟨b†(t)b†(t+τ)b(t+τ)b(t)⟩", intensity, 1.04 * intensity),
    }
    for variable, (symbol, right, wrong) in rows.items():
        # And rounding, where the imaginary part is zero at τ = 0.
        next_order = NEXT_ORDER * found[f"{variable}_step_error"].values
        known = next_order + (1e-12 * (1 + 1j) if np.iscomplexobj(next_order) else 1e-12)
        axis: dict[str, Any] = {"axis": lags, "axis_name": "lag τ (in the unit of time)"}
        yield from compare_variable(found, variable, right, wrong=wrong, known=known, quantity=symbol, **axis)

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
from validation.claims import stochastic_orders, stochastic_steps
from validation.claims.langevin_equations import A, B, Resonator
from validation.claims.stochastic_paths import SUBJECT, name_of
from validation.evidence import Comparison, compare_variable

__all__ = ["SUBJECT", "stochastic_orders", "stochastic_steps"]

Array = NDArray[np.float64]

LOSS, GAIN, DETUNING, AMPLITUDE = 1.3, 0.4, 0.6, 1.2 - 0.7j
DRIVE, OFF = 0.9 + 0.5j, 0.8


def thermal_mode() -> qb.OpenSystem:
    """H = Δ a†a + i(E a† − E* a) until t = 0.8, loss γ↓ D[a], gain γ↑ D[a†]."""
    drive = 1j * qb.SwitchedOff(DRIVE, OFF) * A.dag
    return qb.OpenSystem(DETUNING * A.dag * A + drive + drive.dag, {A: LOSS, A.dag: GAIN}, {A: AMPLITUDE})


def amplitude(t: Array, drive: complex = DRIVE) -> NDArray[np.complex128]:
    """⟨a⟩ of the thermal mode."""
    rate = (LOSS - GAIN) / 2 + 1j * DETUNING
    on = np.minimum(t, OFF)
    reached = drive / rate + (AMPLITUDE - drive / rate) * np.exp(-rate * on)
    return np.asarray(reached * np.exp(-rate * (t - on)))


def thermal_number(t: Array, gain: float = GAIN) -> Array:
    """⟨δa†δa⟩ of the thermal mode."""
    return np.asarray(-gain / (LOSS - gain) * np.expm1(-(LOSS - gain) * t))


@SUBJECT.claim(
    "A damped and amplified mode is an Ornstein–Uhlenbeck process: with Γ = γ↓ − γ↑, n̄_th = γ↑/Γ and a drive E until "
    "t₀, ⟨a⟩ = α(t) with dα/dt = −(Γ/2 + iΔ)α + E, n̄ = |α|² + N with N = n̄_th(1 − e^(−Γt)), ⟨a²⟩ = α², "
    "⟨a†²a²⟩ = |α|⁴ + 4|α|²N + 2N².",
    route="truncated Wigner, Heun's scheme, 163 840 trajectories, a drive that is switched off within the run",
    referee="closed form",
    source="Uhlenbeck and Ornstein, Phys. Rev. 36, 823 (1930); Gardiner and Zoller, Quantum Noise, Sec. 6.1",
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
    "The covariance of an Ornstein–Uhlenbeck process at two times decays as its mean: symmetrically ordered, "
    "½⟨{a†(t), a(t+τ)}⟩ = α*(t)α(t+τ) + (N(t) + ½)e^(−(Γ/2 + iΔ)τ), ⟨a(t+τ)a(t)⟩ = α(t+τ)α(t).",
    route="correlations in truncated Wigner, Heun's scheme, 163 840 trajectories, origin t = 0.5",
    referee="closed form (quantum regression theorem)",
    source="Gardiner and Zoller, Quantum Noise, Secs. 5.2 and 6.1",
    control="a drive 6 % larger",
)
def ornstein_uhlenbeck_covariance() -> Iterator[Comparison]:
    """Two correlations at eight lags, the drive being switched off between them."""
    origin = 0.5
    lags: Array = 0.2 * np.arange(8.0)
    found = qb.correlations(thermal_mode(), lags, qb.TruncatedWigner(163_840, step=0.02, rng=12), since=origin)
    rate = (LOSS - GAIN) / 2 + 1j * DETUNING
    noise = (thermal_number(np.array([origin])) + 0.5) * np.exp(-rate * lags)
    # At τ = 0 the imaginary part is zero but for rounding, and so is its error.
    axis: dict[str, Any] = {"axis": lags, "axis_name": "lag τ (in the unit of time)", "known": 1e-12 * (1 + 1j)}
    before, after = amplitude(np.array([origin])), amplitude(origin + lags)
    wrong = 1.06 * DRIVE
    before_wrong, after_wrong = amplitude(np.array([origin]), wrong), amplitude(origin + lags, wrong)
    yield from compare_variable(
        found,
        "first_order_correlation",
        before.conj() * after + noise,
        wrong=before_wrong.conj() * after_wrong + noise,
        quantity="correlation ½⟨{a†(t), a(t+τ)}⟩",
        **axis,
    )
    yield from compare_variable(
        found,
        "anomalous_correlation",
        before * after,
        wrong=before_wrong * after_wrong,
        quantity="correlation ⟨a(t+τ)a(t)⟩",
        **axis,
    )


@SUBJECT.claim(
    "Dephasing Γ_φ D[b†b] is Kubo's oscillator: coherences decay as ⟨b⟩ = β e^(−iωt − Γ_φt/2) and "
    "⟨b²⟩ = β² e^(−2iωt − 2Γ_φt), while ⟨b†b⟩ = |β|² and ⟨b†²b²⟩ = |β|⁴ stay; schemes for Itô and for Stratonovich "
    "equations agree, each on equations of its own calculus.",
    route="positive-P, four schemes, 40 960 trajectories each; a resonator that is not coupled to the mode runs along",
    referee="closed form",
    source="Gardiner and Zoller, Quantum Noise, Sec. 5.1; R. Kubo, J. Math. Phys. 4, 174 (1963)",
    control="a dephasing rate 10 % larger, and a photon number 2 % larger",
)
def dephasing_is_a_kubo_oscillator() -> Iterator[Comparison]:
    """Four moments at four times by each scheme."""
    model = Resonator()
    times, beta = np.array([0.3, 0.5, 1.2, 2.0]), 1.2 + 0.5j
    turning, rate = np.exp(-1j * model.frequency * times), model.dephasing
    number = np.full(4, abs(beta) ** 2)
    schemes = (qb.EulerMaruyama(), qb.Heun(), qb.Midpoint(), qb.ExponentialHeun())
    for seed, scheme in enumerate(schemes):
        step = 0.005 if seed == 0 else 0.02
        method = qb.PositiveP(40_960, step=step, integrator=scheme, rng=seed)
        run = qb.simulate(model.system(), times, method)
        rows = {
            "mean_field": ("⟨b⟩", [beta * turning * np.exp(-r * times / 2) for r in (rate, 1.1 * rate)]),
            "pair_amplitude": ("⟨b²⟩", [(beta * turning) ** 2 * np.exp(-2 * r * times) for r in (rate, 1.1 * rate)]),
            "photon_number": ("⟨b†b⟩", [number, 1.02 * number]),
            "pair_number": ("⟨b†²b²⟩", [number**2, 1.02**2 * number**2]),
        }
        for variable, (symbol, (right, wrong)) in rows.items():
            # The stated error of the step is what doubled steps change: the error itself to leading order.  The next
            # order is smaller by a few times step × rate; in conserved quantities no sampling error hides it.
            next_order = 0.25 * run[f"{variable}_step_error"].sel(mode="b").values
            quantity = f"{symbol} by {name_of(scheme)}"
            yield from compare_variable(
                run, variable, right, wrong=wrong, known=next_order, mode="b", quantity=quantity
            )


@SUBJECT.claim(
    "Two-time averages of a dephased mode keep the intensity and lose the phase: "
    "⟨b†(t)b(t+τ)⟩ = |β|²e^(−iωτ − Γ_φτ/2), ⟨b(t+τ)b(t)⟩ = β²e^(−iω(2t+τ) − Γ_φ(4t+τ)/2), "
    "⟨b†(t)b†(t+τ)b(t+τ)b(t)⟩ = |β|⁴.",
    route="correlations in positive-P, Heun's scheme, 40 960 trajectories, origin t = 0.4",
    referee="closed form (phase diffusion)",
    source="Gardiner and Zoller, Quantum Noise, Secs. 5.1–5.2",
    control="a dephasing rate 10 % larger, and an intensity 4 % larger",
)
def two_time_averages_of_a_dephased_mode() -> Iterator[Comparison]:
    """Three correlations at six lags."""
    model, origin, beta = Resonator(), 0.4, 1.2 + 0.5j
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
        "first_order_correlation": ("⟨b†(t)b(t+τ)⟩", coherence(rate), coherence(1.1 * rate)),
        "anomalous_correlation": ("⟨b(t+τ)b(t)⟩", pair(rate), pair(1.1 * rate)),
        "intensity_correlation": ("⟨b†(t)b†(t+τ)b(t+τ)b(t)⟩", intensity, 1.04 * intensity),
    }
    for variable, (symbol, right, wrong) in rows.items():
        # As above: the next order of the step; and rounding, where the imaginary part is zero at τ = 0.
        next_order = 0.25 * found[f"{variable}_step_error"].values
        known = next_order + (1e-12 * (1 + 1j) if np.iscomplexobj(next_order) else 1e-12)
        axis: dict[str, Any] = {"axis": lags, "axis_name": "lag τ (in the unit of time)"}
        yield from compare_variable(found, variable, right, wrong=wrong, known=known, quantity=symbol, **axis)

"""Damped, driven, amplified and squeezed modes, one thing at a time: states in closed form."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

import phasespace_qb as qb
from validation.evidence import MOMENTS, Comparison, Subject, compare, compare_variable
from validation.references.stated_errors import stated

SUBJECT = Subject("Modes with linear equations")

SOLVER = 2e-10
"""Relative error of the differential equations of the library, whose steps are kept to 10⁻¹¹, with margin."""


def rounding(expected: NDArray[Any], relative: float = SOLVER) -> Any:
    """Bound of the solvers of both sides, of both parts of what is complex."""
    size = relative * float(np.abs(expected).max())
    return size * (1 + 1j) if np.iscomplexobj(expected) else size


@SUBJECT.claim(
    "A coherent drive moves a damped, detuned mode to α(t) = e^(−zt)[α₀ + ∫₀ᵗ F(s)e^(zs) ds], z = γ/2 + iΔ, for a drive"
    " H = i(Fa† − F*a) whose frequency is swept and which jumps during the run; the state stays coherent and all of its"
    " energy |α|² is work.",
    route="linear theory",
    referee="the integral by a Gauss–Legendre rule of 60 points; n̄ = W = |α|², ⟨a†²a²⟩ = |α|⁴",
    source="Gardiner and Zoller, Quantum Noise",
    control="the sign of the detuning",
)
def a_driven_mode_follows_its_drive() -> Iterator[Comparison]:
    """Amplitude with its phase, photon number, pair number and work."""
    gamma, start, jump, times = 1.4, 0.6 - 0.5j, 0.8, np.array([0.3, 0.8, 1.1, 1.9, 2.6])

    def drive(t: float) -> complex:
        return (0.9 + 0.3j) * np.exp(1j * (0.4 * t + 1.1 * t**2)) if t < jump else -0.5j

    (a,) = qb.modes("a")
    driving = 1j * a.dag * qb.Envelope(drive, (jump,), complex_valued=True)
    system = qb.OpenSystem(0.7 * a.dag * a + driving + driving.dag, {a: gamma}, {a: start})
    nodes, weights = np.polynomial.legendre.leggauss(60)

    def amplitude(detuning: float) -> NDArray[np.complex128]:
        z = gamma / 2 + 1j * detuning

        def integral(left: float, right: float, t: float) -> complex:
            s = left + (right - left) * (nodes + 1) / 2
            values = [drive(each) * np.exp(-z * (t - each)) for each in s]
            return complex((right - left) / 2 * weights @ values)

        return np.array(
            [start * np.exp(-z * t) + integral(0, min(t, jump), t) + integral(jump, max(t, jump), t) for t in times]
        )

    right, wrong = amplitude(0.7), amplitude(-0.7)
    expected = {"photon_number": 2, "pair_number": 4}
    run = qb.simulate(system, times, qb.LinearNoise())
    for name, power in expected.items():
        value, other = abs(right) ** power, abs(wrong) ** power
        yield from compare_variable(
            run, name, value, mode="a", quantity=MOMENTS[name], known=rounding(value), wrong=other
        )
    yield from compare_variable(
        run, "mean_field", right, mode="a", quantity=MOMENTS["mean_field"], known=rounding(right), wrong=wrong
    )
    # Entropy multiplies the errors of the covariance.
    yield from compare_variable(
        run, "ergotropy", abs(right) ** 2, quantity="ergotropy W", known=2e-9, wrong=abs(wrong) ** 2
    )


@SUBJECT.claim(
    "A mode with H = Δa†a that loses quanta at the rate γ and gains them at the rate G tends to n̄ = G/(γ − G): n̄(t) "
    "= |α(t)|² + m(t), m(t) = G/(γ − G)·(1 − e^(−(γ−G)t)), with p_n = mⁿ/(1 + m)ⁿ⁺¹ from vacuum; the work is that of "
    "the displacement, W = |α₀|²e^(−(γ−G)t).",
    route="linear theory from a coherent state; master equation with 48 number states from vacuum",
    referee="closed forms",
    source="Gardiner and Zoller, Quantum Noise; Allahverdyan, Balian and Nieuwenhuizen, Europhys. Lett. 67, 565 (2004)",
    control="a thermal part m 2 % smaller",
)
def a_mode_with_loss_and_gain_turns_thermal() -> Iterator[Comparison]:
    """Photon number, pair number and work of a displaced thermal state; its number distribution from vacuum."""
    loss, gain, start, times = 1.7, 0.4, 1.1 - 0.6j, np.array([0.2, 0.7, 1.5, 4.0])
    (a,) = qb.modes("a")

    def system(amplitude: complex) -> qb.OpenSystem:
        return qb.OpenSystem(0.3 * a.dag * a, {a: loss, a.dag: gain}, {a: amplitude})

    coherent = abs(start) ** 2 * np.exp(-(loss - gain) * times)
    thermal = gain / (loss - gain) * (1 - np.exp(-(loss - gain) * times))
    less = 0.98 * thermal
    run = qb.simulate(system(start), times, qb.LinearNoise())

    def pairs(m: NDArray[np.float64]) -> NDArray[np.float64]:
        return 2 * m**2 + 4 * m * coherent + coherent**2

    yield from compare_variable(
        run,
        "photon_number",
        coherent + thermal,
        quantity="photon number n̄",
        mode="a",
        known=SOLVER,
        wrong=coherent + less,
    )
    yield from compare_variable(
        run,
        "pair_number",
        pairs(thermal),
        quantity="pair number ⟨a†²a²⟩",
        mode="a",
        known=10 * SOLVER,
        wrong=pairs(less),
    )
    yield from compare_variable(
        run, "ergotropy", coherent, quantity="ergotropy W", known=SOLVER, wrong=coherent + thermal - less
    )
    exact = qb.simulate(system(0j), times, qb.Lindblad(48))
    for number in (0, 1, 3):
        found = exact["number_distribution"].sel(n=number)
        values = [m**number / (1 + m) ** (number + 1) for m in (thermal, less)]
        yield from compare(
            f"probability p_{number} of {number} photons",
            found.values,
            values[0],
            wrong=values[1],
            # Rounding, and (m/(1 + m))^48 < 10⁻²⁰ beyond the cutoff.
            known=1e-12,
            axis=times,
            axis_name="time t (unit of time)",
        )


@SUBJECT.claim(
    "A damped mode with a pair drive H = Δa†a + (i/2)(εa†² − ε*a²) below threshold, μ = 2|ε|/√(γ² + 4Δ²) < 1, settles "
    "to n̄ = μ²/[2(1 − μ²)], ⟨a²⟩ = ε(2n̄ + 1)/(γ + 2iΔ) and W = ½[1/(1 − μ²) − 1/√(1 − μ²)]; on resonance its "
    "quadratures have the variances ½/(1 − μ) and ½/(1 + μ).",
    route="linear theory in its steady state, and the steady state of the master equation with 48 number states",
    referee="closed forms",
    source="Walls and Milburn, Quantum Optics, Ch. 7; Drummond, McNeil and Walls, Optica Acta 28, 211 (1981)",
    control="a pair drive 1 % weaker",
)
def a_pair_drive_squeezes_below_threshold() -> Iterator[Comparison]:
    """n̄, ⟨a²⟩, W with detuning and a complex drive; variances on resonance with a real one."""
    gamma = 1.3

    def system(detuning: float, pair: complex) -> qb.OpenSystem:
        (a,) = qb.modes("a")
        pairs = 0.5j * pair * a.dag**2
        return qb.OpenSystem(detuning * a.dag * a + pairs + pairs.dag, {a: gamma})

    def closed(detuning: float, pair: complex) -> dict[str, Any]:
        mu = 2 * abs(pair) / np.hypot(gamma, 2 * detuning)
        number = mu**2 / (2 * (1 - mu**2))
        return {
            "photon_number": number,
            "pair_amplitude": pair * (2 * number + 1) / (gamma + 2j * detuning),
            "ergotropy": 0.5 * (1 / (1 - mu**2) - 1 / np.sqrt(1 - mu**2)),
        }

    pair, resonant = 0.38 * np.exp(2.1j), 0.3
    right, wrong = closed(-0.25, pair), closed(-0.25, 0.99 * pair)

    def settled(given: qb.OpenSystem, words: str) -> xr.Dataset:
        if words == "linear theory":
            return qb.simulate(given, [1.0], qb.LinearNoise("branch")).isel(time=0)
        return qb.steady_state(given, qb.Lindblad(48), slow_modes=False).isel(time=0)

    for words in ("linear theory", "master equation"):
        run = settled(system(-0.25, pair), words)
        for name, quantity in (("photon_number", "n̄"), ("pair_amplitude", "⟨a²⟩"), ("ergotropy", "W")):
            value = run[name].values.ravel()
            known = stated(run, name).ravel() + rounding(value, 1e-9)
            yield from compare(f"{quantity}, {words}", value, right[name], known=known, wrong=wrong[name])
    variances = np.diagonal(settled(system(0.0, resonant), "linear theory")["quadrature_covariance"].values)
    yield from compare(
        "quadrature variances on resonance, linear theory",
        variances,
        [0.5 / (1 - 2 * resonant / gamma), 0.5 / (1 + 2 * resonant / gamma)],
        wrong=[0.5 / (1 - 1.98 * resonant / gamma), 0.5 / (1 + 1.98 * resonant / gamma)],
        known=1e-9,
        labels=("⟨x²⟩", "⟨p²⟩"),
    )

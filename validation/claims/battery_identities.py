"""The two-mode battery: what must hold between its quantities, and where it is known in closed form."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

import phasespace_qb as qb
from validation.evidence import Comparison, Subject, compare, compare_variable
from validation.references.battery import Rates
from validation.references.nonlinear_mode import Oscillator

SUBJECT = Subject("The battery of the paper")

RATES = Rates(kappa=0.6, gamma_s=1.3, gamma_p=7.0, detuning=0.35)
"""No number of it is 0 or 1, so that nothing hides."""


def _constant(pump: complex) -> Callable[[float], complex]:
    return lambda t: pump


def errors(run: xr.Dataset, weights: dict[tuple[str, str], float], *kinds: str) -> Any:
    """Σ |w| σ over moments of modes: no less than the error of the sum, however its parts are correlated."""
    return sum(
        weight * np.abs(run[name + kind].sel(mode=mode).values)
        for (name, mode), weight in weights.items()
        for kind in kinds
        if name + kind in run
    )


@SUBJECT.claim(
    "In the steady state the pump is ⟨a_p⟩ = (2/γ_p)(√γ_p F_p − κ⟨a_s²⟩/2), and what the drive gives is lost: "
    "4√γ_p Re(F_p*⟨a_p⟩) = γ_s n̄_s + 2γ_p n̄_p, also by truncated Wigner, which is biased in all four.",
    route="positive-P with 163 840 and truncated Wigner with 409 600 trajectories, late; master equation",
    referee="the other side of either identity, from the same run",
    source="Heisenberg equations of the paper's Eqs. (6)–(8)",
    control="κ larger by 20 %, loss of the pump counted once; n̄_s and κ larger by 10⁻⁴ for the master equation",
)
def pump_and_energy_are_in_balance() -> Iterator[Comparison]:
    """Two identities by three methods, with detuning and a complex pump."""
    pump, times = 1.5 * np.exp(-0.9j), np.array([16.0, 18.0, 20.0])
    battery = qb.DopoBattery(pump, *RATES._replace(detuning=0.1))
    root, drawn = np.sqrt(RATES.gamma_p), 4 * np.sqrt(RATES.gamma_p) * abs(pump)
    runs = {
        "positive-P": qb.simulate(battery, times, qb.PositiveP(163_840, rng=31)),
        "truncated Wigner": qb.simulate(battery, times, qb.TruncatedWigner(409_600, rng=31)),
        "master equation": qb.steady_state(battery, qb.Lindblad((44, 13)), slow_modes=False),
    }
    for by, run in runs.items():
        error = 1e-4 if by == "master equation" else 0.2
        signal, pumped = run.sel(mode="signal"), run.sel(mode="pump")
        pairs = signal.pair_amplitude.values
        expected, wrong = (2 / RATES.gamma_p * (root * pump - k * RATES.kappa / 2 * pairs) for k in (1, 1 + error))
        parts = {("mean_field", "pump"): 1.0, ("pair_amplitude", "signal"): RATES.kappa / RATES.gamma_p}
        # Both parts of the step's error of a complex number for each part.
        steps = np.sqrt(2) * errors(run, parts, "_step_error", "_cutoff_error")
        sampling = errors(run, parts, "_stderr") * (1 + 1j)
        yield from compare(
            f"mean field of the pump ⟨a_p⟩, {by}",
            pumped.mean_field.values,
            expected,
            error=sampling,
            known=steps,
            wrong=wrong,
        )
        lost = 2 * RATES.gamma_p * pumped.photon_number.values
        gained = 4 * root * (np.conj(pump) * pumped.mean_field.values).real
        of_signal = RATES.gamma_s * signal.photon_number.values
        parts = {
            ("mean_field", "pump"): drawn,
            ("photon_number", "pump"): 2 * RATES.gamma_p,
            ("photon_number", "signal"): RATES.gamma_s,
        }
        yield from compare(
            f"energy lost by the signal, {by}",
            of_signal,
            gained - lost,
            error=errors(run, parts, "_stderr"),
            known=errors(run, parts, "_step_error", "_cutoff_error"),
            wrong=(gained - lost) * (1 + error) if by == "master equation" else gained - lost / 2,
            unit="ħω_s γ_s",
        )


@SUBJECT.claim(
    "The phase θ of the pump turns a_p by θ and a_s by θ/2 and changes neither photon numbers nor the ergotropy.",
    route="positive-P, the same random numbers with θ = 0.4 and θ = 1.3, 20 480 trajectories, with detuning",
    referee="the moments of the first run, turned",
    source="gauge transformation of the paper's Eq. (6)",
    control="θ different by 10⁻⁶; ergotropy different by 10⁻⁶",
)
def the_phase_of_the_pump_is_a_gauge() -> Iterator[Comparison]:
    """Moments and work, path by path."""
    times, first, second = np.array([0.5, 1.2, 2.5, 4.0]), 0.4, 1.3
    runs = [
        qb.simulate(qb.DopoBattery(1.9 * np.exp(1j * theta), *RATES), times, qb.PositiveP(20_480, rng=32))
        for theta in (first, second)
    ]
    turns = {"mean_field": ("pump", 1.0), "pair_amplitude": ("signal", 1.0), "photon_number": ("signal", 0.0)}
    # Every path is the other's, turned, and only rounding differs; roots of a pump that crosses the cut would too.
    for name, (mode, power) in turns.items():
        before, after = (run[name].sel(mode=mode).values for run in runs)
        expected = before * np.exp(1j * power * (second - first)) if power else before
        wrong = expected * (np.exp(1e-6j) if power else 1 + 1e-6)
        yield from compare(f"{name.replace('_', ' ')} of the {mode}", after, expected, known=1e-9, wrong=wrong)
    work = [run.ergotropy.values for run in runs]
    yield from compare("ergotropy W", work[1], work[0], known=1e-8, wrong=work[0] * (1 + 1e-6), unit="ħω_s")


@SUBJECT.claim(
    "The dark state loses stability at the pump F_th = γ_s√γ_p/(4κ), with detuning at F_th √(1 + (2Δ/γ_s)²); "
    "λ = F_p/F_th, and on resonance the bright state has (λ − 1)/g² photons, g² = 2κ²/(γ_sγ_p).",
    route="threshold, ratio and noise parameter as the battery states them, and its steady amplitudes",
    referee="zero of the largest eigenvalue of a Jacobian by finite differences; mean field followed by SciPy",
    source="the paper's Eqs. (12)–(14), detuning included",
    control="κ larger by one part in 10⁴",
)
def the_threshold_is_where_the_dark_state_is_left() -> Iterator[Comparison]:
    """Threshold of four batteries, and the bright state of three."""
    cases = [RATES, RATES._replace(detuning=0.0), Rates(0.5, 1.0, 16.0, 0.0), Rates(1.7, 0.6, 2.2, -0.2)]
    for rates in cases:
        battery, off = qb.DopoBattery(1.0, *rates), qb.DopoBattery(1.0, *rates._replace(kappa=rates.kappa * 1.0001))
        factor = np.sqrt(1 + (2 * rates.detuning / rates.gamma_s) ** 2)
        label = f"κ = {rates.kappa:g}, γ_s = {rates.gamma_s:g}, γ_p = {rates.gamma_p:g}, Δ = {rates.detuning:g}"
        located = rates.threshold()
        yield from compare(
            f"pump at threshold, {label}",
            battery.threshold * factor,
            located,
            known=1e-7 * located,  # finite differences
            wrong=located * battery.threshold / off.threshold,
            unit="√γ_s",
        )
        pump = 2.2 * located * np.exp(0.7j)
        bright = qb.DopoBattery(pump, *rates)
        rest = rates.mean_field((0.3, 0.0), np.array([60.0 / rates.gamma_s]), _constant(pump))[0]
        branches = bright.steady_amplitudes()[1:]
        nearest = branches[np.argmin(np.abs(branches[:, 0] - rest[0]))]
        yield from compare(f"amplitudes of signal and pump, {label}", nearest, rest, known=1e-7, wrong=rest * 1.0001)
        if rates.detuning == 0:
            photons = (bright.pump_ratio - 1) / bright.noise_parameter
            expected = abs(rest[0]) ** 2
            yield from compare(
                f"(λ − 1)/g², {label}", photons, expected, known=1e-7 * expected, wrong=expected * 1.0002
            )


@SUBJECT.claim(
    "Photon numbers scale as 1/g²: with λ, δ and γ_p/γ_s kept, g² n̄ of both modes no longer changes once the "
    "amplitude is large, above threshold and with detuning.",
    route="positive-P and truncated Wigner at g² = 10⁻⁵ and 10⁻⁹, 20 480 trajectories, started off the bright state",
    referee="closed form of the bright state, |α_s|² = (√(λ² − δ²) − 1)/g², |α_p| = |γ_s/2 + iΔ|/κ",
    source="steady state of the paper's Eqs. (12)–(14), detuning included",
    control="λ larger by 0.2 %",
)
def photon_numbers_scale_with_the_noise_parameter() -> Iterator[Comparison]:
    """g² n̄ after relaxation, for two noise parameters."""
    ratio, delta, theta = 1.9, 2 * RATES.detuning / RATES.gamma_s, 0.5
    signal, pumped = qb.modes("signal", "pump")
    times = np.array([14.0, 16.0])

    def bright(ratio: float, noise: float) -> tuple[float, float]:
        kappa = np.sqrt(noise * RATES.gamma_s * RATES.gamma_p / 2)
        pump = abs(RATES.gamma_s / 2 + 1j * RATES.detuning) / kappa
        return (np.sqrt(ratio**2 - delta**2) - 1) / noise, pump**2

    for noise in (1e-5, 1e-9):
        kappa = np.sqrt(noise * RATES.gamma_s * RATES.gamma_p / 2)
        drive = ratio * RATES.gamma_s * np.sqrt(RATES.gamma_p) / (4 * kappa) * np.exp(1j * theta)
        battery = qb.DopoBattery(drive, *RATES._replace(kappa=kappa))
        start = {signal: 1.2 * complex(battery.steady_amplitudes()[1, 0]), pumped: 0j}
        for method, by in (
            (qb.PositiveP(20_480, step=0.01, rng=33), "positive-P"),
            (qb.TruncatedWigner(20_480, step=0.01, rng=33), "truncated Wigner"),
        ):
            run = qb.simulate(replace(battery.system(), start=start), times, method)
            for mode, expected, wrong in zip(
                ("signal", "pump"), bright(ratio, noise), bright(1.002 * ratio, noise), strict=True
            ):
                # Fluctuations add of the order of one quantum, and the last of the transient is 1e-5.
                yield from compare_variable(
                    run,
                    "photon_number",
                    expected,
                    mode=mode,
                    quantity=f"photon number of the {mode} at g² = {noise:g}, {by}",
                    known=3.0 + 3e-5 * expected,
                    wrong=wrong if mode == "signal" else None,
                )


@SUBJECT.claim(
    "Below threshold at large amplitude positive-P and truncated Wigner have the fluctuations of linear theory: "
    "n̄_s = μ²/[2(1 − μ²)], μ = λ/√(1 + δ²), and ⟨a_s²⟩ = λe^(iθ)(n̄_s + ½)/(1 + iδ).",
    route="positive-P and truncated Wigner at g² = 10⁻⁶, 163 840 trajectories, at three late times, with detuning",
    referee="closed form",
    source="linearised Eqs. (10)–(11) of the paper; Collett and Gardiner, Phys. Rev. A 30, 1386 (1984)",
    control="λ larger by 2 %",
)
def fluctuations_below_threshold_are_those_of_linear_theory() -> Iterator[Comparison]:
    """n̄ and ⟨a²⟩ of the signal; truncated Wigner has no visible bias here."""
    noise, ratio, delta, theta = 1e-6, 0.75, 2 * RATES.detuning / RATES.gamma_s, 1.2
    kappa = np.sqrt(noise * RATES.gamma_s * RATES.gamma_p / 2)
    drive = ratio * RATES.gamma_s * np.sqrt(RATES.gamma_p) / (4 * kappa) * np.exp(1j * theta)
    battery = qb.DopoBattery(drive, *RATES._replace(kappa=kappa))

    def linear(ratio: float) -> dict[str, Any]:
        squared = ratio**2 / (1 + delta**2)
        photons = squared / (2 * (1 - squared))
        return {
            "photon_number": photons,
            "pair_amplitude": ratio * np.exp(1j * theta) * (photons + 0.5) / (1 + 1j * delta),
        }

    words = {"photon_number": "photon number n̄", "pair_amplitude": "pair amplitude ⟨a²⟩"}
    for method, by in (
        (qb.PositiveP(163_840, rng=34), "positive-P"),
        (qb.TruncatedWigner(163_840, rng=34), "truncated Wigner"),
    ):
        run = qb.simulate(battery, [22.0, 25.0, 28.0], method)
        for name, value in linear(ratio).items():
            # Corrections to linear theory: g², a few times.
            yield from compare_variable(
                run,
                name,
                value,
                mode="signal",
                quantity=f"{words[name]} of the signal, {by}",
                known=1e-5,
                wrong=linear(1.02 * ratio)[name],
            )


@SUBJECT.claim(
    "With λ, g² and δ kept the battery's steady state approaches that of the oscillator without its pump mode as "
    "γ_s/γ_p goes to 0, and the stated error of the elimination covers the difference.",
    route="steady state of the master equation of both modes at γ_p/γ_s = 16, 32, 64, extrapolated in γ_s/γ_p",
    referee="series of Beta functions of Drummond, McNeil and Walls",
    source="Drummond, McNeil and Walls, Optica Acta 28, 211 (1981)",
    control="g² larger by 2 %; n̄ and W displaced by three of their stated errors",
)
def a_fast_pump_can_be_eliminated() -> Iterator[Comparison]:
    """n̄ and ⟨a²⟩ in the limit, and n̄, W at γ_p/γ_s = 16."""
    ratio, noise, delta, theta = 1.1, 0.5, 0.4, 0.6
    names = ("photon_number", "pair_amplitude")
    found: dict[float, xr.Dataset] = {}
    for slow in (16.0, 32.0, 64.0):
        kappa = np.sqrt(noise * slow / 2)
        pump = ratio * np.sqrt(slow) / (4 * kappa) * np.exp(1j * theta)
        battery = qb.DopoBattery(pump, kappa, 1.0, slow, delta / 2)
        found[slow] = qb.steady_state(battery, qb.Lindblad((26, 6)), slow_modes=False).sel(mode="signal")
        if slow == 16.0:
            eliminated = qb.steady_state(battery, qb.EliminatedSteadyState()).sel(mode="signal")
    limit, wrong = (Oscillator(ratio, g2, delta, theta).moments() for g2 in (noise, 1.02 * noise))
    for name in names:
        each = [complex(found[slow][name].values[0]) for slow in (16.0, 32.0, 64.0)]
        value = (8 * each[2] - 6 * each[1] + each[0]) / 3
        # The next term of the extrapolation, bounded by its last correction.
        known = abs(value - (2 * each[2] - each[1]))
        exact = limit[name]
        yield from compare(f"{name.replace('_', ' ')} in the limit", value, exact, known=known, wrong=wrong[name])
    for name in ("photon_number", "ergotropy"):
        whole, stated = found[16.0][name].values, eliminated[f"{name}_estimator_error"].values
        yield from compare(
            f"{name.replace('_', ' ')} without the pump mode, γ_p/γ_s = 16",
            eliminated[name].values,
            whole,
            known=stated,
            wrong=whole + 3 * stated,
        )

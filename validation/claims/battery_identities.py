"""The two-mode battery: what must hold between its quantities, and where it is known in closed form."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

import phasespace_qb as qb
from validation.evidence import Comparison, Subject, compare, compare_variable
from validation.references.battery import PAPER, RATES, Rates
from validation.references.nonlinear_mode import Oscillator, cat

SUBJECT = Subject("The battery of the paper")


QUANTA = 1.0
"""By at most so many photons the state at λ = 1.9, δ = 0.54 differs from the mean field: without the pump mode, by the
series of Beta functions, n̄ differs by −0.38 as g² goes to 0, and the pump mode adds a share of the order γ_s/γ_p."""


def _constant(pump: complex) -> Callable[[float], complex]:
    return lambda t: pump


@SUBJECT.claim(
    "In the steady state the battery's pump is ⟨a_p⟩ = (2/γ_p)(√γ_p F_p − κ⟨a_s²⟩/2), and what the drive gives is "
    "lost: 4√γ_p Re(F_p*⟨a_p⟩) = γ_s n̄_s + 2γ_p n̄_p, by positive-P and by truncated Wigner.",
    route="20 runs of positive-P with 8 192 and of truncated Wigner with 10 240 trajectories, at three late times, "
    "detuning and a complex pump",
    referee="the other side of either identity, from the same run; the error is the scatter of the 20 differences",
    source=f"Heisenberg equations of {PAPER}, Eqs. (6)–(8)",
    control="κ larger by 1 % and γ_p by 0.1 % (positive-P); κ by 5 % and γ_p by 1 % (truncated Wigner)",
)
def pump_and_energy_are_in_balance() -> Iterator[Comparison]:
    """Two identities by two methods."""
    pump, times = 1.5 * np.exp(-0.5j), np.array([16.0, 18.0, 20.0])
    battery, step = qb.DopoBattery(pump, *RATES._replace(detuning=0.1)), 0.025
    root = np.sqrt(RATES.gamma_p)

    def sides(run: xr.Dataset) -> tuple[complex, complex, float, float, float]:
        """⟨a_p⟩, (κ/γ_p)⟨a_s²⟩, and energy lost by the signal, by the pump, and gained, means over the times."""
        of_signal, of_pump = (run.sel(mode=mode).mean("time") for mode in ("signal", "pump"))
        field = complex(of_pump.mean_field)
        lost = RATES.gamma_s * float(of_signal.photon_number), 2 * RATES.gamma_p * float(of_pump.photon_number)
        pairs = RATES.kappa / RATES.gamma_p * complex(of_signal.pair_amplitude)
        return field, pairs, *lost, float(4 * root * (np.conj(pump) * field).real)

    for by, method, of_field, of_energy in (
        ("positive-P", lambda seed: qb.PositiveP(8_192, rng=seed), 0.01, 1e-3),
        ("truncated Wigner", lambda seed: qb.TruncatedWigner(10_240, step=step, rng=seed), 0.05, 1e-2),
    ):
        each = np.array([sides(qb.simulate(battery, times, method(seed))) for seed in range(3100, 3120)])
        field, pairs, signal, pumped, gained = each.mean(axis=0)
        scatter = [each[:, 0] + each[:, 1], (each[:, 2] + each[:, 3] - each[:, 4]).real]
        errors = [(x.real.std(ddof=1) + 1j * x.imag.std(ddof=1)) / np.sqrt(len(x)) for x in scatter]
        rest = 2 / root * pump - pairs
        wrong = rest - of_field * pairs
        yield from compare(f"mean field of the pump ⟨a_p⟩, {by}", field, rest, error=errors[0], wrong=wrong)
        # Heun's scheme keeps a little less than the vacuum's ½ in a damped mode, of which truncated Wigner is told ½.
        vacuum = 0.0
        if by == "truncated Wigner":
            vacuum = RATES.gamma_s / 2 * missing(RATES.gamma_s * step / 2) + RATES.gamma_p * missing(
                RATES.gamma_p * step / 2
            )
        yield from compare(
            f"energy lost by the signal, {by}",
            signal.real,
            (gained - pumped).real,
            error=errors[1].real,
            known=vacuum,
            wrong=(gained - (1 + of_energy) * pumped).real,
            unit="ħω_s γ_s",
        )


def missing(x: float) -> float:
    """1 − (1 − x/2)² 2x/(1 − A²), A = 1 − x + x²/2, x = γh/2: share of a mode's noise that Heun's scheme lacks."""
    return 1 - (1 - x / 2) ** 2 * 2 * x / (1 - (1 - x + x**2 / 2) ** 2)


@SUBJECT.claim(
    "The phase θ of the battery's pump amplitude F_p turns a_p by θ and a_s by θ/2 and changes neither photon numbers "
    "nor the ergotropy.",
    route="positive-P, the same random numbers with θ = 0.4 and θ = 1.3, 20 480 trajectories, with detuning",
    referee="the moments of the first run, turned",
    source=f"gauge transformation of {PAPER}, Eq. (6)",
    control="θ different by 10⁻¹⁰; photon number and ergotropy different by 10⁻¹⁰",
)
def the_phase_of_the_pump_is_a_gauge() -> Iterator[Comparison]:
    """Moments and work, path by path."""
    times, first, second = np.array([0.5, 1.2, 2.5, 4.0]), 0.4, 1.3
    runs = [
        qb.simulate(qb.DopoBattery(1.9 * np.exp(1j * theta), *RATES), times, qb.PositiveP(20_480, rng=32))
        for theta in (first, second)
    ]
    turns = {"mean_field": ("pump", 1.0), "pair_amplitude": ("signal", 1.0), "photon_number": ("signal", 0.0)}
    # Every path is the other's, turned: only rounding differs, which 400 steps make 10⁻¹⁴.
    for name, (mode, power) in turns.items():
        before, after = (run[name].sel(mode=mode).values for run in runs)
        expected = before * np.exp(1j * power * (second - first)) if power else before
        wrong = expected * (np.exp(1e-10j) if power else 1 + 1e-10)
        yield from compare(f"{name.replace('_', ' ')} of the {mode}", after, expected, known=1e-12, wrong=wrong)
    work = [run.ergotropy.values for run in runs]
    yield from compare("ergotropy W", work[1], work[0], known=1e-12, wrong=work[0] * (1 + 1e-10), unit="ħω_s")


@SUBJECT.claim(
    "The battery's dark state loses stability at the pump F_th = γ_s√γ_p/(4κ), with detuning at F_th √(1 + (2Δ/γ_s)²); "
    "with λ = F_p/F_th the bright state on resonance has (λ − 1)/g² photons, g² = 2κ²/(γ_sγ_p).",
    route="threshold, pump ratio and noise parameter as the battery states them",
    referee="zero of the largest eigenvalue of a Jacobian by central differences, exact for these equations; mean "
    "field followed by SciPy",
    source=f"{PAPER}, Eqs. (12)–(14), and their linear stability with detuning",
    control="κ larger by one part in 10⁹",
)
def the_threshold_is_where_the_dark_state_is_left() -> Iterator[Comparison]:
    """Threshold of four batteries, and the bright state of two."""
    cases = [RATES, RATES._replace(detuning=0.0), Rates(0.5, 1.0, 16.0, 0.0), Rates(1.7, 0.6, 2.2, -0.2)]
    for rates in cases:
        battery, off = qb.DopoBattery(1.0, *rates), qb.DopoBattery(1.0, *rates._replace(kappa=rates.kappa * (1 + 1e-9)))
        factor = np.sqrt(1 + (2 * rates.detuning / rates.gamma_s) ** 2)
        label = f"κ = {rates.kappa:g}, γ_s = {rates.gamma_s:g}, γ_p = {rates.gamma_p:g}, Δ = {rates.detuning:g}"
        located = rates.threshold()
        yield from compare(
            f"pump at threshold, {label}",
            battery.threshold * factor,
            located,
            known=1e-13 * located,  # rounding of an eigenvalue of order γ_s
            wrong=located * battery.threshold / off.threshold,
            unit="√γ_s",
        )
        if rates.detuning == 0:
            pump = 2.2 * located * np.exp(0.7j)
            bright = qb.DopoBattery(pump, *rates)
            rest = rates.mean_field((0.3, 0.0), np.array([60.0 / rates.gamma_s]), _constant(pump))[0]
            photons = (bright.pump_ratio - 1) / bright.noise_parameter
            expected = abs(rest[0]) ** 2
            # SciPy's steps are kept to 10⁻¹¹.
            wrong = expected * (1 + 1e-9)
            yield from compare(f"(λ − 1)/g², {label}", photons, expected, known=1e-11 * expected, wrong=wrong)


@SUBJECT.claim(
    "The battery's photon numbers scale as 1/g²: with λ, δ and γ_p/γ_s kept, g² n̄ of both modes no longer changes "
    "once the amplitude is large, above threshold and with detuning.",
    route="positive-P and truncated Wigner at g² = 10⁻⁵ and 10⁻⁹, 20 480 trajectories, started off the bright state",
    referee="closed form of the bright state, |α_s|² = (√(λ² − δ²) − 1)/g², |α_p| = |γ_s/2 + iΔ|/κ",
    source=f"steady state of {PAPER}, Eqs. (12)–(13), detuning included",
    control="λ larger by 0.05 %",
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
                ("signal", "pump"), bright(ratio, noise), bright(1.0005 * ratio, noise), strict=True
            ):
                # Fluctuations change n̄ by QUANTA; of the way there less than 10⁻⁹ is left (mean field).
                yield from compare_variable(
                    run,
                    "photon_number",
                    expected,
                    mode=mode,
                    quantity=f"photon number of the {mode} at g² = {noise:g}, {by}",
                    known=QUANTA + 1e-9 * expected,
                    wrong=wrong if mode == "signal" else None,
                )


@SUBJECT.claim(
    "Below the battery's threshold at g² = 10⁻⁶ positive-P and truncated Wigner have the fluctuations of linear "
    "theory: n̄_s = μ²/[2(1 − μ²)], μ = λ/√(1 + δ²), and ⟨a_s²⟩ = λe^(iθ)(n̄_s + ½)/(1 + iδ).",
    route="positive-P and truncated Wigner at g² = 10⁻⁶, 163 840 trajectories, at three late times, with detuning",
    referee="closed form",
    source=f"linearised Eqs. (10)–(11) of {PAPER}; Collett and Gardiner, Phys. Rev. A 30, 1386 (1984)",
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
            # Corrections to linear theory: g²/(1 − μ²)² ≈ 3 g².
            yield from compare_variable(
                run,
                name,
                value,
                mode="signal",
                quantity=f"{words[name]} of the signal, {by}",
                known=3e-6,
                wrong=linear(1.02 * ratio)[name],
            )


@SUBJECT.claim(
    "With λ, g² and δ kept the battery's steady state approaches that of the oscillator without its pump mode, "
    "drive ε = λγ_s/2 and two-photon loss Γ = g²γ_s/2, as γ_s/γ_p goes to 0.",
    route="steady state of the package's master equation of both modes at γ_p/γ_s = 16, 32, 64, extrapolated in "
    "γ_s/γ_p",
    referee="series of Beta functions of Drummond, McNeil and Walls",
    source="Drummond, McNeil and Walls, Optica Acta 28, 211 (1981)",
    control="g² larger by 2 %",
)
def a_fast_pump_can_be_eliminated() -> Iterator[Comparison]:
    """n̄ and ⟨a²⟩ in the limit."""
    ratio, noise, delta, theta = 1.1, 0.5, 0.4, 0.6
    names = ("photon_number", "pair_amplitude")
    found: dict[float, xr.Dataset] = {}
    for slow in (16.0, 32.0, 64.0):
        kappa = np.sqrt(noise * slow / 2)
        pump = ratio * np.sqrt(slow) / (4 * kappa) * np.exp(1j * theta)
        battery = qb.DopoBattery(pump, kappa, 1.0, slow, delta / 2)
        found[slow] = qb.steady_state(battery, qb.Lindblad((26, 6)), slow_modes=False).sel(mode="signal")
    limit, wrong = (Oscillator(ratio, g2, delta, theta).moments() for g2 in (noise, 1.02 * noise))
    for name in names:
        each = [complex(found[slow][name].values[0]) for slow in (16.0, 32.0, 64.0)]
        value = (8 * each[2] - 6 * each[1] + each[0]) / 3
        # The next term of the extrapolation, bounded by its last correction.
        known = abs(value - (2 * each[2] - each[1]))
        exact = limit[name]
        yield from compare(f"{name.replace('_', ' ')} in the limit", value, exact, known=known, wrong=wrong[name])


@SUBJECT.claim(
    "Without loss of the signal the two-mode battery ends in the even cat of amplitude β, β² = 2√γ_p F_p/κ, and its "
    "pump in vacuum: the conversion refuses all further light.",
    route="master equation of both modes below 26 and 8 photons, complex pump, at γ_p t = 250",
    referee="closed form",
    source=f"Mirrahimi et al., New J. Phys. 16, 045014 (2014), with the coupling of {PAPER}, Eq. (6)",
    control="β² larger by one part in 10¹⁰; 10⁻¹⁰ photons left in the pump",
)
def a_lossless_battery_ends_in_a_cat() -> Iterator[Comparison]:
    """Elements of the signal's ρ, and the pump's photons."""
    kappa, gamma_p, pump = 1.6, 5.0, 0.5 * np.exp(1.1j)
    s, p = qb.modes("signal", "pump")
    half = 0.5j * kappa * s.dag**2 * p + 1j * np.sqrt(gamma_p) * pump * p.dag
    system = qb.OpenSystem(half + half.dag, {p: gamma_p}, storage=s)
    cutoffs = (8, 26) if system.modes[0] == "pump" else (26, 8)
    run = qb.simulate(system, [50.0], qb.Lindblad(cutoffs, tolerance=1e-9))
    beta = np.sqrt(2 * np.sqrt(gamma_p) * pump / kappa)
    exact, wrong = cat(beta, 10).ravel(), cat(beta * np.sqrt(1 + 1e-10), 10).ravel()
    # Rounding of numbers of order one; the way there is over.
    found = run.density_matrix.values[0][:10, :10].ravel()
    yield from compare("elements of the signal's ρ below 10 photons", found, exact, known=1e-12, wrong=wrong)
    left = run.photon_number.sel(mode="pump").values
    yield from compare("photons in the pump", left, 0.0, known=1e-12, wrong=1e-10)

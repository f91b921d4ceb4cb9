"""Linear theory of the battery below and above threshold, its mean field, and where the threshold is."""

from collections.abc import Iterator
from dataclasses import replace
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

import phasespace_qb as qb
from validation.claims.gaussian_modes import SOLVER
from validation.evidence import Comparison, Subject, Tier, compare
from validation.references.battery import PAPER, Rates
from validation.references.gaussian_modes import Moments, moments

SUBJECT = Subject("Modes with linear equations")

TIME = "time t (unit of 1/rates)"


@SUBJECT.claim(
    "In the battery, H = Δa_s†a_s + [i(κ/2)a_s†²a_p + i√γ_pF_p a_p† + h.c.] with losses γ_s and γ_p, from vacuum "
    "below threshold the pump fills as α_p(t) = (2F_p/√γ_p)(1 − e^(−γ_p t/2)) and the signal is squeezed by the pair "
    "drive κα_p(t), with detuning and a complex pump.",
    route="linear theory of the two-mode battery",
    referee="the closed equations of the signal's moments under this drive, by an eighth-order Runge–Kutta rule "
    "(SciPy)",
    source=f"Drummond, McNeil and Walls, Optica Acta 28, 211 (1981); {PAPER}, Eqs. (12)–(13)",
    control="a pump F_p 1 % stronger",
)
def a_battery_below_threshold_is_an_amplifier() -> Iterator[Comparison]:
    """⟨a_p⟩ in closed form; n̄ and ⟨a²⟩ of the signal."""
    gamma, gamma_p, kappa, pump, detuning = 1.4, 5.0, 0.3, 1.9 * np.exp(0.8j), 0.5
    times = np.array([0.15, 0.4, 1.0, 2.2, 4.0])
    run = qb.simulate(qb.DopoBattery(pump, kappa, gamma, gamma_p, detuning), times, qb.LinearNoise())

    def filled(t: Any) -> Any:
        return 2 * pump / sqrt(gamma_p) * (1 - np.exp(-gamma_p * t / 2))

    def signal(stronger: float) -> dict[str, Any]:
        decay = -gamma / 2 - 1j * detuning
        return moments(times, lambda t: decay, lambda t: stronger * kappa * filled(t), lambda t: 0, 0.0, [0]).of(0)

    right, wrong = signal(1.0), signal(1.01)
    for name, quantity in (("photon_number", "signal's photon number n̄"), ("pair_amplitude", "signal's ⟨a²⟩")):
        # Only the rounding of both solvers counts: how far linear theory holds for the battery is not asked here.
        found = run[name].sel(mode="signal").values
        over: dict[str, Any] = {
            "known": SOLVER * (1 + 1j if np.iscomplexobj(found) else 1),
            "axis": times,
            "axis_name": TIME,
        }
        yield from compare(quantity, found, right[name], wrong=wrong[name], **over)
    field = run["mean_field"].sel(mode="pump").values
    over = {"known": SOLVER * (1 + 1j), "axis": times, "axis_name": TIME}
    yield from compare("pump field ⟨a_p⟩", field, filled(times), wrong=1.01 * filled(times), **over)


@SUBJECT.claim(
    "In the battery, H = [i(κ/2)a_s†²a_p + i√γ_pF_p a_p† + h.c.] with losses γ_s and γ_p, above threshold, on one "
    "branch, V_x,s = 1 + 1/[2(λ−1)] + γ_s/γ_p, V_p,s = ½ + (λ−1)γ_p/[2λ(2γ_s+γ_p)], V_x,p = 1 + γ_s/γ_p and V_p,p = 1 "
    "− (λ−1)γ_s/[λ(2γ_s+γ_p)] in units of the vacuum's variance, and both branches together hold the work W = n̄ − "
    "2(ν − ½) − ½, ν = ½√(V_x,s V_p,s).",
    route="linear theory about the bright branch of the two-mode battery, started on it and from vacuum",
    referee="closed forms",
    source="Drummond, McNeil and Walls, Optica Acta 28, 211 (1981), their linear theory with the pump kept; W: two "
    "mirror images that do not overlap have the eigenvalues of one, each twice",
    control="a pump loss γ_p 1 % larger",
)
def fluctuations_on_a_bright_branch() -> Iterator[Comparison]:
    """Variances of both modes and the amplitude on the branch; the work of both."""
    gamma, gamma_p, ratio = 1.3, 7.0, 1.6
    battery = qb.DopoBattery(1.0, 0.004, gamma, gamma_p).at(threshold_ratio=ratio)
    run = qb.simulate(battery.system("branch"), [0.0, 3.0], qb.LinearNoise("branch"))

    def variances(loss: float) -> list[float]:
        share = (ratio - 1) / (ratio * (2 * gamma + loss))
        return [
            1 + 0.5 / (ratio - 1) + gamma / loss,
            0.5 + share * loss / 2,
            1 + gamma / loss,
            1 - share * gamma,
        ]

    right, wrong = np.array(variances(gamma_p)), np.array(variances(1.01 * gamma_p))
    number = (ratio - 1) / battery.noise_parameter
    spread = run["photon_number"] - np.abs(run["mean_field"]) ** 2
    skew = (run["pair_amplitude"] - run["mean_field"] ** 2).real
    for index, when in enumerate(("in the steady state", "3/γ_s later")):
        at = {"time": index}
        found = [(1 + 2 * (spread + sign * skew)).isel(at).sel(mode=m) for m in ("signal", "pump") for sign in (1, -1)]
        yield from compare(
            f"quadrature variances {when}",
            [float(each) for each in found],
            right,
            wrong=wrong,
            known=2e-9,  # differences of numbers of the size of n̄ ≈ 10⁵, which doubles know to 10⁻¹¹
            unit="vacuum's variance",
            labels=("V_x, signal", "V_p, signal", "V_x, pump", "V_p, pump"),
        )
    both = qb.simulate(battery, [0.0], qb.LinearNoise("branch"))

    def work(of: NDArray[np.float64]) -> float:
        return float(number + (of[0] + of[1] - 2) / 4 - (sqrt(of[0] * of[1]) - 1) - 0.5)

    yield from compare(
        "ergotropy W of both branches",
        both["ergotropy"].values,
        work(right),
        wrong=work(wrong),
        known=2e-9,
        unit="ħω_s",
    )


@SUBJECT.claim(
    "With detuning δ = 2Δ/γ_s, H = Δa_s†a_s + [i(κ/2)a_s†²a_p + i√γ_pF_p a_p† + h.c.], and a pump of phase θ beyond "
    "threshold, the mean field settles from any small signal to |α_s|² = (√(λ² − δ²) − 1)/g² with the phase "
    "½[θ − arcsin(δ/λ)] or that plus π.",
    route="the battery's steady amplitudes",
    referee="the published mean-field equations, written out and followed to their end by an eighth-order Runge–Kutta "
    "rule (SciPy); the closed form of α_s",
    source=f"{PAPER}, Eqs. (12)–(14), with detuning",
    control="the opposite sign of the detuning",
)
def steady_amplitudes_with_detuning() -> Iterator[Comparison]:
    """Amplitudes of both modes where the mean field ends, and that of the signal in closed form."""
    battery = qb.DopoBattery(3.1 * np.exp(1.9j), 0.4, 1.2, 6.0, 0.7)
    ends = []
    for detuning in (battery.detuning, -battery.detuning):
        flow = flow_of(battery, detuning)
        ends.append(solve_ivp(flow, (0, 400), np.array([0.05 - 0.02j, 0]), "DOP853", rtol=1e-12, atol=1e-13).y[:, -1])
    right, wrong = ends
    # Which of the two mirror images a small signal ends in is no matter here.
    bright = min(battery.steady_amplitudes()[1:], key=lambda pair: abs(pair[0] - right[0]))
    wrong[0] *= np.sign((wrong[0] / right[0]).real)
    yield from compare(
        "steady amplitudes on a bright branch",
        bright,
        right,
        wrong=wrong,
        known=1e-9 * (1 + 1j),
        unit="√quanta",
        labels=("α_s", "α_p"),
    )
    delta, phase = 2 * battery.detuning / battery.gamma_s, 1.9
    ratio = 4 * battery.kappa * 3.1 / (battery.gamma_s * sqrt(battery.gamma_p))
    size = sqrt((sqrt(ratio**2 - delta**2) - 1) / battery.noise_parameter)
    closed, other = (size * np.exp(0.5j * (phase - sign * np.arcsin(delta / ratio))) for sign in (1, -1))
    sign = np.sign((bright[0] / closed).real)
    yield from compare(
        "signal's amplitude in closed form", bright[0], sign * closed, wrong=sign * other, known=1e-9, unit="√quanta"
    )


@SUBJECT.claim(
    "The mean field of the battery obeys α̇_s = −(γ_s/2 + iΔ)α_s + κα_s*α_p, α̇_p = −(γ_p/2)α_p − (κ/2)α_s² + √γ_p "
    "F_p, also while the pump is switched off, and fluctuations about it obey the equations linearised along it.",
    route="linear theory of the battery from coherent states in both modes, above threshold, with detuning",
    referee="these equations, and those of the second moments along their solution, by an eighth-order Runge–Kutta "
    "rule (SciPy)",
    source=f"{PAPER}, Eqs. (12)–(13); Gardiner and Zoller, Quantum Noise (linearised fluctuations)",
    control="a detuning 2 % larger",
)
def mean_field_and_fluctuations_in_time() -> Iterator[Comparison]:
    """Amplitudes, photon numbers and pair amplitudes of both modes while the pump is on and after it is off."""
    off, start, times = 2.5, (0.4 - 0.7j, 0.5 + 0.3j), np.array([0.3, 1.0, 2.0, 2.5, 2.7, 4.0])
    battery = qb.DopoBattery(2.9 * np.exp(-0.9j), 0.4, 1.2, 6.0, 0.5).switched_off(off)
    system = battery.system()
    declared = replace(system, start=dict(zip(qb.modes("signal", "pump"), start, strict=True)))
    run = qb.simulate(declared, times, qb.LinearNoise())

    def both(detuning: float) -> tuple[Any, Any]:
        first, second = flow_of(battery, detuning), flow_of(battery, detuning, pumped=False)
        precise: dict[str, Any] = {"method": "DOP853", "rtol": 1e-12, "atol": 1e-14, "dense_output": True}
        on = solve_ivp(first, (0, off), np.array(start), **precise)
        later = solve_ivp(second, (off, times[-1]), on.y[:, -1], **precise)
        solutions: Any = [on.sol, later.sol]

        def at(t: float) -> Any:
            return solutions[int(t >= off)](t)

        def turning(t: float) -> Any:
            s, _ = at(t)
            signal = -battery.gamma_s / 2 - 1j * detuning
            return [[signal, battery.kappa * np.conj(s)], [-battery.kappa * s, -battery.gamma_p / 2]]

        def pairing(t: float) -> Any:
            return [[battery.kappa * at(t)[1], 0], [0, 0]]

        about = moments(times, turning, pairing, lambda t: [0, 0], 0.0, [0, 0], [off])
        return np.array([at(t) for t in times]), about

    (mean, about), (other_mean, other) = both(battery.detuning), both(1.02 * battery.detuning)
    for index, mode in enumerate(("signal", "pump")):
        for name, quantity, values in (
            ("mean_field", "mean field ⟨a⟩", [mean, other_mean]),
            (
                "photon_number",
                "photon number n̄",
                [abs(m) ** 2 + normal(a) for m, a in ((mean, about), (other_mean, other))],
            ),
            (
                "pair_amplitude",
                "pair amplitude ⟨a²⟩",
                [m**2 + skew(a) for m, a in ((mean, about), (other_mean, other))],
            ),
        ):
            # Only the rounding of both solvers counts: how far linear theory holds is not asked here.
            yield from compare(
                f"{quantity} of the {mode}",
                run[name].sel(mode=mode).values,
                values[0][:, index],
                wrong=values[1][:, index],
                known=1e-9 * (1 + 1j) if name != "photon_number" else 1e-9,
                axis=times,
                axis_name=TIME,
            )


def normal(about: Moments) -> NDArray[np.float64]:
    """⟨δa†δa⟩ of each mode, (T, modes)."""
    return np.diagonal(about.normal, axis1=1, axis2=2).real


def skew(about: Moments) -> NDArray[np.complex128]:
    """⟨δa²⟩ of each mode, (T, modes)."""
    return np.diagonal(about.anomalous, axis1=1, axis2=2)


def flow_of(battery: qb.DopoBattery, detuning: float, *, pumped: bool = True) -> Any:
    """Right-hand side of the mean-field equations of (α_s, α_p), with the pump on or off."""
    rates = Rates(battery.kappa, battery.gamma_s, battery.gamma_p, detuning)
    pump = battery.drive_at(np.zeros(1))[0] if pumped else 0.0
    return lambda t, fields: rates.slope(fields, pump)


@SUBJECT.claim(
    "Where noise is weak, trajectories that start on a bright branch fluctuate as linear theory says: "
    "V_x,s = 1 + 1/[2(λ−1)] + γ_s/γ_p, V_p,s = ½ + (λ−1)γ_p/[2λ(2γ_s+γ_p)] in units of the vacuum's variance.",
    route="positive-P (40 960 trajectories) and truncated Wigner (122 880), λ = 1.6, g² = 10⁻⁴, from a coherent "
    "state on the branch until γ_s t = 12; corrections are of the order g²/(λ−1)² = 3·10⁻⁴, below the sampling errors",
    referee="closed forms of linear theory",
    source="Drummond, McNeil and Walls, Optica Acta 28, 211 (1981)",
    control="no share of the pump's noise: V_x,s without γ_s/γ_p, V_p,s at γ_p → ∞",
    tier=Tier.FULL,
)
def weak_noise_on_a_bright_branch() -> Iterator[Comparison]:
    """Variances of the signal's quadratures, vacuum 1."""
    gamma_p, ratio, noise = 7.0, 1.6, 1e-4
    battery = qb.DopoBattery().at(threshold_ratio=ratio, noise_parameter=noise, loss_ratio=gamma_p)
    stretched = 1 + 0.5 / (ratio - 1)
    right = [stretched + 1 / gamma_p, 0.5 + (ratio - 1) * gamma_p / (2 * ratio * (2 + gamma_p))]
    wrong = [stretched, 0.5 + (ratio - 1) / (2 * ratio)]
    for method in (qb.PositiveP(40_960, step=0.02, rng=4), qb.TruncatedWigner(122_880, step=0.02, rng=5)):
        run = qb.simulate(battery.system("branch"), [12.0], method)
        entries = [{"quadrature": index, "quadrature_": index, "time": 0} for index in (0, 1)]
        both = [run.isel(entry) for entry in entries]
        name = "quadrature_covariance"
        yield from compare(
            f"variances of the signal, {method.name}",
            [2 * float(each[name]) for each in both],
            right,
            wrong=wrong,
            error=[2 * float(each[f"{name}_stderr"]) for each in both],
            known=[2 * float(each[f"{name}_step_error"]) for each in both],
            unit="vacuum's variance",
            labels=("V_x", "V_p"),
        )

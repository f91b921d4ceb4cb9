"""The two-mode battery at large amplitude, where its mean field is exact: equations, drives, errors of steps."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

import phasespace_qb as qb
from phasespace_qb.models.algebra import Drive
from validation.evidence import Comparison, Subject, Tier, compare, compare_variable
from validation.references.battery import Rates

SUBJECT = Subject("The battery of the paper")

NAMES = {
    "photon_number": "photon number n̄",
    "mean_field": "mean field ⟨a⟩",
    "pair_amplitude": "pair amplitude ⟨a²⟩",
    "pair_number": "pair number ⟨a†²a²⟩",
}
RATES = Rates(kappa=0.6, gamma_s=1.3, gamma_p=7.0, detuning=0.35)
"""No number of it is 0 or 1, so that nothing hides."""
MODES = qb.modes("signal", "pump")


def started(battery: qb.DopoBattery, start: tuple[complex, complex]) -> qb.OpenSystem:
    """A battery whose modes start in coherent states."""
    return replace(battery.system(), start=dict(zip(MODES, start, strict=True)))


def both_modes(
    run: xr.Dataset, by: str, expected: dict[str, Any], wrong: dict[str, Any], scale: float = 1.0
) -> Iterator[Comparison]:
    """Moments of signal and pump against (T, 2) each, in units of amplitudes that are `scale` times as large."""
    for name, value in expected.items():
        for place, mode in enumerate(("signal", "pump")):
            power = scale ** {"mean_field": 1, "photon_number": 2, "pair_amplitude": 2, "pair_number": 4}[name]
            part = xr.Dataset({key: run[key] / power for key in run if str(key).startswith(name)})
            part.attrs, part.time.attrs = run.attrs, run.time.attrs
            yield from compare_variable(
                part,
                name,
                value[:, place],
                mode=mode,
                quantity=f"{NAMES[name]} of the {mode}, {by}",
                wrong=wrong[name][:, place],
            )


LARGE = 1e5
"""Amplitudes against those of RATES: g² is 10⁻¹⁰ of it, and quantum noise is small against every step error."""


def classical(exact: NDArray[np.complex128]) -> dict[str, Any]:
    """Moments of coherent states of the amplitudes (T, 2)."""
    return {
        "mean_field": exact,
        "photon_number": np.abs(exact) ** 2,
        "pair_amplitude": exact**2,
        "pair_number": np.abs(exact) ** 4,
    }


@SUBJECT.claim(
    "At large amplitude (g² ≈ 10⁻¹¹) positive-P and truncated Wigner both become the mean field of the paper's "
    "Eqs. (12)–(13), detuning and complex pump included.",
    route="positive-P and truncated Wigner, Heun's scheme, 20 480 trajectories, from coherent states",
    referee="SciPy's eighth-order integrator",
    source="the paper's Eqs. (12)–(13)",
    control="κ larger by 0.02 %",
)
def large_amplitudes_follow_the_mean_field() -> Iterator[Comparison]:
    """Four moments of both modes while the signal grows above threshold."""
    pump, start, times = 3.1 * np.exp(0.8j), (0.5 - 0.9j, 0.7 + 0.4j), np.array([0.2, 0.7, 1.5, 3.0, 5.5])
    exact = RATES.mean_field(start, times, lambda t: pump)
    wrong = RATES._replace(kappa=1.0002 * RATES.kappa).mean_field(start, times, lambda t: pump)
    battery = qb.DopoBattery(LARGE * pump, *RATES.larger(LARGE))
    system = started(battery, (LARGE * start[0], LARGE * start[1]))
    for method, by in (
        (qb.PositiveP(20_480, step=0.004, rng=24), "positive-P"),
        (qb.TruncatedWigner(20_480, step=0.004, rng=24), "truncated Wigner"),
    ):
        run = qb.simulate(system, times, method)
        yield from both_modes(run, by, classical(exact), classical(wrong), LARGE)


def shapes() -> dict[str, tuple[Any, Any, tuple[float, ...]]]:
    """Drives of the package, the same written by hand, and where these are not smooth."""
    low, high = 0.8 * np.exp(0.4j), 2.6 * np.exp(1.1j)
    knots, values = np.array([0.0, 0.7, 1.6, 4.0]), np.array([0.5 + 0j, 2.5j, 1.8 - 0.6j, 0.3 + 0.3j])
    pulses = ((0.25, 0.7), (1.15, 1.6), (2.05, 2.5))

    def ramp(t: float) -> complex:
        return complex(low if t < 0.6 else high if t > 1.9 else low + (high - low) * (t - 0.6) / 1.3)

    def wave(t: float) -> complex:
        return complex(2.0 * np.exp(1j * np.sin(1.7 * t)) + 0.4j * t)

    return {
        "ramp": (qb.Ramp(low, high, 0.6, 1.9), ramp, (0.6, 1.9)),
        "three pulses": (
            qb.PulseTrain(high, 0.45, 0.9, 3, 0.25),
            lambda t: high if any(on <= t < off for on, off in pulses) else 0j,
            tuple(edge for pulse in pulses for edge in pulse),
        ),
        "smooth switch": (
            qb.SmoothSwitch(low, high, 1.2, 0.3),
            lambda t: low + (high - low) / (1 + np.exp(-2 * (t - 1.2) / 0.3)),
            (),
        ),
        "table": (qb.Tabulated(knots, values), lambda t: complex(np.interp(t, knots, values)), (0.7, 1.6)),
        "function of time": (wave, wave, ()),
        "pump switched off": (qb.SwitchedOff(high, 1.35), lambda t: high if t < 1.35 else 0j, (1.35,)),
    }


@SUBJECT.claim(
    "A drive acts at the time at which it is declared: ramps, pulses, smooth switches, tables, functions of time and a "
    "pump that is switched off, all complex, with jumps inside steps that do not fall on the grid.",
    route="positive-P, Heun's scheme, 20 480 trajectories, at amplitudes where the mean field is exact (g² ≈ 10⁻¹¹)",
    referee="the same drives written by hand, SciPy's eighth-order integrator from jump to jump",
    source="the paper's Eqs. (12)–(13)",
    control="the drive late by 0.001/γ_s",
)
def drives_act_when_they_are_declared() -> Iterator[Comparison]:
    """Both mean fields under six drives."""
    start, times = (0.9 - 0.5j, 0.2 + 0.1j), np.array([0.4, 0.9, 1.3, 1.8, 2.2, 3.1])
    for name, (drive, by_hand, jumps) in shapes().items():
        pump = _larger(drive)
        system = started(qb.DopoBattery(pump, *RATES.larger(LARGE)), (LARGE * start[0], LARGE * start[1]))
        run = qb.simulate(system, times, qb.PositiveP(20_480, step=0.004, rng=25))
        exact = RATES.mean_field(start, times, by_hand, jumps)
        late = RATES.mean_field(start, times, _later(by_hand, 0.001), [jump + 0.001 for jump in jumps])
        yield from both_modes(run, name, {"mean_field": exact}, {"mean_field": late}, LARGE)


def _later(drive: Callable[[float], complex], delay: float) -> Callable[[float], complex]:
    return lambda t: drive(max(t - delay, 0.0))


def _larger(drive: Any) -> Any:
    """A drive of the package with its amplitudes LARGE times as large."""
    if not isinstance(drive, Drive):
        return lambda t: LARGE * drive(t)
    whole: Any = drive
    amplitudes = [name for name in ("first", "last", "value", "values") if hasattr(drive, name)]
    return replace(whole, **{name: LARGE * getattr(drive, name) for name in amplitudes})


SHARES = {
    "the midpoint": (qb.Midpoint(), 2),
    "Euler's": (qb.EulerMaruyama(), 1),
    "Heun's": (qb.Heun(), 2),
    "the exponential": (qb.ExponentialHeun(), 2),
}
"""Schemes, and their orders where noise vanishes."""


@SUBJECT.claim(
    "A run states for its time step h what separates it from steps of 2h; at large amplitude the true error is "
    "1/(2^p − 1) of that, with p = 1 for Euler's scheme and 2 for Heun's and the exponential one.",
    route="positive-P with steps of 0.01/γ_s, 20 480 trajectories, g² ≈ 10⁻¹¹",
    referee="SciPy's eighth-order integrator",
    source="Richardson's extrapolation",
    control="an order that is one lower or higher",
)
def stated_step_errors_are_true() -> Iterator[Comparison]:
    """Root mean square errors of the mean fields by three schemes."""
    for name in ("Euler's", "Heun's", "the exponential"):
        yield from _share(name)


@SUBJECT.claim(
    "The midpoint scheme, as the others, has 1/(2^p − 1) of the step error that a run states, with p = 2.",
    route="positive-P with steps of 0.01/γ_s, 20 480 trajectories, g² ≈ 10⁻¹¹",
    referee="SciPy's eighth-order integrator",
    source="Richardson's extrapolation",
    control="an order that is one lower",
    tier=Tier.FULL,
)
def stated_step_errors_of_the_midpoint_scheme_are_true() -> Iterator[Comparison]:
    """Root mean square errors of the mean fields by the semi-implicit scheme."""
    yield from _share("the midpoint")


def _share(name: str) -> Iterator[Comparison]:
    """True error of the mean field over the one that is stated."""
    scheme, order = SHARES[name]
    pump, start, times = 2.1 * np.exp(0.8j), (0.9 - 0.5j, 0.2 + 0.1j), np.array([0.3, 0.8, 1.7, 3.0])
    exact = RATES.mean_field(start, times, lambda t: pump)
    system = started(qb.DopoBattery(LARGE * pump, *RATES.larger(LARGE)), (LARGE * start[0], LARGE * start[1]))
    run = qb.simulate(system, times, qb.PositiveP(20_480, step=0.01, integrator=scheme, rng=26))
    for place, mode in enumerate(("signal", "pump")):
        true = np.linalg.norm(run.mean_field.values[:, place] / LARGE - exact[:, place])
        stated = np.linalg.norm(run.mean_field_step_error.values[:, place] / LARGE)
        yield from compare(
            f"true over stated error of the {mode}, {name} scheme",
            true / stated,
            1 / (2**order - 1),
            known=0.1,  # terms of the next order, at h γ_p = 0.07
            wrong=1 / (2 ** (3 - order) - 1),
        )

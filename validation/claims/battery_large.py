"""The two-mode battery at large amplitude, where its mean field is exact: equations, drives, errors of steps."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

import phasespace_qb as qb
from phasespace_qb.models.algebra import Drive
from validation.evidence import MOMENTS, Comparison, Subject, Tier, compare, compare_variable
from validation.references.battery import FIELDS, PAPER, RATES

SUBJECT = Subject("The battery of the paper")

MODES = qb.modes("signal", "pump")


def started(battery: qb.DopoBattery, start: tuple[complex, complex]) -> qb.OpenSystem:
    """A battery whose modes start in coherent states."""
    return replace(battery.system(), start=dict(zip(MODES, start, strict=True)))


def both_modes(
    run: xr.Dataset, by: str, expected: dict[str, Any], wrong: dict[str, Any], scale: float = 1.0, known: float = 0.0
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
                quantity=f"{MOMENTS[name]} of the {mode}, {by}",
                wrong=wrong[name][:, place],
                known=known,
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
    "At large amplitude (noise parameter g² = 2κ²/γ_sγ_p ≈ 10⁻¹¹) positive-P and truncated Wigner of the battery both "
    f"become its mean field, {FIELDS}, detuning and complex pump included.",
    route="positive-P and truncated Wigner, Heun's scheme, 20 480 trajectories, from coherent states",
    referee="SciPy's eighth-order integrator",
    source=f"{PAPER}, Eqs. (12)–(13)",
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
    "A drive of the battery's pump mode acts at the time at which it is declared: ramps, pulses, smooth switches, "
    "tables, functions of time and a "
    "pump that is switched off, all complex, with jumps inside steps that do not fall on the grid.",
    route="positive-P, Heun's scheme, 20 480 trajectories, at amplitudes where the mean field is exact (g² ≈ 10⁻¹¹)",
    referee="the same drives written by hand, SciPy's eighth-order integrator from jump to jump",
    source=f"{PAPER}, Eqs. (12)–(13)",
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
    "As the error of its time step h a run states what separates it from steps of 2h; where noise vanishes (battery at "
    "g² ≈ 10⁻¹¹) the true error is 1/(2^p − 1) of that: all of it for Euler's scheme (p = 1), and a third of it for "
    "Heun's and the exponential one (p = 2).",
    route="positive-P with steps of 0.01/γ_s, 20 480 trajectories, g² ≈ 10⁻¹¹",
    referee="SciPy's eighth-order integrator",
    source="Richardson's extrapolation",
    control="an order that is one lower or higher",
)
def stated_step_errors_are_true() -> Iterator[Comparison]:
    """Root mean square errors of the mean fields by three schemes: stated ones that are too large show as well."""
    for name in ("Euler's", "Heun's", "the exponential"):
        yield from _share(name)


@SUBJECT.claim(
    "The error of the midpoint scheme's time step h is a third of what a run states, which is its distance from steps "
    "of 2h (battery at g² ≈ 10⁻¹¹, where noise vanishes).",
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


MOST = 5.0
"""A stated error is no less than the true one, and no more than so many times as large."""


@SUBJECT.claim(
    f"Stated errors are neither too small nor far too large: of a step, of a cutoff and of the elimination of the "
    "pump mode "
    f"they are 1 to {MOST:g} times the true error of the battery's moments.",
    route="positive-P, Heun's scheme, with long steps (h γ_p = 0.7), 327 680 trajectories; the package's master "
    "equation below 18 and 8 photons; its closed form of the steady state without the pump mode at γ_p = 16 γ_s",
    referee="the package's master equation below 32 and 12 photons, which QuTiP checks in the chapter on the exact "
    "solver",
    source="an error is the distance from the true value; here the root of its sum of squares over three times",
    control="stated errors ten times as large",
)
def stated_errors_are_near_the_true_ones() -> Iterator[Comparison]:
    """Ratios of stated to true errors, between 1 and MOST, by powers of ten."""
    times = np.array([0.5, 1.0, 2.0])
    battery = qb.DopoBattery(1.5 * np.exp(-0.9j), *RATES)
    exact = qb.simulate(battery, times, qb.Lindblad((32, 12)))
    long = qb.simulate(battery, times, qb.PositiveP(327_680, step=0.1, rng=27))
    for name, mode in (("photon_number", "pump"), ("pair_amplitude", "pump"), ("pair_amplitude", "signal")):
        yield from _ratio(long, exact, name, mode, "_step_error", "long steps")
    low = qb.simulate(battery, times, qb.Lindblad((18, 8)))
    for name in ("photon_number", "pair_amplitude", "pair_number"):
        yield from _ratio(low, exact, name, "signal", "_cutoff_error", "few levels")
    for name in ("energy", "ergotropy"):
        yield from _ratio(low, exact, name, None, "_cutoff_error", "few levels")
    slow = qb.DopoBattery(1.1 * np.exp(0.6j), 2.0, 1.0, 16.0, 0.2)
    whole = qb.steady_state(slow, qb.Lindblad((26, 6)), slow_modes=False)
    without = qb.steady_state(slow, qb.EliminatedSteadyState())
    for name in ("energy", "ergotropy"):
        yield from _ratio(without, whole, name, None, "_estimator_error", "no pump mode")


def _ratio(
    run: xr.Dataset, exact: xr.Dataset, name: str, mode: str | None, kind: str, what: str
) -> Iterator[Comparison]:
    """log₁₀ of stated over true error, which sampling may blur."""
    run, exact = (each if mode is None else each.sel(mode=mode) for each in (run, exact))
    true = np.linalg.norm(run[name].values - exact[name].values)
    blur = np.linalg.norm(run[f"{name}_stderr"].values) / true if f"{name}_stderr" in run else 0.0
    middle = np.log10(MOST) / 2
    yield from compare(
        f"log₁₀ of stated over true error, {name.replace('_', ' ')}{f' of the {mode}' if mode else ''}, {what}",
        np.log10(np.linalg.norm(run[name + kind].values) / true),
        middle,
        known=middle,
        error=blur / np.log(10),
        wrong=middle - 1,
    )

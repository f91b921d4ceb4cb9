"""What docstrings say under "Raises:" is true: for each type that they name, a call that raises it, at the door."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
import xarray as xr

import phasespace_qb as qb
from phasespace_qb.errors import is_refusal
from phasespace_qb.linear import covariance, fixed_points, mean_field, spectra
from phasespace_qb.results.store import save
from phasespace_qb.states.gaussian import GaussianState
from tests.documented import everything, raised
from tests.invented_runs import discharged, exact_run

BATTERY = qb.DopoBattery(0.6)
(S,) = qb.modes("s")
TIMES = np.linspace(0.0, 4.0, 9)
SWITCHED = qb.DopoBattery(qb.SwitchedOff(1.0, 2.0))
NOT_A_DIFFUSION = qb.OpenSystem(S.dag**3 * S**3, loss={S: 1.0})
EMPTY = xr.Dataset()
DARK = np.array([0.0, 2.0])
DARK_STATE = qb.DopoBattery(4.0).system()
VACUUM = GaussianState(np.zeros(2), 0.5 * np.eye(2))
MODES = covariance.GaussianModes(np.zeros(1, complex), 0.5 * np.eye(2))
VALUE, TYPE, PHASE = ValueError, TypeError, qb.PhaseSpaceError


@cache
def run() -> xr.Dataset:
    return qb.simulate(BATTERY, TIMES, qb.LinearNoise())


@cache
def swept() -> xr.Dataset:
    return qb.sweep(BATTERY, {"threshold_ratio": [0.5, 0.6, 0.7]}, [60.0], qb.EliminatedSteadyState())


def truncated(path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Save to a disk that forgets."""
    monkeypatch.setattr("phasespace_qb.results.store.load", lambda _: EMPTY)
    save(run(), path / "run.nc")


def locked(path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Save to a folder that cannot be written; root may write everywhere, so the refusal of the system is played."""

    def refuse(**_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("phasespace_qb.results.store.tempfile.NamedTemporaryFile", refuse)
    save(run(), path / "run.nc")


CALLS: dict[str, list[tuple[type[Exception], Callable[[], Any]]]] = {
    "DensityMatrix": [
        (TYPE, lambda: qb.DensityMatrix([["1"]])),
        (TYPE, lambda: qb.DensityMatrix(np.eye(1), tolerance="x")),
        (VALUE, lambda: qb.DensityMatrix(np.eye(3)[:2])),
        (qb.UnphysicalState, lambda: qb.DensityMatrix(np.eye(2))),
        (qb.UnphysicalState, lambda: qb.DensityMatrix(np.array([[0.5, 0.1], [0.2, 0.5]]))),
    ],
    "DensityMatrix.number_distribution": [
        (TYPE, lambda: qb.DensityMatrix(np.eye(1)).number_distribution("3")),
        (VALUE, lambda: qb.DensityMatrix(np.eye(1)).number_distribution(-1)),
    ],
    "DopoBattery": [
        (TYPE, lambda: qb.DopoBattery(kappa="0.5")),
        (VALUE, lambda: qb.DopoBattery(gamma_p=0.0)),
        (VALUE, lambda: qb.DopoBattery(np.nan)),
    ],
    "DopoBattery.at": [
        (TYPE, lambda: BATTERY.at(threshold_ratio="1")),
        (VALUE, lambda: BATTERY.at(ratio=1.0)),
        (VALUE, lambda: BATTERY.at(pump=1.0, threshold_ratio=1.0)),
        (VALUE, lambda: SWITCHED.at(noise_parameter=0.1)),
    ],
    "DopoBattery.switched_off": [
        (TYPE, lambda: BATTERY.switched_off("2")),
        (VALUE, lambda: BATTERY.switched_off(0.0)),
        (VALUE, lambda: SWITCHED.switched_off(1.0)),
    ],
    "DopoBattery.system": [(TYPE, lambda: BATTERY.system(0)), (VALUE, lambda: BATTERY.system("bright"))],
    "Envelope": [(TYPE, lambda: qb.Envelope(1.0)), (VALUE, lambda: qb.Envelope(np.sin, (np.inf,)))],
    "GaussianState": [
        (TYPE, lambda: qb.GaussianState("00", np.eye(2))),
        (TYPE, lambda: qb.GaussianState(np.zeros(2), [["1", "0"], ["0", "1"]])),
        (VALUE, lambda: qb.GaussianState(np.zeros(3), np.eye(3))),
    ],
    "GaussianState.density_matrix": [
        (TYPE, lambda: VACUUM.density_matrix("3")),
        (VALUE, lambda: VACUUM.density_matrix(-1)),
    ],
    "GaussianModes.of_mode": [(TYPE, lambda: MODES.of_mode("signal")), (VALUE, lambda: MODES.of_mode(1))],
    "GaussianState.from_moments": [
        (TYPE, lambda: GaussianState.from_moments("x", 1, 1)),
        (TYPE, lambda: GaussianState.from_moments(0, 1 + 1j, 0)),
        (VALUE, lambda: GaussianState.from_moments(np.zeros(2, complex), np.zeros(3), np.zeros(2, complex))),
    ],
    "GaussianState.number_distribution": [
        (TYPE, lambda: VACUUM.number_distribution("3")),
        (VALUE, lambda: VACUUM.number_distribution(-1)),
    ],
    "Lindblad": [(TYPE, lambda: qb.Lindblad(None)), (VALUE, lambda: qb.Lindblad((1, 4)))],
    "LinearNoise": [(TYPE, lambda: qb.LinearNoise(0)), (VALUE, lambda: qb.LinearNoise("end"))],
    "Mode": [(VALUE, lambda: qb.Mode("1"))],
    "OpenSystem": [
        (TYPE, lambda: qb.OpenSystem("H", {S: 1.0})),
        (TYPE, lambda: qb.OpenSystem(S.dag * S, {S: "1"})),
        (VALUE, lambda: qb.OpenSystem(S, {S: 1.0})),
        (VALUE, lambda: qb.OpenSystem(S.dag * S, {S: -1.0})),
        (VALUE, lambda: qb.OpenSystem(S.dag * S, {S: 1.0}, storage=qb.Mode("p"))),
    ],
    "OpenSystem.keeps_parity": [
        (TYPE, lambda: BATTERY.system().keeps_parity(0)),
        (VALUE, lambda: BATTERY.system().keeps_parity("idler")),
    ],
    "PositiveP": [(TYPE, lambda: qb.PositiveP("9")), (VALUE, lambda: qb.PositiveP(step=0.0))],
    "TruncatedWigner": [(TYPE, lambda: qb.TruncatedWigner(integrator=1)), (VALUE, lambda: qb.TruncatedWigner(0))],
    "PulseTrain": [(TYPE, lambda: qb.PulseTrain("1", 1, 2, 3)), (VALUE, lambda: qb.PulseTrain(1, 3, 2, 3))],
    "Ramp": [(TYPE, lambda: qb.Ramp(0, 1, 0, None)), (VALUE, lambda: qb.Ramp(0, 1, 2, 1))],
    "SmoothSwitch": [(TYPE, lambda: qb.SmoothSwitch(0, "1", 0, 1)), (VALUE, lambda: qb.SmoothSwitch(0, 1, 0, 0))],
    "SwitchedOff": [(TYPE, lambda: qb.SwitchedOff("1", 1)), (VALUE, lambda: qb.SwitchedOff(1, -1))],
    "Tabulated": [
        (TYPE, lambda: qb.Tabulated(["a", "b"], [0, 1])),
        (VALUE, lambda: qb.Tabulated([1.0, 0.0], [0, 1])),
        (VALUE, lambda: qb.Tabulated([0.0, 1.0], [0, 1])(np.array([2.0]))),
    ],
    "TwoBranchState": [(TYPE, lambda: qb.TwoBranchState("x"))],
    "TwoBranchState.density_matrix": [
        (TYPE, lambda: qb.TwoBranchState(VACUUM).density_matrix("3")),
        (VALUE, lambda: qb.TwoBranchState(VACUUM).density_matrix(-1)),
    ],
    "TwoBranchState.from_moments": [
        (TYPE, lambda: qb.TwoBranchState.from_moments(1, 0, 1j)),
        (VALUE, lambda: qb.TwoBranchState.from_moments(np.ones(2), np.zeros(3), np.ones(2))),
    ],
    "TwoBranchState.number_distribution": [
        (TYPE, lambda: qb.TwoBranchState(VACUUM).number_distribution("3")),
        (VALUE, lambda: qb.TwoBranchState(VACUUM).number_distribution(-1)),
    ],
    "agreement": [(TYPE, lambda: qb.agreement(run(), 1)), (VALUE, lambda: qb.agreement(run(), EMPTY))],
    "agreement_by_point": [
        (TYPE, lambda: qb.agreement_by_point(1, "a", "b")),
        (VALUE, lambda: qb.agreement_by_point(swept(), "a", "b")),
    ],
    "charging_cycles": [
        (TYPE, lambda: qb.charging_cycles(1, [1.0])),
        (VALUE, lambda: qb.charging_cycles(BATTERY, [2.0, 1.0])),
        (VALUE, lambda: qb.charging_cycles(BATTERY, [1.0, 2.0], coupling=0.0)),
    ],
    "collapse": [(TYPE, lambda: qb.collapse(1)), (VALUE, lambda: qb.collapse(EMPTY))],
    "correlation_time": [(TYPE, lambda: qb.correlation_time(1)), (VALUE, lambda: qb.correlation_time(EMPTY))],
    "correlations": [
        (TYPE, lambda: qb.correlations(1, TIMES, since=0.0)),
        (VALUE, lambda: qb.correlations(BATTERY, [0.0, 1.0], since=0.0)),
        (qb.NoSecondOrderEquation, lambda: qb.correlations(NOT_A_DIFFUSION, TIMES, qb.PositiveP(9), since=0.0)),
    ],
    "cycle": [(TYPE, lambda: qb.cycle(1)), (VALUE, lambda: qb.cycle(SWITCHED))],
    "discharge": [(TYPE, lambda: qb.discharge(1)), (VALUE, lambda: qb.discharge(run(), coupling=0.0))],
    "energy_balance": [
        (TYPE, lambda: qb.energy_balance(BATTERY, 1)),
        (VALUE, lambda: qb.energy_balance(BATTERY, EMPTY)),
    ],
    "extractable_work": [(TYPE, lambda: qb.extractable_work("x"))],
    "linear.fixed_points": [
        (TYPE, lambda: fixed_points.fixed_points(BATTERY)),
        (TYPE, lambda: fixed_points.fixed_points(DARK_STATE, "x")),
        (VALUE, lambda: fixed_points.fixed_points(DARK_STATE, np.zeros(3, complex))),
    ],
    "linear.follow": [
        (TYPE, lambda: covariance.follow(BATTERY, TIMES)),
        (TYPE, lambda: covariance.follow(DARK_STATE, TIMES, start=3)),
        (VALUE, lambda: covariance.follow(DARK_STATE, TIMES[::-1])),
        (VALUE, lambda: covariance.follow(DARK_STATE, TIMES, start=MODES)),
    ],
    "linear.mean_field": [
        (TYPE, lambda: mean_field.mean_field("x", TIMES)),
        (TYPE, lambda: mean_field.mean_field(DARK_STATE, "later")),
        (TYPE, lambda: mean_field.mean_field(DARK_STATE, TIMES, "x")),
        (VALUE, lambda: mean_field.mean_field(DARK_STATE, TIMES[::-1])),
        (VALUE, lambda: mean_field.mean_field(DARK_STATE, TIMES, np.zeros(3))),
    ],
    "linear.output_spectrum": [
        (TYPE, lambda: spectra.output_spectrum(BATTERY, DARK, [0.0], "signal")),
        (TYPE, lambda: spectra.output_spectrum(DARK_STATE, DARK, [0.0], "signal", "x")),
        (TYPE, lambda: spectra.output_spectrum(DARK_STATE, DARK, ["0"], "signal")),
        (VALUE, lambda: spectra.output_spectrum(DARK_STATE, DARK, [np.nan], "signal")),
        (VALUE, lambda: spectra.output_spectrum(DARK_STATE, DARK, [0.0], "idler")),
        (PHASE, lambda: spectra.output_spectrum(DARK_STATE, DARK, [0.0], "signal")),
    ],
    "linear.quadrature_variance": [
        (TYPE, lambda: spectra.quadrature_variance(np.eye(4) / 2, 0, "x")),
        (VALUE, lambda: spectra.quadrature_variance(np.eye(4) / 2, 7)),
        (VALUE, lambda: spectra.quadrature_variance(np.eye(3) / 2, 0)),
    ],
    "linear.steady_covariance": [
        (TYPE, lambda: covariance.steady_covariance(BATTERY, DARK)),
        (TYPE, lambda: covariance.steady_covariance(DARK_STATE, "x")),
        (VALUE, lambda: covariance.steady_covariance(DARK_STATE, np.zeros(3))),
        (PHASE, lambda: covariance.steady_covariance(DARK_STATE, DARK)),
    ],
    "load": [
        (TYPE, lambda: qb.load(3)),
        (FileNotFoundError, lambda: qb.load("no/such.nc")),
        (VALUE, lambda: qb.load(__file__)),
        (VALUE, lambda: qb.load("a\0b")),
    ],
    "locate_threshold": [
        (TYPE, lambda: qb.locate_threshold(1)),
        (VALUE, lambda: qb.locate_threshold(swept())),  # it does not cross
        (VALUE, lambda: qb.locate_threshold(swept(), along="kappa")),
    ],
    "modes": [(VALUE, lambda: qb.modes("1")), (VALUE, lambda: qb.modes(["a"])), (VALUE, lambda: qb.modes("s", "s"))],
    "plot.agreement": [(TYPE, lambda: qb.plot.agreement(1, run())), (VALUE, lambda: qb.plot.agreement(EMPTY, run()))],
    "plot.charging": [(TYPE, lambda: qb.plot.charging(1)), (VALUE, qb.plot.charging)],
    "plot.correlations": [(TYPE, lambda: qb.plot.correlations(1)), (VALUE, lambda: qb.plot.correlations(EMPTY))],
    "plot.cycles": [(TYPE, lambda: qb.plot.cycles(1)), (VALUE, lambda: qb.plot.cycles(EMPTY))],
    "plot.discharge": [(TYPE, lambda: qb.plot.discharge(1)), (VALUE, lambda: qb.plot.discharge(exact_run()))],
    "plot.energy_balance": [(TYPE, lambda: qb.plot.energy_balance(1)), (VALUE, lambda: qb.plot.energy_balance(EMPTY))],
    "plot.number_distribution": [
        (TYPE, lambda: qb.plot.number_distribution(1)),
        (VALUE, lambda: qb.plot.number_distribution(discharged(1.0))),
        (VALUE, lambda: qb.plot.number_distribution(exact_run(), times=[99.0])),
    ],
    "plot.phase_portrait": [(TYPE, lambda: qb.plot.phase_portrait(1)), (VALUE, lambda: qb.plot.phase_portrait(run()))],
    "plot.spectrum": [(TYPE, lambda: qb.plot.spectrum(1)), (VALUE, lambda: qb.plot.spectrum(EMPTY))],
    "plot.sweep": [(TYPE, lambda: qb.plot.sweep(1)), (VALUE, lambda: qb.plot.sweep(swept(), x="kappa"))],
    "plot.switch_off": [(TYPE, lambda: qb.plot.switch_off(1)), (VALUE, lambda: qb.plot.switch_off(EMPTY))],
    "plot.threshold": [(TYPE, lambda: qb.plot.threshold(1)), (VALUE, qb.plot.threshold)],
    "plot.threshold_work": [(TYPE, lambda: qb.plot.threshold_work(1)), (VALUE, qb.plot.threshold_work)],
    "plot.validity": [(TYPE, lambda: qb.plot.validity(1)), (VALUE, lambda: qb.plot.validity(EMPTY))],
    "plot.wigner": [
        (TYPE, lambda: qb.plot.wigner(1)),
        (TYPE, lambda: qb.plot.wigner(exact_run(), times="late")),
        (VALUE, lambda: qb.plot.wigner(run())),
    ],
    "point": [(TYPE, lambda: qb.point(1)), (VALUE, lambda: qb.point(swept(), threshold_ratio=0.55))],
    "relaxation_time": [
        (TYPE, lambda: qb.relaxation_time(1)),
        (VALUE, lambda: qb.relaxation_time(run(), "colour")),
        (VALUE, lambda: qb.relaxation_time(run(), remaining=1.0)),
        (VALUE, lambda: qb.relaxation_time(swept())),
    ],
    "save": [
        (TYPE, lambda: qb.save("x", "run.nc")),
        (TYPE, lambda: qb.save(run(), 3)),
        (VALUE, lambda: qb.save(run(), "no/such/folder/run.nc")),
        (VALUE, lambda: qb.save(run(), "a\0b")),
    ],
    "simulate": [
        (TYPE, lambda: qb.simulate(1, TIMES)),
        (VALUE, lambda: qb.simulate(BATTERY, [1.0, 0.0])),
        (qb.NoSecondOrderEquation, lambda: qb.simulate(NOT_A_DIFFUSION, TIMES, qb.PositiveP(9))),
        (PHASE, lambda: qb.simulate(BATTERY.at(noise_parameter=1e-16), TIMES, qb.EliminatedSteadyState())),
    ],
    "squeezing_spectrum": [
        (TYPE, lambda: qb.squeezing_spectrum(1, [0.0])),
        (VALUE, lambda: qb.squeezing_spectrum(EMPTY, [0.0])),
    ],
    "steady_state": [
        (TYPE, lambda: qb.steady_state(BATTERY, qb.PositiveP(9))),
        (VALUE, lambda: qb.steady_state(SWITCHED, qb.Lindblad((4, 4)))),
        (PHASE, lambda: qb.steady_state(qb.OpenSystem(S.dag * S, {S: 0.0}), qb.Lindblad(4))),
    ],
    "sweep": [
        (TYPE, lambda: qb.sweep(1, {"kappa": [1.0]}, TIMES)),
        (VALUE, lambda: qb.sweep(BATTERY, {}, TIMES)),
    ],
    "switch_off": [(TYPE, lambda: qb.switch_off(1, [1.0])), (VALUE, lambda: qb.switch_off(BATTERY, [2.0, 1.0]))],
    "switching_time": [(TYPE, lambda: qb.switching_time(1)), (VALUE, lambda: qb.switching_time(EMPTY))],
    "universal_threshold": [
        (TYPE, lambda: qb.universal_threshold("0")),
        (VALUE, lambda: qb.universal_threshold(1001.0)),
        (VALUE, lambda: qb.universal_threshold(0.0, -0.1)),
    ],
}
"""Calls by what they refuse: argument after argument, nothing is simulated that is not needed to be refused."""
PLAYED = {("save", PermissionError): locked, ("save", OSError): truncated}
"""What a call cannot bring about by itself."""
IN_OUR_WORDS: list[tuple[Callable[[], Any], str]] = [
    (lambda: qb.relaxation_time(3), "`run` must be"),
    (lambda: BATTERY.at(x=1), "`parameter` must be one of pump, .*, got 'x'"),
    (lambda: BATTERY.at(kapa=1), r"`parameter` must be one of .*, got 'kapa'\. Did you mean kappa\?"),
    (lambda: qb.save(run(), 3), "`path` must be"),
    (lambda: qb.save(run(), "no/such/folder/run.nc"), "`path` must be"),
    (lambda: qb.load(3), "`path` must be"),
]
"""Calls of which others would name an argument of a function further in."""
EACH = [(name, kind, call) for name, calls in CALLS.items() for kind, call in calls]


def named(name: str, doc: str) -> list[str]:
    """Types that a docstring names and that no call of the table brings about."""
    shown = {kind.__name__ for kind, _ in CALLS.get(name, [])} | {k.__name__ for n, k in PLAYED if n == name}
    return [kind for kind in raised(doc) if kind not in shown]


@pytest.mark.parametrize(("name", "kind", "call"), EACH, ids=[f"{n} {k.__name__}" for n, k, _ in EACH])
def test_a_call_is_refused_as_documented(name, kind, call):
    with pytest.raises(kind) as caught:
        call()
    assert type(caught.value) is kind
    assert is_refusal(caught.value)
    assert kind.__name__ in raised(everything()[name].doc)


@pytest.mark.parametrize(("call", "words"), IN_OUR_WORDS, ids=[words for _, words in IN_OUR_WORDS])
def test_a_refusal_names_what_was_typed(call, words):
    with pytest.raises((TypeError, ValueError), match=f"^{words}"):
        call()


@pytest.mark.parametrize(("name", "kind"), PLAYED)
def test_what_the_disk_refuses_is_documented(name, kind, tmp_path, monkeypatch):
    assert kind.__name__ in raised(everything()[name].doc)
    with pytest.raises(kind) as caught:
        PLAYED[name, kind](tmp_path, monkeypatch)
    assert type(caught.value) is kind


@pytest.mark.parametrize("name", everything())
def test_every_documented_type_is_tried(name):
    assert named(name, everything()[name].doc) == []


def test_a_type_that_nobody_tried_is_seen():
    assert named("modes", "Raises: ValueError or KeyError.") == ["KeyError"]
    assert named("nothing", "Raises: TypeError for all.") == ["TypeError"]

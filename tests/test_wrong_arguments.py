"""Whatever stands in the place of an argument is refused in our words: a text, nothing, an array of another shape."""

import inspect
import re
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.errors import is_refusal
from phasespace_qb.linear import covariance, fixed_points
from phasespace_qb.states.gaussian import GaussianState
from tests.documented import everything
from tests.invented_runs import discharged, exact_run
from tests.test_refusals import BATTERY, TIMES, VACUUM, S, run, swept
from tests.two_time import invented

SYSTEM = qb.DopoBattery(0.5).system()
AT_REST = fixed_points.fixed_points(SYSTEM)[0].amplitudes
MATRIX, BRANCHES = qb.DensityMatrix(np.eye(1)), qb.TwoBranchState(VACUUM)
LINEAR, CLOSED, TRAJECTORIES = qb.LinearNoise(), qb.EliminatedSteadyState(), qb.PositiveP(9, rng=1)
LAGS, POINT = np.linspace(0.0, 2.0, 6), {"threshold_ratio": 0.5}
GAUSSIAN_MODES = covariance.GaussianModes(np.zeros(2), 0.5 * np.eye(4))
OTHERS: tuple[Any, ...] = ("x", None, np.zeros((2, 3, 5)))


@cache
def swept_twice() -> Any:
    over = {"threshold_ratio": [0.5, 0.6]}
    return qb.sweep(BATTERY, over, [60.0], {"a": CLOSED, "b": qb.LinearNoise("branch")})


@cache
def two_runs() -> Any:
    return tuple(qb.simulate(battery, TIMES, LINEAR) for battery in (BATTERY, BATTERY.at(threshold_ratio=0.5)))


@cache
def cycles() -> Any:
    return qb.charging_cycles(BATTERY, [1.0, 2.0], method=LINEAR)


GIVEN: dict[str, Callable[[], dict[str, Any]]] = {
    "DensityMatrix": lambda: {"matrix": np.eye(1)},
    "Envelope": lambda: {"function": np.sin},
    "GaussianState": lambda: {"mean": np.zeros(2), "covariance": 0.5 * np.eye(2)},
    "Mode": lambda: {"name": "a"},
    "OpenSystem": lambda: {"hamiltonian": S.dag * S, "loss": {S: 1.0}, "start": {}},
    "PositiveP": lambda: {"trajectories": 9, "integrator": qb.Heun()},
    "PulseTrain": lambda: {"value": 1.0, "width": 1.0, "period": 2.0, "count": 3},
    "Ramp": lambda: {"first": 0.0, "last": 1.0, "begin": 0.0, "end": 1.0},
    "SmoothSwitch": lambda: {"first": 0.0, "last": 1.0, "at": 0.0, "duration": 1.0},
    "SwitchedOff": lambda: {"value": 1.0, "at": 1.0},
    "Tabulated": lambda: {"times": [0.0, 1.0], "values": [0.0, 1.0]},
    "TruncatedWigner": lambda: {"trajectories": 9, "integrator": qb.Heun()},
    "TwoBranchState": lambda: {"branch": VACUUM},
    "agreement": lambda: {"run": run(), "reference": run()},
    "agreement_by_point": lambda: {"swept": swept_twice(), "run": "a", "reference": "b"},
    "charging_cycles": lambda: {"battery": BATTERY, "charge": [1.0], "method": LINEAR},
    "collapse": lambda: {"swept": swept()},
    "correlation_time": lambda: {"corr": invented.below_threshold()},
    "correlations": lambda: {"system": BATTERY, "lags": LAGS, "method": TRAJECTORIES, "since": 0.0},
    "cycle": lambda: {"battery": BATTERY, "charge": 1.0, "times": TIMES, "method": LINEAR, "samples": 3},
    "discharge": lambda: {"source": run(), "times": TIMES, "at": 1.0},
    "energy_balance": lambda: {"battery": BATTERY, "run": run()},
    "extractable_work": lambda: {"state": VACUUM},
    "linear.fixed_points": lambda: {"system": SYSTEM, "starts": AT_REST[None]},
    "linear.follow": lambda: {"system": SYSTEM, "times": TIMES},
    "linear.mean_field": lambda: {"system": SYSTEM, "times": TIMES},
    "linear.output_spectrum": lambda: {
        "system": SYSTEM,
        "amplitudes": AT_REST,
        "frequencies": [0.0],
        "mode": "signal",
    },
    "linear.quadrature_variance": lambda: {"covariance": 0.5 * np.eye(4), "mode": 0},
    "linear.steady_covariance": lambda: {"system": SYSTEM, "amplitudes": AT_REST},
    "load": lambda: {"path": "run.nc"},
    "locate_threshold": lambda: {"*": swept()},
    "modes": lambda: {"*": "a"},
    "plot.agreement": lambda: {"run": run(), "reference": run()},
    "plot.charging": lambda: {"*": run()},
    "plot.correlations": lambda: {"*": invented.below_threshold()},
    "plot.cycles": lambda: {"result": cycles()},
    "plot.discharge": lambda: {"*": discharged(1.0)},
    "plot.energy_balance": lambda: {"result": qb.energy_balance(BATTERY, run())},
    "plot.number_distribution": lambda: {"*": exact_run()},
    "plot.phase_portrait": lambda: {"run": run()},
    "plot.spectrum": lambda: {"*": qb.squeezing_spectrum(invented.below_threshold(), [0.0])},
    "plot.sweep": lambda: {"swept": swept()},
    "plot.switch_off": lambda: {"result": qb.switch_off(BATTERY, TIMES[1:], method=LINEAR)},
    "plot.threshold": lambda: {"*": swept()},
    "plot.threshold_work": lambda: {"*": swept()},
    "plot.validity": lambda: {"*": two_runs(), "x": "threshold_ratio", "y": "time"},
    "plot.wigner": lambda: {"run": exact_run(), "times": [0.0]},
    "point": lambda: {"swept": swept(), "coordinates": POINT},
    "relaxation_time": lambda: {"run": run()},
    "save": lambda: {"result": run(), "path": "run.nc"},
    "simulate": lambda: {"system": BATTERY, "times": TIMES, "method": LINEAR},
    "squeezing_spectrum": lambda: {"corr": invented.below_threshold(), "frequencies": [0.0]},
    "steady_state": lambda: {"system": BATTERY, "method": CLOSED},
    "sweep": lambda: {"system": BATTERY, "over": {"pump": [1.0]}, "times": [1.0], "method": LINEAR},
    "switch_off": lambda: {"battery": BATTERY, "at": [1.0], "method": LINEAR},
    "switching_time": lambda: {"corr": invented.below_threshold()},
    "universal_threshold": lambda: {"eta": [0.0]},
    "DensityMatrix.number_distribution": lambda: {"self": MATRIX, "cutoff": 3},
    "DopoBattery.at": lambda: {"self": BATTERY, "coordinates": POINT},
    "DopoBattery.switched_off": lambda: {"self": BATTERY, "at": 1.0},
    "DopoBattery.system": lambda: {"self": BATTERY},
    "GaussianModes.of_mode": lambda: {"self": GAUSSIAN_MODES, "mode": 0},
    "GaussianState.density_matrix": lambda: {"self": VACUUM, "cutoff": 3},
    "GaussianState.from_moments": lambda: {
        "cls": GaussianState,
        "amplitude": 0.0,
        "photon_number": 1.0,
        "pair_amplitude": 0.0,
    },
    "GaussianState.number_distribution": lambda: {"self": VACUUM, "cutoff": 3},
    "OpenSystem.keeps_parity": lambda: {"self": SYSTEM, "mode": "signal"},
    "TwoBranchState.density_matrix": lambda: {"self": BRANCHES, "cutoff": 3},
    "TwoBranchState.from_moments": lambda: {
        "cls": qb.TwoBranchState,
        "photon_number": 1.0,
        "pair_amplitude": 0.0,
        "pair_number": 1.0,
    },
    "TwoBranchState.number_distribution": lambda: {"self": BRANCHES, "cutoff": 3},
}
"""Arguments with which a call works, or is refused for the right reason; what is left out has a default."""
HOLDS = "holds what it is given"
BETWEEN_ARRAYS = "called at every step, and arithmetic on arrays of any shape"
INSIDE = "called by the library, on what has been checked"
NOT_TRIED = {
    "BoundedTwoPoint.refuses": INSIDE,
    "DopoBattery.coordinates": INSIDE,
    "DopoBattery.drawn_power": BETWEEN_ARRAYS,
    "DopoBattery.drive_at": BETWEEN_ARRAYS,
    "DopoBattery.sent_power": BETWEEN_ARRAYS,
    "Integrator.refuses": INSIDE,
    "Noise": "an enumeration",
    "OpenSystem.fingerprint": INSIDE,
    "Polynomial.is_hermitian": INSIDE,
    "linear.FixedPoint": HOLDS,
    "linear.GaussianModes": HOLDS,
}
TAKEN = {
    ("Envelope", "complex_valued"): "whatever is true or false",
    ("GaussianState.from_moments", "amplitude"): "broadcast",
    ("GaussianState.from_moments", "pair_amplitude"): "broadcast",
    ("GaussianState.from_moments", "photon_number"): "broadcast",
    ("Mode", "name"): "a text is right",
    ("TwoBranchState.from_moments", "pair_amplitude"): "broadcast",
    ("TwoBranchState.from_moments", "pair_number"): "broadcast",
    ("TwoBranchState.from_moments", "photon_number"): "broadcast",
    ("modes", "*"): "a text is right",
    ("save", "path"): "a text is right",
    ("steady_state", "slow_modes"): "whatever is true or false",
    ("sweep", "checkpoint"): "a text is right",
}
"""Arguments that take one of the wrong values after all."""


NAMES_ANOTHER = {
    ("DopoBattery.at", "coordinates"): "each by its own name",
    ("plot.agreement", "reference"): "each of them is a `run`",
    ("plot.phase_portrait", "ax"): "a run without samples, which are trajectories, is refused first",
    ("point", "coordinates"): "each by its own name",
}
"""Arguments that a refusal does not name."""


def called(name: str, /, **changed: Any) -> Any:
    """Call a public name with its arguments, some of them changed."""
    it, given = everything()[name], GIVEN.get(name, dict)() | changed
    function = it.thing if isinstance(it.thing, type) else it.function
    first = [given.pop(key) for key in ("self", "cls") if key in given]
    several = given.pop("*", ())
    first += several if isinstance(several, tuple) else [several]
    return function(*first, **(given.pop("coordinates", {}) | given))


def arguments(name: str) -> list[tuple[str, Any]]:
    """Arguments of a public name and their defaults."""
    it = everything()[name]
    found = inspect.signature(it.thing if isinstance(it.thing, type) else it.function).parameters.values()
    return [
        ("*" if each.kind is each.VAR_POSITIONAL else each.name, each.default)
        for each in found
        if each.name not in {"self", "cls"}
    ]


def wrong(name: str, argument: str, default: Any) -> list[Callable[[], Any]]:
    """Calls with something else in the place of an argument, but not with the default."""
    others = [other for other in OTHERS if not (other is None and default is None)]
    if argument == "coordinates":  # one of them has the wrong value; a wrong name is refused elsewhere
        return [partial(called, name, coordinates={**POINT, "threshold_ratio": other}) for other in others]
    return [partial(called, name, **{argument: other}) for other in others]


def error_of(call: Callable[[], Any]) -> Exception | None:
    """What a call raises."""
    try:
        call()
    except Exception as error:
        return error
    return None


PUBLIC = [name for name, it in everything().items() if it.parameters and name not in NOT_TRIED]
EACH = [(name, *argument) for name in PUBLIC for argument in arguments(name)]


@pytest.mark.parametrize(
    ("name", "argument", "default"), EACH, ids=[f"{name} {argument}" for name, argument, _ in EACH]
)
def test_what_is_wrong_is_refused_in_words(name, argument, default, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused = [error for call in wrong(name, argument, default) if (error := error_of(call)) is not None]
    plt.close("all")
    assert [error for error in refused if not is_refusal(error)] == []
    tried = len(wrong(name, argument, default))
    assert (len(refused) < tried) == ((name, argument) in TAKEN)
    if argument != "*" and (name, argument) not in NAMES_ANOTHER:
        assert [error for error in refused if not re.match(rf"`{argument}[`.]", str(error))] == []


def test_the_tables_name_what_is_public():
    public = {name for name, it in everything().items() if it.parameters}
    assert set(GIVEN) <= set(PUBLIC)
    assert set(NOT_TRIED) <= public
    assert {*TAKEN, *NAMES_ANOTHER} <= {(name, argument) for name, argument, _ in EACH}
    lacking = {name for name, argument, default in EACH if default is inspect.Parameter.empty and name not in GIVEN}
    assert lacking - {"point"} == set()


def test_an_error_in_the_words_of_others_is_seen():
    error = error_of(lambda: np.add("x", 1))
    assert isinstance(error, TypeError)
    assert not is_refusal(error)

"""Public docstrings are complete: a sentence, every argument, shapes, units, what is refused, and the source."""

import inspect
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.results import comparison, protocols, schema, sweeps
from phasespace_qb.two_time import variables
from tests.documented import LABELS, Documented, everything, raised, section

SHAPES, UNITS, RAISES, SOURCE = LABELS
PUBLIC = everything()
UNIT = re.compile(
    r"(?<!per )\b[Uu]nits?:? (?:"
    r"(?:(?:of|of time:|as the runs? ha(?:ve|s) them,) )?(?:√|1/)?(?:γ_s|quanta|ħ)"
    r"|(?:values in |the function gives )?those of (?:the|\w+'s) (?:coefficient|quantity|argument)"
    r"|of (?:the )?(?:rate|times?|parameter|vacuum)\b"
    r"|x = [^.]*? with ħ = 1"
    r"|(?:the variance of vacuum|in which vacuum)\b"
    r"|\(ratios have none|S a pure number)"
)
"""What a unit is said in: a symbol, or whose unit it is; nothing else may stand between."""
FORMULA = re.compile(r"[∫Σ½]|√(?!quanta|γ_s|g\b)")
WITH_DIMENSION = {
    *("times", "time", "at", "hold", "charge", "lags", "since", "until", "step", "begin", "end", "width", "period"),
    *("duration", "coupling", "gamma_s", "gamma_a", "gamma_p", "kappa", "detuning", "pump", "drive", "field", "loss"),
    *("frequencies", "target_stderr", "eigenvalues"),
}
"""Arguments that nobody can give without knowing their unit."""


class Reason(NamedTuple):
    """Why a part does not apply to a docstring, and what would show that it does after all."""

    part: str
    why: str
    false: Callable[[Documented], Any]


NO_ARRAYS = Reason(SHAPES, "no arrays go in or out", lambda it: it.takes_or_gives_arrays)
FIGURE = Reason(SHAPES, "results go in; says which axes come out", lambda it: "Returns (figure" not in it.doc)
ANY_RESULT = Reason(SHAPES, "a whole dataset, whatever is in it", lambda it: "ndarray" in it.types)
NUMBERS = Reason(UNITS, "nothing with a dimension goes in or out", lambda it: WITH_DIMENSION & {*it.parameters})
NO_ARGUMENTS = Reason(RAISES, "has no arguments", lambda it: it.parameters)
TAKES_ALL = Reason(RAISES, "refuses nothing", lambda it: re.search("raise |require_|refusal", source_of(it)))
A_CONSTANT = Reason(RAISES, "its members are constants", lambda it: not issubclass(it.thing, Enum))
NO_FORMULA = Reason(SOURCE, "no formula and nobody's method", lambda it: FORMULA.search(it.doc))

A_TYPE = (NO_ARRAYS, NUMBERS, NO_ARGUMENTS, NO_FORMULA)
A_SCHEME = (NO_ARRAYS, NUMBERS, NO_ARGUMENTS)
A_PICTURE = (FIGURE, NUMBERS, NO_FORMULA)
A_PROPERTY = (NUMBERS, NO_ARGUMENTS)
ARITHMETIC = (TAKES_ALL,)

DOES_NOT_APPLY: dict[str, tuple[Reason, ...]] = {
    "BoundedTwoPoint": A_SCHEME,
    "BoundedTwoPoint.refuses": (NO_ARRAYS, NUMBERS, TAKES_ALL),
    "DensityMatrix": (NUMBERS,),
    "DensityMatrix.number_distribution": (NUMBERS,),
    "DensityMatrix.photon_number": A_PROPERTY,
    "DensityMatrix.spectrum": (*A_PROPERTY, NO_FORMULA),
    "DopoBattery": (NO_ARRAYS,),
    "DopoBattery.at": (NO_ARRAYS, NO_FORMULA),
    "DopoBattery.coordinates": (NO_ARRAYS, TAKES_ALL),
    "DopoBattery.drawn_power": ARITHMETIC,
    "DopoBattery.drive_at": (TAKES_ALL, NO_FORMULA),
    "DopoBattery.sent_power": ARITHMETIC,
    "DopoBattery.steady_amplitudes": (NO_ARGUMENTS,),
    "DopoBattery.switched_off": (NO_ARRAYS, NO_FORMULA),
    "DopoBattery.system": (NO_ARRAYS, NUMBERS),
    "EliminatedSteadyState": A_SCHEME,
    "Envelope": (NO_ARRAYS, NO_FORMULA),
    "EulerMaruyama": A_SCHEME,
    "ExponentialHeun": A_SCHEME,
    "GaussianState.density_matrix": (NUMBERS,),
    "GaussianState.number_distribution": (NUMBERS,),
    "GaussianState.photon_number": A_PROPERTY,
    "GaussianState.photon_number_variance": A_PROPERTY,
    "GaussianState.principal_axes": (NO_ARGUMENTS,),
    "GaussianState.symplectic_eigenvalue": (NO_ARGUMENTS,),
    "Heun": A_SCHEME,
    "Integrator.refuses": (NO_ARRAYS, NUMBERS, TAKES_ALL, NO_FORMULA),
    "Lindblad": (NO_ARRAYS, NUMBERS),
    "LinearNoise": (NO_ARRAYS, NUMBERS),
    "Midpoint": A_SCHEME,
    "Mode": (NO_ARRAYS, NUMBERS, NO_FORMULA),
    "NoSecondOrderEquation": A_TYPE,
    "Noise": (NO_ARRAYS, NUMBERS, A_CONSTANT),
    "OpenSystem": (NO_ARRAYS,),
    "OpenSystem.fingerprint": (NO_ARRAYS, TAKES_ALL, NO_FORMULA),
    "OpenSystem.keeps_parity": (NO_ARRAYS, NUMBERS),
    "OpenSystem.start_amplitudes": (NO_ARGUMENTS, NO_FORMULA),
    "PhaseSpaceError": A_TYPE,
    "Polynomial.is_hermitian": (NO_ARRAYS, NUMBERS, TAKES_ALL, NO_FORMULA),
    "PositiveP": (NO_ARRAYS,),
    "PulseTrain": (NO_ARRAYS, NO_FORMULA),
    "Ramp": (NO_ARRAYS, NO_FORMULA),
    "SmoothSwitch": (NO_ARRAYS,),
    "SwitchedOff": (NO_ARRAYS, NO_FORMULA),
    "Tabulated": (NO_FORMULA,),
    "TruncatedWigner": (NO_ARRAYS,),
    "TwoBranchState": (NUMBERS,),
    "TwoBranchState.density_matrix": (NUMBERS,),
    "TwoBranchState.number_distribution": (NUMBERS,),
    "TwoBranchState.photon_number": (*A_PROPERTY, NO_FORMULA),
    "TwoBranchState.separation": A_PROPERTY,
    "UnphysicalState": A_TYPE,
    "agreement_by_point": (NUMBERS, NO_FORMULA),
    "collapse": (NUMBERS,),
    "cycle": (NO_FORMULA,),
    "linear.FixedPoint": (TAKES_ALL, NO_FORMULA),
    "linear.GaussianModes": (TAKES_ALL,),
    "load": (ANY_RESULT, NUMBERS, NO_FORMULA),
    "modes": (NO_ARRAYS, NUMBERS, NO_FORMULA),
    "plot.agreement": A_PICTURE,
    "plot.charging": A_PICTURE,
    "plot.correlations": A_PICTURE,
    "plot.cycles": A_PICTURE,
    "plot.discharge": A_PICTURE,
    "plot.energy_balance": A_PICTURE,
    "plot.number_distribution": (NO_FORMULA,),
    "plot.phase_portrait": (NUMBERS, NO_FORMULA),
    "plot.spectrum": A_PICTURE,
    "plot.sweep": (FIGURE, NO_FORMULA),
    "plot.switch_off": A_PICTURE,
    "plot.threshold": A_PICTURE,
    "plot.threshold_work": A_PICTURE,
    "plot.validity": (NUMBERS, NO_FORMULA),
    "point": (NO_FORMULA,),
    "save": (ANY_RESULT, NUMBERS, NO_FORMULA),
    "sweep": (NO_FORMULA,),
    "switch_off": (NO_FORMULA,),
}
"""Public names of which a docstring does not need one of the four parts; all others need all four."""


def source_of(it: Documented) -> str:
    """Code of what is called; of a class, of its construction if it has one of its own."""
    if isinstance(it.thing, type):
        return "".join(inspect.getsource(vars(it.thing)[n]) for n in ("__init__", "__post_init__") if written(it, n))
    return inspect.getsource(it.function)


def written(it: Documented, name: str) -> bool:
    """Whether a method of a class was written, not generated by `dataclass`."""
    method = vars(it.thing).get(name)
    return method is not None and method.__code__.co_filename.endswith(".py")


def parts_of(doc: str) -> set[str]:
    """Which of the four parts a docstring has."""
    source = section(doc, SOURCE)
    found = {
        SHAPES: re.search(r"\b[Ss]hapes?:?\s[^.]*?\(|[Aa]ny\s+shape", doc),
        UNITS: UNIT.search(" ".join(doc.split())),
        RAISES: raised(doc),
        SOURCE: re.search(r"\d{4}|Eqs?\. \(\d|[Oo]wn derivation|[Dd]efinition|Sec\. ", source),
    }
    return {part for part, there in found.items() if there}


def lacking(it: Documented, without: tuple[Reason, ...]) -> list[str]:
    """What a docstring lacks, and which of its exemptions do not hold."""
    first = it.doc.split("\n", maxsplit=1)[0]
    wrong = [] if re.match(r"(?!Shapes|Units|Raises|Source)\S.{9,}", first) else ["a first sentence"]
    wrong += [f"argument {name}" for name in it.parameters if not re.search(rf"\b{name}\b", it.doc)]
    has, exempt = parts_of(it.doc), {reason.part for reason in without}
    wrong += [part for part in LABELS if part not in has | exempt]
    wrong += [f"no exemption from {part}: it is there" for part in LABELS if part in has & exempt]
    return wrong + [f"no exemption as '{reason.why}'" for reason in without if reason.false(it)]


def test_the_table_names_what_is_public():
    assert set(DOES_NOT_APPLY) <= set(PUBLIC)
    assert [name for name, reasons in DOES_NOT_APPLY.items() if not reasons] == []


@pytest.mark.parametrize("name", PUBLIC)
def test_a_docstring_is_complete(name):
    assert lacking(PUBLIC[name], DOES_NOT_APPLY.get(name, ())) == []


COMPLETE = """Energy of a mode, n̄ + ½, at `times`.

Shapes: times (T,) -> (T,).  Units: ħω_s, times 1/γ_s.
Raises: TypeError for what is no number.
Source: the paper's Eq. (9).
"""


def documented(doc: str) -> Documented:
    """A function of arrays over times that has this docstring."""

    def energy(times: np.ndarray) -> np.ndarray:
        raise TypeError(times)

    energy.__doc__ = doc
    return Documented("energy", energy)


def test_a_complete_docstring_passes():
    assert lacking(documented(COMPLETE), ()) == []


@pytest.mark.parametrize(
    ("taken", "missing"),
    [
        ("Energy of a mode, n̄ + ½, at `times`.", "a first sentence"),
        ("Shapes: times (T,) -> (T,).", SHAPES),
        ("Units: ħω_s, times 1/γ_s.", UNITS),
        ("Raises: TypeError for what is no number.", RAISES),
        ("TypeError for what", RAISES),
        ("Source: the paper's Eq. (9).", SOURCE),
        ("the paper's Eq. (9).", SOURCE),
    ],
)
def test_a_docstring_that_lacks_a_part_is_seen(taken, missing):
    assert taken in COMPLETE
    assert missing in lacking(documented(COMPLETE.replace(taken, "")), ())


@pytest.mark.parametrize(
    "words", ["A unit vector of the parameter.", "Units follow from the time.", "Energy per unit time."]
)
def test_units_without_a_unit_are_seen(words):
    assert UNITS in lacking(documented(COMPLETE.replace("Units: ħω_s, times 1/γ_s.", words)), ())


def test_an_argument_that_is_not_mentioned_is_seen():
    assert "argument times" in lacking(documented(COMPLETE.replace("times", "hours")), ())


@pytest.mark.parametrize("reason", [NO_ARRAYS, FIGURE, ANY_RESULT, NUMBERS, NO_ARGUMENTS, TAKES_ALL, NO_FORMULA])
def test_an_exemption_that_is_false_is_seen(reason):
    wrong = lacking(documented(COMPLETE), (reason,))
    assert wrong == [f"no exemption from {reason.part}: it is there", f"no exemption as '{reason.why}'"]


TABLES = {
    "phasespace_qb.results.schema": schema.VARIABLES,
    "by the schema": schema.VARIABLES,
    "comparison.DESCRIBED": comparison.DESCRIBED,
    "protocols.OF_SWITCHING": protocols.OF_SWITCHING,
    "protocols.OF_BALANCE": protocols.OF_BALANCE,
    "protocols.OF_CYCLES": protocols.OF_CYCLES,
    "two_time.variables": variables.DESCRIBED,
    "OF_A_POINT": sweeps.OF_A_POINT,
    "variables of `universal_threshold`": qb.universal_threshold([0.0]),
}
"""Where a docstring may send its reader for the names of variables."""
BATTERY = qb.DopoBattery(0.6)


TIMES, RATIOS = np.linspace(0.0, 12.0, 61), np.linspace(0.6, 1.4, 9)
LINEAR, BRANCH, CLOSED = qb.LinearNoise(), qb.LinearNoise("branch"), qb.EliminatedSteadyState()
SAMPLES: dict[str, Callable[[], Any]] = {
    "simulate": lambda: qb.simulate(BATTERY, TIMES, LINEAR),
    "steady_state": lambda: qb.steady_state(BATTERY, CLOSED),
    "agreement": lambda: qb.agreement(sample("simulate"), qb.simulate(BATTERY, TIMES, CLOSED)),
    "discharge": lambda: qb.discharge(sample("simulate"), TIMES, at=1.0),
    "charging_cycles": lambda: qb.charging_cycles(BATTERY, [1.0, 2.0, 3.0], method=LINEAR),
    "energy_balance": lambda: qb.energy_balance(BATTERY, sample("simulate")),
    "switch_off": lambda: qb.switch_off(BATTERY, [1.0, 2.0, 3.0], method=LINEAR),
    "sweep": lambda: swept(CLOSED),
    "point": lambda: qb.point(sample("sweep"), threshold_ratio=1.0),
    "agreement_by_point": lambda: qb.agreement_by_point(swept({"a": CLOSED, "b": BRANCH}), "a", "b"),
    "collapse": lambda: qb.collapse(sample("sweep")),
    "locate_threshold": lambda: qb.locate_threshold(sample("sweep")),
    "universal_threshold": lambda: qb.universal_threshold([-1.0, 0.0, 1.0]),
    "relaxation_time": lambda: qb.relaxation_time(sample("simulate")),
    "correlations": lambda: qb.correlations(BATTERY, TIMES, qb.PositiveP(3_000, rng=1), since=2.0, until=4.0),
    "squeezing_spectrum": lambda: qb.squeezing_spectrum(sample("correlations"), [0.0, 1.0]),
    "correlation_time": lambda: qb.correlation_time(sample("correlations")),
    "switching_time": lambda: qb.switching_time(sample("correlations")),
}
"""A small result of each function that returns a dataset."""
COMPILED = {"correlations", "squeezing_spectrum", "correlation_time", "switching_time"}


def swept(method: Any) -> Any:
    with ThreadPoolExecutor(1) as executor:
        return qb.sweep(BATTERY, {"threshold_ratio": RATIOS}, [4.0, 60.0], method, executor=executor)


@cache
def sample(name: str) -> Any:
    return SAMPLES[name]()


def unexplained(doc: str, result: Any) -> set[str]:
    """Variables and dimensions of a dataset that a docstring neither names nor sends its reader to."""
    known = {str(name) for told, table in TABLES.items() if told in " ".join(doc.split()) for name in table}
    names = {schema.base_name(str(name)) for name in result.data_vars} - known
    swept = {str(dim) for dim in result.dims} & set(BATTERY.PARAMETERS)
    return {name for name in names | ({str(dim) for dim in result.dims} - swept) if not re.search(rf"\b{name}\b", doc)}


def test_every_function_that_returns_a_dataset_has_a_sample():
    assert {*SAMPLES, "load"} == {name for name, it in PUBLIC.items() if it.gives_a_dataset}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in COMPILED else []) for name in SAMPLES]
)
def test_a_dataset_is_described(name):
    assert unexplained(PUBLIC[name].doc, sample(name)) == set()


def test_a_variable_that_is_not_described_is_seen():
    result = sample("universal_threshold")
    doc = PUBLIC["universal_threshold"].doc
    assert unexplained(doc.replace("scaled_variance", "").replace("eta", ""), result) == {"scaled_variance", "eta"}

"""What commands have in common: options of the battery, of the times and of the methods, from texts to objects."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

MOST_SAMPLES = 100_000

Pump = Annotated[str, typer.Option(help="Pump amplitude F_p, units sqrt(gamma_s); complex as 3+1j.")]
Kappa = Annotated[str, typer.Option(help="Nonlinear coupling, units gamma_s.")]
GammaP = Annotated[str, typer.Option(help="Energy decay rate of the pump mode, units gamma_s.")]
Detuning = Annotated[str, typer.Option(help="Detuning of the signal, units gamma_s.")]
OffAt = Annotated[str | None, typer.Option(help="Switch the pump off at this time, units 1/gamma_s.")]
Until = Annotated[str, typer.Option(help="Last time, units 1/gamma_s.")]
Samples = Annotated[str, typer.Option(help="Number of times to save, from 0 to the last.")]
Trajectories = Annotated[str | None, typer.Option(help="Number of trajectories; 100000 if left out.")]
TargetStderr = Annotated[
    str | None, typer.Option(help="Instead of a number: stop at this standard error of n, in quanta.")
]
Step = Annotated[str | None, typer.Option(help="Longest time step, units 1/gamma_s; chosen if left out.")]
Seed = Annotated[str | None, typer.Option(help="Seed of the random numbers; fresh if left out.")]
Cutoffs = Annotated[str | None, typer.Option(help='Number states kept of each mode, as "64 12"; auto if left out.')]
Tolerance = Annotated[str | None, typer.Option(help="Accuracy of lindblad; 1e-6 if left out.")]


@dataclass(frozen=True)
class Choice:
    """A method by the name of its class, the arguments that its name on the command line implies, and its options."""

    method: str
    implied: Mapping[str, Any] = field(default_factory=dict)
    takes: tuple[str, ...] = ()


SAMPLING = ("trajectories", "target-stderr", "step", "seed")
METHODS = {
    "positive-p": Choice("PositiveP", takes=SAMPLING),
    "wigner": Choice("TruncatedWigner", takes=SAMPLING),
    "lindblad": Choice("Lindblad", takes=("cutoffs", "tolerance")),
    "linear": Choice("LinearNoise", {"about": "start"}),
    "linear-branch": Choice("LinearNoise", {"about": "branch"}),
    "steady-state": Choice("EliminatedSteadyState"),
}
"""Methods by their names on the command line."""


def battery_of(pump: str, kappa: str, gamma_p: str, detuning: str, off_at: str | None) -> Any:
    """The battery that these texts declare; ValueError for one that says nothing sensible."""
    from phasespace_qb.models.dopo import DopoBattery
    from phasespace_qb.models.drives import SwitchedOff, require_amplitude

    amplitude = require_amplitude("pump", number("pump", pump, real_or_complex))
    drive = amplitude if off_at is None else SwitchedOff(amplitude, at=number("off-at", off_at))
    return DopoBattery(
        pump=drive,
        kappa=number("kappa", kappa),
        gamma_p=number("gamma-p", gamma_p),
        detuning=number("detuning", detuning),
    )


def title_of(pump: str, battery: Any) -> str:
    """What a picture says of the battery."""
    return rf"$F_p = {real_or_complex(pump):g}$, $\lambda = {battery.pump_ratio:.3g}$"


def times_of(until: str, samples: str) -> Any:
    """Equidistant times from 0 on, units 1/γ_s."""
    import numpy as np

    from phasespace_qb.errors import require_count, require_real

    last = require_real("until", number("until", until), "a finite positive time (units of 1/gamma_s)", lambda t: t > 0)
    count = require_count("samples", number("samples", samples, count_of), at_least=2, at_most=MOST_SAMPLES)
    return np.linspace(0.0, last, count)


def methods_of(named: Mapping[str, str], given: Mapping[str, str | None]) -> list[Any]:
    """The methods {option: name}, each with those of the given options that it takes.

    Raises: ValueError for a name that nobody bears, and for an option that none of the methods takes.
    """
    from phasespace_qb import methods
    from phasespace_qb.errors import refusal

    choices = []
    for option, name in named.items():
        if name.lower() not in METHODS:
            raise ValueError(refusal(option, f"one of {', '.join(METHODS)}", name))
        choices.append(METHODS[name.lower()])
    texts = {option: text for option, text in given.items() if text is not None}
    for option, text in texts.items():
        if not any(option in choice.takes for choice in choices):
            raise ValueError(refusal(option, f"left out with {' and '.join(named.values())}", text))
    read = {option: number(option, text, _READ.get(option, float)) for option, text in texts.items()}
    return [
        getattr(methods, choice.method)(
            **choice.implied,
            **{_ARGUMENTS.get(option, option): read[option] for option in choice.takes if read.get(option) is not None},
        )
        for choice in choices
    ]


def is_typed(context: typer.Context, name: str) -> bool:
    """Whether an option was given, with its default value or another."""
    source = context.get_parameter_source(name)
    return source is not None and source.name != "DEFAULT"


def of_methods(context: typer.Context) -> dict[str, str | None]:
    """What was given for the options that methods take, by their names on the command line."""
    names = dict.fromkeys(option for choice in METHODS.values() for option in choice.takes)
    return {name: context.params[name.replace("-", "_")] for name in names}


def number(name: str, text: str, kind: Callable[[str], Any] = float) -> Any:
    """Read an option, or refuse it in the words of the house."""
    from phasespace_qb.errors import refusal

    try:
        return kind(text)
    except ValueError:
        raise ValueError(refusal(name, _WANTED.get(kind, "a number"), text)) from None


def real_or_complex(text: str) -> float | complex:
    """3, 3+1j, and 3 + 1j too."""
    value = complex(re.sub(r"\s*([+-])\s*", r"\1", text.strip()))
    return value if value.imag else value.real


def count_of(text: str) -> float:
    """Whole numbers as they are, and 1e5 too."""
    return int(text) if text.strip().lstrip("+-").isdigit() else float(text)


def cutoffs_of(text: str) -> tuple[int, ...] | None:
    """64 12 or 64,12 as numbers; None for auto, which leaves them to the method."""
    return None if text.strip().lower() == "auto" else tuple(int(part) for part in text.replace(",", " ").split())


_READ: dict[str, Callable[[str], Any]] = {"trajectories": count_of, "seed": int, "cutoffs": cutoffs_of}
_ARGUMENTS = {"target-stderr": "target_stderr", "seed": "rng"}
_WANTED: dict[Callable[[str], Any], str] = {
    real_or_complex: "a number, complex as 3+1j",
    int: "a whole number",
    count_of: "a whole number, such as 100000 or 1e5",
    cutoffs_of: "whole numbers, one for each mode, or auto",
}

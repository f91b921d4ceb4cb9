"""Time-dependent coefficients: what multiplies an operator and is known before the run starts.

A drive is a function of time with a list of breakpoints, the instants at which it is not smooth. The schedule puts
a step boundary on every breakpoint and samples the drive from the inside of each step, so a jump is never smeared.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phasespace_qb.errors import refusal, require_numbers, require_real, require_reals
from phasespace_qb.models.algebra import Drive, is_number


def require_amplitude(name: str, value: Any) -> complex:
    """Return a finite number, real or complex, as complex; else refuse it."""
    must_be = "a finite real or complex number, a drive or a function of time"
    if not is_number(value):
        raise TypeError(refusal(name, must_be, value))
    if not np.isfinite(value):
        raise ValueError(refusal(name, must_be, value))
    return complex(value)


@dataclass(frozen=True)
class SwitchedOff(Drive):
    """A constant drive that vanishes from the instant `at` on.

    f(t) = value for t < at, 0 for t ≥ at.  Units: those of the coefficient; `at` in 1/γ_s.
    Raises: TypeError for what is no number, ValueError for what is not finite and an `at` that is not positive.
    """

    value: complex
    at: float

    def __post_init__(self) -> None:
        require_amplitude("value", self.value)
        require_real("at", self.at, "a finite positive time (units of 1/gamma_s)", lambda t: t > 0)

    @property
    def breakpoints(self) -> tuple[float, ...]:  # type: ignore[override]
        return (float(self.at),)

    @property
    def real(self) -> bool:  # type: ignore[override]
        return complex(self.value).imag == 0.0

    def __call__(self, times: NDArray[np.float64]) -> NDArray[np.complex128]:
        return np.where(times < self.at, complex(self.value), 0j)


@dataclass(frozen=True, eq=False)
class Tabulated(Drive):
    """A drive given by samples, joined by straight lines.

    Shapes: times (K,), strictly increasing, K ≥ 2; values (K,), real or complex.
    Units: values in those of the coefficient, times in 1/γ_s.
    Raises: TypeError for what are no numbers; ValueError for anything else, and when a simulation asks for a time
    outside the table (nothing is extrapolated).
    """

    times: ArrayLike
    values: ArrayLike

    def __post_init__(self) -> None:
        must_be = "a strictly increasing list of at least two finite times"
        times = require_reals("times", self.times, must_be)
        if len(times) < 2 or not (np.diff(times) > 0).all():
            raise ValueError(refusal("times", must_be, self.times))
        must_be = f"{len(times)} finite numbers, one for each time"
        values = require_numbers("values", self.values, must_be, "iufc")
        if values.shape != times.shape or not np.isfinite(values).all():
            raise ValueError(refusal("values", must_be, self.values))
        object.__setattr__(self, "times", times)
        object.__setattr__(self, "values", values.astype(complex))

    @property
    def breakpoints(self) -> tuple[float, ...]:  # type: ignore[override]
        """The knots at which the slope changes, and the two ends."""
        times, values = np.asarray(self.times), np.asarray(self.values)
        slopes = np.diff(values) / np.diff(times)
        kinked = np.abs(np.diff(slopes)) > 1e-9 * np.abs(slopes).max(initial=0.0)
        return tuple(times[np.concatenate([[True], kinked, [True]])].tolist())

    @property
    def real(self) -> bool:  # type: ignore[override]
        return bool((np.asarray(self.values).imag == 0.0).all())

    def __call__(self, times: NDArray[np.float64]) -> NDArray[np.complex128]:
        knots, values = np.asarray(self.times), np.asarray(self.values)
        if len(times) and (times.min() < knots[0] or times.max() > knots[-1]):
            raise ValueError(
                refusal(
                    "times",
                    f"inside the table of the drive, {knots[0]:g} to {knots[-1]:g}",
                    f"an interval from {times.min():g} to {times.max():g}",
                    "Extend the table or shorten the run.",
                )
            )
        result: NDArray[np.complex128] = np.interp(times, knots, values)
        return result


@dataclass(frozen=True)
class Envelope(Drive):
    """A drive given by a Python function of time.

    The function is called with one float and is sampled before the run starts, so it costs nothing while
    trajectories are integrated.  Give the instants at which it jumps as `breakpoints`.  `complex_valued=True`
    is needed for a complex drive, because Hermiticity of the Hamiltonian is checked before any sample is taken.

    Units: the function gives those of the coefficient; its argument and breakpoints are in 1/γ_s.
    Raises: TypeError for what is no function and no list of times, ValueError for breakpoints that are not finite;
    when a simulation starts, ValueError for samples that are not finite, or complex although not declared so.
    """

    function: Callable[[float], complex]
    breakpoints: tuple[float, ...] = ()
    complex_valued: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise TypeError(refusal("function", "a function of time", self.function))
        if isinstance(self.breakpoints, str) or not isinstance(self.breakpoints, Iterable):
            raise TypeError(refusal("breakpoints", "a list of times", self.breakpoints))
        for instant in self.breakpoints:
            require_real("breakpoints", instant, "finite times (units of 1/gamma_s)")
        object.__setattr__(self, "breakpoints", tuple(float(instant) for instant in self.breakpoints))

    @property
    def real(self) -> bool:  # type: ignore[override]
        return not self.complex_valued

    def __call__(self, times: NDArray[np.float64]) -> NDArray[np.complex128]:
        samples = [self.function(float(t)) for t in times]
        for t, value in zip(times, samples, strict=True):
            if not is_number(value) or not np.isfinite(value):
                raise ValueError(refusal("drive function", f"finite at every time; at t = {t:g}", value))
            if self.real and complex(value).imag != 0.0:
                raise ValueError(
                    refusal(
                        "drive function",
                        f"real at every time; at t = {t:g}",
                        value,
                        "Wrap it: Envelope(function, complex_valued=True).",
                    )
                )
        return np.array(samples, dtype=complex)


def as_drive(name: str, value: Any) -> complex | Drive:
    """Take a number, a drive or a plain function (which may be complex) as a coefficient; else refuse it."""
    if isinstance(value, Drive):
        return value
    if callable(value):
        return Envelope(value, complex_valued=True)
    return require_amplitude(name, value)


def fingerprint_of(drive: Drive, until: float) -> str:
    """A hash of a drive up to the time `until`.

    Its kind and its fields; of a function its values at 4 097 instants that no period matches, its code, and what it
    closes over, because a pulse may be narrower than their distances.
    """
    told: list[Any] = [type(drive).__qualname__, sorted(edge for edge in drive.breakpoints if 0 < edge < until)]
    names: list[str] = [part.name for part in fields(drive)] if is_dataclass(drive) else []
    for name in names:
        value = getattr(drive, name)
        told.append(value.tobytes() if isinstance(value, np.ndarray) else _told_of(value))
    instants = until * np.random.default_rng(4097).random(4097)
    values = np.asarray(drive(np.append(instants, [0.0, until])), dtype=complex)
    return hashlib.sha256(repr(told).encode() + values.tobytes()).hexdigest()


def _told_of(value: Any) -> Any:
    """What a value says of itself; of a function its code, constants, defaults and closure, without addresses."""
    code = getattr(value, "__code__", None)
    if code is None:
        return repr(value)
    constants = [each for each in code.co_consts if not hasattr(each, "co_code")]
    inner = [each.co_code for each in code.co_consts if hasattr(each, "co_code")]
    closure = [_told_of(cell.cell_contents) for cell in value.__closure__ or ()]
    return code.co_code, repr(constants), inner, code.co_names, repr(value.__defaults__), closure

"""Drives for charging protocols: ramps, pulse trains and smooth switches."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.errors import require_count, require_real
from phasespace_qb.models.algebra import Drive
from phasespace_qb.models.drives import require_amplitude


@dataclass(frozen=True)
class Ramp(Drive):
    """A drive that goes from one constant to another along a straight line.

    f = first for t ≤ begin, last for t ≥ end.  Units: those of the coefficient; begin and end in 1/γ_s.
    Raises: TypeError for what is no number, ValueError for what is not finite and unless 0 ≤ begin < end.
    """

    first: complex
    last: complex
    begin: float
    end: float

    def __post_init__(self) -> None:
        require_amplitude("first", self.first)
        require_amplitude("last", self.last)
        require_real("begin", self.begin, "a finite time, not negative (units of 1/gamma_s)", lambda t: t >= 0)
        require_real("end", self.end, f"a finite time after begin = {self.begin}", lambda t: t > self.begin)

    @property
    def breakpoints(self) -> tuple[float, ...]:  # type: ignore[override]
        return (float(self.begin), float(self.end))

    @property
    def real(self) -> bool:  # type: ignore[override]
        return complex(self.first).imag == complex(self.last).imag == 0.0

    def __call__(self, times: NDArray[np.float64]) -> NDArray[np.complex128]:
        part = np.clip((times - self.begin) / (self.end - self.begin), 0.0, 1.0)
        return complex(self.first) * (1 - part) + complex(self.last) * part


@dataclass(frozen=True)
class PulseTrain(Drive):
    """Rectangular pulses: `value` during `width` at the beginning of each of `count` periods, zero otherwise.

    Units: those of the coefficient; width, period and begin in 1/γ_s.
    Raises: TypeError for what is no number, ValueError for what is not finite, a count that is not whole or below 1,
    and unless 0 < width < period and begin ≥ 0.
    """

    value: complex
    width: float
    period: float
    count: int
    begin: float = 0.0

    def __post_init__(self) -> None:
        require_amplitude("value", self.value)
        require_real("period", self.period, "a finite positive time (units of 1/gamma_s)", lambda t: t > 0)
        must_be = f"a positive time, shorter than the period {self.period}"
        require_real("width", self.width, must_be, lambda t: 0 < t < self.period)
        require_count("count", self.count, at_most=100_000)
        require_real("begin", self.begin, "a finite time, not negative (units of 1/gamma_s)", lambda t: t >= 0)

    @property
    def breakpoints(self) -> tuple[float, ...]:  # type: ignore[override]
        starts = self.begin + self.period * np.arange(self.count)
        return tuple(np.stack([starts, starts + self.width], axis=1).ravel().tolist())

    @property
    def real(self) -> bool:  # type: ignore[override]
        return complex(self.value).imag == 0.0

    def __call__(self, times: NDArray[np.float64]) -> NDArray[np.complex128]:
        # The same sums as in `breakpoints`, so that both round alike.
        starts = self.begin + self.period * np.arange(self.count)
        number = np.searchsorted(starts, times, side="right") - 1
        inside = (number >= 0) & (times < starts[np.maximum(number, 0)] + self.width)
        return np.where(inside, complex(self.value), 0j)


@dataclass(frozen=True)
class SmoothSwitch(Drive):
    """A drive that changes from one constant to another without a kink.

    f = first + (last − first) · ½[1 + tanh((t − at)/duration)]: 76 % of the change happens within ± duration.
    Units: those of the coefficient; at and duration in 1/γ_s.
    Raises: TypeError for what is no number, ValueError for what is not finite and a duration that is not positive.
    Source: definition.
    """

    first: complex
    last: complex
    at: float
    duration: float

    def __post_init__(self) -> None:
        require_amplitude("first", self.first)
        require_amplitude("last", self.last)
        require_real("at", self.at, "a finite time (units of 1/gamma_s)")
        require_real("duration", self.duration, "a finite positive time (units of 1/gamma_s)", lambda t: t > 0)

    @property
    def real(self) -> bool:  # type: ignore[override]
        return complex(self.first).imag == complex(self.last).imag == 0.0

    def __call__(self, times: NDArray[np.float64]) -> NDArray[np.complex128]:
        part = 0.5 * (1 + np.tanh((times - self.at) / self.duration))
        return complex(self.first) * (1 - part) + complex(self.last) * part

"""Both parts of the work after the pump has been switched off, as one run has them: rates, fits, and the end of W^i."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from validation.paper.computing import Result
from validation.paper.fits import line
from validation.paper.intervals import reach
from validation.paper.page import Curve, Route
from validation.paper.runs import curve

Array = NDArray[np.float64]
NEAR_HALF = 0.1
"""Share of ½ within which a ratio of rates counts as one half."""
SPAN = 0.2
"""A local rate is that between instants so far before and after, in 1/γ_s."""
RESOLVED = 5.0
"""A value is resolved where it is so many times its standard error and known bound."""
SMALL = 1e-3
"""Share of its first value down to which the rate of W^i is compared with that of W^c."""
NOTHING = 1e-6
"""In ħω_s; what is smaller is not told from 0."""
MOST_UNSURE = 0.25
"""An end that may be off by more, in 1/γ_s, is not resolved."""
LATE = 1.0
"""Over the last 1/γ_s of a run the late rates are taken."""


@dataclass(frozen=True, eq=False)
class Fading:
    """A run since its switch at γ_s t = off.

    as_it_is: whether its known bounds are left aside; at cutoffs that are too low they say how far it is from the
    converged solution, but here it stands for itself.
    """

    result: Result
    off: float
    as_it_is: bool = False

    def part(self, name: str) -> tuple[Array, Array, Array]:
        """Values, standard errors and known bounds of one of QUANTITIES, (T,) each."""
        _, value, error, known = curve(self.result, name)
        return value, error, 0 * known if self.as_it_is else known

    @cached_property
    def times(self) -> Array:
        """γ_s(t − t_off), (T,)."""
        return curve(self.result, "energy")[0] - self.off

    @cached_property
    def energy(self) -> Array:
        """n̄, (T,)."""
        return self.part("energy")[0]

    def resolved(self, name: str) -> int:
        """Number of times from the switch on during which a part stands out of its errors."""
        value, error, known = self.part(name)
        return int(np.cumprod(value > np.maximum(RESOLVED * (error + known), NOTHING)).sum())

    def rate(self, name: str) -> tuple[Array, Array, Array]:
        """−d ln W/dt in γ_s, its 95 % reach with known bounds, and the times, all (K,), where the part is resolved."""
        value, error, known = (each[: self.resolved(name)] for each in self.part(name))
        times = self.times[: len(value)]
        step = max(1, round(SPAN / (self.times[1] - self.times[0])))
        if len(times) <= 2 * step:
            return np.empty(0), np.empty(0), np.empty(0)
        before, after = slice(None, -2 * step), slice(2 * step, None)
        apart = times[after] - times[before]
        found = np.log(value[before] / value[after]) / apart
        chance = np.hypot(error[before] / value[before], error[after] / value[after]) / apart
        bound = (known[before] / value[before] + known[after] / value[after]) / apart
        return found, reach(chance, bound), times[step:-step]

    @cached_property
    def ending(self) -> tuple[float, float]:
        """When W^i reaches 0 along the straight line through its last two values, and how far that may be off.

        As far as the line goes on, and half of a spacing.  NaN where that is more than MOST_UNSURE.
        """
        count, value = self.resolved("incoherent"), self.part("incoherent")[0]
        if count < 2:
            return float("nan"), float("nan")
        (t0, t1), (w0, w1) = self.times[count - 2 : count], value[count - 2 : count]
        end = t1 + w1 * (t1 - t0) / (w0 - w1) if w0 > w1 else np.inf
        if count < len(value) and value[count] <= NOTHING:
            end = min(end, self.times[count])
        reach = end - t1 + 0.5 * (t1 - t0)
        return (float(end), float(reach)) if reach <= MOST_UNSURE else (float("nan"), float("nan"))

    @property
    def end(self) -> float:
        """When W^i reaches 0; NaN if that is not resolved."""
        return self.ending[0]

    @property
    def at_end(self) -> float:
        """W^c when W^i ends, in ħω_s."""
        return float(np.interp(self.end, self.times, self.part("coherent")[0]))

    @cached_property
    def ratio(self) -> tuple[Array, Array]:
        """Times and rate of W^c over rate of W^i, until W^i is one per mille of what it was, (K,) each."""
        coherent, incoherent = self.rate("coherent"), self.rate("incoherent")
        count = min(len(coherent[0]), len(incoherent[0]))
        if not count:
            return np.empty(0), np.empty(0)
        value = np.interp(incoherent[2][:count], self.times, self.part("incoherent")[0])
        count = int(np.cumprod(value > SMALL * self.part("incoherent")[0][0]).sum())
        return incoherent[2][:count], coherent[0][:count] / incoherent[0][:count]

    def ratio_at(self, time: float) -> float:
        """The ratio of the rates at one time."""
        times, ratio = self.ratio
        return float(np.interp(time, times, ratio)) if len(times) else float("nan")

    @cached_property
    def near_half(self) -> tuple[float, float]:
        """First and last time of the longest stretch on which the ratio is one half; NaN without one."""
        times, ratio = self.ratio
        inside = np.concatenate([[False], np.abs(2 * ratio - 1) <= NEAR_HALF, [False]]).astype(int)
        begins, ends = np.flatnonzero(np.diff(inside) > 0), np.flatnonzero(np.diff(inside) < 0) - 1
        if not len(begins):
            return float("nan"), float("nan")
        longest = int(np.argmax(ends - begins))
        return float(times[begins[longest]]), float(times[ends[longest]])

    @property
    def share_near_half(self) -> float:
        """Length of that stretch over the time until W^i ends; 0 without one, NaN if that end is not resolved."""
        first, last = self.near_half
        return (last - first if last > first else 0.0) / self.end

    @property
    def end_in_words(self) -> str:
        """When W^i ends, and how far that may be off."""
        return f"{self.end:.2f} ± {self.ending[1]:.2f}" if np.isfinite(self.end) else "not resolved"

    @property
    def window_in_words(self) -> str:
        """The stretch, and its share."""
        first, last = self.near_half
        if not last > first:
            return "never"
        return f"{first:.2f} … {last:.2f}" + (f" ({self.share_near_half:.0%})" if np.isfinite(self.end) else "")

    @property
    def late_rate(self) -> float:
        """Rate of W^c over the last 1/γ_s in which it is resolved; NaN if in fewer than three values."""
        return self._late("coherent")

    @property
    def late_energy_rate(self) -> float:
        """Rate of n̄ over the same time."""
        return self._late("energy")

    def _late(self, name: str) -> float:
        count = self.resolved("coherent")
        kept = (self.times >= self.times[max(count - 1, 0)] - LATE) & (np.arange(len(self.times)) < count)
        if kept.sum() < 3:
            return float("nan")
        return -float(line(self.times[kept], np.log(self.part(name)[0][kept])).slope)

    def slopes(self, end: float) -> tuple[float, float]:
        """Rates of exponentials fitted to W^c and to W^i from the switch to `end`, in γ_s."""
        return self._slope("coherent", end), self._slope("incoherent", end)

    def _slope(self, name: str, end: float) -> float:
        kept = (self.times <= end + 1e-9) & (np.arange(len(self.times)) < self.resolved(name))
        if kept.sum() < 3:
            return float("nan")
        return -float(line(self.times[kept], np.log(self.part(name)[0][kept])).slope)

    def rates_in_words(self, time: float) -> str:
        """Rates of both parts at one time, with their reach where it shows."""
        words = []
        for name in ("coherent", "incoherent"):
            rate, reach, times = self.rate(name)
            if not len(times) or not times[0] <= time <= times[-1]:
                gone = name == "incoherent" and np.isfinite(self.end) and time > self.end - SPAN
                words.append("W^i ends" if gone else "not resolved")
                continue
            value, error = np.interp(time, times, rate), np.interp(time, times, reach)
            words.append(f"{value:.2f}" + (f" ± {error:.2f}" if error >= 0.005 else ""))
        return ", ".join(words)

    def rate_curve(self, name: str, label: str, route: Route, largest: float) -> Curve:
        """Local rates up to `largest`."""
        rate, reach, times = self.rate(name)
        kept = rate <= largest
        return _curve(label, route, times[kept], rate[kept], reach[kept])

    def ratio_curve(self, label: str, route: Route) -> Curve:
        """Ratio of the rates."""
        times, ratio = self.ratio
        parts = [self.rate(name) for name in ("coherent", "incoherent")]
        # Both parts are of the same trajectories: their shares of error are added up.
        share = sum((reach / np.abs(rate))[: len(ratio)] for rate, reach, _ in parts) if len(ratio) else ratio
        return _curve(label, route, times, ratio, ratio * share)

    def scaled(self, name: str, power: float, label: str, route: Route) -> Curve:
        """A part over n̄₀ to some power, where it is resolved."""
        count = self.resolved(name)
        value, error, known = (each[:count] for each in self.part(name))
        unit = self.energy[0] ** power
        return _curve(label, route, self.times[:count], value / unit, reach(error, known) / unit)

    def slope_curve(self, name: str, label: str, route: Route) -> Curve:
        """Fitted rate against the end of the fit, from 0.5/γ_s until W^i ends."""
        last = self.times[max(self.resolved("incoherent") - 1, 0)]
        ends = self.times[(self.times >= 0.5) & (self.times <= last)]
        return Curve(label, route, tuple(ends.tolist()), tuple(self._slope(name, float(end)) for end in ends))


def _curve(label: str, route: Route, x: Array, y: Array, reach: Array) -> Curve:
    low, high = tuple((y - reach).tolist()), tuple((y + reach).tolist())
    has_errors = bool(len(y)) and bool((reach > 1e-4 * np.abs(y)).any())
    bounds = (low, high) if has_errors else (None, None)
    return Curve(label, route, tuple(x.tolist()), tuple(y.tolist()), *bounds)

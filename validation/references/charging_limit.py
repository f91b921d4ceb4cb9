"""Charging above threshold as g² → 0: vacuum noise is amplified linearly, and then follows the mean field.

The amplified quadrature of vacuum is Gaussian, so each trajectory starts from a standard normal ξ.  Its variance, 1 in
vacuum, is V = [λe^(rt) − 1]/(λ−1) with r = (λ−1)γ_s, the photon number of a trajectory ξ²V/4.  With the pump mode
eliminated, ṅ = r n (1 − n/n_ss), n_ss = (λ−1)/g², takes it to n/n_ss = ξ²y/(1 + ξ²y) with
y = λ g² e^(rt) / [4(λ−1)²].  Everything depends on y alone.  A pump mode that fills first is a pure delay of 2/γ_p to
first order: vacuum stays vacuum while there is no pump.  `ChargingLimit` has the pump mode itself, and a holding time.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import solve_ivp
from scipy.optimize import minimize_scalar
from scipy.special import erf, erfcx

Array = NDArray[np.float64]
LEVEL = 1e-9
"""Share of n_ss by which n may move against its direction: the tolerance of the integration."""
ONSET = 1.0
"""y at which the incoherent part sets in: the density of n/n_ss, ∝ e^(−s/2) s^(−1/2) (1+sy)², s = ξ², is level where
ys² + (1−3y)s + 1 = 0, which has positive roots from (9y−1)(y−1) = 0 with 3y > 1 on."""
SPREAD = np.linspace(-20.0, np.log(9.0), 1500)
"""ln ξ at which averages over ξ are summed; what lies outside holds less than 10⁻⁸."""


def growth(time: ArrayLike, ratio: float, noise: float, delay: float = 0.0) -> Array:
    """y at times t in 1/γ_s for λ = ratio and g² = noise; a pump mode that fills first comes 2/γ_p late.

    To leading order in e^(−rt) and to first order in γ_s/γ_p = delay; `ChargingLimit` has both exactly.  It says at
    which times runs are compared.
    """
    exponent = (ratio - 1) * (np.asarray(time, dtype=np.float64) - 2 * delay)
    return np.asarray(ratio * noise * np.exp(exponent) / (4 * (ratio - 1) ** 2))


def time_of(y: float, ratio: float, noise: float, delay: float = 0.0) -> float:
    """When this y is reached, in 1/γ_s, to the same orders."""
    return float(np.log(4 * (ratio - 1) ** 2 * y / (ratio * noise)) / (ratio - 1) + 2 * delay)


def stored(y: ArrayLike) -> Array:
    """W/n_ss = n̄/n_ss = ⟨ξ²y/(1+ξ²y)⟩ = 1 − √(πu) e^u erfc √u, u = 1/2y; the passive energy is of order 1."""
    u = 1 / (2 * np.asarray(y, dtype=np.float64))
    return np.asarray(1 - np.sqrt(np.pi * u) * erfcx(np.sqrt(u)))


def distribution(y: float, cells: int = 200_000) -> Array:
    """Probabilities of n/n_ss in so many equal cells of [0, 1], (cells,)."""
    edges = np.linspace(0.0, 1.0, cells + 1)
    with np.errstate(divide="ignore"):
        squared = np.where(edges < 1, edges / (y * (1 - np.minimum(edges, 1 - 1e-16))), np.inf)
    return np.asarray(np.diff(erf(np.sqrt(squared / 2))))


def coherent(y: float) -> float:
    """W^c/n_ss: the mean rank of the cells when the most probable ones come first."""
    return mean_rank(distribution(y))


def mean_rank(cells: Array) -> float:
    """⟨rank⟩/count of equal cells with these probabilities, the most probable ones first."""
    return float(np.sort(cells)[::-1] @ (np.arange(len(cells)) + 0.5) / len(cells))


def start_factor(ratio: float, delay: float) -> float:
    """V e^(−rt) for rt ≫ 1: λ/(λ−1) without a delay; with the pump amplitude 1 − e^(−γ_p t/2), exact in γ_s/γ_p.

    V̇ = [λ(1 − e^(−γ_p t/2)) − 1] V + 1 from V = 1 has the gain e^(rt − 2λδ(1 − e^(−t/2δ))), δ = γ_s/γ_p.
    """
    if not delay:
        return ratio / (ratio - 1)
    times = np.concatenate([np.linspace(0, 40 * delay, 4001), np.linspace(40 * delay, 40 / (ratio - 1), 8001)[1:]])
    lost = -2 * ratio * delay * np.expm1(-times / (2 * delay))
    emitted = np.trapezoid(np.exp(-(ratio - 1) * times + lost), times)
    return float(np.exp(-2 * ratio * delay) * (1 + emitted))


@dataclass(frozen=True)
class ChargingLimit:
    """The limit g² → 0 with the pump mode, switched off and held for `hold`/γ_s.

    ratio: λ > 1.  delay: γ_s/γ_p.  Each trajectory follows the mean field of both modes, in units of n_ss:
    ν̇ = r w ν, ẇ = (γ_p/2)(1 − w − ν), from the origin, where ν = ξ²y; off, w is q = 1 + rw with q̇ = −(γ_p/2)(q + rν),
    ν̇ = γ_s(q − 1)ν.  Without delay, ν = e^(−h)/b · bξ²y/(1 + bξ²y), b = 1 + (λ−1)(1 − e^(−h)): holding is y → by.
    """

    ratio: float
    delay: float = 0.0
    hold: float = 0.0

    def growth(self, time: ArrayLike, noise: float) -> Array:
        """y when switched off at t in 1/γ_s: of V − 1, what was added to the vacuum, which matters at early times."""
        rate = self.ratio - 1
        exponent = rate * (np.asarray(time, dtype=np.float64) - self._late)
        return np.asarray(self.ratio * noise * np.expm1(exponent) / (4 * rate**2))

    def time_of(self, y: float, noise: float) -> float:
        """When y is reached, in 1/γ_s."""
        rate = self.ratio - 1
        return float(np.log1p(4 * rate**2 * y / (self.ratio * noise)) / rate + self._late)

    def stored(self, y: ArrayLike) -> Array:
        """W/n_ss at the end; 0 for y ≤ 0, before the pump mode has filled."""
        squared = np.exp(2 * SPREAD)
        weights = np.sqrt(2 / np.pi) * np.exp(SPREAD - squared / 2) * (SPREAD[1] - SPREAD[0])
        logarithms, numbers = _followed(self.ratio, self.delay, self.hold)
        grown = np.asarray(y, dtype=np.float64)
        at = np.log(np.where(grown > 0, grown, 1.0))[..., None] + 2 * SPREAD
        return np.where(grown > 0, np.interp(at, logarithms, numbers) @ weights, 0.0)

    def coherent(self, y: float, cells: int = 20_000) -> float:
        """W^c/n_ss at the end; 0 for y ≤ 0."""
        if not y > 0:
            return 0.0
        pieces = _pieces(*_followed(self.ratio, self.delay, self.hold))
        largest = max(float(numbers.max()) for _, numbers, _ in pieces)
        edges = np.linspace(0.0, largest, cells + 1)
        below = np.zeros(cells + 1)
        for logarithms, numbers, sign in pieces:
            squared = np.exp(np.interp(edges, numbers[::sign], logarithms[::sign])) / y
            ends = np.exp(logarithms[[0, -1]]) / y
            if logarithms is pieces[0][0]:
                squared[0] = ends[0] = 0.0
            if logarithms is pieces[-1][0]:
                ends[1] = np.inf
                squared[-1] = np.inf if sign > 0 else squared[-1]
                squared[0] = squared[0] if sign > 0 else np.inf
            until, (first, last) = erf(np.sqrt(squared / 2)), erf(np.sqrt(ends / 2))
            below += until - first if sign > 0 else last - until
        return mean_rank(np.diff(below)) * largest

    @cached_property
    def coherent_top(self) -> tuple[float, float]:
        """y at which W^c at the end is largest, and W^c/n_ss there."""
        found = minimize_scalar(lambda at: -self.coherent(float(np.exp(at))), bounds=(-3.0, 3.0), method="bounded")
        return float(np.exp(found.x)), -float(found.fun)

    def coherent_peak(self, noise: float) -> float:
        """When to switch off for the largest W^c at the end, in 1/γ_s."""
        return self.time_of(self.coherent_top[0], noise)

    def power_peak(self, noise: float) -> float:
        """When to switch off for the largest W/(t + hold), in 1/γ_s.

        Raises: ValueError where that has no maximum after the first times.
        """
        times = np.linspace(self.time_of(0.02, noise), self.time_of(1e5, noise), 1200)
        times = times[times > 0]
        power = self.stored(self.growth(times, noise)) / (times + self.hold)
        top = int(power.argmax())
        if not 0 < top < len(times) - 1:
            raise ValueError(f"P has no maximum in the limit for λ = {self.ratio}, g² = {noise}")
        curve = np.polyfit(times[top - 1 : top + 2] - times[top], power[top - 1 : top + 2], 2)
        return float(times[top] - curve[1] / (2 * curve[0]))

    @cached_property
    def _late(self) -> float:
        """By how much the pump mode delays the growth; 2/γ_p to first order."""
        rate = self.ratio - 1
        return -float(np.log(start_factor(self.ratio, self.delay) * rate / self.ratio)) / rate


@lru_cache(maxsize=64)
def _followed(ratio: float, delay: float, hold: float) -> tuple[Array, Array]:
    """ln ξ²y, increasing, and n/n_ss at the end, of one trajectory."""
    logarithms = np.linspace(-45.0, 50.0, 8001)
    rate = ratio - 1
    if not delay:
        start = np.exp(logarithms)
        fall = 1 + rate * -np.expm1(-hold)
        return logarithms, np.exp(-hold) * start / (1 + fall * start)
    lag = 2 * rate * delay
    first = np.exp(-12.0)
    run = solve_ivp(
        lambda _, at: (at[1], (1 - at[1] - np.exp(at[0])) / lag),
        (-12.0, 50.0),
        (-12.0 - first / (1 + lag), 1 - first / (1 + lag)),
        "LSODA",
        np.maximum(logarithms, -12.0)[logarithms > -12.0],
        rtol=1e-9,
        atol=1e-11,
    )
    if not run.success:
        raise RuntimeError(f"no trajectory for λ = {ratio}, γ_s/γ_p = {delay}: {run.message}")
    early = logarithms <= -12.0
    depth = np.concatenate([logarithms[early], run.y[0]])
    inversion = np.concatenate([np.ones(early.sum()), run.y[1]])
    if hold:
        field = 1 + rate * inversion
        steps = max(60, int(np.ceil(6 * hold / delay)))
        for _ in range(steps):
            depth, field = _held(depth, field, rate, delay, hold / steps)
    return logarithms, np.exp(depth)


def _pieces(logarithms: Array, numbers: Array) -> list[tuple[Array, Array, int]]:
    """The curve of `_followed` cut where it turns: ln ξ²y and n/n_ss of each piece, rising or falling (1 or −1).

    For 2(λ−1)γ_s/γ_p > 1/4 a trajectory overshoots its branch and rings; what moves by less than LEVEL does not turn.
    """
    steps = np.diff(numbers)
    steps[np.abs(steps) < LEVEL] = 0
    signs = np.sign(steps[steps != 0])
    where = np.flatnonzero(steps)
    turns = where[1:][signs[1:] != signs[:-1]]
    ends = [0, *turns, len(numbers) - 1]
    pieces = []
    for first, last in pairwise(ends):
        part, sign = numbers[first : last + 1], 1 if numbers[last] >= numbers[first] else -1
        pieces.append((logarithms[first : last + 1], sign * np.maximum.accumulate(sign * part), sign))
    return pieces


def _held(depth: Array, field: Array, rate: float, delay: float, step: float) -> tuple[Array, Array]:
    """A midpoint step without drive, of ln(n/n_ss) and of q, the gain in units of the loss."""

    def slopes(at: Array, gain: Array) -> tuple[Array, Array]:
        return gain - 1, -(gain + rate * np.exp(at)) / (2 * delay)

    one = slopes(depth, field)
    two = slopes(depth + step / 2 * one[0], field + step / 2 * one[1])
    return depth + step * two[0], field + step * two[1]

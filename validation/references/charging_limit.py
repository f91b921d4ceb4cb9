"""Charging above threshold as g² → 0: vacuum noise is amplified linearly, and then follows the mean field.

The amplified quadrature of vacuum is Gaussian, so each trajectory starts from a standard normal ξ.  With the pump mode
eliminated, ṅ = r n (1 − n/n_ss), n_ss = (λ−1)/g² and r = (λ−1)γ_s, takes it to n/n_ss = ξ²y/(1 + ξ²y) with
y = λ g² e^(rt) / [4(λ−1)²].  Everything depends on y alone.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq, minimize_scalar
from scipy.special import erf, erfcx

Array = NDArray[np.float64]
ONSET = 1.0
"""y at which the incoherent part sets in: the density of n/n_ss, ∝ e^(−s/2) s^(−1/2) (1+sy)², s = ξ², first has a level
point where (1 + √y)² = 4y."""


def growth(time: ArrayLike, ratio: float, noise: float, delay: float = 0.0) -> Array:
    """y at times t in 1/γ_s for λ = ratio and g² = noise; a pump mode that fills first costs the factor e^(−2λ delay).

    delay: γ_s/γ_p.  The pump amplitude 1 − e^(−γ_p t/2) leaves λ/γ_p out of the growth of the amplitude.
    """
    exponent = (ratio - 1) * np.asarray(time, dtype=np.float64) - 2 * ratio * delay
    return np.asarray(ratio * noise * np.exp(exponent) / (4 * (ratio - 1) ** 2))


def time_of(y: float, ratio: float, noise: float, delay: float = 0.0) -> float:
    """When y is reached, in 1/γ_s."""
    return float((np.log(4 * (ratio - 1) ** 2 * y / (ratio * noise)) + 2 * ratio * delay) / (ratio - 1))


def stored(y: ArrayLike) -> Array:
    """W/n_ss = n̄/n_ss = ⟨ξ²y/(1+ξ²y)⟩ = 1 − √(πu) e^u erfc √u, u = 1/2y; the passive energy is of order 1."""
    u = 1 / (2 * np.asarray(y, dtype=np.float64))
    return np.asarray(1 - np.sqrt(np.pi * u) * erfcx(np.sqrt(u)))


def slope(y: ArrayLike) -> Array:
    """y d/dy of `stored`."""
    u = 1 / (2 * np.asarray(y, dtype=np.float64))
    return np.asarray((1 - stored(y)) * (0.5 + u) - u)


def power_peak(ratio: float, noise: float, delay: float = 0.0) -> float:
    """When P = W/t is largest, in 1/γ_s: r t · slope(y) = stored(y), the second time at which this holds.

    For large r t: y → π(rt)²/8, so it moves away from the peak of the coherent part, where y is fixed.
    Raises: ValueError where P has no maximum after the first times, because g² is too large for this limit.
    """
    rate = ratio - 1

    def excess(time: float) -> float:
        y = growth(time, ratio, noise, delay)
        return float(rate * time * slope(y) - stored(y))

    times = np.linspace(0.01, 400, 40_000) / rate
    signs = np.sign([excess(time) for time in times])
    falls = np.flatnonzero((signs[:-1] > 0) & (signs[1:] <= 0))
    if not len(falls):
        raise ValueError(f"P has no maximum in the limit for λ = {ratio}, g² = {noise}")
    return float(brentq(excess, times[falls[-1]], times[falls[-1] + 1]))


def distribution(y: float, cells: int = 200_000) -> Array:
    """Probabilities of n/n_ss in so many equal cells of [0, 1], (cells,)."""
    edges = np.linspace(0.0, 1.0, cells + 1)
    with np.errstate(divide="ignore"):
        squared = np.where(edges < 1, edges / (y * (1 - np.minimum(edges, 1 - 1e-16))), np.inf)
    return np.asarray(np.diff(erf(np.sqrt(squared / 2))))


def coherent(y: float) -> float:
    """W^c/n_ss: the mean rank of the cells when the most probable ones come first."""
    cells = np.sort(distribution(y))[::-1]
    return float(cells @ (np.arange(len(cells)) + 0.5) / len(cells))


def coherent_peak() -> tuple[float, float]:
    """y at which W^c is largest, and W^c/n_ss there: two numbers for every oscillator."""
    found = minimize_scalar(lambda y: -coherent(y), bounds=(1.0, 4.0), method="bounded")
    return float(found.x), -float(found.fun)


def load_limit(y: float) -> float:
    """Largest η_a of a two-level load as g_a → ∞: max over φ of −⟨cos φ√(n/n_ss)⟩, with φ = 2g_a t √n_ss."""
    probabilities = distribution(y, 20_000)
    roots = np.sqrt((np.arange(len(probabilities)) + 0.5) / len(probabilities))
    angles = np.linspace(0.0, 20.0, 2001)
    return float(max(-(probabilities @ np.cos(angle * roots)) for angle in angles))

"""A battery above threshold whose pump has been switched off: how its photon number and the width of it fade.

The pump mode does not simply fall silent.  It soon follows the signal, ⟨a_p⟩ → −(κ/γ_p)⟨a_s²⟩, and takes pairs from
it: one photon is lost at the rate γ_s n, two at Γ n(n − 1), Γ = κ²/γ_p = g²γ_s/2.  With γ_s = 1, u = g²n̄ and g² → 0,

    u̇ = −u(1 + u)                             u/(1 + u) = (1 − 1/λ) e^(−t)
    dF/dt = −(1 + 3u)F + 1 + 2u               F = variance of n over n̄, (2λ − 1)/[2(λ − 1)] at first

so both parts of the work, W^i → n̄ and W^c → √(8F n̄/π), begin to decay at the rate λ and end at 1 and ½.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import solve_ivp
from scipy.linalg import solve_continuous_lyapunov
from scipy.sparse import diags
from scipy.sparse.linalg import expm_multiply
from scipy.stats import binom

Array = NDArray[np.float64]


def filling(time: ArrayLike, ratio: float) -> Array:
    """u = g²n̄ at times since the switch in 1/γ_s, from u = λ − 1, without a pump mode; any shape."""
    left = (1 - 1 / ratio) * np.exp(-np.asarray(time, dtype=np.float64))
    return np.asarray(left / (1 - left))


def fano(time: ArrayLike, ratio: float) -> Array:
    """F at times since the switch; F = u(1+u)² [C + 1/u + ln(u/(1+u)) − 1/2(1+u)²], C from the steady state."""

    def bracket(u: Array) -> Array:
        return np.asarray(1 / u + np.log(u / (1 + u)) - 0.5 / (1 + u) ** 2)

    first, u = np.asarray(ratio - 1), filling(time, ratio)
    constant = (2 * ratio - 1) / (2 * first) / (first * ratio**2) - bracket(first)
    return np.asarray(u * (1 + u) ** 2 * (constant + bracket(u)))


def rates(time: ArrayLike, ratio: float) -> tuple[Array, Array]:
    """−d ln W^c/dt = (1 + 2u)(1 − 1/2F) and −d ln W^i/dt = 1 + u for g² → 0, in γ_s, without a pump mode."""
    u = filling(time, ratio)
    return np.asarray((1 + 2 * u) * (1 - 0.5 / fano(time, ratio))), 1 + u


def emptying(ratio: float, noise: float, delay: float = 0.0) -> float:
    """When W^i ends: n̄ = 1 for the Poisson distribution that is left, γ_s t = ln[(λ−1)/(λg²)] + 2λγ_s/γ_p.

    delay: γ_s/γ_p; until it is empty, the pump mode amplifies n̄ by e^(2λγ_s/γ_p).  Corrections are of order g² ln g².
    """
    return float(np.log((ratio - 1) / (ratio * noise)) + 2 * ratio * delay)


def with_pump_mode(times: ArrayLike, ratio: float, loss: float) -> tuple[Array, Array]:
    """g²n̄ and F at times (T,) since the switch, the first 0, for g² → 0 and γ_p = loss: mean field and linear noise.

    With X = gα_s, Y = gα_p and k = √(γ_p/2):  Ẋ = −X/2 + kXY,  Ẏ = −γ_pY/2 − kX²/2, and V̇ = AV + VAᵀ + diag(1, γ_p)/2
    for the amplitude quadratures, vacuum ½; F = 2V_xx.  Before the switch X² = λ − 1 and Y = 1/2k.
    """
    k = np.sqrt(loss / 2)

    def drift(x: float, y: float) -> Array:
        return np.array([[-0.5 + k * y, k * x], [-k * x, -loss / 2]])

    diffusion = np.diag([0.5, loss / 2])

    def motion(_: float, values: Array) -> Array:
        x, y = values[:2]
        a, v = drift(x, y), values[2:].reshape(2, 2)
        return np.array([-x / 2 + k * x * y, -loss * y / 2 - k * x**2 / 2, *(a @ v + v @ a.T + diffusion).ravel()])

    x, y = np.sqrt(ratio - 1), 0.5 / k
    start = [x, y, *solve_continuous_lyapunov(drift(x, y), -diffusion).ravel()]
    instants = np.asarray(times, dtype=np.float64)
    found = solve_ivp(motion, (0.0, float(instants[-1])), start, t_eval=instants, rtol=1e-9, atol=1e-12, method="LSODA")
    return np.asarray(found.y[0] ** 2), np.asarray(2 * found.y[2])


def fading(numbers: Array, times: ArrayLike, noise: float) -> Array:
    """p_n (N,) at times (T,), the first 0 and all equally far apart, without a pump mode, (T, N).

    ṗ_n = (n+1)p_(n+1) − np_n + (g²/2)[(n+2)(n+1)p_(n+2) − n(n−1)p_n]: p_n needs no coherences.
    """
    instants, n = np.asarray(times, dtype=np.float64), np.arange(len(numbers), dtype=np.float64)
    singles, pairs = n, noise / 2 * n * (n - 1)
    rate = (diags(-singles - pairs, 0) + diags(singles[1:], 1) + diags(pairs[2:], 2)).tocsr()
    return np.asarray(
        expm_multiply(rate, numbers, start=instants[0], stop=instants[-1], num=len(instants), endpoint=True)
    )


def thinned(numbers: Array, survival: float) -> Array:
    """p_n (N,) after a loss that each photon survives with one probability e^(−γ_s t), and no pairs are lost, (N,)."""
    n = np.arange(len(numbers))
    return np.asarray(binom.pmf(n[:, None], n, survival) @ numbers)


def incoherent(numbers: Array) -> Array:
    """W^i = n̄ − Σ k p_(k) of p_n (..., N), descending in k; it is 0 once p_n only falls."""
    n = np.arange(numbers.shape[-1])
    return np.asarray((numbers - np.sort(numbers, axis=-1)[..., ::-1]) @ n)

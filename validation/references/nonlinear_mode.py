"""Published solutions of one nonlinear mode, written out from their formulas; nothing of the library is used."""

from collections.abc import Callable
from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm
from scipy.special import gammaln, ive, loggamma, logsumexp, roots_jacobi

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]


class Absorber:
    """Coherent state α₀ under H = Δ a†a, loss γ D[a] + Γ D[a²]: its exact moments.

    ρ_(n+k,n) couples to equal k only; each such diagonal is propagated by a matrix exponential.
    """

    def __init__(self, start: complex, damping: float, pairs: float, detuning: float, levels: int = 48) -> None:
        self.start, self.damping, self.pairs, self.detuning, self.levels = start, damping, pairs, detuning, levels

    def diagonal(self, k: int, times: Array) -> Complex:
        """ρ_(n+k,n) for all n, (T, levels)."""
        n = np.arange(float(self.levels))
        decay = self.damping * (2 * n + k) / 2 + self.pairs * ((n + k) * (n + k - 1) + n * (n - 1)) / 2
        one = self.damping * np.sqrt((n + 1) * (n + k + 1))
        two = self.pairs * np.sqrt((n + 1) * (n + 2) * (n + k + 1) * (n + k + 2))
        generator = np.diag(-decay - 1j * k * self.detuning) + np.diag(one[:-1], 1) + np.diag(two[:-2], 2)
        size = -(abs(self.start) ** 2) + (2 * n + k) * np.log(abs(self.start))
        first = np.exp(size - (gammaln(n + 1) + gammaln(n + k + 1)) / 2 + 1j * k * np.angle(self.start))
        return np.array([expm(generator * t) @ first for t in times])

    def moments(self, times: Array) -> dict[str, Any]:
        """Photon number, ⟨a⟩, ⟨a²⟩ and pair number, by the names of the results."""
        n = np.arange(float(self.levels))
        populations = self.diagonal(0, times)
        return {
            "photon_number": (populations @ n).real,
            "mean_field": self.diagonal(1, times) @ np.sqrt(n + 1),
            "pair_amplitude": self.diagonal(2, times) @ np.sqrt((n + 1) * (n + 2)),
            "pair_number": (populations @ (n * (n - 1))).real,
        }


def pair_loss_alone(start: complex) -> dict[str, complex]:
    """What is left of a coherent state after two-photon loss alone: populations of 0 and 1, and ρ₁₀.

    ρ₀₀ = e^(−N) cosh N, ρ₁₁ = e^(−N) sinh N, ρ₁₀ = α₀ e^(−N) I₀(N), N = |α₀|².
    """
    n = abs(start) ** 2
    return {"ρ₀₀": (1 + np.exp(-2 * n)) / 2, "ρ₁₁": (1 - np.exp(-2 * n)) / 2, "ρ₁₀": start * ive(0, n)}


class Oscillator:
    """Steady state of H = Δ a†a + (i/2)(εe^(iθ) a†² − h.c.), loss γ D[a] + Γ D[a²], with Beta functions.

    ratio: λ = 2ε/γ.  noise: g² = 2Γ/γ.  detuning: δ = 2Δ/γ.  phase: θ.
    q = (1 + iδ)/g²,  b_j = B((j+1)/2, q) for even j and 0 for odd j,  Z = Σ_k (2λ/g²)^k |b_k|²/k!.
    """

    def __init__(self, ratio: float, noise: float, detuning: float = 0.0, phase: float = 0.0) -> None:
        self.scale, self.phase = ratio / noise, phase
        self.q = (1 + 1j * detuning) / noise
        self.k = np.arange(int(8 * self.scale) + 120)
        self.log_norm = self._sum(0, 0, 2 * self.scale)

    def _sum(self, m: int, n: int, argument: float) -> complex:
        weight = self.k * np.log(argument) - gammaln(self.k + 1)
        return complex(logsumexp(weight + np.conj(self._log_b(m)) + self._log_b(n)))

    def _log_b(self, shift: int) -> Complex:
        j = self.k + shift
        value = loggamma((j + 1) / 2 + 0j) + loggamma(self.q) - loggamma((j + 1) / 2 + self.q)
        return np.where(j % 2 == 0, value, -np.inf)

    def moment(self, m: int, n: int) -> complex:
        """⟨a†^m a^n⟩ = e^(iθ(n−m)/2) (λ/g²)^((m+n)/2) Σ_k (2λ/g²)^k b*_(k+m) b_(k+n)/k! / Z."""
        log = self._sum(m, n, 2 * self.scale) - self.log_norm + (m + n) / 2 * np.log(self.scale)
        return complex(np.exp(log + 0.5j * self.phase * (n - m)))

    def moments(self) -> dict[str, complex]:
        """n̄, ⟨a²⟩ and ⟨a†²a²⟩, by the names of the results."""
        return {
            "photon_number": self.moment(1, 1).real,
            "pair_amplitude": self.moment(0, 2),
            "pair_number": self.moment(2, 2).real,
        }

    def density_matrix(self, levels: int) -> Complex:
        """ρ_nm = e^(iθ(n−m)/2) (λ/g²)^((n+m)/2) / (Z √(n!m!)) Σ_k (λ/g²)^k b_(k+n) b*_(k+m)/k!."""
        rho = np.zeros((levels, levels), complex)
        for n in range(levels):
            for m in range(n % 2, levels, 2):
                log = self._sum(m, n, self.scale) - self.log_norm + (n + m) / 2 * np.log(self.scale)
                rho[n, m] = np.exp(log - (gammaln(n + 1) + gammaln(m + 1)) / 2 + 0.5j * self.phase * (n - m))
        return rho


def by_quadrature(ratio: float, noise: float) -> dict[str, float]:
    """The same moments at δ = θ = 0 from the stationary weight in phase space, by Gauss–Jacobi quadrature.

    P(α, α⁺) ∝ [(c² − α²)(c² − α⁺²)]^(1/g² − 1) e^(2αα⁺) on |α|, |α⁺| ≤ c, c² = λ/g².
    """
    x, w = roots_jacobi(60, 1 / noise - 1, 1 / noise - 1)
    x = x * np.sqrt(ratio / noise)
    weight = np.outer(w, w) * np.exp(2 * np.outer(x, x) - 2 * x.max() ** 2)

    def mean(values: Array) -> float:
        return float((weight * values).sum() / weight.sum())

    return {
        "photon_number": mean(np.outer(x, x)),
        "pair_amplitude": mean(np.outer(x**2, np.ones_like(x))),
        "pair_number": mean(np.outer(x**2, x**2)),
    }


def cat(amplitude: complex, levels: int) -> Complex:
    """Density matrix of the even cat ∝ |β⟩ + |−β⟩: ρ_nm = β^n β*^m/(√(n!m!) cosh|β|²), n and m even."""
    vector = np.array([amplitude**n / np.sqrt(float(factorial(n))) if n % 2 == 0 else 0 for n in range(levels)])
    return np.asarray(np.outer(vector, vector.conj()) / np.cosh(abs(amplitude) ** 2))


def kerr_moments(start: complex, kerr: float, detuning: float, damping: float, times: Array) -> dict[str, Any]:
    """Coherent state α₀ under H = Δ a†a + (U/2) a†²a² and loss γ.

    ⟨a^k⟩ = α₀^k exp[−(kγ/2 + ikΔ + iUk(k−1)/2)t − |α₀|² ikU (1 − e^(−(γ+ikU)t))/(γ + ikU)].
    """
    photons = abs(start) ** 2 * np.exp(-damping * times)

    def power(k: int) -> Complex:
        turn = 1j * k * kerr
        rate = k * damping / 2 + 1j * k * detuning + 0.5j * kerr * k * (k - 1)
        lost = turn * -np.expm1(-(damping + turn) * times) / (damping + turn)
        return np.asarray(start**k * np.exp(-rate * times - abs(start) ** 2 * lost))

    return {
        "photon_number": photons,
        "mean_field": power(1),
        "pair_amplitude": power(2),
        "pair_number": photons**2,
    }


def driven_kerr(detuning: float, kerr: float, drive: complex, damping: float) -> Callable[[int, int], complex]:
    """⟨a†^m a^n⟩ of H = Δ a†a + (U/2) a†²a² + F a† + F* a, loss γ: a function of m and n.

    (−2F/U)^n (−2F*/U)^m Γ(c)Γ(c*)/[Γ(c+n)Γ(c*+m)] ₀F₂(c+n, c*+m; z)/₀F₂(c, c*; z), c = (2Δ − iγ)/U, z = 2|2F/U|².
    """
    c = (2 * detuning - 1j * damping) / kerr
    z = 2 * abs(2 * drive / kerr) ** 2

    def moment(m: int, n: int) -> complex:
        k = np.arange(600.0)

        def series(first: complex, second: complex) -> complex:
            """₀F₂(first, second; z), whose terms hardly cancel here."""
            terms = np.cumprod(z / ((k + 1) * (first + k) * (second + k)))
            return complex(1 + terms.sum())

        rising = np.prod(c + np.arange(n)) * np.prod(np.conj(c) + np.arange(m))
        ratio = series(c + n, np.conj(c) + m) / series(c, np.conj(c)) / complex(rising)
        value = ratio * (-2 * drive / kerr) ** n * (-2 * np.conj(drive) / kerr) ** m
        return complex(value.real if m == n else value)

    return moment

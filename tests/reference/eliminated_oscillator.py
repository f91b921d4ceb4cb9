"""Exact steady state of the oscillator whose pump has been eliminated, for any noise parameter and detuning.

H = Δ a†a + i(ε/2)(e^(iθ) a†² − e^(−iθ) a²), loss γ_s D[a] + Γ D[a²], with ε = λγ_s/2, Γ = g²γ_s/2, δ = 2Δ/γ_s.
q = (1 + iδ)/g²,  b_j = Beta((j+1)/2, q) for even j and 0 for odd j,  Z = Σ_k (2λ/g²)^k |b_k|²/k!.
Source: Drummond, McNeil and Walls 1981; Wolinsky and Carmichael 1988.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, loggamma, logsumexp


def _terms(lam: float, noise: float, delta: float, argument: float) -> Callable[[int, int], NDArray[np.complex128]]:
    """(m, n) ↦ ln[argument^k b*_(k+m) b_(k+n) / k!] over all k that matter; −∞ where b is 0."""
    q = (1 + 1j * delta) / noise
    k = np.arange(int(8 * lam / noise) + 100)

    def log_b(j: NDArray[np.int64]) -> NDArray[np.complex128]:
        value = loggamma(0.5 * (j + 1)) + loggamma(q) - loggamma(0.5 * (j + 1) + q)
        return np.where(j % 2 == 0, value, -np.inf)

    weight = k * np.log(argument) - gammaln(k + 1)
    return lambda m, n: weight + np.conj(log_b(k + m)) + log_b(k + n)


def moment(m: int, n: int, lam: float, noise: float, *, delta: float = 0.0, theta: float = 0.0) -> complex:
    """⟨a†^m a^n⟩ = e^(iθ(n−m)/2) (λ/g²)^((m+n)/2) Σ_k (2λ/g²)^k b*_(k+m) b_(k+n)/k! / Z; `noise` is g²."""
    if (m + n) % 2:
        return 0.0
    terms = _terms(lam, noise, delta, 2 * lam / noise)
    log = logsumexp(terms(m, n)) - logsumexp(terms(0, 0)) + 0.5 * (m + n) * np.log(lam / noise)
    return complex(np.exp(log + 0.5j * theta * (n - m)))


def density_matrix(
    cutoff: int, lam: float, noise: float, delta: float = 0.0, theta: float = 0.0
) -> NDArray[np.complex128]:
    """ρ_nm = e^(iθ(n−m)/2) (λ/g²)^((n+m)/2) / (Z √(n!m!)) Σ_k (λ/g²)^k b_(k+n) b*_(k+m)/k!, below `cutoff`."""
    log_z = logsumexp(_terms(lam, noise, delta, 2 * lam / noise)(0, 0))
    terms = _terms(lam, noise, delta, lam / noise)
    rho = np.zeros((cutoff, cutoff), np.complex128)
    for n in range(cutoff):
        for m in range(n % 2, cutoff, 2):
            log = logsumexp(terms(m, n)) - log_z + 0.5 * (n + m) * np.log(lam / noise)
            rho[n, m] = np.exp(log - 0.5 * (gammaln(n + 1) + gammaln(m + 1)) + 0.5j * theta * (n - m))
    return rho

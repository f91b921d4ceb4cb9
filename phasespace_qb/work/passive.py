"""Energy that no unitary can take: Σ k r_k over eigenvalues, or Σ k p_(k) over number probabilities, sorted.

The sums for Gaussian states and for pairs of branches, vectorised and with their switches to closed forms.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.polynomial import Chebyshev
from numpy.typing import NDArray

from phasespace_qb.states.branches import parity_blocks
from phasespace_qb.states.gaussian import BELL, GaussianState, number_windows, window_length

Array = NDArray[np.float64]

SEPARATED: Final = 24.0
"""From this s on the branches do not overlap: 2(ν−½)+½ is then within 10⁻⁹."""
LARGEST_MATRIX_NU: Final = 12.0
"""Above this ν the matrices would pass 330 rows; the sum is then extrapolated in 1/ν², within 10⁻⁵ of itself."""
WIDE: Final = 300.0
"""From this σ_n on, a bell's sorted sum is its closed form, within 10⁻⁶ of W^i."""
EXACT_WINDOW: Final = 2**16
"""A distribution that is wider and no bell is extrapolated from attenuated copies, within 3·10⁻⁵ of the sum."""
_TRUNCATION: Final = 1e-12
_CHUNK: Final = 2**21


def sorted_energy(weights: Array) -> Array:
    """Σ_k k w_(k) with the weights in descending order, shape (..., N) -> (...)."""
    return np.asarray(np.sort(weights, axis=-1)[..., ::-1] @ np.arange(weights.shape[-1]))


def two_branch_energy(nu: Array, separation: Array) -> Array:
    """Σ k r_k for ½(ρ₊ + Πρ₊Π), from ν and s = ½dᵀV⁻¹d of the branch alone; shapes (...).

    One branch (s = 0): ν − ½.  Two that are apart: 2(ν − ½) + ½.  Between: eigenvalues of `parity_blocks`.
    ν < ½ (sampling noise) continues by reflection, E(½−ε) = 2E(½) − E(½+ε): value and slope are continuous.
    NaN where s is negative or undefined, that is where V is not positive.
    """
    shape = np.broadcast_shapes(np.shape(nu), np.shape(separation))
    given = np.broadcast_to(nu, shape).astype(np.float64).ravel()
    s = np.broadcast_to(separation, shape).astype(np.float64).ravel()
    nu_up = 0.5 + np.abs(given - 0.5)
    with np.errstate(invalid="ignore"):
        energy = np.where(s >= SEPARATED, 2 * nu_up - 0.5, np.where(s == 0, nu_up - 0.5, np.nan))
        between = (s > 0) & (s < SEPARATED) & np.isfinite(nu_up)
        small, large = between & (nu_up <= LARGEST_MATRIX_NU), between & (nu_up > LARGEST_MATRIX_NU)
        energy[small] = _from_matrices(nu_up[small], s[small])
        energy[large] = _extrapolated(nu_up[large], s[large])
        pure = np.where(s >= SEPARATED, 0.5, -0.5 * np.expm1(-s))
        return np.where(given < 0.5, 2 * pure - energy, energy).reshape(shape)


def _from_matrices(nu: Array, s: Array) -> Array:
    """The sum over the eigenvalues of both parity blocks, in stacks of equal size."""
    with np.errstate(divide="ignore"):
        needed = np.log(_TRUNCATION) / np.log((nu - 0.5) / (nu + 0.5)) + 2
    step = np.where(needed <= 64, 4, 16)
    sizes = (np.ceil(needed / step) * step).astype(np.intp)
    out = np.empty(nu.size)
    for size in np.unique(sizes):
        rows = np.flatnonzero(sizes == size)
        for some in np.array_split(rows, -(-rows.size * size**2 // _CHUNK)):
            blocks = parity_blocks(nu[some], s[some], int(size))
            out[some] = sorted_energy(np.concatenate([np.linalg.eigvalsh(block) for block in blocks], axis=-1))
    return out


@lru_cache(maxsize=1)
def _anchors() -> tuple[Chebyshev, Chebyshev]:
    """(E − 2ν + ½)/ν over √s at half of the largest ν and at the largest ν, within 2·10⁻⁶."""
    edge = float(np.sqrt(SEPARATED))

    def scaled(nu: float) -> Chebyshev:
        def at(root: Array) -> Array:
            return (_from_matrices(np.full(root.size, nu), root**2) - 2 * nu + 0.5) / nu

        return Chebyshev.interpolate(at, 63, domain=[0.0, edge])

    return scaled(LARGEST_MATRIX_NU / 2), scaled(LARGEST_MATRIX_NU)


def _extrapolated(nu: Array, s: Array) -> Array:
    """E = 2ν − ½ + ν f(s, ν) with f(s, ν) = f₀(s) + f₂(s)/ν², f₀ and f₂ from two smaller ν."""
    if nu.size == 0:
        return nu
    half, full = (series(np.sqrt(s)) for series in _anchors())
    slope = (half - full) / 3
    return np.asarray(2 * nu - 0.5 + nu * (full - slope + slope * (LARGEST_MATRIX_NU / nu) ** 2))


def number_energy(state: GaussianState) -> Array:
    """Σ k p_(k) over the sorted photon-number distribution of a Gaussian state, shape (...).

    Exact, from `number_windows`, up to a σ_n of 300.  A bell that is wider has the closed form
    σ √(2/π) (2 − γ₂/12 − γ₁²/18) − ½, with skewness γ₁ and excess kurtosis γ₂ of n (rearranging an Edgeworth
    series, second order in γ₁; −½ because k starts at 0).  A wide distribution that is no bell is exact as long
    as its window fits; then E(η) = e₁η + e₀ + e₋₁/η is fitted to copies that a loss 1 − η has attenuated.
    NaN where V is not positive.
    """
    skewness, kurtosis, sigma = (x.ravel() for x in number_shape(state))
    needed = window_length(state).ravel()
    with np.errstate(invalid="ignore"):
        bell = (sigma > WIDE) & (state.photon_number.ravel() > BELL * sigma + 1)
        broad = ~bell & (needed > EXACT_WINDOW)
    closed = sigma * np.sqrt(2 / np.pi) * (2 - kurtosis / 12 - skewness**2 / 18) - 0.5
    energy = np.where(bell, closed, np.nan)
    flat = GaussianState(state.mean.reshape(-1, 2), state.covariance.reshape(-1, 2, 2))
    if broad.any():
        share = np.array([1.0, 0.5, 0.25]) * (EXACT_WINDOW / needed[broad, None])
        fitted = _windowed_energy(_attenuated(_rows(flat, broad), share))
        basis = np.stack([share, np.ones_like(share), 1 / share], axis=-1)
        energy[broad] = np.linalg.solve(basis, fitted[..., None])[..., 0].sum(axis=-1)
    rest = ~bell & ~broad
    energy[rest] = _windowed_energy(_rows(flat, rest))
    return energy.reshape(state.shape)


def _windowed_energy(state: GaussianState) -> Array:
    energy = np.full(state.photon_number.size, np.nan)
    for rows, _, p in number_windows(state):
        energy[rows] = sorted_energy(p)
    return energy.reshape(state.shape)


def _rows(state: GaussianState, rows: NDArray[np.bool_]) -> GaussianState:
    return GaussianState(state.mean[rows], state.covariance[rows])


def _attenuated(state: GaussianState, share: Array) -> GaussianState:
    """States (B,) behind beam splitters of transmission `share` (B, K): shape (B, K)."""
    vacuum = 0.5 * np.eye(2)
    covariance = vacuum + share[..., None, None] * (state.covariance[:, None] - vacuum)
    return GaussianState(np.sqrt(share)[..., None] * state.mean[:, None], covariance)


def number_shape(state: GaussianState) -> tuple[Array, Array, Array]:
    """Skewness, excess kurtosis and standard deviation of the photon number, each (...).

    Factorial cumulants f_k = Σ_i [½ (k−1)! u_i^k + ½ k! d_i² u_i^(k−1)], u = v − ½, over the principal axes; then
    κ₂ = f₂ + f₁, κ₃ = f₃ + 3f₂ + f₁, κ₄ = f₄ + 6f₃ + 7f₂ + f₁.
    """
    f1, f2, f3, f4 = (factorial_cumulant(state, k) for k in (1, 2, 3, 4))
    variance = f2 + f1
    with np.errstate(divide="ignore", invalid="ignore"):
        sigma = np.sqrt(variance)
        return (f3 + 3 * f2 + f1) / sigma**3, (f4 + 6 * f3 + 7 * f2 + f1) / variance**2, sigma


def factorial_cumulant(state: GaussianState, order: int) -> Array:
    """f_k of the photon number, shape (...); f₁ = n̄, f₃ = ⟨a†³a³⟩ − 3⟨a†²a²⟩n̄ + 2n̄³.  See `number_shape`."""
    variances, means = state.principal_axes()
    u, below = variances - 0.5, float(np.prod(np.arange(1, order)))
    terms = 0.5 * below * u**order + 0.5 * below * order * means**2 * u ** (order - 1)
    return np.asarray(np.sum(terms, axis=-1))

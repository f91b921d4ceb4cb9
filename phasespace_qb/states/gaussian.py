"""One mode in a Gaussian state: what its mean and its covariance say about photon numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.conventions import VACUUM_VARIANCE
from phasespace_qb.errors import refusal, require_count, require_numbers

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

LONGEST_WINDOW: Final = 2**20
"""Photon numbers in the longest distribution that is ever built; 8 MiB."""
BELL: Final = 14.0
"""From this ratio n̄/σ_n on, p_n is a bell that ends before n = 0, with less than 1e-15 outside ±12 σ_n."""
_CHUNK: Final = 2**20


@dataclass(frozen=True, eq=False)
class GaussianState:
    """One mode with Gaussian Wigner function, or an array of such modes.

    mean = (⟨x⟩, ⟨p⟩), covariance = symmetrically ordered second cumulants; vacuum is ½·I.

    Shapes: mean (..., 2), covariance (..., 2, 2).  NaN stays NaN, element by element.
    ν < ½ is no state, but sampling noise makes such estimates: they pass, and every formula continues to them.
    Units: x = (a + a†)/√2 with ħ = 1, so that the variance of vacuum is ½.
    Raises: TypeError for what are no real numbers, ValueError if the shapes do not fit together.
    Source: Weedbrook et al., Rev. Mod. Phys. 84, 621 (2012), whose vacuum variance is 1.
    """

    mean: Array
    covariance: Array

    def __post_init__(self) -> None:
        must_be = "an array of shape (..., 2)"
        mean = require_numbers("mean", self.mean, must_be).astype(np.float64, copy=False)
        if mean.shape[-1:] != (2,):
            raise ValueError(refusal("mean", must_be, f"an array of shape {mean.shape}"))
        must_be = f"an array of shape {(*mean.shape, 2)}, as `mean` has it"
        covariance = require_numbers("covariance", self.covariance, must_be).astype(np.float64, copy=False)
        if covariance.shape != (*mean.shape, 2):
            raise ValueError(refusal("covariance", must_be, f"an array of shape {covariance.shape}"))
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "covariance", covariance)

    @classmethod
    def from_moments(cls, amplitude: ComplexArray, photon_number: Array, pair_amplitude: ComplexArray) -> Self:
        """The Gaussian with ⟨a⟩ = amplitude, ⟨a†a⟩ = photon_number and ⟨a²⟩ = pair_amplitude.

        Shapes: all (...).  Units: √quanta, quanta, quanta.
        Raises: TypeError for what are no numbers, or not real ones of photons; ValueError for shapes that do not fit
        together.
        Source: definition, by x = (a + a†)/√2.
        """
        a, total, pairs = require_moments(
            {"amplitude": amplitude, "photon_number": photon_number, "pair_amplitude": pair_amplitude},
            real={"photon_number"},
        )
        number, pair = total - np.abs(a) ** 2, pairs - a**2
        mean = np.sqrt(2) * np.stack([a.real, a.imag], axis=-1)
        x, p = number + pair.real + VACUUM_VARIANCE, number - pair.real + VACUUM_VARIANCE
        rows = np.stack([x, pair.imag], axis=-1), np.stack([pair.imag, p], axis=-1)
        return cls(mean, np.stack(rows, axis=-2))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array of states."""
        return self.mean.shape[:-1]

    @property
    def photon_number(self) -> Array:
        """n̄ = ½ (tr V + |d|² − 1), shape (...).  Source: definition."""
        total = np.trace(self.covariance, axis1=-2, axis2=-1) + np.sum(self.mean**2, axis=-1)
        return np.asarray(0.5 * total - VACUUM_VARIANCE)

    @property
    def photon_number_variance(self) -> Array:
        """σ_n² = ½ tr V² − ¼ + dᵀVd, shape (...).

        Source: Dodonov, Man'ko and Man'ko, Phys. Rev. A 50, 813 (1994).
        """
        v = self.covariance
        square = np.einsum("...ij,...ji->...", v, v)
        return np.asarray(0.5 * square - 0.25 + np.einsum("...i,...ij,...j->...", self.mean, v, self.mean))

    @property
    def symplectic_eigenvalue(self) -> Array:
        """ν = √det V, shape (...), units in which vacuum has ½; −√|det V| where noise made the determinant negative.

        Source: Weedbrook et al., Rev. Mod. Phys. 84, 621 (2012), Sec. II.
        """
        v = self.covariance
        det = v[..., 0, 0] * v[..., 1, 1] - v[..., 0, 1] * v[..., 1, 0]
        return np.asarray(np.sign(det) * np.sqrt(np.abs(det)))

    def principal_axes(self) -> tuple[Array, Array]:
        """Variances along the axes of the ellipse, the larger first, and the mean along them.

        Shapes: both (..., 2).  Units: the variance of vacuum is ½.  Source: definition.
        """
        v = self.covariance
        half, cross = 0.5 * (v[..., 0, 0] - v[..., 1, 1]), 0.5 * (v[..., 0, 1] + v[..., 1, 0])
        centre, radius = 0.5 * (v[..., 0, 0] + v[..., 1, 1]), np.hypot(half, cross)
        angle = 0.5 * np.arctan2(cross, half)
        cos, sin, x, p = np.cos(angle), np.sin(angle), self.mean[..., 0], self.mean[..., 1]
        variances = np.stack([centre + radius, centre - radius], axis=-1)
        return variances, np.stack([cos * x + sin * p, cos * p - sin * x], axis=-1)

    def number_distribution(self, cutoff: int) -> Array:
        """p_n = ⟨n|ρ|n⟩ for n = 0 … cutoff − 1, shape (..., cutoff); see `number_windows`.

        NaN where the distribution is too broad to be built (n̄ + 40 σ_n above 2²⁰) or V is not positive.
        Raises: TypeError for a cutoff that is no number, ValueError for one that is no whole number from 1 on.
        Source: Dodonov, Man'ko and Man'ko, Phys. Rev. A 50, 813 (1994).
        """
        cutoff = require_count("cutoff", cutoff)
        out = np.full((*self.shape, cutoff), np.nan).reshape(-1, cutoff)
        for rows, start, p in number_windows(self):
            out[rows] = 0.0
            for row, first, values in zip(rows, start, p, strict=True):
                kept = values[: max(0, cutoff - first)]
                out[row, first : first + kept.size] = kept
        return out.reshape(*self.shape, cutoff)

    def density_matrix(self, cutoff: int) -> ComplexArray:
        """ρ_mn in the Fock basis, shape (..., cutoff, cutoff), not renormalised.

        The Husimi function is a Gaussian, F(α*, α) = Σ ρ_mn α*^m α^n / √(m! n!); its derivative gives
        √(m+1) ρ_(m+1)n = b₁ ρ_mn + A₁₁ √m ρ_(m−1)n + A₁₂ √n ρ_m(n−1).

        ρ₀₀ underflows for |d|² above about 1400.
        Raises: TypeError for a cutoff that is no number, ValueError for one that is no whole number from 1 on.
        Source: Dodonov, Man'ko and Man'ko, Phys. Rev. A 50, 813 (1994).
        """
        cutoff = require_count("cutoff", cutoff)
        to_quadratures = np.array([[1, 1], [1j, -1j]]) / np.sqrt(2)
        husimi = np.linalg.inv(self.covariance + 0.5 * np.eye(2))
        a = np.array([[0, 1], [1, 0]]) - to_quadratures.T @ husimi @ to_quadratures
        b = np.einsum("ji,...jk,...k->...i", to_quadratures, husimi, self.mean)
        exponent = -0.5 * np.einsum("...i,...ij,...j->...", self.mean, husimi, self.mean)
        rho = np.zeros((*self.shape, cutoff, cutoff), np.complex128)
        rho[..., 0, 0] = np.sqrt(np.linalg.det(husimi)) * np.exp(exponent)
        root = np.sqrt(np.arange(cutoff + 1.0))
        for n in range(cutoff - 1):
            below = a[..., 1, 1] * root[n] * rho[..., 0, n - 1] if n else 0.0
            rho[..., 0, n + 1] = (b[..., 1] * rho[..., 0, n] + below) / root[n + 1]
        b0, a00, a01 = b[..., 0, None], a[..., 0, 0, None], a[..., 0, 1, None]
        for m in range(cutoff - 1):
            row = b0 * rho[..., m, :]
            row[..., 1:] += a01 * root[1:cutoff] * rho[..., m, :-1]
            if m:
                row += a00 * root[m] * rho[..., m - 1, :]
            rho[..., m + 1, :] = row / root[m + 1]
        return rho


def require_moments(moments: dict[str, Any], real: set[str]) -> list[NDArray[Any]]:
    """Return moments as arrays if they are numbers, those named in `real` real ones, and fit together; else refuse.

    Raises: TypeError for what are no such numbers, ValueError for shapes that do not fit together.
    """
    given = [
        require_numbers(name, value, "a real number, or an array of such", "iuf")
        if name in real
        else require_numbers(name, value, "a number, or an array of such", "iufc")
        for name, value in moments.items()
    ]
    first, *others = (each.shape for each in given)
    try:
        return list(np.broadcast_arrays(*given))
    except ValueError:
        got = f"an array of shape {first} beside {' and '.join(map(str, others))}"
        raise ValueError(refusal(next(iter(moments)), "of the same shape as the other moments", got)) from None


def number_windows(state: GaussianState) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp], Array]]:
    """Yield (rows, start, p): p[i, j] is the probability of start[i] + j photons in flattened state rows[i].

    p_n = (1/N) Σ_j G(z_j) z_j^(−n), z_j = e^(2πij/N),
    G(z) = ⟨:e^(−(1−z)a†a):⟩ = Π_i f_i^(−½) exp[−½ (1−z) d_i²/f_i],  f_i = (½ + v_i) + z (½ − v_i),
    over the principal axes i; Re f_i > 0 on the circle, so each root is the principal one.  N is the power of
    two above n̄ + 40 σ_n.  A bell far from n = 0 needs the window ± 12 σ_n only: the transform has period N.

    States that need more than `LONGEST_WINDOW` numbers, or whose V is not positive, are left out.
    """
    number, sigma = state.photon_number.ravel(), np.sqrt(np.maximum(state.photon_number_variance, 0)).ravel()
    variances, means = (x.reshape(-1, 2) for x in state.principal_axes())
    needed = window_length(state).ravel()
    bell = number > BELL * sigma + 1
    with np.errstate(invalid="ignore"):
        usable = (variances > 0).all(axis=-1) & (needed <= LONGEST_WINDOW)
    exponents = np.ceil(np.log2(np.where(usable, needed, 2))).astype(np.intp)
    first = np.where(usable & bell, np.floor(number - 12 * sigma), 0).astype(np.intp)
    for exponent in np.unique(exponents[usable]):
        length = int(2**exponent)
        rows = np.flatnonzero(usable & (exponents == exponent))
        for some in np.array_split(rows, -(-rows.size * length // _CHUNK)):
            p = _periodic_distribution(variances[some], means[some], length)
            if first[some].any():
                order = (first[some, None] + np.arange(length)) % length
                p = np.take_along_axis(p, order, axis=1)
            yield some, first[some], p


def window_length(state: GaussianState) -> Array:
    """How many consecutive photon numbers hold all but 10⁻¹² of the state, shape (...); see `number_windows`."""
    number, sigma = state.photon_number, np.sqrt(np.maximum(state.photon_number_variance, 0))
    return np.where(number > BELL * sigma + 1, 24 * sigma + 2, number + 40 * sigma + 16)


def _periodic_distribution(variances: Array, means: Array, length: int) -> Array:
    """Σ_k p_(n+k·length), n = 0 … length − 1; shape (states, length)."""
    z = np.exp(2j * np.pi * np.arange(length // 2 + 1) / length)
    v, d = variances[:, :, None], means[:, :, None]
    f = (0.5 + v) + z * (0.5 - v)
    generating = np.exp(-0.5 * (1 - z) * np.sum(d**2 / f, axis=1)) / np.prod(np.sqrt(f), axis=1)
    # G(z*) = G(z)*, hence a real transform; its sign convention wants the conjugate.
    return np.asarray(np.fft.irfft(generating.conj(), length, axis=1))

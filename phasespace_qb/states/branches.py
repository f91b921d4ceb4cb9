"""A mode whose parity is conserved: an equal mixture of a Gaussian branch and its mirror image at −α.

ρ = ½ (ρ₊ + Π ρ₊ Π) = Π_e ρ₊ Π_e + Π_o ρ₊ Π_o.  This is what an oscillator above threshold makes of vacuum.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy

from phasespace_qb.errors import refusal
from phasespace_qb.states.gaussian import GaussianState, require_moments

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]


@dataclass(frozen=True, eq=False)
class TwoBranchState:
    """The parity-symmetric mixture of `branch` and its mirror image; with branch.mean = 0 it is `branch` itself.

    ρ = ½ (ρ₊ + Π ρ₊ Π) with ρ₊ the branch.  Shape: that of the branch, (...).
    Raises: TypeError for a branch that is no GaussianState.
    Source: definition.
    """

    branch: GaussianState

    def __post_init__(self) -> None:
        if not isinstance(self.branch, GaussianState):
            raise TypeError(refusal("branch", "a GaussianState", self.branch))

    @classmethod
    def from_moments(cls, photon_number: Array, pair_amplitude: ComplexArray, pair_number: Array) -> Self:
        """The two branches ±β that have these moments; one zero-mean Gaussian where no such branches exist.

        Of ½N(β, V) + ½N(−β, V), the first normally ordered cumulant that V leaves alone is the fourth:
        ⟨a†²a²⟩ − 2n̄² − |⟨a²⟩|² = −2|β|⁴.  Where it is positive (noise around β = 0, or no such state), β = 0.
        arg β = ½ arg ⟨a²⟩: exact on resonance, and with detuning better than ½ arg (3n̄⟨a²⟩ − ⟨a†a³⟩), which
        two exact branches would obey.

        So n̄, ⟨a²⟩ and the variance of the photon number are matched exactly, with no choice of a branch, and the
        fit passes continuously from one Gaussian to two.  What it misses: `work.fit_error`.
        photon_number n̄, pair_amplitude ⟨a²⟩, pair_number ⟨a†²a²⟩.  Shapes: all (...).  Units: quanta, quanta, quanta².
        Raises: TypeError for what are no numbers, or not real ones of photons and pairs; ValueError for shapes that do
        not fit together.
        Source: own derivation.
        """
        n, m, pairs = require_moments(
            {"photon_number": photon_number, "pair_amplitude": pair_amplitude, "pair_number": pair_number},
            real={"photon_number", "pair_number"},
        )
        fourth = n**2 + 0.5 * np.abs(m) ** 2 - 0.5 * pairs
        amplitude = np.where(fourth > 0, np.abs(fourth), 0.0 * fourth) ** 0.25  # 0.0 * keeps NaN
        angle = 0.5 * np.angle(m)
        beta = amplitude * np.cos(angle) + 1j * amplitude * np.sin(angle)
        return cls(GaussianState.from_moments(beta, n, m))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array of states."""
        return self.branch.shape

    @property
    def photon_number(self) -> Array:
        """n̄, that of the branch, shape (...)."""
        return self.branch.photon_number

    @property
    def separation(self) -> Array:
        """s = ½ dᵀV⁻¹d, shape (...): the mean parity is e^(−s)/2ν; from s of about 10 on the branches are apart.

        Source: definition; the parity is π times the Wigner function at 0, Royer, Phys. Rev. A 15, 449 (1977).
        """
        v, d = self.branch.covariance, self.branch.mean
        adjugate = v[..., 1, 1] * d[..., 0] ** 2 + v[..., 0, 0] * d[..., 1] ** 2
        adjugate = adjugate - (v[..., 0, 1] + v[..., 1, 0]) * d[..., 0] * d[..., 1]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(0.5 * adjugate / (v[..., 0, 0] * v[..., 1, 1] - v[..., 0, 1] * v[..., 1, 0]))

    def number_distribution(self, cutoff: int) -> Array:
        """p_n below `cutoff`, that of the branch: a number state has a parity already.

        Shape: (..., cutoff).
        Raises: TypeError for a cutoff that is no number, ValueError for one that is no whole number from 1 on.
        Source: own derivation from that.
        """
        return self.branch.number_distribution(cutoff)

    def density_matrix(self, cutoff: int) -> ComplexArray:
        """ρ_mn in the Fock basis, shape (..., cutoff, cutoff): the branch's, zero where m − n is odd.

        Raises: TypeError for a cutoff that is no number, ValueError for one that is no whole number from 1 on.
        Source: definition of the mixture; (−1)^(m−n) ρ_mn is its mirror image.
        """
        of_branch = self.branch.density_matrix(cutoff)
        number = np.arange(of_branch.shape[-1])
        same_parity = (number[:, None] - number) % 2 == 0
        return np.where(same_parity, of_branch, 0.0)


def parity_blocks(nu: Array, separation: Array, size: int) -> tuple[Array, Array]:
    """Two matrices with the spectra of Π_e ρ₊ Π_e and of Π_o ρ₊ Π_o; only ν and s matter.

    A Gaussian unitary about the origin commutes with Π and takes V to ν·I, so ρ₊ may be a displaced thermal
    state Σ r_n D(β)|n⟩⟨n|D†(β), r_n = q^n (1−q), q = (ν−½)/(ν+½), |β|² = sν.  Its even and odd parts have the
    spectra of the Gram matrices of √r_n Π_(e,o) D(β)|n⟩, that is of ½(R ± T):
    T_mn = √(r_m r_n) ⟨m|D(2β)Π|n⟩ = (−1)^n √(r_m r_n) l_n^(m−n)(4sν)  for m ≥ n, and T symmetric,
    with the Laguerre functions l_n^(k)(x) = √(n!/(n+k)!) x^(k/2) e^(−x/2) L_n^(k)(x).

    So the size follows the thermal weight, not the amplitude.  The recurrence runs in n at fixed k, which is
    stable; the one along a column of ⟨m|D|n⟩ is not (it loses everything at ν = 4).

    Shapes: nu, separation (B,), ν ≥ ½ and s ≥ 0 -> twice (B, size, size).
    Source: own derivation; checked against direct diagonalisation in tests/states/test_branches.py.
    """
    k = np.arange(size)
    q = (nu - 0.5) / (nu + 0.5)
    weight = np.sqrt(1 - q)[:, None] * np.sqrt(q)[:, None] ** k
    x = (4 * nu * separation)[:, None]
    before = np.zeros((nu.size, size))
    now = np.exp(0.5 * (xlogy(k, x) - x - gammaln(k + 1)))
    parity = np.zeros((nu.size, size, size))
    for n in range(size):
        parity[:, n:, n] = parity[:, n, n:] = (-1) ** n * now[:, : size - n]
        after = (2 * n + 1 + k - x) * now - np.sqrt(n * (n + k)) * before
        before, now = now, after / np.sqrt((n + 1) * (n + 1 + k))
    parity *= weight[:, :, None] * weight[:, None, :]
    thermal = np.zeros_like(parity)
    thermal[:, k, k] = weight**2
    return 0.5 * (thermal + parity), 0.5 * (thermal - parity)

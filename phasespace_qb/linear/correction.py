"""The first correction to the linear theory: what is left out, so that one can say where the theory holds.

In the expansion in the noise strength (g² for the battery; number of quanta 1/g²) the linear theory is the leading
order of mean and covariance.  The next order, with J = ∂A, H = ∂²A, T = ∂³A and the diffusion D at the mean field:
  mean        ṁ_i = J_ij m_j + ½ H_ijk N_jk
  third       Ċ_ijk = J_ia C_ajk + H_iab N_aj N_bk + ∂_a D_ij N_ak + permutations
  covariance  Ṁ_ij = J_ia M_aj + (H_iab m_b + ½ T_iabc N_bc) N_aj + ½ H_iab C_abj + (i ↔ j)
                     + ∂_a D_ij m_a + ½ ∂_a∂_b D_ij N_ab.
Source: van Kampen, Stochastic Processes in Physics and Chemistry, Ch. X; derivatives above second order are left out.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_sylvester

from phasespace_qb.linear.covariance import GaussianModes, complex_basis, normally_ordered, real_basis
from phasespace_qb.linear.mean_field import MeanField, doubled, integrate, longest_step
from phasespace_qb.linear.polynomials import PolynomialTensor
from phasespace_qb.models.system import OpenSystem

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

MOST_MODES = 6
"""The third cumulants are (2·modes)³ numbers; beyond this many modes they cost more than the theory they check."""
TOLERANCE = 1e-6
"""Relative accuracy of the correction along a trajectory."""


@dataclass(frozen=True, eq=False)
class _Sources:
    """Everything the correction needs at one point of phase space, in the complex basis."""

    field: MeanField

    @cached_property
    def curvature(self) -> PolynomialTensor:
        return self.field.jacobian.derivative()

    @cached_property
    def third(self) -> PolynomialTensor:
        return self.curvature.derivative()

    @cached_property
    def gradient(self) -> PolynomialTensor:
        return self.field.diffusion.derivative()

    @cached_property
    def second(self) -> PolynomialTensor:
        return self.gradient.derivative()

    def of_mean(self, t: float, z: ComplexArray, n: ComplexArray) -> ComplexArray:
        return np.asarray(0.5 * np.einsum("ijk,jk->i", self.curvature(t, z), n))

    def of_third(self, t: float, z: ComplexArray, n: ComplexArray) -> ComplexArray:
        bent = np.einsum("iab,aj,bk->ijk", self.curvature(t, z), n, n)
        spread = np.einsum("ija,ak->kij", self.gradient(t, z), n)
        return _cyclic(bent + spread)

    def of_covariance(
        self, t: float, z: ComplexArray, n: ComplexArray, m: ComplexArray, c: ComplexArray
    ) -> ComplexArray:
        curvature = self.curvature(t, z)
        slope = curvature @ m + 0.5 * np.einsum("iabc,bc->ia", self.third(t, z), n)
        half = slope @ n + 0.5 * np.einsum("iab,abj->ij", curvature, c)
        noise = self.gradient(t, z) @ m + 0.5 * np.einsum("ijab,ab->ij", self.second(t, z), n)
        return np.asarray(half + half.T + noise)


def correction_along(system: OpenSystem, times: Array, start: GaussianModes, settled: bool) -> GaussianModes:
    """Corrections of amplitudes (T, modes) and covariance (T, 2·modes, 2·modes) along the trajectory from `start`.

    settled: whether `start` is a steady state, with corrections of its own, or Gaussian exactly.  The amplitudes are
    those of the mean field, the correction is that of the mean.
    """
    field = MeanField.of(system)
    sources = _Sources(field)
    modes, count = len(system.modes), 2 * len(system.modes)
    sizes = np.cumsum([modes, count**2, count, count**2])

    def rate(t: float, y: ComplexArray) -> ComplexArray:
        amplitudes, n, m, m2, c = np.split(y, sizes)
        z, n, m2, c = doubled(amplitudes), n.reshape(count, -1), m2.reshape(count, -1), c.reshape([count] * 3)
        jacobian = field.jacobian(t, z)
        flow, flow2 = jacobian @ n, jacobian @ m2
        parts = (
            field.drift(t, z)[::2],
            flow + flow.T + field.diffusion(t, z),
            jacobian @ m + sources.of_mean(t, z, n),
            flow2 + flow2.T + sources.of_covariance(t, z, n, m, c),
            _cyclic(np.einsum("ia,ajk->ijk", jacobian, c)) + sources.of_third(t, z, n),
        )
        return np.concatenate([part.ravel() for part in parts])

    n = complex_basis(normally_ordered(start.covariance))
    first = (
        _steady(field, sources, doubled(start.amplitudes), n)
        if settled
        else tuple(np.zeros([count] * rank, dtype=complex) for rank in (1, 2, 3))
    )
    together = np.concatenate([part.ravel() for part in (start.amplitudes, n, *first)])
    if settled and field.is_constant:
        y = np.tile(together, (len(times), 1))
    else:
        longest = longest_step(field, start.amplitudes, times)
        y = integrate(rate, together, times, field.breakpoints, longest, TOLERANCE)
    _, _, m, m2, _ = np.split(y, sizes, axis=1)
    return GaussianModes(m[:, ::2], real_basis(m2.reshape(len(y), count, count)))


def _steady(
    field: MeanField, sources: _Sources, z: ComplexArray, n: ComplexArray
) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
    """m, M and C in the steady state; drives are frozen at t = 0."""
    t, one = float(np.nextafter(0.0, 1.0)), np.eye(len(z))
    jacobian = field.jacobian(t, z)
    solve: Any = solve_sylvester  # its stub knows real matrices only
    m = np.asarray(np.linalg.solve(jacobian, -sources.of_mean(t, z, n)), dtype=complex)
    others = np.kron(jacobian, one) + np.kron(one, jacobian)
    c: ComplexArray = solve(jacobian, others.T, -sources.of_third(t, z, n).reshape(len(z), -1))
    c = c.reshape([len(z)] * 3)
    return m, solve(jacobian, jacobian.T, -sources.of_covariance(t, z, n, m, c)), c


def _cyclic(tensor: ComplexArray) -> ComplexArray:
    """T_ijk + T_jki + T_kij, which is symmetric where T_ijk = T_ikj."""
    return tensor + tensor.transpose(1, 2, 0) + tensor.transpose(2, 0, 1)

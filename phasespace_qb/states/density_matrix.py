"""One mode, or an array of them, by density matrix in the Fock basis."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.errors import UnphysicalState, refusal, require_count, require_numbers, require_real

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]


@dataclass(frozen=True, eq=False)
class DensityMatrix:
    """ρ_mn = ⟨m|ρ|n⟩ of one mode below a cutoff, or an array of such matrices.

    Shapes: matrix (..., N, N).  NaN stays NaN, element by element.
    Raises: TypeError for what are no numbers; ValueError if the shape is not square or `tolerance` is negative;
    UnphysicalState if ρ differs from
    ρ† by more than `tolerance` in an entry, or its trace from 1 by more.  A cutoff that is too low shows in the trace
    of a *truncated* state only; a state evolved below a cutoff has trace 1 and hides it.
    Source: definition.
    """

    matrix: ComplexArray
    tolerance: float = 1e-6

    def __post_init__(self) -> None:
        must_be = "an array of shape (..., N, N)"
        given = require_numbers("matrix", self.matrix, must_be, "iufc")
        rho = given.astype(np.complex128 if np.iscomplexobj(given) else np.float64)
        if rho.ndim < 2 or rho.shape[-1] != rho.shape[-2] or rho.shape[-1] == 0:
            raise ValueError(refusal("matrix", must_be, f"an array of shape {rho.shape}"))
        require_real("tolerance", self.tolerance, "a finite number that is not negative", lambda t: t >= 0)
        skew = np.abs(rho - np.swapaxes(rho.conj(), -1, -2))
        if np.any(skew > self.tolerance):
            must_be = f"Hermitian to {self.tolerance:g}"
            raise UnphysicalState(refusal("matrix", must_be, f"an asymmetry of {np.nanmax(skew):.3g}"))
        trace = np.trace(rho, axis1=-2, axis2=-1).real
        if np.any(np.abs(trace - 1) > self.tolerance):
            worst = trace.ravel()[np.nanargmax(np.abs(trace - 1).ravel())]
            remedy = "Raise the cutoff or normalise."
            raise UnphysicalState(refusal("matrix", "of trace 1", f"an operator of trace {worst:.9g}", remedy))
        object.__setattr__(self, "matrix", 0.5 * (rho + np.swapaxes(rho.conj(), -1, -2)))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array of states."""
        return self.matrix.shape[:-2]

    @property
    def cutoff(self) -> int:
        """Number of Fock levels kept."""
        return int(self.matrix.shape[-1])

    @property
    def photon_number(self) -> Array:
        """n̄ = Σ n ρ_nn, shape (...).  Source: definition."""
        return np.asarray(self.number_distribution() @ np.arange(self.cutoff))

    def number_distribution(self, cutoff: int | None = None) -> Array:
        """p_n = ρ_nn for n = 0 … cutoff − 1, shape (..., cutoff); zero beyond the matrix.

        Raises: TypeError for a cutoff that is no number, ValueError for one that is no whole number from 1 on.
        Source: definition.
        """
        kept = self.cutoff if cutoff is None else require_count("cutoff", cutoff)
        p = np.diagonal(self.matrix, axis1=-2, axis2=-1).real
        out = np.zeros((*self.shape, kept))
        out[..., : self.cutoff] = p[..., :kept]
        return out

    def spectrum(self) -> Array:
        """Eigenvalues in descending order, shape (..., N); NaN where the matrix holds NaN."""
        finite = np.asarray(np.isfinite(self.matrix).all(axis=(-1, -2)))
        values = np.linalg.eigvalsh(np.where(finite[..., None, None], self.matrix, 0.0))[..., ::-1]
        return np.where(finite[..., None], values, np.nan)

"""Sampling errors of anything that can be computed from sums over trajectories.

The blocks of an ensemble are dealt to 20 groups.  A quantity is computed from all groups and with each of them left
out; the scatter of the latter is its standard error, their mean corrects its bias of order 1/N.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import hadamard

Array = NDArray[np.float64]


def with_each_left_out(sums: Array) -> Array:
    """Total of all groups, followed by the totals without group 0, 1, …; shapes (G, ...) -> (1 + G, ...)."""
    total = sums.sum(axis=0)
    return np.concatenate([total[None], total[None] - sums])


def jackknife(values: NDArray[np.inexact], counts: Array) -> tuple[NDArray[np.inexact], Array]:
    """Bias-corrected estimate and standard error (Student t with G − 1 degrees of freedom).

    values (1 + G, ...): the quantity from all groups, then with each left out.  counts (G,): trajectories per group.
    With h_j = n/m_j and pseudo-values u_j = h_j θ − (h_j − 1) θ_(−j):
    θ_J = Gθ − Σ (1 − m_j/n) θ_(−j),  σ² = (1/G) Σ (u_j − θ_J)²/(h_j − 1).
    A complex quantity gets a complex error: that of the real and of the imaginary part.  With an empty group, or fewer
    than two, there is no estimate of the error: the value is θ and the error is NaN.
    Source: Busing, Meijer and van der Leeden, Stat. Comput. 9, 3 (1999), delete-m_j jackknife.
    """
    if np.iscomplexobj(values):
        real, real_error = jackknife(values.real, counts)
        imaginary, imaginary_error = jackknife(values.imag, counts)
        return real + 1j * imaginary, real_error + 1j * imaginary_error
    theta, without = values[0], values[1:]
    groups = len(counts)
    if groups < 2 or (counts <= 0).any():
        return theta, np.full(theta.shape, np.nan)
    h = (counts.sum() / counts).reshape(-1, *[1] * theta.ndim)
    estimate = groups * theta - ((1 - 1 / h) * without).sum(axis=0)
    pseudo = h * theta - (h - 1) * without
    return estimate, np.sqrt(((pseudo - estimate) ** 2 / (h - 1)).mean(axis=0))


def step_bound(fine: NDArray[np.inexact], coarse: NDArray[np.inexact], counts: Array) -> NDArray[np.inexact]:
    """How much doubled steps change a quantity, with the standard error of that added; (1 + G, ...) -> (...).

    fine, coarse: replicates of the same trajectories in single and in doubled steps.  Of a complex quantity, the bounds
    of the real and of the imaginary part.
    """
    shift, error = jackknife(coarse - fine, counts)
    if np.iscomplexobj(shift):
        return np.asarray(np.abs(shift.real) + error.real + 1j * (np.abs(shift.imag) + error.imag))
    return np.asarray(np.abs(shift) + error)


def perturbed(values: Array, counts: Array) -> Array:
    """64 copies of θ that scatter about it as the estimate does about the truth, (1 + G, ...) -> (64, ...).

    θ* = θ + Σ_j ε_j √((h_j − 1)/G) (θ_(−j) − θ) with signs ε_j in a balanced array: the copies have exactly the
    covariance that the jackknife finds.  What is computed from them shows the error of a quantity with kinks, which the
    twenty values of the jackknife, too close to θ to reach a kink, do not.  Up to 31 groups.
    Source: balanced repeated replication (McCarthy 1969) with the jackknife's differences.
    """
    theta, without = values[0], values[1:]
    h = counts.sum() / counts
    scale = np.sqrt((h - 1) / len(counts))
    signs = hadamard(32)[:, 1 : 1 + len(counts)] * scale
    shifts = np.tensordot(signs, without - theta, axes=1)
    return np.concatenate([theta + shifts, theta - shifts])

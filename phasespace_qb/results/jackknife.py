"""Sampling errors of anything that can be computed from sums over trajectories.

The blocks of an ensemble are dealt to 20 groups.  A quantity is computed from all groups and with each of them left
out; the scatter of the latter is its standard error, their mean corrects its bias of order 1/N.
"""

import numpy as np
from numpy.typing import NDArray

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

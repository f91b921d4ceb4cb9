"""How likely a two-level load is excited by each number state of the battery: the discharge in Heisenberg's picture.

P_e(t) = Σ_n w_n(t) p_n.  Coupling and losses keep ρ_mn with different m − n apart, so P_e depends on the number
distribution p_n of the battery alone, whatever its coherences are, and linearly: errors of p_n go through the same w.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.linalg import expm_multiply

Array = NDArray[np.float64]


def load_response(levels: int, times: Array, coupling: float, gamma_s: float, gamma_a: float, detuning: float) -> Array:
    """w_n(t), shape (T, levels), in 0 … 1; parameters as in `phasespace_qb.discharging.jaynes_cummings`.

    O(0) = σ₊σ₋ and Ȯ = i[H', O] + Σ γ (L†OL − ½{L†L, O}) couple, for m excitations in all, A_m = ⟨m,g|O|m,g⟩,
    B_m = ⟨m−1,e|O|m−1,e⟩ and C_m = ⟨m,g|O|m−1,e⟩ = u + iv with those of m − 1; w_n = A_n.  Without loss and detuning
    w_n = sin²(g_a √n t).
    """
    m = np.arange(levels)
    root = coupling * np.sqrt(m)
    places = tuple(m + part * levels for part in range(4))
    a, b, u, v = places
    pair_loss = -gamma_s * (m - 0.5) - 0.5 * gamma_a
    pair_gain = gamma_s * np.sqrt(m * np.maximum(m - 1, 0))
    # (row, column, value, how far below in m the column is)
    terms = [
        (a, v, 2 * root, 0),
        (b, v, -2 * root, 0),
        (v, b, root, 0),
        (v, a, -root, 0),
        (u, v, detuning + 0 * root, 0),
        (v, u, -detuning + 0 * root, 0),
        (a, a, -gamma_s * m, 0),
        (b, b, -gamma_s * (m - 1) - gamma_a, 0),
        (u, u, pair_loss, 0),
        (v, v, pair_loss, 0),
        (a, a, gamma_s * m, 1),
        (b, a, gamma_a + 0 * root, 1),
        (b, b, gamma_s * (m - 1), 1),
        (u, u, pair_gain, 1),
        (v, v, pair_gain, 1),
    ]
    # Without an excitation there is A alone, and it stays 0.
    rows = np.concatenate([row[1:] for row, *_ in terms])
    columns = np.concatenate([column[1 - below : levels - below] for _, column, _, below in terms])
    values = np.concatenate([value[1:] for *_, value, _ in terms])
    rate = coo_array((values, (rows, columns)), shape=(4 * levels, 4 * levels)).tocsr()
    operator = np.zeros(4 * levels)
    operator[b[1:]] = 1.0
    found, now = np.empty((len(times), levels)), 0.0
    for index, instant in enumerate(times):
        if instant > now:
            operator, now = expm_multiply(rate * (instant - now), operator), float(instant)
        found[index] = operator[:levels]
    return found

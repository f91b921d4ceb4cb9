"""Source of the compiled module that sums number distributions over snapshots; loaded through the cache."""

import numpy as np
from numba import njit

B = 128
FAST = {"contract", "reassoc", "arcp", "nsz"}


@njit("void(f8[:, :, :, ::1], i8, i8, i8, f8[:, ::1])", fastmath=FAST, error_model="numpy", nogil=True, cache=True)
def number_distribution(snapshots, count, a, a_plus, sums):
    """Add Re e^(−N) N^n/n!, N = α⁺α, to sums [save, n]; a and a_plus are the variables of the mode."""
    saves = snapshots.shape[0]
    levels = sums.shape[1]
    number_re, number_im = np.empty(B), np.empty(B)
    re, im = np.empty(B), np.empty(B)
    for k in range(saves):
        for first in range(0, count, B):
            width = min(B, count - first)
            x, y = snapshots[k, a, 0, first : first + width], snapshots[k, a, 1, first : first + width]
            u, v = snapshots[k, a_plus, 0, first : first + width], snapshots[k, a_plus, 1, first : first + width]
            for i in range(width):
                number_re[i] = x[i] * u[i] - y[i] * v[i]
                number_im[i] = x[i] * v[i] + y[i] * u[i]
                size = np.exp(-number_re[i])
                re[i] = size * np.cos(number_im[i])
                im[i] = -size * np.sin(number_im[i])
            for n in range(levels):
                total = 0.0
                factor = 1.0 / (n + 1)
                for i in range(width):
                    total += re[i]
                    r = (re[i] * number_re[i] - im[i] * number_im[i]) * factor
                    im[i] = (re[i] * number_im[i] + im[i] * number_re[i]) * factor
                    re[i] = r
                sums[k, n] += total

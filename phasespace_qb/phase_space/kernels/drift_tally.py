"""Source of the compiled module that bins the size of the drift; it is loaded through the cache like `tally`.

A size is binned by its bits: an octave is cut in eight at 1, 1.125, … 1.875, so no logarithm is taken.
"""

import numpy as np
from numba import njit

B = 128
FAST = {"contract", "reassoc", "arcp", "nsz"}


@njit(fastmath=FAST, error_model="numpy")
def add_drift(snapshot, first, width, terms, factors, coefficients, ar, ai):
    """Set ar + i·ai to the sum of the terms terms[0] … terms[1] of a drift, for `width` trajectories."""
    variables, degree = snapshot.shape[0], factors.shape[1]
    pr, pi = np.empty(B), np.empty(B)
    for i in range(width):
        ar[i] = 0.0
        ai[i] = 0.0
    for n in range(terms[0], terms[1]):
        for i in range(width):
            pr[i] = coefficients[n, 0]
            pi[i] = coefficients[n, 1]
        for j in range(degree):
            factor = factors[n, j]
            if factor == variables:
                break
            v = factor if factor >= 0 else ~factor
            sign = 1.0 if factor >= 0 else -1.0
            x = snapshot[v, 0, first : first + width]
            y = snapshot[v, 1, first : first + width]
            for i in range(width):
                q = sign * y[i]
                r = pr[i] * x[i] - pi[i] * q
                pi[i] = pr[i] * q + pi[i] * x[i]
                pr[i] = r
        for i in range(width):
            ar[i] += pr[i]
            ai[i] += pi[i]


@njit(
    "void(f8[:, :, :, ::1], i8, i8[::1], i8[:, ::1], f8[:, :, ::1], i8, i8[::1], i8[::1], f8[:, :, ::1])",
    fastmath=FAST,
    error_model="numpy",
    nogil=True,
    cache=True,
)
def drift_sizes(snapshots, count, first_term, factors, coefficients, lowest, first_member, members, sums):
    """Add one trajectory to the bin of |A(z)| in sums [save, set, 2 bin + 2], for each of the first `count`.

    first_term [variable + 1]: where the drift terms of a variable begin.  factors [term, degree]: variables, ~v for a
    conjugate, filled up with the number of variables.  coefficients [save, term, part].  lowest: number of the first
    bin, eighths of octaves from the smallest float on.  first_member [set + 1]: where the variables of a set begin in
    members; |A| and |z|² are over these.  After the bins stand how many are not finite and, in the first set, how many
    have any variable that is not real, and then, for each bin, the sum of |z|² over its trajectories.
    """
    saves, variables, sets = snapshots.shape[0], snapshots.shape[1], len(first_member) - 1
    bins = sums.shape[2] // 2 - 1
    ar, ai, size, off_axis, square = np.empty(B), np.empty(B), np.empty(B), np.empty(B), np.empty(B)
    bits = size.view(np.int64)
    for k in range(saves):
        for first in range(0, count, B):
            width = min(B, count - first)
            off_axis[:] = 0.0
            for v in range(variables):
                y = snapshots[k, v, 1, first : first + width]
                for i in range(width):
                    off_axis[i] += abs(y[i])
            for i in range(width):
                sums[k, 0, bins + 1] += 0.0 if off_axis[i] == 0.0 else 1.0
            for s in range(sets):
                size[:] = 0.0
                square[:] = 0.0
                for v in members[first_member[s] : first_member[s + 1]]:
                    x = snapshots[k, v, 0, first : first + width]
                    y = snapshots[k, v, 1, first : first + width]
                    add_drift(snapshots[k], first, width, first_term[v : v + 2], factors, coefficients[k], ar, ai)
                    for i in range(width):
                        square[i] += x[i] * x[i] + y[i] * y[i]
                        size[i] += ar[i] * ar[i] + ai[i] * ai[i]
                for i in range(width):
                    size[i] = np.sqrt(size[i])
                for i in range(width):
                    if size[i] < np.inf:
                        bin = min(max((bits[i] >> 49) - lowest, 0), bins - 1)
                        sums[k, s, bin] += 1.0
                        sums[k, s, bins + 2 + bin] += square[i]
                    else:
                        sums[k, s, bins] += 1.0

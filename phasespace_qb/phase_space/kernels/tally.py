"""Source of the compiled module that sums over snapshots; like the kernels, it is loaded through the cache.

A snapshot is [variable, part, trajectory]; all sums run over the first `count` trajectories.
"""

import numpy as np
from numba import njit

B = 128
FAST = {"contract", "reassoc", "arcp", "nsz"}


@njit(
    "void(f8[:, :, :, ::1], i8, i8[:, ::1], f8[:, :, ::1])", fastmath=FAST, error_model="numpy", nogil=True, cache=True
)
def moments(snapshots, count, tree, sums):
    """Add every product of factors to sums [save, product + 1, part].

    tree [product, (parent, factor)]: a product is an earlier one (parent ≥ 0), or 1, times a factor; a negative factor
    ~v is the conjugate of variable v.  Row 0 of the sums counts trajectories and those that are not finite.
    """
    saves, variables = snapshots.shape[0], snapshots.shape[1]
    products = tree.shape[0]
    # Row 0 is the empty product, 1.
    re = np.ones((products + 1, B))
    im = np.zeros((products + 1, B))
    for k in range(saves):
        for first in range(0, count, B):
            width = min(B, count - first)
            bad = 0
            for i in range(first, first + width):
                total = 0.0
                for v in range(variables):
                    total += snapshots[k, v, 0, i] * 0.0 + snapshots[k, v, 1, i] * 0.0
                bad += 0 if total == 0.0 else 1
            sums[k, 0, 0] += width
            sums[k, 0, 1] += bad
            for n in range(products):
                parent, factor = tree[n, 0], tree[n, 1]
                v = factor if factor >= 0 else ~factor
                sign = 1.0 if factor >= 0 else -1.0
                x = snapshots[k, v, 0, first : first + width]
                y = snapshots[k, v, 1, first : first + width]
                pr, pi = re[n + 1], im[n + 1]
                a = 0.0
                b = 0.0
                qr, qi = re[parent + 1], im[parent + 1]
                for i in range(width):
                    r = qr[i] * x[i] - sign * qi[i] * y[i]
                    m = sign * qr[i] * y[i] + qi[i] * x[i]
                    pr[i] = r
                    pi[i] = m
                    a += r
                    b += m
                sums[k, n + 1, 0] += a
                sums[k, n + 1, 1] += b

"""Source of the compiled module that sums products of two times; it is loaded through the cache like `tally`.

Amplitudes at origins are kept in a ring until the last lag has passed: a slab needs as much memory as it has origins
under way, however long the record is.
"""
# mypy: ignore-errors

import numpy as np
from numba import njit

B = 128
FAST = {"contract", "reassoc", "arcp", "nsz"}


@njit(fastmath=FAST, error_model="numpy")
def read_now(snapshot, first, width, own, partner, now):
    """Set now to the parts of a, b and n = ba of `width` trajectories; returns how many are not finite."""
    bad = 0
    for i in range(width):
        total = 0.0
        for v in range(snapshot.shape[0]):
            total += snapshot[v, 0, first + i] * 0.0 + snapshot[v, 1, first + i] * 0.0
        bad += 0 if total == 0.0 else 1
    for i in range(width):
        now[i] = snapshot[own, 0, first + i]
        now[B + i] = snapshot[own, 1, first + i]
    for i in range(width):
        now[2 * B + i] = snapshot[partner, 0, first + i] if partner >= 0 else now[i]
        now[3 * B + i] = snapshot[partner, 1, first + i] if partner >= 0 else -now[B + i]
    for i in range(width):
        now[4 * B + i] = now[2 * B + i] * now[i] - now[3 * B + i] * now[B + i]
        now[5 * B + i] = now[2 * B + i] * now[B + i] + now[3 * B + i] * now[i]
    return bad


@njit(fastmath=FAST, error_model="numpy")
def add_means(now, width, bad, means):
    """Add one-time sums: how many trajectories, how many not finite, Re and Im of a + b*, and Re n."""
    ar, ai, number = 0.0, 0.0, 0.0
    for i in range(width):
        ar += now[i] + now[2 * B + i]
        ai += now[B + i] - now[3 * B + i]
        number += now[4 * B + i]
    means[0] += width
    means[1] += bad
    means[2] += ar
    means[3] += ai
    means[4] += number


@njit(fastmath=FAST, error_model="numpy")
def add_products(origin, now, width, products):
    """Add b₀a + (a₀b)*, a₀a + (b₀b)* and Re n₀n."""
    fr, fi, gr, gi, h = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(width):
        x0, y0, u0, v0 = origin[i], origin[B + i], origin[2 * B + i], origin[3 * B + i]
        x, y, u, v = now[i], now[B + i], now[2 * B + i], now[3 * B + i]
        fr += u0 * x - v0 * y + x0 * u - y0 * v
        fi += u0 * y + v0 * x - x0 * v - y0 * u
        gr += x0 * x - y0 * y + u0 * u - v0 * v
        gi += x0 * y + y0 * x - u0 * v - v0 * u
        h += origin[4 * B + i] * now[4 * B + i] - origin[5 * B + i] * now[5 * B + i]
    products[0] += fr
    products[1] += fi
    products[2] += gr
    products[3] += gi
    products[4] += h


@njit(
    "void(f8[:, :, :, ::1], i8, i8, i8, i8, i8, i8, i8, f8[:, :, ::1], f8[:, ::1], f8[:, ::1])",
    fastmath=FAST,
    error_model="numpy",
    nogil=True,
    cache=True,
)
def two_times(snapshots, count, first_save, own, partner, lags, stride, origins, ring, products, means):
    """Add products of two times to products [lag, 5], and one-time sums to means [save, 5].

    a is the variable `own`, b the variable `partner`, or a* where that is negative.  Every stride-th save is an origin,
    as many as `origins`.  ring [origin modulo its length, tile, 6 · lane]: a₀, b₀ and n₀ of origins under way.
    """
    slots = ring.shape[0]
    now = np.empty(6 * B)
    for first in range(0, count, B):
        width = min(B, count - first)
        tile = first // B
        for k in range(snapshots.shape[0]):
            save = first_save + k
            bad = read_now(snapshots[k], first, width, own, partner, now)
            add_means(now, width, bad, means[save])
            newest = save // stride
            if newest * stride == save and newest < origins:
                ring[newest % slots, tile, :] = now
            oldest = max(0, (save - lags + stride) // stride)
            for origin in range(oldest, min(newest, origins - 1) + 1):
                add_products(ring[origin % slots, tile], now, width, products[save - origin * stride])

"""Krylov basis and small exponential, compiled together with the right-hand side; this file is read as text.

What follows the marker below is appended to the generated `rhs`.
"""

# ruff: noqa
import numpy as np

FAST: set[str] = set()
VECTOR = MATRIX = TABLES = ""


def njit(*_, **__):
    """Stands for numba's decorator, so that this file can be imported."""
    return lambda function: function


def rhs_and_products(out, y, z, tables):
    """Stands for the generated function."""


def subtract(out, y, z, a, b, tables):
    """Stands for the generated function."""


# -- compiled --
@njit(f"i8({MATRIX}, {MATRIX}, {VECTOR}, i8, {TABLES})", fastmath=FAST, error_model="numpy", nogil=True, cache=True)
def krylov_basis(V, H, scale, m, tables):
    """Vectors V[1 … m] with v_(k+1) = Lv_k − a_k v_k − b_k v_(k−1), their lengths in `scale`, and H; V[0] is given.

    Each is orthogonal to the two before it and no more: that costs two passes over memory instead of k.  The vectors
    keep their lengths; H, tridiagonal, is in terms of vectors of length 1.
    Returns the number of vectors made: fewer than m where the space closes, −1 where it is not finite.
    """
    scale[0] = np.sqrt(subtract(V[0], V[0], V[0], 0.0, 0.0, tables))
    largest = 0.0
    for k in range(m):
        w, last, before = V[k + 1], V[k], V[max(k - 1, 0)]
        d1, d2 = rhs_and_products(w, last, before, tables)
        a = d2 / (scale[k] * scale[k])
        b = d1 / (scale[k - 1] * scale[k - 1]) if k else 0.0
        total = subtract(w, last, before, a, b, tables)
        if not np.isfinite(total):
            return -1
        scale[k + 1] = np.sqrt(total)
        H[k, k] = a
        H[k + 1, k] = scale[k + 1] / scale[k]
        if k:
            H[k - 1, k] = b * scale[k - 1] / scale[k]
        largest = max(largest, abs(a), H[k + 1, k])
        if H[k + 1, k] <= 1e-12 * largest:
            return k + 1
    return m


@njit(f"void({VECTOR}, {MATRIX}, {VECTOR})", fastmath=FAST, error_model="numpy", nogil=True, cache=True)
def combine(out, V, weights):
    """out = Σ_k weights_k V_k, four vectors at a time and in pieces that stay in the cache."""
    count, size = weights.shape[0], V.shape[1]
    for begin in range(0, size, 16384):
        end = min(begin + 16384, size)
        w0 = weights[0]
        for i in range(begin, end):
            out[i] = w0 * V[0, i]
        k = 1
        while k + 3 < count:
            w0, w1, w2, w3 = weights[k], weights[k + 1], weights[k + 2], weights[k + 3]
            for i in range(begin, end):
                out[i] += w0 * V[k, i] + w1 * V[k + 1, i] + w2 * V[k + 2, i] + w3 * V[k + 3, i]
            k += 4
        while k < count:
            w0 = weights[k]
            for i in range(begin, end):
                out[i] += w0 * V[k, i]
            k += 1


@njit(f"void({VECTOR}, {MATRIX}, {VECTOR}, i8[::1])", fastmath=FAST, error_model="numpy", nogil=True, cache=True)
def combine_at(out, V, weights, places):
    """The same at some places only."""
    for i in range(places.shape[0]):
        out[i] = weights[0] * V[0, places[i]]
    for k in range(1, weights.shape[0]):
        w = weights[k]
        for i in range(places.shape[0]):
            out[i] += w * V[k, places[i]]


@njit(
    f"Tuple((f8, f8, i8))({MATRIX}, i8, b1, f8, f8, f8, {VECTOR}, {MATRIX}, {VECTOR})",
    error_model="numpy",
    nogil=True,
    cache=True,
)
def march(H, m, closed, beta, rate, longest, offsets, weights, at_end):
    """Solve c' = Hc, c(0) = beta e₀, until the error outgrows `rate` per unit time or `longest` is reached.

    The error of the answer with m + 1 vectors is the weight of a further component, fed by the last vector with the
    largest rate seen.  offsets: times, increasing, at which the weights are wanted; rows of `weights` are filled.
    Returns the time reached, the error made, and how many offsets were passed.
    """
    n = m if closed else m + 1
    norm = 0.0
    for k in range(m):
        column = abs(H[k, k]) + abs(H[k + 1, k])
        if k:
            column += abs(H[k - 1, k])
        norm = max(norm, column)
    c = np.zeros(n + 1)
    c[0] = beta
    x, y, new = np.empty(n + 1), np.empty(n + 1), np.empty(n + 1)
    tau, error, passed = 0.0, 0.0, 0
    substep = 2.0 / norm if norm > 0.0 else longest
    while True:
        # The end of the step is compared, not tau + h, which may round to less than it.
        reached = min(tau + substep, longest)
        hit = passed < offsets.shape[0] and offsets[passed] <= reached
        if tau >= longest and not hit:
            break
        if hit:
            reached = max(offsets[passed], tau)
        h = reached - tau
        for i in range(n + 1):
            x[i] = c[i]
            new[i] = c[i]
        for k in range(1, 80):
            for i in range(n):
                total = 0.0
                if i:
                    total += H[i, i - 1] * x[i - 1]
                if i < m:
                    total += H[i, i] * x[i]
                if i + 1 < m:
                    total += H[i, i + 1] * x[i + 1]
                y[i] = total * (h / k)
            y[n] = 0.0 if closed else norm * x[n - 1] * (h / k)
            size = 0.0
            for i in range(n + 1):
                x[i] = y[i]
                new[i] += y[i]
                size += abs(y[i])
            if size < 1e-18 * beta:
                break
        if not closed and abs(new[n]) > rate * (tau + h):
            if tau > 0.0 or h < 1e-14 * longest:
                break
            substep = h / 2
            continue
        for i in range(n + 1):
            c[i] = new[i]
        tau = reached
        error = abs(c[n])
        if hit:
            for i in range(n):
                weights[passed, i] = c[i]
            passed += 1
    for i in range(n):
        at_end[i] = c[i]
    return tau, error, passed

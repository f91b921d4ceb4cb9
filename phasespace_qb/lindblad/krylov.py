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


def rhs_combined(out, y, z, a, b, tables):
    """Stands for the generated function."""


def products(out, y, z, tables):
    """Stands for the generated function."""


def subtract(out, y, z, a, b, tables):
    """Stands for the generated function."""


# -- compiled --
@njit(
    f"i8({MATRIX}, {MATRIX}, {VECTOR}, {VECTOR}, {VECTOR}, b1, i8, {TABLES})",
    fastmath=FAST,
    error_model="numpy",
    nogil=True,
    cache=True,
)
def krylov_basis(V, H, scale, own, last, known, m, tables):
    """Vectors V[1 … m] with v_(k+1) = Lv_k − a_k v_k − b_k v_(k−1), their lengths in `scale`, and H; V[0] is given.

    known: take a and b from `own` and `last`, and each vector is made in one pass over memory.  Otherwise they are
    found, in three passes, such that each vector is orthogonal to the two before it and no more.
    The vectors keep their lengths; H, tridiagonal, is in terms of vectors of length 1.
    Returns the number of vectors made: fewer than m where the space closes, −1 where it is not finite.
    """
    scale[0] = np.sqrt(subtract(V[0], V[0], V[0], 0.0, 0.0, tables))
    largest = 0.0
    for k in range(m):
        w, v, before = V[k + 1], V[k], V[max(k - 1, 0)]
        if known:
            total_ = rhs_combined(w, v, before, own[k], last[k] if k else 0.0, tables)
        else:
            rhs_combined(w, v, v, 0.0, 0.0, tables)
            d1, d2 = products(w, v, before, tables)
            own[k] = d2 / (scale[k] * scale[k])
            last[k] = d1 / (scale[k - 1] * scale[k - 1]) if k else 0.0
            total_ = subtract(w, v, before, own[k], last[k], tables)
        if not np.isfinite(total_):
            return -1
        scale[k + 1] = np.sqrt(total_)
        H[k, k] = own[k]
        H[k + 1, k] = scale[k + 1] / scale[k]
        if k:
            H[k - 1, k] = last[k] * scale[k - 1] / scale[k]
        largest = max(largest, abs(own[k]), H[k + 1, k])
        if H[k + 1, k] <= 1e-12 * largest:
            return k + 1
    return m


@njit(f"void({VECTOR}, {MATRIX}, {VECTOR})", fastmath=FAST, error_model="numpy", nogil=True, cache=True)
def combine(out, V, weights):
    """out = Σ_k weights_k V_k, eight vectors at a time and in pieces that stay in the cache; whole words only."""
    count, size = weights.shape[0], V.shape[1]
    for begin in range(0, size, 4096):
        end = min(begin + 4096, size)
        for k in range(0, count, 8):
            if k + 8 <= count:
                w0, w1, w2, w3 = splat(weights[k]), splat(weights[k + 1]), splat(weights[k + 2]), splat(weights[k + 3])
                w4, w5, w6, w7 = (
                    splat(weights[k + 4]),
                    splat(weights[k + 5]),
                    splat(weights[k + 6]),
                    splat(weights[k + 7]),
                )
                V0, V1, V2, V3 = V[k], V[k + 1], V[k + 2], V[k + 3]
                V4, V5, V6, V7 = V[k + 4], V[k + 5], V[k + 6], V[k + 7]
                for i in range(begin, end, 8):
                    c = u(i)
                    low = w0 * load(V0, c) + w1 * load(V1, c) + w2 * load(V2, c) + w3 * load(V3, c)
                    high = w4 * load(V4, c) + w5 * load(V5, c) + w6 * load(V6, c) + w7 * load(V7, c)
                    if k:
                        low = low + load(out, c)
                    store(out, c, low + high)
            else:
                for rest in range(k, count):
                    w0, V0 = splat(weights[rest]), V[rest]
                    for i in range(begin, end, 8):
                        c = u(i)
                        term = w0 * load(V0, c)
                        if rest:
                            term = term + load(out, c)
                        store(out, c, term)


@njit(f"void({VECTOR}, {MATRIX}, {VECTOR}, u8[::1])", fastmath=FAST, error_model="numpy", nogil=True, cache=True)
def combine_at(out, V, weights, places):
    """The same at some places only, four vectors at a time."""
    count = weights.shape[0]
    out[:] = 0.0
    for k in range(0, count - count % 4, 4):
        w0, w1, w2, w3 = weights[k], weights[k + 1], weights[k + 2], weights[k + 3]
        V0, V1, V2, V3 = V[k], V[k + 1], V[k + 2], V[k + 3]
        for i in range(places.shape[0]):
            p = places[i]
            out[i] += w0 * V0[p] + w1 * V1[p] + w2 * V2[p] + w3 * V3[p]
    for k in range(count - count % 4, count):
        w0, V0 = weights[k], V[k]
        for i in range(places.shape[0]):
            out[i] += w0 * V0[places[i]]


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

"""Source of the compiled module that sums moments of the momentum at given position; loaded through the cache.

Sums of one save time are [k, position], flat; `at` is where the first position of a sample stands, `size` the number of
positions.  Gaussians on equidistant points follow by recurrence: g, g·ratio, g·ratio·(ratio·slope), …
"""

import numpy as np
from numba import njit

FAST = {"contract", "reassoc", "arcp", "nsz"}
REACH = 4.3
"""Half width of the kernel in its own unit: exp(−4.3²) < 10⁻⁸."""
SMOOTH = 0.55
"""Width of the kernel for symmetrically ordered samples; what it smooths is at least as wide as the vacuum, 0.71."""
ON_THE_LINE = 1e-9
"""Imaginary parts below this are rounding."""
LARGEST = 1e150


@njit(fastmath=FAST, error_model="numpy")
def add_imaginary(sums, at, size, count, z, unit, norm, p):
    """A real position and an imaginary momentum i·p: odd moments vanish."""
    p2 = -p * p
    p4 = p2 * p2
    g, ratio, slope = norm * np.exp(-z * z), np.exp(-(2.0 * z + unit) * unit), np.exp(-2.0 * unit * unit)
    for j in range(at, at + count):
        sums[j] += g
        sums[j + 2 * size] += g * p2
        sums[j + 4 * size] += g * p4
        g *= ratio
        ratio *= slope


@njit(fastmath=FAST, error_model="numpy")
def add_real(sums, at, size, count, z, unit, norm, p):
    """A real position and momentum; the Gaussian times (15 − 10 s² + s⁴)/8, s² = 2z²."""
    p2 = p * p
    g, ratio, slope = norm * np.exp(-z * z), np.exp(-(2.0 * z + unit) * unit), np.exp(-2.0 * unit * unit)
    for j in range(count):
        s2 = 2.0 * (z + j * unit) ** 2
        w = g * (15.0 - 10.0 * s2 + s2 * s2) * 0.125
        sums[at + j] += w
        sums[at + j + size] += w * p
        sums[at + j + 2 * size] += w * p2
        sums[at + j + 3 * size] += w * p2 * p
        sums[at + j + 4 * size] += w * p2 * p2
        g *= ratio
        ratio *= slope


@njit(fastmath=FAST, error_model="numpy")
def add_complex(sums, at, size, count, z, unit, norm, x, p):
    """Position z − i·x.imag and momentum p, both complex: e^(−(z − ix)²) = e^(−z²) e^(x²) e^(2izx)."""
    p2 = p * p
    p3 = p2 * p
    p4 = p2 * p2
    shift = x.imag
    g = norm * np.exp(-z * z + shift * shift)
    ratio, slope = np.exp(-(2.0 * z + unit) * unit), np.exp(-2.0 * unit * unit)
    c, s = np.cos(2.0 * z * shift), np.sin(2.0 * z * shift)
    turn_c, turn_s = np.cos(2.0 * unit * shift), np.sin(2.0 * unit * shift)
    for j in range(at, at + count):
        re, im = g * c, g * s
        sums[j] += re
        sums[j + size] += re * p.real - im * p.imag
        sums[j + 2 * size] += re * p2.real - im * p2.imag
        sums[j + 3 * size] += re * p3.real - im * p3.imag
        sums[j + 4 * size] += re * p4.real - im * p4.imag
        g *= ratio
        ratio *= slope
        c, s = c * turn_c - s * turn_s, s * turn_c + c * turn_s


@njit(
    "void(f8[:, :, :, ::1], i8, i8, i8, f8[::1], f8[::1], i8[::1], i8[::1], f8[::1])",
    fastmath=FAST,
    error_model="numpy",
    nogil=True,
    cache=True,
)
def momentum_slices(snapshots, count, a, a_plus, phases, spacings, halves, starts, sums):
    """Add Re K(x_j − x) p^k, k = 0 … 4, at x_j = j·spacing, |j| ≤ half, to sums[start + k (2 half + 1) + half + j].

    x = (α e^(−iφ) + α⁺ e^(iφ))/√2 and p = (α e^(−iφ) − α⁺ e^(iφ))/(i√2) of the variables a and a_plus, complex.
    K(z) = e^(−z²)/√π.  If a_plus is negative, α⁺ is the conjugate of α; x and p are real, and K is the Gaussian of
    width b = 0.55 with the polynomial that leaves all moments up to the fifth alone,
    (15 − 10 s² + s⁴)/8 · e^(−s²/2)/(b√(2π)), s = z/b.
    """
    conjugate = a_plus < 0
    partner = a if conjugate else a_plus
    sign = -1.0 if conjugate else 1.0
    width = np.sqrt(2.0) * SMOOTH if conjugate else 1.0
    norm = 1.0 / (np.sqrt(np.pi) * width)
    for k in range(snapshots.shape[0]):
        cos, sin = np.cos(phases[k]) * np.sqrt(0.5), np.sin(phases[k]) * np.sqrt(0.5)
        turn = complex(cos, -sin)
        back = complex(cos, sin)
        spacing, half = spacings[k], halves[k]
        size, middle = 2 * half + 1, starts[k] + half
        unit = spacing / width
        for i in range(count):
            own = complex(snapshots[k, a, 0, i], snapshots[k, a, 1, i])
            other = complex(snapshots[k, partner, 0, i], sign * snapshots[k, partner, 1, i])
            if not abs(own.real) + abs(own.imag) + abs(other.real) + abs(other.imag) < LARGEST:
                continue  # diverged: counted elsewhere, and off every grid
            u, v = own * turn, other * back
            x = u + v
            p = complex(u.imag - v.imag, v.real - u.real)
            reach = REACH / unit
            first = max(-half, int(np.ceil(max(x.real / spacing - reach, -1e9))))
            last = min(half, int(np.floor(min(x.real / spacing + reach, 1e9))))
            if first > last:
                continue
            z = (first * spacing - x.real) / width
            if conjugate:
                add_real(sums, middle + first, size, last - first + 1, z, unit, norm, p.real)
            elif abs(x.imag) < ON_THE_LINE and abs(p.real) < ON_THE_LINE:
                add_imaginary(sums, middle + first, size, last - first + 1, z, unit, norm, p.imag)
            else:
                add_complex(sums, middle + first, size, last - first + 1, z, unit, norm, x, p)

"""Head of every generated kernel module: random numbers and complex roots for one tile of trajectories.

This text is placed before generated code and compiled with it, so that LLVM sees both.  A tile is B trajectories,
and every loop over i runs across them: that is the loop which becomes vector instructions.  No `math` function occurs,
because each would be a scalar call in the middle of it.
"""

import math

import numpy as np
from numba import njit

B = 128
# Not `nnan` nor `ninf`: with them the compiler may delete every check for NaN and infinity.
FAST = {"contract", "reassoc", "arcp", "nsz"}

u64, i32, f32 = np.uint64, np.int32, np.float32
UNIT, ANGLE = f32(2.0**-31), f32(2 * math.pi / 2**32)
ONE, HALF, MINUS_HALF, MINUS_TWO, ZERO, TINY = f32(1), f32(0.5), f32(-0.5), f32(-2), f32(0), f32(1e-20)
HALF_PI, LN2 = f32(math.pi / 2), f32(math.log(2))
MANTISSA_OF_ROOT_HALF = i32(0x3F3504F3)
# Minimax polynomial of log on [√½, √2) (Cephes logf) and Taylor polynomial of sin on [−π/2, π/2], single precision.
L0, L1, L2 = f32(7.0376836292e-2), f32(-1.1514610310e-1), f32(1.1676998740e-1)
L3, L4, L5 = f32(-1.2420140846e-1), f32(1.4249322787e-1), f32(-1.6668057665e-1)
L6, L7, L8 = f32(2.0000714765e-1), f32(-2.4999993993e-1), f32(3.3333331174e-1)
S1, S2, S3 = f32(-1 / 6), f32(1 / 120), f32(-1 / 5040)
S4, S5 = f32(1 / 362880), f32(-1 / 39916800)
FAR, NEAR = f32(math.sqrt(1 + math.sqrt(6))), f32(math.sqrt(1 - math.sqrt(2 / 3)))
ROOT_HALF = f32(math.sqrt(0.5))
LEAST_SQUARE = 1e-140  # below, x² loses digits
# What the random numbers of a tile need besides: 64-bit words and two arrays in single precision.
WORK = 2 * B
STRETCH = 16  # pairs of random numbers that are drawn at once, if one step does not take more


@njit(fastmath=FAST, error_model="numpy")
def sine(x):
    """Sine of an angle from −π/2 to π/2."""
    t = x * x
    return x * (ONE + t * (S1 + t * (S2 + t * (S3 + t * (S4 + t * S5)))))


@njit(fastmath=FAST, error_model="numpy")
def root(x, y):
    """Principal square root of x + iy, without a branch."""
    r = np.sqrt(x * x + y * y)
    a = np.sqrt(0.5 * (r + abs(x)) + 1e-300)
    b = 0.5 * y / a
    signed = -a if y < 0.0 else a
    return (abs(b) if x < 0.0 else a), (signed if x < 0.0 else b)


@njit(fastmath=FAST, error_model="numpy")
def root_near(x, y, x0, y0):
    """The square root of x + iy that is nearer to the principal root of x₀ + iy₀."""
    a, b = root(x, y)
    # The straight way between the two crosses the negative real axis, where the principal root changes sign.
    crossed = ((y < 0.0) != (y0 < 0.0)) & (x0 * abs(y) + x * abs(y0) < 0.0)
    return (-a if crossed else a), (-b if crossed else b)


@njit(fastmath=FAST, error_model="numpy")
def real_root(x):
    """The bits of `root` for x = 0 or x ≥ LEAST_SQUARE and y = 0: √(x²) is x."""
    return np.sqrt(x + 1e-300)


@njit(fastmath=FAST, error_model="numpy")
def unreal(x):
    """1 if `real_root` does not hold for x, else 0."""
    return 0 if (x >= LEAST_SQUARE) | (x == 0.0) else 1


@njit(fastmath=FAST, error_model="numpy")
def real_parts(y, x):
    """Set x [variable, lane] to the real parts of a tile; returns whether all imaginary parts are zero."""
    size = 0.0
    for p in range(0, x.size, B):
        for i in range(B):
            x[p + i] = y[2 * p + i]
            size += abs(y[2 * p + B + i])
    return size == 0.0


@njit(fastmath=FAST, error_model="numpy")
def set_real_parts(x, y):
    """The reverse; imaginary parts stay as they are."""
    for p in range(0, x.size, B):
        for i in range(B):
            y[2 * p + i] = x[p + i]


@njit(fastmath=FAST, error_model="numpy")
def two_points(mean, variance, edge, u):
    """A point with this mean and variance between ± edge: of two, the one that the uniform number u chooses.

    A variance above edge² − mean², which nothing between ± edge can have, becomes that: both points are edges.
    """
    size = abs(mean)
    spread = np.sqrt(variance)
    gap = np.sqrt(edge - size) ** 2  # NaN, and so counted, if the mean is outside
    inside = size + spread <= edge
    needed = spread if inside else variance / gap
    full = needed > size + edge
    below = size + edge if full else needed
    high = size + spread if inside else edge
    chance = 0.5 if inside else below / (gap + below)
    low = -edge if full else size - below
    x = high if u < chance else low
    return -x if mean < 0.0 else x


@njit(fastmath=FAST, error_model="numpy")
def draw_bits(g, bits):
    """64 random bits in every lane: xoshiro256++ (Blackman and Vigna 2021)."""
    for i in range(B):
        s0 = g[i]
        s1 = g[B + i]
        s2 = g[2 * B + i]
        s3 = g[3 * B + i]
        t = s0 + s3
        bits[i] = ((t << u64(23)) | (t >> u64(41))) + s0
        t = s1 << u64(17)
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= t
        s3 = (s3 << u64(45)) | (s3 >> u64(19))
        g[i] = s0
        g[B + i] = s1
        g[2 * B + i] = s2
        g[3 * B + i] = s3


@njit(fastmath=FAST, error_model="numpy")
def uniforms(g, z, pairs, work):
    """Fill z[0 : 2·pairs·B] with uniform numbers in (0, 1) of 23 bits."""
    bits = work[:B]
    for n in range(pairs):
        draw_bits(g, bits)
        o = 2 * n * B
        for i in range(B):
            z[o + i] = (f32(bits[i] >> u64(41)) + HALF) * f32(2.0**-23)
            z[o + B + i] = (f32((bits[i] >> u64(18)) & u64(0x7FFFFF)) + HALF) * f32(2.0**-23)


@njit(fastmath=FAST, error_model="numpy")
def four_points(g, z, pairs, work):
    """Fill z[0 : 2·pairs·B] with ± √(1+√6) (chance 1/8 each) and ± √(1−√⅔) (3/8 each).

    Their moments to order five are those of a normal number; each takes three random bits.
    """
    bits = work[:B]
    for n in range(pairs):
        draw_bits(g, bits)
        o = 2 * n * B
        for i in range(B):
            b = bits[i] >> u64(40)
            x = FAR if b & u64(3) == u64(0) else NEAR
            y = FAR if b & u64(48) == u64(0) else NEAR
            z[o + i] = -x if b & u64(4) == u64(0) else x
            z[o + B + i] = -y if b & u64(64) == u64(0) else y


@njit(fastmath=FAST, error_model="numpy")
def sum_of_two(w, z):
    """The normalised sum of the numbers of two steps, for one step of twice the length."""
    for i in range(z.size):
        z[i] = ROOT_HALF * (w[i] + z[i])


@njit(fastmath=FAST, error_model="numpy")
def first_of_two(w, z):
    """The numbers of the first of two steps: uniform numbers cannot be added."""
    for i in range(z.size):
        z[i] = w[i]


@njit(fastmath=FAST, error_model="numpy")
def normals(g, z, pairs, work):
    """Fill z[0 : 2·pairs·B] with standard normals: xoshiro256++ in every lane, then Box and Muller.

    The tile's 128 draws of 64 bits are read as 256 words: word i is the radius and word 128 + i the angle of the pair
    of trajectory i.  The radius has 30 random bits, so the normals end at 6.56 standard deviations.
    """
    bits = work[:B]
    word = bits.view(np.int32)
    u = work[B : B + B // 2].view(np.float32)
    u_bits = u.view(np.int32)
    exponent = work[B + B // 2 : 2 * B].view(np.float32)
    for n in range(pairs):
        draw_bits(g, bits)
        for i in range(B):
            u[i] = f32((word[i] >> i32(1)) & i32(0x7FFFFFFF) | i32(1)) * UNIT
        for i in range(B):
            b = u_bits[i]
            # Numba's sums of 32-bit numbers have 64 bits; back in 32, twice as many are done at once.
            e = i32(b - MANTISSA_OF_ROOT_HALF) >> i32(23)
            exponent[i] = f32(e)
            u_bits[i] = i32(b - (e << i32(23)))
        o = 2 * n * B
        for i in range(B):
            angle = f32(word[B + i]) * ANGLE
            x = u[i] - ONE
            p = (((((((L0 * x + L1) * x + L2) * x + L3) * x + L4) * x + L5) * x + L6) * x + L7) * x + L8
            log_u = (p * x) * (x * x) + (MINUS_HALF * x * x + x) + exponent[i] * LN2
            radius = np.sqrt(max(MINUS_TWO * log_u, TINY))
            size = abs(angle)
            s = sine(HALF_PI - abs(size - HALF_PI))
            z[o + i] = radius * sine(HALF_PI - size)
            z[o + B + i] = radius * (-s if angle < ZERO else s)

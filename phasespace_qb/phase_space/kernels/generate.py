"""From a layout and a tableau to the source of one compiled module.

The module has one entry, `advance`, which carries a slab of trajectories over many steps and writes snapshots.  Up to
FUSED_LIMIT variables the whole step is one loop with literal offsets, all stages in registers.  Beyond that there is
one loop per equation *shape*, over a table that says which variables and slots each equation reads, so that the length
of the source, and the time to compile it, do not grow with the number of modes.

Where all coefficients are real, there is a second step for tiles whose variables are.  They stay real until a radicand
turns negative; the steps since the last checkpoint are then made again with complex numbers, and so are all others.
Both steps give the same bits, so that nothing but the time depends on which one was taken.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.phase_space.integrators import Integrator, Noise
from phasespace_qb.phase_space.kernels.by_shape import step_by_shape
from phasespace_qb.phase_space.kernels.fused import fused_step
from phasespace_qb.phase_space.layout import Kind, Layout

FUSED_LIMIT = 8


@dataclass(frozen=True)
class KernelSource:
    """Source text of a module, and the table that it reads at run time (two numbers if the kernel is fused)."""

    text: str
    table: NDArray[np.int64]


def kernel_source(layout: Layout, integrator: Integrator, noise: Noise = Noise.GAUSSIAN) -> KernelSource:
    """Write the module for one layout, scheme and noise; equal layouts give equal text."""
    sizes = [2 * len(layout.equations), (layout.noise_count + 1) // 2]
    real_too = _stays_real(layout, integrator)
    text = _head(noise) + (_REAL_TOO if real_too else _COMPLEX_ONLY)
    rows: list[int] = []
    for real in (False, True) if real_too else (False,):
        if len(layout.equations) <= FUSED_LIMIT:
            step = fused_step(layout, integrator, real=real)
        else:
            step, rows = step_by_shape(layout, integrator, real=real)
        text += step
    return KernelSource(text + _ADVANCE, np.array(sizes + rows, dtype=np.int64))


def _stays_real(layout: Layout, integrator: Integrator) -> bool:
    """Whether real variables stay real while no radicand is negative; a bounded scheme is real anyway."""
    terms = [term for each in layout.equations for term in (*each.drift, *each.held)]
    for noise in (noise for each in layout.equations for noise in each.noise):
        terms += [*noise.radicand, *([noise.scale] if noise.scale is not None else [])]
    return not integrator.bounded and all(term.kind is Kind.REAL for term in terms)


def numbers_source(noise: Noise) -> str:
    """A module that only draws the random numbers of a step, as kernels with this noise do: what the twin reads."""
    return _head(noise) + _DRAW


def _head(noise: Noise) -> str:
    return Path(__file__).with_name("lanes.py").read_text(encoding="utf-8") + _NUMBERS[noise]


_NUMBERS = {
    Noise.GAUSSIAN: "\n\nnumbers, combined = normals, sum_of_two\n",
    Noise.FOUR_POINT: "\n\nnumbers, combined = four_points, sum_of_two\n",
    Noise.UNIFORM: "\n\nnumbers, combined = uniforms, first_of_two\n",
}
"""Which function of lanes.py makes the random numbers of a step, and which those of a step of twice the length."""

# A step in real numbers has the bits of the complex one if both are evaluated as written, up to the sign of a zero.
_REAL_TOO = '\n\nREAL_TOO, FAST_STEP = True, {"nsz"}\n'
_COMPLEX_ONLY = '''

REAL_TOO, FAST_STEP = False, FAST


@njit(fastmath=FAST, error_model="numpy")
def real_step(y, scratch, z, rows, row_of, m, table):
    """Not called."""
    return 1
'''

# Loops instead of slice assignments: numba compiles the words of a shape error for each of those, for 1.4 seconds.
_ADVANCE = '''

@njit(
    "void(f8[:, ::1], i8[:, ::1], i8, i8[::1], f8[::1], u8[::1], f8[::1], i8[::1], b1)",
    fastmath=FAST, error_model="numpy", nogil=True, cache=True,
)
def advance(rows, row_of, first_step, steps_to_save, state, generators, snapshots, table, in_pairs):
    """Carry all tiles of a slab from save to save and write the state at each.

    With `in_pairs`, each step is twice as long and takes the random numbers of two.

    state [tile, variable and part, lane], generators [tile, word, lane] and
    snapshots [save, variable and part, trajectory] are flat; these three are changed in place.
    """
    size, pairs = table[0], table[1]
    y = np.empty(size * B)
    x = np.empty(size * B // 2)
    kept = np.empty(size * B // 2)
    scratch = np.empty(SCRATCH * size * B)
    # Random numbers are drawn for a stretch of steps; those of a step, `width`, are the last of its one or two draws.
    draws, width = (2 if in_pairs else 1), 2 * pairs * B
    stretch = max(1, STRETCH // max(1, pairs * draws))
    z = np.empty(stretch * draws * width, np.float32)
    work = np.empty(WORK, np.uint64)
    g = np.empty(4 * B, np.uint64)
    tiles = state.size // (size * B)
    for tile in range(tiles):
        for i in range(size * B):
            y[i] = state[tile * size * B + i]
        for i in range(4 * B):
            g[i] = generators[tile * 4 * B + i]
        real = REAL_TOO and real_parts(y, x)
        m = first_step
        for k in range(steps_to_save.size):
            last = m + steps_to_save[k]
            while m < last:
                count = min(stretch, last - m)
                numbers(g, z, pairs * draws * count, work)
                if in_pairs:
                    for j in range(count):
                        o = 2 * j * width
                        combined(z[o : o + width], z[o + width : o + 2 * width])
                done = 0
                if real and IN_PLACE:
                    for i in range(x.size):
                        kept[i] = x[i]
                while real and done < count:
                    o = ((done + 1) * draws - 1) * width
                    real = real_step(x, scratch, z[o : o + width], rows, row_of, m + done, table) == 0
                    if real:
                        done += 1
                    else:
                        done = 0 if IN_PLACE else done
                        set_real_parts(kept if IN_PLACE else x, y)
                for j in range(done, count):
                    o = ((j + 1) * draws - 1) * width
                    step(y, scratch, z[o : o + width], rows, row_of, m + j, table)
                m += count
            if real:
                set_real_parts(x, y)
            for j in range(size):
                o = ((k * size + j) * tiles + tile) * B
                for i in range(B):
                    snapshots[o + i] = y[j * B + i]
        for i in range(size * B):
            state[tile * size * B + i] = y[i]
        for i in range(4 * B):
            generators[tile * 4 * B + i] = g[i]

'''

_DRAW = '''

@njit("void(u8[::1], f4[::1], i8)", fastmath=FAST, error_model="numpy", cache=True)
def draw(g, z, pairs):
    """The random numbers of one step of one tile: what the twin and the tests of the noise read."""
    numbers(g, z, pairs, np.empty(WORK, np.uint64))
'''

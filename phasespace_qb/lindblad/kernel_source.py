"""Writes the compiled right-hand side: one fused loop along each row, with as many terms as the generator has."""

from pathlib import Path

from phasespace_qb.lindblad.stencil import Stencil

_HEADER = '''"""Right-hand side of a master equation with {terms} terms; written by phasespace_qb, do not edit."""

import numpy as np
from numba import njit

# No nnan and no ninf: a state that is not finite must stay visible.
FAST = {{"contract", "reassoc", "arcp", "nsz"}}
u = np.uint64
VECTOR, MATRIX = "f8[::1]", "f8[:, ::1]"
TABLES = "Tuple((i8, i8, {ranks}))"
'''

Value = tuple[str, str]
"""Real and imaginary part of an expression; "" for a part that is zero."""


def kernel_source(stencil: Stencil) -> str:
    """Source of a module with the right-hand side of this structure, `rhs(out, state, tables)`, and krylov.py.

    Numbers are in the tables, so cutoffs, rates and drives do not recompile; the kinds of the coefficients and whether
    columns are shifted by constants do.
    """
    static = Path(__file__).with_name("krylov.py").read_text(encoding="utf-8")
    body = static.split("# -- compiled --\n", maxsplit=1)[1]
    terms = 1 + 2 * len(stencil.drift_rows) + len(stencil.jump_pairs)
    ranks = ", ".join(["i8[::1]"] * 5 + ["i8[:, ::1]"] * 6 + ["f8[:, ::1]"] * 4)
    return _HEADER.format(terms=terms, ranks=ranks) + _row(stencil) + _rhs(stencil) + "\n\n" + body


def _row(stencil: Stencil) -> str:
    """`_row`: all elements of one row, in SIMD code.

    A test for negative indices would prevent that, so they are unsigned.  Free to reorder sums, the compiler would make
    one long chain of them, in which each addition waits for the last.
    """
    is_complex = stencil.layout.is_complex
    lines, total_re, total_im = [], [], []

    def add(value: Value) -> None:
        total_re.append(value[0])
        total_im.append(value[1])

    def load(name: str, place: str) -> Value:
        lines.append(f"{name}r = y[{place}]")
        if not is_complex:
            return f"{name}r", ""
        lines.append(f"{name}i = y[S + {place}]")
        return f"{name}r", f"{name}i"

    own = load("own", "r0 + c")
    lines.append("g0r = ar[0, r] + ar[0, g]")
    if is_complex:
        lines.append("g0i = ai[0, r] - ai[0, g]")
    add(_times(("g0r", "g0i" if is_complex and stencil.kinds[0] != "real" else ""), own))
    for k in range(1, len(stencil.drift_rows) + 1):
        kind = stencil.kinds[k]
        re, im = "" if kind == "imaginary" else "r", "" if kind == "real" else "i"
        add(_times((re and f"k{k}r", im and f"k{k}i"), load(f"u{k}", f"q{k} + c")))
        column = f"r0 + c + o{k}" if stencil.drift_columns[k - 1].offset is not None else f"r0 + u(dc[{k - 1}, g])"
        add(_times((re and f"ar[{k}, g]", im and f"(-ai[{k}, g])"), load(f"l{k}", column)))
    for n, (d, e) in enumerate(stencil.jump_pairs):
        column = f"p{n} + c + j{n}" if stencil.jump_columns[e].offset is not None else f"p{n} + u(jc[{e}, g])"
        left = (f"b{d}r", f"b{d}i" if is_complex else "")
        right = (f"br[{e}, g]", f"(-bi[{e}, g])" if is_complex else "")
        add(_times(_times(left, right), load(f"s{n}", column)))
    lines.append(f"out[r0 + c] = {_sum(total_re)}")
    if is_complex:
        lines.append(f"out[S + r0 + c] = {_sum(total_im)}")
    arguments = ["out", "y", "n", "r", "base", "r0", "ar", "br", "dc", "jc"]
    if is_complex:
        arguments += ["S", "ai", "bi"]
    for k in range(1, len(stencil.drift_rows) + 1):
        arguments += [f"q{k}", f"o{k}", f"k{k}r", *([f"k{k}i"] if is_complex else [])]
    for d in range(len(stencil.jump_rows)):
        arguments += [f"b{d}r", *([f"b{d}i"] if is_complex else [])]
    for n in range(len(stencil.jump_pairs)):
        arguments += [f"p{n}", f"j{n}"]
    inner = "\n".join(f"        {line}" for line in lines)
    return f"""

@njit(fastmath=FAST - {{"reassoc"}}, error_model="numpy")
def _row({", ".join(arguments)}):
    for c_ in range(n):
        c = u(c_)
        g = base + c
{inner}
"""


def _rhs(stencil: Stencil) -> str:
    is_complex = stencil.layout.is_complex
    call = ["out", "y", "length[r]", "u(r)", "u(first[r])", "u(start[r])", "ar", "br", "dc", "jc"]
    if is_complex:
        call += ["u(S)", "ai", "bi"]
    for k in range(1, len(stencil.drift_rows) + 1):
        call += [f"u(start[dr[{k - 1}, r]])", f"u(do[{k - 1}, r])", f"ar[{k}, r]"]
        call += [f"ai[{k}, r]"] if is_complex else []
    for d in range(len(stencil.jump_rows)):
        call += [f"br[{d}, r]", *([f"bi[{d}, r]"] if is_complex else [])]
    for d, e in stencil.jump_pairs:
        call += [f"u(start[jr[{d}, r]])", f"u(jo[{e}, r])"]
    tables = "S, band, start, length, first, firsts, counts, dr, do, dc, jr, jo, jc, ar, ai, br, bi = tables"
    row = f"_row({', '.join(call)})"
    mirror = ["out[start[r - k] + i] = out[start[r] + i - k]"]
    if is_complex:
        mirror.append("out[S + start[r - k] + i] = -out[S + start[r] + i - k]")
    places = ["u(start[r])", "u(S) + u(start[r])"] if is_complex else ["u(start[r])"]
    mirrored = "\n".join(f"        {line}" for line in mirror)
    products = "\n".join(f"            d1, d2 = _products(out, y, z, {at}, i + 1, d1, d2)" for at in places)
    subtractions = "\n".join(f"            total = _subtract(out, y, z, {at}, i + 1, a, b, total)" for at in places)
    return f'''

@njit(fastmath=FAST, error_model="numpy")
def _mirror(out, i, r, band, start, S):
    # Row i is in the nearest cache when it is done, and so are the ends of the rows above.
    for k in range(1, min(band, i) + 1):
{mirrored}


@njit(f"void({{VECTOR}}, {{VECTOR}}, {{TABLES}})", fastmath=FAST, error_model="numpy", nogil=True, cache=True)
def rhs(out, y, tables):
    """out = Ly; both with their bands.

    Blocks take turns row by row: what jumps bring from other blocks is then read while it is in the cache.
    """
    {tables}
    for i in range(counts.max()):
        for b in range(firsts.shape[0]):
            if i >= counts[b]:
                continue
            r = firsts[b] + i
            {row}
            _mirror(out, i, r, band, start, S)


@njit(fastmath=FAST, error_model="numpy")
def _products(out, y, z, at, n, d1, d2):
    for c_ in range(n):
        c = at + u(c_)
        d1 += out[c] * z[c]
        d2 += out[c] * y[c]
    return d1, d2


@njit(fastmath=FAST, error_model="numpy", nogil=True)
def rhs_and_products(out, y, z, tables):
    """out = Ly without bands, and the products out·z and out·y over the triangles, in one pass."""
    {tables}
    d1, d2 = 0.0, 0.0
    for i in range(counts.max()):
        for b in range(firsts.shape[0]):
            if i >= counts[b]:
                continue
            r = firsts[b] + i
            {row}
{products}
    return d1, d2


@njit(fastmath=FAST, error_model="numpy")
def _subtract(out, y, z, at, n, a, b, total):
    for c_ in range(n):
        c = at + u(c_)
        value = out[c] - a * y[c] - b * z[c]
        out[c] = value
        total += value * value
    return total


@njit(fastmath=FAST, error_model="numpy", nogil=True)
def subtract(out, y, z, a, b, tables):
    """out ← out − a y − b z; returns out·out over the triangles."""
    {tables}
    total = 0.0
    for block in range(firsts.shape[0]):
        for i in range(counts[block]):
            r = firsts[block] + i
{subtractions}
            _mirror(out, i, r, band, start, S)
    return total
'''


def _times(left: Value, right: Value) -> Value:
    """Product of two complex expressions."""
    (a, b), (c, d) = left, right
    re = " - ".join(part for part in (_product(a, c), _product(b, d)) if part)
    if b and d and not (a and c):
        re = f"-{re}"
    im = " + ".join(part for part in (_product(a, d), _product(b, c)) if part)
    return re and f"({re})", im and f"({im})"


def _sum(parts: list[str]) -> str:
    """The sum of all parts that are not zero, in three chains that do not wait for one another."""
    used = [part for part in parts if part]
    chains = [" + ".join(used[k::3]) for k in range(3)]
    return " + ".join(f"({chain})" for chain in chains if chain) or "0.0"


def _product(left: str, right: str) -> str:
    return f"{left} * {right}" if left and right else ""

"""Writes the compiled right-hand side: one fused loop along each row, with as many terms as the generator has."""

from dataclasses import dataclass
from pathlib import Path

from phasespace_qb.lindblad.layout import WORD
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


@dataclass(frozen=True)
class _Weights:
    """Where the weights of each shift lie in a word's; first: of K's real and imaginary parts, and of the jumps'."""

    first: dict[str, int]
    count: int

    @classmethod
    def of(cls, stencil: Stencil) -> "_Weights":
        drift, jumps = len(stencil.generator.shifts), len(stencil.jump_rows)
        if stencil.layout.is_complex:
            return cls({"ar": 0, "ai": drift, "br": 2 * drift, "bi": 2 * drift + jumps}, 2 * (drift + jumps))
        return cls({"ar": 0, "br": drift}, drift + jumps)

    def of_row(self, part: str, index: int) -> str:
        """The weight of the row itself."""
        return f"weights[own + u({WORD * (self.first[part] + index)})]"

    def of_columns(self, part: str, index: int) -> str:
        """The weights of eight columns."""
        return f"load(weights, w + u({WORD * (self.first[part] + index)}))"


def kernel_source(stencil: Stencil) -> str:
    """Source of a module with the right-hand side of this structure, `rhs(out, state, tables)`, and krylov.py.

    Numbers are in the tables, so cutoffs, rates and drives do not recompile; the kinds of the coefficients and whether
    columns are shifted by constants do.
    """
    words, body = (
        Path(__file__).with_name(name).read_text(encoding="utf-8").split("# -- compiled --\n", maxsplit=1)[1]
        for name in ("words.py", "krylov.py")
    )
    terms = 1 + 2 * len(stencil.drift_rows) + len(stencil.jump_pairs)
    ranks = ", ".join(["i8[::1]"] * 5 + ["i8[:, ::1]"] * 6 + ["f8[::1]"])
    return _HEADER.format(terms=terms, ranks=ranks) + words + _row(stencil) + _rhs(stencil) + "\n\n" + body


def _row(stencil: Stencil) -> str:
    """`_row`: all elements of one row of Ly − a y − b z, with the sum of squares of its part of the triangle.

    A test for negative indices would take longer than what they are for, so they are unsigned.  The words of the sum
    are added in a few chains: in one, each addition would wait for the last.
    """
    is_complex, weights = stencil.layout.is_complex, _Weights.of(stencil)
    before, lines, total_re, total_im = [], [], [], []

    def add(value: Value) -> None:
        total_re.append(value[0])
        total_im.append(value[1])

    def read(name: str, place: str) -> Value:
        lines.append(f"{name}r = load(y, {place})")
        if not is_complex:
            return f"{name}r", ""
        lines.append(f"{name}i = load(y, S + {place})")
        return f"{name}r", f"{name}i"

    def gathered(name: str, origin: str, table: str) -> Value:
        lines.append(f"{name}r = gather(y, {origin}, {table}, g)")
        if not is_complex:
            return f"{name}r", ""
        lines.append(f"{name}i = gather(y, S + {origin}, {table}, g)")
        return f"{name}r", f"{name}i"

    def constant(name: str, value: str) -> str:
        before.append(f"{name} = splat({value})")
        return name

    own = read("own", "r0 + c")
    lines.append(f"g0r = {constant('h0r', weights.of_row('ar', 0) + ' - a')} + {weights.of_columns('ar', 0)}")
    if is_complex:
        lines.append(f"g0i = {constant('h0i', weights.of_row('ai', 0))} - {weights.of_columns('ai', 0)}")
    add(_times(("g0r", "g0i" if is_complex and stencil.kinds[0] != "real" else ""), own))
    for k in range(1, len(stencil.drift_rows) + 1):
        kind = stencil.kinds[k]
        re, im = kind != "imaginary", kind != "real"
        left = (
            constant(f"k{k}r", weights.of_row("ar", k)) if re else "",
            constant(f"k{k}i", weights.of_row("ai", k)) if im else "",
        )
        add(_times(left, read(f"u{k}", f"q{k} + c")))
        shifted = stencil.drift_columns[k - 1].offset is not None
        right = read(f"l{k}", f"r0 + c + o{k}") if shifted else gathered(f"l{k}", "r0", f"dc[{k - 1}]")
        columns = (
            weights.of_columns("ar", k) if re else "",
            f"(-{weights.of_columns('ai', k)})" if im else "",
        )
        add(_times(columns, right))
    for d in range(len(stencil.jump_rows)):
        constant(f"b{d}r", weights.of_row("br", d))
        if is_complex:
            constant(f"b{d}i", weights.of_row("bi", d))
    for n, (d, e) in enumerate(stencil.jump_pairs):
        left = (f"b{d}r", f"b{d}i" if is_complex else "")
        right = (weights.of_columns("br", e), f"(-{weights.of_columns('bi', e)})" if is_complex else "")
        shifted = stencil.jump_columns[e].offset is not None
        source = read(f"s{n}", f"p{n} + c + j{n}") if shifted else gathered(f"s{n}", f"p{n}", f"jc[{e}]")
        add(_times(_times(left, right), source))
    constant("minus_b", "-b")
    add(("minus_b * load(z, r0 + c)", "minus_b * load(z, S + r0 + c)"))
    parts = [("", "r", total_re), ("S + ", "i", total_im)] if is_complex else [("", "r", total_re)]
    for at, name, summands in parts:
        lines += [f"out{name} = {_sum(summands)}", f"store(out, {at}r0 + c, out{name})"]
        # What lies beyond the diagonal is overwritten by the mirror image of another row.
        lines += [f"kept{name} = first(out{name}, i + 1 - c_)", f"squares = squares + kept{name} * kept{name}"]
    arguments = ["out", "y", "z", "a", "b", "squares", "i", "n", "r", "base", "r0", "S", "weights", "dc", "jc"]
    for k in range(1, len(stencil.drift_rows) + 1):
        arguments += [f"q{k}", f"o{k}"]
    for n in range(len(stencil.jump_pairs)):
        arguments += [f"p{n}", f"j{n}"]
    outside = "\n".join(f"    {line}" for line in before)
    inner = "\n".join(f"        {line}" for line in lines)
    return f"""

@njit(fastmath=FAST, error_model="numpy")
def _row({", ".join(arguments)}):
    own = (r >> u(3)) * u({WORD * weights.count}) + (r & u(7))
{outside}
    for c_ in range(0, n, 8):
        c = u(c_)
        g = base + c
        w = g * u({weights.count})
{inner}
    return squares
"""


def _rhs(stencil: Stencil) -> str:
    is_complex = stencil.layout.is_complex
    call = ["out", "y", "z", "a", "b", "squares", "i", "length[r]", "u(r)", "u(base[r])", "u(start[r])", "u(S)"]
    call += ["weights", "dc", "jc"]
    for k in range(1, len(stencil.drift_rows) + 1):
        call += [f"u(start[dr[{k - 1}, r]])", f"u(do[{k - 1}, r])"]
    for d, e in stencil.jump_pairs:
        call += [f"u(start[jr[{d}, r]])", f"u(jo[{e}, r])"]
    tables = "S, band, start, length, base, firsts, counts, dr, do, dc, jr, jo, jc, weights = tables"
    row = f"squares = _row({', '.join(call)})"
    mirror = ["out[u(start[r - k] + i)] = out[u(start[r] + i - k)]"]
    if is_complex:
        mirror.append("out[u(S + start[r - k] + i)] = -out[u(S + start[r] + i - k)]")
    places = ["u(start[r])", "u(S) + u(start[r])"] if is_complex else ["u(start[r])"]
    mirrored = "\n".join(f"        {line}" for line in mirror)
    products = "\n".join(f"            d1, d2 = _products(out, y, z, {at}, i + 1, d1, d2)" for at in places)
    subtractions = "\n".join(f"            total_ = _subtract(out, y, z, {at}, i + 1, a, b, total_)" for at in places)
    return f'''

@njit(fastmath=FAST, error_model="numpy")
def _mirror(out, i, r, band, start, S):
    # Row i is in the nearest cache when it is done, and so are the ends of the rows above.
    for k in range(1, min(band, i) + 1):
{mirrored}


@njit(fastmath=FAST, error_model="numpy", nogil=True)
def rhs_combined(out, y, z, a, b, tables):
    """out = Ly − a y − b z with its bands, in one pass; returns out·out over the triangles.

    Blocks take turns row by row: what jumps bring from other blocks is then read while it is in the cache.
    """
    {tables}
    squares = splat(0.0)
    for i in range(counts.max()):
        for block in range(firsts.shape[0]):
            if i >= counts[block]:
                continue
            r = firsts[block] + i
            {row}
            _mirror(out, i, r, band, start, S)
    return total(squares)


@njit(f"void({{VECTOR}}, {{VECTOR}}, {{TABLES}})", fastmath=FAST, error_model="numpy", nogil=True, cache=True)
def rhs(out, y, tables):
    """out = Ly; both with their bands."""
    rhs_combined(out, y, y, 0.0, 0.0, tables)


@njit(fastmath=FAST, error_model="numpy")
def _products(out, y, z, at, n, d1, d2):
    for c_ in range(n):
        c = at + u(c_)
        d1 += out[c] * z[c]
        d2 += out[c] * y[c]
    return d1, d2


@njit(fastmath=FAST, error_model="numpy", nogil=True)
def products(out, y, z, tables):
    """The products out·z and out·y over the triangles."""
    {tables}
    d1, d2 = 0.0, 0.0
    for block in range(firsts.shape[0]):
        for i in range(counts[block]):
            r = firsts[block] + i
{products}
    return d1, d2


@njit(fastmath=FAST, error_model="numpy")
def _subtract(out, y, z, at, n, a, b, total_):
    for c_ in range(n):
        c = at + u(c_)
        value = out[c] - a * y[c] - b * z[c]
        out[c] = value
        total_ += value * value
    return total_


@njit(fastmath=FAST, error_model="numpy", nogil=True)
def subtract(out, y, z, a, b, tables):
    """out ← out − a y − b z; returns out·out over the triangles."""
    {tables}
    total_ = 0.0
    for block in range(firsts.shape[0]):
        for i in range(counts[block]):
            r = firsts[block] + i
{subtractions}
            _mirror(out, i, r, band, start, S)
    return total_
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

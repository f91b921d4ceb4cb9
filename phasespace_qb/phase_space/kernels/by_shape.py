"""The step by shape: one loop for each form of equation, over a table of the equations that have it.

Two equations have the same shape if they differ only in which variables, slots and normals they read.  A ring of any
number of oscillators has the shapes of one oscillator, so the source and its compile time are the same for all.
Table: size, pairs, then start and end of each shape's rows, then the rows.
"""

import re
from dataclasses import dataclass, field

from phasespace_qb.phase_space.integrators import Integrator, Tableau
from phasespace_qb.phase_space.kernels.emit import TILE, Pair, Writer, bounded_point, increment, step_header
from phasespace_qb.phase_space.layout import Layout, SlotEquation, SlotTerm

_HEADER = 2


@dataclass
class _TableNames:
    """Names by place in the table row; which number stands there is recorded on the way."""

    real: bool
    row: list[int] = field(default_factory=list)
    reads: dict[str, list[str]] = field(default_factory=dict)
    """Lines that define a name."""
    pattern: list[int] = field(default_factory=list)
    """For each occurrence of something read, which earlier read it repeats: every slice saved saves compile time."""
    _known: dict[tuple[str, int], int] = field(default_factory=dict)

    @property
    def unit(self) -> int:
        """What numbers in the table that stand for places in the state are multiplied with."""
        return TILE // 2 if self.real else TILE

    def column(self, number: int) -> int:
        self.row.append(number)
        return len(self.row) - 1

    def _slice(self, name: str, source: str, number: int, tiles: int) -> str:
        """Name of a slice of `source`, made once per equation."""
        if (source, number) not in self._known:
            k = self._known[source, number] = self.column(number)
            unit = TILE if source == "z" else self.unit
            lines = [f"p{k} = table[e + {k}] * {unit}", f"{name}{k} = {source}[p{k} : p{k} + {tiles * unit}]"]
            self.reads[f"{name}{k}"] = lines
        self.pattern.append(self._known[source, number])
        return f"{name}{self._known[source, number]}"

    def slot(self, number: int) -> Pair:
        k = self.column(2 * number)
        for name, offset in (("c", ""), ("d", " + 1")):
            self.reads[f"{name}{k}"] = [f"{name}{k} = rows[q, table[e + {k}]{offset}]"]
        return f"c{k}", f"d{k}"

    def factor(self, factor: int) -> Pair:
        if self.real:
            return f"{self._slice('f', 's', 2 * (~factor if factor < 0 else factor), 2)}[i]", "0.0"
        f = self._slice("f", "s", 2 * (~factor if factor < 0 else factor), 2)
        return f"{f}[i]", f"(-{f}[B + i])" if factor < 0 else f"{f}[B + i]"

    def slot_at_start(self, number: int) -> Pair:
        k = self.column(2 * number)
        for name, offset in (("c", ""), ("d", " + 1")):
            self.reads[f"{name}{k}"] = [f"{name}{k} = rows[first, table[e + {k}]{offset}]"]
        return f"c{k}", f"d{k}"

    def at_start(self, factor: int) -> Pair:
        if self.real:
            return f"{self._slice('h', 'y', 2 * (~factor if factor < 0 else factor), 2)}[i]", "0.0"
        h = self._slice("h", "y", 2 * (~factor if factor < 0 else factor), 2)
        return f"{h}[i]", f"(-{h}[B + i])" if factor < 0 else f"{h}[B + i]"

    def random(self, number: int) -> str:
        return f"np.float64({self._slice('z', 'z', number, 1)}[i])"


@dataclass
class _Shape:
    """The table rows of one shape and the lines of its increment."""

    names: _TableNames
    write: Writer
    increment: Pair
    rows: list[int] = field(default_factory=list)


def step_by_shape(layout: Layout, integrator: Integrator, *, real: bool = False) -> tuple[str, list[int]]:
    """Source of the step, and the table after its first two numbers.  real: on the real axis only.

    scratch holds for each stage s the increments k_s and the state of the next stage (at last, the new y).
    """
    tableau = integrator.tableau
    shapes = _shapes(layout, integrator, real=real)
    bounds: list[int] = []
    rows: list[int] = []
    for shape in shapes:
        start = _HEADER + 2 * len(shapes) + len(rows)
        bounds += [start, start + len(shape.rows)]
        rows += shape.rows
    stages = len(tableau.weights)
    lines = [*([] if real else ["", "", f"SCRATCH, IN_PLACE = {2 * stages}, False"]), *step_header(real=real)]
    lines += ["    n = y.size", "    first = row_of[m, 0]"]
    for stage in range(stages):
        source = "y" if stage == 0 else f"scratch[{2 * stage - 1} * n : {2 * stage} * n]"
        lines += [f"    q = row_of[m, {stage}]", f"    s = {source}"]
        for number, shape in enumerate(shapes):
            lines += _loop(number, shape, stage, tableau)
    lines += ["    if outside:", "        return outside"] if real else []
    lines += ["    for i in range(n):", f"        y[i] = scratch[{2 * stages - 1} * n + i]"]
    lines += ["    return outside", ""] if real else [""]
    return "\n".join(lines), bounds + rows


def _shapes(layout: Layout, integrator: Integrator, *, real: bool) -> list[_Shape]:
    shapes: dict[object, _Shape] = {}
    for variable, equation in enumerate(layout.equations):
        names, write = _TableNames(real), Writer()
        names.column(2 * variable)
        if integrator.bounded and equation.noise:
            pair = (f"{bounded_point(equation, names, write)} - base[i]", "0.0")
        else:
            pair = increment(equation, names, write, anchored=len(integrator.tableau.weights) > 1)
        form = _form(equation), tuple(names.pattern)
        shape = shapes.setdefault(form, _Shape(names, write, pair))
        shape.rows += names.row
    return list(shapes.values())


def _form(equation: SlotEquation) -> object:
    """What the source of an equation's loop depends on: kinds, degrees and conjugations, but no numbers."""

    def term(slot_term: SlotTerm) -> object:
        return slot_term.kind, tuple(factor < 0 for factor in slot_term.factors)

    noise = [
        (None if part.scale is None else term(part.scale), tuple(term(t) for t in part.radicand))
        for part in equation.noise
    ]
    return tuple(term(t) for t in equation.drift), tuple(term(t) for t in equation.held), tuple(noise)


def _loop(number: int, shape: _Shape, stage: int, tableau: Tableau) -> list[str]:
    """The loop over all equations of one shape at one stage: stores k and the state of the next stage."""
    last = stage == len(tableau.weights) - 1
    weights = tableau.weights if last else tableau.stages[stage + 1]
    earlier = [j for j, weight in enumerate(weights[:stage]) if weight]
    used_later = any(row[stage] for row in (*tableau.stages[stage + 2 :], tableau.weights)) and not last
    buffers = [(f"k{j}", 2 * j) for j in earlier] + ([("k", 2 * stage)] if used_later else []) + [("o", 2 * stage + 1)]
    unit = shape.names.unit
    head = [f"p = table[e] * {unit}", f"base = y[p : p + {2 * unit}]"]
    for name, place in buffers:
        head += [f"p{name} = {place} * n + p", f"{name} = scratch[p{name} : p{name} + {2 * unit}]"]
    parts = [("i", "kx"), ("B + i", "ky")][: 1 if shape.names.real else 2]
    body = [*shape.write.lines, *(f"{own} = {value}" for (_, own), value in zip(parts, shape.increment, strict=False))]
    if used_later:
        body += [f"k[{index}] = {own}" for index, own in parts]
    for index, own in parts:
        terms = [f"base[{index}]", *(f"{weights[j]!r} * k{j}[{index}]" for j in earlier)]
        terms += [f"{weights[stage]!r} * {own}"] if weights[stage] else []
        body.append(f"o[{index}] = {' + '.join(terms)}")
    lines = [
        f"for e in range(table[{_HEADER + 2 * number}], table[{_HEADER + 2 * number + 1}], {len(shape.names.row)}):"
    ]
    used = set(re.findall(r"\w+", " ".join(body)))
    head += [line for name, reads in shape.names.reads.items() if name in used for line in reads]
    lines += [f"    {line}" for line in [*head, "for i in range(B):"]]
    lines += [f"        {line}" for line in body]
    return [f"    {line}" for line in lines]

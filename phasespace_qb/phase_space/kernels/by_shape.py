"""The step by shape: one loop for each form of equation, over a table of the equations that have it.

Two equations have the same shape if they differ only in which variables, slots and normals they read.  A ring of any
number of oscillators has the shapes of one oscillator, so the source and its compile time are the same for all.
Table: size, pairs, then start and end of each shape's rows, then the rows.
"""

from dataclasses import dataclass, field

from phasespace_qb.phase_space.integrators import Integrator, Tableau
from phasespace_qb.phase_space.kernels.emit import STEP_HEADER, TILE, Pair, Writer, bounded_point, increment
from phasespace_qb.phase_space.layout import Layout, SlotEquation, SlotTerm

_HEADER = 2


@dataclass
class _TableNames:
    """Names by place in the table row; which number stands there is recorded on the way."""

    row: list[int] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    pattern: list[int] = field(default_factory=list)
    """For each occurrence of something read, which earlier read it repeats: every slice saved saves compile time."""
    _known: dict[tuple[str, int], int] = field(default_factory=dict)

    def column(self, number: int) -> int:
        self.row.append(number)
        return len(self.row) - 1

    def _slice(self, name: str, source: str, number: int, length: int) -> str:
        """Name of a slice of `length` tiles of `source`, made once per equation."""
        if (source, number) not in self._known:
            k = self._known[source, number] = self.column(number)
            self.reads += [f"p{k} = table[e + {k}] * B", f"{name}{k} = {source}[p{k} : p{k} + {length * TILE}]"]
        self.pattern.append(self._known[source, number])
        return f"{name}{self._known[source, number]}"

    def slot(self, number: int) -> Pair:
        k = self.column(2 * number)
        self.reads += [f"p{k} = table[e + {k}]", f"c{k} = rows[q, p{k}]", f"d{k} = rows[q, p{k} + 1]"]
        return f"c{k}", f"d{k}"

    def factor(self, factor: int) -> Pair:
        f = self._slice("f", "s", 2 * (~factor if factor < 0 else factor), 2)
        return f"{f}[i]", f"(-{f}[B + i])" if factor < 0 else f"{f}[B + i]"

    def slot_at_start(self, number: int) -> Pair:
        k = self.column(2 * number)
        self.reads += [f"c{k} = rows[first, table[e + {k}]]", f"d{k} = rows[first, table[e + {k}] + 1]"]
        return f"c{k}", f"d{k}"

    def at_start(self, factor: int) -> Pair:
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


def step_by_shape(layout: Layout, integrator: Integrator) -> tuple[str, list[int]]:
    """Source of the step, and the table after its first two numbers.

    scratch holds for each stage s the increments k_s and the state of the next stage (at last, the new y).
    """
    tableau = integrator.tableau
    shapes = _shapes(layout, integrator)
    bounds: list[int] = []
    rows: list[int] = []
    for shape in shapes:
        start = _HEADER + 2 * len(shapes) + len(rows)
        bounds += [start, start + len(shape.rows)]
        rows += shape.rows
    stages = len(tableau.weights)
    lines = ["", "", f"SCRATCH = {2 * stages}", *STEP_HEADER, "    n = y.size"]
    lines += ["    first = row_of[m, 0]"]
    for stage in range(stages):
        source = "y" if stage == 0 else f"scratch[{2 * stage - 1} * n : {2 * stage} * n]"
        lines += [f"    q = row_of[m, {stage}]", f"    s = {source}"]
        for number, shape in enumerate(shapes):
            lines += _loop(number, shape, stage, tableau)
    lines += ["    for i in range(n):", f"        y[i] = scratch[{2 * stages - 1} * n + i]", ""]
    return "\n".join(lines), bounds + rows


def _shapes(layout: Layout, integrator: Integrator) -> list[_Shape]:
    shapes: dict[object, _Shape] = {}
    for variable, equation in enumerate(layout.equations):
        names, write = _TableNames(), Writer()
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
    head = ["p = table[e] * B", f"base = y[p : p + {2 * TILE}]"]
    for name, place in buffers:
        head += [f"p{name} = {place} * n + p", f"{name} = scratch[p{name} : p{name} + {2 * TILE}]"]
    body = [*shape.write.lines, f"kx = {shape.increment[0]}", f"ky = {shape.increment[1]}"]
    if used_later:
        body += ["k[i] = kx", "k[B + i] = ky"]
    for index, own in (("i", "kx"), ("B + i", "ky")):
        terms = [f"base[{index}]", *(f"{weights[j]!r} * k{j}[{index}]" for j in earlier)]
        terms += [f"{weights[stage]!r} * {own}"] if weights[stage] else []
        body.append(f"o[{index}] = {' + '.join(terms)}")
    lines = [
        f"for e in range(table[{_HEADER + 2 * number}], table[{_HEADER + 2 * number + 1}], {len(shape.names.row)}):"
    ]
    lines += [f"    {line}" for line in [*head, *shape.names.reads, "for i in range(B):"]]
    lines += [f"        {line}" for line in body]
    return [f"    {line}" for line in lines]

"""The arithmetic of one increment, as lines of Python that a compiler turns into vector instructions.

A complex number is a pair of expressions.  How slots, variables and normals are named is decided by the loop in which
the lines will stand, so both kinds of kernel share this file.
"""

from dataclasses import dataclass
from typing import Protocol

from phasespace_qb.phase_space.layout import Kind, SlotEquation, SlotTerm

Pair = tuple[str, str]

TILE = 128
"""Trajectories in the inner loop; the B of lanes.py."""


def step_header(*, real: bool) -> list[str]:
    """First lines of the function that both kinds of kernel define: state y of one tile is advanced by step number m.

    real: the function for a tile on the real axis, y [variable, lane].  It returns how many radicands were outside the
    domain of `real_root`; if there are any, y is as before, or worthless if the step is IN_PLACE.
    """
    name = "real_step" if real else "step"
    head = ["", "", '@njit(fastmath=FAST_STEP, error_model="numpy")']
    head += [f"def {name}(y, scratch, z, rows, row_of, m, table):"]
    return [*head, "    outside = 0"] if real else head


class Names(Protocol):
    """Names that an increment's lines use; the imaginary part of what is known to be real is "0.0"."""

    def slot(self, number: int) -> Pair:
        """Real and imaginary part of a slot."""

    def factor(self, factor: int) -> Pair:
        """Real and imaginary part of a variable, or of its conjugate, at this stage."""

    def slot_at_start(self, number: int) -> Pair:
        """Real and imaginary part of a slot at the first stage."""

    def at_start(self, factor: int) -> Pair:
        """Real and imaginary part of a variable, or of its conjugate, at the start of the step."""

    def random(self, number: int) -> str:
        """A random number of this step."""


@dataclass(frozen=True)
class _AtStart:
    """The names of another stage with the values of the first."""

    names: Names

    def slot(self, number: int) -> Pair:
        return self.names.slot_at_start(number)

    def factor(self, factor: int) -> Pair:
        return self.names.at_start(factor)

    slot_at_start, at_start = slot, factor

    def random(self, number: int) -> str:
        return self.names.random(number)


class Writer:
    """Collects assignments to fresh names."""

    def __init__(self, prefix: str = "v") -> None:
        self.lines: list[str] = []
        self._prefix = prefix

    def let(self, *expressions: str) -> list[str]:
        """Assign each expression to a fresh name and return the names."""
        names = []
        for expression in expressions:
            names.append(f"{self._prefix}{len(self.lines)}")
            self.lines.append(f"{names[-1]} = {expression}")
        return names

    def root(self, value: Pair, near: Pair | None = None) -> Pair:
        """Assign the complex square root, the principal one or that near the principal root of `near`."""
        if value[1] == "0.0":
            (x,) = self.let(value[0])
            self.lines.append(f"outside += unreal({x})")
            (name,) = self.let(f"real_root({x})")
            return name, "0.0"
        name = f"{self._prefix}{len(self.lines)}"
        call = f"root({', '.join(value)})" if near is None else f"root_near({', '.join(value + near)})"
        self.lines.append(f"{name}, {name}_ = {call}")
        return name, f"{name}_"


def drift(equation: SlotEquation, names: Names, write: Writer) -> list[Pair]:
    """Expressions for the drift terms of one equation, the held ones at the start of the step."""
    parts = [_term(term, names, write) for term in equation.drift]
    return parts + [_slot_times(term, names, names.at_start(term.factors[0])) for term in equation.held]


def increment(equation: SlotEquation, names: Names, write: Writer, *, anchored: bool) -> Pair:
    """Expressions for real and imaginary part of drift plus noise of one equation.

    anchored: roots keep the sign that they have at the start of the step.  The sign as such does not matter, but stages
    of different sign would cancel one another's noise where a radicand crosses the cut of the principal root.
    """
    parts = drift(equation, names, write)
    for noise in equation.noise:
        z = names.random(noise.noise)
        factor = ("1.0", "0.0")
        if noise.scale is not None:
            factor = _term(noise.scale, names, write)
        if noise.radicand:
            value = _sum([_term(term, names, write) for term in noise.radicand])
            # On the real axis nothing is near a cut; the names are asked for all the same, as tables list them.
            place = Writer() if value[1] == "0.0" else write
            near = _sum([_term(term, _AtStart(names), place) for term in noise.radicand]) if anchored else None
            w = write.root(value, near)
            factor = w if noise.scale is None else _parenthesised(_product(_let(factor, write), w))
        parts.append((_times(factor[0], z), _times(factor[1], z)))
    return _sum(parts)


def bounded_point(equation: SlotEquation, names: Names, write: Writer) -> str:
    """Expression for the new real part of a variable between the zeros ± √(−A/B) of its radicand A + Bz², B < 0."""
    (noise,) = equation.noise
    edge_slots = {bool(term.factors): names.slot(term.slot)[0] for term in noise.radicand}
    u = names.random(noise.noise)
    variable = next(term.factors[0] for term in noise.radicand if term.factors)
    x, _ = names.factor(variable)
    mean, _ = _sum([names.at_start(variable), *drift(equation, names, write)])
    (edge,) = write.let(f"np.sqrt(-{edge_slots[False]} / {edge_slots[True]})")
    # As a product: at the edge, where many trajectories sit, it is zero and not rounding of either sign.
    (variance,) = write.let(f"max(-{edge_slots[True]} * ({edge} - {x}) * ({edge} + {x}), 0.0)")
    return f"two_points({mean}, {variance}, {edge}, {u})"


def _term(term: SlotTerm, names: Names, write: Writer) -> Pair:
    """slot · Π factors."""
    c, d = names.slot(term.slot)
    if not term.factors:
        return (c if term.kind is not Kind.IMAGINARY else "0.0"), (d if term.kind is not Kind.REAL else "0.0")
    re, im = names.factor(term.factors[0])
    for factor in term.factors[1:]:
        re, im = _let(_product((re, im), names.factor(factor)), write)
    return _scaled(term.kind, (c, d), (re, im))


def _product(left: Pair, right: Pair) -> Pair:
    """Product of two numbers, which must be names."""
    (re, im), (r, m) = left, right
    if im == m == "0.0":
        return f"{re} * {r}", "0.0"
    return f"{re} * {r} - {im} * {m}", f"{re} * {m} + {im} * {r}"


def _let(value: Pair, write: Writer) -> Pair:
    if value[1] == "0.0":
        (re,) = write.let(value[0])
        return re, "0.0"
    re, im = write.let(*value)
    return re, im


def _parenthesised(value: Pair) -> Pair:
    return f"({value[0]})", value[1] if value[1] == "0.0" else f"({value[1]})"


def _slot_times(term: SlotTerm, names: Names, value: Pair) -> Pair:
    return _scaled(term.kind, names.slot(term.slot), value)


def _scaled(kind: Kind, slot: Pair, value: Pair) -> Pair:
    (c, d), (re, im) = slot, value
    match kind:
        case Kind.REAL:
            return f"{c} * {re}", "0.0" if im == "0.0" else f"{c} * {im}"
        case Kind.IMAGINARY:
            return f"-{d} * {im}", f"{d} * {re}"
        case Kind.COMPLEX:
            return f"({c} * {re} - {d} * {im})", f"({c} * {im} + {d} * {re})"


def _times(expression: str, z: str) -> str:
    return "0.0" if expression == "0.0" else f"{expression} * {z}"


def _sum(parts: list[Pair]) -> Pair:
    re, im = (" + ".join(part[which] for part in parts if part[which] != "0.0") or "0.0" for which in (0, 1))
    return re, im

"""SIMD words of eight doubles for the generated right-hand side; this file is read as text.

Left to find the words by itself, the compiler tests before every row whether any two of twenty arrays overlap, which
takes longer than a row of a hundred elements.  On processors with shorter words the compiler splits these.
What follows the marker below is put into the generated module, before the right-hand side.
"""

# -- compiled --
import operator
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, models, register_model

# Their own annotations are incomplete.
word_model: Any = models.PrimitiveModel
template: Any = infer_global
signed: Any = signature
lower: Any = lower_builtin

WORD_TYPE, MASK_TYPE = ir.VectorType(ir.DoubleType(), 8), ir.VectorType(ir.IntType(64), 8)
NUMBER = ir.IntType(32)

Word = type("Word", (types.Type,), {})
word = Word("word")


def _model(manager: Any, kind: Any) -> Any:
    return word_model(manager, kind, WORD_TYPE)


register_model(Word)(_model)


def _declare(function: Any, operands: int, instruction: str) -> None:
    """Let an operator of words be one instruction; the compiler may fuse it with another."""
    signatures = [signed(word, *[word] * operands)]
    template(function)(type("WordTemplate", (ConcreteTemplate,), {"cases": signatures}))

    def lowered(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return getattr(builder, instruction)(*values, flags=("contract",))

    lower(function, *[word] * operands)(lowered)


for _operator, _operands, _instruction in (
    (operator.add, 2, "fadd"),
    (operator.sub, 2, "fsub"),
    (operator.mul, 2, "fmul"),
    (operator.neg, 1, "fneg"),
):
    _declare(_operator, _operands, _instruction)


def _address(context: Any, builder: Any, kind: Any, array: Any, place: Any) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    return builder.gep(data, [place])


def _splat(builder: Any, value: Any, kind: Any) -> Any:
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), value, NUMBER(0))
    return builder.shuffle_vector(
        first, ir.Constant(kind, ir.Undefined), ir.Constant(ir.VectorType(NUMBER, 8), [0] * 8)
    )


@intrinsic
def load(context: Any, array: Any, place: Any) -> Any:
    """Eight elements of a flat array from one place on."""

    def code(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        address = _address(context, builder, sig.args[0], *values)
        return builder.load(builder.bitcast(address, WORD_TYPE.as_pointer()), align=8)

    return word(array, place), code


@intrinsic
def gather(context: Any, array: Any, origin: Any, offsets: Any, place: Any) -> Any:
    """The elements of a flat array at an origin plus eight offsets, which begin at a place in an array of their own."""

    def code(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        flat, base, table, begin = values
        total = ir.Constant(WORD_TYPE, ir.Undefined)
        for lane in range(8):
            entry = builder.add(begin, begin.type(lane))
            offset = builder.load(_address(context, builder, sig.args[2], table, entry))
            source = builder.add(base, offset)
            value = builder.load(_address(context, builder, sig.args[0], flat, source))
            total = builder.insert_element(total, value, NUMBER(lane))
        return total

    return word(array, origin, offsets, place), code


@intrinsic
def store(context: Any, array: Any, place: Any, value: Any) -> Any:
    """Eight elements into a flat array from one place on."""

    def code(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        address = _address(context, builder, sig.args[0], *values[:2])
        builder.store(values[2], builder.bitcast(address, WORD_TYPE.as_pointer()), align=8)

    return types.void(array, place, value), code


@intrinsic
def splat(context: Any, number: Any) -> Any:
    """One number eight times."""

    def code(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return _splat(builder, values[0], WORD_TYPE)

    return word(types.float64), code


@intrinsic
def first(context: Any, value: Any, count: Any) -> Any:
    """The word with 0 in place of all elements but the first `count`."""

    def code(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        lanes = ir.Constant(MASK_TYPE, list(range(8)))
        kept = builder.icmp_signed("<", lanes, _splat(builder, values[1], MASK_TYPE))
        return builder.select(kept, values[0], ir.Constant(WORD_TYPE, [0.0] * 8))

    return word(value, types.int64), code


@intrinsic
def total(context: Any, value: Any) -> Any:
    """The sum of the eight elements."""

    def code(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        parts = [builder.extract_element(values[0], NUMBER(lane)) for lane in range(8)]
        while len(parts) > 1:
            parts = [builder.fadd(a, b) for a, b in zip(parts[::2], parts[1::2], strict=True)]
        return parts[0]

    return types.float64(value), code

"""The fused step: one loop over the tile with literal offsets, all stages of the scheme in registers."""

from dataclasses import dataclass

from phasespace_qb.phase_space.integrators import Integrator
from phasespace_qb.phase_space.kernels.emit import Pair, Writer, bounded_point, increment, step_header
from phasespace_qb.phase_space.layout import Layout


@dataclass
class _LiteralNames:
    """Names in the fused loop: everything by number, with the stage as suffix."""

    stage: int
    real: bool

    def slot(self, number: int) -> Pair:
        return f"c{number}_{self.stage}", f"d{number}_{self.stage}"

    def factor(self, factor: int) -> Pair:
        return self._value(factor, self.stage)

    def slot_at_start(self, number: int) -> Pair:
        return f"c{number}_0", f"d{number}_0"

    def at_start(self, factor: int) -> Pair:
        return self._value(factor, 0)

    def random(self, number: int) -> str:
        return f"z{number}"

    def _value(self, factor: int, stage: int) -> Pair:
        variable = ~factor if factor < 0 else factor
        imaginary = f"(-y{variable}_{stage})" if factor < 0 else f"y{variable}_{stage}"
        return f"x{variable}_{stage}", "0.0" if self.real else imaginary


def fused_step(layout: Layout, integrator: Integrator, *, real: bool = False) -> str:
    """One loop over the tile that makes the whole step; y is changed in place.  real: on the real axis only."""
    tableau = integrator.tableau
    parts = "x" if real else "xy"
    count, stages = len(layout.equations), len(tableau.weights)
    coefficients, body = [], []
    for v in range(count):
        body += [f"{part}{v}_0 = y[{len(parts) * v + offset} * B + i]" for offset, part in enumerate(parts)]
    body += [f"z{n} = np.float64(z[{n} * B + i])" for n in range(layout.noise_count)]
    for stage in range(stages):
        coefficients.append(f"q{stage} = row_of[m, {stage}]")
        for slot in range(layout.slot_count):
            coefficients += [f"c{slot}_{stage} = rows[q{stage}, {2 * slot}]"]
            coefficients += [f"d{slot}_{stage} = rows[q{stage}, {2 * slot + 1}]"]
        for v in range(count if stage else 0):
            for part in parts:
                body.append(f"{part}{v}_{stage} = {_combination(part, v, tableau.stages[stage])}")
        names, write = _LiteralNames(stage, real), Writer(f"v{stage}_")
        for v, equation in enumerate(layout.equations):
            if integrator.bounded and equation.noise:
                write.lines.append(f"new{v} = {bounded_point(equation, names, write)}")
                continue
            pair = increment(equation, names, write, anchored=stage > 0)
            write.lines += [f"k{part}{v}_{stage} = {value}" for part, value in zip(parts, pair, strict=False)]
        body += write.lines
    for v, equation in enumerate(layout.equations):
        if integrator.bounded and equation.noise:
            body.append(f"y[{2 * v} * B + i] = new{v}")
            continue
        for offset, part in enumerate(parts):
            body.append(f"y[{len(parts) * v + offset} * B + i] = {_combination(part, v, tableau.weights)}")
    return "\n".join(
        [*([] if real else ["", "", "SCRATCH, IN_PLACE = 0, True"]), *step_header(real=real)]
        + [f"    {line}" for line in coefficients]
        + ["    for i in range(B):"]
        + [f"        {line}" for line in body]
        + [*(["    return outside"] if real else []), ""]
    )


def _combination(part: str, variable: int, weights: tuple[float, ...]) -> str:
    """z + Σ_s w_s k_s of one part of one variable, in the fused loop."""
    terms = [f"{part}{variable}_0"]
    terms += [f"{w!r} * k{part}{variable}_{s}" for s, w in enumerate(weights) if w]
    return " + ".join(terms)

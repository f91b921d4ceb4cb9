"""From save times, breakpoints and a step to the list of steps and one row of coefficients for each."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.errors import refusal
from phasespace_qb.phase_space.equations import Equations
from phasespace_qb.phase_space.integrators import Integrator
from phasespace_qb.phase_space.layout import Slot, slots_of

SAME_INSTANT = 1e-12
"""Instants that differ by less than this part of the run are one; their difference is rounding."""


@dataclass(frozen=True)
class Schedule:
    """Steps from t = 0 through all save times.

    save_times (K,) and lengths (S,) in units 1/γ_s; starts (S,); steps_to_save (K,): number of steps between the
    save before and this one.
    """

    save_times: NDArray[np.float64]
    starts: NDArray[np.float64]
    lengths: NDArray[np.float64]
    steps_to_save: NDArray[np.int64]

    def instants(self, nodes: tuple[float, ...]) -> NDArray[np.float64]:
        """Where a scheme with these nodes samples the coefficients, (nodes, S).

        Inside each step and clear of the rounding of its ends, so that a jump on a boundary belongs to one side of it.
        """
        margin = np.minimum(0.25 * self.lengths, 4 * SAME_INSTANT * self.save_times[-1])
        first, last = self.starts + margin, self.starts + self.lengths - margin
        return np.stack([np.clip(self.starts + c * self.lengths, first, last) for c in nodes])

    def in_pairs(self) -> "Schedule":
        """The same run in steps of twice the length; of a schedule that was planned to be even."""
        if (self.steps_to_save % 2).any():
            raise ValueError(refusal("schedule", "planned with even=True", "an odd number of steps"))
        return Schedule(self.save_times, self.starts[::2], 2 * self.lengths[::2], self.steps_to_save // 2)


@dataclass(frozen=True)
class CoefficientRows:
    """Slot values: rows (R, slots), and for each step and each node of the integrator the row to use, (S, nodes)."""

    rows: NDArray[np.complex128]
    row_of: NDArray[np.int64]


def plan(times: NDArray[np.float64], breakpoints: Iterable[float], step: float, *, even: bool = False) -> Schedule:
    """Divide [0, last save time] so that every save time and breakpoint is a step boundary and no step is longer.

    even: give every interval an even number of steps, so that `in_pairs` makes a schedule of half the resolution.
    Shapes: times (K,), increasing and not negative.  Equal steps that differ by rounding are made equal.
    """
    end = float(times[-1])
    edges = np.unique(np.concatenate([[0.0], times, [b for b in breakpoints if 0.0 < b < end]]))
    # Save times that are the same up to rounding as a breakpoint must not make a step of length 1e-16.
    keep = np.concatenate([[True], np.diff(edges) > SAME_INSTANT * max(end, 1e-300)])
    edges = edges[keep]
    widths = np.diff(edges)
    unit = 2 if even else 1
    counts = unit * np.maximum(1, np.ceil(widths / (unit * step) - 1e-9)).astype(np.int64)
    lengths = _merge_equal(np.repeat(widths / counts, counts))
    within = np.concatenate([np.arange(count) for count in counts]) if len(counts) else np.zeros(0)
    starts = np.repeat(edges[:-1], counts) + within * lengths
    # A save time may have been merged with an edge just below it.
    nearest = np.searchsorted(edges, times + SAME_INSTANT * max(end, 1e-300), side="right") - 1
    done = np.concatenate([[0], np.cumsum(counts)])[nearest]
    return Schedule(times, starts, lengths, np.diff(np.concatenate([[0], done])).astype(np.int64))


def coefficient_rows(equations: Equations, schedule: Schedule, integrator: Integrator) -> CoefficientRows:
    """Sample every coefficient on the schedule, with the step length folded in as the integrator needs it.

    Constant coefficients need one row per distinct step length.  Time-dependent ones are taken just inside the step
    at both ends, so that a jump on a step boundary belongs to one side of it.
    """
    slots, nodes = slots_of(equations), integrator.tableau.nodes
    if all(slot.coefficient is None or slot.coefficient.is_constant for slot in slots):
        distinct, inverse = np.unique(schedule.lengths, return_inverse=True)
        at = np.zeros(len(distinct))
        exponents = _exponents(equations, integrator, at[None], distinct)
        rows = _rows(slots, at, distinct, exponents)
        return CoefficientRows(rows, np.repeat(inverse[:, None], len(nodes), axis=1).astype(np.int64))
    instants = schedule.instants(nodes).ravel()
    exponents = _exponents(equations, integrator, schedule.instants((0.0, 1.0)), schedule.lengths)
    rows = _rows(slots, instants, np.tile(schedule.lengths, len(nodes)), np.tile(exponents, len(nodes)))
    return CoefficientRows(rows, np.arange(len(instants)).reshape(len(nodes), -1).T.copy())


def _exponents(
    equations: Equations, integrator: Integrator, instants: NDArray[np.float64], lengths: NDArray[np.float64]
) -> NDArray[np.complex128]:
    """L h of every variable, L averaged over instants [node, step]; zero if the scheme needs none; (variables, S)."""
    result = np.zeros((len(equations.variables), len(lengths)), dtype=complex)
    if integrator.exact_linear:
        for variable, terms in enumerate(equations.drift):
            for term in terms:
                if term.factors == (variable,):
                    result[variable] = np.mean([term.coefficient.sample(at) for at in instants], axis=0) * lengths
    return result


def _rows(
    slots: list[Slot],
    times: NDArray[np.float64],
    lengths: NDArray[np.float64],
    exponents: NDArray[np.complex128],
) -> NDArray[np.complex128]:
    """Values of all slots for steps of given lengths; a system at rest has none."""
    rows = np.zeros((len(times), len(slots)), dtype=complex)
    for column, slot in enumerate(slots):
        rows[:, column] = slot.sample(times, lengths, exponents[slot.target])
    return rows


def _merge_equal(lengths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give steps whose lengths agree to 12 digits one common length, so that they share a row of coefficients."""
    order = np.argsort(lengths, kind="stable")
    sorted_lengths = lengths[order]
    new_value = np.concatenate([[True], np.diff(sorted_lengths) > 1e-12 * sorted_lengths[1:]])[: len(lengths)]
    merged = np.empty_like(lengths)
    merged[order] = sorted_lengths[np.maximum.accumulate(np.where(new_value, np.arange(len(lengths)), 0))]
    return merged

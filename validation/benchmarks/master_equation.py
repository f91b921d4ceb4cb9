"""The race of master equations: ours, QuTiP and dynamiqs, same cutoffs, same saved states, one core."""

from dataclasses import dataclass, replace
from statistics import median
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from validation.benchmarks.contest import Answer, Contest, ContestantFailed
from validation.benchmarks.contestants import GAMMA_P, PUMP, MasterWork
from validation.benchmarks.record import RATIO, Group, Record, span, three

TOLERANCE, EXACT = 1e-8, 1e-12
"""Nominal relative tolerance of all, and of ours where it is the reference for errors."""
LADDER = (1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10)
"""Tolerances of ours, of which the loosest is taken that is as accurate as the other tool."""
DISAGREES = 1e-5
"""Error of a saved element from which on a contestant is said to solve something else."""
SPACING = 0.1
REPETITIONS, TWICE = 3, 2
"""Measurements of ours, and of each other method."""
BATTERY = float(np.sqrt(GAMMA_P) * PUMP)

Steps: TypeAlias = tuple[Answer, NDArray[np.complex128]]


@dataclass(frozen=True)
class Method:
    """An integrator of a tool.  compiles: each of its calls compiles, so that its rate is that between two lengths."""

    tool: str
    method: str
    compiles: bool = False


@dataclass(frozen=True)
class Case:
    """What all of them solve; `until` by ours, and the stretch from t = 0 that each other method follows."""

    name: str
    work: MasterWork
    stretches: dict[str, float]


METHODS = (
    Method("QuTiP", "tsit5"),
    Method("QuTiP", "vern7"),
    Method("dynamiqs", "Tsit5", compiles=True),
)
"""Others of QuTiP (vern9, dop853, adams, and its sparse and dense formats) and of dynamiqs (Dopri5, Dopri8, its dense
format and vectorised form) were no faster, measured once, over one unit of time or a few at cutoffs (32, 9)."""
SHORT = 0.5
"""Shorter of two stretches, between which the rate is taken of a tool that compiles, or goes part of the way."""


def _work(cutoffs: tuple[int, int], until: float, drive: float = BATTERY) -> MasterWork:
    return MasterWork("", cutoffs, until, round(until / SPACING), TOLERANCE, drive)


FULL = (
    Case(
        "(32, 9), to t = 40",
        _work((32, 9), 40.0),
        {"tsit5": 10.0, "vern7": 4.0, "Tsit5": 20.0},
    ),
    Case("(64, 12), to t = 40", _work((64, 12), 40.0), {"tsit5": 1.0, "Tsit5": 1.5}),
    Case(
        "no parity, complex, (20, 7), to t = 10",
        replace(_work((20, 7), 10.0, 8.0), detuning=0.3, push=0.3 + 0.2j),
        {"tsit5": 10.0, "vern7": 10.0, "Tsit5": 10.0},
    ),
)
QUICK = (
    Case("(32, 9), to t = 40", FULL[0].work, {"tsit5": 4.0, "vern7": 1.0, "Tsit5": 8.0}),
    replace(FULL[2], stretches={"tsit5": 10.0, "Tsit5": 10.0}),
)


def to_the_whole(before: float, seconds: float, until: float, whole: float, *, compiles: bool) -> float:
    """Seconds to t = whole from those to SHORT and to `until`; of a tool that compiles, without what SHORT costs.

    With r = (T(until) − T(SHORT))/(until − SHORT): T(SHORT) + r (whole − SHORT), or r · whole.  Zero or less if the
    longer stretch takes no longer.
    """
    if before == 0:
        return seconds
    rate = (seconds - before) / (until - SHORT)
    return rate * whole if compiles or rate <= 0 else before + rate * (whole - SHORT)


class MasterRace:
    """One table: CPU seconds for the whole of each case, at the same nominal tolerance and at the same accuracy."""

    def __init__(self, contest: Contest, record: Record) -> None:
        self.contest, self.record = contest, record

    def table(self, cases: tuple[Case, ...] = FULL) -> Group:
        """All cases."""
        table = Group(
            f"master equation: CPU seconds, reduced states saved every {SPACING:g}, relative tolerance {TOLERANCE:g}",
            ["cutoffs", "tool, method", "s", "error", *RATIO, "× ours, as accurate", "measured over"],
            notes=[
                "error: of the saved elements, against ours at tolerance "
                f"{EXACT:g}; a tool that is off by more than {DISAGREES:g} solves something else.",
                "× ours, as accurate: beside ours at the loosest tolerance at which it errs no more than the other "
                f"over the same stretch, the median of {REPETITIONS}; none: no tolerance in 1e-4 … 1e-10 is such.",
                f"min … max: of all pairs of measurements, {REPETITIONS} of ours and {TWICE} of the other, in turn.",
                "Explicit steps are bound by stability, so a tool's time grows evenly once it has begun: from a "
                f"stretch the rest follows from the rate after t = {SHORT:g}.",
                "dynamiqs compiles in each call: its seconds are that rate times the whole, without compilation.",
            ],
        )
        group = self.record.started(table)
        for case in cases:
            self._case(group, case)
        return group

    def _ours(self, work: MasterWork) -> tuple[Answer, NDArray[np.complex128]]:
        file = self.contest.file("ours")
        answer = self.contest.running["ours"].ask(work, keep=file)
        return answer, np.load(file)

    def _case(self, group: Group, case: Case) -> None:
        _, exact = self._ours(replace(case.work, tolerance=EXACT))
        steps = {}
        for tolerance in LADDER:
            answer, states = self._ours(replace(case.work, tolerance=tolerance))
            steps[tolerance] = (answer, states)
        taken = [steps[TOLERANCE][0], *(self._ours(case.work)[0] for _ in range(REPETITIONS - 1))]
        seconds = [answer.seconds for answer in taken]
        error = float(np.abs(steps[TOLERANCE][1] - exact).max())
        group.add(
            [case.name, "ours", three(median(seconds)), f"{error:.0e}", "1", span(seconds), "", "the whole"],
            seconds=median(seconds), error=error, ratio=1.0,
        )  # fmt: skip
        for method in METHODS:
            if method.method not in case.stretches or method.tool not in self.contest.running:
                continue
            try:
                self._method(group, case, method, exact, steps)
            except ContestantFailed as trouble:
                if trouble.tool == "ours":
                    raise
                self.contest.failed(method.tool, trouble)
                self.record.wrong.append(str(trouble))

    def _method(
        self,
        group: Group,
        case: Case,
        method: Method,
        exact: NDArray[np.complex128],
        steps: dict[float, Steps],
    ) -> None:
        until, file = case.stretches[method.method], self.contest.file(method.tool)
        work = replace(case.work, method=method.method, until=until, saves=round(until / SPACING))
        own, scaled = [], []
        before = 0.0
        is_part = until < case.work.until
        if method.compiles or is_part:
            short = replace(work, until=SHORT, saves=round(SHORT / SPACING))
            # Not the first one, in which the tool compiles more than it does later.
            before = min(self.contest.running[method.tool].ask(short).seconds for _ in range(2))
        for _ in range(TWICE):
            own.append(self._ours(case.work)[0].seconds)
            whole = self.contest.running[method.tool].ask(work, keep=file).seconds
            scaled.append(to_the_whole(before, whole, until, case.work.until, compiles=method.compiles))
        own.append(self._ours(case.work)[0].seconds)
        if min(scaled) <= 0:
            raise ContestantFailed(
                method.tool, f"to t = {until:g} takes no longer than to t = {SHORT:g}; no rate from that"
            )
        count = work.saves + 1
        error = float(np.abs(np.load(file) - exact[:count]).max())
        ratio, pairs = median(scaled) / median(own), [a / b for a in scaled for b in own]
        equal = median(scaled) / self._as_accurate(case.work, error, exact[:count], steps)
        if not error < DISAGREES:
            self.record.wrong.append(
                f"disagrees: {method.tool}, {method.method}, {case.name}: an element is {error:.1g} off"
            )
        over = f"t = {SHORT:g} … {until:g}" if method.compiles or is_part else "the whole"
        group.add(
            [case.name, f"{method.tool}, {method.method}", three(median(scaled)), f"{error:.0e}", three(ratio),
             span(pairs), three(equal) if np.isfinite(equal) else "none", over],
            seconds=median(scaled), error=error, ratio=ratio, ratio_low=min(pairs), ratio_high=max(pairs),
            ratio_as_accurate=equal, stretch=until,
        )  # fmt: skip

    def _as_accurate(
        self, work: MasterWork, error: float, exact: NDArray[np.complex128], steps: dict[float, Steps]
    ) -> float:
        """Seconds of ours for the whole at the loosest tolerance that errs no more; NaN if there is none."""
        for tolerance, (answer, states) in steps.items():
            if np.abs(states[: len(exact)] - exact).max() <= error:
                loose = replace(work, tolerance=tolerance)
                again = [self._ours(loose)[0].seconds for _ in range(REPETITIONS - 1)]
                return median([answer.seconds, *again])
        return float("nan")

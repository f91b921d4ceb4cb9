"""The race of trajectories: nanoseconds per step, each tool in turn with ours, and seconds for a given accuracy."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import median

from validation.benchmarks.accuracy import WANTED_BIAS, bias_table, coarsest_steps
from validation.benchmarks.contest import Answer, Contest, ContestantFailed
from validation.benchmarks.contestants import Sample, Work
from validation.benchmarks.record import RATIO, Group, Record, ratio_of, span, three

UNTIL, STEPS = 20.0, 8000
"""Last time, and steps until then."""
REFERENCE = 102_400
"""Trajectories of ours with whose n̄ the others' are compared, in the same scheme and steps."""
LIMIT = 4.0
"""Standard errors from which on a contestant is said to integrate something else."""
GAUSSIAN, FOUR_POINT = "gaussian", "four-point"
REPETITIONS = 3
"""Of each measurement; two of the slowest."""


@dataclass(frozen=True)
class Entry:
    """A way to use a tool, beside a scheme of ours.

    best: takes part in the race for accuracy: the fastest that we know, and XMDS2's equations as printed.
    quick: whether a quick run has it.
    """

    tool: str
    arrangement: str
    scheme: str
    count: int
    beside: str
    best: bool = False
    repetitions: int = REPETITIONS

    @property
    def quick(self) -> bool:
        """The best ones, and those of XMDS2 that carry an ensemble."""
        return self.best or self.arrangement == "lattice, as printed"


ENTRIES = (
    Entry("NumPy", "blocks of 2048", "euler", 2048, "euler", best=True),
    Entry("NumPy", "blocks of 2048", "heun", 2048, "heun", best=True),
    Entry("sdeint", "one at a time", "euler", 8, "euler"),
    Entry("sdeint", "one at a time", "heun", 8, "heun"),
    Entry("sdeint", "stacked", "euler", 256, "euler", best=True),
    Entry("sdeint", "stacked", "heun", 256, "heun", best=True),
    Entry("XMDS2", "multi-path, as printed", "euler", 2048, "euler"),
    Entry("XMDS2", "multi-path, as printed", "midpoint", 2048, "midpoint"),
    Entry("XMDS2", "lattice, as printed", "euler", 8192, "euler"),
    Entry("XMDS2", "lattice, as printed", "midpoint", 8192, "midpoint", best=True),
    Entry("XMDS2", "lattice, split by hand", "euler", 8192, "euler", best=True),
    Entry("XMDS2", "lattice, split by hand", "midpoint", 8192, "midpoint", best=True),
    Entry("XMDS2", "lattice, split by hand", "runge-kutta", 8192, "heun", best=True),
    Entry("diffrax", "one each, vmap", "euler", 1024, "euler"),
    Entry("diffrax", "one each, vmap", "heun", 1024, "heun"),
    Entry("diffrax", "ensemble, real", "euler", 8192, "euler", best=True),
    Entry("diffrax", "ensemble, real", "heun", 8192, "heun", best=True),
    Entry("diffrax", "ensemble, real", "midpoint", 8192, "midpoint", best=True),
    Entry("torchsde", "Brownian interval", "heun", 2048, "heun", repetitions=2),
    Entry("torchsde", "fresh noise", "euler", 8192, "euler", best=True, repetitions=2),
    Entry("torchsde", "fresh noise", "heun", 8192, "heun", best=True, repetitions=2),
    Entry("torchsde", "fresh noise", "midpoint", 8192, "midpoint", best=True, repetitions=2),
)
OURS = (
    ("euler", GAUSSIAN),
    ("heun", GAUSSIAN),
    ("midpoint", GAUSSIAN),
    ("euler", FOUR_POINT),
    ("heun", FOUR_POINT),
    ("exponential heun", GAUSSIAN),
)
OUR_COUNT = 8192
LIKE = {"runge-kutta": "heun"}
"""Schemes that ours has not: what they are compared with, at steps whose bias is below the sampling error."""


def in_turn(
    contest: Contest, ours: Work, tool: str, theirs: Work, repetitions: int
) -> tuple[list[Answer], list[Answer]]:
    """Ours, theirs, ours, theirs, …; compilation is in neither.  Raises: ContestantFailed."""
    own, other = [], []
    for seed in range(1, repetitions + 1):
        own.append(contest.running["ours"].ask(ours, seed))
        other.append(contest.running[tool].ask(theirs, seed))
    return own, other


def pooled(answers: list[Answer]) -> Sample:
    """n̄ of all repetitions; those with the same numbers (a seed that cannot be changed) count once."""
    different = list({answer.mean: answer for answer in answers}.values())
    mean = sum(answer.mean for answer in different) / len(different)
    error = math.sqrt(sum(answer.error**2 for answer in different)) / len(different)
    return Sample(sum(answer.count for answer in different), mean, error)


def distance(theirs: Sample, reference: Sample) -> float:
    """Difference of photon numbers in standard errors of both; infinite if it is not a number."""
    z = (theirs.mean - reference.mean) / math.hypot(theirs.error, reference.error)
    return z if math.isfinite(z) else math.inf


class Race:
    """The tables of one run; references of ours are computed once for each scheme and step."""

    def __init__(self, contest: Contest, record: Record, *, quick: bool) -> None:
        self.contest, self.record, self.quick = contest, record, quick
        self.references: dict[tuple[str, int], Sample] = {}

    def reference(self, scheme: str, steps: int) -> Sample:
        """n̄ of ours at t = 20, from numbers of its own."""
        if (scheme, steps) not in self.references:
            work = Work(scheme, GAUSSIAN, REFERENCE // (5 if self.quick else 1), steps, UNTIL / steps, 10)
            answer = self.contest.running["ours"].ask(work, seed=1000, first=True)
            self.references[scheme, steps] = Sample(answer.count, answer.mean, answer.error)
        return self.references[scheme, steps]

    def speed(
        self, entries: tuple[Entry, ...] = ENTRIES, steps: int = STEPS, ours: tuple[tuple[str, str], ...] = OURS
    ) -> Group:
        """Nanoseconds per trajectory-step."""
        group = self._group(
            f"trajectories: ns per trajectory-step, two-mode positive-P, t = {UNTIL:g}, {steps} steps, one core",
            ["tool", "scheme", "ns", "best … worst", *RATIO, "n̄ at the end", "off by, σ"],
            notes=[
                f"Moments at 101 times included.  Ours and the other tool in turn, {self._times(REPETITIONS)} times, "
                "torchsde 2; min … max: of the ratios of neighbours in time.",
                "n̄ is compared with ours in the same scheme and steps; a tool further off than "
                f"{LIMIT:g} σ integrates something else.",
                "XMDS2, as printed: the equations as printed, complex; split by hand: real and imaginary parts written "
                "apart by hand, the fastest found.",
                "multi-path: one trajectory after the other; lattice: many at once.  Its Runge–Kutta scheme stands "
                "beside Heun's, which it has not.",
            ],
        )
        for scheme, noise in ours:
            work = Work(scheme, noise, OUR_COUNT, steps, UNTIL / steps)
            answers = [self.contest.running["ours"].ask(work, seed) for seed in range(1, self._times(REPETITIONS) + 1)]
            self._row(group, f"ours, {noise}", scheme, steps, answers, [])
        for entry in entries:
            if entry.tool not in self.contest.running or (self.quick and not entry.quick):
                continue
            theirs = Work(entry.scheme, entry.arrangement, entry.count, steps, UNTIL / steps)
            beside = Work(entry.beside, GAUSSIAN, OUR_COUNT, steps, UNTIL / steps)
            name = f"{entry.tool}, {entry.arrangement}"
            try:
                own, other = in_turn(self.contest, beside, entry.tool, theirs, self._times(entry.repetitions))
            except ContestantFailed as trouble:
                self.failure(entry.tool, trouble)
                continue
            scheme = entry.scheme if entry.beside == entry.scheme else f"{entry.scheme} / {entry.beside}"
            self._row(group, name, scheme, steps, other, own)
        return group

    def _group(self, title: str, columns: list[str], notes: list[str]) -> Group:
        return self.record.started(Group(title, columns, notes=notes))

    def _times(self, repetitions: int) -> int:
        return min(2, repetitions) if self.quick else repetitions

    def failure(self, tool: str, trouble: ContestantFailed) -> None:
        """Name it; without ours there is no race."""
        if trouble.tool == "ours":
            raise trouble
        self.contest.failed(tool, trouble)
        self.record.wrong.append(str(trouble))

    def _row(self, group: Group, name: str, scheme: str, steps: int, answers: list[Answer], ours: list[Answer]) -> None:
        taken = [answer.seconds / (answer.count * steps) * 1e9 for answer in answers]
        own = [answer.seconds / (answer.count * steps) * 1e9 for answer in ours] or taken
        ratio, pairs = ratio_of(taken, own)
        n, z = pooled(answers), self.judged(name, scheme.split(" / ", maxsplit=1)[0], steps, answers)
        spread = span(pairs) if ours else ""
        group.add(
            [name, scheme, three(median(taken)), span(taken), three(ratio) if ours else "", spread,
             f"{n.mean:.2f} ± {n.error:.2f}", f"{z:+.1f}"],
            nanoseconds=median(taken), best=min(taken), worst=max(taken), ratio=ratio, ratio_low=min(pairs),
            ratio_high=max(pairs), photons=n.mean, photons_error=n.error, sigmas=z,
        )  # fmt: skip

    def judged(self, name: str, scheme: str, steps: int, answers: list[Answer]) -> float:
        """Distance from our reference; what is too far off is put down as wrong."""
        z = distance(pooled(answers), self.reference(LIKE.get(scheme, scheme), steps))
        if abs(z) > LIMIT:
            self.record.wrong.append(f"disagrees: {name}, {scheme}: n̄ is {z:+.1f} σ off ours in the same steps")
        return z

    def accuracy(self, entries: tuple[Entry, ...] = ENTRIES) -> Iterator[Group]:
        """Bias by scheme and step, and seconds for a million trajectories in the longest step that is good enough."""
        biases = self.record.started(bias_table())
        longest = coarsest_steps(biases, quick=self.quick)
        yield biases
        group = self._group(
            f"cost per accuracy: CPU seconds for 1,000,000 trajectories, bias of n̄ below {WANTED_BIAS} over t = 2 … 20",
            ["tool", "scheme", "step", "s", "best … worst", *RATIO, "n̄ at the end", "off by, σ"],
            notes=[
                "The same scheme in the same steps has the same bias whatever tool integrates it: steps are chosen by "
                "the bias measured with ours,",
                "and n̄ of the other tool is compared with ours in that scheme and step.  Ours stands in its cheapest "
                "scheme.  From fewer trajectories, scaled; moments at up to 20 times.",
                "XMDS2's Runge–Kutta scheme, which ours has not, takes the steps that Heun's may take: its bias is "
                "assumed to be no larger, in its favour.",
                "min … max: of the ratios of neighbours in time.",
                "Not raced: XMDS2's interaction picture, and diffrax's schemes of higher order.",
            ],
        )
        if not longest:
            self.record.wrong.append(f"no scheme of ours has a bias below {WANTED_BIAS} at any of the steps tried")
            yield group
            return
        candidates = {
            (scheme, noise): Work(scheme, noise, OUR_COUNT, _steps(step), step, _saves(step))
            for (scheme, noise), step in longest.items()
        }
        asked = {
            key: [self.contest.running["ours"].ask(work, k) for k in range(1, self._times(REPETITIONS) + 1)]
            for key, work in candidates.items()
        }
        costs = {key: median(a.seconds / a.count for a in answers) for key, answers in asked.items()}
        best = min(costs, key=lambda key: costs[key])
        for key in sorted(costs, key=lambda key: costs[key]):
            self._cost(group, f"ours, {key[1]}", key[0], longest[key], asked[key], [], costs[best])
        for entry in entries:
            step = longest.get((LIKE.get(entry.scheme, entry.scheme), GAUSSIAN))
            if not entry.best or step is None or entry.tool not in self.contest.running:
                continue
            theirs = Work(entry.scheme, entry.arrangement, entry.count, _steps(step), step, _saves(step))
            ours = replace(candidates[best], count=OUR_COUNT)
            try:
                own, other = in_turn(self.contest, ours, entry.tool, theirs, self._times(entry.repetitions))
            except ContestantFailed as trouble:
                self.failure(entry.tool, trouble)
                continue
            name = f"{entry.tool}, {entry.arrangement}"
            self._cost(group, name, entry.scheme, step, other, own, costs[best])
        yield group

    def _cost(
        self, group: Group, name: str, scheme: str, step: float, answers: list[Answer], ours: list[Answer], best: float
    ) -> None:
        taken = [answer.seconds / answer.count * 1e6 for answer in answers]
        own = [answer.seconds / answer.count * 1e6 for answer in ours]
        ratio, pairs = ratio_of(taken, own) if own else (median(taken) / best / 1e6, [])
        n, z = pooled(answers), self.judged(name, scheme, _steps(step), answers)
        group.add(
            [name, scheme, f"1/{1 / step:g}", three(median(taken)), span(taken), three(ratio),
             span(pairs) if pairs else "", f"{n.mean:.2f} ± {n.error:.2f}", f"{z:+.1f}"],
            step=step, seconds=median(taken), ratio=ratio, photons=n.mean, photons_error=n.error, sigmas=z,
        )  # fmt: skip


def _steps(step: float) -> int:
    return round(UNTIL / step)


def _saves(step: float) -> int:
    """At most twenty times that divide the steps."""
    return math.gcd(_steps(step), 20)

"""What a claim is made of: comparisons of a number found with one expected, tables, and the claim itself."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from validation.judgement import Outcome, chance, judge, noticed, smallest_visible

Array = NDArray[np.float64]


class Tier(Enum):
    """How long a claim takes: QUICK ones all run in three minutes together."""

    QUICK = "quick"
    FULL = "full"


class MissingReferee(Exception):
    """A program that a claim compares with is not installed; the message says how to install it."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """A quantity as the library has it, and as an independent route has it; all arrays (K,) and real.

    error: standard error of the difference; 0 for what is not sampled.  known: bounds that are stated beforehand, of
    step, cutoff and rounding.  declared: the size of a bias that was declared beforehand.  wrong: what `expected` would
    be with the error of the claim's control; None if that leaves this quantity as it is.  axis: what the values
    depend on, of the name axis_name; None for a list of numbers, which `labels` then names.
    """

    quantity: str
    found: Array
    expected: Array
    error: Array
    known: Array
    declared: Array
    wrong: Array | None = None
    unit: str = "1"
    axis: Array | None = None
    axis_name: str = ""
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what would make a judgement out of nothing; a value found may be anything."""
        errors = {"error": self.error, "known": self.known, "declared": self.declared}
        numbers = {"expected": self.expected, **errors} | ({} if self.wrong is None else {"wrong": self.wrong})
        for name, array in numbers.items():
            if not np.isfinite(array).all() or (name in errors and (array < 0).any()):
                must_be = "finite and not negative" if name in errors else "finite"
                raise ValueError(f"`{name}` of {self.quantity} must be {must_be}, got {array}")
        for name, given in (("axis", self.axis), ("labels", self.labels or None)):
            if given is not None and np.shape(given) != self.found.shape:
                raise ValueError(
                    f"`{name}` of {self.quantity} must have shape {self.found.shape}, got {np.shape(given)}"
                )

    @cached_property
    def outcome(self) -> Outcome:
        """Agrees, biased as declared, or disagrees."""
        return judge(self.found - self.expected, self.known, self.error, self.declared)

    @cached_property
    def control_fails(self) -> bool | None:
        """Whether the control's error is seen, as it must be; None only where it leaves the quantity as it is."""
        if self.wrong is None:
            return None
        return judge(self.found - self.wrong, self.known, self.error, self.declared) is Outcome.DISAGREES

    @property
    def chance(self) -> float:
        """Probability that sampling alone makes the values found look as bad as they do."""
        return chance(self.found - self.expected, self.known, self.error)

    @property
    def noticed(self) -> Array:
        """The difference at which each point alone makes this disagree, (K,); a declared bias is not in it."""
        return noticed(self.known, self.error)

    @property
    def is_relative(self) -> bool:
        """Whether `smallest_visible` is a share of the expected values; else it is in their unit."""
        return bool(self.expected.any())

    @cached_property
    def smallest_visible(self) -> float:
        """The smallest common (relative) error of the values found that this comparison would have called wrong."""
        scale = np.abs(self.expected) if self.is_relative else np.ones_like(self.expected)
        return smallest_visible(self.found - self.expected, self.known, self.error, self.declared, scale)


def compare(
    quantity: str,
    found: ArrayLike,
    expected: ArrayLike,
    *,
    error: ArrayLike = 0.0,
    known: ArrayLike = 0.0,
    declared: ArrayLike = 0.0,
    wrong: ArrayLike | None = None,
    unit: str = "1",
    axis: ArrayLike | None = None,
    axis_name: str = "",
    labels: Iterable[str] = (),
) -> Iterator[Comparison]:
    """Comparisons of real numbers, or of the real and of the imaginary part of complex ones; everything is broadcast.

    error and known of a complex quantity are complex: those of its two parts; a real `known` or `declared` holds for
    both.  An imaginary part that is 0 on every side makes no comparison, and a part that the control's error leaves as
    it is has no control if the other one has: a conjugate shows in the imaginary part alone.
    Raises: ValueError if there is nothing to compare, for errors and bounds that are negative or not finite, for what
    is expected, with or without the control's error, if it is not finite, and for an axis or labels of another length.
    A value found that is not finite disagrees.
    """
    numbers = [np.atleast_1d(np.asarray(each)) for each in (found, expected, found if wrong is None else wrong)]
    labels = tuple(labels)
    along = None if axis is None else np.asarray(axis, dtype=np.float64)
    is_planted = wrong is not None and not (numbers[2] == numbers[1]).all()
    parts = (("Re ", np.real), ("Im ", np.imag)) if any(map(np.iscomplexobj, numbers)) else (("", np.real),)
    for name, part in parts:
        values = [part(each).astype(np.float64) for each in numbers]
        if name == "Im " and not any(each.any() for each in values):
            continue
        bounds = [np.asarray(each) for each in (known, declared)]
        # A real bound of a complex quantity holds for both parts.
        both = [part(each) if np.iscomplexobj(each) else each for each in bounds]
        shape = np.broadcast_shapes(*(each.shape for each in values))
        if len(shape) != 1 or not shape[0]:
            raise ValueError(f"{quantity} must be numbers (K,), K ≥ 1, got shape {shape}")
        arrays = [
            np.broadcast_to(np.asarray(each, dtype=np.float64), shape)
            for each in (*values, part(np.asarray(error)), *both)
        ]
        yield Comparison(
            name + quantity,
            found=arrays[0],
            expected=arrays[1],
            wrong=None if wrong is None or (is_planted and (arrays[2] == arrays[1]).all()) else arrays[2],
            error=arrays[3],
            known=arrays[4],
            declared=arrays[5],
            unit=unit,
            axis=along,
            axis_name=axis_name,
            labels=labels,
        )


def compare_variable(
    run: xr.Dataset, variable: str, expected: ArrayLike, *, quantity: str = "", mode: str | None = None, **others: Any
) -> Iterator[Comparison]:
    """Compare a variable of a result over its times, with the errors that the result itself states.

    The bounds of step, cutoff and estimator are what is known; `known` in others adds to them.
    """
    values = {suffix: run[variable + suffix] for suffix in ("", "_stderr", *KNOWN_ERRORS) if variable + suffix in run}
    if mode is not None:
        values = {suffix: each.sel(mode=mode) for suffix, each in values.items()}
    stated = [values[suffix].values for suffix in KNOWN_ERRORS if suffix in values]
    others["known"] = _sum_of_bounds([*stated, np.asarray(others.get("known", 0.0))])
    if "time" in values[""].dims:
        others = {"axis": run.time.values, "axis_name": f"time t ({run.time.attrs.get('units')})"} | others
    error = values["_stderr"].values if "_stderr" in values else 0.0
    unit = str(values[""].attrs.get("units", "1"))
    yield from compare(quantity or variable, values[""].values, expected, error=error, **({"unit": unit} | others))


def _sum_of_bounds(bounds: list[NDArray[Any]]) -> NDArray[Any]:
    """Their sum; a real one holds for both parts of complex ones."""
    if any(map(np.iscomplexobj, bounds)):
        bounds = [each if np.iscomplexobj(each) else each * (1 + 1j) for each in bounds]
    return np.asarray(sum(bounds))


MOMENTS = {
    "mean_field": "mean field ⟨a⟩",
    "photon_number": "photon number n̄",
    "pair_amplitude": "pair amplitude ⟨a²⟩",
    "pair_number": "pair number ⟨a†²a²⟩",
}
"""Variables of a result that have a mode, and what they are called here."""

KNOWN_ERRORS = ("_step_error", "_cutoff_error", "_estimator_error")
"""Suffixes of the errors, other than sampling, that a result states."""


@dataclass(frozen=True, eq=False)
class Table:
    """Figures that belong to a claim and are no comparison; the headings name their units."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Check = Callable[[], Iterable[Comparison | Table]]


@dataclass(frozen=True, eq=False)
class Claim:
    """A sentence that can be false, and how it is checked.

    statement: what is claimed, with its formula, in the words of a physicist.  route: how the library finds it.
    referee: what it is compared with.  source: where that is published or derived.  control: the error that is planted
    into what is expected, and must be seen.  check: yields the comparisons.
    """

    name: str
    subject: str
    statement: str
    route: str
    referee: str
    source: str
    control: str
    tier: Tier
    check: Check


@dataclass
class Subject:
    """A chapter of the report: its title and its claims, in the order of their declaration."""

    title: str
    claims: list[Claim] = field(default_factory=list)

    def claim(
        self, statement: str, *, route: str, referee: str, source: str, control: str, tier: Tier = Tier.QUICK
    ) -> Callable[[Check], Check]:
        """Declare the function below as the check of a claim, which is named after it."""

        def declare(check: Check) -> Check:
            name = check.__name__.replace("_", "-")
            self.claims.append(Claim(name, self.title, statement, route, referee, source, control, tier, check))
            return check

        return declare

"""When a number of the paper counts as reproduced, when as confirmed, and when a sentence holds."""

from dataclasses import dataclass, field
from math import isfinite
from typing import Literal, TypeAlias

from validation.paper.page import Verdict
from validation.paper.printed import Claim

EXACT = 0.001
"""Share of a fitted parameter within which the best choice gives the paper's number itself."""
NEAR = 0.01
CONFIRMED = 0.02
SHORT_OF_ONE = 0.1
"""Share of 1 − |r| within which two correlation coefficients say the same."""

RULES = {
    "reproduced": "A fit has open choices; one of them, the nearest to the paper in units of its last digits, is taken "
    f"for all parameters of the fit. “exact”: within {EXACT:.1%} of the paper’s number, or half a unit of "
    f"its last digit. "
    "“range”: that number lies between the smallest and the largest that the choices give, which counts in part, as "
    f"it says little where many choices were tried. “near”: within {NEAR:.0%}. "
    f"For a correlation coefficient 1 − |r| is compared, within {SHORT_OF_ONE / 2:.0%} and {SHORT_OF_ONE:.0%}. "
    "A number that the text reads off a curve, “about 10”: “yes” if ours is as near as “about” may mean.",
    "confirmed": f"The same choice at converged cutoffs: a parameter within {CONFIRMED:.0%} of the paper’s, 1 − |r| "
    f"larger by {SHORT_OF_ONE:.0%} at most (a better fit confirms a fit), and a number that is read off as near "
    "as before.",
}
"""By judgement, what it takes."""


Reproduced: TypeAlias = Literal["exact", "range", "near", "yes", "NO"]


@dataclass(frozen=True)
class Measured:
    """Ours at the paper's cutoffs under the best choice and over all choices, and converged under the best one.

    choice: the best reading and choice in words.  others: the numbers of all of them.  key: the best choice, by its
    name among those that were given.
    """

    value: float
    low: float
    high: float
    converged: float
    choice: str = ""
    cutoffs: str = ""
    others: dict[str, float] = field(default_factory=dict)
    key: str = ""

    @property
    def tried(self) -> int:
        """How many choices were tried, each under every reading of the cutoffs."""
        return len(self.others)

    @property
    def without(self) -> int:
        """How many of them have no value."""
        return sum(not isfinite(value) for value in self.others.values())


@dataclass(frozen=True)
class Row:
    """A claim, what we found, and the two judgements."""

    claim: Claim
    measured: Measured
    reproduced: Reproduced
    confirmed: bool

    @property
    def found(self) -> Literal["in full", "in part", "no"]:
        """Whether it is reproduced; in part within a range: of many choices, some lie on either side of any number."""
        return "no" if self.reproduced == "NO" else "in part" if self.reproduced == "range" else "in full"


def judge(claim: Claim, measured: Measured) -> Row:
    """Apply the rules to one claim; NaN is neither reproduced nor confirmed."""
    return Row(claim, measured, _reproduced(claim, measured), _confirmed(claim, measured.converged))


def _reproduced(claim: Claim, measured: Measured) -> Reproduced:
    distance = abs(measured.value - claim.value)
    if claim.kind == "read":
        return "yes" if distance <= claim.margin else "NO"
    scale = 1 - abs(claim.value) if claim.kind == "correlation" else abs(claim.value)
    exact, near = (SHORT_OF_ONE / 2, SHORT_OF_ONE) if claim.kind == "correlation" else (EXACT, NEAR)
    if distance <= max(claim.margin, exact * scale):
        return "exact"
    if measured.low - claim.margin <= claim.value <= measured.high + claim.margin:
        return "range"
    return "near" if distance <= near * scale else "NO"


def _confirmed(claim: Claim, value: float) -> bool:
    if claim.kind == "correlation":
        return 1 - value <= (1 + SHORT_OF_ONE) * (1 - claim.value) + claim.margin
    return abs(value - claim.value) <= (claim.margin if claim.kind == "read" else CONFIRMED * abs(claim.value))


def held(words: str, holds: bool) -> Verdict:
    """Words that say how something is, and whether the paper says so."""
    return Verdict(words, "holds" if holds else "fails")

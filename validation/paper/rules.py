"""When a number of the paper counts as reproduced, and when as confirmed."""

from dataclasses import dataclass, field
from math import isfinite

from validation.paper.printed import Claim

EXACT = 0.001
"""Share of a fitted parameter within which the best choice gives the paper's number itself."""
NEAR = 0.01
CONFIRMED = 0.02
SHORT_OF_ONE = 0.1
"""Share of 1 − |r| within which two correlation coefficients say the same."""

RULES = f"""\
reproduced   A fit has open choices, listed above; one of them, the nearest to the paper in units of its last digits, is
             taken for all parameters of the fit.  "exact": within {EXACT:.1%} or half a digit.  "range": the paper's
             number lies between the smallest and the largest that the choices give.  "near": within {NEAR:.0%}.
             |r|: 1 − |r| within {SHORT_OF_ONE / 2:.0%} and {SHORT_OF_ONE:.0%} instead.
             Numbers read off a curve: "yes" within ±.
confirmed    The same choice at converged cutoffs: a parameter within {CONFIRMED:.0%} of the paper's; 1 − |r| larger by
             {SHORT_OF_ONE:.0%} at most (a better fit confirms a fit); a number read off a curve within ±."""


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


@dataclass(frozen=True)
class Row:
    """A claim, what we found, and the two judgements."""

    claim: Claim
    measured: Measured
    reproduced: str
    confirmed: bool

    @property
    def broken(self) -> bool:
        """Whether something could not be computed, or a reproduction that is known to hold does not."""
        finite = isfinite(self.measured.value) and isfinite(self.measured.converged)
        return not finite or (self.claim.reproduced and self.reproduced == "NO")


def judge(claim: Claim, measured: Measured) -> Row:
    """Apply the rules to one claim; NaN is neither reproduced nor confirmed."""
    return Row(claim, measured, _reproduced(claim, measured), _confirmed(claim, measured.converged))


def _reproduced(claim: Claim, measured: Measured) -> str:
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

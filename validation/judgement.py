"""When two numbers agree: one rule for all claims, independent of the library that is under test.

A difference has a part that is known beforehand (the stated bounds of step, cutoff and rounding) and one of chance.
What remains of it after the known part is counted in standard errors.  Most of these come from a jackknife over 20
groups, which makes it a Student's t with 19 degrees of freedom; some come from known variances, and a normal
distribution would do.  Both are judged as a Student's t, which is conservative: its tails are the longer ones.  The
chance that sampling alone makes one comparison look as bad decides, and the limit is the same for every comparison.
"""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

Array = NDArray[np.float64]

DISAGREES_BELOW = 1e-4
"""Chance below which a comparison disagrees.

The quick tier has about 270 sampled comparisons: with no error anywhere, one run of fresh seeds in about forty would
contain one that disagrees.  The seeds are fixed, so this is decided once, and not again with every run.
"""

DEGREES_OF_FREEDOM = 19
"""Groups of a jackknife, less one."""


class Outcome(IntEnum):
    """What a comparison or a claim comes to; the worst comparison decides for its claim."""

    AGREES = 0
    BIASED_AS_DECLARED = 1
    DISAGREES = 2
    NOT_CHECKED = 3

    @property
    def words(self) -> str:
        """As it is printed."""
        return self.name.lower().replace("_", " ")


def chance(difference: Array, known: Array, error: Array) -> float:
    """Probability that sampling alone makes a set of differences look as bad as this one, all (K,) -> 1.

    z = max(|difference| − known, 0)/error.  Two tests, each charged for the other: the largest z, charged for the K
    chances it had, and the root mean square of z as if all points were one, which sees a difference that is everywhere
    and nowhere large and which no correlation between the points can fool.  NaN, and a difference without an error
    beyond what is known, have the chance 0.
    """
    if not len(difference):
        return 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        excess = np.abs(difference) - known
        z = np.where(excess <= 0, 0.0, excess / error)
    if not np.isfinite(z).all():
        return 0.0
    largest = len(z) * _tails(float(z.max()))
    everywhere = _tails(float(np.sqrt((z**2).mean())))
    return float(min(1.0, 2 * min(largest, everywhere))) if len(z) > 1 else min(1.0, largest)


def noticed(known: Array, error: Array) -> Array:
    """The difference at which each point alone makes its comparison disagree, (K,) -> (K,)."""
    charged = 4 * len(known) if len(known) > 1 else 2
    return known - error * float(stdtrit(DEGREES_OF_FREEDOM, DISAGREES_BELOW / charged))


def judge(difference: Array, known: Array, error: Array, declared: Array) -> Outcome:
    """Agrees; else biased as declared, if a bias of the declared size explains it; else disagrees.  All (K,)."""
    if chance(difference, known, error) >= DISAGREES_BELOW:
        return Outcome.AGREES
    if declared.any() and chance(difference, known + declared, error) >= DISAGREES_BELOW:
        return Outcome.BIASED_AS_DECLARED
    return Outcome.DISAGREES


def smallest_visible(difference: Array, known: Array, error: Array, declared: Array, scale: Array) -> float:
    """The smallest d for which these very data, shifted by d·scale either way, disagree; all (K,) -> 1.

    Infinite if no shift does.
    """

    def seen(size: float) -> bool:
        return all(
            judge(difference + sign * size * scale, known, error, declared) is Outcome.DISAGREES for sign in (-1, 1)
        )

    if not len(difference):
        return np.inf
    high = 1e-18
    while not seen(high):
        high *= 4
        if high > 1e12:
            return np.inf
    low = high / 4
    for _ in range(30):
        middle = float(np.sqrt(low * high))
        low, high = (low, middle) if seen(middle) else (middle, high)
    return high


def _tails(size: float) -> float:
    """Probability of |t| ≥ size."""
    return 2 * float(stdtr(DEGREES_OF_FREEDOM, -size))

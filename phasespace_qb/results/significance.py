"""How unlikely a set of z-scores is: correlated over time, from error bars that are themselves estimates.

A z-score is a difference over its standard error.  The error comes from a jackknife over 20 groups, so a single z obeys
Student's t with 19 degrees of freedom (with two sampled results it has thinner tails, and this is conservative).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

Array = NDArray[np.float64]

DEGREES_OF_FREEDOM = 19
"""Groups of the jackknife, less one."""

DOUBT_BELOW, DISAGREE_BELOW = 1e-2, 1e-3
"""Chance, over everything that was compared, below which two results are doubted to agree, or said to disagree."""

CHANCES_PER_SIGN_CHANGE = 5.0
"""Independent chances of a large |z| for each change of sign.

A smooth Gaussian process of ν zero crossings a unit of time exceeds a level u (either way) with the probability of one
point times 1 + ν·T·u·√(2π)/2 (Rice 1944, both tails); here u = 4.
"""


def chance_of(size: float) -> float:
    """Probability of |z| ≥ size at a single point: two tails of Student's t."""
    return 2.0 * float(stdtr(DEGREES_OF_FREEDOM, -abs(size)))


def size_at(chance: float) -> float:
    """The |z| that a single point exceeds with probability `chance`; the inverse of `chance_of`."""
    return float(-stdtrit(DEGREES_OF_FREEDOM, min(chance, 1.0) / 2))


def independent_times(differences: Array) -> int:
    """How many independent chances of a large |z| a series has, (T,) -> 1 … T: 1 + 5 × changes of sign, at most T.

    Independent numbers change sign every second time, which gives T; a series that a real difference keeps on one side
    gives 1.  Zeros (nothing happened yet) and NaN are left out.
    """
    signs = np.sign(differences[np.isfinite(differences) & (differences != 0)])
    changes = np.count_nonzero(signs[1:] != signs[:-1])
    return int(max(1, min(len(signs), 1 + CHANCES_PER_SIGN_CHANGE * changes)))


def chance_of_series(z: Array, differences: Array) -> float:
    """Probability that a series of z-scores without any real difference looks as bad as this one, (T,), (T,) -> 1.

    Two tests, each charged for the other: the largest |z| by Bonferroni over the independent times; and the root mean
    square of z as if all times were one (no weaker correlation makes a large mean square likelier), which sees a
    difference that is everywhere and nowhere large.  1 if there is no z at all.
    """
    known = z[np.isfinite(z)]
    if not len(known):
        return 1.0
    largest = independent_times(differences) * chance_of(float(np.abs(known).max()))
    everywhere = chance_of(float(np.sqrt((known**2).mean())))
    return min(1.0, 2.0 * min(largest, everywhere))

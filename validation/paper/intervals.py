"""What stands after ± on the page: half of a 95 % interval, and what is known to be off, for every number alike."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from validation.judgement import DEGREES_OF_FREEDOM

Size = TypeVar("Size", float, NDArray[np.float64])

INTERVAL = float(stdtrit(DEGREES_OF_FREEDOM, 0.975))
"""Standard errors to either end of a 95 % interval: Student's t, since errors come from groups of trajectories."""


def reach_of_fit(error: float, points: int) -> float:
    """Half of the 95 % interval of one of two parameters of a fit, from the scatter of so many points about it.

    Raises: ValueError for fewer than three points, which do not scatter.
    """
    if points < 3:
        raise ValueError(f"`points` must be at least 3, got {points}")
    return float(stdtrit(points - 2, 0.975)) * error


def reach(error: Size, known: Size) -> Size:
    """Half of the 95 % interval of a standard error, and a known bound on top."""
    return INTERVAL * error + known

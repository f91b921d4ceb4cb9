"""When the coefficients of a Krylov recurrence are found anew, and when those of an earlier step serve again.

v_(k+1) = Lv_k − a_k v_k − b_k v_(k−1) holds for any a and b, and the estimate of the error that the small matrix tells
supposes no others.  The state changes little from step to step, so a and b that suited one step suit the next ones
almost as well; and vectors made with known coefficients cost one pass over memory instead of two.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FOUND, USED = 2, 32
"""Steps in a row with coefficients of their own, and steps that then share those of the last.

What a step with shared coefficients leaves is not typical: coefficients found right after it serve no other step.
"""
WORTH = 0.6
"""Length of a step with shared coefficients, as a part of one with its own, from which the former is the cheaper."""
MOST_FOUND = 96
"""Most steps in a row with coefficients of their own, where sharing did not pay before."""


@dataclass(eq=False)
class Recurrence:
    """Coefficients a = own and b = last, (m,), and whether they are known before the next step.

    left: steps until that changes.  row: steps in a row that find their own.  standard: length of a good step.
    """

    own: Array
    last: Array
    known: bool = False
    left: int = FOUND
    row: int = FOUND
    standard: float = 0.0

    @classmethod
    def of(cls, vectors: int) -> Self:
        """Nothing known, of this many vectors."""
        return cls(np.zeros(vectors), np.zeros(vectors))

    def note(self, length: float, *, complete: bool) -> None:
        """A step of this length was made; complete: with all vectors, and as long as its error allowed."""
        self.left -= 1
        if not self.known:
            self.standard = length
            if self.left <= 0 and complete:
                self.known, self.left = True, USED
        elif complete:
            # The first is judged by the step that found its coefficients, the others by the first.
            first, short = self.left == USED - 1, length < WORTH * self.standard
            if first:
                self.standard = length
                self.row = min(2 * self.row, MOST_FOUND) if short else FOUND
            if short or self.left <= 0:
                self.known, self.left = False, self.row

    def forget(self) -> bool:
        """Find coefficients in the next steps; whether known ones had been used, so that the step may be repeated."""
        known, self.known, self.left = self.known, False, self.row
        return known

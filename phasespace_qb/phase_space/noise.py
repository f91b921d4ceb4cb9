"""Random numbers and what addresses them: (seed, point key, pilot or not, block index, purpose) and nothing else.

The same address gives the same numbers whatever the number of workers, the order of the blocks, or the size of the
ensemble that the block belongs to.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.errors import refusal

SeedLike = int | np.random.Generator | np.random.SeedSequence | None


class Purpose(IntEnum):
    """What a stream is for; streams of different purpose never share a number."""

    LANES = 0
    START = 1


def entropy_of(rng: SeedLike) -> int:
    """The seed of a run, from whatever SPEC 7 allows; None draws one from the operating system.

    A Generator is drawn from once.  The returned number reproduces the run when given as `rng`.
    Raises: TypeError for anything else, ValueError for a negative integer.
    """
    if isinstance(rng, np.random.Generator):
        return int(rng.integers(0, 2**63))
    if isinstance(rng, np.random.SeedSequence):
        return int(rng.generate_state(1, np.uint64)[0])
    if rng is None:
        return int(np.random.SeedSequence().generate_state(1, np.uint64)[0])
    if isinstance(rng, bool) or not isinstance(rng, int | np.integer):
        raise TypeError(refusal("rng", "None, a whole number, a Generator or a SeedSequence", rng))
    if rng < 0:
        raise ValueError(refusal("rng", "not negative", rng))
    return int(rng)


@dataclass(frozen=True)
class Address:
    """Where the numbers of a run come from.  point: key of a point in a sweep, empty for a single run."""

    entropy: int
    point: tuple[int, ...] = ()
    pilot: bool = False

    def stream(self, block: int, purpose: Purpose) -> np.random.PCG64DXSM:
        """The bit stream of one block for one purpose."""
        key = (*self.point, int(self.pilot), block, int(purpose))
        return np.random.PCG64DXSM(np.random.SeedSequence(self.entropy, spawn_key=key))


def lane_generators(stream: np.random.PCG64DXSM, lanes: int) -> NDArray[np.uint64]:
    """The next seeds of generators, four words for each lane; shape (4 · lanes,)."""
    return np.asarray(stream.random_raw(4 * lanes), dtype=np.uint64)

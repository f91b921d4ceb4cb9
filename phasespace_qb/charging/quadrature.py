"""Integrals over time of what is known at save times, with the error that their distance makes.

Between two jumps of a drive everything is smooth and a cubic spline joins the samples; at a jump, rates change at
once.  The drive itself is known at every time, so that products with it are integrated between the samples as well.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

Array = NDArray[np.float64]

FEWEST_TIMES = 5
"""Fewer cannot be compared with every second of them."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
SAME_INSTANT = 1e-9
"""Instants closer than this part of the run are one."""


@dataclass(frozen=True, eq=False)
class SaveTimes:
    """Save times (T,) from 0, with the instants of a drive's jumps, which are among them, and all its breakpoints."""

    times: Array
    jumps: tuple[float, ...] = ()
    breakpoints: tuple[float, ...] = ()

    @classmethod
    def under(cls, times: Array, drive: Callable[[Array], NDArray[Any]], breakpoints: Iterable[float]) -> "SaveTimes":
        """Tell jumps of a drive, where rates change at once, from mere kinks."""
        end = float(times[-1])
        inside = np.array(sorted({b for b in breakpoints if 0 < b < end}))
        if not len(inside):
            return cls(times)
        reach = SAME_INSTANT * end
        before, after = drive(inside - reach), drive(np.minimum(inside + reach, end))
        jumping = np.abs(after - before) > 1e-6 * np.abs(np.concatenate([before, after])).max()
        return cls(times, tuple(inside[jumping].tolist()), tuple(inside.tolist()))

    def integral(self, samples: NDArray[Any], integrand: Callable[[Array, NDArray[Any]], Array]) -> Array:
        """∫₀ᵗ integrand(t', y(t')) dt' at every save time; samples (T,) of y, splines between them; (T,)."""
        return self._integral(samples, integrand, smooth=True)

    def bound(self, sizes: NDArray[Any], integrand: Callable[[Array, NDArray[Any]], Array]) -> Array:
        """The same for sizes of errors, joined by straight lines so that none is negative."""
        return self._integral(sizes, integrand, smooth=False)

    def grid_error(self, samples: NDArray[Any], integrand: Callable[[Array, NDArray[Any]], Array]) -> Array:
        """By how much the integral changes when every second time is left out, (T,)."""
        kept = np.unique(np.concatenate([[*range(i, j + 1, 2), j] for i, j in self._pieces()]))
        coarse = SaveTimes(self.times[kept], self.jumps, self.breakpoints)
        moved = np.abs(coarse.integral(samples[kept], integrand) - self.integral(samples, integrand)[kept])
        return np.asarray(np.interp(self.times, self.times[kept], moved))

    def _integral(
        self, samples: NDArray[Any], integrand: Callable[[Array, NDArray[Any]], Array], smooth: bool
    ) -> Array:
        # A breakpoint that is a save time up to rounding is that save time.
        apart = [b for b in self.breakpoints if np.abs(self.times - b).min() > 2 * SAME_INSTANT * self.times[-1]]
        edges = np.unique(np.concatenate([self.times, apart]))
        half = np.diff(edges) / 2
        nodes = edges[:-1, None] + half[:, None] * (1 + _NODES)
        values = np.empty(nodes.shape, dtype=samples.dtype)
        for i, j in self._pieces():
            part = (edges[:-1] >= self.times[i]) & (edges[:-1] < self.times[j])
            known, y = self.times[i : j + 1], samples[i : j + 1]
            if smooth:
                values[part] = CubicSpline(known, y)(nodes[part])
            else:
                values[part] = np.interp(nodes[part], known, y)
        steps = half * (integrand(nodes, values) @ _WEIGHTS)
        total = np.concatenate([[0.0], np.cumsum(steps)])
        return np.asarray(total[np.searchsorted(edges, self.times)])

    def stretches(self) -> list[tuple[float, float]]:
        """First and last instant of every smooth stretch."""
        edges = [0.0, *self.jumps, float(self.times[-1])]
        return list(pairwise(edges))

    def saved_in(self, stretch: tuple[float, float]) -> int:
        """How many save times there are in a stretch; none if one of its ends was not saved."""
        reach = 2 * SAME_INSTANT * self.times[-1]
        ends = [np.abs(self.times - end).min() <= reach for end in stretch]
        inside = (self.times >= stretch[0] - reach) & (self.times <= stretch[1] + reach)
        return int(inside.sum()) if all(ends) else 0

    def _pieces(self) -> list[tuple[int, int]]:
        """First and last save time of every smooth stretch."""
        return [
            (int(np.abs(self.times - first).argmin()), int(np.abs(self.times - last).argmin()))
            for first, last in self.stretches()
        ]

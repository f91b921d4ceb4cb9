"""When amplitudes are kept: lags, origins and the saves of a record, checked before any work starts."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phasespace_qb.errors import refusal, require_real, require_reals

Array = NDArray[np.float64]

ORIGINS_UNDER_WAY = 32
"""Origins whose lags are summed at once, at most: closer ones would cost more than the integration and say no more."""
FEWEST_LAGS = 5
MOST_SAVES = 10**6


class Record(NamedTuple):
    """Lags (L,), save times (T,) from the first origin to the end of the last one's lags, and the origins among them.

    stride: distance of two origins in saves.
    """

    lags: Array
    times: Array
    stride: int
    origins: int

    def few(self, count: int) -> tuple[int, ...]:
        """Numbers of so many saves, spread over the record."""
        return tuple(int(save) for save in np.unique(np.linspace(0, len(self.times) - 1, count).round()))


def record_of(lags: ArrayLike, since: float, until: float | None) -> Record:
    """The record that holds all origins from `since` to `until`, each with all of its lags.

    Raises: TypeError or ValueError for other than equidistant lags from 0 on, or times that are not real.
    """
    asked = _lags(lags)
    begin = require_real("since", since, "a finite time, not negative (units of 1/gamma_s)", lambda t: t >= 0)
    end = (
        begin if until is None else require_real("until", until, "a finite time from `since` on", lambda t: t >= begin)
    )
    spacing = float(asked[-1]) / (len(asked) - 1)
    stride = -(-(len(asked) - 1) // ORIGINS_UNDER_WAY)
    origins = 1 + int((end - begin) / (stride * spacing) + 1e-9)
    saves = (origins - 1) * stride + len(asked)
    if saves > MOST_SAVES:
        must_be = f"so early that the record has at most {MOST_SAVES:,} saves, {spacing:.3g} apart"
        raise ValueError(refusal("until", must_be, end))
    return Record(asked, np.asarray(begin + spacing * np.arange(saves), dtype=np.float64), stride, origins)


def _lags(lags: ArrayLike) -> Array:
    must_be = f"{FEWEST_LAGS} or more equidistant times 0, δ, 2δ, … (units of 1/gamma_s)"
    given = require_reals("lags", lags, must_be)
    if len(given) < FEWEST_LAGS:
        raise ValueError(refusal("lags", must_be, lags))
    distances = np.diff(given)
    if given[0] != 0 or given[-1] <= 0 or np.abs(distances - distances.mean()).max() > 1e-9 * given[-1]:
        raise ValueError(refusal("lags", must_be, lags, "Use np.linspace(0, longest, count)."))
    return given

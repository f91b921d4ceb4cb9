"""One small run of the paper's battery that many tests read; each gets its own copy."""

from functools import cache

import numpy as np
import xarray as xr

import phasespace_qb as qb

TIMES = np.linspace(0.0, 8.0, 9)
TRAJECTORIES = 3_000


@cache
def _paper_run() -> xr.Dataset:
    return qb.simulate(qb.DopoBattery(), TIMES, qb.PositiveP(TRAJECTORIES, rng=1))


def paper_run() -> xr.Dataset:
    """3 000 positive-P trajectories at nine times; a copy."""
    return _paper_run().copy(deep=True)

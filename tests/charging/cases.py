"""Small batteries whose master equation is solved in a moment, and results that several tests read; each a copy."""

from functools import cache

import numpy as np

import phasespace_qb as qb

SMALL = qb.DopoBattery(pump=2.0, kappa=1.5)
CUTOFFS = (24, 12)
METHOD = qb.Lindblad(CUTOFFS)


@cache
def _exact(off, samples, last):
    battery = SMALL if off is None else SMALL.switched_off(off)
    return qb.simulate(battery, np.linspace(0.0, last, samples), METHOD)


def exact(off=None, samples=81, last=2.0):
    """SMALL by the master equation, switched off at a time if it is given."""
    return _exact(off, samples, last).copy(deep=True)


AT = np.arange(0.6, 5.1, 0.4)
HOLDS = (0.0, 0.2)


@cache
def _switched():
    return qb.switch_off(SMALL, AT, HOLDS, METHOD)


def switched():
    """`switch_off` of SMALL by the master equation."""
    return _switched().copy(deep=True)

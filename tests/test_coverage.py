"""Do the error bars cover?  Many independent repeats against the master equation: n̄, W, W^c, W^i and P_max."""

from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
from scipy.stats import t as student

import phasespace_qb as qb

CURVES = ("energy", "ergotropy", "ergotropy_coherent", "ergotropy_incoherent")
LEVEL = float(student.ppf(0.975, 19))
"""Half width of a 95 % interval in standard errors, with 20 groups."""


class Repeats(NamedTuple):
    """Deviations from exact and standard errors, [repeat, time], by quantity, and times."""

    times: np.ndarray
    deviation: dict[str, np.ndarray]
    stderr: dict[str, np.ndarray]


@cache
def repeats(pump, last, count, trajectories, cutoffs):
    """`count` runs of the charging curve at λ = pump/2, at 1, 2, … last."""
    times = np.linspace(1.0, last, int(last))
    exact = qb.simulate(qb.DopoBattery(pump), times, qb.Lindblad(cutoffs))
    names = (*CURVES, "maximum_power")
    deviation, stderr = {name: [] for name in names}, {name: [] for name in names}
    for seed in range(count):
        run = qb.simulate(qb.DopoBattery(pump), times, qb.PositiveP(trajectories, rng=1000 + seed))
        for name in names:
            deviation[name].append(np.atleast_1d(run[name] - exact[name]))
            stderr[name].append(np.atleast_1d(run[f"{name}_stderr"]))
    return Repeats(
        times,
        {name: np.array(values) for name, values in deviation.items()},
        {name: np.array(values) for name, values in stderr.items()},
    )


def coverage(found, late_from, *, error_factor=1.0, bias=0.0):
    """Share of 95 % intervals that hold the exact value, by quantity and part of the curve.

    error_factor and bias (in standard errors) plant an error.
    """
    shares = {}
    for name, deviation in found.deviation.items():
        stderr = found.stderr[name]
        held = np.abs(deviation + bias * stderr) <= LEVEL * error_factor * stderr
        if name == "maximum_power":
            shares[name] = held.mean()
            continue
        late = found.times >= late_from
        shares[f"{name}, transient"], shares[f"{name}, late"] = held[:, ~late].mean(), held[:, late].mean()
    return {key: float(share) for key, share in shares.items()}


def covers(shares, each, average):
    """Whether every share lies in `each` and their mean in `average`, both (low, high)."""
    mean = np.mean(list(shares.values()))
    return all(each[0] <= share <= each[1] for share in shares.values()) and average[0] <= mean <= average[1]


LIGHT = (3.0, 16.0, 60, 5_120, (60, 14)), 9.0
FULL = (3.0, 40.0, 400, 5_120, (80, 16)), 25.0


def test_intervals_cover_in_a_light_version():
    """60 repeats: wide bands, which still tell errors that are wrong by a fifth."""
    arguments, late_from = LIGHT
    found = repeats(*arguments)
    shares = coverage(found, late_from)
    assert covers(shares, (0.87, 0.995), (0.925, 0.975)), shares
    assert not covers(coverage(found, late_from, error_factor=0.8), (0.87, 0.995), (0.925, 0.975))
    assert not covers(coverage(found, late_from, bias=0.8), (0.87, 0.995), (0.925, 0.975))


@pytest.mark.slow
def test_intervals_cover():
    """400 repeats of 5 120 trajectories, 40 times."""
    arguments, late_from = FULL
    found = repeats(*arguments)
    shares = coverage(found, late_from)
    assert covers(shares, (0.91, 0.985), (0.94, 0.96)), shares
    assert not covers(coverage(found, late_from, error_factor=0.9), (0.91, 0.985), (0.94, 0.96))
    assert not covers(coverage(found, late_from, bias=0.5), (0.91, 0.985), (0.94, 0.96))

"""The master equation at given cutoffs: the library's own results, whether it would have advised others or not."""

import numpy as np
import pytest

import phasespace_qb as qb
from validation.evidence import KNOWN_ERRORS
from validation.paper.as_given import solved_as_given
from validation.paper.runs import QUANTITIES, TOLERANCE


@pytest.mark.parametrize(
    ("cutoffs", "pump", "off", "times", "is_rejected"),
    [
        ((20, 7), 1.5, np.inf, np.linspace(0.0, 4.0, 9), False),
        ((6, 3), 3.0, np.inf, np.linspace(0.0, 4.0, 9), True),
        ((20, 7), 1.5, 2.0, np.linspace(2.0, 3.0, 5), False),
        ((20, 7), 1.5, 2.5, np.linspace(2.0, 3.0, 4), False),
    ],
)
def test_results_are_those_of_simulate(cutoffs, pump, off, times, is_rejected):
    battery = qb.DopoBattery(pump, kappa=0.5, gamma_p=16.0)
    battery = battery if np.isinf(off) else battery.switched_off(off)
    expected = qb.simulate(battery, times, qb.Lindblad(cutoffs, tolerance=TOLERANCE))
    assert (expected.verdict == "reject") is is_rejected
    found = solved_as_given(battery, times, cutoffs, TOLERANCE, off)
    for name in [*(f"{each}{suffix}" for each in QUANTITIES.values() for suffix in ("", *KNOWN_ERRORS[:2]))]:
        np.testing.assert_array_equal(found[name], expected[name].values, err_msg=name)
    for name in ("maximum_power", "maximum_power_time"):
        assert found[name] == expected[name]

"""Which results are of one system: discharges of one battery, and steady states of any kind."""

import json

import numpy as np
import pytest

import phasespace_qb as qb
from tests.results.test_comparison import REFERENCE, TIMES, reasons

LOADED = {
    "model": "two-level load",
    "parameters": json.dumps({"coupling": "10.0"}),
    "charging_parameters": json.dumps({"pump": "3.0"}),
    "disconnected_at": 10.0,
    "method": "discharge from test",
}


def test_discharges_of_other_batteries_or_instants_are_other_systems():
    one = REFERENCE.assign_attrs(LOADED)
    assert qb.agreement(one, one.assign_attrs(disconnected_at=10 * (1 + 1e-14))).attrs["verdict"] == "agree"
    other = one.assign_attrs(charging_parameters=json.dumps({"pump": "2.0"}))
    with pytest.raises(ValueError, match=r"charging pump = 3\.0, got an other one: charging pump = 2\.0"):
        qb.agreement(one, other)
    with pytest.raises(ValueError, match=r"disconnected_at = 10, got an other one: disconnected_at = 9"):
        qb.agreement(one, one.assign_attrs(disconnected_at=9.0))
    constant = one.assign_attrs(disconnected_at=9.0, method="discharge from eliminated steady state")
    assert qb.agreement(one, constant).attrs["verdict"] == "agree"


@pytest.mark.parametrize("role", ["run", "reference"])
def test_a_state_of_unknown_origin_is_doubted(role):
    pair = dict.fromkeys(("run", "reference"), REFERENCE.assign_attrs(LOADED))
    bare = {key: value for key, value in pair[role].attrs.items() if not key.startswith(("charging", "disconnected"))}
    pair[role] = pair[role].drop_attrs(deep=False).assign_attrs(bare)
    found = qb.agreement(**pair)
    assert found.attrs["verdict"] == "doubt"
    assert "says which battery was disconnected" in reasons(found)[0]


def at_infinity(run):
    return run.isel(time=[-1]).assign_coords(time=[np.inf])


def test_steady_states_at_the_time_infinity_are_compared():
    found = qb.agreement(at_infinity(REFERENCE), at_infinity(REFERENCE))
    assert (found.attrs["verdict"], found.attrs["times_in_one_only"]) == ("agree", 0)
    assert found.time.values.tolist() == [np.inf]
    late = REFERENCE.isel(time=[-1])
    with pytest.raises(ValueError, match="saved at times of `run`"):
        qb.agreement(late, at_infinity(REFERENCE))


def test_a_constant_result_is_compared_with_a_steady_state():
    constant = REFERENCE.assign_attrs(method="eliminated steady state")
    for pair in ((constant, at_infinity(REFERENCE)), (at_infinity(REFERENCE), constant)):
        found = qb.agreement(*pair)
        assert (found.attrs["verdict"], found.attrs["times_in_one_only"]) == ("agree", 0)
        assert found.time.values.tolist() == [np.inf]
    wrong = at_infinity(REFERENCE)
    wrong["energy"] = wrong["energy"] + 1
    assert qb.agreement(constant, wrong).attrs["verdict"] == "disagree"
    # With a result over time it is compared at its own times, as ever.
    assert qb.agreement(constant, REFERENCE).sizes["time"] == len(TIMES)

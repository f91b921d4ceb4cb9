"""The record of an audit of the paper: what goes in comes out, it is valid JSON, and what is none is refused."""

import json
from dataclasses import replace
from math import isnan

import numpy as np
import pytest

from validation.paper.page import Verdict
from validation.paper.record import KIND, Record, as_json, parsed, plain, read

RESULT = {"times": [0.1, 0.2, 1e-300], "none": float("nan"), "far": [float("-inf"), 1.0], "words": "γ_s", "yes": True}
RECORD = Record(
    {"b(x=1)": RESULT, "a(x='ü')": {"deep": {"other": 1.5}}},
    quick=True,
    surroundings={"numpy": "2"},
    date="1 May 2026",
    seconds=3.5,
    not_computed={"c()": "ValueError: <no>"},
    verdicts=[("figure-2", "Fig. 2", (Verdict("holds", "holds"),))],
)


def test_what_goes_in_comes_out():
    back = parsed(as_json(RECORD))
    assert as_json(back) == as_json(RECORD)
    found = back.results["b(x=1)"]
    assert isnan(found.pop("none"))
    assert found == {name: value for name, value in RESULT.items() if name != "none"}
    assert back.results["a(x='ü')"] == {"deep": {"other": 1.5}}
    assert (back.quick, back.date, back.seconds, back.not_computed) == (True, "1 May 2026", 3.5, RECORD.not_computed)
    assert back.verdicts == RECORD.verdicts
    assert not back.complete
    assert replace(back, not_computed={}).complete
    assert not replace(back, not_computed={}, interrupted=True).complete


def test_it_is_valid_json_with_a_line_for_each_result():
    def refuse(constant):
        raise AssertionError(constant)

    words = as_json(RECORD)
    assert json.loads(words, parse_constant=refuse)["complete"] is False
    assert sum(line.startswith(('"b(x=1)"', '"a(x=')) for line in words.splitlines()) == 2
    json.loads(as_json(replace(RECORD, results={})))


def test_a_result_is_what_the_record_will_give_back():
    assert plain({"pair": (1.0, float("inf")), "deep": {2: "x"}}) == {"pair": [1.0, float("inf")], "deep": {"2": "x"}}
    with pytest.raises(TypeError):
        plain({"set": {1}})
    with pytest.raises(ValueError, match="must not have a part with the names all, count alone"):
        plain({"part": {"all": 1.0, "count": 2}})


@pytest.mark.parametrize(
    ("values", "is_shorter"),
    [
        ([0.0] * 401, True),
        ([float(f"{each:.7g}") for each in np.linspace(0, 40, 401)], True),
        ([float(f"{each:.7g}") for each in np.linspace(40, 45.5, 111)], True),
        ([float(f"{each:.7g}") for each in np.geomspace(1, 40, 401)], False),
        ([0.0] * 400 + [1.0], True),
        ([0.0] * 400 + [float("inf")], True),
        ([0] * 400, False),
        ([-0.0] + [0.0] * 400, True),
    ],
)
def test_a_list_that_can_be_told_in_less_is(values, is_shorter):
    record = replace(RECORD, results={"a()": {"list": values}})
    assert parsed(as_json(record)).results["a()"]["list"] == values
    assert (len(as_json(record)) < 600) is is_shorter


@pytest.mark.parametrize(
    "values",
    [
        np.exp(np.linspace(-700, 700, 401)).tolist(),
        [-0.0, 5e-324, -1.7976931348623157e308, 1e22, 0.1, 1.0, 100.0, 1e-7] * 9,
        [float(f"{each:.7g}") for each in np.sin(np.linspace(0, 3, 401))],
    ],
)
def test_a_long_list_comes_back_to_the_last_bit(values):
    record = replace(RECORD, results={"a()": {"list": values}})
    words = as_json(record)
    assert '"deflated"' in words
    back = parsed(words).results["a()"]["list"]
    assert [each.hex() for each in back] == [each.hex() for each in values]


def test_a_record_of_the_first_format_is_read():
    old = as_json(RECORD).replace('"format": 2', '"format": 1').replace("1.5", "[1.5,2.5]")
    back = parsed(old)
    assert back.results["a(x='ü')"] == {"deep": {"other": [1.5, 2.5]}}
    assert '"format": 2' in as_json(back)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (as_json(RECORD).replace('{"other":1.5}', '{"deflated":"no"}'), "it is no JSON"),
        (as_json(RECORD).replace('{"other":1.5}', '{"deflated":"é"}'), "it is no JSON"),
        ("", "it is no JSON"),
        ("[" * 100_000, "it is no JSON"),
        ("{}", "it does not say that it is one"),
        ("[1]", "it does not say that it is one"),
        ('{"kind": NaN}', "NaN is no JSON"),
        (json.dumps({"kind": KIND, "format": 7}), "its format is 7"),
        (as_json(RECORD).replace('"quick": true', '"quick": "no"'), "its 'quick' is missing, or something else"),
        (as_json(RECORD).replace('"results"', '"result"'), "its 'results' is missing"),
        (as_json(RECORD).replace('{"deep":{"other":1.5}}', "3"), "its 'results' holds something else"),
    ],
)
def test_what_is_no_record_is_refused(text, why, tmp_path):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(ValueError, match="must be one that `python -m validation paper` has written") as refusal:
        read(tmp_path / "x.json")
    assert why in str(refusal.value)


def test_what_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(OSError, match=r"must be a file that can be read, got .*there: No such file"):
        read(tmp_path / "there")
    (tmp_path / "x").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="it is no text"):
        read(tmp_path / "x")

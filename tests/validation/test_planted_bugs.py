"""The list of planted bugs is whole, every one of them can be planted, and a copy that is broken catches nothing."""

import ast
from collections import Counter
from pathlib import Path

import pytest

import phasespace_qb
from tests.validation.invented_claims import everything
from validation.audit import examine
from validation.planted import trials
from validation.planted.bugs import BUGS, KINDS, Bug
from validation.planted.hunt import fall
from validation.planted.trials import Hunt, hunt, hunt_all

PACKAGE = Path(phasespace_qb.__file__).parent

REQUIRED = ("sign", "factor", "conjugate", "vacuum", "swap", "reused noise", "off by one", "wrong merge")
"""Kinds of mistakes of each of which there are three or more."""


def test_there_are_fifty_with_names_of_their_own():
    assert len(BUGS) == 50
    assert len({bug.name for bug in BUGS}) == 50


def test_every_kind_of_mistake_occurs():
    counts = Counter(bug.kind for bug in BUGS)
    assert set(counts) == set(KINDS)
    assert all(counts[kind] >= 3 for kind in REQUIRED)


def test_no_two_bugs_are_the_same_change():
    assert len({(bug.file, bug.old, bug.new) for bug in BUGS}) == 50


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_the_wrong_line_fits_the_package_and_parses(bug: Bug):
    source = (PACKAGE / bug.file).read_text(encoding="utf-8")
    assert source.count(bug.old) == 1
    assert bug.new != bug.old
    wrong = ast.parse(source.replace(bug.old, bug.new))
    # Generated source is text within the file, or the file is such a text.
    assert ast.dump(wrong) != ast.dump(ast.parse(source))


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_the_mistake_is_said_in_one_sentence(bug: Bug):
    assert bug.mistake.endswith(".")
    assert "`" not in bug.mistake
    assert "_" not in bug.mistake


def broken(file: str) -> Bug:
    """A bug that lets a file of the package not even be imported."""
    source = (PACKAGE / file).read_text(encoding="utf-8")
    return Bug("broken", "sign", "A file is broken.", file, source, 'raise ValueError("planted")')


@pytest.mark.parametrize("file", ["__init__.py", "simulation.py", "models/algebra.py"])
def test_a_copy_that_cannot_be_imported_catches_nothing(file, tmp_path):
    found = hunt(broken(file), ["random-numbers"], tmp_path)
    assert not found.caught
    assert found.trouble == "ValueError: planted in random-numbers"


def test_a_claim_that_can_no_longer_be_found_catches_nothing(tmp_path):
    found = hunt(None, ["no-such-claim"], tmp_path)
    assert not found.caught
    assert "no chapter that can be imported has a claim 'no-such-claim'" in found.trouble


def test_a_hunt_without_an_end_catches_nothing_and_says_where_it_was(tmp_path):
    found = hunt(None, ["random-numbers"], tmp_path, patience=0.01)
    assert found == Hunt({}, trouble="no end after 0.01 s in random-numbers")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a-curve-is-right", ("", "")),
        ("a-curve-is-wrong", ("photon number n̄", "disagrees")),
        ("a-control-is-not-seen", ("photon number n̄", "control is not seen")),
        ("a-check-crashes", ("ValueError: the <second> one crashed", "raised an error")),
    ],
)
def test_how_a_claim_fell_is_told_apart(name, expected):
    assert fall(examine(name, everything)) == expected
    assert expected[1] in ("", *trials.HOW)


def hunting(monkeypatch, nothing: Hunt) -> list[Bug | None]:
    """Let hunts find nothing, and one without a bug this; returns what is planted meanwhile."""
    planted: list[Bug | None] = []

    def found(bug, *_):
        planted.append(bug)
        return nothing if bug is None else Hunt({"a": 1.0})

    monkeypatch.setattr(trials, "hunt", found)
    return planted


@pytest.mark.parametrize("nothing", [Hunt({"a": 1.0, "b": 1.0}, trouble="it died"), Hunt({"a": 1.0})])
def test_claims_that_cannot_be_checked_without_a_bug_are_an_error(nothing, monkeypatch):
    planted = hunting(monkeypatch, nothing)
    with pytest.raises(RuntimeError, match=r"where nothing is planted, \d of 2 claims were not checked"):
        hunt_all(BUGS[:3], ["a", "b"])
    assert planted == [None]


def test_where_a_claim_falls_without_a_bug_none_is_planted(monkeypatch):
    fallen = Hunt({"a": 1.0}, "a", "n̄", "disagrees")
    planted = hunting(monkeypatch, fallen)
    assert hunt_all(BUGS[:3], ["a", "b"]) == (fallen, [])
    assert planted == [None]


def test_every_bug_is_planted_after_two_passes_without_one(monkeypatch):
    planted = hunting(monkeypatch, Hunt({"a": 1.0, "b": 0.5}))
    _, hunts = hunt_all(BUGS[:3], ["a", "b"])
    assert planted[:2] == [None, None]
    assert Counter(planted[2:]) == Counter(BUGS[:3])
    assert len(hunts) == 3

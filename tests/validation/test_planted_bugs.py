"""The list of planted bugs is whole, and every one of them can be planted."""

import ast
from collections import Counter
from pathlib import Path

import pytest

import phasespace_qb
from validation.planted.bugs import BUGS, KINDS, Bug

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

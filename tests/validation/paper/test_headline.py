"""The sentences at the head of the page follow the numbers and conclusions of the sections."""

from dataclasses import replace

import pytest

from tests.validation.paper.invented_sections import number, part
from validation.paper.page import Verdict
from validation.paper.record import Record
from validation.paper.sections import all_tasks, tell_all
from validation.paper.summary import Audit
from validation.report.paper_headline import headline, readings
from validation.report.typeset import as_html, spaced

GOOD = Verdict("it rises", "holds")
BAD = Verdict("it saturates (an effect of the cutoffs)", "fails")


def audit(*parts, without=0):
    tasks = all_tasks(parts, quick=True)
    record = Record(
        {task.key: task.do() for task in tasks[without:]},
        True,
        {},
        "1 May 2026",
        1.0,
        {task.key: "no time" for task in tasks[:without]},
    )
    return Audit(record, tell_all(list(parts), record.told_from, quick=True))


def test_numbers_are_counted_and_those_not_found_are_named():
    found, missed = number(reproduced="exact", confirmed="yes"), number(reproduced="NO", confirmed="no")
    (sentence,) = headline(audit(part(numbers=(found, replace(missed, quantity="height")))))
    assert sentence.startswith("Of 2 numbers that the paper gives, 1 are found again")
    assert "1 to the digits that are printed" in sentence
    assert "and 1 remain" in sentence
    assert "Not found: height (Fig. " in sentence
    (sentence,) = headline(audit(part(numbers=(found,))))
    assert "Not found" not in sentence


@pytest.mark.parametrize(
    ("conclusions", "expected"),
    [
        ((), []),
        ((GOOD,), ["What holds: it rises."]),
        ((BAD, GOOD), ["What holds: it rises.", "What does not hold: it saturates (an effect of the cutoffs)."]),
    ],
)
def test_conclusions_are_listed_by_how_far_they_hold(conclusions, expected):
    assert headline(audit(part(numbers=(), conclusions=conclusions))) == expected


def test_an_incomplete_audit_has_none():
    assert headline(audit(part(conclusions=(GOOD,)), without=1)) == []


def test_the_meaning_of_a_cutoff_that_is_nearest_is_counted():
    first, second = (number(reproduced=f"exact (N = {name})") for name in ("number of levels", "highest level"))
    words = readings([first, second, second])
    assert "“N = number of levels” for 1 and “N = highest level” for 2 of the 3 numbers" in words


def test_signs_are_those_of_print():
    assert spaced("5.1% of the paper's γ_s' and 95 % more") == (
        "5.1\N{NARROW NO-BREAK SPACE}% of the paper’s γ_s′ and 95\N{NARROW NO-BREAK SPACE}% more"
    )
    assert as_html("γ_s'") == "<i>γ</i><sub>s</sub>′"

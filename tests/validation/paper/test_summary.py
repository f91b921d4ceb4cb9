"""What an audit of the paper comes to: every way not to pass, and that nothing else is one."""

import numpy as np
import pytest

from tests.validation.paper.invented_sections import comparison, good, number, part
from validation.evidence import compare
from validation.paper import sections
from validation.paper.computing import Results
from validation.paper.record import Record
from validation.paper.sections import FIGURES, STATEMENTS, all_tasks, tell_all
from validation.paper.summary import Audit, missed


def audit(parts, *, without=0, **change):
    """An audit of parts; without: so many of its tasks have no result."""
    tasks = all_tasks(parts, quick=True)
    results = {task.key: task.do() for task in tasks[without:]}
    record = Record(results, True, {}, "1 May 2026", 1.0, **change)
    return Audit(record, tell_all(parts, record.told_from, quick=True))


def test_a_good_audit_passes():
    found = audit(good())
    assert found.passed
    assert not found.faults
    assert (len(found.numbers), len(found.comparisons)) == (2, 4)


@pytest.mark.parametrize(
    "comparisons",
    [
        (comparison(shift=9),),
        (comparison(), comparison(wrong=1.0001)),
        tuple(compare("x", [np.nan], [1.0], known=0.1)),
    ],
)
def test_routes_that_differ_and_controls_that_are_not_seen_are_faults(comparisons):
    found = audit([*good(), part("bad", comparisons=comparisons)])
    assert not found.passed
    assert [(fault.section, fault.comparison) for fault in found.faults] == [("bad", comparisons[-1])]


def test_an_approximation_that_is_off_as_declared_is_none():
    (each,) = compare("W", [2.0, 3.0], [2.1, 3.1], declared=0.2, wrong=[3.0, 4.0])
    assert audit([part(comparisons=(each,))]).passed


@pytest.mark.parametrize(
    ("change", "is_missed"),
    [
        ({}, False),
        ({"reproduced": "NO"}, True),
        ({"reproduced": "NO (N = number of levels)"}, True),
        ({"reproduced": "near"}, False),
        ({"converged": "nan"}, True),
        ({"figure": "4", "quantity": "γ_s t of the largest W^c", "reproduced": "NO"}, False),
        ({"figure": "9", "quantity": "what nobody printed", "reproduced": "NO"}, True),
        ({"figure": "9", "quantity": "what nobody printed"}, False),
    ],
)
def test_what_is_known_to_be_reproduced_must_be(change, is_missed):
    assert bool(missed([number(**change)])) is is_missed
    assert audit([part(numbers=(number(**change),))]).passed is not is_missed


def test_an_audit_that_lacks_something_does_not_pass():
    for found in (audit(good(), not_computed={"x()": "why"}), audit(good(), interrupted=True)):
        assert not found.passed
        assert not found.record.complete


def test_a_section_without_its_results_says_so_and_costs_no_other():
    found = audit(good(), without=1)
    assert [bool(told.trouble) for told in found.told] == [True, True]
    assert "the record has no result of double(number=1.5)" in found.told[0].section.answer
    assert not found.passed

    class Broken:
        """A section that cannot be written."""

        def tasks(self, *, quick):
            """Nothing."""
            return []

        def tell(self, results, *, quick):
            """Nothing either."""
            raise ZeroDivisionError("by <0>")

    told = tell_all([*good()[:1], sections.Part("broken", True, Broken())], Results({}), quick=False)
    assert told[1].trouble == "Broken could not be written: ZeroDivisionError: by <0>"


def test_tasks_that_sections_share_are_done_once():
    assert len(all_tasks(good(), quick=True)) == 1


def test_every_figure_and_statement_of_the_paper_has_a_section():
    parts = sections.all_parts()
    assert [each.name for each in parts] == [*FIGURES, *STATEMENTS]
    assert [each.is_figure for each in parts] == [True] * 7 + [False] * 6
    for quick in (True, False):
        assert all(each.teller.tasks(quick=quick) for each in parts)

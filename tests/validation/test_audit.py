"""What becomes of claims: outcomes, controls, crashes, and processes that die."""

import os
import signal

import pytest

from tests.validation import invented_claims
from tests.validation.invented_claims import everything, good
from validation.audit import Findings, examine, examine_all
from validation.claims import CHAPTERS, all_chapters, claims_of
from validation.crew import _inherited, work_through
from validation.evidence import Subject, Tier
from validation.judgement import Outcome

IMPATIENT = {Tier.QUICK: 600.0, Tier.FULL: 2.0}


@pytest.mark.parametrize(
    ("name", "outcome", "control_fails"),
    [
        ("a-curve-is-right", Outcome.AGREES, True),
        ("a-bias-is-declared", Outcome.BIASED_AS_DECLARED, True),
        ("a-long-one-is-right", Outcome.AGREES, True),
        ("a-curve-is-wrong", Outcome.DISAGREES, True),
        ("a-control-is-not-seen", Outcome.AGREES, False),
        ("no-control-is-planted", Outcome.AGREES, False),
        ("a-number-is-none", Outcome.DISAGREES, True),
    ],
)
def test_a_claim_passes_only_if_it_stands_and_its_control_falls(name, outcome, control_fails):
    record = examine(name, everything)
    assert (record.outcome, record.control_fails, record.trouble) == (outcome, control_fails, "")
    assert record.passed is (outcome < Outcome.DISAGREES and control_fails)


def test_a_check_that_crashes_is_not_checked_and_keeps_what_it_compared():
    record = examine("a-check-crashes", everything)
    assert record.outcome is Outcome.NOT_CHECKED
    assert "ValueError: the <second> one crashed" in record.trouble
    assert len(record.comparisons) == 1


def test_a_missing_referee_is_not_checked_and_says_what_to_install():
    record = examine("a-referee-is-missing", everything)
    assert record.outcome is Outcome.NOT_CHECKED
    assert record.trouble == "QuTiP is not installed: pip install qutip"


def test_a_process_that_dies_takes_only_its_own_claim_with_it():
    claims = list(claims_of({"deadly": invented_claims.DEADLY, "good": invented_claims.GOOD}).values())
    done, seen = [], set()
    records = examine_all(claims, done.append, chapters=everything, on_step=seen.update)
    assert [record.claim for record in records] == [claim.name for claim in claims]
    by_name = {record.claim: record for record in records}
    assert sorted(by_name) == sorted(record.claim for record in done)
    assert seen <= set(by_name)
    assert by_name["a-process-exits"].trouble.startswith("its process died (exit code 3); it last said: my last words")
    assert by_name["a-process-is-killed"].trouble.startswith("its process died (SIGKILL)")
    assert all(by_name[claim.name].passed for claim in invented_claims.GOOD.claims)
    assert by_name["one-lives-on"].passed


def test_a_claim_without_an_end_is_given_up_and_the_next_one_checked():
    claims = list(claims_of(invented_claims.stuck()).values())
    hung, checked = examine_all(claims, lambda _: None, chapters=invented_claims.stuck, patience=IMPATIENT)
    assert (hung.outcome, hung.trouble) == (Outcome.NOT_CHECKED, "no end after 2 s")
    assert checked.passed


def test_a_signal_while_a_process_starts_waits_until_it_has_started():
    environment = dict(os.environ)
    started = []

    def start():
        with _inherited():
            os.kill(os.getpid(), signal.SIGINT)
            started.append(True)

    with pytest.raises(KeyboardInterrupt):
        start()
    assert started
    assert dict(os.environ) == environment
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, ()) & {signal.SIGINT, signal.SIGTERM}


def test_a_name_that_no_chapter_has_is_an_error_of_whoever_asked():
    with pytest.raises(LookupError, match="no chapter that can be imported has a claim 'nothing-at-all'"):
        examine("nothing-at-all", good)


def test_nothing_to_do_is_done_at_once():
    work_through({}, len, lambda *_: None, lambda _: None)


def test_two_claims_of_one_name_are_refused():
    twice = Subject("twice", claims=invented_claims.GOOD.claims[:1] * 2)
    with pytest.raises(ValueError, match="two claims are called a-curve-is-right"):
        claims_of({"twice": twice})


def test_findings_are_complete_only_with_a_record_of_every_claim():
    claims = list(claims_of(good()).values())
    findings = Findings(claims, len(claims), full=True)
    assert not findings.complete
    assert findings.count(Outcome.NOT_CHECKED) == 3
    assert findings.pairs[0][1].trouble == "the audit was broken off before this claim"
    for claim in claims:
        findings.records[claim.name] = examine(claim.name, good)
    assert findings.complete
    assert findings.passed
    findings.interrupted = True
    assert not findings.passed


def test_a_chapter_that_cannot_be_imported_is_a_claim_that_is_not_checked(monkeypatch):
    monkeypatch.setattr("validation.claims.CHAPTERS", ("no_such_chapter",))
    (claim,) = claims_of(all_chapters()).values()
    record = examine(claim.name)
    assert record.outcome is Outcome.NOT_CHECKED
    assert "No module named 'validation.claims.no_such_chapter'" in record.trouble


def test_every_claim_of_this_project_is_told_in_sentences():
    chapters = all_chapters()
    assert tuple(chapters) == CHAPTERS
    for claim in claims_of(chapters).values():
        assert claim.statement.endswith("."), claim.name
        for words in (claim.route, claim.referee, claim.source, claim.control):
            assert words.strip(), claim.name
            assert not words.startswith("none:"), claim.name

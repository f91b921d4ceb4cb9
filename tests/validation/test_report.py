"""The forms of the report: a table that tells a sceptic enough, valid JSON, and a page that needs nothing else."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from rich.console import Console

from tests.validation.invented_claims import everything, good
from validation.audit import Findings, Record, examine
from validation.claims import claims_of
from validation.evidence import compare
from validation.paper.page import Verdict
from validation.paper.record import Record as Audited
from validation.paper.record import as_json as paper_record
from validation.report import check_folder, write
from validation.report.axes import Scale
from validation.report.claim_section import section
from validation.report.document import document
from validation.report.pictures import curve, strip
from validation.report.record import as_json
from validation.report.terminal import show
from validation.report.words import failure, short, visible, visible_of
from validation.surroundings import checkout

DEADLY = {"a-process-exits": "its process died (exit code 3)", "a-process-is-killed": "its process died (SIGKILL)"}
VOID = {"meta", "br", "path", "rect", "circle"}


@pytest.fixture(scope="module")
def findings():
    """One of every kind of claim."""
    claims = list(claims_of(everything()).values())
    records = {
        each.name: Record(each.name, 0.1, trouble=DEADLY[each.name])
        if each.name in DEADLY
        else examine(each.name, everything)
        for each in claims
    }
    return Findings(claims, len(claims) + 2, full=False, records=records, seconds=1.5)


class Page(HTMLParser):
    """Collects tags, links, anchors and words, and sees whether every tag is closed."""

    def __init__(self, source):
        super().__init__()
        self.open, self.links, self.anchors, self.words, self.tags = [], [], [], [], []
        self.feed(source)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.append(tag)
        self.links += [given[name] for name in ("href", "src", "xlink:href") if name in given]
        self.anchors += [given["id"]] if "id" in given else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def printed(findings, width=100):
    """What the terminal shows, without colours."""
    console = Console(width=width, highlight=False, markup=False, force_terminal=False, record=True, quiet=False)
    with console.capture() as capture:
        show(findings, console)
    return capture.get()


def test_the_table_has_every_claim_and_what_failed_in_words(findings):
    words = printed(findings)
    for claim, record in findings.pairs:
        (line,) = [each for each in words.splitlines() if each.startswith(f"  {claim.name} ")]
        assert record.outcome.words in line
    assert all(len(line) <= 100 for line in words.splitlines() if "claims:" not in line)
    assert "IS NOT SEEN" in words
    assert "photon number n̄ at time t (1/γ) = 0.4: found 0.7137 ± 0.002, expected 0.6703" in " ".join(words.split())
    assert "QuTiP is not installed" in words
    assert "12 of 14 claims: 5 agree, 1 biased as declared, 2 disagree, 4 not checked" in words
    assert "9 of 12 comparisons carry a control" in words
    assert "the smallest common error of all values, as a share of them" in words


@pytest.mark.parametrize("width", [99, 80, 60])
def test_a_narrow_table_fits_and_still_tells_what_failed(findings, width):
    words = printed(findings, width)
    assert all(len(line) <= width for line in words.splitlines() if "claims:" not in line)
    assert "control NOT SEEN" in words
    assert any(line.endswith("  s") for line in words.splitlines()[:3]) is (width > 60)
    for outcome in ("agrees", "biased as declared", "disagrees", "not checked"):
        assert outcome in words


def test_json_is_valid_and_has_every_number(findings):
    text = as_json(findings, {"numpy": "2"})

    def refuse(constant):
        raise AssertionError(constant)

    read = json.loads(text, parse_constant=refuse)
    assert json.loads(json.dumps(read)) == read
    assert (read["complete"], read["passed"], read["tier"]) == (True, False, "quick")
    claims = {each["name"]: each for each in read["claims"]}
    right = claims["a-curve-is-right"]["comparisons"][0]
    mine = findings.records["a-curve-is-right"].comparisons[0]
    for name in ("found", "expected", "error", "known", "declared", "wrong", "axis"):
        np.testing.assert_array_equal(right[name], getattr(mine, name))
    assert right["smallest_visible"] == mine.smallest_visible
    assert claims["a-number-is-none"]["comparisons"][0]["found"] == [None, "inf", 1.0]
    assert claims["a-curve-is-wrong"]["comparisons"][0]["smallest_visible"] is None
    assert "second" in claims["a-check-crashes"]["trouble"]
    assert read["outcomes"] == {"agrees": 5, "biased as declared": 1, "disagrees": 2, "not checked": 4}


def test_the_page_needs_nothing_else_and_every_link_leads_somewhere(findings):
    source = document(findings, {"numpy": "<2>"})
    page = Page(source)
    assert not page.open
    assert len(set(page.anchors)) == len(page.anchors)
    assert '<td><a href="#a-curve-is-right">a-curve-is-right</a></td><td>no-claim</td>' in source
    assert {link.removeprefix("#") for link in page.links} <= set(page.anchors)
    assert all(link.startswith("#") for link in page.links)
    assert not {"script", "link", "iframe", "object", "img"} & set(page.tags)
    # Nothing is fetched by the style sheet either; clip paths are in the page.
    assert set(re.findall(r"url\(([^)]*)\)", source)) <= {f"#{anchor}" for anchor in page.anchors}
    assert "@import" not in source
    words = " ".join(page.words)
    for claim, _ in findings.pairs:
        assert claim.statement in words
    for told in ("1 < 2 & 3 > 2", "Figures <b>", "the <second> one crashed", "<2>", "one & two"):
        assert told in words
        assert told not in source
    assert "8 claims do not pass" in words


def test_failures_come_first(findings):
    source = document(findings, {})
    assert source.index("What did not pass") < source.index("How to read this") < source.index('id="a-curve-is-right"')


def test_an_audit_that_was_broken_off_says_so_everywhere(findings):
    part = Findings(findings.claims, findings.known, False, dict(list(findings.records.items())[:2]), interrupted=True)
    assert "INCOMPLETE" in printed(part)
    assert json.loads(as_json(part, {}))["complete"] is False
    source = document(part, {})
    assert "Incomplete" in source
    assert "broken off before this claim" in source


def test_all_good_says_so():
    claims = list(claims_of(good()).values())
    findings = Findings(claims, 3, True, {each.name: examine(each.name, good) for each in claims})
    assert "All claims stand, and every control falls" in document(findings, {})
    findings.known += 1
    assert "All claims that were asked for stand, and every control falls" in document(findings, {})


def test_a_second_report_replaces_the_first_and_leaves_nothing_behind(findings, tmp_path):
    for name in ("validation.html", "validation.json"):
        (tmp_path / name).write_text("old")
    for _ in range(2):
        page, record = write(findings, tmp_path, tmp_path / "no.json")
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    json.loads(record.read_text(encoding="utf-8"))
    assert sorted(each.name for each in tmp_path.iterdir()) == ["validation.html", "validation.json"]


def test_a_report_that_cannot_be_written_leaves_the_old_one(findings, tmp_path, monkeypatch):
    page, _ = write(findings, tmp_path, tmp_path / "no.json")
    before = page.read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("phasespace_qb.results.store.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write(findings, tmp_path, tmp_path / "no.json")
    assert page.read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["validation.html", "validation.json"]


def test_the_page_about_the_paper_lies_beside_the_report(findings, tmp_path):
    last = tmp_path / "last/paper.json"
    last.parent.mkdir()
    verdicts = [("figure-2", "Fig. 2: W_ss <b>", (Verdict("holds", "holds"), Verdict("not above", "fails")))]
    last.write_text(paper_record(Audited({}, False, {}, "1 May 2026", 1.0, verdicts=verdicts)), encoding="utf-8")
    last.with_suffix(".html").write_text("the page", encoding="utf-8")
    page, _ = write(findings, tmp_path, last)
    assert (tmp_path / "paper.html").read_text(encoding="utf-8") == "the page"
    source = page.read_text(encoding="utf-8")
    assert '<a href="paper.html#figure-2">Fig. 2: <i>W</i><sub>ss</sub> &lt;b&gt;</a>' in source
    assert "not above</span>" in source
    assert "1 May 2026" in source


@pytest.mark.parametrize("text", ["{}", None])
def test_a_report_without_an_audit_of_the_paper_says_why(text, findings, tmp_path):
    if text is not None:
        (tmp_path / "x.json").write_text(text)
    page, _ = write(findings, tmp_path, tmp_path / "x.json")
    why = "There is no record of an audit of the paper" if text is None else "it does not say that it is one"
    assert why in page.read_text(encoding="utf-8")
    assert not (tmp_path / "paper.html").exists()


def test_a_missing_folder_is_made_and_one_that_is_none_refused(tmp_path):
    check_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"--out must be a folder that can be written to, got .*file"):
        check_folder(tmp_path / "file")
    (tmp_path / "validation.html").mkdir()
    with pytest.raises(OSError, match=r"no folder called validation\.html"):
        check_folder(tmp_path)


@pytest.mark.parametrize("points", [3, 59, 3000])
@pytest.mark.parametrize("size", [0.0, 1.0, 1e-12, 1e30, np.nan])
def test_curves_of_any_size_are_drawn_and_stay_small(points, size):
    axis = np.geomspace(1e-3, 1e3, points)
    (each,) = compare("x", size * axis, 0.0, known=1e-9, declared=0.1, wrong=1.0, axis=axis, axis_name="<t>")
    drawn = curve(each)
    Page(drawn)
    assert len(drawn) < 60_000
    assert "nan" not in drawn
    assert "&lt;t&gt;" in drawn


@pytest.mark.parametrize("found", [0.0, 1.0, -1e9, np.nan, np.inf])
@pytest.mark.parametrize("error", [0.0, 0.1])
def test_strips_of_any_number_are_drawn(found, error):
    (each,) = compare("x", found, 1.0, error=error, declared=0.1, wrong=2.0)
    assert strip(each, 0).startswith("<svg")


@pytest.mark.parametrize(
    ("low", "high", "numbers"),
    [
        (0.0, 1.0, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (-1e-9, 1e-9, ["−1.0·10⁻⁹", "−0.5·10⁻⁹", "0", "0.5·10⁻⁹", "1.0·10⁻⁹"]),
        (2e5, 3e5, ["2.0·10⁵", "2.2·10⁵", "2.4·10⁵", "2.6·10⁵", "2.8·10⁵", "3.0·10⁵"]),
        (0.50001, 0.50003, ["0.500010", "0.500015", "0.500020", "0.500025", "0.500030"]),
    ],
)
def test_ticks_are_round_and_told_apart(low, high, numbers):
    found = [words for _, words in Scale(low, high, 0.0, 100.0).ticks()]
    assert found == numbers


@pytest.mark.parametrize(
    ("number", "words"), [(0.0123, "0.012"), (123.0, "123"), (3.14e-9, "3.1e-09"), (1.2e5, "1.2e+05"), (0, "0")]
)
def test_numbers_have_two_figures(number, words):
    assert short(number) == words


def test_the_smallest_visible_error_has_a_unit_or_is_a_share():
    (relative,) = compare("n̄", [2.0], [2.0], known=0.01)
    (absolute,) = compare("n̄", [0.0], [0.0], known=0.01, unit="ħω_s")
    (wrong,) = compare("n̄", [0.0], [1.0], known=0.01)
    (counted,) = compare("how many", [3.0], [3.0])
    found = [visible_of(each) for each in (relative, absolute, wrong, counted)]
    assert found == ["0.5 %", "±0.01 ħωₛ", "–", "exact"]


def test_a_claim_shows_the_error_that_its_least_sharp_comparison_would_see():
    exact, absolute, fine, coarse = (
        next(compare("x", [value], [value], known=known, unit="ħω_s"))
        for value, known in ((3.0, 0.0), (0.0, 1e-7), (2.0, 3e-11), (2.0, 3e-6))
    )
    for comparisons, words in (
        ([exact, absolute, fine, coarse], "1.5·10⁻⁶"),
        ([exact, absolute, fine], "1.5·10⁻¹¹"),
        ([exact, absolute], "±10⁻⁷ ħωₛ"),
        ([exact], "exact"),
        ([], "–"),
    ):
        assert visible(Record("x", 0.0, comparisons)) == words


def test_of_many_numbers_those_are_shown_that_stand_out_most():
    found = np.ones(40)
    found[[7, 31]] += 5e-10
    drawn = section(claims_of(good())["a-curve-is-right"], Record("x", 0.0, list(compare("x", found, 1.0, known=1e-9))))
    assert all(f"at point {index} of 40" in drawn for index in (8, 32))
    assert "26 further numbers are in validation.json" in drawn


@pytest.mark.parametrize(
    ("listed", "words"),
    [
        ("", "abc"),
        (" M validation/audit.py", "abc, with changes"),
        ("?? validation/new.py", "abc, with changes"),
        ("?? validation/notes.txt", "abc"),
        (None, "abc, unknown whether changed"),
    ],
)
def test_the_commit_is_said_to_be_changed_only_if_that_is_known(listed, words, monkeypatch):
    monkeypatch.setitem(checkout.__globals__, "_git", lambda *given: "abc" if "HEAD" in given else listed)
    assert checkout() == words


def test_a_failure_shows_enough_figures():
    (each,) = compare("E", [1.000000012], [1.0], known=1e-9, unit="ħω_s", labels=["the first"])
    words = "E for the first: found 1.000000012 ħωₛ, expected 1 ħωₛ, off by 1.2e-08: 12 × the known bound"
    assert failure(each) == words

"""The page about the paper: it has everything, needs nothing else, is the same each time, and hides no failure."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from tests.validation.paper.invented_sections import comparison, decay, good, number, panel, part, section
from tests.validation.paper.test_summary import audit
from tests.validation.test_report import Page
from validation import paper_audit
from validation.paper.page import Curve, Panel, Route
from validation.paper.record import COMMITTED, read
from validation.report.panels import panel as drawn
from validation.report.paper_numbers import chip, numbers_table
from validation.report.paper_page import measured_before, paper_page
from validation.report.paper_section import section as written
from validation.report.paper_terminal import show_paper
from validation.report.typeset import as_html, as_svg

MEASURED = {
    "surroundings": {"processor": "one <fast>"},
    "peers": [{"name": "QuTiP", "version": "5", "state": "measured"}],
    "groups": [
        {
            "title": "Speed & size",
            "columns": ["tool", "s"],
            "rows": [["one", 0.123456], ["two <2>", 3]],
            "notes": ["at <rest>"],
        },
        {"title": "ours alone", "columns": ["case", "s"], "rows": [["three", 4]], "notes": []},
    ],
}
BAD = (comparison(shift=9), comparison(wrong=1.0001, quantity="P_max"))


def shown(found, width=100):
    """What the terminal has."""
    console = Console(width=width, highlight=False, markup=False, force_terminal=False)
    with console.capture() as capture:
        show_paper(found, console)
    return capture.get()


def test_the_page_needs_nothing_else_and_every_link_leads_somewhere():
    source = paper_page(audit([*good(), part("bad", comparisons=BAD)]), MEASURED)
    page = Page(source)
    assert not page.open
    assert len(set(page.anchors)) == len(page.anchors)
    assert all(link.startswith("#") for link in page.links)
    assert {link.removeprefix("#") for link in page.links} <= set(page.anchors)
    assert not {"script", "link", "iframe", "object", "img"} & set(page.tags)
    assert set(re.findall(r"url\(([^)]*)\)", source)) <= {f"#{anchor}" for anchor in page.anchors}
    assert "@import" not in source
    words = "".join(page.words)
    for told in ("Wss <against> Fp", "Ergotropy <W>", "W^c, positive-P <->".replace("^", ""), "one <fast>", "two <2>"):
        assert told in words
    assert not re.search("<(against|fast|2|W|->)", source)


def test_it_has_every_part_of_every_section():
    words = "".join(Page(paper_page(audit(good()), MEASURED)).words)
    for told in (
        "Quantum Batteries in Coherent Ising Machine",
        "J.-T. Zhang, S.-Q. Ma, J.-Y.-R. Jin and Q. Ai",
        "(56, 14) up to Fp = 3,",  # quick: other ones, below
    ):
        assert (told in words) is (told[0] != "(")
    assert "(48, 11) up to Fp = 3, (56, 12) up to Fp = 3.5" in words
    for told in (
        "At the paper’s cutoffs the line is the same; twice is 3, quick.",
        "Below threshold n̄ = g²λ²/2(1 − λ²)",
    ):
        assert told in words
    for told in ("2.742", "2.610 … 2.850", "2.949 ± 0.004", "none: Wss is no exponential", "cutoffs (56, 14)", "2.903"):
        assert told in words
    assert "3.8 at 10−3: it grows as g² falls" in words
    assert "N = highest level; Fp = 1 … 3 in 0.5, read at γs t = 40" in words
    for told in (
        "Wss at several g²",
        "3.5·103",
        "Speed & size",
        "0.1235",
        "QuTiP 5 (measured)",
        "python -m validation paper",
    ):
        assert told in words
    assert "all 2 agree" in words
    assert "all 2 seen" in words
    assert "Quick audit" in words


def test_no_cell_is_empty():
    source = paper_page(audit([*good(), part("bad", comparisons=BAD)]), MEASURED)
    assert not re.search(r"<t[dh][^>]*>\s*</t[dh]>", source)
    assert not re.search(r"<span[^>]*class=.(badge|detail)[^>]*></span>", source)


def test_it_is_the_same_each_time_and_without_benchmarks_has_no_empty_section():
    assert paper_page(audit(good()), MEASURED) == paper_page(audit(good()), MEASURED)
    without = paper_page(audit(good()))
    assert 'id="speed"' not in without
    raced = paper_page(audit(good()), MEASURED)
    assert 'id="speed"' in raced
    assert "at &lt;rest&gt;" in raced
    assert "ours alone<" not in raced
    assert not Page(paper_page(audit([]))).open


@pytest.mark.parametrize("show", [paper_page, shown])
def test_routes_that_differ_and_controls_that_are_not_seen_are_shown(show):
    def words(source):
        # Indices in the page, underlines in the terminal.
        return " ".join(re.sub("<[^>]*>", "", source).replace("_", "").replace("\n", " ").split())

    fine, bad = words(show(audit(good()))), words(show(audit([*good(), part("bad", comparisons=BAD)])))
    for told in ("12 standard errors", "the planted error is not seen", "1 agree, 1 DISAGREE", "1 NOT SEEN"):
        assert told in bad
        assert told not in fine
    assert "known to be reproduced, and is not" in words(show(audit([part(numbers=(number(reproduced="NO"),))])))


def test_failures_come_first_and_incomplete_audits_say_so():
    source = paper_page(audit([*good(), part("bad", comparisons=BAD)]))
    assert source.index("What did not pass") < source.index("What was done") < source.index('id="figure-2"')
    for found in (audit(good(), interrupted=True), audit(good(), not_computed={"task(<y>)": "it <broke>"})):
        assert "Incomplete: not everything could be computed" in paper_page(found)
        assert "INCOMPLETE" in shown(found)
    assert "task(&lt;y&gt;) was not computed: it &lt;broke&gt;" in paper_page(found)


@pytest.mark.parametrize("width", [100, 80])
def test_the_terminal_has_every_number_and_verdict_and_fits(width):
    found = shown(audit(good()), width)
    words = " ".join(found.split())
    for told in (
        "2.610 …",
        "2.949 ± 0.004",
        "2.903",
        "[no exponential law]",
        "with g²: 2.9 at g² = 1/32",
        "all 2 seen",
    ):
        assert told in words
    assert all(len(line) <= width for line in found.splitlines() if "audit," not in line)
    assert "passed: quick audit, 2 numbers" in words


def test_numbers_stand_under_their_figures():
    table = numbers_table([number(), number(quantity="other"), number(figure="4")])
    assert re.findall("Fig. (..?)<", table) == ["3b", "4"]
    assert table.count("with the noise") == 3


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("yes", "holds"),
        ("exact (a)", "holds"),
        ("near", "partly"),
        ("NO (b)", "fails"),
        ("no", "fails"),
        ("none", "remark"),
    ],
)
def test_a_judgement_has_its_colour(words, kind):
    assert f'badge {kind}"' in chip(words)


@pytest.mark.parametrize(
    ("words", "html"),
    [
        ("F_p = 3 √γ_s", "<i>F</i><sub>p</sub> = 3 √<i>γ</i><sub>s</sub>"),
        ("dW^c_ss", 'd<i>W</i><span class="scripts"><sup>c</sup><sub>ss</sub></span>'),
        ("ħω_sγ_s", "ħ<i>ω</i><sub>s</sub><i>γ</i><sub>s</sub>"),
        ("n̄, g² = 1e-4, -2.30e-05", "<i>n̄</i>, <i>g</i>² = 10<sup>−4</sup>, −2.30·10<sup>−5</sup>"),
        (
            "e^{−2γ_s t}, e^(rt), 10^-4",
            "<i>e</i><sup>−2<i>γ</i><sub>s</sub> <i>t</i></sup>, <i>e</i><sup>rt</sup>, 10<sup>−4</sup>",
        ),
        ("e^((λ−1)γ_s t)", "<i>e</i><sup>(<i>λ</i>−1)<i>γ</i><sub>s</sub> <i>t</i></sup>"),
        ("don't the_name <b>", "don’t the_name &lt;b&gt;"),
        ("p_n, N_s, η_a, ⟨a†²a²⟩", "<i>p</i><sub><i>n</i></sub>, <i>N</i><sub>s</sub>, <i>η</i><sub>a</sub>, ⟨a†²a²⟩"),
    ],
)
def test_the_notation_of_the_paper_is_set(words, html):
    assert as_html(words) == html


def test_indices_in_pictures_go_down_and_come_back():
    drawn_words = as_svg("W^c_ss (ħω_s) <", 10)
    moves = [float(each) for each in re.findall(r' dy="([^"]*)"', drawn_words)]
    assert sum(moves) == pytest.approx(0, abs=0.11)
    assert "&lt;" in drawn_words


def test_a_panel_has_every_route_with_its_look_and_a_legend():
    source = drawn(panel())
    Page(source)
    for route in Route:
        assert route.value in source
    for look in ('stroke-dasharray="8 4"', 'stroke-dasharray="1.5 3"', 'stroke-dasharray="5 4"'):
        assert source.count(look) >= 2  # its curve and its key
    circles = source.count("<circle")
    assert 100 < circles <= 2 * 60 + 3
    assert 'class="letter"' in source
    assert "Ergotropy &lt;<i>W</i>&gt;" in source
    one = replace(panel(), curves=panel().curves[:4])
    assert 'class="letter"' not in drawn(one)


def test_what_a_panel_leaves_out_is_told():
    source = drawn(decay())
    assert "1 point has no place on a logarithmic axis, being 0 or negative." in source
    assert "1 point has no finite value." in source
    assert "no place" not in drawn(panel())
    x = tuple(np.linspace(1, 30, 30))
    deep = Panel("x", "t", "W", (Curve("", Route.CONVERGED, x, tuple(np.exp(-np.array(x)))),), logarithmic_y=True)
    assert "points have a value below the axis" in drawn(deep)


@pytest.mark.parametrize("logarithmic", [False, True])
@pytest.mark.parametrize("y", [(), (1.0,), (float("nan"),), (0.0, 0.0), (1e-12, 1e12, float("inf")), (-1.0, -2.0)])
def test_panels_of_anything_are_drawn(y, logarithmic):
    x = tuple(float(each) for each in range(len(y)))
    curves = tuple(Curve(f"label {n}", route, x, y, y, y) for n, route in enumerate(Route))
    source = drawn(Panel("x", "t", "W", curves, logarithmic_x=logarithmic, logarithmic_y=logarithmic))
    Page(source)
    assert '"nan' not in source


def test_letters_of_curves_that_end_together_stand_apart():
    x = (0.0, 1.0)
    curves = tuple(Curve(f"{n}", Route.CONVERGED, x, (1.0 * n, 1.0)) for n in range(6))
    places = [
        float(each) for each in re.findall(r'class="letter" x="[^"]*" y="([^"]*)"', drawn(Panel("", "", "", curves)))
    ]
    assert len(places) == 6
    assert np.diff(np.sort(places)).min() > 11


def test_a_section_without_anything_optional_is_short():
    bare = replace(section("x", 1.0), numbers=(), panels=(), tables=(), comparisons=(), text=(), printed="")
    source = written(bare)
    Page(source)
    assert not any(tag in source for tag in ("<table", "<figure", "<h4", "The paper</dt>"))


def test_something_else_in_place_of_benchmarks_is_refused(tmp_path):
    assert measured_before(tmp_path / "none.json") is None
    (tmp_path / "x.json").write_text(json.dumps({"groups": []}))
    with pytest.raises(ValueError, match="must have surroundings, peers and groups"):
        measured_before(tmp_path / "x.json")
    broken_off = {"surroundings": {}, "peers": [], "groups": [], "complete": False}
    (tmp_path / "x.json").write_text(json.dumps(broken_off))
    with pytest.raises(ValueError, match="must be complete"):
        measured_before(tmp_path / "x.json")


def test_the_committed_page_is_the_one_of_the_committed_record():
    record = read(COMMITTED)
    assert record.complete
    assert not record.quick
    found = paper_audit.told(record)
    assert found.record.verdicts == record.verdicts
    assert paper_page(found, measured_before()) == COMMITTED.with_suffix(".html").read_text(encoding="utf-8")
    assert found.passed

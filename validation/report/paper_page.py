"""The page about the paper: one HTML file that needs nothing else, the same whenever it is written from one record."""

import json
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

from phasespace_qb import DopoBattery
from validation.judgement import DISAGREES_BELOW
from validation.paper.choices import FULL_BANDS, QUICK_BANDS
from validation.paper.intervals import INTERVAL
from validation.paper.page import Section
from validation.paper.rules import RULES
from validation.paper.runs import Cutoffs
from validation.paper.sections import Told
from validation.paper.summary import Audit
from validation.report.document import STYLE
from validation.report.panels import clip
from validation.report.paper_headline import headline, readings
from validation.report.paper_numbers import Count, numbers_table, share_words
from validation.report.paper_section import faults, measurements, section, verdicts
from validation.report.typeset import as_html

STYLE_OF_PAPER = Path(__file__).with_name("paper.css")
MEASUREMENTS = Path(__file__).parents[1] / "benchmarks/benchmarks.json"
"""The record of the last benchmarks."""
TITLE = "“Quantum Batteries in Coherent Ising Machine”: every figure and number, computed again"
CITED = "J.-T. Zhang, S.-Q. Ma, J.-Y.-R. Jin and Q. Ai, “Quantum Batteries in Coherent Ising Machine”"


def paper_page(audit: Audit, measured: dict[str, Any] | None = None) -> str:
    """The whole page; measured: the record of benchmarks, if there is one."""
    titles = {told.section.name: told.section.title for told in audit.told}
    figures = [told.section for told in audit.told if told.is_figure]
    statements = [told.section for told in audit.told if not told.is_figure]
    style = STYLE.read_text(encoding="utf-8") + STYLE_OF_PAPER.read_text(encoding="utf-8")
    parts = [
        '<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{TITLE}</title><style>{style}</style></head><body><main>",
        clip(),
        f'<h1>{TITLE}</h1><p class="cited">{CITED}.</p>',
        _state(audit),
        faults(audit.faults, titles),
        _introduction(quick=audit.record.quick),
        _holding("What holds: figures", figures),
        _holding("What holds: statements", statements),
        _numbers(audit),
        *_sections("figures", "Figure by figure", figures),
        *_sections("statements", "What the paper concludes", statements),
        _routes(audit),
        measurements(measured) if measured is not None else "",
        _repeat(),
        _surroundings(audit),
        "</main></body></html>\n",
    ]
    return "\n".join(part for part in parts if part)


def measured_before(path: Path = MEASUREMENTS) -> dict[str, Any] | None:
    """The record of the last benchmarks; None if there is none.

    Raises: ValueError if there is something else, or a record of benchmarks that were broken off.
    """
    if not path.exists():
        return None
    found = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(found, dict) or not {"surroundings", "peers", "groups"} <= found.keys():
        raise ValueError(f"the record of the benchmarks must have surroundings, peers and groups, got {path.name}.")
    if not found.get("complete", False):
        raise ValueError(f"the record of the benchmarks must be complete, got one that was broken off in {path.name}.")
    return found


def _state(audit: Audit) -> str:
    count = Count.of(audit.comparisons)
    record = audit.record
    if not record.complete:
        words, kind = "Incomplete: not everything could be computed", "not-checked"
    elif not audit.passed:
        words, kind = "Some checks of our own did not pass; they are listed first", "disagrees"
    else:
        words, kind = (
            "Our own routes agree wherever two of them were compared, and every error planted as a control is seen",
            "agrees",
        )
    which = "Quick audit, with coarser grids, fewer trajectories and lower cutoffs" if record.quick else "Full audit"
    first = "".join(f"<p>{as_html(sentence)}</p>" for sentence in headline(audit))
    head = f'<section class="headline">{first}</section>' if first else ""
    return (
        f'{head}<p class="verdict {kind}">{words}.</p><p class="note">{which}, {escape(record.date)}: '
        f"{len(audit.numbers)} numbers of the paper, {len(audit.told)} sections, {count.comparisons} comparisons of "
        f"two of our routes at {count.points} points, computed in {record.seconds / 60:.0f} min.</p>"
    )


def _introduction(*, quick: bool) -> str:
    battery = DopoBattery(pump=3.0)
    noise = as_html(
        f"The noise parameter g² = 2κ²/(γ_sγ_p) is 1/{1 / battery.noise_parameter:g} in the paper; at fixed "
        f"λ = F_p/F_th, F_th = γ_s√γ_p/(4κ) = {battery.threshold:g} √γ_s, photon numbers grow as 1/g²."
    )
    moments = as_html("n̄, ⟨a²⟩ and ⟨a†²a²⟩")
    units = as_html("Times are in 1/γ_s, F_p in √γ_s, energies in ħω_s, and powers in ħω_sγ_s.")
    fast = as_html("γ_p → ∞")
    limit = as_html(f"{DISAGREES_BELOW:.0e}")
    cutoffs = as_html(", ".join(f"{most} up to F_p = {pump:g}" for pump, most in _bands(quick=quick)))
    return f"""<section class="words"><h2>What was done</h2>
<p>We computed every figure of the paper again, every number that it prints, and what it concludes from them: first at
its own cutoffs, to see that we solve the same problem, then at cutoffs beyond which nothing moves, and by routes that
need no cutoff at all. A number is <b>reproduced</b> if our calculation at the paper’s cutoffs gives it, and
<b>confirmed</b> if the converged one does. Where a fit leaves choices open – window, grid, whether a cutoff counts
levels or names the highest one – each was tried, and the choice is named beside the number: “<i>N</i> = number of
levels” means 32 and 9 number states of signal and pump, “<i>N</i> = highest level” 33 and 10.</p>
<p>The routes are: the <b>master equation</b>, Eq. (8), at the paper’s cutoffs and converged, with as many levels of
signal and pump as it takes: {cutoffs}; <b>positive-P</b> trajectories, which have a statistical error and no cutoff;
the <b>two-branch Gaussian</b>, a mixture of two Gaussian states of opposite amplitudes that has the sampled moments
{moments}; and <b>closed forms</b>, exact for {fast} or in the limit of little noise, as is said
at each. {noise}</p>
<p>{units} After ± stands half of a 95 % interval ({INTERVAL:.2f} standard errors), to which known bounds of time step,
cutoff and estimator are added; bars and bands in pictures are the same.</p>
<p>One rule judges where two of our routes are compared: they <b>disagree</b> if sampling alone would make them look as
different as they do with a chance below {limit}, after subtracting what is known beforehand of step, cutoff and
rounding. The tables give the largest difference as a share of the one that would be called a disagreement there: below
1 the routes agree. As a <b>control</b>, each comparison is made once more with a small error planted on purpose, such
as a pump that is too strong, and must then find a disagreement.</p>
<p>Colours of verdicts are about the paper: <span class="badge holds">holds</span>
<span class="badge partly">in part</span> <span class="badge fails">does not hold</span>
<span class="badge remark">a remark</span></p></section>"""


def _bands(*, quick: bool) -> Iterable[tuple[float, Cutoffs]]:
    return QUICK_BANDS if quick else FULL_BANDS


def _holding(title: str, sections: list[Section]) -> str:
    items = "".join(
        f'<li><span class="what"><a href="#{escape(each.name)}">{as_html(each.title)}</a></span>'
        f"<span>{verdicts(each.verdicts)} {as_html(each.answer)}</span></li>"
        for each in sections
    )
    return f'<section><h2>{title}</h2><ul class="holding">{items}</ul></section>' if items else ""


def _numbers(audit: Audit) -> str:
    table = numbers_table(audit.numbers)
    if not table:
        return ""
    asked = "When a number is reproduced, and when confirmed"
    rows = "".join(f"<dt>{name}</dt><dd>{as_html(words)}</dd>" for name, words in RULES.items())
    rules = f"<details open><summary>{asked}</summary><dl>{rows}</dl></details>"
    reading = f'<p class="note">{as_html(readings(audit.numbers))}</p>'
    return f'<section id="numbers"><h2>All numbers</h2>{rules}{reading}{table}</section>'


def _sections(name: str, title: str, sections: list[Section]) -> list[str]:
    drawn = [section(each) for each in sections]
    return [f'<section id="{name}"><h2>{title}</h2>', *drawn, "</section>"] if drawn else []


def _routes(audit: Audit) -> str:
    def row(name: str, count: Count) -> str:
        cells = (
            name,
            str(count.comparisons),
            str(count.points),
            count.outcome,
            share_words(count.worst),
            count.controls,
        )
        return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"

    def link(told: Told) -> str:
        return f'<a href="#{escape(told.section.name)}">{as_html(told.section.title)}</a>'

    compared = [told for told in audit.told if told.section.comparisons]
    if not compared:
        return ""
    names = (
        "section",
        "comparisons",
        "points",
        "outcome",
        "largest difference, as a share of what would be noticed",
        "controls",
    )
    head = "".join(f"<th>{name}</th>" for name in names)
    rows = "".join(row(link(told), Count.of(told.section.comparisons)) for told in compared)
    foot = row("all", Count.of(audit.comparisons))
    return (
        '<section id="routes"><h2>Where two of our routes were compared</h2>'
        '<div class="wide"><table class="figures sum">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody><tfoot>{foot}</tfoot></table></div></section>"
    )


def _repeat() -> str:
    return """<section id="repeat"><h2>How to repeat it</h2>
<pre>pip install -e ".[validation]"                          # in a checkout of phasespace_qb, version below
python -m validation paper --out FOLDER                 # everything; about ten minutes on two cores
python -m validation paper --quick --out FOLDER         # fewer points, lower cutoffs; two minutes
python -m validation paper --from validation/paper/paper.json --out FOLDER   # this page again, from its record
python -m validation                                    # the audit of the library itself</pre></section>"""


def _surroundings(audit: Audit) -> str:
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(words)}</dd>" for name, words in audit.record.surroundings.items()
    )
    return f'<section id="surroundings"><h2>Versions and machine</h2><dl>{rows}</dl></section>'

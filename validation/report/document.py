"""An audit as one HTML file that needs nothing else: no network, no scripts, no fonts of its own."""

from datetime import datetime
from html import escape
from itertools import groupby
from pathlib import Path

from validation.audit import Findings, Record
from validation.evidence import Claim
from validation.judgement import DISAGREES_BELOW, Outcome
from validation.paper.record import Record as PaperRecord
from validation.report.claim_section import badge, pretty, section
from validation.report.paper_section import verdicts
from validation.report.pictures import DECLARED, EXPECTED, FOUND, GREY, WRONG, clips
from validation.report.typeset import as_html
from validation.report.words import comparisons_in, troubles, visible

STYLE = Path(__file__).with_name("page.css")
TITLE = "Validation of phasespace_qb"
NO_AUDIT = "There is no record of an audit of the paper yet; python -m validation paper makes one."


def document(findings: Findings, surroundings: dict[str, str], last: PaperRecord | str = NO_AUDIT) -> str:
    """The whole page; last: the audit of the paper whose page lies beside this one, or why there is none."""
    names = {claim.name for claim in findings.claims}
    chapters = [(title, list(pairs)) for title, pairs in groupby(findings.pairs, key=lambda pair: pair[0].subject)]
    parts = [
        '<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{TITLE}</title><style>{STYLE.read_text(encoding='utf-8')}</style></head><body><main>",
        clips(),
        _opening(findings),
        _failures(findings),
        _introduction(),
        _contents(chapters),
    ]
    for number, (title, pairs) in enumerate(chapters, 1):
        parts.append(f'<section id="chapter-{number}"><h2><span class="number">{number}</span> {escape(title)}</h2>')
        parts += [section(claim, record, names) for claim, record in pairs]
        parts.append("</section>")
    parts += [_paper(last), _surroundings(surroundings), "</main></body></html>\n"]
    return "\n".join(parts)


def _opening(findings: Findings) -> str:
    if not findings.complete:
        verdict, kind = "Incomplete: the audit was broken off", "not-checked"
    elif findings.passed:
        these = "All claims" if len(findings.claims) == findings.known else "All claims that were asked for"
        verdict, kind = f"{these} stand, and every control falls", "agrees"
    else:
        failed = len(findings.failed)
        verdict, kind = f"{failed} {'claim does' if failed == 1 else 'claims do'} not pass", "disagrees"
    compared, numbers, planted = comparisons_in(findings.pairs)
    cards = "".join(
        f'<div class="card {outcome.words.replace(" ", "-")}"><b>{findings.count(outcome)}</b>{outcome.words}</div>'
        for outcome in Outcome
    )
    unseen = sum(not record.control_fails for _, record in findings.pairs if not record.trouble)
    if unseen:
        cards += f'<div class="card"><b>{unseen}</b>control is not seen</div>'
    left = findings.known - len(findings.claims)
    selection = f"{len(findings.claims)} of {findings.known} claims; " if left else f"{findings.known} claims; "
    when = datetime.fromtimestamp(findings.started).astimezone().strftime("%-d %B %Y, %H:%M %Z")
    tier = "All tiers" if findings.full else "Quick tier"
    further = f"; {left} further ones were not asked for (python -m validation --full runs all)" if left else ""
    return (
        f'<h1>{TITLE}</h1><p class="verdict {kind}">{verdict}.</p><div class="cards">{cards}</div>'
        f'<p class="note">{tier}, {when}: {selection}{compared} comparisons of {numbers} numbers, '
        f"{planted} of which carry a control, in {findings.seconds:.0f} s{further}.</p>"
    )


def _failures(findings: Findings) -> str:
    if not findings.failed:
        return ""
    unreached = len(findings.failed) - len(findings.failed_if_reached)
    left = f"<p>Broken off before {unreached} of the claims below.</p>" if unreached else ""
    items = []
    for claim, record in findings.failed_if_reached:
        sentences = " ".join(pretty(each) + "." for each in troubles(record)[:3])
        link = f'<a href="#{escape(claim.name)}">{escape(claim.statement)}</a>'
        items.append(f"<li>{badge(record)} {link} <span>{sentences}</span></li>")
    return f'<section class="failures"><h2>What did not pass</h2>{left}<ul>{"".join(items)}</ul></section>'


def _introduction() -> str:
    return f"""<section class="words"><h2>How to read this</h2>
<p>phasespace_qb simulates open quantum systems in phase space – above all the degenerate parametric oscillator as a
quantum battery – by stochastic trajectories (positive-P, truncated Wigner), linear theory and the master equation, and
says how much energy and work they hold. This page is the evidence that its numbers are right. It was written by one
command, <code>python -m validation</code>, and so can anybody write it.</p>
<p>A <b>claim</b> is a sentence about what the library computes, and it can be false. Each is checked against a
<b>referee</b>: a closed formula, an independent program, or another method that shares no derivation with the first.
Each has a <b>control</b>: a small error is planted into the expected values – a factor, a sign, a few per cent of a
rate – and the comparison must then fail. A check that lets its control pass proves nothing, and counts as failed.</p>
<p>One rule judges everything: a comparison <b>disagrees</b> if sampling alone would make it look as bad as it does with
a chance below {pretty(f"{DISAGREES_BELOW:.0e}")}, after subtracting what is known beforehand of step, cutoff and
rounding. The limit is the same for every comparison and never moves. A claim is <b>biased as declared</b> if it is
about an approximation, and differs by no more than was said of that approximation beforehand; otherwise it
<b>agrees</b>. <b>Not checked</b> means that a referee is missing or the check broke, and is no success.</p>
<p>The <b>error that would be seen</b> is the smallest common error of all values found, as a share of them, that this
very comparison would have called wrong; with ± it is absolute, where only zeros are expected, and <b>exact</b> stands
for whole numbers, in which any error would be seen. It says how sharp a check is: what is smaller may be there. For a
claim, it is that of its least sharp comparison.</p>
<p>In the pictures, the upper panel has the values, and the lower one the differences divided by what would be noticed
at a single point: beyond ±1 a single point makes the comparison disagree, unless a bias was declared; many points
nearer than that may, too. What lies beyond the edge is drawn on it.</p>
<p class="keys">{_key()}</p></section>"""


def _key() -> str:
    """What the lines and colours of the pictures are."""
    dot = f'<circle cx="13" cy="6" r="3" fill="{FOUND}"/>'
    marks = (
        (_stroke(FOUND, 'stroke-width="9" opacity=".22"') + dot, "found, with its 95 % interval and known bounds"),
        (_stroke(EXPECTED, 'stroke-width="1.4"'), "expected"),
        (_stroke(WRONG, 'stroke-width="1.8" stroke-dasharray="6 4"'), "expected, had the control’s error been made"),
        (_stroke(GREY, 'stroke-width="10" opacity=".5"'), "known bounds (dark), within what goes unnoticed (light)"),
        (_stroke(DECLARED, 'stroke-width="10" opacity=".35"'), "bias declared beforehand"),
    )
    return "".join(
        f'<span class="key"><svg viewBox="0 0 26 12" aria-hidden="true">{mark}</svg>{words}</span>'
        for mark, words in marks
    )


def _stroke(colour: str, look: str) -> str:
    return f'<path d="M0 6H26" stroke="{colour}" {look}/>'


def _contents(chapters: list[tuple[str, list[tuple[Claim, Record]]]]) -> str:
    rows = []
    for number, (title, pairs) in enumerate(chapters, 1):
        passed = sum(record.passed for _, record in pairs)
        rows.append(
            f'<tr class="chapter"><th colspan="3"><a href="#chapter-{number}">{number} {escape(title)}</a></th>'
            f"<th>{passed} of {len(pairs)} pass</th></tr>"
        )
        rows += [_content(claim, record) for claim, record in pairs]
    head = "<tr><th>claim</th><th>outcome</th><th>error that would be seen</th><th>control’s error</th></tr>"
    return (
        f'<section><h2>All claims</h2><div class="wide"><table class="contents"><thead>{head}</thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div></section>"
    )


def _content(claim: Claim, record: Record) -> str:
    control = "–" if record.trouble else "seen" if record.control_fails else "not seen"
    link = f'<a href="#{escape(claim.name)}">{escape(claim.statement)}</a>'
    cells = (link, badge(record), pretty(visible(record)), control)
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _paper(last: PaperRecord | str) -> str:
    """What the last audit of the paper came to, with links to its page; or why that cannot be said."""
    if isinstance(last, str):
        return f'<section id="paper"><h2>The paper, figure by figure</h2><p>{escape(last)}</p></section>'
    rows = "".join(
        f'<tr><td><a href="paper.html#{escape(name)}">{as_html(title)}</a></td><td>{verdicts(those)}</td></tr>'
        for name, title, those in last.verdicts
    )
    return (
        '<section id="paper"><h2>The paper, figure by figure</h2><p>Every figure and number of the paper on this '
        'battery, and what it concludes, computed again: <a href="paper.html">paper.html</a>, from the audit of '
        f"{escape(last.date)} (<code>python -m validation paper</code>).</p>"
        '<div class="wide"><table><thead><tr><th>section</th><th>verdict</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div></section>"
    )


def _surroundings(surroundings: dict[str, str]) -> str:
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(words)}</dd>" for name, words in surroundings.items())
    return f'<section id="surroundings"><h2>Versions and machine</h2><dl>{rows}</dl></section>'

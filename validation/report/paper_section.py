"""A figure or a statement of the paper on its page, what did not pass, and the tables of other measurements."""

from html import escape
from typing import Any

from validation.evidence import Table
from validation.judgement import Outcome
from validation.paper.page import Section, Verdict
from validation.paper.summary import Fault
from validation.report.panels import panel
from validation.report.paper_numbers import comparisons_table, numbers_table
from validation.report.typeset import as_html
from validation.report.words import failure, unseen_control

LONG = 34
"""Signs of a cell beyond which it may be broken into lines."""


def section(each: Section) -> str:
    """The whole of it: what the paper has, what we found, why, pictures, numbers, tables, and how far routes agree."""
    parts = [
        f'<article class="paper-section" id="{escape(each.name)}">',
        f'<h3>{as_html(each.title)}</h3><p class="verdicts">{verdicts(each.verdicts)}</p>',
        '<dl class="told">',
        f"<dt>The paper</dt><dd>{as_html(each.printed)}</dd>" if each.printed else "",
        f"<dt>Our answer</dt><dd><b>{as_html(each.answer)}</b></dd></dl>",
    ]
    if each.panels:
        parts.append(f'<div class="panels">{"".join(panel(one) for one in each.panels)}</div>')
    parts += [f"<p>{as_html(words)}</p>" for words in each.text]
    if each.numbers:
        parts.append(f"<h4>Numbers</h4>{numbers_table(each.numbers)}")
    parts += [table(one) for one in each.tables]
    if each.comparisons:
        parts.append(f"<h4>Two of our routes at every point</h4>{comparisons_table(each.comparisons)}")
    return "\n".join([*(part for part in parts if part), "</article>"])


def verdicts(those: tuple[Verdict, ...]) -> str:
    """Coloured words."""
    return " ".join(f'<span class="badge {each.kind}">{as_html(each.words)}</span>' for each in those)


def table(each: Table) -> str:
    """Figures under headings; what is empty is a dash."""
    head = "".join(f"<th>{as_html(heading)}</th>" for heading in each.headings)
    rows = "".join(f"<tr>{''.join(_cell(entry) for entry in row)}</tr>" for row in each.rows)
    caption = f"<caption>{as_html(each.title)}</caption>" if each.title else ""
    body = f"{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
    return f'<div class="wide"><table class="found">{body}</table></div>'


def fault_words(fault: Fault) -> list[str]:
    """Why the audit does not pass, in sentences."""
    each = fault.comparison
    if each is None:
        return [fault.words]
    found = [failure(each)] if each.outcome is Outcome.DISAGREES else []
    return found + ([unseen_control(each)] if each.control_fails is False else [])


def faults(those: list[Fault], titles: dict[str, str]) -> str:
    """What did not pass, with links to the sections."""
    items = []
    for fault in those:
        link = f'<a href="#{escape(fault.section)}">{as_html(titles[fault.section])}</a>: ' if fault.section else ""
        items += [f"<li>{link}{as_html(words)}</li>" for words in fault_words(fault)]
    return f'<section class="failures"><h2>What did not pass</h2><ul>{"".join(items)}</ul></section>' if items else ""


def measurements(found: dict[str, Any]) -> str:
    """Speed beside other programs, from the record of the benchmarks; what names no other `tool` is left to it."""
    races = [group for group in found["groups"] if "tool" in group["columns"]]
    groups = [
        table(Table(str(group["title"]), _words(group["columns"]), tuple(_words(row) for row in group["rows"])))
        + f'<p class="note">{as_html(" ".join(map(str, group.get("notes", []))))}</p>'
        for group in races
    ]
    peers = ", ".join(
        f"{escape(str(peer['name']))} {escape(str(peer['version']))} ({escape(str(peer['state']))})"
        for peer in found["peers"]
    )
    machine = "; ".join(f"{escape(str(name))}: {escape(str(words))}" for name, words in found["surroundings"].items())
    return (
        '<section id="speed"><h2>Speed, beside other programs</h2>'
        f'<p class="note">Measured by <code>python -m validation benchmarks</code>. Compared with: {peers}.</p>'
        f'{"".join(groups)}<p class="note">On: {machine}.  The record, validation/benchmarks/benchmarks.json, has '
        "further measures of ours alone.</p></section>"
    )


def _words(entries: list[Any]) -> tuple[str, ...]:
    return tuple(f"{entry:.4g}" if isinstance(entry, float) else str(entry) for entry in entries)


def _cell(entry: str) -> str:
    words = entry.strip() or "–"
    return f"<td{'' if len(words) <= LONG else ' class=long'}>{as_html(words)}</td>"

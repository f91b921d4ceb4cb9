"""A claim in the HTML report: what is said, how it was checked, what came of it, and pictures."""

import re
from collections.abc import Collection
from html import escape

import numpy as np

from validation.audit import Record
from validation.evidence import Claim, Comparison, Table, Tier
from validation.judgement import Outcome
from validation.report.pictures import curve, is_curve, shares, strip
from validation.report.words import (
    digits_of,
    last_line,
    place,
    short,
    troubles,
    unit_of,
    visible_of,
    worst_point,
)

MOST_PICTURES = 4
MOST_NUMBERS = 14
"""Pictures and single numbers of a claim that are shown; the JSON file has all."""
COLUMNS = ("quantity", "points", "largest difference", "that is", "error that would be seen", "control’s error")


def section(claim: Claim, record: Record, names: Collection[str] = ()) -> str:
    """The whole of a claim; names: the claims of the page, to which cells of its tables may lead."""
    tier = " · full tier" if claim.tier is Tier.FULL else ""
    parts = [
        f'<article class="claim" id="{escape(claim.name)}">',
        f'<header>{badge(record)}<span class="name"><a href="#{escape(claim.name)}">{escape(claim.name)}</a></span>'
        f'<span class="cost">{record.seconds:.1f} s{tier}</span></header>',
        f"<h3>{escape(claim.statement)}</h3>",
        _how(claim, record),
        _troubles(record),
    ]
    if record.comparisons:
        parts.append(_comparisons(record))
        parts.append(_numbers(record))
        parts.append(_pictures(record))
    parts += [table(each, names) for each in record.tables]
    return "\n".join([*parts, "</article>"])


def badge(record: Record) -> str:
    """The outcome as a coloured word."""
    words = record.outcome.words
    badges = f'<span class="badge {words.replace(" ", "-")}">{words}</span>'
    if not record.trouble and not record.control_fails:
        badges += '<span class="badge disagrees">control is not seen</span>'
    return badges


def table(each: Table, names: Collection[str]) -> str:
    """Figures under headings; cells that are names of claims lead to them."""

    def cell(words: str) -> str:
        return f'<a href="#{words}">{words}</a>' if words in names else _figure(words)

    head = "".join(f"<th>{escape(heading)}</th>" for heading in each.headings)
    rows = "".join(f"<tr>{''.join(f'<td>{cell(entry)}</td>' for entry in row)}</tr>" for row in each.rows)
    caption = f"<caption>{escape(each.title)}</caption>" if each.title else ""
    return f'<div class="wide"><table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def pretty(words: str) -> str:
    """Escaped, with powers of ten as physicists write them and a minus that is one."""
    words = re.sub(r"(?<![\w.])(\d+(?:\.\d+)?)e([+-]?)0*(\d+)", _power, escape(words))
    return re.sub(r"(?<![\w.)])-(?=\d)", "−", words)


def _power(found: re.Match[str]) -> str:
    sign = "−" if found[2] == "-" else ""
    return f"{'' if found[1] == '1' else found[1] + '·'}10<sup>{sign}{found[3]}</sup>"


def _figure(words: str) -> str:
    return pretty(words) if re.fullmatch(r"[-+\d.e%×± ]+", words) else escape(words)


def _how(claim: Claim, record: Record) -> str:
    control = escape(claim.control)
    if not record.trouble:
        seen = "seen, as it must be" if record.control_fails else "NOT SEEN"
        control += f' <b class="{"seen" if record.control_fails else "unseen"}">({seen})</b>'
    entries = [
        ("Found by", escape(claim.route)),
        ("Compared with", escape(claim.referee)),
        ("Source", escape(claim.source)),
        ("Control", control),
    ]
    return "<dl>" + "".join(f"<dt>{name}</dt><dd>{words}</dd>" for name, words in entries) + "</dl>"


def _troubles(record: Record) -> str:
    if record.passed:
        return ""
    sentences = "".join(f"<li>{pretty(each)}</li>" for each in troubles(record))
    whole = record.trouble.strip()
    details = ""
    if whole and whole != last_line(whole):
        details = f"<details><summary>all that it said</summary><pre>{escape(whole)}</pre></details>"
    return f'<div class="trouble"><ul>{sentences}</ul>{details}</div>'


def _comparisons(record: Record) -> str:
    head = "".join(f"<th>{name}</th>" for name in COLUMNS)
    rows = "".join(_row(each) for each in record.comparisons)
    return f'<div class="wide"><table class="figures"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _row(each: Comparison) -> str:
    point = worst_point(each)
    wrong = "not planted here"
    if each.wrong is not None:
        planted = worst_point(each, each.wrong)
        wrong = ("seen: " if each.control_fails else "NOT SEEN: ") + planted.excess
    kind = each.outcome.words.replace(" ", "-")
    outcome = "" if each.outcome is Outcome.AGREES else f' <span class="badge {kind}">{each.outcome.words}</span>'
    unit = f' <span class="unit">{escape(unit_of(each).strip())}</span>' if unit_of(each) else ""
    cells = [
        f"{escape(each.quantity)}{unit}{outcome}",
        str(len(each.found)),
        pretty(short(point.difference)),
        pretty(point.excess),
        pretty(visible_of(each)),
        pretty(wrong),
    ]
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _pictures(record: Record) -> str:
    curves = sorted((each for each in record.comparisons if is_curve(each)), key=_order)
    drawn = "".join(f"<figure>{curve(each)}</figure>" for each in curves[:MOST_PICTURES])
    more = len(curves) - MOST_PICTURES
    words = "1 further curve is" if more == 1 else f"{more} further curves are"
    note = f'<p class="note">{words} not drawn; validation.json has all.</p>' if more > 0 else ""
    return f'<div class="pictures">{drawn}</div>{note}' if drawn else ""


def _order(each: Comparison) -> tuple[bool, bool]:
    return each.outcome is Outcome.AGREES, each.control_fails is None


def _numbers(record: Record) -> str:
    lists = sorted((each for each in record.comparisons if not is_curve(each)), key=_order)
    if not lists:
        return ""
    rows = []
    for each in lists[:MOST_NUMBERS]:
        most = max(1, MOST_NUMBERS // len(lists))
        worst = np.argsort(-np.nan_to_num(np.abs(shares(each, each.expected)), nan=np.inf), kind="stable")[:most]
        rows += [_number(each, int(index)) for index in np.sort(worst)]
    left = sum(len(each.found) for each in record.comparisons if not is_curve(each)) - len(rows)
    words = "1 further number is" if left == 1 else f"{left} further numbers are"
    note = f"{words} in validation.json; of the quantities here, those are shown that stand out most."
    further = f'<p class="note">{note}</p>' if left else ""
    names = ("number", "found", "expected", "with the control’s error", "difference ÷ noticed")
    head = "".join(f"<th>{name}</th>" for name in names)
    body = f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody>"
    return f'<div class="wide"><table class="numbers">{body}</table></div>{further}'


def _number(each: Comparison, index: int) -> str:
    where = place(each, index)
    difference = each.noticed[index] if each.noticed[index] > 0 else abs(each.found[index]) * 1e-6
    digits = min(digits_of(each.found[index], difference), 9)
    error = f" ± {short(each.error[index])}" if each.error[index] > 0 else ""
    wrong = "" if each.wrong is None else pretty(f"{each.wrong[index]:.{digits}g}")
    unit = f' <span class="unit">{escape(unit_of(each).strip())}</span>' if unit_of(each) else ""
    cells = [
        escape(f"{each.quantity} {where}".strip()) + unit,
        pretty(f"{each.found[index]:.{digits}g}{error}"),
        pretty(f"{each.expected[index]:.{digits}g}"),
        wrong,
        strip(each, index),
    ]
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"

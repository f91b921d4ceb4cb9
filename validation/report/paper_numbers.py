"""Tables of the page about the paper: its numbers beside ours, and where two of our routes were compared."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from itertools import groupby

import numpy as np

from validation.evidence import Comparison
from validation.judgement import Outcome
from validation.paper.page import Number
from validation.report.claim_section import pretty
from validation.report.pictures import shares
from validation.report.typeset import as_html
from validation.report.words import short, visible_of

NUMBERS = (
    ("quantity", "quantity"),
    ("printed", "the paper"),
    ("paper_cutoffs", "ours, the paper’s cutoffs"),
    ("converged", "ours, converged"),
    ("positive_p", "positive-P"),
    ("branches", "two-branch Gaussian"),
    ("closed_form", "closed form"),
    ("reproduced", "reproduced"),
    ("confirmed", "confirmed"),
)
"""Entries of a number, and the headings of their columns."""
COMPARED = (
    "quantity",
    "points",
    "outcome",
    "largest difference, as a share of what would be noticed",
    "smallest common error that would be noticed",
    "control",
)
KINDS = (
    ("NO", "fails"),
    ("no", "fails"),
    ("yes", "holds"),
    ("exact", "holds"),
    ("range", "partly"),
    ("near", "partly"),
)
"""How a judgement begins, and what colour it has; other words have none."""


@dataclass(frozen=True)
class Count:
    """Comparisons of two routes, counted; worst: the largest difference as a share of what would be noticed there."""

    comparisons: int
    points: int
    outcomes: dict[Outcome, int]
    planted: int
    seen: int
    worst: float

    @classmethod
    def of(cls, comparisons: Iterable[Comparison]) -> "Count":
        """How many there are, of how many points, and what came of them."""
        every = list(comparisons)
        planted = [each for each in every if each.control_fails is not None]
        return cls(
            comparisons=len(every),
            points=sum(len(each.found) for each in every),
            outcomes={outcome: sum(each.outcome is outcome for each in every) for outcome in Outcome},
            planted=len(planted),
            seen=sum(bool(each.control_fails) for each in planted),
            worst=max((largest_share(each) for each in every), default=0.0),
        )

    @property
    def outcome(self) -> str:
        """How many came to what, in words."""
        if not self.comparisons:
            return "–"
        names = {Outcome.AGREES: "agree", Outcome.DISAGREES: "DISAGREE"}
        counts = [f"{number} {names.get(each, each.words)}" for each, number in self.outcomes.items() if number]
        return (
            f"all {self.comparisons} agree" if self.outcomes[Outcome.AGREES] == self.comparisons else ", ".join(counts)
        )

    @property
    def controls(self) -> str:
        """How many of the planted errors were seen, in words."""
        if not self.planted:
            return "none planted"
        return f"all {self.planted} seen" if self.seen == self.planted else f"{self.planted - self.seen} NOT SEEN"


def largest_share(each: Comparison) -> float:
    """The largest difference of a comparison, divided by the one that would be noticed at its point; ∞ for NaN."""
    found = np.abs(shares(each, each.expected))
    return float(np.where(np.isnan(found), np.inf, found).max())


def share_words(share: float) -> str:
    """A share of what would be noticed."""
    return "∞" if np.isinf(share) else pretty(short(share))


def numbers_table(numbers: Iterable[Number], *, figures: bool = True) -> str:
    """Numbers of the paper under common headings, by figures; below each, how it changes with the noise."""
    rows = []
    for figure, group in groupby(numbers, key=lambda each: each.figure):
        if figures:
            rows.append(
                f'<tbody class="group"><tr><th colspan="{len(NUMBERS)}">Fig. {escape(figure)}</th></tr></tbody>'
            )
        rows += [_number(each) for each in group]
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{as_html(heading)}</th>' for _, heading in NUMBERS)
    body = f"<thead><tr>{head}</tr></thead>{''.join(rows)}"
    return f'<table class="paper-numbers">{body}</table>'


def chip(words: str) -> str:
    """A judgement with its colour; what follows in brackets is set below it."""
    word, bracket, rest = words.partition(" (")
    kind = next((kind for begin, kind in KINDS if _begins(word, begin)), "remark")
    below = f'<span class="detail">{as_html(rest.removesuffix(")"))}</span>' if bracket else ""
    label = (
        f'<span class="badge {kind}">{as_html(word.lower() if word.isupper() else word)}</span>'
        if len(word) < 24
        else as_html(word)
    )
    return label + below


def comparisons_table(comparisons: Iterable[Comparison]) -> str:
    """Two of our routes at every point: what came of it, and how sharp that is."""
    head = "".join(f"<th>{name}</th>" for name in COMPARED)
    rows = "".join(_comparison(each) for each in comparisons)
    if not rows:
        return ""
    body = f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
    return f'<div class="wide"><table class="figures routes">{body}</table></div>'


def _begins(words: str, begin: str) -> bool:
    return words.startswith(begin) and not words[len(begin) : len(begin) + 1].isalpha()


def _number(each: Number) -> str:
    cells = []
    for name, heading in NUMBERS:
        words = getattr(each, name)
        inside = chip(words) if name in ("reproduced", "confirmed") else _value(words)
        if name == "converged":
            inside += f'<span class="detail">cutoffs {as_html(each.cutoffs)}</span>'
        cells.append(f'<td class="{name}" data-name="{escape(heading)}">{inside}</td>')
    noise = f'<span class="label">with the noise <i>g</i>²:</span> {as_html(each.with_noise)}'
    return f'<tbody><tr>{"".join(cells)}</tr><tr class="noise"><td colspan="{len(NUMBERS)}">{noise}</td></tr></tbody>'


def _value(words: str) -> str:
    """A number large, what follows in brackets, or words in place of a number, small."""
    value, bracket, rest = words.partition(" (")
    if not any(sign.isdigit() for sign in value) or len(value) > 24:
        return f'<span class="detail">{as_html(words)}</span>'
    return as_html(value) + (f'<span class="detail">{as_html(rest.removesuffix(")"))}</span>' if bracket else "")


def _comparison(each: Comparison) -> str:
    kind = each.outcome.words.replace(" ", "-")
    control = {None: "none planted here", True: "seen", False: '<b class="unseen">NOT SEEN</b>'}[each.control_fails]
    unit = f' <span class="unit">({as_html(each.unit)})</span>' if each.unit not in ("", "1") else ""
    cells = (
        as_html(each.quantity) + unit,
        str(len(each.found)),
        f'<span class="badge {kind}">{each.outcome.words}</span>',
        share_words(largest_share(each)),
        "none: it disagrees" if each.outcome is Outcome.DISAGREES else pretty(visible_of(each)),
        control,
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"

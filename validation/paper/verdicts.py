"""Judgements of rules, as verdicts of a section."""

from validation.paper.page import Verdict
from validation.paper.rules import Row


def of_row(quantity: str, row: Row) -> Verdict:
    """Holds if it is reproduced and confirmed, partly if one of the two."""
    reproduced = row.reproduced != "NO"
    words = f"{quantity} {'' if reproduced else 'not '}reproduced, {'' if row.confirmed else 'not '}confirmed"
    if reproduced and row.confirmed:
        return Verdict(words, "holds")
    return Verdict(words, "partly" if reproduced or row.confirmed else "fails")


def held(words: str, holds: bool) -> Verdict:
    """Words that say how something is, and whether the paper says so."""
    return Verdict(words, "holds" if holds else "fails")

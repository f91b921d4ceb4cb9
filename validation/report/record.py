"""An audit as JSON: every number that was compared, and what was made of it."""

import json
import math
from datetime import UTC, datetime
from typing import Any

from validation.audit import Findings, Record
from validation.evidence import Array, Claim, Comparison, Tier
from validation.judgement import DEGREES_OF_FREEDOM, DISAGREES_BELOW, Outcome
from validation.report.words import control_words, rule, troubles

ARRAYS = ("found", "expected", "error", "known", "declared", "wrong", "axis")


def as_json(findings: Findings, surroundings: dict[str, str]) -> str:
    """Valid JSON: NaN is null, and infinities are the strings "inf" and "-inf"."""
    return json.dumps(_plain(as_dict(findings, surroundings)), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def as_dict(findings: Findings, surroundings: dict[str, str]) -> dict[str, Any]:
    """Everything that is known of an audit."""
    return {
        "started": datetime.fromtimestamp(findings.started, UTC).isoformat(timespec="seconds"),
        "seconds": findings.seconds,
        "tier": (Tier.FULL if findings.full else Tier.QUICK).value,
        "complete": findings.complete,
        "passed": findings.passed,
        "rule": {"words": rule(), "disagrees_below": DISAGREES_BELOW, "degrees_of_freedom": DEGREES_OF_FREEDOM},
        "outcomes": {outcome.words: findings.count(outcome) for outcome in Outcome},
        "claims_known": findings.known,
        "surroundings": surroundings,
        "claims": [_claim(claim, record) for claim, record in findings.pairs],
    }


def _claim(claim: Claim, record: Record) -> dict[str, Any]:
    return {
        "name": claim.name,
        "chapter": claim.subject,
        "tier": claim.tier.value,
        **{name: getattr(claim, name) for name in ("statement", "route", "referee", "source", "control")},
        "outcome": record.outcome.words,
        "control_result": control_words(record),
        "passed": record.passed,
        "seconds": record.seconds,
        "trouble": record.trouble,
        "why": troubles(record),
        "comparisons": [_comparison(each) for each in record.comparisons],
        "tables": [{"title": table.title, "headings": table.headings, "rows": table.rows} for table in record.tables],
    }


def _comparison(each: Comparison) -> dict[str, Any]:
    return {
        "quantity": each.quantity,
        "unit": each.unit,
        "outcome": each.outcome.words,
        "chance": each.chance,
        "smallest_visible": None if each.outcome is Outcome.DISAGREES else each.smallest_visible,
        "smallest_visible_is_relative": each.is_relative,
        "control_fails": each.control_fails,
        "axis_name": each.axis_name,
        "labels": each.labels,
        **{name: _listed(getattr(each, name)) for name in ARRAYS},
    }


def _listed(array: Array | None) -> list[float] | None:
    return None if array is None else array.tolist()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value

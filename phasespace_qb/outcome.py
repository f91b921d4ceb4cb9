"""What every method hands back: values by the schema, and how far they may be trusted."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Verdict(IntEnum):
    """How far a result may be trusted; the worst finding decides."""

    TRUST = 0
    DOUBT = 1
    REJECT = 2


@dataclass(frozen=True, eq=False)
class Finding:
    """One reason to doubt or reject a result, in words for the user.

    at: the times at which it holds, (T,); None for the whole run.
    """

    verdict: Verdict
    reason: str
    at: NDArray[np.bool_] | None = None


def verdict_by_time(findings: list[Finding], times: int) -> NDArray[np.int8]:
    """Value of the worst verdict that holds at each of so many times, (T,)."""
    worst = np.full(times, Verdict.TRUST, dtype=np.int8)
    for finding in findings:
        holds = slice(None) if finding.at is None else finding.at
        worst[holds] = np.maximum(worst[holds], finding.verdict)
    return worst


def merged_verdict(results: Sequence[Mapping[str, Any]], called: str = "runs") -> dict[str, str]:
    """The worst verdict of results, given by their attributes, and each reason once with the number that have it.

    Reasons that differ in numbers only are one; the first of them stands for the others.
    """
    reasons: dict[str, tuple[str, int]] = {}
    for result in sorted(results, key=lambda each: -Verdict[each["verdict"].upper()]):
        for reason in json.loads(result.get("verdict_reasons", "[]")):
            kind = "".join(letter for letter in reason if not letter.isdigit())
            first, count = reasons.get(kind, (reason, 0))
            reasons[kind] = first, count + 1
    worst = max((Verdict[result["verdict"].upper()] for result in results), default=Verdict.TRUST)
    told = [
        reason if len(results) == 1 else f"{reason} (In {count} of {len(results)} {called}.)"
        for reason, count in reasons.values()
    ]
    return {"verdict": worst.name.lower(), "verdict_reasons": json.dumps(told)}


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a run found.

    values: arrays by the names of the schema.  coordinates: labels of dimensions other than time, mode and quadrature.
    provenance: attributes that say how it was done, besides system and method.
    """

    values: dict[str, NDArray[Any]]
    findings: list[Finding]
    coordinates: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)

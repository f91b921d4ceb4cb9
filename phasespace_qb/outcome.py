"""What every method hands back: values by the schema, and how far they may be trusted."""

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

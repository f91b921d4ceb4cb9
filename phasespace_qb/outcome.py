"""What every method hands back: values by the schema, and how far they may be trusted."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from numpy.typing import NDArray


class Verdict(IntEnum):
    """How far a result may be trusted; the worst finding decides."""

    TRUST = 0
    DOUBT = 1
    REJECT = 2


@dataclass(frozen=True)
class Finding:
    """One reason to doubt or reject a result, in words for the user."""

    verdict: Verdict
    reason: str


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

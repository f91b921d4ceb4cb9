"""What a planted bug is: one wrong line."""

from dataclasses import dataclass
from typing import Final

KINDS: Final = (
    "sign",
    "factor",
    "conjugate",
    "vacuum",
    "swap",
    "reused noise",
    "off by one",
    "wrong merge",
    "missing term",
    "statistics",
)


@dataclass(frozen=True)
class Bug:
    """One wrong line: in `file` of the package the text `old`, which occurs once, becomes `new`.

    kind: one of KINDS.  mistake: in one sentence, for a physicist.  file: relative to `phasespace_qb`.
    """

    name: str
    kind: str
    mistake: str
    file: str
    old: str
    new: str

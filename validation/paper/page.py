"""What the audit of the paper consists of, whatever it is printed on: sections with words, numbers and pictures.

Words may use the notation of the paper: F_p, γ_s, W^c, W_ss, n̄, g², 1e-4; it is set when it is printed.
"""

from dataclasses import dataclass, fields
from enum import Enum
from typing import Literal

from validation.evidence import Comparison, Table


class Route(Enum):
    """How a curve was found; each has a look of its own, the same in every picture."""

    PAPER_CUTOFFS = "master equation, the paper’s cutoffs"
    CONVERGED = "master equation, converged"
    POSITIVE_P = "positive-P"
    BRANCHES = "two-branch Gaussian"
    CLOSED_FORM = "closed form"
    PRINTED = "printed in the paper"


@dataclass(frozen=True, eq=False)
class Curve:
    """Values over an axis by one route; curves with one label have one colour.

    low, high: ends of the 95 % interval, or of bounds that are known; none where a value has no error to speak of.
    """

    label: str
    route: Route
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] | None = None
    high: tuple[float, ...] | None = None


@dataclass(frozen=True, eq=False)
class Panel:
    """A picture: curves of all routes over one axis.  Names of axes have their units."""

    title: str
    x_name: str
    y_name: str
    curves: tuple[Curve, ...]
    logarithmic_x: bool = False
    logarithmic_y: bool = False
    note: str = ""


@dataclass(frozen=True)
class Number:
    """A number of the paper beside ours by every route: each entry is a number with its error, or the reason for none.

    with_noise: how it changes with the noise parameter g² at fixed λ = F_p/F_th.  found: whether it is reproduced at
    the paper's cutoffs; in part, where it only lies between what several choices give.  remains: whether it is
    confirmed when converged.  is_known: whether both could be computed.
    """

    figure: str
    quantity: str
    printed: str
    paper_cutoffs: str
    converged: str
    cutoffs: str
    positive_p: str
    branches: str
    closed_form: str
    reproduced: str
    confirmed: str
    with_noise: str
    found: Literal["in full", "in part", "no"]
    remains: bool
    is_known: bool

    def __post_init__(self) -> None:
        """Refuse an empty entry: there is a number, or a reason why there is none."""
        empty = [each.name for each in fields(self) if not str(getattr(self, each.name)).strip()]
        if empty:
            raise ValueError(f"{self.quantity} must say why it has no {', '.join(empty)}")


@dataclass(frozen=True)
class Verdict:
    """A judgement in a few words: `holds`, `partly`, `fails`, or a remark that is none of them."""

    words: str
    kind: Literal["holds", "partly", "fails", "remark"]


@dataclass(frozen=True, eq=False)
class Section:
    """A figure of the paper, or something that it says, and what we found.

    name: of the link to it.  printed: what the paper shows or says, in our words.  answer: what came of it, in one or
    two sentences.  comparisons: two of our own routes at every point.  conclusions: what the paper concludes here,
    whether it holds and what makes it fail, for a list at the head of the page; none where another section tells.
    """

    name: str
    title: str
    printed: str
    verdicts: tuple[Verdict, ...]
    answer: str
    text: tuple[str, ...] = ()
    numbers: tuple[Number, ...] = ()
    panels: tuple[Panel, ...] = ()
    tables: tuple[Table, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    conclusions: tuple[Verdict, ...] = ()

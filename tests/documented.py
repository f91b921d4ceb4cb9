"""Every public name with its docstring, found by looking: what two tests read."""

import inspect
import re
from dataclasses import dataclass, is_dataclass
from enum import Enum
from typing import Any, get_type_hints

import phasespace_qb as qb
from phasespace_qb.linear import covariance, fixed_points, mean_field, spectra

LINEAR = (
    *(fixed_points.FixedPoint, fixed_points.fixed_points, mean_field.mean_field),
    *(covariance.GaussianModes, covariance.follow, covariance.steady_covariance),
    *(spectra.quadrature_variance, spectra.output_spectrum),
)
"""What the changelog promises of `phasespace_qb.linear`: fixed points, mean field, covariances, spectra."""
LABELS = ("Shapes", "Units", "Raises", "Source")


@dataclass(frozen=True)
class Documented:
    """One public function, class or member: its docstring, what it takes, and what it gives."""

    name: str
    thing: Any

    @property
    def doc(self) -> str:
        return inspect.cleandoc(self.thing.__doc__ or "")  # its own: `inspect.getdoc` would take that of a base

    @property
    def function(self) -> Any:
        """What is called: of a property its getter; of a class its construction."""
        if isinstance(self.thing, property):
            return self.thing.fget
        return getattr(self.thing, "__func__", self.thing)

    @property
    def parameters(self) -> list[str]:
        """Names of all arguments; of an enumeration, of its members."""
        if isinstance(self.thing, type) and issubclass(self.thing, Enum):
            return list(self.thing.__members__)
        if isinstance(self.thing, type) and issubclass(self.thing, Exception):
            return []
        return [name for name in inspect.signature(self.function).parameters if name not in {"self", "cls"}]

    @property
    def types(self) -> str:
        """All types that go in or come out, as text."""
        if isinstance(self.thing, type):
            hints = get_type_hints(self.thing if is_dataclass(self.thing) else self.thing.__init__)
            return " ".join(str(hints.get(name, "")) for name in self.parameters)
        return " ".join(map(str, get_type_hints(self.function).values()))

    @property
    def takes_or_gives_arrays(self) -> bool:
        return any(word in self.types for word in ("ndarray", "SupportsArray", "xarray", "State", "DensityMatrix"))

    @property
    def gives_a_dataset(self) -> bool:
        given = "" if isinstance(self.thing, type) else str(get_type_hints(self.function).get("return", ""))
        return given == str(get_type_hints(qb.simulate)["return"])


def members(cls: type) -> list[Documented]:
    """Public methods and properties of a class, its bases in this package included, with arguments or array results."""
    homes = [base for base in cls.__mro__ if base.__module__.startswith("phasespace_qb")]
    found = [
        Documented(f"{base.__name__}.{name}", member)
        for base in homes
        for name, member in vars(base).items()
        if not name.startswith("_") and isinstance(member, property | classmethod) | inspect.isfunction(member)
    ]
    return [each for each in found if each.parameters or each.takes_or_gives_arrays]


def everything() -> dict[str, Documented]:
    """All that is documented, by name: `qb.X`, its members, `plot.x` and `linear.x`."""
    top = [Documented(name, getattr(qb, name)) for name in qb.__all__ if name not in {"__version__", "plot"}]
    top += [Documented(f"plot.{name}", getattr(qb.plot, name)) for name in qb.plot.__all__]
    top += [Documented(f"linear.{thing.__name__}", thing) for thing in LINEAR]
    inside = [member for each in top if isinstance(each.thing, type) for member in members(each.thing)]
    return {each.name: each for each in [*top, *inside]}


def section(doc: str, label: str) -> str:
    """What stands under a label, up to the next label or the end of the paragraph; empty if there is none."""
    others = "|".join(f"{each}:" for each in LABELS)
    found = re.search(rf"\b{label}: (.*?)(?=(?:{others})|\n\n|$)", doc, flags=re.DOTALL)
    return " ".join(found[1].split()) if found else ""


def raised(doc: str) -> list[str]:
    """Names of the exception types under "Raises:"."""
    words = re.findall(r"\b[A-Z]\w+\b", section(doc, "Raises"))
    return [word for word in dict.fromkeys(words) if re.search(r"Error$|^NoSecondOrder|^Unphysical", word)]

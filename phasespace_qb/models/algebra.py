"""Polynomials in creation and annihilation operators, always normally ordered.

The coefficients are numbers times products of drives, so an operator may depend on time while its algebra stays
exact: terms that cancel, cancel symbolically.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import comb, factorial
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.errors import refusal

Monomial = tuple[tuple[str, int, int], ...]
"""Π a†^m a^n over modes, as (mode name, m, n) sorted by name; () is the identity."""

DriveFactor = tuple["Drive", bool]
"""A drive and whether it is complex conjugated."""

Drives = tuple[DriveFactor, ...]
"""A product of drives; () is 1."""

LARGEST_POWER = 12


def is_number(value: object) -> TypeGuard[complex]:
    """Whether `value` is a plain number, NumPy's included; bool is none."""
    return isinstance(value, int | float | complex | np.number) and not isinstance(value, bool)


def drive_product(left: Drives, right: Drives) -> Drives:
    """The product of two products of drives, in one canonical order."""
    return tuple(sorted(left + right, key=lambda factor: (repr(factor[0]), hash(factor[0]), factor[1])))


def conjugate_drives(drives: Drives) -> Drives:
    """Complex conjugate of a product of drives; real drives are their own conjugate."""
    return drive_product((), tuple((drive, not flag and not drive.real) for drive, flag in drives))


@dataclass(frozen=True)
class Coefficient:
    """A number that may depend on time: Σ c · Π drives."""

    terms: tuple[tuple[complex, Drives], ...]

    @property
    def is_constant(self) -> bool:
        return all(not drives for _, drives in self.terms)

    @property
    def breakpoints(self) -> set[float]:
        return {instant for _, drives in self.terms for drive, _ in drives for instant in drive.breakpoints}

    def sample(self, times: NDArray[np.float64]) -> NDArray[np.complex128]:
        """Values at `times`; shapes (T,) -> (T,)."""
        total = np.zeros(len(times), dtype=complex)
        for number, drives in self.terms:
            value = np.full(len(times), number, dtype=complex)
            for drive, conjugated in drives:
                factor = drive(times)
                value *= factor.conj() if conjugated else factor
            total += value
        return total


class Polynomial:
    """A normally ordered polynomial in a and a† of any number of modes; immutable and hashable.

    Build it from modes with +, −, *, whole powers, `.dag` and numbers or drives as coefficients:
    ``H = 0.5j * kappa * (s.dag**2 * p - p.dag * s**2)``.
    """

    __slots__ = ("_terms",)
    # NumPy scalars and arrays must hand multiplication over to this class.
    __array_ufunc__ = None

    def __init__(self, terms: Mapping[tuple[Monomial, Drives], complex]) -> None:
        self._terms = {key: complex(value) for key, value in terms.items() if value != 0}

    def __iter__(self) -> Iterator[tuple[Monomial, Drives, complex]]:
        return ((monomial, drives, value) for (monomial, drives), value in self._terms.items())

    def __len__(self) -> int:
        return len(self._terms)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Polynomial) and self._terms == other._terms

    def __hash__(self) -> int:
        return hash(frozenset(self._terms.items()))

    @property
    def modes(self) -> tuple[str, ...]:
        """Names of the modes that occur, in the order of their first appearance."""
        return tuple(dict.fromkeys(name for monomial, _ in self._terms for name, _, _ in monomial))

    @property
    def dag(self) -> "Polynomial":
        """Hermitian conjugate."""
        return Polynomial(
            {
                (tuple((name, n, m) for name, m, n in monomial), conjugate_drives(drives)): value.conjugate()
                for (monomial, drives), value in self._terms.items()
            }
        )

    def is_hermitian(self, tolerance: float = 1e-12) -> bool:
        """Whether H = H† up to rounding: no coefficient of H − H† above `tolerance` times the largest of H."""
        size = max((abs(value) for value in self._terms.values()), default=0.0)
        return all(abs(value) <= tolerance * size for value in (self - self.dag)._terms.values())

    def __add__(self, other: object) -> "Polynomial":
        right = as_polynomial(other)
        return NotImplemented if right is None else Polynomial(_sum(self._terms.items(), right._terms.items()))

    def __mul__(self, other: object) -> "Polynomial":
        right = as_polynomial(other)
        return NotImplemented if right is None else _product(self, right)

    def __rmul__(self, other: object) -> "Polynomial":
        left = as_polynomial(other)
        return NotImplemented if left is None else _product(left, self)

    def __pow__(self, power: int) -> "Polynomial":
        if not isinstance(power, int) or isinstance(power, bool) or not 0 <= power <= LARGEST_POWER:
            raise ValueError(refusal("power", f"a whole number from 0 to {LARGEST_POWER}", power))
        result = Polynomial({((), ()): 1.0})
        for _ in range(power):
            result = result * self
        return result

    __radd__ = __add__

    def __neg__(self) -> "Polynomial":
        return self * -1

    def __sub__(self, other: object) -> "Polynomial":
        right = as_polynomial(other)
        return NotImplemented if right is None else self + -right

    def __rsub__(self, other: object) -> "Polynomial":
        return -self + other

    def __truediv__(self, number: complex) -> "Polynomial":
        if is_number(number) and number == 0:
            raise ValueError(refusal("divisor", "a number other than zero", number))
        return self * (1 / number) if is_number(number) else NotImplemented

    def __repr__(self) -> str:
        def operator(monomial: Monomial) -> str:
            parts = [(f"{name}.dag", m) for name, m, _ in monomial] + [(name, n) for name, _, n in monomial]
            return " ".join(f"{name}**{power}" if power > 1 else name for name, power in parts if power) or "1"

        def scalar(value: complex, drives: Drives) -> str:
            number = f"{value.real:g}" if value.imag == 0 else f"({value:g})"
            return " ".join([number, *(f"{drive!r}{'*' if flag else ''}" for drive, flag in drives)])

        return " + ".join(f"{scalar(value, drives)} {operator(m)}" for m, drives, value in self) or "0"


class Mode(Polynomial):
    """The annihilation operator a of one bosonic mode, with its name.

    Raises: ValueError for a name that is no Python identifier.
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        if not isinstance(name, str) or not name.isidentifier():
            raise ValueError(refusal("name", "a Python identifier, such as 'signal'", name))
        super().__init__({(((name, 0, 1),), ()): 1.0})
        self.name = name


class Drive(ABC):
    """A scalar function of time, real or complex; multiply it with numbers, drives and operators."""

    breakpoints: tuple[float, ...] = ()
    """Instants (units 1/γ_s) at which the drive jumps or has a kink."""

    __array_ufunc__ = None

    real: bool = False
    """Whether the drive is real at all times; a real drive is its own complex conjugate."""

    @abstractmethod
    def __call__(self, times: NDArray[np.float64]) -> NDArray[np.complex128]:
        """Values at `times`; shapes (T,) -> (T,)."""

    @property
    def _symbol(self) -> "Polynomial":
        return Polynomial({((), ((self, False),)): 1.0})

    def conjugate(self) -> "Polynomial":
        """The complex conjugate, as a coefficient."""
        return self._symbol.dag

    def __mul__(self, other: object) -> "Polynomial":
        return self._symbol * other

    def __rmul__(self, other: object) -> "Polynomial":
        return other * self._symbol

    def __add__(self, other: object) -> "Polynomial":
        return self._symbol + other

    __radd__ = __add__

    def __sub__(self, other: object) -> "Polynomial":
        return self._symbol - other

    def __rsub__(self, other: object) -> "Polynomial":
        return other - self._symbol

    def __neg__(self) -> "Polynomial":
        return -self._symbol

    def __truediv__(self, number: complex) -> "Polynomial":
        return self._symbol / number

    def __pow__(self, power: int) -> "Polynomial":
        return self._symbol**power


def modes(*names: str) -> tuple[Mode, ...]:
    """Annihilation operators of several modes: ``a, b = modes("signal", "idler")``.

    names: Python identifiers, each once.
    Raises: ValueError for a name that is no identifier, and for a repeated one.
    """
    made = tuple(Mode(name) for name in names)
    if len(set(names)) != len(names):
        raise ValueError(refusal("names", "different from one another", names))
    return made


def as_polynomial(value: object) -> Polynomial | None:
    """Read a number, a drive or a polynomial as a polynomial; None for anything else."""
    if isinstance(value, Polynomial):
        return value
    if isinstance(value, Drive):
        return value._symbol
    if is_number(value):
        if not np.isfinite(value):
            raise ValueError(refusal("coefficient", "a finite number", value))
        return Polynomial({((), ()): complex(value)})
    return None


def _sum(*parts: Iterable[tuple[tuple[Monomial, Drives], complex]]) -> dict[tuple[Monomial, Drives], complex]:
    total: dict[tuple[Monomial, Drives], complex] = {}
    for part in parts:
        for key, value in part:
            total[key] = total.get(key, 0) + value
    return total


def _product(left: Polynomial, right: Polynomial) -> Polynomial:
    return Polynomial(
        _sum(
            ((monomial, drive_product(d, e)), weight * a * b)
            for m, d, a in left
            for n, e, b in right
            for monomial, weight in _normal_product(m, n)
        )
    )


def _normal_product(left: Monomial, right: Monomial) -> list[tuple[Monomial, int]]:
    """a†^m a^n · a†^k a^l = Σ_j j! C(n,j) C(k,j) a†^(m+k−j) a^(n+l−j), mode by mode."""
    powers = {name: (m, n) for name, m, n in left}
    others = {name: (m, n) for name, m, n in right}
    results: list[tuple[Monomial, int]] = [((), 1)]
    for name in sorted(powers.keys() | others.keys()):
        (m, n), (k, l) = powers.get(name, (0, 0)), others.get(name, (0, 0))
        results = [
            (
                (*monomial, (name, m + k - j, n + l - j)) if m + k + n + l - 2 * j else monomial,
                weight * factorial(j) * comb(n, j) * comb(k, j),
            )
            for monomial, weight in results
            for j in range(min(n, k) + 1)
        ]
    return results

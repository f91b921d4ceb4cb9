"""An open bosonic system as everything downstream sees it: a Hamiltonian, jump operators with rates, a start."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.errors import refusal, require_one_of, require_real
from phasespace_qb.models.algebra import Mode, Monomial, Polynomial, as_polynomial, is_number
from phasespace_qb.models.drives import fingerprint_of


@dataclass(frozen=True)
class OpenSystem:
    """Bosonic modes with dρ/dt = −i[H, ρ] + Σ γ_L (LρL† − ½L†Lρ − ½ρL†L), started in coherent states.

    hamiltonian: Hermitian polynomial (ħ = 1).  loss: {L: γ_L}; L is a mode (photon loss) or any polynomial, such as
    ``s**2`` for two-photon loss or ``s.dag`` for gain; rates in units of γ_s, not negative.  start: {mode: amplitude}
    of the initial coherent states, vacuum where nothing is said.  storage: the mode whose work content is asked for;
    the first mode named in `loss` unless said otherwise.

    Units: H in those of the rates (ħ = 1), amplitudes in √quanta.
    Raises: TypeError for what is no polynomial, no dictionary and no number; ValueError for a Hamiltonian that is not
    Hermitian or without any mode, a negative rate, an amplitude that is not finite, an unknown mode.
    Source: the paper's Eq. (8).
    """

    hamiltonian: Polynomial
    loss: Mapping[Polynomial, float] | Mapping[Mode, float]
    start: Mapping[Mode, complex] = field(default_factory=dict)
    storage: Mode | None = None

    def __post_init__(self) -> None:
        hamiltonian = as_polynomial(self.hamiltonian)
        if hamiltonian is None:
            raise TypeError(refusal("hamiltonian", "a polynomial in modes", self.hamiltonian))
        if not hamiltonian.is_hermitian():
            raise ValueError(
                refusal("hamiltonian", "Hermitian", hamiltonian, "Add the Hermitian conjugate: H + H.dag.")
            )
        for name in ("loss", "start"):
            if not isinstance(getattr(self, name), Mapping):
                raise TypeError(refusal(name, "a dictionary, such as {mode: number}", getattr(self, name)))
        for operator, rate in self.loss.items():
            if not isinstance(operator, Polynomial) or any(drives for _, drives, _ in operator):
                raise TypeError(refusal("loss", "keyed by modes or time-independent polynomials in them", operator))
            require_real("loss", rate, "a finite rate that is not negative", lambda r: r >= 0)
        object.__setattr__(self, "hamiltonian", hamiltonian)
        object.__setattr__(self, "loss", {op: float(rate) for op, rate in self.loss.items()})
        if not self.modes:
            raise ValueError(refusal("hamiltonian", "about at least one mode", hamiltonian))
        for mode, amplitude in self.start.items():
            if not isinstance(mode, Mode) or mode.name not in self.modes:
                raise ValueError(refusal("start", f"keyed by modes of the system, {self.modes}", mode))
            if not is_number(amplitude) or not np.isfinite(amplitude):
                raise ValueError(refusal("start", "a finite amplitude", amplitude))
        object.__setattr__(self, "start", dict(self.start))
        if self.storage is not None and (not isinstance(self.storage, Mode) or self.storage.name not in self.modes):
            raise ValueError(refusal("storage", f"one of the modes {self.modes}", self.storage))

    @property
    def modes(self) -> tuple[str, ...]:
        """Names of all modes: those of `loss` first, in its order."""
        operators = [*self.loss, self.hamiltonian]
        return tuple(dict.fromkeys(name for operator in operators for name in operator.modes))

    @property
    def storage_mode(self) -> str:
        """Name of the mode whose work content is asked for."""
        return self.storage.name if self.storage is not None else self.modes[0]

    @property
    def start_amplitudes(self) -> NDArray[np.complex128]:
        """Amplitudes of the initial coherent states; shape (modes,), units √quanta."""
        amplitudes = {mode.name: complex(value) for mode, value in self.start.items()}
        return np.array([amplitudes.get(name, 0j) for name in self.modes])

    def fingerprint(self, until: float) -> str:
        """A hash of what is declared: equal ones are of one system up to the time `until`.

        Drives count by what they are made of (`fingerprint_of`).  until: in the unit of time that belongs to the rates.
        """

        def terms(operator: Polynomial) -> list[Any]:
            each = [
                (monomial, [(fingerprint_of(d, until), c) for d, c in drives], v) for monomial, drives, v in operator
            ]
            return [(monomial, drives, repr(value)) for monomial, drives, value in each]

        told: list[Any] = [terms(self.hamiltonian), [(terms(jump), rate.hex()) for jump, rate in self.loss.items()]]
        told += [self.modes, self.storage_mode, [repr(complex(each)) for each in self.start_amplitudes]]
        return hashlib.sha256(repr(told).encode()).hexdigest()

    def keeps_parity(self, mode: str) -> bool:
        """Whether the reduced state of `mode` commutes with its parity (−1)^(a†a) at all times.

        It does if some set of modes with `mode` in it has a joint parity that is a weak symmetry and that the start
        shares: every term of H is even in the operators of the set, every jump operator is even or odd as a whole,
        and the set starts in vacuum.  Whether such a set exists is a linear problem over the integers modulo 2.
        Raises: TypeError for what is no name, ValueError for a mode that the system does not have.
        Source: own derivation; weak symmetries as in Buča and Prosen, New J. Phys. 14, 073007 (2012).
        """

        require_one_of("mode", mode, self.modes)

        def degrees(monomial: Monomial) -> NDArray[np.uint8]:
            powers = {name: (m + n) % 2 for name, m, n in monomial}
            return np.array([powers.get(name, 0) for name in self.modes], dtype=np.uint8)

        even = [degrees(monomial) for monomial, _, _ in self.hamiltonian]
        for jump in self.loss:
            first, *others = [degrees(monomial) for monomial, _, _ in jump]
            even += [first ^ other for other in others]
        count = len(self.modes)
        even += [np.eye(count, dtype=np.uint8)[j] for j, amplitude in enumerate(self.start_amplitudes) if amplitude]
        # The set is a vector x of zeros and ones with E x = 0 and x = 1 at `mode`: solvable unless the unit row of
        # `mode` is a sum of rows of E.
        unit = np.eye(count, dtype=np.uint8)[self.modes.index(mode)]
        return _rank_modulo_two([*even, unit]) > _rank_modulo_two(even)


def _rank_modulo_two(rows: list[NDArray[np.uint8]]) -> int:
    """Rank of a matrix of zeros and ones over the integers modulo 2."""
    remaining = [row for row in rows if row.any()]
    rank = 0
    while remaining:
        pivot = remaining.pop()
        column = int(pivot.argmax())
        remaining = [row ^ pivot if row[column] else row for row in remaining]
        remaining = [row for row in remaining if row.any()]
        rank += 1
    return rank

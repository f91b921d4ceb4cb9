"""An open bosonic system as everything downstream sees it: a Hamiltonian, jump operators with rates, a start."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from phasespace_qb.errors import refusal, require_real
from phasespace_qb.models.algebra import Mode, Polynomial, as_polynomial, is_number


@dataclass(frozen=True)
class OpenSystem:
    """Bosonic modes with dρ/dt = −i[H, ρ] + Σ γ_L (LρL† − ½L†Lρ − ½ρL†L), started in coherent states.

    hamiltonian: Hermitian polynomial (ħ = 1).  loss: {L: γ_L}; L is a mode (photon loss) or any polynomial, such as
    ``s**2`` for two-photon loss or ``s.dag`` for gain; rates in units of γ_s, not negative.  start: {mode: amplitude}
    of the initial coherent states, vacuum where nothing is said.  storage: the mode whose work content is asked for;
    the first mode named in `loss` unless said otherwise.

    Raises: ValueError for a Hamiltonian that is not Hermitian, a negative rate, an unknown mode.
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
    def start_amplitudes(self) -> np.ndarray[tuple[int], np.dtype[np.complex128]]:
        """Amplitudes of the initial coherent states; shape (modes,)."""
        amplitudes = {mode.name: complex(value) for mode, value in self.start.items()}
        return np.array([amplitudes.get(name, 0j) for name in self.modes])

    def keeps_parity(self, mode: str) -> bool:
        """Whether the parity of `mode` alone is a weak symmetry that the start shares.

        True if every term of H is even in (a, a†) of the mode and every jump operator is even or odd in them.
        The reduced state then commutes with the parity (−1)^(a†a) at all times.
        """

        def parities(operator: Polynomial) -> set[int]:
            return {sum(m + n for name, m, n in monomial if name == mode) % 2 for monomial, _, _ in operator}

        amplitude = self.start_amplitudes[self.modes.index(mode)]
        jumps_definite = all(len(parities(jump)) <= 1 for jump in self.loss)
        return bool(amplitude == 0) and parities(self.hamiltonian) <= {0} and jumps_definite

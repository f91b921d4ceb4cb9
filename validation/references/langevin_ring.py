"""Langevin equations of a ring of many coupled modes, typed by hand: more variables than one loop of a kernel takes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import phasespace_qb as qb

State = NDArray[np.complex128]


@dataclass(frozen=True)
class Ring:
    """H = Σ_j Δ_j a_j†a_j + (U_j/2)a_j†²a_j² + [J_j a_j†a_j₊₁ + (i/2)(ε_j + κ_j a_j₊₁)a_j†² + iF_j a_j† + h.c.].

    Every mode loses quanta at its own rate γ_j.
    """

    count: int = 9
    kerr_scale: float = 1.0

    def numbers(self, start: float, width: float, turn: float = 0.0) -> State:
        """One number for each mode, none of them like another."""
        j = np.arange(self.count)
        return np.asarray((start + width * np.sin(2.3 * j + start)) * np.exp(1j * turn * (j + 1)))

    @property
    def detuning(self) -> NDArray[np.float64]:
        """Δ."""
        return self.numbers(0.2, 0.7).real

    @property
    def kerr(self) -> NDArray[np.float64]:
        """U."""
        return self.kerr_scale * self.numbers(0.4, 0.2).real

    @property
    def hopping(self) -> State:
        """J."""
        return self.numbers(0.5, 0.2, 0.7)

    @property
    def pair(self) -> State:
        """ε."""
        return self.numbers(0.6, 0.2, -1.1)

    @property
    def conversion(self) -> State:
        """κ."""
        return self.numbers(0.3, 0.1, 0.4)

    @property
    def drive(self) -> State:
        """F."""
        return self.numbers(0.4, 0.3, 0.9)

    @property
    def loss(self) -> NDArray[np.float64]:
        """γ."""
        return self.numbers(1.2, 0.4).real

    @property
    def start(self) -> State:
        """Coherent amplitudes."""
        return self.numbers(0.5, 0.2, 1.3)

    def system(self) -> qb.OpenSystem:
        """The declaration."""
        modes = qb.modes(*(f"a{j}" for j in range(self.count)))
        hamiltonian = 0.0 * modes[0]
        for j, a in enumerate(modes):
            hamiltonian = hamiltonian + float(self.detuning[j]) * a.dag * a
            beside = modes[(j + 1) % self.count]
            half = complex(self.hopping[j]) * a.dag * beside + 0.5j * complex(self.pair[j]) * a.dag**2
            half = half + 1j * complex(self.drive[j]) * a.dag
            half = half + 0.5j * complex(self.conversion[j]) * a.dag**2 * beside
            hamiltonian = hamiltonian + half + half.dag
            if self.kerr[j]:
                hamiltonian = hamiltonian + 0.5 * float(self.kerr[j]) * a.dag**2 * a**2
        losses = {a: float(rate) for a, rate in zip(modes, self.loss, strict=True)}
        return qb.OpenSystem(hamiltonian, losses, dict(zip(modes, self.start, strict=True)))

    def _flow(self, a: State, conjugate: State) -> State:
        """All of the drift of α but that of U, with α* or α⁺ as conjugate."""
        result = -(self.loss / 2 + 1j * self.detuning) * a + self.drive
        result -= 1j * (self.hopping * np.roll(a, -1) + np.roll(self.hopping.conj() * a, 1))
        result += (self.pair + self.conversion * np.roll(a, -1)) * conjugate
        return np.asarray(result - np.roll(self.conversion.conj() * a**2, 1) / 2)

    def wigner(self, y: State, t: float) -> State:
        """Drift of the α_j, symmetric order."""
        return np.asarray(self._flow(y, y.conj()) - 1j * self.kerr * (np.abs(y) ** 2 - 1) * y)

    def wigner_noise(self, y: State, t: float) -> State:
        """√(γ_j/4) (dW + i dW′) on each mode."""
        return np.kron(np.diag(np.sqrt(self.loss / 4)), [1, 1j])

    def wigner_without_conjugates(self, y: State, t: float) -> State:
        """The same with α_j in place of α_j* at the pair drives and conversions."""
        return np.asarray(self._flow(y, y) - 1j * self.kerr * (np.abs(y) ** 2 - 1) * y)

    def positive_p(self, y: State, t: float) -> State:
        """Drift of α_1, α_1⁺, α_2, …, as Itô equations, at U = 0."""
        a, plus, result = y[0::2], y[1::2], np.empty_like(y)
        result[0::2] = self._flow(a, plus)
        # The equation of α⁺ is that of α with every number conjugated.
        result[1::2] = self._flow(plus.conj(), a.conj()).conj()
        return result

    def positive_p_noise(self, y: State, t: float) -> State:
        """√(ε_j + κ_j α_j₊₁) dW on α_j, and the same of α⁺ with every number conjugated."""
        columns = np.empty_like(y)
        columns[0::2] = np.sqrt(self.pair + self.conversion * np.roll(y[0::2], -1))
        columns[1::2] = np.sqrt(self.pair.conj() + self.conversion.conj() * np.roll(y[1::2], -1))
        return np.diag(columns)

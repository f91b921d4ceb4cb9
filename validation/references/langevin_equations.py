"""Langevin equations typed by hand from the published ones, as f(y, t) and G(y, t) with real Wiener increments.

Each class is one system: its declaration for the library, and drift and noise that owe the library nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import phasespace_qb as qb

State = NDArray[np.complex128]

SIGNAL, PUMP = qb.modes("signal", "pump")
A, B = qb.modes("a", "b")


@dataclass(frozen=True)
class Resonator:
    """A driven Kerr resonator with parametric drive and two-photon loss, and a second mode that is dephased.

    H = Δ a†a + (U/2) a†²a² + [i(ε/2) a†² + F a† + h.c.] + ω b†b,  loss γ D[a] + Γ D[a²] + Γ_φ D[b†b].
    With U = 0 it is the oscillator after elimination of its pump, with Γ = ε = 0 the Kerr cavity.
    Source: Drummond and Walls, J. Phys. A 13, 725 (1980); Gardiner and Zoller, Quantum Noise, Sec. 6.1.
    """

    detuning: float = 0.4
    kerr: float = 0.3
    parametric: complex = 0.7 - 0.4j
    drive: complex = 0.5 + 0.3j
    loss: float = 1.1
    two_photon: float = 0.2
    frequency: float = 0.8
    dephasing: float = 0.3

    def system(self, *, dephased: bool = True) -> qb.OpenSystem:
        """The declaration."""
        one_sided = 0.5j * self.parametric * A.dag**2 + self.drive * A.dag
        hamiltonian = self.detuning * A.dag * A + 0.5 * self.kerr * A.dag**2 * A**2 + one_sided + one_sided.dag
        loss = {A: self.loss, A**2: self.two_photon}
        start = {A: 0.6 - 0.9j, B: 1.2 + 0.5j}
        if not dephased:
            return qb.OpenSystem(hamiltonian, loss, {A: start[A]})
        rotation = self.frequency * B.dag * B
        return qb.OpenSystem(hamiltonian + rotation, loss | {B.dag * B: self.dephasing}, start)

    def positive_p(self, y: State, t: float, correction: float = 0.0) -> State:
        """Drift of α, α⁺, β, β⁺; correction: 0 as Itô equations, 1 as Stratonovich ones."""
        a, a_plus, b, b_plus = y
        linear, cubic = self.loss / 2 + 1j * self.detuning, self.two_photon + 1j * self.kerr
        turning = self.dephasing / 2 * (1 - correction)
        return np.array(
            [
                -linear * a
                + self.parametric * a_plus
                - cubic * a**2 * a_plus
                - 1j * self.drive
                + correction * cubic / 2 * a,
                -np.conj(linear) * a_plus
                + np.conj(self.parametric) * a
                - np.conj(cubic) * a_plus**2 * a
                + 1j * np.conj(self.drive)
                + correction * np.conj(cubic) / 2 * a_plus,
                -(turning + 1j * self.frequency) * b,
                -(turning - 1j * self.frequency) * b_plus,
            ]
        )

    def positive_p_noise(self, y: State, t: float) -> State:
        """√(ε − (Γ + iU)α²) dW₁, √(ε* − (Γ − iU)α⁺²) dW₂, and i√Γ_φ (β, −β⁺) dW₃."""
        a, a_plus, b, b_plus = y
        cubic, turn = self.two_photon + 1j * self.kerr, 1j * np.sqrt(self.dephasing)
        columns = np.zeros((4, 3), dtype=complex)
        columns[0, 0] = np.sqrt(self.parametric - cubic * a**2)
        columns[1, 1] = np.sqrt(np.conj(self.parametric) - np.conj(cubic) * a_plus**2)
        columns[2, 2], columns[3, 2] = turn * b, -turn * b_plus
        return columns

    def wigner(self, y: State, t: float, correction: float = 0.0) -> State:
        """Drift of α of the first mode, symmetric order."""
        (a,) = y
        cubic = self.two_photon + 1j * self.kerr
        drift = -(self.loss / 2 + 1j * self.detuning) * a + self.parametric * a.conj() - 1j * self.drive
        return np.array([drift - cubic * (abs(a) ** 2 - 1) * a - correction * self.two_photon / 2 * a])

    def wigner_noise(self, y: State, t: float) -> State:
        """√(γ/4 − Γ/2) (dW₁ + i dW₂) + √Γ |α| (dW₃ + i dW₄): ⟨|dα|²⟩ = [γ/2 + Γ(2|α|² − 1)] dt."""
        steady, growing = np.sqrt(self.loss / 4 - self.two_photon / 2), np.sqrt(self.two_photon) * abs(y[0])
        return np.array([[steady, 1j * steady, growing, 1j * growing]])


@dataclass(frozen=True)
class Battery:
    """The quantum battery with a detuned signal and a complex pump that changes in time and jumps.

    Source: the paper's Eqs. (6)–(8) and (10)–(11); for positive-P Drummond, McNeil and Walls, Opt. Acta 28, 211 (1981).
    """

    pump: Callable[[float], complex]
    jump: float
    kappa: float = 0.6
    signal_loss: float = 1.1
    pump_loss: float = 9.0
    detuning: float = 0.37

    def system(self) -> qb.OpenSystem:
        """The declaration."""
        drive = qb.Envelope(self.pump, (self.jump,), complex_valued=True)
        return qb.DopoBattery(drive, self.kappa, self.signal_loss, self.pump_loss, self.detuning).system()

    def positive_p(self, y: State, t: float) -> State:
        """Drift of α_s, α_s⁺, α_p, α_p⁺."""
        s, s_plus, p, p_plus = y
        linear, drive = self.signal_loss / 2 + 1j * self.detuning, np.sqrt(self.pump_loss) * self.pump(t)
        return np.array(
            [
                -linear * s + self.kappa * s_plus * p,
                -np.conj(linear) * s_plus + self.kappa * s * p_plus,
                -self.pump_loss / 2 * p - self.kappa / 2 * s**2 + drive,
                -self.pump_loss / 2 * p_plus - self.kappa / 2 * s_plus**2 + np.conj(drive),
            ]
        )

    def positive_p_noise(self, y: State, t: float) -> State:
        """√(κα_p) dW₁ on the signal, √(κα_p⁺) dW₂ on its partner."""
        columns = np.zeros((4, 2), dtype=complex)
        columns[0, 0], columns[1, 1] = np.sqrt(self.kappa * y[2]), np.sqrt(self.kappa * y[3])
        return columns

    def wigner(self, y: State, t: float) -> State:
        """Drift of α_s, α_p."""
        s, p = y
        return np.array(
            [
                -(self.signal_loss / 2 + 1j * self.detuning) * s + self.kappa * s.conj() * p,
                -self.pump_loss / 2 * p - self.kappa / 2 * s**2 + np.sqrt(self.pump_loss) * self.pump(t),
            ]
        )

    def wigner_noise(self, y: State, t: float) -> State:
        """√(γ_j/4) (dW + i dW′) on each mode."""
        s, p = np.sqrt(self.signal_loss / 4), np.sqrt(self.pump_loss / 4)
        return np.array([[s, 1j * s, 0, 0], [0, 0, p, 1j * p]])

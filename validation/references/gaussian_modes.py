"""Moments of bosonic modes with linear equations, from their Heisenberg equations and nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import solve_ivp

import phasespace_qb as qb

Complex = NDArray[np.complex128]
OfTime = Callable[[float], Any]


@dataclass(frozen=True, eq=False)
class Moments:
    """⟨a_j⟩ (T, modes), and the normally ordered N_ij = ⟨δa_i†δa_j⟩, M_ij = ⟨δa_iδa_j⟩, both (T, modes, modes)."""

    mean: Complex
    normal: Complex
    anomalous: Complex

    def work(self, mode: int) -> NDArray[np.float64]:
        """Ergotropy W = n̄ − ν + ½ of one mode, ν² = (N + ½)² − |M|² (T,)."""
        spread = self.normal[:, mode, mode].real + 0.5
        lowest = np.sqrt(spread**2 - abs(self.anomalous[:, mode, mode]) ** 2)
        return np.asarray(abs(self.mean[:, mode]) ** 2 + spread - lowest)

    def of(self, mode: int) -> dict[str, Any]:
        """Moments of one mode, by the names that results have."""
        mean = self.mean[:, mode]
        number = self.normal[:, mode, mode].real + abs(mean) ** 2
        pair = self.anomalous[:, mode, mode] + mean**2
        return {
            "mean_field": mean,
            "photon_number": number,
            "pair_amplitude": pair,
            "pair_number": 2 * number**2 + abs(pair) ** 2 - 2 * abs(mean) ** 4,
        }


def moments(
    times: ArrayLike,
    exchange: OfTime,
    pairing: OfTime,
    drive: OfTime,
    gain: ArrayLike,
    start: Sequence[complex],
    jumps: Sequence[float] = (),
) -> Moments:
    """Solve ȧ = Pa + Qa† + F for coherent states at t = 0, with the quanta that the gains add to each mode.

    With N and M as in `Moments`: Ṅ = P*N + NPᵀ + Q*M + (QM*)ᵀ + G,  Ṁ = PM + MPᵀ + QN + (QN)ᵀ + Q, for a symmetric Q.
    exchange, pairing: P and Q at a time, (modes, modes); drive: F, (modes,); gain: G, (modes,).  jumps: when they jump.
    """
    instants, count = np.asarray(times, dtype=float), len(start)
    added = np.diag(np.broadcast_to(np.asarray(gain, dtype=complex), count))

    def rate(t: float, y: Complex) -> Complex:
        a = y[:count]
        n, m = y[count:].reshape(2, count, count)
        p, q = (np.reshape(each(t), (count, count)) for each in (exchange, pairing))
        flow, other = q.conj() @ m + p.conj() @ n, p @ m + q @ n
        n_rate = flow + n @ p.T + (q @ m.conj()).T + added
        m_rate = other + m @ p.T + (q @ n).T + q
        return np.concatenate([p @ a + q @ a.conj() + np.reshape(drive(t), count), n_rate.ravel(), m_rate.ravel()])

    y = np.concatenate([np.asarray(start, dtype=complex), np.zeros(2 * count**2)])
    found = np.zeros((len(instants), len(y)), dtype=complex)
    found[instants == 0] = y
    end = float(instants[-1])
    for left, right in pairwise([0.0, *sorted(each for each in jumps if 0 < each < end), end]):
        here = (instants > left) & (instants <= right)
        inside = np.nextafter([left, right], [right, left])

        def within(t: float, y: Complex, edges: NDArray[np.float64] = inside) -> Complex:
            return rate(float(np.clip(t, *edges)), y)

        # Save times within rounding of the end of a stretch belong to it.
        wanted = np.union1d(instants[here], right)
        solved = solve_ivp(within, (left, right), y, "DOP853", wanted, rtol=1e-12, atol=1e-14)
        found[here] = solved.y[:, : int(here.sum())].T
        y = solved.y[:, -1]
    second = found[:, count:].reshape(-1, 2, count, count)
    return Moments(found[:, :count], second[:, 0], second[:, 1])


@dataclass(frozen=True)
class OneMode:
    """H = Δa†a + [i(ε/2)a†² + iFa† + h.c.] with loss γ and gain G; ε until `off`, F of a frequency ν until `jump`."""

    detuning: float = 0.45
    pair: complex = 0.5 * np.exp(0.7j)
    off: float = 1.3
    drive: complex = 0.8 - 0.3j
    frequency: float = 0.9
    later: complex = 0.4 + 0.2j
    jump: float = 0.6
    loss: float = 1.3
    gain: float = 0.25
    start: complex = 0.7 - 0.4j

    def driven(self, t: float) -> complex:
        """F at a time."""
        return self.drive * np.exp(1j * self.frequency * t) if t < self.jump else self.later

    def system(self) -> qb.OpenSystem:
        """As it is declared to the library."""
        (a,) = qb.modes("a")
        pairs = 0.5j * a.dag**2 * qb.SwitchedOff(self.pair, self.off)
        driving = 1j * a.dag * qb.Envelope(self.driven, (self.jump,), complex_valued=True)
        hamiltonian = self.detuning * a.dag * a + pairs + pairs.dag + driving + driving.dag
        return qb.OpenSystem(hamiltonian, {a: self.loss, a.dag: self.gain}, {a: self.start})

    def moments(self, times: NDArray[np.float64]) -> Moments:
        """From its Heisenberg equation ȧ = −[(γ − G)/2 + iΔ]a + εa† + F."""
        decay = -(self.loss - self.gain) / 2 - 1j * self.detuning
        return moments(
            times,
            lambda t: decay,
            lambda t: self.pair if t < self.off else 0.0,
            self.driven,
            self.gain,
            [self.start],
            (self.jump, self.off),
        )

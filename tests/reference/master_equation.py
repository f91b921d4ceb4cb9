"""The two-mode oscillator solved from its density matrix: plain scipy, slow, and independent of the package.

ρ̇ = −i[H, ρ] + γ_s D[a] ρ + γ_p D[b] ρ,  H = Δ a†a + [i(κ/2) a†² b + h.c.] + √γ_p (iF b† + h.c.), from vacuum.
Signal parity is conserved up to a jump, so ρ is a block of even and a block of odd signal number.
Source: the paper's Eqs. (6)–(8).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.sparse import csr_array, diags_array, eye_array, kron


class Solution(NamedTuple):
    """Moments over time (T,) and the reduced signal density matrix (T, N_s, N_s)."""

    times: NDArray[np.float64]
    photon_number: NDArray[np.float64]
    pair_amplitude: NDArray[np.complex128]
    pair_number: NDArray[np.float64]
    pump_amplitude: NDArray[np.complex128]
    signal: NDArray[np.complex128]


def solve(
    pump: complex,
    times: NDArray[np.float64],
    *,
    kappa: float = 0.5,
    gamma_s: float = 1.0,
    gamma_p: float = 16.0,
    detuning: float = 0.0,
    cutoffs: tuple[int, int] = (24, 8),
    tolerance: float = 1e-9,
) -> Solution:
    """Integrate ρ̇ = Kρ + ρK† + Σ LρL† with DOP853, K = −iH − ½ Σ L†L.

    `times` starts at the time of the vacuum.  Cutoffs count levels: (signal, pump).
    """
    n_s, n_p = cutoffs
    real = complex(pump).imag == 0 and detuning == 0  # −iH is then real, and so is ρ
    a = kron(diags_array(np.sqrt(np.arange(1.0, n_s)), offsets=1), eye_array(n_p)).tocsr()
    b = kron(eye_array(n_s), diags_array(np.sqrt(np.arange(1.0, n_p)), offsets=1)).tocsr()
    up = 0.5 * kappa * (a.T @ a.T @ b) + np.sqrt(gamma_p) * pump * b.T
    k = up - up.conj().T - 1j * detuning * (a.T @ a) - 0.5 * (gamma_s * a.T @ a + gamma_p * b.T @ b)
    parity = np.repeat(np.arange(n_s) % 2, n_p)
    sector = [np.flatnonzero(parity == 0), np.flatnonzero(parity == 1)]
    dtype = np.float64 if real else np.complex128
    generator = [csr_array(k[s][:, s].real if real else k[s][:, s]) for s in sector]
    pump_jump = [csr_array(np.sqrt(gamma_p) * b[s][:, s]) for s in sector]
    signal_jump = [csr_array(np.sqrt(gamma_s) * a[s][:, sector[1 - i]]) for i, s in enumerate(sector)]  # into i
    sizes = [s.size for s in sector]

    def blocks(y: NDArray[np.generic]) -> list[NDArray[np.generic]]:
        even, odd = np.split(y, [sizes[0] ** 2])
        return [even.reshape(sizes[0], -1), odd.reshape(sizes[1], -1)]

    def rate(_: float, y: NDArray[np.generic]) -> NDArray[np.generic]:
        # Without this symmetrisation, non-Hermitian rounding grows exponentially.
        rho = [0.5 * (r + r.conj().T) for r in blocks(y)]
        out = []
        for i in (0, 1):
            half = generator[i] @ rho[i]
            gain = pump_jump[i] @ (pump_jump[i] @ rho[i]).conj().T
            gain += signal_jump[i] @ (signal_jump[i] @ rho[1 - i]).conj().T
            out.append((half + half.conj().T + gain).ravel())
        return np.concatenate(out)

    start = np.zeros(sizes[0] ** 2 + sizes[1] ** 2, dtype)
    start[0] = 1.0
    done = solve_ivp(rate, (times[0], times[-1]), start, "DOP853", times, rtol=tolerance, atol=tolerance * 1e-2)
    signal = np.zeros((len(times), n_s, n_s), np.complex128)
    pump_amplitude = np.zeros(len(times), np.complex128)
    for t, y in enumerate(done.y.T):
        for i, block in enumerate(blocks(y)):
            four = block.reshape(sizes[i] // n_p, n_p, sizes[i] // n_p, n_p)
            signal[t, i::2, i::2] = np.einsum("ajbj->ab", four)
            pump_amplitude[t] += np.einsum("ajak->jk", four).diagonal(-1) @ np.sqrt(np.arange(1.0, n_p))
    n = np.arange(n_s)
    number = np.einsum("tnn->tn", signal).real
    pairs = np.einsum("tnn->tn", signal[:, 2:, :-2]) @ np.sqrt(n[1:-1] * n[2:])
    return Solution(times, number @ n, pairs, number @ (n * (n - 1)), pump_amplitude, signal)

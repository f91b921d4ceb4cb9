"""Exact steady state of a mode driven in pairs and lossy in ones and twos, in closed form.

ρ̇ = −i[H, ρ] + γ D[a] ρ + Γ D[a²] ρ,  H = Δ a†a + i(ε/2)(e^(iθ) a†² − e^(−iθ) a²).  Four numbers decide:
λ = 2ε/γ (ratio), g² = 2Γ/γ (noise), δ = 2Δ/γ (detuning) and θ (phase).

The sums of the closed form are those of a beam splitter (50:50) that Σ_j √w_j e^(iφ_j) |j⟩, j even, and vacuum enter:
ρ is the state of one output.  With y_j = g²(j+1)/2,
w_(j+2)/w_j = [(j+1)/(j+2)] λ²/[(1+y_j)² + δ²],  φ_(j+2) − φ_j = −arg(1 + y_j + iδ).
All terms of populations and of factorial moments are positive, and nothing large is subtracted from anything large.

Source: Drummond, McNeil and Walls, Optica Acta 28, 211 (1981); Wolinsky and Carmichael, Phys. Rev. Lett. 60, 1836
(1988); with detuning, and as a beam splitter: own derivation, checked against the null vector of the Liouvillian.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from phasespace_qb.errors import PhaseSpaceError

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

FORGOTTEN: Final = 60.0
"""Logarithm of how much smaller than the largest a weight is when it is left out."""
WIDEST: Final = 2**22
"""Most weights; 32 MiB each for their numbers, values and phases."""
DEAREST: Final = 2**26
"""Most terms in a number distribution: about a second."""
_BINOMIAL_TAIL: Final = 20.0
"""|n − j/2| ≤ √(20 j) holds all but 2e⁻⁴⁰ of n photons out of j (Hoeffding)."""
_CHUNK: Final = 2**20


@dataclass(frozen=True)
class EliminatedOscillator:
    """The steady state, by its four numbers: λ ≥ 0, g² > 0, δ and θ.

    Raises: PhaseSpaceError, when first asked, if the photon number spreads over more than about 2²² levels.
    """

    ratio: float
    noise: float
    detuning: float = 0.0
    phase: float = 0.0

    @cached_property
    def pairs(self) -> tuple[Array, Array, Array]:
        """Even j, their weights w_j with Σ w_j = 1, and their phases φ_j; each (J,)."""
        bright = np.sqrt(max(self.ratio**2 - self.detuning**2, 1.0)) - 1
        peak = 2 * bright / self.noise
        reach = 64 + 16 * np.sqrt((1 + self.ratio) / self.noise)
        while True:
            if not reach < WIDEST:
                raise PhaseSpaceError(
                    f"The steady state at λ = {self.ratio:g} and g² = {self.noise:g} spreads over more than {WIDEST:,} "
                    'number states. Use LinearNoise(about="branch"), away from the threshold.'
                )
            first = max(0, int(peak - reach) // 2 * 2)
            j = np.arange(first, peak + reach + 2, 2.0)
            log, angle = self._logarithms(j)
            # Down to j = 0 there is nothing to leave out.
            if log[-1] < -FORGOTTEN and (first == 0 or log[0] < -FORGOTTEN):
                break
            reach *= 2
        weight = np.exp(log)
        kept = log > -FORGOTTEN
        return j[kept], weight[kept] / weight[kept].sum(), angle[kept]

    def _logarithms(self, j: Array) -> tuple[Array, Array]:
        """ln(w_j/max w) and φ_j, summed from the largest w outwards, so that rounding stays where w is small."""
        y = 0.5 * self.noise * (j[:-1] + 1)
        with np.errstate(divide="ignore"):
            ascent = np.log((j[:-1] + 1) / (j[:-1] + 2) * self.ratio**2) - np.log((1 + y) ** 2 + self.detuning**2)
        turn = -np.arctan2(self.detuning, 1 + y)
        rising = np.flatnonzero(ascent > 0)
        top = int(rising[-1]) + 1 if rising.size else 0

        def outwards(steps: Array) -> Array:
            below = -np.cumsum(steps[:top][::-1])[::-1]
            return np.concatenate([below, [0.0], np.cumsum(steps[top:])])

        log = outwards(ascent)
        return log - log.max(), outwards(turn)

    def moment(self, creations: int, annihilations: int) -> complex:
        """⟨a†^m a^n⟩ = 2^(−m) (λ/g²)^d e^(iθd) Σ_j w_j j!/(j−m)! Π_(i<d) y_(j+2i)/(1+y_(j+2i)+iδ),  n = m + 2d ≥ m.

        Zero for odd m + n; the conjugate for m > n.  m counts creations, n annihilations; units: quanta^((m+n)/2).
        """
        m, n = creations, annihilations
        if m > n:
            return self.moment(n, m).conjugate()
        if (m + n) % 2:
            return 0j
        j, weight, _ = self.pairs
        terms = weight.astype(np.complex128)
        for i in range(m):
            terms *= 0.5 * (j - i)
        for i in range((n - m) // 2):
            y = 0.5 * self.noise * (j + 2 * i + 1)
            terms *= self.ratio / self.noise * y / (1 + y + 1j * self.detuning)
        return complex(terms.sum() * np.exp(0.5j * self.phase * (n - m)))

    @cached_property
    def number_distribution(self) -> tuple[int, Array] | None:
        """(first, p): p[i] is the probability of first + i photons, p_n = Σ_j w_j C(j, n) 2^(−j); p (L,).

        Less than 10⁻¹⁵ lies outside; relative error below 10⁻⁹.  None where it needs more than 2²⁶ terms.
        """
        j, weight, _ = self.pairs
        first, last = self._range()
        # |j − 2n| ≤ 2√(20 j), taken at the largest j.
        width = 2 * np.sqrt(_BINOMIAL_TAIL * j[-1]) + 2
        across = min(j.size, width)
        if (last + 1 - first) * across > DEAREST:
            return None
        rows = max(1, int(_CHUNK / across))
        p = np.zeros(last + 1 - first)
        for start in range(first, last + 1, rows):
            n = np.arange(start, min(start + rows, last + 1))
            low, high = np.searchsorted(j, [2 * n[0] - width, 2 * n[-1] + width])
            total = j[low:high].astype(np.intp)
            rest = total - n[:, None]
            log = _log_factorial(total) - _log_factorial(n)[:, None] - _log_factorial(np.maximum(rest, 0))
            p[n - first] = np.where(rest >= 0, np.exp(log - total * np.log(2)), 0.0) @ weight[low:high]
        return first, p

    def density_matrix(self, first: int, last: int) -> ComplexArray:
        """ρ_nm between first ≤ n, m < last, shape (last − first,)²; positive, and not renormalised.

        ρ_nm = e^(iθ(n−m)/2) (AA†)_nm, A_nk = e^(iφ_(n+k)) √(w_(n+k) C(n+k, n) 2^(−(n+k))) for even n + k, otherwise 0.
        """
        rho = np.zeros((last - first, last - first), np.complex128)
        for n, amplitude in self._amplitudes(first, last):
            rotated = amplitude * np.exp(0.5j * self.phase * n)[:, None]
            rho[np.ix_(n - first, n - first)] = rotated @ rotated.conj().T
        return rho

    def spectrum(self, first: int, last: int) -> Array:
        """Eigenvalues of that part of ρ, in descending order, (last − first,); those of even and of odd n apart."""
        found = [np.linalg.eigvalsh(a @ a.conj().T) for _, a in self._amplitudes(first, last)]
        return np.sort(np.concatenate(found))[::-1]

    def _amplitudes(self, first: int, last: int) -> Iterator[tuple[NDArray[np.intp], NDArray[Any]]]:
        """(n, A_nk at θ = 0) for the even and for the odd n between first and last; all k that matter.

        Real on resonance, which makes everything that follows four times faster.
        """
        j, weight, angle = self.pairs
        log = 0.5 * np.log(weight)
        factor = np.exp(1j * angle) if self.detuning else np.ones(j.size)
        lowest, highest = self._range()
        for parity in (0, 1):
            n = np.arange(first + (first + parity) % 2, last, 2)
            k = np.arange(lowest + (lowest + parity) % 2, highest + 1, 2)
            total = n[:, None] + k
            index = (total - int(j[0])) // 2
            inside = (index >= 0) & (index < j.size)
            index = np.where(inside, index, 0)
            halves = _log_factorial(total) - _log_factorial(n)[:, None] - _log_factorial(k) - total * np.log(2)
            yield n, np.where(inside, np.exp(log[index] + 0.5 * halves), 0.0) * factor[index]

    def _range(self) -> tuple[int, int]:
        """Smallest and largest photon number that matter."""
        j = self.pairs[0]
        spread = np.sqrt(_BINOMIAL_TAIL * j[[0, -1]])
        return max(0, int(0.5 * j[0] - spread[0])), min(int(j[-1]), int(0.5 * j[-1] + spread[1]) + 1)


def _log_factorial(numbers: NDArray[np.intp]) -> Array:
    """ln n! by a table, which is faster than the function where arrays are two-dimensional and full of repetitions."""
    if numbers.size == 0:
        return np.zeros(numbers.shape)
    first, last = int(numbers.min()), int(numbers.max())
    table = gammaln(np.arange(first, last + 1) + 1.0)
    return np.asarray(table[numbers - first])

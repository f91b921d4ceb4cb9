"""The two-mode battery by routes of its own: mean field by SciPy, the master equation by QuTiP."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from validation.referees import qutip

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]
Drive = Callable[[float], complex]
PAPER = "J.-T. Zhang, S.-Q. Ma, J.-Y.-R. Jin and Q. Ai, “Quantum Batteries in Coherent Ising Machine”"
MODEL = "H = Δ a_s†a_s + [i(κ/2) a_s†²a_p + i√γ_p F_p a_p† + h.c.], loss γ_s D[a_s] + γ_p D[a_p]"
FIELDS = "dα_s/dt = −(γ_s/2 + iΔ)α_s + κα_s*α_p, dα_p/dt = −(γ_p/2)α_p − (κ/2)α_s² + √γ_p F_p"


class Rates(NamedTuple):
    """κ, γ_s, γ_p and Δ."""

    kappa: float
    gamma_s: float
    gamma_p: float
    detuning: float

    def larger(self, by: float) -> "Rates":
        """The same battery with amplitudes `by` times as large: κ/by."""
        return self._replace(kappa=self.kappa / by)

    def slope(self, state: Complex, pump: complex) -> Complex:
        """dα_s/dt and dα_p/dt, Eqs. (12)–(13) of the paper on the battery, with detuning."""
        s, p = state
        return np.array(
            [
                -(self.gamma_s / 2 + 1j * self.detuning) * s + self.kappa * np.conj(s) * p,
                -self.gamma_p / 2 * p - self.kappa / 2 * s**2 + np.sqrt(self.gamma_p) * pump,
            ]
        )

    def mean_field(self, start: Sequence[complex], times: Array, pump: Drive, jumps: Sequence[float] = ()) -> Complex:
        """α_s and α_p, (T, 2), by an eighth-order method from jump to jump of the drive; `times` are not jumps."""
        edges = [0.0, *(each for each in jumps if 0 < each < times[-1]), float(times[-1])]
        state, found = np.asarray(start, dtype=complex), []
        for begin, end in pairwise(edges):
            inside = times[(times > begin) & (times <= end)]

            # The drive is asked just inside of the stretch: at a jump it has two values.
            def slope(t: float, z: Complex, begin: float = begin, end: float = end) -> Complex:
                nudge = 1e-12 * (end - begin)
                return self.slope(z, pump(min(max(t, begin + nudge), end - nudge)))

            path = solve_ivp(slope, (begin, end), state, "DOP853", np.unique([*inside, end]), rtol=1e-11, atol=1e-13)
            found.append(path.y.T[: len(inside)])
            state = path.y[:, -1]
        return np.concatenate(found)

    def threshold(self) -> float:
        """The pump at which the dark state α_s = 0 loses stability: an eigenvalue of its Jacobian passes zero."""

        def growth(pump: float) -> float:
            rest: Complex = np.array([0, 2 * pump / np.sqrt(self.gamma_p)], dtype=complex)
            columns = []
            for unit in np.eye(4):
                # The flow is quadratic, and central differences of any width are its derivatives.
                shift = np.asarray(unit[:2] + 1j * unit[2:], dtype=complex)
                slope = (self.slope(rest + shift, pump) - self.slope(rest - shift, pump)) / 2
                columns.append(np.concatenate([slope.real, slope.imag]))
            return float(np.linalg.eigvals(np.array(columns)).real.max())

        # Far below threshold the growth is a flat −γ_s/2 with detuning: bracket from above.
        return float(brentq(growth, 1e-3, 1e3, xtol=1e-13, rtol=1e-14))

    def by_qutip(
        self,
        cutoffs: tuple[int, int],
        start: tuple[complex, complex],
        stretches: Sequence[tuple[complex, Sequence[float], float]],
    ) -> dict[str, Complex]:
        """Moments of both modes by QuTiP, each (T, 2), by the names of the results.

        stretches: for each constant pump F_p, the times at which moments are wanted and the one at which it ends.
        """
        s, p = qutip.ladders(*cutoffs)
        conversion = 0.5j * self.kappa * s.dag() ** 2 * p
        constant = self.detuning * s.dag() * s + conversion + conversion.dag()
        states, state, begin = [], qutip.coherent(cutoffs, start), 0.0
        for pump, times, end in stretches:
            drive = 1j * np.sqrt(self.gamma_p) * pump * p.dag()
            jumps = [(s, self.gamma_s), (p, self.gamma_p)]
            path = qutip.evolve(constant + drive + drive.dag(), jumps, state, [*times, end], begin)
            states += path[:-1]
            state, begin = path[-1], end
        operators: dict[str, Callable[[Any], Any]] = {
            "mean_field": lambda b: b,
            "photon_number": lambda b: b.dag() * b,
            "pair_amplitude": lambda b: b * b,
            "pair_number": lambda b: b.dag() ** 2 * b**2,
        }
        return {
            name: np.stack([qutip.averages(of(b), states) for b in (s, p)], axis=-1) for name, of in operators.items()
        }


RATES = Rates(kappa=0.6, gamma_s=1.3, gamma_p=7.0, detuning=0.35)
"""A battery of which no number is 0 or 1, so that nothing hides."""

"""The two-mode battery by routes of its own: mean field by SciPy, the master equation by QuTiP."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from validation.evidence import MissingReferee

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]
Drive = Callable[[float], complex]
TIGHT = {
    "method": "vern9",
    "atol": 1e-13,
    "rtol": 1e-11,
    "nsteps": 1_000_000,
    "progress_bar": "",
    "store_final_state": True,
}


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
        """dα_s/dt and dα_p/dt, the paper's Eqs. (12)–(13) with detuning."""
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
                shift = np.asarray(1e-6 * (unit[:2] + 1j * unit[2:]), dtype=complex)
                slope = (self.slope(rest + shift, pump) - self.slope(rest - shift, pump)) / 2e-6
                columns.append(np.concatenate([slope.real, slope.imag]))
            return float(np.linalg.eigvals(np.array(columns)).real.max())

        # Far below threshold the growth is a flat −γ_s/2 with detuning: bracket from above.
        return float(brentq(growth, 1e-3, 1e3, xtol=1e-13, rtol=1e-14))

    def by_qutip(
        self,
        cutoffs: tuple[int, int],
        start: tuple[complex, complex],
        times: Array,
        pump: Drive,
        jumps: Sequence[float] = (),
    ) -> dict[str, Complex]:
        """Moments of both modes, each (T, 2), by the names of the results; the drive is constant between jumps."""
        try:
            import qutip
        except ImportError as missing:
            raise MissingReferee("QuTiP is not installed: pip install qutip") from missing
        signal, pumped = (qutip.destroy(levels) for levels in cutoffs)
        s = qutip.tensor(signal, qutip.qeye(cutoffs[1]))
        p = qutip.tensor(qutip.qeye(cutoffs[0]), pumped)
        conversion = 0.5j * self.kappa * s.dag() ** 2 * p
        constant = self.detuning * s.dag() * s + conversion + conversion.dag()
        losses = [np.sqrt(self.gamma_s) * s, np.sqrt(self.gamma_p) * p]
        parts = [qutip.coherent(n, alpha, method="analytic").unit() for n, alpha in zip(cutoffs, start, strict=True)]
        operators = {
            f"{name} {mode}": operator
            for mode, b in enumerate((s, p))
            for name, operator in {
                "mean_field": b,
                "photon_number": b.dag() * b,
                "pair_amplitude": b * b,
                "pair_number": b.dag() ** 2 * b**2,
            }.items()
        }
        state = qutip.tensor(parts)
        found: dict[str, list[complex]] = {name: [] for name in operators}
        edges = [0.0, *jumps, float(times[-1])]
        for begin, end in pairwise(edges):
            drive = 1j * np.sqrt(self.gamma_p) * pump((begin + end) / 2) * p.dag()
            inside = times[(times > begin) & (times < end)]
            path = qutip.mesolve(
                constant + drive + drive.dag(), state, [begin, *inside, end], losses, e_ops=operators, options=TIGHT
            )
            last = len(inside) + (2 if end == times[-1] else 1)
            for name, values in path.e_data.items():
                found[name] += list(values[1:last])
            state = path.final_state
        names = dict.fromkeys(name.split()[0] for name in found)
        return {name: np.stack([found[f"{name} 0"], found[f"{name} 1"]], axis=-1) for name in names}

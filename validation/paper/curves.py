"""Exact charging, self-discharge and discharge into a load, each computed once."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import phasespace_qb as qb
from phasespace_qb.lindblad.run import Start, propagate
from phasespace_qb.states.density_matrix import DensityMatrix
from phasespace_qb.work.extraction import extractable_work

Array = NDArray[np.float64]
Cutoffs = tuple[int, int]

TOLERANCE = 1e-5
"""Of the propagation; two orders below the last digit of the paper."""
OFF, STEP = 40.0, 0.05
CHARGED = 10.0
"""When the load is connected."""
STEADY = 60.0


@dataclass(frozen=True, eq=False)
class Curve:
    """Ergotropy and its parts over time, all (T,), and the battery's density matrix at γ_s t = 10, if it was kept."""

    times: Array
    ergotropy: Array
    coherent: Array
    incoherent: Array
    charged: DensityMatrix | None = None

    def at(self, name: str, time: float) -> float:
        """A quantity at the save time nearest to `time`."""
        return float(getattr(self, name)[np.abs(self.times - time).argmin()])

    @property
    def power(self) -> Array:
        """P = W/t at all times but 0, (T − 1,)."""
        return self.ergotropy[1:] / self.times[1:]


class Curves:
    """A cache of solutions of the master equation for the paper's battery.

    quick: lower cutoffs that stand for the converged ones, and no times beyond 40.
    """

    def __init__(self, *, quick: bool, progress: Callable[[str], None] = lambda _: None) -> None:
        self.quick, self._progress = quick, progress
        self._charging: dict[tuple[float, Cutoffs], Curve] = {}
        self._off: dict[Cutoffs, Curve] = {}

    @property
    def latest(self) -> float:
        """Where the steady state may be read."""
        return OFF if self.quick else STEADY

    def converged(self, pump: float) -> Cutoffs:
        """Cutoffs beyond which the work values at this pump do not move; `worst_shift` checks that."""
        bands = (
            ((1.5, (24, 7)), (2.0, (36, 9)), (2.6, (42, 10)), (3.0, (48, 11)), (3.5, (56, 12)))
            if self.quick
            else ((1.5, (28, 8)), (2.0, (40, 10)), (2.6, (48, 12)), (3.0, (56, 14)), (3.5, (64, 14)))
        )
        return next(cutoffs for top, cutoffs in bands if pump <= top + 1e-9)

    def charging(self, pump: float, cutoffs: Cutoffs) -> Curve:
        """From vacuum with a constant pump."""
        key = (round(pump, 6), cutoffs)
        if key not in self._charging:
            times: Array = np.linspace(0.0, OFF, 401)
            if not self.quick:
                times = np.append(times, STEADY).astype(np.float64)
            self._charging[key] = self._solve(qb.DopoBattery(pump=pump), times, cutoffs)
        return self._charging[key]

    def switched_off(self, cutoffs: Cutoffs) -> Curve:
        """F_p = 3 until γ_s t = 40, then nothing; saved from there on."""
        if cutoffs not in self._off:
            times = np.linspace(OFF, OFF + 120 * STEP, 121)
            self._off[cutoffs] = self._solve(qb.DopoBattery(pump=3.0).switched_off(OFF), times, cutoffs)
        return self._off[cutoffs]

    def load_maximum(self, coupling: float, cutoffs: Cutoffs) -> float:
        """Largest η_a of a load that is connected at γ_s t = 10 to a battery charged by F_p = 3."""
        state = self.charging(3.0, cutoffs).charged
        assert state is not None
        discharged = qb.discharge(state, coupling=coupling)
        return float(discharged["load_ergotropy"].max())

    def worst_shift(self) -> dict[Cutoffs, float]:
        """For each pair of converged cutoffs, the relative change of W and W^c if they are lowered by (4, 1)."""
        shifts: dict[Cutoffs, float] = {}
        used = [(pump, cutoffs) for pump, cutoffs in self._charging if cutoffs == self.converged(pump)]
        for pump, cutoffs in {cutoffs: (pump, cutoffs) for pump, cutoffs in sorted(used)}.values():
            curve = self.charging(pump, cutoffs)
            lower = self._solve(qb.DopoBattery(pump=pump), np.array([CHARGED, OFF]), (cutoffs[0] - 4, cutoffs[1] - 1))
            shifts[cutoffs] = max(
                abs(lower.at(name, time) / curve.at(name, time) - 1)
                for name in ("ergotropy", "coherent")
                for time in (CHARGED, OFF)
            )
        return shifts

    def _solve(self, battery: qb.DopoBattery, times: Array, cutoffs: Cutoffs) -> Curve:
        self._progress(f"F_p = {battery.pump}, cutoffs {cutoffs}")
        system = battery.system()
        run = propagate(system, times, cutoffs, TOLERANCE, Start(system.start_amplitudes))
        matrices = np.asarray(run.matrices[0], dtype=complex)
        work = extractable_work(DensityMatrix(matrices))
        charged = matrices[np.abs(times - CHARGED).argmin()] if times[0] == 0.0 else None
        state = None if charged is None else DensityMatrix(charged / np.trace(charged).real)
        return Curve(times, work.ergotropy, work.coherent, work.incoherent, state)

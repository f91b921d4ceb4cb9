"""Density matrices over time: Krylov exponentials where the generator is constant, an explicit scheme where it is not.

Between breakpoints of the drives a constant generator is exponentiated in steps.  In each, the state at every wanted
time comes from a Krylov space of a few vectors, and the length of the step from its small matrix.  A generator that
varies goes to SciPy's DOP853.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import DOP853

from phasespace_qb import kernel_cache
from phasespace_qb.errors import PhaseSpaceError
from phasespace_qb.lindblad.kernel_source import kernel_source
from phasespace_qb.lindblad.layout import Layout, aligned_zeros
from phasespace_qb.lindblad.recurrence import Recurrence
from phasespace_qb.lindblad.stencil import Stencil

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
Progress = Callable[[float, float], None]

FEW, MANY, CACHE = 12, 30, 12 * 2**20
"""Fewest and most vectors of a Krylov space, and bytes up to which it does not wait for memory."""
STAGES = 16
"""States that the explicit scheme keeps."""
SAMPLES = 513
"""Instants of a segment at which drives are compared to find out whether they are constant there."""
SAVES = 64
"""Most states that are saved in one Krylov step."""


def krylov_vectors(layout: Layout) -> int:
    """How many vectors a Krylov space has."""
    return min(max(CACHE // (8 * layout.places), FEW), MANY)


def memory_of(layout: Layout) -> int:
    """Bytes that a run takes, whatever its length: the Krylov space, or the stages of the explicit scheme."""
    return int(8 * layout.places * (max(krylov_vectors(layout), STAGES) + 6))


@dataclass(frozen=True, eq=False)
class Propagator:
    """dρ/dt = Lρ for states in the stored form of a stencil."""

    stencil: Stencil
    module: ModuleType

    @classmethod
    def of(cls, stencil: Stencil) -> "Propagator":
        """Compile the right-hand side, or load it."""
        return cls(stencil, kernel_cache.load(kernel_source(stencil)))

    def rate(self, state: Array, time: float) -> Array:
        """Lρ at one instant."""
        out = np.zeros_like(state)
        self.module.rhs(out, state, self.stencil.tables(time))
        return out

    def states(
        self,
        start: Array,
        times: Array,
        tolerance: float,
        progress: Progress | None = None,
        places: Indices | None = None,
        watch: Callable[[Array], None] | None = None,
    ) -> Iterator[tuple[Array, float]]:
        """State and estimated error so far, in the norm of its elements, at each of `times`; `start` is at t = 0.

        tolerance: largest error at the last time; spread evenly over time.  places: of the elements that are wanted,
        all unless given.  watch: called with those elements at the end of every step, wherever that is.
        Raises: PhaseSpaceError if the state grows beyond all numbers or no step is short enough.
        """
        state, error, now = start, 0.0, 0.0
        if times[0] == 0.0:
            yield _at(state, places), 0.0
        rate = tolerance / max(float(times[-1]), np.finfo(float).tiny)
        inner = sorted(b for b in self.stencil.generator.breakpoints if 0 < b < times[-1])
        for end in [*inner, float(times[-1])]:
            if end <= now:
                continue
            wanted = times[(times > now) & (times <= end)]
            resolution, made = self._resolution(now, end), 0.0
            if np.isinf(resolution):
                steps = self._constant(state, now, end, wanted, rate, places)
            else:
                steps = self._varying(state, now, end, wanted, rate, places, resolution)
            for instant, saved, reached, made in steps:
                if progress:
                    progress(min(instant, float(times[-1])), float(times[-1]))
                if saved:
                    yield reached, error + made
                else:
                    state = reached
                    if watch:
                        watch(_at(state, places))
            error += made
            now = end

    def _resolution(self, begin: float, end: float) -> float:
        """A quarter of the time in which the fastest drive goes from one end of its range to the other; ∞ for none."""
        instants = np.linspace(begin, end, SAMPLES + 2)[1:-1]
        shortest = np.inf
        for part in self.stencil.generator.parts:
            if not part.coefficient.is_constant:
                values = part.coefficient.sample(instants)
                rise = np.abs(np.diff(values)).max()
                if rise > 0:
                    span = np.hypot(np.ptp(values.real), np.ptp(values.imag))
                    shortest = min(shortest, 0.25 * (instants[1] - instants[0]) * float(span / rise))
        return shortest

    def _constant(
        self, state: Array, begin: float, end: float, wanted: Array, rate: float, places: Indices | None
    ) -> Iterator[tuple[float, bool, Array, float]]:
        """Time, whether this is a saved state, the state, and the estimated error since `begin`.

        Of saved states the elements at `places` only, with the error of the whole step; ends of steps are whole.
        """
        middle = 0.5 * (begin + end)
        unit = _unit(self.stencil.fastest(middle))
        tables = self.stencil.tables(middle, unit)
        m, total = krylov_vectors(self.stencil.layout), 0.0
        vectors, scale, now = aligned_zeros(m + 1, len(state)), np.empty(m + 1), begin
        weights, at_end = np.zeros((SAVES, m + 1)), np.zeros(m + 1)
        recurrence = Recurrence.of(m)
        vectors[0], done = state, 0
        while now < end:
            small = np.zeros((m + 1, m + 1))
            own, last, known = recurrence.own, recurrence.last, recurrence.known
            made = self.module.krylov_basis(vectors, small, scale, own, last, known, m, tables)
            if made < 0:
                if recurrence.forget():
                    continue
                raise PhaseSpaceError(f"the density matrix is not finite from t = {now:.3g} on.")
            closed = made < m or scale[m] == 0.0
            ahead = wanted[done : done + SAVES]
            # A step that could pass more times than there are weights for ends at the last of them.
            stop = float(ahead[-1]) if len(ahead) == SAVES else end
            longest = (stop - now) * unit
            taken, error, passed = self.module.march(
                small, made, closed, scale[0], rate / unit, longest, (ahead - now) * unit, weights, at_end
            )
            if not taken > 0:
                if recurrence.forget():
                    continue
                raise PhaseSpaceError(f"no step is short enough for the tolerance at t = {now:.3g}.")
            total += error
            recurrence.note(taken, complete=not closed and taken < longest)
            count = made if closed else made + 1
            for row in range(passed):
                saved = self._combined(vectors, weights[row, :count] / scale[:count], places)
                yield float(ahead[row]), True, saved, total
            done += passed
            # Only a march to its very end has passed all times, however sums of steps are rounded.
            now = stop if taken == longest else min(now + taken / unit, float(np.nextafter(stop, begin)))
            state = self._combined(vectors, at_end[:count] / scale[:count], None)
            vectors[0] = state
            yield now, False, state, total

    def _combined(self, vectors: Array, weights: Array, places: Indices | None) -> Array:
        if places is None:
            out = np.empty(vectors.shape[1])
            self.module.combine(out, vectors, weights)
        else:
            out = np.empty(len(places))
            self.module.combine_at(out, vectors, weights, places.view(np.uint64))
        return out

    def _varying(
        self,
        state: Array,
        begin: float,
        end: float,
        wanted: Array,
        rate: float,
        places: Indices | None,
        resolution: float,
    ) -> Iterator[tuple[float, bool, Array, float]]:
        before_end = np.nextafter(end, begin)

        def slope(time: float, values: Array) -> Array:
            rate = self.rate(values, min(time, before_end))
            # Squares of what is smaller would vanish in SciPy's estimate of the error, and leave 0/0.
            rate[np.abs(rate) < 1e-100] = 0.0
            return rate

        accuracy = max(rate * (end - begin), 1e-13)
        # Errors of single steps add up.  A state at rest would let the steps grow beyond what the drives do next.
        single = max(0.1 * accuracy, 3e-14)
        solver = DOP853(slope, begin, state, end, resolution, rtol=single, atol=single * 1e-3)
        while solver.t < end:
            problem = solver.step()
            if problem or not np.isfinite(solver.y).all():
                raise PhaseSpaceError(f"the density matrix could not be followed at t = {solver.t:.3g}: {problem}.")
            inside = wanted[(wanted > solver.t_old) & (wanted <= solver.t)]
            made = accuracy * (solver.t - begin) / (end - begin)
            if len(inside):
                between = solver.dense_output()
                for instant in inside:
                    yield float(instant), True, _at(between(instant), places), made
            yield float(solver.t), False, solver.y, made


def _at(state: Array, places: Indices | None) -> Array:
    return state if places is None else state[places]


def _unit(fastest: float) -> float:
    """A unit of rate, a power of four, in which `fastest` is near 1.

    Powers of the generator stay in the range of floating point then, whatever the user's unit is.
    """
    return float(4.0 ** round(np.log2(fastest) / 2)) if fastest > 0 else 1.0

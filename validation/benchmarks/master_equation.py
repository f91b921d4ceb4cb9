"""CPU seconds of the master equation: ours and QuTiP's best, same cutoffs, same saved states, one core."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

import phasespace_qb as qb
from phasespace_qb.lindblad.run import Start, propagate
from validation.benchmarks import Figure

TOLERANCE, LOOSER = 1e-8, 1e-5
"""The same for both, and one at which ours is as accurate as QuTiP is at the former."""
SPACING = 0.1
Case = tuple[str, qb.OpenSystem, tuple[int, int], float, float]
"""Name, system, cutoffs, last time of ours, last time of QuTiP's (its cost is proportional to it)."""


def _generic() -> qb.OpenSystem:
    """The battery detuned, with a coherent drive of the signal: no parity, no real arithmetic."""
    s, p = qb.modes("signal", "pump")
    half = 0.25j * s.dag**2 * p + 8j * p.dag + (0.3 + 0.2j) * s.dag
    return qb.OpenSystem(0.3 * s.dag * s + half + half.dag, {s: 1.0, p: 16.0})


def master_equation() -> list[Figure]:
    """Ours and QuTiP on the paper's charging run, on a large one, and on a system without symmetry."""
    battery = qb.DopoBattery().system()
    cases: list[Case] = [
        ("paper's battery, (32, 9), t = 40", battery, (32, 9), 40.0, 40.0),
        ("paper's battery, (64, 12), t = 40", battery, (64, 12), 40.0, 1.0),
        ("no parity, complex, (20, 7), t = 10", _generic(), (20, 7), 10.0, 2.0),
    ]
    group = f"master equation, states saved every {SPACING:g}, CPU seconds on one core, and the error of an element"
    figures = []
    for name, system, cutoffs, until, qutip_until in cases:
        times = np.linspace(0.0, until, round(until / SPACING) + 1)
        start = Start(system.start_amplitudes)
        exact = propagate(system, times, cutoffs, 1e-12, start).matrices[0]
        shortest = 0.0
        for tolerance in (TOLERANCE, LOOSER):
            ours, low, high = _best(partial(propagate, system, times, cutoffs, tolerance, start), 3)
            shortest = shortest or low
            error = np.abs(ours.matrices[0] - exact).max()
            case = f"{name}: ours, tolerance {tolerance:g}, error {error:.1g}"
            figures.append(Figure(group, case, low, "s", f"{high:.3g}", f"{low / shortest:.2f}"))
        # Its step is limited by stability, so its time is proportional to what it follows.
        few = times[times <= qutip_until + 1e-9]
        theirs, seconds, _ = _best(partial(qutip_states, system, few, cutoffs), 1)
        scaled, error = seconds * until / qutip_until, np.abs(np.array(theirs) - exact[: len(few)]).max()
        note = "" if qutip_until == until else f", from t = {qutip_until:g}"
        case = f"{name}: QuTiP tsit5, dia, tolerance {TOLERANCE:g}, error {error:.1g}{note}"
        figures.append(Figure(group, case, scaled, "s", "", f"{scaled / shortest:.0f}"))
    return figures


def qutip_states(
    system: qb.OpenSystem, times: NDArray[np.float64], cutoffs: tuple[int, ...]
) -> list[NDArray[np.complex128]]:
    """Reduced states of the first mode by QuTiP's fastest settings for this problem."""
    import qutip

    def lower(mode: int) -> Any:
        factors = [qutip.destroy(c) if k == mode else qutip.qeye(c) for k, c in enumerate(cutoffs)]
        return qutip.tensor(factors).to("dia")

    by_name = {name: lower(mode) for mode, name in enumerate(system.modes)}

    def matrix(polynomial: Any) -> Any:
        terms = []
        for monomial, _, value in polynomial:
            term = complex(value)
            for name, m, n in monomial:
                term = term * by_name[name].dag() ** m * by_name[name] ** n
            terms.append(term)
        return sum(terms[1:], terms[0])

    jumps = [np.sqrt(rate) * matrix(operator) for operator, rate in system.loss.items()]
    start = qutip.tensor([qutip.fock_dm(c, 0) for c in cutoffs]).to("dense")
    states: list[NDArray[np.complex128]] = []

    def keep(_: float, state: Any) -> float:
        states.append(state.ptrace(0).full())
        return 0.0

    options = {"method": "tsit5", "rtol": TOLERANCE, "atol": 1e-2 * TOLERANCE, "nsteps": 10**7, "progress_bar": ""}
    generator = qutip.liouvillian(matrix(system.hamiltonian), jumps).to("dia")
    qutip.mesolve(generator, start, times, e_ops=[keep], options=options)
    return states


def _best(action: Callable[[], Any], repetitions: int) -> tuple[Any, float, float]:
    taken, result = [], None
    for _ in range(repetitions):
        begin = time.process_time()
        result = action()
        taken.append(time.process_time() - begin)
    return result, min(taken), max(taken)

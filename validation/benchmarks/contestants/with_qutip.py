"""QuTiP's `mesolve`, superoperator in diagonal format; method: any of its integrators."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from validation.benchmarks.contestants import GAMMA_P, GAMMA_S, MasterWork, Solver

NAME, HOW = "QuTiP", "pip install qutip"


def version() -> str:
    """Of QuTiP; raises ImportError without it."""
    import qutip

    return str(qutip.__version__)


def master_equation(work: MasterWork) -> Solver:
    """Operators and superoperator are built beforehand; states are reduced as they come, and not kept whole."""
    import qutip

    signal, pump = work.cutoffs
    s = qutip.tensor(qutip.destroy(signal), qutip.qeye(pump)).to("dia")
    p = qutip.tensor(qutip.qeye(signal), qutip.destroy(pump)).to("dia")
    half = 0.5j * work.kappa * s.dag() ** 2 * p + 1j * work.drive * p.dag() + work.push * s.dag()
    hamiltonian = work.detuning * s.dag() * s + half + half.dag()
    generator = qutip.liouvillian(hamiltonian, [np.sqrt(GAMMA_S) * s, np.sqrt(GAMMA_P) * p]).to("dia")
    start = qutip.tensor(qutip.fock_dm(signal, 0), qutip.fock_dm(pump, 0)).to("dense")
    options = {"method": work.method, "rtol": work.tolerance, "atol": 1e-2 * work.tolerance}
    options |= {"nsteps": 10**7, "progress_bar": ""}

    def run() -> NDArray[np.complex128]:
        states: list[NDArray[np.complex128]] = []

        def keep(_: float, state: Any) -> float:
            states.append(state.ptrace(0).full())
            return 0.0

        qutip.mesolve(generator, start, work.times, e_ops=[keep], options=options)
        return np.array(states)

    return run

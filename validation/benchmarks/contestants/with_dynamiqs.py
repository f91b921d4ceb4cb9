"""dynamiqs' `mesolve`, sparse diagonals, double precision, on the processor; method: any of its explicit ones."""

from importlib.metadata import version as version_of
from typing import Any

import numpy as np
from numpy.typing import NDArray

from validation.benchmarks.contestants import GAMMA_P, GAMMA_S, MasterWork, Solver

NAME, HOW = "dynamiqs", "pip install dynamiqs"


def version() -> str:
    """Of dynamiqs; raises ImportError without it."""
    import dynamiqs

    dynamiqs.set_device("cpu")
    dynamiqs.set_precision("double")
    dynamiqs.set_layout("dia")
    return version_of("dynamiqs")


def master_equation(work: MasterWork) -> Solver:
    """It traces and compiles anew in each call; states are reduced as they are saved."""
    import dynamiqs
    import jax.numpy as jnp

    signal, pump = work.cutoffs
    s = dynamiqs.destroy(signal) & dynamiqs.eye(pump)
    p = dynamiqs.eye(signal) & dynamiqs.destroy(pump)
    half = 0.5j * work.kappa * s.dag() @ s.dag() @ p + 1j * work.drive * p.dag() + work.push * s.dag()
    hamiltonian = work.detuning * s.dag() @ s + half + half.dag()
    losses = [np.sqrt(GAMMA_S) * s, np.sqrt(GAMMA_P) * p]
    start = dynamiqs.fock_dm((signal, pump), (0, 0))
    kind = getattr(dynamiqs.method, work.method)
    method = kind(rtol=work.tolerance, atol=1e-2 * work.tolerance, max_steps=10**7)

    def reduced(_t: Any, state: Any) -> Any:
        return jnp.einsum("ijkj->ik", state.to_jax().reshape(signal, pump, signal, pump))

    def run() -> NDArray[np.complex128]:
        found = dynamiqs.mesolve(
            hamiltonian,
            losses,
            start,
            work.times,
            method=method,
            save_states=False,
            save_extra=reduced,
            progress_meter=False,
        )
        return np.asarray(found.extra, dtype=np.complex128)

    return run

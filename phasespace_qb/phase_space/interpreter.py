"""The twin of the compiled kernels: the same equations stepped in plain NumPy, term by term, on given normals.

It shares no code with the generator, reads `Equations` directly, and is slow.  It tests the compiled path, and runs
where nothing can be compiled.
"""

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.models.algebra import Coefficient
from phasespace_qb.phase_space.equations import Equations, Factors, Term
from phasespace_qb.phase_space.integrators import Integrator
from phasespace_qb.phase_space.schedule import Schedule

States = NDArray[np.complex128]


def interpret(
    equations: Equations, integrator: Integrator, schedule: Schedule, start: States, normals: NDArray[np.floating]
) -> States:
    """Trajectories at the save times.

    Shapes: start (variables, N); normals (steps, noises, N) -> (saves, variables, N).
    """
    if equations.calculus is not integrator.calculus:
        raise ValueError(f"{integrator} solves {integrator.calculus.value} equations; convert them with `to`.")
    z = start.astype(complex)
    instants = schedule.instants(integrator.tableau.nodes)
    saved = []
    step = 0
    for count in schedule.steps_to_save:
        for _ in range(count):
            z = _one_step(equations, integrator, z, instants[:, step], schedule.lengths[step], normals[step])
            step += 1
        saved.append(z)
    return np.array(saved)


def _one_step(
    equations: Equations,
    integrator: Integrator,
    z: States,
    instants: NDArray[np.float64],
    h: float,
    xi: NDArray[np.floating],
) -> States:
    tableau = integrator.tableau
    increments: list[States] = []
    for instant, row in zip(instants, tableau.stages, strict=True):
        stage_state = z + sum(a * k for a, k in zip(row, increments, strict=False))
        increments.append(_increment(equations, stage_state, float(instant), h, xi))
    return z + sum(b * k for b, k in zip(tableau.weights, increments, strict=True))


def _increment(equations: Equations, z: States, t: float, h: float, xi: NDArray[np.floating]) -> States:
    result = np.zeros_like(z)
    for variable, terms in enumerate(equations.drift):
        result[variable] = h * _polynomial(terms, z, t)
    for noise in equations.noise:
        root = np.sqrt(h * _polynomial(noise.radicand, z, t))
        result[noise.target] += noise.amplitude * _product(noise.factors, z) * root * xi[noise.noise]
    return result


def _polynomial(terms: tuple[Term, ...], z: States, t: float) -> States:
    return sum(
        (_value(term.coefficient, t) * _product(term.factors, z) for term in terms), np.zeros(z.shape[1], complex)
    )


def _product(factors: Factors, z: States) -> States:
    result: States = np.ones(z.shape[1], dtype=complex)
    for factor in factors:
        result = result * (z[factor] if factor >= 0 else z[~factor].conj())
    return result


def _value(coefficient: Coefficient, t: float) -> complex:
    return complex(coefficient.sample(np.array([t]))[0])

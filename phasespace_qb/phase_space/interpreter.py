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
    if integrator.bounded:
        return _bounded_step(equations, z, float(instants[0]), h, xi)
    linear = np.array([np.mean([_own_rate(equations, v, float(t)) for t in _ends(instants)]) for v in range(len(z))])
    exponent = np.asarray(h * linear if integrator.exact_linear else 0 * linear, dtype=complex)
    increments: list[States] = []
    roots: list[States] = []
    for instant, row in zip(instants, tableau.stages, strict=True):
        stage_state = z + sum(a * k for a, k in zip(row, increments, strict=False))
        held = z if integrator.exact_linear else stage_state
        increments.append(_increment(equations, stage_state, held, float(instant), h, exponent, xi, roots))
    return z + sum(b * k for b, k in zip(tableau.weights, increments, strict=True))


def _ends(instants: NDArray[np.float64]) -> NDArray[np.float64]:
    return instants[[0, -1]]


def _own_rate(equations: Equations, variable: int, t: float) -> complex:
    """L(t) in dz = L z dt + …"""
    return sum(_value(term.coefficient, t) for term in equations.drift[variable] if term.factors == (variable,))


def _increment(
    equations: Equations,
    z: States,
    held: States,
    t: float,
    h: float,
    exponent: NDArray[np.complex128],
    xi: NDArray[np.floating],
    roots: list[States],
) -> States:
    """One k_s.  roots: of the noises at the first stage, whose sign the others keep; filled by the first."""

    def mean_exponential(x: complex) -> complex:
        return complex(np.expm1(x) / x) if x else 1.0

    result = np.zeros_like(z)
    for variable, terms in enumerate(equations.drift):
        own = tuple(term for term in terms if term.factors == (variable,))
        others = tuple(term for term in terms if term.factors != (variable,))
        drift = _polynomial(own, held, t) + _polynomial(others, z, t)
        result[variable] = h * mean_exponential(exponent[variable]) * drift
    for number, noise in enumerate(equations.noise):
        rate = exponent[noise.target]
        spread = h * mean_exponential(2 * (rate.real if equations.has_circular_noise(noise.target) else rate))
        root = np.sqrt(spread * _polynomial(noise.radicand, z, t))
        if len(roots) == len(equations.noise):
            root = np.where((root * roots[number].conj()).real < 0, -root, root)
        else:
            roots.append(root)
        result[noise.target] += noise.amplitude * _product(noise.factors, z) * root * xi[noise.noise]
    return result


def _bounded_step(equations: Equations, z: States, t: float, h: float, u: NDArray[np.floating]) -> States:
    result = z.copy()
    for variable, terms in enumerate(equations.drift):
        result[variable] += h * _polynomial(terms, z, t)
    for noise in equations.noise:
        radicand = {term.factors: _value(term.coefficient, t).real for term in noise.radicand}
        square = radicand[noise.target, noise.target]
        edge = np.sqrt(-radicand[()] / square)
        mean = result[noise.target].real
        x = z[noise.target].real
        variance = np.maximum(-h * square * (edge - x) * (edge + x), 0.0)
        size, spread, chosen = np.abs(mean), np.sqrt(variance), u[noise.noise]
        gap = edge - size
        with np.errstate(divide="ignore", invalid="ignore"):
            below = np.minimum(variance / gap, size + edge)
            at_edge = np.where(chosen < below / (gap + below), edge, np.maximum(size - below, -edge))
        two = np.where(size + spread <= edge, np.where(chosen < 0.5, size + spread, size - spread), at_edge)
        result[noise.target] = np.where(mean < 0, -two, two)
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

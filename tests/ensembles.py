"""Sampled moments of given equations, and how far they are from exact values."""

from collections.abc import Mapping

import numpy as np

from phasespace_qb.phase_space import ensemble
from phasespace_qb.phase_space.integrators import Heun
from phasespace_qb.phase_space.moments import MomentReader
from phasespace_qb.phase_space.noise import Address
from phasespace_qb.phase_space.schedule import plan
from phasespace_qb.results.jackknife import jackknife, with_each_left_out

Moment = tuple[int, int, int]
"""Mode, power of a†, power of a."""


def sampled(equations, times, trajectories, seed, moments, step=0.02):
    """{moment: (estimate, standard error)} over `times`, with Heun's scheme."""
    equations = equations.to(Heun.calculus)
    program = ensemble.compile_program(equations, Heun(), plan(times, equations.breakpoints, step))
    reader = MomentReader(equations, 0)
    accumulator = reader.accumulator(len(times))
    sums = ensemble.run(program, [accumulator], trajectories, Address(seed))[0]
    left_out, counts = with_each_left_out(sums), sums[:, 0, 0, 0]
    return {key: jackknife(reader.moment(left_out, accumulator, *key), counts) for key in moments}


def z_scores(estimates, exact: Mapping[Moment, np.ndarray]) -> np.ndarray:
    """(estimate − exact)/error of real and imaginary parts, all moments and times; infinite for a NaN.

    Where there is no error, as for the imaginary part of a real problem, both must be equal.
    """
    scores = []
    for key, reference in exact.items():
        estimate, error = estimates[key]
        for part in (np.real, np.imag):
            difference, sigma = part(estimate) - part(reference), part(error)
            if not np.isfinite(difference).all():
                return np.array([np.inf])
            sampled_at = sigma > 1e-12
            assert np.abs(difference[~sampled_at]).max(initial=0.0) < 1e-8
            scores.append(difference[sampled_at] / sigma[sampled_at])
    return np.concatenate(scores)


def agrees(scores: np.ndarray) -> bool:
    """|z| ≤ 4.2 everywhere and mean z² in 0.6 … 1.5 (1.12 is expected of Student's t with 19 degrees of freedom)."""
    return bool(np.abs(scores).max() <= 4.2 and 0.6 <= np.mean(scores**2) <= 1.5)

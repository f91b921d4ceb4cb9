"""The main job: the paper's charging curve from trajectories, against the converged master equation."""

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.states.density_matrix import DensityMatrix
from phasespace_qb.work.extraction import extractable_work
from tests.reference import master_equation

NAMES = {
    "energy": "energy",
    "ergotropy": "ergotropy",
    "ergotropy_coherent": "coherent",
    "ergotropy_incoherent": "incoherent",
}


def check(pump, times, cutoffs, trajectories, seed):
    """|difference| minus estimator error in units of the standard error, for the quantities of NAMES: {name: (T,)}."""
    solution = master_equation.solve(pump, np.concatenate([[0.0], times]), cutoffs=cutoffs, tolerance=1e-8)
    exact = extractable_work(DensityMatrix(solution.signal[1:]))
    run = qb.simulate(qb.DopoBattery(pump=pump), times, qb.PositiveP(trajectories, rng=seed))
    assert run.verdict == "trust"
    excess = {}
    for name, field in NAMES.items():
        bound = run[f"{name}_estimator_error"].values if f"{name}_estimator_error" in run else 0.0
        difference = np.abs(run[name].values - getattr(exact, field))
        excess[name] = np.maximum(difference - bound, 0.0) / run[f"{name}_stderr"].values
    return excess


def test_a_charging_curve_is_covered_by_its_errors():
    """At λ = 1.1 in the light tier: a smaller Fock space, the same physics."""
    for name, excess in check(2.2, np.linspace(1, 20, 20), (40, 9), 50_000, seed=4).items():
        assert excess.max() < 4.2, name


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_the_papers_charging_curve_is_covered_by_its_errors(seed):
    """F_p = 3 to γ_s t = 40 at converged cutoffs."""
    for name, excess in check(3.0, np.linspace(1, 40, 40), (60, 12), 100_000, seed).items():
        assert excess.max() < 4.2, name

"""The derivation by rules against the dense master equation: how first and second moments start to move."""

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from phasespace_qb.conventions import Ordering
from phasespace_qb.errors import PhaseSpaceError
from phasespace_qb.models.algebra import modes
from phasespace_qb.models.system import OpenSystem
from phasespace_qb.phase_space.equations import Term
from phasespace_qb.phase_space.representations.base import (
    AD,
    LEFT,
    RIGHT,
    A,
    D,
    FokkerPlanck,
    Representation,
    X,
)
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.representations.wigner import WignerRules
from tests.models.dense import coherent, master_equation, matrix
from tests.phase_space.cases import Points

a, b = modes("a", "b")


def random_system(seed: int) -> OpenSystem:
    """Two modes, H up to fourth order, jumps that are linear, quadratic, mixed and creating, a coherent start."""
    rng = np.random.default_rng(seed)

    def number() -> complex:
        return complex(*rng.normal(size=2))

    terms = [a, a**2, a.dag * b, a * b, a.dag**2 * b, a.dag**2 * a * b, b**3, a.dag**2 * a**2, a.dag * a * b.dag * b]
    half = sum((number() * term for term in terms), 0 * a)
    jumps = [a, b.dag, a**2, a + number() * b, a.dag * a, number() * a.dag * b + a]
    loss = {jump: float(rng.uniform(0.2, 2)) for jump in jumps}
    start = {a: 0.4 * np.exp(2j * rng.uniform(0, 3)), b: 0.3 * np.exp(2j * rng.uniform(0, 3))}
    return OpenSystem(half + half.dag, loss, start=start)


def exact_rates(system: OpenSystem) -> Points:
    """d⟨z_i⟩/dt and d⟨z_i z_j⟩/dt at t = 0 from the dense master equation; z = a, a†, b, b†.  Flat: (4 + 16,)."""
    cutoff = 13
    state = coherent(list(system.start_amplitudes), cutoff)
    change = master_equation(system, np.outer(state, state.conj()), cutoff)
    z = [matrix(operator, system.modes, cutoff) for name in modes(*system.modes) for operator in (name, name.dag)]
    first = [np.sum(operator.T * change) for operator in z]
    second = []
    for i in range(4):
        for j in range(4):
            # a† stands to the left; symmetrically ordered products differ by a constant, which has no rate.
            left, right = (j, i) if i % 2 == 0 and j % 2 == 1 else (i, j)
            second.append(np.sum((z[left] @ z[right]).T * change))
    return np.array(first + second)


def rates(rules: Representation, system: OpenSystem) -> Points:
    """The same from drift and diffusion, averaged over the distribution of the coherent start."""
    planck = rules.fokker_planck(system)
    z, weights = start_distribution(rules.ordering, system.start_amplitudes)
    drift = np.array([_sum(planck.drift.get(i, []), z) for i in range(4)])
    first = drift @ weights
    second = [
        (drift[i] * z[j] + drift[j] * z[i] + _sum(planck.diffusion.get((i, j), []), z)) @ weights
        for i in range(4)
        for j in range(4)
    ]
    return np.array([*first, *second])


def start_distribution(ordering: Ordering, amplitudes: Points) -> tuple[Points, Points]:
    """Points (α, partner, β, partner) and weights: one point, or Gauss–Hermite nodes of variance ¼ per component."""
    nodes, weights = np.polynomial.hermite.hermgauss(6)
    if ordering is Ordering.NORMAL:
        nodes, weights = np.zeros(1), np.ones(1)
    grid = np.stack(np.meshgrid(*[nodes / np.sqrt(2)] * 4, indexing="ij")).reshape(4, -1)
    weight = np.prod(np.meshgrid(*[weights / weights.sum()] * 4, indexing="ij"), axis=0).ravel()
    alpha, beta = amplitudes[0] + grid[0] + 1j * grid[1], amplitudes[1] + grid[2] + 1j * grid[3]
    return np.array([alpha, alpha.conj(), beta, beta.conj()]), weight


def _sum(terms: list[Term], z: Points) -> Points:
    total = np.zeros(z.shape[1], dtype=complex)
    for term in terms:
        (value,) = term.coefficient.sample(np.zeros(1))
        total += value * np.prod([z[symbol] for symbol in term.factors], axis=0)
    return total


def passive(system: OpenSystem) -> OpenSystem:
    """The same Hamiltonian with photon loss only: here even wrong rules keep the trace."""
    return replace(system, loss={a: 1.0, b: 2.0})


def derivation_error(rules: Representation, system: OpenSystem) -> float:
    """Largest difference of the rates of first and second moments, relative to the largest."""
    exact = exact_rates(system)
    return float(np.abs(rates(rules, system) - exact).max() / np.abs(exact).max())


class OtherSign(PositivePRules):
    """a†ρ → (α⁺ + ∂_α)P and ρa → (α + ∂_α⁺)P."""

    rules = PositivePRules.rules | {(LEFT, AD): X(1) + D(0), (RIGHT, A): X(0) + D(1)}


class MissingHalf(WignerRules):
    """Derivatives with weight 1 for ½."""

    rules: ClassVar = {
        (LEFT, A): X(0) + D(1),
        (LEFT, AD): X(1) - D(0),
        (RIGHT, A): X(0) - D(1),
        (RIGHT, AD): X(1) + D(0),
    }


class NoPartner(PositivePRules):
    """a†ρ → (α − ∂_α)P."""

    rules = PositivePRules.rules | {(LEFT, AD): X(0) - D(0)}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rules", [PositivePRules(), WignerRules()], ids=lambda rules: rules.name)
def test_moments_move_as_in_the_master_equation(rules, seed):
    assert derivation_error(rules, random_system(seed)) < 1e-6


@pytest.mark.parametrize("wrong", [OtherSign(), MissingHalf()], ids=lambda rules: type(rules).__name__)
def test_a_wrong_rule_is_seen(wrong):
    assert derivation_error(wrong, passive(random_system(0))) > 1e-3


@pytest.mark.parametrize("wrong", [OtherSign(), MissingHalf(), NoPartner()], ids=lambda rules: type(rules).__name__)
def test_a_rule_that_does_not_keep_the_trace_is_refused(wrong):
    with pytest.raises(PhaseSpaceError, match="preserve the trace"):
        wrong.fokker_planck(random_system(0))


def test_fokker_planck_has_both_halves_of_the_diffusion():
    planck = PositivePRules().fokker_planck(random_system(0))
    assert isinstance(planck, FokkerPlanck)
    assert all(planck.diffusion[i, j] == planck.diffusion[j, i] for i, j in planck.diffusion)

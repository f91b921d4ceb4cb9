"""Derived equations against equations typed by hand, and the derivation against the dense master equation."""

from dataclasses import replace

import numpy as np
import pytest

from phasespace_qb.conventions import Ordering
from phasespace_qb.errors import NoSecondOrderEquation
from phasespace_qb.models.algebra import modes
from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.models.drives import Envelope, SwitchedOff
from phasespace_qb.models.system import OpenSystem
from phasespace_qb.phase_space.equations import Calculus, Equations
from phasespace_qb.phase_space.representations.diffusion import takagi
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.representations.wigner import WignerRules
from tests.phase_space.cases import (
    BATTERY,
    CASE,
    CASES,
    ELIMINATED,
    EPSILON,
    GAMMA_P,
    GAMMA_S,
    KERR,
    TWO_PHOTON,
    Case,
    Points,
    drift_of,
    noise_of,
    points,
)
from tests.phase_space.faults import FAULTS

ROUNDING = 1e-13
a, b = modes("a", "b")


def relative(ours: Points, typed: Points) -> float:
    """Largest difference at any point, in units of the largest entry at that point (1 at least)."""
    axes = tuple(range(ours.ndim - 1))
    return float((np.abs(ours - typed).max(axis=axes) / np.maximum(1.0, np.abs(typed).max(axis=axes))).max())


def deviation(equations: Equations, case: Case) -> float:
    """Largest relative difference of drift and diffusion from the typed ones at 1000 random points."""
    z = points(len(equations.variables))
    noise = noise_of(equations, z)
    parts = [
        relative(drift_of(equations, z), case.drift(z)),
        relative(np.einsum("inp,jnp->ijp", noise, noise), case.diffusion(z)),
    ]
    if case.conjugate_diffusion is not None:
        parts.append(relative(np.einsum("inp,jnp->ijp", noise, noise.conj()), case.conjugate_diffusion(z)))
    return max(parts)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_derived_equations_are_the_typed_ones(case):
    assert case.equations.calculus is Calculus.ITO
    assert deviation(case.equations, case) < ROUNDING


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("name", ["battery, positive-P", "battery, truncated Wigner", "two modes, positive-P"])
def test_a_fault_in_the_equations_is_seen(name, fault):
    assert deviation(fault(CASE[name].equations), CASE[name]) > 0.01


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_real_noise_for_each_direction_of_the_diffusion(case):
    """As many Wiener processes as the rank of the noise needs, at a general point."""
    noise = noise_of(case.equations, points(len(case.equations.variables), 3))
    stacked = np.concatenate([noise.real, noise.imag])
    ranks = [np.linalg.matrix_rank(stacked[..., p]) for p in range(3)]
    if "eliminated, truncated" in case.name:  # two monomials with two noises each
        assert case.equations.noise_count == 4
    else:
        assert {case.equations.noise_count} == set(ranks)


def test_names_orderings_and_starts():
    system = OpenSystem(a.dag * a + b.dag * b, {a: 1.0, b: 1.0}, start={b: 0.5 + 2j})
    p, w = PositivePRules().equations(system), WignerRules().equations(system)
    assert p.variables == ("a", "a_plus", "b", "b_plus")
    assert p.symbols == ((0, 1), (2, 3))
    assert p.ordering is Ordering.NORMAL
    assert p.start_mean == (0j, 0j, 0.5 + 2j, 0.5 - 2j)
    assert p.start_variance == 0.0
    assert w.variables == ("a", "b")
    assert w.symbols == ((0, ~0), (1, ~1))
    assert w.ordering is Ordering.SYMMETRIC
    assert w.start_mean == (0j, 0.5 + 2j)
    assert w.start_variance == 0.5


def test_wigner_noise_of_the_battery_is_a_quarter_of_the_rate_per_component():
    noise = noise_of(CASE["battery, truncated Wigner"].equations, np.zeros((2, 1), dtype=complex))[..., 0]
    parts = np.concatenate([noise.real, noise.imag])
    expected = np.diag([GAMMA_S / 4, GAMMA_P / 4, GAMMA_S / 4, GAMMA_P / 4])
    assert np.allclose(parts @ parts.T, expected, atol=1e-15)


def test_time_dependent_pump_stands_in_the_drift():
    battery = DopoBattery(pump=Envelope(lambda t: 1 + 2j * t, complex_valued=True))
    equations = PositivePRules().equations(battery.system())
    drift = drift_of(equations, np.zeros((4, 1), dtype=complex), instant=0.5)[:, 0]
    assert np.allclose(drift, [0, 0, 4 * (1 + 1j), 4 * (1 - 1j)])
    assert PositivePRules().equations(DopoBattery(pump=SwitchedOff(1.0, 7.0)).system()).breakpoints == {7.0}


def test_dropped_derivatives_are_listed():
    assert CASE["battery, positive-P"].equations.dropped == ()
    dropped = CASE["battery, truncated Wigner"].equations.dropped
    assert "d/d(signal) d/d(signal) d/d(pump_conj)" in dropped
    assert all(words.count("d/d(") == 3 for words in dropped)
    assert any(words.count("d/d(") == 3 for words in CASE["Kerr, truncated Wigner"].equations.dropped)
    assert CASE["two modes, truncated Wigner"].equations.dropped == ()


# Itô and Stratonovich ------------------------------------------------------------------------------------------------


def stratonovich_correction(equations: Equations, z: Points) -> Points:
    """−½ Σ_jk B_jk ∂_j B_ik over real and imaginary parts, by central differences."""
    count, step = len(z), 1e-5
    noise = noise_of(equations, z)
    result = np.zeros_like(z)
    for j in range(count):
        for direction, along in ((1.0, noise[j].real), (1j, noise[j].imag)):
            shift = np.zeros_like(z)
            shift[j] = step * direction
            slope = (noise_of(equations, z + shift) - noise_of(equations, z - shift)) / (2 * step)
            result -= 0.5 * np.einsum("inp,np->ip", slope, along)
    return result


def correction_error(equations: Equations, converted: Equations) -> float:
    """Difference between the exact conversion of the drift and finite differences of the noise."""
    z = points(len(equations.variables), 40)
    change = drift_of(converted, z) - drift_of(equations, z)
    return relative(change, stratonovich_correction(equations, z))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_stratonovich_drift_is_that_of_finite_differences(case):
    assert correction_error(case.equations, case.equations.to(Calculus.STRATONOVICH)) < 1e-7


@pytest.mark.parametrize("name", ["Kerr, positive-P", "eliminated, positive-P", "eliminated, truncated Wigner"])
@pytest.mark.parametrize("factor", [-1.0, 0.0, 2.0])
def test_a_wrong_conversion_is_seen(name, factor):
    equations = CASE[name].equations
    right = equations.to(Calculus.STRATONOVICH)
    z = points(len(equations.variables), 40)
    change = factor * (drift_of(right, z) - drift_of(equations, z))
    assert relative(change, stratonovich_correction(equations, z)) > 0.05


def test_stratonovich_drift_of_the_eliminated_oscillator():
    z = points(2)
    converted = CASE["eliminated, positive-P"].equations.to(Calculus.STRATONOVICH)
    typed = CASE["eliminated, positive-P"].drift(z) + TWO_PHOTON / 2 * z
    assert relative(drift_of(converted, z), typed) < ROUNDING


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_conversion_there_and_back_changes_nothing(case):
    equations = case.equations
    there = equations.to(Calculus.STRATONOVICH)
    back = there.to(Calculus.ITO)
    assert there.calculus is Calculus.STRATONOVICH
    assert deviation(back, case) < ROUNDING
    assert equations.to(Calculus.ITO) is equations


# Factors of the diffusion --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 5])
def test_takagi_factor(size):
    rng = np.random.default_rng(size)
    matrix_ = rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))
    symmetric = matrix_ + matrix_.T
    factor = takagi(symmetric)
    assert np.allclose(factor @ factor.T, symmetric, atol=1e-13)
    assert np.allclose(factor.conj().T @ factor, np.diag(np.diag(factor.conj().T @ factor)), atol=1e-12)


@pytest.mark.parametrize(
    "symmetric", [np.array([[0, 1], [1, 0]]), np.eye(3), np.array([[1, 1j], [1j, -1]]), 1j * np.ones((3, 3))]
)
def test_takagi_factor_of_degenerate_matrices_has_as_many_columns_as_the_rank(symmetric):
    factor = takagi(symmetric.astype(complex))
    assert np.allclose(factor @ factor.T, symmetric, atol=1e-13)
    assert factor.shape[1] == np.linalg.matrix_rank(symmetric)


# Refusals ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "hamiltonian", [a.dag**3 + a**3, a.dag**4 + a**4, (a + a.dag) ** 4, a.dag**3 * b + b.dag * a**3]
)
def test_positive_p_refuses_derivatives_above_second_order(hamiltonian):
    system = OpenSystem(hamiltonian, {a: 1.0, b: 1.0})
    message = r"no positive-P stochastic equation: d/d\(a.*\) d/d\(a.*\) d/d\(a.*\).*of higher than second order\. Use"
    with pytest.raises(NoSecondOrderEquation, match=message):
        PositivePRules().equations(system)
    assert WignerRules().equations(system).dropped


@pytest.mark.parametrize(
    ("hamiltonian", "loss"),
    [
        (a.dag * a, {a**2: 1.0}),
        (a.dag * a, {a: 1.0, a**2: 1.0}),
        (a.dag * a, {a + a.dag**2: 1.0}),
        (a.dag * a, {a + a**2: 1.0, a.dag: 3.0}),
    ],
)
def test_truncated_wigner_refuses_a_negative_diffusion(hamiltonian, loss):
    with pytest.raises(NoSecondOrderEquation, match=r"its diffusion is not non-negative everywhere\. Use PositiveP"):
        WignerRules().equations(OpenSystem(hamiltonian, loss))


def test_truncated_wigner_accepts_two_photon_loss_beside_enough_one_photon_loss():
    assert WignerRules().equations(ELIMINATED).noise_count == 4


@pytest.mark.parametrize("system", [BATTERY, KERR])
def test_a_loss_of_rate_zero_is_no_loss(system):
    more = replace(system, loss={**system.loss, modes(system.modes[0])[0] ** 2: 0.0})
    assert PositivePRules().equations(more) == PositivePRules().equations(system)


def test_rates_that_do_not_act_leave_a_closed_system():
    equations = PositivePRules().equations(OpenSystem(EPSILON * a.dag * a, {a: 0.0}))
    assert equations.noise == ()
    assert equations.noise_count == 0


def test_dephasing_has_one_noise_and_keeps_partners_conjugate():
    """D = −κ (α, −α⁺)ᵀ(α, −α⁺): one real noise turns α and α⁺ against each other, dα = i√κ α ∘ dW."""
    equations = PositivePRules().equations(OpenSystem(0 * a.dag * a, {a.dag * a: 0.3}))
    assert equations.noise_count == 1
    first, second = equations.noise
    assert first.amplitude == pytest.approx(1j * np.sqrt(0.3))
    assert second.amplitude == pytest.approx(-1j * np.sqrt(0.3))
    assert (first.factors, second.factors) == ((0,), (1,))
    # Read as Stratonovich, nothing but the turning is left.
    left = [
        abs(c) for terms in equations.to(Calculus.STRATONOVICH).drift for t in terms for c, _ in t.coefficient.terms
    ]
    assert max(left, default=0.0) < 1e-15

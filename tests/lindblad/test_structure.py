"""Blocks, phases, tables and readout of the exact solver against dense matrices."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import phasespace_qb as qb
from phasespace_qb.lindblad.basis import FockBasis, Operator
from phasespace_qb.lindblad.gauge import real_gauge, turned
from phasespace_qb.lindblad.propagation import Propagator
from phasespace_qb.lindblad.readout import Readout
from tests.lindblad import cases

A, B = qb.modes("a", "b")
SIGNAL, PUMP = qb.modes("signal", "pump")
NOTHING = 0.0 * A


def gain_only(amplitude=0.0):
    """No Hamiltonian; incoherent gain of a fast and a slow mode."""
    return qb.OpenSystem(NOTHING, {A.dag: 1.0, B.dag: 0.5}, {A: amplitude, B: amplitude})


SYSTEMS = {
    "battery": (qb.DopoBattery(pump=1.2).system(), (8, 5)),
    "detuned battery": (qb.DopoBattery(pump=1.2, detuning=0.4).system(), (8, 5)),
    "coherent start": (cases.coherent_start(), (8, 5)),
    "driven Kerr": (cases.driven_kerr(), (9,)),
    "coupled oscillators": (cases.coupled_oscillators(), (6, 4)),
    "three modes": (cases.three_modes(), (5, 5, 5)),
    "summed jump": (cases.summed_jump(), (9,)),
}


def blocks_of(system, cutoffs):
    return [len(block) for block in cases.stencil_of(system, cutoffs).layout.blocks]


def random_state(layout, seed=0):
    """A random Hermitian matrix that is zero between blocks, of trace 1."""
    rng = np.random.default_rng(seed)
    states = len(layout.slot)
    rho = np.zeros((states, states), complex)
    for block in layout.blocks:
        part = rng.normal(size=(len(block),) * 2) + (
            1j * rng.normal(size=(len(block),) * 2) if layout.is_complex else 0
        )
        rho[np.ix_(block, block)] = part @ part.conj().T
    rho /= np.trace(rho).real
    return 0.5 * (rho + rho.conj().T)


def turned_system(system, phases):
    """The system in the modes in which the solver works."""
    loss = {turned(jump, system.modes, phases): rate for jump, rate in system.loss.items()}
    return qb.OpenSystem(turned(system.hamiltonian, system.modes, phases), loss)


# -- sectors --


def test_a_parity_gives_two_blocks():
    assert blocks_of(qb.DopoBattery().system(), (32, 9)) == [144, 144]


def test_a_joint_parity_gives_two_blocks():
    assert blocks_of(cases.coupled_oscillators(), (6, 5)) == [15, 15]


def test_a_coherent_start_merges_blocks():
    assert blocks_of(cases.coherent_start(), (14, 6)) == [84]
    battery = cases.coherent_start()
    pump_only = qb.OpenSystem(battery.hamiltonian, battery.loss, {PUMP: 0.3})
    assert blocks_of(pump_only, (14, 6)) == [42, 42]


def test_a_conserved_number_gives_a_block_for_each():
    stencil = cases.stencil_of(cases.three_modes(), (3, 3, 3))
    total = stencil.generator.basis.occupations.sum(axis=0)
    assert [set(total[block]) for block in stencil.layout.blocks] == [{n} for n in range(7)]
    assert any(column.offset is None for column in stencil.drift_columns)
    battery = cases.stencil_of(qb.DopoBattery().system(), (8, 5))
    assert all(column.offset is not None for column in [*battery.drift_columns, *battery.jump_columns])


def test_blocks_that_are_never_reached_are_left_out():
    exchange = A.dag * B + B.dag * A
    assert blocks_of(qb.OpenSystem(exchange, {A: 1.0, B: 1.0}), (4, 4)) == [1]
    pairs = 1j * (A.dag**2 - A**2)
    assert blocks_of(qb.OpenSystem(pairs, {A**2: 1.0}), (9,)) == [5]  # odd numbers need a single loss
    assert blocks_of(qb.OpenSystem(pairs, {A**2: 1.0, A: 0.1}), (9,)) == [5, 4]


def test_a_jump_with_two_charges_merges_what_one_charge_leaves_apart():
    number = A.dag * A
    assert blocks_of(qb.OpenSystem(number, {A.dag: 1.0}), (6,)) == [1] * 6
    assert len(blocks_of(qb.OpenSystem(number, {A.dag + 0.5 * A.dag**2: 1.0}), (6,))) == 1


# -- real arithmetic --


@pytest.mark.parametrize(
    ("system", "is_complex"),
    [
        (qb.DopoBattery().system(), False),
        (qb.DopoBattery(pump=2.0 * np.exp(1.1j)).system(), False),
        (qb.DopoBattery(pump=qb.SwitchedOff(2.0, at=1.0)).system(), False),
        (qb.DopoBattery(detuning=1e-3).system(), True),
        (qb.DopoBattery(pump=qb.SwitchedOff(2.0 + 1j, at=1.0)).system(), True),
        (cases.coherent_start(0.8, 0.0), False),
        (cases.coherent_start(0.8j, 0.0), False),  # the pump term allows signal phases that are multiples of π/2
        (cases.coherent_start(0.8 + 0.3j, 0.0), True),
        (cases.driven_kerr(), True),
        (cases.summed_jump(), True),
        (qb.OpenSystem(0.7j * (A.dag - A), {A + 0.5 * A**2: 1.0}), False),
    ],
)
def test_which_systems_are_complex(system, is_complex):
    assert cases.stencil_of(system, (8,) * len(system.modes)).generator.is_complex is is_complex


@given(angles=st.lists(st.floats(0.0, 6.3), min_size=4, max_size=4))
def test_phases_that_make_a_system_real_are_found(angles):
    real = 0.5 * A.dag**2 * B + 0.3 * B.dag + 0.2 * A.dag**2
    hamiltonian = 1j * (real - real.dag)
    hidden = turned(hamiltonian, ("a", "b"), np.array(angles[:2]))
    loss = {turned(A, ("a", "b"), np.array(angles[:2])) * np.exp(1j * angles[2]): 1.0, B + 0.0 * A: np.exp(angles[3])}
    system = qb.OpenSystem(hidden, loss)
    phases = real_gauge(system, np.zeros(2, complex))
    assert phases is not None
    for _, _, value in turned(hidden, system.modes, phases):
        assert abs((-1j * value).imag) < 1e-8 * abs(value)
    detuned = qb.OpenSystem(hidden + 0.1 * A.dag * A, loss)
    assert real_gauge(detuned, np.zeros(2, complex)) is None


def test_a_phase_that_two_terms_want_differently_is_not_found():
    pair = 0.5j * np.exp(0.4j) * A.dag**2
    drive = 0.3j * A.dag
    assert real_gauge(qb.OpenSystem(pair + pair.dag, {A: 1.0}), np.zeros(1)) is not None
    assert real_gauge(qb.OpenSystem(pair + pair.dag + drive + drive.dag, {A: 1.0}), np.zeros(1)) is None


@pytest.mark.parametrize("first", [3, 1])
def test_a_cubic_and_a_linear_drive_are_real_together(first):
    """Three phases make the cubic term real, and only one of them the linear term as well."""
    phase = np.array([0.3 + np.pi / 3])
    drives = {power: 0.2j * (A.dag**power - A**power) for power in (1, 3)}
    hamiltonian = turned(drives[first] + drives[4 - first], ("a",), phase)
    assert real_gauge(qb.OpenSystem(hamiltonian, {A: 1.0}), np.zeros(1)) is not None


# -- tables --


@pytest.fixture(scope="module", params=SYSTEMS)
def prepared(request):
    """Cutoffs, propagator, the system as the solver turned it, and a random state as a matrix and as stored."""
    system, cutoffs = SYSTEMS[request.param]
    stencil = cases.stencil_of(system, cutoffs)
    rho = random_state(stencil.layout)
    return cutoffs, Propagator.of(stencil), turned_system(system, stencil.generator.phases), rho


def test_the_rate_is_that_of_dense_matrices(prepared):
    cutoffs, propagator, system, rho = prepared
    layout = propagator.stencil.layout
    rate = layout.unpack(propagator.rate(layout.pack(rho), 0.0))
    expected = cases.dense_rate(system, cutoffs, rho)
    size = np.abs(expected).max()
    assert np.abs(rate - expected).max() < 1e-12 * size
    assert abs(np.trace(rate)) < 1e-13 * size * len(rho)
    # Elements are stored once; what rounding leaves is an imaginary part on the diagonal.
    skew = rate - rate.conj().T
    assert np.count_nonzero(skew - np.diag(np.diag(skew))) == 0
    assert np.abs(skew).max() < 1e-14 * size
    jump = next(iter(system.loss))
    wrong = qb.OpenSystem(system.hamiltonian, system.loss | {jump: 1.01 * system.loss[jump]})
    assert np.abs(rate - cases.dense_rate(wrong, cutoffs, rho)).max() > 1e-6 * size


def test_storing_and_reading_are_inverses(prepared):
    _, propagator, _, rho = prepared
    layout = propagator.stencil.layout
    flat = layout.pack(rho)
    assert np.array_equal(layout.unpack(flat), rho)
    assert np.array_equal(layout.pack(layout.unpack(flat)), flat)
    assert np.count_nonzero(flat) < len(flat)


def test_reduced_states_are_partial_traces(prepared):
    cutoffs, propagator, _, rho = prepared
    stencil = propagator.stencil
    readout = Readout.of(stencil.generator.basis, stencil.layout)
    found = readout.density_matrices((readout.matrix @ stencil.layout.pack(rho))[None])
    for mode, matrix in enumerate(found):
        assert np.abs(matrix[0] - cases.reduced(rho, cutoffs, mode)).max() < 1e-14


@pytest.mark.parametrize(
    ("system", "cutoffs"),
    [*SYSTEMS.values(), (gain_only(0.3), (4, 60)), (gain_only(0.3), (60, 4)), (gain_only(), (7, 9))],
)
def test_no_row_reads_outside_the_stored_array(system, cutoffs):
    """Neither where a column has no source, nor where a row runs past its diagonal to a whole word."""
    stencil = cases.stencil_of(system, cutoffs)
    layout = stencil.layout
    for block in layout.blocks:
        for slot in layout.slot[block]:
            own = np.arange(layout.length[slot])
            places = [own + layout.start[slot]]
            for rows, columns in zip(
                [*stencil.drift_rows, *stencil.jump_rows], [*stencil.drift_columns, *stencil.jump_columns], strict=True
            ):
                places.append(layout.start[rows[slot]] + own)
                shifted = (
                    columns.source[layout.first[slot] + own] if columns.offset is None else own + columns.offset[slot]
                )
                places += [layout.start[rows[slot]] + shifted, layout.start[slot] + shifted]
                places += [layout.start[other[slot]] + shifted for other in stencil.jump_rows]
            assert min(map(np.min, places)) >= 0
            assert max(map(np.max, places)) < layout.size


# -- operators --


@given(
    powers=st.lists(st.tuples(*[st.integers(0, 2)] * 4, st.complex_numbers(max_magnitude=2.0)), min_size=1, max_size=4),
    cutoffs=st.tuples(st.integers(1, 5), st.integers(1, 5)),
)
@settings(max_examples=60)
def test_operators_are_those_of_truncated_matrices(powers, cutoffs):
    polynomial = sum((c * A.dag**m * A**n * B.dag**k * B**l for m, n, k, l, c in powers), start=0.0 * A)
    basis = FockBasis(("a", "b"), cutoffs)
    operator, matrix = Operator.of(polynomial, basis), cases.dense(polynomial, ("a", "b"), cutoffs)
    assert np.allclose(as_matrix(operator), matrix, atol=1e-12)
    assert np.allclose(as_matrix(operator.dag), matrix.conj().T, atol=1e-12)
    assert np.allclose(as_matrix(operator.dag @ operator), matrix.conj().T @ matrix, atol=1e-10)


def as_matrix(operator):
    total = np.zeros((operator.basis.size,) * 2, complex)
    for shift, weight in operator.diagonals.items():
        source = operator.basis.source(shift)
        there = source >= 0
        total[np.flatnonzero(there), source[there]] += weight[there]
    return total


@pytest.mark.slow
@given(
    terms=st.lists(st.tuples(*[st.integers(0, 2)] * 4, st.complex_numbers(max_magnitude=1.0)), min_size=1, max_size=3),
    jumps=st.lists(st.tuples(*[st.integers(0, 1)] * 4, st.integers(0, 2)), min_size=1, max_size=2),
    amplitude=st.sampled_from([0.0, 0.3, 0.2 + 0.1j]),
    cutoffs=st.tuples(st.integers(3, 5), st.integers(3, 5)),
)
@settings(max_examples=25)
def test_the_rate_of_any_system_is_that_of_dense_matrices(terms, jumps, amplitude, cutoffs):
    half = sum((c * A.dag**m * A**n * B.dag**k * B**l for m, n, k, l, c in terms), start=0.0 * A)
    loss = {A: 1.0, B: 0.5} | {A.dag**m * A**n + 0.5 * B.dag**k * B**l: float(rate) for m, n, k, l, rate in jumps}
    assert distance_from_dense(qb.OpenSystem(half + half.dag, loss, {A: amplitude}), cutoffs) < 1e-11


def distance_from_dense(system, cutoffs):
    """Of the rate of a random state, relative to the largest element if that exceeds 1."""
    stencil = cases.stencil_of(system, cutoffs)
    rho = random_state(stencil.layout)
    rate = stencil.layout.unpack(Propagator.of(stencil).rate(stencil.layout.pack(rho), 0.0))
    expected = cases.dense_rate(turned_system(system, stencil.generator.phases), cutoffs, rho)
    return np.abs(rate - expected).max() / max(1.0, np.abs(expected).max())


def test_an_angle_that_is_almost_real_is_not_rounded():
    """The drive is turned by 2·10⁻¹⁰ against the start, so no phase of the mode makes both real."""
    half = (1e-10 + 0.5j) * A.dag
    system = qb.OpenSystem(half + half.dag, {A: 1.0}, {A: 0.3})
    assert cases.stencil_of(system, (6,)).layout.is_complex
    assert distance_from_dense(system, (6,)) < 1e-13

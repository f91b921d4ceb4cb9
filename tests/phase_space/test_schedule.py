"""Steps and coefficient rows: boundaries, lengths, and jumps on the right side of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.models.drives import Envelope, SwitchedOff
from phasespace_qb.phase_space.equations import Calculus, Equations
from phasespace_qb.phase_space.integrators import EulerMaruyama, Heun, Integrator, Tableau
from phasespace_qb.phase_space.layout import Kind, kinds_of, layout_of, slots_of
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.schedule import Schedule, coefficient_rows, plan

instants = st.floats(1e-3, 50.0)
save_times = st.lists(instants, min_size=1, max_size=8, unique=True).map(sorted)
steps = st.floats(3e-3, 5.0)


def is_boundary(schedule: Schedule, instant: float) -> bool:
    """Whether a step starts or ends there, up to rounding."""
    ends = np.append(schedule.starts, schedule.starts[-1] + schedule.lengths[-1])
    return bool(np.abs(ends - instant).min() < 1e-11 * max(1.0, ends[-1]))


@given(save_times, st.lists(instants, max_size=4), steps)
def test_save_times_and_breakpoints_are_boundaries_and_steps_are_short(times, breakpoints, step):
    schedule = plan(np.array(times), breakpoints, step)
    end = times[-1]
    assert (schedule.lengths > 0).all()
    assert (schedule.lengths <= step * (1 + 1e-8)).all()
    assert schedule.lengths.sum() == pytest.approx(end, rel=1e-11)
    assert np.allclose(schedule.starts, np.concatenate([[0], np.cumsum(schedule.lengths)[:-1]]), atol=1e-11 * end)
    assert all(is_boundary(schedule, instant) for instant in [0.0, *times])
    assert all(is_boundary(schedule, instant) for instant in breakpoints if instant < end)


@given(save_times, st.lists(instants, max_size=4), steps)
def test_saves_are_reached_after_the_stated_number_of_steps(times, breakpoints, step):
    schedule = plan(np.array(times), breakpoints, step)
    reached = np.concatenate([[0.0], np.cumsum(schedule.lengths)])[np.cumsum(schedule.steps_to_save)]
    assert np.allclose(reached, times, atol=1e-11 * times[-1])
    assert schedule.steps_to_save.sum() == len(schedule.lengths)


def test_equal_steps_share_one_length():
    schedule = plan(np.linspace(0, 40, 401), [], 0.01)
    assert len(np.unique(schedule.lengths)) == 1
    assert schedule.steps_to_save.tolist() == [0] + [10] * 400


def test_no_steps_before_a_save_at_zero():
    schedule = plan(np.array([0.0]), [], 0.1)
    assert len(schedule.lengths) == 0
    assert schedule.steps_to_save.tolist() == [0]


@pytest.mark.parametrize("shift", [-2e-15, 0.0, 2e-15])
def test_a_breakpoint_that_is_a_save_time_up_to_rounding_makes_no_step_of_its_own(shift):
    schedule = plan(np.array([0.7, 1.0]), [0.7 + shift], 0.1)
    assert len(schedule.lengths) == 10


def with_nodes(nodes: tuple[float, ...]) -> Integrator:
    """A scheme that samples its coefficients at these nodes."""

    class Sampling(Heun):
        tableau = Tableau(nodes, ((),) * len(nodes), (1.0,) * len(nodes))

    return Sampling()


def pump_slot(equations: Equations, schedule: Schedule, nodes: tuple[float, ...]) -> np.ndarray:
    """Rows of the slot of √γ_p F_p, divided by the step length; shape (steps, nodes)."""
    sampled = coefficient_rows(equations, schedule, with_nodes(nodes))
    slot = next(i for i, slot in enumerate(slots_of(equations)) if not slot.coefficient.is_constant)
    return sampled.rows[sampled.row_of][:, :, slot] / schedule.lengths[:, None]


def smeared_steps(at: float, times: np.ndarray, step: float) -> int:
    """Steps on which the two nodes of Heun's scheme see a pump that belongs to the other side of its jump."""
    equations = PositivePRules().equations(DopoBattery(pump=SwitchedOff(2.0, at)).system())
    schedule = plan(times, equations.breakpoints, step)
    on = pump_slot(equations, schedule, (0.0, 1.0)) != 0
    middle = schedule.starts + schedule.lengths / 2
    return int((on != (middle < at)[:, None]).any(axis=1).sum())


@given(instants, st.floats(1.0, 50.0), st.floats(-3, -1))
def test_a_jump_belongs_to_one_side_of_its_boundary(at, end, exponent):
    assert smeared_steps(at, np.linspace(0, end, 11), 10**exponent) == 0


@pytest.mark.parametrize("at", [0.7, np.nextafter(0.7, 1), 0.7 + 5e-15, 0.7 - 5e-15, sum([0.1] * 7)])
def test_a_jump_at_a_save_time_up_to_rounding_belongs_to_one_side_of_it(at):
    assert smeared_steps(at, np.array([0.0, 0.7, 1.0]), 0.01) == 0


def test_a_jump_that_is_no_boundary_would_be_smeared():
    equations = PositivePRules().equations(DopoBattery(pump=SwitchedOff(2.0, 0.705)).system())
    on = pump_slot(equations, plan(np.array([1.0]), [], 0.01), (0.0, 1.0)) != 0
    assert (on[:, 0] != on[:, 1]).sum() == 1


def test_time_dependent_coefficients_are_sampled_at_the_nodes_of_each_step():
    equations = PositivePRules().equations(DopoBattery(pump=Envelope(lambda t: 1 + t**2)).system())
    schedule = plan(np.array([0.0, 0.5, 2.0]), [], 0.2)
    values = pump_slot(equations, schedule, (0.0, 0.5, 1.0))
    times = schedule.starts[:, None] + np.array([0.0, 0.5, 1.0]) * schedule.lengths[:, None]
    assert np.allclose(values, 4 * (1 + times**2), rtol=1e-9)


def test_constant_coefficients_need_one_row_for_each_step_length():
    equations = PositivePRules().equations(DopoBattery(detuning=0.3).system())
    schedule = plan(np.array([1.0, 1.25]), [], 0.1)
    sampled = coefficient_rows(equations, schedule, Heun())
    lengths = np.unique(schedule.lengths)
    assert len(lengths) == 2
    assert sampled.rows.shape == (2, len(slots_of(equations)))
    assert np.allclose(schedule.lengths, lengths[sampled.row_of[:, 0]])
    assert (sampled.row_of[:, 0] == sampled.row_of[:, 1]).all()
    for column, slot in enumerate(slots_of(equations)):
        (value,) = slot.coefficient.sample(np.zeros(1))
        assert np.allclose(sampled.rows[:, column], value * lengths)


def test_additive_noise_has_the_root_of_the_step_folded_in():
    from phasespace_qb.phase_space.representations.wigner import WignerRules

    equations = WignerRules().equations(DopoBattery().system())
    sampled = coefficient_rows(equations, plan(np.array([1.0]), [], 0.25), EulerMaruyama())
    noise = [abs(row) for row in sampled.rows[0, -equations.noise_count :]]
    assert sorted(noise) == pytest.approx([0.25, 0.25, 1.0, 1.0])  # √(γ/4 · h) for γ = 1 and 16


def test_kinds_say_which_parts_vanish_throughout():
    rows = np.array([[1, 1j, 1, 0], [2, 2j, 1j, 0]])
    assert kinds_of(rows) == [Kind.REAL, Kind.IMAGINARY, Kind.COMPLEX, Kind.REAL]


def test_layouts_forget_numbers_and_nothing_else():
    def layout(calculus: Calculus = Calculus.ITO, **parameters: float) -> object:
        equations = PositivePRules().equations(DopoBattery(**parameters).system()).to(calculus)
        rows = coefficient_rows(equations, plan(np.array([1.0]), [], 0.1), EulerMaruyama()).rows
        return layout_of(equations, kinds_of(rows))

    assert layout() == layout(pump=1.0, kappa=0.7, gamma_s=2.0) == layout(Calculus.STRATONOVICH)
    assert hash(layout()) == hash(layout(pump=1.0))
    assert layout() != layout(detuning=0.1)
    assert layout() != layout(pump=1j)

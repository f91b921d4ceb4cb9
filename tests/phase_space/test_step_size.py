"""Default steps, what is refused, and drives that a step cannot follow."""

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.phase_space.integrators import ExponentialHeun, Heun
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.representations.wigner import WignerRules
from phasespace_qb.phase_space.schedule import plan
from phasespace_qb.phase_space.step_size import choose_step, fastest_rate, require_resolved

(a,) = qb.modes("a")


def rate(system, rules=PositivePRules, integrator=None, end=20.0):
    scheme = integrator or Heun()
    return fastest_rate(rules().equations(system).to(scheme.calculus), scheme, end)


def test_the_fastest_rate_of_linear_modes_is_their_decay_and_rotation():
    turning = qb.OpenSystem(10.0 * a.dag * a, {a: 1.0})
    assert rate(turning) == pytest.approx(abs(0.5 + 10j))
    assert rate(turning, WignerRules) == pytest.approx(abs(0.5 + 10j))
    assert rate(turning, integrator=ExponentialHeun()) == 0.0
    assert rate(qb.DopoBattery().system()) == 8.0


def test_an_exact_linear_part_leaves_the_parametric_rate_over():
    """κα_p with α_p → 2F_p/√γ_p = 1.5, whatever γ_p is."""
    assert rate(qb.DopoBattery().system(), integrator=ExponentialHeun()) == pytest.approx(0.75, rel=0.01)


def test_amplitude_makes_a_kerr_cavity_fast():
    """∂/∂α of −iχ|α|²α is −2iχ|α|²: far above the linear rates at |α|² of about 100."""
    cavity = qb.OpenSystem(0.01 * a.dag**2 * a**2 + 20 * (a + a.dag), {a: 1.0})
    assert rate(cavity, WignerRules) > 3.0
    assert rate(qb.OpenSystem(0.01 * a.dag**2 * a**2, {a: 1.0}), WignerRules) < 0.6


def test_a_large_ring_gets_a_bound_and_does_not_take_long():
    ring = qb.modes(*[f"s{k}" for k in range(40)])
    coupled = sum((0.5j * (ring[k].dag * ring[k - 1] - ring[k - 1].dag * ring[k]) for k in range(40)), 0 * ring[0])
    assert 1.0 <= rate(qb.OpenSystem(coupled, dict.fromkeys(ring, 1.0))) <= 2.0


@pytest.mark.parametrize("end", [0.0, 1e-300, 1e300])
def test_extreme_ends_are_no_trouble(end):
    assert rate(qb.DopoBattery().system(), end=end) == 8.0


def chosen(accuracy, asked=None, integrator=None, end=20.0):
    scheme = integrator or Heun()
    return choose_step(PositivePRules().equations(qb.DopoBattery().system()), scheme, end, accuracy, asked)


def test_the_default_step_follows_rate_and_accuracy_and_says_why():
    assert chosen(1e-2).step == 0.02
    assert chosen(1e-4).step == pytest.approx(np.sqrt(1e-4 / 0.02) / 8)
    assert "0.16/(fastest rate 8)" in chosen(1e-2).reason
    assert chosen(1e-2, asked=0.01).reason.startswith("asked for")
    assert chosen(1e-2, integrator=ExponentialHeun()).step == pytest.approx(0.04 / 0.75, rel=0.02)


def test_steps_and_runs_that_cannot_work_are_refused():
    with pytest.raises(ValueError, match=r"`step` must be shorter than 1/\(fastest rate\) = 0.125, got 0.2. Use 0.02"):
        chosen(1e-2, asked=0.2)
    with pytest.raises(ValueError, match="`times` must be reachable in 10,000,000 steps"):
        chosen(1e-2, end=1e7)


def resolved(drive, step):
    battery = qb.DopoBattery(pump=drive)
    equations = PositivePRules().equations(battery.system())
    require_resolved(equations, plan(np.array([10.0]), equations.breakpoints, step))


def test_a_drive_faster_than_the_step_is_refused_and_a_shorter_step_accepted():
    def wave(t):
        return 3 + np.cos(2 * np.pi * t / 0.1)

    with pytest.raises(ValueError, match="`step` must be short enough to follow every drive"):
        resolved(wave, 0.1)
    resolved(wave, 0.005)


def test_jumps_are_resolved_where_they_are_declared():
    def jump(t):
        return 3.0 * (t < 4.03)

    with pytest.raises(ValueError, match="Near t = 4"):
        resolved(jump, 0.1)
    resolved(qb.Envelope(jump, breakpoints=[4.03]), 0.1)
    resolved(qb.SwitchedOff(3.0, at=4.03), 0.1)
    narrow = qb.Tabulated([0, 4, 4.05, 4.1, 20], [0, 0, 3, 0, 0])
    resolved(narrow, 0.1)  # its knots are breakpoints

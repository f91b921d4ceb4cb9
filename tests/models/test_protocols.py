"""Ramps, pulse trains and smooth switches: values, breakpoints, refusals, and what they do to a linear mode."""

import numpy as np
import pytest

import phasespace_qb as qb

(a,) = qb.modes("a")


def test_a_ramp_is_straight_between_its_breakpoints():
    ramp = qb.Ramp(1.0, 3.0 + 2j, begin=2.0, end=4.0)
    assert np.allclose(ramp(np.array([0.0, 2.0, 3.0, 4.0, 9.0])), [1, 1, 2 + 1j, 3 + 2j, 3 + 2j])
    assert ramp.breakpoints == (2.0, 4.0)
    assert not ramp.real
    assert qb.Ramp(0, 1, 0, 1).real


def test_a_pulse_train_is_on_from_the_start_of_each_period():
    train = qb.PulseTrain(2.0, width=0.3, period=1.0, count=3, begin=0.5)
    assert train.breakpoints == pytest.approx((0.5, 0.8, 1.5, 1.8, 2.5, 2.8))
    times = np.array([0.0, 0.5, 0.79, 0.81, 1.6, 2.79, 2.81, 3.6])
    assert train(times).real.tolist() == [0, 2, 2, 0, 2, 2, 0, 0]
    assert train.real
    # On the breakpoints themselves: on at the start, off at the end, whatever the rounding.
    many = qb.PulseTrain(1.0, width=0.1, period=0.3, count=1000)
    on, off = np.array(many.breakpoints).reshape(-1, 2).T
    assert (many(on) == 1).all()
    assert (many(off) == 0).all()


def test_a_smooth_switch_has_no_kink_and_reaches_both_ends():
    switch = qb.SmoothSwitch(3.0, 0.0, at=10.0, duration=0.5)
    assert np.allclose(switch(np.array([0.0, 10.0, 20.0])), [3, 1.5, 0])
    assert switch.breakpoints == ()
    assert switch(np.array([9.5]))[0] - switch(np.array([10.5]))[0] == pytest.approx(3 * np.tanh(1))


@pytest.mark.parametrize(
    "make",
    [
        lambda: qb.Ramp(np.nan, 1, 0, 1),
        lambda: qb.Ramp(0, 1, 2, 2),
        lambda: qb.Ramp(0, 1, -1, 2),
        lambda: qb.PulseTrain(1, width=2, period=1, count=3),
        lambda: qb.PulseTrain(1, width=0.1, period=1, count=0),
        lambda: qb.PulseTrain(1, width=0.1, period=np.inf, count=1),
        lambda: qb.SmoothSwitch(1, 0, at=np.nan, duration=1),
        lambda: qb.SmoothSwitch(1, 0, at=1, duration=0),
    ],
)
def test_what_makes_no_sense_is_refused(make):
    with pytest.raises(ValueError, match=r"^`\w+` must be .*, got .*\."):
        make()


@pytest.mark.parametrize(
    "drive",
    [
        qb.Ramp(0.0, 2.0, begin=0.35, end=1.45),
        qb.PulseTrain(2.0, width=0.31, period=0.77, count=3, begin=0.1),
        qb.SmoothSwitch(2.0, 0.0, at=1.1, duration=0.2),
    ],
)
def test_a_driven_linear_mode_follows_its_closed_form(drive):
    """ȧ = −(γ/2)a + f(t): a(t) = ∫ f(s) e^(−γ(t−s)/2) ds, without noise, to second order in the step."""
    driven = qb.OpenSystem(1j * (drive * a.dag - drive * a), {a: 1.0})
    times = np.linspace(0.0, 3.0, 7)
    run = qb.simulate(driven, times, qb.PositiveP(2_560, rng=1, step=0.01))
    fine = np.linspace(0.0, 3.0, 300_001)
    weights = drive(fine) * np.exp(fine / 2)
    integral = np.concatenate([[0], np.cumsum(0.5 * (weights[1:] + weights[:-1]) * np.diff(fine))])
    exact = np.interp(times, fine, (integral * np.exp(-fine / 2)).real)
    assert run.mean_field.values[:, 0].real == pytest.approx(exact, abs=2e-4)
    assert run.energy.values == pytest.approx(exact**2, abs=4e-4)

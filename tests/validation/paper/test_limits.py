"""Closed forms of steady states against numbers found otherwise, each with a slip that must be seen."""

from math import sqrt

import numpy as np
import pytest

from validation.judgement import Outcome
from validation.paper.choices import at_time
from validation.paper.limits import (
    NOISE,
    coherent_above,
    eliminated,
    linear_above,
    linear_below,
    one_mode,
    quieter,
    settled,
)
from validation.paper.runs import exact
from validation.paper.steady import Routes, compare_steady, last_of


def closed(ratio, noise, name):
    """A value of the closed form."""
    return at_time(eliminated(ratio, noise).do(), name)


@pytest.mark.parametrize("ratio", [0.3, 0.6])
def test_below_threshold_the_ergotropy_has_a_limit_without_noise(ratio):
    ours = linear_below(ratio)
    gaps = [closed(ratio, noise, "work") - ours for noise in (1e-3, 1e-4)]
    assert abs(gaps[1]) < 1e-3 * ours
    assert gaps[0] / gaps[1] == pytest.approx(10, rel=0.1), "of first order in the noise"
    wrong = 0.5 / (1 - ratio**2) - 0.5
    assert abs(closed(ratio, 1e-4, "work") - wrong) > 0.1 * ours


@pytest.mark.parametrize("ratio", [1.5, 2.0])
def test_above_threshold_two_branches_become_exact(ratio):
    gaps = [closed(ratio, noise, "work") - linear_above(ratio, noise, 1e6) for noise in (1e-2, 1e-3)]
    assert abs(gaps[1]) < 5e-3
    assert abs(gaps[1]) < 0.2 * abs(gaps[0])
    assert abs(gaps[1] + 0.5) > 0.4, "without the ½ of the two parities"


@pytest.mark.parametrize("ratio", [1.5, 2.0])
def test_the_coherent_part_tends_to_the_shot_noise_of_a_branch(ratio):
    gaps = [1 - closed(ratio, noise, "coherent") / coherent_above(ratio, noise, 1e6) for noise in (1e-2, 1e-4)]
    assert gaps[1] == pytest.approx(gaps[0] / 10, rel=0.1), "of first order in g"
    coherent_light = sqrt(8 / np.pi * (ratio - 1) / 1e-4)
    assert abs(1 - closed(ratio, 1e-4, "coherent") / coherent_light) > 0.1


def test_the_closed_form_is_the_steady_state_of_the_signal_alone():
    pumps = [1.5, 2.0, 2.5]
    tasks = [task for F in pumps for task in (eliminated(F / 2), one_mode(F / 2))]
    tasks += [exact((12, 6), pump=F, saves=2, until=1.0) for F in pumps]

    class Cheap(Routes):
        """Where trajectories and both modes are not asked for."""

        positive_p = Routes.closed_form

        @property
        def converged(self):
            return self.closed_form

    from validation.paper.computing import Results

    results = Results({task.key: task.do() for task in tasks})
    for name in ("work", "coherent"):
        _, limit = compare_steady(Cheap(results, True), pumps, name, name)
        assert limit.outcome is Outcome.AGREES
        assert limit.control_fails
        assert limit.smallest_visible < 1e-6


def test_a_quieter_battery_has_its_noise_and_its_distance_to_threshold():
    given = dict(quieter(1.2, 1e-2, quick=True).arguments)
    pump, kappa, gamma_p, _ = given["battery"]
    assert 2 * kappa**2 / gamma_p == pytest.approx(1e-2)
    assert pump / (sqrt(gamma_p) / (4 * kappa)) == pytest.approx(1.2)


def test_the_steady_state_itself_is_where_a_long_run_ends():
    late = exact((24, 8), pump=1.5, saves=3).do()
    itself = settled((24, 8), 1.5).do()
    for name in ("work", "coherent"):
        assert at_time(itself, name) == pytest.approx(at_time(late, name), rel=1e-4)
    assert at_time(itself, "work") != pytest.approx(at_time(settled((24, 8), 1.53).do(), "work"), rel=1e-2)
    assert NOISE == 2 * 0.5**2 / 16


def test_a_quieter_run_is_read_at_its_end():
    part = {"value": [1.0, 2.0], "error": [0.1, 0.2], "known": [0.0, 0.0]}
    run = {"times": [225.0, 300.0], "work": part}
    assert at_time(last_of(run), "work") == 2.0
    assert at_time(run, "work") == 1.0, "225 is nearer to 40"

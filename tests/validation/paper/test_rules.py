"""The rules of reproduction and confirmation, and the fits."""

import numpy as np
import pytest

from validation.paper.fits import equation_18, line, logistic, power_law
from validation.paper.intervals import reach, reach_of_fit
from validation.paper.printed import CLAIMS, Claim
from validation.paper.rules import Measured, judge

PARAMETER = Claim("slope", "0", "a slope", 2.0, 5e-4, "parameter")
CORRELATION = Claim("r", "0", "|r|", 0.99, 5e-5, "correlation")
READ = Claim("peak", "0", "a time", 10.0, 1.0, "read")


def test_a_line_is_found_with_the_error_of_its_scatter():
    x, scatter = np.arange(50.0), np.random.default_rng(1).normal(0, 0.1, (400, 50))
    fits = [line(x, 3.0 - 0.5 * x + noise) for noise in scatter]
    assert fits[0].slope == pytest.approx(-0.5, abs=0.01)
    assert np.std([fit.slope for fit in fits]) == pytest.approx(np.mean([fit.slope_stderr for fit in fits]), rel=0.15)
    assert line(x, 3.0 - 0.5 * x)[:3] == pytest.approx((-0.5, 3.0, 1.0))


def test_equation_18_is_found_again():
    x, printed = np.linspace(2, 3, 11), (8.2016, 5.4097, 2.3605)
    np.testing.assert_allclose(equation_18(x, *printed), 8.2016 / (1 + np.exp(-5.4097 * (x - 2.3605))))
    fit = logistic(x, equation_18(x, *printed))
    assert fit[:3] == pytest.approx(printed, rel=1e-6)
    assert max(fit.stderr) < 1e-5


@pytest.mark.parametrize(
    ("claim", "value", "low", "high", "expected"),
    [
        (PARAMETER, 2.0019, 2.0019, 2.0019, "exact"),
        (PARAMETER, 2.0021, 1.9, 2.1, "range"),
        (PARAMETER, 2.0021, 2.0021, 2.1, "near"),
        (PARAMETER, 2.021, 2.021, 2.1, "NO"),
        (CORRELATION, 0.9904, 0.9904, 0.9904, "exact"),
        (CORRELATION, 0.9912, 0.9912, 0.9912, "NO"),
        (READ, 11.0, 11.0, 11.0, "yes"),
        (READ, 11.1, 9.0, 11.1, "NO"),
        (PARAMETER, np.nan, np.nan, np.nan, "NO"),
    ],
)
def test_the_rule_of_reproduction(claim, value, low, high, expected):
    assert judge(claim, Measured(value, low, high, value)).reproduced == expected


@pytest.mark.parametrize(
    ("claim", "converged", "expected"),
    [
        (PARAMETER, 2.039, True),
        (PARAMETER, 2.041, False),
        (CORRELATION, 0.999, True),
        (CORRELATION, 0.9888, False),
        (READ, 9.1, True),
        (READ, 13.0, False),
        (PARAMETER, np.nan, False),
    ],
)
def test_the_rule_of_confirmation(claim, converged, expected):
    assert judge(claim, Measured(claim.value, claim.value, claim.value, converged)).confirmed is expected


def test_a_range_of_many_choices_is_reproduced_in_part():
    values = {"within": (2.0021, 1.9, 2.1), "exact": (2.0, 1.9, 2.1), "off": (2.5, 2.5, 2.5)}
    found = {name: judge(PARAMETER, Measured(*each, 2.0)).found for name, each in values.items()}
    assert found == {"within": "in part", "exact": "in full", "off": "no"}


def test_the_known_failures_are_few():
    """A claim may be put on this list only with a finding in the report."""
    assert {key for key, claim in CLAIMS.items() if not claim.reproduced} == {"coherent_peak", "eta_strong"}


def test_no_two_numbers_of_a_figure_have_one_name():
    names = [(claim.figure, claim.quantity) for claim in CLAIMS.values()]
    assert len(set(names)) == len(names)


def test_a_power_law_counts_points_by_their_certainty_and_of_any_sign():
    x = np.geomspace(0.05, 0.25, 6)
    sizes = np.array([0.3, 0.2, 0.1, 0.05, 0.02, 0.01])
    scatter = np.random.default_rng(1).normal(0, 1, (300, 6)) * sizes
    fits = [power_law(x, 4 * x**1.3 + each, sizes) for each in scatter]
    assert (4 * x**1.3 + scatter).min() < 0, "points below 0 are points, too"
    within = [abs(fit.power - 1.3) <= reach_of_fit(fit.power_stderr, 6) for fit in fits]
    assert 0.9 < np.mean(within) < 0.99
    assert power_law(x, 4 * x**1.3, sizes)[:2] == pytest.approx((4.0, 1.3))
    # Control: with equal weights powers scatter more.
    alike = [power_law(x, 4 * x**1.3 + each, np.ones(6)).power for each in scatter]
    assert np.std(alike) > 1.1 * np.std([fit.power for fit in fits])


def test_few_points_have_a_long_interval():
    assert reach_of_fit(1.0, 4) == pytest.approx(4.302653)
    assert reach_of_fit(1.0, 3) > reach_of_fit(1.0, 30) > 1.96
    assert reach_of_fit(1.0, 21) == pytest.approx(reach(1.0, 0.0))
    with pytest.raises(ValueError, match="at least 3, got 2"):
        reach_of_fit(1.0, 2)

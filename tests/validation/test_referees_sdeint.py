"""What sdeint would take and get wrong is refused, and sdeint still gets it wrong."""

import sys

import numpy as np
import pytest

from validation.evidence import MissingReferee
from validation.referees.sdeint import Scheme, paths

TIMES = np.linspace(0.0, 1.0, 6)
STILL = np.zeros((1, 5, 1))
START = np.array([[1.0 + 0j]])


def turning(y, t):
    """dy = i y dt."""
    return 1j * y


def noiseless(y, t):
    return np.zeros((1, 1))


def phase_noise(y, t):
    return 0.5j * y[:, None]


def solve(starts=START, times=TIMES, increments=STILL, drift=turning, noise=noiseless):
    return paths(Scheme.ITO_EULER, drift, noise, starts, times, increments)


def test_what_is_allowed_is_solved():
    assert solve()[0, -1, 0] == pytest.approx((1 + 0.2j) ** 5)


@pytest.mark.parametrize("scheme", Scheme)
def test_every_scheme_is_reached(scheme):
    rng = np.random.default_rng(1)
    increments = 0.01 * rng.normal(size=(1, 1000, 1))
    times = np.linspace(0, 0.1, 1001)
    found = paths(scheme, lambda y, t: 0 * y, phase_noise, START, times, increments)[0, -1, 0]
    wiener = increments.sum()
    growth = 0.0 if scheme is Scheme.STRATONOVICH_HEUN else 0.1 / 8
    assert found == pytest.approx(np.exp(0.5j * wiener + growth), abs=3e-3)


REFUSED = {
    "real start": ({"starts": START.real}, "`starts` must be complex, got float64"),
    "unsigned start": ({"starts": np.array([[250]], np.uint8)}, "`starts` must be complex, got uint8"),
    "start without paths": ({"starts": START[0]}, r"`starts` must be finite numbers of shape \(paths, variables\)"),
    "start that is not finite": ({"starts": START * np.nan}, "`starts` must be finite"),
    "descending times": ({"times": TIMES[::-1]}, "`times` must ascend"),
    "uneven times": ({"times": TIMES**2}, "`times` must be equidistant"),
    "one time": ({"times": [0.0]}, "`times` must be two or more finite numbers"),
    "too few increments": ({"increments": STILL[:, 1:]}, r"`increments` must be finite real numbers of shape \(1, 5"),
    "complex increments": ({"increments": 1j * STILL}, "`increments` must be finite real numbers"),
    "drift of another size": ({"drift": lambda y, t: np.zeros(2)}, r"`drift` must have shape \(1,\)"),
    "noise without columns": ({"noise": lambda y, t: y}, r"`noise` must have shape \(1, m\)"),
}


@pytest.mark.parametrize(("changed", "message"), REFUSED.values(), ids=REFUSED)
def test_traps_are_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        solve(**changed)


def test_the_traps_exist():
    """If one of these fails, sdeint has become better and its guard can go."""
    sdeint = pytest.importorskip("sdeint")
    with pytest.warns(np.exceptions.ComplexWarning):
        real = sdeint.itoEuler(turning, noiseless, np.array([1.0]), TIMES, dW=STILL[0])
    assert np.allclose(real, 1.0)
    wrapped = sdeint.itoEuler(lambda y, t: y, noiseless, np.array([250], np.uint8), TIMES, dW=STILL[0])
    assert wrapped[-1, 0] < 250
    with np.errstate(invalid="ignore"):
        backwards = sdeint.itoSRI2(turning, noiseless, START[0], TIMES[::-1], dW=STILL[0], I=np.zeros((5, 1, 1)))
    assert np.isnan(backwards[-1, 0])


def test_a_missing_sdeint_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "sdeint", None)
    with pytest.raises(MissingReferee, match="pip install sdeint"):
        solve()

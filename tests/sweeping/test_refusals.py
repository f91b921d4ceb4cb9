"""Bad sweeps are refused before any work, in one sentence."""

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.sweeping import engine

BATTERY = qb.DopoBattery()
(A,) = qb.modes("a")


@pytest.fixture(autouse=True)
def _no_work(monkeypatch):
    def worked(task):
        raise AssertionError("work was started")

    monkeypatch.setattr(engine, "carry_out", worked)


def cavity(loss, drive=0.1):
    return qb.OpenSystem(1j * drive * (A.dag - A), {A: loss})


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({}, r"`over` must be about at least one parameter, got \{\}\."),
        ([("pump", [1.0])], r"`over` must be a dictionary"),
        ({"pump": []}, r"`pump` must be a list of finite real numbers, each once, got an array of shape \(0,\)"),
        ({"pump": 2.0}, r"`pump` must be a list .*got an array of shape \(\)\. Give a list, also of one value\."),
        ({"pump": [[1.0, 2.0]]}, r"`pump` must be a list .*got an array of shape \(1, 2\)"),
        ({"pump": [1.0, np.nan]}, r"`pump` must be a list of finite real numbers, each once, got nan\."),
        ({"pump": [1.0, np.inf]}, r"got inf\."),
        ({"pump": [1.0, 2.0, 1.0]}, r"`pump` must be .*each once, got an array that has 1 twice\."),
        ({"pump": [1.0, 2j]}, r"`pump` must be a list of finite real numbers"),
        ({"pump": ["1"]}, r"`pump` must be a list of finite real numbers"),
        ({"pump": [True]}, r"`pump` must be a list of finite real numbers"),
        ({"pump": np.ma.array([1.0, 2.0], mask=[0, 1])}, r"`pump` must be a list of finite real numbers"),
        ({"pmp": [1.0]}, r"`over` must be one of pump, kappa, .*, got 'pmp'\. Did you mean pump\?"),
        ({"pump_ratio": [1.0]}, r"got 'pump_ratio'\. Did you mean \w+\?"),
        ({"gammap": [1.0]}, r"got 'gammap'\. Did you mean gamma_p\?"),
        ({3: [1.0]}, r"`over` must be one of pump, .*, got 3\."),
        ({"kappa": [0.5, -0.5]}, r"`kappa` must be a finite positive rate, got -0\.5\. \(At kappa = -0\.5\.\)"),
        ({"noise_parameter": [0.1, 0.0]}, r"`noise_parameter` must be a finite positive number, got 0\.0"),
        ({"pump": [1.0], "threshold_ratio": [1.0]}, r"`threshold_ratio` must be left out with pump, got 1\.0"),
        (
            {"pump": np.arange(2000), "kappa": np.arange(1, 2001)},
            r"`over` must be at most 1,000,000 points, got 4000000",
        ),
    ],
    ids=str,
)
def test_what_cannot_be_swept(over, message):
    with pytest.raises((ValueError, TypeError), match=message) as refused:
        qb.sweep(BATTERY, over, [1.0])
    assert "\n" not in str(refused.value)


def test_a_grid_that_does_not_fit_memory():
    with pytest.raises(
        ValueError, match=r"`over` must be a sweep whose results fit .* GiB, got an array of 500,000 points"
    ) as e:
        qb.sweep(BATTERY, {"pump": np.linspace(0, 3, 500_000)}, np.linspace(0, 40, 4001))
    assert "\n" not in str(e.value)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"system": 3}, r"`system` must be a DopoBattery, or a function"),
        ({"system": cavity(1.0)}, r"`system` must be a DopoBattery, or a function.* Write a function of what is swept"),
        ({"system": lambda pump: pump}, r"`system` must be a function that returns .*; at pump = 1, got 1\.0"),
        ({"system": cavity}, r"`over` must be one of loss, drive, got 'pump'"),
        ({"system": cavity, "over": {"loss": [-1.0]}}, r"`loss` must be .*got -1\.0\. \(At loss = -1\.\)"),
        (
            {"system": lambda time, extra=0: cavity(time + extra), "over": {"time": [1.0]}},
            r"`over` must be about names that a result does not have already, got 'time'",
        ),
        (
            {"system": qb.DopoBattery(qb.SwitchedOff(3.0, 1.0))},
            r"`pump` must be left alone where the pump depends on time",
        ),
        (
            {"system": qb.DopoBattery(qb.SwitchedOff(3.0, 1.0)), "over": {"noise_parameter": [0.1]}},
            r"`noise_parameter` must be left alone where the pump depends on time, got 0\.1\. Write a function",
        ),
        (
            {"system": cavity, "over": {"loss": [1.0]}, "method": qb.EliminatedSteadyState()},
            r"`system` must be a DopoBattery",
        ),
        *[
            (
                {"system": lambda **swept: cavity(1.0), "over": {name: [1.0]}},
                rf"`over` must be about names that a result does not have already, got '{name}'",
            )
            for name in ("energy", "energy_stderr", "seed", "request", "a/b", "swept")
        ],
        ({"times": [2.0, 1.0]}, r"`times` must be a list of finite, increasing times"),
        ({"method": "positive-P"}, r"`method` must be PositiveP"),
        ({"method": []}, r"`method` must be at least one method, got \[\]"),
        ({"method": {3: qb.LinearNoise()}}, r"`method` must be a dictionary of methods by their labels, got 3"),
        ({"method": [qb.LinearNoise(), 3]}, r"`method` must be PositiveP"),
        ({"executor": 3}, r"`executor` must be a concurrent.futures.Executor or None"),
        ({"extend": 3}, r"`extend` must be a result of `sweep`, got 3"),
        ({"checkpoint": "/nowhere/at/all.nc"}, r"`checkpoint` must be in an existing folder"),
    ],
    ids=str,
)
def test_what_else_is_refused(changed, message):
    asked = {"system": BATTERY, "over": {"pump": [1.0, 2.0]}, "times": [1.0], "method": None} | changed
    with pytest.raises((ValueError, TypeError), match=message) as refused:
        qb.sweep(**asked)
    assert "\n" not in str(refused.value)

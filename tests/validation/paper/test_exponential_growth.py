"""W_ss against the pump: closed limits against an independent solution, and words that follow the results."""

import numpy as np
import pytest

import phasespace_qb as qb
from validation.paper.computing import Results
from validation.paper.limits import linear_below
from validation.paper.scaling import RATIOS
from validation.paper.statements.exponential_growth import above_threshold, papers_line, tasks, tell


def invented(exponential: bool) -> Results:
    """W_ss on the paper's line at every g², or that of the limits."""
    found = {}

    def work(ratio: float, noise: float) -> float:
        if exponential:
            return float(papers_line(2 * ratio))
        return linear_below(ratio) if ratio < 1 else 1.0 + float(above_threshold(ratio, noise))

    for task in tasks(quick=True):
        arguments = dict(task.arguments)
        if "ratios" in arguments:
            values = [work(ratio, arguments["noise"]) for ratio in RATIOS]
            found[task.key] = {"work": {"value": values, "known": [0.01 * value for value in values]}}
        else:
            pump, kappa, gamma_p, _ = arguments["battery"]
            value = work(pump * kappa, 2 * kappa**2 / gamma_p)
            part = {"value": [value] * 3, "error": [1e-3 * value] * 3, "known": [0.0] * 3}
            found[task.key] = {"times": [38.0, 39.0, 40.0], "work": part}
    return Results(found)


def test_an_exponential_is_called_one():
    section = tell(invented(exponential=True), quick=True)
    assert [verdict.kind for verdict in section.verdicts] == ["holds", "holds"]
    assert "one number for all" in section.answer


def test_the_limits_are_not_one():
    section = tell(invented(exponential=False), quick=True)
    assert [verdict.kind for verdict in section.verdicts] == ["fails", "fails"]
    assert "times too high" in section.verdicts[0].words
    assert {each.outcome.words for each in section.comparisons} == {"agrees"}
    assert all(each.control_fails for each in section.comparisons)


@pytest.mark.parametrize("ratio", [0.5, 0.8])
def test_below_threshold_the_noise_does_not_matter(ratio):
    noise = 1e-4
    kappa = np.sqrt(noise * 1e6 / 2)
    battery = qb.DopoBattery(ratio * 1e3 / (4 * kappa), kappa=kappa, gamma_p=1e6)
    found = float(qb.simulate(battery, [1.0], qb.EliminatedSteadyState()).ergotropy[-1])
    assert linear_below(ratio) == pytest.approx(found, rel=5e-3)
    # Control: the energy λ²/[2(1−λ²)], which forgets what is passive.
    assert ratio**2 / (2 * (1 - ratio**2)) != pytest.approx(found, rel=0.2)

"""Steady W^c: its closed form against an independent one, and words that follow the results."""

import numpy as np
import pytest

import phasespace_qb as qb
from validation.paper.computing import Results
from validation.paper.limits import number_variance
from validation.paper.scaling import RATIOS
from validation.paper.statements.saturation import tasks, tell
from validation.paper.statements.steady_coherence import papers_fit, steady_coherent


def invented(plateau: float | None, power: float = 0.5) -> Results:
    """W^c_ss over the paper's pumps from the formula, or flat; over λ and g² a power of the photon number."""
    found = {}
    for task in tasks(quick=True):
        arguments = dict(task.arguments)
        if "ratios" in arguments:
            numbers = [max(ratio - 1, 0.01) / arguments["noise"] for ratio in RATIOS]
            parts = {"coherent": [2 * n**power for n in numbers], "work": numbers, "energy": numbers}
            found[task.key] = {name: {"value": v, "known": [0.01] * len(v)} for name, v in parts.items()}
        elif "pumps" in arguments:
            found[task.key] = {"coherent": [8.0] * len(arguments["pumps"])}
        else:
            pump, kappa, gamma_p, _ = arguments["battery"]
            noise = 2 * kappa**2 / gamma_p
            number = (pump * kappa - 1) / noise
            coherent = 2 * number**power
            if "grid" in arguments:
                coherent = plateau or steady_coherent(pump / 2, noise, 1 / 16)
            values = {"coherent": coherent, "work": number, "energy": number}
            found[task.key] = {"times": [38.0, 39.0, 40.0]} | {
                name: {"value": [v] * 3, "error": [1e-3] * 3, "known": [0.0] * 3} for name, v in values.items()
            }
    return Results(found)


def test_a_plateau_of_the_cutoff_alone_is_called_so():
    section = tell(invented(None), quick=True)
    assert [verdict.kind for verdict in section.verdicts] == ["holds", "fails", "remark"]
    assert "The plateau up to F_p = 3.5 is an effect of the cutoffs." in section.answer


def test_a_plateau_without_cutoff_is_a_plateau():
    section = tell(invented(8.0), quick=True)
    assert section.verdicts[1].kind == "holds"
    assert "plateau without a cutoff as well" in section.answer


def test_another_power_is_reported():
    section = tell(invented(None, power=0.8), quick=True)
    assert section.verdicts[2].words == "found instead: W^c_ss ∝ n̄^0.80"


@pytest.mark.parametrize("ratio", [1.5, 3.0])
def test_the_width_of_two_branches_is_the_steady_coherent_work(ratio):
    noise = 1 / 64
    kappa = np.sqrt(noise * 1e6 / 2)
    battery = qb.DopoBattery(ratio * 1e3 / (4 * kappa), kappa=kappa, gamma_p=1e6)
    expected = float(qb.simulate(battery, [1.0], qb.EliminatedSteadyState()).ergotropy_coherent[-1])
    assert steady_coherent(ratio, noise, 0.0) == pytest.approx(expected, rel=0.02)
    # Control: a width without the ½ that vacuum adds to λ − 1.
    narrow = steady_coherent(ratio, noise, 0.0) * np.sqrt((ratio - 1) / (ratio - 0.5))
    assert narrow != pytest.approx(expected, rel=0.04)
    assert number_variance(ratio, noise, 0.0) == pytest.approx((ratio - 0.5) * 64)


def test_the_fit_of_the_paper_has_its_height():
    assert float(papers_fit(np.array(10.0))) == pytest.approx(8.2016)

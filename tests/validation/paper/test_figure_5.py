"""Fig. 5 on invented decays: fits that find their rates, windows, verdicts, and the limit of small noise."""

from functools import cache

import numpy as np
import pytest

from tests.validation.paper.invented_charging import results_of, run_of
from validation.judgement import Outcome
from validation.paper.figures import decay_fits, figure_5


def parts_of(times, given, *, coherent=1.127, incoherent=2.082, ends=np.inf):
    """Two exponentials; W^i is 0 from γ_s(t − 40) = ends on."""
    pump, since = given["battery"][0], times - 40
    part = {"coherent": 8.1 * np.exp(-coherent * since), "incoherent": 9.0 * np.exp(-incoherent * since)}
    part["incoherent"] = np.where(since < ends, part["incoherent"], 0.0)
    part = {name: values * (pump / 3) ** 2 for name, values in part.items()}
    return part | {"work": part["coherent"] + part["incoherent"]}


@cache
def told(parts=parts_of, **shape):
    tasks = figure_5.tasks(quick=True)
    return figure_5.tell(results_of(tasks, lambda times, given: parts(times, given, **shape)), quick=True)


def numbers_of(section):
    return {each.quantity: each for each in section.numbers}


def test_a_fit_finds_the_rate_of_an_exponential_and_stops_where_it_vanishes():
    times = np.linspace(40, 46, 121)
    run = run_of(times, parts_of(times, {"battery": (3.0,)}, ends=2.5))
    slope, intercept, r = decay_fits.fit("incoherent", 0.05, 6.0, 0.05, lambda _: run)
    assert slope == pytest.approx(-2.082, abs=1e-9)
    assert intercept == pytest.approx(np.log(9) + 2.082 * 40, abs=1e-6)
    assert r == pytest.approx(1.0, abs=1e-12)
    gone = run_of(times, parts_of(times, {"battery": (3.0,)}, ends=0.1))
    assert np.isnan(decay_fits.fit("incoherent", 0.0, 2.0, 0.05, lambda _: gone)).all()


def test_verdicts_follow_the_data():
    slopes = [
        [each.confirmed for each in section.numbers if each.quantity.startswith("slope")]
        for section in (told(), told(coherent=1.3))
    ]
    assert slopes == [["yes", "yes"], ["no", "yes"]]

    def of_cutoffs(times, given):
        low = given.get("cutoffs") in ((32, 9), (33, 10))
        return parts_of(times, given, incoherent=2.082 if low else 1.9)

    changed = [each for each in told(of_cutoffs).numbers if each.quantity.startswith("slope")]
    assert [(each.reproduced[:2] != "NO", each.confirmed) for each in changed] == [(True, "yes"), (True, "no")]


def test_what_it_says_of_the_end_of_the_incoherent_part_follows_the_data():
    assert "exactly 0 from γ_s(t − 40) = 2." in told(ends=2.5).text[1]
    assert "does not vanish" in told(incoherent=0.9).text[1]


def test_slopes_at_lower_noise_have_errors_and_every_entry_is_filled():
    found = numbers_of(told())
    assert found["slope of ln W^c, pump off"].with_noise.startswith("same window: -1.1270 ± ")
    assert "nan" not in " ".join(str(each) for each in found.values())


def test_comparisons_agree_and_see_the_planted_pump():
    comparisons = told(ends=2.5).comparisons
    assert [each.outcome for each in comparisons] == [Outcome.AGREES] * 3
    assert all(each.control_fails for each in comparisons)


def test_the_limit_of_small_noise_has_the_rates_that_its_text_states():
    run = figure_5.fading_limit(1e-4)
    energy, coherent = (np.array(run[name]["value"]) for name in ("energy", "coherent"))
    rates = [-np.gradient(np.log(each), 0.05) for each in (energy, coherent)]
    assert rates[0][-3] == pytest.approx(1.0, abs=0.01)
    assert rates[1][-3] == pytest.approx(0.5, abs=0.02)
    # Soon after the switch the pump mode is empty, and the rate of n̄ is close to λ = 1.5: not 1, and not 2.
    assert 1.2 < rates[0][:20].max() < 1.5

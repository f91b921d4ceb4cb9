"""When W^c and P peak: words and verdicts follow the results, and tops of curves have errors."""

import numpy as np
import pytest

from validation.paper.computing import Results
from validation.paper.runs import exact
from validation.paper.scaling import Point, top, top_of
from validation.paper.statements.peak_measures import DELAYED, charging, early, limit_peaks, narrowness, points, solved
from validation.paper.statements.peaks_together import PAPER_CUTOFFS, tasks, tell
from validation.references.charging_limit import ChargingLimit


def hill(times: np.ndarray, at: float, height: float) -> np.ndarray:
    return height * (1 - 0.02 * (times - at) ** 2)


def invented(coherent_at: float, power_at: float) -> dict:
    """A result whose W^c and W/t are parabolas with tops at these times."""
    times = np.linspace(0.2, 40.0, 400)
    curves = {
        "energy": np.full(400, 1.0),
        "work": times * hill(times, power_at, 10.0),
        "coherent": hill(times, coherent_at, 8.0),
        "incoherent": times,
    }
    found = {
        name: {"value": list(values), "error": [1e-3] * 400, "known": [0.0] * 400} for name, values in curves.items()
    }
    return found | {"times": list(times)}


def results(coherent_at, power_at, *, factor: float = 1.0) -> Results:
    """The tasks of the quick audit; peaks are functions of the point, early energies those of the limit."""
    found = {}
    for point in points(quick=True):
        found[charging(point).key] = invented(coherent_at(point), power_at(point))
        assert solved(point) is not None or not point.is_papers
    found[exact(PAPER_CUTOFFS, pump=3.0).key] = invented(10.0, 10.0)
    for gamma_p in DELAYED:
        point = Point(1.5, 1e-3, gamma_p)
        limit, (since, until, saves) = ChargingLimit(1.5, 1 / gamma_p), dict(early(gamma_p).arguments)["grid"]
        times = np.linspace(since, until, saves)
        energies = limit.stored(limit.growth(times, point.noise)) * 0.5 / point.noise * factor
        part = {"value": list(energies), "error": [0.1] * saves, "known": [0.0] * saves}
        found[early(gamma_p).key] = {"times": list(times), "energy": part}
    return Results(found)


def limit_of(name):
    return lambda point: limit_peaks(point)[name]


def test_peaks_that_are_together_everywhere_confirm_the_paper():
    section = tell(results(lambda _: 10.0, lambda _: 10.0), quick=True)
    assert [verdict.kind for verdict in section.verdicts] == ["holds"] * 3
    assert "they are one time" in section.answer


def test_peaks_of_the_limit_do_not():
    section = tell(results(limit_of("coherent"), limit_of("power")), quick=True)
    assert [verdict.kind for verdict in section.verdicts] == ["holds", "fails", "fails"]
    assert "W^c is largest first at all 4 points" in section.answer
    assert "two different times" in section.answer
    assert "formula for P at 4 of 4" in " ".join(section.text)


def test_a_shift_is_measured():
    def later(point):
        return limit_peaks(point)["coherent"] + 4 * narrowness(point) / (point.ratio - 1)

    section = tell(results(later, limit_of("power")), quick=True)
    assert "p = 1.00 ± 0.0" in " ".join(section.text)
    assert "formula for P at 4 of 4 points, and the one for W^c at 1 of 4" in " ".join(section.text)


def test_a_wrong_delay_is_seen():
    right = tell(results(lambda _: 10.0, lambda _: 10.0), quick=True).comparisons[-1]
    wrong = tell(results(lambda _: 10.0, lambda _: 10.0, factor=np.exp(-2 / 16)), quick=True).comparisons[-1]
    assert right.outcome.words == "agrees"
    assert right.control_fails
    assert wrong.outcome.words == "disagrees"


def test_every_result_that_is_told_was_asked_for():
    for quick in (True, False):
        asked = {task.key for task in tasks(quick=quick)}
        assert {charging(point).key for point in points(quick=quick)} < asked


def test_the_top_of_scattered_points_is_within_its_error():
    times, random = np.linspace(5.0, 15.0, 81), np.random.default_rng(1)
    found = [
        top(times, hill(times, 10.3, 8.0) + 0.02 * random.standard_normal(81), np.full(81, 0.02), np.zeros(81))
        for _ in range(40)
    ]
    assert all(each.exists for each in found)
    off = np.array([(each.time - 10.3) / each.reach for each in found])
    assert np.mean(np.abs(off) <= 1) > 0.9
    assert not any(abs(each.time - 11.3) < each.reach for each in found)


def test_the_top_of_a_rising_curve_is_none():
    times = np.linspace(1.0, 5.0, 41)
    rising = top(times, times, np.full(41, 0.01), np.zeros(41))
    assert not rising.exists
    assert "still rises" in rising.written()


def test_the_top_of_the_power_is_that_of_work_over_time():
    found = top_of(invented(10.0, 12.0), "power")
    assert abs(found.time - 12.0) < max(found.reach, 0.01)
    assert abs(found.time - 10.0) > found.reach


def test_points_have_the_noise_that_they_say():
    point = Point(1.5, 1 / 32)
    assert (point.kappa, point.pump, point.is_papers) == (0.5, 3.0, True)
    other = Point(2.0, 1e-3, 64.0)
    assert 2 * other.kappa**2 / other.gamma_p == pytest.approx(1e-3)
    assert other.pump * 4 * other.kappa / 8 == pytest.approx(2.0)

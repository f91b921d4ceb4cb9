"""When to switch off: words and verdicts follow the results; a hold follows its limit."""

import numpy as np
import pytest

from validation.judgement import Outcome
from validation.paper.computing import Results
from validation.paper.scaling import Top
from validation.paper.statements.switching_measures import best, held, instants, limit_of
from validation.paper.statements.switching_off import CHECKED, PAPERS, _kind, points, tasks, tell
from validation.references.charging_limit import ChargingLimit


def invented(task, best_time, *, rises: bool = True, factor: float = 1.0) -> dict:
    """W^c and, at all holds, W/(t + hold) with a top at `best_time`; or W with a top there too."""
    arguments = dict(task.arguments)
    at = np.array(arguments["at"])
    hill = 1 - 0.01 * (at - best_time) ** 2
    found = {"at": list(at), "holds": list(arguments["holds"])}
    work = [list((at + hold) * (20.0 + hill) if rises else hill * 10) for hold in arguments["holds"]]
    parts = {"work": work, "coherent": [list(5 * hill * factor) for _ in arguments["holds"]]}
    shape = np.ones((len(arguments["holds"]), len(at)))
    for name, rows in parts.items():
        found[name] = {"value": rows, "error": (1e-3 * shape).tolist(), "known": (0 * shape).tolist()}
    return found


def driven(work: float, coherent: float) -> dict:
    """A run in which W and W^c at γ_s t = 10 are these shares of what they are at 30."""
    parts = {"work": [10 * work, 10.0], "coherent": [8 * coherent, 8.0]}
    none = [0.0, 0.0]
    return {"times": [10.0, 30.0]} | {
        name: {"value": value, "error": none, "known": none} for name, value in parts.items()
    }


def told(best_time, *, quick: bool = True, factor: float = 1.0, rises: bool = True, shares=(0.8, 1.2)):
    found = {}
    for task in tasks(quick=quick):
        if "at" not in dict(task.arguments):
            found[task.key] = driven(*shares)
            continue
        right = dict(task.arguments)["cutoffs"] is not None
        found[task.key] = invented(task, best_time, rises=rises, factor=1.0 if right else factor)
    return tell(Results(found), quick=quick)


def test_ten_is_confirmed_where_it_is_the_best_time():
    section = told(10.0)
    kinds = {verdict.words.split(":")[0]: verdict.kind for verdict in section.verdicts}
    assert kinds["best for P"] == kinds["best for W^c"] == "holds"


@pytest.mark.parametrize(
    ("shares", "kinds"),
    [((0.8, 1.2), ["holds", "holds"]), ((0.64, 1.06), ["partly", "partly"]), ((0.3, 0.9), ["fails", "fails"])],
)
def test_what_is_stored_at_ten_is_compared_with_the_steady_state(shares, kinds):
    found = told(10.0, shares=shares).verdicts
    assert [verdict.kind for verdict in found if "over that at 30" in verdict.words] == kinds


@pytest.mark.parametrize(
    ("time", "reach", "place", "kind"),
    [
        (10.9, 0.5, "inside", "holds"),
        (11.1, 0.5, "inside", "fails"),
        (11.1, 1.5, "inside", "remark"),
        (10.0, 1.5, "inside", "remark"),
        (np.nan, np.nan, "flat", "remark"),
        (np.nan, np.nan, "unknown", "remark"),
        (np.nan, np.nan, "last", "fails"),
    ],
)
def test_less_certainty_does_not_help_the_paper(time, reach, place, kind):
    assert _kind(Top(time, 0.0, reach, 1.0, 0.0, 0.0, place)) == kind


def test_another_time_is_not_ten():
    section = told(13.0)
    assert {verdict.kind for verdict in section.verdicts if "best for W^c" in verdict.words} == {"fails"}
    assert "it still rises" in section.answer
    assert "13.0 ± " in section.answer


def test_routes_are_compared_and_a_difference_is_seen():
    agreeing, differing = told(4.5, quick=False), told(4.5, quick=False, factor=1.05)
    assert {each.outcome for each in agreeing.comparisons} == {Outcome.AGREES}
    assert all(each.control_fails for each in agreeing.comparisons)
    assert Outcome.DISAGREES in {each.outcome for each in differing.comparisons}


def test_times_to_switch_off_surround_the_peaks_of_the_limit():
    for point in [*points(quick=False), CHECKED]:
        at = np.array(instants(point))
        assert at[0] < limit_of(point, "coherent", 0.0)
        assert at[-1] > limit_of(point, "power", 0.0)
        steps = at / (at[1] - at[0])
        assert steps == pytest.approx(np.round(steps))


def test_power_is_work_over_charging_and_holding():
    task = tasks(quick=True)[0]
    result = invented(task, 10.0)
    times, power, _, _ = held(result, "power", 1.0)
    assert power == pytest.approx(np.array(held(result, "work", 1.0)[1]) / (times + 1.0))
    assert best(result, "coherent", 0.0).time == pytest.approx(10.0, abs=0.05)


def test_a_hold_moves_the_best_time_of_the_limit():
    at_once, later = ChargingLimit(1.5), ChargingLimit(1.5, 0.0, 1.0)
    fall = 1 + 0.5 * (1 - np.exp(-1.0))  # without a pump mode a hold is y → by
    moved = later.coherent_peak(1e-4) - at_once.coherent_peak(1e-4)
    assert moved == pytest.approx(-np.log(fall) / 0.5, abs=0.02)
    assert later.power_peak(1e-4) - at_once.power_peak(1e-4) > moved
    assert limit_of(PAPERS, "work", 0.0) == np.inf

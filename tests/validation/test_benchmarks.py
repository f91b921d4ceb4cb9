"""The race of the benchmarks: what it runs, whom it names as missing, and that another equation is noticed."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from phasespace_qb.phase_space.integrators import Noise
from tests.validation.invented_contestants import race, small
from validation.benchmarks.accuracy import SCHEMES, STEPS, Level, bias_of, bias_table, coarsest_steps, levels
from validation.benchmarks.contest import Contest
from validation.benchmarks.contestants import MasterWork, Work, with_xmds2
from validation.benchmarks.contestants.xmds2_script import LATTICE, script
from validation.benchmarks.first_calls import JOBS, first_calls
from validation.benchmarks.master_equation import (
    BATTERY,
    DISAGREES,
    FULL,
    METHODS,
    QUICK,
    SHORT,
    Case,
    MasterRace,
    to_the_whole,
)
from validation.benchmarks.record import Group, Record, ratio_of, surroundings
from validation.benchmarks.trajectories import ENTRIES, LIMIT, OURS

SMALL = MasterWork("", (10, 4), 0.5, 5, 1e-8, BATTERY)


@pytest.fixture(scope="module")
def contest():
    """Ours and the tools that tests may count on."""
    with Contest(dict.fromkeys(("ours", "NumPy", "sdeint", "QuTiP"))) as running:
        yield running


@pytest.mark.parametrize("arrangement", ["multi-path, as printed", "lattice, as printed", "lattice, split by hand"])
@pytest.mark.parametrize("scheme", ["euler", "midpoint", "runge-kutta"])
def test_a_script_for_xmds2_is_well_formed_and_complete(arrangement, scheme):
    text = script(Work(scheme, arrangement, 2 * LATTICE, 400, 1 / 20, 100, kappa=0.3))
    root = ET.fromstring(text.replace('<?xml version="1.0" encoding="UTF-8"?>', ""))
    integrate = root.find("sequence/integrate")
    algorithm = {"algorithm": "SI", "iterations": "1" if scheme == "euler" else "2"}
    if scheme == "runge-kutta":
        algorithm = {"algorithm": "RK4"}
    assert integrate.attrib == algorithm | {"interval": "20.0", "steps": "400"}
    components = root.find("vector/components").text.split()
    driven = integrate.find("operators").find("dependencies").tail
    assert all(f"d{name}_dt = " in driven for name in components)
    assert len(components) == (8 if arrangement == "lattice, split by hand" else 4)
    assert "kappa = 0.3," in root.find("features/globals").text
    paths = root.find("driver").attrib["paths"]
    assert int(paths) == (2 * LATTICE if arrangement == "multi-path, as printed" else 2)
    assert "{" not in text.replace("{name}", "")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"scheme": "heun"}, "must be one of euler, midpoint, runge-kutta"),
        ({"count": LATTICE + 1}, "must be a multiple of"),
    ],
)
def test_what_xmds2_does_not_do_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        script(replace(Work("euler", "lattice, as printed", LATTICE, 400, 1 / 20), **change))


def test_the_output_of_xmds2_is_read_as_sums_over_the_lattice():
    stream = '<Stream><Metalink Format="Text" Delimiter=" \\n"/>\n'
    text = f"{stream}t n pair pump square \n</Stream>{stream}0.0 0.0 0.0 0.0 0.0\n2.0 40.0 1.0 2.0 420.0\n</Stream>"
    found = with_xmds2.read(text, Work("euler", "lattice, as printed", 4, 10, 0.2))
    assert (found.count, found.mean) == (4, 10.0)
    assert found.error == pytest.approx(np.sqrt(5.0 / 4))


def test_whatever_is_raced_has_a_scheme_that_its_tool_knows():
    for entry in ENTRIES:
        if entry.tool == "XMDS2":
            assert script(Work(entry.scheme, entry.arrangement, entry.count, 8000, 1 / 400))
    methods = {method.method for method in METHODS}
    assert all({*case.stretches} <= methods for case in (*FULL, *QUICK))


@pytest.mark.parametrize(
    ("tool", "arrangement", "count"), [("NumPy", "blocks of 2048", 1024), ("sdeint", "stacked", 256)]
)
def test_another_tool_integrates_what_we_integrate(contest, tool, arrangement, count):
    running, record = race(contest)
    group = running.speed((small(tool, arrangement, count),), 200, OURS[1:2])
    assert not record.wrong
    assert group.rows[-1][0] == f"{tool}, {arrangement}"
    assert abs(group.figures[-1]["sigmas"]) < LIMIT
    assert group.figures[-1]["ratio_low"] <= group.figures[-1]["ratio_high"]


def test_another_rate_is_noticed_by_photon_numbers(contest):
    running, record = race(contest)
    for kappa, is_wrong in ((0.5, False), (0.55, True)):
        work = Work("heun", "blocks of 2048", 2048, 200, 0.1, 10, kappa=kappa)
        running.judged("NumPy", "heun", 200, [contest.running["NumPy"].ask(work, seed) for seed in (1, 2)])
        assert bool(record.wrong) is is_wrong
    assert record.wrong[0].startswith("disagrees: NumPy, heun: n̄ is")


def test_what_is_not_a_number_disagrees(contest):
    running, record = race(contest)
    work = Work("heun", "blocks of 2048", 64, 20, 1.0, 10)
    running.judged("NumPy", "heun", 200, [contest.running["NumPy"].ask(work)])
    assert record.wrong


def test_another_rate_is_noticed_by_elements_of_states(contest):
    states = {}
    for name, kappa in (("ours", 0.5), ("QuTiP", 0.5), ("planted", 0.55)):
        tool = "QuTiP" if name == "planted" else name
        method = "tsit5" if tool == "QuTiP" else ""
        work = replace(SMALL, method=method, detuning=0.3, push=0.3 + 0.2j, kappa=kappa)
        contest.running[tool].ask(work, keep=contest.file(tool))
        states[name] = np.load(contest.file(tool))
    assert states["ours"].shape == (6, 10, 10)
    assert np.abs(states["ours"] - states["QuTiP"]).max() < DISAGREES / 10
    assert np.abs(states["ours"] - states["planted"]).max() > 10 * DISAGREES


def test_the_race_of_master_equations_has_both_ratios(contest):
    record = Record(surroundings(quick=True))
    group = MasterRace(contest, record).table((Case("small", SMALL, {"tsit5": 0.5}),))
    assert [row[1] for row in group.rows] == ["ours", "QuTiP, tsit5"]
    assert not record.wrong
    assert group.rows[1][-1] == "the whole"
    assert {"ratio", "ratio_as_accurate", "error"} <= {*group.figures[1]}
    assert record.groups == [group]


def test_a_stretch_is_continued_at_its_rate():
    # Two seconds to begin with, then three for each unit of time.
    def seconds(until):
        return 2 + 3 * until

    found = [to_the_whole(seconds(SHORT), seconds(4.0), 4.0, 40.0, compiles=compiles) for compiles in (False, True)]
    assert found == pytest.approx([seconds(40.0), 120.0])
    assert to_the_whole(0.0, 7.0, 40.0, 40.0, compiles=False) == 7.0
    assert to_the_whole(5.0, 4.0, 4.0, 40.0, compiles=False) < 0


def test_no_ratio_is_none_in_words_and_null_in_the_record(contest, monkeypatch):
    monkeypatch.setattr("validation.benchmarks.master_equation.LADDER", (1e-8,))
    monkeypatch.setattr(MasterRace, "_as_accurate", lambda *_: float("nan"))
    record = Record(surroundings(quick=True))
    group = MasterRace(contest, record).table((Case("small", SMALL, {"tsit5": 0.5}),))
    assert group.rows[1][-2] == "none"
    assert json.loads(record.text(), parse_constant=pytest.fail)["groups"][0]["figures"][1]["ratio_as_accurate"] is None


def test_start_up_is_measured_in_new_processes():
    record = Record(surroundings(quick=True))
    group = first_calls({"NumPy"}, record)
    assert [row[0] for row in group.rows] == ["NumPy"]
    assert all(value >= 0 for value in group.figures[0].values())
    assert {tool for tool, _ in JOBS} == {
        "ours",
        "NumPy",
        "sdeint",
        "XMDS2",
        "diffrax",
        "torchsde",
        "QuTiP",
        "dynamiqs",
    }


def test_it_is_said_if_no_step_is_good_enough(contest, monkeypatch):
    monkeypatch.setattr("validation.benchmarks.trajectories.coarsest_steps", lambda group, *, quick: {})
    running, record = race(contest)
    assert [group.rows for group in running.accuracy()] == [[], []]
    assert record.wrong == ["no scheme of ours has a bias below 0.005 at any of the steps tried"]


def test_a_bias_is_the_sum_of_the_changes_below_it_and_small_at_every_time(monkeypatch):
    halvings = len(STEPS) - 1
    changes = [Level(step, np.array([0.001, 0.0002]), np.array([0.0, 0.0]), 1.0, 1.0) for step in STEPS[1:]]
    bias, error = bias_of(changes, 0)
    assert bias == pytest.approx(np.array([0.001, 0.0002]) * halvings)
    assert not error.any()
    assert bias_of(changes, halvings - 1)[0] == pytest.approx([0.001, 0.0002])
    for scatter, step in ((0.0001, 0.02), (0.0021, 0.0025)):
        # The bias is largest at the first time, the error at the second.
        scattered = [replace(level, error=np.array([0.0, scatter])) for level in changes]
        assert bias_of(scattered, 0)[1][1] == pytest.approx(scatter * np.sqrt(halvings - 2 + 4))
        monkeypatch.setattr("validation.benchmarks.accuracy.levels", lambda *_, found=scattered, **__: found)
        longest = coarsest_steps(bias_table(), quick=True)
        assert longest["heun", "gaussian"] == step


def test_halvings_have_numbers_of_their_own_and_a_companion_for_each_trajectory():
    steps = (0.16, 0.08, 0.04)
    found = levels(SCHEMES["heun"], Noise.GAUSSIAN, steps, 2560)
    assert [level.step for level in found] == [0.08, 0.04]
    assert all(np.all(level.error > 0) for level in found)
    alone = levels(SCHEMES["heun"], Noise.GAUSSIAN, (0.08, 0.04), 2560)[0]
    # As the first of its levels the same step draws other numbers.
    assert not np.array_equal(alone.difference, found[1].difference)
    assert np.all(np.abs(alone.difference - found[1].difference) < 5 * np.hypot(alone.error, found[1].error))


def test_a_row_has_as_many_cells_as_there_are_columns():
    with pytest.raises(ValueError, match="must have 2 cells, got 1"):
        Group("title", ["a", "b"]).add(["one"])


def test_a_ratio_is_of_medians_and_its_spread_of_neighbours():
    ratio, pairs = ratio_of([10.0, 12.0, 30.0], [2.0, 3.0, 10.0])
    assert (ratio, pairs) == (4.0, [5.0, 4.0, 3.0])

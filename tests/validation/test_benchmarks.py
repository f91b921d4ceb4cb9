"""The race of the benchmarks: what it runs, whom it names as missing, and that another equation is noticed."""

import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from validation.__main__ import main
from validation.benchmarks.contest import Contest, Contestant, ContestantFailed, NotInstalled
from validation.benchmarks.contestants import MasterWork, Work, with_xmds2
from validation.benchmarks.contestants.xmds2_script import LATTICE, script
from validation.benchmarks.first_calls import JOBS, first_calls
from validation.benchmarks.master_equation import BATTERY, DISAGREES, FULL, METHODS, QUICK, Case, MasterRace
from validation.benchmarks.record import Group, Record, ratio_of, surroundings
from validation.benchmarks.trajectories import ENTRIES, LIMIT, OURS, Entry, Race

ROOT = Path(__file__).parents[2]
SMALL = MasterWork("", (10, 4), 0.5, 5, 1e-8, BATTERY)
BUILDERS = {
    "absent": "print(json.dumps(dict(missing='no module', how='pip install absent')), flush=True)",
    "broken": "print(json.dumps(dict(version='1', imported=0.1)), flush=True); sys.exit(3)",
    "refusing": """
print(json.dumps(dict(version='1', imported=0.1)), flush=True)
for line in sys.stdin:
    print(json.dumps(dict(failed='ValueError: no such scheme')), flush=True)
""",
    "hanging": """
print(json.dumps(dict(version='1', imported=0.1)), flush=True)
import subprocess, time
child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])
open(sys.argv[1], 'w').write(f'{os.getpid()} {child.pid}')
time.sleep(600)
""",
}


def invented(kind, *arguments):
    """The command of a contestant that behaves like this."""
    return [sys.executable, "-c", f"import json, os, sys\n{BUILDERS[kind]}", *map(str, arguments)]


@pytest.fixture(scope="module")
def contest():
    """Ours and the tools that tests may count on."""
    with Contest(dict.fromkeys(("ours", "NumPy", "sdeint", "QuTiP"))) as running:
        yield running


def race(contest):
    """A race of short runs, and its record."""
    record = Record(surroundings(quick=True))
    return Race(contest, record, quick=True), record


def small(tool, arrangement, count):
    """An ensemble that takes a second."""
    return Entry(tool, arrangement, "heun", count, "heun", best=True)


@pytest.mark.parametrize("arrangement", ["multi-path", "lattice", "lattice, real"])
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
    assert len(components) == (8 if arrangement == "lattice, real" else 4)
    assert "kappa = 0.3," in root.find("features/globals").text
    paths = root.find("driver").attrib["paths"]
    assert int(paths) == (2 * LATTICE if arrangement == "multi-path" else 2)
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
        script(replace(Work("euler", "lattice", LATTICE, 400, 1 / 20), **change))


def test_the_output_of_xmds2_is_read_as_sums_over_the_lattice():
    stream = '<Stream><Metalink Format="Text" Delimiter=" \\n"/>\n'
    text = f"{stream}t n pair pump square \n</Stream>{stream}0.0 0.0 0.0 0.0 0.0\n2.0 40.0 1.0 2.0 420.0\n</Stream>"
    found = with_xmds2.read(text, Work("euler", "lattice", 4, 10, 0.2))
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
    group = MasterRace(contest, record).table((Case("small", SMALL, {"tsit5": 0.4}),))
    assert [row[1] for row in group.rows] == ["ours", "QuTiP, tsit5"]
    assert not record.wrong
    assert group.rows[1][-1] == "t = 0 … 0.4"
    assert {"ratio", "ratio_as_accurate", "error"} <= {*group.figures[1]}


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


def test_who_is_missing_is_named_and_how_to_get_it():
    with pytest.raises(NotInstalled, match=r"not installed: Absent \(pip install absent\)"):
        Contestant("Absent", command=invented("absent")).start()
    with Contest({"Absent": invented("absent"), "NumPy": None}) as found:
        assert found.peers["Absent"].state == "not installed: Absent (pip install absent)"
        assert found.peers["NumPy"].state == "raced"
        assert {*found.running} == {"NumPy"}


def test_xmds2_is_missing_without_its_program(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotInstalled, match=r"not installed: XMDS2 \(.*apt install xmds2\)"):
        Contestant("XMDS2").start()


@pytest.mark.parametrize(("kind", "words"), [("broken", "exit code 3"), ("refusing", "no such scheme")])
def test_a_tool_that_fails_is_named_and_the_race_goes_on(kind, words):
    with Contest({"ours": None, "Odd": invented(kind)}) as contest:
        running, record = race(contest)
        group = running.speed((small("Odd", "any", 16),), 200, OURS[1:2])
    assert "Odd" not in contest.running
    assert all(row[0].startswith("ours") for row in group.rows)
    assert len(record.wrong) == 1
    assert record.wrong[0].startswith("failed: Odd: ")
    assert words in record.wrong[0]
    assert contest.peers["Odd"].state == record.wrong[0]


def test_without_ours_there_is_no_race():
    with Contest({"ours": invented("refusing"), "NumPy": None}) as contest:
        running, _ = race(contest)
        with pytest.raises(ContestantFailed, match="failed: ours"):
            running.speed((), 200)


def test_what_a_tool_has_started_ends_with_it(tmp_path):
    mark = tmp_path / "pids"
    contestant = Contestant("Hanging", command=invented("hanging", mark)).start()
    deadline = time.monotonic() + 30
    while not (mark.exists() and len(mark.read_text().split()) == 2) and time.monotonic() < deadline:
        time.sleep(0.02)
    contestant.close()
    for pid in map(int, mark.read_text().split()):
        while _runs(pid) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not _runs(pid)


def _runs(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_ctrl_c_exits_with_130_and_leaves_no_record(tmp_path):
    command = [sys.executable, "-m", "validation", "benchmarks", "--quick", "--json", str(tmp_path / "record.json")]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    first = process.stdout.readline()
    assert "date" in first
    process.send_signal(signal.SIGINT)
    _, words = process.communicate(timeout=60)
    assert process.returncode == 130
    assert words.strip() == "interrupted"
    assert not (tmp_path / "record.json").exists()


@pytest.mark.parametrize("where", [".", "there/record.json"])
def test_a_record_that_cannot_be_written_is_refused_before_any_work(where, tmp_path, capsys, monkeypatch):
    monkeypatch.delattr("validation.benchmarks.race")
    assert main(["benchmarks", "--json", str(tmp_path / where)]) == 2
    words = capsys.readouterr()
    assert "--json must be a file that can be written" in words.err
    assert not words.out
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("trouble", "code"), [([], 0), (["disagrees: NumPy, heun: n̄ is +9.0 σ off"], 1)])
def test_the_record_has_tables_with_figures_beside_them(trouble, code, tmp_path, capsys, monkeypatch):
    def invented_race(record, console, *, quick):
        assert quick
        group = Group("speed, ns", ["tool", "ns"])
        group.add(["ours", "4.00"], nanoseconds=4.0)
        record.wrong += trouble
        yield group

    monkeypatch.setattr("validation.benchmarks.race", invented_race)
    path = tmp_path / "record.json"
    assert main(["benchmarks", "--quick", "--json", str(path)]) == code
    record = json.loads(path.read_text(encoding="utf-8"))
    assert {*record} == {"surroundings", "peers", "groups", "wrong", "skipped"}
    (group,) = record["groups"]
    assert group["columns"] == ["tool", "ns"]
    assert (group["rows"], group["figures"]) == ([["ours", "4.00"]], [{"nanoseconds": 4.0}])
    assert record["skipped"]
    assert {"cpu", "python", "numpy", "clock", "tier", "load"} <= {*record["surroundings"]}
    printed = capsys.readouterr().out
    assert "skipped: master equation at cutoffs (64, 12)" in printed
    assert all(words in printed for words in trouble)


def test_a_row_has_as_many_cells_as_there_are_columns():
    with pytest.raises(ValueError, match="must have 2 cells, got 1"):
        Group("title", ["a", "b"]).add(["one"])


def test_a_ratio_is_of_medians_and_its_spread_of_neighbours():
    ratio, pairs = ratio_of([10.0, 12.0, 30.0], [2.0, 3.0, 10.0])
    assert (ratio, pairs) == (4.0, [5.0, 4.0, 3.0])


def test_contestants_share_one_core_and_have_one_thread(contest):
    pids = [running._process.pid for running in contest.running.values()]
    assert {frozenset(os.sched_getaffinity(pid)) for pid in pids} == {frozenset({max(os.sched_getaffinity(0))})}
    environment = Path(f"/proc/{pids[0]}/environ").read_bytes().split(b"\0")
    assert b"OMP_NUM_THREADS=1" in environment

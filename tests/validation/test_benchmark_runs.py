"""A run of the benchmarks: tools in processes of their own, and a record whatever ends the run."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.validation.invented_contestants import invented, race, small
from validation.__main__ import main
from validation.benchmarks.contest import Contest, Contestant, ContestantFailed, NotInstalled
from validation.benchmarks.contestants import Work
from validation.benchmarks.record import Group
from validation.benchmarks.trajectories import OURS

ROOT = Path(__file__).parents[2]


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


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("broken", "exit code 3"),
        ("refusing", "no such scheme"),
        ("talking", "its answer is no JSON"),
        ("dying", "SIGABRT; it last said: Fatal Python error: Aborted"),
    ],
)
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


def test_a_tool_that_does_not_answer_is_given_up_and_ended():
    contestant = Contestant("Silent", command=invented("silent"), patience=30).start()
    process, contestant.patience = contestant._process, 0.2
    with pytest.raises(ContestantFailed, match=r"failed: Silent: no answer after 0\.2 s"):
        contestant.ask(Work("heun", "any", 16, 20, 1.0))
    assert process.returncode == -signal.SIGKILL
    contestant.close()


def test_paths_to_modules_of_the_user_are_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    program = "print(json.dumps(dict(version=os.environ['PYTHONPATH'], imported=0.1)), flush=True)"
    contestant = Contestant("Any", command=[sys.executable, "-c", f"import json, os\n{program}"]).start()
    contestant.close()
    assert contestant.version == os.pathsep.join([str(ROOT), str(tmp_path)])


def test_without_ours_there_is_no_race():
    with Contest({"ours": invented("refusing"), "NumPy": None}) as contest:
        running, _ = race(contest)
        with pytest.raises(ContestantFailed, match="failed: ours"):
            running.speed((), 200)


def test_if_ours_fails_what_was_measured_is_kept_and_said(tmp_path, capsys, monkeypatch):
    def invented_race(record, console, *, quick):
        record.started(Group("speed, ns", ["tool", "ns"])).add(["NumPy", "40.0"], nanoseconds=40.0, ratio=float("inf"))
        raise ContestantFailed("ours", "no memory")
        yield

    monkeypatch.setattr("validation.benchmarks.race", invented_race)
    monkeypatch.setattr("validation.benchmarks._own_measures", lambda: (failing,))
    path = tmp_path / "record.json"
    assert main(["benchmarks", "--json", str(path)]) == 1
    record = json.loads(path.read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert record["groups"][0]["figures"] == [{"nanoseconds": 40.0, "ratio": None}]
    assert record["wrong"] == ["failed: ours: no memory; the race ended there", "failed: failing: ValueError: odd"]
    assert record["complete"]
    assert "failed: ours: no memory" in capsys.readouterr().out


def failing():
    """A measure that does."""
    raise ValueError("odd")


@pytest.mark.parametrize("how", ["Ctrl-C", "SIGTERM"])
def test_an_interrupted_run_leaves_an_incomplete_record(how, tmp_path, capsys, monkeypatch):
    def invented_race(record, console, *, quick):
        group = record.started(Group("speed, ns", ["tool", "ns"]))
        group.add(["ours", "4.00"], nanoseconds=4.0)
        yield group
        record.started(Group("start-up", ["tool"])).add(["NumPy"])
        if how == "Ctrl-C":
            raise KeyboardInterrupt
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(30)

    monkeypatch.setattr("validation.benchmarks.race", invented_race)
    handler = signal.getsignal(signal.SIGTERM)
    path = tmp_path / "record.json"
    assert main(["benchmarks", "--quick", "--json", str(path)]) == 130
    record = json.loads(path.read_text(encoding="utf-8"))
    assert not record["complete"]
    assert [group["rows"] for group in record["groups"]] == [[["ours", "4.00"]], [["NumPy"]]]
    assert [each.name for each in tmp_path.iterdir()] == ["record.json"]
    assert "interrupted" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGTERM) is handler


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


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_exits_with_130_and_an_incomplete_record(how, tmp_path):
    command = [sys.executable, "-m", "validation", "benchmarks", "--quick", "--json", str(tmp_path / "record.json")]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    first = process.stdout.readline()
    assert "date" in first
    process.send_signal(how)
    _, words = process.communicate(timeout=60)
    assert process.returncode == 130
    assert words.strip() == "python -m validation benchmarks: interrupted"
    assert json.loads((tmp_path / "record.json").read_text(encoding="utf-8"))["complete"] is False


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
        group = record.started(Group("speed, ns", ["tool", "ns"]))
        group.add(["ours", "4.00"], nanoseconds=4.0)
        record.wrong += trouble
        yield group

    monkeypatch.setattr("validation.benchmarks.race", invented_race)
    path = tmp_path / "record.json"
    assert main(["benchmarks", "--quick", "--json", str(path)]) == code
    record = json.loads(path.read_text(encoding="utf-8"))
    assert {*record} == {"surroundings", "peers", "groups", "wrong", "skipped", "complete"}
    (group,) = record["groups"]
    assert group["columns"] == ["tool", "ns"]
    assert (group["rows"], group["figures"]) == ([["ours", "4.00"]], [{"nanoseconds": 4.0}])
    assert record["skipped"]
    assert {"processor", "Python", "numpy", "clock", "tier", "load", "binding"} <= {*record["surroundings"]}
    printed = capsys.readouterr().out
    assert "skipped: master equation at cutoffs (64, 12)" in printed
    assert all(words in printed for words in trouble)


def test_contestants_share_one_core_and_have_one_thread():
    with Contest({"ours": None, "NumPy": None}) as contest:
        pids = [running._process.pid for running in contest.running.values()]
        assert {frozenset(os.sched_getaffinity(pid)) for pid in pids} == {frozenset({max(os.sched_getaffinity(0))})}
        environment = Path(f"/proc/{pids[0]}/environ").read_bytes().split(b"\0")
    assert b"OMP_NUM_THREADS=1" in environment

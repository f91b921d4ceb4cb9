"""`python -m validation paper` as people run it: exit codes, refusals before any work, and that nothing is lost."""

import json
import os
import signal
import subprocess
import sys
import time
from argparse import Namespace
from pathlib import Path

import pytest

from tests.validation.paper.invented_sections import (
    MARK,
    answer_with_an_array,
    break_down,
    comparison,
    double,
    good,
    part,
)
from tests.validation.paper.test_summary import audit
from tests.validation.test_command import nobody_reads
from validation.__main__ import main
from validation.paper.computing import Task
from validation.paper.record import as_json, read
from validation.paper_audit import run

ROOT = Path(__file__).parents[3]
HANGING = """
import sys
from argparse import Namespace
from tests.validation.paper.invented_sections import double, hang, part
from validation import paper_audit
from validation.paper.computing import Task

def parts():
    return [part("figure-2", Task.of(double, 2.0, number=1.5), Task.of(hang))]

if __name__ == "__main__":
    sys.exit(paper_audit.run(Namespace(folder=sys.argv[1], record=None, quick=True), parts))
"""


def asked(folder, *, record=None, quick=True):
    """The command line, parsed."""
    return Namespace(folder=str(folder), record=None if record is None else str(record), quick=quick)


@pytest.fixture
def recorded(tmp_path):
    """A command line that needs nothing computed."""
    path = tmp_path / "record.json"
    path.write_text(as_json(audit(good()).record), encoding="utf-8")
    return asked(tmp_path / "out", record=path, quick=False)


def bad():
    """A figure whose routes differ."""
    return [*good(), part("bad", comparisons=(comparison(shift=9),))]


def unseen():
    """A figure with a control that is not seen."""
    return [*good(), part("bad", comparisons=(comparison(wrong=1.0001),))]


def broken():
    """A figure that lacks a result, and one that has all."""
    tasks = [Task.of(double, number=2.0), Task.of(break_down, number=-1.0), Task.of(answer_with_an_array, number=1.0)]
    return [*good(), part("bad", *tasks)]


def test_a_good_audit_exits_with_0_and_leaves_record_and_page(tmp_path, capsys):
    assert run(asked(tmp_path), good) == 0
    words = capsys.readouterr()
    assert not words.err
    assert "passed: quick audit" in words.out
    assert str(tmp_path / "paper.html") in words.out
    assert sorted(each.name for each in tmp_path.iterdir()) == ["paper.html", "paper.json"]
    record = read(tmp_path / "paper.json")
    assert record.complete
    assert record.quick
    assert record.results["double(number=1.5)"]["twice"] == 3.0
    assert "numpy" in record.surroundings


def test_the_page_of_a_record_is_the_page_of_its_audit(tmp_path, capsys, monkeypatch):
    assert run(asked(tmp_path), good) == 0
    monkeypatch.delattr("validation.paper_audit.work_through")
    again = tmp_path / "again"
    assert run(asked(again, record=tmp_path / "paper.json", quick=False), good) == 0
    assert [each.name for each in again.iterdir()] == ["paper.html"]
    assert (again / "paper.html").read_bytes() == (tmp_path / "paper.html").read_bytes()
    assert str(tmp_path) not in (tmp_path / "paper.html").read_text(encoding="utf-8")
    assert run(asked(again, record=tmp_path / "paper.json", quick=False), bad) == 1


@pytest.mark.parametrize("parts", [bad, unseen])
def test_routes_that_differ_and_controls_that_are_not_seen_exit_with_1(parts, recorded, tmp_path, capsys):
    assert run(recorded, parts) == 1
    assert "NOT PASSED" in capsys.readouterr().out
    assert "What did not pass" in (tmp_path / "out/paper.html").read_text(encoding="utf-8")


def test_what_cannot_be_computed_costs_nothing_else(tmp_path, capsys):
    assert run(asked(tmp_path), broken) == 1
    words = capsys.readouterr()
    assert "INCOMPLETE" in words.out
    assert "no root of -1 <&>" in " ".join(words.out.split())
    record = read(tmp_path / "paper.json")
    assert set(record.results) == {"double(number=1.5)", "double(number=2.0)"}
    assert record.not_computed["break_down(number=-1.0)"] == "ValueError: no root of -1 <&>"
    assert "TypeError" in record.not_computed["answer_with_an_array(number=1.0)"]
    page = (tmp_path / "paper.html").read_text(encoding="utf-8")
    assert "no root of −1 &lt;&amp;&gt;" in page
    assert "This section could not be written" in page
    assert "twice is 3, quick" in page
    assert run(asked(tmp_path / "again", record=tmp_path / "paper.json", quick=False), broken) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"record": "none.json", "quick": False}, "must be a file that can be read"),
        ({"record": "foreign.json", "quick": False}, "has written, got"),
        ({"record": "foreign.json"}, "--quick must come without --from"),
        ({"folder": "file"}, "--out must be a folder that can be written to"),
        ({"folder": "taken"}, "must have no folder called paper.html"),
    ],
)
def test_bad_input_is_refused_before_any_work(change, message, tmp_path, capsys, monkeypatch):
    monkeypatch.delattr("validation.paper_audit.work_through")
    monkeypatch.chdir(tmp_path)
    Path("foreign.json").write_text('{"claims": []}')
    Path("file").touch()
    Path("taken/paper.html").mkdir(parents=True)
    assert run(Namespace(**({"folder": None, "record": None, "quick": True} | change)), good) == 2
    words = capsys.readouterr()
    assert message in words.err
    assert not words.out
    assert "Traceback" not in words.err
    assert not Path("paper.html").exists()


@pytest.mark.parametrize("arguments", [["--json", "x"], ["--only", "x"], ["--out"], ["more"]])
def test_what_is_no_option_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as left:
        main(["paper", *arguments])
    assert left.value.code == 2
    assert "usage: python -m validation" in capsys.readouterr().err


def test_the_command_line_reaches_the_audit(tmp_path, capsys):
    assert main(["paper", "--from", str(tmp_path / "none"), "--out", str(tmp_path)]) == 2
    assert main(["paper", "--from", str(tmp_path / "none"), "--quick"]) == 2
    assert "--quick must come without --from" in capsys.readouterr().err


@pytest.mark.parametrize("broken_output", [nobody_reads, lambda: "/dev/full"])
@pytest.mark.parametrize(("parts", "code"), [(good, 0), (bad, 1)])
def test_output_that_takes_nothing_costs_neither_files_nor_exit_code(
    broken_output, parts, code, recorded, tmp_path, capsys, monkeypatch
):
    with open(broken_output(), "w", encoding="utf-8") as output:
        monkeypatch.setattr(sys, "stdout", output)
        assert run(recorded, parts) == code
    words = capsys.readouterr().err
    assert "the table could not be printed" in words
    assert str(tmp_path / "out/paper.html") in words


def test_a_full_disk_is_a_failure_and_the_table_is_still_printed(recorded, capsys, monkeypatch):
    def full(path, words):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("validation.paper_audit._write", full)
    assert run(recorded, good) == 1
    words = capsys.readouterr()
    assert "the report could not be written" in words.err
    assert "What holds" in words.out


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_audit_keeps_what_it_has_and_says_so(stop, tmp_path):
    script, mark = tmp_path / "hanging.py", tmp_path / "mark"
    script.write_text(HANGING)
    environment = os.environ | {MARK: str(mark), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(script), str(tmp_path / "out")]
    with subprocess.Popen(
        command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        until = time.monotonic() + 60
        while not mark.exists() and time.monotonic() < until:
            time.sleep(0.1)
        time.sleep(1.0)
        running.send_signal(stop)
        out, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "interrupted; 1 results were kept" in err
    assert "Traceback" not in err
    assert "INCOMPLETE" in out
    record = json.loads((tmp_path / "out/paper.json").read_text(encoding="utf-8"))
    assert (record["complete"], record["interrupted"], list(record["results"])) == (False, True, ["double(number=1.5)"])
    assert "interrupted" in record["not_computed"]["hang()"]
    assert "The audit was interrupted" in (tmp_path / "out/paper.html").read_text(encoding="utf-8")

"""`python -m validation` as people run it: what is chosen, refused, written, and the exit code."""

import json
import os
import signal
import subprocess
import sys
import time
from argparse import Namespace
from pathlib import Path

import pytest

from tests.validation.invented_claims import MARK, everything, good
from validation.__main__ import main
from validation.claims import all_chapters
from validation.command import chosen, run

ROOT = Path(__file__).parents[2]
HANGING = """
import sys
from argparse import Namespace
from contextlib import contextmanager
from pathlib import Path
from tests.validation.invented_claims import hanging
from validation import command

@contextmanager
def marking(total, console):
    yield lambda record: Path(sys.argv[2]).touch(), lambda running: None

if __name__ == "__main__":
    command.progress = marking
    sys.exit(command.run(Namespace(only=[], full=True, list=False, out=sys.argv[1]), hanging))
"""


def asked(out, *only, full=False, show=False):
    """The command line, parsed."""
    return Namespace(only=list(only), full=full, list=show, out=str(out))


def test_all_that_stands_exits_with_0_and_leaves_a_report(tmp_path, capsys):
    assert run(asked(tmp_path, full=True), good) == 0
    words = capsys.readouterr()
    assert "a-curve-is-right" in words.out
    assert str(tmp_path / "validation.html") in words.out
    assert not words.err
    record = json.loads((tmp_path / "validation.json").read_text(encoding="utf-8"))
    assert (record["passed"], record["complete"], record["tier"], len(record["claims"])) == (True, True, "full", 3)


@pytest.mark.parametrize("name", ["a-curve-is-wrong", "a-control-is-not-seen", "a-check-crashes", "a-process-exits"])
def test_whatever_fails_exits_with_1(name, tmp_path):
    assert run(asked(tmp_path, name), everything) == 1


@pytest.mark.parametrize(
    ("only", "full", "names"),
    [
        ([], False, ["a-curve-is-right", "a-bias-is-declared"]),
        ([], True, ["a-curve-is-right", "a-bias-is-declared", "a-long-one-is-right"]),
        (["a-long-one-is-right"], False, ["a-long-one-is-right"]),
        (["good_claims"], False, ["a-curve-is-right", "a-bias-is-declared"]),
        (["good-claims"], True, ["a-curve-is-right", "a-bias-is-declared", "a-long-one-is-right"]),
        (["claims that stand <&> are kept", "a-long-one-is-right"], False, None),
    ],
)
def test_claims_are_chosen_by_name_chapter_and_tier(only, full, names):
    found = [claim.name for claim in chosen(good(), only, full=full)]
    assert found == (names or ["a-curve-is-right", "a-bias-is-declared", "a-long-one-is-right"])


@pytest.mark.parametrize("out", ["there", "file"])
def test_a_near_miss_is_refused_with_the_nearest_name(out, tmp_path, capsys):
    (tmp_path / "file").touch()
    assert run(asked(tmp_path / out, "a-curve-is-rigt"), everything) == 2
    assert "got 'a-curve-is-rigt'; the nearest one is 'a-curve-is-right'" in capsys.readouterr().err
    assert not (tmp_path / "there").exists()


def test_a_name_that_nothing_is_like_has_no_nearest_one(tmp_path, capsys):
    assert run(asked(tmp_path, "zzzzzzzz"), everything) == 2
    assert "got 'zzzzzzzz'." in capsys.readouterr().err


def test_a_folder_that_is_a_file_is_refused_before_any_work(tmp_path, capsys, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.delattr("validation.command._examine")
    assert run(asked(tmp_path / "file"), everything) == 2
    words = capsys.readouterr()
    assert "--out must be a folder" in words.err
    assert "Traceback" not in words.err
    assert not words.out


def test_the_list_has_names_tiers_and_statements_and_checks_nothing(tmp_path, capsys):
    assert run(asked(tmp_path / "there", show=True), everything) == 0
    words = capsys.readouterr().out
    assert "a-long-one-is-right  [full]" in words
    assert "What takes long is right too." in words
    assert not (tmp_path / "there").exists()


def nobody_reads():
    """The writing end of a pipe whose reading end is closed."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


@pytest.mark.parametrize("broken", [nobody_reads, lambda: "/dev/full"])
@pytest.mark.parametrize(("name", "code"), [("a-curve-is-right", 0), ("a-curve-is-wrong", 1)])
def test_output_that_takes_nothing_costs_neither_report_nor_exit_code(
    broken, name, code, tmp_path, capsys, monkeypatch
):
    with open(broken(), "w", encoding="utf-8") as output:
        monkeypatch.setattr(sys, "stdout", output)
        assert run(asked(tmp_path, name), everything) == code
    words = capsys.readouterr().err
    assert "the table could not be printed" in words
    assert str(tmp_path / "validation.html") in words
    assert json.loads((tmp_path / "validation.json").read_text(encoding="utf-8"))["passed"] is (code == 0)


def test_output_without_greek_letters_still_has_the_table(tmp_path, monkeypatch):
    with open(tmp_path / "printed", "w", encoding="ascii") as output:
        monkeypatch.setattr(sys, "stdout", output)
        assert run(asked(tmp_path, "a-curve-is-wrong"), everything) == 1
    assert "photon number n?" in (tmp_path / "printed").read_text(encoding="ascii")
    assert (tmp_path / "validation.html").exists()


def test_a_list_that_cannot_be_printed_is_a_failure_in_one_line():
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "validation", "--list"]
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT, check=False)
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line.startswith("python -m validation: the list could not be printed")


@pytest.mark.parametrize("interrupted", [False, True])
def test_a_full_disk_is_a_failure_and_the_table_is_still_printed(interrupted, tmp_path, capsys, monkeypatch):
    def full(findings, folder):
        findings.interrupted = interrupted
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(
        "validation.command._examine", lambda findings, _: setattr(findings, "interrupted", interrupted)
    )
    monkeypatch.setattr("validation.command.write", full)
    assert run(asked(tmp_path, "a-curve-is-right"), good) == (130 if interrupted else 1)
    words = capsys.readouterr()
    assert "a-curve-is-right" in words.out
    assert "the report could not be written" in words.err


@pytest.mark.parametrize("word", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stops_at_once_and_writes_what_was_found(word, tmp_path):
    script = tmp_path / "hanging.py"
    script.write_text(HANGING, encoding="utf-8")
    mark, done = tmp_path / "hangs", tmp_path / "done"
    environment = os.environ | {"PYTHONPATH": str(ROOT), MARK: str(mark)}
    command = [sys.executable, str(script), str(tmp_path), str(done)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 60
        while not (mark.exists() and done.exists()) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(word)
        # Those that hang would do so for ten minutes.
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert not err
    assert "INCOMPLETE" in out.decode()
    record = json.loads((tmp_path / "validation.json").read_text(encoding="utf-8"))
    assert (record["complete"], record["passed"]) == (False, False)
    claims = {each["name"]: each for each in record["claims"]}
    assert claims["a-quick-one"]["outcome"] == "agrees"
    assert claims["a-first-one-hangs"]["trouble"].startswith("interrupted after")
    assert "Incomplete" in (tmp_path / "validation.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("arguments", [["--nonsense"], ["nonsense"], ["--only"]])
def test_what_is_no_option_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert "usage: python -m validation" in capsys.readouterr().err


@pytest.mark.parametrize("option", [["--full"], ["--only", "x"], ["--list"], ["--out", "."]])
@pytest.mark.parametrize("command", ["paper", "benchmarks"])
def test_options_of_the_audit_are_refused_before_another_command(option, command, capsys):
    with pytest.raises(SystemExit) as left:
        main([*option, command])
    assert left.value.code == 2
    assert f"{option[0]} must come without a command, got {command!r}" in capsys.readouterr().err


def test_the_command_lists_the_claims_of_this_project(capsys):
    assert main(["--list"]) == 0
    words = capsys.readouterr().out
    for subject in all_chapters().values():
        assert subject.title in words
        assert all(f"  {claim.name}  [{claim.tier.value}]\n" in words for claim in subject.claims)

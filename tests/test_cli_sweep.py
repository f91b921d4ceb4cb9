"""`phasespace-qb sweep`: options or a file in; a table, a result that can be extended, and a picture out."""

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb import cli
from phasespace_qb.sweeping import engine
from tests.test_cli import files, run

SMALL = ["--trajectories=2560", "--until=1", "--samples=3", "--step=0.05"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "60")
    return tmp_path


@pytest.fixture
def computed(monkeypatch):
    """The systems that were really simulated."""
    seen = []
    carry_out = engine.carry_out
    monkeypatch.setattr(engine, "carry_out", lambda task: (seen.append(task.given), carry_out(task))[1])
    return seen


def test_a_table_a_result_and_a_picture(folder, capsys):
    assert run("sweep", *SMALL, "--over=pump=1:3:3", "--over=kappa=0.5 0.25", "--seed=4") == cli.DONE
    text = capsys.readouterr().out
    assert "γ_s t = 1, energies in ħω_s (standard error)" in text
    rows = [line.split() for line in text.splitlines() if line.strip().endswith("trust")]
    assert [row[:2] for row in rows] == [[f, k] for f in ("1", "2", "3") for k in ("0.5", "0.25")]
    assert "…" not in text  # no digit is cut off, however narrow the terminal
    assert text.endswith("trust     6 of 6 points, over all times\nwritten   sweep.nc, sweep.png\n")
    assert files(folder) == ["sweep.nc", "sweep.png"]
    swept = qb.load("sweep.nc")
    value, error = float(swept.energy[2, 0, -1]), float(swept.energy_stderr[2, 0, -1])
    shown, digits = rows[4][2].rstrip(")").split("(")
    places = len(shown.split(".")[1])
    assert float(shown) == pytest.approx(value, abs=0.51 * 10**-places)
    assert int(digits) == pytest.approx(error * 10**places, abs=0.51)
    # The command that made it makes it again, to the bit.
    assert run(*shlex.split(swept.attrs["command"])[1:], "--out=again.nc") == cli.DONE
    again = qb.load("again.nc")
    assert all(again[name].equals(swept[name]) for name in swept.data_vars)


def test_the_seed_that_was_drawn_is_in_the_command_and_a_second_run_goes_on(computed):
    assert run("sweep", *SMALL, "--over=pump=1:2:2") == cli.DONE
    assert run("sweep", *SMALL, "--over=pump=1:2:3") == cli.DONE
    assert len(computed) == 3
    swept = qb.load("sweep.nc")
    assert f"--seed={swept.attrs['seed']}" in swept.attrs["command"]
    assert "command" not in swept.variables
    assert run(*shlex.split(swept.attrs["command"])[1:], "--out=again.nc") == cli.DONE
    assert qb.load("again.nc").energy.identical(swept.energy)


def test_a_second_run_computes_only_what_is_new(computed, capsys):
    assert run("sweep", *SMALL, "--over=pump=1:2:2", "--seed=4") == cli.DONE
    first = qb.load("sweep.nc")
    assert len(computed) == 2
    assert run("sweep", *SMALL, "--over=pump=1:2:3", "--seed=4") == cli.DONE
    assert len(computed) == 3
    assert qb.load("sweep.nc").sel(pump=[1.0, 2.0]).energy.identical(first.energy)
    assert run("sweep", *SMALL, "--over=pump=1:2:3", "--seed=5") == cli.BAD_INPUT
    assert "3 points of another sweep" in capsys.readouterr().err
    assert len(computed) == 3


def test_a_file_says_the_same_as_options(capsys):
    text = """
    until = 1
    samples = 3
    step = 0.05
    trajectories = 2560
    seed = 4
    method = ["positive-p", "lindblad"]
    cutoffs = [12, 6]
    [over]
    threshold-ratio = "0.2:0.4:2"
    noise_parameter = [0.02]
    """
    Path("sweep.toml").write_text(text, encoding="utf-8")
    assert run("sweep", "sweep.toml", "--out=file.nc") == cli.DONE
    options = ["--over=threshold-ratio=0.2:0.4:2", "--over=noise-parameter=0.02", "--method=positive-p,lindblad"]
    assert run("sweep", *SMALL, *options, "--cutoffs=12 6", "--seed=4") == cli.DONE
    one, other = qb.load("file.nc"), qb.load("sweep.nc")
    assert one.energy.identical(other.energy)
    assert one["solver"].values.tolist() == ["positive-p", "lindblad"]
    # What is typed wins.
    assert run("sweep", "sweep.toml", "--out=longer.nc", "--samples=5", "--over=noise-parameter=0.03") == cli.DONE
    longer = qb.load("longer.nc")
    assert longer.sizes["time"] == 5
    assert longer["noise_parameter"].values.tolist() == [0.03]


def test_a_rejected_point_is_said_and_fails(capsys):
    arguments = ["--over=kappa=0.5,10", "--pump=1", "--trajectories=2560", "--until=5", "--samples=3", "--seed=1"]
    assert run("sweep", *arguments) == cli.FAILED
    text = capsys.readouterr().out
    assert "reject    1 of 2 points" in text
    assert "became infinite" in text


BAD = [
    ([], "`over` must be about at least one parameter"),
    (["--over=pump"], '`over` must be of the form "pump=1:3:21"'),
    (["--over=pump="], '`over` must be of the form "pump=1:3:21"'),
    (["--over=pump=1:2"], "`over` must be FIRST:LAST:COUNT"),
    (["--over=pump=1:2:3:lin"], "`over` must be FIRST:LAST:COUNT"),
    (["--over=pump=0:2:3:log"], "`over` must be positive for a geometric range"),
    (["--over=pump=1:2:0"], "`over` must be a whole number"),
    (["--over=pump=1:x:3"], "`over` must be a number, got 'x'"),
    (["--over=pump=1 x"], "`pump` must be a number, got 'x'"),
    (["--over=pump=1,nan"], "`pump` must be a list of finite real numbers, each once, got nan"),
    (["--over=pump=1 1"], "got an array that has 1 twice"),
    (["--over=pump=1", "--over=pump=2"], "`over` must be about each parameter once"),
    (["--over=threshold-rato=1"], "Did you mean threshold_ratio?"),
    (["--over=kappa=1,-1"], "`kappa` must be a finite positive rate, got -1.0. (At kappa = -1.)"),
    (["--over=pump=0:3:300000", "--samples=1000"], "`over` must be a sweep whose results fit"),
    (["--over=pump=1", "--method=positive"], "`method` must be one of positive-p"),
    (["--over=pump=1", "--method="], "`method` must be one or more of"),
    (["--over=pump=1", "--method=linear linear"], "each once, got 'linear linear'"),
    (["--over=pump=1", "--method=linear", "--trajectories=10"], "`trajectories` must be left out with linear"),
    (["--over=pump=1", "--out=a.png"], "`out` must be the result file, not the picture"),
    (["--over=pump=1", "--out=missing/a.nc"], "`out` must be in an existing folder"),
    (["missing.toml"], "`file` must be a TOML file, got 'missing.toml'. There is no such file."),
    (["bad.toml"], "`file` must be a TOML file, got 'bad.toml'. ("),
    (["unknown.toml"], "`key` must be one of"),
    (["table.toml"], "`over` must be a table"),
    (["range.toml"], "`pump` must be a list of finite real numbers"),
    (["truth.toml"], "`samples` must be a number, a text or a list, got True"),
    (["flag.toml"], "`common_random_numbers` must be true or false, got 0"),
    (["twice.toml"], "`gamma_p` must be given once, got 'a second value, with - and with _'"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD, ids=str)
def test_bad_sweeps_are_one_line_and_exit_code_2(arguments, message, folder, capsys, computed):
    Path("bad.toml").write_text("until = ", encoding="utf-8")
    Path("unknown.toml").write_text("unitl = 3\n[over]\npump = [1]", encoding="utf-8")
    Path("table.toml").write_text("over = 3", encoding="utf-8")
    Path("range.toml").write_text('[over]\npump = ["a"]', encoding="utf-8")
    Path("truth.toml").write_text("samples = true\n[over]\npump = [1]", encoding="utf-8")
    Path("flag.toml").write_text("common_random_numbers = 0\n[over]\npump = [1]", encoding="utf-8")
    Path("twice.toml").write_text("gamma-p = 4\ngamma_p = 5\n[over]\npump = [1]", encoding="utf-8")
    before = files(folder)
    assert run("sweep", *arguments) == cli.BAD_INPUT
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("phasespace-qb: ")
    assert shown.err.count("\n") == 1
    assert message in shown.err
    assert files(folder) == before
    assert computed == []


def test_an_unknown_key_names_the_nearest_one(capsys):
    Path("s.toml").write_text("unitl = 3\n[over]\npump = [1]", encoding="utf-8")
    run("sweep", "s.toml")
    assert "Did you mean until?" in capsys.readouterr().err


@pytest.mark.slow
def test_an_interrupted_sweep_keeps_its_points(folder):
    """Ctrl-C: exit code 130, the points that are done are in the file, and the next run takes them from there."""
    arguments = ["sweep", "--over=pump=0.5:3:3000", "--trajectories=2560", "--until=2", "--seed=4", "--samples=2"]
    program = [sys.executable, "-m", "phasespace_qb", *arguments]
    process = subprocess.Popen(
        program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    time.sleep(12.0)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == cli.INTERRUPTED, errors
    assert "Traceback" not in errors
    assert "points are in sweep.nc; the same command goes on from there." in errors
    assert files(folder) == ["sweep.nc"]
    done = np.isfinite(qb.load("sweep.nc").energy.values[:, -1])
    assert 1 <= done.sum() < 3000

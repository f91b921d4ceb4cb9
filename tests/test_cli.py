"""The command as a user types it: exit codes, one line for what goes wrong, files that are complete or absent."""

import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb import cli, simulation
from phasespace_qb.commands import options

SMALL = ["--trajectories", "2560", "--until", "3", "--samples", "5"]


def run(*arguments: str) -> int:
    """Exit code of the command, run in this process."""
    with pytest.raises(SystemExit) as left:
        cli.main(list(arguments))
    return int(left.value.code or 0)


def command(*arguments: str, **options) -> subprocess.Popen[str]:
    """The command in a process of its own."""
    program = [sys.executable, "-m", "phasespace_qb", *arguments]
    return subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def charged(tmp_path_factory) -> Path:
    """A folder with the files of one good run."""
    folder = tmp_path_factory.mktemp("charged")
    assert run("charge", *SMALL, "--seed=4", f"--out={folder}/charge.nc") == cli.DONE
    return folder


BAD = [
    *[f"--pump={value}" for value in ("abc", "", "nan", "inf", "1e400", "1 2", "3+", "1+nanj", "None")],
    *[f"--kappa={value}" for value in ("0", "-1", "nan", "inf", "x", "1j")],
    *[f"--gamma-p={value}" for value in ("0", "-1", "nan", "x")],
    *[f"--detuning={value}" for value in ("nan", "inf", "x", "1j")],
    *[f"--off-at={value}" for value in ("0", "-1", "nan", "x", "")],
    *[f"--until={value}" for value in ("0", "-1", "nan", "inf", "1e300", "1e12", "x")],
    *[f"--samples={value}" for value in ("1", "0", "-5", "2.5", "1e9", "nan", "inf", "x")],
    *[f"--trajectories={value}" for value in ("0", "-5", "1.5", "1e30", "nan", "inf", "x", "")],
    *[f"--step={value}" for value in ("0", "-1", "nan", "5", "1e-15", "x")],
    *[f"--seed={value}" for value in ("-1", "1.5", "1e3", "x", "9" * 5_000)],
    *[f"--method={value}" for value in ("", "lindblad", "positive")],
    *[f"--out={value}" for value in ("missing/a.nc", ".", "", "a.png", "x" * 245 + ".nc", "~no-such-user/a.nc")],
    "--method",
    "--bogus=3",
    "extra",
]


@pytest.mark.parametrize("argument", BAD, ids=lambda text: text[:30])
def test_bad_options_are_one_line_and_exit_code_2(argument, folder, capsys):
    assert run("charge", "--trajectories=200", argument) == cli.BAD_INPUT
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("phasespace-qb: ")
    assert shown.err.count("\n") == 1
    assert "Traceback" not in shown.err
    assert files(folder) == []


@pytest.mark.parametrize(
    "arguments", [["bogus"], ["--bogus"], ["plot"], ["plot", "none.nc"], ["plot", "."], ["plot", "x" * 300]]
)
def test_bad_commands_are_one_line_and_exit_code_2(arguments, folder, capsys):
    assert run(*arguments) == cli.BAD_INPUT
    assert capsys.readouterr().err.count("\n") == 1
    assert files(folder) == []


def test_without_arguments_the_command_explains_itself(capsys):
    run()
    shown = capsys.readouterr()
    assert "charge" in shown.out + shown.err


def test_a_folder_that_cannot_be_written_is_refused_before_the_run(folder, capsys, monkeypatch):
    def refuses(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuses)
    monkeypatch.setattr(simulation, "simulate", lambda *_, **__: pytest.fail("the run was started"))
    assert run("charge") == cli.BAD_INPUT
    assert "in a writable folder" in capsys.readouterr().err
    assert files(folder) == []


def test_a_pipe_in_place_of_the_file_stays_one(folder, capsys):
    os.mkfifo("charge.nc")
    assert run("charge", *SMALL) == cli.BAD_INPUT
    assert "a regular file or a new one" in capsys.readouterr().err
    assert (folder / "charge.nc").is_fifo()
    assert files(folder) == ["charge.nc"]


def test_charging_prints_what_matters_and_writes_two_files(folder, capsys):
    assert run("charge", *SMALL, "--seed=4") == cli.DONE
    text = capsys.readouterr().out
    for part in ("λ = |F_p|/F_th = 1.5", "g² = 0.03125", "ergotropy W", "verdict   trust", "seed 4"):
        assert part in text
    assert text.endswith("written   charge.nc, charge.png\n")
    assert files(folder) == ["charge.nc", "charge.png"]
    assert (folder / "charge.png").read_bytes().startswith(b"\x89PNG")


def test_the_file_is_what_the_library_would_have_computed(charged):
    stored = qb.load(charged / "charge.nc")
    direct = qb.simulate(qb.DopoBattery(pump=3.0), np.linspace(0, 3, 5), qb.PositiveP(2_560, rng=4))
    assert set(stored.attrs) - set(direct.attrs) == {"command", "title"}
    assert stored.assign_attrs(direct.attrs).drop_attrs().identical(direct.drop_attrs())


@pytest.mark.parametrize("more", [[], ["--pump=1 - 2j", "--off-at=1.5", "--method=Wigner", "--detuning=-0.5"]])
def test_the_recorded_command_reproduces_the_run(more, folder):
    assert run("charge", *SMALL, "--out=first.nc", *more) == cli.DONE
    first = qb.load("first.nc")
    recorded = shlex.split(first.attrs["command"])
    assert recorded[0] == "phasespace-qb"
    assert run(*recorded[1:], "--out=second.nc") == cli.DONE
    assert qb.load("second.nc").identical(first)


def test_a_second_run_replaces_the_files_of_the_first(folder):
    for seed in (1, 2):
        assert run("charge", *SMALL, f"--seed={seed}") == cli.DONE
    assert qb.load("charge.nc").attrs["seed"] == "2"
    assert files(folder) == ["charge.nc", "charge.png"]


def test_a_rejected_run_is_written_and_leaves_with_1(folder, capsys):
    assert run("charge", *SMALL, "--kappa=8", "--gamma-p=1", "--pump=10") == cli.FAILED
    text = capsys.readouterr().out
    assert "verdict   reject" in text
    assert "became infinite or NaN" in text
    assert qb.load("charge.nc").attrs["verdict"] == "reject"


def test_few_trajectories_say_so_without_a_warning(folder, capsys):
    assert run("charge", "--trajectories=5", "--until=1", "--samples=3", "--seed=1") == cli.DONE
    shown = capsys.readouterr()
    assert "too few for error bars" in shown.out
    assert "unknown" in shown.out
    assert shown.err == ""


def test_plot_draws_both_kinds_and_several_runs(charged, folder, capsys):
    result = str(charged / "charge.nc")
    assert run("plot", result, "--out=curves.pdf") == cli.DONE
    assert run("plot", result, result, "--out=two.png") == cli.DONE
    assert run("plot", result, "--kind=portrait", "--out=portrait.svg") == cli.DONE
    assert files(folder) == ["curves.pdf", "portrait.svg", "two.png"]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("out", ["picture", "charge.nc", "a.xyz", "missing/a.png", "."])
def test_a_picture_needs_a_name_that_says_its_format(charged, folder, capsys, out):
    (folder / "charge.nc").write_bytes((charged / "charge.nc").read_bytes())
    assert run("plot", "charge.nc", f"--out={out}") == cli.BAD_INPUT
    assert "`out` must be" in capsys.readouterr().err
    assert files(folder) == ["charge.nc"]
    assert (folder / "charge.nc").read_bytes() == (charged / "charge.nc").read_bytes()


def test_what_cannot_be_drawn_is_one_line(charged, folder, capsys):
    result = str(charged / "charge.nc")
    qb.save(qb.load(result)[["energy"]], "energy.nc")
    (folder / "text.nc").write_text("time, energy")
    for arguments in (
        ["energy.nc"],
        ["text.nc"],
        [result, "--kind=bars"],
        [result, "--kind=wigner"],
        [result, result, "--kind=portrait"],
    ):
        assert run("plot", *arguments) == cli.BAD_INPUT
        assert capsys.readouterr().err.count("\n") == 1, arguments
    assert files(folder) == ["energy.nc", "text.nc"]


@pytest.mark.parametrize("where", ["simulate", "save", "save_picture"])
def test_an_interrupt_leaves_with_130_and_no_partial_file(where, folder, capsys, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    module = {"simulate": "simulation", "save": "results.store", "save_picture": "commands.charge"}[where]
    monkeypatch.setattr(f"phasespace_qb.{module}.{where}", interrupted)
    assert run("charge", *SMALL) == cli.INTERRUPTED
    assert capsys.readouterr().err.startswith("phasespace-qb: interrupted")
    assert files(folder) == (["charge.nc"] if where == "save_picture" else [])


# Other methods


def test_linear_theory_charges_too(folder, capsys):
    assert run("charge", "--method=linear", "--pump=1", "--until=3", "--samples=5") == cli.DONE
    text = capsys.readouterr().out
    assert "method    linear noise, about start" in text
    assert files(folder) == ["charge.nc", "charge.png"]
    recorded = shlex.split(qb.load("charge.nc").attrs["command"])
    assert not any(part.startswith("--seed") for part in recorded)
    assert run(*recorded[1:], "--out=again.nc") == cli.DONE
    assert qb.load("again.nc").identical(qb.load("charge.nc"))


def test_a_branch_has_no_charging_curve_and_no_picture(folder, capsys):
    assert run("charge", "--method=linear-branch", "--until=3", "--samples=5") == cli.DONE
    text = capsys.readouterr().out
    assert "P_max" not in text
    assert text.endswith("written   charge.nc\n")
    assert files(folder) == ["charge.nc"]


@pytest.mark.parametrize(("text", "cutoffs"), [("64 12", (64, 12)), ("64,12", (64, 12)), ("9", (9,)), ("Auto", None)])
def test_cutoffs_are_read_in_any_way(text, cutoffs):
    assert options.number("cutoffs", text, options.cutoffs_of) == cutoffs
    with pytest.raises(
        ValueError, match=r"^`cutoffs` must be whole numbers, one for each mode, or auto, got '9\.5'\.$"
    ):
        options.number("cutoffs", "9.5", options.cutoffs_of)


@pytest.mark.parametrize("option", ["--trajectories=100", "--target-stderr=0.1", "--step=0.01", "--seed=3"])
def test_options_that_a_method_does_not_take_are_refused(option, folder, capsys):
    assert run("charge", "--method=linear", option) == cli.BAD_INPUT
    name = option.removeprefix("--").split("=")[0]
    assert f"`{name}` must be left out with linear" in capsys.readouterr().err
    assert files(folder) == []


def test_an_unexpected_fault_is_not_swallowed(monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(simulation, "simulate", broken)
    with pytest.raises(RuntimeError, match="a fault of ours"):
        cli.main(["charge", *SMALL])


# In a process of its own


@pytest.mark.parametrize(
    ("arguments", "part"),
    [([], "phase-space"), (["charge"], "--trajectories"), (["compare"], "--reference"), (["plot"], "--kind")],
)
def test_help(arguments, part):
    process = command(*arguments, "--help")
    out, err = process.communicate(timeout=60)
    assert process.returncode == cli.DONE
    assert part.lower() in out.lower()
    assert err == ""


def test_help_and_bad_options_load_nothing_heavy():
    code = """
import contextlib, io, sys
from phasespace_qb.cli import main
for arguments in (["--help"], ["compare", "--help"], ["--bogus"]):
    with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
        main(arguments)
print(*{name.split(".")[0] for name in sys.modules})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    heavy = {"numba", "scipy", "xarray", "matplotlib", "h5netcdf"}
    assert "typer" in done.stdout
    assert not heavy & set(done.stdout.split())


def test_version():
    out, _ = command("--version").communicate(timeout=60)
    assert out.strip() == qb.__version__


@pytest.mark.parametrize("arguments", [["charge", "--pump=abc"], ["charge", "--out=missing/a.nc"], ["bogus"]])
def test_bad_input_to_a_real_process(arguments, folder):
    process = command(*arguments, cwd=folder)
    out, err = process.communicate(timeout=60)
    assert process.returncode == cli.BAD_INPUT
    assert (out, err.count("\n")) == ("", 1)
    assert files(folder) == []


def test_a_terminal_without_greek_letters_gets_its_table(folder):
    process = command("charge", *SMALL, cwd=folder, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (cli.DONE, "")
    assert "verdict   trust" in out


@pytest.mark.skipif(os.name != "posix", reason="needs SIGINT")
def test_control_c_stops_a_long_run_at_once(folder):
    process = command("charge", "--trajectories=1e9", cwd=folder)
    time.sleep(4.0)
    assert process.poll() is None
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    try:
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert time.monotonic() - start < 3.0
    assert process.returncode == cli.INTERRUPTED
    assert err == "phasespace-qb: interrupted; no incomplete file was left.\n"
    assert files(folder) == []


def test_reasons_in_the_file_are_those_on_the_screen(folder, capsys):
    assert run("charge", *SMALL, "--detuning=0.5") == cli.DONE
    text = " ".join(capsys.readouterr().out.split())
    stored = json.loads(qb.load("charge.nc").attrs["verdict_reasons"])
    assert stored
    assert all(" ".join(reason.split()) in text for reason in stored)

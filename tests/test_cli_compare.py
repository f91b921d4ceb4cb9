"""`phasespace-qb compare`: two files or two methods, a table, a picture, and an exit code that says what came out."""

import json
from pathlib import Path

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb import cli, simulation
from tests.test_cli import SMALL, files, run


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def charged(tmp_path_factory) -> Path:
    """A folder with the file of one good run."""
    folder = tmp_path_factory.mktemp("charged")
    result = qb.simulate(qb.DopoBattery(pump=3.0), np.linspace(0, 3, 5), qb.PositiveP(20_480, rng=4))
    qb.save(result, folder / "charge.nc")
    return folder


@pytest.fixture(scope="module")
def second(tmp_path_factory) -> Path:
    """A file of the same battery by linear theory, at half of the times and one more."""
    path = tmp_path_factory.mktemp("second") / "linear.nc"
    times = np.array([0.0, 1.5, 2.0, 3.0])
    qb.save(qb.simulate(qb.DopoBattery(pump=3.0), times, qb.LinearNoise()), path)
    return path


def test_two_methods_are_compared_in_a_table_and_a_picture(folder, capsys):
    small = ["--pump=1", "--until=3", "--samples=5", "--trajectories=20480", "--seed=4"]
    assert run("compare", *small, "--reference=linear", "--keep") == cli.DONE
    text = capsys.readouterr().out
    for part in ("run       positive-P, verdict trust", "reference linear noise", "largest z", "ergotropy_coherent"):
        assert part in text
    assert "no errors stated in one result for number_distribution" in text
    assert "verdict   agree\n" in text
    assert files(folder) == ["agreement.png", "agreement.reference.nc", "agreement.run.nc"]
    assert qb.load("agreement.run.nc").attrs["method"] == "positive-P"
    assert run("compare", "agreement.run.nc", "agreement.reference.nc", "--out=again.png") == cli.DONE
    assert capsys.readouterr().out == text.replace(
        "agreement.png, agreement.run.nc, agreement.reference.nc", "again.png"
    )
    # The title of the picture is in the kept results.
    assert Path("again.png").read_bytes() == Path("agreement.png").read_bytes()


def test_steady_states_at_infinity_are_compared_without_a_picture(folder, capsys):
    battery = qb.DopoBattery(pump=0.5, kappa=3)
    steady = qb.steady_state(battery, qb.Lindblad((16, 6)), slow_modes=False)
    qb.save(steady, "steady.nc")
    assert run("compare", "steady.nc", "steady.nc") == cli.DONE
    text = capsys.readouterr().out
    assert "verdict   agree\n" in text
    assert text.endswith("written   nothing\n")
    assert files(folder) == ["steady.nc"]


def test_two_sampled_methods_get_different_random_numbers(folder):
    assert run("compare", *SMALL, "--reference=positive-p", "--seed=4", "--keep") == cli.DONE
    seeds = [qb.load(f"agreement.{role}.nc").attrs["seed"] for role in ("run", "reference")]
    assert seeds == ["4", "5"]


def test_trajectories_are_compared_with_the_exact_solution_unless_said_otherwise(folder, capsys):
    weak = ["--kappa=2.5", "--pump=0.5", "--until=2", "--samples=5"]
    assert run("compare", *weak, "--trajectories=20480", "--seed=4", "--cutoffs=16 6", "--keep") == cli.DONE
    text = capsys.readouterr().out
    assert "reference Lindblad, verdict trust" in text
    assert "verdict   agree" in text
    assert qb.load("agreement.reference.nc").attrs["cutoffs"] == "[16, 6]"
    assert run("charge", *weak, "--method=lindblad", "--cutoffs=16,6", "--tolerance=1e-5") == cli.DONE
    text = capsys.readouterr().out
    assert "method    Lindblad, cutoffs [16, 6], tolerance 1e-05" in text
    assert "± cutoff" in text
    assert "± sampling" not in text
    assert "--cutoffs=16,6" in qb.load("charge.nc").attrs["command"]


def test_files_are_compared_at_their_common_times(charged, second, folder, capsys):
    assert run("compare", str(charged / "charge.nc"), str(second), "--out=a.svg") == cli.DONE
    text = capsys.readouterr().out
    assert "3 times are in one result only" in text
    assert files(folder) == ["a.svg"]


def test_early_times_can_be_left_out(charged, folder):
    other = qb.load(charged / "charge.nc").assign_attrs(seed="5")
    other["energy"] = other["energy"] + (other.time < 1.5) * 9.0
    qb.save(other, "late.nc")
    arguments = ["compare", str(charged / "charge.nc"), "late.nc", "--out=a.png"]
    assert run(*arguments) == cli.FAILED
    assert run(*arguments, "--since=1.5") == cli.DONE


def test_results_that_disagree_leave_with_1(charged, folder, capsys):
    other = qb.load(charged / "charge.nc").assign_attrs(seed="5")
    other["ergotropy"] = other["ergotropy"] + 20 * other["ergotropy_stderr"]
    qb.save(other, "wrong.nc")
    assert run("compare", str(charged / "charge.nc"), "wrong.nc", "--out=a.png") == cli.FAILED
    text = capsys.readouterr().out
    assert "verdict   disagree\n          - ergotropy differs: z = " in text
    assert files(folder) == ["a.png", "wrong.nc"]


def test_a_rejected_result_leaves_with_1(charged, folder, capsys):
    other = qb.load(charged / "charge.nc").assign_attrs(seed="5", verdict="reject")
    qb.save(other, "rejected.nc")
    assert run("compare", "rejected.nc", str(charged / "charge.nc")) == cli.FAILED
    assert "the run (positive-P) is rejected by its own verdict" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["charge.nc"],
        ["charge.nc", "charge.nc", "charge.nc"],
        ["charge.nc", "missing.nc"],
        ["charge.nc", "other.nc"],
        ["charge.nc", "charge.nc", "--pump=3"],
        ["charge.nc", "charge.nc", "--seed=3"],
        ["charge.nc", "charge.nc", "--keep"],
        ["charge.nc", "charge.nc", "--out=a.nc"],
        ["--reference=exact"],
        ["--method=linear", "--reference=linear", "--seed=1"],
        ["--trajectories=many"],
        ["--until=-1"],
        ["--out=missing/a.png"],
        ["--since=late"],
        ["--since=nan"],
        ["--until=3", "--since=3.1"],
        ["charge.nc", "charge.nc", "--since=4"],
        ["--reference=linear", "--cutoffs=9 9"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_compared_is_one_line(arguments, charged, folder, capsys, monkeypatch):
    monkeypatch.setattr(simulation, "simulate", lambda *_, **__: pytest.fail("the run was started"))
    (folder / "charge.nc").write_bytes((charged / "charge.nc").read_bytes())
    qb.save(qb.load("charge.nc").assign_attrs(parameters=json.dumps({"pump": "(2+0j)"})), "other.nc")
    assert run("compare", *arguments) == cli.BAD_INPUT
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)
    assert files(folder) == ["charge.nc", "other.nc"]


def test_an_interrupted_comparison_leaves_no_file(folder, monkeypatch, capsys):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("phasespace_qb.simulation.simulate", interrupted)
    assert run("compare", *SMALL, "--keep") == cli.INTERRUPTED
    assert capsys.readouterr().err.startswith("phasespace-qb: interrupted")
    assert files(folder) == []

"""`phasespace-qb discharge`: a table, a file for each coupling, a picture, and refusals before any work."""

import shlex
from pathlib import Path

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb import cli, simulation
from phasespace_qb.commands.discharge import couplings_of
from tests.test_cli import files, run

STRONG = ["--kappa=1.5", "--method=lindblad", "--cutoffs=32 12", "--charge-until=2"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def charged(tmp_path_factory) -> Path:
    """A file with the charging of a battery of strong coupling."""
    path = tmp_path_factory.mktemp("charged") / "charge.nc"
    times = np.linspace(0.0, 2.0, 51)
    return qb.save(qb.simulate(qb.DopoBattery(3.0, kappa=1.5), times, qb.Lindblad((32, 12))), path)


def row(text, label):
    line = next(line for line in text.splitlines() if line.startswith(f"│ {label} "))
    return [cell.strip() for cell in line.strip("│ ").split("│")]


def test_a_charged_battery_is_discharged_at_every_coupling(folder, charged, capsys):
    assert run("discharge", *STRONG) == cli.DONE
    text = capsys.readouterr().out
    for part in ("λ = |F_p|/F_th = 4.5", "Lindblad, cutoffs [32, 12]", "γ_a = 1", "γ_s t = 2", "verdict   trust"):
        assert part in text
    names = [f"discharge.g{g}.nc" for g in ("3", "6.5", "10", "13.5", "17")]
    assert text.endswith(f"written   {', '.join([*names, 'discharge.png'])}\n")
    assert files(folder) == sorted([*names, "discharge.png"])
    assert (folder / "discharge.png").read_bytes().startswith(b"\x89PNG")
    assert max(map(len, text.split("verdict")[0].splitlines())) <= 80
    source = qb.load(charged)
    work = float(source.ergotropy[-1])
    for g, name in zip((3.0, 6.5, 10.0, 13.5, 17.0), names, strict=True):
        stored = qb.load(name)
        direct = qb.discharge(source, stored.time.values, coupling=g)
        assert stored.drop_attrs().identical(direct.drop_attrs())
        best = " (best)" if g == 17 else ""
        cells = row(text, f"{g:g}{best}")
        assert float(cells[1]) == pytest.approx(float(direct.load_ergotropy_maximum), abs=1e-4)
        assert float(cells[-2]) == pytest.approx(float(direct.load_ergotropy_maximum_time), abs=1e-4)
        assert cells[-1] == f"{float(direct.load_ergotropy_maximum) / work:.1%}"
    assert float(row(text, "→ ∞")[1]) == pytest.approx(stored.attrs["strong_coupling_limit"], abs=1e-4)
    assert text.count("best") == 1


@pytest.mark.parametrize("detuning", [0, pytest.param(-1, marks=pytest.mark.slow)])
def test_a_stored_result_gives_what_its_simulation_gave(detuning, folder, charged, capsys):
    few = ["--coupling=4,9", "--gamma-a=0.5", "--gamma-s=2", f"--load-detuning={detuning}", "--until=0.4"]
    assert run("discharge", *STRONG, *few, "--out=direct.nc") == cli.DONE
    assert ("→ ∞" in capsys.readouterr().out) == (detuning == 0)
    assert run("discharge", f"--from={charged}", *few, "--out=stored.nc") == cli.DONE
    for g in (4, 9):
        direct, stored = qb.load(f"direct.g{g}.nc"), qb.load(f"stored.g{g}.nc")
        assert stored.drop_attrs().identical(direct.drop_attrs())
        assert (stored.attrs["gamma_s"], stored.attrs["gamma_a"], stored.attrs["detuning"]) == (2.0, 0.5, detuning)
    capsys.readouterr()
    assert run("discharge", f"--from={charged}", "--at=1.6", "--coupling=10") == cli.DONE
    text = capsys.readouterr().out
    assert "γ_s t = 1.6" in text
    assert "best" not in text
    assert qb.load("discharge.g10.nc").attrs["disconnected_at"] == pytest.approx(1.6)


def test_its_own_files_can_be_drawn_again(folder, charged, capsys):
    assert run("discharge", f"--from={charged}", "--coupling=5,10", "--until=0.3") == cli.DONE
    (folder / "discharge.png").unlink()
    assert run("plot", "discharge.g10.nc") == cli.DONE
    assert run("plot", "discharge.g10.nc", "discharge.g5.nc", "--kind=discharge", "--out=both.png") == cli.DONE
    (folder / "charge.nc").write_bytes(charged.read_bytes())
    assert run("plot", "charge.nc", "--kind=wigner") == cli.DONE
    assert run("plot", "charge.nc", "--kind=number-distribution") == cli.DONE
    pictures = ["both.png", "charge.number-distribution.png", "charge.wigner.png", "discharge.g10.png"]
    assert [name for name in files(folder) if name.endswith(".png")] == pictures
    capsys.readouterr()
    for arguments in (["charge.nc", "discharge.g5.nc"], ["charge.nc", "charge.nc", "--kind=wigner"]):
        assert run("plot", *arguments) == cli.BAD_INPUT
        assert capsys.readouterr().err.startswith("phasespace-qb: `files` must be ")


def test_a_stored_battery_keeps_its_own_loss(folder):
    battery = qb.DopoBattery(pump=2.0, kappa=3.0, gamma_s=2.0, gamma_p=20.0)
    qb.save(qb.simulate(battery, [0.0, 0.5], qb.Lindblad((16, 6))), "charge.nc")
    assert run("discharge", "--from=charge.nc", "--coupling=10") == cli.DONE
    found = qb.load("discharge.g10.nc")
    assert (found.attrs["gamma_s"], found.attrs["gamma_s_from"]) == (2.0, "source")
    assert run("discharge", "--from=charge.nc", "--coupling=10", "--gamma-s=1") == cli.DONE
    assert qb.load("discharge.g10.nc").attrs["gamma_s"] == 1.0


def test_a_pause_loses_energy(folder, capsys):
    few = [*STRONG, "--coupling=10"]
    assert run("discharge", *few, "--out=now.nc") == cli.DONE
    assert run("discharge", *few, "--hold=0.3", "--out=later.nc") == cli.DONE
    now, later = qb.load("now.g10.nc"), qb.load("later.g10.nc")
    assert later.attrs["disconnected_at"] == 2.3
    assert float(later.energy[0]) < 0.8 * float(now.energy[0])
    assert "SwitchedOff" in capsys.readouterr().out


def test_the_recorded_command_reproduces_the_run(folder):
    small = ["--trajectories=2560", "--charge-until=3", "--coupling=5 8", "--hold=0"]
    assert run("discharge", *small, "--out=first.nc") == cli.DONE
    first = qb.load("first.g8.nc")
    recorded = shlex.split(first.attrs["command"])
    assert recorded[:2] == ["phasespace-qb", "discharge"]
    assert any(part.startswith("--seed=") for part in recorded)
    assert run(*recorded[1:], "--out=second.nc") == cli.DONE
    assert qb.load("second.g8.nc").identical(first)


def test_a_rejected_charging_leaves_with_1(folder, charged, capsys):
    qb.save(qb.load(charged).assign_attrs(verdict="reject"), "rejected.nc")
    assert run("discharge", "--from=rejected.nc", "--coupling=10") == cli.FAILED
    assert "verdict   reject" in capsys.readouterr().out


def test_a_load_that_gets_nothing_has_an_empty_row(folder, charged, capsys):
    assert run("discharge", f"--from={charged}", "--coupling=0.01 10", "--until=0.5") == cli.DONE
    text = capsys.readouterr().out
    assert row(text, "0.01")[1] == "none"
    assert "verdict   doubt" in text
    assert "no maximum within these times" in text


@pytest.mark.parametrize("method", ["linear-branch", "steady-state"])
def test_closed_forms_can_be_discharged(method, folder, capsys):
    assert run("discharge", "--kappa=1.5", f"--method={method}", "--coupling=10") == cli.DONE
    assert "± estimator" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["3 6.5 10", "3,6.5,10", " 3, 6.5  10 "])
def test_couplings_are_read_in_any_way(text):
    assert couplings_of(text) == [3.0, 6.5, 10.0]


BAD = [
    *[[f"--coupling={value}"] for value in ("", "0", "-1", "3 x", "nan", "inf", "3 3", "3 3.0000001")],
    *[[f"--{name}={value}"] for name in ("gamma-s", "gamma-a") for value in ("-1", "nan", "x")],
    *[[f"--load-detuning={value}"] for value in ("nan", "x", "1j")],
    *[[f"--{name}={value}"] for name in ("until", "charge-until") for value in ("0", "-1", "nan", "x")],
    *[[f"--hold={value}"] for value in ("-1", "inf", "x")],
    *[[f"--out={value}"] for value in ("missing/a.nc", ".", "", "a.png")],
    ["--at=2"],
    ["--method=exact"],
    ["--method=lindblad", "--seed=1"],
    ["--pump=x"],
    ["--method=steady-state", "--hold=1"],
    ["--from=missing.nc"],
    *[
        ["--from=charge.nc", option]
        for option in ("--at=1.23", "--at=x", "--pump=3", "--hold=0", "--seed=1", "--method=wigner")
    ],
    ["--from=other.nc"],
]


@pytest.mark.parametrize("arguments", BAD, ids=" ".join)
def test_bad_options_are_one_line_and_nothing_is_written(arguments, charged, folder, capsys, monkeypatch):
    if "--hold=1" not in arguments:  # the closed form itself refuses a pump that depends on time
        monkeypatch.setattr(simulation, "simulate", lambda *_, **__: pytest.fail("the run was started"))
    (folder / "charge.nc").write_bytes(charged.read_bytes())
    qb.save(qb.load(charged)[["energy"]], "other.nc")
    assert run("discharge", *arguments) == cli.BAD_INPUT
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)
    assert shown.err.startswith("phasespace-qb: `")
    assert files(folder) == ["charge.nc", "other.nc"]


@pytest.mark.parametrize("where", ["simulation.simulate", "results.store.save", "commands.discharge.save_picture"])
def test_an_interrupt_leaves_with_130(where, charged, folder, capsys, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(f"phasespace_qb.{where}", interrupted)
    more = ["--trajectories=200"] if "simulate" in where else [f"--from={charged}"]
    assert run("discharge", *more, "--coupling=10") == cli.INTERRUPTED
    assert capsys.readouterr().err.startswith("phasespace-qb: interrupted")
    assert files(folder) == (["discharge.g10.nc"] if "picture" in where else [])


def test_help_explains_the_files_and_loads_nothing_heavy():
    import subprocess
    import sys

    code = """
import contextlib, sys
from phasespace_qb.cli import main
with contextlib.suppress(SystemExit):
    main(["discharge", "--help"])
print(*{name.split(".")[0] for name in sys.modules})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    *shown, loaded = done.stdout.splitlines()
    assert "discharge.g3.nc" in " ".join(shown)
    assert not {"numba", "scipy", "xarray", "matplotlib", "h5netcdf", "numpy"} & set(loaded.split())

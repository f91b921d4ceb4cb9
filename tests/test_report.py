"""The table after a run: digits that the errors deserve, and words for what is not known."""

import io
import json

import numpy as np
import pytest
from rich.console import Console

import phasespace_qb as qb
from phasespace_qb.report import agreement_table, charging_table, is_steady
from phasespace_qb.results.schema import dataset
from tests.runs import paper_run

TIMES = np.linspace(0.0, 10.0, 11)


def result(energy, stderr=0.01, **values):
    """A result whose energy and ergotropy are `energy` over TIMES."""
    curve = np.broadcast_to(np.asarray(energy, dtype=float), TIMES.shape)
    names = ("energy", "ergotropy", "ergotropy_coherent", "ergotropy_incoherent", "passive_energy")
    data = dict.fromkeys(names, curve) | {"maximum_power": 0.5, "maximum_power_time": 3.0}
    data |= {f"{name}_stderr": np.broadcast_to(stderr, np.shape(value)) for name, value in data.items()}
    attributes = {"trajectories": 1_000, "method": "positive-P", "integrator": "Heun()", "step": 0.02, "seed": "7"}
    attributes |= {"step_reason": "asked for"}
    attributes |= {"verdict": "doubt", "verdict_reasons": json.dumps(["for one", "for another"])}
    return dataset(data | values, {"time": TIMES}, attributes)


def printed(run, battery=None):
    console = Console(file=io.StringIO(), width=200, highlight=False)
    charging_table(battery or qb.DopoBattery(), run, console)
    return console.file.getvalue()


def row(text, label):
    line = next(line for line in text.splitlines() if label in line)
    return [cell.strip() for cell in line.strip("│ ").split("│")]


@pytest.mark.parametrize(
    ("value", "error", "shown", "shown_error"),
    [
        (8.38712, 0.08619, "8.387", "0.086"),
        (8.38712, 1.7, "8.4", "1.7"),
        (1234.56, 23.0, "1235", "23"),
        (1234.56, 230.0, "1235", "230"),
        (1.0, 0.099999, "1.000", "0.100"),
        (-1e-9, 0.01, "0.000", "0.010"),
        (5.0, 0.0, "5.0000", "0.0000"),
        (5.0, np.nan, "5.00", "unknown"),
        (np.nan, np.nan, "nan", "unknown"),
        (1e-7, 2e-8, "0.000000100", "0.000000020"),
    ],
)
def test_digits_go_down_to_the_second_one_of_the_error(value, error, shown, shown_error):
    assert row(printed(result(value, error)), "energy E")[1:3] == [shown, shown_error]


@pytest.mark.parametrize(
    ("value", "errors", "shown"),
    [
        (8.38712, {"step": 3e-8, "cutoff": np.nan}, ["8.39", "3e-08", "unknown"]),
        (8.38712, {"step": np.nan, "cutoff": 3e-8}, ["8.39", "unknown", "3e-08"]),
        (0.0123456, {"step": 3e-8, "cutoff": np.inf}, ["0.0123", "3e-08", "unknown"]),
        (0.0, {"step": 0.0, "cutoff": np.nan}, ["0.00", "0", "unknown"]),
    ],
)
def test_an_unknown_error_deserves_three_digits(value, errors, shown):
    run = result(value)
    run = run.drop_vars([name for name in run if name.endswith("_stderr")])
    run = run.assign({f"energy_{kind}_error": 0 * run.energy + size for kind, size in errors.items()})
    assert row(printed(run), "energy E")[1:4] == shown


def test_a_steady_state_is_at_infinity():
    assert "γ_s t = ∞" in printed(result(2.0).isel(time=[-1]).assign_coords(time=[np.inf]))


def test_estimator_errors_are_shown_where_they_exist():
    text = printed(result(2.0, ergotropy_estimator_error=np.full(TIMES.shape, 0.0312)))
    assert row(text, "ergotropy W")[3:5] == ["-", "0.031"]
    assert row(text, "energy E")[3:5] == ["-", "-"]


def test_parameters_method_and_verdict_are_said():
    text = printed(result(2.0), qb.DopoBattery(pump=3.0, detuning=0.25))
    for part in ("F_p = 3,", "Δ = 0.25", "λ = |F_p|/F_th = 1.5", "g² = 0.03125", "1,000 positive-P", "seed 7"):
        assert part in text
    assert text.splitlines()[-3:] == ["verdict   doubt", "          - for one", "          - for another"]


@pytest.mark.parametrize(
    ("pump", "shown"), [(3, "F_p = 3,"), (1 - 2j, "F_p = 1-2j,"), (qb.SwitchedOff(3, at=2), "SwitchedOff")]
)
def test_pumps_of_every_kind_are_named(pump, shown):
    assert shown in printed(result(2.0), qb.DopoBattery(pump=pump))


def test_a_real_run():
    text = printed(paper_run())
    run = paper_run().isel(time=-1)
    assert row(text, "energy E")[1] == f"{float(run.energy):.3f}"
    assert row(text, "energy E")[5] == "ħω_s"
    assert row(text, "power P_max")[5] == "ħω_s γ_s"
    assert "verdict   trust" in text
    assert "γ_s t = 8" in text


def test_a_flat_end_is_a_steady_state():
    rising = 1 - np.exp(-TIMES)
    assert is_steady(result(rising))
    assert "steady state, γ_s t = 10" in printed(result(rising))
    assert is_steady(result(np.zeros(11), stderr=0.0))


@pytest.mark.parametrize(
    "run",
    [
        result(TIMES),
        result(TIMES, stderr=0.0),
        result(np.where(TIMES > 8.5, np.nan, 1.0)),
        result(np.nan, np.nan),
        result(1.0, ergotropy=TIMES),
        result(1.0).isel(time=[0]),
    ],
    ids=["rising", "rising without error", "lost", "nothing", "ergotropy rises", "one time"],
)
def test_anything_else_is_none(run):
    assert not is_steady(run)
    assert "steady" not in printed(run)


def test_noise_hides_a_drift_and_few_trajectories_hide_none():
    drifting = 1 + 0.02 * TIMES
    assert is_steady(result(drifting, stderr=0.05))
    assert not is_steady(result(drifting, stderr=0.001))
    assert not is_steady(result(drifting, stderr=np.nan))


def compared(run, reference):
    console = Console(file=io.StringIO(), width=80, highlight=False)
    agreement_table(qb.agreement(run, reference), console)
    return console.file.getvalue()


def test_a_comparison_fits_a_terminal_and_says_what_it_saw():
    other = paper_run().assign_attrs(seed="2", verdict="doubt")
    other["energy"] = other["energy"] + 30 * other["energy_stderr"] * (other.time == 4)
    text = compared(paper_run(), other)
    assert max(map(len, text.split("verdict   disagree")[0].splitlines())) <= 80
    assert "run       positive-P, verdict trust" in text
    assert "reference positive-P, verdict doubt" in text
    assert "probabilities are too rare" in text
    cells = row(text, "│ energy")
    assert float(cells[1]) < -20
    assert cells[2] == "4"
    assert cells[5].endswith("%")
    assert row(text, "│ quadrature_covariance")[1] == "0.00"
    assert "- energy differs: z = -" in text


def test_a_comparison_of_what_is_lost_prints_too():
    lost = paper_run() * np.nan
    text = compared(lost.assign_attrs(seed="2"), paper_run())
    assert row(text, "│ energy")[1:] == ["nan", "nan", "nan", "1", "nan%"]
    assert "points are NaN or without error bar" in text


def test_methods_without_sampling_have_no_sampling_column_and_name_their_settings():
    run = qb.simulate(qb.DopoBattery(pump=1.0), TIMES, qb.LinearNoise())
    text = printed(run)
    assert "method    linear noise, about start" in text
    assert row(text, "energy E")[2:4] == ["-", "-"]
    branch = printed(qb.simulate(qb.DopoBattery(), TIMES, qb.LinearNoise("branch")))
    assert "P_max" not in branch

"""Verdicts over parameters and time: what is drawn where, when a run counts as wrong, and what is refused."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

import phasespace_qb as qb
from phasespace_qb import cli
from phasespace_qb.plot.bias import biased
from phasespace_qb.plot.validity import FILLS, LOST_WORDS, MARKERS, MOST_MARKS, WRONG_WORDS
from phasespace_qb.results.schema import VERDICTS, dataset

HOURS = np.linspace(0.0, 4.0, 9)


def judged(verdicts=(0,) * 9, method="positive-P", times=HOURS, ratio=2.0, noise=0.5, loss=16.0, **errors):
    """A result of a battery whose photon number is the time, with these verdicts and errors."""
    values = {"energy": times.copy(), "verdict_by_time": np.array(verdicts, dtype=np.int8)[: len(times)]}
    values |= {f"energy_{name}": np.broadcast_to(error, times.shape) for name, error in errors.items()}
    parameters = json.dumps({"kappa": f"{noise}", "gamma_p": f"{loss}", "drive": f"{ratio}"})
    said = {"threshold_ratio": ratio, "noise_parameter": noise, "loss_ratio": loss}
    return dataset(values, {"time": times}, said | {"method": method, "model": "DopoBattery", "parameters": parameters})


def off(run, by, since=2.0):
    """The same result with a photon number that is too large from some time on."""
    wrong = run.copy(deep=True)
    wrong["energy"] = run.energy.where(run.time < since, run.energy + by)
    return wrong


def boxes(panel):
    """Verdicts and places of all strips, (verdict, (x, y, width, height))."""
    colours = [to_hex(fill["facecolor"]) for fill in FILLS]
    return [(colours.index(to_hex(box.get_facecolor())), box.get_bbox().bounds) for box in panel.patches]


def marks(panel, marker):
    return [tuple(point) for line in panel.lines if line.get_marker() == marker for point in line.get_xydata()]


def labels(legend):
    return [text.get_text() for text in legend.get_texts()]


SCAN = [judged((0,) * 9, noise=0.2), judged((0,) * 5 + (1,) * 4, noise=0.6), judged((1,) * 3 + (2,) * 6, noise=1.0)]


def test_each_run_is_a_strip_over_time_coloured_by_its_verdicts():
    figure, (panel,) = qb.plot.validity(*SCAN)
    assert panel.get_xlabel() == r"time $\gamma_s t$"
    assert panel.get_ylabel() == r"two-photon loss $\Gamma/\gamma_s = g^2/2$"
    assert panel.get_title() == "positive-P"
    drawn = boxes(panel)
    assert [verdict for verdict, _ in drawn] == [0, 0, 1, 1, 2]
    # Halfway between the last save time of one verdict and the first of the next; halfway between two runs.
    assert drawn[1][1] == pytest.approx((0.0, 0.2, 2.25, 0.2))
    assert drawn[4][1] == pytest.approx((1.25, 0.4, 2.75, 0.2))
    assert panel.get_xlim() == (0.0, 4.0)
    assert panel.get_ylim() == pytest.approx((0.0, 0.6))
    assert labels(figure.legends[0]) == list(VERDICTS)
    figure.canvas.draw()


def test_verdicts_differ_without_colour():
    luminance = [float(np.dot(plt.matplotlib.colors.to_rgb(fill["facecolor"]), (0.2, 0.7, 0.1))) for fill in FILLS]
    assert luminance[0] > luminance[1] + 0.05 > luminance[2] + 0.1
    assert len({fill["hatch"] for fill in FILLS}) == len({marker["marker"] for marker in MARKERS}) == 3


def test_a_panel_for_each_method_and_one_strip_for_runs_at_the_same_place():
    twice = judged((0,) * 7 + (2,) * 2, noise=0.2)
    figure, axes = qb.plot.validity(*SCAN, twice, *[run.assign_attrs(method="linear noise") for run in SCAN])
    assert [panel.get_title() for panel in axes] == ["positive-P", "linear noise"]
    assert [verdict for verdict, _ in boxes(axes[0])][:2] == [0, 2]
    assert [verdict for verdict, _ in boxes(axes[1])] == [0, 0, 1, 1, 2]
    figure.canvas.draw()


def test_runs_of_different_times_share_a_strip_and_others_end_where_they_end():
    short = judged((2,) * 9, times=HOURS[:4], noise=0.2)
    _, (panel,) = qb.plot.validity(judged(noise=0.2), short, judged(noise=1.0, times=HOURS[:3]))
    drawn = boxes(panel)
    assert [verdict for verdict, _ in drawn] == [2, 0, 0]
    assert drawn[0][1][2] == pytest.approx(1.75)
    assert drawn[2][1][2] == pytest.approx(1.0)


def test_time_can_be_upright_and_a_decade_makes_an_axis_logarithmic():
    runs = [judged((1,) * 9, loss=loss) for loss in (1.0, 10.0, 100.0)]
    figure, (panel,) = qb.plot.validity(*runs, y="time")
    assert (panel.get_xscale(), panel.get_yscale()) == ("log", "linear")
    assert panel.get_xlabel() == r"$\gamma_p/\gamma_s$"
    assert boxes(panel)[1][1] == pytest.approx((10**0.5, 0.0, 10**1.5 - 10**0.5, 4.0))
    nearer = [judged(loss=loss) for loss in (1.0, 9.0)]
    assert qb.plot.validity(*nearer)[1][0].get_yscale() == "linear"
    figure.canvas.draw()


def test_two_parameters_that_vary_are_the_axes_and_runs_are_markers():
    runs = [judged((0,) * 8 + (verdict,), ratio=r, noise=g) for r, g, verdict in ((0, 0.1, 0), (2, 1, 1), (1, 4, 2))]
    figure, (panel,) = qb.plot.validity(*runs, judged((0,) * 9, ratio=1, noise=4))
    assert panel.get_xlabel() == r"drive $\lambda = |F_p|/F_\mathrm{th}$"
    assert (panel.get_xscale(), panel.get_yscale()) == ("linear", "log")
    assert [line.get_marker() for line in panel.lines] == ["o", "^", "s"]
    assert panel.lines[2].get_xydata().tolist() == [[1.0, 2.0]]
    assert labels(figure.legends[0]) == list(VERDICTS)
    figure.canvas.draw()


def test_coordinates_can_be_chosen():
    runs = [judged(ratio=r, noise=r) for r in (1.0, 2.0)]
    _, (panel,) = qb.plot.validity(*runs, x="time", y="noise_parameter")
    assert panel.get_ylabel() == "noise parameter $g^2$"
    _, (panel,) = qb.plot.validity(*runs, x="threshold_ratio", y="noise_parameter")
    assert len(panel.lines) == 2
    assert qb.plot.validity(*SCAN, x="pair_loss")[1][0].get_ylabel() == r"time $\gamma_s t$"


def test_crosses_are_where_a_run_is_off_by_more_than_all_its_errors():
    exact = [run.assign_attrs(method="exact") for run in SCAN]
    runs = [off(judged((0,) * 9, noise=run.attrs["noise_parameter"], stderr=0.1), by)
            for run, by in zip(SCAN, (0.3, 0.39, 0.41), strict=True)]  # fmt: skip
    figure, (panel,) = qb.plot.validity(*runs, reference=exact)
    assert marks(panel, "x") == [(time, 0.5) for time in HOURS[4:]]
    assert labels(figure.legends[0]) == [*VERDICTS, WRONG_WORDS]
    figure.canvas.draw()


@pytest.mark.parametrize(("by", "errors", "expected"), [
    (0.39, {"stderr": 0.1}, False), (0.41, {"stderr": 0.1}, True), (-0.41, {"stderr": 0.1}, True),
    (0.45, {"stderr": 0.1, "step_error": 0.06}, False), (0.45, {"stderr": 0.1, "estimator_error": 0.04}, True),
    (1e-6, {}, True), (0.0, {}, False), (np.nan, {"stderr": 0.1}, False),
])  # fmt: skip
def test_wrong_is_beyond_four_standard_errors_and_all_others(by, errors, expected):
    run = judged(**errors)
    assert biased(off(run, by), run[["energy"]]).any() == expected
    assert not biased(off(run, by), None).any()


def test_errors_of_the_reference_count_and_withdrawn_ones_are_the_last_that_were_stated():
    run = off(judged(stderr=np.where(HOURS < 1.0, 0.1, np.nan)), 0.41)
    assert np.array_equal(biased(run, judged()), HOURS >= 2.0)
    assert not biased(run, judged(cutoff_error=0.02)).any()


def test_runs_without_a_number_have_circles_and_many_marks_stay_apart():
    times = np.linspace(0.0, 4.0, 401)
    exact = [judged((0,) * 401, noise=noise, times=times) for noise in (0.2, 1.0)]
    figure, (panel,) = qb.plot.validity(off(exact[0], np.nan), off(exact[1], 1.0), reference=exact)
    for marker, level in (("o", 0.1), ("x", 0.5)):
        assert {y for _, y in marks(panel, marker)} == {level}
        assert MOST_MARKS / 2 <= len(marks(panel, marker)) <= MOST_MARKS / 2 + 1
        assert marks(panel, marker)[0][0] == pytest.approx(2.0)
    assert labels(figure.legends[0])[-1] == LOST_WORDS
    figure.canvas.draw()


@pytest.mark.parametrize("y", ["pair_loss", "time"])
@pytest.mark.parametrize("compared", [False, True])
def test_circles_need_no_reference(y, compared):
    runs = [judged(ratio=r, noise=r) for r in (1.0, 2.0)]
    lost = off(runs[1], np.nan)
    reference = {"reference": runs} if compared else {}
    figure, (panel,) = qb.plot.validity(runs[0], lost, x="threshold_ratio", y=y, **reference)
    circles = [line for line in panel.lines if line.get_marker() == "o" and line.get_markerfacecolor() == "w"]
    assert {x for line in circles for x in line.get_xdata()} == {2.0}
    assert labels(figure.legends[0]) == [*VERDICTS, *([WRONG_WORDS] if compared else []), LOST_WORDS]
    figure, (panel,) = qb.plot.validity(*runs, x="threshold_ratio", y=y, **reference)
    assert LOST_WORDS not in labels(figure.legends[0])


def test_a_run_without_any_error_bar_is_held_to_no_reference():
    few = [judged(noise=noise, stderr=np.nan) for noise in (0.2, 1.0)]
    qb.plot.validity(*few)
    with pytest.raises(ValueError, match=r"^`runs` must be results with error bars, .* Use 2,560 trajectories or more"):
        qb.plot.validity(*few, reference=few)
    # Verdicts that withdraw every error bar speak for themselves, and so do runs that became infinite.
    rejected = [judged((2,) * 9, noise=0.2, stderr=np.nan), off(few[1], np.nan, since=0.0)]
    figure, _ = qb.plot.validity(*rejected, reference=few)
    figure.canvas.draw()


def test_markers_are_crossed_as_well():
    exact = [judged(ratio=r, noise=r) for r in (1.0, 2.0)]
    _, (panel,) = qb.plot.validity(off(exact[0], 1.0), exact[1], x="threshold_ratio", y="pair_loss", reference=exact)
    assert marks(panel, "x") == [(1.0, 0.5)]


def test_given_axes_are_drawn_on_and_the_style_is_left_alone():
    before = dict(plt.rcParams)
    figure, (first, _) = plt.subplots(1, 2)
    returned, (drawn,) = qb.plot.validity(*SCAN, ax=first)
    assert (returned, drawn) == (figure, first)
    assert labels(first.get_legend()) == list(VERDICTS)
    figure.canvas.draw()
    assert dict(plt.rcParams) == before


def test_a_simulated_battery_says_where_it_is():
    battery = qb.DopoBattery(qb.Ramp(0.0, 1.0, 0.0, 1.0), kappa=1.0)
    times = [0.0, 1.0, 2.0]
    runs = [qb.simulate(system, times, qb.LinearNoise()) for system in (battery, qb.DopoBattery(2.0))]
    assert runs[0].attrs["threshold_ratio"] == pytest.approx(1.0)
    assert runs[0].attrs["noise_parameter"] == 0.125
    assert runs[1].attrs["loss_ratio"] == 16.0
    figure, (panel,) = qb.plot.validity(*runs, reference=runs)
    assert not marks(panel, "x")
    figure.canvas.draw()
    of_no_battery = qb.simulate(battery.system(), times, qb.LinearNoise())
    assert "threshold_ratio" not in of_no_battery.attrs
    with pytest.raises(ValueError, match=r"^`runs` must be results of a DopoBattery, got an other one: .*OpenSystem"):
        qb.plot.validity(of_no_battery, *runs)


@pytest.mark.parametrize(("drive", "until", "expected"), [
    (3.0, 1.0, 1.5), (3j, np.inf, 1.5), (qb.SwitchedOff(3.0, 1.0), 9.0, 1.5), (qb.SwitchedOff(3.0, 1.0), 1.0, 1.5),
    (qb.Ramp(0, 3, 0, 4), 9.0, 1.5), (qb.Ramp(0, 3, 0, 4), 2.0, 0.75), (qb.Ramp(1, 3, 0, 4), 0.0, 0.5),
    (qb.PulseTrain(2.0, 0.1, 1.0, 50), 40.0, 1.0), (qb.Tabulated([0, 1, 2], [0, -4, 1]), 2.0, 2.0),
    (lambda t: 2j * np.sin(t), 3.0, 1.0), (qb.SwitchedOff(3.0, at=5.0), 0.0, 1.5),
])  # fmt: skip
def test_a_battery_lies_where_its_strongest_drive_puts_it(drive, until, expected):
    found = qb.DopoBattery(drive).coordinates(until)
    assert found == {"threshold_ratio": pytest.approx(expected, rel=1e-5), "noise_parameter": 1 / 32, "loss_ratio": 16}


def test_the_command_draws_several_files(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    files = [str(qb.save(run, f"{i}.nc")) for i, run in enumerate(SCAN)]
    for named, code in (([*files, "--out=map.png"], cli.DONE), ([files[0]], cli.BAD_INPUT)):
        with pytest.raises(SystemExit) as left:
            cli.main(["plot", "--kind=validity", *named])
        assert int(left.value.code or 0) == code
    assert (tmp_path / "map.png").stat().st_size > 10_000
    assert "must be two coordinates that the runs differ in" in capsys.readouterr().err


FOUR = [judged(ratio=r, noise=r, loss=r) for r in (1.0, 2.0)]


@pytest.mark.parametrize(
    ("draw", "says"),
    [
        (qb.plot.validity, "`runs` must be one result or more"),
        (lambda: qb.plot.validity("a.nc"), "`run` must be a result of"),
        (lambda: qb.plot.validity(SCAN), "`run` must be a result of"),
        (lambda: qb.plot.validity(SCAN[0].drop_vars("verdict_by_time")), "a result with verdict_by_time"),
        (lambda: qb.plot.validity(SCAN[0].isel(time=3)), "a result over `time`"),
        (lambda: qb.plot.validity(SCAN[0].drop_attrs()), "results of a DopoBattery"),
        (lambda: qb.plot.validity(SCAN[0]), "these vary: none"),
        (lambda: qb.plot.validity(*FOUR), "these vary: threshold_ratio, pair_loss, loss_ratio"),
        (lambda: qb.plot.validity(*SCAN, y="loss_ratio"), "results that differ in loss_ratio, as y is"),
        (lambda: qb.plot.validity(*SCAN, y="pairloss"), r"Did you mean 'pair_loss'\?"),
        (lambda: qb.plot.validity(*SCAN, x="energy"), "`x` must be one of threshold_ratio"),
        (lambda: qb.plot.validity(*SCAN, x="time", y="time"), "`y` must be another coordinate than `x`"),
        (lambda: qb.plot.validity(*SCAN, ax=plt.subplots(2)[1]), "`ax` must be 1 axes"),
        (lambda: qb.plot.validity(*[r.isel(time=[-1]).assign_coords(time=[np.inf]) for r in SCAN]), "finite times"),
        (lambda: qb.plot.validity(*SCAN, reference=3), "`reference` must be"),
        (lambda: qb.plot.validity(*SCAN, reference=["a.nc"]), "`reference` must be"),
        (lambda: qb.plot.validity(*SCAN, reference=SCAN[0]), "`reference` must be exact results, one for each run"),
        (lambda: qb.plot.validity(*SCAN, reference=[r.isel(time=[0, 1]) for r in SCAN]), "saved at the times"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused_in_one_sentence(draw, says):
    with pytest.raises((TypeError, ValueError), match=r"(?s)^`.*` must be .*, got ") as refused:
        draw()
    assert refused.match(says)

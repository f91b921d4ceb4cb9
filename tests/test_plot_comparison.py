"""The picture of a comparison: curves and bands are its numbers, and what is far out is marked."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.plot.comparison import MOST_REACH
from phasespace_qb.plot.style import UNKNOWN_WORDS
from tests.pictures import legend
from tests.runs import TIMES, paper_run


def other_run(shift=0.0):
    """The same run under another seed, with an ergotropy that is so many standard errors larger."""
    run = paper_run().assign_attrs(seed="2", method="other")
    run["ergotropy"] = run["ergotropy"] + shift * run["ergotropy_stderr"]
    return run


def test_curves_bands_and_scores_are_the_numbers():
    run, other = paper_run(), other_run(-12.0)
    figure, (energies, scores) = qb.plot.agreement(run, other)
    found = qb.agreement(run, other)
    assert energies.get_ylabel() == r"energy / $\hbar\omega_s$"
    assert scores.get_ylabel() == "$z$ = excess / standard error"
    assert scores.get_xlabel() == r"time $\gamma_s t$"
    assert energies.get_title().endswith("disagree")
    words = [text.get_text() for text in energies.get_legend().get_texts()]
    assert words[-2:] == ["positive-P, bands: all errors", "other"]
    assert len(words) == 6
    ergotropy = found.sel(component="ergotropy")
    assert np.array_equal(energies.lines[3].get_ydata(), run.ergotropy)
    assert np.array_equal(energies.lines[5].get_ydata(), other.ergotropy)
    edges = energies.collections[1].get_paths()[0].vertices
    width = np.ptp(edges[edges[:, 0] == TIMES[-1], 1])
    assert width == pytest.approx(2 * float(2 * ergotropy.stderr[-1] + ergotropy.bound[-1]))
    lines = [line for line in scores.lines if len(line.get_xdata()) == len(TIMES)]
    assert any(np.array_equal(line.get_ydata(), ergotropy.z) for line in lines)
    figure.canvas.draw()


@pytest.mark.parametrize(("shift", "marker"), [(-200.0, "^"), (200.0, "v")])
def test_what_is_beyond_the_panel_is_marked_at_its_edge(shift, marker):
    _, (energies, scores) = qb.plot.agreement(paper_run(), other_run(shift))
    assert scores.get_ylim() == (-MOST_REACH, MOST_REACH)
    marked = [line for line in scores.lines if line.get_marker() == marker and len(line.get_xdata())]
    assert len(marked) == 1
    assert (np.abs(marked[0].get_ydata()) < MOST_REACH).all()
    assert energies.get_ylim()[1] < 2.0 * float(other_run(shift).ergotropy.max() + paper_run().energy.max())


def test_other_times_and_a_theory_that_grows_without_end():
    theory = qb.simulate(qb.DopoBattery(), np.append(TIMES[::2], 20.0), qb.LinearNoise())
    figure, (energies, _) = qb.plot.agreement(theory, paper_run())
    assert energies.get_ylim()[1] < 3.0 * float(paper_run().energy.max())
    figure.canvas.draw()
    qb.plot.agreement(paper_run(), theory)[0].canvas.draw()


def test_an_unknown_error_has_dots_and_no_band():
    lost = other_run()
    lost["energy_stderr"][5:] = np.nan
    known, (energies, _) = qb.plot.agreement(paper_run(), lost)
    solid, dots = energies.lines[:2]
    assert np.isfinite(solid.get_ydata()).sum() == 5
    assert np.isfinite(dots.get_ydata()).sum() == len(TIMES) - 4
    band = energies.collections[0].get_paths()[0].vertices
    assert band[:, 0].max() == TIMES[4]
    assert legend(energies)[-1] == UNKNOWN_WORDS
    _, (energies, _) = qb.plot.agreement(paper_run(), other_run())
    assert UNKNOWN_WORDS not in legend(energies)
    known.canvas.draw()


def test_errors_that_only_one_result_states_are_unknown():
    bare = other_run().drop_vars([name for name in paper_run() if name.startswith("energy_")])
    _, (energies, _) = qb.plot.agreement(paper_run(), bare)
    assert legend(energies)[-1] == UNKNOWN_WORDS
    assert len(energies.collections) == 3


def test_bands_between_common_times_are_as_wide_as_beside_them():
    few = other_run().isel(time=slice(None, None, 2))
    _, (energies, _) = qb.plot.agreement(paper_run(), few)
    band = energies.collections[1].get_paths()[0].vertices
    widths = [np.ptp(band[band[:, 0] == time, 1]) for time in TIMES[6:9]]
    assert widths[1] == pytest.approx((widths[0] + widths[2]) / 2)


def test_verdicts_other_than_trust_are_in_the_title():
    rejected = other_run().assign_attrs(verdict="reject")
    _, (energies, _) = qb.plot.agreement(paper_run(), rejected)
    assert energies.get_title().endswith("\nverdict: reject (other)")


def test_given_axes_holes_and_runs_without_error_bars():
    figure, axes = plt.subplots(2)
    returned, drawn = qb.plot.agreement(paper_run(), other_run(), ax=axes)
    assert returned is figure
    assert list(drawn) == list(axes)
    lost = other_run()
    lost["energy"][3:] = np.nan
    qb.plot.agreement(paper_run(), lost)[0].canvas.draw()
    qb.plot.agreement(paper_run() * np.nan, other_run() * np.nan)[0].canvas.draw()


@pytest.mark.parametrize(
    "draw",
    [
        lambda: qb.plot.agreement(3, paper_run()),
        lambda: qb.plot.agreement(paper_run(), paper_run().drop_vars("ergotropy")),
        lambda: qb.plot.agreement(paper_run(), paper_run().isel(time=0)),
        lambda: qb.plot.agreement(paper_run(), other_run().assign_attrs(model="OpenSystem")),
        lambda: qb.plot.agreement(*[paper_run().isel(time=[-1]).assign_coords(time=[np.inf])] * 2),
        lambda: qb.plot.agreement(paper_run(), other_run(), ax=plt.subplots()[1]),
        lambda: qb.plot.agreement(paper_run(), other_run(), ax=plt.subplots(3)[1]),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_sentence(draw):
    with pytest.raises((TypeError, ValueError), match=r"(?s)^`(run|reference|ax)` must be .*, got "):
        draw()


def test_the_style_of_the_session_is_left_alone():
    before = dict(plt.rcParams)
    qb.plot.agreement(paper_run(), other_run())
    assert dict(plt.rcParams) == before

"""Pictures: what is drawn where, labelled with symbols and units, and what is refused."""

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

import phasespace_qb as qb
from phasespace_qb.results.schema import dataset
from tests.runs import TIMES, paper_run


@pytest.fixture(autouse=True)
def _no_figure_stays_open() -> Iterator[None]:
    yield
    plt.close("all")


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_charging_curves_are_labelled_with_symbols_and_units():
    figure, (energies, power) = qb.plot.charging(paper_run())
    assert isinstance(figure, Figure)
    assert energies.get_ylabel() == r"energy / $\hbar\omega_s$"
    assert power.get_ylabel() == r"$P$ / $\hbar\omega_s\gamma_s$"
    assert power.get_xlabel() == r"time $\gamma_s t$"
    assert legend(energies) == ["stored energy $E$", "ergotropy $W$", "coherent part $W^c$", "incoherent part $W^i$"]
    assert "standard errors" in power.get_legend().get_title().get_text()
    assert "3,000 positive-P trajectories" in energies.get_title()
    figure.canvas.draw()


def test_curves_are_the_numbers_and_bands_their_errors():
    run = paper_run()
    _, (energies, power) = qb.plot.charging(run)
    for line, name in zip(energies.lines, ("energy", "ergotropy", "ergotropy_coherent"), strict=False):
        assert np.array_equal(line.get_xdata(), TIMES)
        assert np.array_equal(line.get_ydata(), run[name])
    heights = energies.collections[1].get_paths()[0].vertices
    widest = 2 * run.ergotropy_stderr[-1] + run.ergotropy_estimator_error[-1] + run.ergotropy_step_error[-1]
    at_the_end = heights[heights[:, 0] == TIMES[-1], 1]
    assert np.ptp(at_the_end) == pytest.approx(2 * float(widest), rel=1e-9)
    assert power.lines[-1].get_ydata() == pytest.approx([float(run.maximum_power)])


def test_two_runs_differ_by_line_and_by_name():
    other = paper_run().assign_attrs(method="truncated Wigner")
    _, (energies, _) = qb.plot.charging(paper_run(), other)
    assert len(energies.lines) == 8
    assert [energies.lines[i].get_linestyle() for i in (0, 4)] == ["-", "--"]
    assert sum("(truncated Wigner)" in text for text in legend(energies)) == 4


def test_six_runs_reuse_line_styles():
    _, (energies, _) = qb.plot.charging(*[paper_run()] * 6)
    assert len(energies.lines) == 24


def test_given_axes_are_drawn_on():
    figure, axes = plt.subplots(2)
    returned, drawn = qb.plot.charging(paper_run(), ax=axes)
    assert returned is figure
    assert list(drawn) == list(axes)
    assert len(plt.get_fignums()) == 1


def test_a_run_without_errors_or_with_nan_is_drawn():
    run = paper_run()
    bare = run.drop_vars([name for name in run if name.endswith(("_stderr", "_error")) or name.startswith("maximum")])
    qb.plot.charging(bare)[0].canvas.draw()
    qb.plot.charging(run * np.nan)[0].canvas.draw()
    qb.plot.charging(run.isel(time=[2]))[0].canvas.draw()


def test_the_portrait_shows_points_and_all_trajectories():
    run = paper_run()
    figure, axes = qb.plot.phase_portrait(run)
    assert axes.shape == (2, run.sizes["portrait_time"])
    assert len(axes[0, 0].lines[0].get_xdata()) == 2_000
    assert axes[0, -1].get_title() == r"$\gamma_s t = 8$"
    assert axes[1, 4].get_xlabel() == r"$\mathrm{Re}\,\alpha e^{-i\varphi}$"
    assert axes[0, 0].get_ylabel() == r"$\mathrm{Re}\,\alpha^+e^{i\varphi}$"
    assert (run.portrait_histogram.sum(["bin", "bin_"]) == 3_000).all()
    assert any(other.get_ylabel() == "trajectories per cell" for other in figure.axes)
    figure.canvas.draw()


@pytest.mark.parametrize("count", [1, 3, 4, 5, 8])
def test_portraits_of_any_number_of_times(count):
    run = paper_run().isel(portrait_time=slice(0, count))
    figure, axes = qb.plot.phase_portrait(run)
    assert axes.shape == (2, count)
    figure.canvas.draw()


def test_the_portrait_of_a_conjugate_pair_has_an_imaginary_axis():
    run = paper_run().assign_coords(coordinate=["Re alpha", "Im alpha"])
    _, axes = qb.plot.phase_portrait(run)
    assert axes[1, 0].get_ylabel() == r"$\mathrm{Im}\,\alpha e^{-i\varphi}$"


def test_a_portrait_on_given_axes():
    run = paper_run().isel(portrait_time=[0, -1])
    figure, axes = plt.subplots(2, 2)
    returned, drawn = qb.plot.phase_portrait(run, ax=axes)
    assert returned is figure
    assert (drawn == axes).all()


MOMENTS_ONLY = dataset({"energy": np.zeros(2)}, {"time": [0.0, 1.0]}, {"method": "linear noise"})


@pytest.mark.parametrize(
    "draw",
    [
        qb.plot.charging,
        lambda: qb.plot.charging([paper_run()]),
        lambda: qb.plot.charging("charge.nc"),
        lambda: qb.plot.charging(MOMENTS_ONLY),
        lambda: qb.plot.charging(paper_run(), MOMENTS_ONLY),
        lambda: qb.plot.charging(paper_run().isel(time=0)),
        lambda: qb.plot.charging(paper_run(), ax=plt.subplots()[1]),
        lambda: qb.plot.charging(paper_run(), ax=plt.subplots(3)[1]),
        lambda: qb.plot.phase_portrait(MOMENTS_ONLY),
        lambda: qb.plot.phase_portrait(3),
        lambda: qb.plot.phase_portrait(paper_run().isel(portrait_time=0)),
        lambda: qb.plot.phase_portrait(paper_run(), ax=plt.subplots(2, 2)[1]),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_sentence(draw):
    with pytest.raises((TypeError, ValueError), match=r"(?s)^`(run|runs|ax)` must be .*, got "):
        draw()


def test_the_style_of_the_session_is_left_alone():
    before = dict(plt.rcParams)
    qb.plot.charging(paper_run())
    qb.plot.phase_portrait(paper_run())
    assert dict(plt.rcParams) == before

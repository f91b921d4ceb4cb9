"""Pictures: what is drawn where, labelled with symbols and units, and what is refused."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

import phasespace_qb as qb
from phasespace_qb.plot.style import half_width, save_times
from phasespace_qb.results.schema import dataset
from phasespace_qb.states.wigner_function import wigner_function
from tests.invented_runs import FOCK, discharged, exact_run
from tests.pictures import legend
from tests.runs import TIMES, paper_run


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


def test_the_number_distribution_is_drawn_whole_and_its_tail_logarithmic():
    run = exact_run()
    figure, axes = qb.plot.number_distribution(run)
    assert axes.shape == (4, 2)
    assert [panel.get_yscale() for panel in axes[0]] == ["linear", "log"]
    assert [row[0].get_title(loc="right") for row in axes] == [rf"$\gamma_s t = {t}$" for t in (2, 4, 6, 8)]
    assert axes[3, 1].get_xlabel() == "photon number $n$"
    assert axes[0, 1].get_xlim()[1] > FOCK - 1 > axes[0, 0].get_xlim()[1]
    filled, outline, band = (patch.get_data() for patch in axes[3, 0].patches)
    expected, error = run.number_distribution[-1], half_width(run, "number_distribution")[-1]
    assert np.array_equal(filled.values, expected)
    assert np.array_equal(outline.values, expected)
    assert np.allclose(band.values - band.baseline, 2 * (2e-3 + 1e-6))
    assert np.allclose(error, 2e-3 + 1e-6)
    tail = axes[3, 1].patches[1].get_data().values
    assert np.array_equal(np.isnan(tail), (expected <= error).values)
    figure.canvas.draw()


def test_runs_of_any_cutoff_and_save_times_share_the_panels():
    other = exact_run("truncated", kept=12).isel(time=slice(None, None, 2))
    figure, axes = qb.plot.number_distribution(exact_run(), other, times=[0.1, 6.9])
    assert axes.shape == (2, 2)
    assert [row[0].get_title(loc="right") for row in axes] == [r"$\gamma_s t = 0$", r"$\gamma_s t = 7$"]
    assert legend(axes[0, 1]) == ["exact", "truncated"]
    outlines = [patch for patch in axes[1, 0].patches if not patch.get_fill()]
    assert [line.get_linestyle() for line in outlines] == ["-", "--"]
    assert [line.get_data().values.size for line in outlines] == [FOCK, 12]
    figure.canvas.draw()


def test_the_wigner_function_is_the_one_of_the_density_matrix():
    run = exact_run()
    figure, axes = qb.plot.wigner(run, times=[1.0, 8.0])
    images = [panel.collections[0] for panel in axes]
    assert [panel.get_title() for panel in axes] == [r"$\gamma_s t = 1$", r"$\gamma_s t = 8$"]
    assert images[0].get_clim() == images[1].get_clim()
    assert images[0].get_clim()[0] == -images[0].get_clim()[1]
    points = images[0].get_coordinates()  # corners of the cells
    middle = 0.5 * (points[0, 1:, 0] + points[0, :-1, 0])
    for image, time in zip(images, (1.0, 8.0), strict=True):
        expected = wigner_function(run.density_matrix.sel(time=time), middle, middle)
        assert np.abs(np.asarray(image.get_array()) - expected).max() < 1e-12
    assert np.asarray(images[0].get_array()).min() < -0.08
    assert middle[-1] > np.sqrt(2) * 3 + 2
    assert any("pi" in other.get_ylabel() for other in figure.axes)
    assert {panel.get_aspect() for panel in axes} == {1.0}
    figure.canvas.draw()


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_wigner_functions_of_any_number_of_times(count):
    figure, axes = qb.plot.wigner(exact_run().isel(time=slice(0, count)))
    assert axes.shape == (count,)
    figure.canvas.draw()


def test_a_discharge_is_drawn_above_its_load_with_the_first_maximum():
    runs = [discharged(g) for g in (0.1, 1.0, 3.0)]
    figure, (battery, load) = qb.plot.discharge(*runs)
    assert battery.get_ylabel() == r"battery  $\eta_s$ / $\hbar\omega_s$"
    assert load.get_ylabel() == r"load  $\eta_a$ / $\hbar\omega_a$"
    assert load.get_xlabel() == r"time $\gamma_s t$"
    assert load.get_legend().get_title().get_text() == r"$g_a/\gamma_s$"
    assert legend(load) == ["0.1", "1", "3"]
    assert np.array_equal(battery.lines[2].get_ydata(), runs[2].ergotropy)
    assert np.array_equal(load.lines[2].get_ydata(), runs[1].load_ergotropy)
    assert load.lines[3].get_xydata().tolist() == [[1.5, 0.9]]
    assert len(load.collections) == 3  # bands, which the battery's lacks
    assert not battery.collections
    assert len({line.get_linestyle() for line in battery.lines}) == 3
    figure.canvas.draw()


def test_methods_are_named_where_they_differ():
    _, (_, load) = qb.plot.discharge(discharged(1.0), discharged(1.0, "mean field"))
    assert legend(load) == ["1 (exact)", "1 (mean field)"]


def test_all_pictures_go_on_given_axes():
    for draw, shape in ((qb.plot.number_distribution, (2, 2)), (qb.plot.wigner, (2,)), (qb.plot.discharge, (2,))):
        run = discharged(1.0) if draw is qb.plot.discharge else exact_run().isel(time=[3, 9])
        figure, grid = plt.subplots(2, 2)
        given = grid if shape == (2, 2) else grid[0]
        returned, drawn = draw(run, ax=given)
        assert returned is figure
        assert (drawn == given).all()
        assert figure.get_suptitle() == ""
        figure.canvas.draw()


def test_nan_leaves_a_hole():
    run = exact_run()
    late = run.where(run.time < 5)
    for draw in (qb.plot.number_distribution, qb.plot.wigner):
        draw(late)[0].canvas.draw()
        draw(run * np.nan)[0].canvas.draw()
    qb.plot.discharge(discharged(1.0) * np.nan)[0].canvas.draw()


@pytest.mark.parametrize(("count", "expected"), [(1, [0]), (2, [0, 1]), (4, [0, 1, 2, 3]), (5, [1, 2, 3, 4])])
def test_times_are_spread_and_end_with_the_last(count, expected):
    assert save_times(exact_run().isel(time=slice(0, count))) == expected


def test_gaussian_moments_are_no_wigner_function_but_say_what_is():
    with pytest.raises(ValueError, match=r"^`run` must be a result with density_matrix, got .*Lindblad"):
        qb.plot.wigner(paper_run().drop_vars("density_matrix", errors="ignore"))


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
        qb.plot.number_distribution,
        lambda: qb.plot.number_distribution(MOMENTS_ONLY),
        lambda: qb.plot.number_distribution(exact_run().isel(time=3)),
        lambda: qb.plot.number_distribution(exact_run(), ax=plt.subplots(2)[1]),
        lambda: qb.plot.wigner(MOMENTS_ONLY),
        lambda: qb.plot.wigner("exact.nc"),
        lambda: qb.plot.wigner(exact_run().isel(time=3)),
        lambda: qb.plot.wigner(exact_run(), ax=plt.subplots()[1]),
        qb.plot.discharge,
        lambda: qb.plot.discharge(MOMENTS_ONLY),
        lambda: qb.plot.discharge(discharged(1.0), paper_run()),
        lambda: qb.plot.discharge(discharged(1.0).drop_attrs()),
        lambda: qb.plot.discharge(discharged(1.0), ax=plt.subplots(3)[1]),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_sentence(draw):
    with pytest.raises((TypeError, ValueError), match=r"(?s)^`(run|runs|ax|times)` must be .*, got "):
        draw()


@pytest.mark.parametrize("times", [[9.0], -1.0, [np.nan], [], [1, 2, 3, 4, 5], [[1.0]]])
def test_times_outside_the_run_are_refused(times):
    for draw in (qb.plot.number_distribution, qb.plot.wigner):
        with pytest.raises(ValueError, match=r"^`times` must be .*, got "):
            draw(exact_run(), times=times)


def test_the_style_of_the_session_is_left_alone():
    before = dict(plt.rcParams)
    qb.plot.charging(paper_run())
    qb.plot.phase_portrait(paper_run())
    qb.plot.wigner(exact_run())
    qb.plot.number_distribution(exact_run())
    qb.plot.discharge(discharged(1.0))
    assert dict(plt.rcParams) == before

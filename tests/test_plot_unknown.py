"""Pictures of results that are not known well: dots for unknown errors, verdicts, and refusals that help."""

import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.plot.style import UNKNOWN_WORDS, half_width, heading
from tests.invented_runs import discharged, exact_run
from tests.pictures import legend
from tests.runs import TIMES, paper_run

# What is not known


def test_an_unknown_error_is_nan():
    run = paper_run()
    run["energy_cutoff_error"] = 0 * run.energy + np.where(TIMES > 3, np.nan, 1.0)
    width = half_width(run, "energy")
    assert np.array_equal(np.isnan(width), TIMES > 3)
    assert width[1] > 1.0
    assert np.isnan(half_width(run.assign(energy_cutoff_error=np.inf * run.energy), "energy")[1:]).all()


def test_the_curve_of_a_rejected_run_is_dots_without_a_band_and_the_title_says_so():
    """Cutoffs far too low: the error is unknown, which must not look like none."""
    run = qb.simulate(qb.DopoBattery(), np.linspace(0, 4, 5), qb.Lindblad((16, 6)))
    assert run.attrs["verdict"] == "reject"
    assert np.isnan(run.energy_cutoff_error[1:]).all()
    figure, (energies, power) = qb.plot.charging(run)
    assert energies.get_title().endswith("verdict: reject")
    for panel in (energies, power):
        assert legend(panel)[-1] == UNKNOWN_WORDS
    solid, dots = energies.lines[:2]
    assert not np.isfinite(solid.get_ydata()[1:]).any()
    assert np.array_equal(dots.get_ydata(), run.energy)
    assert dots.get_linestyle() != "-"
    assert not energies.collections
    _, axes = qb.plot.number_distribution(run)
    assert legend(axes[0, 0]) == [UNKNOWN_WORDS]
    assert any(np.array_equal(patch.get_data().values, run.number_distribution[-1]) for patch in axes[-1, 1].patches)
    assert not [patch for patch in axes[-1, 1].patches[1:] if patch.get_fill()]
    figure.canvas.draw()


def test_one_unknown_point_is_dots_as_far_as_its_neighbours():
    run = discharged(1.0)
    run["load_ergotropy_stderr"][5] = np.nan
    figure, (_, load) = qb.plot.discharge(run)
    assert np.flatnonzero(np.isfinite(load.lines[1].get_ydata())).tolist() == [4, 5, 6]
    assert np.flatnonzero(np.isnan(load.lines[0].get_ydata())).tolist() == [5]
    assert legend(load) == ["1", UNKNOWN_WORDS]
    assert len(load.collections[0].get_paths()) == 2
    figure.canvas.draw()


def test_every_verdict_but_trust_is_in_the_title():
    runs = [exact_run(method).assign_attrs(verdict=verdict) for method, verdict in (("a", "trust"), ("b", "doubt"))]
    assert heading(runs[0]) == "a decaying cat"
    assert heading(runs[1]) == "a decaying cat\nverdict: doubt"
    assert heading(*runs) == "a decaying cat\nverdict: doubt (b)"


def test_a_steady_state_at_infinity_has_a_number_distribution():
    run = exact_run().isel(time=[-1]).assign_coords(time=[np.inf])
    figure, axes = qb.plot.number_distribution(run)
    assert axes[0, 0].get_title(loc="right") == r"$\gamma_s t = \infty$"
    qb.plot.wigner(run)[0].canvas.draw()
    figure.canvas.draw()


# What is refused


def test_what_a_result_lacks_is_said_shortly_with_what_there_is():
    steady = paper_run().drop_vars(["charging_power", "portrait_histogram"])
    with pytest.raises(ValueError, match="a steady state, or a branch of linear theory".capitalize()) as refused:
        qb.plot.charging(steady)
    assert len(str(refused.value)) < 250
    assert str(refused.value).endswith("Of this result there is plot.number_distribution.")
    with pytest.raises(
        ValueError, match=r"^`run` must be a result with load_ergotropy, got an other one \(positive-P\)"
    ):
        qb.plot.discharge(paper_run())


def test_a_density_matrix_that_was_left_out_is_not_asked_for_again():
    run = exact_run("Lindblad").drop_vars("density_matrix").assign_attrs(density_matrix_left_out="300 levels")
    run["quadrature_covariance"] = (("time", "quadrature", "quadrature_"), np.zeros((run.sizes["time"], 2, 2)))
    message = (
        r"got an other one \(Lindblad\) that left it out: 300 levels\. Draw plot.number_distribution, or take lower"
    )
    with pytest.raises(ValueError, match=message):
        qb.plot.wigner(run)

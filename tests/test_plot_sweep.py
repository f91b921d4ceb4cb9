"""Pictures of sweeps: what is drawn against what, how verdicts are marked, and what is refused."""

import numpy as np
import pytest

import phasespace_qb as qb
from tests.pictures import legend

BATTERY = qb.DopoBattery()
TIMES = [0.5, 2.0]


@pytest.fixture(scope="module")
def line():
    return qb.sweep(BATTERY, {"pump": [1.5, 0.5, 1.0]}, TIMES, qb.LinearNoise())


@pytest.fixture(scope="module")
def plane():
    over = {"threshold_ratio": [0.2, 0.4, 0.6], "noise_parameter": [1e-1, 1e-2, 1e-3, 1e-4]}
    return qb.sweep(BATTERY, over, TIMES, [qb.LinearNoise(), qb.EliminatedSteadyState()])


def test_one_curve_of_each_quantity_shares_a_panel(line):
    figure, (panel,) = qb.plot.sweep(line)
    assert panel.get_xlabel() == r"$F_p$ / $\sqrt{\gamma_s}$"
    assert panel.get_ylabel() == r"energy / $\hbar\omega_s$"
    assert legend(panel) == [qb.plot.style.WORDS[name] for name in qb.plot.sweeps.QUANTITIES]
    curve = panel.lines[0]
    assert curve.get_xdata().tolist() == [0.5, 1.0, 1.5]  # in order, as given or not
    assert curve.get_ydata() == pytest.approx(line["energy"].sel(pump=[0.5, 1.0, 1.5]).values[:, -1])
    assert r"\gamma_s t = 2" in figure.get_suptitle()
    figure, (panel,) = qb.plot.sweep(line, time=0.5, quantities="energy")
    assert panel.lines[0].get_ydata() == pytest.approx(line["energy"].sel(pump=[0.5, 1.0, 1.5]).values[:, 0])
    figure.canvas.draw()


def test_several_curves_have_a_panel_for_each_quantity(plane):
    figure, panels = qb.plot.sweep(plane)
    assert len(panels) == 4
    assert len(legend(panels[0])) == 8
    assert legend(panels[0])[:2] == ["0.1, linear noise", "0.1, eliminated steady state"]
    assert panels[0].get_legend().get_title().get_text() == "$g^2$, method"
    assert [panel.get_ylabel() for panel in panels][1] == r"$W$ / $\hbar\omega_s$"
    assert panels[0].get_xscale() == panels[0].get_yscale() == "linear"
    bright = qb.sweep(
        BATTERY, {"threshold_ratio": [1.5, 2.0], "noise_parameter": [1e-1, 1e-4]}, [1.0], qb.LinearNoise("branch")
    )
    assert qb.plot.sweep(bright)[1][0].get_yscale() == "log"
    assert qb.plot.sweep(plane, x="noise_parameter")[1][0].get_xscale() == "log"
    figure.canvas.draw()


def test_verdicts_are_marked(line):
    judged = line.copy(deep=True)
    judged["verdict_by_time"].values[:, -1] = [0, 1, 2]
    judged["verdict"].values[:] = [0, 1, 2]
    figure, (panel,) = qb.plot.sweep(judged, quantities="ergotropy")
    marked = [(mark.get_marker(), mark.get_markerfacecolor(), mark.get_xdata().tolist()) for mark in panel.lines[1:4]]
    assert [(marker, x) for marker, _, x in marked] == [("o", [1.5]), ("o", [0.5]), ("x", [1.0])]
    assert marked[1][1] == "white" != marked[0][1]
    assert "trust: 1, doubt: 1, reject: 1 points" in figure.get_suptitle()


def test_a_foreign_error_is_not_an_unknown_one(plane):
    """Linear theory has no cutoff: it must not be dotted because another method has one."""
    assert not any("dotted" in text for text in legend(qb.plot.sweep(plane)[1][0]))
    both = qb.sweep(BATTERY, {"pump": [0.5, 1.0]}, TIMES, [qb.LinearNoise(), qb.Lindblad((12, 6), tolerance=1e-4)])
    assert not any("dotted" in text for text in legend(qb.plot.sweep(both)[1][0]))
    lost = both.copy(deep=True)
    lost["energy_cutoff_error"].values[:] = np.nan
    assert any("dotted" in text for text in legend(qb.plot.sweep(lost)[1][0]))


def test_axes_are_taken_and_refused(line, plane):
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 2)
    assert qb.plot.sweep(plane, ax=axes)[0] is figure
    with pytest.raises(ValueError, match=r"`ax` must be one axes, or 4, got an array of 2"):
        qb.plot.sweep(plane, ax=plt.subplots(1, 2)[1])
    with pytest.raises(ValueError, match=r"`x` must be one of pump, got 'pmp'\. Did you mean pump\?"):
        qb.plot.sweep(line, x="pmp")
    with pytest.raises(ValueError, match=r"`quantities` must be one name or more, got \(\)"):
        qb.plot.sweep(line, quantities=())
    with pytest.raises(ValueError, match=r"`swept` must be a sweep over `time`, got an instant\. Keep it: isel"):
        qb.plot.sweep(line.isel(time=-1))
    with pytest.raises(ValueError, match=r"`quantities` must be one of energy, .*Did you mean ergotropy\?"):
        qb.plot.sweep(line, quantities=["ergotrophy"])
    with pytest.raises(ValueError, match=r"`time` must be from 0.5 to 2, got 3\.0"):
        qb.plot.sweep(line, time=3.0)
    with pytest.raises(ValueError, match="`swept` must be a result of `sweep`"):
        qb.plot.sweep(qb.simulate(BATTERY, TIMES, qb.LinearNoise()))


def test_pictures_of_one_result_take_no_sweep(line):
    with pytest.raises(
        ValueError, match=r"`run` must be one result, got an array of them over pump\. Take one of a sweep"
    ):
        qb.plot.charging(line)
    qb.plot.charging(qb.point(line, pump=1.0))


def test_a_fine_grid_has_colours_in_a_sequence_and_a_legend_that_can_be_read():
    swept = qb.sweep(BATTERY, {"pump": [0.5, 1.0], "kappa": np.linspace(0.1, 0.5, 21)}, TIMES, qb.LinearNoise())
    _, panels = qb.plot.sweep(swept)
    words = legend(panels[0])
    assert len(words) == qb.plot.sweeps.MOST_NAMED
    assert (words[0], words[-1]) == ("0.1", "0.5")
    colours = {tuple(line.get_color()) for line in panels[0].lines if line.get_linestyle() == "-"}
    assert len(colours) == 21

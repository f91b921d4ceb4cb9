"""What the pictures of a threshold show."""

import numpy as np
import pytest
import xarray as xr
from matplotlib import pyplot as plt

import phasespace_qb as qb
from tests.pictures import legend
from tests.threshold.cases import exact, noisy


def marks(axes):
    """x and y of every set of points that has error bars."""
    return [tuple(np.asarray(part) for part in bars.lines[0].get_data()) for bars in axes.containers]


def test_the_collapse_shows_points_and_the_universal_curve():
    sweeps = [exact(noise) for noise in (1e-2, 0.125, 1e-4)]
    figure, axes = qb.plot.threshold(*sweeps)
    assert legend(axes[0]) == ["$g^2 = 1/8$", "$g^2 = 10^{-2}$", "$g^2 = 10^{-4}$", r"universal, $g \to 0$"]
    assert axes[0].get_ylabel() == r"$g\,\bar n$"
    assert r"\eta" in axes[1].get_xlabel()
    x, y = marks(axes[1])[2]
    assert x == pytest.approx([-1.5, -1.0, -0.5, -0.2, 0.1, 0.4, 0.8, 1.2, 2.0])
    assert y == pytest.approx(qb.universal_threshold(x).second_order_coherence.values, rel=0.02)
    assert figure is axes[0].figure


def test_over_the_drive_it_is_the_photon_number_itself():
    swept = exact(1e-4)
    _, axes = qb.plot.threshold(swept, against="threshold_ratio")
    assert axes[0].get_yscale() == "log"
    x, y = marks(axes[0])[0]
    assert x == pytest.approx(swept.threshold_ratio.values)
    assert y == pytest.approx(swept.photon_number.values[0, :, 0, 0])


def test_sweeps_of_one_g_are_joined_and_far_points_left_out_of_the_collapse():
    near, far = exact(1e-4), exact(1e-4, (-40.0, 60.0))
    _, axes = qb.plot.threshold(near, far)
    assert len(marks(axes[0])[0][0]) == 9
    _, axes = qb.plot.threshold(near, far, against="threshold_ratio")
    x = marks(axes[0])[0][0]
    assert len(x) == 11
    assert (np.diff(x) > 0).all()


def test_error_bars_are_those_of_the_points():
    swept = noisy(exact(1e-4, loss_ratio=1e9), 0.02, np.random.default_rng(1))
    _, axes = qb.plot.threshold(swept)
    (_, y), bars = marks(axes[1])[0], axes[1].containers[0].lines[2][0]
    half = np.array([np.ptp(segment[:, 1]) / 2 for segment in bars.get_segments()])
    expected = 2 * swept.second_order_coherence_stderr + swept.second_order_coherence_estimator_error
    assert half == pytest.approx(expected.values.ravel(), rel=1e-6)
    assert y == pytest.approx(swept.second_order_coherence.values.ravel())


def test_rejected_points_are_left_out():
    swept = exact(1e-4)
    swept["verdict"][:, 3] = 2
    _, axes = qb.plot.threshold(swept)
    assert len(marks(axes[0])[0][0]) == 8


def test_work_over_the_drive_and_over_eta():
    swept = exact(1e-2)
    _, axes = qb.plot.threshold_work(swept)
    assert axes.get_yscale() == "log"
    assert legend(axes) == ["$W$", "$W^c$", "$W^i$", "$g^2 = 10^{-2}$"]
    assert len(marks(axes)[2][0]) < 9  # W^i is not there below threshold
    _, axes = qb.plot.threshold_work(swept, against="eta")
    assert legend(axes) == ["$W^c$", "$W^i$", "$g^2 = 10^{-2}$", r"universal, $g \to 0$"]
    assert marks(axes)[0][1] == pytest.approx(0.1 * swept.ergotropy_coherent.values.ravel())


def test_methods_are_named_where_there_are_several():
    swept = qb.sweep(qb.DopoBattery(), {"threshold_ratio": [0.3, 0.5]}, [5.0], [qb.Lindblad((16, 6)), qb.LinearNoise()])
    _, axes = qb.plot.threshold(swept)
    assert legend(axes[0])[:2] == ["$g^2 = 1/32$, Lindblad", "$g^2 = 1/32$, linear noise"]


def test_axes_of_ones_own_are_drawn_on():
    figure, axes = plt.subplots(1, 3)
    assert qb.plot.threshold(exact(1e-4), ax=axes[:2])[0] is figure
    assert qb.plot.threshold_work(exact(1e-4), ax=axes[2])[1] is axes[2]
    assert all(panel.has_data() for panel in axes)


@pytest.mark.parametrize("picture", [qb.plot.threshold, qb.plot.threshold_work])
def test_what_cannot_be_drawn_is_refused(picture):
    with pytest.raises(ValueError, match="`swept` must be one sweep or more"):
        picture()
    with pytest.raises(TypeError, match="`swept` must be a result of"):
        picture(3)
    with pytest.raises(
        ValueError, match=r"`against` must be one of eta, threshold_ratio, got 'etta'. Did you mean eta"
    ):
        picture(exact(1e-4), against="etta")
    with pytest.raises(ValueError, match="`ax` must be"):
        picture(exact(1e-4), ax=plt.subplots(1, 3)[1])
    with pytest.raises(ValueError, match="a result with"):
        picture(exact(1e-4)[["photon_number", "time", "mode"]])
    with pytest.raises(ValueError, match="a result with"):
        picture(xr.Dataset())


def arrows(axes):
    return sorted(float(x) for line in axes.lines if line.get_marker() == r"$\uparrow$" for x in line.get_xdata())


@pytest.mark.parametrize("against", ["eta", "threshold_ratio"])
def test_points_beyond_the_axis_are_marked(against):
    """At g² = 1/32 and η below −1, g⁽²⁾ is far above its universal values."""
    swept = exact(1 / 32, (-4.5, -3.5, -2.0, -1.0, 0.0, 1.0), loss_ratio=16.0)
    high = swept.second_order_coherence.values.ravel()
    assert high.max() > 7
    _, axes = qb.plot.threshold(swept, against=against)
    top = axes[1].get_ylim()[1]
    x = np.array([-4.5, -3.5, -2.0, -1.0, 0.0, 1.0])
    x = x if against == "eta" else 1 + x * (1 / 32) ** 0.5
    assert arrows(axes[1]) == pytest.approx(x[high > top])
    assert (high[x > x[2] + 1e-9] < top).all()
    assert not arrows(axes[0])


def test_an_axis_ends_where_the_points_do():
    _, axes = qb.plot.threshold(exact(1e-4))
    assert axes[1].get_ylim() == (0.8, 3.4)
    assert not arrows(axes[1])

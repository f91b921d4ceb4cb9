"""Pictures of charging tools: what is drawn where, what is marked, and what is refused."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

import phasespace_qb as qb
from phasespace_qb.charging.switching import PURPOSES, best_of, with_places, with_times
from phasespace_qb.results.protocols import OF_CYCLES, OF_SWITCHING
from phasespace_qb.results.schema import dataset
from tests.pictures import legend
from tests.runs import paper_run

AT = np.linspace(4.0, 16.0, 25)
HOLDS = [0.0, 0.5]


def switched():
    """Invented parabolas in t_off: W^c with its top at 12, P at 10, W that rises."""
    shapes = {"ergotropy": AT, "ergotropy_coherent": 9 - 0.05 * (AT - 12) ** 2}
    shapes |= {"charging_power": 0.9 - 0.005 * (AT - 10) ** 2}
    values = {name: np.stack([curve, np.exp(-0.5) * curve], axis=1) for name, curve in shapes.items()}
    values |= {f"{name}_stderr": np.full((25, 2), 1e-3) for name in shapes}
    values |= best_of(AT, values, PURPOSES, "best_switch_off")
    labels = {"switch_off": AT, "hold": HOLDS, "purpose": list(PURPOSES)}
    result = dataset(values, labels, {"method": "exact", "verdict": "trust"}, variables=OF_SWITCHING)
    return with_places(with_times(result, {"switch_off": "time", "hold": "time"}, "gamma_s"))


def cycles():
    """Invented cycles: a gain that saturates, a power with its top inside."""
    gain = 0.6 / (1 + np.exp(-(AT - 8) / 1.5))
    values = {"delivered_ergotropy": gain, "delivered_power": gain / (AT + 3), "cycle_efficiency": gain / (60 * AT)}
    values |= {f"{name}_stderr": np.full(25, 1e-6) for name in ("delivered_power", "cycle_efficiency")}
    purposes = ("delivered_power", "cycle_efficiency", "delivered_ergotropy")
    values |= best_of(AT, values, purposes, "best_charge")
    result = dataset(values, {"charge": AT, "purpose": list(purposes)}, {"method": "exact"}, variables=OF_CYCLES)
    return with_places(with_times(result, {"charge": "time"}, "gamma_s"))


def balance():
    """Of a small run of the paper's battery."""
    return qb.energy_balance(qb.DopoBattery(), paper_run())


DRAWN = {"switch_off": switched, "energy_balance": balance, "cycles": cycles}
each_picture = pytest.mark.parametrize("name", DRAWN)


@each_picture
def test_a_picture_has_labels_with_units_and_is_drawn_without_warnings(name, tmp_path):
    figure, axes = getattr(qb.plot, name)(DRAWN[name]())
    figure.savefig(tmp_path / "picture.png")
    assert len(axes) == 3
    assert all(panel.get_ylabel() for panel in axes)
    assert r"\gamma_s" in axes[-1].get_xlabel()
    assert figure.get_size_inches()[0] <= 3.6
    # No panel has collapsed.
    assert all(panel.get_position().height > 0.1 for panel in axes)


@each_picture
def test_axes_can_be_given(name):
    figure, given = plt.subplots(1, 3)
    drawn, axes = getattr(qb.plot, name)(DRAWN[name](), ax=given)
    assert drawn is figure
    assert list(axes) == list(given)
    assert not figure.legends
    with pytest.raises(ValueError, match=r"^`ax` must be three axes"):
        getattr(qb.plot, name)(DRAWN[name](), ax=given[:2])


@each_picture
@pytest.mark.parametrize("result", [None, "run.nc", xr.Dataset(), paper_run], ids=["nothing", "name", "empty", "run"])
def test_what_is_no_such_result_is_refused(name, result):
    with pytest.raises((TypeError, ValueError), match=r"^`result` must be a result of `"):
        getattr(qb.plot, name)(result() if callable(result) else result)


def test_the_tool_that_a_result_belongs_to_is_named():
    with pytest.raises(ValueError, match=r"This one is of `charging_cycles`\."):
        qb.plot.switch_off(cycles())
    with pytest.raises(ValueError, match=r"Keep it whole"):
        qb.plot.switch_off(switched().isel(switch_off=3))


def marks(panel):
    """Positions of the best times that are drawn."""
    return [float(bars.lines[0].get_xdata()[0]) for bars in panel.containers]


def test_best_times_are_marked_with_their_errors_and_only_where_there_are_some():
    _, (work, coherent, power) = qb.plot.switch_off(switched())
    assert marks(coherent) == pytest.approx([12.0, 12.0], abs=1e-6)
    assert marks(power) == pytest.approx([10.0, 10.0], abs=1e-6)
    assert marks(work) == []
    ends = [line for line in work.lines if line.get_marker() == ">" and len(line.get_xdata())]
    assert [float(line.get_xdata()[0]) for line in ends] == [16.0, 16.0]
    segment = coherent.containers[0].lines[2][0].get_segments()[0]
    stated = switched().sel(purpose="ergotropy_coherent", hold=0)
    length = 2 * (2 * stated.best_switch_off_stderr + stated.best_switch_off_estimator_error)
    assert float(segment[1, 0] - segment[0, 0]) == pytest.approx(float(length))


def test_holding_times_are_in_the_legend():
    figure, _ = qb.plot.switch_off(switched())
    (words,) = figure.legends
    assert [text.get_text() for text in words.get_texts()] == ["0", "0.5", "largest at the end"]
    assert "t_\\mathrm{hold}" in words.get_title().get_text()


def test_too_many_holding_times_are_refused():
    many = xr.concat([switched()] * 4, "hold")
    with pytest.raises(ValueError, match=r"^`result` must be a result of 6 holding times at most, .* of 8\. Choose"):
        qb.plot.switch_off(many)


def test_energies_are_those_of_the_balance():
    result = balance()
    _, (energies, efficiencies, residual) = qb.plot.energy_balance(result)
    words = legend(energies)
    assert words == ["drawn", "sent", "absorbed", "lost by signal", "lost by pump", "stored, $E$", "stored, $W$"]
    drawn = energies.lines[0].get_ydata()
    assert drawn[1:] == pytest.approx(result.energy_drawn.values[1:])
    assert efficiencies.lines[0].get_ydata() == pytest.approx(100 * result.absorbed_efficiency.values)
    assert residual.lines[0].get_ydata() == pytest.approx(result.balance_residual.values)
    low, high = residual.get_ylim()
    assert low < 0 < high


def test_cycles_mark_the_best_power():
    result = cycles()
    _, (gain, power, efficiency) = qb.plot.cycles(result)
    assert marks(power) == pytest.approx([float(result.best_charge.sel(purpose="delivered_power"))])
    assert marks(efficiency) == pytest.approx([float(result.best_charge.sel(purpose="cycle_efficiency"))])
    assert marks(gain) == []
    assert legend(gain) == ["largest at the end"]


def test_units_of_a_users_own_are_not_called_those_of_the_paper():
    battery = qb.DopoBattery(pump=2.0, kappa=3.0, gamma_s=2.0, gamma_p=20.0)
    found = qb.switch_off(battery, [0.2, 0.4, 0.6], method=qb.LinearNoise())
    _, axes = qb.plot.switch_off(found)
    assert r"\gamma_s" not in axes[-1].get_xlabel() + axes[-1].get_ylabel()


# -- selections, and room --


def test_one_holding_time_is_drawn_like_several():
    result = switched()
    _, (work, *_) = qb.plot.switch_off(result.sel(hold=0.5))
    assert work.lines[0].get_ydata() == pytest.approx(result.ergotropy.sel(hold=0.5).values)
    _, (_, coherent, _) = qb.plot.switch_off(result.isel(hold=0))
    assert marks(coherent) == pytest.approx([12.0], abs=1e-6)


def test_one_mode_is_drawn_like_both():
    _, (energies, *_) = qb.plot.energy_balance(balance().isel(mode=0))
    words = legend(energies)
    assert "lost by signal" in words
    assert "lost by pump" not in words


@pytest.mark.parametrize(
    ("name", "selected", "lacking"),
    [
        ("switch_off", lambda: switched().isel(hold=0, drop=True), "hold"),
        ("switch_off", lambda: switched().isel(purpose=0), "purpose"),
        ("energy_balance", lambda: balance().isel(mode=0, drop=True), "mode"),
        ("energy_balance", lambda: balance().isel(time=-1), "time"),
        ("cycles", lambda: cycles().isel(charge=0), "charge"),
        ("cycles", lambda: cycles().sel(purpose="delivered_power"), "purpose"),
    ],
)
def test_a_selection_that_cannot_be_drawn_is_refused(name, selected, lacking):
    with pytest.raises(ValueError, match=rf"^`result` must be a result of .* Keep it whole, with `{lacking}`\."):
        getattr(qb.plot, name)(selected())


def test_a_legend_has_room():
    """Three columns would be wider than the page with the triangle and the sign for errors that are not known."""
    wide = xr.concat([switched().isel(hold=[0])] * 3, "hold").assign_coords(hold=[0.0, 0.25, 0.5])
    wide["ergotropy_stderr"][3, 0] = np.nan
    figure, _ = qb.plot.switch_off(wide)
    figure.draw_without_rendering()
    box, paper = figure.legends[0].get_window_extent(), figure.bbox
    assert paper.x0 <= box.x0 < box.x1 <= paper.x1
    assert len(figure.legends) == 1

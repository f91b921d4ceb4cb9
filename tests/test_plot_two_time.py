"""Pictures of correlations and of spectra: what is drawn, how it is labelled, and what is refused."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import phasespace_qb as qb
from phasespace_qb.plot.style import half_width
from tests.pictures import legend
from tests.two_time.invented import LAGS, below_threshold

OMEGA = np.linspace(0.0, 5.0, 21)


def spectra(**options):
    return qb.squeezing_spectrum(below_threshold(**options), OMEGA)


def test_correlations_are_the_numbers_with_their_errors():
    corr = below_threshold(noise=2e-3)
    figure, (field, intensity) = qb.plot.correlations(corr)
    assert np.array_equal(field.lines[0].get_xdata(), LAGS)
    assert np.array_equal(field.lines[0].get_ydata(), corr.first_order_correlation.values.real)
    assert np.array_equal(field.lines[1].get_ydata(), corr.anomalous_correlation.values.real)
    assert np.array_equal(intensity.lines[0].get_ydata(), corr.second_order_correlation)
    heights = field.collections[0].get_paths()[0].vertices
    assert np.ptp(heights[heights[:, 0] == LAGS[0], 1]) == pytest.approx(4 * 2e-3)
    assert intensity.get_xlabel() == r"lag $\gamma_s\tau$"
    assert intensity.get_ylabel() == r"$g^{(2)}(\tau)$"
    assert field.get_ylabel() == "field correlation / quanta"
    assert legend(field) == [r"$\langle a^\dagger(t)a(t+\tau)\rangle$", r"$\langle a(t+\tau)a(t)\rangle$"]
    figure.canvas.draw()


def test_several_results_have_colours_and_names():
    other = below_threshold(method="another")
    without = below_threshold(method="a third").drop_vars("second_order_correlation")
    _, (field, intensity) = qb.plot.correlations(below_threshold(), other, without)
    assert legend(field)[2:] == ["invented", "another", "a third"]
    assert len(intensity.lines) == 3  # two results and the level of coherent light
    assert len({field.lines[index].get_color() for index in (0, 2, 4)}) == 3


def test_the_order_of_operators_is_in_the_legend():
    symmetric = below_threshold(ordering="symmetric", method="truncated Wigner").drop_vars("second_order_correlation")
    alone, both = qb.plot.correlations(symmetric), qb.plot.correlations(below_threshold(), symmetric)
    assert legend(alone[1][0])[0] == r"$\frac{1}{2}\langle\{a^\dagger(t),a(t+\tau)\}\rangle$"
    assert legend(both[1][0]) == [
        *("first-order correlation", "anomalous correlation"),
        *("invented, normal order", "truncated Wigner, symmetric order"),
    ]
    both[0].canvas.draw()


def test_unknown_errors_are_dotted():
    corr = below_threshold()
    corr["first_order_correlation_stderr"] = corr["first_order_correlation_stderr"] * np.nan
    _, (field, _) = qb.plot.correlations(corr)
    assert legend(field)[-1] == "dotted: no error known"


def test_a_spectrum_is_drawn_with_the_level_of_the_vacuum():
    spectrum = spectra()
    figure, axes = qb.plot.spectrum(spectrum)
    for row in (0, 1):
        assert np.array_equal(axes.lines[row].get_xdata(), OMEGA)
        assert np.array_equal(axes.lines[row].get_ydata(), spectrum.output_spectrum[row])
    heights = axes.collections[1].get_paths()[0].vertices
    assert np.ptp(heights[heights[:, 0] == 0, 1]) == pytest.approx(2 * half_width(spectrum, "output_spectrum")[1, 0])
    assert axes.lines[2].get_ydata() == [1.0, 1.0]
    assert axes.get_yscale() == "log"
    assert axes.get_xlabel() == r"frequency $\omega/\gamma_s$"
    assert axes.get_ylabel() == r"output spectrum $S(\omega)$"
    assert legend(axes) == [r"$\theta = 0$", r"$\theta = \pi/2$", "vacuum"]
    figure.canvas.draw()


def test_without_a_port_the_spectrum_inside_is_drawn():
    figure, axes = qb.plot.spectrum(spectra(loss=0.0))
    assert axes.get_yscale() == "linear"
    assert axes.get_ylabel() == r"spectrum inside $S_N(\omega)$"
    assert axes.lines[2].get_ydata() == [0.0, 0.0]
    figure.canvas.draw()


def test_two_spectra_differ_by_line_and_by_name():
    _, axes = qb.plot.spectrum(spectra(threshold_ratio=0.5), spectra(ratio=0.7, threshold_ratio=0.7))
    assert [axes.lines[index].get_linestyle() for index in (0, 2)] == ["-", "--"]
    assert legend(axes)[3:] == [r"invented, $\lambda = 0.5$", r"invented, $\lambda = 0.7$"]
    doubted = spectra(verdict="doubt", verdict_reasons='["few"]')
    assert qb.plot.spectrum(doubted)[1].get_title() == "verdict: doubt"


def test_given_axes_are_drawn_on():
    figure, panels = plt.subplots(3)
    assert qb.plot.correlations(below_threshold(), ax=panels[:2])[0] is figure
    assert qb.plot.spectrum(spectra(), ax=panels[2]) == (figure, panels[2])
    assert len(plt.get_fignums()) == 1


@pytest.mark.parametrize(
    "draw",
    [
        qb.plot.correlations,
        qb.plot.spectrum,
        lambda: qb.plot.correlations(3),
        lambda: qb.plot.spectrum("spectrum.nc"),
        lambda: qb.plot.correlations(spectra()),
        lambda: qb.plot.spectrum(below_threshold()),
        lambda: qb.plot.correlations(below_threshold(), ax=plt.subplots()[1]),
        lambda: qb.plot.spectrum(spectra().sel(angle=0.0)),
        lambda: qb.plot.spectrum(spectra().isel(frequency=0)),
        lambda: qb.plot.correlations(below_threshold().sel(lag=0.0)),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw):
    with pytest.raises((TypeError, ValueError), match=r"^`\w+` must be"):
        draw()

"""The variables of the threshold, read off sweeps."""

import json

import numpy as np
import pytest
import xarray as xr

import phasespace_qb as qb
from tests.threshold.cases import exact


def test_a_sweep_in_the_variables_of_the_threshold():
    swept = exact(1e-2, (-1.0, 0.0, 1.0))
    found = qb.collapse(swept)
    g, point = 0.1, swept.isel(noise_parameter=0, threshold_ratio=1, time=0)
    assert found.eta.values.ravel() == pytest.approx([-1, 0, 1])
    here = found.sel(threshold_ratio=1.0).isel(noise_parameter=0)
    assert float(here.scaled_photon_number) == pytest.approx(g * float(point.energy))
    assert float(here.scaled_passive_energy) == pytest.approx(np.sqrt(g) * (float(point.passive_energy) + 0.5))
    assert float(here.scaled_ergotropy_coherent) == pytest.approx(g * float(point.ergotropy_coherent))
    assert float(here.second_order_coherence) == float(point.second_order_coherence[0])
    assert float(here.scaled_variance) == pytest.approx(2 * g * float(point.quadrature_covariance[0, 0]))
    for name, source, factor in (
        ("scaled_photon_number_estimator_error", "photon_number_estimator_error", g),
        ("scaled_passive_energy_cutoff_error", "passive_energy_cutoff_error", np.sqrt(g)),
        ("second_order_coherence_estimator_error", "second_order_coherence_estimator_error", 1.0),
    ):
        assert float(here[name]) == pytest.approx(factor * float(np.ravel(point[source])[0]), rel=1e-9)
    assert found.scaled_photon_number.attrs["symbol"] == r"$g\,\bar n$"
    assert "standard error" not in found.scaled_photon_number_estimator_error.attrs["long_name"]


def test_the_variance_is_that_of_the_longer_axis_and_so_is_its_error():
    """A phase of the drive turns the ellipse and changes nothing."""
    plain, turned = (
        qb.simulate(qb.DopoBattery(pump=1.5 * np.exp(1j * phase)), [4.0], qb.LinearNoise()) for phase in (0.0, 1.1)
    )
    one, other = (qb.collapse(run) for run in (plain, turned))
    assert float(one.scaled_variance) == pytest.approx(float(other.scaled_variance), rel=1e-9)
    assert float(turned.quadrature_covariance[0, 0, 0]) < 0.9 * float(plain.quadrature_covariance[0, 0, 0])
    assert float(one.scaled_variance_estimator_error) > 0


def test_a_single_result_is_a_point():
    run = qb.simulate(qb.DopoBattery(pump=1.5), [4.0], qb.Lindblad((16, 6)))
    found = qb.collapse(run)
    assert found.scaled_photon_number.dims == ()
    assert float(found.eta) == pytest.approx((0.75 - 1) / np.sqrt(1 / 32))


def test_methods_of_a_sweep_stay_apart():
    swept = qb.sweep(
        qb.DopoBattery(),
        {"threshold_ratio": [0.3, 0.5]},
        [5.0],
        {"exact": qb.Lindblad((16, 6)), "linear": qb.LinearNoise()},
    )
    found = qb.collapse(swept)
    assert set(found.scaled_photon_number.dims) == {"threshold_ratio", "solver"}
    assert found.eta.values[:, 0] == pytest.approx(found.eta.values[:, 1])
    gap = found.scaled_photon_number.sel(solver="linear") - found.scaled_photon_number.sel(solver="exact")
    assert (np.abs(gap) > 0).all()


def test_what_has_no_place_on_the_curves_is_refused():
    swept = exact(1e-2)
    with pytest.raises(TypeError, match="`swept` must be a result of `sweep` or `simulate`"):
        qb.collapse(3)
    with pytest.raises(ValueError, match="a result with photon_number"):
        qb.collapse(xr.Dataset())
    with pytest.raises(ValueError, match=r"the coordinate noise_parameter.*Sweep a battery"):
        qb.collapse(swept.isel(noise_parameter=0, drop=True))
    with pytest.raises(ValueError, match=r"a result on resonance.*detuned by 0.5"):
        qb.collapse(swept.expand_dims(detuning=[0.5]))
    detuned = qb.simulate(qb.DopoBattery(detuning=0.3), [1.0], qb.EliminatedSteadyState())
    assert json.loads(detuned.attrs["parameters"])["detuning"] == "0.3"
    with pytest.raises(ValueError, match="a result on resonance"):
        qb.collapse(detuned)

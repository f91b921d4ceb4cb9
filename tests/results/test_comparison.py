"""Agreement of two results: planted differences are found, noise is not, and what cannot be compared is said."""

import json

import numpy as np
import pytest
import xarray as xr
from scipy.ndimage import gaussian_filter1d
from scipy.signal import lfilter

import phasespace_qb as qb
from phasespace_qb.results.comparison import COMPARED, DESCRIBED
from phasespace_qb.results.schema import VARIABLES, dataset
from tests.runs import paper_run

TIMES = np.linspace(0.0, 20.0, 200)
SCALARS = ("energy", "ergotropy", "ergotropy_coherent", "ergotropy_incoherent", "passive_energy", "charging_power")
SEEDS = 200


def result(values, times=TIMES, **attributes) -> xr.Dataset:
    """A dataset of the paper's battery with these values, numbers being constant over time."""
    shape = {"time": len(times), "mode": 2, "quadrature": 2, "quadrature_": 2, "n": 4}
    full = {}
    for name, value in values.items():
        dims = VARIABLES[name.removesuffix("_stderr").removesuffix("_step_error").removesuffix("_cutoff_error")].dims
        full[name] = np.broadcast_to(value, [shape[dim] for dim in dims]).copy()
    labels = {"mode": ["signal", "pump"], "quadrature": ["x", "p"], "quadrature_": ["x", "p"], "n": np.arange(4)}
    given = {"model": "DopoBattery", "parameters": json.dumps({"pump": "3.0"}), "method": "test", "verdict": "trust"}
    return dataset(full, {"time": times} | labels, given | attributes)


EXACT = result(dict.fromkeys(SCALARS, 10.0) | {f"{name}_cutoff_error": 0.0 for name in SCALARS})


def independent(rng, series):
    return rng.standard_normal((*series, len(TIMES)))


def markovian(rng, series):
    """Correlated over 20 of the 200 times, with a kink at each."""
    decay = np.exp(-1 / 20)
    noise = rng.standard_normal((*series, len(TIMES) + 200)) * np.sqrt(1 - decay**2)
    return lfilter([1.0], [1.0, -decay], noise)[..., 200:]


def smooth(rng, series):
    return gaussian_filter1d(rng.standard_normal((*series, len(TIMES))), 8.0, mode="wrap") * 5.32


def frozen(rng, series):
    """One and the same number at all times."""
    return np.repeat(rng.standard_normal((*series, 1)), len(TIMES), axis=-1)


def sampled(noise, seed, shift=0.0, of=SCALARS[0]) -> xr.Dataset:
    """Eight curves around 10 with error bars from 20 groups; `shift` standard errors are added to one quantity."""
    groups = noise(np.random.default_rng(seed), (8, 20))
    mean, stderr = 10 + groups.mean(axis=1), groups.std(axis=1, ddof=1) / np.sqrt(20)
    values = dict(zip(SCALARS, mean, strict=False)) | {"photon_number": mean[6:].T}
    values |= {f"{name}_stderr": error for name, error in zip(SCALARS, stderr, strict=False)}
    values |= {"photon_number_stderr": stderr[6:].T}
    values[of] = values[of] + shift * values[f"{of}_stderr"]
    return result(values)


NUMBERS = result({"photon_number": 10.0, "photon_number_cutoff_error": 0.0})
REFERENCE = EXACT.merge(NUMBERS, combine_attrs="override")


def reasons(found) -> list[str]:
    return json.loads(found.attrs["verdict_reasons"])


# Noise and differences


@pytest.mark.parametrize("noise", [independent, markovian, smooth, frozen])
def test_noise_alone_agrees(noise):
    found = [qb.agreement(sampled(noise, seed), REFERENCE) for seed in range(SEEDS)]
    assert found[0].sizes == {"component": 8, "quantity": 7, "time": 200}
    assert np.mean([each.attrs["verdict"] == "agree" for each in found]) >= 0.97
    assert sum(each.attrs["verdict"] == "disagree" for each in found) <= 1
    # Student's t with 19 degrees of freedom has the variance 19/17.
    mean_square = np.mean([each.mean_square_z.mean() for each in found])
    assert mean_square == pytest.approx(19 / 17, rel=0.02 if noise is independent else 0.12)


@pytest.mark.parametrize("noise", [independent, markovian, smooth, frozen])
@pytest.mark.parametrize("of", ["energy", "charging_power"])
def test_a_shift_of_five_standard_errors_is_found(noise, of):
    found = [qb.agreement(sampled(noise, seed, 5.0, of), REFERENCE) for seed in range(50)]
    assert np.mean([each.attrs["verdict"] != "agree" for each in found]) >= (0.8 if noise is frozen else 0.95)
    shifted = found[0]
    assert shifted.quantity[int(np.abs(shifted.largest_z.values).argmax())] == of
    assert any(reason.startswith(f"{of} differs: z = ") for reason in reasons(shifted)) or noise is frozen


@pytest.mark.parametrize("size", [-12.0, 12.0])
def test_one_far_point_disagrees_and_is_named(size):
    run = sampled(smooth, 3)
    run.passive_energy[70] = 10.0 + size * run.passive_energy_stderr[70]
    found = qb.agreement(run, REFERENCE)
    assert found.attrs["verdict"] == "disagree"
    row = found.sel(quantity="passive_energy")
    assert row.largest_z.item() == pytest.approx(size, rel=1e-6)
    assert row.largest_z_time.item() == TIMES[70]
    assert row.largest_z_component.item() == "passive_energy"
    assert row.share_above_3.item() == pytest.approx(1 / 200, abs=0.01)
    assert any(f"passive_energy at t = {TIMES[70]:.4g}" in reason for reason in reasons(found))


def test_a_shift_of_what_is_called_detectable_is_doubted_and_half_of_it_is_not():
    run, energy = sampled(smooth, 5), {}
    limit = qb.agreement(run, REFERENCE).detectable.sel(component="energy").values
    for share in (0.4, 1.05):
        moved = run.copy(deep=True)
        moved["energy"][:] = 10.0 + share * limit
        # What is found at one point alone: the others stay where they are.
        moved["energy"][1:] = 10.0
        energy[share] = qb.agreement(moved, REFERENCE).attrs["verdict"]
    assert energy[0.4] == "agree"
    assert energy[1.05] != "agree"


def test_both_sampled_results_add_their_errors_in_quadrature():
    one, other = (result({"energy": value, "energy_stderr": 0.3 * k}) for value, k in ((5.0, 1.0), (6.0, 4 / 3)))
    found = qb.agreement(one, other)
    assert found.stderr.values == pytest.approx(0.5)
    assert found.z.values == pytest.approx(-2.0, abs=1e-6)
    assert found.mean_square_z.item() == pytest.approx(4.0, abs=1e-5)
    assert (found.share_above_2.item(), found.share_above_3.item()) == (0.0, 0.0)
    assert qb.agreement(other, one).z.values == pytest.approx(2.0, abs=1e-6)


# Errors that are bounds


@pytest.mark.parametrize(("suffix", "where"), [("_step_error", 0), ("_cutoff_error", 1), ("_estimator_error", 1)])
def test_a_bound_covers_a_systematic_difference_and_a_smaller_one_does_not(suffix, where):
    for bound, verdict in ((1.0, "agree"), (0.3, "disagree")):
        run, exact = sampled(smooth, 7), REFERENCE.copy()
        run["energy"] = run["energy"] + 10 * run["energy_stderr"].mean()
        size = 10 * float(run["energy_stderr"].mean()) * bound
        (run, exact)[where][f"energy{suffix}"] = ("time", np.full(200, size))
        assert qb.agreement(run, exact).attrs["verdict"] == verdict


def test_bounds_of_both_are_added():
    one = result({"energy": 5.0, "energy_stderr": 0.1, "energy_step_error": 0.4})
    other = result({"energy": 5.9, "energy_stderr": 0.0, "energy_cutoff_error": 0.2})
    assert qb.agreement(one, other).z.values == pytest.approx(-3.0, abs=1e-6)


def test_a_bound_counts_by_its_size_whatever_its_sign():
    one = result({"energy": 5.0, "energy_stderr": 0.1, "energy_step_error": -0.4})
    other = result({"energy": 5.5, "energy_stderr": 0.0})
    assert qb.agreement(one, other).z.values == pytest.approx(-1.0, abs=1e-6)


@pytest.mark.parametrize(
    ("difference", "verdict", "z"), [(0.9, "agree", 0.0), (1.5, "doubt", np.inf), (2.5, "disagree", np.inf)]
)
def test_without_sampling_the_bounds_decide(difference, verdict, z):
    one = result({"energy": 5.0 + difference, "energy_cutoff_error": 0.5})
    found = qb.agreement(one, result({"energy": 5.0, "energy_step_error": 0.5}))
    assert found.attrs["verdict"] == verdict
    assert (found.z == z).all()
    assert found.overrun.item() == pytest.approx(difference, rel=1e-6)
    assert bool(reasons(found)) == (verdict != "agree")


def test_rounding_is_no_difference():
    one = result({"energy": 1e6 * (1 + 1e-12), "energy_cutoff_error": 0.0})
    other = result({"energy": 1e6, "energy_cutoff_error": 0.0})
    assert qb.agreement(one, other).attrs["verdict"] == "agree"
    one["energy"] = one["energy"] + 0.1
    assert qb.agreement(one, other).attrs["verdict"] == "disagree"


# Kinds of variables


@pytest.mark.parametrize("part", ["real", "imag"])
def test_complex_quantities_are_compared_by_parts(part):
    value = {"mean_field": 1 + 1j, "mean_field_stderr": 0.1 + 0.2j}
    exact = {"mean_field": np.array([1 + 1j, 1 + 1j]), "mean_field_cutoff_error": 0j}
    exact["mean_field"] = exact["mean_field"] + np.array([0.0, 1.0 if part == "real" else 2.0j])
    found = qb.agreement(result(value), result(exact))
    assert found.component.values.tolist() == [
        f"mean_field[{mode}].{which}" for mode in ("signal", "pump") for which in ("real", "imag")
    ]
    assert found.z.sel(component=f"mean_field[pump].{part}").values == pytest.approx(-10.0, abs=1e-5)
    assert found.z.values.sum() == pytest.approx(-10.0 * len(TIMES), rel=1e-6)
    assert found.attrs["verdict"] == "disagree"


def test_a_real_amplitude_is_a_complex_one():
    one = result({"mean_field": 1.0, "mean_field_stderr": 0.1})
    other = result({"mean_field": 1.0 + 0.5j, "mean_field_stderr": 0.1 + 0.1j})
    found = qb.agreement(one, other)
    assert found.z.sel(component="mean_field[signal].imag").values == pytest.approx(-0.5 / 0.1 / 2**0.5, abs=1e-6)


def test_number_distributions_are_compared_up_to_the_smaller_cutoff_and_where_sampled():
    numbers = np.array([0.9, 0.0999, 1e-4, 0.0])
    one = result({"number_distribution": numbers, "number_distribution_stderr": 1e-3}, trajectories=10_000)
    other = result({"number_distribution": numbers, "number_distribution_cutoff_error": 0.0}).isel(n=[0, 1, 2])
    found = qb.agreement(one, other)
    assert found.component.values.tolist() == ["number_distribution[0]", "number_distribution[1]"]
    assert found.attrs["verdict"] == "agree"
    other["number_distribution"][:, 2] = 0.02
    found = qb.agreement(one, other)
    assert found.component.values.tolist()[-1] == "number_distribution[2]"
    assert found.attrs["verdict"] == "disagree"


def test_all_quantities_of_a_real_run_are_in_except_what_is_exactly_zero_in_both():
    run, other = paper_run(), paper_run().assign_attrs(seed="2")
    found = qb.agreement(run, other)
    assert found.quantity.values.tolist() == [name for name in COMPARED if name in run]
    components = found.component.values.tolist()
    assert "quadrature_covariance[x, x]" in components
    assert "quadrature_covariance[x, p]" not in components
    assert "mean_field[signal].imag" not in components
    assert found.attrs["verdict"] == "agree"
    assert (found.difference == 0).all()
    assert set(found.quantity_of.values) == set(found.quantity.values)


def test_a_mode_that_one_result_lacks_is_left_out():
    run, other = paper_run(), paper_run().isel(mode=[0]).assign_attrs(seed="2")
    found = qb.agreement(run, other)
    assert "photon_number[pump]" not in found.component.values
    assert found.attrs["verdict"] == "agree"
    found = qb.agreement(run, other.assign_coords(mode=["oscillator"]))
    assert "photon_number" not in found.quantity.values


def test_values_without_any_error_are_no_claim():
    bare = result({"energy": 5.0, "ergotropy": 3.0, "ergotropy_cutoff_error": 0.0})
    run = result({"energy": 7.0, "energy_stderr": 0.1, "ergotropy": 3.0, "ergotropy_stderr": 0.1})
    found = qb.agreement(run, bare)
    assert found.quantity.values.tolist() == ["ergotropy"]
    assert json.loads(found.attrs["without_errors"]) == ["energy"]
    with pytest.raises(ValueError, match=r"^`reference` must be a result that has quantities with errors in common"):
        qb.agreement(run, bare[["energy"]])


# What is missing, rejected or not independent


@pytest.mark.parametrize("name", ["energy", "energy_stderr", "energy_cutoff_error"])
def test_nan_in_one_is_counted_and_doubted(name):
    run, exact = sampled(smooth, 4), REFERENCE.copy(deep=True)
    (exact if name == "energy_cutoff_error" else run)[name][:40] = np.nan
    found = qb.agreement(run, exact)
    assert found.attrs["verdict"] == "doubt"
    assert found.missing.sel(quantity="energy").item() == 40
    assert found.compared.sel(quantity="energy").item() == 160
    assert np.isnan(found.z.sel(component="energy").values[:40]).all()
    assert reasons(found) == ["energy is NaN or has no error bar at 40 of 200 points in one result only."]


def test_nan_in_both_is_counted_only_and_a_difference_beside_it_is_found():
    run, exact = sampled(smooth, 4), REFERENCE.copy(deep=True)
    for each in (run, exact):
        each["energy"][:40] = np.nan
    found = qb.agreement(run, exact)
    assert (found.attrs["verdict"], found.missing.sum().item()) == ("agree", 40)
    run["energy"] = run["energy"] + 3.0
    assert qb.agreement(run, exact).attrs["verdict"] == "disagree"


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_where_all_is_lost_nothing_agrees(bad):
    run = result({"energy": bad, "energy_stderr": bad})
    found = qb.agreement(run, result({"energy": bad, "energy_stderr": bad}))
    assert found.attrs["verdict"] == "doubt"
    assert "no point could be compared" in reasons(found)[-1]
    assert np.isnan(found.largest_z.item())


@pytest.mark.parametrize("role", ["run", "reference"])
def test_a_rejected_result_agrees_with_nothing(role):
    pair = {"run": sampled(smooth, 4), "reference": REFERENCE}
    pair[role] = pair[role].assign_attrs(verdict="reject")
    found = qb.agreement(**pair)
    assert found.attrs["verdict"] == "doubt"
    assert found.attrs[f"{role}_verdict"] == "reject"
    assert reasons(found) == [f"the {role} (test) is rejected by its own verdict and can agree with nothing."]


def test_the_same_random_numbers_are_no_second_opinion():
    found = qb.agreement(paper_run(), paper_run())
    assert found.attrs["verdict"] == "doubt"
    assert "both results are of seed 1" in reasons(found)[0]


# Times, parameters, and the dataset itself


def test_only_common_times_are_compared():
    run, other = sampled(smooth, 4), REFERENCE.isel(time=slice(0, 200, 3))
    other = other.assign_coords(time=other.time * (1 + 1e-14))
    found = qb.agreement(run, other.isel(time=slice(1, None)))
    assert np.array_equal(found.time, TIMES[3::3])
    assert found.attrs["times_in_one_only"] == 134
    expected = run.energy.values[3::3] - 10.0
    assert found.difference.sel(component="energy").values == pytest.approx(expected)
    with pytest.raises(ValueError, match=r"^`reference` must be saved at times of `run`, got an array from 0.03 to"):
        qb.agreement(run, REFERENCE.assign_coords(time=TIMES + 0.03))


def test_other_parameters_or_models_are_refused_by_name():
    other = REFERENCE.assign_attrs(parameters=json.dumps({"pump": "3.5", "kappa": "0.5"}))
    message = (
        r"^`reference` must be a result with the parameters of `run`, kappa = None, pump = 3.0, got an other one: "
        r"kappa = 0.5, pump = 3.5\. Only results of one system"
    )
    with pytest.raises(ValueError, match=message):
        qb.agreement(REFERENCE, other)
    with pytest.raises(ValueError, match="a result of the same model as `run`, DopoBattery, got 'OpenSystem'"):
        qb.agreement(REFERENCE, REFERENCE.assign_attrs(model="OpenSystem"))


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        ("run.nc", TypeError),
        (REFERENCE.energy, TypeError),
        (REFERENCE.isel(time=0), ValueError),
        (xr.Dataset(), ValueError),
        (REFERENCE.isel(time=[]), ValueError),
    ],
    ids=["path", "array", "instant", "empty", "no time"],
)
def test_what_is_no_result_is_refused(bad, error):
    for arguments, name in (((bad, REFERENCE), "run"), ((REFERENCE, bad), "reference")):
        with pytest.raises(error, match=rf"^`{name}` must be a result .*, got "):
            qb.agreement(*arguments)


def test_a_comparison_describes_itself_and_survives_a_file(tmp_path):
    found = qb.agreement(sampled(smooth, 4), REFERENCE)
    assert set(found.data_vars) == set(DESCRIBED)
    assert all(found[name].attrs["long_name"] == meaning for name, meaning in DESCRIBED.items())
    assert found.attrs["run_method"] == "test"
    assert 0 < found.attrs["chance"] <= 1
    stored = qb.load(qb.save(found, tmp_path / "agreement.nc"))
    assert stored.identical(found)

"""The schema: every variable says what it is, and nothing else gets in."""

import numpy as np
import pytest

from phasespace_qb.conventions import TIME_UNIT
from phasespace_qb.results.schema import SUFFIXES, VARIABLES, base_name, dataset
from tests.runs import TIMES, paper_run

COORDINATES = {"time": [0.0, 1.0], "mode": ["signal", "pump"]}


@pytest.mark.parametrize("name", VARIABLES)
def test_every_variable_is_described(name):
    variable = VARIABLES[name]
    assert variable.units
    assert variable.symbol
    assert len(variable.meaning) > 5
    assert len(set(variable.dims)) == len(variable.dims)
    assert not any(name.endswith(suffix) for suffix in SUFFIXES), "a quantity must not look like an error"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_suffixes_name_the_quantity_and_keep_its_unit(suffix):
    assert all(base_name(name + suffix) == name for name in VARIABLES)
    result = dataset({f"energy{suffix}": np.zeros(2)}, COORDINATES, {})
    assert result[f"energy{suffix}"].attrs["units"] == VARIABLES["energy"].units
    assert result[f"energy{suffix}"].attrs["long_name"].startswith(SUFFIXES[suffix])


def test_base_name_leaves_other_names_alone():
    assert base_name("energy") == "energy"
    assert base_name("energy_stderr_stderr") == "energy_stderr"
    assert base_name("energy_error") == "energy_error"


@pytest.mark.parametrize("name", ["Energy", "energy_std", "energy_error", "energy_stderr_stderr", "_stderr", ""])
def test_unknown_names_are_refused(name):
    with pytest.raises(KeyError):
        dataset({name: np.zeros(2)}, COORDINATES, {})


@pytest.mark.parametrize("shape", [(), (3,), (2, 2)])
def test_wrong_shapes_are_refused(shape):
    with pytest.raises(ValueError, match=r"dimension|conflicting sizes|Could not convert tuple"):
        dataset({"energy": np.zeros(shape)}, COORDINATES, {})


def test_errors_of_complex_quantities_explain_themselves():
    result = dataset({name: np.zeros((2, 2), complex) for name in ("mean_field", "mean_field_stderr")}, COORDINATES, {})
    assert "imaginary part" in result["mean_field_stderr"].attrs["note"]
    assert "note" not in result["mean_field"].attrs
    assert result["time"].attrs["units"] == TIME_UNIT


def test_a_run_follows_the_schema():
    run = paper_run()
    for name, array in run.data_vars.items():
        variable = VARIABLES[base_name(name)]
        assert array.dims == variable.dims, name
        assert array.attrs["units"] == variable.units, name
        assert array.attrs["symbol"] == variable.symbol, name
    assert np.array_equal(run.time, TIMES)
    assert run.mode.values.tolist() == ["signal", "pump"]
    assert run.portrait_time.attrs["units"] == TIME_UNIT


def test_every_estimate_of_a_run_has_an_error_of_its_shape():
    run = paper_run()
    without = {
        "branches",
        "negative_weight",
        "branch_separation",
        "non_gaussianity",
        "variance_deviation",
        "verdict_by_time",
    }
    without |= {"portrait_samples", "portrait_histogram", "density_matrix", "liouvillian_eigenvalue"}
    without |= {name for name in VARIABLES if name.startswith("load_")}
    for name in set(VARIABLES) - without:
        assert run[f"{name}_stderr"].shape == run[name].shape, name
        assert run[f"{name}_stderr"].dtype == run[name].dtype, name

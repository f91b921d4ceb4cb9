"""What results say of their own errors."""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from validation.evidence import KNOWN_ERRORS


def stated(result: xr.Dataset, name: str) -> NDArray[Any]:
    """Sum of the bounds of step, cutoff and estimator that a result states of a variable; 0 if it states none."""
    bounds = [result[name + suffix].values for suffix in KNOWN_ERRORS if name + suffix in result]
    return np.asarray(sum(bounds, np.zeros(result[name].shape)))


def with_errors(result: xr.Dataset, name: str) -> tuple[NDArray[Any], dict[str, Any]]:
    """Values with all errors that a result states of them, sampling and bounds, as a comparison takes them."""
    return result[name].values, {"error": result[name + "_stderr"].values, "known": stated(result, name)}

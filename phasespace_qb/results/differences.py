"""One quantity of two results, point by point: how far apart they are, and what their errors allow."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from phasespace_qb.results.schema import SUFFIXES
from phasespace_qb.results.significance import DOUBT_BELOW, chance_of_series, independent_times, size_at

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

FEWEST_TRAJECTORIES = 100.0
"""Expected in a number state whose probability is compared: five for each of the 20 groups of the jackknife."""

RELATIVE_ROUNDING, ROUNDING = 1e-9, 1e-12


@dataclass(frozen=True, eq=False)
class Differences:
    """Real numbers over time, as arrays (component, time).

    difference: first minus second.  stderr: √(σ₁² + σ₂²).  bound: Σ of all other stated errors, and rounding.
    missing: NaN, or without an error bar, in one result or both; one_sided: in one only.  rare: probabilities of so
    few trajectories that their error bars mean nothing.  scale: the largest absolute value; of the smaller result, if
    they differ much, as one of them may have grown without end.
    """

    name: str
    labels: list[str]
    times: Array
    difference: Array
    stderr: Array
    bound: Array
    missing: Mask
    one_sided: Mask
    rare: Mask
    scale: float

    @property
    def usable(self) -> Mask:
        """Where there is something to compare."""
        return ~self.missing & ~self.rare

    @property
    def sampled(self) -> Mask:
        """Where the difference has a standard error."""
        return self.usable & (self.stderr > 0)

    @property
    def z(self) -> Array:
        """Excess over the bound in standard errors; infinite where there are none, NaN where nothing is comparable."""
        excess = np.maximum(np.abs(self.difference) - self.bound, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.where(excess > 0, np.sign(self.difference) * excess / self.stderr, 0.0)
        return np.where(self.usable, z, np.nan)

    @property
    def chance(self) -> float:
        """Of such z-scores where nothing differs: the smallest of all components times their number."""
        series = [
            chance_of_series(z[use], difference[use])
            for z, difference, use in zip(self.z, self.difference, self.sampled, strict=True)
        ]
        return min(1.0, len(series) * min(series, default=1.0))

    @property
    def overrun(self) -> float:
        """Largest difference over its bound where neither result is sampled; NaN if there is no such point."""
        fixed = self.usable & ~self.sampled
        return float((np.abs(self.difference[fixed]) / self.bound[fixed]).max()) if fixed.any() else np.nan

    def largest(self) -> tuple[float, float, str]:
        """The largest z with its sign, its time, and its component; NaN and "" if there is none."""
        if not self.usable.any():
            return np.nan, np.nan, ""
        z = np.where(self.usable, self.z, 0.0)
        component, when = np.unravel_index(int(np.abs(z).argmax()), z.shape)
        return float(z[component, when]), float(self.times[when]), self.labels[component]

    def detectable(self, quantities: int) -> Array:
        """The smallest difference that would have been doubted among so many quantities, (component, time)."""
        times = np.array([independent_times(series) for series in self.difference])
        sizes = np.array([size_at(DOUBT_BELOW / (2 * quantities * len(times) * count)) for count in times])
        return np.where(self.usable, sizes[:, None] * self.stderr + self.bound, np.nan)


def has_errors(result: xr.Dataset, name: str) -> bool:
    """Whether a result says how far a quantity may be off; a value alone is no claim."""
    return any(f"{name}{suffix}" in result for suffix in SUFFIXES)


def differences(name: str, run: xr.Dataset, reference: xr.Dataset) -> Differences:
    """Compare one quantity of two results that were saved at the same times.

    Number distributions are compared up to the smaller of both cutoffs; components that are too rare at all times are
    left out.
    """
    keys = [name, *(name + suffix for suffix in SUFFIXES)]
    own = [result[[key for key in keys if key in result]] for result in (run, reference)]
    # Times are the same up to rounding only.  Modes may have been eliminated from one, numbers cut at different n.
    pair = xr.align(*own, join="inner", exclude=["time"])
    is_complex = any(np.iscomplexobj(result[name]) for result in pair)
    values = [_rows(result[name], is_complex, imaginary=0.0) for result in pair]
    errors = [
        [
            _rows(result[key], is_complex, imaginary=1.0) if key in result else np.zeros_like(values[0])
            for key in keys[1:]
        ]
        for result in pair
    ]
    with np.errstate(invalid="ignore"):
        difference = values[0] - values[1]
    sizes = [np.where(np.isfinite(value), np.abs(value), 0.0).max(axis=0, initial=0.0) for value in values]
    # Rounding is relative to the largest value so far.
    rounding = RELATIVE_ROUNDING * np.maximum.accumulate(np.maximum(*sizes)) + ROUNDING
    bound = rounding + sum((np.abs(kind) for error in errors for kind in error[1:]), np.zeros_like(difference))
    largest = [float(size.max()) for size in sizes]
    lost = [~np.isfinite(value + sum(error)) for value, error in zip(values, errors, strict=True)]
    rare = np.zeros(difference.shape, dtype=bool)
    if name == "number_distribution":
        trajectories = min(float(result.attrs.get("trajectories", np.inf)) for result in (run, reference))
        rare = np.fmax(*values) < FEWEST_TRAJECTORIES / trajectories
    # What is exactly 0 in both, such as imaginary parts of real amplitudes, is no evidence.
    empty = ((values[0] == 0) & (values[1] == 0)).all(axis=1)
    keep = ~rare.all(axis=1) & (~empty | empty.all())
    labels = [label for label, kept in zip(_labels(pair[0][name], is_complex), keep, strict=True) if kept]
    return Differences(
        name,
        labels,
        run["time"].values,
        difference[keep],
        np.hypot(errors[0][0], errors[1][0])[keep],
        bound[keep],
        missing=(lost[0] | lost[1])[keep],
        one_sided=(lost[0] ^ lost[1])[keep],
        rare=rare[keep],
        scale=min(largest) or max(largest),
    )


def _labels(array: xr.DataArray, is_complex: bool) -> list[str]:
    """Names of the rows of `_rows`."""
    dims = [str(dim) for dim in array.dims if dim != "time"]
    places = np.ndindex(*(array.sizes[dim] for dim in dims))
    indices = [", ".join(str(array[dim].values[i]) for dim, i in zip(dims, place, strict=True)) for place in places]
    names = [f"{array.name}[{index}]" if index else str(array.name) for index in indices]
    return [f"{name}.{part}" for name in names for part in ("real", "imag")] if is_complex else names


def _rows(array: xr.DataArray, is_complex: bool, imaginary: float) -> Array:
    """Real numbers (component, time), two rows for a complex one; a real one becomes x + i·imaginary·x."""
    values: Any = array.transpose(..., "time").values.reshape(-1, array.sizes["time"])
    if not is_complex:
        return np.asarray(values, dtype=np.float64)
    second = values.imag if np.iscomplexobj(values) else imaginary * values
    return np.asarray(np.stack([values.real, second], axis=1).reshape(-1, array.sizes["time"]), dtype=np.float64)

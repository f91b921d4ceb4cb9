"""How long a run takes to approach its steady state: v∞ + A e^(−t/T) through the late part of a curve."""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from phasespace_qb.errors import refusal, require_one_of, require_real
from phasespace_qb.results.schema import SUFFIXES, VARIABLES
from phasespace_qb.threshold.reading import REJECTED, origin, require_points

Array = NDArray[np.float64]

ALLOWED = tuple(name for name, variable in VARIABLES.items() if variable.dims in (("time",), ("time", "mode")))
FEWEST = 5
"""Save times that three parameters need."""
TRIALS = 60


def relaxation_time(run: xr.Dataset, variable: str = "photon_number", *, remaining: float = 0.3) -> xr.Dataset:
    """Time T of v(t) = v∞ + A e^(−t/T), fitted to the late part of a run, or of every point of a sweep.

    The late part begins at the first save time after the last at which the distance to the end (the mean of the last
    tenth of the save times) is larger than `remaining`, a share of its largest value; the fit has weights 1/σ² where
    there are sampling errors.  What decays twice as fast as the slowest mode has by then lost another factor of
    `remaining`.

    relaxation_time: T in the unit of the times.  `_stderr`: Σ_i |∂T/∂v_i| σ_i, which holds whatever the
    correlations between times are (they are those of one ensemble, and strong: the quadratic sum would be too small).
    `_step_error`, `_cutoff_error`, and `_estimator_error` of the curve: the same sum.  `_estimator_error` also holds
    twice the change of T when the fit begins later, where half of that excursion is left, beyond the errors of that
    fit: it is large where more than one exponential is seen.  steady_value (v∞), amplitude (A) and window_start
    belong to it.

    Errors that are NaN, which says that they are unknown, stay so.  verdict, verdict_reasons: those of the run, or the
    worst of all points of a sweep, of which rejected ones are NaN.

    NaN where the data do not determine T: fewer than five times, an error as large as T itself, or a T that is longer
    than the late part of the run or shorter than its steps.  Near a threshold run for 5/(γ_s g) or longer.

    variable: of the schema, real, over time; of a mode, that of the storage mode.  Complex ones by their real part.
    Shapes: (…, time) -> (…).
    Raises: TypeError for what is no dataset, no text, no number; ValueError for a variable that the run lacks, fewer
    than five finite times, and `remaining` outside of 0.01 … 0.9.
    Source: own derivation; a fit of least squares.
    """
    require_one_of("variable", variable, ALLOWED)
    share = require_real("remaining", remaining, "a share from 0.01 to 0.9", lambda s: 0.01 <= s <= 0.9)
    late = require_points(run, variable, called="run")
    if late.sizes.get("time", 1) < FEWEST or not np.isfinite(late["time"].values).all():
        got = f"an array of {late.sizes.get('time', 1)} times"
        raise ValueError(refusal("run", f"a result over {FEWEST} or more finite times", got, "Save more times."))
    value = late[variable].real
    if "verdict" in late.data_vars:
        value = value.where(late["verdict"] < REJECTED)
    none = xr.zeros_like(value)
    errors = [late[f"{variable}{suffix}"].real if f"{variable}{suffix}" in late else none for suffix in SUFFIXES]
    inputs = [array.drop_vars([c for c in array.coords if c not in array.dims]) for array in (value, *errors)]
    found = xr.apply_ufunc(
        lambda *rows: _fitted(late["time"].values, share, *rows),
        *inputs,
        input_core_dims=[["time"]] * len(inputs),
        output_core_dims=[["found"]],
        vectorize=True,
    ).transpose(..., "found")
    names = ["relaxation_time", *(f"relaxation_time{suffix}" for suffix in SUFFIXES)]
    names += ["steady_value", "amplitude", "window_start"]
    result = xr.Dataset({name: found.isel(found=place, drop=True) for place, name in enumerate(names)})
    kept = {name: late[name] for name in late.coords if name != "time" and "time" not in late[name].dims}
    result = result.assign_coords({name: c for name, c in kept.items() if set(c.dims) <= set(result.dims)})
    for name in names:
        timed = name.startswith(("relaxation_time", "window_start"))
        units = late["time"].attrs.get("units", "") if timed else late[variable].attrs.get("units", "")
        result[name].attrs = {"units": units, "long_name": f"{name.replace('_', ' ')} of {variable}"}
    result["relaxation_time"].attrs["symbol"] = "$T$"
    if "verdict" in late.data_vars:
        result["verdict"] = late["verdict"].drop_vars([c for c in late["verdict"].coords if c not in result.coords])
    return result.assign_attrs(variable=variable, remaining=share, **origin(late))


def _fitted(times: Array, share: float, value: Array, stderr: Array, *bounds: Array) -> NDArray[Any]:
    """T, its errors in the order of SUFFIXES, v∞, A and the start of the window."""
    nothing = np.full(4 + len(SUFFIXES), np.nan)
    known = np.isfinite(value) & np.isfinite(stderr)
    if known.sum() < FEWEST:
        return nothing
    t, v, sigma = times[known], value[known], stderr[known]
    begin = _window(v, share)
    first = _exponential(t[begin:], v[begin:], sigma[begin:])
    if first is None:
        return nothing
    T, slopes, steady, amplitude = first
    own = [float(np.abs(slopes) @ each[known][begin:]) for each in (stderr, *bounds)]
    if not own[0] < T:
        return nothing
    later = _window(v, 0.5 * share)
    second = _exponential(t[later:], v[later:], sigma[later:])
    if second is not None:
        own[-1] += 2 * max(0.0, abs(second[0] - T) - float(np.abs(second[1]) @ sigma[later:]))
    elif not (sigma > 0).any():
        own[-1] = np.nan
    return np.array([T, *own, steady, amplitude, t[begin]])


def _window(value: Array, share: float) -> int:
    """Where the late part begins."""
    end = value[-max(1, len(value) // 10) :].mean()
    distance = np.abs(value - end)
    far = np.flatnonzero(distance > share * distance.max())
    return int(far[-1]) + 1 if far.size else 0


def _exponential(t: Array, v: Array, sigma: Array) -> tuple[float, Array, float, float] | None:
    """T, ∂T/∂v_i, v∞ and the A of the window's start; None where they are not determined."""
    if len(t) < FEWEST:
        return None
    age, span, shortest = t - t[0], float(t[-1] - t[0]), float(np.diff(t).min())
    weight = 1 / sigma if (sigma > 0).all() else np.ones_like(v)

    def linear(log_time: float) -> tuple[NDArray[Any], NDArray[Any]]:
        powers = np.stack([np.ones_like(age), np.exp(-age / np.exp(log_time))], axis=1)
        return powers, np.linalg.lstsq(powers * weight[:, None], v * weight, rcond=None)[0]

    def misfit(log_time: float) -> float:
        powers, fit = linear(log_time)
        return float(np.sum(((powers @ fit - v) * weight) ** 2))

    trials = np.linspace(np.log(shortest / 3), np.log(3 * span), TRIALS)
    best = int(np.argmin([misfit(trial) for trial in trials]))
    if best in (0, TRIALS - 1):
        return None
    tightest = minimize_scalar(
        misfit, bounds=(trials[best - 1], trials[best + 1]), method="bounded", options={"xatol": 1e-9}
    )
    T = float(np.exp(tightest.x))
    if not shortest < T < span:
        return None
    powers, (steady, amplitude) = linear(float(tightest.x))
    jacobian = np.column_stack([powers, amplitude * powers[:, 1] * age / T**2])
    slopes = (np.linalg.pinv(jacobian * weight[:, None]) * weight)[2]
    return T, np.asarray(slopes), float(steady), float(amplitude)

"""Where a threshold is, from data: the point at which g⁽²⁾, on its way from 3 to 1, has its universal value.

For a mode whose field is one real amplitude u with the symmetry u → −u that a continuous (supercritical pitchfork)
bifurcation breaks, driven by white noise: near threshold its density is exp[−(u² − η)²], whatever the system is, and
g⁽²⁾ = Γ(1/4)²/(4 Γ(3/4)²) = 2.18844 at η = 0.  A degenerate parametric oscillator with one- and two-photon loss is such
a mode.  A laser (a complex amplitude with a free phase), a first-order transition, and many modes that order together
are not: they have other values there.
"""

from collections.abc import Hashable
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from phasespace_qb.errors import refusal
from phasespace_qb.outcome import merged_verdict
from phasespace_qb.results.schema import SUFFIXES
from phasespace_qb.threshold.crossing import FEWEST, TOO_FAR, Row, located, together
from phasespace_qb.threshold.reading import (
    BOUNDS,
    REJECTED,
    at_last_time,
    origin,
    parameters,
    position,
    require_points,
)
from phasespace_qb.threshold.universal import COHERENCE_AT_THRESHOLD

Array = NDArray[np.float64]

ADDED, INDEPENDENT = "added up, for any correlation of the points", "of independent points"
"""How sampling errors of points become one."""
LEFT_OF_SHIFT = 0.15
"""Share of that bound that an extrapolation linear in g² may leave."""


def locate_threshold(*swept: xr.Dataset, along: str | None = None) -> xr.Dataset:
    """The value of a swept parameter at which the system has its threshold, with all its errors.

    Each g⁽²⁾ is turned into the η of the universal function that has it; near the threshold that is linear in the
    parameter, and a line (from five points on a parabola) is fitted, with weights from the sampling errors, to the
    points with |η| < 1 around the crossing of η = 0 (three at least; those whose verdict is "reject" are left out).

    threshold: in units of the parameter.  `_stderr`: sampling, of independent points; where a sweep says that its
    points share random numbers, the sum of what each can move it, which holds for any correlation (attribute
    `sampling_errors`).  `_step_error` and `_cutoff_error`: as far as those of the points can move it.  An error that is
    unknown, NaN, at a point of the fit is unknown of the threshold.  `_estimator_error`: that of the points; the bend
    of the fit (against one of the next degree, beyond the sampling error of that); and the shift at finite photon
    numbers, up to η = 3g/2 with g = 0.338/n̄ at the crossing.  width: the change of the parameter by which η changes by
    1, which tends to g times the threshold where λ is proportional to the parameter.
    points: how many took part.  verdict: the worst of the points that were not left out; verdict_reasons: of all.

    Of a sweep that also has threshold_ratio (λ) as coordinate, the same as `threshold_ratio`, which is 1 in the limit.
    Of several values of noise_parameter (g²), `threshold_limit`: the straight line in g² through λ, or through the
    threshold itself where there is no λ, at g² = 0, with weights from all errors.

    swept: g⁽²⁾ and n̄ at the last time, which must be late: near threshold the steady state is approached with the time
    0.9/(γ_s g).  Several sweeps, each with a grid and times that suit its g², are joined along noise_parameter.
    along: the name of the parameter; it may be left out where only one is swept besides noise_parameter.
    Shapes: (points…, [solver,] time, mode) -> (other parameters…, [solver]); NaN where there is no crossing.
    Raises: TypeError for what is no dataset; ValueError for an unknown parameter, fewer than three points, points of
    which none cross the value at threshold, or too far from each other to tell where.
    Source: own derivation, from the density of Drummond, McNeil and Walls, Optica Acta 28, 211 (1981).
    """
    if not swept:
        raise ValueError(refusal("swept", "one sweep or more", swept))
    found = [_located(each, along) for each in swept]
    result = found[0] if len(found) == 1 else _joined(found)
    return _with_limit(result) if "noise_parameter" in result["threshold"].dims else result


def _joined(found: list[xr.Dataset]) -> xr.Dataset:
    """Results of several sweeps along noise_parameter, in its order."""
    lacking = [each for each in found if "noise_parameter" not in each.coords]
    if lacking or len({each.attrs["along"] for each in found}) > 1:
        got = f"an array of sweeps along {[each.attrs['along'] for each in found]}"
        remedy = "Locate each by itself, or add the coordinate: expand_dims(noise_parameter=[g²])."
        raise ValueError(refusal("swept", "sweeps along one parameter, each with its noise_parameter", got, remedy))
    name = "noise_parameter"
    rows = [each if name in each["threshold"].dims else each.expand_dims(name) for each in found]
    rows = [row.drop_vars([c for c in row.coords if c not in row.dims]) for row in rows]
    joined = xr.concat(rows, name, combine_attrs="override").sortby(name)
    said = [each.attrs for each in found if "verdict" in each.attrs]
    seeds = [each.attrs["seed"] for each in found if "seed" in each.attrs]
    if any(each.attrs["sampling_errors"] == ADDED for each in found) or len(set(seeds)) < len(seeds):
        joined.attrs["sampling_errors"] = ADDED
    return joined.assign_attrs(merged_verdict(said, "sweeps") if said else {})


def _located(swept: xr.Dataset, along: str | None) -> xr.Dataset:
    points = at_last_time(require_points(swept, "second_order_coherence", "photon_number"))
    name = _parameter(points["second_order_coherence"], along)
    ratio = position(points, "threshold_ratio")
    rows = _rows(points, name, ratio)
    correlated = bool(np.any(swept.attrs.get("common_random_numbers", 0)))
    found = xr.apply_ufunc(
        located,
        *rows.values(),
        kwargs={"correlated": correlated},
        input_core_dims=[[name]] * len(rows),
        output_core_dims=[["found"]],
        vectorize=True,
    ).transpose(..., "found")
    if not np.isfinite(found.values[..., 0]).any():
        _require_errors(rows, name)
        values = points["second_order_coherence"].values
        lowest, highest = np.nanmin(values, initial=np.inf), np.nanmax(values, initial=-np.inf)
        got = f"an array of values from {lowest:.3g} to {highest:.3g}"
        if not (found.values[..., -1] == TOO_FAR).any():
            remedy = f"Sweep {name} across the threshold."
            raise ValueError(refusal("swept", f"a result whose g⁽²⁾ crosses {COHERENCE_AT_THRESHOLD:.4g}", got, remedy))
        remedy = "Sweep more values close to the threshold: three or more within a distance of 3 g."
        raise ValueError(refusal("swept", "a result with three points of g⁽²⁾ between 1.06 and 2.88", got, remedy))
    said = {"sampling_errors": ADDED if correlated else INDEPENDENT} | origin(points, leave_out=True)
    return _dataset(found, points, name, ratio).assign_attrs(said)


def _require_errors(rows: dict[str, xr.DataArray], name: Hashable) -> None:
    """Refuse points of which too few count, because they are rejected or have no error bars."""
    known = rows["g2"].notnull()
    counts = [int(each.sum(str(name)).max()) for each in (known, known & rows["_stderr"].notnull())]
    if counts[0] < FEWEST:
        must_be, remedy = (
            f"a result with {FEWEST} or more points that are not rejected",
            "Read their `verdict_reasons`.",
        )
        raise ValueError(refusal("swept", must_be, f"an other one, with {counts[0]}", remedy))
    if counts[1] < FEWEST:
        must_be = f"a result whose g⁽²⁾ has standard errors at {FEWEST} or more points"
        remedy = "Use 2,560 trajectories or more."
        raise ValueError(refusal("swept", must_be, f"an other one, with {counts[1]}", remedy))


def _parameter(values: xr.DataArray, along: str | None) -> Hashable:
    names = parameters(values)
    if along is None:
        candidates = [name for name in names if name != "noise_parameter"] or names
        if len(candidates) != 1:
            shown = ", ".join(map(str, candidates)) or "none"
            remedy = "Give its name as `along`."
            raise ValueError(refusal("swept", "a result along one parameter", f"an open choice: {shown}", remedy))
        along = str(candidates[0])
    elif not isinstance(along, str) or along not in names:
        raise ValueError(refusal("along", f"one of {', '.join(map(str, names)) or 'no swept parameters'}", along))
    if values[along].dtype.kind not in "iuf" or values.sizes[along] < FEWEST:
        got = f"an array of {values.sizes[along]}, {values[along].dtype}"
        raise ValueError(refusal(along, f"{FEWEST} or more numbers", got, "Sweep more values."))
    return along


def _rows(points: xr.Dataset, name: Hashable, ratio: xr.DataArray | None) -> dict[str, xr.DataArray]:
    """Parameter, g⁽²⁾, n̄, λ, and the errors of g⁽²⁾; NaN for what does not count, 0 for errors that are not stated."""
    values = points["second_order_coherence"]
    if "verdict" in points:
        values = values.where(points["verdict"] < REJECTED)
    none, unknown = xr.zeros_like(values), xr.full_like(values, np.nan)
    rows = {"parameter": values[name].astype(float), "g2": values, "n": points["photon_number"]}
    rows["ratio"] = unknown if ratio is None else ratio + none
    for suffix in SUFFIXES:
        rows[suffix] = points.get(f"second_order_coherence{suffix}", none)
    return {key: row.drop_vars([c for c in row.coords if c not in row.dims]) for key, row in rows.items()}


def _dataset(found: xr.DataArray, points: xr.Dataset, name: Hashable, ratio: xr.DataArray | None) -> xr.Dataset:
    column = {field: found.isel(found=place, drop=True) for place, field in enumerate(Row._fields)}
    fields = ("stderr", "step", "cutoff", "estimator")
    suffixes = dict(zip(("_stderr", *BOUNDS), fields, strict=True))
    data = {"threshold": column["value"]} | {f"threshold{s}": column[field] for s, field in suffixes.items()}
    data |= {"width": column["width"], "width_stderr": column["width_stderr"], "points": column["used"].clip(min=0)}
    if ratio is not None and name != "threshold_ratio":
        data["threshold_ratio"] = column["ratio"]
        slope = column["slope"].copy(data=np.abs(column["slope"].values))
        data |= {f"threshold_ratio{s}": slope * column[field] for s, field in suffixes.items()}
    result = xr.Dataset(data, attrs={"along": str(name), "coherence_at_threshold": COHERENCE_AT_THRESHOLD})
    others = {dim: points[dim] for dim in found.dims if dim in points.coords}
    noise = position(points, "noise_parameter")
    if noise is not None and "noise_parameter" not in noise.dims and np.ptp(noise.values) <= 1e-9 * noise.values.max():
        others["noise_parameter"] = xr.DataArray(float(noise.values.flat[0]))
    result = result.assign_coords(others)
    unit = points[name].attrs.get("units", "")
    for key in ("threshold", *(f"threshold{s}" for s in suffixes), "width", "width_stderr"):
        result[key].attrs = {"units": unit, "long_name": f"{key.replace('_', ' ')} along {name}"}
    return result


def _with_limit(result: xr.Dataset) -> xr.Dataset:
    """The limit g → 0 of λ, or of the threshold along a parameter, by a weighted line in g²."""
    source = "threshold_ratio" if "threshold_ratio" in result.data_vars else "threshold"
    rows = [result[source], *(result[f"{source}{suffix}"] for suffix in ("_stderr", *BOUNDS))]
    limit = xr.apply_ufunc(
        _limit,
        result["noise_parameter"].astype(float),
        *rows,
        kwargs={"correlated": result.attrs["sampling_errors"] == ADDED},
        input_core_dims=[["noise_parameter"]] * (1 + len(rows)),
        output_core_dims=[["found"]],
        vectorize=True,
    ).transpose(..., "found")
    for place, suffix in enumerate(("", "_stderr", *BOUNDS)):
        result[f"threshold_limit{suffix}"] = limit.isel(found=place, drop=True)
    result.attrs["limit_of"] = source
    return result


def _limit(noise: Array, value: Array, stderr: Array, *bounds: Array, correlated: bool) -> NDArray[Any]:
    """Value at g² = 0 and its errors; NaN from fewer than two points."""
    known = np.isfinite(value) & np.isfinite(stderr)
    if known.sum() < 2:
        return np.full(2 + len(BOUNDS), np.nan)
    x, y, sigma = noise[known], value[known], stderr[known]
    step, cutoff, estimator = (each[known] for each in bounds)
    left = LEFT_OF_SHIFT * estimator
    # A weight may be wrong, an error must not: what is unknown counts as 0 here, and stays unknown below.
    total = np.sqrt(sigma**2 + sum(np.nan_to_num(each) for each in (step, cutoff, left)) ** 2)
    weight = 1 / np.maximum(total, 1e-12 * np.abs(y).max())
    powers = (x / x.max())[:, None] ** np.arange(2)
    solve = np.linalg.pinv(powers * weight[:, None])[0] * weight
    effects = [float(np.abs(solve) @ each) for each in (step, cutoff, left)]
    return np.array([float(solve @ y), together(solve * sigma, correlated), *effects])

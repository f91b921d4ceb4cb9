"""Results at many parameters as one dataset, and back: combined, taken apart, compared point by point.

Dimensions are the swept parameters in the order they were given, `solver` if there are several methods, and then those
of each variable.  Of a result, all variables are kept that have no axis of their own length: what is over time, mode
and quadratures.  An attribute that is the same everywhere stays one; others become variables over the points.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from phasespace_qb.conventions import TIME_UNIT
from phasespace_qb.errors import refusal, require_one_of, require_real
from phasespace_qb.outcome import Verdict
from phasespace_qb.results.comparison import Agreement, agreement
from phasespace_qb.results.schema import VARIABLES, VERDICTS, base_name

Array = NDArray[np.float64]

SOLVER = "solver"
"""The axis of methods: `method` is a keyword of xarray's `sel`, which would not select one."""
KEPT = ("time", "mode", "quadrature", "quadrature_")
"""Dimensions of the variables that a sweep keeps."""
COORDINATES = ("threshold_ratio", "noise_parameter", "loss_ratio")
"""Attributes that say where a point lies; coordinates of a sweep, unless they are swept themselves."""
WHOLE_NUMBERS = ("trajectories", "block_size", "steps")
"""Attributes that are whole numbers, and floats where another method has none."""
SAME = 1e-12
"""Values of a parameter that differ by less than this part are one; their difference is rounding."""
OF_A_SWEEP = ("swept", "variables", "command", "common_random_numbers")
"""Attributes that no single result has."""
OF_A_POINT = (
    *COORDINATES,
    *("coefficients_sha256", "fingerprint", "parameters", "random_numbers", "request", "verdict", "verdict_reasons"),
)
"""Attributes that are over the points even where they are the same at all of them."""
MISSING = "not computed: the sweep was interrupted before"
"""Why there are no numbers at a point that nobody has been to."""


def combine(
    axes: Mapping[str, Array],
    methods: Sequence[str] | None,
    results: Sequence[xr.Dataset | str],
    described: Mapping[str, tuple[str, str]],
) -> xr.Dataset:
    """One dataset from the results at all points, in order, the last axis (methods) varying fastest.

    described: symbols and units of the axes, as far as they are known.  methods: labels, None for a single method
    without an axis.  results: a string says why there is none; its point is NaN and rejected.  A mode that a result
    does not have is NaN.  Raises: ValueError if no point has a result, or if their times differ.
    """
    labels: dict[str, Any] = {**axes, **({} if methods is None else {SOLVER: list(methods)})}
    dims, shape = tuple(labels), tuple(len(values) for values in labels.values())
    found = [result for result in results if isinstance(result, xr.Dataset)]
    if not found:
        raise ValueError(f"There is no result at any point of the sweep: {results[0]}")
    # Where units differ, because what they are multiples of is swept, those of the user hold.
    found.sort(key=lambda result: str(result["time"].attrs.get("units", "")) == TIME_UNIT)
    kept = _labels(found)
    data: dict[str, Any] = {}
    for name, (own, kind, attributes) in _kept(found).items():
        stacked = _stacked(name, kind, [kept[dim] for dim in own], results, "mode" in own)
        data[name] = ((*dims, *own), stacked.reshape(*shape, *stacked.shape[1:]), attributes)
    common, varying = _attributes(results, leave_out=[*axes, *OF_A_SWEEP])
    coordinates: dict[str, Any] = {**labels, **kept}
    for name, values in varying.items():
        said: Any = {"long_name": name.replace("_", " ")}
        if name == "verdict":
            said |= {"flag_values": np.arange(len(VERDICTS), dtype=np.int8), "flag_meanings": " ".join(VERDICTS)}
        if name not in labels:
            (coordinates if name in COORDINATES else data)[name] = (dims, values.reshape(shape), said)
    told = {"swept": json.dumps(list(axes)), "variables": json.dumps(_names_by_method(results, methods or [""]))}
    swept = xr.Dataset(data, coordinates, common | told)
    swept["time"].attrs.update(found[0]["time"].attrs)
    for name in axes:
        symbol, units = described.get(name, (name, ""))
        swept[name].attrs.update(symbol=symbol, units=units)
    return swept


def _labels(found: Sequence[xr.Dataset]) -> dict[str, NDArray[Any]]:
    """Labels of the dimensions that are kept: those of all results, and every mode that any of them has."""
    labels: dict[str, NDArray[Any]] = {}
    for dim in KEPT:
        first = found[0][dim].values
        for result in found:
            if dim != "mode" and not np.array_equal(result[dim].values, first):
                got = f"an array of others: {result[dim].values.tolist()}"
                raise ValueError(refusal(dim, f"the same at every point, {first.tolist()}", got))
        labels[dim] = first
    longest = max((result["mode"].values.tolist() for result in found), key=len)
    every = [*longest, *(mode for result in found for mode in result["mode"].values.tolist())]
    labels["mode"] = np.array(list(dict.fromkeys(every)))
    return labels


def _stacked(
    name: str, kind: Any, labels: Sequence[NDArray[Any]], results: Sequence[xr.Dataset | str], by_mode: bool
) -> NDArray[Any]:
    """A variable of all results, [point, …]; what a point does not know is NaN, and of a verdict the worst."""
    unknown = Verdict.REJECT if kind.kind == "i" else np.nan
    stacked = np.full((len(results), *(len(each) for each in labels)), unknown, dtype=kind)
    modes = labels[-1].tolist() if by_mode else []
    for number, result in enumerate(results):
        if isinstance(result, xr.Dataset) and name in result:
            if by_mode:
                for mode, own in enumerate(result["mode"].values.tolist()):
                    stacked[number, ..., modes.index(own)] = result[name].values[..., mode]
            else:
                stacked[number] = result[name].values
    return stacked


def kept_part(result: xr.Dataset) -> xr.Dataset:
    """Those variables of a result that a sweep keeps."""
    return result.drop_vars([name for name, array in result.data_vars.items() if not set(array.dims) <= set(KEPT)])


def _names_by_method(results: Sequence[xr.Dataset | str], methods: Sequence[str]) -> dict[str, list[str]]:
    """For each method the variables that it has at any point; elsewhere they are NaN for want of a meaning."""
    return {
        label: sorted({str(n) for each in results[number :: len(methods)] if not isinstance(each, str) for n in each})
        for number, label in enumerate(methods)
    }


def _kept(found: Sequence[xr.Dataset]) -> dict[str, tuple[tuple[str, ...], Any, dict[str, Any]]]:
    """Dimensions, type and attributes of every variable that is kept; complex where any result is."""
    kept: dict[str, tuple[tuple[str, ...], Any, dict[str, Any]]] = {}
    for result in found:
        for key, array in result.data_vars.items():
            name = str(key)
            if set(array.dims) <= set(KEPT) and (name not in kept or (array.dtype.kind == "c" != kept[name][1].kind)):
                kept[name] = tuple(map(str, array.dims)), array.dtype, dict(array.attrs)
    return kept


def _attributes(
    results: Sequence[xr.Dataset | str], leave_out: Sequence[str]
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """What all results say alike, and what each says, (points,)."""
    every: list[dict[str, Any]] = [
        result.attrs
        if isinstance(result, xr.Dataset)
        else {"verdict": "reject", "verdict_reasons": json.dumps([result])}
        for result in results
    ]
    there = [result.attrs for result in results if isinstance(result, xr.Dataset)]
    common, varying = {}, {}
    for name in dict.fromkeys(name for attributes in every for name in attributes if name not in leave_out):
        values = [attributes.get(name) for attributes in every]
        if name == "verdict":
            varying[name] = np.array([VERDICTS.index(str(value)) for value in values], dtype=np.int8)
        elif name not in OF_A_POINT and all(a.get(name) == there[0].get(name) for a in there):
            common[name] = there[0].get(name)
        elif all(value is None or isinstance(value, int | float | np.number) for value in values):
            whole = all(isinstance(value, int | np.integer) for value in values)
            varying[name] = np.array(
                [np.nan if v is None else v for v in values], dtype=np.int64 if whole else np.float64
            )
        else:
            varying[name] = np.array(["" if value is None else str(value) for value in values])
    return common, varying


def point(swept: xr.Dataset, *, solver: str | None = None, **coordinates: float) -> xr.Dataset:
    """The result at one point of a sweep, with the attributes of a single run, for every plot and comparison.

    swept: a dataset of `sweep`.  solver: the label of a method, where there are several.  coordinates: one value for
    each swept parameter, of those on the grid, in its units (ratios have none, rates those of the battery).  Portraits,
    number distributions and density matrices are not kept by a sweep.

    Shapes: (points…, [solver,] time, …) -> by the schema over time, mode, quadrature and quadrature_.
    Raises: TypeError or ValueError for what is no sweep, a name that was not swept, and a value off the grid.
    """
    names = require_sweep(swept)
    for name in coordinates:
        require_one_of("coordinates", name, names)
    at = {name: _place(name, swept[name].values, coordinates.get(name)) for name in names}
    if SOLVER in swept.dims:
        at[SOLVER] = solvers(swept).index(require_one_of(SOLVER, solver, solvers(swept)))
    elif solver is not None and (not isinstance(solver, str) or solver != swept.attrs.get("method", _label(swept))):
        raise ValueError(refusal(SOLVER, f"{swept.attrs.get('method', _label(swept))} or left out", solver))
    chosen = swept.isel(at)
    attributes = {name: value for name, value in swept.attrs.items() if name not in OF_A_SWEEP}
    lone = [str(name) for name in chosen.variables if base_name(str(name)) not in VARIABLES and not chosen[name].dims]
    for name in lone:
        value = chosen[name].values.item()
        known = value != "" and not (isinstance(value, float) and np.isnan(value))
        if known and (name in COORDINATES or name in chosen.data_vars):
            whole = name in WHOLE_NUMBERS and isinstance(value, float)
            attributes[name] = VERDICTS[value] if name == "verdict" else int(value) if whole else value
        elif name in names:
            attributes.setdefault(name, value)
    result = without_foreign(chosen).drop_vars(lone)
    result.attrs = attributes
    return result


def _place(name: str, values: Array, wanted: object) -> int:
    """Which of the values is the one that is wanted; it may be left out where there is one only."""
    if wanted is None:
        if len(values) > 1:
            raise ValueError(refusal(name, f"given, from {values.min():g} to {values.max():g}", None))
        return 0
    number = require_real(name, wanted, f"a number from {values.min():g} to {values.max():g}")
    nearest = int(np.abs(values - number).argmin())
    if not np.isclose(values[nearest], number, rtol=SAME, atol=0.0):
        remedy = f"The nearest is {values[nearest]:.10g}."
        raise ValueError(refusal(name, "on the grid of the sweep", number, remedy))
    return nearest


def without_foreign(part: xr.Dataset) -> xr.Dataset:
    """Part of a sweep by one method, without the variables that only other methods have."""
    own = json.loads(part.attrs["variables"])[_label(part)]
    return part.drop_vars([name for name in part.data_vars if name not in own and base_name(str(name)) in VARIABLES])


def _label(part: xr.Dataset) -> str:
    """The method of a part of a sweep that is by one method."""
    return str(part[SOLVER].values) if SOLVER in part.coords else ""


def solvers(swept: xr.Dataset) -> list[str]:
    """Labels of the methods of a sweep; none if there is a single one."""
    return [str(label) for label in swept[SOLVER].values] if SOLVER in swept.dims else []


def require_sweep(swept: object, name: str = "swept") -> list[str]:
    """Names of what was swept.  Raises: TypeError or ValueError, about the argument `name`, for what is no sweep."""
    if not isinstance(swept, xr.Dataset):
        raise TypeError(refusal(name, "a result of `sweep`", swept))
    if "swept" not in swept.attrs:
        raise ValueError(refusal(name, "a result of `sweep`", f"an other dataset, with {list(swept.attrs)}"))
    names: list[str] = json.loads(swept.attrs["swept"])
    lost = [name for name in names if name not in swept.dims]
    if lost:
        remedy = "Select with lists, such as sel(name=[value]), to keep the axis."
        raise ValueError(refusal(name, f"a sweep over {', '.join(names)}", f"an array without {lost[0]}", remedy))
    return names


def agreement_by_point(swept: xr.Dataset, run: str, reference: str) -> xr.Dataset:
    """Do two methods of a sweep agree, at each of its points?

    swept: a dataset of `sweep` by several methods.  run, reference: labels of two of them; see
    `phasespace_qb.results.comparison` for what is compared and how.

    Variables over the points: `agreement` (0 agree, 1 doubt, 2 disagree), `chance` of such z-scores if nothing differs,
    `largest_z` of all quantities and the `quantity` that has it, and `agreement_reasons` (JSON).  Chances are those of
    single points: of a hundred points without any difference, one is doubted on average.

    Shapes: (points…, solver, time, …) -> (points…), dimensions named like the swept parameters.
    Raises: TypeError or ValueError as `point` and `agreement`, and for a sweep of one method.
    """
    names = require_sweep(swept)
    if SOLVER not in swept.dims:
        raise ValueError(refusal("swept", "a sweep of several methods", "an other one, of a single method"))
    for name, label in (("run", run), ("reference", reference)):
        require_one_of(name, label, solvers(swept))
    shape = tuple(swept.sizes[name] for name in names)
    verdict, chance = np.full(shape, Agreement.DOUBT, dtype=np.int8), np.full(shape, np.nan)
    largest, quantity = np.full(shape, np.nan), np.full(shape, "", dtype=object)
    reasons = np.full(shape, "", dtype=object)
    for index in np.ndindex(shape):
        place = {name: float(swept[name].values[i]) for name, i in zip(names, index, strict=True)}
        pair = [point(swept, solver=label, **place) for label in (run, reference)]
        if lost := [label for label, each in zip((run, reference), pair, strict=True) if "request" not in each.attrs]:
            reasons[index] = json.dumps([f"{' and '.join(lost)} has no result here."])
            continue
        found = agreement(*pair)
        verdict[index] = Agreement[found.attrs["verdict"].upper()]
        chance[index], reasons[index] = found.attrs["chance"], found.attrs["verdict_reasons"]
        sizes = np.nan_to_num(np.abs(found["largest_z"].values), nan=-1.0)
        top = int(sizes.argmax())
        largest[index], quantity[index] = found["largest_z"].values[top], str(found["quantity"].values[top])
    flags = {"flag_values": np.arange(3, dtype=np.int8), "flag_meanings": " ".join(a.name.lower() for a in Agreement)}
    data: dict[str, Any] = {
        "agreement": (names, verdict, {"long_name": "whether both methods agree", **flags}),
        "chance": (names, chance, {"long_name": "probability of such z-scores if nothing differs", "units": "1"}),
        "largest_z": (names, largest, {"long_name": "z that is farthest from zero, of all quantities", "units": "1"}),
        "quantity": (names, quantity, {"long_name": "quantity that has the largest z"}),
        "agreement_reasons": (names, reasons, {"long_name": "reasons, as JSON"}),
    }
    attributes = {"run": run, "reference": reference, "swept": swept.attrs["swept"]}
    return xr.Dataset(data, {name: swept[name] for name in names}, attributes)

"""What the tools of a threshold read off a dataset: the storage mode, the last time, the grid, and every error."""

from collections.abc import Hashable, Iterator
from typing import Any

import numpy as np
import xarray as xr

from phasespace_qb.errors import refusal
from phasespace_qb.outcome import merged_verdict
from phasespace_qb.results.schema import SUFFIXES, VERDICTS
from phasespace_qb.results.sweeps import SOLVER

BOUNDS = tuple(suffix for suffix in SUFFIXES if suffix != "_stderr")
"""Errors that are no scatter: they say how far a value may be off, and add up."""
NO_PARAMETERS = ("time", "mode", "quadrature", "quadrature_", SOLVER)
REJECTED = VERDICTS.index("reject")
KEPT = ("method", "model", "storage_mode", "trajectories", "seed", "about", "phasespace_qb_version")
"""What a result says of itself that holds for what is read off it."""


def require_points(swept: object, *names: str, called: str = "swept") -> xr.Dataset:
    """A dataset with these variables, of the storage mode alone; else refuse it.

    called: what the caller's argument is called.
    Raises: TypeError for what is no dataset, ValueError for one that lacks variables.
    """
    if not isinstance(swept, xr.Dataset):
        raise TypeError(refusal(called, "a result of `sweep` or `simulate`", swept))
    missing = [name for name in names if name not in swept]
    if missing:
        raise ValueError(refusal(called, f"a result with {', '.join(missing)}", f"an other one: {list(swept)}"))
    swept = _without_foreign_errors(swept)
    if "mode" not in swept.dims:
        return swept
    storage = swept.attrs.get("storage_mode", swept["mode"].values[0])
    return swept.sel(mode=storage, drop=True)


def _without_foreign_errors(swept: xr.Dataset) -> xr.Dataset:
    """0 for each kind of error that a method of a sweep does not make; it is NaN there because another one does."""
    found = {}
    for name, error in swept.items():
        if SOLVER in error.dims and str(name).endswith(tuple(SUFFIXES)):
            made = error.notnull().any([dim for dim in error.dims if dim != SOLVER])
            if not made.all():
                found[name] = error.where(made, 0.0)
    return swept.assign(found)


def at_last_time(swept: xr.Dataset) -> xr.Dataset:
    """The points at the last time at which they were saved."""
    return swept.isel(time=-1) if "time" in swept.dims else swept


def position(swept: xr.Dataset, name: str) -> xr.DataArray | None:
    """A coordinate of the points among all batteries, or None; that of a single result is an attribute."""
    if name in swept.coords:
        return swept[name].drop_vars([other for other in swept[name].coords if other not in swept[name].dims])
    return xr.DataArray(float(swept.attrs[name])) if name in swept.attrs else None


def parameters(values: xr.DataArray) -> list[Hashable]:
    """Dimensions that are parameters."""
    return [dim for dim in values.dims if dim not in NO_PARAMETERS]


def errors(swept: xr.Dataset, name: str) -> Iterator[tuple[str, xr.DataArray]]:
    """Each error that a variable has, with its suffix."""
    for suffix in SUFFIXES:
        if f"{name}{suffix}" in swept:
            yield suffix, swept[f"{name}{suffix}"]


def origin(swept: xr.Dataset, leave_out: bool = False) -> dict[str, Any]:
    """Attributes of what is read off a result: verdict and reasons over all points, method, seed and version if known.

    leave_out: whether rejected points do not take part; then the verdict is that of the others, if there are any, and
    the reasons say how many were left out.
    """
    kept: dict[str, Any] = {}
    for name in KEPT:
        if name in swept.attrs:
            kept[name] = swept.attrs[name]
        elif name in swept.data_vars and len(known := np.unique(swept[name].values.astype(str))) == 1:
            kept[name] = str(known[0])
    if "verdict" not in swept.data_vars:
        said = [swept.attrs] if "verdict" in swept.attrs else []
        return kept | (merged_verdict(said) if said else {})
    verdicts = swept["verdict"].values.ravel()
    if "verdict_reasons" in swept:
        reasons = swept["verdict_reasons"].broadcast_like(swept["verdict"]).transpose(*swept["verdict"].dims)
        texts = [str(text) or "[]" for text in reasons.values.ravel()]
    else:
        texts = ["[]"] * len(verdicts)
    said = [{"verdict": VERDICTS[v], "verdict_reasons": text} for v, text in zip(verdicts, texts, strict=True)]
    merged = merged_verdict(said, "points")
    if leave_out and (verdicts < REJECTED).any():
        merged["verdict"] = VERDICTS[int(verdicts[verdicts < REJECTED].max())]
    return kept | merged

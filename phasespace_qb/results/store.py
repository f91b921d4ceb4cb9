"""Results on disk: netCDF files that are complete or absent.

A file is written under a temporary name beside its target, flushed, read back, and only then renamed.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from phasespace_qb.errors import refusal

_PARTS = "complex_part"


def save(result: xr.Dataset, path: str | os.PathLike[str]) -> Path:
    """Write `result` as netCDF; an existing file is replaced only by a complete new one.

    Complex variables are stored with an extra dimension (real, imaginary); `load` restores them.
    Raises: ValueError or PermissionError, before writing, if the folder does not exist or is not writable.
    """
    target = check_writable(path)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        _as_real(result).to_netcdf(temporary, engine="h5netcdf")
        with open(temporary, "rb+") as written:
            os.fsync(written.fileno())
        if not load(temporary).identical(result):
            raise OSError(f"{temporary} does not read back as it was written; the disk may be full.")
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    return target


def load(path: str | os.PathLike[str]) -> xr.Dataset:
    """Read a result written by `save` into memory.

    Raises: FileNotFoundError if there is none, ValueError if the file is no such result.
    """
    source = Path(path)
    if not source.is_file():
        raise FileNotFoundError(refusal("path", "a file written by `save`", str(source)))
    try:
        with xr.open_dataset(source, engine="h5netcdf", decode_times=False) as stored:
            return _as_complex(stored.load())
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise ValueError(refusal("path", "a result written by `save`", str(source), f"({error})")) from error


def check_writable(path: str | os.PathLike[str]) -> Path:
    """The absolute path of a file that can be written, tested by creating a temporary one beside it.

    Raises: ValueError for a folder in place of a file or a missing folder, PermissionError for one not writable.
    """
    target = Path(path).expanduser().absolute()
    remedy = "Create the folder or choose another one."
    if target.is_dir():
        raise ValueError(refusal("out", "a file name", str(target), "It is a folder; add a file name."))
    if not target.parent.is_dir():
        raise ValueError(refusal("out", "in an existing folder", str(target), remedy))
    try:
        with tempfile.TemporaryFile(dir=target.parent):
            pass
    except OSError as error:
        raise PermissionError(refusal("out", "in a writable folder", str(target), remedy)) from error
    return target


def _as_real(result: xr.Dataset) -> xr.Dataset:
    complex_names = [name for name, variable in result.variables.items() if variable.dtype.kind == "c"]
    converted = result.copy()
    for name in complex_names:
        array = result[name]
        parts: Any = np.stack([array.values.real, array.values.imag], axis=-1)
        converted[name] = xr.DataArray(parts, dims=(*array.dims, _PARTS), attrs=array.attrs)
    return converted


def _as_complex(stored: xr.Dataset) -> xr.Dataset:
    restored = stored.copy()
    for name, variable in stored.variables.items():
        variable.encoding = {}
        if _PARTS in variable.dims:
            parts = variable.values
            array = xr.DataArray(parts[..., 0] + 1j * parts[..., 1], dims=variable.dims[:-1], attrs=variable.attrs)
            restored[name] = array
    return restored

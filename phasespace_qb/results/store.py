"""Results on disk: netCDF files that are complete or absent.

A file is written under a temporary name beside its target, read back, flushed, and only then renamed.
"""

import errno
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from phasespace_qb.errors import refusal

_PARTS = "complex_part"


def save(result: xr.Dataset, path: str | os.PathLike[str]) -> Path:
    """Write `result` as netCDF; an existing file is replaced only by a complete new one.

    Complex variables are stored with an extra dimension (real, imaginary); `load` restores them.  Returns the absolute
    path.
    Raises: TypeError for what is no dataset or no path; ValueError or PermissionError, before writing, if `path`
    is no file name, or its folder does not exist or is not writable; OSError if the file does not read back as it was
    written.
    """
    if not isinstance(result, xr.Dataset):
        raise TypeError(refusal("result", "a dataset, such as `simulate` returns", result))
    target = check_writable(path, "path")

    def write(temporary: Path) -> None:
        _as_real(result).to_netcdf(temporary, engine="h5netcdf")
        if not load(temporary).identical(result):
            raise OSError(f"{temporary} does not read back as it was written; the disk may be full.")

    return replace_file(target, write)


def replace_file(target: Path, write: Callable[[Path], object]) -> Path:
    """Let `write` make a file beside `target`, and rename it when it is complete and on the disk; returns `target`."""
    # Formats of pictures are chosen by the ending.
    temporary = target.with_name(f".{target.stem}.{os.getpid()}.partial{target.suffix}")
    try:
        write(temporary)
        with open(temporary, "rb+") as written:
            os.fsync(written.fileno())
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    return target


def load(path: str | os.PathLike[str]) -> xr.Dataset:
    """Read a result that `save` has written to `path` into memory.

    Raises: TypeError for what is no path, FileNotFoundError if there is no such file, ValueError if it is no such
    result, or what no file can be called.
    """
    return read(path, "path")


def read(path: str | os.PathLike[str], name: str) -> xr.Dataset:
    """What `load` does; name: what the caller's argument is called."""
    try:
        source = _as_path(name, path)
        source.stat()
    except (OSError, RuntimeError):
        raise FileNotFoundError(
            refusal(name, "a file written by `save`", str(path), "There is no such file.")
        ) from None
    if not source.is_file():
        raise FileNotFoundError(refusal(name, "a file written by `save`", str(source), "It is no file."))
    try:
        # Other HDF5 files have no dimensions; without `phony_dims` xarray would warn and invent them.
        with xr.open_dataset(source, engine="h5netcdf", decode_times=False, phony_dims="access") as stored:
            if any(str(dim).startswith("phony_dim") for dim in stored.dims):
                raise ValueError("its variables have no dimensions")
            return _as_complex(stored.load())
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise ValueError(refusal(name, "a result written by `save`", str(source), f"({error})")) from error


def check_writable(path: str | os.PathLike[str], name: str = "out") -> Path:
    """The absolute path of a file that can be written, tested by creating a temporary one beside it.

    name: what the caller's argument is called.
    Raises: TypeError for what is no path; ValueError for a folder or a device in place of a file, for a missing
    folder and for a name that is too long; PermissionError for a folder that is not writable.
    """
    try:
        target = _as_path(name, path).absolute()
        exists = target.exists()
    except (OSError, RuntimeError) as error:  # a name that is too long, a user that nobody knows
        raise ValueError(refusal(name, "a file name", str(path), f"({error})")) from None
    remedy = "Create the folder or choose another one."
    if target.is_dir():
        raise ValueError(refusal(name, "a file name", str(target), "It is a folder; add a file name."))
    if exists and not target.is_file():
        # Renaming onto /dev/null would replace the device by a file for everybody.
        raise ValueError(refusal(name, "a regular file or a new one", str(target)))
    if not target.parent.is_dir():
        raise ValueError(refusal(name, "in an existing folder", str(target), remedy))
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", suffix=".partial"):
            pass
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise ValueError(refusal(name, "a shorter file name", str(target))) from error
        raise PermissionError(refusal(name, "in a writable folder", str(target), remedy)) from error
    return target


def _as_path(name: str, path: str | os.PathLike[str]) -> Path:
    if not isinstance(path, str | os.PathLike):
        raise TypeError(refusal(name, "a file name", path))
    text = os.fspath(path)
    if not isinstance(text, str):
        raise TypeError(refusal(name, "a file name", path))
    if "\0" in text:
        raise ValueError(refusal(name, "a file name", text, "(embedded null character)"))
    return Path(text).expanduser()


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
            # Not real + 1j·imaginary: 1j·∞ is NaN + 1j·∞.
            numbers = np.ascontiguousarray(variable.values).view(np.complex128)[..., 0]
            array = xr.DataArray(numbers, dims=variable.dims[:-1], attrs=variable.attrs)
            restored[name] = array
    return restored

"""Files are complete or absent, whatever happens while they are written."""

import errno
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

from phasespace_qb.results import store
from phasespace_qb.results.schema import dataset
from phasespace_qb.results.store import check_writable, load, save
from tests.runs import paper_run

TIMES = np.array([0.0, 0.5, 1.0])


def example(energy=1.0):
    """Complex and real numbers, NaN, infinity, texts and attributes of several kinds."""
    field = np.array([[1 + 2j, np.nan], [3j, -1.0], [complex(0.5, np.inf), 1e-320]])
    return dataset(
        {
            "energy": np.array([0.0, energy, np.nan]),
            "mean_field": field,
            "mean_field_stderr": field.conj(),
            "maximum_power": np.asarray(0.25),
        },
        {"time": TIMES, "mode": ["signal", "Pumpe γ"]},
        {"verdict": "trust", "verdict_reasons": '["ν < ½"]', "trajectories": 7, "step": 0.02, "long": "x" * 100_000},
    )


def only(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def is_one_sentence(error: pytest.ExceptionInfo[BaseException]) -> bool:
    text = str(error.value)
    return text.startswith("`") and " must be " in text and ", got " in text and "\n" not in text


def test_round_trip(tmp_path):
    written = example()
    assert save(written, tmp_path / "a.nc") == tmp_path / "a.nc"
    read = load(tmp_path / "a.nc")
    assert read.identical(written)
    assert read["mean_field"].dtype == complex
    assert not read.identical(example(energy=2.0))
    assert only(tmp_path) == ["a.nc"]


def test_round_trip_of_a_run_and_of_a_part_of_it(tmp_path):
    run = paper_run()
    for part in (run, run.isel(time=-1), run[["ergotropy", "mean_field"]], run.isel(time=[])):
        save(part, tmp_path / "run.nc")
        assert load(tmp_path / "run.nc").identical(part)


def test_saving_leaves_the_dataset_alone(tmp_path):
    written = example()
    save(written, tmp_path / "a.nc")
    assert written.identical(example())


def test_an_existing_file_is_replaced(tmp_path):
    save(example(1.0), tmp_path / "a.nc")
    save(example(2.0), tmp_path / "a.nc")
    assert load(tmp_path / "a.nc").identical(example(2.0))
    assert only(tmp_path) == ["a.nc"]


def test_home_is_understood_when_writing_and_when_reading(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert save(example(), "~/a.nc") == tmp_path / "a.nc"
    assert load("~/a.nc").identical(example())


def half_a_file(self, path, **_):
    Path(path).write_bytes(b"\x89HDF\r\n\x1a\n" + b"half a file")
    raise OSError(errno.ENOSPC, "No space left on device")


def half_a_file_and_no_word(self, path, **_):
    Path(path).write_bytes(b"\x89HDF\r\n\x1a\n" + b"half a file")


def other_numbers(self, path, **options):
    WRITE(self + 1.0, path, **options)


def fails(*_):
    raise OSError(errno.EIO, "Input/output error")


def interrupted(*_):
    raise KeyboardInterrupt


WRITE = xr.Dataset.to_netcdf
FAULTS = {
    "disk full": (xr.Dataset, "to_netcdf", half_a_file),
    "truncated in silence": (xr.Dataset, "to_netcdf", half_a_file_and_no_word),
    "other numbers on the disk": (xr.Dataset, "to_netcdf", other_numbers),
    "flushing fails": (store.os, "fsync", fails),
    "renaming fails": (store.os, "replace", fails),
    "interrupted": (store.os, "replace", interrupted),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("existed", [True, False], ids=["replaced", "new"])
def test_a_write_that_fails_leaves_what_was_there(tmp_path, monkeypatch, fault, existed):
    target = tmp_path / "a.nc"
    if existed:
        save(example(1.0), target)
    before = only(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(*FAULTS[fault])
        with pytest.raises((OSError, ValueError, KeyboardInterrupt)):
            save(example(2.0), target)
    assert only(tmp_path) == before
    if existed:
        assert load(target).identical(example(1.0))


def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("text")
    (tmp_path / "folder.nc").mkdir()
    for place in ("missing/a.nc", "file/a.nc", "folder.nc", "", "x" * 240, "x" * 300, "~no-such-user-here/a.nc"):
        with pytest.raises(ValueError, match="`out` must be") as error:
            check_writable(place if place.startswith("~") else tmp_path / place)
        assert is_one_sentence(error), place
    assert only(tmp_path) == ["file", "folder.nc"]


def test_a_device_or_pipe_is_not_replaced_by_a_file(tmp_path):
    os.mkfifo(tmp_path / "pipe.nc")
    with pytest.raises(ValueError, match="a regular file or a new one") as error:
        save(example(), tmp_path / "pipe.nc")
    assert is_one_sentence(error)
    assert (tmp_path / "pipe.nc").is_fifo()
    with pytest.raises(FileNotFoundError, match="It is no file"):
        load(tmp_path / "pipe.nc")


def test_a_read_only_folder_is_refused(tmp_path, monkeypatch):
    def refuses(**_):
        raise PermissionError(errno.EACCES, "Permission denied")

    # The tests may run as root, to whom every folder is writable.
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuses)
    with pytest.raises(PermissionError, match="in a writable folder") as error:
        save(example(), tmp_path / "a.nc")
    assert is_one_sentence(error)
    assert only(tmp_path) == []


def test_damaged_and_foreign_files_are_refused(tmp_path):
    save(example(), tmp_path / "whole.nc")
    whole = (tmp_path / "whole.nc").read_bytes()
    damaged = {f"first {n}": whole[:n] for n in (0, 1, 8, 96, 1_000, len(whole) // 2, len(whole) - 1)}
    for name, content in (damaged | {"text": b"time,energy\n0,1\n", "noise": bytes(range(256)) * 9}).items():
        (tmp_path / "bad.nc").write_bytes(content)
        with pytest.raises(ValueError, match="a result written by `save`") as error:
            load(tmp_path / "bad.nc")
        assert is_one_sentence(error), name


def test_another_hdf5_file_is_refused(tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = np.zeros((3, 4))
    with pytest.raises(ValueError, match="a result written by `save`") as error:
        load(tmp_path / "other.h5")
    assert is_one_sentence(error)


@pytest.mark.parametrize("place", ["missing.nc", "missing/a.nc", "."])
def test_reading_what_is_not_there(tmp_path, place):
    with pytest.raises(FileNotFoundError, match="a file written by `save`") as error:
        load(tmp_path / place)
    assert is_one_sentence(error)


WRITES_UNTIL_KILLED = """
import os, signal, sys, time
from tests.results.test_store import example, load, save
target = sys.argv[1]
save(example(0.0), target)
for attempt in range(10):
    child = os.fork()
    if child == 0:
        energy = 0.0
        while True:
            energy += 1.0
            save(example(energy), target)
    time.sleep(0.05 + 0.013 * attempt)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    found = load(target)
    assert found.identical(example(float(found.energy[1])))
print("always whole")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
def test_a_writer_that_is_killed_leaves_a_whole_file(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", WRITES_UNTIL_KILLED, str(tmp_path / "a.nc")],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "always whole\n", done.stderr

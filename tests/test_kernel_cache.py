"""Compiled modules on disk: loaded again, survived when damaged, placed elsewhere when the folder is not writable."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from phasespace_qb import kernel_cache as cache
from phasespace_qb.errors import PhaseSpaceError

SOURCE = '''"""A small module."""

from numba import njit


@njit("f8(f8)", cache=True)
def twice(x):
    return 2.0 * x
'''
BROKEN = "def twice(x:\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty cache folder, in a process that has loaded nothing."""
    monkeypatch.setenv(cache.CACHE_VARIABLE, str(tmp_path))
    monkeypatch.setattr(cache, "_loaded", {})
    yield tmp_path
    sys.modules.pop(cache.entry_name(SOURCE), None)


def load_as_new_process():
    """The module as a process that has not loaded it sees it."""
    cache._loaded.clear()
    return cache.load(SOURCE)


def was_read_from_disk(module) -> bool:
    """Whether numba found machine code instead of compiling."""
    return sum(module.twice.stats.cache_hits.values()) > 0


def entry(folder):
    """The entry of the small module."""
    return folder / cache.entry_name(SOURCE)


def test_a_module_is_compiled_once_in_a_process(folder):
    module = cache.load(SOURCE)
    assert module.twice(3.0) == 6.0
    assert cache.load(SOURCE) is module
    assert not was_read_from_disk(module)


def test_a_module_is_read_from_disk_the_next_time(folder):
    cache.load(SOURCE)
    again = load_as_new_process()
    assert again.twice(3.0) == 6.0
    assert was_read_from_disk(again)


def test_a_second_process_reads_from_disk(folder):
    cache.load(SOURCE)
    program = (
        "import sys; from phasespace_qb import kernel_cache as cache; "
        "module = cache.load(sys.stdin.read()); "
        "print(module.twice(4.0), sum(module.twice.stats.cache_hits.values()))"
    )
    command = [sys.executable, "-c", program]
    checkout = Path(__file__).parents[2]
    done = subprocess.run(command, input=SOURCE, capture_output=True, text=True, check=True, cwd=checkout)
    assert done.stdout.split() == ["8.0", "1"]


def files_of(folder) -> dict[str, object]:
    """Every file of the entry by its kind."""
    return {path.suffix: path for path in entry(folder).rglob("*") if path.is_file()}


@pytest.mark.parametrize("suffix", [".py", ".nbi", ".nbc", ".json"])
@pytest.mark.parametrize("length", [0, 20])
def test_a_truncated_file_is_survived_and_rebuilt(folder, suffix, length):
    cache.load(SOURCE)
    damaged = files_of(folder)[suffix]
    damaged.write_bytes(damaged.read_bytes()[:length])
    module = load_as_new_process()
    assert module.twice(3.0) == 6.0
    assert not was_read_from_disk(module)
    assert was_read_from_disk(load_as_new_process())


@pytest.mark.parametrize("suffix", [".py", ".nbi", ".nbc", ".json"])
def test_a_missing_file_is_survived_and_rebuilt(folder, suffix):
    cache.load(SOURCE)
    files_of(folder)[suffix].unlink()
    assert load_as_new_process().twice(3.0) == 6.0
    assert was_read_from_disk(load_as_new_process())


def test_an_entry_with_right_checksums_that_does_not_load_is_rebuilt(folder):
    cache.load(SOURCE)
    files_of(folder)[".py"].write_text(BROKEN, encoding="utf-8")
    (entry(folder) / "manifest.json").write_text(json.dumps(cache._checksums(entry(folder))), encoding="utf-8")
    assert load_as_new_process().twice(3.0) == 6.0
    assert was_read_from_disk(load_as_new_process())


def test_a_file_in_the_place_of_an_entry_does_not_stop_a_run(folder):
    entry(folder).write_text("in the way", encoding="utf-8")
    assert cache.load(SOURCE).twice(3.0) == 6.0


def test_nothing_but_the_entry_is_left(folder):
    cache.load(SOURCE)
    assert [path.name for path in folder.iterdir()] == [cache.entry_name(SOURCE)]


def test_a_source_that_does_not_compile_leaves_nothing(folder):
    with pytest.raises(SyntaxError):
        cache.load(BROKEN)
    assert list(folder.iterdir()) == []
    assert cache.entry_name(BROKEN) not in sys.modules


def test_a_faster_process_wins_and_both_have_their_module(folder, monkeypatch):
    other = cache._build(entry(folder), SOURCE)
    module = cache._build(entry(folder), SOURCE)
    assert other.twice(1.0) == module.twice(1.0) == 2.0
    assert was_read_from_disk(load_as_new_process())


def test_threads_share_one_module(folder):
    with ThreadPoolExecutor(4) as pool:
        modules = list(pool.map(lambda _: cache.load(SOURCE), range(8)))
    assert all(module is modules[0] for module in modules)


def test_a_folder_that_cannot_be_written_is_replaced_by_a_private_one(folder, monkeypatch):
    obstacle = folder / "file"
    obstacle.write_text("", encoding="utf-8")
    monkeypatch.setenv(cache.CACHE_VARIABLE, str(obstacle / "below"))
    private = cache.cache_folder()
    assert private.is_dir()
    assert folder not in private.parents
    assert cache.cache_folder() == private
    assert cache.load(SOURCE).twice(3.0) == 6.0


def test_a_folder_that_disappears_is_made_again(folder, monkeypatch):
    wanted = folder / "cache"
    monkeypatch.setenv(cache.CACHE_VARIABLE, str(wanted))
    cache.cache_folder().rmdir()
    assert cache.load(SOURCE).twice(3.0) == 6.0
    assert wanted.is_dir()


def test_a_file_in_the_place_of_the_folder_is_an_error_in_words(folder, monkeypatch):
    wanted = folder / "cache"
    monkeypatch.setenv(cache.CACHE_VARIABLE, str(wanted))
    cache.cache_folder().rmdir()
    wanted.write_text("", encoding="utf-8")
    with pytest.raises(PhaseSpaceError, match=r"The kernel cache .* cannot be written"):
        cache.load(SOURCE)


def test_the_users_cache_folder_is_used_unless_told_otherwise(folder, monkeypatch):
    monkeypatch.delenv(cache.CACHE_VARIABLE)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "user"))
    cache._usable.cache_clear()
    assert cache.cache_folder() == folder / "user" / "phasespace_qb"
    cache._usable.cache_clear()


def test_names_depend_on_the_source():
    assert cache.entry_name(SOURCE) != cache.entry_name(SOURCE + "\n")
    assert cache.entry_name(SOURCE) == cache.entry_name(SOURCE)

"""Where compiled modules live, and how they survive.

An entry is a folder named by the hash of its source, the numba version and the processor: the module, numba's own
index and machine code, and a manifest with a checksum of each.  It is built in a temporary folder and renamed into
place whole, so an entry is complete or absent.  A damaged entry is deleted and rebuilt once.  Where the user's cache
folder cannot be written, a private temporary folder serves for the life of the process.
"""

import atexit
import gc
import hashlib
import importlib.util
import json
import logging
import os
import shutil
import sys
import tempfile
import threading
from functools import cache
from pathlib import Path
from types import ModuleType

from phasespace_qb.errors import PhaseSpaceError

CACHE_VARIABLE = "PHASESPACE_QB_CACHE"
"""Environment variable that names another cache folder."""

_MANIFEST = "manifest.json"
_lock = threading.Lock()
_loaded: dict[str, ModuleType] = {}


def load(source: str) -> ModuleType:
    """The compiled module of `source`: from this process, from the cache folder, or compiled now."""
    name = entry_name(source)
    with _lock:
        if name not in _loaded:
            _loaded[name] = _from_disk(name, source)
        return _loaded[name]


def entry_name(source: str) -> str:
    """Name of the entry and of its module: what the machine code depends on, hashed."""
    text = "\0".join([source, *_machine()])
    return f"phasespace_qb_kernel_{hashlib.sha256(text.encode()).hexdigest()[:24]}"


@cache
def _machine() -> tuple[str, ...]:
    """Versions and processor; asking for them takes longer than a block of a small ensemble."""
    import numba
    from llvmlite.binding import get_host_cpu_features, get_host_cpu_name

    return numba.__version__, sys.version, f"{get_host_cpu_name()} {get_host_cpu_features().flatten()}"


def cache_folder() -> Path:
    """The folder in use: $PHASESPACE_QB_CACHE, else the user's cache folder, else a private temporary one."""
    return _usable(wanted_folder())


def wanted_folder() -> Path | None:
    """The folder that would be used if it can be written; None without a home folder."""
    named = os.environ.get(CACHE_VARIABLE, "")
    return Path(named) if named else _user_cache()


@cache
def _usable(wanted: Path | None) -> Path:
    if wanted is not None:
        try:
            wanted.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=wanted):
                return wanted.resolve()
        except OSError as error:
            text = "the kernel cache %s cannot be used (%s); kernels are compiled anew in every process"
            logging.getLogger("phasespace_qb").warning(text, wanted, error)
    private = Path(tempfile.mkdtemp(prefix="phasespace_qb-"))
    atexit.register(shutil.rmtree, private, ignore_errors=True)
    return private


def _user_cache() -> Path | None:
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    try:
        return Path(base).expanduser() / "phasespace_qb" if base else None
    except RuntimeError:  # no home folder
        return None


def _from_disk(name: str, source: str) -> ModuleType:
    entry = cache_folder() / name
    if entry.exists() and not _is_intact(entry):
        shutil.rmtree(entry, ignore_errors=True)
    if not entry.exists():
        return _build(entry, source)
    try:
        return _execute(name, entry / f"{name}.py")
    except Exception:
        # The checksums were right and it still does not load (another build of a library, say): rebuild once.
        shutil.rmtree(entry, ignore_errors=True)
        return _build(entry, source)


def _build(entry: Path, source: str) -> ModuleType:
    """Compile in a temporary folder beside the entry, then rename; if another process was faster, its entry stays."""
    name = entry.name
    workshop = None
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        workshop = Path(tempfile.mkdtemp(prefix=".building-", dir=entry.parent))
        module_file = workshop / f"{name}.py"
        module_file.write_text(source, encoding="utf-8")
        module = _execute(name, module_file)
        (workshop / _MANIFEST).write_text(json.dumps(_checksums(workshop)), encoding="utf-8")
        try:
            workshop.rename(entry)
        except OSError:
            if not entry.exists():
                raise
        return module
    except OSError as error:
        raise PhaseSpaceError(f"The kernel cache {entry.parent} cannot be written: {error}.") from error
    finally:
        if workshop is not None:
            shutil.rmtree(workshop, ignore_errors=True)


def _execute(name: str, path: Path) -> ModuleType:
    import numba

    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # numba looks its functions up by module name when it loads them from disk.
    sys.modules[name] = module
    settings = vars(numba.config)
    elsewhere, settings["CACHE_DIR"] = settings["CACHE_DIR"], ""  # $NUMBA_CACHE_DIR would scatter the entry
    # Compilation makes millions of small objects; looking for garbage among them costs a fifth of its time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    finally:
        settings["CACHE_DIR"] = elsewhere
        if collecting:
            gc.enable()
    return module


def _checksums(folder: Path) -> dict[str, str]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix in {".py", ".nbi", ".nbc"}]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _is_intact(entry: Path) -> bool:
    try:
        manifest = json.loads((entry / _MANIFEST).read_text(encoding="utf-8"))
        return bool(manifest == _checksums(entry))
    except (OSError, ValueError):
        return False

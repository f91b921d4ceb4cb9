"""One kernel cache for the whole session, figures without a screen, and the same examples in every run."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Before anything of the package is loaded: the folder in use is looked up once for each value of the variable.
KERNELS = tempfile.mkdtemp(prefix="phasespace_qb-tests-")
os.environ["PHASESPACE_QB_CACHE"] = KERNELS
os.environ["MPLBACKEND"] = "Agg"

settings.register_profile("phasespace_qb", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("phasespace_qb")


@pytest.fixture(scope="session", autouse=True)
def _kernels_are_removed_at_the_end(request: pytest.FixtureRequest) -> Iterator[None]:
    """Says how many kernels the session compiled: they are most of its time."""
    yield
    modules = [path.read_text(encoding="utf-8") for path in Path(KERNELS).glob("*/*.py")]
    count = sum("def advance" in module for module in modules)
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print(f"\n{count} kernels and {len(modules) - count} other modules compiled")
    shutil.rmtree(KERNELS, ignore_errors=True)

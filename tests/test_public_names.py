"""The public names: what is promised, where it is found, and that asking for it late costs nothing early."""

import ast
import pkgutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import phasespace_qb as qb

HEAVY = {"xarray", "numba", "matplotlib", "scipy", "h5netcdf", "pandas", "typer", "rich"}


def fresh(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip()


def names_for_type_checkers() -> dict[str, str]:
    """{public name: module} as the TYPE_CHECKING block has it."""
    tree = ast.parse(Path(str(qb.__file__)).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    found = {}
    for node in block.body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                assert alias.asname == alias.name, f"{alias.name} is not re-exported"
                found[alias.name] = node.module.removeprefix("phasespace_qb.")
        else:
            found |= {alias.name.removeprefix("phasespace_qb."): "plot" for alias in node.names}
    return found


def test_the_lazy_table_is_what_type_checkers_see():
    assert names_for_type_checkers() == qb._WHERE


def test_all_names_everything_once():
    assert sorted(qb.__all__) == qb.__all__ == dir(qb)
    assert set(qb.__all__) == {*qb._WHERE, "__version__"}


@pytest.mark.parametrize("name", qb._WHERE)
def test_every_public_name_is_there_and_documented(name):
    value = getattr(qb, name)
    home = import_module(f"phasespace_qb.{qb._WHERE[name]}")
    assert value is (home if name == "plot" else getattr(home, name))
    assert value.__doc__


@pytest.mark.parametrize("name", ["simulation_", "Simulate", "_nothing", "numpy"])
def test_other_names_are_unknown(name):
    with pytest.raises(AttributeError, match=rf"module 'phasespace_qb' has no attribute '{name}'"):
        getattr(qb, name)


def test_importing_the_package_loads_nothing_heavy():
    loaded = fresh("import phasespace_qb, sys; print(*{name.split('.')[0] for name in sys.modules})").split()
    assert "phasespace_qb" in loaded
    assert not HEAVY & set(loaded)


def test_declaring_a_battery_needs_no_compiler_and_no_datasets():
    loaded = fresh(
        "import phasespace_qb as qb, sys; qb.DopoBattery().pump_ratio; print(*{m.split('.')[0] for m in sys.modules})"
    )
    assert not {"xarray", "numba", "matplotlib"} & set(loaded.split())


def test_no_module_bears_the_name_of_a_public_object():
    for module in pkgutil.iter_modules(qb.__path__):
        assert module.name == "plot" or module.name not in qb.__all__


def test_names_stay_what_they_are_after_all_modules_were_imported():
    code = """
import importlib, inspect, pkgutil, phasespace_qb as qb
compiled_as_text = ("kernels.lanes", "kernels.tally")
for module in pkgutil.walk_packages(qb.__path__, "phasespace_qb."):
    if not module.name.endswith(("__main__", *compiled_as_text)):
        importlib.import_module(module.name)
print(*map(inspect.isfunction, (qb.simulate, qb.save, qb.load)), inspect.ismodule(qb.plot))
"""
    assert fresh(code) == "True True True True"


def test_a_star_import_gives_all_names():
    assert fresh("from phasespace_qb import *; print(simulate.__name__, plot.charging.__name__)") == "simulate charging"

"""The examples and the README's Python run as they stand, at reduced size."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("[0-9]*.py"))
SLOW = {"06_figure_3_ergotropy", "09_figure_6_power", "10_figure_7_coherent"}
"""Figures that use nothing that the others do not; the slow tier runs them."""


def run(code_or_file, folder, *arguments):
    """Run Python in an empty folder and return what it printed."""
    environment = os.environ | {"PYTHONWARNINGS": "error"}
    command = [sys.executable, *code_or_file, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def each(path):
    """One example as a parameter, in its tier."""
    return pytest.param(path, id=path.stem, marks=[pytest.mark.slow] if path.stem in SLOW else [])


@pytest.mark.parametrize("example", [each(path) for path in EXAMPLES])
def test_an_example_runs(example, tmp_path):
    figure = "figure" in example.stem
    assert run([str(example)], tmp_path, "quick" if figure else "3000").strip()
    assert not figure or list(tmp_path.glob("figure_*.png"))


def test_the_readme_block_runs(tmp_path):
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    assert blocks
    code = "\n".join(blocks)
    for large, small in (
        ("100_000", "3_000"),
        ("10_000", "2_560"),
        ("pump=3.0", "pump=1.2"),
        ("(52, 16)", "(16, 8)"),
        ("(36, 12)", "(16, 6)"),
    ):
        assert large in code
        code = code.replace(large, small)
    run(["-c", code], tmp_path)


def test_the_readme_commands_exist():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/phasespace-qb charge" in text
    assert 'python3 -m venv .venv && .venv/bin/pip install -e ".[test]" && .venv/bin/pytest' in text

"""What README, changelog and examples say is there: every block, command, option, name, picture and file."""

import re
import shlex
import tomllib
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer

import phasespace_qb as qb
from phasespace_qb import cli
from tests.documented import LINEAR
from tests.test_examples import EXAMPLES, ROOT
from validation import __main__ as validation
from validation.claims import all_chapters
from validation.command import chosen

README = (ROOT / "README.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
FENCED = re.findall(r"^```(\w*)\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)
OUTSIDE = re.sub(r"^```.*?^```$", "", README, flags=re.DOTALL | re.MULTILINE)
INDENTED = re.findall(r"^    (\S.*)$", OUTSIDE, flags=re.MULTILINE)
PROSE = [*re.findall(r"`((?:phasespace-qb|python -m validation) [^`]+)`", OUTSIDE + CHANGELOG)]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORK = ("phasespace_qb.simulation.simulate", "phasespace_qb.sweeping.protocol.sweep", "phasespace_qb.doctor.examine")


class AtWork(Exception):
    """A command line was understood, checked, and is about to be computed."""


def steps(line: str) -> list[list[str]]:
    """Words of the commands that `&&` joins in a line of shell, without its comment."""
    words = shlex.split(line, comments=True)
    ends = [-1, *(i for i, word in enumerate(words) if word == "&&"), len(words)]
    return [words[first + 1 : last] for first, last in pairwise(ends)]


def understood(words: list[str], monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether a command reaches the work that it asks for; nothing is installed, and nothing computed."""
    program, *arguments = words
    match Path(program).name, arguments:
        case "phasespace-qb", _:
            assert "phasespace-qb" in PROJECT["scripts"]
            return reached(arguments, monkeypatch)
        case "python", ["-m", "validation", *rest]:
            given = validation.parser().parse_args(rest)
            return given.command is not None or chosen(all_chapters(), given.only, full=given.full) != []
        case "python3", ["-m", "venv", _]:
            return True
        case "pip", ["install", *options, target]:
            extras = re.findall(r"\w+", target.removeprefix("."))
            return options in ([], ["-e"]) and target[0] == "." and {*extras} <= {*PROJECT["optional-dependencies"]}
        case "pytest", []:
            return True
    return False


def reached(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> bool:
    def work(*_: Any, **__: Any) -> None:
        raise AtWork

    for name in WORK:
        monkeypatch.setattr(name, work)
    try:
        cli.main(arguments)
    except AtWork:
        return True
    except SystemExit:
        return False
    raise AssertionError("a command did nothing")


def test_every_block_of_the_readme_is_of_a_kind_that_is_tested():
    assert README.count("```") == 2 * len(FENCED)
    assert {kind for kind, _ in FENCED} == {"python", "toml"}  # Python: test_examples.py


@pytest.mark.parametrize("line", INDENTED)
def test_a_command_of_the_readme_is_understood(line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (toml,) = [block for kind, block in FENCED if kind == "toml"]
    Path("sweep.toml").write_text(toml, encoding="utf-8")
    assert all(understood(words, monkeypatch) for words in steps(line))


@pytest.mark.parametrize(
    "line",
    [
        "phasespace-qb charge --cutoff 3",
        "phasespace-qb discharged",
        "phasespace-qb sweep --over pumps=1:3:21",
        "phasespace-qb sweep no.toml",
        "pip install .[tests]",
        "conda install phasespace-qb",
        "phasespace-qb doctor && phasespace-qb charge --until later",
    ],
)
def test_a_command_that_is_wrong_is_seen(line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert not all(understood(words, monkeypatch) for words in steps(line))


def test_an_unknown_audit_is_seen(monkeypatch):
    with pytest.raises(SystemExit):
        understood(["python", "-m", "validation", "papers"], monkeypatch)


def test_the_toml_block_is_what_its_comments_say(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (toml,) = [block for kind, block in FENCED if kind == "toml"]
    Path("sweep.toml").write_text(toml, encoding="utf-8")

    def work(*given: Any, **_: Any) -> None:
        raise AtWork(given)

    monkeypatch.setattr(WORK[1], work)
    with pytest.raises(AtWork) as at_work:
        cli.main(["sweep", "sweep.toml"])
    _, over, times, methods = at_work.value.args[0]
    assert {name: (min(values), max(values), len(values)) for name, values in over.items()} == {
        "threshold_ratio": (0.8, 1.6, 9),
        "noise_parameter": (1e-4, 0.03125, 2),
    }
    assert times[-1] == 40.0
    assert set(methods) == {"positive-p", "wigner"}


def unknown_options(line: str) -> list[str]:
    """Commands and options of a line that `phasespace-qb` or `python -m validation` do not have."""
    if line.startswith("python -m validation"):
        try:
            validation.parser().parse_args(shlex.split(line, comments=True)[3:])
        except SystemExit:
            return [line]
        return []
    group: Any = typer.main.get_command(cli.app)
    known = {name: {text for p in each.params for text in p.opts} for name, each in group.commands.items()}
    command, *rest = shlex.split(line)[1:]
    options = [word for word in rest if word.startswith("--")]
    return [command] if command not in known else [word for word in options if word not in known[command]]


@pytest.mark.parametrize("line", sorted(set(PROSE)))
def test_a_command_in_prose_exists(line):
    assert unknown_options(line) == []


def test_a_command_in_prose_that_does_not_exist_is_seen():
    assert unknown_options("phasespace-qb charge --stderr 1") == ["--stderr"]
    assert unknown_options("phasespace-qb graph") == ["graph"]
    assert unknown_options("python -m validation --quick")
    assert unknown_options("python -m validation papers")


def missing(text: str) -> set[str]:
    """Names of this package in a text that nothing answers to: `qb.X`, `plot.x`, `phasespace_qb.linear`, `Class.x`."""
    classes = "|".join(name for name in qb.__all__ if isinstance(getattr(qb, name), type))
    found = re.findall(r"\bqb((?:\.[A-Za-z_]\w*)+)", text)
    found += [f".{name}" for name in re.findall(rf"`((?:plot|{classes})\.\w+)", text)]
    lost = set()
    for name in found:
        here: Any = qb
        for part in name.split(".")[1:]:
            # What is beyond a function is an attribute of what it returns.
            if isinstance(here, ModuleType | type):
                here = getattr(here, part, None)
                lost |= set() if here is not None else {name.removeprefix(".")}
    return lost


TEXTS = {"README.md": README, "CHANGELOG.md": CHANGELOG}
TEXTS |= {path.name: path.read_text(encoding="utf-8") for path in EXAMPLES}


@pytest.mark.parametrize("name", TEXTS)
def test_every_name_that_is_told_exists(name):
    assert "qb." in TEXTS[name]
    assert missing(TEXTS[name]) == set()


def test_a_name_that_does_not_exist_is_seen():
    text = "`qb.simulate`, qb.simulated(1), `qb.plot.charging`, qb.plot.chart(run) `plot.graph` `DopoBattery.att`"
    assert missing(text) == {"simulated", "plot.chart", "plot.graph", "DopoBattery.att"}


def test_the_readme_lists_all_pictures():
    (listed,) = re.findall(r"^Pictures: (.*?), each from", README, flags=re.DOTALL | re.MULTILINE)
    assert sorted(name.removeprefix("qb.plot.") for name in re.findall(r"`([\w.]+)`", listed)) == sorted(
        qb.plot.__all__
    )


def test_what_the_changelog_promises_of_linear_theory_is_there():
    assert "in `phasespace_qb.linear`" in CHANGELOG
    assert all(thing.__module__.startswith("phasespace_qb.linear.") for thing in LINEAR)


@pytest.mark.parametrize("text", [README, CHANGELOG], ids=["README.md", "CHANGELOG.md"])
def test_every_file_that_is_named_exists(text):
    named = re.findall(r"\]\(([^)]+)\)", text) + re.findall(r"`((?:examples|phasespace_qb)/[\w/.]+)`", text)
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_example_is_run():
    assert [path for path in (ROOT / "examples").rglob("*.py") if path not in EXAMPLES] == []

"""The shape of package and validation: arrows that point one way, where the pump may be named, the size of files."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "phasespace_qb"
FILES = sorted(PACKAGE.rglob("*.py"))
LONGEST_FILE = 320
VALIDATION = PACKAGE.parent / "validation"
VALIDATING = sorted(VALIDATION.rglob("*.py"))

FOUNDATIONS = {"conventions", "errors", "outcome"}
TOP = {"simulation", "discharging", "charging", "sweeping", "two_time", "doctor", "cli", "commands"}
TOP |= {"__main__", "__init__"}
"""Rooms that see everything; `charging`, `sweeping` and `two_time` because they run simulations."""
ALLOWED = {
    "conventions": set(),
    "errors": set(),
    "outcome": set(),
    "kernel_cache": {"errors"},
    "models": FOUNDATIONS,
    "phase_space": FOUNDATIONS | {"models", "kernel_cache"},
    # Linear theory takes drift and diffusion from the rules of a representation, so that there is one derivation; of
    # phase_space it may see no more (test below).  What a Gaussian state is worth, `states` and `work` know.
    "linear": FOUNDATIONS | {"models", "phase_space", "states", "work"},
    "eliminated": FOUNDATIONS | {"states", "work"},
    "lindblad": FOUNDATIONS | {"models", "kernel_cache", "states", "work"},
    "states": FOUNDATIONS,
    "work": FOUNDATIONS | {"states"},
    "results": FOUNDATIONS,
    "plot": FOUNDATIONS | {"results", "states", "threshold"},
    "threshold": FOUNDATIONS | {"results", "states", "work"},
    "report": FOUNDATIONS | {"models", "results"},
    "methods": FOUNDATIONS | {"phase_space", "linear", "lindblad"},
    "trajectories": FOUNDATIONS | {"models", "methods", "phase_space", "estimators"},
    "estimators": FOUNDATIONS | {"phase_space", "states", "work", "results"},
}
"""What each room may import besides itself (contract 8 of the design)."""
SAYS_PUMP = {"models/dopo.py", "doctor.py", "report.py"}
SAYS_PUMP |= {f"commands/{name}.py" for name in ("options", "charge", "compare", "discharge", "sweep")}
"""Where the battery of the paper is declared, where its options are named, and where they are printed."""
VALIDATION_TOP = {"__main__", "command", "paper_audit"}
VALIDATION_ALLOWED: dict[str, set[str]] = {
    "__init__": set(),
    "judgement": set(),
    "crew": set(),
    "evidence": {"judgement"},
    "referees": {"evidence"},
    "references": {"evidence", "referees"},
    "routes": {"references"},
    # Measures that are older than the claims and have reports of their own.
    "surroundings": set(),
    "benchmarks": {"evidence", "judgement", "surroundings"},
    "hazards": {"evidence", "judgement"},
    "paper": {"evidence", "judgement", "crew", "references"},
    "claims": {"evidence", "judgement", "referees", "references", "routes", "hazards", "planted"},
    "audit": {"evidence", "judgement", "crew", "claims"},
    "report": {"evidence", "judgement", "audit", "paper", "surroundings"},
    # That mistakes are seen is a claim too.  Its processes, and they alone, check the other ones.
    "planted": set(),
    "planted/hunt.py": {"judgement", "audit"},
}
"""What each room of the validation may import of it besides itself; all of them may import the package, none tests."""
OF_EVIDENCE = {"referees": {"MissingReferee"}}
"""A referee says that it is not installed, and knows nothing of claims."""


def name_of(file: Path) -> str:
    """Path inside the package, or inside the validation."""
    return file.relative_to(VALIDATION if file.is_relative_to(VALIDATION) else PACKAGE).as_posix()


def room_of(name: str) -> str:
    """First part of a path inside the package."""
    return name.split("/", maxsplit=1)[0].removesuffix(".py")


def imported_modules(source: str) -> set[str]:
    """Full names of everything that a source imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def forbidden(name: str, source: str) -> set[str]:
    """Imports of a file that point the wrong way."""
    room = room_of(name)
    wrong = {module for module in imported_modules(source) if module.split(".")[0] in {"validation", "tests"}}
    if room in TOP:
        return wrong
    for module in imported_modules(source):
        package, *inside = module.split(".")
        if package == "phasespace_qb" and inside[0] != "__version__" and inside[0] not in ALLOWED[room] | {room}:
            wrong.add(module)
    return wrong


def forbidden_in_validation(name: str, source: str) -> set[str]:
    """Imports of a file of the validation that point the wrong way."""
    room, wrong = room_of(name), set()
    for module in imported_modules(source):
        package, *inside = module.split(".")
        if package == "tests":
            wrong.add(module)
        if package != "validation" or room in VALIDATION_TOP or inside[0] == room:
            continue
        if inside[0] not in VALIDATION_ALLOWED.get(name, VALIDATION_ALLOWED[room]):
            wrong.add(module)
        if inside[0] == "evidence" and not {*inside[1:]} <= OF_EVIDENCE.get(room, {*inside[1:]}):
            wrong.add(module)
    return wrong


def undocumented(source: str) -> list[str]:
    """Public functions and classes of a module, and the module itself, without a docstring."""
    tree = ast.parse(source)
    public = [
        node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    ]
    missing = [node.name for node in public if ast.get_docstring(node) is None]
    return missing if not tree.body or ast.get_docstring(tree) else ["the module", *missing]


def code_of(source: str) -> str:
    """A source without comments and docstrings, in small letters."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            node.value.value = ""
    return ast.unparse(tree).lower()


every_file = pytest.mark.parametrize("file", FILES, ids=name_of)
every_file_of_both = pytest.mark.parametrize(
    "file", FILES + VALIDATING, ids=lambda file: file.relative_to(PACKAGE.parent).as_posix()
)


@every_file
def test_arrows_point_one_way(file):
    assert forbidden(name_of(file), file.read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("models/dopo.py", "from phasespace_qb.phase_space.equations import Term"),
        ("phase_space/ensemble.py", "from phasespace_qb.states import gaussian"),
        ("states/gaussian.py", "def f():\n    import phasespace_qb.work.extraction"),
        ("results/store.py", "from phasespace_qb import simulation"),
        ("plot/curves.py", "from phasespace_qb.work.extraction import extractable_work"),
        ("simulation.py", "import validation.claims"),
        ("lindblad/cutoffs.py", "from phasespace_qb.phase_space import noise"),
    ],
)
def test_an_arrow_that_points_back_is_seen(name, source):
    assert forbidden(name, source)


@pytest.mark.parametrize("file", VALIDATING, ids=name_of)
def test_arrows_of_the_validation_point_one_way(file):
    assert forbidden_in_validation(name_of(file), file.read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("judgement.py", "from validation.evidence import Claim"),
        ("evidence.py", "from validation import claims"),
        ("referees/qutip.py", "from validation.evidence import Claim"),
        ("claims/battery.py", "from validation.report import document"),
        ("claims/battery.py", "def f():\n    import validation.audit"),
        ("claims/battery.py", "from validation.__main__ import main"),
        ("report/words.py", "from validation.claims import CHAPTERS"),
        ("report/words.py", "from validation.planted import bugs"),
        ("audit.py", "from validation.report import document"),
        ("paper/figures/figure_2.py", "from validation.report.panels import panel"),
        ("paper/runs.py", "from validation import paper_audit"),
        ("report/paper_page.py", "from validation.benchmarks import run_all"),
        ("command.py", "from tests.runs import paper_run"),
    ],
)
def test_an_arrow_of_the_validation_that_points_back_is_seen(name, source):
    assert forbidden_in_validation(name, source)


def test_every_room_of_the_validation_has_its_arrows():
    assert {room_of(name_of(file)) for file in VALIDATING} <= {*VALIDATION_ALLOWED, *VALIDATION_TOP}


def test_algebra_stands_alone_among_models():
    source = (PACKAGE / "models/algebra.py").read_text(encoding="utf-8")
    assert not any(module.startswith("phasespace_qb.models") for module in imported_modules(source))


def test_phase_space_imports_no_model_of_a_battery():
    modules = {m for f in (PACKAGE / "phase_space").rglob("*.py") for m in imported_modules(f.read_text("utf-8"))}
    assert not any(module.startswith("phasespace_qb.models.dopo") for module in modules)


SEEN_BY_LINEAR = ("representations", "equations")


def test_linear_theory_sees_no_trajectories():
    modules = {m for f in (PACKAGE / "linear").rglob("*.py") for m in imported_modules(f.read_text("utf-8"))}
    inside = {m.split(".")[2] for m in modules if m.startswith("phasespace_qb.phase_space.")}
    assert inside <= set(SEEN_BY_LINEAR)
    assert not any(module.startswith("phasespace_qb.models.dopo") for module in modules)


@pytest.mark.parametrize("file", [file for file in FILES if name_of(file) not in SAYS_PUMP], ids=name_of)
def test_only_the_model_of_the_battery_says_pump(file):
    assert "pump" not in code_of(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("source", ["pump = 1", "f(pump=1)", "print('no pump')", "def f(pump): pass", "x.pump_ratio"])
def test_the_pump_is_seen_in_code(source):
    assert "pump" in code_of(source)
    assert "pump" not in code_of('"""The pump."""\nx = 1  # the pump\n')


@every_file_of_both
def test_no_file_is_asking_to_be_two(file):
    assert len(file.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@every_file_of_both
def test_everything_public_has_a_docstring(file):
    assert undocumented(file.read_text(encoding="utf-8")) == []


def test_a_missing_docstring_is_seen():
    assert undocumented('"""A module."""\nclass Public:\n    pass\ndef _private():\n    pass\n') == ["Public"]
    assert undocumented("x = 1\n") == ["the module"]


def test_no_module_bears_the_name_of_a_public_object():
    import phasespace_qb

    modules = {file.stem for file in PACKAGE.glob("*.py")} | {path.name for path in PACKAGE.iterdir() if path.is_dir()}
    assert modules & set(phasespace_qb.__all__) <= {"plot"}  # `qb.plot` is that module

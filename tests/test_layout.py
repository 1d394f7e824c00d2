"""Gates on the layout: sizes of files and functions, id = path, layers, sources, private JAX, tests per module."""

import ast
import pathlib
import re
import subprocess
import sys

import pytest

from limes.claims.index import CHAPTERS, bibliography, build, statements
from limes.claims.registry import load

ROOT = pathlib.Path(__file__).parent.parent
SRC = ROOT / "src" / "limes"
FILES = sorted(SRC.rglob("*.py"))
ROLES = ("draw", "data", "stats", "laws", "risk", "optimize", "instruments", "models", "limits")
LINES, BODY = 300, 40


def functions(path):
    tree = ast.parse(path.read_text())
    return [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def body_lines(node):
    """Count the lines of a function without its docstring."""
    total = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    has_docstring = ast.get_docstring(node) is not None
    return total - ((first.end_lineno or first.lineno) - first.lineno + 1 if has_docstring else 0)


def test_files_can_be_read_in_one_sitting():
    long = {str(path.relative_to(SRC)): count for path in FILES if (count := path.read_text().count("\n")) > LINES}
    assert not long, f"files over {LINES} lines: {long}"


def test_functions_are_short():
    long = [
        f"{path.relative_to(SRC)}:{node.name} ({body_lines(node)})"
        for path in FILES
        for node in functions(path)
        if body_lines(node) > BODY
    ]
    assert not long, f"functions over {BODY} lines: {long}"


def test_layers():
    done = subprocess.run(
        [pathlib.Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_nobody_inside_imports_the_root():
    found = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            base = node.module if isinstance(node, ast.ImportFrom) and not node.level else None
            if ("limes" in names or base == "limes") and "tours" not in path.parts:
                found.append(str(path))
    assert not found


@pytest.mark.parametrize("name", statements())
def test_claim_is_complete(name):
    claim = load(name)
    references = bibliography((ROOT / "docs" / "references.bib").read_text())
    keys = re.findall(r"\b[a-z]+:\d{4}[a-z]?\b", claim.source)
    assert claim.id == name
    assert keys
    assert all(key in references for key in keys), claim.source
    assert claim.quick, "a quick grid"
    assert any(control.role == "assumption" for control in claim.controls)
    assert len(claim.reading.split()) >= 6
    assert "$" not in claim.statement


def test_chapters_hold_claims_only():
    folders = [
        path.name for path in (SRC / "claims").iterdir() if path.is_dir() and path.name not in ("kinds", "__pycache__")
    ]
    assert set(folders) <= set(CHAPTERS)


def test_index_is_up_to_date():
    stored = (SRC / "claims" / "index.json").read_text()
    assert stored == build(ROOT / "docs" / "references.bib"), "run make index"


def test_role_modules_have_tests():
    missing = []
    for role in ROLES:
        for path in (SRC / role).rglob("*.py"):
            relative = path.relative_to(SRC)
            test = ROOT / "tests" / relative.parent / f"test_{path.name}"
            if path.name != "__init__.py" and not test.is_file():
                missing.append(str(relative))
    assert not missing


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        (r"jax\._src", ()),
        (r"jax\.extend", ("_compat.py",)),
        (r"^\s*(import|from) (pickle|dill|cloudpickle|joblib|marshal|shelve)\b", ()),
        (r"allow_pickle\s*=\s*True", ()),
        (r"\b(TODO|FIXME|XXX)\b", ()),
        (r"^\s*(import|from) matplotlib", ("draw",)),
        (r"^\s*(import|from) (requests|urllib\.request|http\.client|ftplib)\b", ()),
    ],
)
def test_forbidden_text(pattern, allowed):
    found = []
    for path in FILES:
        parts = path.relative_to(SRC).parts
        if re.search(pattern, path.read_text(), re.M) and not (set(parts) & set(allowed)):
            found.append(str(path.relative_to(SRC)))
    assert not found


def test_no_committed_file_names_a_host():
    for name in ("requirements.lock", "pyproject.toml", "Makefile", ".ci/run", ".pre-commit-config.yaml"):
        text = (ROOT / name).read_text()
        assert not re.search(r"https?://|index-url|--find-links", text.replace("--no-emit-index-url", "")), name

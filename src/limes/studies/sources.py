"""The source hash of a measurement: its own file and the limes modules that it imports."""

import ast
import functools
import hashlib
import inspect
import pathlib
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

PACKAGE = pathlib.Path(__file__).parent.parent
_BLIND = (
    "report",
    "cli",
    "draw",
    "studies",
    "cards",
    "tours",
    "claims/kinds",
    "claims/claim.py",
    "claims/experiment.py",
    "claims/registry.py",
    "claims/index.py",
)
_DECLARED = {"claim", "claims"}


def source_hash(function: Callable[..., Any]) -> str:
    """Hash the mathematics behind a measurement.

    Counted: the file that defines it, without the statement `claim = ...`, and all limes
    modules that this file imports, directly or not; never report, cli, draw, studies or
    kinds. So edited mathematics recomputes, and a new band or wording only re-judges. A
    function without a file (typed at a prompt) is hashed by its compiled code.
    """
    function = inspect.unwrap(function)
    function = function.func if isinstance(function, functools.partial) else function
    path = _file(function)
    if path is None:
        return _code_hash(function)
    digest = hashlib.sha256(_own_text(path, function).encode())
    for module in sorted(_closure(path)):
        digest.update(f"\n{module.relative_to(PACKAGE).as_posix()}\n".encode() + module.read_bytes())
    return digest.hexdigest()


def _file(function: Callable[..., Any]) -> pathlib.Path | None:
    try:
        name = inspect.getsourcefile(function)
    except TypeError:
        name = inspect.getsourcefile(type(function))
    path = pathlib.Path(name) if name else None
    return path.resolve() if path and path.is_file() else None


def _code_hash(function: Callable[..., Any]) -> str:
    code = getattr(function, "__code__", None)
    digest = hashlib.sha256(repr(getattr(function, "__kwdefaults__", None)).encode())
    for part in _codes(code) if code else ():
        digest.update(
            part.co_code
            + repr([c for c in part.co_consts if not isinstance(c, CodeType)]).encode()
            + repr(part.co_names).encode()
        )
    return digest.hexdigest()


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _own_text(path: pathlib.Path, function: Callable[..., Any]) -> str:
    """Return the file's text without its claim statements, unless the function stands inside one."""
    lines = path.read_text(encoding="utf-8").splitlines()
    at = getattr(getattr(function, "__code__", None), "co_firstlineno", 0)
    for node in reversed(_declarations(path)):
        end = node.end_lineno or node.lineno
        if node.lineno <= at <= end:
            return "\n".join(path.read_text(encoding="utf-8").splitlines())
        del lines[node.lineno - 1 : end]
    return "\n".join(lines)


def _declarations(path: pathlib.Path) -> list[ast.stmt]:
    found = []
    for node in ast.parse(path.read_bytes()).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if any(isinstance(target, ast.Name) and target.id in _DECLARED for target in targets):
            found.append(node)
    return found


@functools.cache
def _closure(path: pathlib.Path) -> frozenset[pathlib.Path]:
    """Return the limes modules that a file reaches by imports, itself left out."""
    seen: set[pathlib.Path] = set()
    waiting = [path]
    while waiting:
        for module in _imports(waiting.pop()):
            if module not in seen and module != path and not _is_blind(module):
                seen.add(module)
                waiting.append(module)
    return frozenset(seen)


def _is_blind(module: pathlib.Path) -> bool:
    name = module.relative_to(PACKAGE).as_posix()
    return any(name == blind or name.startswith(f"{blind}/") for blind in _BLIND)


@functools.cache
def _imports(path: pathlib.Path) -> frozenset[pathlib.Path]:
    tree = ast.parse(path.read_bytes())
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(path, node)
            names |= {base} | {f"{base}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Attribute):
            names.add(_dotted(node))
    return frozenset(module for name in names if (module := _module(name)) is not None)


def _absolute(path: pathlib.Path, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    folder = path.parent
    for _ in range(node.level - 1):
        folder = folder.parent
    if PACKAGE not in (folder, *folder.parents):
        return ""
    parts = ["limes", *folder.relative_to(PACKAGE).parts, *([node.module] if node.module else [])]
    return ".".join(parts)


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _module(name: str) -> pathlib.Path | None:
    """Return the file of the limes module `name`; public names of the root lead to their home."""
    parts = name.split(".")
    if parts[0] != "limes" or len(parts) < 2:
        return None
    home = _homes().get(parts[1])
    if home is not None and home:
        parts = home.split(".")
    stem = PACKAGE.joinpath(*parts[1:])
    for file in (stem.with_suffix(".py"), stem / "__init__.py"):
        if file.is_file():
            return file
    return None


@functools.cache
def _homes() -> dict[str, str]:
    """Read the table of public names (`_HOMES`) from the text of the root module."""
    for node in ast.parse((PACKAGE / "__init__.py").read_bytes()).body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "_HOMES" for t in node.targets):
            return {name: home.split(":")[0] for name, home in ast.literal_eval(node.value).items()}
    return {}

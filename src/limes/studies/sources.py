"""The fingerprint of a measurement: its file, what that file imports, and what the function carries with it."""

import ast
import functools
import hashlib
import inspect
import pathlib
import sys
import sysconfig
from collections.abc import Callable
from typing import Any

from .fingerprints import fingerprint

PACKAGE = pathlib.Path(__file__).parent.parent
_BLIND = (
    "report",
    "cli",
    "draw",
    "studies",
    "cards",
    "tours",
    "claims/kinds",
    *(f"claims/{name}.py" for name in ("claim", "checks", "experiment", "grids", "registry", "index")),
)
_DECLARED = {"claim", "claims"}
_INSTALLED = tuple(pathlib.Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "purelib", "platlib"))


def source_hash(function: Callable[..., Any]) -> str:
    """Hash the mathematics behind a measurement.

    Counted: the file that defines it, without the statement `claim = ...`; all limes modules
    and all modules of one's own that this file imports, directly or not (never report, cli,
    draw, studies or kinds); and what the function carries with it: closures, partial
    arguments, the state of an object. So edited mathematics recomputes, and a new band or
    wording only judges again. Functions typed at a prompt count by their code and by the
    names of the prompt that they use.

    Raises:
        InputError: the function carries something that has no canonical form.
    """
    digest = hashlib.sha256(fingerprint(function))
    path = _file(function)
    if path is not None:
        digest.update(_own_text(path, function).encode())
        for module in sorted(_closure(path)):
            digest.update(f"\n{_name(module)}\n".encode() + module.read_bytes())
    return digest.hexdigest()


def _file(function: Callable[..., Any]) -> pathlib.Path | None:
    inner: Any = inspect.unwrap(function)
    while isinstance(inner, functools.partial):
        inner = inspect.unwrap(inner.func)
    try:
        name = inspect.getsourcefile(inner)
    except TypeError:
        try:
            name = inspect.getsourcefile(type(inner))
        except TypeError:
            name = None
    path = pathlib.Path(name) if name else None
    return path.resolve() if path and path.is_file() else None


def _name(module: pathlib.Path) -> str:
    """Name a module by its place in limes, or by its file name alone: the same wherever it lies."""
    return module.relative_to(PACKAGE).as_posix() if PACKAGE in module.parents else module.name


def _own_text(path: pathlib.Path, function: Callable[..., Any]) -> str:
    """Return the file's text without its claim statements, unless the function stands inside one."""
    text = path.read_text(encoding="utf-8")
    lines = text.split("\n")
    at = getattr(getattr(function, "__code__", None), "co_firstlineno", 0)
    for node in reversed(_declarations(text)):
        end = node.end_lineno or node.lineno
        if node.lineno <= at <= end:
            return text
        del lines[node.lineno - 1 : end]
    return "\n".join(lines)


def _declarations(text: str) -> list[ast.stmt]:
    found = []
    for node in ast.parse(text).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if any(isinstance(target, ast.Name) and target.id in _DECLARED for target in targets):
            found.append(node)
    return found


@functools.cache
def _closure(path: pathlib.Path) -> frozenset[pathlib.Path]:
    """Return the limes modules and a person's own modules that a file reaches by imports, itself left out."""
    seen: set[pathlib.Path] = set()
    waiting = [path]
    while waiting:
        for module in _imports(waiting.pop()):
            if module not in seen and module != path and not _is_blind(module):
                seen.add(module)
                waiting.append(module)
    return frozenset(seen)


def _is_blind(module: pathlib.Path) -> bool:
    if PACKAGE not in module.parents:
        return False
    name = module.relative_to(PACKAGE).as_posix()
    return any(name == blind or name.startswith(f"{blind}/") for blind in _BLIND)


@functools.cache
def _imports(path: pathlib.Path) -> frozenset[pathlib.Path]:
    tree = ast.parse(path.read_bytes())
    names: set[str] = set()
    aliases: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
            aliases |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(path, node)
            names |= {base} | {f"{base}.{alias.name}" for alias in node.names}
            if base == "limes" and any(alias.name == "*" for alias in node.names):
                names |= {f"limes.{name}" for name in _homes()}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            first, _, rest = _dotted(node).partition(".")
            names.add(f"{aliases.get(first, first)}.{rest}")
    return frozenset(module for name in names if (module := _module(name)) is not None)


def _absolute(path: pathlib.Path, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    folder = path.parent
    for _ in range(node.level - 1):
        folder = folder.parent
    if folder != PACKAGE and PACKAGE not in folder.parents:
        return ""
    parts = ["limes", *folder.relative_to(PACKAGE).parts, *([node.module] if node.module else [])]
    return ".".join(parts)


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _module(name: str) -> pathlib.Path | None:
    """Return the file of a limes module (public names lead to their home) or of a module of one's own."""
    parts = name.split(".")
    if parts[0] != "limes":
        return _own_module(name)
    if len(parts) < 2:
        return None
    home = _homes().get(parts[1])
    if home is not None:
        parts = [*home.split("."), *parts[2:]]
    stem = PACKAGE.joinpath(*parts[1:])
    for file in (stem.with_suffix(".py"), stem / "__init__.py"):
        if file.is_file():
            return file
    return None


def _own_module(name: str) -> pathlib.Path | None:
    """Return the file of an imported module that is neither installed nor part of Python."""
    file = getattr(sys.modules.get(name), "__file__", None)
    path = pathlib.Path(file).resolve() if file and file.endswith(".py") else None
    if path is None or not path.is_file() or any(folder in path.parents for folder in (*_INSTALLED, PACKAGE)):
        return None
    return path


@functools.cache
def _homes() -> dict[str, str]:
    """Read the table of public names (`_HOMES`) from the text of the root module."""
    for node in ast.parse((PACKAGE / "__init__.py").read_bytes()).body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "_HOMES" for t in node.targets):
            return {name: home.split(":")[0] for name, home in ast.literal_eval(node.value).items()}
    return {}

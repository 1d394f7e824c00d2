"""Find claims: the shipped ones by id or chapter, a person's own ones by file or module."""

import difflib
import hashlib
import importlib
import importlib.abc
import importlib.util
import pathlib
import sys
from collections.abc import Iterable
from types import ModuleType

from limes._errors import InputError

from .claim import Claim
from .index import CHAPTERS, statements


def load(name: str) -> Claim:
    """Import the shipped claim `name`; raises `InputError` where its id is not its path."""
    module = importlib.import_module(f"limes.claims.{name}")
    claim = getattr(module, "claim", None)
    if not isinstance(claim, Claim) or claim.id != name:
        raise InputError(f"claims/{name.replace('.', '/')}.py must define claim = Claim(id={name!r}, ...); correct it")
    return claim


def find(targets: Iterable[str | Claim] | None = None) -> list[Claim]:
    """Return the claims that targets name: ids, chapters, `FILE.py`, `pkg.mod:`, or claims themselves; all shipped ones for none.

    Raises `InputError` for an unknown name, with the nearest known one.
    """
    chosen: dict[str, Claim] = {}
    named = list(targets or CHAPTERS)
    for target in [t for i, t in enumerate(named) if isinstance(t, Claim) or t not in named[:i]]:
        for claim in [target] if isinstance(target, Claim) else _resolve(str(target)):
            if claim.id in chosen and chosen[claim.id] is not claim:
                raise InputError(
                    f"claim id {claim.id!r} is defined twice, the second time in {target}; give each claim its own id"
                )
            chosen[claim.id] = claim
    return list(chosen.values())


def family(claims: Iterable[Claim]) -> int:
    """Return Holm's M: the number of shipped claims plus the given ones from files."""
    shipped = set(statements())
    return len(shipped) + sum(claim.id not in shipped for claim in claims)


def _resolve(target: str) -> list[Claim]:
    known = statements()
    if target in known:
        return [load(target)]
    if target in CHAPTERS:
        return [load(name) for name in known if name.startswith(f"{target}.")]
    if target.endswith(".py") or "/" in target:
        return own_claims(load_file(target), target)
    if target.endswith(":"):
        return own_claims(_import(target[:-1]), target)
    raise InputError(unknown(target, [*known, *CHAPTERS]))


def unknown(target: str, names: list[str]) -> str:
    """Say that a claim is unknown, with the nearest names."""
    near = difflib.get_close_matches(target, [*names, *(name.split(".")[-1] for name in names)], n=2, cutoff=0.5)
    full = sorted({name for name in names for hit in near if name == hit or name.endswith(f".{hit}")})
    hint = f"did you mean {' or '.join(full)}?" if full else "`limes list` shows what exists; a file must end in .py"
    return f"no claim, chapter or file is called {target!r}; {hint}"


def own_claims(module: ModuleType, where: str) -> list[Claim]:
    """Return the claims that a person's file defines as `claim` or `claims`."""
    found = getattr(module, "claims", None)
    if found is None and hasattr(module, "claim"):
        found = [module.claim]
    if not isinstance(found, (list, tuple)) or not found or not all(isinstance(item, Claim) for item in found):
        raise InputError(
            f"{where} must define claim = Claim(...) or claims = [Claim(...), ...]; `limes new-claim NAME` writes an example"
        )
    for claim in found:
        if claim.id.split(".")[0] in CHAPTERS:
            raise InputError(
                f"{where}: claim id {claim.id!r} begins with the name of a chapter, which is kept for shipped claims; choose another, such as 'mine.{claim.id.split('.')[-1]}'"
            )
    return list(found)


def load_file(target: str, defines: str = "claim = Claim(...)") -> ModuleType:
    """Load a Python file by path, without putting its folder on the import path."""
    path = pathlib.Path(target)
    if not path.is_file():
        raise InputError(f"no file {target!r}; give the path of a Python file that defines {defines}")
    place = hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:8]
    name = f"limes_file_{path.stem}_{place}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise InputError(f"{path} is not a Python file; its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    _execute(spec.loader, module, str(path))
    return module


def _execute(loader: importlib.abc.Loader, module: ModuleType, where: str) -> None:
    try:
        loader.exec_module(module)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    except SyntaxError as error:
        line = f", line {error.lineno}" if error.lineno else ""
        raise InputError(f"{where}{line}: {error.msg}; correct the file") from error
    except (Exception, SystemExit) as error:
        line = _line_in(error, where)
        raise InputError(
            f"{where}{line}: running the file raised {type(error).__name__}: {error}; correct the file"
        ) from error


def _line_in(error: BaseException, where: str) -> str:
    trace, line = error.__traceback__, ""
    while trace is not None:
        if pathlib.Path(trace.tb_frame.f_code.co_filename) == pathlib.Path(where).absolute():
            line = f", line {trace.tb_lineno}"
        trace = trace.tb_next
    return line


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise InputError(f"no installed module {name!r} ({error}); install it or give a file FILE.py") from error

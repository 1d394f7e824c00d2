"""Functions of a person's own: `FILE.py:NAME` by path, `pkg.mod:NAME` from an installed module."""

import importlib
import inspect
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from limes._errors import InputError

FORM = "write FILE.py:NAME, or pkg.mod:NAME for an installed module"


def load(target: str) -> Any:
    """Return the object that `FILE.py:NAME` or `pkg.mod:NAME` names.

    The file is loaded by its path: nothing is imported from the current folder by
    accident. Raises `InputError` where the file, the module or the name is missing.
    """
    place, colon, name = target.rpartition(":")
    if not colon or not place or not name:
        raise InputError(f"no function is named by {target!r}; {FORM}")
    found: Any = _module(place)
    for part in name.split("."):
        if not hasattr(found, part):
            raise InputError(f"{place} has no {name!r}; {_known(found)}")
        found = getattr(found, part)
    return found


def _module(place: str) -> ModuleType:
    from limes.claims.registry import load_file

    if place.endswith(".py") or "/" in place:
        return load_file(place, "the function")
    try:
        return importlib.import_module(place)
    except ModuleNotFoundError as error:
        raise InputError(f"no installed module {place!r} ({error}); install it or give a file: {FORM}") from error
    except (ValueError, TypeError) as error:
        raise InputError(f"{place!r} is no module ({error}); {FORM}") from error
    except Exception as error:
        raise InputError(f"importing {place!r} raised {type(error).__name__}: {error}; correct the module") from error


def _known(module: Any) -> str:
    names = [name for name, value in vars(module).items() if callable(value) and not name.startswith("_")]
    return f"choose one of {', '.join(names[:8])}" if names else "it defines no function; write one"


def program(target: str, args: Sequence[Any] | None) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """Return a function and its arguments: the given ones or, without any, those that come with it.

    NAME is then a function without arguments that returns `(fn, args)`, or such a pair.
    Raises `InputError` where it is no function, or does not take so many arguments.
    """
    found = load(target)
    if args is None:
        found, args = _pair(target, found)
    if not callable(found):
        raise InputError(f"{target} must be a function, got {type(found).__name__}; name a function")
    _check(target, found, args)
    return found, tuple(args)


def _pair(target: str, found: Any) -> tuple[Any, Sequence[Any]]:
    """The pair (fn, args) that a function without arguments returns."""
    remedy = "return (fn, args) from a function without arguments, or give --args"
    if callable(found):
        needed = _parameters(found)
        if needed:
            shapes = ", ".join("f64[3]" for _ in needed)
            raise InputError(f"{target} takes {', '.join(needed)}; give --args, such as --args '{shapes}' or values")
        try:
            found = found()
        except InputError:
            raise
        except Exception as error:
            raise InputError(f"{target}() raised {type(error).__name__}: {error}; correct it") from error
    if not (isinstance(found, tuple | list) and len(found) == 2 and callable(found[0])):
        raise InputError(f"{target} takes no argument and gives {type(found).__name__}; {remedy}")
    if not isinstance(found[1], tuple | list):
        raise InputError(f"{target} gives (fn, args) with args of type {type(found[1]).__name__}; make args a tuple")
    return found[0], found[1]


def _parameters(found: Callable[..., Any]) -> list[str]:
    """The names of parameters that must be given."""
    try:
        signature = inspect.signature(found)
    except (TypeError, ValueError):
        return []
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [p.name for p in signature.parameters.values() if p.default is p.empty and p.kind not in kinds]


def _check(target: str, found: Callable[..., Any], args: Sequence[Any]) -> None:
    try:
        signature = inspect.signature(found)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(*args)
    except TypeError as error:
        takes = ", ".join(signature.parameters) or "no argument"
        raise InputError(
            f"{target} takes ({takes}), but {len(args)} argument{'s' if len(args) != 1 else ''} came ({error}); give as many in --args"
        ) from error

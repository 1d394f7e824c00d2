"""Bytes that tell two functions apart: code, closures, partial arguments, the state of objects."""

import dataclasses
import functools
import hashlib
import inspect
from collections.abc import Callable, Iterator
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from limes._errors import InputError
from limes.claims.experiment import module_name

_PLAIN = (type(None), bool, int, float, complex, str, bytes)


def fingerprint(function: Callable[..., Any]) -> bytes:
    """Return a digest of what a function is, beyond the text of its file.

    A function at the top of a module is its address. Anything else adds what the text of
    the file cannot show: closures, partial arguments, the state of an object, and for
    functions without a file their code and the names of the prompt that they use.

    Raises:
        InputError: something in it has no canonical form.
    """
    return hashlib.sha256("\x1f".join(_parts(function, ())).encode()).digest()


def _parts(value: Any, above: tuple[int, ...]) -> Iterator[str]:
    """Describe a value as a stream of words; `above` are the objects that contain it."""
    if id(value) in above:
        yield "itself"
        return
    above = (*above, id(value))
    if isinstance(value, _PLAIN):
        yield f"{type(value).__name__}:{value!r}"
    elif isinstance(value, (np.ndarray, np.generic)) or type(value).__module__.startswith("jax"):
        yield from _array(value, above)
    elif isinstance(value, (FunctionType, MethodType, functools.partial, BuiltinFunctionType, np.ufunc)):
        yield from _callable(value, above)
    elif isinstance(value, (ModuleType, type)):
        yield f"{type(value).__name__}:{getattr(value, '__module__', '')}:{getattr(value, '__qualname__', value.__name__)}"
    else:
        yield from _container(value, above)


def _array(value: Any, above: tuple[int, ...]) -> Iterator[str]:
    wrapped = getattr(value, "__wrapped__", None)
    if wrapped is not None:
        yield type(value).__name__
        yield from _parts(wrapped, above)
        return
    try:
        array = np.asarray(value)
    except TypeError:
        yield from _container(value, above)
        return
    yield f"array:{array.dtype.str}:{array.shape}:{hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()}"


def _callable(value: Any, above: tuple[int, ...]) -> Iterator[str]:
    if isinstance(value, functools.partial):
        yield "partial"
        for part in (value.func, value.args, value.keywords):
            yield from _parts(part, above)
    elif isinstance(value, MethodType):
        yield from _parts(value.__func__, above)
        yield from _parts(value.__self__, above)
    elif isinstance(value, FunctionType):
        yield from _function(value, above)
    else:
        yield f"builtin:{getattr(value, '__module__', '')}:{getattr(value, '__name__', value)}"


def _function(function: FunctionType, above: tuple[int, ...]) -> Iterator[str]:
    code = function.__code__
    yield f"function:{module_name(function)}:{function.__qualname__}"
    at_prompt = _file(function) is None
    if not at_prompt and code.co_qualname == function.__qualname__ and "<" not in code.co_qualname:
        return
    yield from _code(code)
    yield from _parts(function.__defaults__, above)
    yield from _parts(function.__kwdefaults__, above)
    for cell in function.__closure__ or ():
        yield from _parts(cell.cell_contents, above)
    if at_prompt:
        for name in sorted(_names(code) & set(function.__globals__)):
            yield name
            yield from _parts(function.__globals__[name], above)


def _file(function: FunctionType) -> str | None:
    try:
        inspect.getsource(function)
    except (OSError, TypeError):
        return None
    name = inspect.getsourcefile(function)
    return name if name and not name.startswith("<") and "ipython" not in name.lower() else None


def _code(code: CodeType) -> Iterator[str]:
    yield code.co_code.hex()
    yield repr(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code(constant)
        else:
            yield repr(sorted(map(repr, constant))) if isinstance(constant, frozenset) else repr(constant)


def _names(code: CodeType) -> set[str]:
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _names(constant)
    return found


def _container(value: Any, above: tuple[int, ...]) -> Iterator[str]:
    yield f"{type(value).__module__}:{type(value).__qualname__}"
    if isinstance(value, (list, tuple)):
        items: Any = enumerate(value)
    elif isinstance(value, dict):
        items = sorted(value.items(), key=lambda item: repr(item[0]))
    elif isinstance(value, (set, frozenset)):
        items = enumerate(sorted(value, key=repr))
    elif dataclasses.is_dataclass(value):
        items = [(field.name, getattr(value, field.name, None)) for field in dataclasses.fields(value)]
    elif hasattr(value, "__dict__"):
        items = sorted(vars(value).items())
    else:
        raise InputError(
            f"measure carries a {type(value).__name__} whose value cannot be told apart from another; "
            "define measure at the top of a file, with its settings as arguments"
        )
    for name, part in items:
        yield repr(name)
        yield from _parts(part, above)

"""Arguments on the command line: shapes such as `f64[3],f32[2,3]` or values such as `1.0 2.0`, read but never run."""

import ast
import re
from collections.abc import Sequence
from typing import Any

from limes._errors import InputError

TYPES = {
    "bool": "bool",
    "bf16": "bfloat16",
    **{f"f{n}": f"float{n}" for n in (16, 32, 64)},
    **{f"i{n}": f"int{n}" for n in (8, 16, 32, 64)},
    **{f"u{n}": f"uint{n}" for n in (8, 16, 32, 64)},
    **{f"c{n}": f"complex{n}" for n in (64, 128)},
}
NAMES = {"inf": float("inf"), "nan": float("nan"), "pi": 3.141592653589793, "e": 2.718281828459045}
FORM = "write shapes such as 'f64[3], f32[2,3]' or values such as '1.0 2.0' or '[1.0, 2.0]'"
EMPTY = re.compile(rf"\b({'|'.join(TYPES)})\s*\[\s*\]")


def parsed(text: str) -> tuple[Any, ...]:
    """Return the arguments: arrays for values, `jax.ShapeDtypeStruct` for shapes, in lists and dicts as written.

    Arguments are divided by commas or spaces. Raises `InputError` for anything that is
    neither a shape nor a value.
    """
    pieces = _pieces(EMPTY.sub(r"\1[()]", text))
    if not pieces:
        raise InputError(f"--args holds no argument; {FORM}")
    return tuple(_argument(piece) for piece in pieces)


def _pieces(text: str) -> list[str]:
    """The arguments, divided at commas and spaces outside of brackets."""
    pieces, piece, depth, quote = [], "", 0, ""
    for letter in text.strip():
        if quote or letter in "'\"":
            quote = ("" if letter == quote else quote) or ("" if quote else letter)
        depth += (letter in "[({") - (letter in "])}")
        if depth == 0 and not quote and (letter == "," or letter.isspace()):
            pieces.append(piece)
            piece = ""
        else:
            piece += letter
    if depth:
        raise InputError(f"--args has a bracket that is not closed in {text!r}; {FORM}")
    return [piece for piece in [*pieces, piece] if piece]


def _argument(piece: str) -> Any:
    try:
        tree = ast.parse(piece, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise InputError(f"--args cannot be read at {piece!r}; {FORM}") from None
    return _read(tree, piece)


def _read(tree: ast.expr, piece: str) -> Any:
    if isinstance(tree, ast.Dict):
        keys = [key.value if isinstance(key, ast.Constant) else None for key in tree.keys]
        if any(not isinstance(key, str | int) for key in keys):
            raise InputError(f"--args has a dict whose keys are no names in {piece!r}; quote them: {{'w': f64[3]}}")
        return {key: _read(value, piece) for key, value in zip(keys, tree.values, strict=True)}
    if isinstance(tree, ast.List | ast.Tuple) and _holds_shapes(tree):
        read = [_read(inner, piece) for inner in tree.elts]
        return read if isinstance(tree, ast.List) else tuple(read)
    if isinstance(tree, ast.Subscript):
        return _shape(tree, piece)
    return _array(_value(tree, piece), piece)


def _holds_shapes(tree: ast.AST) -> bool:
    return any(isinstance(node, ast.Subscript | ast.Dict) for node in ast.walk(tree))


def _shape(tree: ast.Subscript, piece: str) -> Any:
    import jax
    import jax.numpy as jnp

    kind = tree.value.id if isinstance(tree.value, ast.Name) else ""
    if kind not in TYPES:
        raise InputError(
            f"--args has no type {kind or ast.unparse(tree.value)!r} in {piece!r}; choose one of {', '.join(TYPES)}"
        )
    sizes = tree.slice.elts if isinstance(tree.slice, ast.Tuple) else [tree.slice]
    found = [size.value if isinstance(size, ast.Constant) else None for size in sizes]
    shape = [size for size in found if isinstance(size, int) and not isinstance(size, bool) and size >= 0]
    if len(shape) != len(found):
        raise InputError(f"--args has a size that is no positive integer in {piece!r}; write sizes such as {kind}[2,3]")
    dtype = jax.dtypes.canonicalize_dtype(jnp.dtype(TYPES[kind]))
    return jax.ShapeDtypeStruct(tuple(shape), dtype)


def _value(tree: ast.expr, piece: str) -> Any:
    if isinstance(tree, ast.Constant) and isinstance(tree.value, bool | int | float | complex):
        return tree.value
    if isinstance(tree, ast.Name) and tree.id in NAMES:
        return NAMES[tree.id]
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub | ast.UAdd):
        value = _value(tree.operand, piece)
        if isinstance(value, int | float | complex):
            return -value if isinstance(tree.op, ast.USub) else value
    if isinstance(tree, ast.List | ast.Tuple):
        return [_value(inner, piece) for inner in tree.elts]
    hint = f"; a shape is {tree.id}[...]" if isinstance(tree, ast.Name) and tree.id in TYPES else ""
    raise InputError(f"--args must be shapes or numbers, got {piece!r}{hint}; {FORM}")


def _array(value: Any, piece: str) -> Any:
    import jax.numpy as jnp

    try:
        return jnp.asarray(value)
    except (ValueError, TypeError, OverflowError) as error:
        raise InputError(
            f"--args has rows of different length or numbers that do not fit in {piece!r} ({error}); {FORM}"
        ) from None


def positions(text: str | None) -> int | Sequence[int] | None:
    """Return `argnums` from text such as `0` or `0,2`; `None` for none."""
    if text is None:
        return None
    try:
        found = [int(part) for part in text.replace(",", " ").split()]
    except ValueError:
        found = []
    if not found:
        raise InputError(f"--argnums must be numbers of arguments such as 0 or 0,2, got {text!r}; count from 0")
    return found[0] if len(found) == 1 else tuple(found)

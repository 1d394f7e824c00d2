"""Checkpoints of a descent: one npz file, written beside and renamed, read without pickle."""

import hashlib
import json
import os
import pathlib
import re
import tempfile
import zipfile
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from limes._errors import InputError, StorageError

_SCHEMA = 1
_ADDRESS = re.compile(r"0x[0-9a-f]+")


def fingerprint(program: Any, arguments: Any, names: Mapping[str, Any]) -> dict[str, str]:
    """Return digests that tell one descent from another, by what a person would call it.

    `program` is a pure function, compared by the text of what it computes (the same JAX only);
    `names` maps a word such as "data" to the pytree behind it.
    """
    traced = jax.make_jaxpr(program)(*arguments)
    text = _ADDRESS.sub("", str(traced.jaxpr))
    marks = {name: _digest(tree) for name, tree in names.items()}
    return marks | {"jax": jax.__version__, "program": _digest([*traced.consts], text)}


def _digest(tree: Any, text: str = "") -> str:
    """Return a digest of structure, types and bytes."""
    digest = hashlib.sha256(text.encode())
    for path, leaf in jax.tree_util.tree_leaves_with_path(tree):
        digest.update(jax.tree_util.keystr(path).encode())
        if isinstance(leaf, jax.Array | np.ndarray | float | int):
            array = to_numpy(leaf)
            digest.update(f"{array.dtype}{array.shape}".encode() + array.tobytes())
    return digest.hexdigest()


def to_numpy(leaf: Any) -> np.ndarray:
    """Return an array on the host; random keys become integers."""
    if isinstance(leaf, jax.Array) and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
        leaf = jax.random.key_data(leaf)
    return np.asarray(leaf)


def like(array: np.ndarray, template: Any) -> jax.Array:
    """Return the array of the template's type; the inverse of `to_numpy`."""
    if jnp.issubdtype(template.dtype, jax.dtypes.prng_key):
        return jax.random.wrap_key_data(jnp.asarray(array), impl=jax.random.key_impl(template))
    return jnp.asarray(array.reshape(-1).view(template.dtype).reshape(template.shape))


def write(
    path: pathlib.Path, marks: Mapping[str, str], carry: Any, step: np.ndarray, values: Mapping[str, Any]
) -> None:
    """Write a checkpoint: whole or not at all.

    Raises `StorageError` when the file cannot be written.
    """
    arrays = {f"carry_{i}": _plain(to_numpy(leaf)) for i, leaf in enumerate(jax.tree.leaves(carry))}
    arrays |= {f"value_{name}": _plain(np.asarray(value)) for name, value in values.items()}
    head = json.dumps({"schema": _SCHEMA, "marks": dict(marks)})
    handle = None
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        with os.fdopen(handle, "wb") as file:
            np.savez(file, head=np.array(head), step=step, **arrays)  # pyright: ignore[reportArgumentType]
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise StorageError(
            f"checkpoint: {path} must be a file that can be written, but {error.strerror or error}; name another path"
        ) from error
    finally:
        if handle is not None:
            pathlib.Path(temporary).unlink(missing_ok=True)


def _plain(array: np.ndarray) -> np.ndarray:
    """Return types that NumPy cannot store, such as bfloat16, as bytes."""
    if array.dtype.kind in "biufc" and array.dtype.isbuiltin == 1:
        return array
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)


def read(path: pathlib.Path, marks: Mapping[str, str], carry: Any, rows: Mapping[str, Any]) -> Any:
    """Return the stored `(carry, step, values)`, or None where there is no file.

    `carry` and `rows` are templates of the expected types and shapes.

    Raises `InputError` when the file belongs to another descent, `StorageError` when it is damaged.
    """
    if not path.exists():
        return None
    head, stored = _load(path)
    _compare(path, head, marks)
    leaves, tree = jax.tree.flatten(carry)
    try:
        leaves = [like(stored[f"carry_{i}"], leaf) for i, leaf in enumerate(leaves)]
        step = stored["step"]
        values = {name: _rows(stored[f"value_{name}"], row, step) for name, row in rows.items()}
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(
            f"minimize: checkpoint {path} belongs to another recorder or memory; name another file or delete it"
        ) from error
    return jax.tree.unflatten(tree, leaves), step, values


def _rows(array: np.ndarray, row: Any, step: np.ndarray) -> np.ndarray:
    return array.reshape(-1).view(row.dtype).reshape(len(step), *row.shape)


def _load(path: pathlib.Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            stored = {name: arrays[name] for name in arrays.files}
        head = json.loads(str(stored["head"]))
        head["marks"]["jax"]
    except (OSError, ValueError, EOFError, KeyError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise StorageError(
            f"minimize: checkpoint {path} must be a file that minimize wrote, but it cannot be read "
            f"({type(error).__name__}); delete it or name another file"
        ) from error
    return head, stored


def _compare(path: pathlib.Path, head: Mapping[str, Any], marks: Mapping[str, str]) -> None:
    """Refuse a checkpoint of another descent, naming what differs."""
    stored = head["marks"] if head.get("schema") == _SCHEMA else {}
    same_jax = stored.get("jax") == marks["jax"]
    names = [name for name in marks if name != "jax" and (name != "program" or same_jax)]
    different = [name for name in names if stored.get(name) != marks[name]]
    if different:
        raise InputError(
            f"minimize: checkpoint {path} belongs to another descent (different {', '.join(different)}); "
            "name another file, or delete it to start anew"
        )

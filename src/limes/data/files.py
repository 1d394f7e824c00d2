"""Own data from a local file: IDX, CIFAR binary, npz, csv or parquet, told apart by their bytes."""

import os
from pathlib import Path

import numpy as np

from limes._errors import InputError
from limes._types import TASKS, Data, Task

from . import cifar, idx, npz, parquet, tables
from .cifar import Part
from .source import Source, opened
from .stored import Stored, samples
from .tables import Column, Columns

LIMIT = 2 << 30

_FOREIGN = {
    b"\x93NUMPY": ("a bare npy file, in which a flipped bit goes unseen", "write numpy.savez(file, x=x, y=y)"),
    b"\x80\x02": ("a pickle, which can run code", "write numpy.savez(file, x=x, y=y)"),
    b"\x80\x03": ("a pickle, which can run code", "write numpy.savez(file, x=x, y=y)"),
    b"\x80\x04": ("a pickle, which can run code", "write numpy.savez(file, x=x, y=y)"),
    b"\x80\x05": ("a pickle, which can run code", "write numpy.savez(file, x=x, y=y)"),
    b"\x89HDF": ("HDF5", "write numpy.savez(file, x=x, y=y)"),
    b"MATLAB": ("a file of MATLAB", "write numpy.savez(file, x=x, y=y)"),
    b"ARROW1": ("a feather file", "write it as parquet"),
    b"\x89PNG": ("one PNG image", "stack the images into an npz"),
    b"\xff\xd8\xff": ("one JPEG image", "stack the images into an npz"),
    b"\xff\xfe": ("text in UTF-16", "save it as UTF-8"),
    b"\xfe\xff": ("text in UTF-16", "save it as UTF-8"),
    b"BZh": ("packed with bzip2", "unpack it or pack it with gzip"),
    b"\xfd7zXZ": ("packed with xz", "unpack it or pack it with gzip"),
    b"\x28\xb5\x2f\xfd": ("packed with zstandard", "unpack it or pack it with gzip"),
    b"\x1f\x8b": ("a gzip inside a gzip", "unpack it once"),
}
_CONTROLS = bytes(set(range(32)) - set(b"\t\r\n"))


def load(
    path: str | os.PathLike[str],
    *,
    x: Columns = None,
    y: Column | os.PathLike[str] | None = None,
    task: Task | None = None,
    signs: bool = False,
    part: Part = "train",
    limit: int = LIMIT,
) -> Data:
    """Return the samples of a local file; the format is told by its bytes, not by its name.

    | Format | `x` | `y` |
    |---|---|---|
    | IDX (MNIST) | not used | the file of labels; by default the one that MNIST names beside the images |
    | CIFAR-10/100 binary | not used | for CIFAR-100 "fine" (default) or "coarse" |
    | npz | name of an array | name of an array; by default the pair x, y (or X, y; images, labels; data, target) |
    | csv, parquet | columns by name or position; by default all others | a column; by default the last |

    IDX, CIFAR and csv may be packed with gzip; of the CIFAR archives `part` is read, member by member.
    Bytes of three or four axes are images: `n h w c`, divided by 255. Everything else becomes real
    numbers as they stand, vectors `n d`. Without `task`, labels -1 and 1 are binary, integers 0..k-1 all
    present (k < n) are classes, and the rest is regression; `signs=True` reads labels 0 as -1 and 1 as 1,
    which is never done unasked.

    Nothing is unpickled, extracted or downloaded. `limit` bounds in bytes what comes out of the file and its
    numbers as stored and as returned (2 GiB); while they are handed to the device a copy exists besides.
    Raises `InputError`, in one sentence, for whatever cannot be read without doubt: a file
    that is damaged, too large, of another format, or holds NaN, strings, objects or nothing that varies.
    A checksum guards npz, gzip and some parquet files only: elsewhere a flipped bit is another number.
    """
    _check(task, signs, part, limit)
    with opened(_path(path, "path"), limit) as source, np.errstate(all="ignore"):
        return samples(source, _stored(source, x, y, part), task, signs)


def _check(task: object, signs: object, part: object, limit: object) -> None:
    if task is not None and task not in TASKS:
        raise InputError(f"load: task must be None or one of {', '.join(TASKS)}, got {task!r}; correct the name")
    if not isinstance(signs, bool):
        raise InputError(f"load: signs must be True or False, got {signs!r}; choose one")
    if part not in ("train", "test"):
        raise InputError(f"load: part must be 'train' or 'test', got {part!r}; choose one")
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        raise InputError(f"load: limit must be a positive number of bytes, got {limit!r}; the default is {LIMIT}")


def _path(path: object, argument: str) -> Path:
    if not isinstance(path, str | os.PathLike):
        raise InputError(f"load: {argument} must be the name of a file, got {type(path).__name__}; give a path")
    return Path(path)


def _stored(source: Source, x: Columns, y: Column | os.PathLike[str] | None, part: Part) -> Stored:
    head = source.head
    for magic, (what, remedy) in _FOREIGN.items():
        if head.startswith(magic):
            raise source.refuse("byte 0", f"it is {what}", remedy)
    if head.startswith((b"PK\3\4", b"PK\5\6")):
        return npz.read(source, _name(source, x, "x"), _name(source, y, "y"))
    if head.startswith(b"PAR1"):
        return parquet.read(source, x, _column(source, y))
    if _is_text(head):
        return tables.read(source, x, _column(source, y))
    return _images(source, x, y, part)


def _images(source: Source, x: Columns, y: Column | os.PathLike[str] | None, part: Part) -> Stored:
    if x is not None:
        raise source.refuse("", f"x={x!r} is for tables and npz, and it is neither", "drop x= or check the file")
    if idx.is_idx(source):
        return idx.read(source, None if y is None else _path(y, "y"))
    if cifar.is_tar(source.head):
        return cifar.read_tar(source, _name(source, y, "y"), part)
    return cifar.read(source, _name(source, y, "y"))


def _is_text(head: bytes) -> bool:
    return head.translate(None, _CONTROLS) == head


def _name(source: Source, name: object, argument: str) -> str | None:
    if name is not None and not isinstance(name, str):
        raise source.refuse("", f"{argument}={name!r} must be a string, as this is not an IDX file", "check the file")
    return name


def _column(source: Source, y: Column | os.PathLike[str] | None) -> Column | None:
    if y is not None and not isinstance(y, str | int):
        raise source.refuse("", f"y={y!r} must name a column, as this is not an IDX file", "check the file")
    return y

"""npz: a zip of arrays. Its directory is judged before anything is unpacked, and objects never are."""

import math
import struct
import tokenize
import warnings
import zipfile
import zlib
from typing import IO

import numpy as np
from numpy.lib import format as npy

from .source import Source, guarded
from .stored import Stored

_PAIRS = (("x", "y"), ("X", "y"), ("x_train", "y_train"), ("images", "labels"), ("data", "target"))
_ERRORS = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError, OverflowError, KeyError,
    IndexError,
)  # fmt: skip
_HEADER_ERRORS = (*_ERRORS, SyntaxError, TypeError, MemoryError, tokenize.TokenError)
_MOST_MEMBERS = 1000
_DIRECTORY = 1 << 20
_TAIL = 22 + (1 << 16)
_DENSEST = 1032
_SLACK = 1 << 10
_CHUNK = 1 << 20


def read(source: Source, x: str | None, y: str | None) -> Stored:
    """Read two arrays by name, or the pair with usual names."""
    if source.packed:
        raise source.refuse("", "a zip inside a gzip", "unpack the gzip first")
    _check_directory(source)
    with guarded(source, "the directory of the zip", _ERRORS):
        archive = zipfile.ZipFile(source.file)
    with archive:
        members = _members(source, archive)
        first, second = _names(source, list(members), x, y)
        return Stored(_array(source, archive, members[first]), _array(source, archive, members[second]))


def _check_directory(source: Source) -> None:
    """Bound the directory before the reader builds one object per entry."""
    source.file.seek(max(0, source.size - _TAIL))
    tail = source.file.read(_TAIL)
    place = tail.rfind(b"PK\5\6")
    if place < 0 or len(tail) - place < 22:
        raise source.refuse("its end", "the directory of the zip is missing", "it is cut, so fetch it again")
    if tail[max(0, place - 20) : place].startswith(b"PK\6\7"):
        raise source.refuse("its end", "a zip of the 64-bit kind", "keep at most 4 GiB in one file")
    count, length = struct.unpack("<HI", tail[place + 10 : place + 16])
    if count > _MOST_MEMBERS or length > _DIRECTORY:
        cause = f"a directory of {count} members and {length} bytes"
        raise source.refuse("its end", cause, f"keep at most {_MOST_MEMBERS} arrays and 4 GiB in one file")
    source.file.seek(0)


def _members(source: Source, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    entries = [entry for entry in archive.infolist() if entry.filename.endswith(".npy")]
    members = {entry.filename.removesuffix(".npy"): entry for entry in entries}
    if len(entries) > _MOST_MEMBERS or len(members) < len(entries):
        raise source.refuse("the directory of the zip", "two arrays with one name", "write it again")
    if not members:
        raise source.refuse(
            "the directory of the zip", "it holds no array", "write it with numpy.savez(file, x=x, y=y)"
        )
    return members


def _names(source: Source, names: list[str], x: str | None, y: str | None) -> tuple[str, str]:
    listed = ", ".join(ascii(name)[:40] for name in names[:10])
    pairs = [pair for pair in _PAIRS if pair[0] in names and pair[1] in names and x in (None, pair[0])]
    pairs = [pair for pair in pairs if y in (None, pair[1])]
    if x is not None and y is not None:
        pairs = [(x, y)]
    if len(pairs) != 1:
        raise source.refuse("", f"it holds the arrays {listed}", "choose two with x='NAME' and y='NAME'")
    for name in pairs[0]:
        if name not in names:
            raise source.refuse("", f"there is no array {name!r} among {listed}", "choose two with x= and y=")
    if pairs[0][0] == pairs[0][1]:
        raise source.refuse("", f"x and y are both {pairs[0][0]!r}", "choose two arrays")
    return pairs[0]


def _array(source: Source, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> np.ndarray:
    where = f"array {ascii(entry.filename)[:40]}"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise source.refuse(where, f"packed with method {entry.compress_type}", "write it with numpy.savez_compressed")
    if entry.file_size > _DENSEST * entry.compress_size + _SLACK:
        cause = f"{entry.compress_size} bytes that claim to unpack to {entry.file_size}"
        raise source.refuse(where, cause, "no honest file packs so densely, so do not open it")
    with guarded(source, where, _ERRORS), archive.open(entry) as member:
        shape, fortran, dtype = _header(source, where, member)
        count, start = math.prod(shape), member.tell()
        if start + count * dtype.itemsize != entry.file_size:
            cause = (
                f"the header says {count} numbers of {dtype.itemsize} bytes, but {entry.file_size - start} bytes follow"
            )
            raise source.refuse(where, cause, "it is damaged, so write it again")
        source.book(count, dtype.itemsize)
        block = bytearray()
        while piece := member.read(_CHUNK):
            block += piece
        return np.frombuffer(block, dtype).reshape(shape, order="F" if fortran else "C")


def _header(source: Source, where: str, member: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Read the header by the public functions of NumPy and keep bool, integers and reals only."""
    with guarded(source, f"{where}, its header", _HEADER_ERRORS), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        version = npy.read_magic(member)
        known = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
        if version not in known:
            raise source.refuse(where, f"version {version} of the npy format", "write it with numpy.savez")
        shape, fortran, dtype = known[version](member)
    if dtype.kind not in "biuf" or dtype.itemsize > 8 or dtype.shape:
        kind = {"O": "Python objects, which can run code", "U": "strings", "S": "strings"}.get(dtype.kind, str(dtype))
        raise source.refuse(where, f"it holds {kind[:60]}", "store integers or real numbers of at most 64 bits")
    if any(type(size) is not int or size < 0 for size in shape):
        raise source.refuse(where, f"its shape is {str(shape)[:60]}", "write it again")
    return shape, fortran, dtype

"""Canonical bytes of a unit: its parameters as JSON, its arrays as .npy records, its keys and hashes.

The hashes show damage; they are no signature, because anyone can recompute them.
"""

import hashlib
import io
import json
import math
import re
import struct
from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from limes._errors import InputError

MAX_PAYLOAD = 64 * 2**20  # bytes; the ledger refuses longer rows, from its writer and from others alike
MAX_NAMES = 2**16  # bytes of the header that lists the names
MAX_HEADER = 1024  # bytes of one .npy header
MAX_AXES = 16
MAGIC = b"LIMES\x01"
NPY_MAGIC = b"\x93NUMPY\x01\x00"
DTYPES = frozenset(("|b1", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8", "<f2", "<f4", "<f8", "<c8", "<c16"))
NPY_HEADER = re.compile(
    rb"\{'descr': '([|<][biufc][0-9]{1,2})', 'fortran_order': False, 'shape': \(([0-9, ]{0,512})\), \} *\n"
)


def canonical(obj: object) -> str:
    """Write `obj` as the one JSON text that its value has: sorted keys, no blanks, ASCII.

    1 and 1.0 are different texts (`1`, `1.0`), so are 0.0 and -0.0; a tuple is a list. Normalize types first:
    the declared type of an axis decides, not how a person typed a number.

    Raises InputError for NumPy integers and arrays, NaN, infinities and keys that are not strings.
    """
    try:
        _check_keys(obj)
        return json.dumps(obj, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(
            f"expected plain JSON (str, int, finite float, bool, None, list, dict with str keys), but {error}; "
            "convert NumPy scalars with .item() and arrays with .tolist()"
        ) from error


def _check_keys(obj: object) -> None:
    """Refuse keys that JSON would silently turn into strings."""
    if isinstance(obj, dict):
        for key, value in obj.items():
            if not isinstance(key, str):
                raise TypeError(f"the key {key!r} is of type {type(key).__name__}")
            _check_keys(value)
    elif isinstance(obj, list | tuple):
        for value in obj:
            _check_keys(value)


def unit_key(params: str) -> bytes:
    """Hash the canonical parameters: key = SHA-256(params), 32 bytes."""
    return hashlib.sha256(params.encode()).digest()


def digest(params: str, payload: bytes) -> bytes:
    """Hash a row: SHA-256(uint64 length of params, params, payload).

    The length prefix removes ambiguity; with the parameters inside, a payload and its hash moved to another row
    are rejected.
    """
    text = params.encode()
    return hashlib.sha256(struct.pack("<Q", len(text)) + text + payload).digest()


def encode(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Pack named arrays: a magic, the JSON list of sorted names, then one .npy v1.0 record per name.

    The bytes depend on values, shapes and dtypes alone: C order, little endian, names sorted. Scalars keep shape ().

    Raises InputError for objects, strings, extended precision, and payloads above `MAX_PAYLOAD`.
    """
    names = sorted(arrays)
    header = canonical(names).encode()
    if len(header) > MAX_NAMES:
        raise InputError(f"the names of the quantities take {len(header)} bytes, at most {MAX_NAMES}; shorten them")
    records = [MAGIC, struct.pack("<I", len(header)), header]
    for name in names:
        records.extend(_record(name, arrays[name]))
    total = sum(map(len, records))
    if total > MAX_PAYLOAD:
        raise InputError(
            f"one unit returns {total} bytes, at most {MAX_PAYLOAD} are stored; return summaries or fewer points"
        )
    return b"".join(records)


def _record(name: str, array: np.ndarray) -> tuple[bytes, bytes]:
    """Give header and data of one .npy v1.0 record."""
    array = np.asarray(array, order="C")
    if array.dtype.kind in "biufc":
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    if array.ndim > MAX_AXES:
        raise InputError(f"quantity {name!r} has {array.ndim} axes, at most {MAX_AXES} are stored: reshape it")
    if array.dtype.kind not in "biufc" or array.dtype.str not in DTYPES:
        raise InputError(
            f"quantity {name!r} has dtype {array.dtype}; expected bool, int, float or complex of at most 64 bits a "
            "component: convert it, for example with .astype(float)"
        )
    return _npy_header(array.dtype.str, array.shape), array.tobytes()


@lru_cache(maxsize=1024)
def _npy_header(descr: str, shape: tuple[int, ...]) -> bytes:
    """Write magic and header as NumPy does."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": descr, "fortran_order": False, "shape": shape})
    return stream.getvalue()


def decode(payload: bytes) -> dict[str, np.ndarray]:
    """Unpack what `encode` packed, trusting nothing: every length is compared with the bytes that are there.

    Nothing is allocated beyond the size of the payload, nothing is unpickled; the arrays are fresh copies.

    Raises InputError with the byte position for anything that `encode` would not have written.
    """
    names, position = _names(payload)
    arrays = {}
    for name in names:
        arrays[name], position = _array(payload, position)
    if position != len(payload):
        raise _bad(position, f"{len(payload) - position} bytes beyond the last array")
    return arrays


def _bad(position: int, cause: str) -> InputError:
    return InputError(f"payload, byte {position}: {cause}; expected arrays as limes stores them: use an undamaged copy")


def _names(payload: bytes) -> tuple[tuple[str, ...], int]:
    """Read the list of names and where it ends."""
    start = len(MAGIC) + 4
    if payload[: len(MAGIC)] != MAGIC or len(payload) < start:
        raise _bad(0, "the magic bytes of a limes payload are missing")
    (length,) = struct.unpack_from("<I", payload, len(MAGIC))
    if length > min(MAX_NAMES, len(payload) - start):
        raise _bad(len(MAGIC), f"a list of names of {length} bytes is announced, more than allowed or present")
    names = _parse_names(payload[start : start + length])
    if names is None:
        raise _bad(start, "the list of names is not a canonical list of distinct sorted strings")
    return names, start + length


@lru_cache(maxsize=64)
def _parse_names(text: bytes) -> tuple[str, ...] | None:
    """Read the JSON list of names; None if `encode` would not have written it."""
    try:
        names = json.loads(text.decode("ascii"))
        sound = isinstance(names, list) and all(isinstance(name, str) for name in names)
        sound = sound and names == sorted(set(names)) and canonical(names).encode() == text
    except (ValueError, RecursionError):
        return None
    return tuple(names) if sound else None


def _array(payload: bytes, position: int) -> tuple[np.ndarray, int]:
    """Read one record: dtype and shape are checked against the bytes left before anything is allocated."""
    dtype, shape, start = _array_header(payload, position)
    count = math.prod(shape)
    stop = start + count * dtype.itemsize
    if stop > len(payload):
        raise _bad(position, f"shape {shape} of {dtype} needs {stop - start} bytes, {len(payload) - start} are left")
    data = payload[start:stop]
    if dtype.kind == "b" and data.strip(b"\x00\x01"):
        raise _bad(start, "a boolean is neither 0 nor 1")
    try:
        return np.frombuffer(data, dtype=dtype).reshape(shape).copy(), stop
    except ValueError as error:  # an empty array with sizes beyond NumPy's
        raise _bad(position, f"shape {shape} is impossible") from error


def _array_header(payload: bytes, position: int) -> tuple[np.dtype, tuple[int, ...], int]:
    """Parse magic and header of a .npy v1.0 record; give dtype, shape and where the data start."""
    start = position + len(NPY_MAGIC) + 2
    if payload[position : start - 2] != NPY_MAGIC or len(payload) < start:
        raise _bad(position, "no .npy 1.0 record starts here")
    stop = start + int.from_bytes(payload[start - 2 : start], "little")
    parsed = _parse_header(payload[start : min(stop, start + MAX_HEADER)])
    if parsed is None:
        raise _bad(start, "the .npy header is not one that limes writes")
    return *parsed, stop


@lru_cache(maxsize=1024)
def _parse_header(text: bytes) -> tuple[np.dtype, tuple[int, ...]] | None:
    """Read dtype and shape from the text of a .npy header; None if `encode` would not have written it."""
    match = NPY_HEADER.fullmatch(text)
    if match is None or match[1].decode() not in DTYPES:
        return None
    sizes = match[2].decode().removesuffix(",").split(", ") if match[2] else []
    if len(sizes) > MAX_AXES or not all(re.fullmatch("[0-9]{1,18}", size) for size in sizes):
        return None
    return np.dtype(match[1].decode()), tuple(map(int, sizes))

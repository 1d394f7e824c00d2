"""CIFAR in its binary version: one record per image, bare, in a gzip, or inside the archive as published."""

import re
from collections.abc import Iterator
from typing import Literal

import numpy as np

from .source import Source
from .stored import Stored

Part = Literal["train", "test"]

_PIXELS = 3 * 32 * 32
_CLASSES = {10: (10,), 100: (20, 100)}
_FOLDER = "cifar-10-batches-bin"
_MEMBERS: dict[tuple[int, str], tuple[str, ...]] = {
    (10, "train"): tuple(f"{_FOLDER}/data_batch_{i}.bin" for i in range(1, 6)),
    (10, "test"): (f"{_FOLDER}/test_batch.bin",),
    (100, "train"): ("cifar-100-binary/train.bin",),
    (100, "test"): ("cifar-100-binary/test.bin",),
}
_KNOWN = {name: (version, part) for (version, part), names in _MEMBERS.items() for name in names}
_BLOCK = 512
_FIELDS = (slice(100, 108), slice(108, 116), slice(116, 124), slice(136, 148), slice(329, 337), slice(337, 345))
_MOST_MEMBERS = 100
_REGULAR = (b"0", b"\0")
_EXTENDED = (b"x", b"g")
_PLAIN = (*_REGULAR, *_EXTENDED, b"5")


def is_tar(head: bytes) -> bool:
    """Tell whether the first block is a tar header."""
    return head[257:262] == b"ustar"


def read(source: Source, label: str | None) -> Stored:
    """Read records of 3073 bytes (CIFAR-10) or 3074 bytes (CIFAR-100)."""
    block = bytearray()
    if not source.packed:
        if all(source.size % (len(bounds) + _PIXELS) for bounds in _CLASSES.values()):
            raise source.refuse("byte 0", *_misfit(source, block, []))
        source.book(source.size, 1)
    while piece := source.read(1 << 20):
        block += piece
    if source.packed:
        source.book(len(block), 1)
    fits = [version for version in _CLASSES if _first_wrong(_records(block, version), version) is None]
    if len(fits) == 1:
        return _stored(source, _records(block, fits[0]), fits[0], label)
    raise source.refuse("byte 0", *_misfit(source, block, fits))


def read_tar(source: Source, label: str | None, part: Part) -> Stored:
    """Read the members of one part by their exact names, as the archive streams by; nothing is written."""
    found: dict[str, bytearray] = {}
    for count, (name, size, kind) in enumerate(_members(source)):
        if count == _MOST_MEMBERS:
            raise source.refuse(f"byte {source.taken}", f"more than {_MOST_MEMBERS} members", "it is not CIFAR")
        if _KNOWN.get(name, (0, ""))[1] == part and kind in _REGULAR:
            if name in found:
                raise source.refuse(f"byte {source.taken}", f"a second member {name!r}", "fetch it again")
            source.book(size, 1)
            found[name] = source.exactly(size)
            _skip(source, -size % _BLOCK)
        else:
            _skip(source, size + -size % _BLOCK)
    return _joined(source, found, label, part)


def _joined(source: Source, found: dict[str, bytearray], label: str | None, part: Part) -> Stored:
    versions = {_KNOWN[name][0] for name in found}
    if len(versions) != 1:
        cause = f"it holds no {part} part of CIFAR-10 or CIFAR-100 in the binary version"
        raise source.refuse(
            "", cause, "fetch the binary version, as the Python version holds pickles, which can run code"
        )
    version = versions.pop()
    missing = [name for name in _MEMBERS[version, part] if name not in found]
    if missing:
        raise source.refuse("", f"the member {missing[0]!r} is missing", "fetch the archive again")
    for name in _MEMBERS[version, part]:
        wrong = _first_wrong(_records(found[name], version), version)
        if wrong is not None:
            raise source.refuse(f"member {name!r}, {wrong}", f"not a record of CIFAR-{version}", "fetch it again")
    records = [_records(found.pop(name), version) for name in _MEMBERS[version, part]]
    whole = records[0] if len(records) == 1 else np.concatenate([row for row in records if row is not None])
    return _stored(source, whole, version, label)


def _records(block: bytearray, version: int) -> np.ndarray | None:
    length = len(_CLASSES[version]) + _PIXELS
    return np.frombuffer(block, np.uint8).reshape(-1, length) if block and len(block) % length == 0 else None


def _first_wrong(records: np.ndarray | None, version: int) -> str | None:
    """Say where the first label beyond the classes is, if any."""
    if records is None:
        return "its length"
    wrong = (records[:, : len(_CLASSES[version])] >= _CLASSES[version]).any(axis=1)
    return f"record {int(np.argmax(wrong)) + 1}" if wrong.any() else None


def _stored(source: Source, records: np.ndarray | None, version: int, label: str | None) -> Stored:
    """Split the records: labels first, then the red, green and blue planes."""
    columns = {10: (None,), 100: ("coarse", "fine", None)}[version]
    if records is None or label not in columns:
        remedy = "choose y='fine' or y='coarse'" if version == 100 else "drop y="
        raise source.refuse("", f"CIFAR-{version} has no labels {label!r}", remedy)
    position = 0 if version == 10 or label == "coarse" else 1
    images = records[:, len(_CLASSES[version]) :].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return Stored(images, records[:, position], "classes")


def _misfit(source: Source, block: bytearray, fits: list[int]) -> tuple[str, str]:
    if fits:
        return "it could be CIFAR-10 as well as CIFAR-100", "keep fewer records or store it as npz"
    for version in _CLASSES:
        wrong = _first_wrong(_records(block, version), version)
        if wrong != "its length":
            return f"{wrong} has a label beyond the classes of CIFAR-{version}", "it is damaged, so fetch it again"
    known = "IDX, CIFAR binary, npz, csv or parquet"
    return f"it starts with {bytes(source.head[:8])!r}, which is not {known}", "convert it to npz with numpy.savez"


def _members(source: Source) -> Iterator[tuple[str, int, bytes]]:
    """Yield name, size and kind of every member; the reader takes the bytes in between."""
    while any(header := source.exactly(_BLOCK)):
        where, kind = f"byte {source.taken - _BLOCK}", bytes(header[156:157])
        spaced = header[:148] + b" " * 8 + header[156:]
        size, odd = _octal(header[124:136]), [field for field in _FIELDS if not _is_number(header[field])]
        if _octal(header[148:156]) != sum(spaced) or size is None or odd or header[345] != 0:
            raise source.refuse(where, "the header of a member is damaged", "fetch the archive again")
        if kind not in _PLAIN:
            raise source.refuse(where, f"a member of kind {kind!r} (link, device or long name)", "it is not CIFAR")
        if kind in _EXTENDED:
            _harmless(source, where, size)
            size = 0
        yield bytes(header[:100]).split(b"\0", 1)[0].decode("latin-1"), size, kind
    while source.read(1 << 16):
        continue


def _is_number(field: bytes | bytearray) -> bool:
    """Accept digits, blanks, and the binary numbers of GNU tar, in fields that are not used."""
    return _octal(field) is not None or not field.strip(b" \0") or field[0] in (0x80, 0xFF)


def _octal(field: bytes | bytearray) -> int | None:
    text = re.fullmatch(rb" *([0-7]+)[ \0]*", bytes(field))
    return int(text[1], 8) if text else None


def _harmless(source: Source, where: str, size: int) -> None:
    """Take an extended header, and refuse one that renames or resizes what follows."""
    text = source.exactly(size) if size <= 1 << 16 else b"path="
    if re.search(rb"path=|size=|sparse", text):
        raise source.refuse(where, "an extended header renames or resizes a member", "it is not CIFAR as published")
    _skip(source, -size % _BLOCK)


def _skip(source: Source, count: int) -> None:
    while count > 0:
        count -= len(source.exactly(min(count, 1 << 20)))

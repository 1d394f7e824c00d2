"""What the pages of a parquet file claim to unpack to, read from their headers before anything is unpacked."""

from collections.abc import Iterator
from typing import Any

from .source import Source, guarded

_DEEPEST = 16
_HEADER = 1 << 16
_TRUE, _FALSE, _BYTE, _SHORT, _LONG, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = 1, 2, 3, 4, 6, 7, 8, 9, 10, 12
_ERRORS = (IndexError, KeyError, TypeError, ValueError, AttributeError, OSError, RecursionError)

# Field numbers of the format (parquet.thrift).
_ROW_GROUPS, _COLUMNS, _META, _PATH, _PACKED_TOTAL, _DATA_AT, _DICTIONARY_AT = 4, 1, 3, 3, 7, 9, 11
_UNPACKED, _PACKED = 2, 3


class _Reader:
    """The compact protocol of Thrift: a struct becomes {field number: value}."""

    def __init__(self, block: bytes) -> None:
        self.block, self.place = block, 0

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.block[self.place]
            self.place += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value
            if shift > 63:
                raise ValueError("a number of more than 64 bits")

    def number(self) -> int:
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def bytes(self, count: int) -> bytes:
        if count > len(self.block) - self.place:
            raise ValueError("a text that passes the end")
        self.place += count
        return self.block[self.place - count : self.place]

    def struct(self, depth: int = 0) -> dict[int, Any]:
        if depth > _DEEPEST:
            raise ValueError("structs too deep")
        fields, last = {}, 0
        while kind := (head := self.bytes(1)[0]) & 15:
            last = last + (head >> 4) if head >> 4 else self.number()
            fields[last] = kind == _TRUE if kind in (_TRUE, _FALSE) else self.value(kind, depth)
        return fields

    def value(self, kind: int, depth: int) -> Any:
        if kind == _STRUCT:
            return self.struct(depth + 1)
        if kind in (_LIST, _SET):
            return self.sequence(depth + 1)
        if kind in (_TRUE, _FALSE, _BYTE):
            return self.bytes(1)[0]
        if kind == _DOUBLE:
            return self.bytes(8)
        if kind == _BINARY:
            return self.bytes(self.varint())
        if _SHORT <= kind <= _LONG:
            return self.number()
        raise ValueError(f"a value of type {kind}")

    def sequence(self, depth: int) -> list[Any]:
        head = self.bytes(1)[0]
        count = head >> 4 if head >> 4 < 15 else self.varint()
        if count > len(self.block) - self.place or depth > _DEEPEST:
            raise ValueError("a list that passes the end")
        return [self.value(head & 15, depth) for _ in range(count)]


def check_pages(source: Source, footer: bytes, names: list[str]) -> None:
    """Refuse a page of these columns that unpacks to more than the limit leaves; one is unpacked at a time."""
    with guarded(source, "its pages", _ERRORS):
        for name, start, length in _chunks(footer):
            if name not in names:
                continue
            for place, size in _pages(source, start, length):
                if size < 0 or source.booked + size > source.limit:
                    cause = f"a page that claims to unpack to {size} bytes, with limit={source.limit}"
                    raise source.refuse(f"byte {place}", cause, "raise limit= if the file is trusted")


def _chunks(footer: bytes) -> Iterator[tuple[str, int, int]]:
    """Yield the column, first byte and length of every chunk."""
    for group in _Reader(footer).struct().get(_ROW_GROUPS, []):
        for chunk in group[_COLUMNS]:
            meta = chunk[_META]
            start, dictionary = meta[_DATA_AT], meta.get(_DICTIONARY_AT, 0)
            yield meta[_PATH][0].decode(), dictionary if 0 < dictionary < start else start, meta[_PACKED_TOTAL]


def _pages(source: Source, start: int, length: int) -> Iterator[tuple[int, int]]:
    """Yield the place of every page and what it unpacks to, by its header."""
    place, end = start, min(start + length, source.size)
    while place < end:
        source.file.seek(place)
        reader = _Reader(source.file.read(min(_HEADER, end - place)))
        header = reader.struct()
        if header[_PACKED] < 0:
            raise ValueError("a page of negative length")
        yield place, header[_UNPACKED]
        place += reader.place + header[_PACKED]

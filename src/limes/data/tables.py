"""Tables: columns by name or position, and the csv reader that streams its lines."""

import csv
import itertools
from array import array
from collections.abc import Iterator, Sequence

import numpy as np

from .source import Source
from .stored import Stored

Column = str | int
Columns = Column | Sequence[Column] | None

_LONGEST = 1 << 24
_DELIMITERS = (",", ";", "\t")
_FEW = 3


def choose(
    source: Source, names: Sequence[str] | None, width: int, x: Columns, y: Column | None
) -> tuple[list[int], int]:
    """Return the positions of the inputs and of the target: the last column unless `y` names one."""
    target = width - 1 if y is None else _position(source, names, width, y, "y")
    if x is None:
        inputs = [i for i in range(width) if i != target]
        nameless = [i for i in inputs if names is not None and names[i].strip() in ("", "__index_level_0__")]
        if nameless:
            cause = f"column {nameless[0] + 1} has no name, so it may count the rows"
            raise source.refuse("", cause, "choose the inputs with x=[...] or remove that column")
    else:
        listed = [x] if isinstance(x, str | int) else list(x)
        inputs = [_position(source, names, width, name, "x") for name in listed]
    if not inputs or len(set(inputs)) < len(inputs) or target in inputs:
        cause = f"the columns {[i + 1 for i in inputs]} for x and {target + 1} for y"
        raise source.refuse("", cause, "choose at least one input, each once, and another column as target")
    return inputs, target


def titles(names: Sequence[str] | None, positions: Sequence[int]) -> tuple[str, ...]:
    """Return what sentences call the columns."""
    return tuple(f"column {i + 1}" if names is None else f"column {ascii(names[i])[:40]}" for i in positions)


def read(source: Source, x: Columns, y: Column | None) -> Stored:
    """Read lines of numbers divided by comma, semicolon or tab, with or without a line of names."""
    rows = _rows(source)
    first = next(rows, None)
    if first is None:
        raise source.refuse("", "it holds no line", "write at least two samples")
    width = len(first[1])
    if width < 2:
        raise source.refuse("line 1", "only one column", "divide columns by comma, semicolon or tab, the target last")
    names = _names(source, *first)
    inputs, target = choose(source, names, width, x, y)
    picked = [*inputs, target]
    columns, numbers = titles(names, picked), array("d")
    for line, cells in rows if names is not None else itertools.chain([first], rows):
        if len(cells) != width:
            raise source.refuse(f"line {line}", f"{len(cells)} columns instead of {width}", "repair that line")
        source.book(len(picked), 8)
        numbers.extend(_numbers(source, line, [cells[i] for i in picked], columns))
    table = np.frombuffer(numbers).reshape(-1, len(picked))
    return Stored(table[:, :-1], table[:, -1], columns=columns)


def _rows(source: Source) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines that are not empty, each with its number."""
    reader = csv.reader(_lines(source), delimiter=_delimiter(source.head), strict=True)
    try:
        for cells in reader:
            if any(cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise source.damaged(f"line {reader.line_num}", error) from error


def _lines(source: Source) -> Iterator[str]:
    number = 0
    while text := source.line(_LONGEST):
        number += 1
        if len(text) == _LONGEST:
            raise source.refuse(f"line {number}", f"it is longer than {_LONGEST} bytes", "this is not a table")
        try:
            yield text.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise source.refuse(f"line {number}", "a byte that is not UTF-8", "save the file as UTF-8") from error


def _delimiter(head: bytes) -> str:
    lines = (line for line in head.decode("utf-8", errors="replace").splitlines() if line.strip())
    first = next(lines, "")
    return max(_DELIMITERS, key=first.count)


def _names(source: Source, line: int, cells: list[str]) -> list[str] | None:
    """Return the names, or None when the first line is a sample; refuse what could be either."""
    numeric = [_is_number(cell) for cell in cells]
    counted = len(cells) >= _FEW and [cell.strip() for cell in cells] == [str(i) for i in range(len(cells))]
    if counted or (any(numeric) and not all(numeric)):
        cause = "0, 1, 2, ... may be names or a sample" if counted else "names and numbers are mixed"
        raise source.refuse(f"line {line}", cause, "start with a line of names that are not numbers")
    return None if all(numeric) else cells


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return cell.isascii() and "_" not in cell


def _numbers(source: Source, line: int, cells: list[str], columns: Sequence[str]) -> list[float]:
    joined = "".join(cells)
    if joined.isascii() and "_" not in joined:
        try:
            return [float(cell) for cell in cells]
        except ValueError:
            pass
    place = next(i for i, cell in enumerate(cells) if not _is_number(cell))
    cause = f"{ascii(cells[place])[:40]} is not a number" if cells[place].strip() else "the cell is empty"
    raise source.refuse(
        f"line {line}, {columns[place]}", cause, "replace it by a number or choose other columns with x= and y="
    )


def _position(source: Source, names: Sequence[str] | None, width: int, name: Column, argument: str) -> int:
    if isinstance(name, int):
        if not 0 <= name < width:
            raise source.refuse("", f"{argument} asks for column {name}", f"positions run from 0 to {width - 1}")
        return name
    if names is None:
        cause = f"{argument} asks for the column {name!r}, but the first line holds no names"
        raise source.refuse("line 1", cause, "give positions counted from 0")
    count = list(names).count(name)
    if count != 1:
        cause = f"{argument} asks for the column {name!r}, which is " + (
            "there more than once" if count else "not there"
        )
        listed = ", ".join(ascii(other)[:40] for other in names[:10])
        raise source.refuse("", cause, f"choose among {listed}, each named once")
    return list(names).index(name)

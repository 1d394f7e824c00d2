"""Parquet, by pyarrow, an extra: the footer is judged first, then columns of numbers stream in."""

from typing import Any

import numpy as np

from limes._errors import InputError

from .pages import check_pages
from .source import Source, guarded
from .stored import Stored
from .tables import Column, Columns, choose, titles

_FOOTER = 1 << 23
_ROWS = 1 << 16
_CONTAINERS = 1 << 17
_WIDTHS = {"float": 4, "double": 8, "halffloat": 2, "bool": 1}


def read(source: Source, x: Columns, y: Column | None) -> Stored:
    """Read columns of numbers; the last one is the target unless `y` names another."""
    if source.packed:
        raise source.refuse("", "a parquet file inside a gzip", "unpack the gzip first")
    arrow, parquet = _pyarrow()
    footer = _footer(source)
    errors = (
        arrow.ArrowException,
        OSError,
        EOFError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        OverflowError,
        MemoryError,
    )
    with guarded(source, "its footer", errors):
        file = parquet.ParquetFile(
            source.file,
            page_checksum_verification=True,
            pre_buffer=False,
            thrift_string_size_limit=_FOOTER,
            thrift_container_size_limit=_CONTAINERS,
        )
        names, kinds = list(file.schema_arrow.names), [str(kind) for kind in file.schema_arrow.types]
    if len(names) < 2:
        raise source.refuse("", f"{len(names)} columns", "at least one input and the target are needed")
    inputs, target = choose(source, names, len(names), x, y)
    picked = [*inputs, target]
    columns = titles(names, picked)
    for place, column in zip(picked, columns, strict=True):
        _check_column(source, names, kinds, place, column)
    chosen = [names[i] for i in picked]
    with guarded(source, "its pages", errors), np.errstate(all="ignore"):
        rows = file.metadata.num_rows
        source.book(max(rows, 0) * len(picked), 8)
        check_pages(source, footer, chosen)
        table = _table(source, file, chosen, columns, rows)
    return Stored(table[:, :-1], table[:, -1], columns=columns)


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise InputError(
            "load: parquet needs pyarrow, which is not installed; run pip install 'limes[files]', or save the table as csv"
        ) from error
    return pyarrow, pyarrow.parquet


def _footer(source: Source) -> bytes:
    """Return the footer, after its length has been compared with the file."""
    source.file.seek(max(0, source.size - 8))
    tail = source.file.read(8)
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != b"PAR1" or length > min(_FOOTER, source.size - 12):
        raise source.refuse("its end", "the footer is missing or damaged", "it is cut, so fetch or write it again")
    source.file.seek(source.size - 8 - length)
    return source.file.read(length)


def _check_column(source: Source, names: list[str], kinds: list[str], place: int, column: str) -> None:
    kind = kinds[place]
    if not (kind in _WIDTHS or kind.removeprefix("u") in ("int8", "int16", "int32", "int64")):
        remedy = "choose columns of numbers with x= and y="
        raise source.refuse(column, f"it holds {ascii(kind)[1:-1][:60]}, not numbers", remedy)
    if names.count(names[place]) > 1 or "." in names[place]:
        raise source.refuse(column, "its name is there twice or holds a dot", "rename it")


def _table(source: Source, file: Any, names: list[str], columns: tuple[str, ...], rows: int) -> np.ndarray:
    """Return the columns as 64-bit reals: one after the other, so that one page at a time is unpacked."""
    table = np.empty((max(rows, 0), len(names)))
    for j, name in enumerate(names):
        done = 0
        for batch in file.iter_batches(batch_size=_ROWS, columns=[name], use_threads=False):
            column = batch.column(0)
            _check_batch(source, columns[j], column, done, rows)
            table[done : done + len(column), j] = column.to_numpy(zero_copy_only=False)
            done += len(column)
        if done != rows:
            raise source.refuse(columns[j], f"{done} rows instead of {rows}", "it is damaged, so write it again")
    return table


def _check_batch(source: Source, name: str, column: Any, done: int, rows: int) -> None:
    if done + len(column) > rows:
        raise source.refuse(name, f"more than the {rows} rows of the footer", "it is damaged, so write it again")
    if column.null_count:
        raise source.refuse(name, f"a missing value in rows {done + 1} to {done + len(column)}", "fill it")

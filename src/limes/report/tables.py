"""Results as plain rows: for the command line, for CSV and for the tables of the page."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from limes.draw.escape import printable
from limes.draw.spec import short, where

from .verdicts import counts, verdict_of

Result = Mapping[str, Any]
COLUMNS = ("verdict", "claim", "what", "predicted", "measured", "interval", "seeds", "reason")


def summary(results: Sequence[Result]) -> str:
    """One line: `3 claims: 2 supported, 1 refuted`."""
    if not results:
        return "no claim"
    parts = ", ".join(f"{count} {verdict}" for verdict, count in counts(results).items())
    return f"{len(results)} claim{'s' if len(results) > 1 else ''}: {parts}"


def headline(result: Result) -> dict[str, Any]:
    """The prediction that speaks for a claim: the first one with the claim's own verdict.

    Keys `what`, `where`, `kind`, `predicted`, `estimate`, `interval`, `others` (how many
    predictions are not shown).
    """
    predictions = list(result.get("predictions") or [])
    deciding = [p for p in predictions if p.get("verdict") == result.get("verdict")] or predictions
    chosen = deciding[0] if deciding else {}
    return {
        "what": str(chosen.get("scale") or chosen.get("quantity") or ""),
        "where": where(chosen.get("where") or {}),
        "kind": str(chosen.get("kind") or ""),
        "predicted": chosen.get("predicted"),
        "estimate": chosen.get("estimate"),
        "interval": chosen.get("interval"),
        "others": max(len(predictions) - 1, 0),
    }


def plain_rows(results: Sequence[Result]) -> list[list[str]]:
    """One row of text per claim, in the columns of `COLUMNS`; no control character in them."""
    return [[printable(cell) for cell in _row(result)] for result in results]


def _row(result: Result) -> list[str]:
    head = headline(result)
    ends = head["interval"]
    span = f"[{short(ends[0])}, {short(ends[1])}]" if isinstance(ends, list | tuple) and len(ends) == 2 else ""
    return [
        verdict_of(result),
        str(result.get("id") or ""),
        head["what"],
        short(head["predicted"]),
        short(head["estimate"]),
        span,
        short(result.get("seeds")),
        str(result.get("reason") or ""),
    ]


def result_csv(result: Result) -> str:
    """The data of one result as CSV: one row per cell, full precision, empty for unknown."""
    data = (result.get("page") or {}).get("data") or {}
    return table_csv(data.get("columns") or [], data.get("rows") or [])


def table_csv(columns: Sequence[Any], rows: Sequence[Sequence[Any]]) -> str:
    """Columns and rows as CSV. Text that a spreadsheet would run as a formula is quoted by `'`."""
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\n")
    writer.writerow([cell_text(column) for column in columns])
    writer.writerows([[cell_text(value) for value in row] for row in rows])
    return sheet.getvalue()


def cell_text(value: object) -> str:
    """One CSV cell: numbers in full, null empty, dangerous text made harmless."""
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return repr(value)
    text = printable(value)
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\n") else text

"""Attempts at units: what was started, how it ended, what a crash left in flight."""

import sqlite3
from collections.abc import Iterable

from limes._errors import InputError

FAILED = ("timeout", "killed", "error")
STATES = ("started", "done", *FAILED)
MAX_NOTE = 4000  # characters


def start(connection: sqlite3.Connection, key: bytes, state: str = "started", note: str | None = None) -> None:
    """Add the next attempt at a unit; attempts are numbered 1, 2, ..."""
    connection.execute(
        "INSERT INTO attempt SELECT ?1, coalesce(max(n), 0) + 1, ?2, ?3 FROM attempt WHERE key=?1", (key, state, note)
    )


def end(connection: sqlite3.Connection, key: bytes, state: str, note: str | None = None) -> bool:
    """Close the last attempt at a unit; False if none is open. Open ones before it are left over by crashes."""
    cursor = connection.execute(
        "UPDATE attempt SET state=?2, note=?3 WHERE key=?1 AND state='started' "
        "AND n=(SELECT max(n) FROM attempt WHERE key=?1)",
        (key, state, note),
    )
    return cursor.rowcount > 0


def fail(connection: sqlite3.Connection, key: bytes, state: str, note: str) -> None:
    """Close the last attempt at a unit as failed; without an open one, add a failed one.

    Raises InputError for a state that is no failure.
    """
    if state not in FAILED:
        raise InputError(f"the state of a failed unit is one of {', '.join(FAILED)}, got {state!r}; choose one of them")
    note = note.encode("ascii", "backslashreplace").decode()[:MAX_NOTE]
    if not end(connection, key, state, note):
        start(connection, key, state, note)


def states(connection: sqlite3.Connection, keys: Iterable[bytes]) -> dict[bytes, tuple[str, str]]:
    """Give state and note of units: "present", else how the last attempt ended, else "missing"."""
    found = {}
    for key in keys:
        (present,) = connection.execute("SELECT EXISTS(SELECT 1 FROM unit WHERE key=?)", (key,)).fetchone()
        last = connection.execute(
            "SELECT state, note FROM attempt WHERE key=? ORDER BY n DESC LIMIT 1", (key,)
        ).fetchone()
        state, note = last or ("missing", None)
        state = "missing" if state == "done" else state
        found[key] = ("present", "") if present else (state, note or "")
    return found

"""Tables of a ledger and the checks that a file must pass before any number of it is used.

A ledger that comes from others is hostile until checked: the schema is compared as text before any other query, so a
view or a trigger in place of a table runs nothing.
"""

import contextlib
import hashlib
import itertools
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from limes._errors import CorruptLedger, StorageError

from .attempts import STATES
from .records import MAX_PAYLOAD, digest, unit_key

APPLICATION = "limes ledger"
VERSION = "1"
MAX_ROW = MAX_PAYLOAD + 2**20  # bytes of one row: payload, parameters, hashes
TABLES = (
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE plan(key BLOB PRIMARY KEY, params TEXT NOT NULL)",
    "CREATE TABLE env(id BLOB PRIMARY KEY, info TEXT NOT NULL)",
    "CREATE TABLE unit(key BLOB PRIMARY KEY, params TEXT NOT NULL, payload BLOB NOT NULL, sha BLOB NOT NULL, "
    "env BLOB NOT NULL)",
    "CREATE TABLE attempt(key BLOB NOT NULL, n INTEGER NOT NULL, state TEXT NOT NULL, note TEXT, PRIMARY KEY(key, n))",
    "CREATE TABLE conflict(key BLOB NOT NULL, payload BLOB NOT NULL, sha BLOB NOT NULL, env BLOB NOT NULL, "
    "PRIMARY KEY(key, sha, env))",
    "CREATE TABLE result(claim TEXT PRIMARY KEY, info TEXT NOT NULL, sha BLOB NOT NULL)",
)
REFUSED = {
    sqlite3.SQLITE_FULL: "the disk is full; free space and resume, every acknowledged unit is kept",
    sqlite3.SQLITE_IOERR: "reading or writing failed; check the disk and resume, every acknowledged unit is kept",
    sqlite3.SQLITE_READONLY: "the file or its folder is read-only; choose another folder or change its rights",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened; check that its folder exists and its rights",
    sqlite3.SQLITE_PERM: "access is denied; check the rights of the file",
    sqlite3.SQLITE_BUSY: "another process keeps the file busy; close what reads it and resume",
    sqlite3.SQLITE_LOCKED: "another process keeps the file locked; close what reads it and resume",
    sqlite3.SQLITE_NOMEM: "memory is exhausted; close other programs and resume",
}


@contextlib.contextmanager
def guard(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and of the system into one sentence with path, cause and remedy.

    Raises StorageError where the surroundings refuse (disk, rights, locks), CorruptLedger for the rest.
    """
    try:
        yield
    except sqlite3.ProgrammingError as error:  # closed, or used from another thread
        raise StorageError(f"{path}: {error}; open the ledger again, in the thread that uses it") from error
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        if code is not None and code & 0xFF in REFUSED:
            raise StorageError(f"{path}: {REFUSED[code & 0xFF]} ({error})") from error
        raise corrupt(path, str(error)) from error
    except UnicodeDecodeError as error:  # SQLite's own message may quote damaged bytes
        raise corrupt(path, "a text is not UTF-8") from error
    except MemoryError as error:
        raise StorageError(f"{path}: {REFUSED[sqlite3.SQLITE_NOMEM]}") from error
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror or error}; check the disk, the folder and its rights") from error


def corrupt(path: Path, cause: str) -> CorruptLedger:
    """Make the error for a damaged file."""
    text = f"{path}: damaged, or no ledger of limes: {cause}; restore a copy, or move it away and run again"
    return CorruptLedger(text)


def connect(path: Path, *, write: bool) -> sqlite3.Connection:
    """Open with the limits that hostile files need; explicit transactions only."""
    target = path.absolute().as_uri() + ("?mode=rwc" if write else "?mode=ro")
    connection = sqlite3.connect(target, uri=True, isolation_level=None, timeout=30.0)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_ROW)
    try:
        for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "page_size=8192"):
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """Commit all statements of the block or none."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):  # some errors roll back by themselves
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        raise


def create(connection: sqlite3.Connection) -> None:
    """Create the tables of an empty ledger in one transaction."""
    with transaction(connection):
        for text in TABLES:
            connection.execute(text)
        connection.executemany("INSERT INTO meta VALUES(?, ?)", meta(()).items())


def meta(keys: Iterable[bytes]) -> dict[str, str]:
    """Give the rows of `meta` for a plan: what the file is, number of planned units, SHA-256 of their sorted keys."""
    ordered = sorted(keys)
    plan_hash = hashlib.sha256(b"".join(ordered)).hexdigest()
    return {"application": APPLICATION, "schema": VERSION, "planned": str(len(ordered)), "plan_hash": plan_hash}


def is_empty(connection: sqlite3.Connection, path: Path) -> bool:
    """Compare the schema with the expected text, before any other query; True for a file without tables.

    Raises CorruptLedger for every other schema.
    """
    found = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchmany(100)
    if not found:
        return True
    if sorted(found, key=repr) != sorted(_expected(), key=repr):
        raise corrupt(path, "its tables are not those of this version")
    return False


def _expected() -> list[tuple[str, str, str, str | None]]:
    """List what `sqlite_master` holds in a sound ledger."""
    rows: list[tuple[str, str, str, str | None]] = []
    for text in TABLES:
        name = text.removeprefix("CREATE TABLE ").split("(")[0]
        rows += [("table", name, name, text), ("index", f"sqlite_autoindex_{name}_1", name, None)]
    return rows


def verify(connection: sqlite3.Connection, path: Path) -> set[bytes]:
    """Check pages, plan, row hashes and references in one streaming pass; give the planned keys.

    Planned units that are absent pass: they are missing, which the plan makes visible.

    Raises CorruptLedger with the first damaged rows.
    """
    with guard(path), transaction(connection, "DEFERRED"):
        report = connection.execute("PRAGMA integrity_check(5)").fetchall()
        if report != [("ok",)]:
            raise corrupt(path, "; ".join(str(line) for (line,) in report)[:500])
        plan = _verify_plan(connection, path)
        _verify_rows(connection, path, plan)
        return plan


def _verify_plan(connection: sqlite3.Connection, path: Path) -> set[bytes]:
    """Recompute the keys of the plan, their number and hash."""
    rows = connection.execute("SELECT key, params FROM plan")
    _refuse(path, "plan", rows, lambda key, params: _sound(unit_key, key, params))
    plan = {key for (key,) in connection.execute("SELECT key FROM plan")}
    if dict(connection.execute("SELECT name, value FROM meta")) != meta(plan):
        raise corrupt(path, f"its version is not {VERSION}, or its {len(plan)} planned units are not those declared")
    return plan


def _verify_rows(connection: sqlite3.Connection, path: Path, plan: set[bytes]) -> None:
    """Recompute every hash; every unit, attempt and conflict refers to the plan and to an environment."""
    execute = connection.execute
    _refuse(path, "environment", execute("SELECT id, info FROM env"), lambda name, info: _sound(unit_key, name, info))
    sound = _unit_check(plan, {name for (name,) in execute("SELECT id FROM env")})
    _refuse(path, "unit", execute("SELECT key, params, payload, sha, env FROM unit"), sound)
    conflicts = execute("SELECT key, params, payload, sha, env FROM conflict LEFT JOIN plan USING(key)")
    _refuse(path, "conflict", conflicts, sound)
    attempts = execute(f"SELECT key, count(*), min(n), max(n), min(state IN {STATES}) FROM attempt GROUP BY key")
    # numbered 1, 2, ... without gap
    _refuse(path, "attempt", attempts, lambda key, *found: key in plan and found[1:] == (1, found[0], 1))
    results = execute("SELECT claim, info, sha FROM result")
    _refuse(path, "result", results, lambda claim, info, sha: _sound(result_hash, sha, claim, info))


def _unit_check(plan: set[bytes], known: set[bytes]) -> Callable[..., bool]:
    """Give the test of one row with a payload."""

    def sound(key: object, params: object, payload: object, sha: object, env: object) -> bool:
        return key in plan and env in known and _sound(unit_key, key, params) and _sound(digest, sha, params, payload)

    return sound


def _sound(function: Callable[..., bytes], expected: object, *arguments: object) -> bool:
    """Compare a recomputed hash; values of a wrong type are unsound as well."""
    try:
        return function(*arguments) == expected
    except (AttributeError, TypeError, UnicodeError):
        return False


def result_hash(claim: str, info: str) -> bytes:
    """Hash a judged result together with the claim that it belongs to."""
    return digest(claim, info.encode())


def _refuse(path: Path, what: str, rows: sqlite3.Cursor, sound: Callable[..., bool]) -> None:
    """Raise with the first three rows that are not sound, if there are any.

    The cursor is closed even then: one that an exception keeps alive would keep the file locked.
    """
    with contextlib.closing(rows):
        bad = list(itertools.islice((row[0] for row in rows if not sound(*row)), 3))
    if bad:
        names = ", ".join(name.hex()[:16] if isinstance(name, bytes) else repr(name)[:40] for name in bad)
        raise corrupt(path, f"{what} {names} fails its hash or its reference")

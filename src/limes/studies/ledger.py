"""The ledger: the results of a study in one SQLite file, written by one process, checked whenever it is opened."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Self

import numpy as np

from limes._errors import InputError, StorageError

from . import attempts
from .conflicts import Conflict, difference, same
from .files import lock, whole
from .records import MAX_PAYLOAD, decode, digest, encode, unit_key
from .schema import connect, corrupt, create, guard, is_empty, meta, result_hash, transaction, verify


class Ledger:
    """Units of work under their keys: what is planned, what was tried, what came out, what was judged.

    A unit counts as stored only when `put` has returned. The plan is moved into the main file before any of its units
    may be stored, since SQLite takes damage in its write-ahead log for the end of the log: lost units are then
    missing, visibly. A killed process loses at most one batch. Use it as a context manager.

    Raises StorageError (disk, rights, a second writer) and CorruptLedger (damage), with path, cause and remedy.
    """

    def __init__(self, path: str | os.PathLike[str]):
        """Create or open for writing: lock, write-ahead log, verification of an existing file."""
        self.path = Path(path)
        self._lock: IO[bytes] | None = None
        self._write = True
        with guard(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = lock(self.path)
            self._open()

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Self:
        """Open for reading only, also while another process writes; the whole file is verified first."""
        ledger = cls.__new__(cls)
        ledger.path, ledger._lock, ledger._write = Path(path), None, False
        if not ledger.path.is_file():
            raise StorageError(f"{ledger.path}: there is no ledger; check the path, or run the study first")
        with guard(ledger.path):
            ledger._open()
        return ledger

    def _open(self) -> None:
        """Connect, check the schema before anything else, then verify; on failure leave nothing open."""
        log = Path(f"{self.path}-wal")
        beheaded = log.exists() and log.stat().st_size > 0 and not (self.path.exists() and self.path.stat().st_size)
        try:
            if beheaded:
                raise corrupt(self.path, f"it is empty beside its log {log.name}")
            self._connection = connect(self.path, write=self._write)
            new = is_empty(self._connection, self.path)
            if self._write:
                self._prepare(new)
            elif new:
                raise StorageError(f"{self.path}: holds no ledger yet; run the study first")
            self._planned = verify(self._connection, self.path)
            self._settled = False
            if self._write:
                self._settle()
        except BaseException:
            self.close()
            raise

    def _prepare(self, new: bool) -> None:
        """Switch to the write-ahead log with full synchronization; create the tables of a new file."""
        (mode,) = self._connection.execute("PRAGMA journal_mode=WAL").fetchone()
        if mode != "wal":
            raise StorageError(f"{self.path}: no write-ahead log here (a network file system?); use a local folder")
        self._connection.execute("PRAGMA synchronous=FULL")
        if new:
            create(self._connection)

    def _settle(self) -> None:
        """Move the log into the main file, so that the plan no longer depends on the log."""
        self._settled = False
        busy, pages, moved = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy and pages != moved:
            raise StorageError(f"{self.path}: a reader keeps the log from being written back; close it and resume")
        self._settled = True

    def _writable(self) -> None:
        if not self._write:
            raise StorageError(f"{self.path}: opened for reading only; open it with Ledger(path) to write")

    def plan(self, params: Iterable[str]) -> None:
        """Declare units, as canonical JSON texts; what is planned already costs one hash."""
        self._writable()
        units = {unit_key(text): text for text in map(_text, params)}
        new = {key: text for key, text in units.items() if key not in self._planned}
        with guard(self.path):
            if new:
                planned = self._planned | new.keys()
                with transaction(self._connection):
                    self._connection.executemany("INSERT INTO plan VALUES(?, ?)", sorted(new.items()))
                    self._connection.executemany("UPDATE meta SET value=?2 WHERE name=?1", meta(planned).items())
                    self._settled = False
                self._planned = planned
            if not self._settled:
                self._settle()

    def _check_planned(self, keys: Iterable[bytes]) -> None:
        """Refuse what the plan does not hold, and a plan that is not yet safe."""
        self._writable()
        for key in keys:
            if key not in self._planned:
                raise StorageError(f"{self.path}: unit {key.hex()[:16]} is not in the plan; call plan() first")
        if not self._settled:
            raise StorageError(f"{self.path}: the plan is not yet safe on disk; call plan() again")

    def begin(self, keys: Iterable[bytes]) -> None:
        """Note that units are about to start, so that a crash names the units that were in flight."""
        keys = list(keys)
        self._check_planned(keys)
        with guard(self.path), transaction(self._connection):
            for key in keys:
                attempts.start(self._connection, key)

    def fail(self, keys: Iterable[bytes], state: str, note: str) -> None:
        """Note that the last attempt at units ended as "timeout", "killed" or "error", and why."""
        keys = list(keys)
        self._check_planned(keys)
        with guard(self.path), transaction(self._connection):
            for key in keys:
                attempts.fail(self._connection, key, state, note)

    def put(self, units: list[tuple[str, dict[str, np.ndarray]]], environment: str) -> None:
        """Store a batch of units in one transaction; when this returns they are on the disk.

        `units` pairs the canonical parameters with the arrays, `environment` is JSON that names versions and device.
        The same key with the same values is accepted silently; other values become a conflict.
        """
        rows = [(unit_key(params), params, encode(arrays)) for params, arrays in units]
        self._check_planned(key for key, _, _ in rows)
        env = unit_key(_text(environment))
        with guard(self.path), transaction(self._connection):
            self._connection.execute("INSERT INTO env VALUES(?, ?) ON CONFLICT(id) DO NOTHING", (env, environment))
            for row in rows:
                self._put_one(*row, env)

    def _put_one(self, key: bytes, params: str, payload: bytes, env: bytes) -> None:
        sha = digest(params, payload)
        cursor = self._connection.execute(
            "INSERT INTO unit VALUES(?, ?, ?, ?, ?) ON CONFLICT(key) DO NOTHING", (key, params, payload, sha, env)
        )
        if cursor.rowcount == 0:
            (old,) = self._connection.execute("SELECT payload FROM unit WHERE key=?", (key,)).fetchone()
            if old != payload and not same(decode(old), decode(payload)):
                self._connection.execute("INSERT OR IGNORE INTO conflict VALUES(?, ?, ?, ?)", (key, payload, sha, env))
        attempts.end(self._connection, key, "done")

    def get(self, keys: Iterable[bytes]) -> dict[bytes, dict[str, np.ndarray]]:
        """Give the arrays of the units that are present; absent ones are left out, every hash is checked again."""
        found = {}
        with guard(self.path):
            for key in keys:
                row = self._connection.execute("SELECT params, payload, sha FROM unit WHERE key=?", (key,)).fetchone()
                if row is not None:
                    found[key] = self._decode(key, *row)
        return found

    def _decode(self, key: bytes, params: str, payload: bytes, sha: bytes) -> dict[str, np.ndarray]:
        if unit_key(params) != key or digest(params, payload) != sha:
            raise corrupt(self.path, f"unit {key.hex()[:16]} fails its hash")
        try:
            return decode(payload)
        except InputError as error:
            raise corrupt(self.path, f"unit {key.hex()[:16]}: {error}") from error

    def params(self, key: bytes) -> str:
        """Give the canonical parameters of a planned unit."""
        with guard(self.path):
            row = self._connection.execute("SELECT params FROM plan WHERE key=?", (key,)).fetchone()
        if row is None:
            raise StorageError(f"{self.path}: unit {key.hex()[:16]} is not in the plan; call plan() first")
        return row[0]

    def states(self, keys: Iterable[bytes]) -> dict[bytes, str]:
        """Give "present", else how the last attempt ended ("timeout", "killed", "error"), else "missing".

        "started" is left over by a crash: the unit was in flight, try it alone.
        """
        with guard(self.path):
            return {key: state for key, (state, _) in attempts.states(self._connection, keys).items()}

    def notes(self, keys: Iterable[bytes]) -> dict[bytes, str]:
        """Give what was noted when the last attempt at absent units failed; "" where nothing was."""
        with guard(self.path):
            return {key: note for key, (_, note) in attempts.states(self._connection, keys).items()}

    def conflicts(self) -> list[Conflict]:
        """List units that came out differently when they were computed again."""
        query = (
            "SELECT c.key, u.params, u.payload, u.sha, c.payload, c.sha, u.env = c.env, e.info FROM conflict c "
            "JOIN unit u ON u.key = c.key JOIN env e ON e.id = c.env ORDER BY c.rowid"
        )
        with guard(self.path):
            rows = self._connection.execute(query).fetchall()
        found = []
        for key, params, payload, sha, other, other_sha, same_env, info in rows:
            gap = difference(self._decode(key, params, payload, sha), self._decode(key, params, other, other_sha))
            found.append(Conflict(key, params, bool(same_env), gap, info))
        return found

    def save_result(self, claim: str, info: str) -> None:
        """Store the judged result of a claim as JSON text, in place of an earlier one."""
        self._writable()
        row = (_text(claim), _text(info), result_hash(claim, info))
        with guard(self.path), transaction(self._connection):
            self._connection.execute("REPLACE INTO result VALUES(?, ?, ?)", row)

    def results(self) -> dict[str, str]:
        """Give the judged results, claim to JSON text, with their hashes checked again."""
        with guard(self.path):
            rows = self._connection.execute("SELECT claim, info, sha FROM result ORDER BY claim").fetchall()
        for claim, info, sha in rows:
            if result_hash(claim, info) != sha:
                raise corrupt(self.path, f"the result of {claim} fails its hash")
        return {claim: info for claim, info, _ in rows}

    def environments(self) -> list[str]:
        """List the recorded environments as JSON texts, the oldest first."""
        with guard(self.path):
            return [info for (info,) in self._connection.execute("SELECT info FROM env ORDER BY rowid")]

    def finish(self) -> None:
        """Turn the study into one self-contained file, without log: to copy, archive or put on read-only media."""
        self._writable()
        with guard(self.path):
            self._settle()
            (mode,) = self._connection.execute("PRAGMA journal_mode=DELETE").fetchone()
        if mode != "delete":
            raise StorageError(f"{self.path}: another process keeps the log open; close what reads it and resume")

    def backup(self, path: str | os.PathLike[str]) -> None:
        """Write a verified copy, also of a study that is running: temporary name, re-read, synchronized, renamed."""
        target = Path(path)
        with guard(target), whole(target) as part:
            self._connection.execute("VACUUM INTO ?", (str(part),))
            Ledger.read(part).close()

    def close(self) -> None:
        """Close the file and release the lock; harmless when repeated."""
        connection, lock_file = getattr(self, "_connection", None), self._lock
        self._lock = None
        if connection is not None:
            connection.close()
        if lock_file is not None:
            lock_file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _text(text: str) -> str:
    """Refuse what is no text of a bearable length: parameters, environments, results come as canonical JSON."""
    if not isinstance(text, str) or not text.isascii() or len(text) > MAX_PAYLOAD:
        what = f"{len(text)} characters" if isinstance(text, str) else type(text).__name__
        raise InputError(f"expected ASCII text of at most {MAX_PAYLOAD} characters, got {what}; use canonical()")
    return text

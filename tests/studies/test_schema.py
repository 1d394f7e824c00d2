"""A ledger made or changed by others is refused before any of its content is used."""

import contextlib
import hashlib
import sqlite3
import time

import numpy as np
import pytest

from limes._errors import CorruptLedger, StorageError
from limes.studies import records, schema
from limes.studies.ledger import Ledger

TOTAL, STORED = 8, 6
HERE = '{"numpy":"2"}'


def text(i):
    return records.canonical({"claim": "test.unit", "seed": i})


def key(i):
    return records.unit_key(text(i))


def arrays(i):
    return {"error": np.float64(i / 7), "curve": np.arange(300.0) + i}


@pytest.fixture
def path(tmp_path):
    """A finished ledger with rows in every table."""
    with Ledger(tmp_path / "s.db") as ledger:
        ledger.plan(text(i) for i in range(TOTAL))
        ledger.begin(key(i) for i in range(TOTAL))
        ledger.put([(text(i), arrays(i)) for i in range(STORED)], HERE)
        ledger.put([(text(0), arrays(1))], '{"numpy":"3"}')
        ledger.fail([key(6)], "killed", "memory")
        ledger.begin([key(6)])
        ledger.save_result("test.unit", "{}")
        ledger.finish()
    return tmp_path / "s.db"


@contextlib.contextmanager
def other_program(path):
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


def change(path, *statements):
    with other_program(path) as connection:
        for statement in statements:
            sql, *values = (statement,) if isinstance(statement, str) else statement
            connection.execute(sql, values)


def refused(path):
    before = path.read_bytes()
    for opener in (Ledger.read, Ledger):
        with pytest.raises(CorruptLedger, match=r"s\.db: damaged") as caught:
            opener(path)
        assert "restore a copy" in str(caught.value)
    with other_program(path) as connection:  # nothing was repaired behind the person's back
        assert connection.execute("PRAGMA journal_mode=DELETE").fetchone() == ("delete",)
    assert len(path.read_bytes()) == len(before)
    return str(caught.value)


def test_deleted_units_are_missing(path):
    change(path, ("DELETE FROM unit WHERE key=?", key(2)), ("DELETE FROM attempt WHERE key=?", key(7)))
    with Ledger.read(path) as ledger:
        assert ledger.states([key(1), key(2), key(7)]) == {key(1): "present", key(2): "missing", key(7): "missing"}
        assert key(2) not in ledger.get([key(1), key(2)])


DAMAGE = {
    "a number of a unit": "UPDATE unit SET payload=(SELECT payload FROM unit ORDER BY rowid LIMIT 1) WHERE rowid=3",
    "payload and hash of another unit": "UPDATE unit SET (payload, sha)=(SELECT payload, sha FROM unit WHERE rowid=1) "
    "WHERE rowid=2",
    "parameters of another unit": "UPDATE unit SET params=(SELECT params FROM unit WHERE rowid=1) WHERE rowid=2",
    "a planned unit deleted": "DELETE FROM plan WHERE rowid=(SELECT max(rowid) FROM plan)",
    "all planned units deleted": "DELETE FROM plan",
    "parameters of the plan": "UPDATE plan SET params='{}' WHERE rowid=1",
    "number of planned units": "UPDATE meta SET value='7' WHERE name='planned'",
    "hash of the plan": "UPDATE meta SET value=upper(value) WHERE name='plan_hash'",
    "another version": "UPDATE meta SET value='2' WHERE name='schema'",
    "another application": "UPDATE meta SET value='mail' WHERE name='application'",
    "a row of meta deleted": "DELETE FROM meta WHERE name='schema'",
    "a row of meta added": "INSERT INTO meta VALUES('note', 'x')",
    "an environment edited": "UPDATE env SET info='{}' WHERE rowid=1",
    "an environment deleted": "DELETE FROM env WHERE rowid=2",
    "a unit without environment": "UPDATE unit SET env=x'00' WHERE rowid=1",
    "a state unknown": "UPDATE attempt SET state='finite' WHERE rowid=1",
    "an attempt of no unit": "INSERT INTO attempt VALUES(x'00', 1, 'done', NULL)",
    "attempts with a gap": "UPDATE attempt SET n=3 WHERE n=2",
    "attempts from zero": "UPDATE attempt SET n=0 WHERE n=1",
    "an attempt numbered by a text": "UPDATE attempt SET n='x' WHERE n=2",
    "a result edited": 'UPDATE result SET info=\'{"verdict":"supported"}\'',
    "a result renamed": "UPDATE result SET claim='risk.convexity'",
    "a conflict edited": "UPDATE conflict SET payload=x'00'",
    "a conflict of no unit": "UPDATE conflict SET key=x'00'",
    "a key as text": "UPDATE unit SET key=hex(key) WHERE rowid=1",
    "a key as number": "UPDATE plan SET key=5 WHERE rowid=1",
    "a key that is null": "UPDATE plan SET key=NULL WHERE rowid=1",
    "parameters as bytes": "UPDATE plan SET params=CAST(params AS BLOB) WHERE rowid=1",
    "parameters as number": "UPDATE unit SET params=1.5 WHERE rowid=1",
    "payload as text": "UPDATE unit SET payload='text' WHERE rowid=1",
    "text that is not UTF-8": "UPDATE plan SET params=CAST(x'ff' AS TEXT) WHERE rowid=1",
    "note that is not UTF-8": "UPDATE attempt SET state=CAST(x'ff' AS TEXT) WHERE rowid=1",
}


@pytest.mark.parametrize("statement", DAMAGE.values(), ids=DAMAGE)
def test_changed_rows_are_refused(path, statement):
    change(path, statement)
    refused(path)


def test_the_refusal_names_the_row(path):
    change(path, ("UPDATE unit SET payload=x'00' WHERE key=?", key(4)))
    assert f"unit {key(4).hex()[:16]} fails" in refused(path)


FOREIGN = {
    "a trigger": ["CREATE TRIGGER t AFTER INSERT ON unit BEGIN DELETE FROM plan; END"],
    "a view beside": ["CREATE VIEW v AS SELECT * FROM unit"],
    "a view in place of a table": [
        "ALTER TABLE unit RENAME TO hidden",
        "CREATE VIEW unit AS SELECT key, params, payload, sha, env FROM hidden",
    ],
    "a recursive view": [
        "DROP TABLE result",
        "CREATE VIEW result AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x AS claim, "
        "x AS info, x AS sha FROM c",
    ],
    "another table": ["CREATE TABLE extra(a)"],
    "an index": ["CREATE INDEX i ON unit(env)"],
    "a missing table": ["DROP TABLE conflict"],
    "another column": ["ALTER TABLE unit ADD COLUMN extra"],
    "a generated column": [
        "DROP TABLE result",
        "CREATE TABLE result(claim TEXT PRIMARY KEY, info TEXT NOT NULL, sha BLOB AS (zeroblob(100000000)))",
    ],
    "a virtual table": ["DROP TABLE result", "CREATE VIRTUAL TABLE result USING fts5(claim, info, sha)"],
    "statistics": ["ANALYZE"],
}


@pytest.mark.parametrize("statements", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_schema_is_refused_before_it_runs(path, statements):
    try:
        change(path, *statements)
    except sqlite3.OperationalError as error:
        pytest.skip(f"this SQLite cannot make the attack: {error}")
    start = time.monotonic()
    assert "tables are not those" in refused(path)
    assert time.monotonic() - start < 5


def test_the_database_of_another_program_is_left_alone(tmp_path):
    with other_program(tmp_path / "s.db") as connection:
        connection.execute("CREATE TABLE mail(a)")
    before = (tmp_path / "s.db").read_bytes()
    refused(tmp_path / "s.db")
    assert (tmp_path / "s.db").read_bytes() == before


def test_a_payload_beyond_the_limit_is_refused_unread(path):
    size = schema.MAX_ROW + 1
    change(path, (f"UPDATE unit SET payload=zeroblob({size}) WHERE key=?", key(1)))
    assert "too big" in refused(path)


def test_a_forged_payload_with_a_right_hash_is_refused_when_it_is_decoded(path):
    for payload in (b"", b"\x80\x04pickle", records.encode(arrays(1))[:-1]):
        change(
            path, ("UPDATE unit SET payload=?, sha=? WHERE key=?", payload, records.digest(text(1), payload), key(1))
        )
        with Ledger.read(path) as ledger:
            assert ledger.get([key(2)])
            with pytest.raises(CorruptLedger, match="payload, byte"):
                ledger.get([key(1)])


def test_an_index_that_disagrees_with_its_table_is_refused(path):
    other = hashlib.sha256(b"other").digest()
    data = path.read_bytes()
    places = [i for i in range(len(data)) if data.startswith(key(3), i)]
    assert len(places) >= 4  # tables and indexes of plan, unit, attempt
    for place in places:
        path.write_bytes(data[:place] + other + data[place + 32 :])
        with pytest.raises(CorruptLedger):
            Ledger.read(path)


def test_errors_of_sqlite_become_sentences(tmp_path):
    def ask():
        with schema.guard(tmp_path / "x.db"), other_program(":memory:") as connection:
            connection.execute("SELECT * FROM absent")

    def fail(error):
        with schema.guard(tmp_path / "x.db"):
            raise error

    with pytest.raises(CorruptLedger, match=r"x\.db: .*no such table.*restore a copy"):
        ask()
    for error in (OSError(28, "No space left on device"), MemoryError()):
        with pytest.raises(StorageError, match=r"x\.db"):
            fail(error)


def test_a_transaction_is_all_or_nothing():
    def interrupted():
        with schema.transaction(connection):
            connection.execute("INSERT INTO t VALUES(1)")
            raise KeyboardInterrupt

    with other_program(":memory:") as connection:
        connection.execute("CREATE TABLE t(a)")
        with pytest.raises(KeyboardInterrupt):
            interrupted()
        assert not connection.in_transaction
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)

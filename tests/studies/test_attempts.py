"""Attempts are numbered, the last one tells the state."""

import contextlib
import sqlite3

import pytest

from limes._errors import InputError
from limes.studies import attempts, schema


@pytest.fixture
def connection():
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for text in schema.TABLES:
            connection.execute(text)
        yield connection


def rows(connection):
    return connection.execute("SELECT n, state, note FROM attempt ORDER BY n").fetchall()


def test_attempts_count_up_and_only_the_last_is_closed(connection):
    attempts.start(connection, b"a")
    attempts.start(connection, b"a")
    assert attempts.end(connection, b"a", "timeout", "slow")
    assert not attempts.end(connection, b"a", "done")
    assert rows(connection) == [(1, "started", None), (2, "timeout", "slow")]
    assert attempts.states(connection, [b"a", b"b"]) == {b"a": ("timeout", "slow"), b"b": ("missing", "")}


def test_a_failure_without_beginning_is_an_attempt(connection):
    attempts.fail(connection, b"a", "killed", "x" * 10 * attempts.MAX_NOTE)
    assert rows(connection) == [(1, "killed", "x" * attempts.MAX_NOTE)]
    with pytest.raises(InputError, match="choose one"):
        attempts.fail(connection, b"a", "done", "")


def test_done_without_a_unit_is_missing(connection):
    attempts.start(connection, b"a", "done")
    assert attempts.states(connection, [b"a"]) == {b"a": ("missing", "")}

"""The ledger keeps what it acknowledged, under its key, and says what is missing."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading

import numpy as np
import pytest

from limes._errors import CorruptLedger, InputError, StorageError
from limes.studies import records
from limes.studies.ledger import Ledger

HERE = records.canonical({"numpy": "2", "device": "cpu"})
THERE = records.canonical({"numpy": "2", "device": "gpu"})


def text(i):
    return records.canonical({"claim": "test.unit", "seed": i})


def key(i):
    return records.unit_key(text(i))


def arrays(i):
    return {"error": np.float64(i / 7), "curve": np.arange(4.0) * i, "ok": np.array(i % 2 == 0)}


def same(first, other):
    return first.keys() == other.keys() and all(np.asarray(first[n]).tobytes() == other[n].tobytes() for n in first)


def filled(path, planned=10, stored=6):
    with Ledger(path) as ledger:
        ledger.plan(text(i) for i in range(planned))
        ledger.put([(text(i), arrays(i)) for i in range(stored)], HERE)
    return path


def test_what_is_put_comes_back_in_another_process_too(tmp_path):
    path = filled(tmp_path / "a folder" / "study #1?.db")
    with Ledger.read(path) as ledger:
        found = ledger.get(key(i) for i in range(10))
        assert set(found) == {key(i) for i in range(6)}
        assert all(same(arrays(i), found[key(i)]) for i in range(6))
        assert ledger.params(key(9)) == text(9)
        assert ledger.environments() == [HERE]
    code = "import sys; from limes.studies.ledger import Ledger; ledger = Ledger.read(sys.argv[1]); ledger.close(); " \
        "assert 'jax' not in sys.modules"  # fmt: skip
    subprocess.run([sys.executable, "-W", "error", "-c", code, str(path)], check=True)


def test_planning_again_changes_nothing(tmp_path):
    with Ledger(filled(tmp_path / "s.db")) as ledger:
        before = ledger._connection.total_changes
        ledger.plan(text(i) for i in reversed(range(10)))
        assert ledger._connection.total_changes == before
        ledger.plan([text(10), text(3), text(10)])
        assert set(ledger.states([key(10)]).values()) == {"missing"}


def test_the_plan_is_in_the_main_file_before_any_unit_may_be_stored(tmp_path):
    with Ledger(tmp_path / "s.db") as ledger:
        ledger.plan([text(0), text(1)])
        assert (tmp_path / "s.db-wal").stat().st_size == 0
        shutil.copy(tmp_path / "s.db", tmp_path / "alone.db")
        ledger.put([(text(0), arrays(0))], HERE)
        assert (tmp_path / "s.db-wal").stat().st_size > 0
    with Ledger.read(tmp_path / "alone.db") as copy:
        assert copy.states([key(0), key(1)]) == {key(0): "missing", key(1): "missing"}


def test_a_plan_whose_log_was_not_written_back_admits_no_unit(tmp_path):
    with Ledger(tmp_path / "s.db") as ledger:
        ledger.plan([text(0)])
        ledger._settled = False  # what an interrupted plan() leaves
        with pytest.raises(StorageError, match=r"call plan\(\) again"):
            ledger.put([(text(0), arrays(0))], HERE)
        ledger.plan([text(0)])
        ledger.put([(text(0), arrays(0))], HERE)


def test_units_outside_the_plan_are_refused(tmp_path):
    with Ledger(filled(tmp_path / "s.db")) as ledger:
        for act in (
            lambda: ledger.put([(text(1), arrays(1)), (text(99), arrays(99))], HERE),
            lambda: ledger.begin([key(99)]),
            lambda: ledger.fail([key(99)], "error", ""),
            lambda: ledger.params(key(99)),
        ):
            with pytest.raises(StorageError, match="not in the plan"):
                act()
        assert ledger.states([key(99)]) == {key(99): "missing"}


def test_states_follow_the_attempts(tmp_path):
    with Ledger(tmp_path / "s.db") as ledger:
        keys = [key(i) for i in range(7)]
        ledger.plan(text(i) for i in range(7))
        ledger.begin(keys[:5])
        ledger.put([(text(0), arrays(0))], HERE)
        ledger.fail(keys[1:2], "timeout", "after 120 s")
        ledger.fail(keys[2:3], "killed", "memory")
        ledger.fail(keys[3:4], "error", "ValueError: \u221e")
        ledger.fail(keys[5:6], "killed", "never begun")
        expected = ["present", "timeout", "killed", "error", "started", "killed", "missing"]
        assert list(ledger.states(keys).values()) == expected
        assert ledger.notes(keys)[keys[3]] == "ValueError: \\u221e"
        ledger.begin(keys[1:5])
        ledger.put([(text(1), arrays(1)), (text(4), arrays(4))], HERE)
        ledger.fail(keys[2:3], "timeout", "slow")
        assert list(ledger.states(keys).values()) == [
            "present", "present", "timeout", "started", "present", "killed", "missing"
        ]  # fmt: skip
        with pytest.raises(InputError, match="timeout, killed, error"):
            ledger.fail(keys[:1], "finite", "")
    with Ledger.read(tmp_path / "s.db") as ledger:
        assert ledger.states(keys[:2]) == {keys[0]: "present", keys[1]: "present"}


def test_a_batch_is_stored_whole_or_not_at_all(tmp_path):
    with Ledger(tmp_path / "s.db") as ledger:
        ledger.plan(text(i) for i in range(3))
        with pytest.raises(InputError, match="dtype object"):
            ledger.put([(text(0), arrays(0)), (text(1), {"q": np.array([None])})], HERE)
        assert not ledger.get([key(0), key(1)])


def test_the_same_unit_again_is_silent_and_another_value_is_a_conflict(tmp_path):
    with Ledger(filled(tmp_path / "s.db")) as ledger:
        ledger.put([(text(3), arrays(3))], THERE)
        assert ledger.conflicts() == []
        other = arrays(3) | {"error": np.float64(3 / 7 * (1 + 2e-6))}
        ledger.put([(text(3), other), (text(3), other)], THERE)
        ledger.put([(text(4), arrays(5))], HERE)
        first, second = ledger.conflicts()
        assert (first.key, first.params, first.same_environment, first.environment) == (key(3), text(3), False, THERE)
        assert first.difference == pytest.approx(2e-6, rel=1e-3)
        assert second.same_environment
        assert same(arrays(3), ledger.get([key(3)])[key(3)])
    with Ledger.read(tmp_path / "s.db") as ledger:
        assert len(ledger.conflicts()) == 2


def test_results_are_replaced_on_judging_again(tmp_path):
    with Ledger(filled(tmp_path / "s.db")) as ledger:
        ledger.save_result("risk.convexity", '{"verdict":"inconclusive"}')
        ledger.save_result("risk.convexity", '{"verdict":"supported"}')
        ledger.save_result("residual.identity", "{}")
        expected = {"residual.identity": "{}", "risk.convexity": '{"verdict":"supported"}'}
        assert ledger.results() == expected
    with Ledger.read(tmp_path / "s.db") as ledger:
        assert ledger.results() == expected


@pytest.mark.parametrize("value", ["\u03b1", 5, None, b"{}"])
def test_texts_must_be_canonical_ascii(tmp_path, value):
    with Ledger(tmp_path / "s.db") as ledger:
        for act in (
            lambda: ledger.plan([value]),
            lambda: ledger.save_result("a", value),
            lambda: ledger.put([], value),
        ):
            with pytest.raises(InputError, match="ASCII"):
                act()


def test_reading_writes_nothing(tmp_path):
    path = filled(tmp_path / "s.db")
    before = path.read_bytes()
    with Ledger.read(path) as ledger:
        for act in (
            lambda: ledger.plan([text(0)]),
            lambda: ledger.begin([key(0)]),
            lambda: ledger.put([(text(0), arrays(0))], HERE),
            lambda: ledger.fail([key(0)], "error", ""),
            lambda: ledger.save_result("a", "{}"),
            ledger.finish,
        ):
            with pytest.raises(StorageError, match="for reading only"):
                act()
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [None, b""])
def test_reading_what_is_not_there_says_so(tmp_path, content):
    if content is not None:
        (tmp_path / "s.db").write_bytes(content)
    with pytest.raises(StorageError, match=r"s\.db: .*run the study first"):
        Ledger.read(tmp_path / "s.db")


def test_a_second_driver_is_refused_at_once(tmp_path):
    path = tmp_path / "s.db"
    code = "import sys; from limes.studies.ledger import Ledger; Ledger(sys.argv[1])"
    with Ledger(path):
        with pytest.raises(StorageError, match="another process writes"):
            Ledger(path)
        child = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)
        assert "another process writes this ledger" in child.stderr
    Ledger(path).close()


def test_a_finished_study_is_one_file_that_read_only_media_can_hold(tmp_path):
    folder = tmp_path / "media"
    path = filled(folder / "s.db")
    with Ledger(path) as ledger:
        ledger.finish()
        assert not (folder / "s.db-wal").exists()
        ledger.save_result("late", "{}")
    (folder / "s.db.lock").unlink()
    assert [file.name for file in folder.iterdir()] == ["s.db"]
    path.chmod(stat.S_IRUSR)
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        with Ledger.read(path) as ledger:
            assert len(ledger.get(key(i) for i in range(10))) == 6
            assert ledger.results() == {"late": "{}"}
    finally:
        folder.chmod(stat.S_IRWXU)
    with Ledger(tmp_path / "media" / "s.db") if os.access(path, os.W_OK) else Ledger.read(path) as ledger:
        assert ledger.states([key(0)]) == {key(0): "present"}


def test_finishing_waits_for_no_reader_in_vain(tmp_path):
    path = filled(tmp_path / "s.db")
    with Ledger(path) as ledger, Ledger.read(path):
        ledger._connection.execute("PRAGMA busy_timeout=50")
        with pytest.raises(StorageError, match="close what reads"):
            ledger.finish()


def test_a_backup_of_a_running_study_is_verified_and_overwrites_nothing(tmp_path):
    path = filled(tmp_path / "s.db")
    with Ledger(path) as ledger:
        ledger.put([(text(7), arrays(7))], HERE)
        ledger.save_result("a", "{}")
        ledger.backup(tmp_path / "copies" / "one.db")
        with Ledger.read(path) as reader:
            reader.backup(tmp_path / "two.db")
        with pytest.raises(StorageError, match="exists already"):
            ledger.backup(tmp_path / "two.db")
        for copy in (tmp_path / "copies" / "one.db", tmp_path / "two.db"):
            with Ledger.read(copy) as found:
                assert same(arrays(7), found.get([key(7)])[key(7)])
                assert found.results() == {"a": "{}"}
        with Ledger(tmp_path / "two.db") as found:
            found.put([(text(8), arrays(8))], HERE)
    assert not list(tmp_path.rglob("*.part"))


def test_reading_while_another_connection_writes(tmp_path):
    path, total, failures = tmp_path / "s.db", 60, []

    def write():
        try:
            with Ledger(path) as ledger:
                ledger.plan(text(i) for i in range(total))
                started.set()
                for i in range(total):
                    ledger.begin([key(i)])
                    ledger.put([(text(i), arrays(i))], HERE)
        except StorageError as error:  # reported by the main thread
            failures.append(error)
        finally:
            started.set()

    started = threading.Event()
    writer = threading.Thread(target=write)
    writer.start()
    started.wait()
    counts = []
    while writer.is_alive():
        with Ledger.read(path) as reader:
            found = reader.get(key(i) for i in range(total))
        assert all(same(arrays(i), found[key(i)]) for i in range(len(found)))
        counts.append(len(found))
    writer.join()
    assert not failures
    assert counts == sorted(counts)
    assert len(counts) >= 2


def test_a_closed_ledger_says_so_and_may_be_closed_again(tmp_path):
    ledger = Ledger(filled(tmp_path / "s.db"))
    ledger.close()
    ledger.close()
    with pytest.raises(StorageError, match="open the ledger again"):
        ledger.get([key(0)])


def test_another_thread_is_refused_in_one_sentence(tmp_path):
    errors = []

    def use():
        try:
            ledger.states([key(0)])
        except StorageError as error:
            errors.append(str(error))

    with Ledger(filled(tmp_path / "s.db")) as ledger:
        thread = threading.Thread(target=use)
        thread.start()
        thread.join()
    assert "thread" in errors[0]


def test_damage_after_opening_is_found_when_the_unit_is_read(tmp_path):
    path = filled(tmp_path / "s.db")
    with Ledger.read(path) as ledger:
        other = sqlite3.connect(path)
        other.execute("UPDATE unit SET payload=? WHERE key=?", (records.encode(arrays(5)), key(2)))
        other.execute("UPDATE result SET info='x'")
        other.commit()
        other.close()
        assert same(arrays(1), ledger.get([key(1)])[key(1)])
        with pytest.raises(CorruptLedger, match=key(2).hex()[:16]):
            ledger.get([key(1), key(2)])


def test_a_folder_or_a_foreign_file_is_no_ledger(tmp_path):
    with pytest.raises(StorageError):
        Ledger(tmp_path)
    with pytest.raises(StorageError):
        Ledger.read(tmp_path)
    (tmp_path / "notes.txt").write_text("a person's notes\n" * 100)
    for opener in (Ledger, Ledger.read):
        with pytest.raises(CorruptLedger, match="not a database"):
            opener(tmp_path / "notes.txt")
    assert (tmp_path / "notes.txt").read_text() == "a person's notes\n" * 100


def test_many_units_verify_in_one_pass(tmp_path):
    total = 5000
    with Ledger(tmp_path / "s.db") as ledger:
        ledger.plan(text(i) for i in range(total))
        for start in range(0, total, 500):
            ledger.put([(text(i), arrays(i)) for i in range(start, start + 500)], HERE)
    with Ledger(tmp_path / "s.db") as ledger:
        assert len(ledger.get(key(i) for i in range(total))) == total
        assert set(ledger.states(key(i) for i in range(total)).values()) == {"present"}

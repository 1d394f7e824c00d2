"""Attacks on a ledger: every one ends in a refusal, in harmless bytes or in units reported missing, never in a number.

Zero failures in n trials bound the rate by 3/n at 95 %.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest

from limes._errors import StorageError
from limes.studies import records
from limes.studies.ledger import Ledger

TOTAL, STORED, BATCH = 24, 20, 4
ENVIRONMENT = '{"numpy":"2"}'
RESULT = {"test.unit": '{"verdict":"supported"}'}


def text(i):
    return records.canonical({"claim": "test.unit", "seed": i})


def key(i):
    return records.unit_key(text(i))


def arrays(i):
    return {"curve": np.sin(np.arange(128.0) + i), "error": np.float64(i / 7)}


KEYS = [key(i) for i in range(TOTAL)]
TRUTH = {key(i): records.encode(arrays(i)) for i in range(TOTAL)}
STATES = {key(i): "present" for i in range(STORED)} | dict(
    zip(KEYS[STORED:], ("timeout", "started", "killed", "missing"), strict=True)
)


def fill(ledger):
    """Store 20 units of 24 planned, in batches; the rest timed out, is in flight, was killed, is missing."""
    ledger.plan(text(i) for i in range(TOTAL))
    for start in range(0, STORED, BATCH):
        batch = range(start, start + BATCH)
        ledger.begin(key(i) for i in batch)
        ledger.put([(text(i), arrays(i)) for i in batch], ENVIRONMENT)
    ledger.begin(KEYS[STORED:22])
    ledger.fail(KEYS[STORED:21], "timeout", "slow")
    ledger.fail(KEYS[22:23], "killed", "memory")
    ledger.save_result(*next(iter(RESULT.items())))


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A finished study as bytes, and one in mid-run: main file and log."""
    folder = tmp_path_factory.mktemp("study")
    path = folder / "s.db"
    with Ledger(path) as ledger:
        fill(ledger)
        main, log = path.read_bytes(), Path(f"{path}-wal").read_bytes()
        ledger.finish()
    return {"whole": path.read_bytes(), "main": main, "log": log}


def place(folder, main, log=None):
    """Put the files of a damaged study into an emptied folder."""
    for file in folder.iterdir():
        file.unlink()
    path = folder / "s.db"
    path.write_bytes(main)
    if log is not None:
        Path(f"{path}-wal").write_bytes(log)
    return path


def outcome(path, opener=Ledger.read):
    """Open and use a study: "refused", "harmless" or "missing"; any other number than the true one fails here."""
    try:
        with opener(path) as ledger:
            found = ledger.get(KEYS)
            states = ledger.states(KEYS)
            results = ledger.results()
            conflicts = ledger.conflicts()
            texts = [ledger.params(name) for name in KEYS]
    except StorageError as error:
        return "refused" if str(path) in str(error) else "refused without a path"
    assert texts == [text(i) for i in range(TOTAL)]
    assert all(records.encode(found[name]) == TRUTH[name] for name in found)
    assert set(found) == {name for name, state in states.items() if state == "present"}
    assert not conflicts
    assert results in (RESULT, {})
    if states == STATES and results == RESULT:
        return "harmless"
    assert all(state in (STATES[name], "started", "missing") for name, state in states.items())
    return "missing"


def counted(outcomes):
    return {name: outcomes.count(name) for name in ("refused", "harmless", "missing")}


def flipped(data, bit):
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_the_undamaged_study_is_complete(study, tmp_path):
    assert outcome(place(tmp_path, study["whole"])) == "harmless"
    assert outcome(place(tmp_path, study["main"], study["log"])) == "harmless"
    assert outcome(place(tmp_path, study["main"], study["log"]), Ledger) == "harmless"


def test_one_flipped_bit_of_the_main_file_is_refused_or_harmless(study, tmp_path):
    chance = random.Random(2)
    bits = [*range(0, 800, 2), *(chance.randrange(8 * len(study["whole"])) for _ in range(400))]
    found = counted([outcome(place(tmp_path, flipped(study["whole"], bit))) for bit in bits])
    assert found["refused"] + found["harmless"] == len(bits) == 800
    assert found["refused"] > 200


def test_one_flipped_bit_of_the_main_file_beside_its_log_gives_no_wrong_number(study, tmp_path):
    chance = random.Random(3)
    bits = [chance.randrange(8 * len(study["main"])) for _ in range(200)]
    found = counted([outcome(place(tmp_path, flipped(study["main"], bit), study["log"])) for bit in bits])
    assert sum(found.values()) == 200


def test_one_flipped_bit_of_the_log_is_refused_or_reported_missing(study, tmp_path):
    chance = random.Random(4)
    bits = [chance.randrange(8 * len(study["log"])) for _ in range(400)]
    found = counted([outcome(place(tmp_path, study["main"], flipped(study["log"], bit))) for bit in bits])
    assert sum(found.values()) == 400
    assert found["missing"] > 300


def test_a_damaged_study_is_completed_by_running_again(study, tmp_path):
    chance = random.Random(5)
    completed = 0
    for _ in range(40):
        path = place(tmp_path, study["main"], flipped(study["log"], chance.randrange(8 * len(study["log"]))))
        try:
            ledger = Ledger(path)
        except StorageError:
            continue
        with ledger:
            fill(ledger)
            found = ledger.get(KEYS)
            completed += all(records.encode(found[name]) == TRUTH[name] for name in KEYS[:STORED])
            assert not ledger.conflicts()
    assert completed > 20


def test_truncated_files_are_refused_or_reported_missing(study, tmp_path):
    sizes = [len(study["whole"]) * i // 101 for i in range(101)]
    main = counted([outcome(place(tmp_path, study["whole"][:size])) for size in sizes])
    assert main == {"refused": 101, "harmless": 0, "missing": 0}
    sizes = [len(study["log"]) * i // 101 for i in range(101)]
    log = counted([outcome(place(tmp_path, study["main"], study["log"][:size])) for size in sizes])
    assert log["missing"] + log["harmless"] == 101
    assert log["missing"] > 80


def test_a_main_file_emptied_beside_its_log_is_refused(study, tmp_path):
    for opener in (Ledger, Ledger.read):
        assert outcome(place(tmp_path, b"", study["log"]), opener) == "refused"


def test_the_main_file_copied_alone_reports_what_it_lacks(study, tmp_path):
    assert outcome(place(tmp_path, study["main"])) == "missing"


def test_the_log_of_another_study_gives_no_wrong_number(study, tmp_path):
    with Ledger(tmp_path / "other.db") as ledger:
        ledger.plan([text(i) for i in range(100, 130)])
        ledger.put([(text(i), arrays(i)) for i in range(100, 130)], ENVIRONMENT)
        log = (tmp_path / "other.db-wal").read_bytes()
    folder = tmp_path / "mixed"
    folder.mkdir()
    assert outcome(place(folder, study["main"], log)) in ("refused", "missing")


@pytest.fixture
def memory_disk(tmp_path):
    """A folder in memory where there is one: every write is still made to fail, but none waits for a disk."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else tmp_path
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield folder


SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>
static long left = -1, seen = 0;
static int code = 0, stays = 0;
void fault_arm(long k, int error, int forever) { left = k; code = error; stays = forever; seen = 0; }
long fault_seen(void) { return seen; }
static int fails(int fd) {
    char link[64], name[PATH_MAX];
    if (left < 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, name, sizeof name - 1);
    if (size < 0) return 0;
    name[size] = 0;
    if (!strstr(name, "fault-study")) return 0;
    seen++;
    if (seen == left || (stays && seen > left)) { errno = code; return 1; }
    return 0;
}
#define WRAP(type, name, arguments, call) \
    type name arguments { \
        static type (*real) arguments; \
        if (!real) real = (type (*) arguments) dlsym(RTLD_NEXT, #name); \
        return fails(fd) ? -1 : real call; \
    }
WRAP(ssize_t, write, (int fd, const void *data, size_t size), (fd, data, size))
WRAP(ssize_t, pwrite, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at))
WRAP(ssize_t, pwrite64, (int fd, const void *data, size_t size, off64_t at), (fd, data, size, at))
WRAP(int, fsync, (int fd), (fd))
WRAP(int, fdatasync, (int fd), (fd))
WRAP(int, ftruncate, (int fd, off_t size), (fd, size))
WRAP(int, ftruncate64, (int fd, off64_t size), (fd, size))
"""
FAULTS = r"""
import ctypes, errno, json, os, pathlib, shutil, sys
import numpy as np
from limes._errors import StorageError
from limes.studies import records
from limes.studies.ledger import Ledger

shim = ctypes.CDLL(sys.argv[1])
folder = pathlib.Path(sys.argv[2])
texts = [records.canonical({"seed": i}) for i in range(4)]
units = [(text, {"curve": np.arange(64.0) + i}) for i, text in enumerate(texts)]
truth = {records.unit_key(text): records.encode(arrays) for text, arrays in units}

def trial(path, k, code, stays):
    acknowledged, raised = [], ""
    shim.fault_arm(k, code, stays)
    try:
        with Ledger(path) as ledger:
            for start in (0, 2):
                ledger.plan(texts[: start + 2])
                ledger.begin(map(records.unit_key, texts[start : start + 2]))
                for i in range(start, start + 2):
                    ledger.put(units[i : i + 1], "{}")
                    acknowledged.append(records.unit_key(texts[i]))
            ledger.finish()
    except StorageError as error:
        raised = str(error)
    seen = shim.fault_seen()
    shim.fault_arm(-1, 0, 0)
    return acknowledged, raised, seen

def check(path, acknowledged):
    with Ledger(path) as ledger:
        ledger.plan(texts)
        found = ledger.get(truth)
        wrong = sum(records.encode(found[key]) != truth[key] for key in found)
        lost = sum(key not in found for key in acknowledged)
        ledger.put(units, "{}")
        whole = ledger.get(truth)
    with Ledger.read(path) as ledger:
        wrong += sum(records.encode(whole[key]) != truth[key] for key in truth) + len(ledger.conflicts())
    return wrong, lost

report = {"trials": 0, "raised": 0, "silent": 0, "unnamed": 0, "wrong": 0, "lost": 0, "calls": 0}
for code in (errno.ENOSPC, errno.EIO):
    for stays in (0, 1) if code == errno.ENOSPC else (0,):
        k, done = 1, False
        while not done:
            study = folder / "fault-study"
            study.mkdir()
            acknowledged, raised, seen = trial(study / "s.db", k, code, stays)
            wrong, lost = check(study / "s.db", acknowledged)
            shutil.rmtree(study)
            if seen >= k:
                report["trials"] += 1
                report["raised"] += bool(raised)
                report["silent"] += not raised and len(acknowledged) < 4
                report["unnamed"] += bool(raised) and str(study / "s.db") not in raised
                report["calls"] = max(report["calls"], k)
            report["wrong"] += wrong
            report["lost"] += lost
            k, done = k + 1, seen < k
print(json.dumps(report))
"""


def test_every_single_failing_write_is_raised_and_loses_nothing(tmp_path, memory_disk):
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("needs Linux and a C compiler to make the k-th system call fail")
    (tmp_path / "shim.c").write_text(SHIM)
    shim = tmp_path / "shim.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", shim, tmp_path / "shim.c", "-ldl"], check=True)
    child = subprocess.run(
        [sys.executable, "-c", FAULTS, shim, memory_disk],
        env=os.environ | {"LD_PRELOAD": str(shim)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert child.returncode == 0, child.stderr
    report = json.loads(child.stdout)
    if report["calls"] == 0:
        pytest.skip("this SQLite does not call the system through the C library: no call was intercepted")
    assert report["calls"] > 30
    assert {name: report[name] for name in ("silent", "unnamed", "wrong", "lost")} == dict.fromkeys(
        ("silent", "unnamed", "wrong", "lost"), 0
    )


def store(ledger, acknowledged):
    """Store units one by one, noting each that is stored."""
    for i in range(400):
        ledger.put([(text(i), arrays(i))], ENVIRONMENT)
        acknowledged.append(i)


def test_a_full_disk_raises_and_keeps_what_was_acknowledged(tmp_path):
    for pages in range(30, 60, 6):
        path = tmp_path / f"{pages}.db"
        acknowledged = []
        with Ledger(path) as ledger:
            ledger.plan(text(i) for i in range(400))
            ledger._connection.execute(f"PRAGMA max_page_count={pages}")
            with pytest.raises(StorageError, match="disk is full"):
                store(ledger, acknowledged)
            assert len(ledger.get(key(i) for i in acknowledged)) == len(acknowledged)
        with Ledger(path) as ledger:
            found = ledger.get(key(i) for i in range(400))
            assert set(found) == {key(i) for i in acknowledged}
            ledger.put([(text(399), arrays(399))], ENVIRONMENT)


LIMITED = r"""
import resource, sys
import numpy as np
from limes._errors import StorageError
from limes.studies import records
from limes.studies.ledger import Ledger

texts = [records.canonical({"claim": "test.unit", "seed": i}) for i in range(2000)]
with Ledger(sys.argv[1]) as ledger:
    ledger.plan(texts)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
    try:
        for i, text in enumerate(texts):
            ledger.put([(text, {"curve": np.sin(np.arange(128.0) + i), "error": np.float64(i / 7)})], "{}")
            print(i, flush=True)
    except StorageError as error:
        print("refused", error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""


def test_a_limit_of_the_file_size_raises_and_keeps_what_was_acknowledged(tmp_path):
    pytest.importorskip("resource", reason="limits of the file size exist on POSIX only")
    path = tmp_path / "s.db"
    child = subprocess.run(
        [sys.executable, "-c", LIMITED, path, str(2_000_000)], capture_output=True, text=True, check=False
    )
    *acknowledged, last = child.stdout.splitlines()
    assert last.startswith(f"refused {path}: ")
    assert len(acknowledged) > 10
    with Ledger(path) as ledger:
        found = ledger.get(key(int(i)) for i in acknowledged)
        assert all(records.encode(found[key(int(i))]) == records.encode(arrays(int(i))) for i in acknowledged)


WRITER = r"""
import sys
import numpy as np
from limes.studies import records
from limes.studies.ledger import Ledger

batch, total = int(sys.argv[2]), 4000
texts = [records.canonical({"claim": "test.unit", "seed": i}) for i in range(total)]
with Ledger(sys.argv[1]) as ledger:
    ledger.plan(texts)
    for start in range(0, total, batch):
        places = range(start, start + batch)
        ledger.begin(records.unit_key(texts[i]) for i in places)
        units = [(texts[i], {"curve": np.sin(np.arange(128.0) + i), "error": np.float64(i / 7)}) for i in places]
        ledger.put(units, '{"numpy":"2"}')
        print(start + batch, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="SIGKILL exists on POSIX only")
@pytest.mark.parametrize("batch", [1, 16])
def test_a_killed_writer_loses_nothing_that_it_acknowledged(tmp_path, batch):
    chance = random.Random(batch)
    in_flight = 0
    for trial in range(10):
        path = tmp_path / f"{trial}.db"
        with subprocess.Popen([sys.executable, "-c", WRITER, path, str(batch)], stdout=subprocess.PIPE) as child:
            first = child.stdout.readline()
            time.sleep(chance.uniform(0, 0.1))
            child.kill()
            acknowledged = int([first, *child.stdout.read().splitlines(keepends=True)][-1].rstrip())
        assert acknowledged > 0
        keys = [key(i) for i in range(4000)]
        with Ledger.read(path) as ledger:
            found, states = ledger.get(keys), ledger.states(keys)
        assert all(name in found for name in keys[:acknowledged])
        assert all(records.encode(found[key(i)]) == records.encode(arrays(i)) for i in range(len(found)))
        assert len(found) in (acknowledged, acknowledged + batch)
        in_flight += sum(state == "started" for state in states.values())
        with Ledger(path) as ledger:  # resume
            ledger.plan(text(i) for i in range(4000))
            ledger.put([(text(i), arrays(i)) for i in range(acknowledged + 2 * batch)], ENVIRONMENT)
            assert len(ledger.get(keys)) == acknowledged + 2 * batch
            assert not ledger.conflicts()
    assert in_flight % batch == 0

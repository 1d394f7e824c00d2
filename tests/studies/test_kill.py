"""SIGKILL at random moments of a NumPy study run as a script: nothing acknowledged is lost, the resumed result is bitwise the same."""

import os
import pathlib
import random
import subprocess
import sys
import time

import pytest
from killed_study import STUDY

from limes.studies.ledger import Ledger

KILLS = int(os.environ.get("LIMES_KILLS", "20"))
PROGRAM = pathlib.Path(__file__).parent.parent / "support" / "killed_study.py"


def start(folder):
    return subprocess.Popen([sys.executable, str(PROGRAM), str(folder)], stdout=subprocess.PIPE, text=True)


def killed(folder, rng):
    """Start the study, kill it a moment after a random number of units; return the acknowledged keys."""
    with start(folder) as process:
        assert process.stdout is not None
        begun = [process.stdout.readline() for _ in range(rng.randrange(40))]
        time.sleep(rng.random() * 0.05)
        process.kill()
        lines = ("".join(begun) + process.stdout.read()).split("\n")
    return [bytes.fromhex(line) for line in lines[:-1] if len(line) == 64]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The dataset of an uninterrupted run."""
    return STUDY.run(tmp_path_factory.mktemp("whole"))


@pytest.mark.timeout(60 + 10 * KILLS)
def test_nothing_acknowledged_is_lost(tmp_path, whole):
    rng = random.Random(7)
    mid_run = 0
    total = int(whole.present.size)
    folder, rounds = tmp_path / "0", 0
    for trial in range(KILLS):
        acknowledged = killed(folder, rng)
        with Ledger.read(folder / "ledger.sqlite") as ledger:
            found = ledger.get(acknowledged)
            stored = STUDY.read(ledger)
        assert len(found) == len(acknowledged), (
            f"kill {trial}: {len(acknowledged) - len(found)} acknowledged units lost"
        )
        done = int(stored.present.sum())
        assert done >= len(acknowledged), "the study finds its own units again"
        mid_run += len(acknowledged) > 0 and done < total
        if done:
            assert stored.draws.where(stored.present, whole.draws).equals(whole.draws)
        if done == total or trial == KILLS - 1:
            assert STUDY.run(folder).identical(whole)
            rounds += 1
            folder = tmp_path / str(rounds)
    assert mid_run >= KILLS // 4, "too few kills hit a running study"

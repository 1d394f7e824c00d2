"""Files appear whole or not at all; one writer holds the lock."""

import subprocess
import sys

import pytest

from limes._errors import StorageError
from limes.studies.files import lock, whole


def test_the_lock_admits_one_and_is_free_again_after_a_crash(tmp_path):
    path = tmp_path / "s.db"
    code = (
        "import os, pathlib, sys; from limes.studies.files import lock; "
        "held = lock(pathlib.Path(sys.argv[1])); os._exit(1)"
    )
    assert subprocess.run([sys.executable, "-c", code, path], check=False).returncode == 1
    with lock(path), pytest.raises(StorageError, match="wait for it"):
        lock(path)
    lock(path).close()


@pytest.mark.parametrize("folder", [False, True])
def test_a_whole_file_or_folder_takes_its_name_at_the_end(tmp_path, folder):
    target = tmp_path / "new" / "out"
    with whole(target) as part:
        if folder:
            (part / "inner").mkdir(parents=True)
        (part / "inner" / "file" if folder else part).write_text("text")
        assert not target.exists()
    assert [path.name for path in target.parent.iterdir()] == ["out"]
    with pytest.raises(StorageError, match="exists already"), whole(target):
        pass


@pytest.mark.parametrize("folder", [False, True])
def test_a_failed_block_leaves_nothing(tmp_path, folder):
    def interrupted():
        with whole(tmp_path / "out") as part:
            if folder:
                part.mkdir()
            (part / "file" if folder else part).write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not list(tmp_path.iterdir())

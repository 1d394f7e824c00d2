"""Files that appear whole or not at all, and the lock that admits one writer."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from limes._errors import StorageError


def lock(path: Path) -> IO[bytes]:
    """Lock `path` + ".lock" for this process until the returned file is closed, also by a crash.

    The lock file stays: deleting it would let two writers in.

    Raises StorageError at once when another writer has the lock.
    """
    file = open(f"{path}.lock", "ab")  # noqa: SIM115  closed by the ledger
    try:
        _lock_file(file)
    except BlockingIOError as error:
        file.close()
        raise StorageError(
            f"{path}: another process writes this ledger; wait for it, stop it, or choose another file"
        ) from error
    except BaseException:
        file.close()
        raise
    return file


def _lock_file(file: IO[bytes]) -> None:
    """Take the lock of the system without waiting; BlockingIOError if it is taken."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # pyright: ignore[reportAttributeAccessIssue]
        except OSError as error:
            raise BlockingIOError(*error.args) from error
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextlib.contextmanager
def whole(target: Path) -> Iterator[Path]:
    """Give a temporary name beside `target`; what the block leaves there is synchronized and renamed.

    An existing `target` (file or folder) is never overwritten; a failed block leaves nothing behind.

    Raises StorageError if `target` exists.
    """
    if target.exists():
        raise StorageError(f"{target}: exists already; choose another name or move it away")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield part
        for file in [part, *part.rglob("*")] if part.is_dir() else [part]:
            _synchronize(file)
        part.rename(target)
        _synchronize(target.parent)
    finally:
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)


def _synchronize(path: Path) -> None:
    """Force a file, or the entries of a folder where the system allows it, to the disk."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

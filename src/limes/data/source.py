"""An open file of somebody else: every byte is counted, every failure becomes one sentence."""

import gzip
import stat
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import jax.numpy as jnp
import numpy as np

from limes._errors import InputError

GZIP = b"\x1f\x8b"
_HEAD = 4096
_CHUNK = 1 << 20
_BROKEN = (OSError, EOFError, zlib.error)


@dataclass
class Source:
    """A regular file, unpacked on the way if it is a gzip: its first bytes, and a tally against `limit`."""

    path: Path
    file: IO[bytes]
    stream: IO[bytes]
    size: int
    limit: int
    width: int
    head: bytes = b""
    taken: int = 0
    booked: int = 0

    @property
    def packed(self) -> bool:
        """Tell whether the bytes come out of a gzip."""
        return self.stream is not self.file

    def refuse(self, where: str, cause: str, remedy: str) -> InputError:
        """Return the sentence: file, position, cause, remedy."""
        place = f"{str(self.path)!r}, {where}" if where else repr(str(self.path))
        return InputError(f"load: {place}: {cause}; {remedy}")

    def damaged(self, where: str, error: BaseException) -> InputError:
        """Return the sentence for what a reader of the format says."""
        text = ascii(str(error))[1:-1][:120]
        detail = text if " " in text else type(error).__name__
        return self.refuse(where, f"the file is damaged or not what it says ({detail})", "fetch or write it again")

    def read(self, count: int) -> bytes:
        """Return at most `count` bytes, none at the end."""
        return self._counted(lambda: self.stream.read(count))

    def line(self, count: int) -> bytes:
        """Return the next line, at most `count` bytes of it."""
        return self._counted(lambda: self.stream.readline(count))

    def exactly(self, count: int) -> bytearray:
        """Return `count` bytes; the memory taken grows with what is really there."""
        block = bytearray()
        while len(block) < count:
            piece = self.read(min(_CHUNK, count - len(block)))
            if not piece:
                cause = f"{count - len(block)} more bytes were expected, but the file ends"
                raise self.refuse(f"byte {self.taken}", cause, "it is cut, so fetch it again")
            block += piece
        return block

    def finish(self) -> None:
        """Check that nothing follows, which is also what checks the sum of a gzip."""
        if self.read(1):
            raise self.refuse(
                f"byte {self.taken - 1}", "bytes follow after the last number", "it is damaged, so fetch it again"
            )

    def book(self, numbers: int, itemsize: int) -> None:
        """Refuse before anything is allocated: the numbers as stored and as returned must stay below `limit`."""
        self.booked += numbers * (itemsize + self.width)
        if self.booked > self.limit:
            cause = f"its numbers take {self.booked} bytes of memory, more than limit={self.limit}"
            raise self.refuse("", cause, "raise limit= if the file is trusted, or keep fewer samples")

    def _counted(self, step: Callable[[], bytes]) -> bytes:
        try:
            block = step()
        except _BROKEN as error:
            raise self.damaged(f"after byte {self.taken}", error) from error
        self.taken += len(block)
        if self.taken > self.limit:
            cause = f"more than limit={self.limit} bytes come out of it"
            raise self.refuse("", cause, "raise limit= if the file is trusted")
        return block


def float_type() -> np.dtype:
    """Return the type of real numbers in this process: float64 where JAX has it switched on."""
    return np.dtype(jnp.result_type(float))


@contextmanager
def opened(path: Path, limit: int) -> Iterator[Source]:
    """Open a regular file for reading, look at its first bytes, and close it."""
    with ExitStack() as stack:
        try:
            information = path.stat()
            if not stat.S_ISREG(information.st_mode):
                raise InputError(
                    f"load: {str(path)!r}: it is not a regular file; name one file, not a folder or device"
                )
            file = stack.enter_context(path.open("rb"))
            packed = file.read(len(GZIP)) == GZIP
            file.seek(0)
        except InputError:
            raise
        except (OSError, ValueError) as error:
            detail = getattr(error, "strerror", None) or "no such name is possible"
            raise InputError(f"load: {str(path)!r}: it cannot be opened ({detail}); check the name") from error
        stream = cast(IO[bytes], stack.enter_context(gzip.GzipFile(fileobj=file)) if packed else file)
        source = Source(path, file, stream, information.st_size, limit, float_type().itemsize)
        source.head = source.read(_HEAD)
        source.stream.seek(0)
        source.taken = 0
        if not source.head:
            raise source.refuse("", "it is empty", "fetch or write it again")
        yield source


@contextmanager
def guarded(source: Source, where: str, errors: tuple[type[BaseException], ...]) -> Iterator[None]:
    """Turn what a reader of the format raises into one sentence; our own sentences pass."""
    try:
        yield
    except InputError:
        raise
    except errors as error:
        raise source.damaged(where, error) from error

import gzip
import io
import os
import tracemalloc

import jax.numpy as jnp
import numpy as np
import pytest

from limes._errors import InputError
from limes.data.source import float_type, guarded, opened

MIB = 1 << 20


def test_plain_and_packed_files_give_the_same_bytes(tmp_path):
    plain, packed = tmp_path / "plain", tmp_path / "packed"
    plain.write_bytes(bytes(range(200)))
    packed.write_bytes(gzip.compress(bytes(range(200))))
    for path in (plain, packed):
        with opened(path, MIB) as source:
            assert source.packed is (path == packed)
            assert source.head == bytes(range(200))
            assert source.exactly(150) == bytes(range(150))
            assert source.read(500) == bytes(range(150, 200))
            source.finish()


def test_float_type_is_the_one_of_the_process():
    assert float_type() == jnp.zeros(1).dtype == np.float64


def test_limit_counts_what_comes_out_of_a_gzip(tmp_path):
    path = tmp_path / "bomb"
    with gzip.open(path, "wb") as file:
        for _ in range(64):
            file.write(bytes(MIB))
    tracemalloc.start()
    with opened(path, 4 * MIB) as source, pytest.raises(InputError, match=f"more than limit={4 * MIB} bytes come out"):
        source.exactly(64 * MIB)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 * MIB


def test_booking_adds_up_and_stops_before_allocation(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    with opened(path, 1000) as source:
        source.book(50, 8)
        with pytest.raises(InputError, match="its numbers take 1600 bytes of memory, more than limit=1000"):
            source.book(50, 8)


def test_what_is_too_short_or_too_long_says_where(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"abcdef")
    with opened(path, 1000) as source, pytest.raises(InputError, match="byte 6: 4 more bytes were expected"):
        source.exactly(10)
    with opened(path, 1000) as source:
        source.exactly(4)
        with pytest.raises(InputError, match="byte 4: bytes follow after the last number"):
            source.finish()


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-12], lambda b: b[:20] + b"\xff" + b[21:], lambda b: b[:-6] + b"abcdef"]
)
def test_damaged_gzip_is_one_sentence(damage, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(damage(gzip.compress(np.random.default_rng(0).bytes(500))))
    with pytest.raises(InputError, match="the file is damaged"), opened(path, 10_000) as source:
        source.read(10_000)


def test_what_is_no_regular_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").touch()
    cases = {
        "pipe": "not a regular file",
        ".": "not a regular file",
        "none": "cannot be opened",
        "empty": "it is empty",
    }
    for name, words in cases.items():
        with pytest.raises(InputError, match=words), opened(tmp_path / name, MIB):
            pass
    with pytest.raises(InputError, match="cannot be opened"), opened(tmp_path / "a\0b", MIB):
        pass


def test_guard_passes_our_own_sentences_and_others_become_one(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"a")
    with opened(path, MIB) as source:
        with pytest.raises(InputError, match="mine"), guarded(source, "here", (ValueError,)):
            raise InputError("mine")
        words = r"here: the file is damaged or not what it says \(no good\)"
        with pytest.raises(InputError, match=words), guarded(source, "here", (ValueError,)):
            raise ValueError("no good")
        with pytest.raises(io.UnsupportedOperation), guarded(source, "here", (KeyError,)):
            raise io.UnsupportedOperation

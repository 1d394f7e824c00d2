import inspect

import numpy as np
import pytest

import limes
from limes._errors import InputError
from limes.data.files import LIMIT, load


@pytest.fixture
def put(tmp_path):
    def write(block):
        (tmp_path / "file").write_bytes(block)
        return tmp_path / "file"

    return write


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (b"\x93NUMPY\1\0", "a bare npy file, in which a flipped bit goes unseen"),
        (b"\x80\x04\x95", "a pickle, which can run code"),
        (b"\x89HDF\r\n", "HDF5"),
        (b"\xff\xfea\0", "UTF-16"),
        (b"BZh9", "packed with bzip2"),
        (b"\x7fELF\0\0", r"it starts with b'\\x7fELF"),
        (b"", "it is empty"),
    ],
)
def test_foreign_formats_are_named(block, words, put):
    with pytest.raises(InputError, match=words):
        load(put(block))


def test_the_name_does_not_matter(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.arange(4.0), y=np.arange(4.0))
    (tmp_path / "a.npz").rename(tmp_path / "a.csv")
    assert limes.data.load(str(tmp_path / "a.csv")).x.shape == (4, 1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"task": "ranking"}, "task must be None or one of regression, binary, classes, got 'ranking'"),
        ({"signs": 1}, "signs must be True or False, got 1"),
        ({"part": "valid"}, "part must be 'train' or 'test', got 'valid'"),
        ({"limit": 0}, "limit must be a positive number of bytes, got 0"),
        ({"limit": True}, "limit must be a positive number of bytes, got True"),
        ({"limit": 1e9}, "limit must be a positive number of bytes"),
    ],
)
def test_options_have_rules(options, words, put):
    with pytest.raises(InputError, match=words):
        load(put(b"1,2\n3,4\n"), **options)


def test_options_that_do_not_fit_the_format_are_refused(put, tmp_path):
    with pytest.raises(InputError, match="must name a column, as this is not an IDX file"):
        load(put(b"1,2\n3,4\n"), y=tmp_path)
    with pytest.raises(InputError, match="x='a' is for tables and npz"):
        load(put(bytes(range(256)) * 8), x="a")
    with pytest.raises(InputError, match="path must be the name of a file, got int"):
        load(3)  # pyright: ignore[reportArgumentType]


def test_limit_is_two_gibibytes():
    assert inspect.signature(load).parameters["limit"].default == LIMIT == 2 * 1024**3

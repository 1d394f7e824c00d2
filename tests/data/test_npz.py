import io
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from limes._errors import InputError
from limes.data.files import load

X = np.arange(24.0).reshape(6, 4)
Y = np.array([0, 1, 2, 0, 1, 2])


@pytest.fixture
def put(tmp_path):
    def write(block):
        (tmp_path / "file").write_bytes(block)
        return tmp_path / "file"

    return write


def packed(save=np.savez, **arrays):
    out = io.BytesIO()
    save(out, **arrays)
    return out.getvalue()


def npy(header, body=b"", version=b"\1\0"):
    text = header.encode() + b"\n"
    return b"\x93NUMPY" + version + struct.pack("<H" if version == b"\1\0" else "<I", len(text)) + text + body


def zipped(members, method=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, block in members.items():
            archive.writestr(name, block)
    return out.getvalue()


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("dtype", ["f8", "f4", "f2", "i1", "u2", ">i4", "<i8", "bool"])
def test_arrays_come_back(save, dtype, put):
    x = (X % 2 if dtype == "bool" else X).astype(dtype)
    data = load(put(packed(save, x=np.asfortranarray(x), y=Y.astype("u1"))))
    assert np.array_equal(np.asarray(data.x), x.astype(float))
    assert np.array_equal(np.asarray(data.y), Y)
    assert data.task == "classes"


def test_usual_pairs_are_found_and_others_are_named(put):
    for names in [("X", "y"), ("x_train", "y_train"), ("images", "labels"), ("data", "target")]:
        assert len(load(put(packed(**dict(zip(names, (X, Y), strict=True)))))) == 6
    path = put(packed(a=X, b=Y))
    assert len(load(path, x="a", y="b")) == 6
    with pytest.raises(InputError, match="it holds the arrays 'a', 'b'; choose two with x='NAME' and y='NAME'"):
        load(path)
    with pytest.raises(InputError, match="there is no array 'c' among 'a', 'b'"):
        load(path, x="a", y="c")
    with pytest.raises(InputError, match="x and y are both 'a'"):
        load(path, x="a", y="a")
    with pytest.raises(InputError, match="it holds the arrays"):
        load(put(packed(x=X, y=Y, images=X, labels=Y)))


class Trap:
    """Something that would leave a trace if it were unpickled."""

    opened = False

    def __setstate__(self, state):
        Trap.opened = True


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.array([Trap(), 1.0], dtype=object), "Python objects, which can run code"),
        (np.array(["a", "b"]), "it holds strings"),
        (np.array([b"a", b"b"]), "it holds strings"),
        (np.zeros(2, dtype="f4,i4"), "it holds"),
        (np.zeros(2, dtype="c16"), "it holds complex128"),
        (np.zeros(2, dtype="M8[s]"), "it holds datetime64"),
        (np.zeros(2, dtype=np.longdouble), "it holds float128"),
    ],
)
def test_objects_and_what_is_no_number_are_refused(array, words, put):
    with pytest.raises(InputError, match=words):
        load(put(packed(x=array, y=Y[:2])))
    assert not Trap.opened


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (
            "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }",
            "1000000000000 numbers of 8 bytes, but 0",
        ),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, -1), }", "its shape is"),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (True,), }", "its shape is"),
        ("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "Python objects"),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (3, }", "its header"),
        ("__import__('os').system('true')", "its header"),
        ("(" * 5000, "its header"),
        ("'\\d'", "its header"),
    ],
)
@pytest.mark.parametrize("version", [b"\1\0", b"\2\0"])
def test_hostile_headers_are_refused(header, words, version, put):
    with pytest.raises(InputError, match=words):
        load(put(zipped({"x.npy": npy(header, version=version), "y.npy": npy(header)})))


def test_a_bomb_is_stopped_before_it_unpacks(put):
    zeros = npy("{'descr': '<f8', 'fortran_order': False, 'shape': (8000000,), }", bytes(64_000_000))
    block = zipped({"x.npy": zeros, "y.npy": zeros}, zipfile.ZIP_DEFLATED)
    assert len(block) < 200_000
    path = put(block)
    tracemalloc.start()
    with pytest.raises(InputError, match="its numbers take 128000000 bytes of memory, more than limit=50000000"):
        load(path, limit=50_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000


def test_sizes_that_lie_are_refused(put):
    block = packed(np.savez_compressed, x=X, y=Y)
    with zipfile.ZipFile(io.BytesIO(block)) as archive:
        size = struct.pack("<I", archive.getinfo("x.npy").file_size)
    place = block.rfind(b"PK\1\2", 0, block.rfind(b"PK\1\2")) + 24
    assert block[place : place + 4] == size
    for lie, words in [
        (10**9, "no honest file packs so densely"),
        (200, "the file is damaged"),
        (400, "the file is damaged|bytes follow"),
    ]:
        with pytest.raises(InputError, match=words):
            load(put(block[:place] + struct.pack("<I", lie) + block[place + 4 :]))


def test_every_cut_is_refused(put):
    block = packed(np.savez_compressed, x=X, y=Y)
    for length in range(len(block)):
        with pytest.raises(InputError):
            load(put(block[:length]))


def test_archives_of_other_kinds_are_refused(put):
    with pytest.raises(InputError, match="it holds no array"):
        load(put(zipped({"word/document.xml": b"<xml>"})))
    with pytest.raises(InputError, match="packed with method 12"):
        load(put(zipped({"x.npy": b"a", "y.npy": b"b"}, zipfile.ZIP_BZIP2)))
    with pytest.raises(InputError, match="a directory of 1200 members"):
        load(put(zipped({f"a{i}.npy": b"" for i in range(1200)})))
    block = packed(x=X, y=Y)
    place = block.rfind(b"PK\5\6")
    with pytest.raises(InputError, match="a zip of the 64-bit kind"):
        load(put(block[:place] + b"PK\6\7" + bytes(16) + block[place:]))

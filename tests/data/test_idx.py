import gzip
import struct

import numpy as np
import pytest

from limes._errors import InputError
from limes.data.files import load
from limes.data.idx import array, is_idx
from limes.data.source import opened

CODES = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


def idx(values, code=8):
    sizes = struct.pack(f">BBBB{values.ndim}I", 0, 0, code, values.ndim, *values.shape)
    return sizes + values.astype(CODES[code]).tobytes()


PIXELS = np.arange(120).reshape(5, 4, 6)
LABELS = np.array([3, 1, 4, 1, 5])


def write(folder, images="train-images-idx3-ubyte", labels="train-labels-idx1-ubyte", packed=False):
    pack = gzip.compress if packed else bytes
    (folder / images).write_bytes(pack(idx(PIXELS)))
    (folder / labels).write_bytes(pack(idx(LABELS)))
    return folder / images


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("packed", [False, True])
def test_every_type_comes_back(code, packed, tmp_path):
    path = tmp_path / "file"
    block = idx(PIXELS, code)
    path.write_bytes(gzip.compress(block) if packed else block)
    with opened(path, 1 << 20) as source:
        assert is_idx(source)
        assert np.array_equal(array(source), PIXELS)


@pytest.mark.parametrize("packed", [False, True])
def test_images_find_the_labels_beside_them(packed, tmp_path):
    data = load(write(tmp_path, packed=packed))
    assert data.task == "classes"
    assert np.array_equal(np.asarray(data.x), PIXELS[..., None] / 255)
    assert np.array_equal(np.asarray(data.y), LABELS)


def test_labels_may_be_packed_alone_dotted_or_named(tmp_path):
    for images, labels in [
        ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte.gz"),
        ("t10k-images.idx3-ubyte.gz", "t10k-labels.idx1-ubyte"),
    ]:
        assert np.array_equal(np.asarray(load(write(tmp_path, images, labels)).y), LABELS)
    path = write(tmp_path, "a", "b")
    assert np.array_equal(np.asarray(load(path, y=tmp_path / "b").y), LABELS)
    with pytest.raises(InputError, match="no labels lie beside it; name them with y='FILE'"):
        load(path)


@pytest.mark.parametrize("sizes", [(2**32 - 1, 65535, 65535), (5, 4, 7), (5, 4, 5), (0, 4, 6)])
def test_sizes_must_be_those_of_the_bytes(sizes, tmp_path):
    path = write(tmp_path)
    path.write_bytes(idx(PIXELS)[:4] + struct.pack(">3I", *sizes) + idx(PIXELS)[16:])
    with pytest.raises(InputError, match=r"byte 4: the header says .* numbers of 1 bytes, but 120 bytes follow"):
        load(path)


def test_sizes_in_a_gzip_are_stopped_by_the_limit_or_the_end(tmp_path):
    path = write(tmp_path, "train-images-idx3-ubyte.gz")
    for sizes, words in [
        ((2**31, 2**31, 9), "more than limit="),
        ((9, 9, 9), "609 more bytes"),
        ((1, 1, 1), "bytes follow"),
    ]:
        path.write_bytes(gzip.compress(idx(PIXELS)[:4] + struct.pack(">3I", *sizes) + idx(PIXELS)[16:]))
        with pytest.raises(InputError, match=words):
            load(path)


def test_labels_of_another_format_or_number_are_refused(tmp_path):
    path = write(tmp_path)
    partner = tmp_path / "train-labels-idx1-ubyte"
    partner.write_bytes(b"a,b\n1,2\n")
    with pytest.raises(InputError, match="the labels are not an IDX file"):
        load(path)
    partner.write_bytes(idx(LABELS[:4]))
    with pytest.raises(InputError, match=r"x has shape \(5, 4, 6\) and y has shape \(4,\)"):
        load(path)

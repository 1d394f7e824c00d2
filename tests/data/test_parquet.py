import gzip
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from limes._errors import InputError
from limes.data.files import load

DRAW = np.random.default_rng(0)
COLUMNS = {
    "a": DRAW.normal(size=50),
    "b": DRAW.normal(size=50).astype(np.float32),
    "c": DRAW.integers(-9, 9, 50),
    "d": DRAW.integers(0, 9, 50).astype(np.uint16),
    "e": DRAW.normal(size=50).astype(np.float16),
    "f": DRAW.random(50) < 0.5,
    "y": DRAW.normal(size=50),
}


@pytest.fixture
def put(tmp_path):
    def write(columns, **options):
        pq.write_table(pa.table(columns), tmp_path / "file", **options)
        return tmp_path / "file"

    return write


@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "zstd"])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_columns_come_back(compression, version, put):
    path = put(COLUMNS, compression=compression, row_group_size=17, data_page_version=version, write_page_checksum=True)
    data = load(path)
    assert np.array_equal(np.asarray(data.x), np.stack([COLUMNS[name].astype(float) for name in "abcdef"], axis=1))
    assert np.array_equal(np.asarray(data.y), COLUMNS["y"])
    part = load(path, x=["c", "a"], y=3)
    assert np.array_equal(np.asarray(part.x), np.stack([COLUMNS["c"], COLUMNS["a"]], axis=1))
    assert np.array_equal(np.asarray(part.y), COLUMNS["d"])


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"a": ["u", "v"], "y": [1.0, 2.0]}, "column 'a': it holds string, not numbers"),
        ({"a": [[1.0], [2.0]], "y": [1.0, 2.0]}, "column 'a': it holds list"),
        ({"a": [1.0, None], "y": [1.0, 2.0]}, "column 'a': a missing value in rows 1 to 2"),
        ({"a": [1.0, np.nan], "y": [1.0, 2.0]}, "sample 2, column 'a': the value nan is not finite"),
        ({"a": [1.0, 2.0], "y": [1.0, 1.0]}, r"y: all 2 values are 1\.0"),
        ({"__index_level_0__": [0, 1], "a": [1.0, 2.0], "y": [1.0, 3.0]}, "column 1 has no name"),
        ({"a": [1.0, 2.0]}, "1 columns; at least one input and the target are needed"),
        ({"a.b": [1.0, 2.0], "y": [1.0, 3.0]}, "holds a dot; rename it"),
    ],
)
def test_what_is_no_table_of_numbers_is_refused(columns, words, put):
    with pytest.raises(InputError, match=words):
        load(put(columns))


def test_strings_may_lie_beside_the_chosen_columns(put):
    data = load(put({"name": ["u", "v"], "a": [1.0, 2.0], "y": [1.0, 3.0]}), x="a")
    assert data.x.tolist() == [[1.0], [2.0]]


def test_rows_are_compared_with_the_limit(put):
    path = put({"a": np.arange(100_000.0), "y": np.arange(100_000.0)})
    with pytest.raises(InputError, match="its numbers take 3200000 bytes of memory, more than limit=1000000"):
        load(path, limit=1_000_000)


def test_a_cut_footer_and_a_gzip_are_refused(put):
    path = put(COLUMNS)
    block = path.read_bytes()
    path.write_bytes(block[:-20])
    with pytest.raises(InputError, match="its end: the footer is missing or damaged"):
        load(path)
    path.write_bytes(block[:-8] + b"\xff\xff\xff\x7fPAR1")
    with pytest.raises(InputError, match="its end: the footer is missing or damaged"):
        load(path)
    path.write_bytes(gzip.compress(block))
    with pytest.raises(InputError, match="a parquet file inside a gzip"):
        load(path)


def test_without_pyarrow_one_sentence_says_what_to_install(put, monkeypatch):
    path = put(COLUMNS)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InputError, match=r"parquet needs pyarrow, .* run pip install 'limes\[files\]'"):
        load(path)

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from limes._errors import InputError
from limes.data.files import load
from limes.data.pages import check_pages
from limes.data.source import opened

DRAW = np.random.default_rng(0)


def written(num=1000, **options):
    out = io.BytesIO()
    columns = {"a": DRAW.normal(size=num), "y": DRAW.integers(0, 50, num)}
    pq.write_table(pa.table(columns), out, compression="none", **options)
    return out.getvalue()


def footer(block):
    return block[-8 - int.from_bytes(block[-8:-4], "little") : -8]


def varint(value):
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_largest_page_is_what_pyarrow_wrote(version, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(written(use_dictionary=False, data_page_version=version))
    sizes = []
    for limit in range(7900, 8200):
        with opened(path, 1 << 20) as source:
            source.limit = limit
            try:
                check_pages(source, footer(path.read_bytes()), ["a"])
            except InputError:
                sizes.append(limit)
    largest = max(sizes) + 1  # 1000 numbers of 8 bytes, and some levels
    assert 8000 <= largest <= 8100


def test_a_page_that_claims_too_much_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "file"
    block = written(10_000, use_dictionary=False)
    chunk = pq.ParquetFile(io.BytesIO(block)).metadata.row_group(0).column(0)
    start, size = chunk.data_page_offset, chunk.total_uncompressed_size
    twice = [n for n in range(size - 200, size) if block[start : start + 40].count(varint(2 * n)) == 2]
    assert len(twice) == 1, "unpacked and packed size, which are the same here"
    place = block.index(varint(2 * twice[0]), start)
    path.write_bytes(block[:place] + b"\xfe\xff\x7f" + block[place + 3 :])
    with pytest.raises(InputError, match="a page that claims to unpack to 1048575 bytes, with limit=500000"):
        load(path, limit=500_000)


def test_other_columns_are_not_judged(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(written())
    with opened(path, 1 << 20) as source:
        source.limit = 1
        check_pages(source, footer(path.read_bytes()), ["nothing"])


@pytest.mark.parametrize(
    "block", [b"", b"\x19", b"\x19\xff\xff\xff\xff\x7f", b"\x1c" * 40, b"\x16" + b"\xff" * 12, b"\x1f"]
)
def test_footers_that_make_no_sense_are_refused(block, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"PAR1")
    with opened(path, 1000) as source, pytest.raises(InputError, match="its pages: the file is damaged"):
        check_pages(source, block, ["a"])

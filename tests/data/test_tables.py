import gzip

import numpy as np
import pytest

from limes._errors import InputError
from limes.data.files import load
from limes.data.source import opened
from limes.data.tables import choose, titles

TABLE = np.array([[0.5, -1.25, 3.0], [1e-3, 2.0, 5.5], [7.0, 1.0 / 3.0, -2.0]])


@pytest.fixture
def put(tmp_path):
    def write(text):
        (tmp_path / "file").write_bytes(text if isinstance(text, bytes) else text.encode())
        return tmp_path / "file"

    return write


def text(divider=",", names=None, newline="\n"):
    lines = [divider.join(repr(float(value)) for value in row) for row in TABLE]
    return newline.join(([divider.join(names)] if names else []) + lines) + newline


@pytest.mark.parametrize("divider", [",", ";", "\t"])
@pytest.mark.parametrize("names", [None, ["a", "b", "c"], ['"a"', "b x", "é"]])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\n\n"])
def test_tables_come_back(divider, names, newline, put):
    data = load(put(text(divider, names, newline)))
    assert np.array_equal(np.asarray(data.x), TABLE[:, :2])
    assert np.array_equal(np.asarray(data.y), TABLE[:, 2])
    assert data.task == "regression"


def test_mark_of_utf8_and_gzip_change_nothing(put):
    data = load(put(gzip.compress(b"\xef\xbb\xbf" + text(names=["a", "b", "c"]).encode())), x="a", y="b")
    assert np.array_equal(np.asarray(data.x)[:, 0], TABLE[:, 0])
    assert np.array_equal(np.asarray(data.y), TABLE[:, 1])


def test_columns_by_name_and_position(put):
    path = put("who,a,b,c\nann,1,2,3\nbob,4,5,7\n")
    data = load(path, x=["c", 1], y="b")
    assert data.x.tolist() == [[3.0, 1.0], [7.0, 4.0]]
    assert data.y.tolist() == [2.0, 5.0]
    with pytest.raises(
        InputError, match="line 2, column 'who': 'ann' is not a number; replace it by a number or choose"
    ):
        load(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a,b\n1,2\n3\n", "line 3: 1 columns instead of 2"),
        ("a,b\n1,2\n3,x\n", "line 3, column 'b': 'x' is not a number"),
        ("a,b\n1,2\n3,\n", "line 3, column 'b': the cell is empty"),
        ("a,b\n1,2\n1_0,3\n", "line 3, column 'a': '1_0' is not a number"),
        ("a,b\n1,2\n٣,3\n", "is not a number"),
        ("a,b\n1,2\nnan,3\n", "sample 2, column 'a': the value nan is not finite"),
        ("a,b\n1,2\n1e999,3\n", "sample 2, column 'a': the value inf is not finite"),
        ("1,a\n1,2\n", "line 1: names and numbers are mixed"),
        ("1,,3\n1,2,3\n", "line 1: names and numbers are mixed"),
        ("0,1,2\n5,6,7\n", "line 1: 0, 1, 2, ... may be names or a sample"),
        (",a,b\n0,1,2\n1,3,4\n", "column 1 has no name, so it may count the rows"),
        ("a\n1\n2\n", "line 1: only one column"),
        ("a,b\n", "it holds no sample"),
        ("\n\n", "it holds no line"),
        ('a,b\n"1,2\n', "line 2: the file is damaged"),
        (b"a,b\n1,2\n\xff,3\n", "line 3: a byte that is not UTF-8"),
        ("a,b\n1,2\n1,2\n", r"y: all 2 values are 2\.0"),
        ("1,5;2,5\n3,5;4,5\n", "line 1"),
    ],
)
def test_doubtful_tables_are_refused(content, words, put):
    with pytest.raises(InputError, match=words):
        load(put(content))


def test_two_columns_that_begin_with_zero_and_one_are_a_sample(put):
    assert load(put("0,1\n5,6\n7,9\n")).x.tolist() == [[0.0], [5.0], [7.0]]


def test_an_endless_line_and_a_long_table_are_stopped(put):
    with pytest.raises(InputError, match="line 1: it is longer than"):
        load(put(b"a," * (1 << 23)))
    with pytest.raises(InputError, match="more than limit=10000"):
        load(put("1,2\n" * 1000), limit=10_000)


def test_choose_refuses_what_is_not_there(put):
    with opened(put("a"), 1000) as source:
        names = ["a", "b", "a", "c"]
        assert choose(source, names, 4, None, None) == ([0, 1, 2], 3)
        assert choose(source, names, 4, "b", 0) == ([1], 0)
        assert titles(names, [1, 3]) == ("column 'b'", "column 'c'")
        assert titles(None, [1, 3]) == ("column 2", "column 4")
        for x, y, words in [
            ("a", None, "which is there more than once"),
            ("d", None, "which is not there"),
            (7, None, "positions run from 0 to 3"),
            ("c", None, "another column as target"),
            (["b", 1], None, "each once"),
            ([], None, "at least one input"),
        ]:
            with pytest.raises(InputError, match=words):
                choose(source, names, 4, x, y)
        with pytest.raises(InputError, match="the first line holds no names; give positions counted from 0"):
            choose(source, None, 4, "a", None)

import jax
import numpy as np
import pytest

from limes._errors import InputError
from limes.data.source import opened
from limes.data.stored import Stored, samples

X = np.arange(12.0).reshape(6, 2)


def become(tmp_path, x, y, *, task=None, signs=False, said=None, columns=()):
    path = tmp_path / "file"
    path.write_bytes(b"a")
    with opened(path, 1000) as source, np.errstate(all="ignore"):
        return samples(source, Stored(np.asarray(x), np.asarray(y), said, columns), task, signs)


@pytest.mark.parametrize(
    ("y", "task"),
    [
        ([-1, 1, 1, -1, 1, 1], "binary"),
        ([0, 1, 1, 0, 1, 1], "classes"),
        ([0, 2, 1, 0, 1, 1], "classes"),
        ([0, 2, 3, 0, 2, 3], "regression"),
        ([0, 1, 2, 3, 4, 5], "regression"),
        ([1, 2, 1, 2, 1, 2], "regression"),
        ([0.5, 1, 1, 0, 1, 1], "regression"),
    ],
)
def test_task_follows_the_labels(y, task, tmp_path):
    data = become(tmp_path, X, y)
    assert data.task == task
    assert np.array_equal(np.asarray(data.y), y)
    assert np.issubdtype(data.y.dtype, np.integer) == (task == "classes")
    assert become(tmp_path, X, y, task="regression").task == "regression"


def test_zero_and_one_become_signs_only_when_asked(tmp_path):
    y = [0, 1, 1, 0, 1, 1]
    data = become(tmp_path, X, y, signs=True)
    assert data.task == "binary"
    assert data.y.tolist() == [-1.0, 1.0, 1.0, -1.0, 1.0, 1.0]
    assert become(tmp_path, X, np.array(y, bool), signs=True).y.tolist() == data.y.tolist()
    with pytest.raises(InputError, match=r"y\[0\].*must be -1 or 1.*pass signs=True to read 0 as -1 and 1 as 1"):
        become(tmp_path, X, y, task="binary")
    with pytest.raises(InputError, match="there is a label 2"):
        become(tmp_path, X, [0, 1, 2, 0, 1, 1], signs=True)
    for task in ("regression", "classes"):
        with pytest.raises(InputError, match=f"signs=True asks for labels -1 and 1, but task='{task}'"):
            become(tmp_path, X, y, signs=True, task=task)
    assert become(tmp_path, X, y, signs=True, said="classes").task == "binary"


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (X, np.arange(5), r"x has shape \(6, 2\) and y has shape \(5,\)"),
        (X[:0], np.arange(0), "it holds no sample"),
        (X[:, :0], np.arange(6), "it holds no sample"),
        (np.zeros(()), np.zeros(()), "x has shape"),
        (np.where(X == 7, np.nan, X), np.arange(6), r"x\[3, 1\]: the value nan is not finite"),
        (X, np.array([0, 1, np.inf, 3, 4, 5]), r"y\[2\]: the value inf is not finite"),
        (X * 0 + 3, np.arange(6), r"x: all 12 values are 3\.0"),
        (X, np.ones(6), r"y: all 6 values are 1\.0"),
        (
            np.zeros((6, 4, 4, 9), np.uint8) + np.arange(9, dtype=np.uint8),
            np.arange(6),
            "n h w c with at most 4 channels",
        ),
    ],
)
def test_what_nothing_can_be_learned_from_is_refused(x, y, words, tmp_path):
    with pytest.raises(InputError, match=words):
        become(tmp_path, x, y)


def test_position_in_a_table_names_the_column(tmp_path):
    with pytest.raises(InputError, match="sample 4, column 'b': the value nan is not finite"):
        become(tmp_path, np.where(X == 7, np.nan, X), np.arange(6), columns=("column 'a'", "column 'b'", "column 'c'"))


@pytest.mark.parametrize("y", [[-1, 0, 1, 0, 1, 1], [0.5, 0, 1, 0, 1, 1], [2.0**40, 0, 1, 0, 1, 1]])
def test_labels_of_classes_are_integers_from_zero(y, tmp_path):
    with pytest.raises(InputError, match=r"y\[0\]: labels of classes must be integers from 0"):
        become(tmp_path, X, y, task="classes")


def test_one_label_per_sample(tmp_path):
    assert become(tmp_path, X, np.arange(6)[:, None] % 2).task == "classes"
    assert become(tmp_path, X, X).y.shape == (6, 2)
    with pytest.raises(InputError, match="one label per sample"):
        become(tmp_path, X, X, task="classes")


def test_bytes_of_three_or_four_axes_are_images(tmp_path, key):
    pixels = np.asarray(jax.random.randint(key, (6, 3, 4), 0, 256)).astype(np.uint8)
    gray, color = become(tmp_path, pixels, np.arange(6)), become(tmp_path, pixels[:, None], np.arange(6))
    assert gray.x.shape == (6, 3, 4, 1)
    assert color.x.shape == (6, 1, 3, 4)
    assert np.array_equal(np.asarray(gray.x)[..., 0], pixels / 255)
    flat = become(tmp_path, pixels.reshape(6, 12), np.arange(6))
    assert np.array_equal(np.asarray(flat.x), pixels.reshape(6, 12))


def test_a_line_of_numbers_is_one_column(tmp_path):
    assert become(tmp_path, np.arange(6), np.arange(6)).x.shape == (6, 1)


def test_numbers_too_large_for_float32_are_refused(tmp_path):
    large = np.where(X == 7, 1e300, X)
    with (
        jax.enable_x64(False),
        pytest.raises(InputError, match=r"x\[3, 1\]: the value 1e\+300 is too large for float32"),
    ):
        become(tmp_path, large, np.arange(6))
    with jax.enable_x64(False):
        assert become(tmp_path, X, np.arange(6)).x.dtype == np.float32

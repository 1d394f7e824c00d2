"""Two outcomes of one unit: the same bits, or how far apart."""

import numpy as np
import pytest

from limes.studies.conflicts import difference, same


def test_the_same_bits_are_the_same():
    a = {"x": np.array([1.0, np.nan, -0.0]), "n": np.array(3)}
    assert same(a, {name: array.copy() for name, array in a.items()})
    assert difference(a, a) == 0


@pytest.mark.parametrize(
    "other",
    [np.array([1.0, 2.0]), np.array([1, 2, 3]), np.array([[1.0, 2.0, 3.0]]), np.array([1.0, 2.0, 3.5])],
    ids=repr,
)
def test_other_bits_are_not(other):
    assert not same({"x": np.array([1.0, 2.0, 3.0])}, {"x": other})
    assert not same({"x": other}, {"y": other})


def test_the_difference_is_relative_and_symmetric():
    a, b = {"x": np.array([1.0, 1000.0]), "y": np.array(2)}, {"x": np.array([1.0, 1001.0]), "y": np.array(2)}
    assert difference(a, b) == difference(b, a) == pytest.approx(1 / 1001)
    assert difference({"x": np.array(1.0)}, {"x": np.array(-1.0)}) == 2
    assert difference({"x": np.array(3 + 4j)}, {"x": np.array(0j)}) == 1
    assert difference({"x": np.array(True)}, {"x": np.array(False)}) == 1
    assert difference({"x": np.array(1e308)}, {"x": np.array(-1e308)}) == 2
    assert difference({"x": np.array(5e-324)}, {"x": np.array(0.0)}) == 1


def test_what_cannot_be_compared_is_infinitely_far():
    one = {"x": np.array([1.0])}
    for other in (
        {"x": np.array([np.nan])},
        {"x": np.array([np.inf])},
        {"x": np.array(1.0)},
        {"y": np.array([1.0])},
        {},
    ):
        assert difference(one, other) == np.inf


def test_signs_of_zero_and_dtypes_have_no_size():
    for other in (np.array([-0.0]), np.array([0]), np.array([0.0], np.float32)):
        assert not same({"x": np.array([0.0])}, {"x": other})
        assert difference({"x": np.array([0.0])}, {"x": other}) == 0
    both = np.array([np.inf, -np.inf, np.nan])
    assert difference({"x": both}, {"x": both.astype(np.float32)}) == 0

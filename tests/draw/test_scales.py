import math

import pytest

from limes.draw.scales import categories, finite, label, linear_scale, log_scale, number


@pytest.mark.parametrize(
    "values", [[1e-16, 3e-16], [0.98, 1.02], [16, 4096], [1e-300, 1e300], [0.0, 0.0], [], [-1.0, 1e-9], [5.0]]
)
def test_log_axis_holds_its_positive_values_between_ticks_in_order(values):
    scale = log_scale(values)
    positive = [v for v in values if v > 0]
    assert 0 < scale.low < scale.high < math.inf
    assert all(scale.low <= v <= scale.high for v in positive)
    assert list(scale.ticks) == sorted(scale.ticks)
    assert len(scale.ticks) == len(scale.labels) <= 12
    assert all(0 <= scale.place(v) <= 1 for v in values)


@pytest.mark.parametrize(
    "values", [[0.0, 1.0], [1.0, 1.0], [0.0], [], [-3e-7, 2e-7], [1e5, 3e5], [1.0001, 1.0004], [-1e300, 1e300]]
)
def test_linear_axis_holds_its_values(values):
    scale = linear_scale(values)
    assert scale.low < scale.high
    assert all(scale.low <= v <= scale.high for v in values)
    assert 1 <= len(scale.ticks) <= 9
    assert len({text for text, _ in scale.labels}) == len(scale.labels)


def test_measured_sizes_are_the_ticks():
    sizes = [16, 32, 64, 128]
    assert list(log_scale(sizes, sizes).ticks) == sizes


def test_labels():
    assert label(0.05) == ("0.05", False)
    assert label(-0.5) == ("\u22120.5", False)
    assert label(1e-12, log=True) == ("$10^{-12}$", True)
    assert label(0.0) == ("0", False)
    assert label(2e-7)[0] == r"$2{\times}10^{-7}$"


def test_what_is_not_a_finite_number_is_none():
    assert finite([1, 2.5, None, "3", True, math.nan, math.inf, 10**400]) == [1.0, 2.5]
    assert number(False) is None


def test_names_have_one_place_each():
    scale = categories(["a", "b", "c"])
    assert scale.place(0) < scale.place(1) < scale.place(2)

import dataclasses

import pytest

from limes.instruments.counts import Operations


def test_the_total_holds_floats_only():
    assert Operations(1, 2, 3, 4, integer=50).total == 10


def test_sums_add_counts_and_keep_flags():
    left, right = Operations(1, 2, 3, 4, 5, approximate=True), Operations(10, 20, 30, 40, 50, branch=True)
    assert left + right == Operations(11, 22, 33, 44, 55, approximate=True, branch=True)
    assert sum([left, right], Operations()) == left + right


def test_repeats():
    assert Operations(1, 2, 3, 4, 5, dynamic=True).times(7) == Operations(7, 14, 21, 28, 35, dynamic=True)
    assert Operations(1).times(0) == Operations()


def test_a_record_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Operations().add = 1


def test_counts_are_as_large_as_they_need_to_be():
    assert Operations(add=10**18).times(10**6).total == 10**24

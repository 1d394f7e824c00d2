import numpy as np
import pytest

from limes._errors import InputError
from limes.stats.rules import expectation_bound

LEVEL = 0.0125


def values(ratio, seeds=32, sizes=7):
    return ratio * np.random.default_rng(0).gamma(10, 0.1, (seeds, sizes))


def test_clear_cases():
    assert expectation_bound(values(0.5), 1.0, level=LEVEL).verdict == "supported"
    decision = expectation_bound(values(1.4), np.ones(7), level=LEVEL)
    assert decision.verdict == "refuted"
    assert decision.p_value <= LEVEL
    assert expectation_bound(values(0.95, 64), np.ones((64, 7)), level=LEVEL).verdict == "inconclusive"


def test_one_bad_size_refutes():
    data = values(0.5, 64)
    data[:, 3] *= 4
    decision = expectation_bound(data, 1.0, level=LEVEL)
    assert decision.verdict == "refuted"
    assert "size number 3" in decision.reason


def test_guards():
    assert "32" in expectation_bound(values(0.5, 16), 1.0, level=LEVEL).reason
    assert "sizes" in expectation_bound(values(0.5, 64, 4), 1.0, level=LEVEL).reason
    same = np.full((32, 7), 0.5)
    assert "resolution" in expectation_bound(same, 1.0, level=LEVEL).reason
    assert expectation_bound(same, 1.0, level=LEVEL, resolution=1e-6).verdict == "supported"
    assert expectation_bound(same * 3, 1.0, level=LEVEL, resolution=1e-6).p_value == 0.0
    assert "bounds" in expectation_bound(values(0.5), np.full(7, np.nan), level=LEVEL).reason
    with pytest.raises(InputError, match="positive"):
        expectation_bound(values(0.5), 0.0, level=LEVEL)
    with pytest.raises(InputError, match="shape"):
        expectation_bound(values(0.5)[0], 1.0, level=LEVEL)


def test_missing_values_at_their_worst():
    data = values(0.5, 64)
    data[0, 0] = np.nan
    assert expectation_bound(data, 1.0, level=LEVEL).verdict == "inconclusive"
    assert expectation_bound(data, 1.0, level=LEVEL, largest=3.0).verdict == "supported"
    assert expectation_bound(data, 1.0, level=LEVEL, largest=100.0).verdict == "inconclusive"
    data[:11, 0] = np.nan
    assert expectation_bound(data, 1.0, level=LEVEL, largest=3.0).verdict == "inconclusive"

import numpy as np
import pytest

from limes._errors import InputError
from limes.stats.rules import existence


def test_one_witness_supports():
    decision = existence(np.array([3.0, 0.5, np.nan]), bound=1.0)
    assert decision.verdict == "supported"
    assert "witness found: unit 1" in decision.reason
    assert existence(np.array([3.0, 0.5]), bound=1.0, resolution=0.6).verdict == "inconclusive"
    assert existence(np.array([3.0, 0.5]), bound=np.array([4.0, 0.0])).estimate == 3.0


def test_nothing_refutes():
    for values in ([3.0, 5.0], [np.inf, 5.0], [np.nan, np.nan]):
        decision = existence(np.array(values), bound=1.0)
        assert decision.verdict == "inconclusive"
        assert decision.p_value == 1.0
    assert "says nothing against the theorem" in existence(np.array([3.0]), bound=1.0).reason


def test_bad_input():
    with pytest.raises(InputError, match="one case"):
        existence(np.zeros(0), bound=1.0)
    with pytest.raises(InputError, match="one value or 3"):
        existence(np.zeros(3), bound=np.ones(2))

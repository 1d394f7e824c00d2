import numpy as np
import pytest

from limes._errors import InputError
from limes.stats.rules import identity


def test_all_in_tolerance():
    decision = identity(np.array([1e-15, -3e-15]), tolerance=1e-12)
    assert decision.verdict == "supported"
    assert decision.estimate == 3e-15
    assert decision.reason == "agrees to 3e-15 on 2 cases."


def test_a_violation_names_its_unit():
    decision = identity(np.array([0.0, 2.0, 3.0]), tolerance=np.array([1.0, 1.0, 9.0]))
    assert (decision.verdict, decision.p_value) == ("refuted", 0.0)
    assert decision.reason.startswith("unit 1")


def test_what_is_not_finite_only_blocks_support():
    decision = identity(np.array([0.0, np.nan, np.inf]), tolerance=1.0)
    assert decision.verdict == "inconclusive"
    assert decision.reason.startswith("2 of 3 units")
    assert identity(np.array([2.0, np.nan]), tolerance=1.0).verdict == "refuted"
    assert identity(np.array([np.nan]), tolerance=1.0).estimate is None
    assert identity(np.array([0.0, 1.0]), tolerance=np.array([1.0, np.nan])).verdict == "inconclusive"


def test_bad_input():
    with pytest.raises(InputError, match="at least 0"):
        identity(np.zeros(2), tolerance=-1.0)
    with pytest.raises(InputError, match="one case"):
        identity(np.zeros(0), tolerance=1.0)
    with pytest.raises(InputError, match="one value"):
        identity(np.zeros(3), tolerance=np.ones(2))

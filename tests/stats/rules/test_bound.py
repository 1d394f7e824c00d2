import numpy as np
import pytest

from limes._errors import InputError
from limes.stats.rules import bound


def test_no_violation_is_worded_with_its_rate():
    decision = bound(np.linspace(0, 1, 10_000), below=1.0)
    assert decision.verdict == "supported"
    assert decision.reason == "no violation in 10000 cases, so fewer than 3/10000 = 0.0003 (95 %)."
    assert decision.estimate == 1.0


def test_a_violation_names_its_unit_and_side():
    decision = bound(np.array([0.5, 1.5, 0.2]), below=1.0, above=0.0)
    assert (decision.verdict, decision.p_value, decision.estimate) == ("refuted", 0.0, 1.5)
    assert "unit 1" in decision.reason
    assert "below 1 by 0.5" in decision.reason
    lower = bound(np.array([0.5, -1.5]), above=np.array([0.0, -1.0]))
    assert "above -1 by 0.5" in lower.reason


def test_the_worst_case_has_the_least_room():
    assert bound(np.array([0.1, 0.5, 0.8]), below=1.0, above=0.0).estimate == 0.1


def test_resolution_forgives_rounding_only():
    values = np.array([1.0 + 1e-12])
    assert bound(values, below=1.0).verdict == "refuted"
    assert bound(values, below=1.0, resolution=1e-11).verdict == "supported"


def test_what_is_not_finite_only_blocks_support():
    assert bound(np.array([0.5, np.inf]), below=1.0).verdict == "inconclusive"
    assert bound(np.array([1.5, np.inf]), below=1.0).verdict == "refuted"
    assert bound(np.array([np.nan]), below=1.0).reason.startswith("none of 1")
    assert bound(np.array([0.5, 0.5]), below=np.array([1.0, np.nan])).verdict == "inconclusive"


def test_bad_input():
    with pytest.raises(InputError, match="below= or above="):
        bound(np.zeros(2))
    with pytest.raises(InputError, match="resolution"):
        bound(np.zeros(2), below=1.0, resolution=-1.0)
    with pytest.raises(InputError, match="one value or 2"):
        bound(np.zeros(2), below=np.ones(3))

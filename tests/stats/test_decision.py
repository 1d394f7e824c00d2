from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from limes.stats.decision import Decision, inconclusive


def test_numbers_are_plain_and_finite():
    decision = Decision("inconclusive", np.float64("nan"), (-np.inf, 1.0), "why", np.float64("nan"))
    assert (decision.estimate, decision.interval, decision.p_value) == (None, None, 1.0)
    decision = Decision("supported", np.float64(0.5), (np.float64(0.0), 1), "", np.float64(0.25))
    assert type(decision.estimate) is type(decision.interval[0]) is type(decision.p_value) is float


def test_a_decision_is_fixed_and_says_nothing_by_default():
    decision = Decision("inconclusive")
    assert decision.p_value == 1.0
    assert decision.estimate is None
    assert inconclusive("why").reason == "why"
    with pytest.raises(FrozenInstanceError):
        decision.verdict = "supported"

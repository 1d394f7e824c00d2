import numpy as np
import pytest

from limes._errors import InputError
from limes.stats.decision import Decision
from limes.stats.intervals import Sample
from limes.stats.looks import LOOKS, combine
from limes.stats.multiplicity import claim_p_value, claim_verdict, holm, holm_level, pair_level


def step_down(p_values, claims, alpha):
    """Holm, literally: sort, compare one by one, stop at the first failure."""
    order = np.argsort(p_values, kind="stable")
    refuted = [False] * len(p_values)
    for rank, index in enumerate(order):
        if p_values[index] > alpha / (claims - rank):
            break
        refuted[index] = True
    return refuted


@pytest.mark.parametrize("claims", [6, 9, 60])
def test_holm_agrees_with_the_literal_procedure(claims):
    rng = np.random.default_rng(claims)
    for _ in range(300):
        p_values = (rng.random(6) ** 6).tolist()
        assert holm(p_values, claims, 0.05) == step_down(p_values, claims, 0.05)


def test_holm_is_the_single_level_of_all_its_comparisons():
    assert holm([0.01, 0.02, 0.03], 3) == [True, True, True]
    assert holm_level([0.01, 0.02, 0.03], 3) == pytest.approx(0.05)
    assert holm_level([0.5], 60) == pytest.approx(0.05 / 60)
    assert holm([]) == []
    with pytest.raises(InputError, match="at least the 2"):
        holm([0.1, 0.2], 1)
    with pytest.raises(InputError, match=r"\[0, 1\]"):
        holm([float("nan")])


def test_holm_keeps_its_level_under_any_dependence():
    rng = np.random.default_rng(0)
    false = 0
    for _ in range(4000):
        shared = rng.random()
        p_values = [shared if rng.random() < 0.5 else rng.random() for _ in range(5)]
        false += any(holm(p_values, 5, 0.05))
    assert false / 4000 < 0.06


def test_a_claim_of_many_pairs_at_the_border_is_rarely_refuted():
    rng, refuted = np.random.default_rng(1), 0
    for _ in range(300):
        standings = []
        for _ in range(4):
            rows = rng.normal(size=(64, 1))
            decisions = []
            for seeds in LOOKS:
                p_value = Sample(rows[:seeds].T).p_above(0.0)
                decisions.append(Decision("refuted" if p_value <= 0.0125 else "inconclusive", p_value=p_value))
            standings.append(combine(decisions, len(LOOKS), pair_level(0.05, 4)))
        refuted += claim_verdict(standings) == "refuted"
    assert refuted / 300 < 0.08


def test_pairs_of_a_claim():
    supported, refuted, unsure = (
        Decision("supported"),
        Decision("refuted", p_value=0.001),
        Decision("inconclusive", p_value=0.3),
    )
    assert claim_verdict([supported, supported]) == "supported"
    assert claim_verdict([supported, unsure]) == "inconclusive"
    assert claim_verdict([supported, unsure, refuted]) == "refuted"
    assert claim_verdict([]) == "inconclusive"
    assert claim_p_value([supported, unsure, refuted]) == pytest.approx(0.003)
    assert claim_p_value([refuted], pairs=10) == pytest.approx(0.01)
    assert claim_p_value([]) == 1.0
    assert pair_level(0.05, 5, 10) == pytest.approx(0.001)
    with pytest.raises(InputError):
        pair_level(0.05, 0)

import numpy as np
import pytest

from limes._errors import InputError
from limes.stats.rules import law

LEVEL = 0.0125


def units(ratio=1.0, noise=0.05, seeds=32, log=False):
    draws = noise * np.random.default_rng(0).normal(size=seeds)
    return 3.0 * ratio * (np.exp(draws) if log else 1 + draws)


@pytest.mark.parametrize("statistic", ["mean", "median", "mean_log"])
def test_true_and_false_worlds(statistic):
    settings = {"level": LEVEL, "statistic": statistic}
    assert law(units(), 3.0, **settings).verdict == "supported"
    for ratio in (0.8, 1.25):
        decision = law(units(ratio), 3.0, **settings)
        assert decision.verdict == "refuted"
        assert decision.interval[0] < ratio * 1.02
        assert decision.interval[1] > ratio * 0.98
    assert law(units(1.05), 3.0, **settings).verdict == "inconclusive"
    assert law(-units(), -3.0, **settings).verdict == "supported"
    assert law(units() * np.arange(1, 33), 3.0 * np.arange(1, 33), **settings).verdict == "supported"


def test_mean_and_median_of_skewed_units_differ():
    values = units(noise=0.5, seeds=20_000, log=True)
    assert law(values, 3.0, level=LEVEL, statistic="mean_log").verdict == "supported"
    assert law(values, 3.0 * np.exp(0.125), level=LEVEL).verdict == "supported"
    assert law(values, 3.0, level=LEVEL).verdict == "refuted"


def test_a_mean_carried_by_one_unit_is_refused():
    values = units()
    values[0] = 60.0
    decision = law(values, 3.0, level=LEVEL)
    assert decision.verdict == "inconclusive"
    assert "median" in decision.reason
    assert law(values, 3.0, level=LEVEL, statistic="median").verdict == "supported"


def test_deterministic_values():
    assert law(np.array([3.01]), 3.0, level=LEVEL).verdict == "supported"
    assert law(np.array([3.3]), 3.0, level=LEVEL, resolution=0.01).p_value == 0.0
    assert law(np.array([3.1]), 3.0, level=LEVEL, resolution=0.2).verdict == "inconclusive"
    assert law(np.array([np.nan]), 3.0, level=LEVEL, statistic="median").verdict == "inconclusive"
    same = np.full(8, 3.0)
    assert "resolution" in law(same, 3.0, level=LEVEL).reason
    assert law(same, 3.0, level=LEVEL, resolution=0.0).verdict == "supported"


def test_missing_units():
    values = units(noise=0.01)
    values[3] = np.inf
    assert law(values, 3.0, level=LEVEL).verdict == "inconclusive"
    assert law(values, 3.0, level=LEVEL, largest=4.0).verdict == "inconclusive"
    assert law(values, 3.0, level=LEVEL, largest=3.2, resolution=2.9).verdict == "supported"
    assert law(values, 3.0, level=LEVEL, statistic="median").verdict == "supported"
    assert law(values, 3.0, level=LEVEL, largest=3.2, statistic="mean_log").verdict == "inconclusive"
    values[:12] = np.nan
    assert law(values, 3.0, level=LEVEL, largest=3.2).verdict == "inconclusive"
    assert law(values, 3.0, level=LEVEL, statistic="median").verdict == "inconclusive"


def test_a_prediction_that_is_not_finite_is_a_missing_unit():
    predicted = np.full(32, 3.0)
    predicted[5] = np.nan
    assert law(units(), predicted, level=LEVEL, largest=4.0).verdict == "inconclusive"
    assert law(units(), predicted, level=LEVEL, statistic="median").verdict == "supported"


def test_worst_case_of_the_mean_is_the_worst_vertex():
    values = units(noise=0.02)
    values[:2] = np.nan
    got = law(values, 3.0, level=LEVEL, band=0.3, largest=5.0, resolution=2.0)
    ends = []
    for a in (2.0, 5.0):
        for b in (2.0, 5.0):
            filled = values.copy()
            filled[:2] = a, b
            ends.append(law(filled, 3.0, level=LEVEL, band=0.3).interval)
    low, high = np.array(ends).T
    assert got.interval == pytest.approx((low.min(), high.max()))


def test_skewness_holds_some_refutations_back():
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(400):
        values = 0.95 * np.exp(0.5 * rng.normal(size=16) - 0.125)
        decision = law(values, 1.0, level=0.05)
        if "skewness" in decision.reason:
            held += 1
            assert decision.verdict == "inconclusive"
            assert decision.interval[1] < 0.95
            assert decision.p_value > 0.05
    assert held > 0


def test_bad_input():
    with pytest.raises(InputError, match="not be 0"):
        law(units(), 0.0, level=LEVEL)
    with pytest.raises(InputError, match="statistic"):
        law(units(), 1.0, level=LEVEL, statistic="mode")
    with pytest.raises(InputError, match="shape"):
        law(units()[None], 1.0, level=LEVEL)

import numpy as np
import pytest
from scipy import stats

from limes._errors import InputError
from limes.stats.rules import trend
from limes.stats.rules.trend import kendall

SIZES = np.arange(7.0)


def rows(drift, seeds=16, noise=1.0):
    return drift * SIZES + noise * np.random.default_rng(0).normal(size=(seeds, 7))


def test_kendall_agrees_with_scipy():
    values = rows(0.3)
    low, high = kendall(values)
    expected = [stats.kendalltau(SIZES, row).statistic for row in values]
    assert low == pytest.approx(expected)
    assert high == pytest.approx(expected)


def test_missing_pairs_take_their_worst_order():
    values = rows(0.3, seeds=1)
    values[0, 2] = np.nan
    low, high = kendall(values)
    filled = []
    for number in np.linspace(-9, 9, 400):
        row = values[0].copy()
        row[2] = number
        filled.append(stats.kendalltau(SIZES, row).statistic)
    assert low[0] <= min(filled) + 1e-12
    assert high[0] >= max(filled) - 1e-12


def test_directions():
    assert trend(rows(2.0), SIZES, increasing=True, level=0.0125).verdict == "supported"
    assert trend(rows(2.0), SIZES, increasing=False, level=0.0125).verdict == "refuted"
    assert trend(rows(-2.0), SIZES, increasing=False, level=0.0125).verdict == "supported"
    assert trend(rows(-2.0), SIZES, increasing=True, level=0.0125).p_value == pytest.approx(2.0**-16)
    assert trend(rows(0.0), SIZES, increasing=True, level=0.0125).verdict == "inconclusive"


def test_few_seeds_and_sizes():
    assert "too few" in trend(rows(2.0, 4), SIZES, increasing=True, level=0.0125).reason
    assert trend(rows(2.0)[:, :1], SIZES[:1], increasing=True, level=0.0125).verdict == "inconclusive"
    with pytest.raises(InputError, match="increasing"):
        trend(rows(2.0), -SIZES, increasing=True, level=0.0125)


def test_one_curve_is_exact():
    row = np.array([[1.0, 2.0, 3.0, 2.5, 4.0, 5.0, 6.0]])
    up = trend(row, SIZES, increasing=True, level=0.0125)
    assert up.verdict == "supported"
    assert up.interval == (up.estimate, up.estimate)
    assert trend(row, SIZES, increasing=False, level=0.0125).p_value == 0.0
    assert trend(np.ones((1, 7)), SIZES, increasing=True, level=0.0125).verdict == "refuted"


def test_missing_values_are_counted():
    values = rows(2.0)
    values[:, 3] = np.nan
    assert trend(values, SIZES, increasing=True, level=0.0125).verdict == "supported"
    values[:, 1:6] = np.nan
    decision = trend(values, SIZES, increasing=True, level=0.0125)
    assert decision.verdict == "inconclusive"
    assert "missing" in decision.reason


def test_a_flat_curve_does_not_rise():
    flat = np.zeros((8, 7))
    assert trend(flat, SIZES, increasing=True, level=0.0125).verdict == "refuted"
    assert trend(flat, SIZES, increasing=False, level=0.0125).verdict == "refuted"

import itertools

import numpy as np
import pytest
from scipy import stats

from limes._errors import InputError
from limes.stats.intervals import (
    Sample,
    binomial_upper,
    completions,
    median_interval,
    median_rank,
    rule_of_three,
    sign_p_value,
    skew_p_value,
    t_interval,
    t_quantile,
)


def test_t_interval_agrees_with_scipy():
    values = np.random.default_rng(0).normal(size=12)
    expected = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert t_interval(values, 0.025) == pytest.approx(tuple(expected), rel=1e-12)
    assert t_quantile(0.0125, 7) == pytest.approx(stats.t.ppf(0.9875, 7))
    with pytest.raises(InputError, match="two values"):
        t_interval(np.ones(1), 0.05)


@pytest.mark.parametrize("seeds", [8, 16])
def test_t_interval_covers(seeds):
    values = np.random.default_rng(seeds).normal(size=(4000, seeds))
    ends = np.array([t_interval(row, 0.0125) for row in values])
    missed_low, missed_high = np.mean(ends[:, 0] > 0), np.mean(ends[:, 1] < 0)
    assert missed_low == pytest.approx(0.0125, abs=0.006)
    assert missed_high == pytest.approx(0.0125, abs=0.006)


@pytest.mark.parametrize("seeds", [7, 8, 16, 64])
def test_median_interval_covers_any_distribution(seeds):
    rng = np.random.default_rng(seeds)
    values = rng.standard_exponential((3000, seeds)) ** 3
    ends = np.array([median_interval(row, 0.0125) for row in values])
    median = np.log(2) ** 3
    assert np.mean(ends[:, 0] > median) < 0.0125 + 0.006
    assert np.mean(ends[:, 1] < median) < 0.0125 + 0.006
    rank = median_rank(seeds, 0.0125)
    assert stats.binom.cdf(rank - 1, seeds, 0.5) <= 0.0125 < stats.binom.cdf(rank, seeds, 0.5)


def test_few_values_bound_no_median():
    assert median_rank(6, 0.0125) == 0
    assert median_interval(np.arange(6.0), 0.0125) == (-np.inf, np.inf)


def test_exact_binomial_limit():
    assert stats.binom.cdf(2, 50, binomial_upper(2, 50, 0.05)) == pytest.approx(0.05)
    assert binomial_upper(0, 10_000) == pytest.approx(rule_of_three(10_000), rel=0.01)
    assert binomial_upper(5, 5) == 1.0
    assert rule_of_three(2) == rule_of_three(0) == 1.0
    assert sign_p_value(8, 8) == 2.0**-8
    assert sign_p_value(0, 8) == 1.0
    with pytest.raises(InputError):
        binomial_upper(3, 2)


def test_p_values_and_intervals_say_the_same():
    rng = np.random.default_rng(1)
    for _ in range(200):
        sample = Sample(rng.normal(size=(3, 8)))
        low, high = sample.interval(0.0125)
        for edge in rng.normal(size=5):
            assert (low > edge) == (sample.p_above(edge) < 0.0125)
            assert (high < edge) == (sample.p_below(edge) < 0.0125)
    exact = Sample(np.ones((1, 1)), half=0.25)
    assert exact.interval(0.0125) == (0.75, 1.25)
    assert exact.p_above(0.5) == 0.0
    assert exact.p_above(0.8) == 1.0


def test_vertices_are_the_worst_case_of_the_box():
    rng = np.random.default_rng(2)
    for _ in range(20):
        low = rng.normal(size=8)
        high = low + np.where(rng.random(8) < 0.4, rng.exponential(size=8), 0.0)
        worst = Sample(completions(low, high)).interval(0.0125)
        inside = low + (high - low) * rng.random((2000, 8))
        ends = [t_interval(row, 0.0125) for row in inside[:200]]
        assert worst[0] <= min(end[0] for end in ends) + 1e-12
        assert worst[1] >= max(end[1] for end in ends) - 1e-12


def test_completions_are_all_corners():
    low, high = np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.5, 3.0])
    expected = set(itertools.product([0.0], [1.0, 1.5], [2.0, 3.0]))
    assert {tuple(row) for row in completions(low, high)} == expected
    assert len(completions(low, low)) == 1
    with pytest.raises(InputError, match="at most 10"):
        completions(np.zeros(11), np.ones(11))


def test_skewness_moves_the_p_value_to_the_side_of_the_tail():
    values = np.array([0.5, 0.6, 0.6, 0.7, 0.8, 0.9, 1.0, 2.5])
    plain = Sample(values[None])
    assert skew_p_value(values, 1.3, above=False) > plain.p_below(1.3)
    assert skew_p_value(values, 0.5, above=True) < plain.p_above(0.5)
    even = np.array([-3.0, -1.0, 1.0, 3.0])
    assert skew_p_value(even, 0.5, above=True) == pytest.approx(Sample(even[None]).p_above(0.5))

import numpy as np
import pytest

from limes._errors import InputError
from limes.stats.curve import prepare
from limes.stats.exponent import (
    design_matrix,
    exponent_weights,
    fitted_line,
    jackknife,
    log_factor,
    log_means,
    slope_sample,
)

SIZES = 2.0 ** np.arange(4, 13)


def oracle(logs, sizes, b):
    """Slope by an explicit least-squares solve, one seed at a time."""
    x = np.log(sizes)
    columns = [np.ones_like(x), x] + ([(sizes / sizes[0]) ** -b] if np.isfinite(b) else [])
    return np.array([np.linalg.lstsq(np.stack(columns, 1), row, rcond=None)[0][1] for row in logs])


@pytest.mark.parametrize("b", [0.25, 0.5, 1.0, 2.0, np.inf])
def test_weights_agree_with_least_squares(b):
    logs = np.random.default_rng(0).normal(size=(20, 9))
    weights = exponent_weights(SIZES, b)
    assert logs @ weights == pytest.approx(oracle(logs, SIZES, b), abs=1e-9)
    assert weights.sum() == pytest.approx(0, abs=1e-10)
    assert weights @ np.log(SIZES) == pytest.approx(1)
    if np.isfinite(b):
        assert weights @ (SIZES / SIZES[0]) ** -b == pytest.approx(0, abs=1e-10)


def test_an_effect_common_to_all_sizes_cancels():
    values = np.exp(np.random.default_rng(1).normal(size=(8, 9)))
    plain = slope_sample(prepare(values, SIZES), 0.5).rows
    scaled = slope_sample(prepare(values * np.arange(1, 9)[:, None], SIZES), 0.5).rows
    assert scaled == pytest.approx(plain)


def test_a_known_log_factor_is_removed():
    values = (SIZES**-0.5 * np.log(SIZES) ** 2)[None]
    sample = slope_sample(prepare(values, SIZES, resolution=0.0, log_power=2.0), 0.5, 2.0)
    assert sample.estimate == pytest.approx(-0.5)
    assert log_factor((2.0, 4.0), 0.0) == pytest.approx([0, 0])


def test_deterministic_half_width():
    values, resolution = (SIZES**-1.0)[None], 1e-6
    sample = slope_sample(prepare(values, SIZES, resolution=resolution), 1.0)
    assert sample.half == pytest.approx(np.sum(np.abs(exponent_weights(SIZES, 1.0)) * resolution / values[0]))
    wiggle = values + resolution * np.sign(exponent_weights(SIZES, 1.0))
    worst = slope_sample(prepare(wiggle, SIZES, resolution=resolution), 1.0).estimate
    assert worst - sample.estimate == pytest.approx(sample.half, rel=1e-2)


def test_jackknife_of_a_linear_statistic_is_the_plain_mean():
    logs = np.random.default_rng(2).normal(size=(10, 9))
    weights = exponent_weights(SIZES, 0.5)
    rest = (logs.sum(0) - logs) / 9
    assert jackknife(logs.mean(0), weights, rest) == pytest.approx(logs @ weights)


@pytest.mark.parametrize("statistic", ["mean", "mean_square"])
def test_statistics_over_seeds(statistic):
    rng = np.random.default_rng(3)
    values = SIZES**-0.5 * rng.gamma(50, 1 / 50, (64, 9))
    sample = slope_sample(prepare(values, SIZES, statistic=statistic), np.inf)
    power = 2 if statistic == "mean_square" else 1
    theta = np.log((values**power).mean(0)) / power @ exponent_weights(SIZES, np.inf)
    assert sample.estimate == pytest.approx(theta, abs=1e-3)
    assert abs(sample.estimate + 0.5) < 5 * sample.errors[0]
    signed = values * np.where(rng.random(values.shape) < 0.5, -1, 1)
    assert log_means(signed, "mean_square") is not None
    assert log_means(signed - 1.0, "mean") is None


def test_missing_cells_take_their_worst_place():
    values = SIZES**-0.5 * np.exp(0.1 * np.random.default_rng(4).normal(size=(8, 9)))
    values[[1, 5], [0, 8]] = np.nan
    rows = slope_sample(prepare(values, SIZES, resolution=1e-4, largest=2.0), 0.5).rows
    slopes = []
    for first in (1e-4, 2.0):
        for second in (1e-4, 2.0):
            filled = values.copy()
            filled[1, 0], filled[5, 8] = first, second
            slopes.append(oracle(np.log(filled), SIZES, 0.5))
    assert sorted(map(tuple, rows.round(9))) == sorted(map(tuple, np.array(slopes).round(9)))


def test_fitted_line_passes_through_exact_data():
    values = np.exp(1.0 - 0.5 * np.log(SIZES) + 0.7 * (SIZES / SIZES[0]) ** -0.5)
    x, y = fitted_line(values[None], SIZES, corrections=(0.5,), num=9)
    assert x == pytest.approx(SIZES)
    assert y == pytest.approx(values)
    x, y = fitted_line(np.full((2, 9), np.nan), SIZES)
    assert len(x) == len(y) == 0
    x, y = fitted_line(
        SIZES[None] ** -0.5 * np.log(SIZES), SIZES, corrections=(), log_power=1.0, statistic="mean_square"
    )
    assert y[-1] == pytest.approx(SIZES[-1] ** -0.5 * np.log(SIZES[-1]))


def test_bad_corrections_are_refused():
    with pytest.raises(InputError, match="positive"):
        exponent_weights(SIZES, 0.0)
    with pytest.raises(InputError, match="more than the 2 sizes"):
        design_matrix((2.0, 4.0), 0.5)

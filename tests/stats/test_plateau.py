import numpy as np
import pytest

from limes.stats.curve import prepare
from limes.stats.plateau import floor_limit, floor_sample, smallest_error, tail_slope

SIZES = 2.0 ** np.arange(4, 13)


@pytest.mark.parametrize("statistic", ["per_seed", "mean", "mean_square"])
def test_an_exact_floor_is_found(statistic):
    values = 3 * SIZES**-0.5 + 0.02
    if statistic == "mean_square":
        values = np.sqrt(9 / SIZES + 0.02**2)
    rows = np.array([1.0, 1.0 + 1e-9])[:, None] * values
    curve = prepare(rows, SIZES, statistic=statistic)
    assert floor_limit(curve, -0.5, 0.0125) == pytest.approx(0.02, rel=1e-4)
    assert smallest_error(curve) == pytest.approx(values[-1])


def test_a_pure_law_has_no_floor_and_resolution_widens_it():
    exact = prepare(SIZES[None] ** -0.5, SIZES, resolution=1e-5)
    sample = floor_sample(exact, -0.5)
    assert sample.estimate == pytest.approx(0, abs=1e-9)
    assert 0 < sample.half < 1e-3
    logged = prepare(SIZES[None] ** -0.5 * np.log(SIZES), SIZES, resolution=0.0, log_power=1.0)
    assert floor_limit(logged, -0.5, 0.0125, 1.0) == pytest.approx(0, abs=1e-9)


def test_the_tail_forgets_the_transient():
    flat = prepare((1 + 50 * SIZES**-2.0)[None], SIZES, resolution=0.0)
    assert abs(tail_slope(flat).estimate) < 1e-3
    few = 4.0 ** np.arange(5)
    assert tail_slope(prepare(few[None] ** -0.3, few, resolution=0.0)).estimate == pytest.approx(-0.3)
    law = prepare(SIZES[None] ** -0.25, SIZES, resolution=0.0)
    assert tail_slope(law).estimate == pytest.approx(-0.25)


def test_missing_cells_widen_the_floor():
    values = SIZES**-0.5 * np.exp(0.01 * np.random.default_rng(0).normal(size=(8, 9)))
    clean = floor_limit(prepare(values, SIZES), -0.5, 0.0125)
    values[2, 8] = np.nan
    assert floor_limit(prepare(values, SIZES, resolution=1e-4, largest=1.0), -0.5, 0.0125) > clean

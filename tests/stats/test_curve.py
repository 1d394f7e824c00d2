import numpy as np
import pytest

from limes._errors import InputError
from limes.stats.curve import Curve, check_sizes, check_values, prepare, range_too_small, resolution_by_size, typical
from limes.stats.decision import Decision

SIZES = 2.0 ** np.arange(4, 13)


def curve(seeds=8, noise=0.1):
    return SIZES**-0.5 * np.exp(noise * np.random.default_rng(seeds).normal(size=(seeds, len(SIZES))))


def test_sizes_under_the_resolution_are_dropped_for_all_seeds():
    values = curve()
    got = prepare(values, SIZES, resolution=0.1 * np.median(values[:, 7]) * 0.999)
    assert isinstance(got, Curve)
    assert got.sizes == tuple(SIZES[:8])
    stricter = prepare(values, SIZES, resolution=0.1 * np.median(values[:, 7]) * 0.999, band=0.05)
    assert isinstance(stricter, Decision)
    assert "range too small" in stricter.reason


def test_guards_name_what_would_settle_it():
    assert range_too_small(SIZES[:7]) is None
    assert "factor 32" in range_too_small(SIZES[:6]).reason
    assert "4 usable sizes" in range_too_small(SIZES[:4] ** 3).reason
    assert "0 usable sizes" in prepare(curve(), SIZES, resolution=10.0).reason
    same = prepare(np.repeat(curve()[:1], 8, axis=0), SIZES)
    assert "identical values" in same.reason
    assert prepare(np.repeat(curve()[:1], 8, axis=0), SIZES, resolution=0.0).exact


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0, -1.0])
def test_a_missing_cell_spans_resolution_to_largest(bad):
    values = curve()
    values[3, 2] = bad
    got = prepare(values, SIZES, resolution=1e-4, largest=2.0)
    assert got.low[3, 2] == 1e-4
    assert got.high[3, 2] == 2.0
    assert not got.complete
    assert "largest" in prepare(values, SIZES, resolution=1e-4).reason
    assert "resolution" in prepare(values, SIZES, largest=2.0).reason


def test_too_many_missing_or_a_statistic_over_seeds_is_inconclusive():
    values = curve(64)
    values[:11, 0] = np.nan
    assert "11 of 64 seeds" in prepare(values, SIZES, resolution=1e-4, largest=2.0).reason
    assert "statistic over seeds" in prepare(values, SIZES, resolution=1e-4, largest=2.0, statistic="mean").reason


def test_bad_input_is_named():
    with pytest.raises(InputError, match="increasing"):
        check_sizes(SIZES[::-1])
    with pytest.raises(InputError, match="exceed e"):
        check_sizes(np.array([2.0, 4.0]), 1.0)
    with pytest.raises(InputError, match="shape"):
        check_values(np.ones(3), SIZES)
    with pytest.raises(InputError, match="resolution"):
        prepare(curve(1), SIZES)
    with pytest.raises(InputError, match="statistic"):
        prepare(curve(), SIZES, statistic="mode")
    with pytest.raises(InputError, match="at least 0"):
        resolution_by_size(-1.0, (8, 9))
    broken = prepare(curve(), SIZES, resolution=np.full(9, np.nan))
    assert "resolution is not finite" in broken.reason
    with pytest.raises(InputError, match="broadcast"):
        resolution_by_size(np.ones(4), (8, 9))


def test_typical_value_and_measured_resolution():
    values = np.array([[1.0, 4.0], [3.0, np.nan], [5.0, 8.0]])
    missing = ~np.isfinite(values)
    assert typical(values, missing, "per_seed") == pytest.approx([3, 6])
    assert typical(values, missing, "mean") == pytest.approx([3, 6])
    assert typical(values, missing, "mean_square") == pytest.approx([np.sqrt(35 / 3), np.sqrt(40)])
    assert resolution_by_size(values, values.shape) == pytest.approx([3, 6])

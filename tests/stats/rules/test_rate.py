import itertools

import numpy as np
import pytest
from scipy import stats

from limes._errors import InputError
from limes.stats.rules import rate

SIZES = 2.0 ** np.arange(4, 13)
LEVEL = 0.0125


def errors(slope=-0.5, k=0.0, b=0.5, noise=0.1, seeds=16, seed=0):
    clean = SIZES**slope * (1 + k * SIZES**-b)
    return clean * np.exp(noise * np.random.default_rng(seed).normal(size=(seeds, len(SIZES))))


def oracle(values, slope, band, bs, level):
    """The procedure written out with least squares and scipy's t."""
    ends = []
    for b in bs:
        matrix = np.stack([np.ones_like(SIZES), np.log(SIZES), (SIZES / SIZES[0]) ** -b], 1)
        v = np.array([np.linalg.lstsq(matrix, np.log(row), rcond=None)[0][1] for row in values])
        half = stats.t.ppf(1 - level, len(v) - 1) * stats.sem(v)
        ends.append((v.mean() - half, v.mean() + half))
    low, high = np.array(ends).T
    if (low > slope - band).all() and (high < slope + band).all():
        verdict = "supported"
    elif (high < slope - band).all() or (low > slope + band).all():
        verdict = "refuted"
    else:
        verdict = "inconclusive"
    return verdict, (low.min(), high.max())


def test_agrees_with_the_procedure_written_out():
    rng = np.random.default_rng(1)
    verdicts = set()
    for seed in range(200):
        values = errors(
            rng.choice([-0.5, -0.35, -0.6, 0.0]), rng.uniform(-0.8, 5), noise=rng.choice([0.05, 0.2, 0.5]), seed=seed
        )
        got = rate(values, SIZES, slope=-0.5, level=LEVEL)
        verdict, interval = oracle(values, -0.5, 0.1, (0.5, 1.0), LEVEL)
        assert got.interval == pytest.approx(interval)
        assert (got.p_value <= LEVEL) == (got.verdict == "refuted")
        if got.verdict != verdict:
            assert (verdict, got.verdict) == ("refuted", "inconclusive")
            assert LEVEL < got.p_value < 2 * LEVEL
        verdicts.add(got.verdict)
    assert verdicts == {"supported", "refuted", "inconclusive"}


def test_refutation_keeps_its_level_where_noise_exceeds_the_band():
    rng = np.random.default_rng(0)
    values = SIZES**-0.5 * np.exp(rng.normal(size=(4000, 8, 9)))
    settings = {"slope": -0.5, "level": LEVEL, "band": 0.001, "corrections": ()}
    refuted = np.mean([rate(v, SIZES, **settings).verdict == "refuted" for v in values])
    assert refuted == pytest.approx(LEVEL, abs=0.005)


def test_true_false_and_open_worlds():
    assert rate(errors(k=3.0), SIZES, slope=-0.5, level=LEVEL).verdict == "supported"
    refuted = rate(errors(-1.0), SIZES, slope=-0.5, level=LEVEL)
    assert refuted.verdict == "refuted"
    assert "below the band" in refuted.reason
    unsure = rate(errors(noise=1.0), SIZES, slope=-0.5, level=LEVEL)
    assert unsure.verdict == "inconclusive"
    assert "seeds at this noise" in unsure.reason


def test_a_pure_power_law_mistakes_curvature():
    values = errors(k=5.0, noise=0.02)
    assert rate(values, SIZES, slope=-0.5, level=LEVEL, corrections=(), band=0.03).verdict == "refuted"
    assert rate(values, SIZES, slope=-0.5, level=LEVEL).verdict == "supported"


def test_one_curve_is_deterministic():
    euler = (1 / SIZES * (1 + 10 / SIZES))[None]
    settings = {"slope": -1.0, "level": LEVEL, "band": 0.05}
    assert rate(euler, SIZES, resolution=1e-7, corrections=(1.0,), **settings).verdict == "supported"
    assert rate(euler, SIZES, resolution=1e-7, corrections=(), **settings).verdict != "supported"
    wrong = rate(euler**0.5, SIZES, resolution=0.0, corrections=(1.0,), **settings)
    assert (wrong.verdict, wrong.p_value) == ("refuted", 0.0)
    coarse = rate(1 / SIZES[None], SIZES, resolution=6e-6, corrections=(1.0,), **{**settings, "band": 0.001})
    assert "smaller resolution" in coarse.reason
    with pytest.raises(InputError, match="resolution"):
        rate(euler, SIZES, **settings)


def test_identical_seeds_need_a_resolution():
    same = np.repeat(SIZES[None] ** -0.5, 8, axis=0)
    assert rate(same, SIZES, slope=-0.5, level=LEVEL).verdict == "inconclusive"
    assert rate(same, SIZES, slope=-0.5, level=LEVEL, resolution=0.0).verdict == "supported"

    zero = same * 0
    assert "no logarithm" in rate(zero, SIZES, slope=-0.5, level=LEVEL, resolution=0.0, statistic="mean").reason


def test_a_size_without_any_value_is_missing():
    values = errors(seeds=8)
    values[:, 4] = np.nan
    got = rate(values, SIZES, slope=-0.5, level=LEVEL, resolution=1e-3, largest=1.0)
    assert got.verdict == "inconclusive"


def test_missing_cells_agree_with_brute_force():
    values = errors(noise=0.05)
    values[2, 0], values[5, 8], values[5, 3] = np.nan, np.inf, 0.0
    got = rate(values, SIZES, slope=-0.5, level=LEVEL, band=0.3, resolution=1e-3, largest=1.0)
    ends = []
    for a, b, c in itertools.product([1e-3, 1.0], repeat=3):
        filled = values.copy()
        filled[2, 0], filled[5, 8], filled[5, 3] = a, b, c
        ends.append(oracle(filled, -0.5, 0.3, (0.5, 1.0), LEVEL)[1])
    low, high = np.array(ends).T
    assert got.interval[0] <= low.min() + 1e-12
    assert got.interval[1] >= high.max() - 1e-12
    assert got.interval == pytest.approx((low.min(), high.max()), rel=0.05)
    dropped = rate(values, SIZES, slope=-0.5, level=LEVEL, resolution=1e-3)
    assert dropped.verdict == "inconclusive"
    assert "no usable value" in dropped.reason


def test_a_measured_floor_shortens_the_range_instead_of_bending_it():
    values = errors(-1.0, noise=0.05) + 1e-3
    assert rate(values, SIZES, slope=-1.0, level=LEVEL).verdict == "refuted"
    assert "range too small" in rate(values, SIZES, slope=-1.0, level=LEVEL, resolution=1e-3).reason


def test_statistics_over_seeds():
    rng = np.random.default_rng(3)
    signed = SIZES**-0.5 * rng.normal(size=(64, 9, 64)).mean(-1)
    rms = np.sqrt((SIZES[:, None] ** -1.0 * rng.normal(size=(64, 9, 64)) ** 2).mean(-1))
    assert rate(rms, SIZES, slope=-0.5, level=LEVEL, statistic="mean_square").verdict == "supported"
    assert rate(rms, SIZES, slope=-0.5, level=LEVEL, statistic="mean").verdict == "supported"
    assert rate(signed, SIZES, slope=0.0, level=LEVEL, statistic="mean_square").verdict == "refuted"
    assert "no logarithm" in rate(signed, SIZES, slope=-0.5, level=LEVEL, statistic="mean").reason


def test_log_factor_declared():
    values = errors() * np.log(SIZES)
    assert rate(values, SIZES, slope=-0.5, level=LEVEL).verdict != "supported"
    assert rate(values, SIZES, slope=-0.5, level=LEVEL, log_power=1).verdict == "supported"


def test_bad_input():
    with pytest.raises(InputError, match="band"):
        rate(errors(), SIZES, slope=-0.5, level=LEVEL, band=0.0)
    with pytest.raises(InputError, match="shape"):
        rate(errors()[0], SIZES, slope=-0.5, level=LEVEL)
    assert "range too small" in rate(errors()[:, :4], SIZES[:4], slope=-0.5, level=LEVEL).reason

import numpy as np
import pytest

from limes._errors import InputError
from limes.stats.rules import limit

SIZES = 2.0 ** np.arange(4, 13)
SETTINGS = {"slope": -0.5, "level": 0.0125}


def noisy(clean, noise=0.1, seeds=32):
    return clean * np.exp(noise * np.random.default_rng(0).normal(size=(seeds, len(SIZES))))


def test_a_vanishing_error_is_supported():
    assert limit(noisy(SIZES**-0.5 * (1 + 2 * SIZES**-0.5)), SIZES, **SETTINGS).verdict == "supported"
    assert limit(SIZES[None] ** -0.5, SIZES, resolution=1e-6, **SETTINGS).verdict == "supported"


@pytest.mark.parametrize("clean", [SIZES**0.0, SIZES**0.2, SIZES**-0.5 + 0.5, 1 + 5 / SIZES])
def test_what_does_not_vanish_is_refuted(clean):
    decision = limit(noisy(clean), SIZES, **SETTINGS)
    assert decision.verdict == "refuted"
    assert decision.p_value <= 0.0125
    assert limit(clean[None], SIZES, resolution=1e-6, **SETTINGS).p_value == 0.0


@pytest.mark.parametrize("clean", [SIZES**-0.25, SIZES**-0.15, SIZES**-1.0, 1 / np.log(SIZES)])
def test_another_rate_is_inconclusive(clean):
    decision = limit(noisy(clean), SIZES, **SETTINGS)
    assert decision.verdict == "inconclusive"
    assert decision.p_value > 0.0125
    assert "another rate" in decision.reason or "band" in decision.reason


def test_a_floor_that_may_hide_blocks_support():
    floor = 1.5 * SIZES[-1] ** -0.5
    decision = limit(noisy(SIZES**-0.5 + floor, noise=0.02), SIZES, band=0.3, **SETTINGS)
    assert decision.verdict == "inconclusive"
    assert "floor" in decision.reason


def test_statistics_and_missing_values():
    values = noisy(SIZES**-0.5)
    assert limit(values, SIZES, statistic="mean_square", **SETTINGS).verdict == "supported"
    signed = values * np.where(np.random.default_rng(1).random(values.shape) < 0.5, -1, 1)
    assert limit(signed, SIZES, statistic="mean", **SETTINGS).verdict == "inconclusive"
    values[0, 0] = np.nan
    assert limit(values, SIZES, **SETTINGS).verdict == "inconclusive"
    assert limit(values, SIZES, resolution=1e-3, largest=1.0, **SETTINGS).estimate is not None


def test_a_limit_decays():
    with pytest.raises(InputError, match="slope < 0"):
        limit(noisy(SIZES), SIZES, slope=0.5, level=0.0125)

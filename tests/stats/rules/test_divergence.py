import numpy as np
import pytest

from limes._errors import InputError
from limes.stats.rules import divergence

SIZES = 2.0 ** np.arange(4, 13)
SETTINGS = {"margin": 0.1, "level": 0.0125}


def noisy(clean, noise=0.1, seeds=16):
    return clean * np.exp(noise * np.random.default_rng(0).normal(size=(seeds, len(clean))))


def test_growth_is_told_from_none():
    assert divergence(noisy(SIZES**0.5), SIZES, **SETTINGS).verdict == "supported"
    for clean in (SIZES**0.0, SIZES**-0.5):
        decision = divergence(noisy(clean), SIZES, **SETTINGS)
        assert decision.verdict == "refuted"
        assert decision.p_value <= 0.0125
    assert divergence(noisy(SIZES**0.1), SIZES, **SETTINGS).verdict == "inconclusive"
    assert divergence(SIZES[None] ** 0.5, SIZES, resolution=1e-9, **SETTINGS).verdict == "supported"


def test_overflow_after_growth_on_a_long_finite_range():
    values = noisy(SIZES**2.0)
    values[:, -1] = np.inf
    decision = divergence(values, SIZES, **SETTINGS)
    assert decision.verdict == "supported"
    assert "overflow" in decision.reason


def test_overflow_never_refutes():
    values = noisy(SIZES**0.0)
    values[0, -1] = np.inf
    decision = divergence(values, SIZES, **SETTINGS)
    assert (decision.verdict, decision.p_value) == ("inconclusive", 1.0)


def test_early_overflow_needs_growth_in_every_seed():
    values = noisy(np.exp(SIZES / 16))
    values[:, 4:] = np.inf
    assert divergence(values, SIZES, **SETTINGS).verdict == "supported"
    assert divergence(values[:5], SIZES, **SETTINGS).verdict == "inconclusive"
    flat = values.copy()
    flat[3, :4] = 1.0
    assert "15 of 16 seeds" in divergence(flat, SIZES, **SETTINGS).reason
    back = values.copy()
    back[3, 6] = 1.0
    assert divergence(back, SIZES, **SETTINGS).verdict == "inconclusive"
    undefined = values.copy()
    undefined[3, 4] = np.nan
    assert divergence(undefined, SIZES, **SETTINGS).verdict == "inconclusive"


def test_nan_is_missing_not_growth():
    values = noisy(SIZES**0.5)
    values[0, 0] = np.nan
    assert divergence(values, SIZES, **SETTINGS).verdict == "inconclusive"
    kept = divergence(values, SIZES, resolution=np.full(9, 0.1), largest=1e3, **{**SETTINGS, "margin": 0.0})
    assert kept.estimate is not None
    with pytest.raises(InputError, match="margin"):
        divergence(values, SIZES, margin=-1.0, level=0.0125)

import numpy as np
import pytest

from limes._errors import InputError
from limes.stats.rules import contraction

STEPS = np.arange(120.0)


def gaps(factor, transient=0.3, floor=0.0, noise=0.2, seeds=8):
    rng = np.random.default_rng(0)
    clean = factor**STEPS * (1 + 5 * np.exp(-transient * STEPS))
    return clean * np.exp(noise * rng.normal(size=(seeds, len(STEPS)))) + floor


@pytest.mark.parametrize("transient", [0.05, 0.1, 0.3])
def test_the_factor_is_found_above_the_floor(transient):
    values = gaps(0.9, transient, floor=1e-6)
    decision = contraction(values, STEPS, factor=0.9, level=0.0125, resolution=1e-6)
    assert decision.verdict == "supported"
    assert decision.interval[0] < decision.estimate < decision.interval[1]
    unaware = contraction(gaps(0.9, transient, floor=1e-4), STEPS, factor=0.9, level=0.0125)
    assert unaware.verdict != "supported"


@pytest.mark.parametrize("factor", [0.87, 0.93, 0.95, 1.0, 1.05])
def test_other_factors_are_refuted(factor):
    decision = contraction(gaps(factor), STEPS, factor=0.9, level=0.0125)
    assert decision.verdict == "refuted"
    assert decision.estimate == pytest.approx(factor, abs=0.02)


def test_standing_still_is_never_inside_the_band():
    flat = np.exp(0.001 * np.random.default_rng(0).normal(size=(8, 120)))
    assert contraction(flat, STEPS, factor=0.99, level=0.0125).verdict == "refuted"


def test_deterministic_runs():
    run = 0.9 ** STEPS[None]
    assert contraction(run, STEPS, factor=0.9, level=0.0125, resolution=1e-9).verdict == "supported"
    assert contraction(np.repeat(run, 8, 0), STEPS, factor=0.9, level=0.0125).verdict == "inconclusive"
    with pytest.raises(InputError, match="resolution"):
        contraction(run, STEPS, factor=0.9, level=0.0125)


def test_guards():
    lost = gaps(0.9)
    lost[:, 5] = np.nan
    assert contraction(lost, STEPS, factor=0.9, level=0.0125, resolution=1e-9).verdict == "inconclusive"
    unknown = contraction(lost, STEPS, factor=0.9, level=0.0125, resolution=np.nan)
    assert "resolution is not finite" in unknown.reason
    assert (
        "above 100 times the floor" in contraction(gaps(0.5), STEPS, factor=0.5, level=0.0125, resolution=1e-3).reason
    )
    broken = gaps(0.9)
    broken[2, 100:] = np.nan
    assert "not finite" in contraction(broken, STEPS, factor=0.9, level=0.0125).reason
    with pytest.raises(InputError, match="factor"):
        contraction(gaps(0.9), STEPS, factor=1.0, level=0.0125)
    with pytest.raises(InputError, match="increasing"):
        contraction(gaps(0.9), STEPS[::-1], factor=0.9, level=0.0125)

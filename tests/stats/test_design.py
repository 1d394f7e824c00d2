import numpy as np
import pytest

from limes._errors import InputError
from limes.stats.decision import Decision
from limes.stats.design import (
    claim_probability,
    plan_law,
    plan_rate,
    seeds_needed,
    slope_spread,
    support_probability,
)
from limes.stats.rules.rate import rate

GRIDS = {
    "5 over 256": 2.0 ** np.arange(4, 9),
    "7 over 1024": 2.0 ** np.arange(4, 11),
    "9 over 4096": 2.0 ** np.arange(4, 13),
    "5 by 4": 4.0 ** np.arange(2, 7),
    "7 by 4": 4.0 ** np.arange(2, 9),
}


@pytest.mark.parametrize(
    ("grid", "b", "norm", "seeds"),
    [
        ("5 over 256", np.inf, 0.46, 15),
        ("5 over 256", 0.5, 2.31, 324),
        ("7 over 1024", 1.0, 0.57, 22),
        ("9 over 4096", 0.5, 0.53, 19),
        ("5 by 4", 0.5, 0.64, 27),
        ("7 by 4", 0.25, 0.49, 17),
    ],
)
def test_seeds_for_ninety_percent(grid, b, norm, seeds):
    spread = slope_spread(GRIDS[grid], 0.2, (b,))
    assert spread / 0.2 == pytest.approx(norm, abs=0.005)
    assert abs(seeds_needed(spread, 0.1) - seeds) <= 1


def test_the_formula_predicts_the_rule():
    sizes, noise, seeds = GRIDS["9 over 4096"], 0.2, 16
    rng = np.random.default_rng(0)
    values = sizes**-0.5 * np.exp(noise * rng.normal(size=(1500, seeds, 9)))
    found = np.mean(
        [rate(v, sizes, slope=-0.5, level=0.0125, corrections=(0.5,)).verdict == "supported" for v in values]
    )
    predicted = support_probability(slope_spread(sizes, noise, (0.5,)), 0.1, seeds)
    assert found == pytest.approx(predicted, abs=0.06)


def test_a_pilot_finds_good_weak_and_hopeless_designs():
    sizes, rng = GRIDS["9 over 4096"], np.random.default_rng(1)
    noise = rng.normal(size=(8, 9))
    good = plan_rate(sizes**-0.5 * np.exp(0.1 * noise), sizes)
    assert good.probability > 0.9
    assert not good.hopeless
    assert good.noise == pytest.approx(0.053, rel=0.7)
    hopeless = plan_rate(sizes**-0.5 * np.exp(2.0 * noise), sizes)
    assert hopeless.hopeless
    assert hopeless.seeds > 64
    assert "draws inside each unit" in hopeless.reason
    assert isinstance(plan_rate(np.exp(noise[:, :5]), sizes[:5]), Decision)
    squares = plan_rate(sizes**-0.5 * rng.normal(size=(8, 9)), sizes, statistic="mean_square")
    assert squares.noise > 0.1


def test_a_pilot_of_exact_counts_has_no_noise():
    sizes = GRIDS["5 by 4"]
    plan = plan_rate(np.tile(3.0 * sizes + 1.0, (8, 1)), sizes, resolution=0.0)
    assert (plan.noise < 1e-12, plan.probability, plan.hopeless) == (True, 1.0, False)


def test_a_pilot_of_a_law():
    rng = np.random.default_rng(2)
    good = plan_law(2 * (1 + 0.05 * rng.normal(size=8)), 2.0)
    assert good.probability > 0.99
    assert plan_law(2 * np.exp(rng.normal(size=8)), 2.0, statistic="mean_log").hopeless
    assert plan_law(2 * (1 + 0.05 * rng.normal(size=8)), 2.0, statistic="median").noise > 0.02
    with pytest.raises(InputError, match="not 0"):
        plan_law(np.ones(8), 0.0)
    with pytest.raises(InputError, match="3 usable"):
        plan_law(np.full(8, np.nan), 1.0)


def test_edges_of_the_formulas():
    assert support_probability(0.0, 0.1, 8) == 1.0
    assert support_probability(100.0, 0.1, 8) == 0.0
    assert seeds_needed(1e6, 0.01) is None
    assert claim_probability(0.999, 10) == pytest.approx(0.99)
    with pytest.raises(InputError):
        support_probability(1.0, 0.1, 1)
    with pytest.raises(InputError):
        seeds_needed(1.0, 0.1, 1.0)
    with pytest.raises(InputError):
        plan_rate(np.ones((2, 9)), GRIDS["9 over 4096"])

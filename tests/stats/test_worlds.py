import numpy as np
import pytest

from limes.stats.worlds import Holes, Overflows, PowerLaws, Scaled, scaled_draws, standard_noise

SIZES = tuple(2.0 ** np.arange(4, 13))


@pytest.mark.parametrize("kind", ["normal", "t3", "exponential"])
def test_noise_is_centered_with_unit_variance(kind):
    draws = standard_noise(np.random.default_rng(0), kind, (400_000,))
    assert np.mean(draws) == pytest.approx(0, abs=0.02)
    assert np.median(np.abs(draws)) > 0.2
    if kind != "t3":
        assert np.std(draws) == pytest.approx(1, abs=0.02)


def test_clean_curves_are_the_stated_law():
    laws = PowerLaws(SIZES, 0.0, (-0.5,), k=(3.0, 3.0), bs=(1.0,), seed_effect=0.0)
    p = np.asarray(SIZES)
    (values,) = laws(np.random.default_rng(0), 1)
    assert values.shape == (64, 9)
    assert values == pytest.approx(np.broadcast_to(p**-0.5 * (1 + 3 / p), values.shape))
    relative = PowerLaws(SIZES, 0.0, (-0.5,), k=(3.0, 3.0), bs=(1.0,), relative=True, floor=1.0, log_power=1.0)
    curve = p**-0.5 * (1 + 3 * p[0] / p) * np.log(p)
    assert relative.clean(np.random.default_rng(0), 1)[0] == pytest.approx(curve + curve[-1])


@pytest.mark.parametrize("kind", ["gamma1", "gamma16", "lognormal", "gauss", "t5", "rms16"])
def test_scaled_worlds_have_one_shape(kind):
    draws = scaled_draws(np.random.default_rng(0), kind, (20_000, 2))
    assert np.quantile(draws, 0.7, axis=0)[0] == pytest.approx(np.quantile(draws, 0.7, axis=0)[1], rel=0.1)
    (values,) = Scaled(PowerLaws(SIZES, 0.0, (-0.5,)), kind)(np.random.default_rng(0), 1)
    assert values.shape == (64, 9)


def test_holes_and_overflows():
    rng = np.random.default_rng(0)
    (values,) = Holes(PowerLaws(SIZES, 0.1, (-0.5,)), 3, late=True)(rng, 1)
    assert 1 <= np.isnan(values).sum() <= 3
    assert not np.isnan(values[:, :7]).any()
    (grown,) = Overflows(SIZES, 8.0)(rng, 1)
    assert np.isposinf(grown[:, -1]).all()
    (flat,) = Overflows(SIZES, 1.0, 0.3)(rng, 1)
    assert np.isfinite(flat[:, 0]).all()
    assert np.isposinf(flat).any()
